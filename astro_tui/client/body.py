"""A body on its way in: inflated, counted, and refused when it is too much."""

from __future__ import annotations

import re
import zlib

_SLICE = 1 << 20
_OTHERS = bytes(code for code in range(256) if code not in b'"[]{}')
_CURLY_TO_SQUARE = bytes.maketrans(b"{}", b"[]")
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
        if packing not in ("", "identity", "gzip", "x-gzip", "deflate"):
            raise OddEncodingError(encoding)
        # 47: gzip or zlib, whichever the header says.
        self._inflater = zlib.decompressobj(47) if packing not in ("", "identity") else None
        self._limit = limit
        self._size = 0
        self._chunks: list[bytes] = []
        self._fed = False

    def feed(self, chunk: bytes) -> None:
        """Take the next bytes off the wire."""
        self._fed = self._fed or bool(chunk)
        if self._inflater is None:
            self._keep(chunk)
            return
        try:
            while chunk and not self._inflater.eof:
                self._keep(self._inflater.decompress(chunk, _SLICE))
                chunk = self._inflater.unconsumed_tail
        except zlib.error:
            raise CutShortError from None

    def _keep(self, piece: bytes) -> None:
        self._size += len(piece)
        if self._size > self._limit:
            raise TooLargeError
        self._chunks.append(piece)

    def complete(self) -> bytes:
        """Return the whole body."""
        if self._inflater is not None and self._fed and not self._inflater.eof:
            raise CutShortError
        return self.so_far()

    def so_far(self) -> bytes:
        """Return what has come in, complete or not."""
        return b"".join(self._chunks)


def nested_deeper_than(limit: int, text: bytes) -> bool:
    """Tell whether JSON is nested deeper than `limit`, without making an object of it or using the stack.

    What is not JSON may give either answer. Works at C speed: everything but brackets outside of strings is
    thrown away, and then the innermost pairs, level by level.
    """
    if text.count(b"[") + text.count(b"{") <= limit:
        return False
    if b"\\" in text:
        text = text.replace(b"\\\\", b"").replace(b'\\"', b"")
    # In slices, so that other threads get their turn.
    slices = (text[start : start + _SLICE] for start in range(0, len(text), _SLICE))
    # A pair of quotes that has become adjacent can go: which brackets lie between quotes stays the same.
    brackets = b"".join(part.translate(_CURLY_TO_SQUARE, _OTHERS) for part in slices).replace(b'""', b"")
    brackets = _STRING.sub(b"", brackets)
    for _level in range(limit):
        inner = brackets.replace(b"[]", b"")
        if len(inner) == len(brackets):
            return False
        brackets = inner
    return b"[" in brackets
