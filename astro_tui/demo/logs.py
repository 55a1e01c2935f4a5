"""Log lines of the demo's workloads, with every level and some hostile text (platform.md §10.1)."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, tzinfo
from typing import Any

from astro_tui.demo.entities import HOUR, MINUTE, Deployment, Json, digest
from astro_tui.demo.observed import containers, pod_name
from astro_tui.demo.world import World

_EPOCH = datetime.fromtimestamp(0, UTC)
_PERIOD = 4
"""Seconds between two lines."""
_KEPT = 12 * HOUR
"""Seconds before the server's start for which log lines exist."""
# When the pods of these plots ended, in seconds before the server's start; at most half the time since the deploy.
_ENDED = {"stopped": 6 * HOUR, "removing": 10 * MINUTE, "failed-job": 40 * MINUTE, "unreachable": 20 * MINUTE}
_RUNNING = ("healthy", "restarting", "lagging", "crash")
_LEVELS = (
    *("info", "INFO", "debug", "", "notice", "trace", "warn", "warning", "err", "error", "fatal"),
    *("crit", "critical", "panic", "emerg", "alert", "verbose"),
)
_MESSAGES = (
    "request handled status=200 took={n}ms",
    "tool call finished name=lookup rows={n}",
    "conversation {n} opened",
    "cache refreshed entries={n}",
    '{{"event": "usage", "input_tokens": {n}, "output_tokens": 61}}',
    "\x1b[32mok\x1b[0m step {n}\x07",
    "slow upstream, waited {n} ms; [red]retrying[/]",
)


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
    if source.container not in ("", *known) or source.pod not in ("", pod_name(workload, deployment)):
        return
    start = (world.start - _EPOCH) // timedelta(microseconds=1) * 1000
    for number in _numbers(_running(deployment), span, backward=backward):
        seed = digest(deployment.id, workload["name"], str(number))
        container = known[-1] if seed % 5 == 0 else known[0]
        if source.container in ("", container):
            nanoseconds = start + _PERIOD * 10**9 * number + 250_000_000 + seed % 1000
            entry = _entry(seed, number, nanoseconds, source.zone)
            # Real lines can share their time and text.
            yield from [(nanoseconds, entry)] * (2 if seed % 61 == 0 else 1)


def zone(name: str) -> tzinfo:
    """Return an IANA time zone, or UTC if no zone has this name."""
    from zoneinfo import ZoneInfo

    try:
        return ZoneInfo(name) if name else UTC
    except (KeyError, ValueError, OSError):
        return UTC


def _entry(seed: int, number: int, nanoseconds: int, where: tzinfo) -> Json:
    seconds, rest = divmod(nanoseconds, 10**9)
    moment = datetime.fromtimestamp(seconds, where)
    offset = f"{moment:%z}"
    suffix = f"{offset[:3]}:{offset[3:5]}" if moment.utcoffset() else "Z"
    stamp = "" if number % 97 == 50 else f"{moment:%Y-%m-%dT%H:%M:%S}.{rest:09d}{suffix}"
    level = _LEVELS[0 if seed % 3 else seed // 3 % len(_LEVELS)]
    return {"timestamp": stamp, "level": level, "message": _MESSAGES[seed // 7 % len(_MESSAGES)].format(n=seed % 900)}


def _running(deployment: Deployment) -> list[tuple[float, float]]:
    """Return when the pods ran, oldest first, in seconds since the server's start."""
    (_, first), *later = deployment.life
    age = math.inf if deployment.moment else deployment.age
    changed = -min(age / 2, _ENDED[first.plot]) if first.plot in _ENDED else -min(age, _KEPT)
    spans = [(-_KEPT if deployment.revisions > 1 else -min(age, _KEPT), changed)]
    steps: list[tuple[float, Any]] = [(changed, first), *later]
    for (begin, condition), (end, _) in zip(steps, [*later, (math.inf, None)], strict=True):
        if condition.plot in _RUNNING:
            spans.append((begin, end))
    return spans


def _numbers(spans: list[tuple[float, float]], span: tuple[float, float], *, backward: bool) -> Iterator[int]:
    """Yield the numbers of the lines that are in the window and in one of the spans."""
    for begin, end in reversed(spans) if backward else spans:
        first = math.ceil((max(begin, span[0], -_KEPT) - 0.25) / _PERIOD)
        last = math.floor((min(end, span[1]) - 0.25) / _PERIOD)
        yield from range(last, first - 1, -1) if backward else range(first, last + 1)
