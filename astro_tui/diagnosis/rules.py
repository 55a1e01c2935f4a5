"""What each source says is wrong with each workload, as findings, whether it goes on or is over.

A rule is one function here or one row of `rules.toml`. A function looks at observations and yields findings. Rules know
nothing about each other: `choose.py` decides what counts.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import timedelta

from astro_tui.diagnosis.tables import Kind, Meaning, Rank, Tables
from astro_tui.diagnosis.values import (
    RUNNING,
    YOUNG,
    Container,
    Event,
    Finding,
    Observations,
    Run,
    Trouble,
    Workload,
    named_container,
)
from astro_tui.text.times import rfc3339

Rule = Callable[[Observations], Iterator[Finding]]
_BLOCKED = 2
"""A job skips one run if the one before takes long; if it skips more, that one does not end."""
_ENDLESS = timedelta(days=2)
"""A scheduled run that takes longer keeps later ones from starting."""
_FAILING = frozenset({"failed", "error", "crashloopbackoff"})


def workloads(seen: Observations) -> Iterator[Finding]:
    """What the observed containers and runs say."""
    for workload in seen.cluster:
        newest = seen.cluster.get(seen.cluster.jobs.get(workload.name, "")).newest_run
        # Earlier runs of a job are history, and so is one that succeeded.
        counts = workload.phase != "succeeded" and (newest is None or newest.name == workload.name)
        for each in workload.containers if counts else ():
            if (meaning := _container_meaning(each, workload, seen.tables)) is not None:
                yield Finding("runtime", workload.name, each.name, meaning, each.said, pod=workload.pod)
        if (run := workload.newest_run) is not None:
            yield from _run(run, workload, seen)


def _container_meaning(container: Container, workload: Workload, tables: Tables) -> Meaning | None:
    meaning = tables.meaning(container.text)
    if meaning is not None or workload.is_job:
        return meaning
    if container.state.startswith("terminated") or container.restarts > 0:
        return Meaning(Kind.CRASH, Rank.LOOP, container.text[:60] or container.restarted, vague=True)
    unready = container.running and not container.ready
    return Meaning(Kind.PROBE, Rank.NOT_READY, "not ready", vague=True) if unready else None


def _run(run: Run, workload: Workload, seen: Observations) -> Iterator[Finding]:
    """The newest run of a job failed, or does not end: earlier ones are history."""
    blocks = seen.tables.meaning("JobAlreadyActive")
    endless = run.status in RUNNING and run.start is not None and seen.now - run.start > _ENDLESS
    if endless and workload.schedule and blocks is not None and run.start is not None:
        said = f"run {run.name} began at {rfc3339(run.start)}"
        yield Finding("runtime", workload.name, "", blocks, said, run.start, run.start)
    if run.status in _FAILING:
        start = run.start if not run.rounded else None
        failed = Meaning(Kind.JOB, Rank.EXIT, "Failed")
        yield Finding("runtime", workload.name, "", failed, f"run {run.name} failed", start, start)


def events(seen: Observations) -> Iterator[Finding]:
    """What warnings of the cluster say."""
    for event in seen.events:
        if (meaning := _event_meaning(event, seen.tables)) is not None:
            workload = seen.cluster.owner(event.object_name, event.object_kind)
            when = event.first, event.last, event.times
            yield Finding("events", workload, event.container, meaning, event.text, *when, event.pod, event)


def _event_meaning(event: Event, tables: Tables) -> Meaning | None:
    if event.reason in ("Unhealthy", "ProbeWarning"):
        # The output of a probe can say anything.
        ending = tables.meaning(event.message[:40])
        kills = ending is not None and ending.rank is Rank.KILLED
        probe = ending if kills and ending is not None else Meaning(Kind.PROBE, Rank.UNREADY, event.reason)
        return probe._replace(reason=event.reason) if event.reason == "Unhealthy" else None
    meaning = tables.meaning(event.message, event.reason)
    if event.normal:
        # Routine events can mention anything; these say that something failed.
        blocked = meaning is not None and meaning.row is not None and meaning.row.about == "blocked"
        killed = meaning is not None and event.reason == "Killing" and meaning.kind is Kind.PROBE
        failed = killed or event.reason == "NotTriggerScaleUp" or (blocked and event.times >= _BLOCKED)
        return meaning if failed else None
    if event.reason in ("FailedCreate", "Failed") and (meaning is None or meaning.rank < Rank.EXIT):
        return Meaning(Kind.CONFIG, Rank.EXIT, event.reason, vague=True)
    return meaning


def issues(seen: Observations) -> Iterator[Finding]:
    """What `/status` says about workloads."""
    for issue in seen.issues:
        meaning = seen.tables.meaning(issue.message, issue.reason) or seen.tables.meaning(issue.title)
        parts = [issue.title, issue.reason, issue.message]
        if meaning is not None and issue.message:
            # The title and the reason say the same as the words for this meaning.
            del parts[:2]
        if meaning is None and (issue.failed or issue.phase in _FAILING):
            meaning = Meaning(Kind.UNKNOWN, Rank.GENERIC, issue.reason or "failed", vague=True)
        if meaning is not None:
            workload = issue.workload or seen.cluster.workload_of("", issue.component)
            said = ": ".join(filter(None, parts)) or issue.phase or "failed"
            yield Finding("status", workload, named_container(issue.message), meaning, said)


def errors(seen: Observations) -> Iterator[Finding]:
    """What the error text of the status or of the record says. A record can keep the text of an earlier failure."""
    error = seen.state.error
    if error and seen.state.unsettled:
        source = "status" if seen.stated.error else "record"
        mentioned = max((each.name for each in seen.cluster if each.name in error), key=len, default="")
        meaning = seen.tables.meaning(error) or Meaning(Kind.UNKNOWN, Rank.GENERIC, "failed", vague=True)
        yield Finding(source, mentioned, named_container(error), meaning, error)


RULES: tuple[Rule, ...] = (workloads, events, issues, errors)


def findings(seen: Observations) -> list[Finding]:
    """Return what all rules find, whether it is about an ongoing failure or not."""
    every = (each for rule in RULES for each in rule(seen))
    return [each._replace(workload=seen.cluster.jobs.get(each.workload, each.workload)) for each in every]


def broken_address(seen: Observations) -> Trouble | None:
    """Return an address that does not work although everything is ready."""
    if seen.rollout_age is not None and seen.rollout_age < YOUNG:
        return None
    for each in seen.addresses:
        if not each.ready and (each.message or (each.ready is False and not each.bare)):
            return Trouble("record" if each.recorded else "list", each.message, each.url)
    observed = any(each.containers for each in seen.cluster)
    return Trouble("runtime", "", "messaging") if observed and seen.unreachable else None
