"""Finds the change that explains a verdict, if a change can explain it."""

from __future__ import annotations

from datetime import datetime, timedelta

from astro_tui.diagnosis.change import Blame, ChangeState, Question, find_change
from astro_tui.diagnosis.facts import Facts
from astro_tui.diagnosis.failures import Failure
from astro_tui.diagnosis.kinds import Kind
from astro_tui.diagnosis.onset import Onset
from astro_tui.diagnosis.verdict import Verdict

BLAMELESS = (Kind.BILLING, Kind.CANCELED, Kind.PAUSED, Kind.NONE, Kind.UNKNOWN)
_DAY = timedelta(days=1)


def blame_of(facts: Facts, verdict: Verdict) -> Blame:
    """Return which change explains a verdict; none for unknown states and those that a user chose."""
    if verdict.kind in BLAMELESS:
        return Blame(_blameless_state(facts, verdict))
    failure = verdict.failure
    if failure is None:
        workload = verdict.situation.cluster.workload_of("", "agent")
        if verdict.requests is not None:
            begun = Onset(verdict.requests.since) if verdict.requests.since is not None else None
            agent = verdict.situation.cluster.get(workload)
            return find_change(facts, Question(Kind.CRASH, agent, "", verdict.requests.words, begun))
        words = verdict.endpoint.message + " " + verdict.endpoint.url if verdict.endpoint else ""
        question = Question(verdict.kind, verdict.situation.cluster.get(workload), "", words, None)
        found = find_change(facts, question)
        if verdict.kind is Kind.ENDPOINT and found.state is not ChangeState.EXPLAINED:
            beside = find_change(facts, question._replace(container="messaging"))
            found = beside if beside.state is ChangeState.EXPLAINED or found.state is ChangeState.UNREAD else found
        return found
    heard = any(log.lines for log in failure.logs)
    return find_change(
        facts,
        Question(
            verdict.kind,
            failure.workload,
            failure.container,
            failure.text,
            failure.onset,
            heard,
            _created(facts, failure),
        ),
    )


def _created(facts: Facts, failure: Failure) -> datetime | None:
    """Return the latest possible creation time of the failing pod, if only the observed pod fails."""
    workload = failure.workload
    if workload.ready or workload.is_job or not any(signal.source == "runtime" for signal in failure.signals):
        return None
    if any(signal.event is not None and signal.pod != workload.pod for signal in failure.signals):
        return None
    return workload.started(facts.now)


def _blameless_state(facts: Facts, verdict: Verdict) -> ChangeState:
    """Return the state to report when no search for a change is made."""
    if verdict.kind in (Kind.BILLING, Kind.CANCELED, Kind.PAUSED):
        return ChangeState.UNRELATED
    if verdict.kind is Kind.UNKNOWN and not facts.history.known:
        return ChangeState.UNREAD
    deployed = verdict.situation.deployed
    lately = deployed is not None and facts.now - deployed < _DAY
    return ChangeState.UNRELATED if verdict.kind is Kind.UNKNOWN and lately else ChangeState.UNCHANGED
