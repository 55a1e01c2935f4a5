"""The catalog: the public blueprints, or those of one account. The server does the search."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

from textual import on
from textual.app import ComposeResult
from textual.getters import query_one
from textual.timer import Timer

from astro_tui.errors import ErrorKind, PlatformError
from astro_tui.platform import models
from astro_tui.platform.client import Call
from astro_tui.presentation.catalog import (
    SORTED,
    CatalogQuery,
    Listing,
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
from astro_tui.screens.base.view import Topic
from astro_tui.session.routes import BlueprintRoute, CatalogRoute, Route
from astro_tui.session.session import Session
from astro_tui.text.times import counted
from astro_tui.theme.look import Look, stylesheet
from astro_tui.widgets.chrome.bar import Bar, TitledRule
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
        enter!            open       catalog.open       open [|open]
        slash!            search     catalog.search     search on the server (tag:NAME, from:ACCOUNT) [search]
        s                 sort       catalog.sort       sort by name or newest first [newest|by name]
        P                 publisher  catalog.publisher  all blueprints of this publisher [|publisher]
        m                 mine       catalog.mine       blueprints of your accounts [|mine]
        r,ctrl+r          refresh    catalog.refresh    refresh [refresh]
        y!                copy_menu  catalog.copy       copy… [|copy]
        question_mark,f1  app.help   app.help           help [help]
        escape            clear      catalog.clear      end the search, or go back [back|show all]
        q                 back       catalog.back       back [|quit]
        """),
    ]

    table = query_one(CatalogTable)
    """The list."""
    _rule = query_one("#why-rule", TitledRule)
    _description = query_one("#cause", Bar)
    _remark = query_one("#advice", Bar)

    def __init__(self, session: Session, text: str = "", account: str = "", opens: str = "") -> None:
        super().__init__(session)
        self._list = Topic[Listing](self, "list")
        self.query_text = text
        self._account, self._order = account, "newest"
        self._opens = opens
        self._accounts: tuple[str, ...] | None = None
        """Names of the user's accounts; None before they are loaded."""
        self._requested: CatalogQuery | None = None
        self._keep = ""
        """The blueprint that the cursor stays on when the requested list is here."""
        self._page = -1
        """The first row of the page that was requested last."""
        self._lacking = False
        """Whether the latest page lacks the rows that it was requested for: requesting them again would not help."""
        self._position = ("", 0)
        self._pause: Timer | None = None

    def compose_body(self) -> ComposeResult:
        """Yield the table, the notice that can replace it, the blueprint under the cursor, and the search."""
        look = self.look
        yield CatalogTable(look, self.session.clock, id="catalog")
        yield Notice(look, id="notice")
        yield TitledRule(look, id="why-rule", classes="rule")
        yield Bar(look, id="cause")
        yield Bar(look, id="advice")
        yield Prompt(look, id="prompt")

    @property
    def wanted(self) -> CatalogQuery:
        """The list that the user wants."""
        return CatalogQuery.of(self.query_text, self._account, self._order)

    def on_mount(self) -> None:
        """Load the first page."""
        if self._opens:
            account, _, name = self._opens.partition("/")
            self._open(models.Blueprint(account=account, name=name))
        # The number of rows that fit is known after the first frame.
        self.call_after_refresh(self.load)

    # ---- loading

    def load(self, keep: str = "", first: int = 0) -> None:
        """Load the wanted list from row `first` on; the cursor stays on the blueprint `keep` if it is listed."""
        self._stop_timer()
        wanted, last = self.wanted, first + self.table.page
        self._requested, self._keep, self._lacking = wanted, keep, False
        self._list.load(lambda call: self._read(wanted, first, last, call))

    def _read(self, wanted: CatalogQuery, first: int, last: int, call: Call) -> Listing:
        """Return a new listing with the rows from `first` to `last` (worker thread)."""
        listing = Listing(wanted, total=first + 1)
        for _ in range(3):
            offset = listing.missing(first, last)
            if offset is None:
                break
            listing.add(offset, self._page_of(wanted, offset, call))
            # If the list has become shorter, its new end is on screen.
            first = max(0, min(first, listing.total - 1))
        return listing

    def _page_of(self, wanted: CatalogQuery, offset: int, call: Call) -> models.BlueprintPage:
        return self.session.platform.catalog(
            wanted.words, offset, tag=wanted.tag, sort=wanted.order, account=wanted.account, call=call
        )

    def reload(self) -> None:
        """Send all requests again, because the open ones were sent without the new login."""
        self.forget_all()
        self.load_again()

    def load_again(self) -> None:
        """Load the rows on screen again; the cursor stays on its blueprint."""
        if self._list.may_send_again():
            self.load(self._under_cursor(), self.table.top)

    @property
    def incomplete(self) -> bool:
        """Whether the server did not send rows that were requested."""
        return self._lacking or (self._list.error is not None and not self._list.busy)

    def follow(self) -> None:
        """Follow what the user types, and load the rows that are scrolled to."""
        super().follow()
        listing, table, topic = self._list.value, self.table, self._list
        if listing is None or listing is not table.listing or topic.busy or self.incomplete:
            return
        first, last = table.top, table.top + table.page - 1
        offset = listing.missing(first, last)
        if offset is None or (topic.busy_with_more and offset == self._page):
            return

        def add(page: models.BlueprintPage) -> None:
            listing.add(offset, page)
            self._lacking = listing.missing(self.table.top, self.table.top + self.table.page - 1) == offset

        self._page = offset
        topic.more(lambda call: self._page_of(listing.wanted, offset, call), add)

    def type_query(self, text: str) -> None:
        """Search on the server when the user pauses."""
        self.query_text = text
        self._stop_timer()
        self._list.cancel()
        self._pause = self.set_timer(DEBOUNCE, self._search_now)

    def submit_query(self, text: str) -> None:
        """Search on the server now."""
        self.query_text = text
        self._search_now()

    @property
    def single_match(self) -> bool:
        """Whether the response to the submitted search is here, and has exactly one match."""
        listing = self._list.value
        return listing is not None and listing.total == 1 and listing.wanted == self.wanted

    def _search_now(self) -> None:
        self._stop_timer()
        listing, wanted = self._list.value, self.wanted
        if listing is not None and listing.wanted == wanted and not self.incomplete:
            # The user wants the list on screen again.
            self._list.cancel()
            self._list.fresh(self._list.fetched or self.session.clock())
            self._requested = wanted
            self.changed()
        elif self._requested != wanted or not self._list.busy:
            self.load(*self.saved_position)

    def _stop_timer(self) -> None:
        if self._pause is not None:
            self._pause.stop()
            self._pause = None

    def save_position(self) -> None:
        """Save the position in the whole list before only part of it is shown."""
        if not self.query_text and not self._account:
            self._position = (self._under_cursor(), self.table.top)

    @property
    def saved_position(self) -> tuple[str, int]:
        """Where the user left the whole list (blueprint under the cursor, first row), or the top of a partial list."""
        return ("", 0) if self.query_text or self._account else self._position

    def _under_cursor(self) -> str:
        blueprint = self.table.row
        return key_of(blueprint) if blueprint is not None else ""

    # ---- drawing

    def draw(self) -> None:
        """Draw the list, or a notice without one, and what is known about the row under the cursor."""
        listing, error, look, now = self._list.value, self._list.error, self.look, self.session.clock()
        other = listing is None or listing.wanted != self._requested
        instead = error is not None and (listing is None or (error.kind is ErrorKind.NOT_FOUND and other))
        if error is not None:
            leave = ("q", "quit") if self.first else ("esc", "go back")
            self.notice.say_error(error, [*self.error_keys(error)[:-1], leave])
        self.notice.display = instead
        for part in (self.table, self._rule, self._description, self._remark):
            part.display = not instead
        if listing is not None:
            clear = action_key(self, "catalog.clear")
            self.table.show_instead([] if listing.total else no_rows(listing.wanted, look, clear=clear))
            self.table.show(listing, self._keep)
        said = f"{listing.total + listing.beyond:,} found" if listing is not None else ""
        searching = self._pause is not None or self._list.busy
        self.prompt.note(look.glyphs.cut if searching else "search failed" if error is not None else said)
        self._draw_head(now)
        row = details(self.table.row, listing, self.table.cursor, now, incomplete=self.incomplete)
        title, description, remark = (look.plain(text) for text in row)
        self._rule.show(look.line((title, "bold")))
        self._description.show(f"   {description}" if description else "")
        if error is not None and not instead:
            self._remark.show(self._list.sentence(), self._list.remedy(now, self))
        else:
            self._remark.show(look.line((f"   {remark}", "$quiet")))
        super().draw()

    def _draw_head(self, now: datetime) -> None:
        look, wanted = self.look, self.wanted
        scope = look.plain(wanted.account) if wanted.account else "public catalog"
        texts = head_texts(self._list.value, look)
        forms = [look.line((scope, "bold"), (text, "$quiet")) for text in texts]
        words, tiny = self._list.words(now, NEVER), scope + texts[max(0, len(texts) - 2)]
        self.show_head(self.session.account, forms, words, tiny, self._list.trying(now))

    # ---- keys

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """On the first screen, there is nothing to go back to."""
        if action == "clear" and self.first and not self.is_on(action):
            return False
        return super().check_action(action, parameters)

    def is_on(self, action: str) -> bool:
        """Whether there is a blueprint to open, an order or a search to end, or a login."""
        match action:
            case "sort":
                return self._order == "newest"
            case "mine":
                return not self.login.signed_out
            case "clear":
                return bool(self.query_text or self._account)
            case "back":
                return self.first
        rows = self.table.row_count > 0 and self.table.display
        return rows and not (action == "publisher" and self._account)

    @property
    def first(self) -> bool:
        """Whether this is the first screen, so that going back quits."""
        return self.app.screen_stack[0] is self

    def action_search(self) -> None:
        """Type a search."""
        self.save_position()
        self.action_filter()

    def action_clear(self) -> None:
        """End the search, else list all publishers, else go back."""
        if self.query_text or self._account:
            if not self.query_text:
                self._account = ""
            self.query_text = ""
            keep, first = self.saved_position
            self.load(keep or self._under_cursor(), first)
        else:
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

    def action_publisher(self) -> None:
        """List the blueprints of the publisher under the cursor; esc lists all publishers again."""
        blueprint = self.table.row
        if blueprint is not None and blueprint.account:
            self.save_position()
            self._account, self.query_text = blueprint.account, ""
            self.load(self._under_cursor())

    def signed_in_again(self, words: str) -> None:
        """Reload; the new user may belong to other accounts."""
        self._accounts = None
        super().signed_in_again(words)

    def action_mine(self) -> None:
        """List the blueprints of the user's next account; after the last one, the public catalog."""
        if not self.session.platform.signed_in:
            sign_in, mine = action_key(self, "session.sign-in"), action_key(self, "catalog.mine")
            self.show_message(
                f"Not signed in. Sign in with {sign_in}, then list your blueprints with {mine}.", warning=True
            )
        elif self._accounts is None:
            platform = self.session.platform
            self.fetch("me", lambda call: platform.me(call=call), self._know, self._no_mine)
        else:
            self._go_mine(self._accounts)

    def _know(self, me: models.Me) -> None:
        self._accounts = tuple(account.name for account in me.accounts)
        self._go_mine(self._accounts)

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
            return BlueprintRoute(blueprint.account, blueprint.name)
        return CatalogRoute(self._account, self.query_text)

    def action_back(self) -> None:
        """Go back, or quit if this is the first screen."""
        if self.first:
            self.app.exit()
        else:
            self.dismiss()

    # ---- other screens

    @on(CatalogTable.Opened)
    def _opened(self, message: CatalogTable.Opened) -> None:
        self._open(message.row)

    def _open(self, blueprint: models.Blueprint) -> None:
        self.set_focus(self.table)
        self.open(BlueprintRoute(blueprint.account, blueprint.name), Published(blueprint, listed=True))

    def neighbor(self, step: int) -> models.Blueprint | None:
        """Move the cursor by `step` rows and return its blueprint; None if there is no row or it is not loaded."""
        table = self.table
        place = table.cursor + step
        if table.listing is None or not 0 <= place < table.row_count:
            return None
        table.move_to(place)
        blueprint = table.row
        return blueprint if blueprint is not None and blueprint.name else None


class Details(NamedTuple):
    """The lines about the row under the cursor: its name, what it is, and a remark; each can be empty."""

    title: str = ""
    description: str = ""
    remark: str = ""


def no_rows(wanted: CatalogQuery, look: Look, *, clear: str) -> list[str]:
    """Return the lines shown instead of the rows of an empty list; `clear` is the key that ends the search."""
    searched = str(wanted)
    if searched:
        where = wanted.account or "the public catalog"
        text = f"No blueprint in {where} matches {searched}."
        return ["", look.plain(text), "", f"{clear}  end the search, or search for fewer words"]
    text = f"{wanted.account} has no blueprints yet." if wanted.account else "The public catalog is empty."
    return ["", look.plain(text)]


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
        result = Details(key_of(blueprint), about(blueprint) or "No description.", build_line(blueprint, now))
    elif blueprint is not None:
        result = Details(description="The platform sent this entry without a name.")
    elif listing is not None and listing.total:
        result = Details(description="The server did not send this row." if incomplete else "Loading…")
    else:
        result = Details()
    if listing is not None and listing.beyond and row == listing.total - 1:
        result = result._replace(remark=f"{listing.beyond:,} more are not listed; search to find them")
    return result
