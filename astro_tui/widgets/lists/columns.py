"""Shares the cells of a row out among its columns."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

GAP = 2
"""Blank cells in front of a column."""


class Stage(NamedTuple):
    """One step: the column `name` has `size` cells from now on, at least.

    A column appears with its first stage, in full or not at all; later stages let it grow, as far as there is room,
    or, if `whole`, only in full.
    """

    name: str
    size: int
    whole: bool = False


def allot(room: int, stages: Iterable[Stage]) -> dict[str, int]:
    """Return the cells of each column; a column that is missing has none.

    The stages come in the order of their importance. The first column that there is no room for ends the list of
    columns, so a wider row has the same columns and perhaps more. What is left goes to the later stages of the
    columns that are there.
    """
    given: dict[str, int] = {}
    full = False
    for name, size, whole in stages:
        if size <= 0:
            continue
        if name in given:
            more = max(0, size - given[name])
            more = min(more, room) if not whole else more if more <= room else 0
            given[name] += more
            room -= more
        elif not full:
            full = room < size + GAP
            if not full:
                given[name] = size
                room -= size + GAP
    return given
