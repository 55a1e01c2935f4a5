"""The table of an account's deployments."""

from __future__ import annotations

from collections.abc import Sequence

from msgspec import Struct
from rich.segment import Segment
from textual.message import Message

from astro_tui.presentation.agent_list import ORDERS, Arrangement, Entry
from astro_tui.presentation.status import LABEL_WIDTH
from astro_tui.text.times import age
from astro_tui.theme.look import Look
from astro_tui.theme.sizes import BESIDE_FROM, NARROW
from astro_tui.widgets.lists.cells import cell_len, fit, fit_right, headings
from astro_tui.widgets.lists.table import Clock, MarkingTable

SAMPLE = 500
"""Rows measured to size the columns."""


class Columns(Struct, frozen=True):
    """Widths in cells; 0 hides the column. The least important columns are hidden first on a narrow terminal."""

    label: int
    status: int = LABEL_WIDTH
    blueprint: int = 0
    build: int = 0
    ready: int = 0
    age: int = 5
    status_first: bool = True


def columns_for(width: int, entries: Sequence[Entry]) -> Columns:
    """Return the columns for a table `width` cells wide."""
    if width < NARROW:
        return Columns(label=max(8, width - 3 - LABEL_WIDTH - 1 - 6), status_first=False)
    entries = entries[:SAMPLE]
    # An unknown status word may be longer than all known ones.
    labels = {entry.status.label for entry in entries}
    status = min(max([LABEL_WIDTH, *map(cell_len, labels)]), LABEL_WIDTH + 6)
    # Fixed: the cursor, the glyph with its two cells, the status, and the age with its gaps.
    room = width - 1 - 2 - (status + 1) - 7
    ready = 5 if any(entry.ready for entry in entries) else 0
    room -= ready + 2 if ready else 0
    build = min(24 if width >= 140 else 12, max([7, *(len(entry.build) + 1 for entry in entries)]) if entries else 9)
    room -= build + 2
    names = max((cell_len(entry.blueprint) for entry in entries), default=0) if width >= BESIDE_FROM else 0
    blueprint = min(names, 40 if width >= 140 else 18, max(0, room - 30)) if names else 0
    if blueprint < 8:
        blueprint = 0
    room -= blueprint + 2 if blueprint else 0
    return Columns(label=max(10, min(room, 64)), status=status, blueprint=blueprint, build=build, ready=ready)


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
        return columns_for(width, self.rows)

    def draw_heading(self, line: int, width: int) -> list[Segment]:
        """Return the column names, with a mark at the sorted one."""
        columns, glyphs = self.columns(width), self.look.glyphs
        column, reverse = ORDERS[self._arrangement.order][0], self._arrangement.reverse
        mark = glyphs.sorted_reverse if reverse else glyphs.sorted_by

        def name(text: str) -> str:
            return f"{text} {mark}" if text == column else text

        status, label = fit(name("STATUS"), columns.status), fit(name("AGENT"), columns.label)
        parts = [status, label] if columns.status_first else [label, status]
        text = "   " + " ".join(parts)
        text += headings(("BLUEPRINT", columns.blueprint), (name("BUILD"), columns.build))
        if columns.ready:
            text += "  " + fit_right("READY", columns.ready)
        text += "  " + fit_right(name("AGE"), columns.age) if width >= NARROW else " " + fit_right("AGE", columns.age)
        return [Segment(fit(text, width), self.part("heading"))]

    def draw_row(self, index: int, width: int, *, selected: bool) -> list[Segment]:
        """Return the deployment in this row."""
        entry, columns, look = self.rows[index], self.columns(width), self.look
        cut = look.glyphs.cut
        tone = self.part(entry.status.severity.value)
        quiet = self.part("quiet")
        name = self.part("name") if selected else None
        status = Segment(fit(look.plain(entry.status.label), columns.status, cut), tone)
        label = Segment(fit(look.plain(entry.label), columns.label, cut), name)
        segments = [
            self.cursor_mark(selected=selected),
            Segment(fit(look.glyph(entry.status), 1), tone),
            Segment(self.mark_of(entry), self.part("info")),
            *((status, Segment(" "), label) if columns.status_first else (label, Segment(" "), status)),
        ]
        segments += self.cells((entry.blueprint, columns.blueprint, quiet))
        if columns.build:
            segments += self._build(entry, columns.build)
        if columns.ready:
            segments.append(
                Segment(
                    "  " + fit_right(entry.ready, columns.ready),
                    self.part("warn") if entry.waiting else quiet,
                )
            )
        gap = "  " if width >= NARROW else " "
        old = look.own(age(entry.created, self.clock()))
        segments.append(Segment(gap + fit_right(old, columns.age), quiet))
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
        first, second = (status, name) if columns.status_first else (name, status)
        return f" {block} {first} {second}"
