"""What a diagnosis says: cause, change, evidence, and next steps, in words that a tired engineer understands.

`kinds.toml` has the sentences of each kind, and `blame.toml` those about a deployment as a whole.
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator, Mapping
from datetime import timedelta
from functools import cache, lru_cache

from astro_tui.diagnosis import account
from astro_tui.diagnosis.observe import last_deploy
from astro_tui.diagnosis.peers import FailingHost, failing_host
from astro_tui.diagnosis.tables import CAUSE, HOLES, Kind, Match, Rank, Row, Tables, exit_code, form, kinds, table
from astro_tui.diagnosis.values import (
    SOURCES,
    AgentVariable,
    Blame,
    BlamedChange,
    Changed,
    ChangeState,
    Claim,
    Conflict,
    Diagnosis,
    Evidence,
    Fact,
    Facts,
    Failure,
    Finding,
    LogPlace,
    NextStep,
    Observations,
    Phase,
    Place,
    Quote,
    Revision,
    Unread,
    Verdict,
    Way,
    Workload,
    workload_name,
)
from astro_tui.document import jq_path
from astro_tui.logs.line import nanoseconds
from astro_tui.platform.status_words import WORDS, StatusMeaning
from astro_tui.text.redaction import masked_line, number_is_secret, secret_reason
from astro_tui.text.times import counted, joined, of_capacity, span

LONGEST = 240
"""The most characters that are quoted from a text."""
_QUOTED = 320
_AMOUNTS = frozenset({"memory", "memory limit", "cpu", "cpu limit", "gpu", "replicas"})
_VALUE = 80
"""The most characters of a value that is shown."""
_SHORT = 60
_READ = 1000
"""How many characters of a text are read."""
_SECTIONS = ("knowledge", "ingestion", "integration", "model", "tool")
"""Sections of a spec whose entries are workloads."""
_LONG_BEGINNING = 12
_VERB = re.compile(r"^(?:is|was) ")
_TAIL = 100
"""How many of the last lines of a log a step shows: those of the newest run."""
_SENTENCES = re.compile(r"(?<=[.!?])\s+(?=[A-Z\"'`])")
_PARTS = re.compile(r"[\w-]+(?:\.[\w-]+)*(?=\.\w)")
"""The parts of a spec that a sentence is about: what both sentences are about is said once."""
_LONGEST_ADVICE = 300
_NAMES = {"row": "list", "peers": "network"}
_HIDDEN = "the platform keeps no old variables, resources, storage, or access, so it may have changed these, too"
_OUTDATED = timedelta(seconds=10)
_MOST_EVENTS = 3
_MOST_OTHERS = 3


@lru_cache(maxsize=1024)
def said(value: str, limit: int = LONGEST) -> str:
    """Return text from the platform as one line with secrets masked.

    A long one is cut in the middle: the end often has what matters, as in `dial tcp …: i/o timeout`.
    """
    line = masked_line(" ".join(value.split()), _READ)
    if len(line) <= limit or limit <= _SHORT:
        return line if len(line) <= limit else f"{line[: limit - 1]}…"
    end = limit // 3
    return f"{line[: limit - end - 1].rstrip()}…{line[-end:].lstrip()}"


def short_name(workload: Workload) -> str:
    """Return the name of a workload in a table: `agent`, `knowledge cases`, or its own name."""
    component = workload.component
    for section in _SECTIONS:
        own = component.removeprefix(f"{section}-") if component.startswith(f"{section}-") else ""
        if component == section:
            own = workload.name.partition(f"-{section}-")[2]
        if own:
            return f"{section} {said(own, _SHORT)}"
    if not component and workload.is_job and "-ingestion-" in workload.name:
        return f"ingestion {said(workload_name(workload.name.partition('-ingestion-')[2]), _SHORT)}"
    if not component and workload.name.endswith("-agent"):
        return "agent"
    return said(component or workload.name or "agent", _SHORT)


def who(workload: Workload, container: str) -> str:
    """Return what people call a workload: `the agent`, `the knowledge store cases`, `the container x of the agent`."""
    name = short_name(workload)
    if name in ("agent", "collector") or name.split(" ")[0] in _SECTIONS:
        name = f"the {name.replace('knowledge ', 'knowledge store ', 1)}"
    main = not container or container in ("app", workload.component, workload.name) or len(workload.containers) < 2
    return name if main else f"the container {said(container, _SHORT)} of {name}"


def worded(verdict: Verdict, blame: Blame, place: Place) -> Diagnosis:
    """Return a diagnosis. `place` is where the spec of the current revision configures what fails."""
    seen, facts = verdict.seen, verdict.seen.facts
    failure = verdict.failure if verdict.kind.known else None
    reason = failure.reason if failure is not None else seen.stated.reason
    host = _host(verdict, blame)
    return Diagnosis(
        deployment_id=said(seen.names.key, 80),
        account=said(seen.names.account, 80),
        name=said(seen.names.name, 80),
        status=said(seen.stated.status or seen.stated.listed or verdict.state.word, 40),
        kind=verdict.kind,
        cause=f"{cause(verdict, place.limit)}{f'; {host.words}' if host else ''}.",
        after=_after_cause(verdict, blame),
        headline=f"{headline(verdict, place.limit, blame, host)}.",
        workload=said(failure.workload.name, 120) if failure else "",
        container=said(failure.container, 80) if failure else "",
        reason=said(reason, 80) if verdict.kind.known and verdict.kind.row.next else "",
        began=failure.onset.shown if failure and failure.onset else None,
        or_earlier=bool(failure and failure.onset and failure.onset.or_earlier),
        evidence=(*evidence(verdict, blame), *([Evidence("network", None, host.details)] if host else [])),
        change=_blamed(blame),
        change_state=blame.state,
        conflicts=tuple(conflicts(verdict)),
        unread=(*unread(facts), *_also_unread(verdict, blame)),
        made=facts.now,
        oldest=min((at for name in SOURCES[1:] if (at := getattr(facts, name).read_at) is not None), default=None),
        next_steps=tuple(next_steps(verdict, blame, place, host)),
        list_only=verdict.list_only,
        replicas=seen.replicas,
        failing=_failing_at_all(verdict),
        rolled_back_from=said(left.build, 100) if (left := seen.rolled_back) else "",
        rolled_back_to=said(seen.revisions[0].build, 100) if left else "",
        wanted=blame.wanted,
        place=_place(verdict.kind, failure) if failure else None,
    )


def unread(facts: Facts) -> Iterator[Unread]:
    """Yield the sources that could not be read."""
    read: list[tuple[str, str, Fact]] = [(_NAMES.get(name, name), "", getattr(facts, name)) for name in SOURCES]
    read += [("logs", "", log.lines) for log in facts.logs]
    read += [("spec", f"revision {key}: ", fact) for key, fact in facts.specs.items()]
    for source, about, fact in read:
        if fact.error:
            yield _unread(source, fact, about)


def _unread(source: str, fact: Fact, about: str = "") -> Unread:
    return Unread(source, said(f"{about}{fact.error}"), fact.since, fact.read_at if fact.known else None)


def _also_unread(verdict: Verdict, blame: Blame) -> Iterator[Unread]:
    """Yield what would explain the failure and could not be read."""
    wanted = [("variables", account.can_explain(match_of(verdict))), ("peers", may_be_a_host(verdict, blame))]
    for name, matters in wanted:
        fact: Fact = getattr(verdict.seen.facts, name)
        if matters and fact.error:
            yield _unread(_NAMES.get(name, name), fact)


def may_be_a_host(verdict: Verdict, blame: Blame) -> bool:
    """Whether a host that fails the agent's requests may explain a failure: nothing else that was read does."""
    failure, trouble = verdict.failure, verdict.trouble
    quote = failure.quote if failure is not None else trouble.quote if trouble is not None else None
    explained = (quote is not None and quote.rank == CAUSE) or blame.revision is not None or bool(_edited(verdict))
    return _failing_at_all(verdict) and kinds()[key_of(verdict)].calls and not explained


