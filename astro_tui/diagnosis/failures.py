"""Which failure came first, and what is wrong with a deployment as a whole."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import NamedTuple

from astro_tui.diagnosis import reading
from astro_tui.diagnosis.cluster import (
    Cluster,
    Phase,
    State,
    Workload,
    deployed_at,
    of_replica_set,
    revisions_of,
    state_of,
)
from astro_tui.diagnosis.current import YOUNG, Situation, alert_signals, current, rising
from astro_tui.diagnosis.facts import Facts
from astro_tui.diagnosis.last_run import FailedRequests, Log, failed_requests, read_log, widest
from astro_tui.diagnosis.onset import Onset, has_last_words, onset
from astro_tui.diagnosis.reading import body, number, objects, text, word
from astro_tui.diagnosis.result import Kind, Rank
from astro_tui.diagnosis.signals import Signal, event_signals, events_of, firing, runtime_signals, status_signals
from astro_tui.diagnosis.words import Meaning, abouts, exit_code
from astro_tui.text.sizes import amount

DEADLINE = timedelta(minutes=10)
"""How long the cluster waits for a rollout unless told otherwise."""
_SAME_TIME = timedelta(minutes=2)
_FULL = 0.97
_SIGNALS = frozenset({137, 143})
_FIRST, _MIDDLE, _LAST = 0, 1, 2


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
    replicas: tuple[int, int] = (0, 0)
    """How many replicas fail, and of how many, if the others serve; zeros otherwise."""
    others: tuple[Failure, ...] = ()
    """What else fails, in other workloads."""

    def created(self, now: datetime) -> datetime | None:
        """Return the latest possible creation time of the failing pod, if only the observed pod fails."""
        workload = self.workload
        elsewhere = any(each.event is not None and each.pod != workload.pod for each in self.signals)
        observed = any(each.source == "runtime" for each in self.signals) and not elsewhere
        return workload.started(now) if observed and not (workload.ready or workload.is_job) else None

    @property
    def text(self) -> str:
        """Everything that was said about the failure, to look for names in it."""
        return "\n".join(
            dict.fromkeys([*(signal.text for signal in self.signals), *(log.ending_text for log in self.logs)])
        )


def going_on(every: list[Signal], situation: Situation) -> list[Signal]:
    """Return the signals about ongoing failures, including those about full volumes."""
    return current([*every, *_full_volumes(situation.cluster)], situation)


def first_failure(facts: Facts, state: State, situation: Situation, every: list[Signal]) -> Failure | None:
    """Return the failure to explain, with the other ongoing ones; None if no workload fails."""
    cluster = situation.cluster
    signals = going_on(every, situation)
    names = list(dict.fromkeys(signal.workload for signal in signals))
    sole = names[0] if len(names) == 1 else ""
    known = [name for name in names if name]
    failures = []
    for name in known or names:
        # A signal that names no workload is about the only workload that fails.
        mine = [signal for signal in signals if signal.workload == name or (not signal.workload and len(known) == 1)]
        workload = cluster.get(name or sole)
        if len(known or names) == 1 and not workload.is_job:
            mine += alert_signals(workload, situation)
        failures.append(_of_workload(facts, situation, workload, mine, every))
    return _first(facts, state, failures, situation)


def _full_volumes(cluster: Cluster) -> Iterator[Signal]:
    """Yield a signal for each failing workload whose volume is full."""
    full = Meaning(Kind.STORAGE, Rank.EXACT, "volume full")
    for each in cluster:
        container = next((box.name for box in each.containers if not box.ready), None)
        if _is_full(each) and container is not None:
            used = f"{amount(each.used)} of {amount(each.capacity)} used"
            yield Signal("runtime", each.name, container, full, used)


def _is_full(workload: Workload) -> bool:
    return workload.capacity > 0 and workload.used >= _FULL * workload.capacity


class _Judgment(NamedTuple):
    """The kind and rank of a failure. It is vague if an unread source could show a more specific kind."""

    kind: Kind
    rank: Rank
    vague: bool


def _of_workload(
    facts: Facts, situation: Situation, workload: Workload, mine: list[Signal], every: list[Signal]
) -> Failure:
    if not workload.kind and any(of_replica_set(signal.pod) for signal in mine):
        workload = workload._replace(kind="deployment")
    best = max(mine, key=lambda signal: (signal.rank, not signal.meaning.vague, *_earliness(signal)))
    container = _container(best, mine, workload)
    logs = tuple(
        log
        for log in situation.logs
        if log.workload in (workload.name, "") and (not container or log.container in ("", container))
    )
    spoken = tuple(log for log in logs if has_last_words(log, workload, situation.now))
    judgment = _Judgment(best.kind, best.rank, best.meaning.vague)
    judgment = _with_last_words(judgment, best, spoken, situation)
    judgment = _with_full_volume(judgment, best, logs, workload, situation)
    judgment = _with_deadline(judgment, workload, situation)
    judgment = _as_job(judgment, best, spoken, workload)
    kind = judgment.kind
    pods = [signal for signal in every if signal.workload == workload.name and signal.event is not None]
    return Failure(
        workload,
        container,
        kind,
        judgment.rank,
        best.meaning.reason,
        _is_certain(judgment, facts, situation),
        onset(kind, workload, [*mine, *pods], logs, situation),
        tuple(_sorted(mine, kind)),
        logs,
        spoken,
    )


def _with_last_words(judgment: _Judgment, best: Signal, spoken: Sequence[Log], situation: Situation) -> _Judgment:
    """A container that restarts again and again and left last words ended by itself, unless a signal ended it."""
    words = [line for log in spoken for line in log.last_words]
    loops = judgment.kind is Kind.CRASH and judgment.rank is Rank.LOOP
    if not words or not loops or exit_code(best.text) in _SIGNALS:
        return judgment
    # An observation shows whether a mere error ended the pod.
    mere = not any(line.fatal for line in words)
    return judgment._replace(rank=Rank.EXIT, vague=mere and not situation.cluster.observed)


def _with_full_volume(
    judgment: _Judgment, best: Signal, logs: Sequence[Log], workload: Workload, situation: Situation
) -> _Judgment:
    """A failure for lack of space is about storage if it is a store's, or if the volume is full."""
    full = any("full" in abouts(said) for said in (best.text, *(log.ending_text for log in logs)))
    if not full or judgment.kind not in (Kind.CRASH, Kind.PROBE):
        return judgment
    if _is_full(workload) or (judgment.kind is Kind.CRASH and workload.kind == "statefulset"):
        return _Judgment(Kind.STORAGE, Rank.EXACT, vague=False)
    return judgment._replace(vague=judgment.vague or not situation.cluster.observed)


