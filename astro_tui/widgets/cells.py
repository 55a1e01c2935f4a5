"""Fitting texts into cells of a terminal: wide characters count two, combining ones none."""

from __future__ import annotations

from rich.cells import cell_len, set_cell_size

__all__ = ["cell_len", "cells", "fit", "fit_middle", "fit_right"]


def cells(text: str) -> int:
    """Return how many cells `text` takes; of ASCII, which most of it is, in no time."""
    return len(text) if text.isascii() else cell_len(text)


def fit(text: str, width: int, cut: str = "…") -> str:
    """Return `text` in exactly `width` cells, padded, or cut at its end with `cut`."""
    if width <= 0:
        return ""
    if text.isascii():
        size = len(text)
        if size <= width:
            return text + " " * (width - size)
        return text[: width - 1] + cut
    if cell_len(text) <= width:
        return set_cell_size(text, width)
    return set_cell_size(text, width - 1) + cut


def fit_middle(text: str, width: int, cut: str = "…") -> str:
    """Return `text` in exactly `width` cells, cut in its middle: start and tag of an image stay readable."""
    if cell_len(text) <= width or width < 5:
        return fit(text, width, cut)
    tail = (width - 1) // 2
    end = text[-tail:]
    while cell_len(end) > tail:
        end = end[1:]
    return set_cell_size(text, width - 1 - cell_len(end)) + cut + end


def fit_right(text: str, width: int) -> str:
    """Return `text` in exactly `width` cells, aligned right; a longer one keeps its start."""
    size = cells(text)
    return " " * (width - size) + text if size <= width else fit(text, width)
