"""Word sets, quick searches for hints, and patterns that are compiled on first use so that imports stay cheap."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from functools import cache
from typing import TypeVar

Row = TypeVar("Row")
Hints = str | tuple[str, ...]
"""Hints separated by bars, or a tuple if a bar is one of the hints."""


def word_set(text: str) -> frozenset[str]:
    """Return the words of a text."""
    return frozenset(text.split())


def lazy(pattern: str, flags: int = 0) -> Callable[[], re.Pattern[str]]:
    """Return a function that compiles a pattern when it is first called."""
    return cache(lambda: re.compile(pattern, flags))


def has_any(text: str, hints: Iterable[str]) -> bool:
    """Return whether a text contains any of the hints. Faster than `any` with a generator."""
    for hint in hints:  # noqa: SIM110  faster, see the docstring
        if hint in text:
            return True
    return False


def chooser(rows: Iterable[tuple[Hints, Row]]) -> Callable[[str], list[Row]]:
    """Return a function that takes a text in lower case and returns the rows with a hint in it, in order.

    Each hint is searched for once, however many rows have it.
    """
    items: list[Row] = []
    places: dict[str, list[int]] = {}
    for place, (hints, row) in enumerate(rows):
        items.append(row)
        for hint in hints.split("|") if isinstance(hints, str) else hints:
            places.setdefault(hint, []).append(place)
    # A hint is searched for only if the text contains its rarest character.
    groups: dict[str, list[tuple[str, list[int]]]] = {}
    for hint, of_hint in places.items():
        groups.setdefault(min(hint, key=_COMMON.find), []).append((hint, of_hint))

    def chosen(text: str) -> list[Row]:
        found: set[int] = set()
        for char in groups.keys() & set(text):
            for hint, of_hint in groups[char]:
                if hint in text:
                    found.update(of_hint)
        return [items[place] for place in sorted(found)] if found else []

    return chosen


_COMMON = "qjzxwvkybghfmupdlcnorsiate -"
"""Characters of log lines from rare to common; one that is not here is rarer than all of them."""
