"""Loads the catalog a page at a time, and the user's accounts. Knows no widget."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import TYPE_CHECKING

from astro_tui.errors import PlatformError
from astro_tui.platform.client import Call
from astro_tui.presentation.catalog import Listing, Wanted
from astro_tui.screens.base.staleness import Staleness
from astro_tui.session.requests import Fetcher
from astro_tui.session.session import Session

if TYPE_CHECKING:
    from astro_tui.platform.models import BlueprintPage


@dataclass(frozen=True)
class CatalogState:
    """What is known of the catalog."""

    listing: Listing | None = None
    """The list on screen; None before the first response. Its pages are added in place."""
    revision: int = 0
    """Grows with each list that replaces the one on screen."""
    pages: int = 0
    """Grows with each page that is added to the list on screen."""
    keep: str = ""
    """Key of the blueprint that the cursor stays on."""
    requested: Wanted | None = None
    """The list that was requested last."""
    incomplete: bool = False
    """Whether the latest response lacks the rows it was requested for: requesting them again would not help."""
    fetched: datetime | None = None
    error: PlatformError | None = None
    accounts: tuple[str, ...] | None = None
    """Names of the user's accounts; None before they are loaded."""
    accounts_error: PlatformError | None = None


class CatalogLoader:
    """Requests the pages that are on screen, and publishes each new state. `staleness` describes their age."""

    def __init__(
        self, fetcher: Fetcher, session: Session, publish: Callable[[CatalogState], None], staleness: Staleness
    ) -> None:
        self._fetcher = fetcher
        self._session = session
        self._publish = publish
        self._window = (0, 0)
        self._requested_page = -1
        self.staleness = staleness
        self.state = CatalogState()

    # ---- a list

    def load(self, wanted: Wanted, first: int, last: int, keep: str = "") -> None:
        """Request a list with the rows from `first` to `last`; the list on screen stays until the response arrives."""
        self.state = replace(self.state, requested=wanted, incomplete=False)
        self._fetcher.forget("page")
        self.staleness.requested(self._session.clock())
        self._fetcher.fetch(
            "list",
            lambda call: self._read(wanted, first, last, call),
            lambda listing: self._show(listing, keep, self._session.clock()),
            self._fail,
        )
        self._publish(self.state)

    def restore(self, keep: str) -> None:
        """Cancel the requested list, because the user wants the one on screen again."""
        self.cancel()
        listing = self.state.listing
        if listing is not None:
            self.state = replace(self.state, requested=listing.wanted)
            self._show(listing, keep, self.staleness.fetched or self._session.clock())

    def cancel(self) -> None:
        """Cancel the requested list."""
        self._fetcher.forget("list")

    def _read(self, wanted: Wanted, first: int, last: int, call: Call) -> Listing:
        """Return a new listing with the rows from `first` to `last` (worker thread)."""
        listing = Listing(wanted, total=first + 1)
        for _ in range(3):
            offset = listing.missing(first, last)
            if offset is None:
                break
            listing.add(offset, self._page(wanted, offset, call))
            # If the list has become shorter, its new end is on screen.
            first = max(0, min(first, listing.total - 1))
        return listing

    def _page(self, wanted: Wanted, offset: int, call: Call) -> BlueprintPage:
        return self._session.platform.catalog(
            wanted.words, offset, tag=wanted.tag, sort=wanted.order, account=wanted.account, call=call
        )

    def _show(self, listing: Listing, keep: str, fetched: datetime) -> None:
        self.staleness.fresh(fetched)
        self.state = replace(
            self.state, listing=listing, keep=keep, revision=self.state.revision + 1, fetched=fetched, error=None
        )
        self._publish(self.state)

    # ---- its pages

    def need(self, first: int, last: int) -> None:
        """Request the first missing page of the rows from `first` to `last`."""
        self._window = (first, last)
        listing = self.state.listing
        if listing is None or self.state.incomplete or self._fetcher.busy("list"):
            return
        offset = listing.missing(first, last)
        if offset is None or (self._fetcher.busy("page") and offset == self._requested_page):
            return
        self._requested_page = offset
        self._fetcher.fetch(
            "page",
            lambda call: self._page(listing.wanted, offset, call),
            lambda page: self._add(listing, offset, page),
            self._fail,
        )

    def _add(self, listing: Listing, offset: int, page: BlueprintPage) -> None:
        listing.add(offset, page)
        if listing is self.state.listing:
            now = self._session.clock()
            self.staleness.fresh(now)
            incomplete = listing.missing(*self._window) == offset
            self.state = replace(self.state, incomplete=incomplete, pages=self.state.pages + 1, fetched=now, error=None)
            self._publish(self.state)

    def _fail(self, error: PlatformError) -> None:
        self.staleness.failed(error, self._session.clock())
        self.state = replace(self.state, incomplete=True, error=error)
        self._publish(self.state)

    def waiting(self, topic: str, reason: str, seconds: float) -> None:
        """Note that the client is waiting before it tries again."""
        if topic in ("list", "page"):
            self.staleness.waiting(reason, seconds, self._session.clock())
            self._publish(self.state)

    # ---- the user's accounts

    def load_accounts(self) -> None:
        """Request the names of the user's accounts."""
        platform = self._session.platform
        self._fetcher.fetch(
            "me",
            lambda call: tuple(account.name for account in platform.me(call=call).accounts),
            self._show_accounts,
            self._no_accounts,
        )

    def forget_accounts(self) -> None:
        """Forget the accounts, because another user has signed in."""
        self.state = replace(self.state, accounts=None, accounts_error=None)

    def _show_accounts(self, names: tuple[str, ...]) -> None:
        self.state = replace(self.state, accounts=names, accounts_error=None)
        self._publish(self.state)

    def _no_accounts(self, error: PlatformError) -> None:
        self.state = replace(self.state, accounts_error=error)
        self._publish(self.state)
