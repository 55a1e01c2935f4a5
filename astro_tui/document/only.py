"""Only some nodes of a document, with the containers they stand in: what is left of a tree around search hits."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable
from itertools import islice

from astro_tui.document.folds import Change
from astro_tui.document.index import ROOT, Document
from astro_tui.document.lines import Line

MOST = 50_000
"""More nodes than this are not kept: nobody reads them, and folding stays quick."""


class Only:
    """Stands in for `Folds` where only some nodes are shown. Containers that show something can be folded."""

    def __init__(self, document: Document, nodes: Iterable[int]) -> None:
        self.document = document
        wanted = iter(nodes)
        kept = dict.fromkeys(islice(wanted, MOST))
        self.truncated = next(wanted, None) is not None
        self._with_inside: set[int] = set()
        for node in list(kept):
            above = document.parent(node)
            while above != ROOT and above not in self._with_inside:
                self._with_inside.add(above)
                kept[above] = None
                above = document.parent(above)
        self._all = sorted(kept)
        self._closed: set[int] = set()
        self._show()

    def _show(self) -> None:
        self._rows: list[int] = []
        skip = -1
        for node in self._all:
            if node < skip:
                continue
            self._rows.append(node)
            if node in self._closed:
                skip = self.document.inside(self.document.line(node))[1]
        self.row_count = len(self._rows)

    def node(self, row: int) -> int:
        """Return the node on a visible row; raises `IndexError` where there is none."""
        if row < 0:
            raise IndexError(row)
        return self._rows[row]

    def row(self, node: int) -> int | None:
        """Return the visible row of a node, or None."""
        row = bisect_left(self._rows, node)
        return row if row < len(self._rows) and self._rows[row] == node else None

    def nearest_row(self, node: int) -> int:
        """Return the row of a node, or of the next container around it that has one, or else of what is near."""
        row = self.row(node)
        while row is None and node != ROOT:
            node = self.document.parent(node)
            row = self.row(node)
        return 0 if row is None else row

    def shows_inside(self, line: Line) -> bool:
        """Tell whether rows that stand in a container follow it."""
        return line.start in self._with_inside and line.start not in self._closed

    def apply(self, change: Change, node: int) -> None:
        """Fold or unfold a container that has something to show."""
        if node not in self._with_inside:
            return
        stop = self.document.inside(self.document.line(node))[1]
        below = {inner for inner in self._with_inside if node <= inner < stop}
        if change is Change.OPEN:
            self._closed.discard(node)
        elif change is Change.CLOSE:
            self._closed.add(node)
        elif change is Change.OPEN_BELOW:
            self._closed -= below
        elif change is Change.CLOSE_BELOW:
            self._closed |= below
        else:
            self._closed |= below - {node}
        self._show()

    def close_children(self, node: int) -> None:
        """Fold everything inside of a container."""
        if node == ROOT:
            self.to_depth(1)
        else:
            self.apply(Change.CLOSE_CHILDREN, node)

    def to_depth(self, depth: int) -> None:
        """Unfold the first levels and fold everything below."""
        self._closed = {node for node in self._with_inside if self.document.depth(node) >= depth}
        self._show()

    def show(self, node: int) -> None:
        """Unfold the containers around a node."""
        self._closed.difference_update(self.document.ancestors(node))
        self._show()
