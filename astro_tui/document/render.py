"""A node as JSON or YAML to read, copy, and save, with secrets masked unless revealed."""

from __future__ import annotations

from collections.abc import Container, Iterable
from io import BytesIO

import msgspec

from astro_tui.document.index import ROOT, Document
from astro_tui.document.masking import Masking
from astro_tui.document.secret_keys import with_secret_keys
from astro_tui.document.strings import escape_surrogates
from astro_tui.document.text import AT_ONCE, formatted
from astro_tui.document.windows import OddError
from astro_tui.errors import DocumentError
from astro_tui.text.redaction import MASK

YAML_LIMIT = 4 << 20
"""The most bytes of JSON that are converted to YAML. More would take minutes."""

MASKED = msgspec.json.encode(MASK)
"""Replaces a secret in JSON."""


def as_json(
    document: Document,
    masking: Masking | None,
    node: int,
    revealed: Container[int] = (),
    hidden: Iterable[int] | None = None,
    *,
    end: bytes = b"",
) -> bytes:
    """Return a node as JSON with two spaces per level, numbers as sent, and secrets masked by `masking`.

    `end` is appended.

    `hidden` is the list of nodes that `masking` hides, in order, if the caller knows it already.
    """
    text = masked_text(document, masking, node, revealed, hidden)
    if len(text) <= AT_ONCE:
        return escape_surrogates(msgspec.json.format(text, indent=2)) + end
    pretty = BytesIO()
    try:
        for _stop, part in formatted(text, 2):
            pretty.write(part.view if part.find(b"\xed") < 0 else escape_surrogates(bytes(part.view)))
    except OddError:  # pragma: no cover - laid-out text is well-formed
        return escape_surrogates(msgspec.json.format(text, indent=2)) + end
    pretty.write(end)
    return pretty.getvalue()


def as_yaml(
    document: Document,
    masking: Masking | None,
    node: int,
    revealed: Container[int] = (),
    *,
    ascii_alone: bool = False,
) -> str:
    """Return a node as YAML: numbers as sent, multi-line texts in block style, masked like `as_json`.

    `ascii_alone` escapes all non-ASCII characters. Raises DocumentError above `YAML_LIMIT`.
    """
    start, stop = _span(document, node)
    # Masking so much would take many seconds.
    if stop - start > YAML_LIMIT:
        raise DocumentError(f"Too large to convert to YAML (limit: {YAML_LIMIT >> 20} MiB); use JSON instead")
    from astro_tui.document.yaml_writer import yaml_of

    return yaml_of(masked_text(document, masking, node, revealed), ascii_alone=ascii_alone)


def _span(document: Document, node: int) -> tuple[int, int]:
    """Return where the text of a node starts and ends."""
    line = document.line(node)
    if not line.opens:
        return line.value, line.stop
    return line.value, len(document.text) if node == ROOT else document.inside(line)[1] + line.depth + 1


def masked_text(
    document: Document,
    masking: Masking | None,
    node: int,
    revealed: Container[int],
    hidden: Iterable[int] | None = None,
) -> bytes:
    """Return the text of a node with every hidden value replaced."""
    start, stop = _span(document, node)
    if masking is None:
        return with_secret_keys(document.text[start:stop], document.secret_keys)
    places = [line.start for line in masking.hidden(node)] if hidden is None else hidden
    shown = memoryview(document.text)
    pieces: list[bytes | memoryview] = []
    for place in places:
        if place not in revealed:
            value = document.line(place)
            pieces += (shown[start : value.value], MASKED)
            start = value.stop
    return b"".join([*pieces, shown[start:stop]]) if pieces else document.text[start:stop]
