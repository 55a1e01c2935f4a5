"""What happened to a deployment, in one list by time: deploys, actions, events, restarts, runs, and alerts. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, fields, replace
from datetime import datetime, timedelta
from operator import attrgetter
from typing import Any, NamedTuple

from astro_tui.diagnosis import Diagnosis, observe
from astro_tui.diagnosis.account import acts_of
from astro_tui.diagnosis.observe import all_revisions, cluster_of, events_of
from astro_tui.diagnosis.tables import form, table
from astro_tui.diagnosis.values import SKEW, Cluster, Container, Event, Fact, Facts, Workload, age
from astro_tui.diagnosis.wording import said
from astro_tui.platform import lenient
from astro_tui.platform.lenient import Moment
from astro_tui.presentation.columns import Column, Fit, steps
from astro_tui.presentation.events import MOST_SENT, NAME, TEXT, EventNode, event_nodes
from astro_tui.presentation.log_places import log_place
from astro_tui.presentation.nodes import Copy, Node, Nodes, is_problem, newest_first, tone_of, word_of
from astro_tui.presentation.record import Field
from astro_tui.presentation.status import Severity, Status
from astro_tui.state.journal import ActionStage, JournalEntry
from astro_tui.text.redaction import masked_line
from astro_tui.text.times import rfc3339

EVENTS_KEPT = timedelta(hours=1)
"""How long a cluster keeps its events."""
MOST_DEPLOYS = 50
_STATUSES = {
    # A note has no level.
    "": Status("", "·", "-", Severity.MUTED),
    "done": Status("done", "●", "*", Severity.MUTED),
    "info": Status("info", "●", "*", Severity.INFO),
    "warning": Status("warning", "▲", "!", Severity.WARN),
    "failed": Status("failed", "✖", "x", Severity.ERROR),
    "unread": Status("not read", "?", "?", Severity.WARN),
}
_OUTCOMES = {
    ActionStage.DONE: "done",
    ActionStage.ACCEPTED: "done",
    ActionStage.RESOLVED: "done",
    ActionStage.INTENDED: "done",
    ActionStage.FAILED: "failed",
}
_ALERTS = {"critical": "failed", "error": "failed", "info": "info"}
"""How bad alerts are by their severity, while they are firing; others are warnings."""
_SAME_ACTION = {"pause": "stop", "resume": "wakeup", "delete": "undeploy", "trigger": "trigger_ingestion"}
"""The audit log's names for actions of this program, where they differ."""
_SAME_TIME = timedelta(minutes=2)
_SOURCES = {"history": "deploys", "events": "events", "runtime": "restarts and runs", "alerts": "alerts"}


@dataclass(frozen=True, slots=True)
class Happening(EventNode):
    """One thing that happened, or that happened several times. `opens` is the section that shows it, and a place in it.

    `kind` is `deploy`, `action`, `event`, `restart`, `job`, `alert`, `trace`, `began`, or `note`.
    """

    kind: str = ""
    workload: str = ""
    opens: tuple[str, str] = ("", "")


class FailedRun(NamedTuple):
    """A failed run of the agent: the id of its trace, and the message of its first error."""

    id: str
    name: str
    at: datetime | None
    message: str


COLUMNS: Sequence[Column[Happening]] = (
    Column("level", word_of, tone_of, most=10, order="newest first"),
    Column("age", style="quiet", fit=Fit.RIGHT, at=attrgetter("at")),
    Column("kind", attrgetter("kind"), "quiet", order="by kind", key=lambda node: (node.kind, newest_first(node))),
    Column(
        "what",
        attrgetter("label"),
        lambda node: "name" if is_problem(node) or node.kind == "deploy" else "",
        mark=EventNode.is_new,
        order="by what happened",
        key=lambda node: node.label.casefold(),
    ),
    Column(
        "times",
        lambda node: f"{node.count:,}" if node.count > 1 else "",
        "quiet",
        fit=Fit.RIGHT,
        optional=True,
        order="most frequent first",
        key=lambda node: -node.count,
    ),
    Column(
        "object",
        attrgetter("object"),
        "quiet",
        fit=Fit.MIDDLE,
        optional=True,
        order="by object",
        key=attrgetter("object"),
    ),
    Column("message", attrgetter("message"), lambda node: "" if is_problem(node) else "quiet", rest=True),
)
"""The columns of the timeline, from left to right."""
LAYOUT = steps("level, age, what 10, kind, what 20, times, message 24, object 20, age whole, what, object, message")


