"""Divides the cells of a row among its columns."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

GAP = 2
"""Blank cells in front of a column."""


class Stage(NamedTuple):
    """A step of the layout of the column `name`.

    With its first stage, the column appears with `size` cells, or not at all. Later stages let it grow to `size` as far
    as there is room, or, if `whole`, only in full.
    """

    name: str
    size: int
    whole: bool = False


def allot(room: int, stages: Iterable[Stage]) -> dict[str, int]:
    """Return the width in cells of each column that fits.

    The stages are in order of importance. After the first one that does not fit (a new column, or
    growth that must be `whole`), no column is added, so a wider row has the same columns and perhaps more. The rest
    goes to the later stages of the columns that were added.
    """
    given: dict[str, int] = {}
    full = False
    for name, size, whole in stages:
        if size <= 0:
            continue
        if name in given:
            more = max(0, size - given[name])
            if more > room:
                full = full or whole
                more = 0 if whole else room
            given[name] += more
            room -= more
        elif not full:
            full = room < size + GAP
            if not full:
                given[name] = size
                room -= size + GAP
    return given
