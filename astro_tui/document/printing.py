"""A whole document as text for a shell: JSON, YAML, or a tree, with secrets masked by default. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator

from astro_tui.document import ROOT, Document, JsonType, Masking, Outline, TreeRow, as_json, as_yaml
from astro_tui.text.foreign import HIDDEN, ascii_only, visible
from astro_tui.text.redaction import MASK
from astro_tui.text.styled import Printable, printable

FORMATS = ("json", "yaml", "tree")
_BLOCK = 4096
_PIECE = 1 << 18
_OUTSIDE, _HIDDEN = re.compile("[^\t\n\x20-\x7e]"), re.compile(f"[\x00-\x08\x0b-\x1f{HIDDEN}]")
_CONTROLS = re.compile(rb"[^\t\n\x20-\x7e]")


def printed(document: Document, form: str, *, reveal: bool, ascii_alone: bool = False) -> Iterator[Printable]:
    """Yield the text of a document in one of `FORMATS`, in pieces. Raises DocumentError if it is too large for YAML."""
    masking = None if reveal else Masking(document)
    if form == "json":
        for piece in _pieces(as_json(document, masking, ROOT)):
            yield safe_json(piece, ascii_alone=ascii_alone)
        yield Printable(b"\n")
    elif form == "yaml":
        # The printer of YAML escapes control characters.
        yield Printable(as_yaml(document, masking, ROOT, ascii_alone=ascii_alone).encode("utf-8", "replace"))
    else:
        lines: list[str] = []
        for line in tree_lines(document, reveal=reveal):
            lines.append(ascii_only(line) if ascii_alone else line)
            if len(lines) >= _BLOCK:
                yield _joined(lines)
                lines = []
        yield _joined(lines)


def _pieces(text: bytes) -> Iterator[bytes]:
    """Yield a text in pieces of whole characters, because processing a piece can take many times its size."""
    start = 0
    while start < len(text):
        stop = start + _PIECE
        while stop < len(text) and text[stop] & 0xC0 == 0x80:
            stop += 1
        yield text[start:stop]
        start = stop


def _joined(lines: list[str]) -> Printable:
    return Printable(b"".join(map(printable, lines)))


def tree_lines(document: Document, *, reveal: bool = False) -> Iterator[str]:
    """Yield one line per node, like the fully unfolded tree on screen. Long texts are cut off."""
    outline = Outline(document)
    outline.expand_all()
    for number in range(outline.row_count):
        row = outline.row(number)
        note = outline.note(number)
        yield "  " * row.depth + _head(row) + _value(outline, row, reveal=reveal) + (f"   {note}" if note else "")


def _head(row: TreeRow) -> str:
    if row.position is not None:
        return f"{row.position} {visible(row.name)} " if row.name else f"{row.position} "
    return "" if row.key is None else (row.key or '""') + " "


def _value(outline: Outline, row: TreeRow, *, reveal: bool) -> str:
    if row.opens:
        return f"{{{row.children:,}}}" if row.kind == JsonType.OBJECT else f"[{row.children:,}]"
    if row.masked and not reveal:
        return MASK
    text = outline.value_text(row.node) if row.masked else row.text
    return f'"{text}"' if row.kind == JsonType.STRING else text


def safe_json(text: bytes, *, ascii_alone: bool) -> Printable:
    """Return JSON with the same values, in which characters that a terminal may obey or hide are escaped.

    With `ascii_alone`, every character outside ASCII is.
    """
    if text.isascii() and not _CONTROLS.search(text):
        return Printable(text)
    escaped = (_OUTSIDE if ascii_alone else _HIDDEN).sub(_escaped, text.decode("utf-8", "replace"))
    return Printable(escaped.encode())


def _escaped(match: re.Match[str]) -> str:
    pair = match.group().encode("utf-16-be")
    return "".join(f"\\u{pair[at]:02x}{pair[at + 1]:02x}" for at in range(0, len(pair), 2))


def safe_for_terminal(text: bytes) -> Printable:
    """Return text without control characters for the terminal."""
    lines = text.decode("utf-8", "replace").split("\n")
    return Printable("\n".join(visible(line) for line in lines).encode("utf-8", "replace"))