def timeline(
    facts: Facts,
    *,
    diagnosis: Diagnosis | None = None,
    actions: Sequence[JournalEntry] = (),
    traces: Sequence[FailedRun] = (),
    before: Nodes | None = None,
) -> Nodes:
    """Return what happened, newest first. `before` is an earlier timeline: events that were added since are marked.

    The mark `problem began` comes from the diagnosis. What has expired or could not be read has a row of its own.
    """
    cluster = cluster_of(facts)
    events = event_nodes(facts, before)
    rows = [
        # A problem that began with a deploy is newer.
        *_began(diagnosis),
        *(_event(node, cluster) for node in events.tops if isinstance(node, EventNode)),
        *_deploys(facts),
        *(_action(entry) for entry in actions),
        *_acts(facts, actions),
        *_of_workloads(cluster, facts),
        *_alerts(facts, cluster),
        *(_trace(trace) for trace in traces),
        *_notes(facts),
    ]
    # Rows without a time come last, in the order above.
    rows.sort(key=newest_first)
    return Nodes(tuple(rows), events.hidden, events.problems)


def as_json(node: Happening) -> dict[str, Any]:
    """Return a row as an object for programs."""
    return {
        "at": rfc3339(node.at, "seconds") if node.at is not None else None,
        "kind": node.kind,
        "level": word_of(node) or None,
        "what": node.label,
        "times": node.count,
        "workload": masked_line(node.workload, NAME),
        "object": node.object,
        "message": node.message,
    }


# ---- what the rows come from


def _event(node: EventNode, cluster: Cluster) -> Happening:
    kind, name, _reason = node.key
    workload = cluster.owner(name, kind.lower())
    attributes = {each.name: getattr(node, each.name) for each in fields(EventNode)}
    haystack = f"event {workload} {node.haystack}".lower()
    opens = ("logs", log_place(workload, at=node.at)) if workload else ("", "")
    return Happening(**{**attributes, "haystack": haystack}, kind="event", workload=workload, opens=opens)


def _deploys(facts: Facts) -> Iterator[Happening]:
    revisions = all_revisions(facts)
    for place, revision in enumerate(revisions[:MOST_DEPLOYS]):
        if revision.deployed is None:
            continue
        earlier = {each.build for each in revisions[place + 2 :] if each.build}
        back = place + 1 < len(revisions) and revision.build in earlier and revision.build != revisions[place + 1].build
        what = f"revision {revision.key}" if isinstance(revision.key, int) else "deploy"
        build = masked_line(revision.build, NAME)
        built = f"back to build {build}" if back else f"build {build}" if build else ""
        by = f"by {said(revision.author, NAME)}" if revision.author else ""
        message = ", ".join(part for part in (said(revision.message, TEXT), built, by) if part)
        opens = ("history", str(revision.key) if isinstance(revision.key, int) else "")
        yield _row("deploy", what, "info", at=revision.deployed, message=message, opens=opens)


def _action(entry: JournalEntry) -> Happening:
    what = f"{entry.action} {entry.argument}".rstrip()
    tone = next((tone for step, tone in _OUTCOMES.items() if step.value == entry.state), "warning")
    message = f"from this machine: {entry.outcome or entry.state}"
    return _row("action", what, tone, at=entry.at, message=message, number=entry.key)


def _acts(facts: Facts, actions: Sequence[JournalEntry]) -> Iterator[Happening]:
    """Yield what people and the platform did, from the audit log, without what other sources already show."""
    mine = [(_SAME_ACTION.get(each.action, each.action), each.at) for each in actions]
    for number, act in enumerate(acts_of(facts)):
        verb = act.action.removeprefix("deployment.")
        stated = any(name == verb and act.at and at and abs(act.at - at) <= _SAME_TIME for name, at in mine)
        if verb != "deploy" and not stated:
            yield _row("action", act.done, "info", at=act.at, message=f"by {act.who}", number=str(number))


def _of_workloads(cluster: Cluster, facts: Facts) -> Iterator[Happening]:
    """Yield the last exit of each container that restarted, and the failed runs of each job.

    A time that is only known as an age would be another one with each request, so it is not shown.
    """
    events, now = list(events_of(facts)), facts.runtime.read_at or facts.now
    for workload in cluster:
        for container in workload.containers:
            if container.restarts:
                name = masked_line(f"{workload.name}/{container.name}", NAME)
                opens = ("logs", log_place(workload.name, container.name, container.last_exit(now)))
                row = _row(
                    "restart",
                    f"{masked_line(container.name, NAME)} restarted",
                    "failed" if not container.ready else "warning",
                    at=_exit_time(container, workload, events, now),
                    message=said(container.text, TEXT),
                    opens=opens,
                    number=name,
                )
                yield replace(row, count=container.restarts, object=name, workload=workload.name)
        yield from _failed_runs(workload)


