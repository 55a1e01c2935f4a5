"""Ranges of a document's nodes down to one depth, counted and found by position."""

from __future__ import annotations

from array import array
from bisect import bisect_left, bisect_right
from itertools import accumulate
from typing import Protocol


class Blocks(Protocol):
    """A document divided into blocks of lines."""

    def block_of(self, offset: int) -> int:
        """Return the number of the block with the line at `offset`."""

    def level(self, limit: int, start: int, stop: int) -> array[int]:
        """Return the number of nodes no deeper than `limit` in each of the blocks `start` to `stop`."""

    def listed(self, block: int, limit: int) -> list[int]:
        """Return the nodes of a block down to depth `limit`, in order."""


class Span:
    """The nodes no deeper than `limit` in `text[start:stop]`, counted and found by position."""

    __slots__ = ("_before", "_block", "_document", "_prefix", "count", "limit", "start", "stop")

    def __init__(self, document: Blocks, start: int, stop: int, limit: int) -> None:
        self._document = document
        self.start, self.stop, self.limit = start, stop, limit
        self._block, self._before, self._prefix, self.count = 0, 0, [0], 0
        if start >= stop:
            return
        first, last = document.block_of(start), document.block_of(stop - 1)
        self._block = first
        listed = document.listed(first, limit)
        self._before = bisect_left(listed, start)
        if first == last:
            self.count = bisect_left(listed, stop) - self._before
            return
        self._prefix = [0, *accumulate(document.level(limit, first, last))]
        self.count = self._prefix[-1] + bisect_left(document.listed(last, limit), stop) - self._before

    def node(self, position: int) -> int:
        """Return the node at a position from 0, which must be less than `count`."""
        wanted = position + self._before
        block = bisect_right(self._prefix, wanted) - 1
        return self._document.listed(self._block + block, self.limit)[wanted - self._prefix[block]]

    def rank(self, node: int) -> int:
        """Return how many of the nodes are before `node`."""
        block = self._document.block_of(node)
        listed = self._document.listed(block, self.limit)
        return self._prefix[block - self._block] + bisect_left(listed, node) - self._before
