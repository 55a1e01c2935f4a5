"""A trace with everything that is found in it, and its visible rows, for a list that folds them on key presses."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Sequence
from itertools import pairwise
from typing import NamedTuple

from msgspec import Struct

from astro_tui.document.foldable import Foldable
from astro_tui.platform.models import TraceHead
from astro_tui.platform.observations import Observation
from astro_tui.traces.attributes import Calls, repeated_calls
from astro_tui.traces.timeline import Timeline, timeline_of
from astro_tui.traces.tree import NOWHERE, TraceTree, build

MANY = 1000
"""The most rows that are unfolded at first."""
CUT_OFF = (99, 100)
"""How many observations, without a root, the newest 100 of a longer trace are: one may be missing, too."""


class SpanRow(NamedTuple):
    """A visible row: the position of its span, and whether something below it can be folded, and is."""

    node: int
    opens: bool
    folded: bool


class Trace(Struct, frozen=True):
    """A trace with its tree and its times, and what takes long to find in a large one.

    `causes` has the positions of the spans that did not just pass on an error, and `repeated` the calls of each
    tool that was called several times. With `partial`, the server left out the oldest spans.
    """

    head: TraceHead
    tree: TraceTree
    timeline: Timeline
    causes: Sequence[int]
    repeated: Sequence[Calls]
    partial: bool = False

    @classmethod
    def of(cls, head: TraceHead, observations: Iterable[Observation] = (), root: Observation | None = None) -> Trace:
        """Return a trace with everything that is found in it. A `root` was requested alone."""
        sent = list(observations)
        tree = build(sent if root is None else [*sent, root])
        causes = [position for position, span in enumerate(tree.spans) if span.errors == 1 and span.failed]
        partial = len(sent) in CUT_OFF and all(each.parent_id for each in sent)
        return cls(head, tree, timeline_of(tree), causes, repeated_calls(tree), partial)

    @property
    def began(self) -> int | None:
        """When its earliest span began, in microseconds since 1970; None if that is not known."""
        starts = [span.start for span in self.tree.spans if span.start]
        return min(starts) if starts and (self.tree.rooted or not self.partial) else None

    @property
    def duration(self) -> int | None:
        """How long it took, in microseconds; None if that is not known."""
        if self.partial:
            return None
        spans = self.tree.end - self.tree.start
        return (spans if self.tree.rooted else max(spans, round((self.head.latency_ms or 0) * 1000))) or None


class TraceOutline(Foldable[SpanRow]):
    """A trace with its folds. At first, as many levels are open as there is room for `MANY` rows."""

    def __init__(self, trace: Trace) -> None:
        self.trace, self.tree = trace, trace.tree
        self._spans = trace.tree.spans
        self._folded = bytearray(len(self._spans))
        self._rows: Sequence[int] = ()
        self.fold_to_depth(self._first_depth())

    def _first_depth(self) -> int:
        counts: dict[int, int] = {}
        for span in self._spans:
            counts[span.depth] = counts.get(span.depth, 0) + 1
        rows = depth = 0
        while depth in counts and (rows := rows + counts[depth]) <= MANY:
            depth += 1
        return max(1, depth)

    def _lay_out(self, node: int) -> int:
        """Make the rows again, and return the row of a span."""
        spans, folded, rows, at = self._spans, self._folded, list[int](), 0
        if not any(folded):
            rows = list(range(len(spans)))
            at = len(rows)
        while at < len(spans):
            rows.append(at)
            at = spans[at].stop if folded[at] else at + 1
        self._rows = rows
        return self.row_of(node)

    # ---- reading

    @property
    def row_count(self) -> int:
        """The number of visible rows."""
        return len(self._rows)

    def row(self, row: int) -> SpanRow:
        """Return a visible row. Raises IndexError after the last row."""
        node = self._rows[row]
        return SpanRow(node, self._spans[node].stop > node + 1, bool(self._folded[node]))

    def row_of(self, node: int) -> int:
        """Return the row of a span, or of the folded one that hides it."""
        return max(0, bisect_right(self._rows, node) - 1)

    def _around(self, row: int) -> int:
        return self._spans[self._rows[row]].parent

    def parent(self, row: int) -> int | None:
        """Return the row of the span around a row, or None at the top."""
        parent = self._around(row)
        return self.row_of(parent) if parent != NOWHERE else None

    def next_sibling(self, row: int) -> int | None:
        """Return the row of the next span in the same one, or None."""
        after = self._spans[self._rows[row]].stop
        return self.row_of(after) if after < self.tree.stop(self._around(row)) else None

    def previous_sibling(self, row: int) -> int | None:
        """Return the row of the previous span in the same one, or None."""
        node, siblings = self._rows[row], self.tree.children(self._around(row))
        return next((self.row_of(before) for before, after in pairwise(siblings) if after == node), None)

    # ---- folding

    def _set(self, start: int, stop: int, row: int, *, folded: bool) -> int:
        for at in range(start, stop):
            self._folded[at] = folded and self._spans[at].stop > at + 1
        return self._lay_out(self._rows[row])

    def fold(self, row: int) -> int:
        """Fold a row. Unfolding it later restores the folds inside of it."""
        return self._set(self._rows[row], self._rows[row] + 1, row, folded=True)

    def unfold(self, row: int) -> int:
        """Unfold a row with the folds it had inside before."""
        return self._set(self._rows[row], self._rows[row] + 1, row, folded=False)

    def fold_all_below(self, row: int) -> int:
        """Fold a row and everything below it."""
        return self._set(self._rows[row], self.tree.stop(self._rows[row]), row, folded=True)

    def unfold_all_below(self, row: int) -> int:
        """Unfold a row and everything below it."""
        return self._set(self._rows[row], self.tree.stop(self._rows[row]), row, folded=False)

    def fold_siblings(self, row: int) -> int:
        """Fold a row, its siblings, and everything below them."""
        return self._set(self._around(row) + 1, self.tree.stop(self._around(row)), row, folded=True)

    def fold_to_depth(self, depth: int, row: int = 0) -> int:
        """Show `depth` levels (1 for the outermost spans) and fold everything below."""
        for at, span in enumerate(self._spans):
            self._folded[at] = span.depth >= depth - 1 and span.stop > at + 1
        return self._lay_out(self._rows[row] if self._rows else 0)

    def show(self, node: int) -> int:
        """Unfold the spans around one, and return its row."""
        above = self._spans[node].parent
        while above != NOWHERE:
            self._folded[above] = False
            above = self._spans[above].parent
        return self._lay_out(node)
