"""The immutable document: laid-out text and an index that finds any node at the speed of a C scan.

A node is identified by the byte offset at which its line starts. Lines that only close a container are not nodes.
The text is divided at line ends into blocks of about 2 KiB. The index has the number of nodes in each block; counts
of nodes down to a given depth are made per block on first use.
"""

from __future__ import annotations

import re
from array import array
from bisect import bisect_left, bisect_right
from functools import cache
from hashlib import blake2b
from itertools import accumulate
from typing import Protocol, TypeVar
from weakref import WeakValueDictionary

from astro_tui.document.lines import DocumentLine, read_line
from astro_tui.document.secret_keys import without_secret_keys
from astro_tui.document.text import MAX_DEPTH, lay_out, lay_out_start


class Blocks(Protocol):
    """A document divided into blocks of lines."""

    def block_of(self, offset: int) -> int:
        """Return the number of the block with the line at `offset`."""

    def level(self, limit: int, start: int, stop: int) -> array[int]:
        """Return the number of nodes no deeper than `limit` in each of the blocks `start` to `stop`."""

    def listed(self, block: int, limit: int) -> list[int]:
        """Return the nodes of a block down to depth `limit`, in order."""


class NodeRange:
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


ALL = 1 << 30
"""A depth greater than that of any document; selects all nodes."""

ROOT = 0
"""The node for the whole document."""

Value = TypeVar("Value")

_BLOCK = 2048
_MARGIN = 1024
"""More bytes than any line has before its key or value."""
_LONG = 1 << 16
"""Lines of at least this many bytes are cached, because finding the end of their key takes time."""
_CACHED_BLOCKS = 512
_CACHED_NODES = 8192
_CACHED_LONG = 4
_SHARED = 1 << 20
"""Documents of at least this many bytes are shared: parsing the same text again returns the same document."""
_NEAR = 1 << 14
_WINDOW = 2048
_DEEPEST = 255
# To find closing lines at any depth, their first bytes are enough. Fewer bytes are counted faster.
_NO_START = bytes(set(range(256)) - set(b'\n}]{["'))
_ALIKE = bytes.maketrans(b"][", b"}{")


_shared: WeakValueDictionary[bytes, Document] = WeakValueDictionary()


