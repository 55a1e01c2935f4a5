"""Receives a body: decompresses it, counts its bytes, and refuses one that is too large."""

from __future__ import annotations

import re
import zlib
from collections.abc import Iterator
from io import BytesIO
from itertools import accumulate

_SLICE = 1 << 18
_OTHERS = bytes(code for code in range(256) if code not in b'"[]{}')
_CURLY_TO_SQUARE = bytes.maketrans(b"{}", b"[]")
_STEPS = 1 << 15
_STEP_OF = {ord("["): 1, ord("]"): -1}
_STRING = re.compile(rb'"[^"]*"')


class TooLargeError(Exception):
    """The body is larger than the limit."""


class CutShortError(Exception):
    """The body was cut off, or its compressed data is damaged."""


class OddEncodingError(Exception):
    """The body has an encoding that was not requested."""


class Body:
    """Collects the chunks of a body. Never holds more than `limit` decompressed bytes."""

    def __init__(self, encoding: str, limit: int) -> None:
        packing = encoding.strip().lower()
        if packing not in ("", "identity", "gzip", "x-gzip"):
            raise OddEncodingError(encoding)
        self._inflater = zlib.decompressobj(16 + zlib.MAX_WBITS) if packing not in ("", "identity") else None
        self._limit = limit
        self._size = 0
        # A list of chunks would fragment the memory, and joining it would need twice the size.
        self._whole = BytesIO()
        self._fed = False

    def feed(self, chunk: bytes) -> None:
        """Add the next bytes as received."""
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
        self._whole.write(piece)

    def complete(self) -> bytes:
        """Return the whole body. Raises CutShortError if the compressed data is incomplete."""
        if self._inflater is not None and self._fed and not self._inflater.eof:
            raise CutShortError
        return self.so_far()

    def so_far(self) -> bytes:
        """Return the body received so far."""
        return self._whole.getvalue()


def _slices(text: bytes) -> Iterator[bytes]:
    """Yield a text in pieces. No piece ends after a backslash, so escape sequences stay together."""
    start = 0
    while start < len(text):
        stop = start + _SLICE
        while text[stop - 1 : stop] == b"\\":
            stop += 1
        yield text[start:stop]
        start = stop


def _brackets(text: bytes) -> bytes:
    """Return the brackets and the unescaped quotes of a piece of JSON."""
    if b"\\" in text:
        text = text.replace(b"\\\\", b"").replace(b'\\"', b"")
    return text.translate(_CURLY_TO_SQUARE, _OTHERS)


def nested_deeper_than(limit: int, text: bytes) -> bool:
    """Return whether JSON is nested deeper than `limit`, without parsing it or using the stack.

    For anything but JSON, the result may be either. Takes linear time, mostly in C, and works in slices so that other
    threads can run.
    """
    if text.count(b"[") + text.count(b"{") <= limit:
        return False
    depth, inside, begun = 1, False, b""
    for piece in map(_brackets, _slices(text)):
        # Removing two adjacent quotes does not change which brackets are inside a string.
        structure = (b'"' + piece if inside else piece).replace(b'""', b"")
        inside = bool(structure.count(b'"') & 1)
        structure = begun + _STRING.sub(b"", structure + b'"' if inside else structure)
        # Remove the innermost level, which is most of the text. A pair may continue in the next piece.
        begun = structure[-1:].replace(b"]", b"")
        structure = structure[: len(structure) - len(begun)].replace(b"[]", b"")
        for start in range(0, len(structure), _STEPS):
            steps = structure[start : start + _STEPS]
            if max(accumulate(map(_STEP_OF.__getitem__, steps), initial=depth)) > limit:
                return True
            depth += 2 * steps.count(b"[") - len(steps)
    return bool(begun) and depth >= limit
