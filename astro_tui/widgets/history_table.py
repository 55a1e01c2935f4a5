"""The table of a deployment's revisions."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from rich.segment import Segment
from textual.binding import Binding
from textual.message import Message

from astro_tui.look import Look
from astro_tui.revisions import Key, RevisionRow
from astro_tui.status import LABEL_WIDTH
from astro_tui.widgets.cells import cells, fit, fit_right
from astro_tui.widgets.rows import RowList
from astro_tui.wording import age

SAMPLE = 500
MESSAGE = 14
"""Cells that a message needs at least: it says more than who and which commit."""
SKELETON = (9, 9, 10, 8, 9, 10)


@dataclass(frozen=True, slots=True)
class Columns:
    """Widths in cells; 0 leaves a column out. What matters least goes first when the pane is narrow."""

    name: int
    build: int = 0
    who: int = 0
    commit: int = 0
    message: int = 0


def columns_for(width: int, rows: Sequence[RevisionRow]) -> Columns:
    """Return the columns for a table `width` cells wide."""
    rows = rows[:SAMPLE]
    name = max([3, *(cells(row.name) for row in rows)])
    # Fixed: cursor and mark, glyph with its own two cells, state, age, and the gaps.
    room = width - 2 - name - 2 - 2 - LABEL_WIDTH - 2 - 5
    told = 2 + MESSAGE if any(row.message for row in rows) else 0
    given: dict[str, int] = {}
    for column, size, kept in (
        ("build", min(12, max([5, *(cells(row.build) for row in rows)])), 0),
        ("who", min(16, max((cells(row.who) for row in rows), default=0)), told),
        ("commit", 8 if any(row.commit for row in rows) else 0, told),
    ):
        if size and room >= size + 2 + kept:
            given[column] = size
            room -= size + 2
    if told and room >= told:
        given["message"] = room - 2
    return Columns(name=name, **given)


class HistoryTable(RowList):
    """Revisions as dense rows, newest first. The cursor stays on the same revision whatever a refresh brings."""

    heading = 1
    keeps_lines = True
    COMPONENT_CLASSES = {
        "rows--cursor",
        "rows--heading",
        "rows--quiet",
        "rows--name",
        "rows--skeleton",
        "rows--error",
        "rows--warn",
        "rows--info",
        "rows--ok",
        "rows--muted",
    }
    BINDINGS = [Binding("space", "mark", "mark a revision: two marked ones are compared")]

    @dataclass
    class Opened(Message):
        """The user wants to see what a revision changed."""

        row: RevisionRow

    def __init__(self, look: Look, clock: Callable[[], datetime], *, id: str | None = None) -> None:  # noqa: A002
        super().__init__(look, id=id)
        self._clock = clock
        self.revisions: Sequence[RevisionRow] = ()
        self.marks: list[Key] = []
        self.highlighted: Callable[[], None] | None = None
        """Called when the cursor came to another revision, or another one was marked."""
        self._layout: tuple[int, Columns] | None = None
        self._loading = True

    # ---- rows

    @property
    def row_count(self) -> int:
        """How many revisions there are."""
        return len(self.revisions)

    def row_key(self, index: int) -> Key:
        """Return what tells the revision from all others."""
        return self.revisions[index].key

    @property
    def row(self) -> RevisionRow | None:
        """The revision under the cursor."""
        return self.revisions[self.cursor] if self.cursor < len(self.revisions) else None

    @property
    def marked(self) -> list[RevisionRow]:
        """The marked revisions, newest first."""
        wanted = set(self.marks)
        return [row for row in self.revisions if row.key in wanted][:2] if wanted else []

    def show_rows(self, rows: Sequence[RevisionRow]) -> None:
        """Show these revisions; the cursor goes on with the one it was on."""
        self._loading = False
        current = self.row
        line = self.cursor - self.top
        self.revisions = rows
        self._layout = None
        place = self.cursor
        if current is not None:
            place = next((index for index, row in enumerate(rows) if row.key == current.key), place)
        self.rows_changed(place, line if current is not None else None)

    def row_chosen(self, index: int) -> None:
        """Show in full what the revision changed."""
        self.post_message(self.Opened(self.revisions[index]))

    def row_highlighted(self) -> None:
        """Tell the screen."""
        if self.highlighted is not None:
            self.highlighted()

    def action_mark(self) -> None:
        """Mark the revision under the cursor, or take its mark away; of three marks the first one goes."""
        row = self.row
        if row is None:
            return
        if row.key in self.marks:
            self.marks.remove(row.key)
        else:
            self.marks = [*self.marks[-1:], row.key]
        self.refresh()
        self.row_highlighted()

    # ---- drawing

    def _columns(self, width: int) -> Columns:
        if self._layout is None or self._layout[0] != width:
            self._layout = (width, columns_for(width, self.revisions))
        return self._layout[1]

    def draw_heading(self, line: int, width: int) -> list[Segment]:
        """Return the column names."""
        columns = self._columns(width)
        text = "  " + fit_right("REV", columns.name) + "  " + fit("  STATE", 2 + LABEL_WIDTH)
        if columns.build:
            text += "  " + fit("BUILD", columns.build)
        text += "  " + fit_right("AGE", 5)
        for name, size in (("BY", columns.who), ("COMMIT", columns.commit), ("MESSAGE", columns.message)):
            if size:
                text += "  " + fit(name, size)
        return [Segment(fit(text, width), self.part("heading"))]

    def draw_row(self, index: int, width: int, *, selected: bool) -> list[Segment]:
        """Return one revision."""
        row, columns, look = self.revisions[index], self._columns(width), self.look
        cut, quiet = look.glyphs.cut, self.part("quiet")
        tone = self.part(row.status.severity.value)
        marked = look.glyphs.marked if row.key in self.marks else " "
        segments = [
            Segment(look.glyphs.cursor if selected else " ", self.part("info")),
            Segment(marked, self.part("info")),
            Segment(fit_right(look.plain(row.name), columns.name) + "  ", self.part("name") if row.current else None),
            Segment(fit(look.glyph(row.status), 2), tone),
            Segment(fit(look.plain(row.status.label), LABEL_WIDTH), tone),
        ]
        if columns.build:
            segments.append(Segment("  " + fit(look.plain(row.build), columns.build, cut)))
        segments.append(Segment("  " + fit_right(look.own(age(row.deployed, self._clock())), 5), quiet))
        for text, size, style in (
            (row.who, columns.who, quiet),
            (row.commit, columns.commit, quiet),
            (row.message, columns.message, None),
        ):
            if size:
                segments.append(Segment("  " + fit(look.plain(text), size, cut), style))
        return segments

    def draw_empty(self, line: int, width: int) -> list[Segment]:
        """Return nothing, or a grey bar in the place of a row while the history loads."""
        if not self._loading or line >= len(SKELETON):
            return [Segment(" " * width)]
        block = self.look.glyphs.skeleton
        return [Segment(fit(f"  {block * 3}  {block} {block * SKELETON[line]}", width), self.part("skeleton"))]