def _with_deadline(judgment: _Judgment, workload: Workload, situation: Situation) -> _Judgment:
    """A workload that is not ready after the deadline of a rollout timed out: a failing probe would cause an event."""
    age = workload.age[0] if workload.age is not None else situation.rollout_age
    late = situation.phase is Phase.MOVING and age is not None and age > DEADLINE
    return judgment._replace(kind=Kind.TIMEOUT) if late and judgment.rank is Rank.NOT_READY else judgment


def _as_job(judgment: _Judgment, best: Signal, spoken: Sequence[Log], workload: Workload) -> _Judgment:
    """A job that crashes, times out, or is not ready has failed as a job."""
    if workload.is_job and judgment.kind in (Kind.CRASH, Kind.TIMEOUT, Kind.PROBE):
        judgment = _Judgment(Kind.JOB, max(judgment.rank, Rank.LOOP), vague=False)
    unseen = not spoken and not (workload.containers or workload.runs) and "deadline" not in best.text
    # The pod of a job, if nothing observed it, may have run out of memory.
    return judgment._replace(vague=True) if judgment.kind is Kind.JOB and unseen else judgment


def _is_certain(judgment: _Judgment, facts: Facts, situation: Situation) -> bool:
    """Whether no source that was not read could turn this into another kind."""
    # Warnings may be about a start that succeeded, and the status could say that a rollout took too long.
    whole = facts.events.known and (situation.cluster.observed or judgment.kind is Kind.SCHEDULING)
    whole = whole and (facts.status.known or judgment.rank is not Rank.NOT_READY)
    return (whole or not judgment.vague) and (situation.phase is not Phase.HEALTHY or situation.cluster.observed)


