"""The table of a deployment's workloads."""

from __future__ import annotations

from astro_tui.presentation.workloads import COLUMNS, LAYOUT, ORDERS, WorkloadNode
from astro_tui.widgets.lists.folding_table import FoldingTable


class WorkloadTable(FoldingTable[WorkloadNode]):
    """One workload per row, problems first, with its containers, runs, storage, and environment below it."""

    NODE = WorkloadNode
    COLUMNS, LAYOUT, ORDERS = COLUMNS, LAYOUT, ORDERS
    BAR_WIDTHS = (12, 16, 9, 20)

    def draw_bar(self, size: int, width: int) -> str:
        """Return gray bars instead of the name and the state."""
        block = self.look.glyphs.skeleton
        return f"  {block} {block * size}"
