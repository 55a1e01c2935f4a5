"""The agents of an account: what runs, what needs attention, and why."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from textual import events, on
from textual.app import ComposeResult
from textual.binding import Binding
from textual.content import Content
from textual.timer import Timer

from astro_tui.client import Call
from astro_tui.errors import ErrorKind, PlatformError
from astro_tui.listing import (
    ORDERS,
    Entry,
    entries_of,
    find,
    matching,
    ordered,
    tally,
)
from astro_tui.look import stylesheet
from astro_tui.screens.handing import deployment_menu
from astro_tui.screens.page import Page
from astro_tui.screens.picker_texts import counts, head, name_of, no_match, say_empty
from astro_tui.screens.reasons import Reasons
from astro_tui.screens.staleness import Staleness
from astro_tui.session import Session
from astro_tui.status import Status
from astro_tui.widgets.agent_table import AgentTable
from astro_tui.widgets.bar import Bar, KeyHints
from astro_tui.widgets.notice import Notice
from astro_tui.widgets.prompt import Prompt
from astro_tui.widgets.too_small import TooSmall
from astro_tui.widgets.why_strip import WhyStrip

if TYPE_CHECKING:
    from astro_tui.listed import DeploymentList
    from astro_tui.models import Me, StatusReport

AGES_EVERY = 10.0
"""Seconds after which the ages of unchanged rows are drawn anew."""
MOVING_REFRESH = 3.0
"""Seconds between two looks at the list while something is moving (the platform's own web client: contract §5)."""
AT_ONCE = 100_000
"""Bytes of a list that is read in the blink before the first paint; a longer one is read beside the screen."""


@dataclass(frozen=True)
class _Loaded:
    account: str
    entries: list[Entry]
    odd: int
    same: bool
    """Whether it says just what is on screen: then nothing is drawn anew."""


class PickerScreen(Page):
    """One dense table of an account's deployments, problems first."""

    CSS_PATH = stylesheet("picker")
    BINDINGS = [
        # With priority, so that what is typed right behind it is already the filter.
        Binding("slash", "filter", "filter", priority=True),
        # Likewise: what is typed right behind it belongs to the screen that it opens.
        Binding("enter", "open", "open", priority=True),
        Binding("s", "sort", "sort"),
        Binding("S", "reverse", "reverse order", show=False),
        Binding("r,ctrl+r", "refresh", "refresh"),
        Binding("e", "problems", "only problems"),
        Binding("y", "copy_menu", "copy…", priority=True),
        Binding("escape", "clear", "clear the filter", show=False),
        Binding("question_mark,f1", "app.help", "help"),
        Binding("q", "app.quit", "quit"),
    ]

    def __init__(self, session: Session) -> None:
        super().__init__(session)
        self._account = session.settings.account
        self._wanted = session.settings.agent
        self._entries: list[Entry] = []
        self._arranged: list[Entry] | None = None
        self._states: list[tuple[Status, int]] = []
        self._drawn: datetime | None = None
        self._reasons = Reasons(self, self.learn)
        self._query = ""
        self._order = "attention"
        self._reverse = False
        self._unreadable = 0
        self._stale = Staleness(session.look)
        self._next: Timer | None = None

    def compose(self) -> ComposeResult:
        """Lay the screen out."""
        look = self.look
        yield Bar(look, id="head", classes="head")
        yield AgentTable(look, self.session.clock, id="agents")
        yield Notice(look, id="notice")
        yield WhyStrip(look)
        yield Prompt(look, id="prompt")
        yield KeyHints(id="keys")
        yield TooSmall()

    @property
    def table(self) -> AgentTable:
        """The table of agents."""
        return self.query_one(AgentTable)

    @property
    def account(self) -> str:
        """Name of the account on screen; empty until it is known."""
        return self._account

    def on_mount(self) -> None:
        """Show the empty frame; the data is on its way."""
        prompt = self.query_one(Prompt)
        prompt.display = self.query_one(Notice).display = False
        prompt.typed = self._filter_by
        self.table.highlighted = self._highlighted
        self.table.focus()
        self.show_hints()
        self._show_head()
        self.set_interval(1, self._show_head)
        if self._show_early_list():
            return
        if self.session.early is not None:
            # Only waits for the answer that is on its way.
            self.load()
        else:
            # Loads the HTTP library first: not before the first frame is out.
            self.call_after_refresh(self.load)

    # ---- loading

    def _show_early_list(self) -> bool:
        """Show the list that came while the program was loading: its rows are in the first frame then."""
        early, platform = self.session.early, self.session.platform
        answer = early.arrived(platform.deployments_endpoint(self._account)) if early and self._account else None
        if answer is None or len(answer.body) > AT_ONCE or self._wanted:
            return False
        self.session.early = None
        self._stale.asked(self.session.clock())
        try:
            self._show_list(self._read(self._account, platform.deployments(self._account, answer=answer)))
        except PlatformError as error:
            self._show_failure(error)
        return True

    def load(self) -> None:
        """Ask for the list, unless it is being asked."""
        if self.busy("list"):
            return
        self._stop_timer()
        self._stale.asked(self.session.clock())
        self.fetch("list", self._ask, self._show_list, self._show_failure)
        self._show_head()

    def _ask(self, call: Call) -> _Loaded:
        """Fetch and read the list (worker thread)."""
        platform, early = self.session.platform, self.session.early
        self.session.early = None
        account = self._account
        if not account:
            answer = early.take(platform.me_endpoint()) if early else None
            account = _first_account(platform.me(call=call, answer=answer))
        endpoint = platform.deployments_endpoint(account)
        return self._read(
            account, platform.deployments(account, call=call, answer=early.take(endpoint) if early else None)
        )

    def _read(self, account: str, rows: DeploymentList) -> _Loaded:
        known = {entry.key: entry for entry in self._entries}
        entries = [self._reasons.known(entry) for entry in entries_of(rows.rows, known)]
        return _Loaded(account, entries, rows.odd, same=bool(entries) and entries == self._entries)

    def _show_list(self, loaded: _Loaded) -> None:
        if loaded.same and not self._stale.error and loaded.odd == self._unreadable:
            now = self.session.clock()
            self._stale.fresh(now)
            self._show_head()
            self._schedule()
            self._reasons.ask_for(self._entries, now)
            if self._drawn is None or (now - self._drawn).total_seconds() >= AGES_EVERY:
                self._drawn = now
                self.table.refresh()
            return
        self._account, self._unreadable = loaded.account, loaded.odd
        self._entries, self._arranged, self._states = loaded.entries, None, tally(loaded.entries)
        self._stale.fresh(self.session.clock())
        self._show_entries()
        self._schedule()
        self._reasons.ask_for(self._entries, self.session.clock())
        if self._wanted:
            self._open_wanted()

    def _show_failure(self, error: PlatformError) -> None:
        if error.kind is ErrorKind.CANCELLED:
            return
        self._stale.failed(error, self.session.clock())
        self._schedule()
        if not self._entries:
            self._show_notice(error)
        self._show_head()
        self._show_why(self.table.entry)

    def show_waiting(self, topic: str, reason: str, seconds: float) -> None:
        """Say in the header that the client tries again."""
        if topic == "list":
            self._stale.waiting(reason, seconds, self.session.clock())
            self._show_head()

    def _schedule(self) -> None:
        """Look again after a while: soon while something moves, later and later while it fails."""
        self._stop_timer()
        moving = any(entry.status.moving for entry in self._entries)
        usual = min(MOVING_REFRESH, self.session.settings.refresh) if moving else self.session.settings.refresh
        self._next = self.set_timer(self._stale.pause(usual), self.load)

    def _stop_timer(self) -> None:
        if self._next is not None:
            self._next.stop()
            self._next = None

    def on_screen_suspend(self) -> None:
        """Ask nothing while another screen is in front."""
        self._stop_timer()

    def on_screen_resume(self) -> None:
        """Go on where the list was left."""
        if self._stale.fetched is not None:
            age = (self.session.clock() - self._stale.fetched).total_seconds()
            if age > MOVING_REFRESH:
                self.load()
            else:
                self._schedule()

    # ---- showing

    def _shown(self) -> Sequence[Entry]:
        if self._arranged is None:
            self._arranged = ordered(self._entries, self._order, reverse=self._reverse)
        return matching(self._arranged, self._query)

    def _show_entries(self, keep: str | None = None) -> None:
        rows = self._shown()
        # Drawn by the table itself: swapping widgets would cost a layout at a key that is typed.
        hidden = self._entries and not rows
        self.table.instead = no_match(self._account, self._query, self._entries, self.look) if hidden else []
        self.table.show_entries(rows, (self._order, self._reverse), keep=keep)
        self._show_notice(None)
        self._show_head()
        if not rows:
            self._show_why(None)
        self.query_one(Prompt).note(f"{len(rows):,} of {len(self._entries):,}")

    def _show_notice(self, error: PlatformError | None) -> None:
        """Fill the place of the table when there is nothing to list, and say why."""
        notice, table = self.query_one(Notice), self.table
        if error is not None:
            notice.say_error(error, [("r", "try again"), ("q", "quit")])
        elif not self._entries:
            say_empty(notice, self._account, self.look)
        notice.display = not self._entries or error is not None
        table.display = not notice.display

    def _show_head(self) -> None:
        look, states, width = self.look, self._states, self.size.width
        if self._stale.fetched is not None:
            left = head(look, width, self._account, states, (self.table.row_count, self._unreadable))
        else:
            left = Content.assemble((" astro  ", "bold $text-primary"), name_of(self._account, look))
        self.query_one("#head", Bar).show(left, self._stale.words(self.session.clock(), self.session.settings.refresh))
        self.query_one(TooSmall).show(name_of(self._account, look) + counts(states, look, 0))

    def _show_why(self, entry: Entry | None) -> None:
        """Say why the selected agent is as it is, and what to do."""
        self.query_one(WhyStrip).show(entry, self._stale.sentence(), self._stale.remedy(self.session.clock()))

    # ---- reasons

    def _highlighted(self, entry: Entry | None) -> None:
        self._show_why(entry)
        self._reasons.rest_on(entry)

    def learn(self, key: str, report: StatusReport) -> None:
        """Take over what a deployment says of its state."""
        index = next((index for index, entry in enumerate(self._entries) if entry.key == key), None)
        if index is None or self._entries[index].report == report:
            return
        self._entries[index] = self._reasons.keep(self._entries[index], report)
        self._arranged, self._states = None, tally(self._entries)
        self.table.replace_entry(self._entries[index])
        self._show_head()
        if self.table.entry is not None and self.table.entry.key == key:
            self._show_why(self.table.entry)

    # ---- keys

    def hints(self) -> list[tuple[str, str]]:
        """Return what can be done here."""
        hints = [
            ("enter", "open"),
            ("/", "filter"),
            ("s", "sort"),
            ("e", "problems"),
            ("r", "refresh"),
            ("y", "copy"),
            ("?", "help"),
            ("q", "quit"),
        ]
        return [("esc", "clear filter"), *hints] if self._query else hints

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """These keys are letters like any other while a filter is typed, and enter ends it."""
        return not (action in ("filter", "copy_menu", "open") and self.query_one(Prompt).display)

    def action_open(self) -> None:
        """Open the selected deployment."""
        entry = self.table.entry
        if entry is not None:
            self._open(entry)

    def action_refresh(self) -> None:
        """Look again, now."""
        self.load()

    def action_filter(self) -> None:
        """Type a filter."""
        self.query_one(KeyHints).display = False
        self.query_one(Prompt).open(self._query)

    def _filter_by(self, query: str) -> None:
        self._query = query
        self._show_entries()

    @on(Prompt.Submitted)
    @on(Prompt.Cancelled)
    def _filter_done(self, message: Prompt.Submitted | Prompt.Cancelled) -> None:
        prompt = self.query_one(Prompt)
        prompt.close()
        self.query_one(KeyHints).display = True
        if isinstance(message, Prompt.Cancelled):
            self._query = ""
            self._show_entries()
        self.table.focus()
        self.show_hints()
        if isinstance(message, Prompt.Submitted) and self.table.row_count == 1:
            self.table.action_choose()

    @on(Prompt.Moved)
    def _moved_behind(self, message: Prompt.Moved) -> None:
        steps = {"up": -1, "down": 1, "pageup": -self.table.page, "pagedown": self.table.page}
        self.table.action_move(steps[message.key])

    def action_clear(self) -> None:
        """Show all agents again."""
        if self._query:
            self._query = ""
            self._show_entries()
            self.show_hints()

    def action_problems(self) -> None:
        """Show only what needs attention, or all again."""
        self._query = "" if self._query == "is:problem" else "is:problem"
        self._show_entries()
        self.show_hints()

    def action_sort(self) -> None:
        """Sort by the next column."""
        orders = list(ORDERS)
        self._order = orders[(orders.index(self._order) + 1) % len(orders)]
        self._reverse, self._arranged = False, None
        self._show_entries()

    def action_reverse(self) -> None:
        """Turn the order around."""
        self._reverse, self._arranged = not self._reverse, None
        self._show_entries()

    def action_copy_menu(self) -> None:
        """Choose what to copy of the selected deployment; `yy` copies its id."""
        if self.table.entry is not None:
            deployment_menu(self, self.session, self._account, self.table.entry)

    # ---- going in

    @on(AgentTable.Opened)
    def _opened(self, message: AgentTable.Opened) -> None:
        self._open(message.entry)

    def _open(self, entry: Entry) -> None:
        from astro_tui.screens.detail import DetailScreen

        self.app.push_screen(DetailScreen(self.session, self._account, entry, self), self._back_on)

    def _back_on(self, _result: object) -> None:
        self.table.focus()

    def neighbour(self, key: str, step: int) -> Entry | None:
        """Return the entry before or after another one, in the order on screen, and put the cursor on it."""
        entry = self.table.neighbour(key, step)
        if entry is not None:
            self._show_entries(keep=entry.key)
        return entry

    def lookup(self, key: str) -> Entry | None:
        """Return the deployment with an id, and put the cursor on it."""
        entry = next((entry for entry in self._entries if entry.key == key), None)
        if entry is not None:
            self._show_entries(keep=key)
        return entry

    def _open_wanted(self) -> None:
        """Open the agent named on the command line; several of that name are listed, none is said."""
        wanted, self._wanted = self._wanted, ""
        found = find(self._entries, wanted)
        if len(found) == 1:
            self._show_entries(keep=found[0].key)
            self._open(found[0])
            return
        if not found:
            self.tell(f"No agent is called {wanted} in {self._account}.", warning=True)
            return
        self._query = wanted
        self._show_entries()
        self.show_hints()
        self.tell(f"{len(found)} deployments are called {wanted}: choose one.")

    def on_resize(self, _event: events.Resize) -> None:
        """Fit the header to the new width."""
        self._show_head()
        self.show_hints()


def _first_account(me: Me) -> str:
    """Return the account to open when none was named. Raises PlatformError when there is none at all."""
    if me.first_account:
        return me.first_account
    raise PlatformError(
        ErrorKind.NOT_FOUND,
        "You belong to no account yet.",
        request="GET /api/v1/me",
        hint="Create one with the ast CLI, or name one: astro-tui ACCOUNT.",
    )
