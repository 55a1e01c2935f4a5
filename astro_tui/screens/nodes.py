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
from astro_tui.diagnosis.values import Fact, Facts
from astro_tui.errors import PlatformError
from astro_tui.platform import rounds
from astro_tui.presentation.columns import Column
from astro_tui.presentation.nodes import Nodes
from astro_tui.presentation.record import DeploymentState, Field
from astro_tui.presentation.status import Severity
from astro_tui.screens.base.copy_actions import open_menu
from astro_tui.screens.base.page import Page
from astro_tui.screens.base.panes import FilteredPane
from astro_tui.screens.base.sections import Note, SectionCommand
from astro_tui.screens.base.staleness import NEVER
from astro_tui.screens.base.view import Topic
from astro_tui.text.times import when
from astro_tui.theme.look import TONES
from astro_tui.widgets.chrome.bar import Paragraph
from astro_tui.widgets.chrome.notice import Notice
from astro_tui.widgets.chrome.prompt import Prompt
from astro_tui.widgets.keymap import action_key, keymap
from astro_tui.widgets.lists.filtered_tables import FoldingTable, NodeLine
from astro_tui.widgets.text.record_pane import DetailPane

if TYPE_CHECKING:
    from astro_tui.platform.client import Call
    from astro_tui.session.agent import Agent


class Loaded(Struct, frozen=True):
    """What was fetched, and the rows made from it."""

    facts: Facts
    nodes: Nodes
    failure: PlatformError | None = None
    """Why some of it is old or missing, if that is worth a try soon."""


Read = Callable[["Agent", Facts, "Nodes | None", "Call"], Loaded]
"""Fetches newer facts, and makes rows from them (worker thread). Gets the agent, its known facts, and its known rows.

Raises PlatformError. What cannot be fetched keeps its old value, which is then stale.
"""


