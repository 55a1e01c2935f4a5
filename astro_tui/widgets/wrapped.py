"""A text of any length cut into lines that fit: where each of them starts and stops, and nothing more."""

from __future__ import annotations

from array import array

from astro_tui.widgets.cells import cell_len


class Wrapped:
    """`text` in lines of at most `width` cells, broken at blanks where there are any, else anywhere."""

    def __init__(self, text: str, width: int) -> None:
        self.text = text
        self.width = max(2, width)
        self._starts = array("L")
        self._stops = array("L")
        start = 0
        while start <= len(text):
            stop = text.find("\n", start)
            if stop < 0:
                stop = len(text)
            self._paragraph(start, stop)
            start = stop + 1

    def __len__(self) -> int:
        return len(self._starts)

    def line(self, number: int) -> str:
        """Return a line, counted from 0."""
        return self.text[self._starts[number] : self._stops[number]]

    def _paragraph(self, start: int, stop: int) -> None:
        while True:
            end = self._fitting(start, stop)
            self._starts.append(start)
            if end >= stop:
                self._stops.append(stop)
                return
            blank = self.text.rfind(" ", start + 1, end + 1)
            if blank > start:
                self._stops.append(blank)
                start = blank + 1
            else:
                self._stops.append(end)
                start = end

    def _fitting(self, start: int, stop: int) -> int:
        """Return where the longest piece that fits ends; at least one character further on."""
        end = min(stop, start + self.width)
        piece = self.text[start:end]
        if piece.isascii():
            return end
        while (excess := cell_len(piece) - self.width) > 0 and len(piece) > 1:
            piece = piece[: -max(1, excess // 2)]
        return start + len(piece)
