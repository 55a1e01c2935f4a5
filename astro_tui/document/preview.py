"""What a folded container shows of its inside, secrets masked: a few values or names. Bounded work."""

from __future__ import annotations

from collections.abc import Iterator

from astro_tui.document.index import Document
from astro_tui.document.lines import Kind, Line
from astro_tui.document.masking import Masking
from astro_tui.document.paths import identity
from astro_tui.document.text import decode, decode_head
from astro_tui.redaction import MASK
from astro_tui.text import visible

_READ = 4096
_VALUE = 40
_WITHIN = 3
_MARGIN = 4


def item_name(document: Document, masking: Masking, line: Line) -> str | None:
    """Return the `name` (or `id`, or `key`) of a list item as drawable text, or None where it has none.

    It is masked where it is a secret itself.
    """
    member = identity(document, line)
    if member is None:
        return None
    place = document.text.find(member, line.following)
    own = document.line(document.text.rfind(b"\n", 0, place) + 1)
    if masking.reason(own, whole=False) is not None:
        return MASK
    value = member.partition(b": ")[2]
    name = decode(value) if value.startswith(b'"') else value.decode("ascii", "replace")
    return visible(name, 60)


def preview(document: Document, masking: Masking, line: Line, width: int) -> str:
    """Return at most `width` characters of what is inside of a container, `…` at the end if there is more."""
    if not line.opens:
        return ""
    text = ", ".join(_bounded(_parts(document, masking, line, deep=True), width))
    return text if len(text) <= width else text[: max(0, width - 1)].rstrip(", ") + "…"


def _bounded(parts: Iterator[str], width: int) -> Iterator[str]:
    used = 0
    for part in parts:
        yield part
        used += len(part) + 2
        if used > width + _MARGIN:
            return


def _parts(document: Document, masking: Masking, line: Line, *, deep: bool) -> Iterator[str]:
    keyed = line.kind is Kind.OBJECT
    for child in _children(document, line):
        if child is None:
            yield "…"
            return
        value = _value(document, masking, child, deep=deep)
        if keyed:
            key = visible(decode_head(child.key or b'""', _VALUE * 4), _VALUE)
            yield f"{key}: {value}"
        else:
            yield item_name(document, masking, child) or value


def _children(document: Document, line: Line) -> Iterator[Line | None]:
    """Yield the first direct children; None where what was to be read ends before the container does."""
    text = document.text
    node, limit = line.following, line.following + _READ
    while True:
        if text[node + line.depth] != 0x20:
            return
        child = document.line(node)
        yield child
        if child.following > limit:
            yield None
            return
        node = child.following
        if child.opens:
            closer = b"\n" + b" " * child.depth + (b"}" if child.kind is Kind.OBJECT else b"]")
            place = text.find(closer, child.stop, limit)
            end = text.find(b"\n", place + 1) if place >= 0 else -1
            if end < 0:
                yield None
                return
            node = end + 1


def _value(document: Document, masking: Masking, line: Line, *, deep: bool) -> str:
    raw = document.text[line.value : min(line.stop, line.value + _VALUE * 8)]
    if line.opens:
        return _container(document, masking, line) if deep else "{…}" if line.kind is Kind.OBJECT else "[…]"
    if masking.reason(line, whole=False) is not None:
        return MASK
    if line.kind is Kind.STRING:
        whole = document.text[line.value : line.stop] if len(raw) < _VALUE * 8 else raw + b"\\"
        return f'"{visible(decode_head(whole, _VALUE * 8 - 1), _VALUE)}"'
    return visible(raw.decode("ascii", "replace"), _VALUE)


def _container(document: Document, masking: Masking, line: Line) -> str:
    parts: list[str] = []
    for part in _parts(document, masking, line, deep=False):
        if len(parts) == _WITHIN or part == "…":
            parts.append("…")
            break
        parts.append(part)
    inside = ", ".join(parts)
    return f"{{{inside}}}" if line.kind is Kind.OBJECT else f"[{inside}]"
