"""Draws the rows of a virtual list: any number of them, but only those on screen are drawn, and drawn ones are kept."""

from __future__ import annotations

from abc import abstractmethod
from time import monotonic
from typing import TYPE_CHECKING, Self

from rich.segment import Segment
from rich.style import Style
from textual.color import Color
from textual.filter import LineFilter
from textual.geometry import Region
from textual.scroll_view import ScrollView
from textual.strip import Strip
from textual.timer import Timer

from astro_tui.theme.look import Look
from astro_tui.widgets.keymap import Switches
from astro_tui.widgets.lists.line_maker import LineMaker
from astro_tui.widgets.lists.selecting import LINES, highlighted, moved, selected_text

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from textual.selection import Selection

KEPT_LINES = 500
"""Drawn lines kept for when they scroll back into view."""
DEBOUNCE = 0.02
"""Seconds without a change after which the pages above and below the window are drawn in advance."""
AHEAD_SECONDS = 0.002
"""Seconds after which drawing in advance pauses, so that a key pressed meanwhile does not wait longer."""


class RowView(Switches, ScrollView):
    """Rows. A window of them is on screen, and the one at `cursor` is drawn as selected.

    A subclass provides the number of rows and draws each. `heading` counts the fixed lines above the rows, such as a
    table's column names. Text in the rows can be selected with the mouse.
    """

    heading = 0
    keeps_lines = False
    """Whether a drawn row stays valid until `refresh()`, so that scrolling does not draw it again."""

    def __init__(self, look: Look, *, id: str | None = None) -> None:  # noqa: A002  Textual's name
        super().__init__(id=id)
        self.look = look
        self.cursor = 0
        self._kept: dict[tuple[int, int, bool], Strip] = {}
        self._parts: dict[str, Style] = {}
        self._makers: tuple[LineMaker, LineMaker] | None = None
        self._filters: tuple[Color | None, tuple[LineFilter, ...]] = (None, ())
        self._rest: Timer | None = None

    # ---- what a subclass provides

    @property
    @abstractmethod
    def row_count(self) -> int:
        """The number of rows."""

    @abstractmethod
    def draw_row(self, index: int, width: int, *, selected: bool) -> list[Segment]:
        """Return the row's segments; a row that is too long is cut, and one that is too short is padded."""

    def draw_heading(self, line: int, width: int) -> list[Segment]:
        """Return one of the `heading` lines of the heading."""
        return []

    def draw_empty(self, line: int, width: int) -> list[Segment]:
        """Return a line below the last row."""
        return [Segment(" " * width)]

    # ---- the window

    @property
    def page(self) -> int:
        """Rows that fit on screen."""
        return max(1, self.size.height - self.heading)

    @property
    def row_width(self) -> int:
        """Cells of a row: the widget's width without its scroll bar."""
        return self.scrollable_content_region.width

    @property
    def top(self) -> int:
        """The first row on screen."""
        return int(self.scroll_offset.y)

    # ---- lines

    def _keep_lines(self, drawn: Mapping[int, Sequence[Strip]]) -> None:
        """Keep the lines of some rows, drawn without the cursor, for when they are needed."""
        self._kept.update({(index, self.row_width, False): lines[0] for index, lines in drawn.items()})

    def forget_row(self, index: int) -> None:
        """Redraw a row the next time it is needed."""
        for selected in (False, True):
            self._kept.pop((index, self.row_width, selected), None)

    def forget_rows(self, first: int) -> None:
        """Redraw a row and all after it the next time they are needed."""
        self._kept = {place: line for place, line in self._kept.items() if place[0] < first}

    def refresh(self, *regions: Region, repaint: bool = True, layout: bool = False, recompose: bool = False) -> Self:
        """Redraw the given regions from the kept lines, or, without any, every row from scratch."""
        if not regions:
            self._forget_lines()
        return super().refresh(*regions, repaint=repaint, layout=layout, recompose=recompose)

    def notify_style_update(self) -> None:
        """Discard lines drawn in the old colors."""
        self._forget_colors()
        super().notify_style_update()

    def _forget_lines(self) -> None:
        self._kept.clear()

    def _forget_colors(self) -> None:
        self._forget_lines()
        self._parts.clear()
        self._makers = None

    def render_lines(self, crop: Region) -> list[Strip]:
        """Return lines of the widget.

        Textual caches lines by position, so scrolling by one row would draw all of them. Lines cached by row also keep
        what Textual computes from them for the terminal.
        """
        if not self.keeps_lines:
            return super().render_lines(crop)
        filters = (self.background_colors[1], tuple(self.get_line_filters()))
        if filters != self._filters:
            self._forget_colors()
            self._filters = filters
        lines = self.window_lines(crop)
        if self.screen.selections and self.text_selection is not None:
            lines = self._highlighted(lines, crop)
        if crop.x or crop.width < self.row_width:
            lines = [line.crop(crop.x, crop.right) for line in lines]
        return lines

    def window_lines(self, crop: Region) -> list[Strip]:
        """Return lines of the widget."""
        top, width = self.top, self.row_width
        self._draw_ahead_later()
        return [self._line(y, top, width) for y in crop.line_range]

    def _draw_ahead_later(self) -> None:
        if self._rest is not None:
            self._rest.stop()
        self._rest = self.set_timer(DEBOUNCE, self._draw_ahead) if 3 * self.page <= KEPT_LINES else None

    def _draw_ahead(self) -> None:
        """Draw lines of the next page, then of the previous one, so that a page key finds them ready."""
        top, page, width = self.top, self.page, self.row_width
        if self._filters[0] is None or not self.display:
            return
        end = monotonic() + AHEAD_SECONDS
        below, above = (
            range(top + page, min(top + 2 * page, self.row_count)),
            range(top - 1, max(top - page, 0) - 1, -1),
        )
        for index in (*below, *above):
            if (index, width, index == self.cursor) not in self._kept:
                self._line(self.heading, index, width)
                if monotonic() > end:
                    self.call_later(self._draw_ahead)
                    return

    def _line(self, y: int, top: int, width: int) -> Strip:
        """Return one line of the widget, from the cache if possible."""
        # Lines that are not rows are cached by position: the heading as -1, -2, …, empty lines after the last row.
        place = top + y - self.heading if y >= self.heading else -1 - y
        key = (place, width, place == self.cursor)
        line = self._kept.get(key)
        if line is None:
            if len(self._kept) >= KEPT_LINES:
                self._kept.clear()
            line = self._kept[key] = self._drawn(y, top, width)
        return line

    def render_line(self, y: int) -> Strip:
        """Return one line of the widget. If lines are kept, only mouse events need it, for the place in the text."""
        if not self.keeps_lines:
            return self._drawn(y, self.top, self.row_width)
        [line], [number] = self.window_lines(Region(0, y, self.row_width, 1)), self._numbers(range(y, y + 1))
        return line.apply_offsets(0, number) if number is not None else line

    def _drawn(self, y: int, top: int, width: int) -> Strip:
        makers = self.makers
        index = top + y - self.heading
        if y < self.heading:
            segments = self.draw_heading(y, width)
        elif index >= self.row_count:
            segments = self.draw_empty(index - self.row_count, width)
        else:
            selected = index == self.cursor
            return makers[selected].line(self.draw_row(index, width, selected=selected), width)
        return makers[False].line(segments, width)

    # ---- styles

    @property
    def makers(self) -> tuple[LineMaker, LineMaker]:
        """The line makers for normal rows and for the row under the cursor."""
        if self._makers is None:
            self._makers = self._new_makers()
        return self._makers

    def _new_makers(self) -> tuple[LineMaker, LineMaker]:
        base = self.rich_style
        background, filters = self._filters
        if background is None or not self.keeps_lines:
            background, filters = self.background_colors[1], ()
        return LineMaker(base, filters, background), LineMaker(base + self.part("cursor"), filters, background)

    def part(self, name: str) -> Style:
        """Return the style of the component class `rows--NAME`."""
        return self.style_of(f"rows--{name}")

    def style_of(self, name: str) -> Style:
        """Return the style of a component class."""
        style = self._parts.get(name)
        if style is None:
            style = self._parts[name] = self.get_component_rich_style(name, partial=True)
        return style

    # ---- text selected with the mouse

    @property
    def allow_select(self) -> bool:
        """Whether text can be selected: not in menus, where a click chooses."""
        return super().allow_select and self.keeps_lines

    def _numbers(self, lines: range) -> Sequence[int | None]:
        """Return the number of each line of the widget for selections; None where there is no row."""
        rows = (self.top + y - self.heading if y >= self.heading else -1 for y in lines)
        return [row * LINES if 0 <= row < self.row_count else None for row in rows]

    def _lines_of(self, index: int) -> Sequence[Strip]:
        """Return the lines of a row, without the cursor."""
        return [self.makers[False].line(self.draw_row(index, self.row_width, selected=False), self.row_width)]

    def selection_updated(self, selection: Selection | None) -> None:
        """Draw another selection."""
        self.refresh(Region(0, 0, *self.size))

    def _highlighted(self, lines: Sequence[Strip], crop: Region) -> list[Strip]:
        selection, style = self.text_selection, self._selection_style()
        numbers = self._numbers(crop.line_range)
        return [
            highlighted(line, selection.get_span(number), style) if selection and number is not None else line
            for line, number in zip(lines, numbers, strict=True)
        ]

    def _selection_style(self) -> Style:
        """Return the style of selected text, in the colors of this terminal."""
        background, filters = self._filters
        segments = [Segment(" ", self.screen.get_component_rich_style("screen--selection"))]
        for line_filter in filters:
            segments = line_filter.apply(segments, background or Color(0, 0, 0))
        ground = segments[0].style.bgcolor if segments[0].style else None
        return Style(bgcolor=ground) if ground is not None and not ground.is_default else Style(reverse=True)

    def get_selection(self, selection: Selection) -> tuple[str, str] | None:
        """Return the selected text as it is on screen, and what follows it."""
        shown = self._numbers(range(self.size.height))
        return selected_text(selection, shown, self.row_count, self._lines_of), "\n"

    def _move_selection(self, rows: int) -> None:
        """Keep the same text selected after it moved by a number of rows."""
        if self.screen.selections and (selection := self.text_selection) is not None:
            self.screen.selections = {**self.screen.selections, self: moved(selection, rows)}