def _earliness(signal: Signal) -> tuple[bool, float]:
    return signal.first is not None, -signal.first.timestamp() if signal.first is not None else 0.0


def _sorted(signals: list[Signal], kind: Kind) -> list[Signal]:
    return sorted(signals, key=lambda signal: (signal.kind is not kind, -signal.rank))


def _container(best: Signal, mine: list[Signal], workload: Workload) -> str:
    named = [signal.container for signal in (best, *mine) if signal.container and signal.kind is best.kind]
    down = [each.name for each in workload.containers if not each.ready]
    bad = down or [each.name for each in workload.containers if each.restarts]
    whole = best.kind in (Kind.SCHEDULING, Kind.STORAGE) and len(bad) > 1
    sole = [each.name for each in workload.containers] if len(workload.containers) == 1 else []
    return next(iter((*named, *(() if whole else bad), *sole)), "")


def _first(facts: Facts, state: State, failures: list[Failure], situation: Situation) -> Failure | None:
    """Return the failure that came first. What a workload depends on comes before it if both began at the same time."""
    failures = [each for each in failures if each.rank > Rank.GENERIC] or failures
    down = [each for each in failures if not each.workload.ready or _elsewhere(each)]
    candidates = _named_by_status(facts, state, down or failures)
    if not candidates:
        return None
    best = min(candidates, key=lambda each: (_class(each.workload), each.onset is None, _begun(each)))
    earlier = [
        each
        for each in candidates
        if each.onset is not None and best.onset is not None and each.onset.at < best.onset.earliest - _SAME_TIME
    ]
    chosen = min(earlier, key=_begun) if earlier else best
    others = [each for each in failures if each.workload.name != chosen.workload.name and each.rank > Rank.GENERIC]
    chosen = chosen._replace(others=tuple(others), replicas=_replicas(facts, state, chosen))
    unseen = not (facts.events.known and situation.cluster.observed)
    return chosen._replace(certain=False) if unseen and _other_unread(facts, situation, chosen, failures) else chosen


def _replicas(facts: Facts, state: State, failure: Failure) -> tuple[int, int]:
    """Return how many replicas fail, and of how many, if the others serve."""
    workload, runtime = failure.workload, body(facts.runtime, "runtime")
    wanted = number(workload.declared, "replicas")
    pods = {each.pod for each in failure.signals if each.pod and each.kind is failure.kind}
    ready = number(runtime, "ready") if workload.component == "agent" and number(runtime, "replicas") == wanted else 0
    down = wanted - ready if ready else len(pods)
    serves = ready > 0 or workload.ready or state.phase is Phase.HEALTHY
    return (down, wanted) if serves and 0 < down < wanted and pods and not workload.is_job else (0, 0)


def _elsewhere(failure: Failure) -> bool:
    """Whether a pod other than the observed one fails."""
    return any(signal.pod and signal.pod != failure.workload.pod for signal in failure.signals)


def _named_by_status(facts: Facts, state: State, failures: list[Failure]) -> list[Failure]:
    """Leave out jobs and collectors where the status names other workloads as failed."""
    if state.phase is not Phase.FAILED:
        return failures
    named = {text(issue, "workload") for issue in objects(facts.status.value, "failed_on")} - {""}
    if not named:
        return failures
    return [
        each
        for each in failures
        if each.workload.name in named or not (each.workload.is_job or _class(each.workload) == _LAST)
    ] or failures


def _begun(failure: Failure) -> float:
    return failure.onset.at.timestamp() if failure.onset is not None else 0.0


def _class(workload: Workload) -> int:
    return _FIRST if workload.is_dependency else _LAST if workload.is_collector else _MIDDLE