class NodesPane(FilteredPane[DeploymentState]):
    """A table above the details of the row under the cursor, or a notice if there are no rows."""

    STYLES = ("nodes",)
    TABLE: type[FoldingTable[Any]]
    """The class of the table."""

    class Observed(Message):
        """The section has read new facts about the deployment with the id `key`."""

        def __init__(self, key: str, facts: Mapping[str, Fact]) -> None:
            super().__init__()
            self.key, self.facts = key, facts

    BINDINGS = keymap("""
        enter!    open      section.open      what this row is about [|open]
        e         problems  section.problems  show only problems, or all [problems|all]
        s         sort      section.sort      sort [|sort]
        l!        logs      section.logs      logs for this row
    """)

    table = query_one(FoldingTable)
    """The rows."""
    body = query_one(".nodes-body", Vertical)
    """The table with its details."""
    notice = query_one(Notice)
    """The notice that can replace the body."""

    def __init__(self, page: Page, name: str) -> None:
        super().__init__(page, name)
        self.rows = Topic[Loaded](
            self, "rows", self._observed, every=self._every, failure_in=lambda loaded: loaded.failure, alone=True
        )

    # ---- what a section implements

    @property
    @abstractmethod
    def read(self) -> Read:
        """The function that fetches the rows."""

    @abstractmethod
    def count_of(self, nodes: Nodes) -> Content:
        """Return how many rows there are, for the tab strip."""

    @abstractmethod
    def say_instead(self, notice: Notice) -> None:
        """Say why there are no rows, or that the server does not have them."""

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
            yield self.TABLE(look, self.session.clock)
            yield DetailPane(look)
        yield Notice(look)
        yield Prompt(look)

    def take_focus(self) -> None:
        """Focus the table."""
        self.screen.set_focus(self.table if self.table_shown else None)

    # ---- loading

    def begin(self) -> None:
        """Start over: the next state is about another deployment."""
        super().begin()
        self.table.start_over()

    def _every(self) -> float:
        """Return the seconds between two loads: few during a rollout."""
        return rounds.OBSERVED_MOVING_REFRESH if self.state.status.moving else rounds.OBSERVED_REFRESH

    def load(self) -> None:
        """Request the rows of the deployment; those on screen stay until the response."""
        read, loaded, state = self.read, self.rows.value, self.state
        facts = loaded.facts if loaded is not None else Facts(self.session.clock())
        report = state.report or state.entry.report
        facts = replace(
            facts,
            row=Fact(state.entry.deployment),
            status=Fact(report) if report is not None else facts.status,
            deployment_id=state.entry.key,
            account=state.account,
        )
        agent, before = self.session.agent(state.account, state.entry), loaded.nodes if loaded is not None else None
        self.rows.load(lambda call: read(agent, facts, before, call))

    def _observed(self, loaded: Loaded) -> None:
        """Let the screen diagnose with what was read."""
        facts = loaded.facts
        observed = {"record": facts.record, "runtime": facts.runtime, "events": facts.events}
        current = {name: fact for name, fact in observed.items() if fact.known and not fact.stale}
        self.post_message(self.Observed(self.state.entry.key, current))

    @property
    def nodes(self) -> Nodes | None:
        """The rows; None until they are loaded."""
        return self.rows.value.nodes if self.rows.value is not None else None

    @property
    def unsupported(self) -> bool:
        """Whether the server does not have the endpoint."""
        return self.rows.error is not None and self.rows.error.not_offered

    # ---- drawing

    def draw(self) -> None:
        """Draw the rows, or why there are none, and the details of the row under the cursor."""
        nodes, error, look = self.nodes, self.rows.error, self.look
        line = self.query_one(".nodes-missing", Paragraph)
        line.display = nodes is not None and bool(nodes.missing)
        if nodes is not None:
            line.show(look.line((" ! ", "bold $text-warning"), nodes.missing))
            self.table.show(nodes.tops)
        if nodes is None and error is not None and not self.unsupported:
            self.notice.say_error(error, self.error_keys(error))
        elif nodes is not None or error is not None:
            self.say_instead(self.notice)
        self.show_notice(shown=not (nodes is not None and nodes.tops) and (nodes is not None or error is not None))
        self.notice.trying(self.rows.trying(self.session.clock()))
        self.query_one(DetailPane).share_height(full=self.full)
        self._draw_detail()
        super().draw()

    @property
    def note(self) -> Note:
        """How many problems there are, how old the rows are, and how long the open request has taken."""
        rows, nodes, now = self.rows, self.nodes, self.session.clock()
        interval = NEVER if self.session.paused else max(rows.usual, rows.interval)
        age, error = rows.words(now, interval), ""
        if rows.error is not None and not rows.trying(now) and not self.unsupported:
            error = age.plain.strip()
        about = self.count_of(nodes) + self._arrangement if nodes is not None and nodes.tops else Content()
        return Note(str(nodes.problems) if nodes and nodes.problems else "", about, age, error)

    @property
    def _arrangement(self) -> Content:
        """What is hidden, and the order, for the tab strip."""
        table = self.table
        order = f"  {table.order.order}" if table.sorted_by else ""
        return self.look.line((self.shown_words + order, TONES[Severity.INFO]))

    def _draw_detail(self) -> None:
        """Draw what is known about the row under the cursor."""
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

    def is_on(self, action: str) -> bool:
        """Whether only problems are shown, or there are rows."""
        return self.table.problems_only if action == "problems" else self.table.row_count > 0

    def action_clear(self) -> None:
        """Show all rows again."""
        self.table.problems_only = False
        super().action_clear()

    def action_problems(self) -> None:
        """Show only problems, or all rows again."""
        self.table.show_problems(only=not self.table.problems_only)
        self.changed()

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
        self.changed()

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
            self.show_message(nothing)

    @property
    def nothing(self) -> str:
        """A sentence about a table in which everything is hidden."""
        return super().nothing or ("There are no problems." if self.table.problems_only else "")

    # ---- keys

    def offer(self, command: SectionCommand) -> bool:
        """Choose what to copy from the row under the cursor."""
        row = self.table.row
        if command is not SectionCommand.COPY or row is None or not self.table_shown:
            return False
        mine = row.node.copies
        taken = {copy.key for copy in mine}
        # A nested row also offers what its top-level row offers.
        rest = [copy for copy in row.top.copies if copy.key not in taken]
        offers = [text_offer(copy.key, copy.name, copy.text) for copy in (*mine, *rest)]
        open_menu(self.page, self.look, row.top.label, offers)
        return True
