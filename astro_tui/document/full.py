"""One value in full, with what it encodes. Pure: it can run in a thread, whatever the size."""

from __future__ import annotations

from collections.abc import Callable, Container
from typing import NamedTuple

from astro_tui.document.decode import LIMIT, Decoded, decode_value
from astro_tui.document.index import ROOT, Document
from astro_tui.document.lines import Kind
from astro_tui.document.masking import Masking, never
from astro_tui.document.render import as_json
from astro_tui.document.text import decode_pieces

CONTAINER_LIMIT = 64 << 10
"""Bytes of JSON up to which a container is shown whole; the text of the document has the larger ones."""


class FullValue(NamedTuple):
    """A value undrawn: foreign text, to be made visible line by line.

    It is empty where `hidden` says why, and where a container is too large.
    """

    kind: Kind
    pieces: tuple[str, ...]
    """The first `LIMIT` characters of the text at most, in pieces."""
    size: int
    """Bytes of UTF-8 of a text, bytes of laid-out JSON of anything else."""
    length: int
    """Characters of a text, members or items of a container, else 0."""
    decoded: Decoded | None
    hidden: str | None

    @property
    def text(self) -> str:
        """The pieces in one."""
        return "".join(self.pieces)


def full_value(
    document: Document, node: int, revealed: Container[int] = (), cancelled: Callable[[], bool] = never
) -> FullValue:
    """Return the whole value of a node, masked unless it is among the `revealed` ones.

    When it was `cancelled`, the value has only what was read by then.
    """
    line, masking = document.line(node), Masking(document)
    if line.container:
        stop = len(document.text) if node == ROOT else line.stop
        if line.opens and node != ROOT:
            stop = document.inside(line)[1] + line.depth + 1
        size = stop - line.value
        text = as_json(document, masking, node, revealed).decode("utf-8", "replace") if size <= CONTAINER_LIMIT else ""
        return FullValue(line.kind, (text,) if text else (), size, document.children(node), None, None)
    reason = masking.reason(line, canceled=cancelled)
    shown = node in revealed
    if reason is not None and not shown:
        return FullValue(line.kind, (), 0, 0, None, reason)
    if line.kind is not Kind.STRING:
        raw = document.text[line.value : line.stop]
        return FullValue(line.kind, (raw.decode("ascii", "replace"),), len(raw), 0, None, None)
    kept: list[str] = []
    size = length = 0
    for piece in decode_pieces(document.text, line.value, line.stop):
        if cancelled():
            break
        if length < LIMIT:
            kept.append(piece[: LIMIT - length])
        length += len(piece)
        size += len(piece.encode("utf-8", "surrogatepass"))
    decoded = decode_value("".join(kept), masked=not shown, length=length)
    return FullValue(line.kind, tuple(kept), size, length, decoded, None)