def _other_unread(facts: Facts, situation: Situation, chosen: Failure, failures: Sequence[Failure]) -> bool:
    """Whether another workload may be the cause: a source for how and when it failed is unread."""
    if chosen.onset and any(each.onset and each.onset.at < chosen.onset.at - _SAME_TIME for each in failures):
        return True
    explained = {each.workload.name for each in failures if each.rank > Rank.GENERIC} | {""}
    named = {text(issue, "workload") for issue in objects(facts.status.value, "failed_on")} - explained
    if not situation.cluster.observed:
        named |= {log.workload for log in situation.logs if log.last_words} - explained
    # A pod that no node accepted has no containers yet.
    down = {each.name for each in situation.cluster if not each.ready and (each.containers or each.phase == "pending")}
    first = any(situation.cluster.get(name).is_dependency for name in {*named, *down} - explained)
    return first or (bool(named) and not chosen.workload.is_dependency)


_LONG_RUN = timedelta(hours=1)
_FINAL = {
    Phase.PAUSED: Kind.PAUSED,
    Phase.BILLING: Kind.BILLING,
    Phase.CANCELED: Kind.CANCELED,
    Phase.REMOVING: Kind.NONE,
}
"""States that explain everything, so that signals of failures are not evaluated."""


class Endpoint(NamedTuple):
    """An address that does not work yet."""

    source: str
    url: str
    message: str


class Verdict(NamedTuple):
    """The kind, the failure behind it if a workload fails, and what was known."""

    kind: Kind
    state: State
    situation: Situation
    failure: Failure | None = None
    endpoint: Endpoint | None = None
    list_only: bool = False
    requests: FailedRequests | None = None
    unread: tuple[str, ...] = ()
    """The sources that could not be read."""


def verdict_of(facts: Facts) -> Verdict:
    """Return what is wrong with a deployment."""
    state, situation = _situation(facts)
    final = _FINAL.get(state.phase)
    if final is not None:
        return Verdict(final, state, situation)
    every = _signals(facts, state, situation)
    failure = first_failure(facts, state, situation, every)
    if failure is not None and failure.rank > Rank.GENERIC:
        known = state.confirmed or state.phase in (Phase.HEALTHY, Phase.MOVING)
        return Verdict(failure.kind if failure.certain and known else Kind.UNKNOWN, state, situation, failure)
    return _without_failure(facts, state, situation, failure)


def failing_now(facts: Facts) -> tuple[Situation, dict[str, list[Signal]]]:
    """Return what is known, and for each workload the signals of ongoing failures, the most specific first."""
    state, situation = _situation(facts)
    found: dict[str, list[Signal]] = {}
    if state.phase in _FINAL:
        return situation, found
    every = _signals(facts, state, situation)
    for signal in sorted(going_on(every, situation), key=lambda each: (-each.rank, each.meaning.vague)):
        found.setdefault(signal.workload, []).append(signal)
    return situation, found


def _situation(facts: Facts) -> tuple[State, Situation]:
    state, cluster, events = state_of(facts), Cluster(facts), events_of(facts)
    growing = rising(facts, cluster)
    return state, Situation(
        facts.now,
        state.phase,
        cluster,
        tuple(events),
        tuple(read_log(log) for log in widest(facts.logs)),
        deployed_at(facts) or _youngest_pod(facts, cluster),
        tuple(each.deployed for each in revisions_of(facts) if each.deployed is not None),
        growing,
        tuple(firing(facts)),
    )


def _signals(facts: Facts, state: State, situation: Situation) -> list[Signal]:
    cluster = situation.cluster
    found = [
        *runtime_signals(cluster, situation.now),
        *event_signals(list(situation.events), cluster),
        *status_signals(facts, cluster, _error(state)),
    ]
    return [each._replace(workload=cluster.jobs.get(each.workload, each.workload)) for each in found]


def _youngest_pod(facts: Facts, cluster: Cluster) -> datetime | None:
    """Return the approximate time of the latest deploy, if only the age of its pods is known."""
    started = [at for each in cluster if each.containers and (at := each.started(facts.now)) is not None]
    return max(started) - timedelta(seconds=20) if started else None


