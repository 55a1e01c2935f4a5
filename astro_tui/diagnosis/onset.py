"""When a failure began, and when a container ended again and again, as far as its log shows."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import NamedTuple

from astro_tui.diagnosis.cluster import Container, Phase, Workload
from astro_tui.diagnosis.last_run import PAUSE, Log, LogLine, Quote, is_start, template
from astro_tui.diagnosis.result import Kind
from astro_tui.diagnosis.signals import EVENTS_KEPT, SKEW, Signal, Situation, last_exit
from astro_tui.diagnosis.tables import form, table

ABOUT_MEMORY = re.compile(r"memory|\bOOM\b|\bkilled\b", re.IGNORECASE)
_PLANNED_END = re.compile(r"exit|shut|sigterm", re.IGNORECASE)
_LEAST = 3
"""This many equal lines about a start show that the program starts again and again."""
_MOST_TEMPLATES = 4
_FASTER = 2
"""How many times faster than one pod a series of pods may restart: each begins with short waits."""
_STILL = timedelta(seconds=90)
"""A program that has logged something within this time may run again: the observation of its container can be old."""
_BACK_OFF = timedelta(seconds=5)
"""Less than the time from the end of a container to its next start."""
_MINUTE, _ROUNDED_TO_HOURS = timedelta(minutes=1), timedelta(hours=1)
APART = timedelta(seconds=45)
"""Lines closer together than this are about the same end: a program tries several times before it gives up."""


def ends_in(log: Log, kind: Kind, workload: Workload, now: datetime) -> list[datetime]:
    """Return when the container ended or started, oldest first; nothing if the log does not show it.

    A program also logs errors that do not end it, for weeks. So lines count only if they are about as frequent as the
    container's restarts.
    """
    for lines in _kinds_of_lines(log, kind):
        times = [line.at for line in lines if line.at is not None]
        if times and _fits(log, times, workload, now):
            return times
    return []


def has_last_words(log: Log, workload: Workload, now: datetime) -> bool:
    """Whether the log says why the container ended: a fatal line does; errors do, if as frequent as restarts."""
    if log.quote is None or not log.quote.states or not log.last_words:
        return False
    times = [line.at for line in log.same_end if line.at is not None]
    fatal = log.quote.strong or any(line.fatal for line in log.last_words)
    return fatal or not times or _fits(log, times, workload, now)


def last_end(log: Log, container: Container | None, pod: str, situation: Situation) -> int:
    """Return the index of the first line after the container last ended, 0 if that is not known.

    The observation can be older than the log, in which the container may run again.
    """
    lines, now = log.lines, situation.now
    newest = lines[-1].at if lines else None
    ended = container is not None and not container.running
    if not lines or (ended and (newest is None or now - newest > _STILL)):
        return len(lines)
    name = container.name if container is not None else log.container
    starts = [
        each.last - _BACK_OFF
        for each in situation.events
        if each.reason == "Started" and each.object_name == pod and each.container in ("", name) and each.last
    ]
    exited = last_exit(container.text, now) if container is not None else None
    if starts and (container is None or container.restarts):
        return next((place + 1 for place, at in _newest_first(lines) if at < max(starts)), 0)
    if exited is not None and now - exited < _ROUNDED_TO_HOURS:
        # It is rounded down to minutes, so the pause before the next start shows which line was the last one.
        near = [place for place, at in _newest_first(lines) if exited - _MINUTE <= at <= exited + _BACK_OFF]
        return max(near, key=lambda place: _pause_after(lines, place), default=-1) + 1
    for place, _at in _newest_first(lines):
        if is_start(lines[place].text) and (not place or _pause_after(lines, place - 1) > PAUSE):
            return place + (_PLANNED_END.search(lines[place].text) is not None)
    return len(lines) if ended else 0


def _newest_first(lines: Sequence[LogLine]) -> Iterator[tuple[int, datetime]]:
    return ((place, at) for place in range(len(lines) - 1, -1, -1) if (at := lines[place].at) is not None)


def _pause_after(lines: Sequence[LogLine], place: int) -> timedelta:
    at, after = lines[place].at, lines[place + 1].at if place + 1 < len(lines) else None
    return after - at if at is not None and after is not None else _NONE


def words_of(log: Log, kind: Kind, workload: Workload, begun: Onset | None, situation: Situation) -> Quote | None:
    """Return the last lines before the container last ended, or, if it never did, the first one of the failure."""
    container = next((each for each in workload.containers if log.container in ("", each.name)), None)
    if kind in (Kind.CRASH, Kind.MEMORY, Kind.JOB) or (kind is Kind.PROBE and workload.restarts):
        end = len(log.lines) if workload.is_job else last_end(log, container, workload.pod, situation)
        quote = log.ending_at(end) if end else None
        # A log that ends before the failure began says nothing about it.
        at = quote.line.at if quote is not None else None
        return None if at is not None and begun is not None and at < begun.earliest - GAP else quote
    at = begun.at if kind is Kind.PROBE and begun is not None else None
    if at is None or log.edge is None or log.edge > at:
        return None
    near = [line for line in log.lines if line.at is not None and at <= line.at <= at + GAP]
    first = next((line for line in near if form("check").search(line.text)), next(iter(near), None))
    return Quote(first, first.text, 0, around=((first, first.text),)) if first is not None else None


def _kinds_of_lines(log: Log, kind: Kind) -> Iterator[list[LogLine]]:
    """Yield groups of like lines: the last words, then lines about a start or a planned end."""
    ends = log.same_end
    # A program that ran out of memory has no last words, except about memory.
    if kind is not Kind.MEMORY or any(ABOUT_MEMORY.search(line.text) for line in ends[-1:]):
        yield ends
    starts = [line for line in log.lines if not line.error and is_start(line.text)]
    if len(starts) < _LEAST:
        return
    for like, count in Counter(template(line.text) for line in starts).most_common(_MOST_TEMPLATES):
        if count >= _LEAST:
            yield [line for line in starts if template(line.text) == like]


def least_time(restarts: int) -> timedelta:
    """Return the least time that this many restarts take: the cluster waits 10 s, 20 s, … up to 5 min before each."""
    return timedelta(seconds=sum(min(300, 10 * 2**number) for number in range(min(restarts, 2000))))


def _fits(log: Log, times: list[datetime], workload: Workload, now: datetime) -> bool:
    """Whether there are about as many times as restarts of the observed pod, as far as both are known."""
    if workload.age is None or not workload.restarts:
        return True
    age, precision = workload.age
    if least_time(_count(times, times[0])) > _FASTER * (now - times[0]):
        return False
    oldest = age + precision
    shown = oldest if log.edge is None else min(oldest, max(now - log.edge, timedelta(0)))
    return _count(times, now - oldest) >= workload.restarts * (shown / oldest) / 3


def _count(times: list[datetime], since: datetime) -> int:
    mine = [at for at in times if at >= since]
    return bool(mine) + sum(later - earlier > APART for earlier, later in pairwise(mine))


_CREATING = timedelta(minutes=2)
"""A pod that is created this soon after a deploy belongs to it."""
_MINUTE = timedelta(minutes=1)
_UNITS = timedelta(days=1), timedelta(hours=1), _MINUTE
_NONE = timedelta(0)
GAP = timedelta(minutes=30)
"""A longer time without a sign of the failure separates two failures."""
_LONGEST = timedelta(days=7)
_EDGE = timedelta(minutes=10)
"""A log that shows the failure this soon after its own beginning began too late to show the first failure.

