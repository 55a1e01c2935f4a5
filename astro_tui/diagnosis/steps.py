"""What to do next: every problem has a step that the user can take."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator, Mapping
from functools import cache

from astro_tui.diagnosis import reading, sentences
from astro_tui.diagnosis.blame import BLAMELESS, Blame
from astro_tui.diagnosis.cluster import Revision, revisions_of
from astro_tui.diagnosis.facts import Facts
from astro_tui.diagnosis.failures import Failure, Verdict
from astro_tui.diagnosis.reading import text
from astro_tui.diagnosis.result import EXPLAINED_BY_LOGS, ChangeState, Kind, NextStep, Rank
from astro_tui.diagnosis.sentences import capital, filled, said
from astro_tui.diagnosis.spec_changes import Changed, Place, Way
from astro_tui.diagnosis.tables import table
from astro_tui.diagnosis.words import Match, tables
from astro_tui.document import jq_path
from astro_tui.text.times import joined

_TAIL = 100
"""How many of the last lines of a log a step shows: those of the newest run."""
_SENTENCES = re.compile(r"(?<=[.!?])\s+(?=[A-Z\"'`])")
_PARTS = re.compile(r"[\w-]+(?:\.[\w-]+)*(?=\.\w)")
"""The parts of a spec that a sentence is about: what both sentences are about is said once."""
_LONGEST = 300


def next_steps(facts: Facts, verdict: Verdict, blame: Blame, place: Place, agent: str) -> Iterator[NextStep]:
    """Yield what to do, the most useful step first; nothing only if there is no problem."""
    agent = shlex.quote(agent)
    failure = verdict.failure
    known = {"agent": agent, "part": place.part, "memory": place.memory or f"{place.part}.resources.memory_limit"}
    if verdict.kind is Kind.NONE:
        return
    revisions = revisions_of(facts)
    if verdict.kind is Kind.CANCELED and len(revisions) > 1:
        yield from _roll_back(revisions[1], agent)
    if blame.revision is not None and blame.previous is not None:
        yield from _roll_back(blame.previous, agent)
    match = _match(verdict.kind, failure) if failure is not None else _match_of_requests(verdict)
    remedy = _remedy(facts, verdict, match, known)
    yield remedy
    todo = instructions(guidance(facts, failure))[0] if failure is not None else ""
    if todo and not any(part in remedy.text for part in _PARTS.findall(todo)):
        yield NextStep(said(todo, _LONGEST))
    # A rollback is how to get an older image.
    edits = tuple(each for each in blame.changes if each.aspect != "image")
    if not all(_key_path(each) in remedy.text for each in edits):
        yield NextStep(f"Or change only what broke it: {_undone(edits)}")
    if len(revisions) > 1 or not facts.history.error:
        yield from _changes(blame, agent, blameless=verdict.kind in BLAMELESS)
    if failure is not None and verdict.kind in EXPLAINED_BY_LOGS and failure.workload.name:
        name = shlex.quote(said(failure.workload.name, 120))
        container = f" --container {shlex.quote(said(failure.container, 80))}" if failure.container else ""
        yield NextStep(
            f"Read the newest run in the log of {sentences.who(failure.workload, failure.container)}.",
            f"astro-tui logs {agent} --workload {name}{container} --tail {_TAIL}",
            "deployment.logs",
        )


def _roll_back(previous: Revision, agent: str) -> Iterator[NextStep]:
    if not previous.failed and isinstance(previous.key, int):
        text = f"Roll back to revision {previous.key}, which ran before."
        yield NextStep(text, f"astro-tui rollback --to {previous.key} {agent}", f"deployment.actions b {previous.key}")


def _changes(blame: Blame, agent: str, *, blameless: bool) -> Iterator[NextStep]:
    revision, previous = blame.revision, blame.previous
    if revision is not None and previous is not None:
        numbered = isinstance(revision.key, int) and isinstance(previous.key, int)
        command = f"astro-tui diff {agent} {previous.key} {revision.key}" if numbered else None
        yield NextStep(f"See what {said(revision.title, 80)} changed.", command, "deployment.diff")
    elif blame.state is ChangeState.UNREAD and not blameless:
        yield NextStep("See what changed lately.", f"astro-tui diff {agent}", "deployment.diff")


def _remedy(facts: Facts, verdict: Verdict, match: Match | None, known: Mapping[str, str]) -> NextStep:
    """Return what to change: what a row says about the cause, else what is usual for its kind."""
    if match is not None:
        names = {name: said(value, 80) for name, value in match.names.items() if value}
        explained = match.row.sentence if match.row in tables().programs.rows else ""
        return NextStep(capital(filled(f"{explained} {match.row.next}", {**names, **known})))
    lacking = verdict.failure is None or verdict.failure.rank <= Rank.GENERIC
    key = sentences.key_of(verdict)
    if verdict.kind is Kind.UNKNOWN and verdict.unread and lacking:
        failed = [fact for fact in (facts.row, facts.status, facts.record, facts.runtime, facts.events) if fact.error]
        key = "refused" if failed and all(fact.refused for fact in failed) else "unread"
    elif verdict.stated and lacking:
        key = "stated"
    usual = table("blame")["kinds"][key]
    known = {**known, "unread": f"the {joined(list(verdict.unread))}"}
    command = usual.get("command")
    return NextStep(capital(filled(usual["next"], known)), command and filled(command, known), usual.get("keys", ""))


def _match(kind: Kind, failure: Failure) -> Match | None:
    """Return the row with a remedy about the line that is quoted, else about what the registry or the cluster says."""
    signals = [signal for signal in failure.signals if signal.kind is kind or kind is Kind.UNKNOWN]
    quote = sentences.quote_of(failure)
    # What a program logs matters less if it ran out of memory, or if a probe killed it.
    ended = kind in (Kind.CRASH, Kind.JOB, Kind.UNKNOWN) or not signals or sentences.is_quoted(kind, quote)
    found = [quote.match] if ended and quote is not None else []
    if kind is Kind.IMAGE:
        found += [tables().registries.first(signal.text) for signal in signals]
    found += [Match(signal.meaning.row, signal.text, {}) for signal in signals if signal.meaning.row is not None]
    for match in found:
        if match is not None and match.row.next:
            return tables().rules.first(match.words) or match if match.row in tables().rules.rows else match
    return None


def _match_of_requests(verdict: Verdict) -> Match | None:
    """Return the row about what failed requests have logged."""
    trouble = verdict.trouble
    return tables().programs.first(trouble.words) if trouble is not None and trouble.requests is not None else None


def _key_path(change: Changed) -> str:
    return said(jq_path(change.path), 120).lstrip(".")


def _undone(changes: tuple[Changed, ...]) -> str:
    parts = []
    for each in changes[:3]:
        path = _key_path(each)
        plain = isinstance(each.old, int | float) or (
            isinstance(each.old, str) and each.way in (Way.RAISED, Way.LOWERED)
        )
        if each.way is Way.REMOVED:
            parts.append(f"set {path} again")
        elif each.way is Way.ADDED:
            parts.append(f"correct or remove {path}")
        else:
            parts.append(f"set {path} back to {said(str(each.old), 60)}" if plain else f"correct {path}")
    return f"{', '.join(parts)}, and deploy again."


# ---- what the platform advises


def guidance(facts: Facts, failure: Failure) -> str:
    """Return what the platform advises for the workload that fails, or an empty string."""
    for name in ("failed_on", "waiting_on"):
        for issue in reading.objects(facts.status.value, name):
            advice = text(issue, "guidance")
            if advice and failure.workload.name in ("", text(issue, "workload")):
                return advice
    return ""


@cache
def _instruction() -> re.Pattern[str]:
    advice = table("blame")["advice"]
    return re.compile(advice["form"].replace("VERBS", "|".join(advice["verbs"].split())), re.IGNORECASE)


def instructions(advice: str) -> tuple[str, str]:
    """Return the sentences of the platform that say what to do, and those that only describe; either may be empty."""
    todo: list[str] = []
    described: list[str] = []
    for sentence in _SENTENCES.split(" ".join(advice.split())):
        (described if _instruction().match(sentence) is None else todo).append(sentence)
    return " ".join(todo), " ".join(described)