def _error(state: State) -> str:
    """Return the error text if it is current: a record can keep the text of an earlier failure."""
    return state.error if state.phase in (Phase.FAILED, Phase.MOVING, Phase.UNKNOWN) else ""


# ---- no workload is known to fail


def _without_failure(facts: Facts, state: State, situation: Situation, failure: Failure | None) -> Verdict:
    details = (facts.record, facts.runtime, facts.events, facts.alerts)
    list_only = not any(fact.requested for fact in details) and not facts.logs
    phase = state.phase
    if phase is Phase.HEALTHY:
        if list_only:
            return Verdict(Kind.NONE, state, situation, list_only=True)
        endpoint = _endpoint(facts, situation)
        if endpoint is not None:
            return Verdict(Kind.ENDPOINT, state, situation, endpoint=endpoint)
        if (requests := failed_requests(situation.logs, facts.now)) is not None:
            return Verdict(Kind.ENDPOINT, state, situation, requests=requests)
        quiet = situation.cluster.observed and not _unexplained(facts, situation)
        return Verdict(Kind.NONE if quiet else Kind.UNKNOWN, state, situation)
    if phase is Phase.MOVING:
        return _moving(facts, state, situation, list_only=list_only)
    return Verdict(Kind.UNKNOWN, state, situation, failure, list_only=list_only)


def _unexplained(facts: Facts, situation: Situation) -> bool:
    """Whether something looks odd that an unread source could explain."""
    if not facts.row.known and not facts.record.known:
        # These two say whether the addresses can be reached.
        return True
    if not facts.events.known and any(each.restarts or _hangs(each, facts.now) for each in situation.cluster):
        return True
    runtime = reading.body(facts.runtime, "runtime")
    if facts.events.known and facts.status.known:
        return False
    return reading.number(runtime, "ready") < reading.number(runtime, "replicas")


def _hangs(workload: Workload, now: datetime) -> bool:
    """Whether a run of a job takes so long that its pod may never have started."""
    return any(
        run.status in ("pending", "running", "active") and run.start is not None and now - run.start > _LONG_RUN
        for run in workload.runs
    )


def _moving(facts: Facts, state: State, situation: Situation, *, list_only: bool) -> Verdict:
    age = situation.rollout_age
    if age is None:
        return Verdict(Kind.UNKNOWN, state, situation, list_only=list_only)
    complete = facts.events.known and situation.cluster.observed
    if situation.young and (complete or list_only):
        return Verdict(Kind.NONE, state, situation, list_only=list_only)
    late = age > DEADLINE and complete
    return Verdict(Kind.TIMEOUT if late else Kind.UNKNOWN, state, situation, list_only=list_only)


def _endpoint(facts: Facts, situation: Situation) -> Endpoint | None:
    """Return an address that does not work although everything is ready."""
    age = situation.rollout_age
    if age is not None and age < YOUNG:
        return None
    record = reading.body(facts.record, "deployment")
    source, urls = "record", objects(record, "external_urls")
    if not urls:
        source, urls = "list", _urls_of_row(facts)
    for url in urls:
        ready, message = reading.flag(url, "ready"), text(url, "message")
        # Records read a missing `ready` as false.
        if not ready and (message or (ready is False and isinstance(url, Mapping))):
            return Endpoint(source, text(url, "url") or text(url, "name"), message)
    runtime = reading.body(facts.runtime, "runtime")
    configured = reading.flag(record, "messaging_configured") or reading.flag(
        facts.row.value, "messaging_web_configured"
    )
    served = any(word(url, "type") == "messaging" and reading.flag(url, "ready") for url in urls)
    observed = any(each.containers for each in situation.cluster)
    if configured and observed and not served and reading.flag(runtime, "messaging_reachable") is False:
        return Endpoint("runtime", "messaging", "")
    return None


def _urls_of_row(facts: Facts) -> list[object]:
    found = reading.field(facts.row.value, "external_urls")
    return [url for url in found if url is not None] if isinstance(found, list | tuple) else []
