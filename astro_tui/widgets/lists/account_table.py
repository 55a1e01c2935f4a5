"""The table of the user's accounts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from rich.segment import Segment
from textual.message import Message

from astro_tui.presentation.accounts import AccountRow
from astro_tui.theme.look import Look
from astro_tui.theme.sizes import NARROW
from astro_tui.widgets.cells import cell_len, fit, fit_right, headings
from astro_tui.widgets.lists.table import Table

HEALTH_WIDTH = 20


@dataclass(frozen=True, slots=True)
class Columns:
    """Widths in cells; 0 hides the column. The least important columns are hidden first on a narrow terminal."""

    name: int
    label: int = 0
    type: int = 0
    role: int = 0
    agents: int = 6
    health: int = HEALTH_WIDTH


def columns_for(width: int, rows: Sequence[AccountRow]) -> Columns:
    """Return the columns for a table `width` cells wide."""
    # The cursor and the mark of the current account, each with a space.
    room = width - 4
    longest = max([cell_len(row.name) for row in rows] + [7])
    if width < NARROW:
        health = min(HEALTH_WIDTH, max(0, room - 10))
        return Columns(name=max(8, room - health - 1), agents=0, health=health)
    room -= 6 + 2 + HEALTH_WIDTH + 2
    name = min(longest, 30, room)
    room -= name
    kind = min(max([cell_len(row.type) for row in rows] + [4]), 14)
    kind = kind if room >= kind + 2 else 0
    room -= kind + 2 if kind else 0
    role = min(max((cell_len(row.role) for row in rows), default=0), 10)
    role = max(4, role) if role and room >= role + 2 else 0
    room -= role + 2 if role else 0
    label = min(max((cell_len(row.label) for row in rows), default=0), 30, room - 2)
    label = label if label >= 4 else 0
    room -= label + 2 if label else 0
    return Columns(name=name, label=label, type=kind, role=role, health=HEALTH_WIDTH + room)


class AccountTable(Table[AccountRow, Columns]):
    """One account per row."""

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

    def columns_for(self, width: int) -> Columns:
        """Return the columns for `width` cells."""
        return columns_for(width, self.rows)

    def draw_heading(self, line: int, width: int) -> list[Segment]:
        """Return the column names."""
        columns = self.columns(width)
        text = "    " + fit("ACCOUNT", columns.name)
        text += headings(("NAME", columns.label), ("TYPE", columns.type), ("ROLE", columns.role))
        text += "  " + fit_right("AGENTS", columns.agents) if columns.agents else ""
        gap = "  " if columns.agents else " "
        return [Segment(fit(text + gap + "HEALTH" if columns.health else text, width), self.part("heading"))]

    def draw_row(self, index: int, width: int, *, selected: bool) -> list[Segment]:
        """Return the account in this row."""
        row, look, columns = self.rows[index], self.look, self.columns(width)
        cut, quiet = look.glyphs.cut, self.part("quiet")
        mark = look.glyphs.here if row.name == self._current else "-" if row.name == self._previous else " "
        segments = [
            self.cursor_mark(selected=selected),
            Segment(f" {mark} ", self.part("info")),
            Segment(fit(look.plain(row.name), columns.name, cut), self.part("name") if selected else None),
        ]
        segments += self.cells(
            (row.label, columns.label, quiet), (row.type, columns.type, quiet), (row.role, columns.role, quiet)
        )
        if columns.agents:
            number = look.glyphs.nothing if row.agents is None else f"{row.agents:,}"
            segments.append(Segment("  " + fit_right(number, columns.agents)))
        if columns.health:
            segments.append(Segment("  " if columns.agents else " "))
            segments += self._health(row, columns.health)
        return segments

    def _health(self, row: AccountRow, width: int) -> list[Segment]:
        """Return the number of agents in each state, most urgent first."""
        look, quiet = self.look, self.part("quiet")
        if not row.states:
            return [Segment(look.glyphs.nothing, quiet)]
        segments, left = [], width
        for status, number in row.states:
            text = f"{look.counted(status)}{number} "
            if len(text) - 1 > left - (0 if status is row.states[-1][0] else 1 + len(look.glyphs.cut)):
                segments.append(Segment(look.glyphs.cut, quiet))
                break
            segments.append(Segment(text, self.part(status.severity.value)))
            left -= len(text)
        return segments

    def draw_bar(self, size: int, width: int) -> str:
        """Return a gray bar instead of a name."""
        return f"    {self.look.glyphs.skeleton * size}"
