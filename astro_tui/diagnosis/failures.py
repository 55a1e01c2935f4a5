"""Which failure came first, and what is wrong with a deployment as a whole."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import NamedTuple

from astro_tui.diagnosis.cluster import Phase, State, Workload
from astro_tui.diagnosis.facts import Facts
from astro_tui.diagnosis.last_run import FailedRequests, Log, Quote, complaint, failed_requests
from astro_tui.diagnosis.onset import Onset, has_last_words, onset, words_of
from astro_tui.diagnosis.reading import body, field, flag, number, objects, text, word
from astro_tui.diagnosis.result import Kind, Rank
from astro_tui.diagnosis.signals import (
    RUNNING,
    YOUNG,
    Signal,
    Situation,
    alert_signals,
    current,
    signals_of,
    situation_of,
)
from astro_tui.diagnosis.words import CAUSE, abouts
from astro_tui.platform.lenient import items_of

DEADLINE = timedelta(minutes=10)
"""How long the cluster waits for a rollout unless told otherwise."""
_SAME_TIME = timedelta(minutes=2)


class Failure(NamedTuple):
    """A workload that fails now. `certain` is False if a source that was not read could show a more specific kind."""

    workload: Workload
    container: str
    kind: Kind
    rank: Rank
    reason: str
    certain: bool
    onset: Onset | None
    signals: tuple[Signal, ...]
    logs: tuple[Log, ...]
    spoken: tuple[Log, ...] = ()
    """Those of the logs that have the last words of the container."""
    replicas: tuple[int, int] | None = None
    """How many of its replicas are ready, and how many there should be, if some are not and that is known."""
    ended: tuple[Log, Quote] | None = None
    """The last lines before the container last ended, or the first ones after the failure began, with their log."""
    others: tuple[Failure, ...] = ()
    """What else fails, in other workloads."""

    @property
    def began(self) -> float:
        """When it began, in Unix seconds, or 0."""
        return self.onset.at.timestamp() if self.onset is not None else 0.0

    @property
    def text(self) -> str:
        """Everything that was said about the failure, to look for names in it."""
        return "\n".join(
            dict.fromkeys([*(signal.text for signal in self.signals), *(log.ending_text for log in self.logs)])
        )


def first_failure(facts: Facts, situation: Situation, every: list[Signal]) -> Failure | None:
    """Return the failure that came first, with the other ongoing ones; None if no workload fails.

    What a workload depends on comes before it if both began at the same time.
    """
    signals = current(every, situation)
    names = list(dict.fromkeys(signal.workload for signal in signals))
    known = [name for name in names if name] or names
    failures = []
    for name in known:
        # A signal that names no workload is about the only workload that fails.
        mine = [each for each in signals if each.workload == name or (not each.workload and len(known) == 1)]
        workload = situation.cluster.get(name)
        if len(known) == 1 and not workload.is_job:
            mine += alert_signals(workload, situation)
        failures.append(_of_workload(facts, situation, workload, mine, every))
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
    if needed and chosen not in needed and "unreachable" in abouts(chosen.text):
        # However long ago it became unreachable: what it needs is down.
        chosen = min(needed, key=lambda each: each.began)
    others = [each for each in failures if each.workload.name != chosen.workload.name and each.rank > Rank.GENERIC]
    ready = replicas_of(facts) if chosen.workload.component == "agent" and not chosen.workload.is_job else None
    chosen = chosen._replace(others=tuple(others), replicas=ready if ready and ready[0] < ready[1] else None)
    unseen = not (facts.events.known and situation.cluster.observed)
    certain = chosen.certain and not (unseen and _others_down(facts, situation, chosen))
    return chosen._replace(certain=certain)


def _of_workload(
    facts: Facts, situation: Situation, workload: Workload, mine: list[Signal], every: list[Signal]
) -> Failure:
    best = max(mine, key=lambda signal: (signal.rank, not signal.meaning.vague))
    container = _container(best, mine, workload)
    logs = tuple(
        log
        for log in situation.logs
        if log.workload in (workload.name, "") and (not container or log.container in ("", container))
    )
    spoken = tuple(log for log in logs if has_last_words(log, workload, situation.now))
    kind, rank, vague = _judged(best, workload, logs, spoken, situation)
    # Warnings may be about a start that succeeded, and the status could say that a rollout took too long.
    whole = facts.events.known and (situation.cluster.observed or kind is Kind.SCHEDULING)
    certain = not vague or (whole and (facts.status.known or rank is not Rank.NOT_READY))
    pods = [signal for signal in every if signal.workload == workload.name and signal.event is not None]
    begun = onset(kind, workload, [*mine, *pods], logs, situation)
    ended = ((log, words_of(log, kind, workload, begun, situation)) for log in logs)
    return Failure(
        workload,
        container,
        kind,
        rank,
        best.meaning.reason,
        certain and (situation.phase is not Phase.HEALTHY or situation.cluster.observed),
        begun,
        tuple(sorted(mine, key=lambda signal: (signal.kind is not kind, -signal.rank))),
        logs,
        spoken,
        # Errors that are not as frequent as the ends did not cause them.
        ended=next(((log, q) for log, q in ended if q and (log in spoken or q.line not in log.last_words)), None),
    )


def _judged(
    best: Signal, workload: Workload, logs: Sequence[Log], spoken: Sequence[Log], situation: Situation
) -> tuple[Kind, Rank, bool]:
    """Return the kind and rank of a failure, and whether an unread source could show a more specific kind."""
    kind, rank, vague, observed = best.kind, best.rank, best.meaning.vague, situation.cluster.observed
    ended = [line for log in spoken for line in log.last_words]
    if kind is Kind.CRASH and rank is Rank.LOOP and ended:
        # It ended by itself. An observation shows whether a mere error ended the pod.
        rank, vague = Rank.EXIT, not observed and not any(line.fatal for line in ended)
    texts = (best.text, *(log.ending_text for log in logs))
    if kind in (Kind.CRASH, Kind.PROBE) and (workload.full or any("full" in abouts(each) for each in texts)):
        # Lack of space is about storage if the volume is full, or if it is a store's.
        if workload.full or (kind is Kind.CRASH and workload.is_dependency):
            return Kind.STORAGE, Rank.EXACT, False
        vague = vague or not observed
    age = workload.age[0] if workload.age is not None else situation.rollout_age
    if rank is Rank.NOT_READY and situation.phase is Phase.MOVING and age is not None and age > DEADLINE:
        # A failing probe would cause an event.
        kind = Kind.TIMEOUT
    if workload.is_job and kind in (Kind.CRASH, Kind.TIMEOUT, Kind.PROBE):
        kind, rank, vague = Kind.JOB, max(rank, Rank.LOOP), False
    # The pod of a job, if nothing observed it, may have run out of memory.
    unseen = not spoken and not (workload.containers or workload.runs) and "deadline" not in best.text
    return kind, rank, vague or (kind is Kind.JOB and unseen)


def _container(best: Signal, mine: list[Signal], workload: Workload) -> str:
    named = [signal.container for signal in (best, *mine) if signal.container and signal.kind is best.kind]
    bad = [each.name for each in workload.containers if not each.ready]
    bad = bad or [each.name for each in workload.containers if each.restarts or len(workload.containers) == 1]
    return next(iter((*named, *bad)), "")


def replicas_of(facts: Facts) -> tuple[int, int] | None:
    """Return how many replicas of the agent itself are ready, and how many there should be; None if it is not known.

    The platform counts them, but names only one pod of each workload, which says nothing about the others.
    """
    runtime = body(facts.runtime, "runtime")
    ready, wanted = number(runtime, "ready"), number(runtime, "replicas")
    # The platform reports zero until it has observed the agent.
    return (max(0, ready), wanted) if wanted > 0 and not facts.runtime.stale else None


def _others_down(facts: Facts, situation: Situation, chosen: Failure) -> bool:
    """Whether another workload fails, too, so that an unread source could show that it failed first."""
    named = {text(issue, "workload") for issue in objects(facts.status.value, "failed_on")}
    named |= {log.workload for log in situation.logs if log.last_words and not situation.cluster.observed}
    # A pod that no node accepted has no containers yet.
    down = {each.name for each in situation.cluster if not each.ready and (each.containers or each.phase == "pending")}
    first = any(situation.cluster.get(name).is_dependency for name in down)
    others = named - {chosen.workload.name, ""}
    began_later = any(0 < each.began < chosen.began - _SAME_TIME.total_seconds() for each in chosen.others)
    return began_later or (not chosen.workload.is_dependency and bool(others or first))


_LONG_RUN = timedelta(hours=1)


class Trouble(NamedTuple):
    """What is wrong although everything is ready: an address that does not work, or requests that all failed.

    `requests` is None if it is about an address.
    """

    source: str
    words: str
    url: str = ""
    requests: FailedRequests | None = None
    quote: Quote | None = None
    log: Log | None = None
    """The log that says why requests fail."""


_FINAL = (Phase.PAUSED, Phase.BILLING, Phase.CANCELED, Phase.REMOVING)
"""States that explain everything, so that signals of failures are not evaluated."""


class Verdict(NamedTuple):
    """The kind, the failure behind it if a workload fails, and what was known."""

    kind: Kind
    state: State
    situation: Situation
    failure: Failure | None = None
    trouble: Trouble | None = None
    list_only: bool = False
    down: int = 0
    """How many replicas there should be, if none is ready and nothing says why."""
    unread: tuple[str, ...] = ()
    """The sources that could not be read."""

    @property
    def stated(self) -> bool:
        """Whether the platform says that the deployment failed, and why, in words of unknown meaning."""
        failed = self.state.phase is Phase.FAILED and self.state.confirmed
        return self.kind is Kind.UNKNOWN and failed and bool(self.state.error)


def verdict_of(facts: Facts) -> Verdict:
    """Return what is wrong with a deployment."""
    state, situation = situation_of(facts)
    if state.phase in _FINAL:
        return Verdict(Kind.NONE if state.phase is Phase.REMOVING else Kind(state.phase.value), state, situation)
    every = signals_of(facts, state, situation)
    failure = first_failure(facts, situation, every)
    if failure is not None and failure.rank > Rank.GENERIC:
        known = state.confirmed or state.phase in (Phase.HEALTHY, Phase.MOVING)
        return Verdict(failure.kind if failure.certain and known else Kind.UNKNOWN, state, situation, failure)
    return _without_failure(facts, state, situation, failure)


def failing_now(facts: Facts) -> tuple[Situation, dict[str, list[Signal]]]:
    """Return what is known, and for each workload the signals of ongoing failures, the most specific first."""
    state, situation = situation_of(facts)
    found: dict[str, list[Signal]] = {}
    if state.phase in _FINAL:
        return situation, found
    every = signals_of(facts, state, situation)
    for signal in sorted(current(every, situation), key=lambda each: (-each.rank, each.meaning.vague)):
        found.setdefault(signal.workload, []).append(signal)
    return situation, found


# ---- no workload is known to fail


def _without_failure(facts: Facts, state: State, situation: Situation, failure: Failure | None) -> Verdict:
    details = (facts.record, facts.runtime, facts.events, facts.alerts)
    only = not any(fact.requested for fact in details) and not facts.logs
    age, observed = situation.rollout_age, situation.cluster.observed
    if state.phase is Phase.HEALTHY and not only:
        trouble = _endpoint(facts, situation) or _requests(facts, situation)
        kind = Kind.ENDPOINT if trouble is not None else Kind.UNKNOWN
        ready = replicas_of(facts)
        down = ready[1] if trouble is None and ready and not ready[0] and (age is None or age > YOUNG) else 0
        if trouble is None and observed and not down and not _unexplained(facts, situation):
            kind = Kind.NONE
        return Verdict(kind, state, situation, trouble=trouble, down=down)
    kind = Kind.NONE if state.phase is Phase.HEALTHY else Kind.UNKNOWN
    if state.phase is Phase.MOVING and age is not None:
        complete = facts.events.known and observed
        if situation.young and (complete or only):
            kind = Kind.NONE
        elif age > DEADLINE and complete:
            kind = Kind.TIMEOUT
    return Verdict(kind, state, situation, None if state.phase is Phase.MOVING else failure, list_only=only)


def _unexplained(facts: Facts, situation: Situation) -> bool:
    """Whether something looks odd that an unread source could explain."""
    if not facts.row.known and not facts.record.known:
        # These two say whether the addresses can be reached.
        return True
    if not facts.events.known and any(each.restarts or _hangs(each, facts.now) for each in situation.cluster):
        return True
    runtime = body(facts.runtime, "runtime")
    return not (facts.events.known and facts.status.known) and number(runtime, "ready") < number(runtime, "replicas")


def _hangs(workload: Workload, now: datetime) -> bool:
    """Whether a run of a job takes so long that its pod may never have started."""
    run = workload.newest_run
    return run is not None and run.status in RUNNING and run.start is not None and now - run.start > _LONG_RUN


def _endpoint(facts: Facts, situation: Situation) -> Trouble | None:
    """Return an address that does not work although everything is ready."""
    age = situation.rollout_age
    if age is not None and age < YOUNG:
        return None
    record, row = body(facts.record, "deployment"), facts.row.value
    source = "record" if objects(record, "external_urls") else "list"
    urls = objects(record, "external_urls") or [each for each in items_of(field(row, "external_urls")) if each]
    for url in urls:
        ready, message = flag(url, "ready"), text(url, "message")
        # Records read a missing `ready` as false.
        if not ready and (message or (ready is False and isinstance(url, Mapping))):
            return Trouble(source, message, text(url, "url") or text(url, "name"))
    configured = flag(record, "messaging_configured") or flag(row, "messaging_web_configured")
    served = any(word(url, "type") == "messaging" and flag(url, "ready") for url in urls)
    observed = any(each.containers for each in situation.cluster)
    reachable = flag(body(facts.runtime, "runtime"), "messaging_reachable")
    if configured and observed and not served and reachable is False:
        return Trouble("runtime", "", "messaging")
    return None


def _requests(facts: Facts, situation: Situation) -> Trouble | None:
    """Return the newest requests of an agent, if a log shows that they fail."""
    found: list[tuple[bool, int, FailedRequests, str]] = []
    for log in situation.logs:
        workload = situation.cluster.get(log.workload)
        serves = not (workload.is_dependency or workload.is_collector)
        failed = failed_requests(log, facts.now, serves=serves)
        if failed is not None:
            found.append((failed.stated, failed.failed, failed, log.workload))
    if not found:
        return None
    _stated, _number, requests, name = max(found, key=lambda each: each[:2])
    quotes = [
        (quote.rank == CAUSE, log.workload == name, quote.score, quote, log)
        for log in situation.logs
        if (quote := complaint(log, requests.since)) is not None
    ]
    if not quotes:
        return Trouble("logs", "", requests=requests)
    quote, log = max(quotes, key=lambda each: each[:3])[3:]
    return Trouble("logs", quote.text, requests=requests, quote=quote, log=log)
