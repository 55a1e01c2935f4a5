"""Log lines of the demo's workloads, with every level and some hostile text (platform.md §10.1)."""

from __future__ import annotations

import heapq
import math
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, tzinfo
from operator import itemgetter

from astro_tui.demo import pods
from astro_tui.demo.entities import HOUR, Deployment, Json, digest
from astro_tui.demo.happenings import fill
from astro_tui.demo.plots import Fate
from astro_tui.demo.pods import KEPT, LAST_WORDS, Run, containers, pod_name
from astro_tui.demo.world import World

_EPOCH = datetime.fromtimestamp(0, UTC)
_PERIOD = 4
"""Seconds between two lines."""
# Levels with what is logged at each: the usual ones, warnings, and those of a failure that was handled.
_USUAL = ("info", "INFO", "debug", "", "notice", "trace", "verbose")
_WARNINGS = ("warn", "warning")
_ERRORS = ("err", "error")
_SEVERE = ("fatal", "crit", "critical", "panic", "emerg", "alert")
_LEVELS = (*_USUAL, *_WARNINGS, *_ERRORS, *_SEVERE)
_MESSAGES = (
    "request handled status=200 took={n}ms",
    "tool call finished name=lookup rows={n}",
    "conversation {n} opened",
    "cache refreshed entries={n}",
    '{{"event": "usage", "input_tokens": {n}, "output_tokens": 61}}',
    "\x1b[32mok\x1b[0m step {n}\x07",
)
_HANDLED = dict.fromkeys(_WARNINGS, "slow upstream, waited {n} ms; [red]retrying[/]")
_HANDLED |= dict.fromkeys(_ERRORS, "upstream answered 502, answered from the cache instead, request {n}")
_HANDLED |= dict.fromkeys(_SEVERE, "worker {n} stopped answering and was replaced")


@dataclass(frozen=True, slots=True)
class Source:
    """The source of lines: a workload, and one of its containers or pods; empty means all.

    Times are written in `zone`.
    """

    workload: Json
    container: str = ""
    pod: str = ""
    zone: tzinfo = UTC


def read_time(text: str, default: datetime) -> datetime:
    """Parse RFC 3339 or Unix nanoseconds. Return the default for other text."""
    try:
        if text.isdecimal() and len(text) > 8:
            seconds, nanoseconds = divmod(int(text), 10**9)
            return datetime.fromtimestamp(seconds, UTC) + timedelta(microseconds=nanoseconds // 1000)
        parsed = datetime.fromisoformat(text)
    except (ValueError, OverflowError, OSError):
        return default
    return parsed if parsed.tzinfo else parsed.replace(tzinfo=UTC)


def window(world: World, since: str, until: str) -> tuple[float, float]:
    """Return a time window in seconds since the server's start, by default the last hour. It ends now at the latest."""
    now = world.now()
    begin, end = read_time(since, now - timedelta(seconds=HOUR)), min(read_time(until, now), now)
    return (begin - world.start).total_seconds(), (end - world.start).total_seconds()


def lines(
    world: World, deployment: Deployment, source: Source, span: tuple[float, float], *, backward: bool = False
) -> Iterator[tuple[int, Json]]:
    """Yield the lines of a time window, oldest first or newest first, each with its time in Unix nanoseconds."""
    workload = source.workload
    known = containers(workload, deployment)
    names = [pod_name(workload, deployment, beside=new) for new in (False, True)]
    if source.container not in ("", *known):
        return
    told = pods.runs(world, workload, deployment)
    # While a rollout is stuck, the old pod and the new one write at the same time.
    of_pods = [[each for each in told if each[1].beside == new] for new in (False, True)]
    start = (world.start - _EPOCH) // timedelta(microseconds=1) * 1000
    calm = any(condition.plot.fates for _, condition in deployment.life)

    def written(runs: list[tuple[Run, Fate]]) -> Iterator[tuple[int, Json]]:
        for run, fate in reversed(runs) if backward else runs:
            if run.begin > span[1] or run.end < span[0]:
                continue
            inside = Run(max(run.begin, span[0]), min(run.end, span[1]))
            found = [*_steady(deployment, source, inside, start, calm=calm)]
            if source.container in ("", known[0]):
                last = _last_words(source, run, fate, start)
                found += [each for each in last if span[0] <= (each[0] - start) / 1e9 <= span[1]]
            found.sort(key=itemgetter(0))
            yield from reversed(found) if backward else found

    wanted = [written(runs) for name, runs in zip(names, of_pods, strict=True) if source.pod in ("", name)]
    yield from heapq.merge(*wanted, key=itemgetter(0), reverse=backward)


def _steady(deployment: Deployment, source: Source, run: Run, start: int, *, calm: bool) -> Iterator[tuple[int, Json]]:
    """Yield what a container logs all the time, oldest first; if it is `calm`, without errors."""
    known = containers(source.workload, deployment)
    first = math.ceil((max(run.begin, -KEPT) - 0.25) / _PERIOD)
    last = math.floor((run.end - 0.25) / _PERIOD)
    for number in range(first, last + 1):
        seed = digest(deployment.id, source.workload["name"], str(number))
        if source.container in ("", known[-1] if seed % 5 == 0 else known[0]):
            nanoseconds = start + _PERIOD * 10**9 * number + 250_000_000 + seed % 1000
            entry = _entry(seed, number, nanoseconds, source.zone, calm=calm)
            # Real lines can share their time and text.
            yield from [(nanoseconds, entry)] * (2 if seed % 61 == 0 else 1)


def _last_words(source: Source, run: Run, fate: Fate, start: int) -> list[tuple[int, Json]]:
    """Return the lines that belong to a fate: at the end of a run that failed, else at its start."""
    if fate.run and not run.failed:
        return []
    moment = run.end - LAST_WORDS if fate.run else run.begin + 2
    lines = []
    for number, (level, text) in enumerate(fate.words):
        nanoseconds = start + int((moment + number * 0.01) * 1e9)
        message = fill(text, {**source.workload, "name": source.workload["name"].removesuffix("-agent")}, "")
        lines.append((nanoseconds, {"timestamp": _stamp(nanoseconds, source.zone), "level": level, "message": message}))
    return lines


def zone(name: str) -> tzinfo:
    """Return an IANA time zone, or UTC if no zone has this name."""
    from zoneinfo import ZoneInfo

    try:
        return ZoneInfo(name) if name else UTC
    except (KeyError, ValueError, OSError):
        return UTC


def _stamp(nanoseconds: int, where: tzinfo) -> str:
    seconds, rest = divmod(nanoseconds, 10**9)
    moment = datetime.fromtimestamp(seconds, where)
    offset = f"{moment:%z}"
    suffix = f"{offset[:3]}:{offset[3:5]}" if moment.utcoffset() else "Z"
    return f"{moment:%Y-%m-%dT%H:%M:%S}.{rest:09d}{suffix}"


def _entry(seed: int, number: int, nanoseconds: int, where: tzinfo, *, calm: bool) -> Json:
    level = _LEVELS[0 if seed % 3 else seed // 3 % len(_LEVELS)]
    if calm and level not in (*_USUAL, *_WARNINGS):
        level = "info"
    message = _HANDLED.get(level) or _MESSAGES[seed // 7 % len(_MESSAGES)]
    stamp = "" if number % 97 == 50 else _stamp(nanoseconds, where)
    return {"timestamp": stamp, "level": level, "message": message.format(n=seed % 900)}