def _host(verdict: Verdict, blame: Blame) -> FailingHost | None:
    """Return the host that explains a failure, or None."""
    return failing_host(verdict.seen.facts) if may_be_a_host(verdict, blame) else None


def _failing_at_all(verdict: Verdict) -> bool:
    if verdict.kind.known:
        return not verdict.kind.row.fine
    return verdict.stated or verdict.down > 0 or (verdict.failure is not None and verdict.failure.rank > Rank.GENERIC)


def _blamed(blame: Blame) -> BlamedChange | None:
    if blame.revision is None:
        return None
    paths = tuple(said(jq_path(each.path), 300) for each in blame.changes)
    previous = blame.previous.key if blame.previous is not None else None
    author, message = said(blame.revision.author, 60), said(blame.revision.message, 200)
    return BlamedChange(blame.revision.key, previous, paths, f"{change(blame)}.", author, message)


def _after_cause(verdict: Verdict, blame: Blame) -> str:
    """Return what is known about the change, as a further sentence; empty if there is nothing to say."""
    if verdict.kind.row.blameless:
        return ""
    variables = _edited(verdict)
    deployed = last_deploy(verdict.seen.facts)
    parts = [account.edited_words(variables, deployed, verdict.seen.now)] if variables else []
    if blame.revision is not None or not variables:
        parts.append(change(blame) if blame.revision else no_change(blame, verdict.seen))
    return "".join(f" {part}." for part in parts if part)


