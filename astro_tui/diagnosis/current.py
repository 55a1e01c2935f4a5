"""Which signals are about an ongoing failure: not about one that is over, or that is normal during startup."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from astro_tui.diagnosis.cluster import Cluster, Phase, Workload
from astro_tui.diagnosis.facts import Facts
from astro_tui.diagnosis.last_run import Log
from astro_tui.diagnosis.reading import age
from astro_tui.diagnosis.result import Kind, Rank
from astro_tui.diagnosis.signals import Alert, Event, Signal
from astro_tui.diagnosis.tables import form, table
from astro_tui.platform.lenient import Moment

YOUNG = timedelta(minutes=2)
"""Age of a rollout up to which waiting is normal."""
RECENT = timedelta(minutes=15)
"""How long a warning about a ready container counts."""
SKEW = timedelta(seconds=15)
"""How far the clocks of the cluster and the platform may differ."""
_LONGEST = timedelta(hours=2)
_OLD = timedelta(minutes=75)
"""The cluster keeps events for an hour after they last happened."""
EVENTS_KEPT = timedelta(minutes=50)
"""Events this recent still exist. What seems to have begun earlier may be older than it looks."""
_MANY = 10
_STARTING = timedelta(minutes=5)
"""How long probes may fail after a pod was created."""


@dataclass(frozen=True, slots=True)
class Situation:
    """What has to be known to tell whether a signal is current."""

    now: datetime
    phase: Phase
    cluster: Cluster
    events: tuple[Event, ...]
    logs: tuple[Log, ...]
    deployed: datetime | None
    deploys: tuple[datetime, ...]
    rising: frozenset[str]
    """Workloads whose restart count grew between two observations."""
    alerts: tuple[Alert, ...]
    """The firing alerts."""

    @property
    def rollout_age(self) -> timedelta | None:
        """Return the time since the latest deploy, or since all observed pods were created if that is shorter."""
        ages = [each.age[0] for each in self.cluster if each.age is not None and each.containers]
        known = ([self.now - self.deployed] if self.deployed is not None else []) + ([max(ages)] if ages else [])
        return min(known, default=None)

    @property
    def young(self) -> bool:
        """Whether a rollout is too young for its waiting to mean anything."""
        age = self.rollout_age
        return self.phase is Phase.MOVING and age is not None and age < YOUNG


def rising(facts: Facts, cluster: Cluster) -> frozenset[str]:
    """Return the workloads that restarted since the earlier observation of `/runtime`."""
    if not facts.earlier_runtime.known:
        return frozenset()
    before = Cluster(Facts(facts.now, runtime=facts.earlier_runtime))
    return frozenset(
        each.name
        for each in cluster
        if each.name in before.workloads
        and each.pod == before.get(each.name).pod
        and each.restarts > before.get(each.name).restarts
    )


def current(signals: Iterable[Signal], situation: Situation) -> list[Signal]:
    """Return the signals about ongoing failures."""
    kept = [signal for signal in signals if _counts(signal, situation)]
    replaced = [_of_replaced_pod(signal, situation) for signal in kept]
    fresh = {
        signal.workload
        for signal, old in zip(kept, replaced, strict=True)
        if signal.source == "runtime" or (signal.event is not None and not old)
    }
    return [signal for signal, old in zip(kept, replaced, strict=True) if not (old and signal.workload in fresh)]


def _of_replaced_pod(signal: Signal, situation: Situation) -> bool:
    """Whether the failed pod is one that the latest deploy replaced."""
    if signal.event is None or signal.last is None or situation.deployed is None:
        return False
    return signal.last < situation.deployed - SKEW and signal.pod != situation.cluster.get(signal.workload).pod


def _counts(signal: Signal, situation: Situation) -> bool:
    workload = situation.cluster.get(signal.workload)
    if situation.young:
        earlier = signal.first is not None and situation.deployed and signal.first < situation.deployed - SKEW
        transient = table("blame")["events"]["transient"]
        attaching = signal.kind is Kind.STORAGE and any(each in signal.text for each in transient)
        if earlier or attaching or signal.rank in (Rank.UNREADY, Rank.NOT_READY, Rank.DEADLINE):
            return False
    if signal.source == "runtime":
        ready = any(each.ready for each in workload.containers if each.name == signal.container)
        return not ready or restarting(workload, situation)
    return signal.event is None or _event_counts(signal, signal.event, workload, situation)


def restarting(workload: Workload, situation: Situation) -> bool:
    """Whether a workload that is ready now still restarts again and again."""
    now, begun = situation.now, workload.started(situation.now)
    exits = [at for each in workload.containers if (at := last_exit(each.text, now)) is not None]
    known = table("blame")["events"]
    events = [each for each in situation.events if each.reason in known["restarts"] and _is_about(each, workload)]
    first = begun + timedelta(minutes=1) if begun is not None else None
    lately = [each for each in events if each.last and (first is None or each.last > first) and recent(each, now)]
    if not workload.restarts:
        # The pod may have been observed before it restarted.
        return workload.name in situation.rising or any(each.reason in known["loops"] for each in lately)
    often = workload.age is not None and workload.restarts >= _MANY and workload.age[0] <= _LONGEST * workload.restarts
    usual = workload.age[0] / workload.restarts if workload.age is not None and often else timedelta(0)
    return (
        workload.name in situation.rising
        or any(alert.meaning is not None for alert in situation.alerts)
        or any(_goes_on(at, usual, now) for at in exits)
        or bool(lately)
        or (often and not exits and not events)
    )


def _is_about(event: Event, workload: Workload) -> bool:
    """Whether an event is about the observed pod of a workload, or about any pod of it if none was observed."""
    names = (workload.pod, workload.name)
    return event.object_name in names if workload.pod else event.object_name.startswith(workload.name)


def alert_signals(workload: Workload, situation: Situation) -> list[Signal]:
    """Return what firing alerts say about a workload that fails. A firing alert has fired without interruption."""
    return [
        Signal("alerts", workload.name, "", alert.meaning, alert.title, alert.since, alert.since and situation.now)
        for alert in situation.alerts
        if alert.meaning is not None
    ]


def last_exit(text: str, now: datetime) -> datetime | None:
    """Return when a container ended last, if its text says so: `OOMKilled 4 minutes ago`, or a time."""
    if match := form("ago").search(text):
        known = age(f"{match[1]}{match[2][0]}")
        return now - known[0] if known is not None else None
    times = [at for raw in form("time").findall(text) if (at := Moment.of(raw).at) is not None]
    return max(times, default=None)


def _goes_on(last: datetime, interval: timedelta, now: datetime) -> bool:
    """Whether what happened last at a time goes on, judged by how often it happened before."""
    return now - last <= max(RECENT, min(_LONGEST, 2 * interval))


def recent(event: Event, now: datetime) -> bool:
    """Whether an event still happens, judged by how often it has happened so far; events without a time count."""
    if event.last is None:
        return True
    again = event.first is not None and event.times > 2
    interval = (event.last - event.first) / (event.times - 1) if again and event.first else timedelta(0)
    return _goes_on(event.last, interval, now)


def last_warning(situation: Situation) -> Event | None:
    """Return the newest warning that still happens, whatever it means."""
    warnings = [event for event in situation.events if not event.normal and recent(event, situation.now)]
    return next(iter(warnings), None)


def _event_counts(signal: Signal, event: Event, workload: Workload, situation: Situation) -> bool:
    if _is_over(signal, event, workload, situation):
        return False
    if event.last is None:
        serves = situation.phase is Phase.HEALTHY or _is_observed(signal, event, workload)
        return not (workload.ready if serves else situation.young and signal.pod not in ("", workload.pod))
    if signal.kind is Kind.PROBE and not recent(event, situation.now):
        # A probe that still fails warns at least every five minutes.
        return False
    if workload.ready and signal.rank is Rank.UNREADY:
        begun = workload.started(situation.now)
        return event.times >= _MANY and (begun is None or event.last > begun + _STARTING)
    if workload.ready and _is_observed(signal, event, workload):
        ends = signal.rank in (Rank.LOOP, Rank.KILLED, Rank.EXIT) or signal.kind is Kind.MEMORY
        return ends and restarting(workload, situation)
    if situation.phase is not Phase.HEALTHY:
        return situation.now - event.last <= _OLD or recent(event, situation.now)
    times = (situation.deployed, workload.started(situation.now) if workload.ready else None)
    replaced = any(at and event.last < at - SKEW for at in times) and (workload.ready or not workload.containers)
    return not replaced and recent(event, situation.now)


def _is_observed(signal: Signal, event: Event, workload: Workload) -> bool:
    """Whether an event is about the observed pod, not about another pod or an object that creates pods."""
    if signal.pod:
        return not workload.pod or signal.pod in (workload.pod, workload.name)
    return event.object_kind == "node"


def _is_over(signal: Signal, event: Event, workload: Workload, situation: Situation) -> bool:
    """Whether the same pod got past the step that failed, or the cluster is removing it."""
    if not signal.pod:
        return False
    several = len(workload.containers) > 1 and signal.kind in (Kind.IMAGE, Kind.CONFIG)
    past = table("blame")["past"].get(signal.kind, ()) if signal.rank is Rank.EXACT else ()
    for other in situation.events:
        if other.object_name != signal.pod:
            continue
        stopping = other.reason == "Killing" and other.message.startswith("Stopping container")
        if stopping and signal.pod != workload.pod:
            return True
        same = not several or other.container == signal.container != ""
        if other.normal and other.reason in past and same and other.after(event):
            return True
    return False
