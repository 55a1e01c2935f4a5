"""Log lines of the demo's workloads (platform.md §10.1). Each line depends only on its time and on who wrote it."""

from __future__ import annotations

import heapq
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, tzinfo
from functools import lru_cache
from operator import itemgetter
from typing import NamedTuple
from zoneinfo import ZoneInfo

from astro_tui.demo import pods
from astro_tui.demo.cluster import fill
from astro_tui.demo.entities import DemoDeployment, Json, digest
from astro_tui.demo.pods import KEPT, LAST_WORDS, ContainerRun, containers
from astro_tui.demo.programs import filled, program_of
from astro_tui.demo.schedule import HOUR, PodStory
from astro_tui.demo.world import World

SECOND = 10**9
_EPOCH = datetime.fromtimestamp(0, UTC)
_CALM = 12 * SECOND
"""The least period of a program with an incident, in nanoseconds: its last words must not get lost in its log."""
_BEYOND_MICROSECONDS = re.compile(r"\.\d{6}(\d{1,3})")
_BY_TIME = itemgetter(0)

TimeWindow = tuple[int, int]
"""The first and last moment of a time window, in Unix nanoseconds."""


class DemoLine(NamedTuple):
    """A log line. Without `stamped`, the platform does not send its time."""

    nanoseconds: int
    level: str
    message: str
    stamped: bool = True

    def entry(self, zone: tzinfo) -> Json:
        """Return the line as the platform sends it, with its time in a zone."""
        stamp = stamp_of(self.nanoseconds, zone) if self.stamped else ""
        return {"timestamp": stamp, "level": self.level, "message": self.message}

    def plain(self, zone: tzinfo) -> str:
        """Return the line as older servers send it: one line of text."""
        words = (stamp_of(self.nanoseconds, zone) if self.stamped else "", self.level.upper(), self.message)
        return " ".join(filter(None, words)) + "\n"


@dataclass(frozen=True, slots=True)
class LineSource:
    """The source of lines: a workload by name, and one of its containers or pods; empty means all.

    Times are written in `zone`.
    """

    workload: str
    container: str = ""
    pod: str = ""
    zone: tzinfo = UTC


def nanoseconds_of(moment: datetime) -> int:
    """Return a time in Unix nanoseconds."""
    return (moment - _EPOCH) // timedelta(microseconds=1) * 1000


def read_time(text: str, default: int) -> int:
    """Parse RFC 3339 or Unix nanoseconds, and return Unix nanoseconds. Return the default for other text."""
    if text.isdecimal() and 8 < len(text) < 20:
        return int(text)
    try:
        parsed = datetime.fromisoformat(text)
        parsed = parsed if parsed.tzinfo else parsed.replace(tzinfo=UTC)
        rest = _BEYOND_MICROSECONDS.search(text)
        return nanoseconds_of(parsed) + (int(rest[1].ljust(3, "0")) if rest else 0)
    except (ValueError, OverflowError):
        return default


def now(world: World) -> int:
    """Return the time on the server's clock in Unix nanoseconds."""
    return nanoseconds_of(world.now())


def window(world: World, since: str, until: str) -> TimeWindow:
    """Return a time window, by default the last hour. It ends now at the latest."""
    end = now(world)
    return read_time(since, end - HOUR * SECOND), min(read_time(until, end), end)


def lines(
    world: World, deployment: DemoDeployment, source: LineSource, span: TimeWindow, *, backward: bool = False
) -> Iterator[DemoLine]:
    """Yield the lines of a time window, oldest first or newest first."""
    start = nanoseconds_of(world.start)
    calm = deployment.id in world.stories

    def at(seconds: float) -> int:
        return start + round(min(max(seconds, -KEPT), 1e9) * 1e9)

    def written(writer: pods.Writer) -> Iterator[DemoLine]:
        workload, names = writer.workload, containers(writer.workload, deployment)
        if source.container not in ("", *names):
            return
        for run, story in reversed(writer.runs) if backward else writer.runs:
            inside = max(span[0], at(run.begin)), min(span[1], at(run.end), at(run.until))
            if inside[0] > inside[1]:
                continue
            parts = [_steady(deployment, workload, source.container, inside, calm=calm, backward=backward)]
            if source.container in ("", names[0]):
                last = _last_lines(workload, run, story, at)
                shown = [line for line in last if inside[0] <= line.nanoseconds <= inside[1]]
                parts.append(reversed(shown) if backward else iter(shown))
            yield from heapq.merge(*parts, key=_BY_TIME, reverse=backward)

    writers = pods.writers(world, deployment, source.workload)
    wanted = [written(each) for each in writers if source.pod in ("", each.pod)]
    yield from heapq.merge(*wanted, key=_BY_TIME, reverse=backward)


def _steady(
    deployment: DemoDeployment, workload: Json, container: str, span: TimeWindow, *, calm: bool, backward: bool
) -> Iterator[DemoLine]:
    """Yield what a container logs all the time; if it is `calm`, without errors."""
    name = workload["name"]
    program = program_of(workload, digest(deployment.id, name))
    period = max(program.period, _CALM) if calm else program.period
    names = containers(workload, deployment)
    numbers = range(span[0] // period, span[1] // period + 1)
    for number in reversed(numbers) if backward else numbers:
        seed = digest(deployment.id, name, str(number))
        scene = program.scene(seed, calm=calm)
        if container not in ("", names[-1] if scene.aside else names[0]):
            continue
        free = period - scene.gap * len(scene.lines)
        begin = number * period + seed // 3 % free
        scene_lines = [
            DemoLine(begin + place * scene.gap, level, filled(text, seed), seed % 401 != 0)
            for place, (level, text) in enumerate(scene.lines)
        ]
        for line in reversed(scene_lines) if backward else scene_lines:
            if span[0] <= line.nanoseconds <= span[1]:
                yield line


def _last_lines(workload: Json, run: ContainerRun, story: PodStory, at: Callable[[float], int]) -> list[DemoLine]:
    """Return the lines that belong to a story: at the end of a run that failed, else at its start."""
    if story.run and not run.failed:
        return []
    moment = run.end - LAST_WORDS if story.run else run.begin + 2
    names = {**workload, "name": workload["name"].removesuffix("-agent")}
    return [
        DemoLine(at(moment + number * 0.01), level, fill(text, names, ""))
        for number, (level, text) in enumerate(story.lines)
    ]


def zone(name: str) -> tzinfo:
    """Return an IANA time zone, or UTC if no zone has this name."""
    try:
        return ZoneInfo(name) if name else UTC
    except (KeyError, ValueError, OSError):
        return UTC


def stamp_of(nanoseconds: int, where: tzinfo) -> str:
    """Return RFC 3339 with nanoseconds."""
    seconds, rest = divmod(nanoseconds, SECOND)
    before, after = _around(seconds, where)
    return f"{before}{rest:09d}{after}"


@lru_cache(maxsize=256)
def _around(seconds: int, where: tzinfo) -> tuple[str, str]:
    """Return what is before and after the fraction of a second."""
    moment = datetime.fromtimestamp(seconds, where)
    offset = f"{moment:%z}"
    return f"{moment:%Y-%m-%dT%H:%M:%S}.", f"{offset[:3]}:{offset[3:5]}" if moment.utcoffset() else "Z"