The cluster waits up to 5 minutes before it restarts a container, which then runs for a while.
"""
_CONTINUOUS = 0.5
"""If the restarts take at least this share of a pod's age, the pod has been failing the whole time.

The cluster waits up to 5 minutes before each restart: a program that runs 5 minutes each time fails half of the time.
"""
_RESTARTING = frozenset({Kind.CRASH, Kind.MEMORY, Kind.PROBE})


class Onset(NamedTuple):
    """The latest time at which a failure may have begun.

    `slack` says how much earlier it may have begun, because a time is rounded. `hidden`
    says how much earlier than that, if earlier events have expired. `cut` says that it began before `at` in any case:
    the log shows it from its own beginning on. `wider` says that a wider log would show more. `stated` is
    the time that a source states: an age such as `3h` leads to another `at` with each request. `counted` says that
    only the number of restarts leads to `at`, so that it moves with the clock.
    """

    at: datetime
    slack: timedelta = timedelta(0)
    hidden: timedelta = timedelta(0)
    cut: bool = False
    wider: bool = False
    stated: datetime | None = None
    counted: bool = False

    @property
    def shown(self) -> datetime | None:
        """The time to show: the stated one, else a round one soon after, so that the same facts have the same time."""
        if self.counted and self.stated is None:
            return None
        unit = next((unit for unit in _UNITS if unit <= self.slack), None)
        if self.stated is not None or unit is None:
            return self.stated or self.at
        return self.at + (datetime.min.replace(tzinfo=UTC) - self.at) % unit

    @property
    def or_earlier(self) -> bool:
        """Whether it may have begun before the time to show. A stated time is better than an age in minutes."""
        return not self.exact and not (self.stated and self.slack <= _MINUTE and not self.hidden and not self.cut)

    @property
    def earliest(self) -> datetime:
        """The earliest time at which the failure may have begun, except if it is `cut`."""
        return self.at - self.slack - self.hidden

    @property
    def exact(self) -> bool:
        """Whether `at` is when it began."""
        return not (self.slack or self.hidden or self.cut)


class FailureSpan(NamedTuple):
    """A time with signs of a failure, from `first` to `last`. `expires` says that earlier signs may have expired."""

    first: datetime
    last: datetime
    interval: timedelta = timedelta(0)
    expires: bool = False


def onset(
    kind: Kind, workload: Workload, signals: Iterable[Signal], logs: Iterable[Log], situation: Situation
) -> Onset | None:
    """Return when the failure of a workload began, or None if nothing shows it.

    `signals` are those of all pods of the workload, including pods that are gone. A long time without any sign of the
    failure ends the search: anything before that is another failure.
    """
    signals = list(signals)
    family = {str(kind), *table("blame")["families"].get(kind, ()), *(["job"] if workload.is_job else [])}
    spans = [span for signal in signals if signal.kind in family and (span := _span(signal)) is not None]
    # A container that is merely not ready has not ended, so nothing in its log is a sign of an end.
    ends = kind is Kind.JOB or (kind in _RESTARTING and (kind is not Kind.PROBE or workload.restarts > 0))
    heard = [(log, times) for log in logs if (times := ends_in(log, kind, workload, situation.now))] if ends else []
    for _log, times in heard:
        interval = _interval(times)
        spans += [FailureSpan(at, at, interval) for at in times]
    # Pods that failed before the observed one have no other sign than the log.
    logged = kind in (Kind.CRASH, Kind.MEMORY)
    estimated = _estimate(kind, workload, situation)
    if estimated is not None:
        lately = situation.now - timedelta(minutes=1)
        spans.append(FailureSpan(estimated.at, max(estimated.at, lately), expires=logged))
    begun = _chain(spans) if spans else situation.now
    if not spans:
        return None
    slack = estimated.slack if estimated is not None and begun == estimated.at else _NONE
    cut = any(times[0] <= begun and log.edge is not None and begun - log.edge <= _EDGE for log, times in heard)
    exact = [times[0] for log, times in heard if times[0] >= begun and _shows(log, begun - slack)]
    if exact:
        # The log is more exact than the age of the pod.
        return Onset(begun, stated=min(exact) if slack else None)
    stated = _stated(begun, estimated, workload, situation) if estimated is not None else None
    hidden = _hidden(workload, spans, begun, situation, logged)
    counted = estimated is not None and estimated.counted and begun == estimated.at
    return Onset(begun, slack, hidden, cut, bool(heard), stated, counted)


def _stated(begun: datetime, estimated: Onset, workload: Workload, situation: Situation) -> datetime | None:
    """Return a time for a failure that began with its pod: that of the deploy, else that of the pod's first event.

    None if there is neither, or if the failure began otherwise.
    """
    since_created = workload.age is not None and estimated.slack == workload.age[1]
    if begun < estimated.earliest - _CREATING or (begun != estimated.at and not since_created):
        return None
    deploy = situation.deployed if since_created else None
    if deploy is not None and estimated.earliest - _CREATING <= deploy <= estimated.at + SKEW:
        return deploy
    of_pod = [event.first for event in situation.events if event.pod == workload.pod and event.first is not None]
    latest = estimated.at + max(estimated.slack, SKEW)
    return min((at for at in of_pod if estimated.earliest - SKEW <= at <= latest), default=None)


def _shows(log: Log, begun: datetime) -> bool:
    """Whether a log that has the failure reaches back to well before it began."""
    return log.edge is not None and log.edge <= begun - GAP


def _hidden(
    workload: Workload, spans: list[FailureSpan], begun: datetime, situation: Situation, logged: bool
) -> timedelta:
    """Return how much earlier a failure may have begun if only events from about an hour ago show it.

    The observed pod limits the age of the failure if only events show it, and no log does: what failed before the pod
    was created is another failure.
    """
    # The events of pods that failed earlier still exist, unless there are no events at all.
    recently = begun > situation.now - EVENTS_KEPT and bool(situation.events)
    if recently or not all(span.expires for span in spans if span.first == begun):
        return _NONE
    if workload.age is None or not workload.containers or logged:
        return _LONGEST
    return max(_NONE, begun - (situation.now - sum(workload.age, _NONE)))


def _span(signal: Signal) -> FailureSpan | None:
    if signal.first is None or signal.last is None:
        return None
    interval = (signal.last - signal.first) / (signal.times - 1) if signal.times > 1 else _NONE
    return FailureSpan(signal.first, signal.last, interval, expires=signal.event is not None)


def _interval(times: list[datetime]) -> timedelta:
    """Return the usual time between two ends; several lines about one end count once."""
    between = sorted(gap for earlier, later in pairwise(times) if (gap := later - earlier) > APART)
    return between[len(between) // 2] if between else _NONE


def _chain(spans: list[FailureSpan]) -> datetime:
    """Return the start of the newest chain of spans without a long gap."""
    spans.sort(key=lambda span: span.last, reverse=True)
    begun = spans[0].first
    for newer, older in pairwise(spans):
        gap = max(GAP, 3 * newer.interval, 3 * older.interval)
        if older.last < begun - gap:
            break
        begun = min(begun, older.first)
    return begun


def _estimate(kind: Kind, workload: Workload, situation: Situation) -> Onset | None:
    """Return when the failure began, judged by the age and the restarts of the observed pod."""
    restarts = max((each.restarts for each in workload.containers), default=0)
    steady = workload.ready and workload.name not in situation.rising
    if workload.age is None or (steady and (kind not in _RESTARTING or restarts < _LEAST)):
        return None
    age, precision = workload.age
    if not restarts:
        # A pod that no node accepted has no containers yet.
        waiting = workload.phase == "pending" or any(each.state.startswith("waiting") for each in workload.containers)
        # While a rollout goes on, a pod that is not ready never was.
        never = (waiting and kind not in _RESTARTING) or (kind is Kind.PROBE and situation.phase is Phase.MOVING)
        return Onset(situation.now - age, precision) if never else None
    failing = least_time(restarts)
    if failing >= _CONTINUOUS * (age + precision):
        return Onset(situation.now - age, precision)
    return Onset(situation.now - failing, failing, counted=True)
