"""Previews of folded containers: a few values or names, with secrets masked. Bounded work."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache

from astro_tui.document.index import Document
from astro_tui.document.lines import DocumentLine, JsonType
from astro_tui.document.masking import Masking
from astro_tui.document.paths import kind_of, named_by
from astro_tui.document.strings import decode_head
from astro_tui.text.foreign import visible
from astro_tui.text.redaction import MASK

_READ = 4096
_VALUE = 40
_EMPTY = '""'
_HEAD = 319
_WITHIN = 3
_MARGIN = 4


def item_name(document: Document, masking: Masking | None, line: DocumentLine) -> str | None:
    """Return the name of a list item (from `named_by`) as text that is safe to draw, or None.

    An object of a cluster is named `Deployment/web`. The name is masked if it is a secret. Without a `masking`, nothing
    is.
    """
    node = named_by(document, line)
    if node is None:
        return None
    own = document.line(node)
    if masking is not None and masking.reason(own, whole=False) is not None:
        return MASK
    name = _text(document, own)
    kind = kind_of(document, line) if own.depth > line.depth + 1 else None
    return visible(name if kind is None else f"{_text(document, document.line(kind))}/{name}", 60)


def _text(document: Document, line: DocumentLine) -> str:
    value = document.text[line.value : min(line.stop, line.value + _READ)]
    return decode_head(value, _HEAD) if line.kind is JsonType.STRING else value.decode("ascii", "replace")


def preview(document: Document, masking: Masking, line: DocumentLine, width: int) -> str:
    """Return at most `width` characters of a container's contents, ending in `…` if there is more."""
    if not line.opens:
        return ""
    start, stop = document.inside(line)
    inside = _Inside(document, None if masking.clean(line) else masking, min(stop, start + _READ))
    parts, used = [], 0
    for part in inside.parts(start, stop, line.depth + 1, keyed=document.text[line.value] == 0x7B, deep=True):
        parts.append(part)
        used += len(part) + 2
        if used > width + _MARGIN:
            break
    text = ", ".join(parts)
    return text if len(text) <= width else text[: max(0, width - 1)].rstrip(", ") + "…"


@cache
def _members(depth: int) -> re.Pattern[bytes]:
    """Return a pattern for the lines of all members or items at a depth. It matches the key and the value."""
    return re.compile(rb'\n {%d}((?>"[^"\\\n]*+(?:\\.[^"\\\n]*+)*+": )?+)([^ }\]\n].*+)' % depth)


class _Inside:
    """Reads a container member by member up to the byte `limit`, parsing only what is displayed."""

    def __init__(self, document: Document, masking: Masking | None, limit: int) -> None:
        self._document = document
        self._masking = masking
        self._limit = limit

    def parts(self, start: int, stop: int, depth: int, *, keyed: bool, deep: bool) -> Iterator[str]:
        """Yield the nodes at `depth` in a range of the text, containers with a little of their contents."""
        end = min(stop, self._limit)
        for match in _members(depth).finditer(self._document.text, start - 1, end):
            key, value = match.groups()
            if value.endswith(b","):
                value = value[:-1]
            if len(value) == 1 and value in b"{[":
                shown = self._container(match, depth, value == b"{", keyed=keyed, deep=deep)
            else:
                shown = self._scalar(match.start() + 1, value)
            yield f"{_short(key[:-2]) or _EMPTY}: {shown}" if keyed else shown
        if stop > self._limit:
            yield "…"

    def _container(self, match: re.Match[bytes], depth: int, is_object: bool, *, keyed: bool, deep: bool) -> str:
        if not keyed:
            name = item_name(self._document, self._masking, self._document.line(match.start() + 1))
            if name:
                return name
        if not deep:
            return "{…}" if is_object else "[…]"
        closer = b"\n" + b" " * depth + (b"}" if is_object else b"]")
        end = self._document.text.find(closer, match.end(), self._limit) + 1
        parts: list[str] = []
        for part in self.parts(match.end() + 1, end or self._limit + 1, depth + 1, keyed=is_object, deep=False):
            if len(parts) == _WITHIN or part == "…":
                parts.append("…")
                break
            parts.append(part)
        inside = ", ".join(parts)
        return f"{{{inside}}}" if is_object else f"[{inside}]"

    def _scalar(self, node: int, value: bytes) -> str:
        if self._masking is not None and self._masking.reason(self._document.line(node), whole=False) is not None:
            return MASK
        return (
            f'"{_short(value)}"'
            if value.startswith(b'"')
            else visible(value[:_HEAD].decode("ascii", "replace"), _VALUE)
        )


def _short(quoted: bytes) -> str:
    """Return the start of a quoted string, ready to be drawn."""
    if len(quoted) <= _HEAD and quoted.isascii() and b"\\" not in quoted:
        return visible(quoted[1:-1].decode("ascii"), _VALUE)
    return visible(decode_head(quoted if len(quoted) <= _HEAD else quoted[: _HEAD + 1], _HEAD), _VALUE)
