"""Plans the next requests, so that a loader reaches a diagnosis step by step without unnecessary requests."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import NamedTuple

from astro_tui.diagnosis.account import can_explain
from astro_tui.diagnosis.tables import CAUSE
from astro_tui.diagnosis.values import GAP, Blame, Facts, Failure, Onset, Phase, RevisionKey, Verdict, Workload
from astro_tui.diagnosis.wording import match_of, may_be_a_host

_LONGEST = timedelta(days=7)
_BEFORE = GAP
"""How far before the start of the failure a log is read: errors this close to it are part of the failure."""
LINES, MOST_LINES = 400, 2000
"""Lines of a log to request at first, and the second time, if the first ones do not show the start of the failure."""
_MOST_OTHERS = 4
_RESTARTING = timedelta(hours=2)


class LogRequest(NamedTuple):
    """The log of one container since a time: request it with `direction=backward`."""

    workload: str
    container: str
    since: datetime
    lines: int = LINES


class NextRequests(NamedTuple):
    """What to request next; nothing at all once the diagnosis cannot improve.

    `sources` are names of fields of `Facts`. `component` is the one to request alerts for.
    """

    sources: tuple[str, ...] = ()
    logs: tuple[LogRequest, ...] = ()
    specs: tuple[RevisionKey, ...] = ()
    component: str = ""

    def __bool__(self) -> bool:
        return bool(self.sources or self.logs or self.specs)


def next_requests(verdict: Verdict, blame_of: Callable[[Verdict], Blame], *, closely: bool = False) -> NextRequests:
    """Return the next requests after a verdict; `blame_of` says which specs would show more.

    With `closely`, the audit log, the history, the variables, and, if all that explains nothing, the outbound requests
    count, too: they cost requests that a list of agents must not send.
    """
    facts = verdict.seen.facts
    missing = _missing(facts, _needed(verdict))
    if closely and not missing:
        # The history of an agent that works shows whether it was rolled back.
        history = ["history"] if verdict.state.phase is Phase.HEALTHY else []
        variables = ["variables"] if can_explain(match_of(verdict)) else []
        missing = _missing(facts, ("audit", *history, *variables))
    if missing:
        return NextRequests(missing, component=_component(verdict))
    logs = _logs(verdict)
    if any(each.lines == MOST_LINES for each in logs):
        # Which specs matter depends on when the failure began.
        return NextRequests((), logs, (), _component(verdict))
    blame = blame_of(verdict)
    if closely and not logs and not blame.wanted and may_be_a_host(verdict, blame):
        missing = _missing(facts, ("peers",))
    return NextRequests(missing, logs, blame.wanted, _component(verdict))


def _missing(facts: Facts, names: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(name for name in names if not getattr(facts, name).requested)


def _needed(verdict: Verdict) -> tuple[str, ...]:
    facts, phase = verdict.seen.facts, verdict.state.phase
    if phase is Phase.CANCELED:
        return ("status", "history")
    if phase in (Phase.PAUSED, Phase.BILLING, Phase.REMOVING):
        # The list can be old, and says `error` for a suspended deployment.
        return ("status", "billing") if phase is Phase.BILLING and facts.status.known else ("status",)
    if phase is Phase.HEALTHY and not facts.runtime.requested:
        return ("runtime",)
    if phase is Phase.HEALTHY and verdict.kind.row.fine:
        return ("events", "alerts") if facts.status.known or _restarted(verdict) is not None else ()
    first = ("status", "record", "runtime", "events")
    if _missing(facts, first):
        return first
    return ("history", "alerts") if not verdict.kind.row.fine else ()


def _component(verdict: Verdict) -> str:
    """Return the component whose alerts matter."""
    workload = verdict.failure.workload if verdict.failure is not None else _restarted(verdict)
    return (workload.component if workload is not None else "") or "agent"


def _restarted(verdict: Verdict) -> Workload | None:
    """Return the workload that restarted most often, or None."""
    return max((each for each in verdict.seen.cluster if each.restarts), key=lambda each: each.restarts, default=None)


def _logs(verdict: Verdict) -> tuple[LogRequest, ...]:
    facts, failure = verdict.seen.facts, verdict.failure
    if failure is None:
        return _log_of_requests(verdict)
    if not failure.workload.name:
        return ()
    sure = failure.onset is not None and failure.onset.exact
    if not verdict.kind.row.logged:
        return ()
    mine = [
        log
        for log in facts.logs
        if log.workload == failure.workload.name and (not failure.container or log.container in ("", failure.container))
    ]
    if not mine:
        return (LogRequest(failure.workload.name, failure.container, _since(verdict, failure)),)
    if sure or failure.onset is None or not failure.onset.wider or any(log.limit >= MOST_LINES for log in mine):
        return ()
    # The longer log shows how the failure began, if it reaches back that far.
    return (LogRequest(failure.workload.name, mine[-1].container, facts.now - _LONGEST, MOST_LINES),)


def _log_of_requests(verdict: Verdict) -> tuple[LogRequest, ...]:
    """Return the agent's logs, which show whether its requests fail, if somebody looks at this agent in particular."""
    facts, cluster, trouble = verdict.seen.facts, verdict.seen.cluster, verdict.trouble
    since = facts.now - _RESTARTING
    looked = verdict.state.phase is Phase.HEALTHY and facts.status.known
    if not looked or not cluster.agent.name:
        return ()
    if not facts.logs:
        beside = {"messaging"} & {each.name for each in cluster.agent.containers}
        return tuple(LogRequest(cluster.agent.name, container, since) for container in ("app", *beside))
    if trouble is None or trouble.requests is None or (trouble.quote is not None and trouble.quote.rank == CAUSE):
        return ()
    # What the agent calls may say why.
    logged = {log.workload for log in facts.logs}
    others = [each.name for each in cluster if each.is_dependency and each.name not in logged]
    return tuple(LogRequest(name, "", since) for name in others[:_MOST_OTHERS])


def _since(verdict: Verdict, failure: Failure) -> datetime:
    """Return when to start reading the log: before the failure, the start of the pod, and the deploy that led to it."""
    now, onset = verdict.seen.now, failure.onset or Onset(verdict.seen.now)
    begun = onset.at
    times = [begun - onset.slack]
    if (pod := failure.workload.started(now)) is not None:
        times.append(pod)
    deploys = [each.deployed for each in verdict.seen.revisions if each.deployed is not None and each.deployed <= begun]
    times += deploys[:1]
    return max(min(times) - _BEFORE, now - _LONGEST)
