"""Search over the decoded keys and values of a document, at the speed of a C scan, in batches, to be interrupted.

A laid-out text has exactly one form for every string, so a needle is looked for in the form that it has there and
only the lines found are decoded. Values that are masked are not searched.
"""

from __future__ import annotations

import re
from array import array
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterator
from typing import NamedTuple

from astro_tui.document.index import Document
from astro_tui.document.lines import Kind, Line, read_line
from astro_tui.document.masking import Masking
from astro_tui.document.text import decode, encode
from astro_tui.errors import AstroError

_CHUNK = 1 << 18
_BATCH = 500
_LOOKS_AROUND = re.compile(r"[\^$]|\\[AZbB]|\(\?")


class SearchError(AstroError):
    """A search that cannot be read: a wrong regular expression. Its text says what is wrong."""


class Query(NamedTuple):
    """What is looked for: `needle` in keys, in values or in both, as it stands or as a regular expression.

    Lower-case needles match either case (of ASCII letters; of all letters when the needle has others too).
    """

    needle: str
    regex: bool
    keys: bool
    values: bool
    pattern: re.Pattern[str]

    @classmethod
    def parse(cls, text: str) -> Query:
        """Return the query that a user typed: `k:` keys only, `v:` values only, then `re:` a regular expression.

        Raises `SearchError` for a wrong expression.
        """
        keys = values = True
        if text.startswith(("k:", "v:")):
            keys, values = text[0] == "k", text[0] == "v"
            text = text[2:]
        regex = text.startswith("re:")
        needle = text.removeprefix("re:")
        letters = re.sub(r"\\.", "", needle) if regex else needle
        flags = re.NOFLAG if any(char.isupper() for char in letters) else re.IGNORECASE
        if not regex and needle.isascii():
            flags |= re.ASCII
        try:
            pattern = re.compile(needle if regex else re.escape(needle), flags)
        except (re.error, OverflowError, RecursionError) as error:
            raise SearchError(f"Not a regular expression: {error}.") from None
        return cls(needle, regex, keys, values, pattern)

    @property
    def any_case(self) -> bool:
        """Whether upper and lower case are the same."""
        return bool(self.pattern.flags & re.IGNORECASE)

    def matches(self, text: str) -> bool:
        """Tell whether a decoded key or value is a hit."""
        return self.pattern.search(text) is not None


def never() -> bool:
    """Let a search run to its end."""
    return False


def search(
    document: Document, query: Query, masking: Masking, cancelled: Callable[[], bool] = never
) -> Iterator[list[int]]:
    """Yield the nodes whose key or value match, in order, in batches, until done or `cancelled()` says so.

    Batches can be empty, so that the caller can look after other things; an empty needle finds nothing. Meant to
    run in a thread of its own with a `Masking` of its own.
    """
    if not query.needle:
        return
    batch: list[int] = []
    for candidate in _candidates(document, query):
        if candidate is None:
            if cancelled():
                return
            yield batch
            batch = []
        elif _is_hit(document, query, masking, candidate):
            batch.append(candidate.start)
            if len(batch) >= _BATCH:
                if cancelled():
                    return
                yield batch
                batch = []
    yield batch


def _is_hit(document: Document, query: Query, masking: Masking, line: Line) -> bool:
    if query.keys and line.key is not None and query.matches(decode(line.key)):
        return True
    if not query.values or line.opens:
        return False
    raw = document.text[line.value : line.stop]
    value = decode(raw) if line.kind is Kind.STRING else raw.decode("ascii", "replace")
    if line.container or not query.matches(value):
        return False
    return masking.reason(line) is None


def _candidates(document: Document, query: Query) -> Iterator[Line | None]:
    """Yield every line that could be a hit, and None after each piece of text that was looked through."""
    text = document.text
    if not document.root.opens:
        yield document.root
        return
    fast = not query.regex and (query.needle.isascii() or not query.any_case)
    plain = query.regex and not _LOOKS_AROUND.search(query.needle)
    needle = encode(query.needle)[1:-1] if fast else b""
    start = document.first
    while start < document.last:
        stop = text.find(b"\n", min(start + _CHUNK, document.last - 1)) + 1
        stop = min(stop, document.last) if stop else document.last
        if fast:
            yield from _found(document, needle, start, stop, any_case=query.any_case)
        else:
            chunk = text[start:stop]
            raw = plain and b"\\" not in chunk
            if not raw or query.pattern.search(chunk.decode("utf-8", "replace")):
                yield from _every(document, start, stop)
        yield None
        start = stop


def _found(document: Document, needle: bytes, start: int, stop: int, *, any_case: bool) -> Iterator[Line]:
    text = document.text
    if any_case:
        haystack, shift, begin, end = text[start:stop].lower(), start, 0, stop - start
    else:
        haystack, shift, begin, end = text, 0, start, stop
    place = haystack.find(needle, begin, end)
    while place >= 0:
        node = text.rfind(b"\n", 0, place + shift) + 1
        line = read_line(text, node)
        if text[line.value] not in b"}]":
            yield line
        place = haystack.find(needle, line.following - shift, end)


def _every(document: Document, start: int, stop: int) -> Iterator[Line]:
    text, node = document.text, start
    while node < stop:
        line = read_line(text, node)
        node = line.following
        if text[line.value] not in b"}]":
            yield line


class Hits:
    """The hits of a search as they come in, to be counted and walked through."""

    def __init__(self) -> None:
        self.nodes = array("Q")
        self.complete = False

    def __len__(self) -> int:
        return len(self.nodes)

    def __contains__(self, node: int) -> bool:
        place = bisect_left(self.nodes, node)
        return place < len(self.nodes) and self.nodes[place] == node

    def add(self, batch: list[int]) -> None:
        """Take the next batch of a search."""
        self.nodes.extend(batch)

    def after(self, node: int) -> int | None:
        """Return the first hit behind a node, going round at the end; None while there is none."""
        if not self.nodes:
            return None
        return self.nodes[bisect_right(self.nodes, node) % len(self.nodes)]

    def before(self, node: int) -> int | None:
        """Return the last hit before a node, going round at the start; None while there is none."""
        return self.nodes[bisect_left(self.nodes, node) - 1] if self.nodes else None

    def number(self, node: int) -> int:
        """Return how many hits there are up to and including a node: the `3` of `3 of 17`."""
        return bisect_right(self.nodes, node)
