"""Colors that programs write into log lines: removed where a line is read, shown where it is drawn. Pure.

Only the color of the text counts, as one of few names: a theme decides what can be read on its background.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import NamedTuple

NAMES = ("quiet", "red", "green", "yellow", "blue", "magenta", "cyan", "")
"""The colors in the order of their codes. Black is `quiet`, and white is an ordinary text."""
_CODE = re.compile(r"(?:\x1b|(?<!\\)\\u001[bB])(?:\[([\d;:]{0,40})(?:m|(K))|\(B)")
"""A code for a color, in a text or in a string in JSON, and what some programs write next to one."""


class Colored(NamedTuple):
    """A part of a text, and its color; empty if it has none."""

    start: int
    stop: int
    color: str


def plain(text: str) -> str:
    """Return a line without colors."""
    return _CODE.sub("", text) if "\x1b" in text or "\\u001" in text else text


def split(text: str) -> tuple[str, Sequence[Colored]]:
    """Return a line without colors, and the colors of its parts."""
    parts, color, begun, removed = list[Colored](), "", 0, 0
    for match in _CODE.finditer(text):
        at = match.start() - removed
        removed += len(match.group())
        new = color if match[1] is None or match[2] else _color(match[1], color)
        if new != color:
            parts.append(Colored(begun, at, color))
            color, begun = new, at
    parts.append(Colored(begun, len(text) - removed, color))
    return plain(text), [part for part in parts if part.color and part.start < part.stop]


def pieces(text: str, colors: Sequence[Colored]) -> Iterator[tuple[str, str]]:
    """Yield the parts of a text with their colors."""
    at = 0
    for start, stop, color in colors:
        yield text[at:start], ""
        yield text[start:stop], color
        at = stop
    yield text[at:], ""


def _color(codes: str, color: str) -> str:
    """Return the color of the text after some codes."""
    numbers = iter([int(code or 0) for code in re.split("[;:]", codes)])
    for code in numbers:
        if code in (38, 48):
            other = _extended(numbers)
            color = other if code == 38 else color
        elif code in (0, 39):
            color = ""
        elif 30 <= code <= 37 or 90 <= code <= 97:
            color = NAMES[code % 10]
    return color


def _extended(numbers: Iterator[int]) -> str:
    """Return one of 256 colors, or one of red, green, and blue."""
    kind, first = next(numbers, 0), next(numbers, 0)
    if kind == 2:
        return _nearest(first, next(numbers, 0), next(numbers, 0))
    if first < 16:
        return NAMES[first % 8]
    if first > 231:
        return _nearest(*[(first - 232) * 10 + 8] * 3)
    return _nearest(*(51 * (((first - 16) // unit) % 6) for unit in (36, 6, 1)))


def _nearest(*channels: int) -> str:
    low, high = min(channels), max(channels)
    if high - low <= high // 4:
        return "quiet" if high < 128 else ""
    return NAMES[sum(1 << place for place, channel in enumerate(channels) if 2 * channel > low + high)]
