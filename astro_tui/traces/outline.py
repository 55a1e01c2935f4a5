"""The visible rows of a trace, for a list that folds them on key presses.

Rows count from 0. Every method that can change the rows returns the new row of the cursor.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from astro_tui.traces.tree import NOWHERE, TraceTree

MANY = 1000
"""The most rows that are unfolded at first."""


class SpanRow(NamedTuple):
    """A visible row: the position of its span, and whether something below it can be folded, and is."""

    node: int
    opens: bool
    folded: bool


class TraceOutline:
    """A trace with its folds. At first, as many levels are open as there is room for `MANY` rows."""

    def __init__(self, tree: TraceTree) -> None:
        self.tree = tree
        self._spans = tree.spans
        self._folded = bytearray(len(self._spans))
        self._rows: Sequence[int] = ()
        self.fold_to_depth(self._first_depth(), 0)

    def _first_depth(self) -> int:
        counts: dict[int, int] = {}
        for span in self._spans:
            counts[span.depth] = counts.get(span.depth, 0) + 1
        rows = depth = 0
        while depth in counts and (rows := rows + counts[depth]) <= MANY:
            depth += 1
        return max(1, depth)

    def _lay_out(self, node: int = 0) -> int:
        """Make the rows again, and return the row of a span."""
        spans, folded, rows = self._spans, self._folded, list[int]()
        if not any(folded):
            rows = list(range(len(spans)))
        else:
            at = 0
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

    def _row_if_shown(self, node: int) -> int | None:
        row = self.row_of(node)
        return row if 0 <= node < len(self._spans) and self._rows[row] == node else None

    def parent(self, row: int) -> int | None:
        """Return the row of the span around a row, or None at the top."""
        return self._row_if_shown(self._spans[self._rows[row]].parent)

    def first_child(self, row: int) -> int | None:
        """Return the row of the first span below an unfolded one, or None."""
        here = self.row(row)
        return row + 1 if here.opens and not here.folded else None

    def next_sibling(self, row: int) -> int | None:
        """Return the row of the next span in the same one, or None."""
        node = self._rows[row]
        after = self._row_if_shown(self._spans[node].stop)
        return after if after is not None and self._depth(after) == self._depth(row) else None

    def previous_sibling(self, row: int) -> int | None:
        """Return the row of the previous span in the same one, or None."""
        depth = self._depth(row)
        before = next((at for at in range(row - 1, -1, -1) if self._depth(at) <= depth), None)
        return before if before is not None and self._depth(before) == depth else None

    def _depth(self, row: int) -> int:
        return self._spans[self._rows[row]].depth

    # ---- folding

    def toggle(self, row: int) -> int:
        """Fold or unfold a row."""
        return self._set(row, folded=not self.row(row).folded)

    def fold(self, row: int) -> int:
        """Fold a row."""
        return self._set(row, folded=True)

    def unfold(self, row: int) -> int:
        """Unfold a row, with the folds that it had inside."""
        return self._set(row, folded=False)

    def _set(self, row: int, *, folded: bool) -> int:
        node = self._rows[row]
        self._folded[node] = folded and self._spans[node].stop > node + 1
        return self._lay_out(node)

    def fold_all_below(self, row: int) -> int:
        """Fold a row and everything below it."""
        node = self._rows[row]
        return self._set_below(node, self._spans[node].stop, node, folded=True)

    def unfold_all_below(self, row: int) -> int:
        """Unfold a row and everything below it."""
        node = self._rows[row]
        return self._set_below(node, self._spans[node].stop, node, folded=False)

    def fold_siblings(self, row: int) -> int:
        """Fold a row, its siblings, and everything below them."""
        node = self._rows[row]
        parent = self._spans[node].parent
        stop = len(self._spans) if parent == NOWHERE else self._spans[parent].stop
        return self._set_below(parent + 1, stop, node, folded=True)

    def _set_below(self, start: int, stop: int, node: int, *, folded: bool) -> int:
        for at in range(start, stop):
            self._folded[at] = folded and self._spans[at].stop > at + 1
        return self._lay_out(node)

    def expand_all(self, row: int = 0) -> int:
        """Unfold everything."""
        self._folded = bytearray(len(self._spans))
        return self._lay_out(self._rows[row] if self._rows else 0)

    def collapse_all(self, row: int = 0) -> int:
        """Fold everything down to the outermost spans."""
        return self.fold_to_depth(1, row)

    def fold_to_depth(self, depth: int, row: int = 0) -> int:
        """Show `depth` levels (1 for the outermost spans) and fold everything below."""
        node = self._rows[row] if self._rows else 0
        for at, span in enumerate(self._spans):
            self._folded[at] = span.depth >= depth - 1 and span.stop > at + 1
        return self._lay_out(node)

    def show(self, node: int) -> int:
        """Unfold the spans around one, and return its row."""
        for above in self._above(node):
            self._folded[above] = False
        return self._lay_out(node)

    def _above(self, node: int) -> Iterator[int]:
        while (node := self._spans[node].parent) != NOWHERE:
            yield node
