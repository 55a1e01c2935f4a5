"""Sections with foldable rows that are reloaded regularly, such as the events: loader, details of a row, and pane."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from msgspec import Struct
from textual import on
from textual.app import ComposeResult
from textual.containers import Vertical
from textual.content import Content
from textual.getters import query_one
from textual.message import Message

from astro_tui.clipboard.offers import text_offer
from astro_tui.diagnosis.facts import Fact, Facts
from astro_tui.errors import ErrorKind, PlatformError
from astro_tui.presentation.columns import Column
from astro_tui.presentation.nodes import Nodes
from astro_tui.presentation.record import DeploymentState, Field
from astro_tui.presentation.status import Severity
from astro_tui.screens.base.copy_actions import open_menu
from astro_tui.screens.base.loading import Changed, PolledLoader
from astro_tui.screens.base.page import Page
from astro_tui.screens.base.panes import FilteredPane, PolledPane
from astro_tui.screens.base.sections import Command, Note, PanePlace
from astro_tui.screens.base.staleness import NEVER
from astro_tui.session.requests import OBSERVED_MOVING_REFRESH, OBSERVED_REFRESH, Requests
from astro_tui.session.session import Session
from astro_tui.text.times import when
from astro_tui.theme.look import TONES
from astro_tui.widgets.chrome.bar import Paragraph
from astro_tui.widgets.chrome.notice import Notice
from astro_tui.widgets.chrome.prompt import Prompt
from astro_tui.widgets.keymap import action_key, keymap
from astro_tui.widgets.lists.folding_table import FoldingTable, NodeLine
from astro_tui.widgets.text.record_pane import DetailPane

if TYPE_CHECKING:
    from astro_tui.platform.client import Call

ROWS = "rows"
"""The topic."""


class Loaded(Struct, frozen=True):
    """What was fetched, and the rows made from it."""

    facts: Facts
    nodes: Nodes
    failure: PlatformError | None = None
    """Why some of it is old or missing, if that is worth a try soon."""


Read = Callable[[Session, Facts, "Nodes | None", "Call"], Loaded]
"""Fetches newer facts, and makes rows from them (worker thread). Gets the known facts and rows. Raises PlatformError.

