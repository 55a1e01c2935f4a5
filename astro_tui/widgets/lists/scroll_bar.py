"""The scroll bar of a long list. It moves with every page, so it must be cheap to draw."""

from __future__ import annotations

from rich.color import Color
from rich.segment import Segment
from rich.style import Style
from textual.geometry import Region
from textual.scrollbar import ScrollBar, ScrollBarRender
from textual.strip import Strip

_KEPT = 200


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