def _edited(verdict: Verdict) -> list[AgentVariable]:
    """Return the edited variables of the account that can explain a failure."""
    failure, trouble = verdict.failure, verdict.trouble
    words = failure.text if failure is not None else trouble.words if trouble is not None else ""
    return account.explaining(verdict.seen.facts, match_of(verdict), words)


def _place(kind: Kind, failure: Failure) -> LogPlace | None:
    workload, container = said(failure.workload.name, 120), said(failure.container, 80)
    if (proof := failure.proof) is not None:
        log, line = proof[0], proof[1].line
        place = workload or said(log.workload, 120), container or said(log.container, 80)
        return LogPlace(*place, nanoseconds(line.time), said(line.text))
    if not kind.row.logged or not workload:
        return None
    began = failure.onset.shown if failure.onset is not None else None
    return LogPlace(workload, container, int(began.timestamp()) * 10**9 if began is not None else 0, "")


# ---- causes


def cause(verdict: Verdict, limit: str) -> str:
    """Return what is wrong, without a final period. `limit` is the memory limit, or empty."""
    if verdict.failure is not None and verdict.kind.known:
        sentence = _failing(key_of(verdict), verdict.failure, limit)
    else:
        sentence = _whole(verdict)
    return capital(sentence) if sentence.startswith("the ") else sentence


def _further(failure: Failure) -> str:
    """Return a further failure, besides the cause, as a line of evidence."""
    return f"also: {_failing(str(failure.kind), failure, '')}"


def key_of(verdict: Verdict) -> str:
    """Return the row of `kinds.toml` that a verdict has."""
    failure = verdict.failure
    if verdict.trouble is not None and verdict.trouble.requests is not None:
        return "requests" if verdict.trouble.requests.stated else "calls"
    stated = failure is not None and any(log.quote and log.quote.states for log in failure.spoken)
    ended = failure is not None and not stated and _code(failure) == 0
    return (verdict.kind.row.clean if ended else "") or str(verdict.kind)


def _failing(key: str, failure: Failure, limit: str) -> str:
    """Return the sentence about a failure: that of the row that says the most about it, or the usual one."""
    own = next((row.sentence for row in _rows(failure)), "")
    says = own or kinds()[key].says
    name, code = who(failure.workload, failure.container), _code(failure)
    names = {
        "who": name,
        "limit": f" (limit {said(limit, _SHORT)})" if limit else "",
        "code": f" with exit code {code}" if code is not None else "",
    }
    sentence = filled(says if "{who}" in says else f"{{who}} {says}", names)
    # What was killed for its memory has nothing to say about it.
    quoted = "" if failure.kind.row.silent and not own else _after(_words(failure))
    if failure.replicas is not None and failure.replicas[1] > 1:
        # Those that are not ready may have other problems: the platform names one pod of each workload.
        ready = "{:,} of {:,} replicas ready".format(*failure.replicas)
        sentence = f"{sentence[:-1]}; {ready})" if sentence.endswith(")") else f"{sentence} ({ready})"
    return f"{sentence}{quoted}"


def headline(verdict: Verdict, limit: str, blame: Blame, host: FailingHost | None) -> str:
    """Return the cause for one line of a list, the most telling words first: `Out of memory (4Gi) since rev 8`."""
    brief, words = _brief(verdict, limit)
    revision = blame.revision
    if brief and (variables := _edited(verdict)):
        verb = variables[0].change(last_deploy(verdict.seen.facts))[0]
        brief = f"{brief}; {said(variables[0].ref, _SHORT)} was {verb} after the last deploy"
    elif brief and revision is not None and isinstance(revision.key, int):
        changes = ", ".join(_in_brief(each) for each in blame.changes[:2])
        brief = f"{brief} since rev {revision.key} ({changes})"
    if host is not None:
        return f"{brief or cause(verdict, limit)}; {host.words}"
    return f"{brief}{_after(said(words))}" if brief else cause(verdict, limit)


