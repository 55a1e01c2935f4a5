"""Divides large JSON into windows, so that no single call scans more than about 256 KiB and other threads can run.

A decoder holds the GIL while it works. Windows end at commas between values. Each becomes valid JSON when the
containers around it are opened before it and closed after it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

import msgspec

WINDOW = 1 << 18
"""A window ends at the first comma after this many bytes."""

_PASSES = 6
_FIRST = 256
"""The bytes that are searched first for the end of a value, because most values are short."""
_NOT_STRUCTURE = bytes(set(range(256)) - set(b'"[]{}'))
_STRING = re.compile(rb'"[^"]*"')
_IN_STRING = re.compile(rb'[^"\\]*+(?:\\.[^"\\]*+)*+', re.DOTALL)
_TO_COMMA = re.compile(rb'[^",]*+(?:"[^"\\]*+(?:\\.[^"\\]*+)*+"[^",]*+)*+,', re.DOTALL)
_TOKEN = re.compile(rb'"[^"\\]*+(?:\\.[^"\\]*+)*+"|[\[\]{}]', re.DOTALL)
_BALANCE = re.compile(rb"([\]}]*)([\[{]*)")
_OPENER_OF = {ord("]"): ord("["), ord("}"): ord("{")}
_KEY = re.compile(rb'\s*(,?)\s*("[^"\\]*+(?:\\.[^"\\]*+)*+")\s*:\s*', re.DOTALL)
_BEHIND = re.compile(rb"\s*([,\]])")
_SCALAR = re.compile(rb"[^\s,\]}\[{\"]+")
_SPACE = b" \t\r\n"


class OddError(Exception):
    """The text is malformed, or cannot be divided into windows."""


class TextWindow(NamedTuple):
    """Part of a text, `raw[start:stop]` without the comma after it, and the brackets that are open before it."""

    start: int
    stop: int
    stack: bytes
    after: bytes
    """The brackets that are open after it."""


def windows(raw: bytes, size: int = WINDOW) -> Iterator[TextWindow]:
    """Yield the windows of a JSON text in order. Raises OddError if its brackets do not match."""
    start, stack = 0, b""
    while start < len(raw):
        stop = _boundary(raw, start, min(len(raw), start + size), size)
        after = _stack_behind(stack, brackets(raw, start, stop))
        if bool(after) is (stop == len(raw)):
            # There is a comma outside of all brackets, or some brackets are never closed.
            raise OddError
        yield TextWindow(start, stop, stack, after)
        start, stack = stop + 1, after


def brackets(raw: bytes, start: int, stop: int) -> bytes:
    """Return the brackets of a piece of JSON that starts and ends outside of strings."""
    pieces = []
    while start < stop:
        end = min(stop, start + WINDOW)
        while end < stop and raw[end - 1] == 0x5C:
            end += 1
        piece = raw[start:end]
        if b"\\" in piece:
            piece = piece.replace(b"\\\\", b"").replace(b'\\"', b"")
        pieces.append(piece.translate(None, _NOT_STRUCTURE).replace(b'""', b""))
        start = end
    joined = b"".join(pieces)
    return _STRING.sub(b"", joined) if b'"' in joined else joined


def _boundary(raw: bytes, start: int, target: int, size: int) -> int:
    """Return the offset of the first comma between values from `target` on, or the end of the text."""
    if target >= len(raw):
        return len(raw)
    while raw[target - 1 : target] == b"\\":
        target += 1
    piece = raw[start:target]
    if b"\\" in piece:
        piece = piece.replace(b"\\\\", b"").replace(b'\\"', b"")
    if piece.count(b'"') & 1:
        target = string_end(raw, target, size)
    comma = _TO_COMMA.match(raw, target)
    return comma.end() - 1 if comma is not None else len(raw)


def string_end(raw: bytes, place: int, size: int = WINDOW) -> int:
    """Return the offset after the quote that ends the string around `place`. Raises OddError if it never ends."""
    while place < len(raw):
        match = _IN_STRING.match(raw, place, place + size)
        end = match.end() if match is not None else place
        if raw[end : end + 1] == b'"':
            return end + 1
        if end == place:
            break
        place = end
    raise OddError


def _stack_behind(stack: bytes, structure: bytes) -> bytes:
    balance = _BALANCE.fullmatch(_reduced(structure))
    if balance is None:
        raise OddError
    closers, openers = balance.groups()
    for closer in closers:
        if not stack or stack[-1] != _OPENER_OF[closer]:
            raise OddError
        stack = stack[:-1]
    return stack + openers


def members(raw: bytes, read: Callable[[bytes], Any], size: int = WINDOW) -> dict[str, bytes] | None:
    """Return the keys of a JSON object and the unchecked bytes of each value, or None if it is malformed.

    `read` returns the value of a key. Raises ValueError if it cannot.
    """
    values: dict[str, bytes] = {}
    place = len(raw) - len(raw.lstrip(_SPACE))
    if raw[place : place + 1] != b"{":
        return None
    place += 1
    try:
        while (key := _KEY.match(raw, place)) is not None and bool(key[1]) is bool(values):
            stop = _value_end(raw, key.end(), size)
            values[read(key[2])] = raw[key.end() : stop]
            place = stop
    except (OddError, ValueError):
        return None
    return values if raw[place:].strip(_SPACE) == b"}" else None


def items(raw: bytes, size: int = WINDOW) -> Iterator[list[bytes]]:
    """Yield the bytes of the entries of a JSON list, many at a time. Raises OddError if it is malformed."""
    place, end = len(raw) - len(raw.lstrip(_SPACE)), len(raw.rstrip(_SPACE))
    if raw[place : place + 1] != b"[" or raw[end - 1 : end] != b"]":
        raise OddError
    place += 1
    while place < end:
        stop = _boundary(raw, place, min(end, place + size), size)
        stack = _stack_behind(b"[", brackets(raw, place, stop))
        if stack:
            stop = _end_of(raw, stop, len(stack) - 1, size) if len(stack) > 1 else stop
            rest = _BEHIND.match(raw, stop)
            if rest is None or (rest[1] == b"]" and rest.end() != end):
                raise OddError
            part, place = (place, stop), rest.end()
        else:
            part, place = (place, end - 1), end
        chunk = b"".join((b"[", memoryview(raw)[slice(*part)], b"]"))
        try:
            yield [bytes(entry) for entry in msgspec.json.decode(chunk, type=list[msgspec.Raw])]
        except msgspec.DecodeError:
            raise OddError from None


def _value_end(raw: bytes, start: int, size: int) -> int:
    """Return where the value that starts at `start` ends."""
    first = raw[start : start + 1]
    if first == b'"':
        return string_end(raw, start + 1, size)
    if first in (b"[", b"{"):
        return _end_of(raw, start + 1, 1, size)
    scalar = _SCALAR.match(raw, start)
    if scalar is None:
        raise OddError
    return scalar.end()


def _end_of(raw: bytes, place: int, depth: int, size: int) -> int:
    """Return the offset after the bracket that closes the outermost of the `depth` innermost containers."""
    step = _FIRST
    while place < len(raw):
        stop = _boundary(raw, place, min(len(raw), place + step), size)
        structure = brackets(raw, place, stop)
        if _closers(structure) >= depth:
            return _closing(raw, place, stop, depth)
        depth += 2 * (structure.count(b"[") + structure.count(b"{")) - len(structure)
        place, step = stop + 1, min(4 * step, size)
    raise OddError


def _closers(structure: bytes) -> int:
    """Return the number of containers opened earlier that these brackets close."""
    structure = _reduced(structure)
    return len(structure) - len(structure.lstrip(b"]}"))


def _reduced(structure: bytes) -> bytes:
    """Return brackets without matching pairs."""
    for _ in range(_PASSES):
        size = len(structure)
        structure = structure.replace(b"[]", b"").replace(b"{}", b"")
        if len(structure) == size:
            return structure
    # With deep nesting, each pass would remove only the innermost level.
    left = bytearray()
    for bracket in structure:
        if left and left[-1] == _OPENER_OF.get(bracket):
            left.pop()
        else:
            left.append(bracket)
    return bytes(left)


def _closing(raw: bytes, place: int, stop: int, depth: int) -> int:
    for token in _TOKEN.finditer(raw, place, stop):
        first = raw[token.start()]
        if first != 0x22:
            depth += 1 if first in b"[{" else -1
            if not depth:
                return token.end()
    raise OddError
