"""What each source says about each workload, as signals, and which of them are about an ongoing failure.

Others are about a failure that is over, or are normal during startup.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import NamedTuple

from astro_tui.diagnosis import reading
from astro_tui.diagnosis.cluster import Cluster, Container, Phase, State, Workload, deployed_at, state_of
from astro_tui.diagnosis.facts import Facts
from astro_tui.diagnosis.last_run import Log, read_log, widest
from astro_tui.diagnosis.reading import age, objects, text, word
from astro_tui.diagnosis.result import Kind, Rank
from astro_tui.diagnosis.tables import form, table
from astro_tui.diagnosis.words import Meaning, meaning
from astro_tui.platform.lenient import Moment
from astro_tui.text.times import rfc3339


class Alert(NamedTuple):
    """A firing alert: its title, when it began to fire, and its meaning, None if it is not about a failure.

    `component` is the one that it is about, if that is known.
    """

    title: str
    since: datetime | None
    meaning: Meaning | None
    component: str = ""

    def is_about(self, workload: Workload) -> bool:
        """Whether it is about a failure of a workload, as far as is known."""
        return self.meaning is not None and workload.component in ("", self.component or workload.component)


def firing(facts: Facts) -> list[Alert]:
    """Return the firing alerts."""
    component, alerts = text(facts.alerts.value, "component"), reading.entries(facts.alerts, "alerts")
    return [_alert(each, component) for each in alerts if word(each, "state") == "firing"]


def _alert(value: object, component: str) -> Alert:
    name, title = text(value, "name"), text(value, "title")
    said = re.sub(r"(?<=[a-z])(?=[A-Z])", " ", f"{name} {title}").lower()
    kinds = table("blame")["alerts"].items()
    kind = next((Kind(kind) for kind, words in kinds if any(each in said for each in words)), None)
    # An alert says less than the container's exit code, but more than the mere fact that the container keeps ending.
    meaning = Meaning(kind, Rank.LOOP, name or title, vague=kind is not Kind.MEMORY) if kind is not None else None
    return Alert(title or name, reading.moment(value, "activeSince", "active_since"), meaning, component)


_BLOCKED = 2
"""A job skips one run if the one before takes long; if it skips more, that one does not end."""
_ENDLESS = timedelta(days=2)
"""A scheduled run that takes longer keeps later ones from starting."""
RUNNING = frozenset({"running", "active", "pending"})
_FAILING = frozenset({"failed", "error", "crashloopbackoff"})


class Event(NamedTuple):
    """One event of the cluster. `order` is the position in the list, newest first, and orders events without times."""

    reason: str
    message: str
    object_kind: str
    object_name: str
    normal: bool
    times: int
    first: datetime | None
    last: datetime | None
    order: int

    @property
    def text(self) -> str:
        """The reason and the message."""
        return f"{self.reason}: {self.message}" if self.reason else self.message

    @property
    def container(self) -> str:
        """The container that the message names, or empty."""
        return named_container(self.message)

    @property
    def pod(self) -> str:
        """The pod that it is about, or empty."""
        return self.object_name if self.object_kind in ("", "pod") else ""

    def after(self, other: Event) -> bool:
        """Whether this event happened after another one."""
        if self.last is None or other.last is None or self.last == other.last:
            return self.order < other.order
        return self.last > other.last


class Signal(NamedTuple):
    """One statement about a workload. `pod` and `event` are set if it comes from an event."""

    source: str
    workload: str
    container: str
    meaning: Meaning
    text: str
    first: datetime | None = None
    last: datetime | None = None
    times: int = 1
    pod: str = ""
    event: Event | None = None

    @property
    def kind(self) -> Kind:
        """The kind of cause that this signal states."""
        return self.meaning.kind

    @property
    def rank(self) -> Rank:
        """How specific this signal is."""
        return self.meaning.rank


def named_container(message: str) -> str:
    """Return the container that a message from the cluster names, or an empty string."""
    match = form("container").search(message)
    return next((group for group in match.groups() if group), "") if match else ""


def events_of(facts: Facts) -> list[Event]:
    """Return the events about the deployment's workloads, newest first."""
    rows = enumerate(reading.entries(facts.events, "events"))
    known = table("blame")["events"]["objects"]
    return [_event(each, order) for order, each in rows if word(each, "object_kind") in known]


