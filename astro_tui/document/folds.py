"""Which nodes of a document are open, as a short list of text ranges that are each visible down to one depth.

The visible rows are a sequence of spans. A closed container is a gap between two spans. The spans inside of it are
kept in `_inner`, so that opening it again restores what was open. The list grows by at most two spans per fold, and
opening or closing everything reduces it to one span.
"""

from __future__ import annotations

from bisect import bisect_right
from enum import StrEnum
from itertools import accumulate

from astro_tui.document.index import ALL, ROOT, Document, NodeRange
from astro_tui.document.lines import DocumentLine

_KEPT_CHANGES = 4000


class FoldChange(StrEnum):
    """The changes to one container. The last three apply to everything below it."""

    CLOSE = "close"
    OPEN = "open"
    CLOSE_BELOW = "close below"
    OPEN_BELOW = "open below"
    CLOSE_CHILDREN = "close children"


_DEEP = frozenset({FoldChange.CLOSE_BELOW, FoldChange.OPEN_BELOW, FoldChange.CLOSE_CHILDREN})


class Folds:
    """The open and closed containers of one view of a document, and the resulting rows.

    At first, `depth` levels are open. With 1, the children of the root are visible, and all are closed.
    """

    def __init__(self, document: Document, depth: int = 1) -> None:
        self.document = document
        self.spans: list[NodeRange] = []
        self.to_depth(depth)

    # ---------------------------------------------------------------------------------------- row and node

    def node(self, row: int) -> int:
        """Return the node on a visible row. Raises IndexError after the last row."""
        if not 0 <= row < self.row_count:
            raise IndexError(row)
        number = bisect_right(self._firsts, row) - 1
        return self.spans[number].node(row - self._firsts[number])

    def row(self, node: int) -> int | None:
        """Return the visible row of a node, or None if a closed container hides it."""
        number = _covering(self.spans, node)
        if number is None or self.document.depth(node) > self.spans[number].limit:
            return None
        return self._firsts[number] + self.spans[number].rank(node)

    def nearest_row(self, node: int) -> int:
        """Return the row of a node, or of the closed container that hides it."""
        row = self.row(node)
        if row is None:
            hidden_in = [self.row(above) for above in self.document.ancestors(node)]
            row = next((above for above in reversed(hidden_in) if above is not None), 0)
        return row

    def is_open(self, line: DocumentLine) -> bool:
        """Return whether a container is open, visible or not."""
        return line.opens and _shows(self._home(line.start), self.document.inside(line)[0], line.depth + 1)

    def shows_inside(self, line: DocumentLine) -> bool:
        """Return whether a visible container is open. Faster than `is_open`."""
        return line.opens and _shows(self.spans, line.following, line.depth + 1)

    # -------------------------------------------------------------------------------------------- changing

    def to_depth(self, depth: int) -> None:
        """Open the first `depth` levels and close everything below, or open everything (`ALL`)."""
        self.base = max(1, depth)
        self.changes: dict[tuple[int, FoldChange], None] = {}
        self._inner: dict[int, list[NodeRange]] = {}
        document = self.document
        span = NodeRange(document, document.first, document.last, self.base)
        self._set_rows([span] if span.count else [])

    def apply(self, change: FoldChange, node: int) -> None:
        """Change one container, visible or not. Does nothing for scalars and empty containers."""
        line = self.document.line(node)
        if node == ROOT or not line.opens:
            return
        start, stop = self.document.inside(line)
        if change in _DEEP:
            closed_in = [key for key in self._inner if node <= key < stop]
            if change is FoldChange.CLOSE_CHILDREN:
                closed_in = [key for key in closed_in if key != node]
            for key in closed_in:
                del self._inner[key]
            self._forget_changes(node, stop, itself=change is not FoldChange.CLOSE_CHILDREN)
        self._in_home(change, line, start, stop)
        self._note(change, node)

    def _in_home(self, change: FoldChange, line: DocumentLine, start: int, stop: int) -> None:
        node = line.start
        home = self._home(node)
        opened = _shows(home, start, line.depth + 1)
        if change is FoldChange.CLOSE_CHILDREN and not opened:
            self._inner[node] = [NodeRange(self.document, start, stop, line.depth + 1)]
            return
        if (change is FoldChange.OPEN) is opened and change in (
            FoldChange.CLOSE,
            FoldChange.OPEN,
            FoldChange.CLOSE_BELOW,
        ):
            return
        before, within, after = self._cut(home, start, stop)
        if change is FoldChange.CLOSE:
            self._inner[node] = within
            within = []
        elif change is FoldChange.OPEN:
            within = self._inner.pop(node, []) or [NodeRange(self.document, start, stop, line.depth + 1)]
        elif change is FoldChange.CLOSE_BELOW:
            within = []
        else:
            limit = ALL if change is FoldChange.OPEN_BELOW else line.depth + 1
            within = [NodeRange(self.document, start, stop, limit)]
        self._put(home, self._joined([*before, *within, *after]))

    def close_children(self, node: int) -> None:
        """Close every container directly inside of `node`, and everything below them."""
        if node == ROOT:
            self.to_depth(1)
        else:
            self.apply(FoldChange.CLOSE_CHILDREN, node)

    def show(self, node: int) -> None:
        """Open the containers around a node, so that it is visible."""
        for above in self.document.ancestors(node):
            self.apply(FoldChange.OPEN, above)

    # --------------------------------------------------------------------------------------------- private

    def _set_rows(self, spans: list[NodeRange]) -> None:
        self.spans = spans
        *self._firsts, self.row_count = accumulate((span.count for span in spans), initial=0)
        if not self.document.root.opens:
            self.row_count = 1
            self._firsts = [0]
            self.spans = [_WholeDocument(self.document, 0, 0, ALL)]

    def _home(self, node: int) -> list[NodeRange]:
        """Return the list of spans that contains a node: the visible one, or the one of a closed container."""
        home = self.spans
        if self.row(node) is not None:
            return home
        for above in self.document.ancestors(node):
            line = self.document.line(above)
            start, stop = self.document.inside(line)
            if not _shows(home, start, line.depth + 1):
                fresh = [NodeRange(self.document, start, stop, line.depth + 1)]
                home = self._inner.setdefault(above, fresh)
        return home

    def _put(self, home: list[NodeRange], spans: list[NodeRange]) -> None:
        if home is self.spans:
            self._set_rows(spans)
        else:
            home[:] = spans

    def _cut(
        self, spans: list[NodeRange], start: int, stop: int
    ) -> tuple[list[NodeRange], list[NodeRange], list[NodeRange]]:
        """Return the spans before, inside, and after a range. Spans that cross its ends are split."""
        before, within, after = [], [], []
        for span in spans:
            if span.stop <= start:
                before.append(span)
            elif span.start >= stop:
                after.append(span)
            elif start <= span.start and span.stop <= stop:
                within.append(span)
            else:
                pieces = (
                    (before, span.start, start),
                    (within, max(span.start, start), min(span.stop, stop)),
                    (after, stop, span.stop),
                )
                for side, begin, end in pieces:
                    if begin < end:
                        side.append(NodeRange(self.document, begin, end, span.limit))
        return before, within, after

    def _joined(self, spans: list[NodeRange]) -> list[NodeRange]:
        joined: list[NodeRange] = []
        for span in spans:
            if not span.count:
                continue
            if joined and joined[-1].stop == span.start and joined[-1].limit == span.limit:
                joined[-1] = NodeRange(self.document, joined[-1].start, span.stop, span.limit)
            else:
                joined.append(span)
        return joined

    def _note(self, change: FoldChange, node: int) -> None:
        """Record a change, replacing those that it overrides, so that it can be repeated on a newer document."""
        if change is not FoldChange.CLOSE_CHILDREN:
            self.changes.pop((node, FoldChange.CLOSE), None)
            self.changes.pop((node, FoldChange.OPEN), None)
        self.changes.pop((node, change), None)
        self.changes[node, change] = None
        if len(self.changes) > _KEPT_CHANGES:
            self.changes.pop(next(iter(self.changes)))

    def _forget_changes(self, node: int, stop: int, *, itself: bool) -> None:
        first = node if itself else node + 1
        self.changes = {key: None for key in self.changes if not first <= key[0] < stop}


class _WholeDocument(NodeRange):
    """The only row of a document that is a scalar or an empty container."""

    __slots__ = ()

    def __init__(self, document: Document, start: int, stop: int, limit: int) -> None:
        super().__init__(document, start, stop, limit)
        self.stop, self.count = 1, 1

    def node(self, position: int) -> int:
        return position

    def rank(self, node: int) -> int:
        return node


def _covering(spans: list[NodeRange], node: int) -> int | None:
    number = bisect_right(spans, node, key=_start) - 1
    return number if number >= 0 and node < spans[number].stop else None


def _start(span: NodeRange) -> int:
    return span.start


def _shows(spans: list[NodeRange], first: int, depth: int) -> bool:
    number = _covering(spans, first)
    return number is not None and spans[number].limit >= depth
