"""Decodes texts that contain JSON, base64, or a JWT. Pure, with bounded work; never raises."""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Callable, Container
from typing import NamedTuple

from astro_tui.document.index import ROOT, Document
from astro_tui.document.lines import JsonType
from astro_tui.document.masking import Masking
from astro_tui.document.render import as_json
from astro_tui.document.strings import decode_pieces
from astro_tui.errors import DocumentError
from astro_tui.runtime import never
from astro_tui.text.foreign import bounded
from astro_tui.text.redaction import redact_text
from astro_tui.text.times import counted

LIMIT = 1 << 20
"""For texts over this many characters, only the start is decoded, and only as base64."""
READABLE = 1 << 17
"""The most decoded characters that are returned. All of them are searched for secrets."""
_BEYOND = 1 << 12
"""How many characters beyond those are searched too, so that a secret that crosses the limit is masked completely."""
_SHORTEST = 16
_DUMPED = 512
_LAYERS = 3
_BASE64 = re.compile(r"[A-Za-z0-9+/]+={0,2}|[A-Za-z0-9_-]+={0,2}")
_JWT = re.compile(r"([A-Za-z0-9_-]{4,})\.([A-Za-z0-9_-]{2,})\.([A-Za-z0-9_-]*)")
_CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]")
_MAGIC = {
    b"\x1f\x8b": "gzip",
    b"\x89PNG": "a PNG image",
    b"\xff\xd8\xff": "a JPEG image",
    b"GIF8": "a GIF image",
    b"%PDF": "a PDF document",
    b"PK\x03\x04": "a ZIP archive",
    b"\x28\xb5\x2f\xfd": "zstd",
    b"BZh": "bzip2",
    b"\xfd7zXZ": "xz",
    b"\x7fELF": "a program",
}


class Decoded(NamedTuple):
    """A decoded text. `form` names the encodings in words, outermost first."""

    text: str
    form: str
    size: int
    """The number of decoded bytes."""


def decode_value(text: str, *, masked: bool = True, length: int = 0) -> Decoded | None:
    """Return the contents of a `text` that is JSON, a JWT, or base64 of a text or a known file type, else None.

    `masked` hides secrets in it. If `text` is only the start of a longer text, `length` is the full length.
    """
    length = max(length, len(text))
    if length > LIMIT:
        large = _start_of_base64(text, length)
        return large and large._replace(text=_redacted(large) if masked else large.text)
    forms: list[str] = []
    innermost: Decoded | None = None
    while len(forms) < _LAYERS:
        token = None if masked else _jwt(text)
        inner = token or _json(text, masked=masked) or _from_base64(text)
        if inner is None:
            break
        forms.append(inner.form)
        innermost, text = inner, inner.text
        if inner.form != "base64":
            break
    if innermost is None:
        return None
    shown = _redacted(innermost) if masked and innermost.form != "JSON" else innermost.text
    return Decoded(shown, ", ".join(forms), innermost.size)


def _redacted(layer: Decoded) -> str:
    """Return a text without its secrets, cut off where searching for them would take too long."""
    shown = redact_text(bounded(layer.text, READABLE + _BEYOND))
    if len(layer.text) <= READABLE:
        return shown
    return f"{shown[:READABLE]}\n… only the start is shown ({layer.size:,} bytes in total)"


def _json(text: str, *, masked: bool) -> Decoded | None:
    stripped = text.strip()
    if stripped[:1] not in ("{", "[") or stripped[-1:] not in ("}", "]"):
        return None
    # A lone surrogate becomes its JSON escape.
    raw = stripped.encode("utf-8", "backslashreplace")
    try:
        document = Document.parse(raw)
    except DocumentError:
        return None
    if not document.root.opens:
        return None
    pretty = as_json(document, Masking(document) if masked else None, ROOT)
    return Decoded(pretty.decode("utf-8", "replace"), "JSON", len(raw))


def _from_base64(text: str, *, whole: bool = True) -> Decoded | None:
    compact = "".join(text.split()) if "\n" in text else text.strip()
    if len(compact) < _SHORTEST or len(compact) % 4 == 1 or not _BASE64.fullmatch(compact):
        return None
    raw = _bytes(compact)
    if not raw:
        return None
    kind = next((kind for magic, kind in _MAGIC.items() if raw.startswith(magic)), None)
    if kind is not None:
        return Decoded(_dump(raw), f"base64 of {kind}", len(raw))
    try:
        decoded = raw.decode()
    except UnicodeDecodeError as error:
        # The last character may be incomplete because this is only the start.
        if whole or error.start < len(raw) - 3:
            return None
        decoded = raw[: error.start].decode()
    return None if _CONTROL.search(decoded) else Decoded(decoded, "base64", len(raw))