def _exit_time(container: Container, workload: Workload, events: Sequence[Event], now: datetime) -> datetime | None:
    """Return when a container ended last, as a source states it: for `OOMKilled 4m ago`, that of an event about it."""
    match = form("ago").search(container.text)
    if match is None:
        return container.last_exit(now)
    past, precision = age(f"{match[1]}{match[2][0]}") or (timedelta(0), timedelta(0))
    reasons = table("blame")["events"]["restarts"]
    times = [each.last for each in events if each.reason in reasons and each.last and each.is_about(workload)]
    return min((at for at in times if now - past - precision - SKEW <= at <= now - past + SKEW), default=None)


def _failed_runs(workload: Workload) -> Iterator[Happening]:
    failed = [run for run in workload.runs if run.status in ("failed", "error")]
    if failed:
        name = masked_line(workload.name, NAME)
        last = max((at for run in failed if (at := run.end or run.start) is not None), default=None)
        at = None if any(run.rounded for run in failed) else last
        message = masked_line(failed[-1].name, NAME)
        opens = ("logs", log_place(workload.name, at=last))
        row = _row("job", "run failed", "failed", at=at, message=message, opens=opens, number=name)
        yield replace(row, count=len(failed), object=name, workload=workload.name)


def _alerts(facts: Facts, cluster: Cluster) -> Iterator[Happening]:
    component = lenient.text(facts.alerts.value, "component")
    # Only the record names components, and without it, the names of workloads end with them.
    named = (each.name for each in cluster if component and f"-{each.component or each.name}".endswith(f"-{component}"))
    workload = next(named, component)
    for entry in observe.entries(facts.alerts, "alerts"):
        state = lenient.word(entry, "state")
        if state in ("", "ok"):
            continue
        title = said(lenient.text(entry, "title"), NAME) or masked_line(lenient.text(entry, "name"), NAME) or "alert"
        since = lenient.moment(entry, "activeSince", "active_since")
        message = said(lenient.text(entry, "description"), TEXT)
        if state == "pending":
            message = f"not long enough yet: {message}".removesuffix(": ")
        tone = _ALERTS.get(lenient.word(entry, "severity"), "warning") if state == "firing" else "warning"
        row = _row("alert", title, tone, at=since, message=message, opens=("why", ""), number=title)
        yield replace(row, object=masked_line(workload, NAME), workload=workload)


def _trace(trace: FailedRun) -> Happening:
    name = masked_line(trace.name, NAME) or "run"
    opens = ("traces", trace.id)
    return _row(
        "trace",
        f"{name} failed",
        "failed",
        at=trace.at,
        message=said(trace.message, TEXT),
        opens=opens,
        number=trace.id,
    )


def _began(diagnosis: Diagnosis | None) -> Iterator[Happening]:
    if diagnosis is not None and diagnosis.began is not None and not diagnosis.fine:
        what = "problem began, or earlier" if diagnosis.or_earlier else "problem began"
        yield _row("began", what, "failed", at=diagnosis.began, message=diagnosis.cause, opens=("why", ""))


def _notes(facts: Facts) -> Iterator[Happening]:
    """Yield what is missing: what could not be read, and that older events are gone."""
    for name, content in _SOURCES.items():
        fact: Fact = getattr(facts, name)
        if fact.error:
            kept = " (shown as they were before)" if fact.known else ""
            yield _row(
                "note", f"{content} not read", "unread", at=fact.since, message=f"{said(fact.error, TEXT)}{kept}"
            )
    events = observe.entries(facts.events, "events")
    if len(events) >= MOST_SENT:
        times = [at for each in events if (at := lenient.moment(each, "last_timestamp", "first_timestamp")) is not None]
        message = f"The platform sends only the newest {MOST_SENT}."
        yield _row("note", "older events not sent", "", at=min(times, default=None), message=message)
    elif facts.events.known and facts.events.read_at is not None:
        gone = facts.events.read_at - EVENTS_KEPT
        yield _row("note", "older events are gone", "", at=gone, message="The cluster keeps them for about an hour.")


def _row(
    kind: str,
    what: str,
    tone: str,
    *,
    at: datetime | None,
    message: str = "",
    opens: tuple[str, str] = ("", ""),
    number: str = "",
) -> Happening:
    details = [Field("happened", what, status=_STATUSES[tone])]
    text = Node((kind, what, number, "text"), "message", note=message, wraps=True, fields=(Field("message", message),))
    copies = (Copy("l", "as one line", f"{kind} {what}: {message}"), Copy("m", "message", message or what))
    return Happening(
        (kind, what, number),
        label=what,
        status=_STATUSES[tone],
        note=message,
        at=at,
        below=(text,) if message else (),
        folded=True,
        fields=(*details, Field("message", message)) if message else tuple(details),
        times=(("at", Moment(rfc3339(at, "seconds"), at)),) if at is not None else (),
        copies=copies,
        haystack=f"{kind} {what} {message}".lower(),
        message=message,
        kind=kind,
        opens=opens,
    )
