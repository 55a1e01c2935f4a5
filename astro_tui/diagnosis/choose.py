"""Chooses the verdict from the findings: what goes on, when it began, what came first, and what is wrong as a whole."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Any, NamedTuple

from astro_tui.diagnosis.tables import Kind, Rank, form, table
from astro_tui.diagnosis.values import (
    GAP,
    MANY,
    RUNNING,
    SKEW,
    SOURCES,
    YOUNG,
    Event,
    Fact,
    Facts,
    Failure,
    Finding,
    Log,
    Observations,
    Onset,
    Phase,
    TailLine,
    Trouble,
    Verdict,
    Workload,
)

_DECISIVE = ("row", "status", "runtime")
"""Without these, it is not known that nothing is wrong."""
DEADLINE = timedelta(minutes=10)
"""How long the cluster waits for a rollout unless told otherwise."""
_SAME_TIME = timedelta(minutes=2)
_LONG_RUN = timedelta(hours=1)
_OLD = timedelta(minutes=75)
"""The cluster keeps events for an hour after they last happened."""
_KEPT = timedelta(minutes=50)
"""Events this recent still exist. What seems to have begun earlier may be older than it looks."""
_SEVERAL = 3
_STARTING = timedelta(minutes=5)
"""How long probes may fail after a pod was created."""
_LEAST = 3
"""This many equal lines about a start show that the program starts again and again."""
_MOST_TEMPLATES = 4
_FASTER = 2
"""How many times faster than one pod a series of pods may restart: each begins with short waits."""
APART = timedelta(seconds=45)
"""Lines closer together than this are about the same end: a program tries several times before it gives up."""
_CREATING = timedelta(minutes=2)
"""A pod that is created this soon after a deploy belongs to it."""
_NONE = timedelta(0)
_LONGEST = timedelta(days=7)
_EDGE = timedelta(minutes=10)
"""A log that shows the failure this soon after its own beginning began too late to show the first failure.

The cluster waits up to 5 minutes before it restarts a container, which then runs for a while.
"""
_CONTINUOUS = 0.5
"""If the restarts take at least this share of a pod's age, the pod has been failing the whole time.