def _event(value: object, order: int) -> Event:
    return Event(
        text(value, "reason"),
        text(value, "message") or text(value, "title"),
        word(value, "object_kind"),
        text(value, "object_name"),
        word(value, "type") == "normal",
        max(1, reading.number(value, "count")),
        reading.moment(value, "first_timestamp", "last_timestamp"),
        reading.moment(value, "last_timestamp", "first_timestamp"),
        order,
    )


def _event_signals(events: Iterable[Event], cluster: Cluster) -> Iterator[Signal]:
    """Yield what warnings say."""
    for event in events:
        if (found := _event_meaning(event)) is not None:
            workload = cluster.owner(event.object_name, event.object_kind)
            when = event.first, event.last, event.times
            yield Signal("events", workload, event.container, found, event.text, *when, event.pod, event)


def _event_meaning(event: Event) -> Meaning | None:
    if event.reason in ("Unhealthy", "ProbeWarning"):
        # The output of a probe can say anything.
        ending = meaning(event.message[:40])
        kills = ending is not None and ending.rank is Rank.KILLED
        probe = ending if kills and ending is not None else Meaning(Kind.PROBE, Rank.UNREADY, event.reason)
        return probe._replace(reason=event.reason) if event.reason == "Unhealthy" else None
    found = meaning(event.message, event.reason)
    if event.normal:
        # Routine events can mention anything; these say that something failed.
        blocked = found is not None and found.row is not None and found.row.about == "blocked"
        killed = found is not None and event.reason == "Killing" and found.kind is Kind.PROBE
        failed = killed or event.reason == "NotTriggerScaleUp" or (blocked and event.times >= _BLOCKED)
        return found if failed else None
    if event.reason in ("FailedCreate", "Failed") and (found is None or found.rank < Rank.EXIT):
        return Meaning(Kind.CONFIG, Rank.EXIT, event.reason, vague=True)
    return found


def _runtime_signals(cluster: Cluster, now: datetime) -> Iterator[Signal]:
    """Yield what the observed containers and runs say."""
    for workload in cluster:
        newest = cluster.get(cluster.jobs.get(workload.name, "")).newest_run
        # Earlier runs of a job are history, and so is one that succeeded.
        counts = workload.phase != "succeeded" and (newest is None or newest.name == workload.name)
        for container in workload.containers if counts else ():
            if (found := _container_meaning(container, workload)) is not None:
                yield Signal("runtime", workload.name, container.name, found, container.said, pod=workload.pod)
        yield from _run_signals(workload, now)


def _container_meaning(container: Container, workload: Workload) -> Meaning | None:
    found = meaning(container.text)
    if found is not None or workload.is_job:
        return found
    if container.state.startswith("terminated") or container.restarts > 0:
        return Meaning(Kind.CRASH, Rank.LOOP, container.text[:60] or container.restarted, vague=True)
    unready = container.running and not container.ready
    return Meaning(Kind.PROBE, Rank.NOT_READY, "not ready", vague=True) if unready else None


def _run_signals(workload: Workload, now: datetime) -> Iterator[Signal]:
    """Yield the failure of the newest run: earlier ones are history."""
    run, blocks = workload.newest_run, meaning("JobAlreadyActive")
    if run is None:
        return
    scheduled = text(workload.declared, "schedule")
    if (
        run.status in RUNNING
        and scheduled
        and run.start is not None
        and now - run.start > _ENDLESS
        and blocks is not None
    ):
        said = f"run {run.name} began at {rfc3339(run.start)}"
        yield Signal("runtime", workload.name, "", blocks, said, run.start, run.start)
    if run.status in _FAILING:
        start = run.start if not run.rounded else None
        failed = Meaning(Kind.JOB, Rank.EXIT, "Failed")
        yield Signal("runtime", workload.name, "", failed, f"run {run.name} failed", start, start)


