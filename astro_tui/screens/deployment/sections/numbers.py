"""Numbers of a deployment: load, traffic, observations, and cost, as charts or as a table."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from functools import partial
from operator import attrgetter

from msgspec.structs import replace
from textual import on
from textual.app import ComposeResult
from textual.containers import Vertical
from textual.widget import Widget

from astro_tui.clipboard.offers import text_offer
from astro_tui.platform.client import Call
from astro_tui.platform.lenient import time_of
from astro_tui.presentation import peers
from astro_tui.presentation.log_places import log_place
from astro_tui.presentation.numbers import LENGTHS, LOADING, MEANS, Length, Measured, Numbers
from astro_tui.presentation.panels import COLUMNS, TableRow, layout_from, legend, table_rows
from astro_tui.presentation.peers import Peer
from astro_tui.presentation.record import DeploymentState
from astro_tui.screens.base.copy_actions import open_menu
from astro_tui.screens.base.page import Page
from astro_tui.screens.base.sections import Note, SectionCommand, SectionPane
from astro_tui.screens.base.view import Topic
from astro_tui.session.agent import Agent
from astro_tui.session.numbers import READ, read_peers
from astro_tui.text.times import rfc3339
from astro_tui.theme.sizes import NARROW
from astro_tui.widgets.charts import ChartGrid
from astro_tui.widgets.chrome.bar import Paragraph
from astro_tui.widgets.keymap import keymap
from astro_tui.widgets.lists.table import Table

LEAST_PAUSE, MOST_PAUSE = 30.0, 300.0
"""Seconds between two loads of a short and of a long range."""
SLOW = {"cost": 600.0, "deploys": 120.0}
"""Source → seconds for which its values are good enough."""


def _measured(source: str, agent: Agent, numbers: Numbers, call: Call) -> Measured:
    """Return what was read of a source, with its time (worker thread)."""
    return replace(READ[source](agent, numbers, call), at=numbers.now.timestamp())


def _reading(topic: Topic[Measured]) -> Measured:
    """Return what is known of a source, and why its last request failed."""
    measured = topic.value or Measured()
    return measured if measured.error is topic.error else replace(measured, error=topic.error)


def _same(new: Mapping[str, Measured], old: Mapping[str, Measured]) -> bool:
    """Return whether the values and errors are the same objects."""
    return new.keys() == old.keys() and all(
        new[name].series is old[name].series and new[name].at == old[name].at and new[name].error is old[name].error
        for name in new
    )


class NumbersTable(Table[TableRow]):
    """One row per step of the range, the newest first."""

    COLUMNS, LAYOUT, FRAME, KEY = COLUMNS, layout_from(0), 1, attrgetter("at")


class PeersTable(Table[Peer]):
    """One row for each peer, by direction."""

    COLUMNS, LAYOUT, FRAME, KEY = peers.COLUMNS, peers.LAYOUT, 1, attrgetter("direction", "name")


class NumbersPane(SectionPane[DeploymentState]):
    """One line about the last deploy, and below it the charts, the table, or the peers."""

    STYLES = ("numbers",)
    BINDINGS = keymap("""
        enter!            open        numbers.open      traces or logs of this time [open]
        l!                logs        numbers.logs      logs of this time [logs]
        minus             length(1)   numbers.longer    longer range [range]
        plus,equals_sign  length(-1)  numbers.shorter   shorter range [range]
        T                 table       numbers.table     table or charts [table|charts]
        w                 peers       numbers.peers     whom it talks to [peers|charts]
        P                 workload   numbers.workload  next workload
    """)

    def __init__(self, page: Page, name: str) -> None:
        super().__init__(page, name)
        self._sources = {source: Topic[Measured](self, source) for source in READ}
        """What is requested, each on its own: the last good values of each stay until new ones arrive."""
        self.all = Topic[None](self, "all", every=self._every)
        """When all of them were read, and when they are read again: soon only if all of them failed."""
        self.flows = Topic[list[Peer]](self, "peers")
        """Whom the agent talks to, read only while that is shown."""
        self._loading = False
        self.numbers = Numbers(self.session.clock())
        """What is known."""
        self._tabled: Numbers | None = None
        """What the table shows."""
        self.grid = ChartGrid(self.look, id="charts")
        self.table = NumbersTable(self.look, self.session.clock, id="numbers-table")
        self.peers = PeersTable(self.look, self.session.clock, id="peers")

    def compose(self) -> ComposeResult:
        """The line, the charts, and the table in their place."""
        with Vertical(id="numbers-body"):
            yield Paragraph(self.look, id="numbers-line")
            yield self.grid
            yield self.table
            yield self.peers

    def on_mount(self) -> None:
        """Show the charts."""
        self.table.display = self.peers.display = False

    # ---- loading

    def _every(self) -> float:
        """Seconds between two loads: about as long as a sample."""
        return min(max(self.numbers.length.step, LEAST_PAUSE), MOST_PAUSE)

    def begin(self) -> None:
        """Start over with another deployment, in the same range."""
        super().begin()
        self.numbers = Numbers(self.session.clock(), self.numbers.length)
        self.grid.put_cross(None)

    def hide(self) -> None:
        """Hide the pane, and cancel its requests."""
        self._loading = False
        super().hide()

    def load(self, *, everything: bool = False) -> None:
        """Request the sources whose values are not good enough, or everything."""
        now = self.session.clock().replace(microsecond=0)
        agent, wanted = self.session.agent(self.state.account, self.state.entry), replace(self.numbers, now=now)
        with self.one_drawing():
            self._loading, self.numbers = True, wanted
            self.all.stop()
            self.all.requested(now)
            for source, topic in self._sources.items():
                read = topic.fetched
                if everything or topic.error or read is None or (now - read).total_seconds() >= SLOW.get(source, 0.0):
                    topic.load(partial(_measured, source, agent, wanted))
            if self.peers.display:
                self.flows.load(partial(read_peers, agent, wanted))
            self.changed()

    def load_again(self) -> None:
        """Request all sources."""
        if self._sources["pod"].may_send_again():
            self.load(everything=True)

    def resume(self) -> None:
        """Load what is old; what is requested already plans the next load."""
        if not self._loading:
            super().resume()

    def choose(self, length: Length | None = None, workload: str | None = None) -> None:
        """Read another range, or the pod of another workload. What is known stays, but not why it failed."""
        numbers, topics = self.numbers, self._sources.values()
        for topic in topics:
            topic.error = None
        self.flows.error = self.flows.value = None
        workload = numbers.workload if workload is None else workload
        self.numbers = replace(numbers, length=length or numbers.length, workload=workload)
        self.load(everything=True)

    def follow(self) -> None:
        """Take what was read. After the last source, plan the next load."""
        topics = self._sources
        readings = {name: _reading(topic) for name, topic in topics.items() if topic.value or topic.error}
        if not _same(readings, self.numbers.readings):
            self.numbers = replace(self.numbers, readings=readings)
        if self._loading and not any(topic.busy for topic in topics.values()):
            self._loading, now = False, self.session.clock()
            errors = [topic.error for topic in topics.values() if topic.error is not None]
            if len(errors) == len(topics):
                self.all.failed(errors[0], now)
            else:
                self.all.fresh(now)
            self.all.plan()

    # ---- what the host calls

    def take_focus(self) -> None:
        """Focus the charts, the table, or the peers."""
        self.screen.set_focus(next(each for each in (self.peers, self.table, self.grid) if each.display))

    def go_to(self, detail: str) -> None:
        """Show a range, a time, or both, given as `7d`, `@TIME`, or `7d@TIME`."""
        name, _, text = detail.partition("@")
        length, at = LENGTHS.get(name), time_of(text) if text else None
        if length is not None and length != self.numbers.length:
            self.choose(length)
        if at is not None:
            self.grid.put_cross(at.timestamp())

    @property
    def detail(self) -> str:
        """The range, and the time of the crosshair."""
        at = self._at
        return self.numbers.length.name + (f"@{rfc3339(at, 'seconds')}" if at is not None else "")

    @property
    def _at(self) -> datetime | None:
        """The time of the crosshair, or of the row under the cursor of the table."""
        at = self.table.row.at if self.table.display and self.table.row is not None else self.grid.cross
        return datetime.fromtimestamp(at, UTC) if at is not None else None

    # ---- showing

    def draw(self) -> None:
        """Draw the charts or the table, and the line above them."""
        numbers = self.numbers
        self.grid.show(numbers)
        if self.table.display and self._tabled is not numbers:
            self._tabled, self.table.instead = numbers, ["Nothing was measured in this range."]
            self.table.show_rows(table_rows(numbers))
        if self.peers.display:
            error, flows = self.flows.error, self.flows.value
            self.peers.show_instead([str(error) if error else LOADING if flows is None else peers.NONE])
            self.peers.show_rows(flows or [])
        meaning, means = (legend(numbers.marks), MEANS) if self.app.size.width >= NARROW else ("", "")
        parts = [meaning, self.grid.position if self.grid.display else "", numbers.length.name]
        words = f"{means} {numbers.comparison(self.grid.panels)}".strip()
        right = "  ".join(part for part in parts if part)
        self.query_one("#numbers-line", Paragraph).show(
            self.look.line((f" {words}", "$quiet")),
            self.look.line((f"{right} ", "$quiet")),
        )

    @property
    def note(self) -> Note:
        """Which range is shown, and how old it is."""
        stale, now = self.all, self.session.clock()
        age = stale.words(now, max(stale.usual, stale.interval), paused=self.session.paused)
        return Note(about=self.numbers.length.name, age=age)

    # ---- keys

    def is_on(self, action: str) -> bool:
        """Whether the table or the peers are shown."""
        return (action == "table" and self.table.display) or (action == "peers" and self.peers.display)

    def action_length(self, step: int) -> None:
        """Show a longer or a shorter range."""
        lengths, now = list(LENGTHS.values()), self.numbers.length
        place = lengths.index(now) + step
        if 0 <= place < len(lengths):
            self.choose(lengths[place])
        else:
            self.page.show_message(f"{now.name} is the {'longest' if step > 0 else 'shortest'} range.")

    def action_workload(self) -> None:
        """Measure the pod of the next workload."""
        pod = self.numbers.of("pod")
        names = list(pod.workloads)
        if len(names) > 1:
            name = names[(names.index(pod.workload) + 1) % len(names)]
            self.page.show_message(f"CPU and memory of {self.look.plain(name)}.")
            self.choose(workload=name)
        else:
            self.page.show_message("No other workload has a pod.")

    def action_table(self) -> None:
        """Show the table instead of the charts, or the charts again."""
        table = self.table
        self._show(self.grid if table.display else table)
        table.LAYOUT = layout_from(self.grid.selected)
        self._tabled = None
        self.changed()
        cross = self.grid.cross
        if table.display and cross is not None:
            table.go_to_row(next((place for place, row in enumerate(table.rows) if row.at <= cross), 0))
        self.take_focus()

    def action_peers(self) -> None:
        """Show whom the agent talks to, or the charts again."""
        self._show(self.grid if self.peers.display else self.peers)
        if self.peers.display:
            agent = self.session.agent(self.state.account, self.state.entry)
            self.flows.load(partial(read_peers, agent, self.numbers))
        self.changed()
        self.take_focus()

    def _show(self, shown: Widget) -> None:
        for each in (self.grid, self.table, self.peers):
            each.display = each is shown

    @on(ChartGrid.Opened)
    @on(NumbersTable.Opened)
    @on(PeersTable.Opened)
    def action_open(self) -> None:
        """Show the traces of the time if the selected chart is about observations, else its logs."""
        at, panel = self._at, self.grid.panel
        if at is None or not self.grid.display or not panel.kind.traced or panel.series is None:
            self.action_logs()
            return
        # The bucket that stands for this time.
        begin = max((start for start, _ in panel.series.samples if start <= at.timestamp()), default=at.timestamp())
        ends = (datetime.fromtimestamp(each, UTC) for each in (begin, begin + panel.series.step))
        self.post_message(self.Wanted("traces", "@" + "..".join(rfc3339(end, "seconds") for end in ends)))

    def action_logs(self) -> None:
        """Show the logs of the time at the crosshair or in the row."""
        at = self._at
        if at is None and not self.peers.display:
            self.page.show_message("Choose a time first: ← and → move the crosshair, and m goes to the maximum.")
        else:
            self.post_message(self.Wanted("logs", log_place(self.numbers.of("pod").workload, at=at)))

    def offer(self, command: SectionCommand) -> bool:
        """Choose what to copy: the line about the last deploy, or all numbers."""
        numbers = self.numbers
        if command is not SectionCommand.COPY or not numbers.readings:
            return False
        words, text = numbers.comparison(numbers.panels), json.dumps(numbers.as_json(), ensure_ascii=False)
        offers = [text_offer("m", "before and after", words), text_offer("j", "numbers as JSON", text)]
        open_menu(self.page, self.look, f"numbers, {numbers.length.name}", [each for each in offers if each.sample])
        return True
