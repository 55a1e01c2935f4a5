"""One complete value, with its decoded contents. Pure, so it can run in a thread."""

from __future__ import annotations

from collections.abc import Callable, Container
from typing import NamedTuple

from astro_tui.document.decode import LIMIT, Decoded, decode_value
from astro_tui.document.index import ROOT, Document
from astro_tui.document.lines import Kind
from astro_tui.document.masking import Masking
from astro_tui.document.render import as_json
from astro_tui.document.strings import decode_pieces
from astro_tui.runtime import never

CONTAINER_LIMIT = 64 << 10
"""Containers with more bytes of JSON than this are returned without their text."""


class FullValue(NamedTuple):
    """A complete value. It is untrusted text, to be made visible line by line.

    It is empty if `hidden` gives a reason, or if a container is too large.
    """

    kind: Kind
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
    if line.kind is not Kind.STRING:
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
