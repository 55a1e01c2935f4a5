"""The catalog: the public blueprints, or those of one account. The server does the search."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

from textual import events, on
from textual.app import ComposeResult
from textual.content import Content
from textual.getters import query_one
from textual.message import Message
from textual.timer import Timer

from astro_tui.errors import ErrorKind, PlatformError
from astro_tui.platform import models
from astro_tui.presentation.catalog import (
    SORTED,
    Listing,
    Wanted,
    about,
    build_line,
    key_of,
    newest_of,
    next_scope,
    with_order,
)
from astro_tui.screens.base.copy_actions import menu_offers, open_menu
from astro_tui.screens.base.open import Published
from astro_tui.screens.base.page import PUBLIC_KEYS, Need
from astro_tui.screens.base.prompt_page import PromptPage
from astro_tui.screens.base.staleness import NEVER
from astro_tui.screens.catalog.loader import CatalogLoader, CatalogState
from astro_tui.session.routes import Blueprint, Catalog, Route
from astro_tui.session.session import Session
from astro_tui.text.times import counted
from astro_tui.theme.look import Look, stylesheet
from astro_tui.widgets.chrome.bar import Bar, Rule
from astro_tui.widgets.chrome.notice import Notice
from astro_tui.widgets.chrome.prompt import Prompt
from astro_tui.widgets.keymap import action_key, keymap
from astro_tui.widgets.lists.tables import CatalogTable

DEBOUNCE = 0.15
"""Seconds without a key press after which the server is searched."""
STYLES = ("catalog",)
"""Names of the style sheets of this screen."""


class CatalogScreen(PromptPage):
    """Lists blueprints; rows are loaded when they are scrolled to."""

    CSS_PATH = [stylesheet(name) for name in STYLES]
    NEED = Need.OPTIONAL
    BINDINGS = [
        *PUBLIC_KEYS,
        *keymap("""
        slash!            search     catalog.search     search on the server (tag:NAME, from:ACCOUNT)
        enter!            open       catalog.open       open
        s                 sort       catalog.sort       sort by name or newest first
        P                 publisher  catalog.publisher  all blueprints of this publisher
        m                 mine       catalog.mine       blueprints of your accounts
        r,ctrl+r          refresh    catalog.refresh    refresh
        y!                copy_menu  catalog.copy       copy…
        escape            clear      catalog.clear      end the search, or go back
        q                 back       catalog.back       back
        question_mark,f1  app.help   app.help           help
        """),
    ]

    table = query_one(CatalogTable)
    """The list."""
    _rule = query_one("#why-rule", Rule)
    _description = query_one("#cause", Bar)
    _remark = query_one("#advice", Bar)

    def __init__(self, session: Session, text: str = "", account: str = "", opens: str = "") -> None:
        super().__init__(session)
        self._loader = CatalogLoader(self, session, self._show)
        self._text = text
        self._account = account
        self._order = "newest"
        self._opens = opens
        self._position = ("", 0)
        self._pause: Timer | None = None

    def compose_body(self) -> ComposeResult:
        """Yield the table, the notice that can replace it, the blueprint under the cursor, and the search."""
        look = self.look
        yield CatalogTable(look, self.session.clock, id="catalog")
        yield Notice(look, id="notice")
        yield Rule(look, id="why-rule", classes="rule")
        yield Bar(look, id="cause")
        yield Bar(look, id="advice")
        yield Prompt(look, id="prompt")

    @property
    def wanted(self) -> Wanted:
        """The list that the user wants."""
        return Wanted.of(self._text, self._account, self._order)

    def on_mount(self) -> None:
        """Load the first page."""
        self.prompt.display = self.notice.display = False
        self.table.focus()
        self.show_hints()
        if self._opens:
            account, _, name = self._opens.partition("/")
            self._opens = ""
            self._open_named(account, name)
        # The number of rows that fit is known after the first frame.
        self.call_after_refresh(self.load)

    # ---- loading

    def load(self, keep: str = "", first: int = 0) -> None:
        """Load the wanted list from row `first` on; the cursor stays on the blueprint `keep` if it is listed."""
        self._stop_timer()
        self._loader.load(self.wanted, first, first + self.table.page, keep)

    def reload(self) -> None:
        """Send all requests again, because the open ones were sent without the new login."""
        self.forget_all()
        self.action_refresh()

    def _need_rows(self) -> None:
        """Load the rows on screen."""
        table = self.table
        self._loader.need(table.top, table.top + table.page - 1)

    def show_waiting(self, topic: str, reason: str, seconds: float) -> None:
        """Show in the header that the client will try again."""
        self._loader.waiting(topic, reason, seconds)

    def type_query(self, text: str) -> None:
        """Search on the server when the user pauses."""
        self._text = text
        self._stop_timer()
        self._loader.cancel()
        self.prompt.note(self.look.glyphs.cut)
        self._pause = self.set_timer(DEBOUNCE, self._search_now)

    def submit_query(self, text: str) -> None:
        """Search on the server now."""
        self._text = text
        self._search_now()

    @property
    def single_match(self) -> bool:
        """Whether the response to the submitted search is here, and has exactly one match."""
        listing = self._loader.state.listing
        return listing is not None and listing.total == 1 and listing.wanted == self.wanted

    def _search_now(self) -> None:
        self._stop_timer()
        state, wanted = self._loader.state, self.wanted
        if state.listing is not None and state.listing.wanted == wanted and not state.incomplete:
            self._loader.restore(self._under_cursor())
        elif state.requested != wanted or not self.busy("list"):
            self.load(*self.saved_position)

    def _stop_timer(self) -> None:
        if self._pause is not None:
            self._pause.stop()
            self._pause = None

    def save_position(self) -> None:
        """Save the position in the whole list before only part of it is shown."""
        if not self._text and not self._account:
            self._position = (self._under_cursor(), self.table.top)

    @property
    def saved_position(self) -> tuple[str, int]:
        """Where the user left the whole list (blueprint under the cursor, first row), or the top of a partial list."""
        return ("", 0) if self._text or self._account else self._position

    def _under_cursor(self) -> str:
        blueprint = self.table.row
        return key_of(blueprint) if blueprint is not None else ""

    # ---- showing

    def tick(self) -> None:
        """Update the ages."""
        self._show_head()
        if self._loader.state.error is not None:
            self.show_row()

    def _show(self, old: CatalogState, state: CatalogState) -> None:
        """Draw what differs from the state on screen."""
        if state.revision != old.revision:
            self._show_list()
        elif state.pages != old.pages:
            self.table.page_added()
            self._show_head()
            self._need_rows()
        elif state.error is not None and state.error is not old.error:
            self._show_failure(state.error)
        else:
            self._show_head()
        if state.accounts is not None and state.accounts is not old.accounts:
            self._go_mine(state.accounts)
        elif state.accounts_error is not None and state.accounts_error is not old.accounts_error:
            self._no_mine(state.accounts_error)

    def _show_list(self) -> None:
        listing = self._loader.state.listing
        if listing is None:
            return
        clear = action_key(self, "catalog.clear")
        self.table.instead = [] if listing.total else no_rows(listing.wanted, self.look, clear=clear)
        self._show_notice(None)
        self.table.show(listing, self._loader.state.keep)
        self._show_head()
        self.show_hints()
        self.prompt.note(f"{listing.total + listing.beyond:,} found")
        self._need_rows()

    def _show_failure(self, error: PlatformError) -> None:
        self.prompt.note("search failed")
        listing = self._loader.state.listing
        if listing is None or (error.kind is ErrorKind.NOT_FOUND and listing.wanted != self._loader.state.requested):
            self._show_notice(error)
        self._show_head()
        self.show_row()
        self.show_hints()

    def _show_notice(self, error: PlatformError | None) -> None:
        if error is not None:
            leave = ("q", "quit") if self.first else ("esc", "go back")
            self.notice.say_error(error, [*self.login.hints(), ("r", "try again"), leave])
        self.notice.display = error is not None
        # The notice replaces everything else, because it needs the room in a short window.
        for part in (self.table, self._rule, self._description, self._remark):
            part.display = error is None

    def _show_head(self) -> None:
        look, wanted, stale = self.look, self.wanted, self._loader.staleness
        scope = look.plain(wanted.account) if wanted.account else "public catalog"
        texts = head_texts(self._loader.state.listing, look)
        forms = [Content.assemble((scope, "bold"), (text, "$quiet")) for text in texts]
        words = stale.words(self.session.clock(), NEVER)
        tiny, trying = scope + texts[max(0, len(texts) - 2)], stale.trying(self.session.clock())
        self.show_head(self.session.account, forms, words, tiny, trying)

    def handle_directly(self, message: Message) -> None:
        """Also load the rows that are scrolled to."""
        if isinstance(message, Prompt.Changed):
            self.type_query(message.text)
        elif isinstance(message, CatalogTable.Highlighted):
            self.show_row()
        if isinstance(message, CatalogTable.Scrolled):
            self._need_rows()

    def show_row(self) -> None:
        """Show the details of the row under the cursor, or what failed to load."""
        look, state, stale, now = self.look, self._loader.state, self._loader.staleness, self.session.clock()
        row = details(self.table.row, state.listing, self.table.cursor, now, incomplete=state.incomplete)
        failure = stale.sentence() if self.table.display else Content()
        title, description, remark = (look.own(look.plain(text)) for text in row)
        self._rule.show(Content.assemble((title, "bold")))
        self._description.show(f"   {description}" if description else "")
        if failure:
            self._remark.show(failure, stale.remedy(now, self))
        else:
            self._remark.show(Content.assemble((f"   {remark}", "$quiet")))

    # ---- keys

    def hints(self) -> list[tuple[str, str]]:
        """Return the keys for the list."""
        rows = self.table.row_count > 0 and self.table.display
        leave = ("q", "quit") if self.first else ("esc", "back")
        if self._text:
            leave = ("esc", "end search")
        elif self._account:
            leave = ("esc", "all publishers")
        return [
            *([("enter", "open")] if rows else []),
            ("/", "search"),
            ("s", "by name" if self._order == "newest" else "newest"),
            *([("P", "publisher")] if rows and not self._account else []),
            *(self.login.hints() or [("m", "mine")]),
            ("r", "refresh"),
            *([("y", "copy")] if rows else []),
            ("?", "help"),
            leave,
        ]

    @property
    def first(self) -> bool:
        """Whether this is the first screen, so that going back quits."""
        return self.app.screen_stack[0] is self

    def action_search(self) -> None:
        """Type a search."""
        self.save_position()
        self.query_text = self._text
        self.action_filter()

    def action_clear(self) -> None:
        """End the search, else list all publishers, else go back."""
        if self._text or self._account:
            if not self._text:
                self._account = ""
            self._text = ""
            keep, first = self.saved_position
            self.load(keep or self._under_cursor(), first)
        elif not self.first:
            self.action_back()

    @on(CatalogTable.HeadingClicked)
    def _heading_clicked(self, message: CatalogTable.HeadingClicked) -> None:
        """Sort by the other sortable column."""
        if message.name == SORTED["newest" if self._order == "name" else "name"].name:
            self.action_sort()

    def action_sort(self) -> None:
        """List in the next order; the cursor stays on its blueprint if the first page has it."""
        self._order = with_order(self.wanted).order
        self._position = ("", 0)
        self.load(self._under_cursor())
        self.show_hints()

    def action_refresh(self) -> None:
        """Load the rows on screen again; the cursor stays on its blueprint."""
        if self.send_again("list", self._loader.staleness):
            self.load(self._under_cursor(), self.table.top)

    def action_publisher(self) -> None:
        """List the blueprints of the publisher under the cursor; esc lists all publishers again."""
        blueprint = self.table.row
        if blueprint is not None and blueprint.account:
            self.save_position()
            self._account, self._text = blueprint.account, ""
            self.load(self._under_cursor())

    def signed_in_again(self, words: str) -> None:
        """Reload; the new user may belong to other accounts."""
        self._loader.forget_accounts()
        super().signed_in_again(words)

    def action_mine(self) -> None:
        """List the blueprints of the user's next account; after the last one, the public catalog."""
        if not self.session.platform.signed_in:
            sign_in, mine = action_key(self, "session.sign-in"), action_key(self, "catalog.mine")
            self.show_message(
                f"Not signed in. Sign in with {sign_in}, then list your blueprints with {mine}.", warning=True
            )
        elif self._loader.state.accounts is None:
            self._loader.load_accounts()
        else:
            self._go_mine(self._loader.state.accounts)

    def _go_mine(self, accounts: Sequence[str]) -> None:
        if not accounts:
            self.show_message("You do not belong to any account yet.", warning=True)
            return
        self.save_position()
        self._account = next_scope(self._account, accounts)
        self.load(*self.saved_position)

    def _no_mine(self, error: PlatformError) -> None:
        sign_in = f" Sign in with {action_key(self, 'session.sign-in')}." if error.kind is ErrorKind.SIGNED_OUT else ""
        self.show_message(f"Your accounts did not load: {error}{sign_in}", warning=True)

    def action_copy_menu(self) -> None:
        """Choose what to copy from the blueprint under the cursor."""
        blueprint = self.table.row
        if blueprint is not None and blueprint.name:
            open_menu(self, self.look, key_of(blueprint), menu_offers(self.session, blueprint, newest_of(blueprint)))

    @property
    def route(self) -> Route:
        """The blueprint under the cursor, else the list."""
        blueprint = self.table.row
        if blueprint is not None and blueprint.name:
            return Blueprint(blueprint.account, blueprint.name)
        return Catalog(self._account, self._text)

    def action_back(self) -> None:
        """Go back, or quit if this is the first screen."""
        if self.first:
            self.app.exit()
        else:
            self.dismiss()

    # ---- other screens

    def action_open(self) -> None:
        """Open the blueprint under the cursor."""
        self.table.action_choose()

    @on(CatalogTable.Opened)
    def _opened(self, message: CatalogTable.Opened) -> None:
        self._open(message.blueprint)

    def _open_named(self, account: str, name: str) -> None:
        self._open(models.Blueprint(account=account, name=name))

    def _open(self, blueprint: models.Blueprint) -> None:
        self.table.focus()
        self.open(Blueprint(blueprint.account, blueprint.name), Published(blueprint, listed=True))

    def neighbor(self, step: int) -> models.Blueprint | None:
        """Move the cursor by `step` rows and return its blueprint; None if there is no row or it is not loaded."""
        table = self.table
        place = table.cursor + step
        if table.listing is None or not 0 <= place < table.row_count:
            return None
        table.move_to(place)
        blueprint = table.row
        return blueprint if blueprint is not None and blueprint.name else None

    def on_resize(self, _event: events.Resize) -> None:
        """Fit the header to the new width, and load the rows that came into view."""
        self._show_head()
        self.show_hints()
        self._need_rows()


