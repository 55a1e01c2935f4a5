"""Numbers of a deployment: load, traffic, observations, and cost, as charts or as a table, and their loader."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from functools import partial

from msgspec.structs import replace
from textual import on
from textual.app import ComposeResult
from textual.containers import Vertical
from textual.content import Content
from textual.message import Message

from astro_tui.clipboard.offers import text_offer
from astro_tui.errors import PlatformError
from astro_tui.platform.lenient import time_of
from astro_tui.presentation.log_places import log_place
from astro_tui.presentation.numbers import LENGTHS, MEANS, Length, Measured, Numbers
from astro_tui.presentation.panels import COLUMNS, TableRow, layout_from, legend, table_rows
from astro_tui.presentation.record import DeploymentState
from astro_tui.screens.base.copy_actions import open_menu
from astro_tui.screens.base.loading import Changed, PolledLoader
from astro_tui.screens.base.page import Page
from astro_tui.screens.base.panes import PolledPane
from astro_tui.screens.base.sections import Command, Note
from astro_tui.session.numbers import READ
from astro_tui.session.requests import Requests
from astro_tui.session.session import Session
from astro_tui.text.times import rfc3339
from astro_tui.theme.sizes import NARROW
from astro_tui.widgets.charts import ChartGrid
from astro_tui.widgets.chrome.bar import Paragraph
from astro_tui.widgets.keymap import key_name, keymap
from astro_tui.widgets.lists.table import Table

LEAST_PAUSE, MOST_PAUSE = 30.0, 300.0
"""Seconds between two loads of a short and of a long range."""
SLOW = {"cost": 600.0, "deploys": 120.0}
"""Source → seconds for which its values are good enough."""


class NumbersLoader(PolledLoader[Numbers]):
    """Requests all sources at once. The last good values of each stay until new ones arrive."""

    TOPICS = tuple(READ)
    ALONE = True

    def __init__(self, requests: Requests, session: Session, show: Changed[Numbers]) -> None:
        super().__init__(requests, session, Numbers(session.clock()), show)
        self.deployment: DeploymentState | None = None
        """The deployment whose numbers are shown."""

    @property
    def usual(self) -> float:
        """Seconds between two loads: about as long as a sample."""
        return min(max(self.state.length.step, LEAST_PAUSE), MOST_PAUSE)

    def begin(self) -> None:
        """Start over with another deployment, in the same range."""
        self.begin_with(Numbers(self._session.clock(), self.state.length), *READ)

    def choose(self, length: Length | None = None, workload: str | None = None) -> None:
        """Read another range, or the pod of another workload. What is known stays, but not why it failed."""
        readings = {source: replace(value, error=None) for source, value in self.state.readings.items()}
        length, chosen = length or self.state.length, self.state.workload if workload is None else workload
        self.state = Numbers(self.state.now, length, readings, chosen)
        self.load(everything=True)

    def load(self, *, everything: bool = False) -> None:
        """Request the sources whose values are not good enough, or everything."""
        self.stop_polling()
        shown, now = self.deployment, self._session.clock().replace(microsecond=0)
        if shown is None:
            return
        agent, wanted = self._session.agent(shown.account, shown.entry), replace(self.state, now=now)
        self.staleness.requested(now)
        for source in READ:
            known = self.state.of(source)
            if everything or known.error or now.timestamp() - known.at >= SLOW.get(source, 0.0):
                request = partial(READ[source], agent, wanted)
                self._requests.fetch(source, request, partial(self._take, source, now), partial(self._fail, source))
        self.change(now=now)

    def _take(self, source: str, now: datetime, value: Measured) -> None:
        self._keep(source, replace(value, at=now.timestamp()))

    def _fail(self, source: str, error: PlatformError) -> None:
        self._keep(source, replace(self.state.of(source), error=error))

    def _keep(self, source: str, value: Measured) -> None:
        """Show what was read of a source. After the last one, plan the next load: soon only if all of them failed."""
        readings = {**self.state.readings, source: value}
        done, now = not any(map(self._requests.busy, READ)), self._session.clock()
        errors = [each.error for each in readings.values() if each.error is not None]
        if done and len(errors) == len(readings):
            self.staleness.failed(errors[0], now)
        elif done:
            self.staleness.fresh(now)
        self.change(readings=readings)
        if done:
            self.plan()


class NumbersTable(Table[TableRow]):
    """One row per step of the range, the newest first."""

    COLUMNS, LAYOUT, FRAME = COLUMNS, layout_from(0), 1

    def key_of(self, row: TableRow) -> float:
        """Return the time."""
        return row.at


class NumbersPane(PolledPane[DeploymentState]):
    """One line about the last deploy, and below it the charts or the table."""

    STYLES = ("numbers",)
    BINDINGS = keymap("""
        enter!            open       numbers.open      traces or logs of this time
        l!                logs       numbers.logs      logs of this time
        minus             length(1)  numbers.longer    longer range
        plus,equals_sign  length(-1)  numbers.shorter   shorter range
        T                 table      numbers.table     table or charts
        P                 workload   numbers.workload  next workload
    """)

    def __init__(self, page: Page, name: str) -> None:
        super().__init__(page, name)
        self.loader: NumbersLoader = NumbersLoader(self, self.session, self._loaded)
        self.grid = ChartGrid(self.look, id="charts")
        self.table = NumbersTable(self.look, self.session.clock, id="numbers-table")

    def compose(self) -> ComposeResult:
        """The line, the charts, and the table in their place."""
        with Vertical(id="numbers-body"):
            yield Paragraph(self.look, id="numbers-line")
            yield self.grid
            yield self.table

    def on_mount(self) -> None:
        """Show the charts."""
        self.table.display = False

    def handle_directly(self, message: Message) -> None:
        """Follow the crosshair."""
        if isinstance(message, ChartGrid.Moved):
            self._show_line()

    # ---- what the host calls

    def show(self, state: DeploymentState) -> None:
        """Take the deployment; start over if it is another one."""
        before, self.loader.deployment = self.loader.deployment, state
        if before is None or before.entry.key != state.entry.key:
            self.loader.begin()
            self.grid.put_cross(None)
            self._draw(self.loader.state)

    def take_focus(self) -> None:
        """Focus the charts or the table."""
        self.screen.set_focus(self.table if self.table.display else self.grid)

    def load(self) -> None:
        """Request what is old."""
        self.loader.load()
        self.update_note()

    def load_everything(self) -> None:
        """Request all sources."""
        self.loader.load(everything=True)

    def go_to(self, detail: str) -> None:
        """Show a range, a time, or both, given as `7d`, `@TIME`, or `7d@TIME`."""
        name, _, text = detail.partition("@")
        length, at = LENGTHS.get(name), time_of(text) if text else None
        if length is not None and length != self.loader.state.length:
            self.loader.choose(length)
        if at is not None:
            self.grid.put_cross(at.timestamp())

    @property
    def detail(self) -> str:
        """The range, and the time of the crosshair."""
        at = self._at
        return self.loader.state.length.name + (f"@{rfc3339(at, 'seconds')}" if at is not None else "")

    @property
    def _at(self) -> datetime | None:
        """The time of the crosshair, or of the row under the cursor of the table."""
        at = self.table.row.at if self.table.display and self.table.row is not None else self.grid.cross
        return datetime.fromtimestamp(at, UTC) if at is not None else None

    # ---- showing

    def _loaded(self, _old: Numbers, state: Numbers) -> None:
        self._draw(state)
        self.update_note()

    def _draw(self, numbers: Numbers) -> None:
        self.grid.show(numbers)
        if self.table.display:
            self.table.instead = ["Nothing was measured in this range."]
            self.table.show_rows(table_rows(numbers))

    def _show_line(self) -> None:
        numbers = self.loader.state
        meaning, means = (legend(numbers.marks), MEANS) if self.app.size.width >= NARROW else ("", "")
        parts = [meaning, self.grid.position if self.grid.display else "", numbers.length.name]
        words = f"{means} {numbers.comparison(self.grid.panels)}".strip()
        right = "  ".join(part for part in parts if part)
        self.query_one("#numbers-line", Paragraph).show(
            Content.assemble((f" {self.look.own(words)}", "$quiet")),
            Content.assemble((f"{self.look.own(right)} ", "$quiet")),
        )

    def update_note(self) -> None:
        """Say in the tab strip which range is shown, and how old it is."""
        state, stale, now = self.loader.state, self.loader.staleness, self.session.clock()
        age = stale.words(now, max(self.loader.usual, self.loader.pause), paused=self.session.paused)
        self.post_message(self.Changed(self.section, Note(about=state.length.name, age=age)))

    # ---- keys

    def hints(self) -> list[tuple[str, str]]:
        """The keys of the charts."""
        arrows = " ".join(key_name(key, self.look) for key in ("left", "right"))
        moves = [] if self.table.display else [(arrows, "crosshair"), ("m", "maximum")]
        return [
            *moves,
            ("enter", "open"),
            ("l", "logs"),
            ("- +", "range"),
            ("T", "charts" if self.table.display else "table"),
            ("y", "copy"),
        ]

    def action_length(self, step: int) -> None:
        """Show a longer or a shorter range."""
        lengths, now = list(LENGTHS.values()), self.loader.state.length
        place = lengths.index(now) + step
        if 0 <= place < len(lengths):
            self.loader.choose(lengths[place])
        else:
            self.page.show_message(f"{now.name} is the {'longest' if step > 0 else 'shortest'} range.")

    def action_workload(self) -> None:
        """Measure the pod of the next workload."""
        pod = self.loader.state.of("pod")
        names = list(pod.workloads)
        if len(names) > 1:
            name = names[(names.index(pod.workload) + 1) % len(names)]
            self.page.show_message(f"CPU and memory of {self.look.plain(name)}.")
            self.loader.choose(workload=name)
        else:
            self.page.show_message("No other workload has a pod.")

    def action_table(self) -> None:
        """Show the table instead of the charts, or the charts again."""
        table = self.table
        table.display, self.grid.display = not table.display, table.display
        table.LAYOUT = layout_from(self.grid.selected)
        self._draw(self.loader.state)
        cross = self.grid.cross
        if table.display and cross is not None:
            table.go_to_row(next((place for place, row in enumerate(table.rows) if row.at <= cross), 0))
        self.take_focus()
        self.post_message(self.KeysChanged())

    @on(ChartGrid.Opened)
    @on(NumbersTable.Opened)
    def action_open(self) -> None:
        """Show the traces of the time if the selected chart is about observations, else its logs."""
        at, panel = self._at, self.grid.panel
        if at is None or self.table.display or not panel.kind.traced or panel.series is None:
            self.action_logs()
            return
        # The bucket that stands for this time.
        begin = max((start for start, _ in panel.series.samples if start <= at.timestamp()), default=at.timestamp())
        ends = (datetime.fromtimestamp(each, UTC) for each in (begin, begin + panel.series.step))
        self.post_message(self.Wanted("traces", "@" + "..".join(rfc3339(end, "seconds") for end in ends)))

    def action_logs(self) -> None:
        """Show the logs of the time at the crosshair or in the row."""
        at = self._at
        if at is None:
            self.page.show_message("Choose a time first: ← and → move the crosshair, and m goes to the maximum.")
        else:
            self.post_message(self.Wanted("logs", log_place(self.loader.state.of("pod").workload, at=at)))

    def offer(self, command: Command) -> bool:
        """Choose what to copy: the line about the last deploy, or all numbers."""
        numbers = self.loader.state
        if command is not Command.COPY or not numbers.readings:
            return False
        words, text = numbers.comparison(numbers.panels), json.dumps(numbers.as_json(), ensure_ascii=False)
        offers = [text_offer("m", "before and after", words), text_offer("j", "numbers as JSON", text)]
        open_menu(self.page, self.look, f"numbers, {numbers.length.name}", [each for each in offers if each.sample])
        return True
