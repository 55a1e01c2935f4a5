"""Scroll bars: a thin handle, and lines that are drawn once."""

from __future__ import annotations

from typing import Any

from rich.color import Color
from rich.segment import Segment, Segments
from rich.style import Style
from textual.geometry import Region
from textual.scrollbar import ScrollBar, ScrollBarRender
from textual.strip import Strip

_KEPT = 200


class LineBar(ScrollBarRender):
    """The handle is a line: a column of full blocks would be the brightest thing on screen."""

    # Textual draws the ends of the handle in eighths of a cell.
    VERTICAL_BARS = [" "] * 8
    HANDLE = "┃"

    @classmethod
    def render_bar(cls, *sizes: Any, **colors: Any) -> Segments:
        """Return one segment per line, or those of a horizontal bar."""
        bar = super().render_bar(*sizes, **colors)
        # Only the segments of a vertical bar are lines.
        return Segments(map(cls._thin, bar.segments), new_lines=True) if bar.new_lines else bar

    @classmethod
    def _thin(cls, segment: Segment) -> Segment:
        style = segment.style
        if style is None or not style.reverse or segment.text != " ":
            return segment
        return Segment(cls.HANDLE, Style(color=style.color, meta=style.meta))


class AsciiBar(LineBar):
    """The same in ASCII."""

    HORIZONTAL_BARS = [" "] * 8
    HANDLE = "|"


class LineScrollBar(ScrollBar):
    """Looks like Textual's scroll bar, but caches its lines: there are only a few different ones."""

    def __init__(self, *, name: str, thickness: int) -> None:
        super().__init__(vertical=True, name=name, thickness=thickness)
        self._made: dict[Segment, Strip] = {}

    def render_lines(self, crop: Region) -> list[Strip]:
        """Return the lines of the bar."""
        bar, height = self.render(), self.size.height
        if not isinstance(bar, ScrollBarRender) or crop.x or crop.width < self.size.width:
            return super().render_lines(crop)
        lines = [self._line(segment) for segment in self._segments(bar, height)[crop.y : crop.bottom]]
        _base, background = self.background_colors
        for line_filter in self.get_line_filters():
            lines = [line.apply_filter(line_filter, background) for line in lines]
        return lines

    def _segments(self, bar: ScrollBarRender, height: int) -> list[Segment]:
        """Return one segment per line."""
        style = bar.style if isinstance(bar.style, Style) else Style.null()
        colors = (style.bgcolor or Color.default(), style.color or Color.default())
        drawn = bar.render_bar(
            height, bar.virtual_size, bar.window_size, bar.position, self.size.width, True, *colors
        ).segments
        # The handle is a reversed segment without colors of its own.
        return list(Segment.apply_style(drawn, style))

    def _line(self, segment: Segment) -> Strip:
        line = self._made.get(segment)
        if line is None:
            if len(self._made) >= _KEPT:
                self._made.clear()
            line = self._made[segment] = Strip([segment], self.size.width)
        return line