class Details(NamedTuple):
    """The lines about the row under the cursor: its name, what it is, and a remark; each can be empty."""

    title: str = ""
    description: str = ""
    remark: str = ""


def no_rows(wanted: Wanted, look: Look, *, clear: str) -> list[str]:
    """Return the lines shown instead of the rows of an empty list; `clear` is the key that ends the search."""
    searched = str(wanted)
    if searched:
        where = wanted.account or "the public catalog"
        text = f"No blueprint in {where} matches {searched}."
        return ["", look.own(look.plain(text)), "", f"{clear}  end the search, or search for fewer words"]
    text = f"{wanted.account} has no blueprints yet." if wanted.account else "The public catalog is empty."
    return ["", look.own(look.plain(text))]


def head_texts(listing: Listing | None, look: Look) -> list[str]:
    """Return what the header says about a list after its title, long to short; the last one is empty."""
    if listing is None:
        return [""]
    count = counted(listing.total + listing.beyond, "blueprint")
    odd = [f"{listing.odd:,} unreadable"] if listing.odd else []
    order = "newest first" if listing.wanted.order == "newest" else "by name"
    searched = [str(listing.wanted)] if str(listing.wanted) else []
    forms = [[count, order, *searched, *odd], [count, *odd], [count]]
    return [*(f"   {look.plain(f' {look.glyphs.dot} '.join(parts))}" for parts in forms), ""]


def details(
    blueprint: models.Blueprint | None, listing: Listing | None, row: int, now: datetime, *, incomplete: bool
) -> Details:
    """Return the details of a row of the list; `incomplete` says that the server did not send the row."""
    if blueprint is not None and blueprint.name:
        found = Details(key_of(blueprint), about(blueprint) or "No description.", build_line(blueprint, now))
    elif blueprint is not None:
        found = Details(description="The platform sent this entry without a name.")
    elif listing is not None and listing.total:
        found = Details(description="The server did not send this row." if incomplete else "Loading…")
    else:
        found = Details()
    if listing is not None and listing.beyond and row == listing.total - 1:
        found = found._replace(remark=f"{listing.beyond:,} more are not listed; search to find them")
    return found
