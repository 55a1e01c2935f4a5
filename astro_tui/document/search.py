"""Searches the decoded keys and values of a document at the speed of a C scan, in batches that can be interrupted.

Laid-out text has exactly one form for every string. The needle is searched for in that form, and only the matching
lines are decoded. Masked values are not searched.
"""

from __future__ import annotations

import re
from array import array
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterator
from time import perf_counter
from typing import TYPE_CHECKING

from astro_tui.document.index import ROOT, Document
from astro_tui.document.lines import DocumentLine, JsonType, read_line
from astro_tui.document.masking import Masking
from astro_tui.document.query import SEARCH_PIECE, DocumentQuery, SearchError, compiled, preload
from astro_tui.document.render import MASKED
from astro_tui.document.strings import decode_pieces, encode
from astro_tui.runtime import never

if TYPE_CHECKING:
    import regex

_CHUNK = 1 << 18
_BATCH = 500
_SCAN_SECONDS = 0.1
# Syntax that can match in a value but not in its line: lookaround, and possessive or atomic groups.
_LOOKS_AROUND = re.compile(r"\(\?(?!:)|[*+?}]\+")
_ENDS = re.compile(r"(\\[^AZ]|\[\^?\]?(?:\\.|[^\]\\])*+\]?)|\\[AZ]|\^|\$", re.DOTALL)


def search(
    document: Document,
    query: DocumentQuery,
    masking: Masking | None,
    canceled: Callable[[], bool] = never,
    start: int = ROOT,
) -> Iterator[list[int]]:
    """Yield the nodes whose key or value matches, in batches, until done or `canceled()` returns True.

    They are in order from the node `start` on, followed by those before it. No batch contains both. Batches can be
    empty, so that the caller can do other work. An empty needle finds nothing. Run it in its own thread with its own
    `Masking`, or without one if the document is `masked`. Raises SearchError if an expression takes too long.
    """
    if not query.needle:
        return
    batch: list[int] = []
    for candidate in _candidates(document, query, start):
        if candidate is None:
            if canceled():
                return
            yield batch
            batch = []
        elif _is_hit(document, query, masking, candidate, canceled):
            batch.append(candidate.start)
            if len(batch) >= _BATCH:
                if canceled():
                    return
                yield batch
                batch = []
    yield batch


def _is_hit(
    document: Document,
    query: DocumentQuery,
    masking: Masking | None,
    line: DocumentLine,
    canceled: Callable[[], bool] = never,
) -> bool:
    if query.keys and line.key is not None and _matches(query, document.text, line.key_start, line.key_stop):
        return True
    if not query.values or line.container:
        return False
    # How long an expression takes would say something about a masked value.
    if query.regex and _is_hidden(document, masking, line, canceled):
        return False
    if line.kind is JsonType.STRING:
        matches = _matches(query, document.text, line.value, line.stop)
    else:
        matches = query.matches(document.text[line.value : line.stop].decode("ascii", "replace"))
    return matches and (query.regex or not _is_hidden(document, masking, line, canceled))


def _is_hidden(document: Document, masking: Masking | None, line: DocumentLine, canceled: Callable[[], bool]) -> bool:
    if masking is None:
        return document.text[line.value : line.stop] == MASKED
    return masking.reason(line, canceled=canceled) is not None


def _matches(query: DocumentQuery, text: bytes, start: int, stop: int) -> bool:
    """Return whether a quoted string matches; a long one is decoded piece by piece, except for an expression."""
    pieces = decode_pieces(text, start, stop)
    if query.regex:
        return query.matches("".join(pieces))
    before = ""
    for piece in pieces:
        if query.matches(before + piece):
            return True
        before = (before + piece)[1 - len(query.needle) :] if len(query.needle) > 1 else ""
    return False


def _candidates(document: Document, query: DocumentQuery, begin: int) -> Iterator[DocumentLine | None]:
    """Yield every line that could match, and None after each piece of text.

    Starts with the node `begin` and wraps at the end.
    """
    text = document.text
    if not document.root.opens:
        yield document.root
        return
    literal = _literal(query)
    scanner = None if literal is not None else _Scanner.of(query)
    begin = min(max(begin, document.first), document.last)
    for first, last in ((begin, document.last), (document.first, begin)):
        start = first
        while start < last:
            stop = text.find(b"\n", min(start + _CHUNK, last - 1)) + 1
            stop = min(stop, last) if stop else last
            if literal is not None:
                yield from _found(text, literal, start, stop)
            elif scanner is not None:
                yield from scanner.lines(text, start, stop)
            else:
                yield from every_line(text, start, stop)
            yield None
            start = stop


def _literal(query: DocumentQuery) -> regex.Pattern[bytes] | None:
    """Return a pattern for a literal needle in the bytes of a text, or None if bytes are not enough.

    It uses `regex`, which is faster than `re` if case is ignored, and releases the GIL.
    """
    if query.regex or (query.any_case and not query.needle.isascii()):
        return None
    library = preload()
    flags = library.IGNORECASE if query.any_case else 0
    pattern: regex.Pattern[bytes] = library.compile(library.escape(encode(query.needle)[1:-1]), flags)
    return pattern


