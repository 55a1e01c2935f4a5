"""The table of a deployment's events."""

from __future__ import annotations

from astro_tui.presentation.events import COLUMNS, LAYOUT, ORDERS, EventNode
from astro_tui.widgets.lists.folding_table import FoldingTable


class EventTable(FoldingTable[EventNode]):
    """One object and reason per row, stuck ones first, with the messages and the advice below it."""

    NODE = EventNode
    COLUMNS, LAYOUT, ORDERS = COLUMNS, LAYOUT, ORDERS
    BAR_WIDTHS = (16, 9, 12, 18, 9)

    def draw_bar(self, size: int, width: int) -> str:
        """Return gray bars instead of the level and the reason."""
        block = self.look.glyphs.skeleton
        return f"  {block} {block * 7}  {block * 3}    {block * size}"
