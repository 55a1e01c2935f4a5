"""A list whose rows can be wrapped: a row then takes as many lines as it needs, and the window starts with a row.

Only rows on screen are measured, so the cost does not depend on the length of the list.
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Mapping, Sequence

from rich.segment import Segment
from textual.geometry import Region
from textual.strip import Strip

from astro_tui.theme.look import Look
from astro_tui.widgets.cells import cell_len, fit
from astro_tui.widgets.lists.rows import RowList
from astro_tui.widgets.lists.selecting import LINES

WRAPPED = 1000
"""The most cells of a row that are wrapped (the value pane has the rest), and the most wrapped rows in the cache."""


class WrappingList(RowList):
    """The base of a list that shows each row on one line, or wrapped."""

    def __init__(self, look: Look, *, id: str | None = None) -> None:  # noqa: A002  Textual's name
        super().__init__(look, id=id)
        self.wraps = False
        """Whether rows are wrapped. Change it with `wrap`."""
        self._blocks: dict[tuple[int, int, bool], list[Strip]] = {}

    @abstractmethod
    def draw_whole(self, index: int, *, selected: bool) -> tuple[list[Segment], int]:
        """Return a row of any width, and how many of its first characters are never wrapped."""

    def wrap(self, wraps: bool) -> None:
        """Turn wrapping on or off; the cursor keeps its row and, if possible, its line of the screen."""
        if wraps is not self.wraps:
            above = self.cursor - self.top
            self.wraps = wraps
            self.rows_changed(self.cursor, above)

    # ---- the lines of a row

    def _forget_lines(self) -> None:
        super()._forget_lines()
        self._blocks.clear()

    def _keep_lines(self, drawn: Mapping[int, Sequence[Strip]]) -> None:
        if not self.wraps:
            super()._keep_lines(drawn)
            return
        self._blocks.update({(index, self.row_width, False): list(lines) for index, lines in drawn.items()})

    def _block(self, index: int, width: int) -> list[Strip]:
        """Return the lines of a row."""
        key = (index, width, index == self.cursor)
        block = self._blocks.get(key)
        if block is None:
            if len(self._blocks) >= WRAPPED:
                self._blocks.clear()
            block = self._blocks[key] = self._wrapped(index, width, selected=index == self.cursor)
        return block

    def _wrapped(self, index: int, width: int, *, selected: bool) -> list[Strip]:
        segments, head = self.draw_whole(index, selected=selected)
        # Limit the height: the end of a row taller than the window could not be scrolled to.
        lines = wrapped(segments, width, head, max(2, self.page - 1), self.look.glyphs.cut)
        return [self.makers[selected].line(line, width) for line in lines]

    def _height(self, index: int) -> int:
        return len(self._block(index, self.row_width))

    def _top_for(self, index: int) -> int:
        """Return the first scroll position at which the whole row is on screen."""
        room = self.page - self._height(index)
        while index > 0 and (room := room - self._height(index - 1)) >= 0:
            index -= 1
        return index

    def _shown(self) -> int:
        """Return the number of rows shown in full, at least 1."""
        index, room = self.top, self.page
        while index < self.row_count and (room := room - self._height(index)) >= 0:
            index += 1
        return max(1, index - self.top)

    # ---- the window

    @property
    def length(self) -> int:
        """The number of lines to scroll through: any row can be the first one on screen."""
        return self.row_count + (self.page - 1 if self.wraps and self.row_count else 0)

    @property
    def last_top(self) -> int:
        """The last scroll position: the end of the last row is at the bottom."""
        return self._top_for(self.row_count - 1) if self.wraps and self.row_count else super().last_top

    def cursor_top(self) -> int:
        """Return the scroll position nearest to the current one that shows the cursor's whole row."""
        if not self.wraps or self.cursor < self.top or not self.row_count:
            return super().cursor_top()
        return max(self.top, self._top_for(self.cursor))

    def cursor_moved(self, old: int, top: int) -> None:
        """Redraw after the cursor left row `old`; `top` is the scroll position before the move."""
        if self.wraps:
            self.refresh(Region(0, 0, self.size.width, self.size.height))
        else:
            super().cursor_moved(old, top)

    def row_changed(self, index: int) -> None:
        """Redraw one row, or all rows if wrapped: its height may have changed."""
        if self.wraps:
            self.refresh()
        else:
            super().row_changed(index)

    def row_at(self, line: int) -> int | None:
        """Return the row at a line of the widget; None for the empty space."""
        if not self.wraps:
            return super().row_at(line)
        index = self.top
        while index < self.row_count and line >= (height := self._height(index)):
            line -= height
            index += 1
        return index if index < self.row_count else None

    def action_page(self, by: float) -> None:
        """Move the cursor and the window by a fraction of a page."""
        if not self.wraps:
            super().action_page(by)
            return
        whole = self.top - self._top_for(self.top - 1) if by < 0 and self.top else self._shown()
        step = max(1, int(abs(by) * whole)) * (1 if by > 0 else -1)
        self._scroll_top(self.top + step)
        self.move_to(self.cursor + step)

    def _numbers(self, lines: range) -> Sequence[int | None]:
        """Return the number of each line of the widget for selections; None where there is no row."""
        if not self.wraps:
            return super()._numbers(lines)
        numbers: list[int | None] = []
        index = self.top
        while len(numbers) < lines.stop and index < self.row_count:
            numbers += [index * LINES + part for part in range(self._height(index))]
            index += 1
        numbers += [None] * (lines.stop - len(numbers))
        return numbers[lines.start : lines.stop]

    def _lines_of(self, index: int) -> Sequence[Strip]:
        """Return the lines of a row, without the cursor."""
        return self._wrapped(index, self.row_width, selected=False) if self.wraps else super()._lines_of(index)

    def window_lines(self, crop: Region) -> list[Strip]:
        """Return lines of the widget."""
        if not self.wraps or not self.row_count:
            return super().window_lines(crop)
        width, index, lines = self.row_width, self.top, list[Strip]()
        while len(lines) < crop.bottom and index < self.row_count:
            lines += self._block(index, width)
            index += 1
        empty = self.makers[False].line([], width)
        lines += [empty] * (crop.bottom - len(lines))
        return lines[crop.y : crop.bottom]


