"""Reads single values of a document for a difference."""

from __future__ import annotations

from astro_tui.document import ROOT, Document, JsonType
from astro_tui.document.lines import DocumentLine
from astro_tui.document.strings import decode_head
from astro_tui.text.foreign import visible

LONGEST = 2000
"""Characters of a value that are read for drawing."""


def scalar_text(document: Document, line: DocumentLine) -> str:
    """Return a value as JSON on one line, safe to draw; a long value is cut."""
    raw = document.text[line.value : min(line.stop, line.value + LONGEST * 4)]
    if line.kind is not JsonType.STRING:
        return visible(raw.decode("ascii", "replace"), LONGEST)
    whole = raw if line.stop - line.value == len(raw) else raw + b"\\"
    return f'"{visible(decode_head(whole, LONGEST * 4), LONGEST)}"'


def value_stop(document: Document, line: DocumentLine) -> int:
    """Return the end of the value that starts on a line, which for a container is on a later line."""
    if not line.opens:
        return line.stop
    return len(document.text) if line.start == ROOT else document.inside(line)[1] + line.depth + 1
