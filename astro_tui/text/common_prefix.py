"""Two texts that begin alike, cut so that it is seen where they differ. Pure."""

from __future__ import annotations

BEFORE = 12
"""Characters in front of a difference that say where one is."""


def differ_at(one: str, other: str) -> int:
    """Return how many characters two texts have in common at their start."""
    shortest = min(len(one), len(other))
    if one[:shortest] == other[:shortest]:
        return shortest
    low, high = 0, shortest - 1
    while low < high:
        middle = (low + high + 1) // 2
        low, high = (middle, high) if one[:middle] == other[:middle] else (low, middle - 1)
    return low


def around_difference(one: str, other: str) -> tuple[str, str]:
    """Return two texts without most of what they have in common at their start, however long the rest is."""
    cut = differ_at(one, other) - BEFORE
    return (f"…{one[cut:]}", f"…{other[cut:]}") if cut > 1 else (one, other)


def from_difference(text: str, other: str, room: int, cut: str) -> str:
    """Return a text without so much of its start that where it differs from the other is within `room` characters.

    It is still to be cut at its end where it is longer than that.
    """
    if len(text) <= room:
        return text
    start = differ_at(text, other)
    begin = len(text) - room + len(cut) if len(text) - start < room else start - min(BEFORE, room // 4)
    return cut + text[begin:] if begin > len(cut) else text


def share(one: str, other: str, room: int, cut: str) -> tuple[int, int]:
    """Return how many of `room` characters each of two texts gets: first what differs, then more of the first."""
    if len(one) + len(other) <= room:
        return len(one), len(other)
    start = differ_at(one, other)
    # A character before the difference says where one is.
    least = [min(len(text), len(cut) + 1 + len(text) - start) for text in (one, other)]
    if sum(least) > room:
        second = min(least[1], max(room // 2, room - least[0]))
        return room - second, second
    spare = room - sum(least)
    first = min(len(one), least[0] + spare)
    return first, min(len(other), room - first)
