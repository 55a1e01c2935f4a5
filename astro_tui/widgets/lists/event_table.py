"""The table of a deployment's events."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from rich.segment import Segment

from astro_tui.presentation.events import ORDERS, EventNode
from astro_tui.presentation.status import Severity
from astro_tui.text.times import AGE, Times
from astro_tui.widgets.cells import cell_len, fit, fit_middle, fit_right, headings
from astro_tui.widgets.lists.columns import GAP, Stage, allot
from astro_tui.widgets.lists.folding_table import FoldingTable

SAMPLE = 200
FRAME = 4
"""Cells of the cursor, the fold, and the glyph."""
COUNT, MESSAGE = 5, 24
"""The cells of the count, and the fewest cells of the message."""


@dataclass(frozen=True, slots=True)
class Columns:
    """Widths in cells; 0 hides the column. The least important columns are hidden first in a narrow window."""

    level: int
    age: int
    reason: int
    mark: int = 0
    count: int = 0
    object: int = 0
    message: int = 0


def columns_for(
    width: int, rows: Sequence[EventNode], now: datetime, sorted_by: str = "", times: Times = Times.AGES
) -> Columns:
    """Return the columns for a table `width` cells wide; there is a mark in the heading of `sorted_by`."""
    rows = rows[:SAMPLE]

    def least(title: str) -> int:
        return len(times.titled(title)) + (2 if title == sorted_by else 0)

    level = min(10, max([5, *(cell_len(row.status.label) for row in rows if row.status is not None)]))
    # A time in the future (if one of the clocks is wrong) takes more room.
    since, whole = times.sizes((row.at for row in rows), now)
    # New events have a mark in front of the reason.
    mark = 2 if any(row.is_new(now) for row in rows) else 0
    reason = max([least("REASON"), *(cell_len(row.label) for row in rows)])
    about = max([0, *(cell_len(row.object) for row in rows)])
    count = max(COUNT, least("TIMES"))
    given = allot(
        width - FRAME + GAP,
        (
            Stage("level", level),
            Stage("age", max(since, least(AGE))),
            Stage("reason", mark + min(reason, 10)),
            Stage("reason", mark + min(reason, 26)),
            Stage("count", count if any(row.count > 1 for row in rows) else 0),
            Stage("object", max(least("OBJECT"), min(about, 20)) if about else 0),
            Stage("message", MESSAGE),
            Stage("age", whole, whole=True),
            Stage("reason", mark + reason),
            Stage("object", about),
            Stage("message", width),
        ),
    )
    return Columns(**{"level": 0, "age": 0, "reason": 0, "mark": mark} | given)


class EventTable(FoldingTable[Columns, EventNode]):
    """One object and reason per row, stuck ones first, with the messages and the advice below it."""

    NODE = EventNode
    ORDERS = ORDERS
    BAR_WIDTHS = (16, 9, 12, 18, 9)

    def columns_for(self, width: int) -> Columns:
        """Return the columns for `width` cells."""
        rows = [node for node in self.shown if isinstance(node, EventNode)]
        return columns_for(width, rows, self.clock(), self.sorted_by, self.look.times)

    def draw_heading(self, line: int, width: int) -> list[Segment]:
        """Return the column names."""
        columns = self.columns(width)
        text = " " * FRAME + fit("LEVEL", columns.level) + "  " + fit_right(self.titled("AGE"), columns.age)
        text += headings((" " * columns.mark + self.titled("REASON"), columns.reason))
        text += f"  {fit_right(self.titled('TIMES'), columns.count)}" if columns.count else ""
        text += headings((self.titled("OBJECT"), columns.object), ("MESSAGE", columns.message))
        return [Segment(fit(text, width), self.part("heading"))]

    def draw_top(self, node: EventNode, columns: Columns) -> list[Segment]:
        """Return the cells of a group after its glyph."""
        look, quiet, now = self.look, self.part("quiet"), self.clock()
        cut, status = look.glyphs.cut, node.status
        calm = status is None or status.severity in (Severity.INFO, Severity.MUTED)
        segments = []
        if status is not None:
            level = fit(look.plain(status.label), columns.level, cut)
            segments.append(Segment(level, self.part(status.severity.value)))
        segments += [
            Segment("  " + self.when(node.at, columns.age), quiet),
            Segment("  " + fit(look.glyphs.marked if node.is_new(now) else "", columns.mark), self.part("info")),
            Segment(
                fit(look.plain(node.label), columns.reason - columns.mark, cut), None if calm else self.part("name")
            ),
        ]
        if columns.count:
            times = fit_right(f"{node.count:,}" if node.count > 1 else "", columns.count)
            segments.append(Segment("  " + times, quiet))
        if columns.object:
            about = fit_middle(look.plain(node.object), columns.object, cut)
            segments.append(Segment("  " + about, quiet))
        return [*segments, *self.cells((node.message, columns.message, quiet if calm else None))]

    def draw_bar(self, size: int, width: int) -> str:
        """Return gray bars instead of the level and the reason."""
        block = self.look.glyphs.skeleton
        return f"  {block} {block * 7}  {block * 3}    {block * size}"