def _start_of_base64(text: str, length: int) -> Decoded | None:
    """Return the decoded start of a large base64 text, with the approximate size of all of it."""
    start = text[: 2 * READABLE]
    head = "".join(start.split())
    decoded = _from_base64(head[: len(head) // 12 * 12], whole=False)
    return decoded and decoded._replace(size=length * len(head) // len(start) * 3 // 4)


def _bytes(compact: str) -> bytes:
    padded = compact.rstrip("=")
    padded += "=" * (-len(padded) % 4)
    try:
        return base64.b64decode(padded.translate({0x2D: "+", 0x5F: "/"}), validate=True)
    except (binascii.Error, ValueError):
        return b""


def _jwt(text: str) -> Decoded | None:
    match = _JWT.fullmatch(text.strip().removeprefix("Bearer "))
    if match is None:
        return None
    parts = [_json(_bytes(match[group]).decode("utf-8", "replace"), masked=False) for group in (1, 2)]
    head, claims = parts
    if head is None or claims is None or '"alg"' not in head.text:
        return None
    signature = f"signature: {len(_bytes(match[3]))} bytes" if match[3] else "not signed"
    return Decoded(f"header\n{head.text}\n\nclaims\n{claims.text}\n\n{signature}", "a JWT", head.size + claims.size)


def _dump(raw: bytes) -> str:
    """Return the first bytes in hexadecimal, with their printable characters."""
    lines = []
    for start in range(0, min(len(raw), _DUMPED), 16):
        piece = raw[start : start + 16]
        letters = "".join(chr(byte) if 0x20 <= byte < 0x7F else "." for byte in piece)
        lines.append(f"{start:04x}  {piece.hex(' '):<47}  {letters}")
    if len(raw) > _DUMPED:
        lines.append(f"and {counted(len(raw) - _DUMPED, 'more byte')}")
    return "\n".join(lines)


CONTAINER_LIMIT = 64 << 10
"""Containers with more bytes of JSON than this are returned without their text."""


class FullValue(NamedTuple):
    """A complete value. It is untrusted text, to be made visible line by line.

    It is empty if `hidden` gives a reason, or if a container is too large.
    """

    kind: JsonType
    pieces: tuple[str, ...]
    """At most the first `LIMIT` characters of the text, in pieces."""
    size: int
    """The size in bytes: of a text in UTF-8, of anything else as laid-out JSON."""
    length: int
    """The number of characters of a text or of children of a container, else 0."""
    decoded: Decoded | None
    hidden: str | None

    @property
    def text(self) -> str:
        """The whole text."""
        return "".join(self.pieces)


def size_of(document: Document, node: int) -> int:
    """Return the size of a value in bytes of laid-out JSON."""
    line = document.line(node)
    if line.opens:
        stop = len(document.text) if node == ROOT else document.inside(line)[1] + line.depth + 1
    else:
        stop = line.stop
    return stop - line.value


def full_value(
    document: Document, node: int, revealed: Container[int] = (), canceled: Callable[[], bool] = never
) -> FullValue:
    """Return the complete value of a node, masked unless it is in `revealed`.

    If `canceled` returns True, the value contains only what was read by then.
    """
    line, masking = document.line(node), Masking(document)
    if line.container:
        size = size_of(document, node)
        text = as_json(document, masking, node, revealed).decode("utf-8", "replace") if size <= CONTAINER_LIMIT else ""
        return FullValue(line.kind, (text,) if text else (), size, document.children(node), None, None)
    reason = masking.reason(line, canceled=canceled)
    shown = node in revealed
    if reason is not None and not shown:
        return FullValue(line.kind, (), 0, 0, None, reason)
    if line.kind is not JsonType.STRING:
        raw = document.text[line.value : line.stop]
        return FullValue(line.kind, (raw.decode("ascii", "replace"),), len(raw), 0, None, None)
    kept: list[str] = []
    size = length = 0
    for piece in decode_pieces(document.text, line.value, line.stop):
        if canceled():
            break
        if length < LIMIT:
            kept.append(piece[: LIMIT - length])
        length += len(piece)
        size += len(piece.encode("utf-8", "surrogatepass"))
    decoded = decode_value("".join(kept), masked=not shown, length=length)
    return FullValue(line.kind, tuple(kept), size, length, decoded, None)
