"""What each source says about each workload, as signals in a common form."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import datetime
from typing import NamedTuple

from astro_tui.diagnosis import reading
from astro_tui.diagnosis.cluster import Cluster, Container, Workload
from astro_tui.diagnosis.facts import Facts
from astro_tui.diagnosis.reading import objects, text, word
from astro_tui.diagnosis.result import Kind, Rank
from astro_tui.diagnosis.words import Meaning, meaning
from astro_tui.text.times import rfc3339

_WORDS = re.compile(r"(?<=[a-z])(?=[A-Z])")
_MEANINGS = (
    (re.compile(r"\boom|out of memory|memory.{0,20}kill"), Kind.MEMORY),
    (re.compile(r"restart|crash"), Kind.CRASH),
)


class Alert(NamedTuple):
    """A firing alert: its title, when it began to fire, and its meaning, None if it is not about a failure."""

    title: str
    since: datetime | None
    meaning: Meaning | None


def firing(facts: Facts) -> list[Alert]:
    """Return the firing alerts."""
    return [_alert(each) for each in reading.entries(facts.alerts, "alerts") if word(each, "state") == "firing"]


def _alert(value: object) -> Alert:
    name, title = text(value, "name"), text(value, "title")
    words = _WORDS.sub(" ", f"{name} {title}").lower()
    kind = next((kind for pattern, kind in _MEANINGS if pattern.search(words)), None)
    # An alert says less than the container's exit code, but more than the mere fact that the container keeps ending.
    meaning = Meaning(kind, Rank.LOOP, name or title, vague=kind is not Kind.MEMORY) if kind is not None else None
    return Alert(title or name, reading.moment(value, "activeSince", "active_since"), meaning)


_CONTAINER = re.compile(
    r"spec\.containers\{([\w.-]+)\}|restarting failed container[ =]+\"?([\w.-]+)\"? in pod"
    r"|[Cc]ontainer \"?([\w.-]+)\"? failed"
    r"|(?:start|create) container \"([\w.-]+)\"|[Ss]topping container ([\w.-]+)"
    r"|(?:Created|Started) container:? \"?([\w.-]+)\"?|[Cc]ontainer \"?([\w.-]+)\"? (?:of|in) \S+ (?:was|ended|exited)"
)
_CLUSTER_OBJECTS = frozenset(
    {
        "",
        "pod",
        "replicaset",
        "deployment",
        "statefulset",
        "daemonset",
        "job",
        "cronjob",
        "persistentvolumeclaim",
        "node",
    }
)
_BLOCKED = 2
"""A job skips one run if the one before takes long; if it skips more, that one does not end."""
_RUNNING = frozenset({"running", "active", "pending"})
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
    def container(self) -> str:
        """The container that the message names, or empty."""
        return named_container(self.message)

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
    match = _CONTAINER.search(message)
    return next((group for group in match.groups() if group), "") if match else ""


def events_of(facts: Facts) -> list[Event]:
    """Return the events about the deployment's workloads, newest first."""
    found = []
    for order, each in enumerate(reading.entries(facts.events, "events")):
        kind = word(each, "object_kind")
        if kind not in _CLUSTER_OBJECTS:
            continue
        first = reading.moment(each, "first_timestamp", "last_timestamp")
        last = reading.moment(each, "last_timestamp", "first_timestamp")
        found.append(
            Event(
                text(each, "reason"),
                text(each, "message") or text(each, "title"),
                kind,
                text(each, "object_name"),
                word(each, "type") == "normal",
                max(1, reading.number(each, "count")),
                first,
                last,
                order,
            )
        )
    return found


def event_signals(events: list[Event], cluster: Cluster) -> Iterator[Signal]:
    """Yield what warnings say."""
    for event in events:
        found = _event_meaning(event)
        if found is None:
            continue
        workload = cluster.owner(event.object_name, event.object_kind)
        if not workload and event.object_kind == "node":
            workload = _restarted(cluster)
        yield Signal(
            "events",
            workload,
            event.container,
            found,
            f"{event.reason}: {event.message}" if event.reason else event.message,
            event.first,
            event.last,
            event.times,
            event.object_name if event.object_kind in ("", "pod") else "",
            event,
        )