def _brief(verdict: Verdict, limit: str) -> tuple[str, str]:
    """Return a cause in a few words, and what was said about it; both are empty for a state without a failure."""
    failure, trouble = verdict.failure, verdict.trouble
    brief = kinds()[key_of(verdict)].brief
    if trouble is not None and brief:
        requests = trouble.requests
        numbers = {"number": str(requests.failed), "total": str(requests.total)} if requests is not None else {}
        return capital(filled(brief, numbers)), trouble.words
    if verdict.kind is Kind.BILLING:
        return brief, ""
    if failure is None or not verdict.kind.known:
        return "", ""
    name, code = short_name(failure.workload), _code(failure)
    own = next((row.sentence for row in _rows(failure)), "")
    says = _VERB.sub("", own) or brief
    names = {
        "who": who(failure.workload, ""),
        "name": name,
        "limit": f" ({said(limit, _SHORT)})" if limit else "",
        "code": f" (exit code {code})" if code is not None else "",
    }
    where = "" if name == "agent" or "{who}" in says or "{name}" in says else f" in {name}"
    return f"{capital(filled(says, names))}{where}", "" if failure.kind.row.silent else _words(failure)


def _in_brief(each: Changed) -> str:
    """Return a change without its path: `MAIL_BATCH_SIZE 50 → 2000`."""
    names = [step for step in each.path if isinstance(step, str) and step not in ("value", "ref")]
    name = each.aspect if each.aspect in _AMOUNTS else said(names[-1] if names else "spec", _SHORT)
    values = _values(each) if None not in (each.old, each.new) else ""
    return f"{name} {values or each.way}"


def _rows(failure: Failure) -> list[Row]:
    """Return the rows about the kind of a failure that its findings match."""
    rows = (finding.meaning.row for finding in failure.findings if finding.kind is failure.kind)
    return [row for row in rows if row is not None]


def filled(sentence: str, values: Mapping[str, str]) -> str:
    """Return a sentence with its holes filled in; what is not known is called by its name."""
    return HOLES.sub(lambda hole: values.get(hole[1], f"the {hole[1]}"), sentence).strip()


def _after(words: str) -> str:
    return f": {words}" if words else ""


def _code(failure: Failure) -> int | None:
    return next((code for finding in failure.findings if (code := exit_code(finding.text)) is not None), None)


def _words(failure: Failure) -> str:
    """Return what the log says about the end, else the message that says the most about this kind of failure."""
    kind = failure.kind.row
    rows = [(each, each.meaning.row) for each in failure.findings if each.meaning.row is not None]
    if blocked := next((finding for finding, row in rows if row.about == "blocked"), None):
        return _plain_of(blocked) if blocked.event is None else ""
    texts = [finding for finding in failure.findings if finding.kind is failure.kind and finding.rank == failure.rank]
    quote = failure.quote
    words = _quoted(quote) if quote is not None else ""
    if quote is not None and (kind.program or (quote.states and not texts)):
        reason = next((f"{_plain_of(each)}; " for each, row in rows if kind.program and not kind.ends and row.next), "")
        if not quote.states:
            return f"{reason}its log names no reason and ends with “{words}”"
        return words if any(log.quote is quote for log in failure.spoken) else f"{reason}its log says “{words}”"
    if kind.program and kind.ends:
        return next((_plain_of(finding) for finding, row in rows if row.about), "")
    texts = [each for each in texts if each.event is not None] or texts
    if not texts:
        return ""
    told = _plain_of(max(texts, key=lambda finding: len(finding.text)))
    heard = words if is_quoted(failure.kind, quote) else _other_port(failure, told)
    return f"{told}; its log says “{heard}”" if heard else told


def _other_port(failure: Failure, told: str) -> str:
    """Return the line in which a program says that it listens on another port than the one that is probed, if any."""
    probed = form("port").search(told) if failure.kind.row.proof == "phrase" and "refused" in told else None
    for line in reversed([line for log in failure.logs for line in log.lines]) if probed is not None else ():
        port = form("port").search(line.text) if form("listens").search(line.text) else None
        if port is not None and probed is not None:
            return said(line.text, _QUOTED) if port[1] != probed[1] else ""
    return ""