def _found(text: bytes, pattern: regex.Pattern[bytes], start: int, stop: int) -> Iterator[DocumentLine]:
    match = pattern.search(text, start, stop, concurrent=True)
    while match is not None:
        line = read_line(text, text.rfind(b"\n", 0, match.start()) + 1)
        if text[line.value] not in b"}]":
            yield line
        match = pattern.search(text, line.following, stop, concurrent=True)


def every_line(text: bytes, start: int, stop: int) -> Iterator[DocumentLine]:
    """Yield the line of each node in a part of a laid-out text."""
    node = start
    while node < stop:
        line = read_line(text, node)
        node = line.following
        if text[line.value] not in b"}]":
            yield line


class _SlowError(Exception):
    """Scanning takes too long. The line at `place`, a byte offset, was not searched yet."""

    def __init__(self, place: int) -> None:
        super().__init__(place)
        self.place = place


class _Scanner:
    """Finds the lines of the laid-out text in which a pattern could match.

    It must find every line whose decoded key or value matches. A literal is searched for in its laid-out form. For an
    expression, all lines with escapes count.
    """

    def __init__(self, pattern: re.Pattern[str] | regex.Pattern[str]) -> None:
        self._pattern = pattern
        self._literal = isinstance(pattern, re.Pattern)
        self._quick = True

    @classmethod
    def of(cls, query: DocumentQuery) -> _Scanner | None:
        """Return the scanner for a query, or None if all lines must be decoded."""
        try:
            if not query.regex:
                written = encode(query.needle)[1:-1].decode()
                return cls(re.compile(re.escape(written), re.IGNORECASE))
            if _LOOKS_AROUND.search(query.needle):
                return None
            # A value can start and end anywhere on a line.
            anywhere = _ENDS.sub(lambda match: match[1] or "(?:)", query.needle)
            return cls(compiled(anywhere, any_case=query.any_case))
        except (UnicodeDecodeError, SearchError):
            return None

    def lines(self, text: bytes, start: int, stop: int) -> Iterator[DocumentLine]:
        """Yield the candidate lines of a piece of text that starts and stops at line ends."""
        if self._quick:
            try:
                chunk = text[start:stop].decode()
            except UnicodeDecodeError:
                # With half of a surrogate pair or invalid UTF-8, decoding depends on the position.
                yield from every_line(text, start, stop)
                return
            try:
                for place in self._places(chunk):
                    line = read_line(text, start + place)
                    if text[line.value] not in b"}]":
                        yield line
            except _SlowError as slow:
                # Matching across line ends takes far longer than within lines.
                self._quick = False
                start += slow.place
            else:
                return
        yield from every_line(text, start, stop)

    def _places(self, chunk: str) -> Iterator[int]:
        """Yield the byte offsets of the lines. Raises `_SlowError` with the offset of the first unsearched line."""
        end, narrow = len(chunk), chunk.isascii()
        match = slash = -1
        # `here` is the byte offset of the character at `at`; both are at the start of a line.
        at = here = 0
        spent = 0.0
        while at < end:
            if match < at:
                begun = perf_counter()
                match = self._first(chunk, at, here)
                spent += perf_counter() - begun
            if slash < at:
                slash = end if self._literal else chunk.find("\\", at) % (end + 1)
            first = min(match, slash)
            if first >= end:
                return
            begin, after = chunk.rfind("\n", 0, first) + 1, chunk.find("\n", first) + 1 or end
            place = begin if narrow else here + len(chunk[at:begin].encode())
            if spent > _SCAN_SECONDS:
                raise _SlowError(place)
            yield place
            at, here = after, after if narrow else place + len(chunk[begin:after].encode())

    def _first(self, chunk: str, at: int, here: int) -> int:
        pattern = self._pattern
        if isinstance(pattern, re.Pattern):
            # In pieces, so that other threads can run. A match is no longer than the pattern.
            for start in range(at, len(chunk), SEARCH_PIECE):
                literal = pattern.search(chunk, start, start + SEARCH_PIECE + len(pattern.pattern))
                if literal is not None:
                    return literal.start()
            return len(chunk)
        try:
            match = pattern.search(chunk, at, timeout=_SCAN_SECONDS)
        except TimeoutError:
            raise _SlowError(here) from None
        return match.start() if match is not None else len(chunk)


class Hits:
    """The matches of a search so far, for counting and for moving between them."""

    def __init__(self) -> None:
        self.nodes = array("Q")
        self.complete = False

    def __len__(self) -> int:
        return len(self.nodes)

    def __contains__(self, node: int) -> bool:
        place = bisect_left(self.nodes, node)
        return place < len(self.nodes) and self.nodes[place] == node

    def add(self, batch: list[int]) -> None:
        """Add the next batch of a search, which continues after the previous one or at the start."""
        if batch:
            place = bisect_left(self.nodes, batch[0])
            self.nodes[place:place] = array("Q", batch)

    def after(self, node: int) -> int | None:
        """Return the first match after a node, wrapping at the end, or None."""
        if not self.nodes:
            return None
        return self.nodes[bisect_right(self.nodes, node) % len(self.nodes)]

    def before(self, node: int) -> int | None:
        """Return the last match before a node, wrapping at the start, or None."""
        return self.nodes[bisect_left(self.nodes, node) - 1] if self.nodes else None

    def number(self, node: int) -> int:
        """Return the number of matches up to and including a node: the `3` of `3 of 17`."""
        return bisect_right(self.nodes, node)