What cannot be fetched keeps its old value, which is then stale.
"""


class NodesState(Struct, frozen=True):
    """The rows, None until they are loaded, the facts behind them, and why the last request failed."""

    facts: Facts
    nodes: Nodes | None = None
    failure: PlatformError | None = None

    @property
    def unsupported(self) -> bool:
        """Whether the server does not have the endpoint."""
        return self.failure is not None and self.failure.not_offered


class NodesLoader(PolledLoader[NodesState]):
    """Requests the rows, which stay until the response to the next request."""

    TOPICS = (ROWS,)
    ALONE = True

    def __init__(self, requests: Requests, session: Session, read: Read, show: Changed[NodesState]) -> None:
        super().__init__(requests, session, NodesState(Facts(session.clock())), show)
        self._read = read
        self.deployment: DeploymentState | None = None
        """The deployment whose rows are shown."""

    @property
    def usual(self) -> float:
        """Seconds between two loads: few during a rollout."""
        moving = self.deployment is not None and self.deployment.status.moving
        return OBSERVED_MOVING_REFRESH if moving else OBSERVED_REFRESH

    @property
    def observed(self) -> dict[str, Fact]:
        """What the last response said, for the diagnosis."""
        facts = self.state.facts
        read = {"record": facts.record, "runtime": facts.runtime, "events": facts.events}
        return {name: fact for name, fact in read.items() if fact.known and not fact.stale}

    def begin(self) -> None:
        """Start over with another deployment."""
        self.begin_with(NodesState(Facts(self._session.clock())), ROWS)

    def load(self) -> None:
        """Request the rows of the deployment; those on screen stay until the response."""
        self.stop_polling()
        known = self.deployment
        if known is None:
            return
        session, read, before, facts = self._session, self._read, self.state.nodes, self.state.facts
        report, row = known.report or known.entry.report, known.entry.deployment
        facts = replace(
            facts,
            row=Fact(row),
            status=Fact(report) if report is not None else facts.status,
            deployment_id=known.entry.key,
            account=known.account,
        )
        self.staleness.requested(session.clock())
        self._requests.fetch(ROWS, lambda call: read(session, facts, before, call), self._take, self._fail)

    def _take(self, loaded: Loaded) -> None:
        if loaded.failure is None:
            self.staleness.fresh(self._session.clock())
        else:
            self.staleness.failed(loaded.failure, self._session.clock())
        self.change(facts=loaded.facts, nodes=loaded.nodes, failure=loaded.failure)
        self.plan()

    def _fail(self, error: PlatformError) -> None:
        self.staleness.failed(error, self._session.clock())
        self.change(failure=error)
        self.plan()


def newer(old: Fact, fetch: Callable[[], object], session: Session) -> tuple[Fact, PlatformError | None]:
    """Return the result of a request as a fact; if the request fails, the old value and the error."""
    try:
        return Fact(fetch(), read_at=session.clock()), None
    except PlatformError as error:
        if error.kind is ErrorKind.CANCELED:
            raise
        return old.followed_by(Fact(error=str(error), since=session.clock())), error.without_frames()


class NodesPane(PolledPane[DeploymentState], FilteredPane[DeploymentState]):
    """A table above the details of the row under the cursor, or a notice if there are no rows."""

    STYLES = ("nodes",)

    class Observed(Message):
        """The section has read new facts about the deployment with the id `key`."""

        def __init__(self, key: str, facts: Mapping[str, Fact]) -> None:
            super().__init__()
            self.key, self.facts = key, facts

    BINDINGS = keymap("""
        e         problems  section.problems  show only problems, or all
        s         sort      section.sort      sort
        enter!    open      section.open      what this row is about
        l!        logs      section.logs      logs for this row
    """)

    body = query_one(".nodes-body", Vertical)
    """The table with its details."""
    notice = query_one(Notice)
    """The notice that can replace the body."""

    def __init__(self, page: Page, name: str) -> None:
        super().__init__(page, name)
        self._table = self.make_table()
        self.loader: NodesLoader = NodesLoader(self, self.session, self.read, self._loaded)

    # ---- what a section implements

    @property
    @abstractmethod
    def read(self) -> Read:
        """The function that fetches the rows."""

    @abstractmethod
    def make_table(self) -> FoldingTable[Any]:
        """Return the table."""

    @abstractmethod
    def count_of(self, nodes: Nodes) -> Content:
        """Return how many rows there are, for the tab strip."""

    @abstractmethod
    def say_instead(self, notice: Notice, state: NodesState) -> None:
        """Say why there are no rows, or that the server does not have them."""

    @property
    def table(self) -> FoldingTable[Any]:
        """The rows."""
        return self._table

    def log_place(self, row: NodeLine) -> str:
        """Return where the log of a row is, as in a route; empty if the row has none."""
        del row
        return ""

    def place_of(self, row: NodeLine) -> tuple[str, str]:
        """Return the section that shows what a row is about, and the place in it; empty if none does."""
        place = self.log_place(row)
        return ("logs", place) if place else ("", "")

    # ---- widgets

    def compose(self) -> ComposeResult:
        """The table with its details, the notice, and the prompt for a filter."""
        look = self.look
        with Vertical(classes="nodes-body"):
            yield Paragraph(look, classes="nodes-missing")
            yield self.table
            yield DetailPane(look)
        yield Notice(look)
        yield Prompt(look)

    def on_mount(self) -> None:
        """Nothing is missing yet."""
        self.query_one(".nodes-missing").display = False

    def handle_directly(self, message: Message) -> None:
        """Follow the cursor of the table, and the prompt."""
        super().handle_directly(message)
        if isinstance(message, FoldingTable.Highlighted):
            self._show_detail()

    # ---- what the host calls

    def show(self, state: DeploymentState) -> None:
        """Take the deployment; start over if it is another one."""
        before, self.loader.deployment = self.loader.deployment, state
        other = before is None or before.entry.key != state.entry.key
        if other:
            self.loader.begin()
            self.table.start_over()
            self.query_one(".nodes-missing").display = False
            self.show_notice(shown=False)

    def put(self, place: PanePlace, *, full: bool) -> None:
        """Share the height between the table and the details."""
        super().put(place, full=full)
        if self.active:
            self.query_one(DetailPane).share_height(full=full)
            self._show_detail()
            self.update_note()

    def take_focus(self) -> None:
        """Focus the table."""
        self.screen.set_focus(self.table if self.table_shown else None)

    # ---- loading

    def load(self) -> None:
        """Request the rows."""
        self.loader.load()
        self.update_note()

    def _loaded(self, old: NodesState, state: NodesState) -> None:
        """Draw what differs from the state on screen."""
        deployment = self.loader.deployment
        if state.nodes is not old.nodes and deployment is not None:
            self.post_message(self.Observed(deployment.entry.key, self.loader.observed))
        if state.nodes is not None and state.nodes is not old.nodes:
            self._show_missing(state.nodes)
            self.table.show(state.nodes.tops)
        if state.failure is not None and state.nodes is not None and state.failure is not old.failure:
            self._show_failure(state)
        if state.nodes is not None and state.nodes.tops:
            self.show_notice(shown=False)
        elif state.nodes is not None or state.failure is not None:
            self._say_instead(state)
        self.post_message(self.KeysChanged())
        self.update_note()

    def _show_missing(self, nodes: Nodes) -> None:
        line = self.query_one(".nodes-missing", Paragraph)
        line.display = bool(nodes.missing)
        line.show(Content.assemble((" ! ", "bold $text-warning"), self.look.own(self.look.plain(nodes.missing))))

    def _show_failure(self, state: NodesState) -> None:
        # If signed out, the tab strip says so, and the last row names the key to sign in.
        if state.failure is not None and state.failure.kind is not ErrorKind.SIGNED_OUT:
            self.page.show_message(str(state.failure), warning=True)

    def _say_instead(self, state: NodesState) -> None:
        notice = self.notice
        if state.failure is not None and state.nodes is None and not state.unsupported:
            notice.say_error(state.failure, self.error_keys(state.failure))
        else:
            self.say_instead(notice, state)
        self.show_notice(shown=True)

    def update_note(self) -> None:
        """Say in the tab strip how old the rows are, and how long the open request has taken."""
        loader, now = self.loader, self.session.clock()
        state, stale = loader.state, loader.staleness
        self.notice.trying(stale.trying(now))
        interval = NEVER if self.session.paused else max(loader.usual, loader.pause)
        age, error = stale.words(now, interval), ""
        if stale.error is not None and not stale.trying(now) and not state.unsupported:
            error = age.plain.strip()
        nodes = state.nodes
        about = self.count_of(nodes) + self._arrangement if nodes is not None and nodes.tops else Content()
        badge = str(nodes.problems) if nodes and nodes.problems else ""
        self.post_message(self.Changed(self.section, Note(badge, about, age, error)))

    @property
    def _arrangement(self) -> Content:
        """What is hidden, and the order, for the tab strip."""
        table = self.table
        order = f"  {table.order.order}" if table.sorted_by else ""
        return Content.assemble((self.shown_words + order, TONES[Severity.INFO]))

    # ---- showing

    def _show_detail(self) -> None:
        """Show what is known about the row under the cursor."""
        detail, row, look, now = self.query_one(DetailPane), self.table.row, self.look, self.session.clock()
        if row is None:
            detail.show("")
            return
        node, top = row.node, row.top
        title = look.plain(node.label or top.label)
        if node is not top:
            title = f"{look.plain(top.label)} {look.glyphs.into} {title}" if node.label else title
        times = [Field(name, look.plain(when(at.at, at.raw, now))) for name, at in node.times]
        fold = f"{action_key(self.table, 'list.fold')} fold"
        detail.show(title, [*node.fields, *times], fold if node.below else "")

    # ---- what is shown of the rows

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """While the user types, the keys belong to the prompt; without rows, they do nothing."""
        if action in ("problems", "sort", "open", "logs"):
            return not self.prompt.display and self.table_shown
        return super().check_action(action, parameters)

    def action_clear(self) -> None:
        """Show all rows again."""
        self.table.problems_only = False
        super().action_clear()

    def action_problems(self) -> None:
        """Show only problems, or all rows again."""
        self.table.show_problems(only=not self.table.problems_only)
        self.say_what_is_hidden()

    def action_sort(self) -> None:
        """Sort by the next column."""
        table = self.table
        self._sort(table.orders[(table.orders.index(table.order) + 1) % len(table.orders)])

    @on(FoldingTable.HeadingClicked)
    def _heading_clicked(self, message: FoldingTable.HeadingClicked) -> None:
        """Sort by a column; if it is the sorted one, show the rows in the usual order again."""
        message.stop()
        usual, *others = self.table.orders
        wanted = next((order for order in others if order.name == message.name), usual)
        self._sort(usual if wanted is self.table.order else wanted)

    def _sort(self, order: Column[Any]) -> None:
        self.table.sort(order)
        self.update_note()

    def action_logs(self) -> None:
        """Show the log of what the row under the cursor is about."""
        if (row := self.table.row) is not None:
            self._open("logs", self.log_place(row), "This row has no log.")

    @on(FoldingTable.Opened)
    def action_open(self) -> None:
        """Show what the row under the cursor is about."""
        if (row := self.table.row) is not None:
            section, place = self.place_of(row)
            self._open(section, place or section, "There is no more about this row.")

    def _open(self, section: str, place: str, nothing: str) -> None:
        if place:
            self.post_message(self.Wanted(section, "" if place == section else place))
        else:
            self.page.show_message(nothing)

    @property
    def nothing(self) -> str:
        """A sentence about a table in which everything is hidden."""
        return super().nothing or ("There are no problems." if self.table.problems_only else "")

    # ---- keys

    def hints(self) -> list[tuple[str, str]]:
        """The keys of the table; without a table, the key that helps."""
        if not self.table_shown:
            state = self.loader.state
            failed = state.failure is not None and not state.unsupported
            return [("r", "try again" if failed else "refresh")]
        table = self.table
        problems = ("e", "all" if table.problems_only else "problems")
        rows = [("enter", "open"), ("space", "fold")] if table.row_count else []
        sort = [("s", "sort")] if len(table.shown) > 1 else []
        return [*self.clear_hints(), *rows, ("/", "filter"), problems, *sort, ("y", "copy")]

    def offer(self, command: Command) -> bool:
        """Choose what to copy from the row under the cursor."""
        row = self.table.row
        if command is not Command.COPY or row is None or not self.table_shown:
            return False
        mine = row.node.copies
        taken = {copy.key for copy in mine}
        # A nested row also offers what its top-level row offers.
        rest = [copy for copy in row.top.copies if copy.key not in taken]
        offers = [text_offer(copy.key, copy.name, copy.text) for copy in (*mine, *rest)]
        open_menu(self.page, self.look, row.top.label, offers)
        return True
