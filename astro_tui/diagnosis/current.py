"""Which signals are about an ongoing failure: not about one that is over, or that is normal during startup."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from astro_tui.diagnosis.cluster import Cluster, Phase, Workload
from astro_tui.diagnosis.facts import Facts
from astro_tui.diagnosis.last_run import Log, goes_on
from astro_tui.diagnosis.reading import age
from astro_tui.diagnosis.result import Kind, Rank
from astro_tui.diagnosis.signals import Alert, Event, Signal
from astro_tui.platform.lenient import Moment

YOUNG = timedelta(minutes=2)
"""Age of a rollout up to which waiting is normal."""
RECENT = timedelta(minutes=15)
"""How long a warning about a ready container counts."""
SKEW = timedelta(seconds=15)
"""How far the clocks of the cluster and the platform may differ."""
_AGO = re.compile(r"(\d+)\s*(seconds?|minutes?|hours?|days?|[smhd])\s+ago", re.IGNORECASE)
_TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:\d\d)")
_LONGEST = timedelta(hours=2)
_OLD = timedelta(minutes=75)
"""The cluster keeps events for an hour after they last happened."""
EVENTS_KEPT = timedelta(minutes=50)
"""Events this recent still exist. What seems to have begun earlier may be older than it looks."""
MOST_EVENTS = 50
"""The server sends the newest ones only."""
_READY_AGAIN = timedelta(minutes=5)
_MANY = 10
_STARTING = timedelta(minutes=5)
_RESTARTS = frozenset({"BackOff", "Killing", "Started", "Created", "Pulled", "OOMKilling"})
_STEPS = {"Scheduled": 1, "SuccessfulAttachVolume": 2, "Pulling": 2, "Pulled": 3, "Created": 4, "Started": 5}
_TRANSIENT = (
    "unbound immediate",
    "FailedMount",
    "FailedAttachVolume",
    "MountVolume",
    "AttachVolume",
    "not yet created",
)


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
    events_known: bool = False

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
    kept = [signal for signal in kept if not _replaced(signal, kept)]
    fresh = {signal.workload for signal in kept if signal.source == "runtime" or _since_deploy(signal, situation)}
    return [signal for signal in kept if signal.workload not in fresh or not _before_deploy(signal, situation)]


def _since_deploy(signal: Signal, situation: Situation) -> bool:
    return signal.event is not None and not _before_deploy(signal, situation)


def _before_deploy(signal: Signal, situation: Situation) -> bool:
    """Whether the failed pod is one that the latest deploy replaced."""
    if signal.event is None or signal.last is None or situation.deployed is None:
        return False
    return signal.last < situation.deployed - SKEW and signal.pod != situation.cluster.get(signal.workload).pod


def _counts(signal: Signal, situation: Situation) -> bool:
    if situation.young and (_normal_while_starting(signal) or _of_earlier_rollout(signal, situation)):
        return False
    if signal.source == "runtime":
        return _runtime_counts(signal, situation)
    if signal.event is None:
        return True
    return _event_counts(signal, signal.event, situation)


def _normal_while_starting(signal: Signal) -> bool:
    transient = signal.kind is Kind.STORAGE and any(each in signal.text for each in _TRANSIENT)
    return transient or signal.rank in (Rank.UNREADY, Rank.NOT_READY, Rank.DEADLINE)


def _of_earlier_rollout(signal: Signal, situation: Situation) -> bool:
    return signal.first is not None and situation.deployed is not None and signal.first < situation.deployed - SKEW


def _runtime_counts(signal: Signal, situation: Situation) -> bool:
    workload = situation.cluster.get(signal.workload)
    container = next((each for each in workload.containers if each.name == signal.container), None)
    if container is None or not container.ready:
        return True
    return restarting(workload, situation)


def restarting(workload: Workload, situation: Situation) -> bool:
    """Whether a workload that is ready now still restarts again and again."""
    if workload.name in situation.rising:
        return True
    if not workload.restarts:
        return False
    if any(alert.meaning is not None for alert in situation.alerts):
        return True
    exits = [at for each in workload.containers if (at := last_exit(each.text, situation.now)) is not None]
    if exits:
        since = situation.now - max(exits)
        usual = workload.age[0] / workload.restarts if workload.age is not None and _often(workload) else RECENT
        if since <= max(RECENT, min(_LONGEST, 2 * usual)):
            return True
    begun = workload.started(situation.now)
    reported = False
    for event in situation.events:
        if event.reason in _RESTARTS and event.last is not None and _is_about(event, workload, situation):
            reported = True
            first_start = begun is not None and event.last is not None and event.last <= begun + timedelta(minutes=1)
            again = event.times > 1 or event.reason in ("BackOff", "OOMKilling") or begun is not None
            if again and not first_start and recent(event, situation.now):
                return True
    if any(_ended_recently(log, workload, situation) for log in situation.logs if log.workload == workload.name):
        return True
    return not reported and not exits and _often(workload)


def _is_about(event: Event, workload: Workload, situation: Situation) -> bool:
    """Whether an event is about the observed pod of a workload, or about any pod of it if none was observed."""
    if workload.pod:
        return event.object_name in (workload.pod, workload.name)
    return situation.cluster.owner(event.object_name, event.object_kind) == workload.name


def alert_signals(workload: Workload, situation: Situation) -> list[Signal]:
    """Return what firing alerts say about a workload that fails. A firing alert has fired without interruption."""
    return [
        Signal("alerts", workload.name, "", alert.meaning, alert.title, alert.since, alert.since and situation.now)
        for alert in situation.alerts
        if alert.meaning is not None
    ]


def last_exit(text: str, now: datetime) -> datetime | None:
    """Return when a container ended last, if its text says so: `OOMKilled 4 minutes ago`, or a time."""
    if match := _AGO.search(text):
        known = age(f"{match[1]}{match[2][0]}")
        return now - known[0] if known is not None else None
    times = [at for raw in _TIME.findall(text) if (at := Moment.of(raw).at) is not None]
    return max(times, default=None)


def _often(workload: Workload) -> bool:
    """Whether a pod restarted so often for its age that it most likely still does."""
    return workload.age is not None and workload.restarts >= _MANY and workload.age[0] <= _LONGEST * workload.restarts


def _ended_recently(log: Log, workload: Workload, situation: Situation) -> bool:
    """Whether a log shows that a program ended again and again: a healthy program may log fatal lines, too."""
    now = situation.now
    times = [line.at for line in log.same_end if line.at is not None]
    if len(times) < 2 or len(times) > 2 * workload.restarts or goes_on(log.same_end[-1].text):
        return False
    if situation.events_known and len(situation.events) < MOST_EVENTS and now - times[-1] < EVENTS_KEPT:
        # An end would have caused an event that still exists.
        return False
    return now - times[-1] <= max(RECENT, min(_LONGEST, 2 * (times[-1] - times[0]) / (len(times) - 1)))


def recent(event: Event, now: datetime) -> bool:
    """Whether an event still happens, judged by how often it has happened so far; events without a time count."""
    if event.last is None:
        return True
    interval = timedelta(0)
    if event.first is not None and event.times > 2:
        interval = (event.last - event.first) / (event.times - 1)
    return now - event.last <= max(RECENT, min(_LONGEST, 2 * interval))


def last_warning(situation: Situation) -> Event | None:
    """Return the newest warning that still happens, whatever it means."""
    warnings = [event for event in situation.events if not event.normal and recent(event, situation.now)]
    return next(iter(warnings), None)


def _event_counts(signal: Signal, event: Event, situation: Situation) -> bool:
    workload = situation.cluster.get(signal.workload)
    if _overtaken(signal, event, situation) or _stopped(signal, situation):
        return False
    if event.last is None and not _is_now(signal, workload, situation):
        return False
    if signal.kind is Kind.PROBE and not recent(event, situation.now):
        # A probe that still fails warns at least every five minutes.
        return False
    if workload.ready and _is_observed(signal, event, workload):
        return _counts_when_ready(signal, event, workload, situation)
    if situation.phase is not Phase.HEALTHY:
        return (
            event.last is None
            or situation.now - event.last <= _OLD
            or (event.times > 2 and recent(event, situation.now))
        )
    if event.last is not None and _before_this_pod(event, workload, situation):
        return False
    if signal.rank is Rank.UNREADY and workload.ready:
        # Pods that are shutting down fail their last probes.
        return event.times >= _MANY and recent(event, situation.now)
    return recent(event, situation.now)


def _is_now(signal: Signal, workload: Workload, situation: Situation) -> bool:
    """Whether an event without a time may be current: not if pods are ready, or if a new rollout replaced its pod."""
    if situation.phase is Phase.HEALTHY:
        return not workload.ready
    return not situation.young or signal.pod in ("", workload.pod)


def _is_observed(signal: Signal, event: Event, workload: Workload) -> bool:
    """Whether an event is about the observed pod, not about another pod or an object that creates pods."""
    if signal.pod:
        return not workload.pod or signal.pod in (workload.pod, workload.name)
    return event.object_kind == "node"


def _before_this_pod(event: Event, workload: Workload, situation: Situation) -> bool:
    """Whether an event of another pod is from before the latest deploy, or before the pod that is ready now."""
    if event.last is None or not (workload.ready or not workload.containers):
        return False
    if situation.deployed is not None and event.last < situation.deployed - SKEW:
        return True
    begun = workload.started(situation.now)
    return workload.ready and begun is not None and event.last < begun - SKEW


def _counts_when_ready(signal: Signal, event: Event, workload: Workload, situation: Situation) -> bool:
    if situation.phase is not Phase.HEALTHY and event.last is not None and signal.rank is Rank.EXACT:
        # The observation may be older than the event: the pods of a stateful set keep their names.
        stateful = workload.kind == "statefulset" and not workload.restarts
        return stateful and situation.now - event.last <= _READY_AGAIN and event.reason == "FailedScheduling"
    if signal.rank is Rank.UNREADY:
        return _still_unready(event, workload, situation)
    if signal.rank in (Rank.LOOP, Rank.KILLED, Rank.EXIT) or signal.kind is Kind.MEMORY:
        if not workload.restarts and workload.name not in situation.rising:
            return _outdates_observation(event, workload, situation)
        return recent(event, situation.now) or workload.name in situation.rising
    return False


def _outdates_observation(event: Event, workload: Workload, situation: Situation) -> bool:
    """Whether a pod observed without restarts ended in the last few minutes. A new pod of that name does not count."""
    begun = workload.started(situation.now)
    if event.last is None or begun is None or situation.now - event.last > _READY_AGAIN:
        return False
    return event.last > begun + _READY_AGAIN


def _still_unready(event: Event, workload: Workload, situation: Situation) -> bool:
    """Whether the readiness of a container that is ready now comes and goes."""
    if event.last is None or event.times < 3:
        return False
    begun = max(
        (each for each in (workload.started(situation.now), situation.deployed) if each is not None), default=None
    )
    if begun is not None and event.last <= begun + _STARTING and event.last < situation.now - timedelta(minutes=1):
        return False
    return situation.now - event.last <= (RECENT if event.times >= 10 else _READY_AGAIN)


def _overtaken(signal: Signal, event: Event, situation: Situation) -> bool:
    """Whether the same pod got past the step that failed."""
    step = _step(signal)
    if not step or not signal.pod:
        return False
    containers = len(situation.cluster.get(signal.workload).containers)
    for other in situation.events:
        if (
            other.object_name != signal.pod
            or not other.normal
            or _STEPS.get(other.reason, 0) < step
            or not other.after(event)
        ):
            continue
        if step <= 2 or containers < 2 or (signal.container and other.container == signal.container):
            return True
    return False


def _stopped(signal: Signal, situation: Situation) -> bool:
    """Whether the cluster is removing the pod: failures in the meantime do not matter."""
    workload = situation.cluster.get(signal.workload)
    if not signal.pod or signal.pod == workload.pod:
        return False
    return any(
        other.object_name == signal.pod and other.reason == "Killing" and other.message.startswith("Stopping container")
        for other in situation.events
    )


def _step(signal: Signal) -> int:
    """Return the step after which a failure to start is over, or 0 if no step ends it."""
    if signal.rank is not Rank.EXACT or signal.kind is Kind.MEMORY:
        return 0
    if signal.event is not None and signal.event.reason in ("FailedScheduling", "NotTriggerScaleUp"):
        return 1
    if signal.kind is Kind.STORAGE:
        return 2
    return {Kind.IMAGE: 3, Kind.CONFIG: 5}.get(signal.kind, 0)


def _replaced(signal: Signal, kept: list[Signal]) -> bool:
    """Whether the scheduler gave a newer reason for the same pod."""
    event = signal.event
    if event is None or event.reason != "FailedScheduling":
        return False
    return any(
        other.event is not None
        and other.event is not event
        and other.event.reason == "FailedScheduling"
        and other.pod == signal.pod
        and other.event.after(event)
        and other.kind is not signal.kind
        for other in kept
    )
