"""Converts the bytes of a JSON document to laid-out text, with one node or one closing bracket per line.

No Python object is created per node. `msgspec.json.format` keeps numbers exactly as sent and repeated keys. JSON
strings never contain line breaks, so the lines of the text are the nodes of the document. The text is valid UTF-8,
except that an escaped lone surrogate becomes the three bytes of its code point.
"""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterator
from io import BytesIO
from typing import NamedTuple

import msgspec

from astro_tui.document.strings import canonical_pieces
from astro_tui.document.windows import WINDOW, OddError, TextWindow, windows
from astro_tui.errors import DocumentError

NOT_JSON, NOT_YAML = "Not JSON", "Not YAML"
MAX_DEPTH = 500
AT_ONCE = 4 << 20
"""JSON over this many bytes is laid out in windows, because a decoder blocks all other threads."""
MAX_GROWTH = 4
"""How many times its size a large document may grow to when laid out, checked from its first quarter on.

Only very deep nesting takes more.
"""

_SPACE = b" \t\r\n"
_POSITION = re.compile(r" \(byte (\d+)\)$")
_LONE = re.compile(
    rb"\\(?:u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}|u([dD][89a-fA-F][0-9a-fA-F]{2})|[^u])"
)
_NESTING = re.compile(rb'[][{}]|"(?:[^"\\]|\\.)*+"?')
_SLICE = 1 << 20


def lay_out(raw: bytes, max_depth: int = MAX_DEPTH) -> bytes:
    """Return `raw` as text with one space per level and every string in its canonical form.

    Invalid UTF-8 becomes U+FFFD. Raises DocumentError with the position in `raw` if it is not JSON, and `too_deep` if
    it is nested too deeply.
    """
    raw = as_utf8(raw)
    body = raw.removeprefix(codecs.BOM_UTF8)
    if len(body) > AT_ONCE:
        try:
            return _in_windows(body, raw, max_depth)
        except OddError:
            # The code below finds the problem and its position.
            pass
    skipped = len(raw) - len(body)
    try:
        text = _format(body, raw)
    except msgspec.DecodeError as error:
        # The formatter rejects escaped lone surrogates, which are valid JSON.
        tolerant = _LONE.sub(_lone, body) if b"\\u" in body else body
        if tolerant == body:
            raise _syntax_error(raw, error, skipped) from None
        try:
            text = _format(tolerant, raw)
        except msgspec.DecodeError as second:
            raise _syntax_error(raw, second, skipped, grown=(body, tolerant)) from None
    if text.find(b"\n" + b" " * (max_depth + 1)) >= 0:
        raise _too_deep(raw, max_depth)
    return b"".join(canonical_pieces(text)) if b"\\" in text else text


