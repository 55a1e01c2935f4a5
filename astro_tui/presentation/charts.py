"""Charts as text: braille or ASCII, with the smallest and the largest sample of each column. Pure.

A column of dots shows all samples that begin in it, as a line from the smallest to the largest. So a spike of one
sample is visible however narrow the chart is. A time without a sample stays blank: a gap is never drawn as zero, and
its two sides are not connected. Times are Unix seconds.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from math import floor, log2, log10
from typing import NamedTuple

from msgspec import Struct

TimeRange = tuple[float, float]
"""The smallest and the largest value of a column."""
LEAST = 1e-9
"""A value below this is drawn as zero."""
FAR = 4
"""How many times the largest value a limit may be and still determine the scale."""


class Window(NamedTuple):
    """The times that a chart shows."""

    begin: float
    end: float

    def column(self, at: float, width: int) -> int:
        """Return the column of a time among `width` columns; it is outside of them if the time is."""
        return floor((at - self.begin) * width / (self.end - self.begin))

    def time(self, column: int, width: int) -> float:
        """Return the time at which a column begins."""
        return self.begin + column * (self.end - self.begin) / width


class Series(Struct, frozen=True):
    """Samples in order of time; each stands for `step` seconds."""

    samples: Sequence[tuple[float, float]]
    step: float

    def within(self, window: Window) -> list[tuple[float, float]]:
        """Return the samples that stand for a part of a window."""
        return [each for each in self.samples if window.begin - self.step < each[0] < window.end]

    def spans(self, window: Window, width: int) -> list[TimeRange | None]:
        """Return what each of `width` columns shows; None where there is no sample."""
        begin, length = window.begin, window.end - window.begin
        # If samples are closer than columns, each one is in the column in which it begins.
        rest = max(0.0, self.step * width / length - 1)
        spans: list[TimeRange | None] = [None] * width
        for at, value in self.within(window):
            place = (at - begin) * width / length
            # One that begins before the window stands for its beginning, too.
            first = min(width - 1, max(0, floor(place)))
            for column in range(first, min(width - 1, max(first, floor(place + rest))) + 1):
                span = spans[column]
                if span is None:
                    spans[column] = (value, value)
                elif value < span[0]:
                    spans[column] = (value, span[1])
                elif value > span[1]:
                    spans[column] = (span[0], value)
        return spans


class Dots(NamedTuple):
    """An alphabet: each cell has two columns of `rows` dots. `cells` has the glyph of each pattern of its dots.

    A pattern has a bit for each dot, from the lowest to the highest: first those of the right column.
    """

    rows: int
    cells: str
    limit: str
    axis: str


def _cells(rows: int, glyph: Callable[[int], str]) -> str:
    return "".join(map(glyph, range(1 << 2 * rows)))


def _braille(pattern: int) -> str:
    bits = (0x80, 0x20, 0x10, 0x08, 0x40, 0x04, 0x02, 0x01)
    return chr(0x2800 + sum(bit for place, bit in enumerate(bits) if pattern >> place & 1)) if pattern else " "


BRAILLE = Dots(4, _cells(4, _braille), "╌", "─")
ASCII = Dots(2, _cells(2, lambda pattern: " .':"[pattern & 3 | pattern >> 2]), "-", "-")


class Chart(Struct, frozen=True):
    """A drawn chart: its `rows` from top to bottom, the row with the limit, and the value at the top."""

    rows: Sequence[str]
    limit_row: int | None
    top: float


def top_of(largest: float, limit: float, *, binary: bool = False) -> float:
    """Return the value at the top of a chart: a round number. A limit counts unless it is far away."""
    largest = max(largest, limit) if 0 < limit <= FAR * largest else largest
    if largest < LEAST:
        return 1.0
    step = 2.0 ** floor(log2(largest)) if binary else 10.0 ** floor(log10(largest))
    parts = (1, 1.25, 1.5, 1.75, 2) if binary else (1, 1.2, 1.5, 2, 2.5, 3, 4, 5, 6, 8, 10)
    return next(step * part for part in parts if step * part >= largest * (1 - LEAST))


def chart(
    series: Series, window: Window, width: int, height: int, *, limit: float = 0, top: float = 0, dots: Dots = BRAILLE
) -> Chart:
    """Return a chart of `width` by `height` cells that begins at zero. Without a `top`, it fits the values."""
    spans = series.spans(window, 2 * width)
    top = top or top_of(max((span[1] for span in spans if span), default=0), limit)
    levels = height * dots.rows
    masks = list(_masks(spans, top, levels))
    limit_row = height - 1 - _level(limit, top, levels) // dots.rows if 0 < limit <= top else None
    cells, size, full = dots.cells, dots.rows, (1 << dots.rows) - 1
    pairs = list(zip(masks[::2], masks[1::2], strict=True))
    rows = []
    for row in range(height):
        shift = (height - 1 - row) * size
        line = "".join([cells[(left >> shift & full) << size | right >> shift & full] for left, right in pairs])
        rows.append(line.replace(" ", dots.limit) if row == limit_row else line)
    return Chart(rows, limit_row, top)


def _masks(spans: Sequence[TimeRange | None], top: float, levels: int) -> Iterator[int]:
    """Yield the dots of each column as bits, the lowest first. Columns side by side are connected."""
    before: tuple[int, int] | None = None
    for span in spans:
        if span is None:
            before = None
            yield 0
            continue
        low, high = _level(span[0], top, levels), _level(span[1], top, levels)
        own = low, high
        if before is not None:
            low, high = min(low, before[1] + 1), max(high, before[0] - 1)
        before = own
        yield ((1 << (high - low + 1)) - 1) << low


def _level(value: float, top: float, levels: int) -> int:
    return max(0, min(levels - 1, round(value / top * (levels - 1))))


def axis(width: int, marks: Mapping[int, str], labels: Mapping[int, str], dots: Dots = BRAILLE) -> str:
    """Return the axis below a chart: marks by their columns, and labels where no mark is in the way."""
    cells = [dots.axis] * width
    for column, label in labels.items():
        begin = max(0, min(column, width - len(label)))
        place = range(begin, begin + len(label))
        if len(label) <= width and not any(cell in marks for cell in place):
            cells[begin : begin + len(label)] = label
    for column, mark in marks.items():
        if 0 <= column < width:
            cells[column] = mark
    return "".join(cells)
