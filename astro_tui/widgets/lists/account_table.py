"""The table of the user's accounts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from rich.segment import Segment
from textual.message import Message

from astro_tui.presentation.accounts import COLUMNS, LAYOUT, AccountRow
from astro_tui.presentation.columns import Placed
from astro_tui.presentation.status import groups_of
from astro_tui.theme.look import Look
from astro_tui.widgets.lists.table import Table


class AccountTable(Table[AccountRow]):
    """One account per row."""

    COLUMNS, LAYOUT, FRAME = COLUMNS, LAYOUT, 4

    BAR_WIDTHS = (13, 10, 12)

    @dataclass
    class Chosen(Message):
        """The user chose an account."""

        name: str

    def __init__(self, look: Look, current: str, previous: str) -> None:
        super().__init__(look, id="accounts")
        self._current = current
        self._previous = previous
        self._positioned = False

    def key_of(self, row: AccountRow) -> str:
        """Return the account's name."""
        return row.name

    def show_accounts(self, rows: Sequence[AccountRow]) -> None:
        """Show the accounts; the cursor starts on the current account, and later stays on the same account."""
        kept = self._positioned and bool(self.rows)
        self.show_rows(rows)
        index = self.index_of(self._current)
        if not kept and index is not None:
            self.move_to(index)
        self._positioned = self._positioned or bool(rows)

    def row_chosen(self, index: int) -> None:
        """Report the chosen account."""
        self.post_message(self.Chosen(self.rows[index].name))

    # ---- drawing

    def frame(self, row: AccountRow, *, selected: bool) -> list[Segment]:
        """Return the cursor, and the mark of the current and of the previous account."""
        mark = self.look.glyphs.here if row.name == self._current else "-" if row.name == self._previous else " "
        return [self.cursor_mark(selected=selected), Segment(f" {mark} ", self.part("info"))]

    def draw_cell(self, place: Placed[AccountRow], row: AccountRow, gap: str, *, selected: bool) -> list[Segment]:
        """Return a cell after a gap."""
        if place.column.name == "health":
            return [Segment(gap), *self._health(row, place.size)]
        return super().draw_cell(place, row, gap, selected=selected)

    def _health(self, row: AccountRow, width: int) -> list[Segment]:
        """Return the number of agents in each group of states, most urgent first."""
        look, quiet = self.look, self.part("quiet")
        if not row.states:
            return [Segment(look.glyphs.nothing, quiet)]
        segments, left, groups = [], width, groups_of(row.states)
        for group, number in groups:
            text = f"{look.glyph(group)}{number} "
            if len(text) - 1 > left - (0 if group is groups[-1][0] else 1 + len(look.glyphs.cut)):
                segments.append(Segment(look.glyphs.cut, quiet))
                break
            segments.append(Segment(text, self.part(group.severity.value)))
            left -= len(text)
        return segments

    def draw_bar(self, size: int, width: int) -> str:
        """Return a gray bar instead of a name."""
        return f"    {self.look.glyphs.skeleton * size}"
