"""The pages of the catalogue, asked for and kept: what is wanted, what is here, and what becomes of every answer."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from textual.timer import Timer

from astro_tui.errors import ErrorKind, PlatformError
from astro_tui.platform.client import Call
from astro_tui.presentation.catalog import Listing, Wanted, key_of
from astro_tui.screens.base.public_page import PublicPage
from astro_tui.screens.base.staleness import Staleness
from astro_tui.session.session import Session
from astro_tui.widgets.chrome.prompt import Prompt
from astro_tui.widgets.lists.catalog_table import CatalogueTable

if TYPE_CHECKING:
    from astro_tui.platform.models import AgentPage

PAUSE = 0.15
"""Seconds without a letter after which the server is asked."""


class CatalogueReading(PublicPage):
    """The base of the catalogue's screen. Rows are asked for when they are looked at, a page at a time."""

    def __init__(self, session: Session, text: str = "", account: str = "", opens: str = "") -> None:
        super().__init__(session)
        self._text = text
        self._account = account
        self._order = "newest"
        self._opens = opens
        self._own: list[str] | None = None
        self._asked: Wanted | None = None
        self._refused = False
        self._left_at = ("", 0)
        self._soon: Timer | None = None
        self._stale = Staleness(session.look, self.SIGN_IN_KEY)

    @property
    def table(self) -> CatalogueTable:
        """The list."""
        return self.query_one(CatalogueTable)

    @property
    def wanted(self) -> Wanted:
        """What is to be listed."""
        return Wanted.of(self._text, self._account, self._order)

    def _show(self, listing: Listing, keep: str, fetched: datetime | None = None) -> None:
        raise NotImplementedError

    def _show_head(self) -> None:
        raise NotImplementedError

    def _show_failure(self, error: PlatformError) -> None:
        raise NotImplementedError

    def load(self, keep: str = "", first: int = 0) -> None:
        """Ask for what is wanted, from the page of row `first` on; the list on screen stays until it is there."""
        self._stop_timer()
        wanted, last = self.wanted, first + self.table.page
        self._asked, self._refused = wanted, False
        self.forget("page")
        self._stale.asked(self.session.clock())
        self.fetch(
            "list",
            lambda call: self._read(wanted, first, last, call),
            lambda found: self._show(found, keep),
            self._failed,
        )
        self._show_head()

    def _read(self, wanted: Wanted, first: int, last: int, call: Call) -> Listing:
        """Return a new listing (worker thread) with the rows from `first` to `last` in it."""
        listing = Listing(wanted, total=first + 1)
        for _ in range(3):
            offset = listing.missing(first, last)
            if offset is None:
                break
            listing.add(offset, self._page(wanted, offset, call))
            # Where the list became shorter, its new end is looked at.
            first = max(0, min(first, listing.total - 1))
        return listing

    def _page(self, wanted: Wanted, offset: int, call: Call) -> AgentPage:
        return self.session.platform.catalogue(
            wanted.words, offset, tag=wanted.tag, sort=wanted.order, account=wanted.account, call=call
        )

    def _ask_for_rows(self) -> None:
        """Ask for the page of the first row on screen that is not here yet."""
        table, listing = self.table, self.table.listing
        if listing is None or self._refused or self.busy("list"):
            return
        offset = listing.missing(table.top, table.top + table.page - 1)
        if offset is None:
            return
        self.fetch(
            "page",
            lambda call: (offset, self._page(listing.wanted, offset, call)),
            lambda found: self._add(listing, *found),
            self._failed,
        )

    def _add(self, listing: Listing, offset: int, page: AgentPage) -> None:
        listing.add(offset, page)
        table = self.table
        if listing is table.listing:
            self._stale.fresh(self.session.clock())
            # A page without what it was asked for: asking again would bring the same.
            self._refused = listing.missing(table.top, table.top + table.page - 1) == offset
            table.page_came()
            self._show_head()
            self._ask_for_rows()

    def _failed(self, error: PlatformError) -> None:
        if error.kind is ErrorKind.CANCELLED:
            return
        self._refused = True
        self._stale.failed(error, self.session.clock())
        self._show_failure(error)

    def show_waiting(self, topic: str, reason: str, seconds: float) -> None:
        """Say in the header that the client tries again."""
        if topic in ("list", "page"):
            self._stale.waiting(reason, seconds, self.session.clock())
            self._show_head()

    def _typed(self, text: str) -> None:
        """Ask the server when nothing was typed for a moment."""
        self._text = text
        self._stop_timer()
        self.forget("list")
        self.query_one(Prompt).note(self.look.glyphs.cut)
        self._soon = self.set_timer(PAUSE, self._search_now)

    def _search_now(self) -> None:
        self._stop_timer()
        listing = self.table.listing
        if listing is not None and listing.wanted == self.wanted and not self._refused:
            self._asked = listing.wanted
            self.forget("list")
            # What is on screen is what is wanted again; it is as old as it was.
            self._show(listing, self._under_cursor(), self._stale.fetched)
        elif self._asked != self.wanted or not self.busy("list"):
            self.load(*self.place_left)

    def leave_place(self) -> None:
        """A part of the list is looked at next: remember where one is in the whole of it."""
        if not self._text and not self._account:
            self._left_at = (self._under_cursor(), self.table.top)

    @property
    def place_left(self) -> tuple[str, int]:
        """The agent and the first row at which the whole list was left; for a part of it, its beginning."""
        return ("", 0) if self._text or self._account else self._left_at

    def _under_cursor(self) -> str:
        agent = self.table.row
        return key_of(agent) if agent is not None else ""

    def _stop_timer(self) -> None:
        if self._soon is not None:
            self._soon.stop()
            self._soon = None