def _status_signals(facts: Facts, cluster: Cluster, error: str) -> Iterator[Signal]:
    """Yield what `/status` says about workloads, and what the error text of the status or record says."""
    for name in ("failed_on", "waiting_on"):
        for issue in objects(facts.status.value, name):
            workload = text(issue, "workload") or cluster.workload_of("", text(issue, "component"))
            reason, message, title = text(issue, "reason"), text(issue, "message"), text(issue, "title")
            found = meaning(message, reason) or meaning(title)
            if found is None and (name == "failed_on" or word(issue, "phase") in _FAILING):
                found = Meaning(Kind.UNKNOWN, Rank.GENERIC, reason or "failed", vague=True)
            if found is not None:
                said = ": ".join(part for part in (title, reason, message) if part) or word(issue, "phase") or "failed"
                yield Signal("status", workload, named_container(message), found, said)
    if error:
        source = "status" if text(facts.status.value, "error_message") else "record"
        mentioned = max((each.name for each in cluster if each.name in error), key=len, default="")
        found = meaning(error) or Meaning(Kind.UNKNOWN, Rank.GENERIC, "failed", vague=True)
        yield Signal(source, mentioned, named_container(error), found, error)


# ---- which signals are about an ongoing failure

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
_SEVERAL = 3
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


def situation_of(facts: Facts) -> tuple[State, Situation]:
    """Return the state of a deployment, and what has to be known about it."""
    state, cluster = state_of(facts), Cluster(facts)
    situation = Situation(
        facts.now,
        state.phase,
        cluster,
        tuple(events_of(facts)),
        tuple(read_log(log, cluster.jobs.get(log.workload, log.workload)) for log in widest(facts.logs)),
        deployed_at(facts),
        _rising(facts, cluster),
        tuple(firing(facts)),
    )
    return state, situation


def signals_of(facts: Facts, state: State, situation: Situation) -> list[Signal]:
    """Return what all sources say, whether it is about an ongoing failure or not."""
    cluster = situation.cluster
    # A record can keep the text of an earlier failure.
    error = state.error if state.phase in (Phase.FAILED, Phase.MOVING, Phase.UNKNOWN) else ""
    signals = (
        *_runtime_signals(cluster, situation.now),
        *_event_signals(situation.events, cluster),
        *_status_signals(facts, cluster, error),
    )
    return [each._replace(workload=cluster.jobs.get(each.workload, each.workload)) for each in signals]


def _rising(facts: Facts, cluster: Cluster) -> frozenset[str]:
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
    return [signal for signal in signals if _counts(signal, situation)]


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
    now = situation.now
    exits = [at for each in workload.containers if (at := last_exit(each.text, now)) is not None]
    known = table("blame")["events"]
    events = [each for each in situation.events if each.reason in known["restarts"] and _is_about(each, workload)]
    lately = [each for each in events if each.last is not None and recent(each, now)]
    if not workload.restarts:
        # The pod may have been observed before it restarted.
        return workload.name in situation.rising or any(each.reason in known["loops"] for each in lately)
    often = workload.age is not None and workload.restarts >= _MANY and workload.age[0] / workload.restarts <= _LONGEST
    return (
        workload.name in situation.rising
        or any(alert.is_about(workload) for alert in situation.alerts)
        or any(now - at <= RECENT for at in exits)
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
        if alert.meaning is not None and alert.is_about(workload)
    ]


def last_exit(text: str, now: datetime) -> datetime | None:
    """Return when a container ended last, if its text says so: `OOMKilled 4 minutes ago`, or a time."""
    if match := form("ago").search(text):
        known = age(f"{match[1]}{match[2][0]}")
        return now - known[0] if known is not None else None
    times = [at for raw in form("time").findall(text) if (at := Moment.of(raw).at) is not None]
    return max(times, default=None)


