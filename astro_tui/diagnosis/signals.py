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
from astro_tui.diagnosis.tables import form, table
from astro_tui.diagnosis.words import Meaning, meaning
from astro_tui.text.times import amount, rfc3339


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
    said = re.sub(r"(?<=[a-z])(?=[A-Z])", " ", f"{name} {title}").lower()
    kinds = table("blame")["alerts"].items()
    kind = next((Kind(kind) for kind, words in kinds if any(each in said for each in words)), None)
    # An alert says less than the container's exit code, but more than the mere fact that the container keeps ending.
    meaning = Meaning(kind, Rank.LOOP, name or title, vague=kind is not Kind.MEMORY) if kind is not None else None
    return Alert(title or name, reading.moment(value, "activeSince", "active_since"), meaning)


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


def event_signals(events: list[Event], cluster: Cluster) -> Iterator[Signal]:
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
    creates = event.reason == "FailedCreate" and (found is None or found.rank < Rank.EXACT)
    failed = event.reason == "Failed" and found is None
    if (creates or failed) and event.object_kind in table("blame")["events"]["creates"]:
        return Meaning(Kind.CONFIG, Rank.EXIT, event.reason, vague=True)
    return found


def runtime_signals(cluster: Cluster, now: datetime) -> Iterator[Signal]:
    """Yield what the observed containers and runs say."""
    for workload in cluster:
        newest = cluster.get(cluster.jobs.get(workload.name, "")).newest_run
        # Earlier runs of a job are history, and so is one that succeeded.
        counts = workload.phase != "succeeded" and (newest is None or newest.name == workload.name)
        for container in workload.containers if counts else ():
            if (found := _container_meaning(container, workload)) is not None:
                yield Signal("runtime", workload.name, container.name, found, container.said, pod=workload.pod)
        down = next((each.name for each in workload.containers if not each.ready), None)
        if workload.full and down is not None:
            full = Meaning(Kind.STORAGE, Rank.EXACT, "volume full")
            used = f"{amount(workload.used)} of {amount(workload.capacity)} used"
            yield Signal("runtime", workload.name, down, full, used)
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
    run = workload.newest_run
    if run is None:
        return
    late = run.start is not None and workload.interval is not None and now - run.start > 2 * workload.interval
    blocks = meaning("JobAlreadyActive")
    if run.status in _RUNNING and run.start is not None and late and blocks is not None:
        text = f"run {run.name} began at {rfc3339(run.start)}"
        yield Signal("runtime", workload.name, "", blocks, text, run.start, run.start)
    if run.status in _FAILING:
        start = run.start if not run.rounded else None
        failed = Meaning(Kind.JOB, Rank.EXIT, "Failed")
        yield Signal("runtime", workload.name, "", failed, f"run {run.name} failed", start, start)


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
