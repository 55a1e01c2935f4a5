"""The scroll bar beside a long list. It moves with every page, so it must cost next to nothing."""

from __future__ import annotations

from rich.color import Color
from rich.segment import Segment
from rich.style import Style
from textual.geometry import Region
from textual.scrollbar import ScrollBar, ScrollBarRender
from textual.strip import Strip

_KEPT = 200


class LineScrollBar(ScrollBar):
    """Draws itself as Textual's does, of lines that are made but once: there are only a handful of different ones."""

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
        """Return one segment a line."""
        style = bar.style if isinstance(bar.style, Style) else Style.null()
        colours = (style.bgcolor or Color.default(), style.color or Color.default())
        drawn = bar.render_bar(
            height, bar.virtual_size, bar.window_size, bar.position, self.size.width, True, *colours
        ).segments
        # The handle is drawn in reverse and leaves open on what.
        return list(Segment.apply_style(drawn, style))

    def _line(self, segment: Segment) -> Strip:
        line = self._made.get(segment)
        if line is None:
            if len(self._made) >= _KEPT:
                self._made.clear()
            line = self._made[segment] = Strip([segment], self.size.width)
        return line
