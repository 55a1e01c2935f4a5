"""The parts of a history that may have lines that no stream brought, and the fewest reads that cover them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from astro_tui.logs.line import Line


@dataclass(slots=True, eq=False)
class Region:
    """A part of the history around one gap.

    It is read from `since_ns` on (None if that is not known yet), at the time `due`. A read that begins at the time
    `final` or later finds all of its lines. `begin_ns` is the time of the last line before the gap, and `first` has
    the times of the first streamed lines after it. `reconnected` is whether there was a connection before the gap.

    The last read found `found` new lines, and `lacking` streamed ones were not in it.
    """

    since_ns: int | None
    begin_ns: int
    due: float
    final: float
    reconnected: bool
    first: list[int] = field(default_factory=list)
    reads: int = 0
    failures: int = 0
    recovered: int = 0
    found: int = 0
    lacking: int = 0
    reached: bool = False
    problem: str = ""

    @property
    def end_ns(self) -> int:
        """The time of the first line after the gap, or 0."""
        return self.first[0] if self.first else 0

    def again(self, due: float, final: float) -> None:
        """Read it again: the gap continues."""
        self.due, self.final, self.reads = due, final, 0


class Read(NamedTuple):
    """One read of the history, from a time up to another one (0: the end), and the regions in it, oldest first."""

    since_ns: int
    until_ns: int
    regions: tuple[Region, ...]


def reads_of(regions: Sequence[Region], until: Callable[[Region], int], near_ns: int) -> list[Read]:
    """Return the reads that cover the regions, none of them twice. Regions that are close together share one read."""
    found: list[Read] = []
    for region in sorted(regions, key=lambda each: each.since_ns or 0):
        since, end = region.since_ns or 0, until(region)
        last = found[-1] if found else None
        if last is None or (last.until_ns and since > last.until_ns + near_ns):
            found.append(Read(since, end, (region,)))
        else:
            end = max(end, last.until_ns) if end and last.until_ns else 0
            found[-1] = Read(last.since_ns, end, (*last.regions, region))
    return found


def count(regions: Sequence[Region], new: Sequence[Line]) -> None:
    """Count new lines in the regions in which they were missing. Both are in time order."""
    at = 0
    for line in new:
        while at < len(regions) - 1 and regions[at].end_ns and line.ns > regions[at].end_ns:
            at += 1
        if not regions[at].end_ns or line.ns <= regions[at].end_ns:
            regions[at].recovered += 1
            regions[at].found += 1
