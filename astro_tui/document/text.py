"""From the bytes of a JSON document to its laid-out text: one node or one closing bracket per line.

No Python object is made for a node. `msgspec.json.format` keeps numbers exactly as sent and repeated keys,
and a line break never occurs inside a JSON string, so the lines of the text are the nodes of the document.
The text is valid UTF-8, except that an escaped lone surrogate becomes the three bytes of its code point.
"""

from __future__ import annotations

import codecs
import json
import re

import msgspec

from astro_tui.errors import DocumentError

MAX_DEPTH = 500

_BYTE_ORDER_MARK = b"\xef\xbb\xbf"
_PLACE = re.compile(r" \(byte (\d+)\)$")
_LONE = re.compile(
    rb"\\(?:u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}|u([dD][89a-fA-F][0-9a-fA-F]{2})|[^u])"
)
_ESCAPE = re.compile(
    rb"\\(?:u([dD][89abAB][0-9a-fA-F]{2})\\u([dD][c-fC-F][0-9a-fA-F]{2})|u([0-9a-fA-F]{4})|([^u]))",
)
_NESTING = re.compile(rb'[][{}]|"(?:[^"\\]|\\.)*+"?')
_ODD = re.compile(rb"\\[u/]")
_SURROGATE = re.compile(rb"\xed[\xa0-\xbf][\x80-\xbf]")
_SLICE = 1 << 20
_WHOLE_HEAD = re.compile(rb'"(?:[^"\\]++|\\u[0-9a-f]{4}|\\[^u])*+')


def lay_out(raw: bytes, max_depth: int = MAX_DEPTH) -> bytes:
    """Return `raw` as text with one space per level, every string in one canonical form.

    Bytes that are not UTF-8 become U+FFFD. Raises `DocumentError` with line and column in `raw` when it is no JSON,
    `too_deep` when it nests too deeply.
    """
    raw = as_utf8(raw)
    body = raw.removeprefix(_BYTE_ORDER_MARK)
    skipped = len(raw) - len(body)
    try:
        text = _format(body, raw)
    except msgspec.DecodeError as error:
        # An escaped lone surrogate is legal JSON that the formatter refuses.
        tolerant = _LONE.sub(_lone, body) if b"\\u" in body else body
        if tolerant == body:
            raise _syntax_error(raw, error, skipped) from None
        try:
            text = _format(tolerant, raw)
        except msgspec.DecodeError as second:
            raise _syntax_error(raw, second, skipped, grown=(body, tolerant)) from None
    if text.find(b"\n" + b" " * (max_depth + 1)) >= 0:
        raise _too_deep(raw, max_depth)
    # Looking for one byte takes a tenth of the time of looking for two.
    if b"\\" in text and _ODD.search(text):
        text = _ESCAPE.sub(_canonical, text)
    return text


def as_utf8(raw: bytes) -> bytes:
    """Return `raw` itself when it is valid UTF-8, else a copy with U+FFFD for every byte that is not."""
    if raw.isascii():
        return raw
    decode = codecs.getincrementaldecoder("utf-8")().decode
    try:
        # Slice by slice: decoded at once, a text of many megabytes takes four times its size.
        for start in range(0, len(raw), _SLICE):
            decode(raw[start : start + _SLICE], start + _SLICE >= len(raw))
    except UnicodeDecodeError:
        return raw.decode("utf-8", "replace").encode()
    return raw


def escape_surrogates(text: bytes) -> bytes:
    """Return laid-out text as valid UTF-8, lone surrogates escaped: it parses to the same document again."""
    if b"\xed" not in text:
        return text
    return _SURROGATE.sub(lambda match: b"\\u%04x" % ord(match.group().decode("utf-8", "surrogatepass")), text)


def _format(body: bytes, raw: bytes) -> bytes:
    try:
        return msgspec.json.format(body, indent=1)
    except RecursionError:
        raise _too_deep(raw, MAX_DEPTH) from None


def _too_deep(raw: bytes, max_depth: int) -> DocumentError:
    """Return the error with the place of the first bracket that is one too many."""
    depth, line, column = 0, 0, 0
    for match in _NESTING.finditer(raw):
        depth += {b"{": 1, b"[": 1, b"}": -1, b"]": -1}.get(match.group(), 0)
        if depth > max_depth:
            line, column = _place(raw, match.start())
            break
    where = f" (line {line}, column {column})" if line else ""
    return DocumentError(
        f"The document is nested deeper than {max_depth} levels{where}.", line=line, column=column, too_deep=True
    )


def _place(raw: bytes, offset: int) -> tuple[int, int]:
    before = raw[:offset]
    return before.count(b"\n") + 1, len(before[before.rfind(b"\n") + 1 :].decode("utf-8", "replace")) + 1


def _lone(match: re.Match[bytes]) -> bytes:
    digits = match.group(1)
    return match.group() if digits is None else chr(int(digits, 16)).encode("utf-8", "surrogatepass")


def _canonical(match: re.Match[bytes]) -> bytes:
    high, low, single, other = match.groups()
    if other is not None:
        return b"/" if other == b"/" else match.group()
    if high is not None:
        code = 0x10000 + ((int(high, 16) - 0xD800) << 10) + int(low, 16) - 0xDC00
        return chr(code).encode()
    return encode(chr(int(single, 16)))[1:-1]


def _syntax_error(
    raw: bytes,
    error: msgspec.DecodeError,
    skipped: int,
    grown: tuple[bytes, bytes] | None = None,
) -> DocumentError:
    said = str(error)
    place = _PLACE.search(said)
    if place is None:
        offset, reason = len(raw), "it ends too early" if raw.strip() else "it is empty"
    else:
        offset = int(place.group(1))
        if grown is not None:
            offset = _original_offset(grown[0], offset)
        offset += skipped
        reason = _PLACE.sub("", said).removeprefix("JSON is malformed: ")
        if reason == "trailing characters":
            offset -= 1
    line, column = _place(raw, offset)
    return DocumentError(f"Not JSON: {reason} (line {line}, column {column}).", line=line, column=column)


def _original_offset(body: bytes, offset: int) -> int:
    """Where in `body` the byte at `offset` of its tolerant form stands."""
    shrunk = 0
    for match in _LONE.finditer(body):
        if match.start() - shrunk >= offset:
            break
        shrunk += len(match.group()) - len(_lone(match))
    return offset + shrunk


def encode(text: str) -> bytes:
    """Return a string as it stands in a laid-out text, quotes included: the only form it can have there."""
    return json.dumps(text, ensure_ascii=False).encode("utf-8", "surrogatepass")


def decode(raw: bytes) -> str:
    """Return what a quoted string of a laid-out text means."""
    text = raw.decode("utf-8", "surrogatepass")
    if "\\" not in text:
        return text[1:-1]
    value = json.loads(text, strict=False)
    return value if isinstance(value, str) else text


def decode_head(raw: bytes, limit: int) -> str:
    """Return the start of a quoted string, decoded: the whole characters of its first `limit` bytes."""
    if len(raw) <= limit:
        return decode(raw)
    match = _WHOLE_HEAD.match(raw, 0, limit)
    head = match.group() if match else b'"'
    for short in range(1, 5):
        if head[-short] < 0x80 or short >= len(head):
            break
        if head[-short] >= 0xC0:
            needed = 2 if head[-short] < 0xE0 else 3 if head[-short] < 0xF0 else 4
            if needed > short:
                head = head[:-short]
            break
    return decode(head + b'"')
