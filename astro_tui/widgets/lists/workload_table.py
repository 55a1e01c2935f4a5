"""The table of a deployment's workloads."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from rich.segment import Segment

from astro_tui.presentation.status import Severity
from astro_tui.presentation.workloads import ORDERS, WorkloadNode
from astro_tui.text.times import AGE, Times
from astro_tui.widgets.cells import cell_len, fit, fit_middle, fit_right, headings
from astro_tui.widgets.lists.columns import GAP, Stage, allot
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


def columns_for(
    width: int, rows: Sequence[WorkloadNode], now: datetime, sorted_by: str = "", times: Times = Times.AGES
) -> Columns:
    """Return the columns for a table `width` cells wide; there is a mark in the heading of `sorted_by`."""
    rows = rows[:SAMPLE]

    def widest(title: str, *texts: str) -> int:
        return max([len(times.titled(title)) + (2 if title == sorted_by else 0), *map(cell_len, texts)])

    since, whole = times.sizes((row.at for row in rows), now)
    title = widest("WORKLOAD", *(row.label for row in rows))
    state = widest("STATE", *(row.status.label for row in rows if row.status is not None))
    kind = max([0, *(cell_len(row.kind) for row in rows)])
    role = max([0, *(cell_len(row.role) for row in rows)])
    image = max([0, *(cell_len(row.short_image) for row in rows)])
    pod = max([0, *(cell_len(row.pod) for row in rows)])
    given = allot(
        width - FRAME + GAP,
        (
            Stage("title", min(title, widest("WORKLOAD"))),
            Stage("state", min(state, 10)),
            Stage("title", min(title, 14)),
            Stage("state", min(state, 24)),
            Stage("ready", 5),
            Stage(
                "restarts",
                widest("RST", *(f"{row.restarts:,}" for row in rows)) if any(row.restarts for row in rows) else 0,
            ),
            Stage("age", max(since, widest(AGE))),
            Stage("title", min(title, 28)),
            Stage("kind", max(4, kind) if kind else 0),
            Stage("role", max(4, role) if role else 0),
            Stage("image", max(5, min(image, 24)) if image else 0),
            Stage("pod", max(3, min(pod, 24)) if pod else 0),
            Stage("age", whole, whole=True),
            *(Stage(name, size) for name, size in (("title", title), ("state", state), ("image", image), ("pod", pod))),
        ),
    )
    return Columns(**{"title": 0, "state": 0} | given)


class WorkloadTable(FoldingTable[Columns, WorkloadNode]):
    """One workload per row, problems first, with its containers, runs, storage, and environment below it."""

    NODE = WorkloadNode
    ORDERS = ORDERS
    BAR_WIDTHS = (12, 16, 9, 20)

    def columns_for(self, width: int) -> Columns:
        """Return the columns for `width` cells."""
        rows = [node for node in self.shown if isinstance(node, WorkloadNode)]
        return columns_for(width, rows, self.clock(), self.sorted_by, self.look.times)

    def draw_heading(self, line: int, width: int) -> list[Segment]:
        """Return the column names."""
        columns = self.columns(width)
        text = " " * FRAME + fit(self.titled("WORKLOAD"), columns.title) + headings(("STATE", columns.state))
        for title, size in (("READY", columns.ready), ("RST", columns.restarts), ("AGE", columns.age)):
            text += f"  {fit_right(self.titled(title), size)}" if size else ""
        text += headings(("KIND", columns.kind), ("ROLE", columns.role), ("IMAGE", columns.image), ("POD", columns.pod))
        return [Segment(fit(text, width), self.part("heading"))]

    def draw_top(self, node: WorkloadNode, columns: Columns) -> list[Segment]:
        """Return the cells of a workload after its glyph."""
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
            segments.append(Segment("  " + self.when(node.at, columns.age), quiet))
        segments += self.cells((node.kind, columns.kind, quiet), (node.role, columns.role, quiet))
        for text, size in ((node.short_image, columns.image), (node.pod, columns.pod)):
            if size:
                segments.append(Segment("  " + fit_middle(look.plain(text), size, cut), quiet))
        return segments

    def draw_bar(self, size: int, width: int) -> str:
        """Return gray bars instead of the name and the state."""
        block = self.look.glyphs.skeleton
        return f"  {block} {block * size}"
