"""The base of every table: rows of one type below a line of column names."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from operator import attrgetter, indexOf
from typing import Any, Generic, TypeVar

from rich.segment import Segment
from rich.style import Style
from textual import events
from textual.message import Message

from astro_tui.presentation.columns import GAP, SELECTED, Column, Fit, Placed, Ruler, WidthStep, placed
from astro_tui.runtime import Clock, system_clock
from astro_tui.theme.look import Look
from astro_tui.theme.sizes import WIDE
from astro_tui.widgets.cells import cell_len, fit, fit_middle, fit_right
from astro_tui.widgets.keymap import keymap
from astro_tui.widgets.lists.rows import RowList

R = TypeVar("R")
"""Returns the current time, to which the ages of rows refer."""


class Table(RowList, Generic[R]):
    """Rows of type `R`, drawn from columns. The cursor stays on the same row across refreshes.

    A subclass has the columns, their layout, and what is in front of the first one.
    """

    COLUMNS: Sequence[Column[Any]]
    LAYOUT: Sequence[WidthStep]
    FRAME = 2
    """Cells in front of the first column."""

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
    KEY: Callable[[Any], Hashable] = attrgetter("key")
    """Returns what identifies a row across refreshes."""
    BAR = "  *"
    """A row that loads: gray blocks, and as many more for the star as `BAR_WIDTHS` says."""
    BARS: Mapping[str, int] = {}
    """The columns with gray bars of their own, which follow `BAR`, and their cells; 0 as `BAR_WIDTHS` says."""
    BAR_WIDTHS: Sequence[int] = (14, 9, 17, 12, 20, 8, 15, 11)
    """Widths of the gray bars shown while the rows load."""

    @dataclass
    class Opened(Message):
        """The user opened a row."""

        row: Any

    class HeadingClicked(Message):
        """The user clicked on a heading. `name` is that of the column, without a mark."""

        def __init__(self, name: str) -> None:
            super().__init__()
            self.name = name

    def __init__(self, look: Look, clock: Clock = system_clock, *, id: str | None = None) -> None:  # noqa: A002  Textual's name
        super().__init__(look, id=id)
        self.clock = clock
        self.rows: Sequence[R] = ()
        """The displayed rows."""
        self.loading_rows = True
        """Whether the first rows are still loading."""
        self.instead: Sequence[str] = ()
        """Lines shown when there are no rows."""
        self._layout: tuple[int, Sequence[Placed[Any]]] | None = None

    def row_chosen(self, index: int) -> None:
        """Report the opened row."""
        self.post_message(self.Opened(self.rows[index]))

    @property
    def row_count(self) -> int:
        """The number of rows."""
        return len(self.rows)

    @property
    def row(self) -> R | None:
        """The row under the cursor."""
        return self.rows[self.cursor] if 0 <= self.cursor < len(self.rows) else None

    @property
    def visible_rows(self) -> Sequence[R]:
        """The rows on screen."""
        return self.rows[self.top : self.top + self.page]

    def index_of(self, key: Hashable) -> int | None:
        """Return the index of the row with a key; None if it is not shown."""
        try:
            return indexOf(map(self.KEY, self.rows), key)
        except ValueError:
            return None

    def show_rows(self, rows: Sequence[R], *, keep: Hashable = None) -> None:
        """Show the rows, with the cursor on the row whose key is `keep` (by default the current one).

        See `replace_rows`. If the row is gone, the cursor keeps its index.
        """
        current = self.row
        if keep is None and current is not None:
            keep = self.KEY(current)
        self.replace_rows(rows, [] if keep is None else [keep])

    def replace_rows(self, rows: Sequence[R], keys: Iterable[Hashable]) -> None:
        """Show the rows, with the cursor on the first of `keys` that is there, else on the same index.

        The row under the cursor stays on its line of the screen. But a list that was scrolled to the top stays there,
        so that new rows above the cursor are visible.
        """
        self.loading_rows = False
        old, top = self.cursor, self.top
        self.rows, self._layout = rows, None
        index = next((place for key in keys if (place := self.index_of(key)) is not None), None)
        if index is None:
            self.rows_changed(old)
        else:
            self.rows_changed(index, index if top == 0 and index < self.page else old - top)

    def show_instead(self, lines: Sequence[str]) -> None:
        """Say why there are no rows; nothing is said while there are some."""
        if lines != self.instead:
            self.instead = lines
            self.refresh()

    def replace_row(self, row: R) -> None:
        """Replace the row with the same key without changing the order."""
        index = self.index_of(self.KEY(row))
        if index is not None:
            self.rows = [*self.rows[:index], row, *self.rows[index + 1 :]]
            self.row_changed(index)

    def start_loading(self) -> None:
        """Show gray bars until the rows are loaded."""
        self.loading_rows, self.rows, self._layout, self.touched = True, (), None, False
        self.rows_changed(0)

    def draw_again(self) -> None:
        """Draw everything again, in columns of another width."""
        self._layout = None
        self.refresh()

    def when(self, moment: datetime | None, cells: int) -> str:
        """Return an age or a time in `cells`, aligned right."""
        return fit_right(self.look.plain(self.look.times.text(moment, self.clock(), cells)), cells)

    # ---- drawing

    def cursor_mark(self, *, selected: bool) -> Segment:
        """Return the first cell of a row: the cursor, or a space."""
        return Segment(self.look.glyphs.cursor, self.part("info")) if selected else Segment(" ")

    def columns(self, width: int) -> Sequence[Placed[Any]]:
        """Return the columns for the drawn width, which changes when the scroll bar appears or disappears."""
        if self._layout is None or self._layout[0] != width:
            self._layout = (width, self.columns_for(width))
        return self._layout[1]

    @property
    def sorted_by(self) -> str:
        """The name of the column with the sort mark, or an empty string."""
        return ""

    @property
    def reverse(self) -> bool:
        """Whether the order is reversed."""
        return False

    @property
    def measured_rows(self) -> Sequence[Any]:
        """The rows whose texts determine the widths."""
        return self.rows

    def columns_for(self, width: int) -> Sequence[Placed[Any]]:
        """Return the columns for `width` cells, from left to right."""
        return self.place(self.COLUMNS, self.LAYOUT, width)

    def place(self, columns: Sequence[Column[Any]], line: Sequence[WidthStep], width: int) -> Sequence[Placed[Any]]:
        """Return those of the columns that a layout places in `width` cells."""
        ruler = Ruler(cell_len, self.clock(), self.look.times, self.sorted_by)
        return placed(columns, line, self.measured_rows, width - self.FRAME, ruler, wide=width >= WIDE)

    def frame(self, row: R, *, selected: bool) -> list[Segment]:
        """Return what is in front of the first column of a row."""
        return [self.cursor_mark(selected=selected), Segment(" " * (self.FRAME - 1))]

    def draw_heading(self, line: int, width: int) -> list[Segment]:
        """Return the titles of the columns, with a mark at the sorted one."""
        glyphs, text, gap = self.look.glyphs, " " * self.FRAME, ""
        for column, size, lead in self.columns(width):
            title = self.look.times.titled(column.heading)
            if column.name == self.sorted_by:
                title = f"{title} {glyphs.sorted_by if self.reverse is column.falling else glyphs.sorted_reverse}"
            text += gap + (fit_right(title, size) if column.fit is Fit.RIGHT else fit(" " * lead + title, size))
            gap = " " * GAP
        return [Segment(fit(text, width), self.part("heading"))]

    def draw_row(self, index: int, width: int, *, selected: bool) -> list[Segment]:
        """Return a row."""
        row = self.rows[index]
        return [*self.frame(row, selected=selected), *self.draw_cells(row, width, selected=selected)]

    def draw_cells(self, row: Any, width: int, *, selected: bool) -> list[Segment]:
        """Return the cells of a row. The gap between two cells is part of the second one."""
        segments: list[Segment] = []
        gap = ""
        for place in self.columns(width):
            segments += self.draw_cell(place, row, gap, selected=selected)
            gap = " " * GAP
        return segments

    def draw_cell(self, place: Placed[Any], row: Any, gap: str, *, selected: bool) -> list[Segment]:
        """Return a cell after a gap."""
        column, size, lead = place
        style = self._style(column, row, selected=selected)
        if column.at is not None:
            return [Segment(gap + self.when(column.at(row), size), style)]
        segments = self._lead(place, row, gap, style)
        text, room = self.look.plain(column.said(row, ascii_alone=self.look.ascii)), size - lead
        newer = self.look.glyphs.newer if column.after is not None and column.after(row) else ""
        text = self._fitted(column, text, room - len(newer)).rstrip() if newer else self._fitted(column, text, room)
        segments.append(Segment(text if segments else gap + text, style))
        if newer:
            segments += [Segment(newer, self.part("info")), Segment(" " * (room - cell_len(text) - len(newer)))]
        return segments

    def _lead(self, place: Placed[Any], row: Any, gap: str, style: Style | None) -> list[Segment]:
        """Return what is in front of the text of a cell."""
        column, _size, lead = place
        if column.glyph is not None:
            return [Segment(gap + fit(self.look.glyph(column.glyph(row)), lead), style)]
        if lead and column.mark is not None:
            mark = self.look.glyphs.marked if column.mark(row, self.clock()) else ""
            return [Segment(gap + fit(mark, lead), self.part("info"))]
        return []

    def _fitted(self, column: Column[Any], text: str, size: int) -> str:
        if column.fit is Fit.MIDDLE:
            return fit_middle(text, size, self.look.glyphs.cut)
        if column.fit is Fit.RIGHT and cell_len(text) <= size:
            return fit_right(text, size)
        return fit(text, size, self.look.glyphs.cut)

    def _style(self, column: Column[Any], row: Any, *, selected: bool) -> Style | None:
        name = column.style if isinstance(column.style, str) else column.style(row)
        if name == SELECTED:
            name = "name" if selected else ""
        return self.part(name) if name else None

    def on_click(self, event: events.Click) -> None:
        """Report a click on a heading."""
        if event.y != 0 or not self.at_rest(event):
            return
        start = self.FRAME
        for column, size, _lead in self.columns(self.row_width):
            if start <= event.x < start + size:
                self.post_message(self.HeadingClicked(column.name))
            start += size + GAP

    def draw_empty(self, line: int, width: int) -> list[Segment]:
        """Return a line of `instead`, or a gray bar while the rows load."""
        if not self.loading_rows:
            text = self.instead[line] if line < len(self.instead) and not self.row_count else ""
            return [Segment(fit(f"   {self.look.plain(text)}" if text else "", width, self.look.glyphs.cut))]
        if line >= len(self.BAR_WIDTHS):
            return [Segment(" " * width)]
        return [Segment(fit(self._draw_bar(self.BAR_WIDTHS[line], width), width), self.part("skeleton"))]

    def _draw_bar(self, size: int, width: int) -> str:
        bars = [
            ("#" * (self.BARS[column.name] or size), cells)
            for column, cells, _ in self.columns(width)
            if column.name in self.BARS
        ]
        bar = self.BAR + (" " * GAP).join(fit(bar[:cells], cells) for bar, cells in bars)
        return bar.replace("*", "#" * size).replace("#", self.look.glyphs.skeleton)


class MarkingTable(Table[R]):
    """A table in which rows can be marked: two, for a comparison, unless a subclass allows more."""

    BINDINGS = keymap("space  mark  list.mark  mark two to compare")
    MOST_MARKS: int | None = 2

    def __init__(self, look: Look, clock: Clock = system_clock, *, id: str | None = None) -> None:  # noqa: A002  Textual's name
        super().__init__(look, clock, id=id)
        self.marks: dict[Hashable, None] = {}
        """Keys of the marked rows, in the order in which they were marked."""

    @property
    def marked(self) -> list[R]:
        """The marked rows, from top to bottom."""
        return [row for row in self.rows if self.KEY(row) in self.marks][: self.MOST_MARKS] if self.marks else []

    def mark_of(self, row: R) -> str:
        """Return the sign of a marked row, else a space."""
        return self.look.glyphs.marked if self.KEY(row) in self.marks else " "

    def action_mark(self) -> None:
        """Mark or unmark the row under the cursor; one mark too many replaces the oldest."""
        row = self.row
        if row is None:
            return
        key = self.KEY(row)
        if key in self.marks:
            self.show_marks(mark for mark in self.marks if mark != key)
        else:
            self.show_marks([*self.marks, key])

    def show_marks(self, keys: Iterable[Hashable]) -> None:
        """Mark the rows with these keys, and no others."""
        marks = [*dict.fromkeys(keys)]
        self.marks = dict.fromkeys(marks if self.MOST_MARKS is None else marks[-self.MOST_MARKS :])
        self.refresh()
        self.row_highlighted()
