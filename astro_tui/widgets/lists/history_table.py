"""The table of a deployment's revisions."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from rich.segment import Segment
from textual.message import Message

from astro_tui.presentation.revisions import Key, RevisionRow
from astro_tui.presentation.status import LABEL_WIDTH
from astro_tui.text.times import age
from astro_tui.widgets.lists.cells import cell_len, fit, fit_right, headings
from astro_tui.widgets.lists.table import MarkingTable

SAMPLE = 500
MESSAGE = 14
"""Fewest cells of the message column, which has priority over author and commit."""


@dataclass(frozen=True, slots=True)
class Columns:
    """Widths in cells; 0 hides the column. The least important columns are hidden first in a narrow pane."""

    name: int
    state: int
    build: int = 0
    who: int = 0
    commit: int = 0
    message: int = 0


def columns_for(width: int, rows: Sequence[RevisionRow]) -> Columns:
    """Return the columns for a table `width` cells wide."""
    rows = rows[:SAMPLE]
    name = max([3, *(cell_len(row.name) for row in rows)])
    # An unknown status word may be longer than all known ones.
    state = min(max([LABEL_WIDTH, *(cell_len(row.status.label) for row in rows)]), LABEL_WIDTH + 6)
    # Fixed: the cursor and the mark, the glyph with its two cells, the state, the age, and the gaps.
    room = width - 2 - name - 2 - 2 - state - 2 - 5
    message = 2 + MESSAGE if any(row.message for row in rows) else 0
    given: dict[str, int] = {}
    for column, size, kept in (
        ("build", min(12, max([5, *(cell_len(row.build) for row in rows)])), 0),
        ("who", min(12, max((cell_len(row.who) for row in rows), default=0)), message),
        ("commit", 8 if any(row.commit for row in rows) else 0, message),
    ):
        if size and room >= size + 2 + kept:
            given[column] = size
            room -= size + 2
    if message and room >= message:
        given["message"] = room - 2
    return Columns(name, state, **given)


class HistoryTable(MarkingTable[RevisionRow, Columns]):
    """One revision per row, newest first."""

    BAR_WIDTHS = (9, 9, 10, 8, 9, 10)

    @dataclass
    class Opened(Message):
        """The user opened a revision."""

        row: RevisionRow

    # ---- rows

    def key_of(self, row: RevisionRow) -> Key:
        """Return the key of the revision."""
        return row.key

    def row_chosen(self, index: int) -> None:
        """Report the opened revision."""
        self.post_message(self.Opened(self.rows[index]))

    # ---- drawing

    def columns_for(self, width: int) -> Columns:
        """Return the columns for `width` cells."""
        return columns_for(width, self.rows)

    def draw_heading(self, line: int, width: int) -> list[Segment]:
        """Return the column names."""
        columns = self.columns(width)
        text = "  " + fit_right("REV", columns.name) + "  " + fit("  STATE", 2 + columns.state)
        text += headings(("BUILD", columns.build)) + "  " + fit_right("AGE", 5)
        text += headings(("BY", columns.who), ("COMMIT", columns.commit), ("MESSAGE", columns.message))
        return [Segment(fit(text, width), self.part("heading"))]

    def draw_row(self, index: int, width: int, *, selected: bool) -> list[Segment]:
        """Return the revision in this row."""
        row, columns, look = self.rows[index], self.columns(width), self.look
        cut, quiet = look.glyphs.cut, self.part("quiet")
        tone = self.part(row.status.severity.value)
        segments = [
            self.cursor_mark(selected=selected),
            Segment(self.mark_of(row), self.part("info")),
            Segment(fit_right(look.plain(row.name), columns.name) + "  ", self.part("name") if row.current else None),
            Segment(fit(look.glyph(row.status), 2), tone),
            Segment(fit(look.plain(row.status.label), columns.state, cut), tone),
        ]
        segments += self.cells((row.build, columns.build, None))
        segments.append(Segment("  " + fit_right(look.own(age(row.deployed, self.clock())), 5), quiet))
        return [
            *segments,
            *self.cells(
                (row.who, columns.who, quiet), (row.commit, columns.commit, quiet), (row.message, columns.message, None)
            ),
        ]

    def draw_bar(self, size: int, width: int) -> str:
        """Return gray bars instead of number and state."""
        block = self.look.glyphs.skeleton
        return f"  {block * 3}  {block} {block * size}"
