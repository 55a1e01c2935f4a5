"""Fit text into terminal cells: a wide character takes two, a combining one none."""

from __future__ import annotations

import re

import rich.cells
from rich.cells import set_cell_size

_OTHER = re.compile("[^ -~\u00a0-\u02ff\u0370-\u0482\u048a-\u052f\u2010-\u2027\u2190-\u21ff\u2400-\u2426\u2500-\u25fc]")
"""Characters that may not take exactly one cell; testing for them is faster than measuring."""


def cell_len(text: str) -> int:
    """Return how many cells Textual draws `text` in.

    Every widget measures with it. Printed output uses `text.foreign.cell_width`, because it must not load Rich.
    """
    return len(text) if text.isascii() or _OTHER.search(text) is None else rich.cells.cell_len(text)


def fit(text: str, width: int, cut: str = "") -> str:
    """Return `text` in exactly `width` cells: padded, or cut at its end with `cut` (ASCII, or one cell wide).

    Headings and loading bars are cut without a mark.
    """
    if width <= 0:
        return ""
    if text.isascii() or _OTHER.search(text) is None:
        size = len(text)
        if size <= width:
            return text + " " * (width - size)
        return text[: max(0, width - len(cut))] + cut[:width]
    if cell_len(text) <= width:
        return set_cell_size(text, width)
    return set_cell_size(text, max(0, width - len(cut))) + cut[:width]


def fit_middle(text: str, width: int, cut: str) -> str:
    """Return `text` in exactly `width` cells, cut in its middle: the start and the tag of an image stay readable."""
    if cell_len(text) <= width or width < 4 + len(cut):
        return fit(text, width, cut)
    tail = (width - len(cut)) // 2
    end = text[-tail:]
    while cell_len(end) > tail:
        end = end[1:]
    return set_cell_size(text, width - len(cut) - cell_len(end)) + cut + end


def fit_right(text: str, width: int) -> str:
    """Return `text` in exactly `width` cells, aligned right; if it is too long, its start is kept."""
    size = cell_len(text)
    return " " * (width - size) + text if size <= width else fit(text, width)
