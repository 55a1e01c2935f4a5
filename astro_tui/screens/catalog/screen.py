"""The catalogue: what everybody publishes, or one account, searched on the server while one types."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from textual import events, on
from textual.app import ComposeResult
from textual.binding import Binding
from textual.content import Content

from astro_tui.errors import ErrorKind, PlatformError
from astro_tui.presentation.catalog import Listing, about, build_line, key_of, next_scope, with_order
from astro_tui.screens.base.copy_actions import open_menu
from astro_tui.screens.base.open import Published
from astro_tui.screens.catalog.loader import CatalogueReading
from astro_tui.session.routes import Blueprint
from astro_tui.text.times import counted
from astro_tui.theme.look import stylesheet
from astro_tui.widgets.chrome.bar import Bar, KeyHints, Rule
from astro_tui.widgets.chrome.notice import Notice
from astro_tui.widgets.chrome.prompt import Prompt
from astro_tui.widgets.lists.catalog_table import CatalogueTable

if TYPE_CHECKING:
    from astro_tui.platform.models import Agent

NEVER = 365 * 86_400.0
"""Seconds after which the list would be called stale: nobody watches a catalogue, its age is said and no more."""
STYLES = ("catalog",)
"""Names of the style sheets of this screen."""


class CatalogueScreen(CatalogueReading):
    """Lists blueprints; rows are asked for when they are looked at."""

    CSS_PATH = [stylesheet(name) for name in STYLES]
    BINDINGS = [
        # With priority, so that what is typed right behind it is already the search.
        Binding("slash", "search", "search on the server; tag:NAME, from:ACCOUNT", priority=True, id="catalog.search"),
        # Likewise: what is typed right behind it belongs to the screen that it opens.
        Binding("enter", "open", "open", priority=True, id="catalog.open"),
        Binding("s", "sort", "sort by name, or newest first", id="catalog.sort"),
        Binding("p", "publisher", "all agents of this one's publisher", id="catalog.publisher"),
        Binding("m", "mine", "mine: blueprints of your accounts", id="catalog.mine"),
        Binding("r,ctrl+r", "refresh", "refresh", id="catalog.refresh"),
        Binding("y", "copy_menu", "copy…", priority=True, id="catalog.copy"),
        Binding("escape", "clear", "end the search, or back", show=False, id="catalog.clear"),
        Binding("q", "back", "back", id="catalog.back"),
        Binding("question_mark,f1", "app.help", "help", id="app.help"),
    ]

    def compose(self) -> ComposeResult:
        """Lay the screen out."""
        look = self.look
        yield self.frame_head()
        yield CatalogueTable(look, self.session.clock, id="catalogue")
        yield Notice(look, id="notice")
        yield Rule(look, id="why-rule", classes="rule")
        yield Bar(look, id="cause")
        yield Bar(look, id="advice")
        yield Prompt(look, id="prompt")
        yield from self.frame_foot()

    def on_mount(self) -> None:
        """Ask for the first page."""
        prompt = self.query_one(Prompt)
        prompt.display = self.query_one(Notice).display = False
        prompt.typed = self._typed
        self.table.highlighted = self._highlighted
        self.table.scrolled = self._ask_for_rows
        self.table.focus()
        self.show_hints()
        self.set_interval(1, self._tick)
        if self._opens:
            account, _, name = self._opens.partition("/")
            self._opens = ""
            self._open_named(account, name)
        # When it is known how many rows there are on screen, and the first frame is out.
        self.call_after_refresh(self.load)

    # ---- showing

    def _tick(self) -> None:
        """Let the ages go on."""
        self._show_head()
        if self._stale.error is not None:
            self._highlighted()

    def _show(self, listing: Listing, keep: str, fetched: datetime | None = None) -> None:
        self._stale.fresh(fetched or self.session.clock())
        table, look = self.table, self.look
        wanted = listing.wanted
        table.instead = []
        if not listing.total:
            searched = str(wanted)
            where = f"in {wanted.account}" if wanted.account else "in the public catalogue"
            what = f"No agent {where} matches {searched}." if searched else f"Nothing is published {where} yet."
            table.instead = ["", look.own(look.plain(what))]
            if searched:
                table.instead += ["", look.own("esc ends the search; fewer words find more.")]
        self._show_notice(None)
        table.show(listing, keep)
        self._show_head()
        self.show_hints()
        self.query_one(Prompt).note(f"{listing.total + listing.beyond:,} found")
        self._ask_for_rows()

    def _show_failure(self, error: PlatformError) -> None:
        self.query_one(Prompt).note("not found out")
        listing = self.table.listing
        if listing is None or (error.kind is ErrorKind.NOT_FOUND and listing.wanted != self._asked):
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
        # The notice says it all, and in a low window it needs the room.
        self.table.display = error is None
        for part in ("#why-rule", "#cause", "#advice"):
            self.query_one(part).display = error is None

    def _show_head(self) -> None:
        look, listing, wanted = self.look, self.table.listing, self.wanted
        scope = look.plain(wanted.account) if wanted.account else "public catalogue"
        told: list[list[str]] = [[]]
        if listing is not None:
            count = counted(listing.total + listing.beyond, "agent")
            odd = [f"{listing.odd:,} unreadable"] if listing.odd else []
            order = "newest first" if listing.wanted.order == "newest" else "by name"
            searched = str(listing.wanted)
            told = [[count, order, *([searched] if searched else []), *odd], [count, *odd], [count], []]
        texts = [f"   {look.plain(f' {look.glyphs.dot} '.join(parts))}" if parts else "" for parts in told]
        forms = [Content.assemble((scope, "bold"), (text, "$quiet")) for text in texts]
        words = self._stale.words(self.session.clock(), NEVER)
        tiny, trying = scope + texts[max(0, len(texts) - 2)], self._stale.trying(self.session.clock())
        self.show_head(self.session.account, forms, words, tiny, trying)

    def _highlighted(self) -> None:
        look, agent, listing = self.look, self.table.row, self.table.listing
        failure = self._stale.sentence() if self.table.display else Content()
        title, cause, advice = "", "", ""
        if agent is not None and agent.name:
            title = look.plain(key_of(agent))
            cause = about(agent) or "It says nothing of itself."
            advice = build_line(agent, self.session.clock())
        elif agent is not None:
            cause = "The platform sent this entry without a name."
        elif listing is not None and listing.total:
            cause = "This row is on its way." if not self._refused else "This row was not sent."
        if listing is not None and listing.beyond and self.table.cursor == listing.total - 1:
            advice = f"{listing.beyond:,} more are beyond what the platform lists: a search finds them"
        self.query_one("#why-rule", Rule).show(Content.assemble((title, "bold")))
        self.query_one("#cause", Bar).show(Content.assemble("   ", look.own(look.plain(cause))) if cause else "")
        if failure:
            self.query_one("#advice", Bar).show(failure, self._stale.remedy(self.session.clock()))
        else:
            self.query_one("#advice", Bar).show(Content.assemble((f"   {look.own(look.plain(advice))}", "$quiet")))

    # ---- keys

    def hints(self) -> list[tuple[str, str]]:
        """Return what can be done here."""
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
        """Whether there is no screen to go back to."""
        return self.app.screen_stack[0] is self

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """These keys are letters like any other while a search is typed, and enter ends it."""
        typed = action in ("search", "copy_menu", "open") and self.query_one(Prompt).display
        return not typed and super().check_action(action, parameters)

    def action_search(self) -> None:
        """Type a search."""
        self.leave_place()
        self.query_one(KeyHints).display = False
        self.query_one(Prompt).open(self._text)

    @on(Prompt.Submitted)
    @on(Prompt.Cancelled)
    def _search_done(self, message: Prompt.Submitted | Prompt.Cancelled) -> None:
        self.query_one(Prompt).close()
        self.query_one(KeyHints).display = True
        if isinstance(message, Prompt.Cancelled):
            self._text = ""
        self._search_now()
        self.table.focus()
        self.show_hints()
        listing = self.table.listing
        alone = listing is not None and listing.total == 1 and listing.wanted == self.wanted
        if isinstance(message, Prompt.Submitted) and alone:
            self.table.action_choose()

    @on(Prompt.Moved)
    def _moved_behind(self, message: Prompt.Moved) -> None:
        steps = {"up": -1, "down": 1, "pageup": -self.table.page, "pagedown": self.table.page}
        self.table.action_move(steps[message.key])

    def action_clear(self) -> None:
        """End the search, else list everybody's again, else go back."""
        if self._text or self._account:
            if not self._text:
                self._account = ""
            self._text = ""
            keep, first = self.place_left
            self.load(keep or self._under_cursor(), first)
        elif not self.first:
            self.action_back()

    def action_sort(self) -> None:
        """List in the next order; the cursor stays on the same agent where it is on the first page."""
        self._order = with_order(self.wanted).order
        self._left_at = ("", 0)
        self.load(self._under_cursor())
        self.show_hints()

    def action_refresh(self) -> None:
        """Ask anew for the rows on screen; the cursor stays on the same agent."""
        if self.send_again("list", self._stale):
            self.load(self._under_cursor(), self.table.top)

    def action_publisher(self) -> None:
        """List all that the publisher of the selected blueprint publishes; esc lists everybody's again."""
        agent = self.table.row
        if agent is not None and agent.account:
            self.leave_place()
            self._account, self._text = agent.account, ""
            self.load(self._under_cursor())

    def signed_in_again(self, words: str) -> None:
        """Reload; the new user may belong to other accounts."""
        self._own = None
        super().signed_in_again(words)

    def action_mine(self) -> None:
        """List the blueprints of the user's next account, after the last one the public ones again."""
        if not self.session.platform.signed_in:
            self.tell("You are not signed in, so there are no accounts of yours to list: I signs in.", warning=True)
        elif self._own is None:
            platform = self.session.platform
            self.fetch(
                "me", lambda call: [each.name for each in platform.me(call=call).accounts], self._go_mine, self._no_mine
            )
        else:
            self._go_mine(self._own)

    def _go_mine(self, own: list[str]) -> None:
        self._own = own
        if not own:
            self.tell("You belong to no account yet.", warning=True)
            return
        self.leave_place()
        self._account = next_scope(self._account, own)
        self.load(*self.place_left)

    def _no_mine(self, error: PlatformError) -> None:
        if error.kind is ErrorKind.SIGNED_OUT:
            self.tell(f"Your accounts are not known: {error} {self.SIGN_IN_KEY} signs in.", warning=True)
        elif error.kind is not ErrorKind.CANCELLED:
            self.tell(f"Your accounts are not known: {error}", warning=True)

    def action_copy_menu(self) -> None:
        """Choose what to copy of the selected blueprint."""
        from astro_tui.screens.base.blueprint_offers import menu_offers

        agent = self.table.row
        if agent is not None and agent.name:
            open_menu(self, self.look, key_of(agent), menu_offers(self.session, agent))

    def action_back(self) -> None:
        """Go back to where this was opened, or quit."""
        if self.first:
            self.app.exit()
        else:
            self.dismiss()

    # ---- going in

    def action_open(self) -> None:
        """Open the selected blueprint."""
        self.table.action_choose()

    @on(CatalogueTable.Opened)
    def _opened(self, message: CatalogueTable.Opened) -> None:
        self._open(message.agent)

    def _open_named(self, account: str, name: str) -> None:
        from astro_tui.platform.models import Agent

        self._open(Agent(account=account, name=name))

    def _open(self, agent: Agent) -> None:
        self.open(Blueprint(agent.account, agent.name), Published(agent, self.neighbour), self._back_on)

    def _back_on(self, _result: object) -> None:
        self.table.focus()

    def neighbour(self, step: int) -> Agent | None:
        """Put the cursor on the row before or after, and return what stands there; None where nothing is yet."""
        table = self.table
        place = table.cursor + step
        if table.listing is None or not 0 <= place < table.row_count:
            return None
        table.move_to(place)
        agent = table.row
        return agent if agent is not None and agent.name else None

    def on_resize(self, _event: events.Resize) -> None:
        """Fit the header to the new width, and ask for the rows that came on screen."""
        self._show_head()
        self.show_hints()
        self._ask_for_rows()
