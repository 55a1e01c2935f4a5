"""A text of any length wrapped to a width: only the positions of the lines are stored."""

from __future__ import annotations

from array import array
from bisect import bisect_right
from collections.abc import Iterable, Iterator

from astro_tui.widgets.cells import cell_len

NARROWEST = 2
"""Cells of the narrowest line: one wide character."""
PIECE = 1 << 16
"""Characters per string: one wide character doubles the memory of its whole string."""


class Wrapped:
    """`text` in lines of at most `width` cells, broken at spaces if there are any, else anywhere.

    The text can be an iterable of pieces that end anywhere.
    """

    def __init__(self, text: str | Iterable[str], width: int) -> None:
        self.width = max(NARROWEST, width)
        self._pieces: list[str] = []
        # The number of the first line of each piece, and where each line starts in its piece.
        self._firsts = array("L")
        self._starts = array("I")
        rest = ""
        for piece in _pieces(text):
            rest = self._add(rest + piece)
        self._add(rest, last=True)

    def __len__(self) -> int:
        return len(self._starts)

    def line(self, number: int) -> str:
        """Return the text of a line, counted from 0, without its `ending`."""
        return self._whole(number).removesuffix(self.ending(number))

    def ending(self, number: int) -> str:
        """Return what the text has between a line and the next: a line break, a space, or nothing."""
        whole = self._whole(number)
        return whole[-1:] if whole[-1:] in (" ", "\n") else ""

    def _whole(self, number: int) -> str:
        place = bisect_right(self._firsts, number) - 1
        following = self._firsts[place + 1] if place + 1 < len(self._firsts) else len(self._starts)
        stop = self._starts[number + 1] if number + 1 < following else None
        return self._pieces[place][self._starts[number] : stop]

    def _add(self, text: str, *, last: bool = False) -> str:
        """Add the lines of a text; return its last line, which the next piece may continue."""
        self._firsts.append(len(self._starts))
        end = start = 0
        while start <= len(text):
            stop = text.find("\n", start)
            if stop < 0:
                if not last:
                    end = self._paragraph(text, start, len(text), open_ended=True)
                    break
                stop = len(text)
            self._paragraph(text, start, stop)
            end = start = stop + 1
        self._pieces.append(text[:end])
        return text[end:]

    def _paragraph(self, text: str, start: int, stop: int, *, open_ended: bool = False) -> int:
        """Add the lines of a paragraph; return the start of its last line, which is left out if `open_ended` is set."""
        while True:
            end = self._fitting(text, start, stop)
            if end >= stop:
                if not open_ended:
                    self._starts.append(start)
                return start
            self._starts.append(start)
            blank = text.rfind(" ", start + 1, end + 1)
            start = blank + 1 if blank > start else end

    def _fitting(self, text: str, start: int, stop: int) -> int:
        """Return the end of the longest piece that fits, at least one character after `start`."""
        end = min(stop, start + self.width)
        piece = text[start:end]
        if piece.isascii():
            return end
        while (excess := cell_len(piece) - self.width) > 0 and len(piece) > 1:
            piece = piece[: -max(1, excess // 2)]
        return start + len(piece)


def _pieces(text: str | Iterable[str]) -> Iterator[str]:
    for each in [text] if isinstance(text, str) else text:
        for start in range(0, len(each), PIECE):
            yield each[start : start + PIECE]
