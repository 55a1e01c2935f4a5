"""Sentences as lines of a terminal, measured in cells. Pure."""

from __future__ import annotations

import re

from astro_tui.text.foreign import cell_width

LEAST_ROOM = 20
"""The fewest cells in which a sentence is wrapped: with less, it is hard to read."""
_BREAKS = re.compile(r"(?<=[/:,;@=&?_.-])")
"""A long word, such as the address of an image, can be broken after these."""
_LEAD = re.compile(r"(?:[~+>-] )? *")
"""A mark and an indent."""


def indented(text: str, width: int) -> list[str]:
    """Return the lines of `wrapped`, indented like the text, and all but the first by two more cells.

    A mark in front of the indent, such as a change mark, counts as part of the indent.
    """
    lead = _LEAD.match(text)
    head = lead[0] if lead is not None else ""
    if width < 1 or cell_width(text) <= width or 2 * len(head) + 4 > width:
        return wrapped(text, width)
    deeper = " " * (len(head) + 2)
    first, *rest = wrapped(text[len(head) :], width - len(deeper))
    return [f"{head}{first}", *(f"{deeper}{line}" for line in rest)]


def wrapped(text: str, width: int, *, whole_words: bool = False) -> list[str]:
    """Return lines of at most `width` cells, broken at spaces, and inside of words only if they are longer than a line.

    With `whole_words`, such a word gets a longer line of its own, so that an address can be copied. A `width` below 1
    means that nothing is broken. There is always at least one line.
    """
    if width < 1 or cell_width(text) <= width:
        return [text]
    lines: list[str] = []
    line = ""
    for word in text.split():
        joint = f"{line} {word}" if line else word
        if cell_width(joint) <= width:
            line = joint
        elif whole_words or cell_width(word) <= width:
            lines += [line] if line else []
            line = word
        else:
            *full, line = _filled(line, word, width)
            lines += full
    return [*lines, line]


def _filled(line: str, word: str, width: int) -> list[str]:
    """Return the lines that a word longer than a line fills, beginning with the rest of `line`."""
    lines = [f"{line} " if line else ""]
    for part in _BREAKS.split(word):
        if cell_width(lines[-1] + part) <= width:
            lines[-1] += part
            continue
        lines.append("")
        for char in part:
            if lines[-1] and cell_width(lines[-1] + char) > width:
                lines.append("")
            lines[-1] += char
    return [each.rstrip() for each in lines if each.strip()]