def is_quoted(kind: Kind, quote: Quote | None) -> bool:
    """Whether a log says why a probe fails."""
    return kind.row.proof == "phrase" and quote is not None and quote.proves(kind)


def _quoted(quote: Quote) -> str:
    """Return a quote, shortened but with its known phrase."""
    line = said(quote.text, _READ)
    at = line.find(quote.match.words) if quote.match is not None else -1
    if len(line) > _QUOTED and _QUOTED // 2 < at < len(line) - _QUOTED // 3:
        line = f"{line[: _QUOTED // 3].rstrip()}…{line[at - _SHORT : at + _QUOTED // 2].strip()}…"
    return said(line, _QUOTED + 2).rstrip(".:; ")


def _plain_of(finding: Finding) -> str:
    return said(_plain(finding.event.message if finding.event is not None else finding.text), LONGEST).rstrip(".:; ")


def _plain(message: str) -> str:
    """Return a message from the cluster without the boilerplate around the cause."""
    if match := form("pull").search(message):
        rest = form("boilerplate").sub("", match[2]).removeprefix(f"{match[1]}: ")
        return f"{match[1]}: {rest}" if rest else match[1]
    head, _colon, tail = message.partition(" probe failed: ")
    if tail and len(head) < 12:
        return tail
    return form("boilerplate").sub("", message.rpartition("unable to start container process: ")[2])


def _whole(verdict: Verdict) -> str:
    """Return what is said about a deployment as a whole, or about a failure of unknown kind."""
    state, failure, trouble = verdict.state, verdict.failure, verdict.trouble
    if trouble is not None:
        requests = trouble.requests
        number = "all" if requests is None or requests.failed == requests.total else str(requests.failed)
        total = str(requests.total) if requests is not None else ""
        values = {"number": number, "total": total, "url": said(trouble.url, 100)}
        says = filled(kinds()[key_of(verdict)].says, values)
        return f"{says}{_after(said(trouble.words, _QUOTED).rstrip('.:; '))}"
    age, event = verdict.seen.rollout_age, verdict.seen.last_warning
    error, word = said(state.error, 160).rstrip("."), said(state.word, 40)
    nothing = "; no reason was reported" if state.phase is Phase.FAILED else "; no problem was reported"
    # The platform's own words can be the reason, except if they only count workloads.
    nothing = "" if error and not form("count").search(error) and state.phase is Phase.FAILED else nothing
    values = {
        "source": state.source,
        "word": word,
        "age": span(age.total_seconds()) if age is not None else "an unknown length of time",
        "claim": f"Failed: {error}" if error else f"The {state.source} says {word}",
        "warning": f"; the cluster says {said(f'{event.reason}: {event.message}').rstrip('.')}" if event else nothing,
        "unread": joined(list(verdict.unread)),
        "total": str(verdict.down),
        "who": who(failure.workload, failure.container) if failure else "",
        "words": said(failure.findings[0].text, 120) if failure and failure.findings else "",
    }
    sentence, stop = _state_of(verdict), account.stop_of(verdict.seen.facts.billing)
    by = said(account.behind(verdict.seen.facts, sentence), _SHORT)
    values |= {"by": f" by {by}" if by else "", "user": by or "a user", "stop": stop.why if stop is not None else ""}
    return filled(table("blame")["states"][sentence], values)


def _state_of(verdict: Verdict) -> str:
    """Return the key of `[states]` in `blame.toml` that a verdict has."""
    phase, kind = verdict.state.phase, verdict.kind
    if not kind.row.next:
        removing = "removed" if WORDS.get(verdict.state.word) is StatusMeaning.REMOVED else "removing"
        alone = "listed" if verdict.list_only else "none"
        return alone if verdict.list_only else {Phase.REMOVING: removing, Phase.MOVING: "deploying"}.get(phase, alone)
    if kind is Kind.BILLING and account.stop_of(verdict.seen.facts.billing) is not None:
        return "stopped"
    if kind.known:
        return str(kind)
    if verdict.failure is not None and verdict.failure.rank > Rank.GENERIC:
        return "failing"
    if verdict.down:
        return "down"
    if phase is Phase.FAILED and verdict.list_only:
        return "failed listed"
    if phase in (Phase.HEALTHY, Phase.PAUSED) and verdict.unread:
        return "unread"
    return str(phase) if str(phase) in table("blame")["states"] else "other" if verdict.state.word else "unknown"


