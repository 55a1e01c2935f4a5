"""Proves that a client has each line of `demo/volume.py` once."""

from __future__ import annotations

import re
from collections import Counter

from astro_tui.demo.volume import COPIES, NUMBERS, SAME

_TEXT = re.compile(r"^number=(\d+) copies=(\d) ")


class Tally:
    """Counts the lines that a client has, and finds lost lines and extra copies.

    A client may have only a part of the first and the last group, so those are not examined. `others` counts lines that
    are not from this source, or whose time differs from that of their group.
    """

    def __init__(self) -> None:
        self._seen: Counter[int] = Counter()
        self._same: Counter[str | int] = Counter()
        self._times: dict[int, str | int] = {}
        self.others = 0

    def add(self, message: str, timestamp: str | int) -> None:
        """Count one line. Its time can be written in any form, but always in the same one."""
        found = _TEXT.match(message)
        if found:
            number = int(found[1])
            self._seen[number] += 1
            self.others += self._times.setdefault(number // NUMBERS, timestamp) != timestamp
        elif message == SAME:
            self._same[timestamp] += 1
        else:
            self.others += 1

    @property
    def lines(self) -> int:
        """How many lines of this source were counted."""
        return self._seen.total() + self._same.total()

    @property
    def last(self) -> int:
        """The highest number, -1 before the first line."""
        return max(self._seen, default=-1)

    def result(self) -> tuple[int, int]:
        """Return how many lines are lost, and how many extra copies there are."""
        if not self._times:
            return 0, 0
        lost = more = 0
        for group in range(min(self._times) + 1, max(self._times)):
            seen = [self._seen[NUMBERS * group + number] for number in range(NUMBERS)]
            for wanted, had in zip((*COPIES, 1), (*seen, self._same[self._times.get(group, "")]), strict=True):
                lost, more = lost + max(0, wanted - had), more + max(0, had - wanted)
        return lost, more