def _in_windows(body: bytes, raw: bytes, max_depth: int) -> bytes:
    """Like `lay_out`, but for a large text. Raises OddError for invalid JSON, and DocumentError if it is too deep."""
    text = BytesIO()
    too_deep = b"\n" + b" " * (max_depth + 1)
    for stop, part in formatted(body, 1):
        if part.find(too_deep) >= 0:
            raise _too_deep(raw, max_depth)
        if part.find(b"\\") >= 0:
            text.writelines(canonical_pieces(*part))
        else:
            text.write(part.view)
        if text.tell() > MAX_GROWTH * max(stop, len(body) // 4):
            raise DocumentError("The document is too deeply nested for its size", too_deep=True)
    return text.getvalue()


class TextSlice(NamedTuple):
    """`text[start:stop]` without a copy of it."""

    text: bytes
    start: int
    stop: int

    def find(self, wanted: bytes) -> int:
        """Return where in `text` this part contains some bytes, or -1."""
        return self.text.find(wanted, self.start, self.stop)

    @property
    def view(self) -> memoryview:
        """The bytes of the part, without a copy."""
        return memoryview(self.text)[self.start : self.stop]


_BETWEEN = TextSlice(b",\n", 0, 2)


def lay_out_start(head: bytes) -> tuple[bytes, int] | None:
    """Lay out the start of a JSON text, closing every container that is open at its last comma.

    Returns the laid-out text and the offset of the first added closing line, or None if this is not possible.
    """
    body = as_utf8(head).removeprefix(codecs.BOM_UTF8)
    window = _start_window(body)
    if window is None:
        return None
    try:
        text = b"".join(canonical_pieces(*_window_text(body, window, 1)))
    except OddError:
        return None
    if text.find(b"\n" + b" " * (MAX_DEPTH + 1)) >= 0:
        return None
    after = window.after
    ends = (b" " * depth + (b"]" if after[depth] == 0x5B else b"}") for depth in reversed(range(len(after))))
    return text + b"\n" + b"\n".join(ends), len(text) + 1


def _start_window(body: bytes) -> TextWindow | None:
    size = len(body) * 3 // 4
    while size:
        try:
            return next(windows(body, size))
        except OddError:
            # A string that starts before the window's end may end after the given bytes.
            size //= 8
    return None


def formatted(body: bytes, indent: int) -> Iterator[tuple[int, TextSlice]]:
    """Yield a large JSON text laid out with `indent` spaces per level, and the offset in `body` where each part ends.

    Raises OddError for any problem.
    """
    for window in windows(body, WINDOW):
        if window.start:
            yield window.start, _BETWEEN
        yield window.stop, _window_text(body, window, indent)


def _window_text(body: bytes, window: TextWindow, indent: int) -> TextSlice:
    """Return the lines of a window, formatted inside of the containers around it."""
    start, stop = window.start, window.stop
    while start < stop and body[start] in _SPACE:
        start += 1
    while start < stop and body[stop - 1] in _SPACE:
        stop -= 1
    # Check that there is a value before and after a comma. The added brackets would hide a missing one.
    if (
        start == stop
        or (window.start and body[start] in b"]}")
        or (window.stop < len(body) and body[stop - 1] in b"[{,:")
    ):
        raise OddError
    closing = bytes(0x5D if each == 0x5B else 0x7D for each in reversed(window.after))
    whole = b"".join((_opening(window.stack), memoryview(body)[start:stop], closing))
    try:
        text = msgspec.json.format(whole, indent=indent)
    except msgspec.DecodeError:
        try:
            text = msgspec.json.format(_LONE.sub(_lone, whole), indent=indent)
        except msgspec.DecodeError:
            raise OddError from None
    except RecursionError:
        raise OddError from None
    del whole
    start = 0
    for _opener in window.stack:
        start = text.index(b"\n", start) + 1
    depth = len(window.after)
    return TextSlice(text, start, len(text) - 2 * depth - indent * depth * (depth - 1) // 2)


def _opening(stack: bytes) -> bytes:
    """Return the start of a text that opens these containers, ready for the next member of the innermost one."""
    inner = [b"[" if each == 0x5B else b'{"":' for each in stack[:-1]]
    return b"".join(inner) + stack[-1:]


def as_utf8(raw: bytes) -> bytes:
    """Return `raw` itself if it is valid UTF-8, else a copy with U+FFFD for every invalid byte."""
    if raw.isascii():
        return raw
    decode = codecs.getincrementaldecoder("utf-8")().decode
    try:
        # In slices, because decoding a large text at once takes four times its size.
        for start in range(0, len(raw), _SLICE):
            decode(raw[start : start + _SLICE], start + _SLICE >= len(raw))
    except UnicodeDecodeError:
        return raw.decode("utf-8", "replace").encode()
    return raw


def _format(body: bytes, raw: bytes) -> bytes:
    try:
        return msgspec.json.format(body, indent=1)
    except RecursionError:
        raise _too_deep(raw, MAX_DEPTH) from None


def _too_deep(raw: bytes, max_depth: int) -> DocumentError:
    """Return the error with the position of the first bracket that is too deep."""
    depth, line, column = 0, 0, 0
    for match in _NESTING.finditer(raw):
        depth += {b"{": 1, b"[": 1, b"}": -1, b"]": -1}.get(match.group(), 0)
        if depth > max_depth:
            line, column = position_at(raw, match.start())
            break
    return too_deep_error(max_depth, line, column)


def too_deep_error(max_depth: int, line: int, column: int) -> DocumentError:
    """Return the error for a document nested deeper than `max_depth`."""
    reason = f"The document is nested deeper than {max_depth} levels"
    return DocumentError(reason, line=line, column=column, too_deep=True)


def position_at(raw: bytes, offset: int) -> tuple[int, int]:
    """Return the line and the column of a byte, counted from 1."""
    before = raw[:offset]
    return before.count(b"\n") + 1, len(before[before.rfind(b"\n") + 1 :].decode("utf-8", "replace")) + 1


def _lone(match: re.Match[bytes]) -> bytes:
    digits = match.group(1)
    return match.group() if digits is None else chr(int(digits, 16)).encode("utf-8", "surrogatepass")


def _syntax_error(
    raw: bytes,
    error: msgspec.DecodeError,
    skipped: int,
    grown: tuple[bytes, bytes] | None = None,
) -> DocumentError:
    # The library only has the position in its message.
    message = str(error)
    position = _POSITION.search(message)
    if position is None:
        offset, reason = len(raw), "it ends too early" if raw.strip() else "it is empty"
    else:
        offset = int(position.group(1))
        if grown is not None:
            offset = _original_offset(grown[0], offset)
        offset += skipped
        reason = message[: position.start()].removeprefix("JSON is malformed: ")
        if reason == "trailing characters":
            offset -= 1
    line, column = position_at(raw, offset)
    return DocumentError(reason, kind=NOT_JSON, line=line, column=column)


def _original_offset(body: bytes, offset: int) -> int:
    """Return the offset in `body` for an offset in its tolerant form."""
    shrunk = 0
    for match in _LONE.finditer(body):
        if match.start() - shrunk >= offset:
            break
        shrunk += len(match.group()) - len(_lone(match))
    return offset + shrunk
