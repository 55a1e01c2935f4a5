"""The table of a deployment's workloads."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from rich.segment import Segment

from astro_tui.presentation.status import Severity
from astro_tui.presentation.workloads import WorkloadNode
from astro_tui.text.times import age
from astro_tui.widgets.lists.cells import cell_len, fit, fit_middle, fit_right, headings
from astro_tui.widgets.lists.folding_table import FoldingTable

SAMPLE = 200
FRAME = 4
"""Cells of the cursor, the fold, and the glyph."""


@dataclass(frozen=True, slots=True)
class Columns:
    """Widths in cells; 0 hides the column. The least important columns are hidden first in a narrow window."""

    title: int
    state: int
    ready: int = 0
    restarts: int = 0
    age: int = 0
    kind: int = 0
    role: int = 0
    image: int = 0
    pod: int = 0


def columns_for(width: int, rows: Sequence[WorkloadNode]) -> Columns:
    """Return the columns for a table `width` cells wide."""
    rows, room = rows[:SAMPLE], width - FRAME
    title = min(28, max([8, *(cell_len(row.label) for row in rows)]))
    state = min(24, max([5, *(cell_len(row.status.label) for row in rows if row.status is not None)]))
    state = min(state, max(5, room // 2))
    title = max(4, min(title, room - 2 - state))
    room -= title + 2 + state
    given: dict[str, int] = {}
    for column, size in (
        ("ready", 5),
        ("restarts", 5 if any(row.restarts for row in rows) else 0),
        ("age", 4),
        ("kind", max((cell_len(row.kind) for row in rows), default=0)),
        ("role", 10 if any(row.role for row in rows) else 0),
        ("image", min(36, max((cell_len(row.short_image) for row in rows), default=0))),
        ("pod", min(48, max((cell_len(row.pod) for row in rows), default=0))),
    ):
        if size and room >= size + 2:
            given[column] = size
            room -= size + 2
    return Columns(title, state, **given)


class WorkloadTable(FoldingTable[Columns, WorkloadNode]):
    """One workload per row, problems first, with its containers, runs, storage, and environment below it."""

    NODE = WorkloadNode
    BAR_WIDTHS = (12, 16, 9, 20)

    def columns_for(self, width: int) -> Columns:
        """Return the columns for `width` cells."""
        return columns_for(width, [node for node in self.shown if isinstance(node, WorkloadNode)])

    def draw_heading(self, line: int, width: int) -> list[Segment]:
        """Return the column names."""
        columns = self.columns(width)
        text = " " * FRAME + fit("WORKLOAD", columns.title) + headings(("STATE", columns.state))
        for title, size in (("READY", columns.ready), ("RST", columns.restarts), ("AGE", columns.age)):
            text += f"  {fit_right(title, size)}" if size else ""
        text += headings(("KIND", columns.kind), ("ROLE", columns.role), ("IMAGE", columns.image), ("POD", columns.pod))
        return [Segment(fit(text, width), self.part("heading"))]

    def draw_top(self, node: WorkloadNode, columns: Columns) -> list[Segment]:
        """Return the workload behind its glyph."""
        look, quiet = self.look, self.part("quiet")
        cut, status = look.glyphs.cut, node.status
        problem = status is not None and status.severity in (Severity.ERROR, Severity.WARN)
        segments = [Segment(fit_middle(look.plain(node.label), columns.title, cut), self.part("name"))]
        if status is not None:
            state = fit(look.plain(status.label), columns.state, cut)
            segments.append(Segment("  " + state, self.part(status.severity.value)))
        if columns.ready:
            ready = fit_right(look.plain(node.ready) or look.glyphs.nothing, columns.ready)
            segments.append(Segment("  " + ready, None if problem else quiet))
        if columns.restarts:
            shown = fit_right(f"{node.restarts:,}" if node.restarts else "0", columns.restarts)
            segments.append(Segment("  " + shown, self.part(node.restarted.value)))
        if columns.age:
            segments.append(Segment("  " + fit_right(look.own(age(node.at, self.clock())), columns.age), quiet))
        segments += self.cells((node.kind, columns.kind, quiet), (node.role, columns.role, quiet))
        for text, size in ((node.short_image, columns.image), (node.pod, columns.pod)):
            if size:
                segments.append(Segment("  " + fit_middle(look.plain(text), size, cut), quiet))
        return segments

    def draw_bar(self, size: int, width: int) -> str:
        """Return gray bars instead of the name and the state."""
        block = self.look.glyphs.skeleton
        return f"  {block} {block * size}"