def exit_time(text: str, workload: Workload, events: Iterable[Event], now: datetime) -> datetime | None:
    """Return when a container ended last, as a source states it: for `OOMKilled 4m ago`, that of an event about it."""
    match = form("ago").search(text)
    if match is None:
        return last_exit(text, now)
    past, precision = age(f"{match[1]}{match[2][0]}") or (timedelta(0), timedelta(0))
    reasons = table("blame")["events"]["restarts"]
    times = [each.last for each in events if each.reason in reasons and each.last and _is_about(each, workload)]
    return min((at for at in times if now - past - precision - SKEW <= at <= now - past + SKEW), default=None)


def dated(text: str, now: datetime) -> str:
    """Return a text for later readers: `OOMKilled 4m before 2026-07-02T06:16:00Z` instead of `OOMKilled 4m ago`."""
    return form("ago").sub(lambda match: f"{match[0].removesuffix('ago')}before {rfc3339(now, 'seconds')}", text)


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


def _keeps_removing(event: Event, workload: Workload, situation: Situation) -> bool:
    """Whether one pod of a workload after the other was removed, and the next one may be soon."""
    if event.reason not in table("blame")["events"]["removals"]:
        return False
    same = [
        each
        for each in situation.events
        if each.reason == event.reason and situation.cluster.owner(each.object_name) == workload.name
    ]
    times = sorted(each.last for each in same if each.last is not None)
    pods = len({each.object_name for each in same})
    if pods < _SEVERAL or not times:
        return False
    return recent(event._replace(first=times[0], last=times[-1], times=pods), situation.now)


def _event_counts(signal: Signal, event: Event, workload: Workload, situation: Situation) -> bool:
    if _keeps_removing(event, workload, situation):
        return True
    if _is_over(signal, event, workload, situation):
        return False
    observed = signal.pod in (workload.pod, workload.name)
    if event.last is None:
        serves = situation.phase is Phase.HEALTHY or observed
        return not (workload.ready if serves else situation.young and signal.pod not in ("", workload.pod))
    if signal.kind is Kind.PROBE and not recent(event, situation.now):
        # A probe that still fails warns at least every five minutes.
        return False
    age = situation.rollout_age
    if signal.rank is Rank.KILLED and workload.containers and not workload.restarts and age and age < _STARTING:
        # A probe that has not passed yet: nothing was ended.
        return False
    if workload.ready and signal.rank is Rank.UNREADY:
        begun = workload.started(situation.now)
        return event.times >= _MANY and (begun is None or event.last > begun + _STARTING)
    if workload.ready and observed:
        ends = signal.rank in (Rank.LOOP, Rank.KILLED, Rank.EXIT) or signal.kind is Kind.MEMORY
        return ends and restarting(workload, situation)
    if situation.phase is not Phase.HEALTHY:
        return situation.now - event.last <= _OLD or recent(event, situation.now)
    times = (situation.deployed, workload.started(situation.now) if workload.ready else None)
    replaced = any(at and event.last < at - SKEW for at in times) and (workload.ready or not workload.containers)
    return not replaced and recent(event, situation.now)


def _is_over(signal: Signal, event: Event, workload: Workload, situation: Situation) -> bool:
    """Whether the same pod got past the step that failed, or the cluster is removing it."""
    if not signal.pod:
        return False
    node = signal.meaning.row is not None and signal.meaning.row.about == "node"
    past = table("blame")["past"].get(signal.kind, ()) if node or signal.rank is Rank.EXACT else ()
    for other in situation.events:
        if other.object_name != signal.pod:
            continue
        stopping = other.reason == "Killing" and other.message.startswith("Stopping container")
        if stopping and signal.pod != workload.pod:
            return True
        if other.normal and other.reason in past and other.after(event):
            return True
    return False
