"""The base of every table: rows of one kind below a line of column names."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable, Hashable, Sequence
from typing import Generic, TypeVar

from rich.segment import Segment
from textual.binding import Binding

from astro_tui.theme.look import Look
from astro_tui.widgets.lists.cells import fit
from astro_tui.widgets.lists.rows import RowList

R = TypeVar("R")
C = TypeVar("C")


class Table(RowList, Generic[R, C]):
    """Rows of kind `R` in columns `C`. The cursor stays on the same row whatever a refresh brings."""

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
    BAR_WIDTHS: Sequence[int] = (14, 9, 17, 12, 20, 8, 15, 11)
    """Widths of the grey bars that stand for names while the rows load."""

    def __init__(self, look: Look, *, id: str | None = None) -> None:  # noqa: A002  Textual's name
        super().__init__(look, id=id)
        self.rows: Sequence[R] = ()
        """What is shown."""
        self.loading_rows = True
        """Whether no rows came yet."""
        self.instead: Sequence[str] = ()
        """Lines that are drawn where there is no row."""
        self.highlighted: Callable[[], None] | None = None
        """Called when the cursor came to another row, or its row changed. A message would come one frame later."""
        self._layout: tuple[int, C] | None = None

    @abstractmethod
    def key_of(self, row: R) -> Hashable:
        """Return what tells a row from all others, through refreshes."""

    @abstractmethod
    def columns_for(self, width: int) -> C:
        """Return the columns of a table `width` cells wide."""

    @property
    def row_count(self) -> int:
        """How many rows there are."""
        return len(self.rows)

    @property
    def row(self) -> R | None:
        """The row under the cursor."""
        return self.rows[self.cursor] if 0 <= self.cursor < len(self.rows) else None

    def place_of(self, key: Hashable) -> int | None:
        """Return where the row with a key stands, None where it is not shown."""
        return next((index for index, row in enumerate(self.rows) if self.key_of(row) == key), None)

    def show_rows(self, rows: Sequence[R], *, keep: Hashable = None) -> None:
        """Show these rows; the cursor goes on with the row whose key is `keep` (the present one by default).

        It stays on the same line of the screen where that is possible; where the row is gone, the cursor stays at
        its place in the list.
        """
        self.loading_rows = False
        old, line, current = self.cursor, self.cursor - self.top, self.row
        if keep is None and current is not None:
            keep = self.key_of(current)
        self.rows, self._layout = rows, None
        place = self.place_of(keep) if keep is not None else None
        self.rows_changed(old if place is None else place, None if place is None else line)

    def replace_row(self, row: R) -> None:
        """Redraw the row with the same key in place, without changing the order while the user reads."""
        place = self.place_of(self.key_of(row))
        if place is not None:
            self.rows = [*self.rows[:place], row, *self.rows[place + 1 :]]
            self.row_changed(place)

    def start_loading(self) -> None:
        """Draw grey bars in the place of rows that are still to come."""
        self.loading_rows, self.rows, self._layout = True, (), None
        self.rows_changed(0)

    def row_highlighted(self) -> None:
        """Tell the screen."""
        if self.highlighted is not None:
            self.highlighted()

    # ---- drawing

    def columns(self, width: int) -> C:
        """Return the columns for the width that is drawn: a scroll bar may have come or gone."""
        if self._layout is None or self._layout[0] != width:
            self._layout = (width, self.columns_for(width))
        return self._layout[1]

    def draw_empty(self, line: int, width: int) -> list[Segment]:
        """Return a line of what is said instead of rows, or a grey bar in the place of a row while they load."""
        if not self.loading_rows:
            text = self.instead[line] if line < len(self.instead) and not self.row_count else ""
            return [Segment(fit(f"   {text}" if text else "", width, self.look.glyphs.cut))]
        if line >= len(self.BAR_WIDTHS):
            return [Segment(" " * width)]
        return [Segment(fit(self.draw_bar(self.BAR_WIDTHS[line], width), width), self.part("skeleton"))]

    def draw_bar(self, size: int, width: int) -> str:
        """Return the grey bar of `size` cells that stands for a row."""
        return f"  {self.look.glyphs.skeleton * size}"


class MarkingTable(Table[R, C]):
    """A table of which two rows can be marked, to be compared with each other."""

    BINDINGS = [Binding("space", "mark", "mark: two marked ones are compared", id="list.mark")]

    def __init__(self, look: Look, *, id: str | None = None) -> None:  # noqa: A002  Textual's name
        super().__init__(look, id=id)
        self.marks: list[Hashable] = []
        """Keys of the marked rows, in the order of their marking."""

    @property
    def marked(self) -> list[R]:
        """The marked rows, from the top."""
        wanted = set(self.marks)
        return [row for row in self.rows if self.key_of(row) in wanted][:2] if wanted else []

    def mark_of(self, row: R) -> str:
        """Return the sign of a marked row, a blank for others."""
        return self.look.glyphs.marked if self.key_of(row) in self.marks else " "

    def action_mark(self) -> None:
        """Mark the row under the cursor, or take its mark away; of three marks the first one goes."""
        row = self.row
        if row is None:
            return
        key = self.key_of(row)
        if key in self.marks:
            self.marks.remove(key)
        else:
            self.marks = [*self.marks[-1:], key]
        self.refresh()
        self.row_highlighted()
