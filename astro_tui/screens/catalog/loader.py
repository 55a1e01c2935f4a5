"""Loads the catalog a page at a time, and the user's accounts. Knows no widget."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from msgspec import Struct

from astro_tui.errors import PlatformError
from astro_tui.platform.client import Call
from astro_tui.presentation.catalog import Listing, Wanted
from astro_tui.screens.base.loading import Changed, Loader
from astro_tui.session.requests import Requests
from astro_tui.session.session import Session

if TYPE_CHECKING:
    from astro_tui.platform.models import BlueprintPage


class CatalogState(Struct, frozen=True):
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


class CatalogLoader(Loader[CatalogState]):
    """Requests the pages that are on screen."""

    TOPICS = ("list", "page")

    def __init__(self, requests: Requests, session: Session, show: Changed[CatalogState]) -> None:
        super().__init__(requests, session, CatalogState(), show)
        self._window = (0, 0)
        self._requested_page = -1

    # ---- a list

    def load(self, wanted: Wanted, first: int, last: int, keep: str = "") -> None:
        """Request a list with the rows from `first` to `last`; the list on screen stays until the response arrives."""
        self._requests.forget("page")
        self.staleness.requested(self._session.clock())
        self._requests.fetch(
            "list",
            lambda call: self._read(wanted, first, last, call),
            lambda listing: self._take(listing, keep, self._session.clock()),
            self._fail,
        )
        self.change(requested=wanted, incomplete=False)

    def restore(self, keep: str) -> None:
        """Cancel the requested list, because the user wants the one on screen again."""
        self.cancel()
        listing = self.state.listing
        if listing is not None:
            fetched = self.staleness.fetched or self._session.clock()
            self._take(listing, keep, fetched, requested=listing.wanted)

    def cancel(self) -> None:
        """Cancel the requested list."""
        self._requests.forget("list")

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

    def _take(self, listing: Listing, keep: str, fetched: datetime, **fields: Wanted) -> None:
        self.staleness.fresh(fetched)
        revision = self.state.revision + 1
        self.change(listing=listing, keep=keep, revision=revision, fetched=fetched, error=None, **fields)

    # ---- its pages

    def need(self, first: int, last: int) -> None:
        """Request the first missing page of the rows from `first` to `last`."""
        self._window = (first, last)
        listing = self.state.listing
        if listing is None or self.state.incomplete or self._requests.busy("list"):
            return
        offset = listing.missing(first, last)
        if offset is None or (self._requests.busy("page") and offset == self._requested_page):
            return
        self._requested_page = offset
        self._requests.fetch(
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
            self.change(incomplete=incomplete, pages=self.state.pages + 1, fetched=now, error=None)

    def _fail(self, error: PlatformError) -> None:
        self.staleness.failed(error, self._session.clock())
        self.change(incomplete=True, error=error)

    # ---- the user's accounts

    def load_accounts(self) -> None:
        """Request the names of the user's accounts."""
        platform = self._session.platform
        self._requests.fetch(
            "me",
            lambda call: tuple(account.name for account in platform.me(call=call).accounts),
            lambda names: self.change(accounts=names, accounts_error=None),
            lambda error: self.change(accounts_error=error),
        )

    def forget_accounts(self) -> None:
        """Forget the accounts, because another user has signed in."""
        self.change(accounts=None, accounts_error=None)
