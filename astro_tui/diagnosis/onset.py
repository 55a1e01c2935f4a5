"""When a failure began."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from itertools import pairwise
from typing import NamedTuple

from astro_tui.diagnosis.cluster import Workload
from astro_tui.diagnosis.current import SKEW, Situation
from astro_tui.diagnosis.kinds import Kind
from astro_tui.diagnosis.logs import Log
from astro_tui.diagnosis.phase import Phase
from astro_tui.diagnosis.signals import Signal

GAP = timedelta(minutes=30)
"""A longer time without a sign of the failure separates two failures."""
_EXPIRING = timedelta(minutes=50)
"""The cluster keeps events for an hour, so what seems to have begun then can be older."""
_FOREVER = timedelta(days=3650)
_STARTS = frozenset({"Created", "Started", "Pulled"})
_RESTARTING = frozenset({Kind.CRASH, Kind.MEMORY, Kind.PROBE})
_FAMILIES = {
    Kind.CRASH: frozenset({Kind.CRASH, Kind.MEMORY}),
    Kind.MEMORY: frozenset({Kind.CRASH, Kind.MEMORY}),
    Kind.PROBE: frozenset({Kind.PROBE, Kind.CRASH}),
    Kind.CONFIG: frozenset({Kind.CONFIG, Kind.CRASH}),
    Kind.STORAGE: frozenset({Kind.STORAGE, Kind.SCHEDULING}),
    Kind.JOB: frozenset({Kind.JOB, Kind.CRASH}),
}


class Onset(NamedTuple):
    """The earliest known time of a failure. It can have begun up to `slack` earlier."""

    at: datetime
    slack: timedelta = timedelta(0)


def onset(
    kind: Kind, workload: Workload, signals: Iterable[Signal], logs: Iterable[Log], situation: Situation
) -> Onset | None:
    """Return when the failure of a workload began, or None if nothing tells.

    `signals` are those of all pods of the workload, also of pods that are gone. A long time without any sign of the
    failure ends the search: what was before is another failure.
    """
    signals = list(signals)
    family = _FAMILIES.get(kind, frozenset({kind}))
    if workload.is_job:
        family |= {Kind.JOB}
    spans = [span for signal in signals if signal.kind in family and (span := _span(signal)) is not None]
    cut = False
    # A container that is not ready did not end: whatever it logs is no sign of it.
    if (kind in _RESTARTING and (kind is not Kind.PROBE or workload.restarts)) or kind is Kind.JOB:
        for log in logs:
            times = [line.at for line in log.same_end if line.at is not None]
            interval = _interval(times)
            spans += [(at, at, interval) for at in times]
            cut = cut or (
                log.cut and bool(times) and times[0] == next((line.at for line in log.lines if line.at), None)
            )
    estimated = _estimate(kind, workload, situation)
    if estimated is not None:
        spans.append(
            (estimated.at, min(situation.now, max(estimated.at, situation.now - timedelta(minutes=1))), timedelta(0))
        )
    if not spans:
        spans = [
            (deployed, deployed, timedelta(0))
            for deployed in _stuck_rollout(workload, signals, situation.now, situation)
        ]
    if not spans:
        return None
    begun = min([_chain(spans), *_stuck_rollout(workload, signals, _chain(spans), situation)])
    slack = _FOREVER if cut else timedelta(0)
    if estimated is not None and begun == estimated.at:
        slack = max(slack, estimated.slack)
    return Onset(begun, slack)


def _stuck_rollout(workload: Workload, signals: list[Signal], begun: datetime, situation: Situation) -> list[datetime]:
    """Return the deploy whose rollout never got ready, if there is one: it fails since then, however late its events.

    Either the observed pod is of that deploy and not ready, or it is older and still serves because the new pods fail.
    """
    if situation.phase not in (Phase.MOVING, Phase.FAILED):
        return []
    told = situation.phase is Phase.MOVING or any(_of_progress(signal) for signal in signals)
    expired = begun <= situation.now - _EXPIRING
    if told or expired:
        mine = [deployed for deployed in situation.deploys if _is_of_rollout(workload, deployed, situation.now)]
        steady = not workload.restarts
        if mine and (told or steady):
            return [min(mine)]
    others = [signal for signal in signals if signal.pod and signal.pod != workload.pod]
    if workload.ready and workload.kind == "deployment" and others and workload.age is not None:
        old = situation.now - workload.age[0]
        return sorted(deployed for deployed in situation.deploys if old < deployed <= begun + SKEW)[-1:]
    return []


def _of_progress(signal: Signal) -> bool:
    """Whether a signal says that a rollout does not progress; jobs have deadlines too."""
    return signal.kind is Kind.TIMEOUT and "progress" in f"{signal.meaning.reason} {signal.text}".lower()


def _is_of_rollout(workload: Workload, deployed: datetime, now: datetime) -> bool:
    """Whether the observed pod was created by a deploy."""
    if workload.age is None or workload.ready:
        return False
    latest, earliest = now - workload.age[0], now - workload.age[0] - workload.age[1]
    return deployed - timedelta(minutes=1) <= latest and earliest <= deployed + timedelta(minutes=10)


def _span(signal: Signal) -> tuple[datetime, datetime, timedelta] | None:
    if signal.first is None or signal.last is None:
        return None
    interval = (signal.last - signal.first) / (signal.times - 1) if signal.times > 1 else timedelta(0)
    return signal.first, signal.last, interval


def _interval(times: list[datetime]) -> timedelta:
    return (times[-1] - times[0]) / (len(times) - 1) if len(times) > 1 else timedelta(0)


def _chain(spans: list[tuple[datetime, datetime, timedelta]]) -> datetime:
    """Return the start of the newest chain of spans without a long gap."""
    spans.sort(key=lambda span: span[1], reverse=True)
    begun = spans[0][0]
    for newer, older in pairwise(spans):
        gap = max(GAP, 3 * newer[2], 3 * older[2])
        if older[1] < begun - gap:
            break
        begun = min(begun, older[0])
    return begun


def _estimate(kind: Kind, workload: Workload, situation: Situation) -> Onset | None:
    """Return what age and restarts of the observed pod tell about the begin."""
    if workload.age is None or not workload.containers or (workload.ready and workload.name not in situation.rising):
        return _of_restarts_when_ready(kind, workload, situation)
    age, precision = workload.age
    restarts = max(each.restarts for each in workload.containers)
    if not restarts:
        waiting = any(each.state.startswith("waiting") for each in workload.containers)
        never_started = waiting and kind not in _RESTARTING
        return Onset(situation.now - age, precision) if never_started else None
    failing = _least_time(restarts)
    if failing >= 0.4 * age:
        return Onset(situation.now - age, precision)
    return Onset(situation.now - failing, failing)


def _of_restarts_when_ready(kind: Kind, workload: Workload, situation: Situation) -> Onset | None:
    """Return the begin of restarts that are spread over time, from how often they happen lately.

    A container starts once for each restart; the cluster says more often that it waits before the next one.
    """
    if kind not in _RESTARTING or not workload.ready or workload.restarts < 3 or workload.age is None:
        return None
    age, precision = workload.age
    intervals = [
        (event.last - event.first) / (event.times - 1)
        for event in situation.events
        if event.times > 2
        and event.first
        and event.last
        and event.object_name == workload.pod
        and event.reason in _STARTS
    ]
    if intervals:
        return Onset(situation.now - min(max(intervals) * workload.restarts, age), precision)
    least = _least_time(workload.restarts)
    if least >= 0.4 * age:
        return Onset(situation.now - age, precision)
    return Onset(situation.now - least, least)


def _least_time(restarts: int) -> timedelta:
    """Return the least time in which the cluster restarts a container so often: it waits 10 s, 20 s, … up to 5 min."""
    return timedelta(seconds=sum(min(300, 10 * 2**number) for number in range(min(restarts, 2000))))
