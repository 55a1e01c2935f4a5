"""The strings of a laid-out text: their canonical escapes, and their characters, read without a copy of the text."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator

PIECE = 1 << 16
"""The bytes of a string that are decoded at once, and of a text whose escapes are rewritten at once."""

_ESCAPE = re.compile(
    rb"\\(?:u([dD][89abAB][0-9a-fA-F]{2})\\u([dD][c-fC-F][0-9a-fA-F]{2})|u([0-9a-fA-F]{4})|([^u]))",
)
_ODD = re.compile(rb"\\[u/]")
_SURROGATE = re.compile(rb"\xed[\xa0-\xbf][\x80-\xbf]")
# Complete escapes. The first half of a surrogate pair only counts if the second half is also available.
_WHOLE_ESCAPES = re.compile(
    rb"(?:[^\\]++|\\u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}|\\u(?![dD][89abAB])[0-9a-fA-F]{4}|\\[^u]"
    rb"|\\u[0-9a-fA-F]{4}(?=[\s\S]{6}))*+"
)
_KEPT_ESCAPES = 4096
_WHOLE_HEAD = re.compile(rb'"(?:[^"\\]++|\\u[0-9a-f]{4}|\\[^u])*+')


def canonical_pieces(text: bytes, start: int = 0, end: int | None = None) -> Iterator[bytes]:
    """Yield the laid-out `text[start:end]` with every escape in its canonical form."""
    table = _Canonical()
    end = len(text) if end is None else end
    while start < end:
        stop = min(end, start + PIECE)
        if stop < end:
            match = _WHOLE_ESCAPES.match(text, start, stop)
            stop = match.end() if match is not None and match.end() > start else stop
        piece = text[start:stop]
        yield _ESCAPE.sub(lambda match: table[match.group()], piece) if _ODD.search(piece) else piece
        start = stop


class _Canonical(dict[bytes, bytes]):
    """Escape → its canonical form. A cache, because texts repeat the same few escapes."""

    def __missing__(self, escape: bytes) -> bytes:
        match = _ESCAPE.fullmatch(escape)
        canonical = _canonical(match) if match is not None else escape
        if len(self) < _KEPT_ESCAPES:
            self[escape] = canonical
        return canonical


def _canonical(match: re.Match[bytes]) -> bytes:
    high, low, single, other = match.groups()
    if other is not None:
        return b"/" if other == b"/" else match.group()
    if high is not None:
        code = 0x10000 + ((int(high, 16) - 0xD800) << 10) + int(low, 16) - 0xDC00
        return chr(code).encode()
    return encode(chr(int(single, 16)))[1:-1]


def escape_surrogates(text: bytes) -> bytes:
    """Return laid-out text as valid UTF-8 with lone surrogates escaped. It parses to the same document."""
    if b"\xed" not in text:
        return text
    return _SURROGATE.sub(lambda match: b"\\u%04x" % ord(match.group().decode("utf-8", "surrogatepass")), text)


def encode(text: str) -> bytes:
    """Return a string in its canonical form in laid-out text, with quotes."""
    return json.dumps(text, ensure_ascii=False).encode("utf-8", "surrogatepass")


def decode(raw: bytes) -> str:
    """Return the decoded value of a quoted string of a laid-out text."""
    return _decode(raw) if len(raw) <= PIECE else "".join(decode_pieces(raw))


def decode_pieces(raw: bytes, start: int = 0, stop: int | None = None) -> Iterator[str]:
    """Yield the decoded value of a quoted string in pieces of whole characters, about `PIECE` bytes each.

    The string is `raw[start:stop]`, which is not copied.
    """
    start, end = start + 1, (len(raw) if stop is None else stop) - 1
    while start < end:
        stop = whole_characters(raw, start, min(end, start + PIECE), end)
        yield _decode(b'"' + raw[start:stop] + b'"')
        start = stop


def whole_characters(raw: bytes, start: int, stop: int, end: int) -> int:
    """Return the last offset up to `stop` that splits neither an escape nor a character."""
    if stop == end:
        return end
    match = _WHOLE_ESCAPES.match(raw, start, stop)
    stop = match.end() if match is not None and match.end() > start else stop
    for short in range(4):
        if raw[stop - short] & 0xC0 != 0x80:
            return stop - short if stop - short > start else stop
    return stop


def _decode(raw: bytes) -> str:
    text = raw.decode("utf-8", "surrogatepass")
    if "\\" not in text:
        return text[1:-1]
    value = json.loads(text, strict=False)
    return value if isinstance(value, str) else text


def decode_head(raw: bytes, limit: int) -> str:
    """Return the decoded start of a quoted string: the whole characters in its first `limit` bytes."""
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