def wrapped(segments: Sequence[Segment], width: int, head: int, most: int, cut: str) -> list[list[Segment]]:
    """Return a row as at most `most` lines of at most `width` cells; if cut, the last line ends with `cut`.

    The first `head` characters are not broken at spaces, and the following lines are indented by their width.
    """
    text = "".join(segment.text for segment in segments)
    indent = min(cell_len(text[:head]), width // 2)
    # Every line starts with the cursor's mark.
    lead = [Segment(text[:1], segments[0].style), Segment(" " * (indent - 1))] if indent else []
    lines: list[list[Segment]] = []
    start = 0
    while True:
        room = max(2, width - indent if lines else width)
        stop = _fitting(text, start, room)
        blank = text.rfind(" ", max(start, head) + 1, stop + 1) if stop < len(text) else -1
        last = len(lines) + 1 == most
        after = stop
        if blank > 0 and not last:
            stop, after = blank, blank + 1
        line = _part(segments, start, stop)
        if last and stop < len(text):
            piece = fit("".join(segment.text for segment in line), room - len(cut), "") + cut
            line = [Segment(piece, line[-1].style)]
        lines.append([*lead, *line] if lines else line)
        if after >= len(text) or last:
            return lines
        start = after


def _fitting(text: str, start: int, room: int) -> int:
    """Return the end of the longest piece that fits, at least one character after `start`."""
    piece = text[start : start + room]
    if piece.isascii():
        return start + len(piece)
    for place in range(start, len(text)):
        room -= cell_len(text[place])
        if room < 0:
            return max(place, start + 1)
    return len(text)


def _part(segments: Sequence[Segment], start: int, stop: int) -> list[Segment]:
    """Return the segments from character `start` to `stop`."""
    parts, at = [], 0
    for text, style, _control in segments:
        piece = text[max(0, start - at) : max(0, stop - at)]
        if piece:
            parts.append(Segment(piece, style))
        at += len(text)
    return parts
