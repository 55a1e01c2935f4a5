"""Text of a long list, selected with the mouse: its highlight, and what is copied. Loaded with the first selection.

Textual describes a place in a text by the number of a line and a character in it. Here, the number of a line is that of
its row, times `LINES`, plus its place among the lines of a wrapped row.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from rich.segment import Segment
from rich.style import Style
from textual.geometry import Offset
from textual.selection import Selection
from textual.strip import Strip

from astro_tui.widgets.cells import cell_len

LINES = 1 << 12
"""More lines than any row has."""
MOST = 5_000
"""The most lines that are copied."""


def highlighted(line: Strip, span: tuple[int, int] | None, style: Style) -> Strip:
    """Return a line in which the characters of a span are in another style; an end of -1 is the end of the text."""
    if span is None:
        return line
    text = line.text
    start, end = span[0], len(text.rstrip()) if span[1] < 0 else span[1]
    if start >= end:
        return line
    first, last = cell_len(text[:start]), cell_len(text[:end])
    marked = [Segment(piece, (own or Style.null()) + style) for piece, own, _control in line.crop(first, last)]
    return Strip.join([line.crop(0, first), Strip(marked, last - first), line.crop(last)])


def selected_text(
    selection: Selection, shown: Sequence[int | None], count: int, lines_of: Callable[[int], Sequence[Strip]]
) -> str:
    """Return the selected text, line by line as on screen, without trailing spaces.

    `shown` are the numbers of the lines on screen, which limit a selection that begins or ends outside of the list.
    `count` is the number of rows, and `lines_of` returns the lines of one.
    """
    here = [number for number in shown if number is not None]
    if not here:
        return ""
    first = selection.start.y if selection.start is not None else here[0]
    last = selection.end.y if selection.end is not None else here[-1]
    lines: list[str] = []
    for row in range(first // LINES, min(last // LINES, count - 1) + 1):
        for part, line in enumerate(lines_of(row)):
            number = row * LINES + part
            span = selection.get_span(number) if first <= number <= last else None
            if span is not None:
                lines.append(line.text[span[0] : None if span[1] < 0 else span[1]].rstrip())
        if len(lines) >= MOST:
            break
    return "\n".join(lines)


def moved(selection: Selection, rows: int) -> Selection:
    """Return the selection of the same text after it moved down by a number of rows."""
    start, end = (Offset(at.x, at.y + rows * LINES) if at is not None else None for at in selection)
    return Selection(start, end)
