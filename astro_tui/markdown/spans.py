"""Styled text, and its wrapping into lines of a given width."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from enum import Flag, auto
from typing import NamedTuple

from astro_tui.text.foreign import cell_width


class SpanRole(Flag):
    """The role of a piece of text; roles combine, as in a bold link."""

    TEXT = 0
    STRONG = auto()
    EMPHASIS = auto()
    STRUCK = auto()
    CODE = auto()
    LINK = auto()
    QUIET = auto()
    TITLE = auto()
    HEADING = auto()
    BLOCK = auto()
    """A line of a code block."""


class StyledSpan(NamedTuple):
    """A piece of one line, safe to draw."""

    text: str
    part: SpanRole = SpanRole.TEXT


StyledLine = tuple[StyledSpan, ...]
# Chinese, Japanese, and Korean are written without spaces: a line can end after any of their characters.
_ALONE_RANGE = "\u2e80-\u9fff\uac00-\ud7a3\uf900-\ufaff\uff01-\uff60"
_ATOMS = re.compile(f"[ ]+|[{_ALONE_RANGE}]|[^ {_ALONE_RANGE}]+")
_ALONE = re.compile(f"[{_ALONE_RANGE}]")
_NOT_FIRST = frozenset("、。，．・：；？！）」』】〕〉》］｝ーっゃゅょッャュョ々…")
_NOT_LAST = frozenset("（「『【〔〈《［｛")
BREAK = "\n"


class _Word(NamedTuple):
    """A piece that is not broken; `blank` says that a space separates it from the previous word on its line."""

    spans: list[StyledSpan]
    size: int
    blank: bool


def width_of(spans: Sequence[StyledSpan]) -> int:
    """Return the width of spans in cells."""
    return sum(cell_width(span.text) for span in spans)


def wrap(spans: Sequence[StyledSpan], width: int) -> list[StyledLine]:
    """Return lines of at most `width` cells (at least 2), broken at spaces if there are any, else anywhere.

    A span that is only a line break ends its line.
    """
    width = max(2, width)
    lines: list[StyledLine] = []
    line: list[StyledSpan] = []
    used = 0
    for word in _words(spans):
        if word is None:
            lines.append(_joined(line))
            line, used = [], 0
            continue
        lead = 1 if word.blank and line else 0
        if used + lead + word.size <= width:
            if lead:
                line.append(StyledSpan(" ", word.spans[0].part & line[-1].part))
            line += word.spans
            used += lead + word.size
            continue
        if line:
            lines.append(_joined(line))
            line, used = [], 0
        pieces = list(_folded(word.spans, width)) if word.size > width else [word.spans]
        lines += [_joined(piece) for piece in pieces[:-1]]
        line, used = list(pieces[-1]), width_of(pieces[-1])
    if line or not lines:
        lines.append(_joined(line))
    return lines


def fold(spans: Sequence[StyledSpan], width: int) -> list[StyledLine]:
    """Return lines of at most `width` cells, broken anywhere and with every space kept: for code."""
    return [_joined(piece) for piece in _folded(spans, max(2, width))] or [()]


def cut_to(spans: Sequence[StyledSpan], width: int) -> StyledLine:
    """Return the spans cut or padded to `width` cells."""
    pieces = next(iter(_folded(spans, width)), []) if width >= 2 else []
    return (*_joined(pieces), StyledSpan(" " * max(0, width - width_of(pieces))))


def _words(spans: Sequence[StyledSpan]) -> Iterator[_Word | None]:
    """Yield the words, and None for a line break."""
    word: list[StyledSpan] = []
    size, blank = 0, False
    for span in spans:
        if span.text == BREAK:
            if word:
                yield _Word(word, size, blank)
            yield None
            word, size, blank = [], 0, False
            continue
        for atom in _ATOMS.findall(span.text):
            gap = atom[0] == " "
            if word and (gap or _parted(word[-1].text, atom)):
                yield _Word(word, size, blank)
                word, size, blank = [], 0, False
            if gap:
                blank = True
            else:
                word.append(StyledSpan(atom, span.part))
                size += cell_width(atom)
    if word:
        yield _Word(word, size, blank)


def _parted(before: str, after: str) -> bool:
    """Return whether a line can end between two pieces without a space between them."""
    if after[0] in _NOT_FIRST or before[-1] in _NOT_LAST:
        return False
    return bool(_ALONE.match(after) or _ALONE.match(before[-1]))


def _folded(spans: Sequence[StyledSpan], width: int) -> Iterator[list[StyledSpan]]:
    """Yield pieces of at most `width` cells; a wider character is a piece by itself."""
    piece: list[StyledSpan] = []
    used = 0
    for text, part in spans:
        start = 0
        if text.isascii():
            while used + len(text) - start > width:
                stop = start + width - used
                if stop > start:
                    piece.append(StyledSpan(text[start:stop], part))
                yield piece
                piece, used, start = [], 0, stop
        else:
            for index, char in enumerate(text):
                size = cell_width(char)
                if used + size > width and (used or piece):
                    piece.append(StyledSpan(text[start:index], part))
                    yield piece
                    piece, used, start = [], 0, index
                used += size
        if start < len(text):
            piece.append(StyledSpan(text[start:], part))
            if text.isascii():
                used += len(text) - start
    if piece:
        yield piece


def _joined(spans: Sequence[StyledSpan]) -> StyledLine:
    """Return the line with adjacent spans of the same role merged."""
    joined: list[StyledSpan] = []
    for span in spans:
        if joined and joined[-1].part == span.part:
            joined[-1] = StyledSpan(joined[-1].text + span.text, span.part)
        elif span.text:
            joined.append(span)
    return tuple(joined)