The cluster waits up to 5 minutes before each restart: a program that runs 5 minutes each time fails half of the time.
"""


# ---- the verdict


def choose(
    seen: Observations, findings: Sequence[Finding], trouble: Callable[[Observations], Trouble | None]
) -> Verdict:
    """Return what is wrong with a deployment. `trouble` finds what is wrong although everything is ready."""
    if seen.state.final:
        return Verdict(Kind.NONE if seen.phase is Phase.REMOVING else Kind(seen.phase.value), seen)
    failure = _first_failure(seen, findings)
    if failure is not None and failure.rank > Rank.GENERIC:
        settled = seen.state.confirmed or seen.phase in (Phase.HEALTHY, Phase.MOVING)
        return Verdict(failure.kind if failure.certain and settled else Kind.UNKNOWN, seen, failure)
    return _without_failure(seen, failure, trouble)


def checked(verdict: Verdict, again: Callable[[Facts], Verdict]) -> Verdict:
    """Return the verdict, but no old value and no failed source proves that nothing is wrong.

    `again` returns the verdict about other facts.
    """
    facts = verdict.seen.facts
    old: dict[str, Any] = {name: Fact(error=fact.error) for name in SOURCES if (fact := getattr(facts, name)).stale}
    if old and verdict.kind.row.fine:
        new = again(replace(facts, **old))
        seen = replace(verdict.seen, state=new.seen.state, cluster=new.seen.cluster, events=new.seen.events)
        verdict = new._replace(seen=seen)
    paused, source = verdict.kind is Kind.PAUSED, verdict.state.source
    # A status with an unknown word is no better than one that could not be read.
    unclear = bool(verdict.seen.stated.status) and source != "status"
    # A pause is what the status says, whatever the other sources say.
    decisive = ("status",) if paused and source == "list" else _DECISIVE
    failed = unclear or any(getattr(facts, name).error for name in decisive)
    sure = not verdict.kind.row.fine or (paused and source == "status")
    return verdict._replace(kind=Kind.UNKNOWN) if failed and not sure else verdict


def _first_failure(seen: Observations, every: Sequence[Finding]) -> Failure | None:
    """Return the failure that came first, with the other ongoing ones; None if no workload fails.

    What a workload depends on comes before it if both began at the same time.
    """
    findings = current(every, seen)
    names = list(dict.fromkeys(each.workload for each in findings))
    workloads = [name for name in names if name] or names
    failures = []
    for name in workloads:
        # A finding that names no workload is about the only workload that fails.
        mine = [each for each in findings if each.workload == name or (not each.workload and len(workloads) == 1)]
        workload = seen.cluster.get(name)
        if len(workloads) == 1 and not workload.is_job:
            mine += seen.alerts_about(workload)
        failures.append(_of_workload(seen, workload, mine, every))
    failures = [each for each in failures if each.rank > Rank.GENERIC] or failures
    candidates = [each for each in failures if not each.workload.ready] or failures
    if not candidates:
        return None
    chosen = min(candidates, key=lambda each: (each.workload.order, each.onset is None, each.began))
    if chosen.onset is not None:
        before = chosen.onset.earliest - _SAME_TIME
        earlier = [each for each in candidates if each.onset is not None and each.onset.at < before]
        chosen = min(earlier, key=lambda each: each.began, default=chosen)
    needed = [each for each in candidates if each.workload.is_dependency]
    if needed and chosen not in needed and "unreachable" in seen.tables.abouts(chosen.text):
        # However long ago it became unreachable: what it needs is down.
        chosen = min(needed, key=lambda each: each.began)
    others = [each for each in failures if each.workload.name != chosen.workload.name and each.rank > Rank.GENERIC]
    ready = seen.replicas if chosen.workload.component == "agent" and not chosen.workload.is_job else None
    chosen = chosen._replace(others=tuple(others), replicas=ready if ready and ready[0] < ready[1] else None)
    unseen = not (seen.facts.events.known and seen.cluster.observed)
    certain = chosen.certain and not (unseen and _others_down(seen, chosen))
    return chosen._replace(certain=certain)


def _of_workload(seen: Observations, workload: Workload, mine: list[Finding], every: Sequence[Finding]) -> Failure:
    best = max(mine, key=lambda finding: (finding.rank, not finding.meaning.vague))
    container = _container(best, mine, workload)
    logs = tuple(
        log
        for log in seen.logs
        if log.workload in (workload.name, "") and (not container or log.container in ("", container))
    )
    spoken = tuple(log for log in logs if has_last_words(log, workload, seen.now))
    text = "\n".join(dict.fromkeys([*(each.text for each in mine), *(log.ending_text for log in logs)]))
    kind, rank, vague = _judged(best, workload, text, spoken, seen)
    # Warnings may be about a start that succeeded, and the status could say that a rollout took too long.
    whole = seen.facts.events.known and (seen.cluster.observed or kind is Kind.SCHEDULING)
    certain = not vague or (whole and (seen.facts.status.known or rank is not Rank.NOT_READY))
    pods = [finding for finding in every if finding.workload == workload.name and finding.event is not None]
    begun = onset(kind, workload, [*mine, *pods], logs, seen)
    return Failure(
        workload,
        container,
        kind,
        rank,
        best.meaning.reason,
        certain and (seen.phase is not Phase.HEALTHY or seen.cluster.observed),
        begun,
        tuple(sorted(mine, key=lambda finding: (finding.kind is not kind, -finding.rank))),
        logs,
        text,
        spoken,
    )


def _judged(
    best: Finding, workload: Workload, text: str, spoken: Sequence[Log], seen: Observations
) -> tuple[Kind, Rank, bool]:
    """Return the kind and rank of a failure, and whether an unread source could show a more specific kind."""
    kind, rank, vague, observed = best.kind, best.rank, best.meaning.vague, seen.cluster.observed
    ended = [line for log in spoken for line in log.last_words]
    if kind is Kind.CRASH and rank is Rank.LOOP and ended:
        # It ended by itself. An observation shows whether a mere error ended the pod.
        rank, vague = Rank.EXIT, not observed and not any(line.fatal for line in ended)
    if kind in (Kind.CRASH, Kind.PROBE) and (workload.full or "full" in seen.tables.abouts(text)):
        # Lack of space is about storage if the volume is full, or if it is a store's.
        if workload.full or (kind is Kind.CRASH and workload.is_dependency):
            return Kind.STORAGE, Rank.EXACT, False
        vague = vague or not observed
    age = workload.age[0] if workload.age is not None else seen.rollout_age
    if rank is Rank.NOT_READY and seen.phase is Phase.MOVING and age is not None and age > DEADLINE:
        # A failing probe would cause an event.
        kind = Kind.TIMEOUT
    if workload.is_job and kind in (Kind.CRASH, Kind.TIMEOUT, Kind.PROBE):
        kind, rank, vague = Kind.JOB, max(rank, Rank.LOOP), False
    # The pod of a job, if nothing observed it, may have run out of memory.
    unseen = not spoken and not (workload.containers or workload.runs) and "deadline" not in best.text
    return kind, rank, vague or (kind is Kind.JOB and unseen)


def _container(best: Finding, mine: list[Finding], workload: Workload) -> str:
    named = [finding.container for finding in (best, *mine) if finding.container and finding.kind is best.kind]
    bad = [each.name for each in workload.containers if not each.ready]
    bad = bad or [each.name for each in workload.containers if each.restarts or len(workload.containers) == 1]
    return next(iter((*named, *bad)), "")


def _others_down(seen: Observations, chosen: Failure) -> bool:
    """Whether another workload fails, too, so that an unread source could show that it failed first."""
    named = {issue.workload for issue in seen.issues if issue.failed}
    named |= {log.workload for log in seen.logs if log.last_words and not seen.cluster.observed}
    # A pod that no node accepted has no containers yet.
    down = {each.name for each in seen.cluster if not each.ready and (each.containers or each.phase == "pending")}
    first = any(seen.cluster.get(name).is_dependency for name in down)
    others = named - {chosen.workload.name, ""}
    began_later = any(0 < each.began < chosen.began - _SAME_TIME.total_seconds() for each in chosen.others)
    return began_later or (not chosen.workload.is_dependency and bool(others or first))


def _without_failure(
    seen: Observations, failure: Failure | None, troubled: Callable[[Observations], Trouble | None]
) -> Verdict:
    """Return the verdict if no workload is known to fail."""
    facts = seen.facts
    details = (facts.record, facts.runtime, facts.events, facts.alerts)
    only = not any(fact.requested for fact in details) and not facts.logs
    age, observed = seen.rollout_age, seen.cluster.observed
    if seen.phase is Phase.HEALTHY and not only:
        trouble, ready = troubled(seen), seen.replicas
        kind = Kind.ENDPOINT if trouble is not None else Kind.UNKNOWN
        down = ready[1] if trouble is None and ready and not ready[0] and (age is None or age > YOUNG) else 0
        if trouble is None and observed and not down and not _unexplained(seen):
            kind = Kind.NONE
        return Verdict(kind, seen, trouble=trouble, down=down)
    kind = Kind.NONE if seen.phase is Phase.HEALTHY else Kind.UNKNOWN
    if seen.phase is Phase.MOVING and age is not None:
        complete = facts.events.known and observed
        if seen.young and (complete or only):
            kind = Kind.NONE
        elif age > DEADLINE and complete:
            kind = Kind.TIMEOUT
    return Verdict(kind, seen, None if seen.phase is Phase.MOVING else failure, list_only=only)


def _unexplained(seen: Observations) -> bool:
    """Whether something looks odd that an unread source could explain."""
    facts = seen.facts
    if not facts.row.known and not facts.record.known:
        # These two say whether the addresses can be reached.
        return True
    if not facts.events.known and any(each.restarts or _hangs(each, facts.now) for each in seen.cluster):
        return True
    return not (facts.events.known and facts.status.known) and seen.unmatched


def _hangs(workload: Workload, now: datetime) -> bool:
    """Whether a run of a job takes so long that its pod may never have started."""
    run = workload.newest_run
    return run is not None and run.status in RUNNING and run.start is not None and now - run.start > _LONG_RUN


# ---- which findings are about an ongoing failure


def current(findings: Iterable[Finding], seen: Observations) -> list[Finding]:
    """Return the findings about ongoing failures."""
    return [each for each in findings if _counts(each, seen)]


def _counts(finding: Finding, seen: Observations) -> bool:
    workload = seen.cluster.get(finding.workload)
    if seen.young:
        earlier = finding.first is not None and seen.deployed and finding.first < seen.deployed - SKEW
        transient = table("blame")["events"]["transient"]
        attaching = finding.kind is Kind.STORAGE and any(each in finding.text for each in transient)
        if earlier or attaching or finding.rank in (Rank.UNREADY, Rank.NOT_READY, Rank.DEADLINE):
            return False
    if finding.source == "runtime":
        ready = any(each.ready for each in workload.containers if each.name == finding.container)
        return not ready or seen.restarting(workload)
    return finding.event is None or _event_counts(finding, finding.event, workload, seen)


def _keeps_removing(event: Event, workload: Workload, seen: Observations) -> bool:
    """Whether one pod of a workload after the other was removed, and the next one may be soon."""
    if event.reason not in table("blame")["events"]["removals"]:
        return False
    same = [
        each
        for each in seen.events
        if each.reason == event.reason and seen.cluster.owner(each.object_name) == workload.name
    ]
    times = sorted(each.last for each in same if each.last is not None)
    pods = len({each.object_name for each in same})
    if pods < _SEVERAL or not times:
        return False
    return event._replace(first=times[0], last=times[-1], times=pods).recent(seen.now)


def _event_counts(finding: Finding, event: Event, workload: Workload, seen: Observations) -> bool:
    if _keeps_removing(event, workload, seen):
        return True
    if _is_over(finding, event, workload, seen):
        return False
    observed = finding.pod in (workload.pod, workload.name)
    if event.last is None:
        serves = seen.phase is Phase.HEALTHY or observed
        return not (workload.ready if serves else seen.young and finding.pod not in ("", workload.pod))
    if finding.kind is Kind.PROBE and not event.recent(seen.now):
        # A probe that still fails warns at least every five minutes.
        return False
    age = seen.rollout_age
    if finding.rank is Rank.KILLED and workload.containers and not workload.restarts and age and age < _STARTING:
        # A probe that has not passed yet: nothing was ended.
        return False
    if workload.ready and finding.rank is Rank.UNREADY:
        begun = workload.started(seen.now)
        return event.times >= MANY and (begun is None or event.last > begun + _STARTING)
    if workload.ready and observed:
        ends = finding.rank in (Rank.LOOP, Rank.KILLED, Rank.EXIT) or finding.kind is Kind.MEMORY
        return ends and seen.restarting(workload)
    if seen.phase is not Phase.HEALTHY:
        return seen.now - event.last <= _OLD or event.recent(seen.now)
    times = (seen.deployed, workload.started(seen.now) if workload.ready else None)
    replaced = any(at and event.last < at - SKEW for at in times) and (workload.ready or not workload.containers)
    return not replaced and event.recent(seen.now)


def _is_over(finding: Finding, event: Event, workload: Workload, seen: Observations) -> bool:
    """Whether the same pod got past the step that failed, or the cluster is removing it."""
    if not finding.pod:
        return False
    node = finding.meaning.row is not None and finding.meaning.row.about == "node"
    past = finding.kind.row.over if node or finding.rank is Rank.EXACT else ()
    for other in seen.events:
        if other.object_name != finding.pod:
            continue
        stopping = other.reason == "Killing" and other.message.startswith("Stopping container")
        if stopping and finding.pod != workload.pod:
            return True
        if other.normal and other.reason in past and other.after(event):
            return True
    return False


# ---- when a failure began


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


def _kinds_of_lines(log: Log, kind: Kind) -> Iterator[list[TailLine]]:
    """Yield groups of like lines: the last words, then lines about a start or a planned end."""
    ends = log.same_end
    # A program that ran out of memory has no last words, except about memory.
    if kind is not Kind.MEMORY or any(form("memory").search(line.text) for line in ends[-1:]):
        yield ends
    starts = [line for line in log.lines if not line.error and line.is_start]
    if len(starts) < _LEAST:
        return
    for like, count in Counter(line.template for line in starts).most_common(_MOST_TEMPLATES):
        if count >= _LEAST:
            yield [line for line in starts if line.template == like]


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


class FailureSpan(NamedTuple):
    """A time with signs of a failure, from `first` to `last`. `expires` says that earlier signs may have expired."""

    first: datetime
    last: datetime
    interval: timedelta = timedelta(0)
    expires: bool = False


def onset(
    kind: Kind, workload: Workload, findings: Iterable[Finding], logs: Iterable[Log], seen: Observations
) -> Onset | None:
    """Return when the failure of a workload began, or None if nothing shows it.

    `findings` are those of all pods of the workload, including pods that are gone. A long time without any sign of the
    failure ends the search: anything before that is another failure.
    """
    findings = list(findings)
    family = {str(kind), *kind.row.family, *(["job"] if workload.is_job else [])}
    spans = [span for finding in findings if finding.kind in family and (span := _span(finding)) is not None]
    # A container that is merely not ready has not ended, so nothing in its log is a sign of an end.
    ends = kind is Kind.JOB or (kind.row.restarts and (kind is not Kind.PROBE or workload.restarts > 0))
    heard = [(log, times) for log in logs if (times := ends_in(log, kind, workload, seen.now))] if ends else []
    for _log, times in heard:
        interval = _interval(times)
        spans += [FailureSpan(at, at, interval) for at in times]
    # Pods that failed before the observed one have no other sign than the log.
    logged = kind in (Kind.CRASH, Kind.MEMORY)
    estimated = _estimate(kind, workload, seen)
    if estimated is not None:
        lately = seen.now - timedelta(minutes=1)
        spans.append(FailureSpan(estimated.at, max(estimated.at, lately), expires=logged))
    begun = _chain(spans) if spans else seen.now
    if not spans:
        return None
    slack = estimated.slack if estimated is not None and begun == estimated.at else _NONE
    cut = any(times[0] <= begun and log.edge is not None and begun - log.edge <= _EDGE for log, times in heard)
    exact = [times[0] for log, times in heard if times[0] >= begun and _shows(log, begun - slack)]
    if exact:
        # The log is more exact than the age of the pod.
        return Onset(begun, stated=min(exact) if slack else None)
    stated = _stated(begun, estimated, workload, seen) if estimated is not None else None
    hidden = _hidden(workload, spans, begun, seen, logged)
    counted = estimated is not None and estimated.counted and begun == estimated.at
    return Onset(begun, slack, hidden, cut, bool(heard), stated, counted)


def _stated(begun: datetime, estimated: Onset, workload: Workload, seen: Observations) -> datetime | None:
    """Return a time for a failure that began with its pod: that of the deploy, else that of the pod's first event.

    None if there is neither, or if the failure began otherwise.
    """
    since_created = workload.age is not None and estimated.slack == workload.age[1]
    if begun < estimated.earliest - _CREATING or (begun != estimated.at and not since_created):
        return None
    deploy = seen.deployed if since_created else None
    if deploy is not None and estimated.earliest - _CREATING <= deploy <= estimated.at + SKEW:
        return deploy
    of_pod = [event.first for event in seen.events if event.pod == workload.pod and event.first is not None]
    latest = estimated.at + max(estimated.slack, SKEW)
    return min((at for at in of_pod if estimated.earliest - SKEW <= at <= latest), default=None)


def _shows(log: Log, begun: datetime) -> bool:
    """Whether a log that has the failure reaches back to well before it began."""
    return log.edge is not None and log.edge <= begun - GAP


def _hidden(
    workload: Workload, spans: list[FailureSpan], begun: datetime, seen: Observations, logged: bool
) -> timedelta:
    """Return how much earlier a failure may have begun if only events from about an hour ago show it.

    The observed pod limits the age of the failure if only events show it, and no log does: what failed before the pod
    was created is another failure.
    """
    # The events of pods that failed earlier still exist, unless there are no events at all.
    recently = begun > seen.now - _KEPT and bool(seen.events)
    if recently or not all(span.expires for span in spans if span.first == begun):
        return _NONE
    if workload.age is None or not workload.containers or logged:
        return _LONGEST
    return max(_NONE, begun - (seen.now - sum(workload.age, _NONE)))


def _span(finding: Finding) -> FailureSpan | None:
    if finding.first is None or finding.last is None:
        return None
    interval = (finding.last - finding.first) / (finding.times - 1) if finding.times > 1 else _NONE
    return FailureSpan(finding.first, finding.last, interval, expires=finding.event is not None)


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


def _estimate(kind: Kind, workload: Workload, seen: Observations) -> Onset | None:
    """Return when the failure began, judged by the age and the restarts of the observed pod."""
    restarts = max((each.restarts for each in workload.containers), default=0)
    steady = workload.ready and workload.name not in seen.rising
    if workload.age is None or (steady and (not kind.row.restarts or restarts < _LEAST)):
        return None
    age, precision = workload.age
    if not restarts:
        # A pod that no node accepted has no containers yet.
        waiting = workload.phase == "pending" or any(each.state.startswith("waiting") for each in workload.containers)
        # While a rollout goes on, a pod that is not ready never was.
        never = (waiting and not kind.row.restarts) or (kind is Kind.PROBE and seen.phase is Phase.MOVING)
        return Onset(seen.now - age, precision) if never else None
    failing = least_time(restarts)
    if failing >= _CONTINUOUS * (age + precision):
        return Onset(seen.now - age, precision)
    return Onset(seen.now - failing, failing, counted=True)
