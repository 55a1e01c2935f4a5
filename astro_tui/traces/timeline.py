"""When the spans of a trace ran: the critical path, the waits, and where bars are drawn."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import NamedTuple

from msgspec import Struct

from astro_tui.traces.tree import NOWHERE, TraceTree

LEAST_WAIT, LEAST_SHARE = 1_000_000, 0.05
"""The fewest microseconds of a wait that is folded, and the least share of the whole trace."""
FOLDED_SHARE = 0.03
"""The part of the axis that a folded wait keeps."""
EIGHTHS = " ▏▎▍▌▋▊▉█"
"""A cell that is filled from the left, by the number of its eighths."""


def critical_path(tree: TraceTree) -> dict[int, int]:
    """Return the positions of the spans on the critical path, each with the microseconds in which only it matters.

    It is found backward, from the span that finished last, and each span is clipped to the one around it. The times add
    up to the duration of the trace. `NOWHERE` has the time in which none of several outermost spans ran.
    """
    path: dict[int, int] = {}
    rest = [(NOWHERE, tree.start, tree.end)] if tree.spans else []
    while rest:
        position, low, high = rest.pop()
        own, now = 0, high
        for child, start, end in _last_first(tree, position, low, high):
            if end <= now and start < end:
                own += now - end
                now = start
                rest.append((child, start, end))
        if (own := own + now - low) or position != NOWHERE:
            path[position] = own
    return path


def _last_first(tree: TraceTree, position: int, low: int, high: int) -> list[tuple[int, int, int]]:
    """Return the spans directly below one, clipped to a window, the one that ends last first."""
    spans = tree.spans
    clipped = [(at, max(low, spans[at].start), min(high, spans[at].end)) for at in tree.children(position)]
    clipped.sort(key=lambda each: (each[2], spans[each[0]].end, -each[1]), reverse=True)
    return clipped


class Wait(NamedTuple):
    """A time in which no innermost span ran, in microseconds since 1970, and the position of the span after it."""

    start: int
    end: int
    before: int


def long_waits(tree: TraceTree) -> list[Wait]:
    """Return the waits that are more than twice as long as what runs before and after them."""
    spans = tree.spans
    leaves = [(span.start, span.end, at) for at, span in enumerate(spans) if span.stop == at + 1]
    busy: list[list[int]] = []
    for start, end, at in sorted(leaves):
        if busy and start <= busy[-1][1]:
            busy[-1][1] = max(busy[-1][1], end)
        else:
            busy.append([start, end, at])
    least = max(LEAST_WAIT, round((tree.end - tree.start) * LEAST_SHARE))
    return [
        Wait(before[1], after[0], after[2])
        for before, after in pairwise(busy)
        if tree.start <= before[1]
        and after[0] <= tree.end
        and after[0] - before[1] > max(least, 2 * (before[1] - before[0]), 2 * (after[1] - after[0]))
    ]


class Axis:
    """Places times between 0 and 1, with long waits folded to the same small width."""

    def __init__(self, start: int, end: int, waits: Sequence[Wait] = ()) -> None:
        folded = sum(wait.end - wait.start for wait in waits)
        kept = max(1, end - start - folded)
        width = kept * FOLDED_SHARE
        self._times, self._places = [start], [0.0]
        for wait in waits:
            for time, size in ((wait.start, float(wait.start - self._times[-1])), (wait.end, width)):
                self._places.append(self._places[-1] + size)
                self._times.append(time)
        self._times.append(max(end, self._times[-1] + 1))
        self._places.append(self._places[-1] + self._times[-1] - self._times[-2])

    def place(self, time: int) -> float:
        """Return where a time is."""
        at = min(max(bisect_right(self._times, time) - 1, 0), len(self._times) - 2)
        begin, end = self._times[at], self._times[at + 1]
        share = min(1.0, max(0.0, (time - begin) / max(1, end - begin)))
        low, high = self._places[at], self._places[at + 1]
        return (low + share * (high - low)) / self._places[-1]


class SpanBar(NamedTuple):
    """A bar of cells: how many are empty in front of it, its first cell if it is filled from the right, and the rest.

    `head` is drawn in reverse, because there are no characters for cells that are filled from the right.
    """

    offset: int
    head: str
    body: str


def bar_of(begin: float, end: float, cells: int, *, ascii_alone: bool = False) -> SpanBar:
    """Return the bar from `begin` to `end` (0 to 1) in eighths of a cell. It has at least one cell."""
    first, last = int(begin * cells * 8), -int(-end * cells * 8 // 1)
    last = min(max(last, first + 8), cells * 8)
    first = max(0, min(first, last - 8))
    offset, part = divmod(first, 8)
    if ascii_alone:
        return SpanBar(offset, "", "=" * max(1, round(last / 8) - offset))
    full, rest = divmod(last - (offset * 8 + 8 if part else offset * 8), 8)
    return SpanBar(offset, EIGHTHS[part] if part else "", EIGHTHS[8] * full + (EIGHTHS[rest] if rest else ""))


class Timeline(Struct):
    """What is known of the times of a trace: `waits` has the microseconds of the folded wait right before a span."""

    path: Mapping[int, int]
    waits: Mapping[int, int]
    axis: Axis


def timeline_of(tree: TraceTree) -> Timeline:
    """Return the critical path, the waits, and the axis of a trace."""
    waits = long_waits(tree)
    folded = {wait.before: wait.end - wait.start for wait in waits}
    return Timeline(critical_path(tree), folded, Axis(tree.start, tree.end, waits))
