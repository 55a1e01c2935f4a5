"""A view of only some nodes of a document, such as search hits, with the containers around them."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable
from itertools import islice

from astro_tui.document.folds import FoldChange
from astro_tui.document.index import ROOT, Document
from astro_tui.document.lines import DocumentLine

MOST = 50_000
"""The most nodes that are kept, so that folding stays fast."""


class Only:
    """Replaces `Folds` while only some nodes are visible. Containers with visible nodes can be folded.

    Creating it from many nodes takes a while, so create it in a thread. Do not share it afterward.
    """

    def __init__(self, document: Document, nodes: Iterable[int]) -> None:
        self.document = document
        wanted = iter(nodes)
        kept = dict.fromkeys(islice(wanted, MOST))
        self.truncated = next(wanted, None) is not None
        """Whether some nodes were dropped because there were too many."""
        around: set[int] = set()
        for node in list(kept):
            above = document.parent(node)
            while above != ROOT and above not in around:
                around.add(above)
                kept[above] = None
                above = document.parent(above)
        self._all = sorted(kept)
        self._depths: dict[int, int] = {}
        # Container → its index in `_all`, and the index after its last node.
        self._places: dict[int, tuple[int, int]] = {}
        open_now: list[tuple[int, int]] = []
        for place, node in enumerate(self._all):
            depth = document.depth(node)
            while open_now and self._depths[open_now[-1][0]] >= depth:
                above, begun = open_now.pop()
                self._places[above] = (begun, place)
            if node in around:
                self._depths[node] = depth
                open_now.append((node, place))
        for above, begun in open_now:
            self._places[above] = (begun, len(self._all))
        # Its keys are mostly in document order already, so sorting them is fast.
        self._closed: dict[int, None] = {}
        self._show()

    def _show(self) -> None:
        self._rows: list[int] = []
        done = 0
        for node in sorted(self._closed):
            place, behind = self._places[node]
            if place >= done:
                self._rows += self._all[done : place + 1]
                done = behind
        self._rows += self._all[done:]
        self.row_count = len(self._rows)

    def node(self, row: int) -> int:
        """Return the node on a visible row. Raises IndexError after the last row."""
        if row < 0:
            raise IndexError(row)
        return self._rows[row]

    def row(self, node: int) -> int | None:
        """Return the visible row of a node, or None."""
        row = bisect_left(self._rows, node)
        return row if row < len(self._rows) and self._rows[row] == node else None

    def nearest_row(self, node: int) -> int:
        """Return the row of a node, or of the closest container around it, or else of the closest node."""
        row = self.row(node)
        while row is None and node != ROOT:
            node = self.document.parent(node)
            row = self.row(node)
        return 0 if row is None else row

    def shows_inside(self, line: DocumentLine) -> bool:
        """Return whether a container is followed by rows of its children."""
        return line.start in self._places and line.start not in self._closed

    def apply(self, change: FoldChange, node: int) -> None:
        """Fold or unfold a container that has visible nodes."""
        if node not in self._places:
            return
        place, behind = self._places[node]
        if change is FoldChange.OPEN:
            self._closed.pop(node, None)
        elif change is FoldChange.CLOSE:
            self._closed[node] = None
        elif change is FoldChange.OPEN_BELOW:
            self._open(self._all[place:behind])
        else:
            first = place if change is FoldChange.CLOSE_BELOW else place + 1
            self._closed.update((inner, None) for inner in self._all[first:behind] if inner in self._places)
        self._show()

    def close_children(self, node: int) -> None:
        """Fold everything inside of a container."""
        if node == ROOT:
            self.to_depth(1)
        else:
            self.apply(FoldChange.CLOSE_CHILDREN, node)

    def to_depth(self, depth: int) -> None:
        """Unfold the first levels and fold everything below."""
        self._closed = {node: None for node, own in self._depths.items() if own >= depth}
        self._show()

    def show(self, node: int) -> None:
        """Unfold the containers around a node."""
        self._open(self.document.ancestors(node))
        self._show()

    def _open(self, nodes: Iterable[int]) -> None:
        for node in nodes:
            self._closed.pop(node, None)
