"""The table of an account's deployments."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from msgspec import Struct
from rich.segment import Segment
from textual.message import Message

from astro_tui.presentation.agent_list import ORDERS, Arrangement, Entry, why
from astro_tui.presentation.status import LABEL_WIDTH, Severity
from astro_tui.text.times import age
from astro_tui.theme.look import Look
from astro_tui.theme.sizes import NARROW, WIDE
from astro_tui.widgets.lists.cells import cell_len, fit, fit_right, headings
from astro_tui.widgets.lists.columns import GAP, Stage, allot
from astro_tui.widgets.lists.table import Clock, MarkingTable

SAMPLE = 500
"""Rows measured to size the columns."""
FRAME = 3
"""Cells of the cursor, the glyph, and the mark."""
LABEL, WHY = 64, 24
"""Most cells of a name, and the fewest of a cause."""


class Columns(Struct, frozen=True):
    """Widths in cells; 0 hides the column."""

    status: int
    label: int
    age: int
    ready: int = 0
    build: int = 0
    why: int = 0
    blueprint: int = 0


def columns_for(width: int, entries: Sequence[Entry], now: datetime, order: str = "attention") -> Columns:
    """Return the columns for a table `width` cells wide."""
    entries = entries[:SAMPLE]
    # An unknown status word may be longer than all known ones.
    status = min(max([LABEL_WIDTH, *(cell_len(entry.status.label) for entry in entries)]), LABEL_WIDTH + 6)
    label = min(max([8, *(cell_len(entry.label) for entry in entries)]), LABEL)
    build = min(max([7, *(cell_len(entry.build) + entry.update for entry in entries)]), 24)
    blueprint = max([0, *(cell_len(entry.blueprint) for entry in entries)]) if width >= WIDE else 0
    given = allot(
        width - FRAME + GAP,
        (
            Stage("status", status),
            Stage("label", 8),
            # With the mark of the sorted column.
            Stage("age", max([5 if order == "age" else 3, *(len(age(entry.created, now)) for entry in entries)])),
            Stage("label", min(label, 20)),
            Stage("ready", 5 if any(entry.ready for entry in entries) else 0),
            Stage("build", min(build, 9)),
            Stage("label", min(label, 40)),
            Stage("why", WHY),
            Stage("label", label),
            Stage("why", 2 * WHY),
            Stage("build", build),
            Stage("blueprint", max(9, min(blueprint, 40)) if blueprint else 0),
            Stage("why", width),
        ),
    )
    return Columns(**{"status": 0, "label": 0, "age": 0} | given)


class AgentTable(MarkingTable[Entry, Columns]):
    """One deployment per row. Two can be marked for comparison."""

    class Opened(Message):
        """The user opened `entry`."""

        def __init__(self, entry: Entry) -> None:
            super().__init__()
            self.entry = entry

    def __init__(self, look: Look, clock: Clock, *, id: str | None = None) -> None:  # noqa: A002
        super().__init__(look, clock, id=id)
        self._arrangement = Arrangement()

    # ---- rows

    def key_of(self, row: Entry) -> str:
        """Return the deployment's id."""
        return row.key

    def show_entries(self, entries: Sequence[Entry], arrangement: Arrangement, *, keep: str | None = None) -> None:
        """Show `entries` as arranged; the cursor moves to the deployment `keep`, else stays on its own."""
        self._arrangement = arrangement
        self.show_rows(entries, keep=keep)

    def row_chosen(self, index: int) -> None:
        """Report the opened entry."""
        self.post_message(self.Opened(self.rows[index]))

    # ---- drawing

    def columns_for(self, width: int) -> Columns:
        """Return the columns for `width` cells."""
        return columns_for(width, self.rows, self.clock(), self._arrangement.order)

    def draw_heading(self, line: int, width: int) -> list[Segment]:
        """Return the column names, with a mark at the sorted one."""
        columns, glyphs = self.columns(width), self.look.glyphs
        column, reverse = ORDERS[self._arrangement.order][0], self._arrangement.reverse
        mark = glyphs.sorted_reverse if reverse else glyphs.sorted_by

        def name(text: str) -> str:
            return f"{text} {mark}" if text == column else text

        parts = [(name("STATUS"), columns.status), (name("AGENT"), columns.label)]
        text = headings(*(parts if width >= NARROW else parts[::-1]), ("BLUEPRINT", columns.blueprint))
        text += headings((name("BUILD"), columns.build))
        text += "  " + fit_right("READY", columns.ready) if columns.ready else ""
        text += "  " + fit_right(name("AGE"), columns.age) + headings(("WHY", columns.why))
        return [Segment(fit(" " * (FRAME - GAP) + text, width), self.part("heading"))]

    def draw_row(self, index: int, width: int, *, selected: bool) -> list[Segment]:
        """Return the deployment in this row."""
        entry, columns, look = self.rows[index], self.columns(width), self.look
        quiet, tone = self.part("quiet"), self.part(entry.status.severity.value)
        status = (entry.status.label, columns.status, tone)
        label = (entry.label, columns.label, self.part("name") if selected else None)
        first, second = (status, label) if width >= NARROW else (label, status)
        segments = [
            self.cursor_mark(selected=selected),
            Segment(fit(look.glyph(entry.status), 1), tone),
            Segment(self.mark_of(entry), self.part("info")),
            Segment(fit(look.plain(first[0]), first[1], look.glyphs.cut), first[2]),
            *self.cells(second, (entry.blueprint, columns.blueprint, quiet)),
        ]
        if columns.build:
            segments += self._build(entry, columns.build)
        if columns.ready:
            ready = self.part("warn") if entry.waiting else quiet
            segments.append(Segment("  " + fit_right(entry.ready, columns.ready), ready))
        segments.append(Segment("  " + fit_right(look.own(age(entry.created, self.clock())), columns.age), quiet))
        if columns.why:
            calm = entry.status.severity in (Severity.OK, Severity.MUTED)
            segments += self.cells((why(entry)[0], columns.why, quiet if calm else None))
        return segments

    def _build(self, entry: Entry, width: int) -> list[Segment]:
        mark = self.look.glyphs.newer if entry.update else ""
        build = fit(self.look.plain(entry.build), width - len(mark), self.look.glyphs.cut).rstrip()
        return [
            Segment("  " + build, self.part("quiet")),
            Segment(mark, self.part("info")),
            Segment(" " * (width - cell_len(build) - len(mark))),
        ]

    def draw_bar(self, size: int, width: int) -> str:
        """Return gray bars instead of status and name."""
        block, columns = self.look.glyphs.skeleton, self.columns(width)
        name = fit(block * min(size, columns.label), columns.label)
        status = fit(block * 8, columns.status)
        first, second = (status, name) if width >= NARROW else (name, status)
        return f" {block} {first}  {second}"
