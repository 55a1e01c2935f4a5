"""The table of a deployment's revisions."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass

from rich.segment import Segment
from textual.message import Message

from astro_tui.presentation.nodes import matching
from astro_tui.presentation.revisions import COLUMNS, LAYOUT, Key, RevisionRow
from astro_tui.theme.look import Look
from astro_tui.widgets.lists.table import Clock, FilteredTable, MarkingTable, system_now

WIDEST = 200
"""Cells of a row that are enough for all columns of any table."""


class HistoryTable(FilteredTable[RevisionRow], MarkingTable[RevisionRow]):
    """One revision per row, newest first."""

    COLUMNS, LAYOUT = COLUMNS, LAYOUT

    BAR_WIDTHS = (9, 9, 10, 8, 9, 10)

    @dataclass
    class Opened(Message):
        """The user opened a revision."""

        row: RevisionRow

    def __init__(self, look: Look, clock: Clock = system_now, *, id: str | None = None) -> None:  # noqa: A002  Textual's name
        super().__init__(look, clock, id=id)
        self.revisions: Sequence[RevisionRow] = ()
        """All revisions, whatever the filter."""

    @property
    def whole(self) -> int:
        """The fewest cells in which every column is shown."""
        most = len(self.columns_for(WIDEST))
        return bisect_left(range(WIDEST), most, key=lambda width: len(self.columns_for(width)))

    # ---- rows

    def start_over(self) -> None:
        """Forget everything about the history of the previous deployment, and show gray bars."""
        self.revisions, self.query_text, self.marks = (), "", []
        self.start_loading()

    def show(self, revisions: Sequence[RevisionRow]) -> None:
        """Show other revisions; the cursor stays on the same one."""
        self.revisions = revisions
        self.put_rows()

    @property
    def found(self) -> tuple[int, int]:
        """How many revisions are shown, and how many there are."""
        return len(self.rows), len(self.revisions)

    def put_rows(self) -> None:
        """Show the revisions that match; the cursor stays on the same one."""
        self.show_rows(matching(self.revisions, self.query_text))

    def key_of(self, row: RevisionRow) -> Key:
        """Return the key of the revision."""
        return row.key

    def row_chosen(self, index: int) -> None:
        """Report the opened revision."""
        self.post_message(self.Opened(self.rows[index]))

    # ---- drawing

    @property
    def measured_rows(self) -> Sequence[RevisionRow]:
        """All revisions, so that a filter moves no column."""
        return self.revisions

    def frame(self, row: RevisionRow, *, selected: bool) -> list[Segment]:
        """Return the cursor and the mark."""
        return [self.cursor_mark(selected=selected), Segment(self.mark_of(row), self.part("info"))]

    def draw_bar(self, size: int, width: int) -> str:
        """Return gray bars instead of number and state."""
        block = self.look.glyphs.skeleton
        return f"  {block * 3}  {block} {block * size}"
