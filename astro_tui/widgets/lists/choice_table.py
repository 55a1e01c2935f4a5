"""A table of agents from several accounts, to choose one from."""

from __future__ import annotations

from dataclasses import dataclass

from rich.segment import Segment
from textual.message import Message

from astro_tui.presentation.agent_choice import COLUMNS, LAYOUT, Choice
from astro_tui.presentation.columns import GAP
from astro_tui.widgets.cells import fit
from astro_tui.widgets.lists.table import Table


class ChoiceTable(Table[Choice], can_focus=False):
    """One agent per row. Never focused: the prompt above it takes the keys."""

    COLUMNS, LAYOUT, FRAME = COLUMNS, LAYOUT, 3

    @dataclass
    class Chosen(Message):
        """The user chose an agent."""

        choice: Choice

    def key_of(self, row: Choice) -> tuple[str, str]:
        """Return the account and the deployment id."""
        return row.account, row.entry.key

    def row_chosen(self, index: int) -> None:
        """Report the chosen agent."""
        self.post_message(self.Chosen(self.rows[index]))

    def frame(self, row: Choice, *, selected: bool) -> list[Segment]:
        """Return the cursor and the glyph of the status."""
        tone = self.part(row.entry.status.severity.value)
        return [self.cursor_mark(selected=selected), Segment(fit(self.look.glyph(row.entry.status), 2), tone)]

    def draw_bar(self, size: int, width: int) -> str:
        """Return gray bars instead of name and account."""
        bars = {"agent": size, "account": 7}
        cells = [(bars[column.name], cells) for column, cells, _lead in self.columns(width) if column.name in bars]
        return "   " + (" " * GAP).join(fit(self.look.glyphs.skeleton * min(bar, room), room) for bar, room in cells)
