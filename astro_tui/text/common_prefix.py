"""Shortens two texts with a common start so that the difference stays visible. Pure."""

from __future__ import annotations

from typing import AnyStr

BEFORE = 12
"""Characters kept before a difference, for context."""


def differ_at(one: AnyStr, other: AnyStr) -> int:
    """Return the length of the common prefix."""
    low, high = 0, min(len(one), len(other))
    while low < high:
        middle = (low + high + 1) // 2
        low, high = (middle, high) if one[low:middle] == other[low:middle] else (low, middle - 1)
    return low


def around_difference(one: str, other: str) -> tuple[str, str]:
    """Return two texts without most of their common prefix. The rest is not shortened."""
    cut = differ_at(one, other) - BEFORE
    return (f"…{one[cut:]}", f"…{other[cut:]}") if cut > 1 else (one, other)


def from_difference(text: str, other: str, room: int, cut: str) -> str:
    """Return a text with its start cut so that its first difference from `other` is within `room` characters.

    The caller still cuts the end of a longer text.
    """
    if len(text) <= room:
        return text
    start = differ_at(text, other)
    begin = len(text) - room + len(cut) if len(text) - start < room else start - min(BEFORE, room // 4)
    return cut + text[begin:] if begin > len(cut) else text


def share(one: str, other: str, room: int, cut: str) -> tuple[int, int]:
    """Split `room` characters between two texts: first for what differs, then for the rest of `one`."""
    if len(one) + len(other) <= room:
        return len(one), len(other)
    start = differ_at(one, other)
    # Keep one character before the difference for context.
    least = [min(len(text), len(cut) + 1 + len(text) - start) for text in (one, other)]
    if sum(least) > room:
        second = min(least[1], max(room // 2, room - least[0]))
        return room - second, second
    spare = room - sum(least)
    first = min(len(one), least[0] + spare)
    return first, min(len(other), room - first)