class Document:
    """A JSON document of any size. It never changes, so views, threads, and screens can share it.

    `text` is the laid-out text (one space per level, UTF-8). `first` and `last` are where the lines inside of the root
    container start and end (both 0 if the root is a scalar or empty). `lines` has the line of each node in the source,
    if the source is not this text. `cut` is set if the text is only the start of a document that is still being read:
    containers that end at or after this offset are incomplete.
    """

    def __init__(self, text: bytes, lines: array[int] | None = None, cut: int | None = None) -> None:
        whole = len(text)
        text, self.secret_keys = without_secret_keys(text)
        """Each key that was replaced because it is a secret → the original, both quoted."""
        cut = cut if cut is None else cut + len(text) - whole
        self.text = text
        self.cut = cut
        self._written = lines
        self.root = read_line(text, ROOT)
        self.first, self.last = (2, len(text) - 1) if self.root.opens else (0, 0)
        self._starts = array("Q", [self.first])
        self._nodes = array("l")
        self._line_numbers = array("l", [1])
        self._shallow: bytes | None = None
        self._ranks: array[int] | None = None
        self._levels: dict[int, array[int]] = {}
        self._listed: dict[tuple[int, int], list[int]] = {}
        self._ends: dict[int, int] = {}
        self._parents: dict[int, tuple[int, int]] = {}
        self._ordinals: dict[int, tuple[int, int]] = {}
        self._counts: dict[int, int] = {}
        self._long_lines: dict[int, DocumentLine] = {}
        self.forms: dict[int, str | None] = {}
        """Long value → why its form is secret. A cache of `Masking`, because scanning takes time."""
        self._index()
        self.node_count = sum(self._nodes) + 1

    @classmethod
    def parse(cls, raw: bytes, max_depth: int = MAX_DEPTH, *, lines: array[int] | None = None) -> Document:
        """Return the document in `raw`. Large documents are shared.

        Parsing a large text, or its laid-out form, again returns the same object. Raises DocumentError with the
        position in `raw` if it is not JSON, and `too_deep` if it is nested deeper than `max_depth`.
        """
        if len(raw) < _SHARED or lines is not None or max_depth != MAX_DEPTH:
            return cls(lay_out(raw, max_depth), lines)
        digest = _digest(raw)
        document = _shared.get(digest)
        if document is None:
            document = _shared[digest] = cls(lay_out(raw, max_depth))
            _shared[_digest(document.text)] = document
        return document

    @classmethod
    def parse_start(cls, head: bytes) -> Document | None:
        """Return the document in the first bytes of a JSON text, or None if that is not possible.

        Takes about 2 ms for 256 KiB.
        """
        laid_out = lay_out_start(head)
        return cls(laid_out[0], cut=laid_out[1]) if laid_out is not None else None

    def incomplete(self, line: DocumentLine) -> bool:
        """Return whether a container continues after the part of the text that has been read."""
        return self.cut is not None and line.opens and self.inside(line)[1] >= self.cut

    def _index(self) -> None:
        text, last = self.text, self.last
        start, lines = self.first, 1
        while start < last:
            stop = start + _BLOCK
            stop = last if stop >= last else text.find(b"\n", stop - 1, last) + 1 or last
            # After that, a block contains only the rest of its last line.
            reach = min(stop - 1, start + _BLOCK + _MARGIN)
            squeezed = text[start - 1 : reach].translate(_ALIKE, _NO_START)
            broken = squeezed.count(b"\n")
            self._nodes.append(broken - squeezed.count(b"\n}"))
            lines += broken
            self._line_numbers.append(lines)
            self._starts.append(stop)
            start = stop

    # ------------------------------------------------------------------------------------------- counting

    def _reach(self, block: int) -> int:
        """Return the end of the part of a block in which lines start. The rest belongs to its last line."""
        return min(self._starts[block + 1], self._starts[block] + _BLOCK + _MARGIN)

    def block_of(self, offset: int) -> int:
        """Return the number of the block with the line at `offset`."""
        return min(bisect_right(self._starts, offset) - 1, len(self._nodes) - 1)

    @property
    def shallowest(self) -> bytes:
        """The smallest depth of a line in each block, including closing lines, at most 255.

        Used to find the end of a large container, and the blocks without a given level, without reading the text.
        """
        if self._shallow is None:
            count, seen, starts, lines = self.text.count, self.text.find, self._starts, self._line_numbers
            pads = [b"\n" + b" " * depth for depth in range(_DEEPEST + 2)]
            depth, depths = 1, bytearray(len(self._nodes))
            for block in range(len(self._nodes)):
                start, stop, number = starts[block] - 1, self._reach(block) - 1, lines[block + 1] - lines[block]
                # Adjacent blocks mostly have the same depth. One count and one search confirm that.
                pad = pads[depth]
                if count(pad, start, stop) != number:
                    depth -= 1
                    while depth and count(pads[depth], start, stop) != number:
                        depth -= 1
                elif seen(pad + b"}", start, stop) < 0 and seen(pad + b'"', start, stop) < 0:
                    while depth < _DEEPEST and count(pads[depth + 1], start, stop) == number:
                        depth += 1
                depths[block] = depth
            self._shallow = bytes(depths)
        return self._shallow

    def level(self, limit: int, start: int, stop: int) -> array[int]:
        """Return the number of nodes no deeper than `limit` in each of the blocks `start` to `stop`."""
        if limit >= ALL:
            return self._nodes[start:stop]
        counts = self._levels.get(limit)
        if counts is None:
            fresh = array("l", [0 if depth > limit else -1 for depth in self.shallowest])
            counts = self._levels.setdefault(limit, fresh)
        pad = b" " * (limit + 1)
        # A node's line follows a comma or an opening bracket. A closing line never does.
        comma, brace, bracket = b",\n" + pad, b"{\n" + pad, b"[\n" + pad
        count, starts, nodes = self.text.count, self._starts, self._nodes
        for block in range(start, stop):
            if counts[block] < 0:
                begin, end = starts[block] - 2, self._reach(block)
                deeper = count(comma, begin, end) + count(brace, begin, end) + count(bracket, begin, end)
                counts[block] = nodes[block] - deeper
        return counts[start:stop]

    def listed(self, block: int, limit: int) -> list[int]:
        """Return the nodes of a block down to depth `limit`, in order."""
        nodes = self._listed.get((block, limit))
        if nodes is None:
            if len(self._listed) >= _CACHED_BLOCKS:
                self._listed.clear()
            depth = b"++" if limit >= ALL else b"{1,%d}+" % limit
            pattern = re.compile(rb"\n " + depth + rb"[^ }\]]")
            start, stop = self._starts[block], self._reach(block)
            nodes = [match.start() + 1 for match in pattern.finditer(self.text, start - 1, stop - 1)]
            self._listed[block, limit] = nodes
        return nodes

    # ---------------------------------------------------------------------------------------- structure

    def line(self, node: int) -> DocumentLine:
        """Return the line of a node."""
        line = self._long_lines.get(node)
        if line is None:
            line = read_line(self.text, node)
            if line.value - node > _LONG:
                if len(self._long_lines) >= _CACHED_LONG:
                    self._long_lines.clear()
                self._long_lines[node] = line
        return line

    def depth(self, node: int) -> int:
        """Return the number of containers around a node (0 for the root)."""
        text = self.text
        end = node
        while text[end] == 0x20:
            end += 1
        return end - node

    def inside(self, line: DocumentLine) -> tuple[int, int]:
        """Return where the lines inside of a container start and where its closing line starts."""
        start = line.start
        if start == ROOT:
            return self.first, self.last
        end = self._ends.get(start)
        if end is None:
            end = self._end(line)
            _remember(self._ends, start, end)
        return line.following, end

    def _end(self, line: DocumentLine) -> int:
        """Return where the line that closes a container starts."""
        text, depth = self.text, line.depth
        closer = b"\n" + b" " * depth + (b"}" if text[line.value] == 0x7B else b"]")
        end = text.find(closer, line.stop, line.stop + _NEAR) + 1
        if not end and depth < _DEEPEST:
            # The next line that is no deeper closes the container. One in the same block would have been found above.
            place = _up_to(depth).search(self.shallowest, self.block_of(line.following - 1) + 1)
            end = text.find(closer, self._starts[place.start()] - 1) + 1 if place is not None else 0
        return end or text.find(closer, line.stop) + 1

    def parent(self, node: int) -> int:
        """Return the container of a node. For the root and its children, that is `ROOT`."""
        depth = self.depth(node)
        if depth <= 1:
            return ROOT
        cached = self._parents.get(depth)
        if cached is not None and cached[0] < node < cached[1]:
            return cached[0]
        above = self.opener_before(node, depth - 1)
        self._parents[depth] = (above, self.inside(self.line(above))[1])
        return above

    def opener_before(self, node: int, depth: int) -> int:
        """Return the last node at `depth` before `node`, which is the container around `node`."""
        pad = b"\n" + b" " * depth
        text, stop, window = self.text, node, _WINDOW
        while stop > 0:
            start = max(0, stop - window)
            place = -1
            for mark in (b'"', b"{", b"["):
                place = max(place, text.rfind(pad + mark, max(start, place), stop))
            if place >= 0:
                return place + 1
            if window > _NEAR and depth < _DEEPEST:
                start = self._behind_shallow(start, depth)
            stop, window = start + len(pad) + 1 if start else 0, window * 4
        return ROOT

    def _behind_shallow(self, offset: int, depth: int) -> int:
        """Return the end of the last block, up to the one of `offset`, with a line no deeper than `depth`."""
        shallowest, block = self.shallowest, self.block_of(max(offset, self.first))
        while block >= 0 and shallowest[block] > depth:
            block -= 1
        return min(offset, self._starts[block + 1]) if block >= 0 else 0

    def ancestors(self, node: int) -> list[int]:
        """Return the containers around a node, outermost first, without the root."""
        chain = []
        above = self.parent(node)
        while above != ROOT:
            chain.append(above)
            above = self.parent(above)
        chain.reverse()
        return chain

    def children(self, node: int) -> int:
        """Return the number of children of a container."""
        line = self.line(node)
        if not line.opens:
            return 0
        count = self._counts.get(node)
        if count is None:
            start, stop = self.inside(line)
            count = NodeRange(self, start, stop, line.depth + 1).count
            _remember(self._counts, node, count)
        return count

    def ordinal(self, node: int) -> int:
        """Return the position of a node among its siblings, from 0."""
        above = self.parent(node)
        line = self.line(above)
        depth = line.depth + 1
        start, _stop = self.inside(line)
        anchor, position = self._ordinals.get(above, (start, 0))
        if node < anchor and anchor - node < node - start:
            position -= NodeRange(self, node, anchor, depth).count
        elif node < anchor:
            position = NodeRange(self, start, node, depth).count
        elif node > anchor:
            position += NodeRange(self, anchor, node, depth).count
        _remember(self._ordinals, above, (node, position))
        return position

    def child_at(self, node: int, position: int) -> int | None:
        """Return the child of a container at a position from 0, or None."""
        line = self.line(node)
        if not line.opens or position < 0:
            return None
        span = NodeRange(self, *self.inside(line), line.depth + 1)
        return span.node(position) if position < span.count else None

    def line_number(self, node: int) -> int:
        """Return the number of the node's line in the laid-out text, from 1."""
        if node < self.first or not self._nodes:
            return 1
        block = self.block_of(node)
        return self._line_numbers[block] + 1 + self.text.count(b"\n", self._starts[block], node)

    def written_line(self, node: int) -> int:
        """Return the line of a node, from 1, in the file it comes from, or else in the laid-out text."""
        if self._written is None:
            return self.line_number(node)
        if node == ROOT:
            return self._written[0]
        block = self.block_of(node)
        if self._ranks is None:
            self._ranks = array("l", accumulate(self._nodes, initial=1))
        return self._written[self._ranks[block] + bisect_left(self.listed(block, ALL), node)]

    @property
    def line_count(self) -> int:
        """The number of lines of the laid-out text."""
        return self._line_numbers[-1] + 1 if self._nodes else 1

    def line_start(self, number: int) -> int:
        """Return the byte offset of line `number` of the laid-out text, counted from 1."""
        block = min(max(bisect_left(self._line_numbers, number) - 1, 0), len(self._nodes) - 1)
        if number <= 1 or block < 0:
            return ROOT
        start = self._starts[block]
        for _line in range(number - self._line_numbers[block] - 1):
            start = self.text.find(b"\n", start) + 1
            if not start or start >= self.last:
                return self.last
        return start

    def node_at_line(self, number: int) -> int:
        """Return the node on line `number` of the laid-out text, or the container that this line closes."""
        start = self.line_start(number)
        if start >= self.last:
            return ROOT
        depth = self.depth(start)
        return self.opener_before(start, depth) if self.text[start + depth] in b"}]" else start


def _digest(text: bytes) -> bytes:
    return blake2b(text, digest_size=32).digest()


@cache
def _up_to(depth: int) -> re.Pattern[bytes]:
    return re.compile(b"[\\x00-\\x%02x]" % depth)


def _remember(cache: dict[int, Value], key: int, value: Value) -> None:
    if len(cache) >= _CACHED_NODES:
        cache.clear()
    cache[key] = value