# ---- changes


def change(blame: Blame) -> str:
    """Return what the blamed revision changed, without a final period."""
    assert blame.revision is not None  # noqa: S101  only called for a blamed revision
    parts = [_changed(each) for each in blame.changes[:3]]
    if len(blame.changes) > 3:
        parts.append(f"changed {counted(len(blame.changes) - 3, 'more value')}")
    return f"{capital(blame.revision.title)} {joined(parts)}"


def capital(text: str) -> str:
    """Return a text with a capital at its beginning."""
    return f"{text[:1].upper()}{text[1:]}"


def _changed(each: Changed) -> str:
    path, values = said(jq_path(each.path), 120), _values(each)
    if (each.way is Way.ADDED and each.name != "targets") or each.aspect == "whole":
        return f"added {path}{f' ({values})' if values else ''}"
    if each.way is Way.REMOVED and each.name != "targets":
        return f"removed {path}{f' ({values})' if values else ''}"
    amount = each.aspect in _AMOUNTS or (each.aspect == "health" and "port" not in each.name.lower())
    verb = each.way.value if amount and each.way in (Way.RAISED, Way.LOWERED) else "changed"
    return f"{verb} {path} {values}".rstrip()


def _values(each: Changed) -> str:
    """Return the old and the new value, `50 → 2000`, or the only one; empty for lists, objects, and secrets."""
    old, new = ("" if value is None else str(value) for value in (each.old, each.new))
    plain = all(value is None or isinstance(value, str | int | float) for value in (each.old, each.new))
    digits = next((value for value in (each.old, each.new) if isinstance(value, int | float)), None)
    secret = any(secret_reason(each.path, value, declared=each.secret) for value in (old, new))
    if not plain or secret or (digits is not None and number_is_secret(each.name, str(digits))):
        return ""
    if not (old and new):
        return f"was {said(old, _VALUE)}" if old else said(new, _VALUE)
    old, new = _apart(old, new)
    return f"{said(old, _VALUE)} → {said(new, _VALUE)}"


def _apart(old: str, new: str) -> tuple[str, str]:
    """Return two values without their common prefix, up to a slash or colon, if that prefix is long."""
    shared = next((place for place, pair in enumerate(zip(old, new, strict=False)) if pair[0] != pair[1]), 0)
    start = max(old.rfind(mark, 0, shared) for mark in "/:") + 1
    return (old, new) if start < _LONG_BEGINNING else (f"…{old[start - 1 :]}", f"…{new[start - 1 :]}")


def no_change(blame: Blame, seen: Observations) -> str:
    """Return why no change is blamed, without a final period; empty if there is nothing to say."""
    if not blame.why or (blame.why == "unchanged" and not seen.revisions):
        return ""
    by = account.rolled_back_by(seen) if blame.why == "undone" else ""
    key = "only" if blame.why == "unchanged" and len(seen.revisions) == 1 else "undone by" if by else blame.why
    # Of several that explain nothing, the newest one is named.
    titles = [each.title for each in blame.others[: 2 if key == "candidates" else 1]]
    return capital(filled(table("blame")["unblamed"][key], {"revisions": joined(titles, "or"), "by": by}))


# ---- what to do next


