"""Joins everything known about one deployment into one diagnosis."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from traceback import extract_tb
from typing import Any

from astro_tui.diagnosis import reading, sentences
from astro_tui.diagnosis.blame import BLAMELESS, Blame, blame_of
from astro_tui.diagnosis.cluster import Claim, Phase, Revision, revisions_of, rolled_back
from astro_tui.diagnosis.facts import MISSING, Fact, Facts
from astro_tui.diagnosis.failures import Failure, Verdict, replicas_of, verdict_of
from astro_tui.diagnosis.last_run import Quote
from astro_tui.diagnosis.reading import text
from astro_tui.diagnosis.result import (
    EXPLAINED_BY_LOGS,
    BlamedChange,
    ChangeState,
    Conflict,
    Diagnosis,
    Evidence,
    Kind,
    LogPlace,
    Rank,
    Unread,
)
from astro_tui.diagnosis.sentences import said
from astro_tui.diagnosis.signals import Signal, firing, last_warning
from astro_tui.diagnosis.spec_changes import Place, place_of, spec_of
from astro_tui.diagnosis.steps import guidance, instructions, next_steps
from astro_tui.document import jq_path
from astro_tui.text.times import joined

_SOURCES = ("row", "status", "record", "runtime", "events", "alerts", "history")
_DECISIVE = ("row", "status", "runtime")
"""Without these, it is not known that nothing is wrong."""
_FINE = (Kind.NONE, Kind.PAUSED)
_NAMES = {"row": "list"}
_HIDDEN = "the platform keeps no old variables, resources, storage, or access, so it may have changed these, too"
_OUTDATED = timedelta(seconds=10)
_MOST_EVENTS = 3
_MOST_OTHERS = 3


def diagnose(facts: Facts) -> Diagnosis:
    """Return what is wrong with a deployment, and which change introduced it. Takes milliseconds; reads nothing.

    It never raises: one agent with odd data must not end a list of thousands.
    """
    try:
        return _judged(facts)
    except Exception as error:  # noqa: BLE001  the diagnosis says that there is a bug, and where
        place = extract_tb(error.__traceback__)[-1]
        bug = f"{type(error).__name__} in {Path(place.filename).name}, line {place.lineno}"
        return Diagnosis(
            deployment_id=said(facts.deployment_id, 80),
            account=said(facts.account, 80),
            name=said(text(facts.row.value, "display_name") or text(facts.row.value, "name"), 80),
            status=said(text(facts.row.value, "status"), 40),
            kind=Kind.UNKNOWN,
            cause=f"This agent could not be judged: {bug}.",
            made=facts.now,
            bug=bug,
        )


def _judged(facts: Facts) -> Diagnosis:
    facts = replace(facts, status=_checked_status(facts.status))
    failed = tuple(dict.fromkeys(each.source for each in _unread(facts)))
    verdict = _checked(facts, verdict_of(facts))._replace(unread=failed)
    blame = blame_of(facts, verdict)
    failure = verdict.failure if verdict.kind is not Kind.UNKNOWN else None
    reason = failure.reason if failure is not None else text(facts.status.value, "reason")
    place = _place_in_spec(facts, verdict.failure)
    return Diagnosis(
        deployment_id=said(_own(facts, "id", facts.deployment_id), 80),
        account=said(_own(facts, "account_name", facts.account), 80),
        name=said(facts.agent or text(facts.row.value, "display_name") or _own(facts, "name", ""), 80),
        status=said(text(facts.status.value, "value") or text(facts.row.value, "status") or verdict.state.word, 40),
        kind=verdict.kind,
        cause=f"{sentences.cause(verdict, place.limit)}.",
        after=_after(facts, verdict, blame),
        headline=f"{sentences.headline(verdict, place.limit, blame)}.",
        workload=said(failure.workload.name, 120) if failure else "",
        container=said(failure.container, 80) if failure else "",
        reason=said(reason, 80) if verdict.kind not in (Kind.NONE, Kind.UNKNOWN) else "",
        began=failure.onset.shown if failure and failure.onset else None,
        or_earlier=bool(failure and failure.onset and failure.onset.or_earlier),
        evidence=tuple(_evidence(facts, verdict, blame)),
        change=_change(blame),
        change_state=blame.state,
        conflicts=tuple(_conflicts(facts, verdict)),
        unread=tuple(_unread(facts)),
        made=facts.now,
        oldest=min((at for name in _SOURCES[1:] if (at := getattr(facts, name).read_at) is not None), default=None),
        next_steps=tuple(next_steps(facts, verdict, blame, place, _argument(facts))),
        list_only=verdict.list_only,
        replicas=replicas_of(facts),
        failing=_failing(verdict),
        rolled_back_from=said(left.build, 100) if (left := rolled_back(facts)) else "",
        rolled_back_to=said(revisions_of(facts)[0].build, 100) if left else "",
        wanted=blame.wanted,
        place=_place(verdict.kind, failure) if failure else None,
    )


def _checked_status(fact: Fact) -> Fact:
    """Return `/status`, as unread if it says nothing: every field can be null."""
    says = any(text(fact.value, name) for name in ("value", "reason", "error_message"))
    empty = fact.known and not (says or reading.objects(fact.value, "failed_on"))
    return replace(fact, error="the response names no status") if empty and not fact.error else fact


def _checked(facts: Facts, verdict: Verdict) -> Verdict:
    """Return the verdict, but no old value and no failed source proves that nothing is wrong."""
    if verdict.kind not in _FINE:
        return verdict
    known: dict[str, Fact] = {name: getattr(facts, name) for name in _SOURCES}
    old: dict[str, Any] = {name: Fact(error=fact.error) for name, fact in known.items() if fact.stale}
    if old:
        verdict = verdict_of(replace(facts, **old))
    # A status with an unknown word is no better than one that could not be read.
    unclear = bool(text(facts.status.value, "value")) and verdict.state.source != "status"
    # A pause is what the status says, whatever the other sources say.
    decisive = ("status",) if verdict.kind is Kind.PAUSED and verdict.state.source == "list" else _DECISIVE
    failed = unclear or any(known[name].error for name in decisive)
    sure = verdict.kind is Kind.PAUSED and verdict.state.source == "status"
    return verdict._replace(kind=Kind.UNKNOWN) if failed and not sure and verdict.kind in _FINE else verdict


def _failing(verdict: Verdict) -> bool:
    if verdict.kind is not Kind.UNKNOWN:
        return verdict.kind not in _FINE
    return verdict.stated or verdict.down > 0 or (verdict.failure is not None and verdict.failure.rank > Rank.GENERIC)


def _own(facts: Facts, name: str, given: str) -> str:
    record = reading.body(facts.record, "deployment")
    source = text(record, "source_account") if name == "account_name" else ""
    return given or text(facts.row.value, name) or text(record, name) or source


def _change(blame: Blame) -> BlamedChange | None:
    if blame.revision is None:
        return None
    paths = tuple(said(jq_path(each.path), 300) for each in blame.changes)
    previous = blame.previous.key if blame.previous is not None else None
    author, message = said(blame.revision.author, 60), said(blame.revision.message, 200)
    return BlamedChange(blame.revision.key, previous, paths, f"{sentences.change(blame)}.", author, message)


def _after(facts: Facts, verdict: Verdict, blame: Blame) -> str:
    """Return what is known about the change, as a further sentence; empty if there is nothing to say."""
    if verdict.kind in BLAMELESS:
        return ""
    after = sentences.change(blame) if blame.revision else sentences.no_change(blame, revisions_of(facts))
    return f" {after}." if after else ""


def _place_in_spec(facts: Facts, failure: Failure | None) -> Place:
    """Return where the spec of the current revision configures what fails."""
    for revision in revisions_of(facts)[:1] if failure is not None else ():
        fact = facts.specs.get(revision.key, MISSING)
        document = spec_of(fact.value if fact.known else revision.spec)
        if document is not None and failure is not None:
            return place_of(failure.workload, failure.container, document)
    return Place()


def _place(kind: Kind, failure: Failure) -> LogPlace | None:
    workload, container = said(failure.workload.name, 120), said(failure.container, 80)
    if (found := sentences.proof(failure)) is not None:
        log, line = found[0], found[1].line
        ns = reading.nanoseconds(line.time, line.at) if line.at is not None else 0
        return LogPlace(workload or said(log.workload, 120), container or said(log.container, 80), ns, said(line.text))
    if kind not in EXPLAINED_BY_LOGS or not workload:
        return None
    began = failure.onset.shown if failure.onset is not None else None
    return LogPlace(workload, container, reading.nanoseconds("", began) if began is not None else 0, "")


# ---- evidence


def _evidence(facts: Facts, verdict: Verdict, blame: Blame) -> Iterator[Evidence]:
    row, status = text(facts.row.value, "status"), text(facts.status.value, "value")
    if status:
        reason, details = text(facts.status.value, "reason"), text(facts.status.value, "details")
        # `ready` says no more than `active` and the details do.
        cause = f" ({reason})" if reason.lower() not in ("", "ready", status.lower()) else ""
        yield Evidence("status", None, said("; ".join(part for part in (status + cause, details) if part)))
    elif row:
        yield Evidence("list", None, said(row))
    failure = verdict.failure
    if failure is not None:
        yield from _of_failure(failure)
        if described := instructions(guidance(facts, failure))[1]:
            yield Evidence("status", None, said(described))
    elif verdict.kind is Kind.UNKNOWN and (event := last_warning(verdict.situation)) is not None:
        yield Evidence("events", event.first, said(f"{event.reason}: {event.message}"))
    error = text(reading.body(facts.record, "deployment"), "error_message")
    stated = error in text(facts.status.value, "details") or error == text(facts.status.value, "error_message")
    if error and not stated and verdict.state.phase in (Phase.FAILED, Phase.CANCELED):
        yield Evidence("record", None, said(error))
    if (trouble := verdict.trouble) is not None and trouble.quote is not None:
        yield from _around(trouble.quote)
    elif trouble is not None and trouble.requests is None:
        yield Evidence(trouble.source, None, said(f"{trouble.url} not ready: {trouble.words}"))
    for alert in firing(facts):
        yield Evidence("alerts", alert.since, said(alert.title))
    if blame.revision is not None:
        yield Evidence("history", blame.revision.deployed, said(_deployed(blame.revision)))
        for each in blame.changes[:_MOST_EVENTS]:
            yield Evidence("spec", blame.revision.deployed, said(jq_path(each.path), 300))
        if blame.hidden:
            yield Evidence("spec", blame.revision.deployed, _HIDDEN)
    if verdict.state.source in ("record", "history"):
        yield Evidence(verdict.state.source, None, said(verdict.state.word))
    judged = blame.revision is None and blame.state is not ChangeState.UNREAD
    for revision in blame.examined if judged else ():
        yield Evidence(
            "history", revision.deployed, said(f"{_deployed(revision)}; its changes do not explain the problem")
        )


def _deployed(revision: Revision) -> str:
    by = f" by {revision.author}" if revision.author else ""
    return f"{revision.title} was deployed{by}{f': “{revision.message}”' if revision.message else ''}"


def _of_failure(failure: Failure) -> Iterator[Evidence]:
    """Yield what each signal says; those that say the same are one line, which names their sources."""
    groups: dict[object, list[Signal]] = {}
    for signal in failure.signals:
        # Alerts are listed below, including those about something else.
        if signal.source != "alerts":
            same = groups.setdefault((signal.kind, signal.meaning.row or signal.text), [])
            same.append(signal)
    events = 0
    for same in groups.values():
        best = max(same, key=lambda signal: (signal.source != "record", len(signal.text)))
        events += best.source == "events"
        if best.source == "events" and events > _MOST_EVENTS:
            continue
        others = sorted({signal.source for signal in same} - {best.source})
        times = f" ({best.times} times)" if best.times > 1 else ""
        also = f" (also in {joined(others)})" if others else ""
        yield Evidence(best.source, best.first, f"{said(best.text)}{times}{also}")
    if (quote := sentences.quote_of(failure)) is not None:
        yield from _around(quote)
    for other in failure.others[:_MOST_OTHERS]:
        if other.signals and other.kind is not Kind.UNKNOWN:
            began = other.onset.shown if other.onset else None
            yield Evidence(other.signals[0].source, began, said(sentences.also(other)))


def _around(quote: Quote) -> Iterator[Evidence]:
    """Yield the line that is quoted and those around it."""
    for line, text_ in quote.around:
        yield Evidence("logs", line.at, said(text_))


def _conflicts(facts: Facts, verdict: Verdict) -> Iterator[Conflict]:
    state, failure = verdict.state, verdict.failure
    for claim in state.claims[1:]:
        first = state.claims[0]
        # The list and the record have the same word for a failure and for a suspension (platform.md §13.7).
        suspended = verdict.kind is Kind.BILLING and claim.phase is Phase.FAILED
        moving = Phase.MOVING in (first.phase, claim.phase)
        last_known = first.phase is Phase.UNREACHABLE and claim.phase is Phase.HEALTHY
        agree = claim.phase is first.phase or suspended or moving or last_known
        if not (agree or _outdated(facts, claim, first)):
            text_ = f"{first.source} says {first.word}; {claim.source} says {claim.word}"
            yield Conflict((first.source, claim.source), said(text_))
    against: list[str] = []
    for workload in verdict.situation.cluster if state.phase is Phase.HEALTHY else ():
        restarts = failure is not None and workload.name == failure.workload.name
        against += [
            f"{each.name or workload.name} {each.restarted or 'is not ready'}"
            for each in workload.containers
            if not workload.is_job and (not each.ready or (restarts and each.restarts))
        ]
    ready = replicas_of(facts)
    if state.phase is Phase.HEALTHY and ready is not None and ready[0] < ready[1]:
        against.append("{:,} of {:,} replicas of the agent are ready".format(*ready))
    if state.phase is not Phase.HEALTHY and failure is not None and failure.rank > Rank.GENERIC:
        against += [f"the observed pod {failure.workload.pod} is ready"] if failure.workload.ready else []
    for what in against:
        yield Conflict((state.source, "runtime"), said(f"{state.source} says {state.word}; {what}"))


def _outdated(facts: Facts, old: Claim, new: Claim) -> bool:
    """Whether a claim is so much older than another that the state may have changed in between."""
    before, after = (getattr(facts, "row" if each.source == "list" else each.source).read_at for each in (old, new))
    return before is not None and after is not None and after - before > _OUTDATED


def _unread(facts: Facts) -> Iterator[Unread]:
    read: list[tuple[str, str, Fact]] = [(_NAMES.get(name, name), "", getattr(facts, name)) for name in _SOURCES]
    read += [("logs", "", log.lines) for log in facts.logs]
    read += [("spec", f"revision {key}: ", fact) for key, fact in facts.specs.items()]
    for source, about, fact in read:
        if fact.error:
            yield Unread(source, said(f"{about}{fact.error}"), fact.since, fact.read_at if fact.known else None)


def _argument(facts: Facts) -> str:
    account = _own(facts, "account_name", facts.account)
    agent = facts.agent or _own(facts, "id", facts.deployment_id) or text(facts.row.value, "name")
    return said(f"{account}/{agent}" if account else agent, 160)
