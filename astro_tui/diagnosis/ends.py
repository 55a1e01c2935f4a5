"""When a container ended again and again, as far as its log shows."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from datetime import datetime, timedelta
from itertools import pairwise

from astro_tui.diagnosis.cluster import Workload
from astro_tui.diagnosis.kinds import Kind
from astro_tui.diagnosis.last_run import Log, LogLine

_MEMORY = re.compile(r"memory|\bOOM\b|\bkilled\b", re.IGNORECASE)
_STARTS = re.compile(
    r"\b(?:start(?:ing|ed|up)?|listening|boot(?:ing|ed)|launch(?:ing|ed)|initiali[sz](?:ing|ed)|running on|serving"
    r"|exit(?:ing|ed)?|shut(?:ting)? ?down|sigterm)\b"
)
_START_HINTS = (
    *("start", "listening", "boot", "launch", "initiali", "running on", "serving", "exit", "shut", "sigterm"),
)
"""Every line about a start or an end has one of these in it, in lower case: checking for these first saves time."""
_LEAST = 3
"""This many equal lines about a start show that the program starts again and again."""
_MOST_TEMPLATES = 4
_FASTER = 2
"""How many times faster than one pod a series of pods may restart: each begins with short waits."""
APART = timedelta(seconds=45)
"""Lines closer together than this are about the same end: a program tries several times before it gives up."""


def ends_in(log: Log, kind: Kind, workload: Workload, now: datetime) -> list[datetime]:
    """Return when the container ended or started, oldest first; nothing if the log does not show it.

    A program also logs errors that do not end it, for weeks. So lines count only if they are about as frequent as the
    container's restarts.
    """
    if kind is Kind.JOB or workload.is_job:
        return _times(log.same_end)
    for lines in _kinds_of_lines(log, kind):
        times = _times(lines)
        if times and _fits(log, times, workload, now):
            return times
    return []


def has_last_words(log: Log, workload: Workload, now: datetime) -> bool:
    """Whether the log says why the container ended: a fatal line does; errors do, if as frequent as restarts."""
    if log.quote is None or not log.quote.states or not log.last_words:
        return False
    times = _times(log.same_end)
    fatal = log.quote.strong or any(line.fatal for line in log.last_words)
    return fatal or workload.is_job or not times or _fits(log, times, workload, now)


def _kinds_of_lines(log: Log, kind: Kind) -> Iterator[list[LogLine]]:
    """Yield groups of like lines: the last words, then lines about a start or a planned end."""
    ends = log.same_end
    # A program that ran out of memory has no last words, except about memory.
    if kind is not Kind.MEMORY or any(_MEMORY.search(line.text) for line in ends[-1:]):
        yield ends
    starts = [line for line in log.lines if not line.error and _is_start(line.text)]
    if len(starts) < _LEAST:
        return
    templates = log.templates(starts)
    for template, count in Counter(templates).most_common(_MOST_TEMPLATES):
        if count >= _LEAST:
            yield [line for line, own in zip(starts, templates, strict=True) if own == template]


def _is_start(text: str) -> bool:
    lowered = text.lower()
    for hint in _START_HINTS:
        if hint in lowered:
            return _STARTS.search(lowered) is not None
    return False


def least_time(restarts: int) -> timedelta:
    """Return the least time that this many restarts take: the cluster waits 10 s, 20 s, … up to 5 min before each."""
    return timedelta(seconds=sum(min(300, 10 * 2**number) for number in range(min(restarts, 2000))))


def _times(lines: list[LogLine]) -> list[datetime]:
    return [line.at for line in lines if line.at is not None]


def _fits(log: Log, times: list[datetime], workload: Workload, now: datetime) -> bool:
    """Whether there are about as many times as restarts of the observed pod, as far as both are known.

    No container restarts faster than the cluster lets it, not even over several pods: what comes more often, such as
    `request started`, is part of its work.
    """
    if workload.age is None or not workload.restarts:
        return True
    age, precision = workload.age
    before, after = ([at for at in times if (at < now - age) is early] for early in (True, False))
    if _too_often(before) or _too_often(after):
        return False
    if _count(times, now - age) > 2 * (workload.restarts + 1):
        return False
    oldest = age + precision
    shown = oldest if log.edge is None else min(oldest, max(now - log.edge, timedelta(0)))
    return _count(times, now - oldest) >= workload.restarts * (shown / oldest) / 3


def _too_often(times: list[datetime]) -> bool:
    return bool(times) and least_time(_count(times, times[0]) - 1) > _FASTER * (times[-1] - times[0])


def _count(times: list[datetime], since: datetime) -> int:
    mine = [at for at in times if at >= since]
    return bool(mine) + sum(later - earlier > APART for earlier, later in pairwise(mine))
