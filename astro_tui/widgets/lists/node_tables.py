"""The tables of what the cluster does: the workloads of a deployment, and its events."""

from __future__ import annotations

from astro_tui.presentation import events, workloads
from astro_tui.widgets.lists.folding_table import FoldingTable


class WorkloadTable(FoldingTable[workloads.WorkloadNode]):
    """One workload per row, problems first, with its containers, runs, storage, and environment below it."""

    NODE = workloads.WorkloadNode
    COLUMNS, LAYOUT = workloads.COLUMNS, workloads.LAYOUT
    BAR_WIDTHS = (12, 16, 9, 20)

    def draw_bar(self, size: int, width: int) -> str:
        """Return gray bars instead of the name and the state."""
        block = self.look.glyphs.skeleton
        return f"  {block} {block * size}"


class EventTable(FoldingTable[events.EventNode]):
    """One object and reason per row, stuck ones first, with the messages and the advice below it."""

    NODE = events.EventNode
    COLUMNS, LAYOUT = events.COLUMNS, events.LAYOUT
    BAR_WIDTHS = (16, 9, 12, 18, 9)

    def draw_bar(self, size: int, width: int) -> str:
        """Return gray bars instead of the level and the reason."""
        block = self.look.glyphs.skeleton
        return f"  {block} {block * 7}  {block * 3}    {block * size}"