def next_steps(verdict: Verdict, blame: Blame, place: Place, host: FailingHost | None) -> Iterator[NextStep]:
    """Yield what to do, the most useful step first; nothing only if there is no problem."""
    agent = shlex.quote(said(verdict.seen.names.argument, 160))
    failure = verdict.failure
    names = {"agent": agent, "part": place.part, "memory": place.memory or f"{place.part}.resources.memory_limit"}
    if not verdict.kind.row.next:
        return
    revisions = verdict.seen.revisions
    if verdict.kind.row.undo and len(revisions) > 1:
        yield from _roll_back(revisions[1], agent)
    if blame.revision is not None and blame.previous is not None:
        yield from _roll_back(blame.previous, agent)
    if edited := _edited(verdict):
        yield account.deploy_again(agent)
    if host is not None:
        yield _usual("host", {**names, "url": host.name})
    match = match_of(verdict)
    # A key that was renewed already only has to reach the agent.
    remedy = NextStep("") if edited else _remedy(verdict, match, names)
    if remedy.text:
        yield remedy
    todo = instructions(guidance(verdict.seen, failure))[0] if failure is not None else ""
    if todo and not any(part in remedy.text for part in _PARTS.findall(todo)):
        yield NextStep(said(todo, _LONGEST_ADVICE))
    # A rollback is how to get an older image.
    edits = tuple(each for each in blame.changes if each.aspect != "image")
    if not all(_key_path(each) in remedy.text for each in edits):
        yield NextStep(f"Or change only what broke it: {_undone(edits)}")
    if len(revisions) > 1 or not verdict.seen.facts.history.error:
        yield from _changes(blame, agent, blameless=bool(verdict.kind.row.blameless))
    if failure is not None and verdict.kind.row.logged and failure.workload.name:
        name = shlex.quote(said(failure.workload.name, 120))
        container = f" --container {shlex.quote(said(failure.container, 80))}" if failure.container else ""
        yield NextStep(
            f"Read the newest run in the log of {who(failure.workload, failure.container)}.",
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


def _remedy(verdict: Verdict, match: Match | None, values: Mapping[str, str]) -> NextStep:
    """Return what to change: what a row says about the cause, else what is usual for its kind."""
    stop = account.stop_of(verdict.seen.facts.billing)
    if verdict.kind is Kind.BILLING and stop is not None:
        return NextStep(stop.remedy)
    if match is not None:
        names = {name: said(value, 80) for name, value in match.names.items() if value}
        explained = match.row.sentence if match.row in verdict.seen.tables.programs.rows else ""
        return NextStep(capital(filled(f"{explained} {match.row.next}", {**names, **values})))
    lacking = verdict.failure is None or verdict.failure.rank <= Rank.GENERIC
    key = key_of(verdict)
    if not verdict.kind.known and verdict.unread and lacking:
        facts = verdict.seen.facts
        failed = [fact for fact in (facts.row, facts.status, facts.record, facts.runtime, facts.events) if fact.error]
        key = "refused" if failed and all(fact.refused for fact in failed) else "unread"
    elif verdict.stated and lacking:
        key = "stated"
    return _usual(key, {**values, "unread": f"the {joined(list(verdict.unread))}"})


def _usual(key: str, values: Mapping[str, str]) -> NextStep:
    """Return the usual step of a row of `kinds.toml`."""
    usual = kinds()[key]
    command = filled(usual.command, values) if usual.command else None
    return NextStep(capital(filled(usual.next, values)), command, usual.keys)


def match_of(verdict: Verdict) -> Match | None:
    """Return the row that says the most about what fails."""
    if verdict.failure is not None:
        return _match(verdict.kind, verdict.failure, verdict.seen.tables)
    return _match_of_requests(verdict)


def _match(kind: Kind, failure: Failure, tables: Tables) -> Match | None:
    """Return the row with a remedy about the line that is quoted, else about what the registry or the cluster says."""
    findings = [each for each in failure.findings if each.kind is kind or not kind.known]
    quote = failure.quote
    # What a program logs matters less if it ran out of memory, or if a probe killed it.
    ended = kind.row.program or not kind.known or not findings or is_quoted(kind, quote)
    matches = [quote.match] if ended and quote is not None else []
    if kind.row.pulled:
        matches += [tables.registries.first(each.text) for each in findings]
    matches += [Match(each.meaning.row, each.text, {}) for each in findings if each.meaning.row is not None]
    for match in matches:
        if match is not None and match.row.next:
            return tables.rules.first(match.words) or match if match.row in tables.rules.rows else match
    return None


def _match_of_requests(verdict: Verdict) -> Match | None:
    """Return the row about what failed requests have logged."""
    trouble = verdict.trouble
    programs = verdict.seen.tables.programs
    return programs.first(trouble.words) if trouble is not None and trouble.requests is not None else None


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


def guidance(seen: Observations, failure: Failure) -> str:
    """Return what the platform advises for the workload that fails, or an empty string."""
    mine = (each for each in seen.issues if each.guidance and failure.workload.name in ("", each.workload))
    return next((each.guidance for each in mine), "")


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


# ---- evidence


def evidence(verdict: Verdict, blame: Blame) -> Iterator[Evidence]:
    """Yield what was used, with its source."""
    seen, stated = verdict.seen, verdict.seen.stated
    if stated.status:
        # `ready` says no more than `active` and the details do.
        told = stated.reason.lower() in ("", "ready", stated.status.lower())
        parts = (stated.status + ("" if told else f" ({stated.reason})"), stated.details)
        yield Evidence("status", None, said("; ".join(part for part in parts if part)))
    elif stated.listed:
        yield Evidence("list", None, said(stated.listed))
    if (left := seen.rolled_back) is not None:
        runs = f"{seen.revisions[0].title} runs, rolled back from {left.title}{account.rolled_back_by(seen)}"
        stored = f"build, images, and spec in the record are those of {left.title}"
        yield Evidence("history", None, said(f"{runs}; {stored}"))
    failure = verdict.failure
    if failure is not None:
        yield from _of_failure(failure)
        if described := instructions(guidance(seen, failure))[1]:
            yield Evidence("status", None, said(described))
        if failure.kind is Kind.STORAGE:
            yield from _disks(seen, failure.workload.name)
    elif not verdict.kind.known and (event := seen.last_warning) is not None:
        yield Evidence("events", event.first, said(f"{event.reason}: {event.message}"))
    error = stated.recorded_error
    repeated = error in stated.details or error == stated.error
    if error and not repeated and seen.phase in (Phase.FAILED, Phase.CANCELED):
        yield Evidence("record", None, said(error))
    if (trouble := verdict.trouble) is not None and trouble.quote is not None:
        yield from _around(trouble.quote)
    elif trouble is not None and trouble.requests is None:
        yield Evidence(trouble.source, None, said(f"{trouble.url} not ready: {trouble.words}"))
    began = failure.onset.shown if failure is not None and failure.onset else None
    yield from account.evidence(seen, began)
    for alert in seen.alerts:
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
    """Yield what each finding says; those that say the same are one line, which names their sources."""
    groups: dict[object, list[Finding]] = {}
    for finding in failure.findings:
        # Alerts are listed below, including those about something else.
        if finding.source != "alerts":
            same = groups.setdefault((finding.kind, finding.meaning.row or finding.text), [])
            same.append(finding)
    events = 0
    for same in groups.values():
        best = max(same, key=lambda finding: (finding.source != "record", len(finding.text)))
        events += best.source == "events"
        if best.source == "events" and events > _MOST_EVENTS:
            continue
        others = sorted({finding.source for finding in same} - {best.source})
        times = f" ({best.times} times)" if best.times > 1 else ""
        also = f" (also in {joined(others)})" if others else ""
        yield Evidence(best.source, best.first, f"{said(best.text)}{times}{also}")
    if (quote := failure.quote) is not None:
        yield from _around(quote)
    for other in failure.others[:_MOST_OTHERS]:
        if other.findings and other.kind.known:
            began = other.onset.shown if other.onset else None
            yield Evidence(other.findings[0].source, began, said(_further(other)))


def _disks(seen: Observations, failing: str) -> Iterator[Evidence]:
    """Yield how full the volume of the failing workload is, and each other volume that is nearly full."""
    for each in seen.cluster:
        if each.nearly_full or (each.name == failing and each.capacity > 0):
            full = f"{each.used / each.capacity:.0%} full, {of_capacity(each.used, each.capacity)}"
            yield Evidence("runtime", None, said(f"the disk of {each.name} is {full}"))


def _around(quote: Quote) -> Iterator[Evidence]:
    """Yield the line that is quoted and those around it."""
    for line, text_ in quote.around:
        yield Evidence("logs", line.at, said(text_))


def conflicts(verdict: Verdict) -> Iterator[Conflict]:
    """Yield where sources disagree."""
    state, failure = verdict.state, verdict.failure
    for claim in state.claims[1:]:
        first = state.claims[0]
        # The list and the record have the same word for a failure and for a suspension (platform.md §13.7).
        suspended = state.phase is Phase.BILLING and claim.phase is Phase.FAILED
        moving = Phase.MOVING in (first.phase, claim.phase)
        last_known = first.phase is Phase.UNREACHABLE and claim.phase is Phase.HEALTHY
        agree = claim.phase is first.phase or suspended or moving or last_known
        if not (agree or _outdated(verdict.seen.facts, claim, first)):
            text_ = f"{first.source} says {first.word}; {claim.source} says {claim.word}"
            yield Conflict((first.source, claim.source), said(text_))
    against: list[str] = []
    for workload in verdict.seen.cluster if state.phase is Phase.HEALTHY else ():
        restarts = failure is not None and workload.name == failure.workload.name
        against += [
            f"{each.name or workload.name} {each.restarted or 'is not ready'}"
            for each in workload.containers
            if not workload.is_job and (not each.ready or (restarts and each.restarts))
        ]
    ready = verdict.seen.replicas
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