def _event_meaning(event: Event) -> Meaning | None:
    if event.reason in ("Unhealthy", "ProbeWarning"):
        # The output of a probe can say anything.
        ending = meaning(event.message[:40])
        rank = Rank.KILLED if ending is not None and ending.rank is Rank.KILLED else Rank.UNREADY
        return Meaning(Kind.PROBE, rank, event.reason) if event.reason == "Unhealthy" else None
    found = meaning(event.message, event.reason)
    if event.normal:
        # Routine events can mention anything; these say that something failed.
        if found is not None and found.row is not None and found.row.about == "blocked":
            return found if event.times >= _BLOCKED else None
        killed = found is not None and event.reason == "Killing" and found.kind is Kind.PROBE
        return found if killed or event.reason == "NotTriggerScaleUp" else None
    if (
        found is None
        and event.reason in ("Failed", "FailedCreate")
        and event.object_kind in ("", "pod", "replicaset", "statefulset", "job")
    ):
        return Meaning(Kind.CONFIG, Rank.EXIT, event.reason, vague=True)
    if event.reason == "FailedCreate" and found is not None and found.rank < Rank.EXACT:
        return Meaning(Kind.CONFIG, Rank.EXIT, event.reason, vague=True)
    return found


def _restarted(cluster: Cluster) -> str:
    names = [each.name for each in cluster if each.restarts or (each.containers and not each.ready)]
    return names[0] if len(names) == 1 else ""


def runtime_signals(cluster: Cluster, now: datetime) -> Iterator[Signal]:
    """Yield what the observed containers and runs say."""
    for workload in cluster:
        newest = cluster.get(cluster.jobs.get(workload.name, "")).newest_run
        # Earlier runs of a job are history, and so is one that succeeded.
        counts = workload.phase != "succeeded" and (newest is None or newest.name == workload.name)
        for container in workload.containers if counts else ():
            found = _container_meaning(container, workload)
            if found is not None:
                yield Signal(
                    "runtime", workload.name, container.name, found, _container_text(container), pod=workload.pod
                )
        yield from _run_signals(workload, now)


def _container_meaning(container: Container, workload: Workload) -> Meaning | None:
    found = meaning(container.text)
    if found is not None:
        return found
    if workload.is_job:
        return None
    ended = container.state.startswith("terminated") or container.restarts > 0
    if ended:
        return Meaning(Kind.CRASH, Rank.LOOP, container.text[:60] or container.restarted, vague=True)
    if container.running and not container.ready:
        return Meaning(Kind.PROBE, Rank.NOT_READY, "not ready", vague=True)
    return None


def _container_text(container: Container) -> str:
    said = f": {container.text}" if container.text else ""
    restarts = f", {container.restarted}" if container.restarted else ""
    ready = "" if container.ready or not container.running else ", not ready"
    return f"{container.name or 'container'} {container.state or 'unknown'}{ready}{said}{restarts}"


def _blocked(workload: Workload, run: str, since: datetime) -> Signal:
    found = meaning("JobAlreadyActive")
    assert found is not None  # noqa: S101  it is in the table
    return Signal("runtime", workload.name, "", found, f"run {run} began at {rfc3339(since)}", since, since)


def _run_signals(workload: Workload, now: datetime) -> Iterator[Signal]:
    """Yield the failure of the newest run: earlier ones are history."""
    newest = workload.newest_run
    if newest is None:
        return
    start = newest.start if not newest.rounded else None
    if newest.status in _RUNNING and newest.start and workload.interval and now - newest.start > 2 * workload.interval:
        yield _blocked(workload, newest.name, newest.start)
    if newest.status in _FAILING:
        found = Meaning(Kind.JOB, Rank.EXIT, "Failed")
        yield Signal("runtime", workload.name, "", found, f"run {newest.name} failed", start, start)


def status_signals(facts: Facts, cluster: Cluster, error: str) -> Iterator[Signal]:
    """Yield what `/status` says about workloads, and what the error text of the status or record says."""
    for name in ("failed_on", "waiting_on"):
        for issue in objects(facts.status.value, name):
            workload = text(issue, "workload") or cluster.workload_of("", text(issue, "component"))
            reason, message, title = text(issue, "reason"), text(issue, "message"), text(issue, "title")
            found = _best(meaning(message, reason), meaning(title))
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


def _best(first: Meaning | None, second: Meaning | None) -> Meaning | None:
    """Return the more specific of two meanings; a title never makes a specific message vague."""
    if first is None or second is None:
        return first or second
    return second if second.rank > first.rank else first
