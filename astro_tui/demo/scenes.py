"""What a program writes to its log: scenes of one or more lines, with invented values."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

from astro_tui.demo.entities import Json

MILLISECOND = 10**6
"""In nanoseconds, as all times here."""
AT_ONCE = 1000
"""The time between two lines that a program writes at once."""


class Scene(NamedTuple):
    """Lines that belong together: level and text of each, `gap` nanoseconds apart.

    A text can use the values of `_values`. `aside` says that the last container of the pod writes them, not the first.
    """

    lines: Sequence[tuple[str, str]]
    gap: int = 30 * MILLISECOND
    aside: bool = False


@dataclass(frozen=True, slots=True)
class Program:
    """A program. It plays a scene in each `period` (in nanoseconds), most of them usual ones."""

    period: int
    usual: Sequence[Scene]
    warnings: Sequence[Scene] = ()
    errors: Sequence[Scene] = ()

    def scene(self, seed: int, *, calm: bool) -> Scene:
        """Return the scene for a random number; a `calm` program never fails."""
        chance, pick = seed % 1000, seed // 1000
        if chance < 12 and not calm and self.errors:
            return self.errors[pick % len(self.errors)]
        if chance < 45 and self.warnings:
            return self.warnings[pick % len(self.warnings)]
        # The first scenes are the most frequent ones.
        return self.usual[min(pick // step % len(self.usual) for step in (1, 64, 4096))]


_USERS = ("mira", "jonas", "u-4471", "zoë", "渡辺", "u-0093", "priya", "batch")
_TOOLS = ("crm.lookup", "calendar.free_slots", "search.handbook", "mail.draft", "sql.read", "files.fetch")


def filled(text: str, seed: int) -> str:
    """Return a text of a scene with values that depend only on the random number."""
    return text % _values(seed) if "%" in text else text


def _values(seed: int) -> Json:
    return {
        "id": f"{seed:016x}"[:12],
        "ms": 40 + seed % 1900,
        "few": 1 + seed // 7 % 12,
        "n": seed // 11 % 900,
        "tokens": 300 + seed // 13 % 7000,
        "user": _USERS[seed // 17 % len(_USERS)],
        "tool": _TOOLS[seed // 19 % len(_TOOLS)],
    }


def lines_of(level: str, text: str) -> list[tuple[str, str]]:
    """Return a text of several lines as the platform sends it: only the first line has a level."""
    first, *rest = text.splitlines()
    return [(level, first), *(("", each) for each in rest)]
