"""The table of a deployment's revisions."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import astuple, dataclass
from datetime import datetime

from rich.segment import Segment
from textual.message import Message

from astro_tui.presentation.nodes import matching
from astro_tui.presentation.revisions import Key, RevisionRow
from astro_tui.presentation.status import LABEL_WIDTH
from astro_tui.text.times import AGE, Times
from astro_tui.theme.look import Look
from astro_tui.widgets.cells import cell_len, fit, fit_right, headings
from astro_tui.widgets.lists.columns import GAP, Stage, allot
from astro_tui.widgets.lists.table import Clock, FilteredTable, MarkingTable, system_now

SAMPLE = 500
WIDEST = 200
"""Cells of a row that are enough for all columns of any table."""
FRAME = 2
"""Cells of the cursor and the mark."""
MESSAGE = 12
"""The fewest cells of the message column."""


@dataclass(frozen=True, slots=True)
class Columns:
    """Widths in cells; 0 hides the column. The least important columns are hidden first in a narrow pane."""

    name: int
    state: int
    age: int
    build: int = 0
    who: int = 0
    commit: int = 0
    message: int = 0


def columns_for(width: int, rows: Sequence[RevisionRow], now: datetime, times: Times = Times.AGES) -> Columns:
    """Return the columns for a table `width` cells wide."""
    rows = rows[:SAMPLE]

    def widest(title: int, *texts: str) -> int:
        return max([title, *map(cell_len, texts)])

    build, by = widest(5, *(row.build for row in rows)), widest(2, *(row.who for row in rows))
    since, whole = times.sizes((row.deployed for row in rows), now)
    message = any(row.message for row in rows)
    given = allot(
        width - FRAME + GAP,
        (
            Stage("name", widest(3, *(row.name for row in rows))),
            # The glyph takes two cells. An unknown status word may be longer than all known ones.
            Stage("state", 2 + min(widest(5, *(row.status.label for row in rows)), LABEL_WIDTH + 6)),
            Stage("age", since),
            Stage("build", min(build, 8)),
            Stage("commit", 8 if any(row.commit for row in rows) else 0),
            Stage("who", min(by, 8) if any(row.who for row in rows) else 0),
            Stage("message", MESSAGE if message else 0),
            Stage("build", build),
            Stage("who", min(by, 12)),
            Stage("message", 2 * MESSAGE if message else 0),
            Stage("age", whole, whole=True),
            Stage("who", by),
            Stage("message", width if message else 0),
        ),
    )
    return Columns(**{"name": 0, "state": 0, "age": 0} | given)


class HistoryTable(FilteredTable[RevisionRow, Columns], MarkingTable[RevisionRow, Columns]):
    """One revision per row, newest first."""

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
        now = self.clock()

        def shown(width: int) -> int:
            return sum(cells > 0 for cells in astuple(columns_for(width, self.revisions, now, self.look.times)))

        most = shown(WIDEST)
        return bisect_left(range(WIDEST), most, key=shown)

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

    def columns_for(self, width: int) -> Columns:
        """Return the columns for `width` cells."""
        return columns_for(width, self.revisions, self.clock(), self.look.times)

    def draw_heading(self, line: int, width: int) -> list[Segment]:
        """Return the column names."""
        columns = self.columns(width)
        text = "  " + fit_right("REV", columns.name) + headings(("  STATE", columns.state), ("BUILD", columns.build))
        text += "  " + fit_right(self.look.times.titled(AGE), columns.age)
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
            Segment(fit(look.plain(row.status.label), columns.state - 2, cut), tone),
        ]
        segments += self.cells((row.build, columns.build, None))
        segments.append(Segment("  " + self.when(row.deployed, columns.age), quiet))
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
