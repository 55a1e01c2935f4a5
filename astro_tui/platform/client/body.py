"""A body on its way in: inflated, counted, and refused when it is too much."""

from __future__ import annotations

import re
import zlib
from collections.abc import Iterator
from io import BytesIO
from itertools import accumulate

from astro_tui.runtime.memory import LARGE, give_back_large_blocks

_SLICE = 1 << 18
_OTHERS = bytes(code for code in range(256) if code not in b'"[]{}')
_CURLY_TO_SQUARE = bytes.maketrans(b"{}", b"[]")
_STEPS = 1 << 15
_STEP_OF = {ord("["): 1, ord("]"): -1}
_STRING = re.compile(rb'"[^"]*"')


class TooLargeError(Exception):
    """The body is larger than the limit."""


class CutShortError(Exception):
    """The body ended before its end, or its compression is broken."""


class OddEncodingError(Exception):
    """The body is packed in a way that was not asked for."""


class Body:
    """Collects the chunks of a body and never holds more than `limit` bytes, whatever they inflate to."""

    def __init__(self, encoding: str, limit: int) -> None:
        packing = encoding.strip().lower()
        if packing not in ("", "identity", "gzip", "x-gzip"):
            raise OddEncodingError(encoding)
        self._inflater = zlib.decompressobj(16 + zlib.MAX_WBITS) if packing not in ("", "identity") else None
        self._limit = limit
        self._size = 0
        # Of many chunks each would be a small block between others, and joined they would take twice the memory.
        self._whole = BytesIO()
        self._fed = False

    def feed(self, chunk: bytes) -> None:
        """Take the next bytes off the wire."""
        self._fed = self._fed or bool(chunk)
        if self._inflater is None:
            self._keep(chunk)
            return
        try:
            while not self._inflater.eof:
                piece = self._inflater.decompress(chunk, _SLICE)
                self._keep(piece)
                chunk = self._inflater.unconsumed_tail
                if not chunk and len(piece) < _SLICE:
                    break
        except zlib.error:
            raise CutShortError from None

    def _keep(self, piece: bytes) -> None:
        self._size += len(piece)
        if self._size > self._limit:
            raise TooLargeError
        if self._size > LARGE:
            give_back_large_blocks()
        self._whole.write(piece)

    def complete(self) -> bytes:
        """Return the whole body."""
        if self._inflater is not None and self._fed and not self._inflater.eof:
            raise CutShortError
        return self.so_far()

    def so_far(self) -> bytes:
        """Return what has come in, complete or not."""
        return self._whole.getvalue()


def _slices(text: bytes) -> Iterator[bytes]:
    """Yield a text in pieces, none of which ends behind a backslash: what it escapes stays with it."""
    start = 0
    while start < len(text):
        stop = start + _SLICE
        while text[stop - 1 : stop] == b"\\":
            stop += 1
        yield text[start:stop]
        start = stop


def _brackets(text: bytes) -> bytes:
    """Return the brackets and the quotes of a piece of JSON, without what is escaped."""
    if b"\\" in text:
        text = text.replace(b"\\\\", b"").replace(b'\\"', b"")
    return text.translate(_CURLY_TO_SQUARE, _OTHERS)


def nested_deeper_than(limit: int, text: bytes) -> bool:
    """Return whether JSON is nested deeper than `limit`, without making an object of it or using the stack.

    What is not JSON may give either answer. Takes time in proportion to the text, most of it at C speed, and
    works in slices, so that other threads get their turn.
    """
    if text.count(b"[") + text.count(b"{") <= limit:
        return False
    depth, inside, begun = 1, False, b""
    for piece in map(_brackets, _slices(text)):
        # Which brackets lie between quotes stays the same when a pair of quotes that has become adjacent goes.
        found = (b'"' + piece if inside else piece).replace(b'""', b"")
        inside = bool(found.count(b'"') & 1)
        found = begun + _STRING.sub(b"", found + b'"' if inside else found)
        # The innermost level, which is most of it, goes at once: one that has begun may end in the next piece.
        begun = found[-1:].replace(b"]", b"")
        found = found[: len(found) - len(begun)].replace(b"[]", b"")
        for start in range(0, len(found), _STEPS):
            steps = found[start : start + _STEPS]
            if max(accumulate(map(_STEP_OF.__getitem__, steps), initial=depth)) > limit:
                return True
            depth += 2 * steps.count(b"[") - len(steps)
    return bool(begun) and depth >= limit
