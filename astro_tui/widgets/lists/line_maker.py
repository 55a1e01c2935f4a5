"""Builds the lines of a list from segments, with as few style changes as possible."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from msgspec import Struct
from rich.color import Color as RichColor
from rich.segment import Segment
from rich.style import Style
from textual.color import Color
from textual.filter import LineFilter
from textual.strip import Strip

from astro_tui.text.foreign import visible
from astro_tui.widgets.cells import cell_len


class _Whole(Struct, frozen=True):
    """A complete style. Spaces in two styles look the same if both have the same `ground` and no decoration."""

    style: Style
    ground: RichColor | None
    decorated: bool


class _Line(Strip):
    """A line that nothing overlaps is not divided.

    Textual keeps the only part of such a line, which is the line itself, in a cache of that line: a cycle for the
    garbage collector. Each letter of a filter left a hundred of them, and some letters took 20 ms longer for it.
    """

    def divide(self, cuts: Iterable[int]) -> Sequence[Strip]:
        """Return the parts between cuts."""
        ends = [cut for cut in cuts if cut <= self.cell_length]
        return (self,) if ends == [self.cell_length] else super().divide(ends)


class LineMaker:
    """Completes the styles of a line's segments and converts their colors to those of this terminal.

    Textual filters every line and builds a new one. The effect of a filter depends only on the style, so here each
    style is filtered once.

    If the base is reversed, the whole line uses its colors: some terminals make text on a colored ground hard to read.
    """

    def __init__(self, base: Style, filters: Sequence[LineFilter], background: Color) -> None:
        self._base = base
        self._over = Style(color=base.color, bgcolor=base.bgcolor) if base.reverse else Style.null()
        self._filters = filters
        self._background = background
        self._known: dict[Style | None, _Whole] = {}

    def _whole(self, style: Style | None) -> _Whole:
        whole = self._known.get(style)
        if whole is None:
            segments = [Segment(" ", self._base + style + self._over if style is not None else self._base)]
            for line_filter in self._filters:
                segments = line_filter.apply(segments, self._background)
            full = segments[0].style or Style.null()
            decorated = bool(full.underline or full.underline2 or full.reverse or full.strike or full.overline)
            whole = self._known[style] = _Whole(full, full.bgcolor, decorated)
        return whole

    def line(self, segments: Iterable[Segment], width: int) -> Strip:
        """Return the line, padded or cut to exactly `width` cells. Spaces join the segment next to them."""
        made: list[Segment] = []
        text, whole, blank, used = "", self._whole(None), True, 0
        for raw, style, _control in segments:
            if not raw:
                continue
            # Whatever a list draws comes through here, so nothing in it can control the terminal.
            piece = visible(raw)
            own = self._whole(style)
            space = piece.isspace()
            used += cell_len(piece)
            if own is whole or ((blank or space) and _same_blanks(own, whole)):
                text += piece
                if blank and not space:
                    whole, blank = own, False
            else:
                if text:
                    made.append(Segment(text, whole.style))
                text, whole, blank = piece, own, space
        if used < width:
            base = self._whole(None)
            fill = " " * (width - used)
            if _same_blanks(base, whole):
                text += fill
            else:
                made.append(Segment(text, whole.style))
                text, whole = fill, base
        made.append(Segment(text, whole.style))
        strip = _Line(made, max(used, width))
        return strip if used <= width else strip.adjust_cell_length(width, self._base)


def _same_blanks(one: _Whole, other: _Whole) -> bool:
    return one.ground == other.ground and not one.decorated and not other.decorated
