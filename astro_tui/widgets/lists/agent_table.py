"""The table of an account's deployments."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from rich.segment import Segment
from rich.style import Style
from textual.message import Message

from astro_tui.presentation.agent_list import ORDERS, Arrangement, Entry, why
from astro_tui.presentation.status import LABEL_WIDTH, Severity
from astro_tui.state.settings import COLUMNS
from astro_tui.text.times import AGE, Times
from astro_tui.theme.look import Look
from astro_tui.theme.sizes import NARROW, WIDE
from astro_tui.widgets.cells import cell_len, fit, fit_right
from astro_tui.widgets.lists.columns import GAP, Stage, allot
from astro_tui.widgets.lists.table import Clock, MarkingTable

SAMPLE = 500
"""Rows measured to size the columns."""
_GAP = " " * GAP
FRAME = 3
"""Cells of the cursor, the glyph, and the mark."""
LABEL, WHY = 64, 24
"""The most cells of a name, and the fewest of a cause."""


TITLES = {name: name.upper() for name in COLUMNS}
RIGHT = ("ready", "age")
"""Columns that are aligned right."""


def columns_for(
    width: int,
    entries: Sequence[Entry],
    now: datetime,
    order: str = "attention",
    *,
    chosen: Sequence[str] = (),
    times: Times = Times.AGES,
) -> dict[str, int]:
    """Return the columns for a table `width` cells wide from left to right, with their widths in cells.

    If the user has `chosen` columns, the last ones are left out if there is not enough room, but never the agent.
    """
    entries = entries[:SAMPLE]
    # An unknown status word may be longer than all known ones.
    status = min(max([LABEL_WIDTH, *(cell_len(entry.status.label) for entry in entries)]), LABEL_WIDTH + 6)
    label = min(max([8, *(cell_len(entry.label) for entry in entries)]), LABEL)
    build = min(max([7, *(cell_len(entry.build) + entry.update for entry in entries)]), 24)
    blueprint = max([0, *(cell_len(entry.blueprint) for entry in entries)]) if width >= WIDE or chosen else 0
    since, whole = times.sizes((entry.created for entry in entries), now)
    stages = [
        Stage("status", status),
        Stage("agent", 8),
        # Leave room for the mark of the sorted column.
        Stage("age", max(since, len(times.titled(AGE)) + (2 if order == "age" else 0))),
        Stage("agent", min(label, 20)),
        Stage("ready", max([5, *(len(entry.ready) for entry in entries)])),
        Stage("build", min(build, 9)),
        Stage("agent", min(label, 40)),
        Stage("why", WHY),
        Stage("agent", label),
        Stage("age", whole, whole=True),
        Stage("why", 2 * WHY),
        Stage("build", build),
        Stage("blueprint", max(9, min(blueprint, 40)) if blueprint else 0),
        Stage("why", width),
    ]
    if chosen:
        first = {stage.name: stage for stage in reversed(stages)}
        wanted = sorted(chosen, key=lambda name: name != "agent")
        stages = [*(first[name] for name in wanted), *(stage for stage in stages if stage.name in chosen)]
    given = allot(width - FRAME + GAP, stages)
    usual = COLUMNS if width >= NARROW else ("agent", *(name for name in COLUMNS if name != "agent"))
    return {name: given[name] for name in chosen or usual if name in given}


class AgentTable(MarkingTable[Entry, dict[str, int]]):
    """One deployment per row. Two can be marked for comparison."""

    class Opened(Message):
        """The user opened `entry`."""

        def __init__(self, entry: Entry) -> None:
            super().__init__()
            self.entry = entry

    def __init__(self, look: Look, clock: Clock, *, chosen: Sequence[str] = (), id: str | None = None) -> None:  # noqa: A002  Textual's name
        super().__init__(look, clock, id=id)
        self._chosen = chosen
        self._arrangement = Arrangement()

    # ---- rows

    def key_of(self, row: Entry) -> str:
        """Return the deployment's id."""
        return row.key

    def show_entries(self, entries: Sequence[Entry], arrangement: Arrangement, *, keep: str | None = None) -> None:
        """Show `entries` as arranged; the cursor moves to the deployment `keep`, or stays on the same one."""
        self._arrangement = arrangement
        self.show_rows(entries, keep=keep)

    def row_chosen(self, index: int) -> None:
        """Report the opened entry."""
        self.post_message(self.Opened(self.rows[index]))

    # ---- drawing

    def columns_for(self, width: int) -> dict[str, int]:
        """Return the columns for `width` cells."""
        order, times = self._arrangement.order, self.look.times
        return columns_for(width, self.rows, self.clock(), order, chosen=self._chosen, times=times)

    def draw_heading(self, line: int, width: int) -> list[Segment]:
        """Return the column names, with a mark at the sorted one."""
        glyphs, (sorted_by, _) = self.look.glyphs, ORDERS[self._arrangement.order][:2]
        mark = glyphs.sorted_reverse if self._arrangement.reverse else glyphs.sorted_by
        text = " " * (FRAME - GAP)
        for name, size in self.columns(width).items():
            title = self.look.times.titled(TITLES[name])
            title = f"{title} {mark}" if TITLES[name] == sorted_by else title
            text += _GAP + (fit_right if name in RIGHT else fit)(title, size)
        return [Segment(fit(text, width), self.part("heading"))]

    def draw_row(self, index: int, width: int, *, selected: bool) -> list[Segment]:
        """Return the deployment in this row."""
        entry, look = self.rows[index], self.look
        segments = [
            self.cursor_mark(selected=selected),
            Segment(fit(look.glyph(entry.status), 1), self.part(entry.tone.value)),
            Segment(self.mark_of(entry), self.part("info")),
        ]
        gap = ""
        for name, size in self.columns(width).items():
            segments += self._cell(name, entry, gap, size, selected=selected)
            gap = _GAP
        return segments

    def _cell(self, name: str, entry: Entry, gap: str, size: int, *, selected: bool) -> list[Segment]:
        """Return one cell after a gap."""
        look, quiet = self.look, self.part("quiet")
        style: Style | None
        match name:
            case "status":
                text, style = entry.status.label, self.part(entry.tone.value)
            case "agent":
                text, style = entry.label, self.part("name") if selected else None
            case "blueprint":
                text, style = entry.blueprint, quiet
            case "build":
                return self._build(entry, gap, size)
            case "ready":
                ready = entry.ready if len(entry.ready) <= size else fit(entry.ready, size, look.glyphs.cut)
                return [Segment(gap + fit_right(ready, size), self.part("warn") if entry.lacks_replicas else quiet)]
            case "age":
                return [Segment(gap + self.when(entry.created, size), quiet)]
            case "why":
                calm = entry.status.severity in (Severity.OK, Severity.MUTED)
                text, style = why(entry)[0], quiet if calm else None
            case _:
                raise KeyError(name)
        return [Segment(gap + fit(look.plain(text), size, look.glyphs.cut), style)]

    def _build(self, entry: Entry, gap: str, width: int) -> list[Segment]:
        mark = self.look.glyphs.newer if entry.update else ""
        build = fit(self.look.plain(entry.build), width - len(mark), self.look.glyphs.cut).rstrip()
        return [
            Segment(gap + build, self.part("quiet")),
            Segment(mark, self.part("info")),
            Segment(" " * (width - cell_len(build) - len(mark))),
        ]

    def draw_bar(self, size: int, width: int) -> str:
        """Return gray bars instead of status and name."""
        block, columns = self.look.glyphs.skeleton, self.columns(width)
        bars = {"status": block * 8, "agent": block * min(size, columns.get("agent", 0))}
        return f" {block} " + _GAP.join(fit(bars[name], columns[name]) for name in columns if name in bars)
