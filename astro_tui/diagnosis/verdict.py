"""What is wrong with a deployment as a whole: a state that explains everything, a failure, or an address."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import NamedTuple

from astro_tui.diagnosis import reading
from astro_tui.diagnosis.alerts import firing
from astro_tui.diagnosis.cluster import Cluster, Workload
from astro_tui.diagnosis.current import YOUNG, Situation, rising
from astro_tui.diagnosis.facts import Facts
from astro_tui.diagnosis.failures import DEADLINE, Failure, first_failure, going_on
from astro_tui.diagnosis.kinds import Kind, Rank
from astro_tui.diagnosis.last_run import FailedRequests, failed_requests, read_log, widest
from astro_tui.diagnosis.phase import Phase, State, deployed_at, state_of
from astro_tui.diagnosis.reading import objects, text, word
from astro_tui.diagnosis.revisions import revisions_of
from astro_tui.diagnosis.signals import Signal, event_signals, events_of, runtime_signals, status_signals

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
    for event in events:
        if event.reason == "Started" and event.times > 1:
            cluster.add_starts(event.object_name, event.container, event.times)
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
        facts.events.known,
    )


def _signals(facts: Facts, state: State, situation: Situation) -> list[Signal]:
    cluster = situation.cluster
    return [
        *runtime_signals(cluster, situation.now),
        *event_signals(list(situation.events), cluster),
        *status_signals(facts, cluster, _error(state)),
    ]


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
    if not facts.events.known:
        heard = {log.workload for log in situation.logs} if facts.events.requested else set()
        if any((each.restarts or _hangs(each, facts.now)) and each.name not in heard for each in situation.cluster):
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
