"""The catalog: the blueprints that everyone, or one account, publishes, searched on the server."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from textual import events, on
from textual.app import ComposeResult
from textual.binding import Binding
from textual.content import Content
from textual.timer import Timer

from astro_tui.errors import ErrorKind, PlatformError
from astro_tui.presentation.catalog import Wanted, about, build_line, key_of, next_scope, with_order
from astro_tui.screens.base.copy_actions import open_menu
from astro_tui.screens.base.open import Published
from astro_tui.screens.base.public_page import PublicPage
from astro_tui.screens.base.staleness import Staleness
from astro_tui.screens.catalog.loader import CatalogLoader, CatalogState
from astro_tui.session.routes import Blueprint
from astro_tui.session.session import Session
from astro_tui.text.times import counted
from astro_tui.theme.look import stylesheet
from astro_tui.widgets.chrome.bar import Bar, KeyHints, Rule
from astro_tui.widgets.chrome.notice import Notice
from astro_tui.widgets.chrome.prompt import Prompt
from astro_tui.widgets.lists.catalog_table import CatalogTable

if TYPE_CHECKING:
    from astro_tui.platform.models import Agent

NEVER = 365 * 86_400.0
"""Seconds after which the list is stale. The catalog changes slowly, so its age is never a warning."""
PAUSE = 0.15
"""Seconds without a key after which the server is searched."""
STYLES = ("catalog",)
"""Names of the style sheets of this screen."""


class CatalogueScreen(PublicPage):
    """Lists blueprints; rows are loaded when they are scrolled to."""

    CSS_PATH = [stylesheet(name) for name in STYLES]
    BINDINGS = [
        # With priority, so that what is typed right behind it is already the search.
        Binding("slash", "search", "search on the server; tag:NAME, from:ACCOUNT", priority=True, id="catalog.search"),
        # Likewise: what is typed right behind it belongs to the screen that it opens.
        Binding("enter", "open", "open", priority=True, id="catalog.open"),
        Binding("s", "sort", "sort by name or newest first", id="catalog.sort"),
        Binding("p", "publisher", "all blueprints of this publisher", id="catalog.publisher"),
        Binding("m", "mine", "mine: blueprints of your accounts", id="catalog.mine"),
        Binding("r,ctrl+r", "refresh", "refresh", id="catalog.refresh"),
        Binding("y", "copy_menu", "copy…", priority=True, id="catalog.copy"),
        Binding("escape", "clear", "end the search, or back", show=False, id="catalog.clear"),
        Binding("q", "back", "back", id="catalog.back"),
        Binding("question_mark,f1", "app.help", "help", id="app.help"),
    ]

    def __init__(self, session: Session, text: str = "", account: str = "", opens: str = "") -> None:
        super().__init__(session)
        self._loader = CatalogLoader(self, session, self._show, Staleness(session.look, self.SIGN_IN_KEY))
        self._state = self._loader.state
        self._text = text
        self._account = account
        self._order = "newest"
        self._opens = opens
        self._left_at = ("", 0)
        self._pause: Timer | None = None

    def compose(self) -> ComposeResult:
        """Head, table or notice, the blueprint under the cursor, and the search."""
        look = self.look
        yield self.frame_head()
        yield CatalogTable(look, self.session.clock, id="catalogue")
        yield Notice(look, id="notice")
        yield Rule(look, id="why-rule", classes="rule")
        yield Bar(look, id="cause")
        yield Bar(look, id="advice")
        yield Prompt(look, id="prompt")
        yield from self.frame_foot()

    @property
    def table(self) -> CatalogTable:
        """The list."""
        return self.query_one(CatalogTable)

    @property
    def wanted(self) -> Wanted:
        """The list that the user wants."""
        return Wanted.of(self._text, self._account, self._order)

    def on_mount(self) -> None:
        """Load the first page."""
        prompt = self.query_one(Prompt)
        prompt.display = self.query_one(Notice).display = False
        prompt.typed = self._typed
        self.table.highlighted = self._highlighted
        self.table.scrolled = self._need_rows
        self.table.focus()
        self.show_hints()
        self.set_interval(1, self._tick)
        if self._opens:
            account, _, name = self._opens.partition("/")
            self._opens = ""
            self._open_named(account, name)
        # After the first frame, which tells how many rows fit on screen.
        self.call_after_refresh(self.load)

    # ---- loading

    def load(self, keep: str = "", first: int = 0) -> None:
        """Load the wanted list from row `first` on; the cursor stays on the blueprint `keep` if it is listed."""
        self._stop_timer()
        self._loader.load(self.wanted, first, first + self.table.page, keep)

    def _need_rows(self) -> None:
        """Load the rows on screen."""
        table = self.table
        self._loader.need(table.top, table.top + table.page - 1)

    def show_waiting(self, topic: str, reason: str, seconds: float) -> None:
        """Show in the header that the client is going to try again."""
        self._loader.waiting(topic, reason, seconds)

    def _typed(self, text: str) -> None:
        """Search the server when the user pauses."""
        self._text = text
        self._stop_timer()
        self._loader.cancel()
        self.query_one(Prompt).note(self.look.glyphs.cut)
        self._pause = self.set_timer(PAUSE, self._search_now)

    def _search_now(self) -> None:
        self._stop_timer()
        state, wanted = self._state, self.wanted
        if state.listing is not None and state.listing.wanted == wanted and not state.incomplete:
            self._loader.restore(self._under_cursor())
        elif state.requested != wanted or not self.busy("list"):
            self.load(*self.place_left)

    def _stop_timer(self) -> None:
        if self._pause is not None:
            self._pause.stop()
            self._pause = None

    def leave_place(self) -> None:
        """Save the place in the whole list before a part of it is shown."""
        if not self._text and not self._account:
            self._left_at = (self._under_cursor(), self.table.top)

    @property
    def place_left(self) -> tuple[str, int]:
        """Blueprint and first row at which the user left the whole list; the top for a part of it."""
        return ("", 0) if self._text or self._account else self._left_at

    def _under_cursor(self) -> str:
        agent = self.table.row
        return key_of(agent) if agent is not None else ""

    # ---- showing

    def _tick(self) -> None:
        """Update the ages."""
        self._show_head()
        if self._state.error is not None:
            self._highlighted()

    def _show(self, state: CatalogState) -> None:
        """Draw what differs from the state on screen."""
        old, self._state = self._state, state
        if state.revision != old.revision:
            self._show_list()
        elif state.pages != old.pages:
            self.table.page_came()
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
        table, look, listing = self.table, self.look, self._state.listing
        if listing is None:
            return
        wanted = listing.wanted
        table.instead = []
        if not listing.total:
            searched = str(wanted)
            what = f"{wanted.account} has no blueprints yet." if wanted.account else "The public catalog is empty."
            if searched:
                what = f"No blueprint in {wanted.account or 'the public catalog'} matches {searched}."
            table.instead = ["", look.own(look.plain(what))]
            if searched:
                table.instead += ["", "esc  end the search; fewer words find more"]
        self._show_notice(None)
        table.show(listing, self._state.keep)
        self._show_head()
        self.show_hints()
        self.query_one(Prompt).note(f"{listing.total + listing.beyond:,} found")
        self._need_rows()

    def _show_failure(self, error: PlatformError) -> None:
        self.query_one(Prompt).note("search failed")
        listing = self._state.listing
        if listing is None or (error.kind is ErrorKind.NOT_FOUND and listing.wanted != self._state.requested):
            self._show_notice(error)
        self._show_head()
        self._highlighted()
        self.show_hints()

    def _show_notice(self, error: PlatformError | None) -> None:
        notice = self.query_one(Notice)
        if error is not None:
            leave = ("q", "quit") if self.first else ("esc", "go back")
            notice.say_error(error, [*self.sign_in_hints(), ("r", "try again"), leave])
        notice.display = error is not None
        # The notice replaces all of it: it needs the room in a low window.
        self.table.display = error is None
        for part in ("#why-rule", "#cause", "#advice"):
            self.query_one(part).display = error is None

    def _show_head(self) -> None:
        look, listing, wanted, stale = self.look, self._state.listing, self.wanted, self._loader.stale
        scope = look.plain(wanted.account) if wanted.account else "public catalog"
        told: list[list[str]] = [[]]
        if listing is not None:
            count = counted(listing.total + listing.beyond, "blueprint")
            odd = [f"{listing.odd:,} unreadable"] if listing.odd else []
            order = "newest first" if listing.wanted.order == "newest" else "by name"
            searched = str(listing.wanted)
            told = [[count, order, *([searched] if searched else []), *odd], [count, *odd], [count], []]
        texts = [f"   {look.plain(f' {look.glyphs.dot} '.join(parts))}" if parts else "" for parts in told]
        forms = [Content.assemble((scope, "bold"), (text, "$quiet")) for text in texts]
        words = stale.words(self.session.clock(), NEVER)
        tiny, trying = scope + texts[max(0, len(texts) - 2)], stale.trying(self.session.clock())
        self.show_head(self.session.account, forms, words, tiny, trying)

    def _highlighted(self) -> None:
        look, agent, listing, stale = self.look, self.table.row, self._state.listing, self._loader.stale
        failure = stale.sentence() if self.table.display else Content()
        title, cause, advice = "", "", ""
        if agent is not None and agent.name:
            title = look.plain(key_of(agent))
            cause = about(agent) or "No description."
            advice = build_line(agent, self.session.clock())
        elif agent is not None:
            cause = "The platform sent this entry without a name."
        elif listing is not None and listing.total:
            cause = f"Loading{look.glyphs.cut}" if not self._state.incomplete else "The server did not send this row."
        if listing is not None and listing.beyond and self.table.cursor == listing.total - 1:
            advice = f"{listing.beyond:,} more are not listed; search to find them"
        self.query_one("#why-rule", Rule).show(Content.assemble((title, "bold")))
        self.query_one("#cause", Bar).show(Content.assemble("   ", look.own(look.plain(cause))) if cause else "")
        if failure:
            self.query_one("#advice", Bar).show(failure, stale.remedy(self.session.clock()))
        else:
            self.query_one("#advice", Bar).show(Content.assemble((f"   {look.own(look.plain(advice))}", "$quiet")))

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
            *([("p", "publisher")] if rows and not self._account else []),
            *(self.sign_in_hints() or [("m", "mine")]),
            ("r", "refresh"),
            *([("y", "copy")] if rows else []),
            ("?", "help"),
            leave,
        ]

    @property
    def first(self) -> bool:
        """Whether this is the first screen, so that going back quits."""
        return self.app.screen_stack[0] is self

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """While the user types a search, letters belong to it and enter ends it."""
        typed = action in ("search", "copy_menu", "open") and self.query_one(Prompt).display
        return not typed and super().check_action(action, parameters)

    def action_search(self) -> None:
        """Type a search."""
        self.leave_place()
        self.query_one(KeyHints).display = False
        self.query_one(Prompt).open(self._text)

    @on(Prompt.Submitted)
    @on(Prompt.Canceled)
    def _search_done(self, message: Prompt.Submitted | Prompt.Canceled) -> None:
        self.query_one(Prompt).close()
        self.query_one(KeyHints).display = True
        if isinstance(message, Prompt.Canceled):
            self._text = ""
        self._search_now()
        self.table.focus()
        self.show_hints()
        listing = self._state.listing
        alone = listing is not None and listing.total == 1 and listing.wanted == self.wanted
        if isinstance(message, Prompt.Submitted) and alone:
            self.table.action_choose()

    @on(Prompt.Moved)
    def _moved_behind(self, message: Prompt.Moved) -> None:
        steps = {"up": -1, "down": 1, "pageup": -self.table.page, "pagedown": self.table.page}
        self.table.action_move(steps[message.key])

    def action_clear(self) -> None:
        """End the search, else list all publishers, else go back."""
        if self._text or self._account:
            if not self._text:
                self._account = ""
            self._text = ""
            keep, first = self.place_left
            self.load(keep or self._under_cursor(), first)
        elif not self.first:
            self.action_back()

    def action_sort(self) -> None:
        """List in the next order; the cursor stays on its blueprint if the first page has it."""
        self._order = with_order(self.wanted).order
        self._left_at = ("", 0)
        self.load(self._under_cursor())
        self.show_hints()

    def action_refresh(self) -> None:
        """Load the rows on screen again; the cursor stays on its blueprint."""
        if self.send_again("list", self._loader.stale):
            self.load(self._under_cursor(), self.table.top)

    def action_publisher(self) -> None:
        """List the blueprints of this one's publisher; esc lists all publishers again."""
        agent = self.table.row
        if agent is not None and agent.account:
            self.leave_place()
            self._account, self._text = agent.account, ""
            self.load(self._under_cursor())

    def signed_in_again(self, words: str) -> None:
        """Reload; the new user may belong to other accounts."""
        self._loader.forget_accounts()
        self._state = self._loader.state
        super().signed_in_again(words)

    def action_mine(self) -> None:
        """List the blueprints of the user's next account; after the last one, the public catalog."""
        if not self.session.platform.signed_in:
            self.tell("You are not signed in. I signs in, then m lists your blueprints.", warning=True)
        elif self._state.accounts is None:
            self._loader.load_accounts()
        else:
            self._go_mine(self._state.accounts)

    def _go_mine(self, accounts: Sequence[str]) -> None:
        if not accounts:
            self.tell("You do not belong to any account yet.", warning=True)
            return
        self.leave_place()
        self._account = next_scope(self._account, accounts)
        self.load(*self.place_left)

    def _no_mine(self, error: PlatformError) -> None:
        sign_in = f" {self.SIGN_IN_KEY} signs in." if error.kind is ErrorKind.SIGNED_OUT else ""
        self.tell(f"Your accounts did not load: {error}{sign_in}", warning=True)

    def action_copy_menu(self) -> None:
        """Choose what to copy from the blueprint under the cursor."""
        from astro_tui.screens.base.blueprint_offers import menu_offers

        agent = self.table.row
        if agent is not None and agent.name:
            open_menu(self, self.look, key_of(agent), menu_offers(self.session, agent))

    def action_back(self) -> None:
        """Go back, or quit if this is the first screen."""
        if self.first:
            self.app.exit()
        else:
            self.dismiss()

    # ---- going in

    def action_open(self) -> None:
        """Open the blueprint under the cursor."""
        self.table.action_choose()

    @on(CatalogTable.Opened)
    def _opened(self, message: CatalogTable.Opened) -> None:
        self._open(message.agent)

    def _open_named(self, account: str, name: str) -> None:
        from astro_tui.platform.models import Agent

        self._open(Agent(account=account, name=name))

    def _open(self, agent: Agent) -> None:
        self.open(Blueprint(agent.account, agent.name), Published(agent, self.neighbour), self._back_on)

    def _back_on(self, _result: object) -> None:
        self.table.focus()

    def neighbour(self, step: int) -> Agent | None:
        """Move the cursor by `step` rows and return its blueprint; None if there is no row or it is not loaded."""
        table = self.table
        place = table.cursor + step
        if table.listing is None or not 0 <= place < table.row_count:
            return None
        table.move_to(place)
        agent = table.row
        return agent if agent is not None and agent.name else None

    def on_resize(self, _event: events.Resize) -> None:
        """Fit the header to the new width, and load the rows that came on screen."""
        self._show_head()
        self.show_hints()
        self._need_rows()
