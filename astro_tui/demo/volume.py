"""A source of many log lines, numbered so that a client can prove that it has each of them once."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, tzinfo

from astro_tui.demo.entities import DemoDeployment, digest
from astro_tui.demo.logs import SECOND, TimeWindow, stamp_of
from astro_tui.demo.schedule import DAY, Condition, always

ACCOUNT = "meridian-labs"
NAME = "log-volume"
WORKLOAD = f"{NAME}-agent"
ID = "vol-ume-000"

GROUP = 8
"""How many lines share one time: two numbered lines once, one twice, one three times, and one without a number."""
_ORDER = (0, 3, 2, -1, 3, 1, 2, 3)
"""The number of each line in a group; -1 is a line that is the same in all groups."""
COPIES = (1, 1, 2, 3)
"""How often each number of a group is sent."""
NUMBERS = len(COPIES)
_LATE = (1.0, 0.5, 0.2, 0.8, 1.0, 0.1, 0.6, 0.9)
"""When each line of a group appears in the list, as a fraction of the lag."""
SAME = "the same text in every group"
"""The line without a number."""
_SAY = 2.0**-6
"""The least time between two pieces of a stream, in seconds."""


@dataclass(frozen=True, slots=True)
class Volume:
    """`rate` lines per second, and `total` lines in all (0 = without end), from the server's start on.

    Eight lines have the same time, and some of them the same text. The list has a line up to `lag` seconds after the
    stream. Every `reset_every` seconds (0 = never) all streams are reset, with the probability `reset_chance`, and
    `reset_count` times at most (0 = without end). As many `more` agents have such a log, with `others` lines per second
    (0 = as many as the first).
    """

    rate: int = 20_000
    total: int = 0
    lag: float = 0.0
    reset_every: float = 0.0
    reset_chance: float = 1.0
    reset_count: int = 0
    more: int = 0
    others: int = 0

    def __post_init__(self) -> None:
        rest = (self.lag, self.reset_every, self.reset_chance, self.reset_count, self.more, self.others)
        if self.rate < 1 or self.total % GROUP or min(rest) < 0:
            raise ValueError(f"rate is at least 1, total is a multiple of {GROUP}, nothing is negative")

    def of(self, identifier: str, workload: str) -> Volume | None:
        """Return the log of a workload, or None if it is an ordinary one."""
        for number in range(1 + self.more):
            if (identifier, workload) == (id_of(number), f"{name_of(number)}-agent"):
                rate = (self.others or self.rate) if number else self.rate
                return replace(self, rate=rate, total=self.total * rate // self.rate // GROUP * GROUP)
        return None

    @property
    def deployments(self) -> list[DemoDeployment]:
        """The deployments with these logs."""
        active = always(Condition("active"))
        return [
            DemoDeployment(ACCOUNT, name_of(number), id_of(number), "0f0f0f0f", DAY, active, title_of(number))
            for number in range(1 + self.more)
        ]

    @property
    def interval(self) -> int:
        """Nanoseconds between two groups."""
        return GROUP * SECOND // self.rate

    @property
    def pause(self) -> float:
        """Seconds between two pieces of a stream."""
        return max(_SAY, min(0.25, self.interval / SECOND))

    def groups(self, span: TimeWindow, start: int) -> range:
        """Return the numbers of the groups in a time window; `start` is that of the server."""
        first, last = -((start - span[0]) // self.interval), (span[1] - start) // self.interval
        return range(max(0, first), min(last + 1, self.total // GROUP if self.total else last + 1))

    def resets(self, seen: int, now: int, start: int) -> bool:
        """Return whether streams are reset between two moments."""
        if not self.reset_every:
            return False
        every = int(self.reset_every * SECOND)
        last = (now - start) // every
        steps = range((seen - start) // every + 1, 1 + (min(last, self.reset_count) if self.reset_count else last))
        return any(digest("reset", str(step)) % 1000 < self.reset_chance * 1000 for step in steps)

    def frames(self, groups: range, start: int, zone: tzinfo = UTC) -> bytes:
        """Return the frames of whole groups as a stream sends them."""
        times = [(start + group * self.interval, group) for group in groups]
        frames = [f"id: {at}\ndata: {line}\n\n" for at, group in times for line in _entries(at, group, zone)]
        return "".join(frames).encode()

    def page(self, span: TimeWindow, most: int, *, start: int, now: int, backward: bool, zone: tzinfo = UTC) -> bytes:
        """Return the body of a list: the first or last `most` of the lines in a time window that are listed by now."""
        lag = int(self.lag * SECOND)
        listed: list[str] = []
        groups = self.groups(span, start)
        for group in reversed(groups) if backward else groups:
            nanoseconds = start + group * self.interval
            entries = _entries(nanoseconds, group, zone)
            if nanoseconds + lag > now:
                entries = [each for each, part in zip(entries, _LATE, strict=True) if nanoseconds + part * lag <= now]
            listed += reversed(entries) if backward else entries
            if len(listed) >= most:
                break
        return f"[{','.join(listed[:most])}]".encode()


def id_of(number: int) -> str:
    """Return the id of one of the deployments, counted from 0."""
    return f"{ID[:-3]}{number:03}"


def name_of(number: int) -> str:
    """Return the blueprint's name of one of the deployments."""
    return f"{NAME}-{number}" if number else NAME


def title_of(number: int) -> str:
    """Return the display name of one of the deployments."""
    return f"Log Volume {number}" if number else "Log Volume"


def _texts(group: int) -> Iterator[str]:
    for number in _ORDER:
        if number < 0:
            yield SAME
        else:
            yield f"number={NUMBERS * group + number} copies={COPIES[number]} path=/v1/messages status=200 took=31ms"


def _entries(nanoseconds: int, group: int, zone: tzinfo) -> Sequence[str]:
    """Return the JSON of each line of a group."""
    head = f'{{"timestamp":"{stamp_of(nanoseconds, zone)}","level":"info","message":"'
    return [f'{head}{text}"}}' for text in _texts(group)]
