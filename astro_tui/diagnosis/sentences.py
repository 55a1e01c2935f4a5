"""The sentences of a diagnosis, in words that a tired engineer understands; `blame.toml` has one for each kind."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from astro_tui.diagnosis.blame import Blame
from astro_tui.diagnosis.cluster import Phase, Revision, Workload, workload_name
from astro_tui.diagnosis.failures import Failure, Verdict
from astro_tui.diagnosis.last_run import Log, Quote
from astro_tui.diagnosis.onset import ABOUT_MEMORY
from astro_tui.diagnosis.result import Kind, Rank
from astro_tui.diagnosis.signals import Signal, last_warning
from astro_tui.diagnosis.spec_changes import Changed, Way
from astro_tui.diagnosis.tables import form, table
from astro_tui.diagnosis.words import HOLES, Row, exit_code
from astro_tui.document import jq_path
from astro_tui.platform.status_words import WORDS, Meaning
from astro_tui.text.redaction import masked_line, number_is_secret, secret_reason
from astro_tui.text.times import counted, joined, span

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
_UNSPOKEN = (Kind.MEMORY, Kind.PROBE)
"""Kinds of failures about which a program usually logs nothing."""
_VERB = re.compile(r"^(?:is|was) ")


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


# ---- causes


def cause(verdict: Verdict, limit: str) -> str:
    """Return what is wrong, without a final period. `limit` is the memory limit, or empty."""
    if verdict.failure is not None and verdict.kind is not Kind.UNKNOWN:
        sentence = _failing(key_of(verdict), verdict.failure, limit)
    else:
        sentence = _whole(verdict)
    return capital(sentence) if sentence.startswith("the ") else sentence


def also(failure: Failure) -> str:
    """Return a further failure, besides the cause, as a line of evidence."""
    return f"also: {_failing(str(failure.kind), failure, '')}"


def key_of(verdict: Verdict) -> str:
    """Return the key of `[kinds]` in `blame.toml` that a verdict has."""
    failure = verdict.failure
    if verdict.trouble is not None and verdict.trouble.requests is not None:
        return "requests" if verdict.trouble.requests.stated else "calls"
    stated = failure is not None and any(log.quote and log.quote.states for log in failure.spoken)
    ended = failure is not None and not stated and _code(failure) == 0
    return "ended" if ended and verdict.kind is Kind.CRASH else str(verdict.kind)


def _failing(key: str, failure: Failure, limit: str) -> str:
    """Return the sentence about a failure: that of the row that says the most about it, or the usual one."""
    own = next((row.sentence for row in _rows(failure)), "")
    says = own or table("blame")["kinds"][key]["says"]
    name, code = who(failure.workload, failure.container), _code(failure)
    known = {
        "who": name,
        "limit": f" (limit {said(limit, _SHORT)})" if limit else "",
        "code": f" with exit code {code}" if code is not None else "",
    }
    sentence = filled(says if "{who}" in says else f"{{who}} {says}", known)
    # What was killed for its memory has nothing to say about it.
    quoted = "" if failure.kind is Kind.MEMORY and not own else _after(_words(failure))
    if failure.replicas is not None and failure.replicas[1] > 1:
        # Those that are not ready may have other problems: the platform names one pod of each workload.
        ready = "{:,} of {:,} replicas ready".format(*failure.replicas)
        sentence = f"{sentence[:-1]}; {ready})" if sentence.endswith(")") else f"{sentence} ({ready})"
    return f"{sentence}{quoted}"


def headline(verdict: Verdict, limit: str, blame: Blame) -> str:
    """Return the cause for one line of a list, the most telling words first: `Out of memory (4Gi) since rev 8`."""
    brief, words = _brief(verdict, limit)
    revision = blame.revision
    if brief and revision is not None and isinstance(revision.key, int):
        changes = ", ".join(_in_brief(each) for each in blame.changes[:2])
        brief = f"{brief} since rev {revision.key} ({changes})"
    return f"{brief}{_after(said(words))}" if brief else cause(verdict, limit)


def _brief(verdict: Verdict, limit: str) -> tuple[str, str]:
    """Return a cause in a few words, and what was said about it; both are empty for a state without a failure."""
    failure, trouble = verdict.failure, verdict.trouble
    brief = table("blame")["kinds"].get(key_of(verdict), {}).get("brief", "")
    if trouble is not None and brief:
        requests = trouble.requests
        numbers = {"number": str(requests.failed), "total": str(requests.total)} if requests is not None else {}
        return capital(filled(brief, numbers)), trouble.words
    if failure is None or verdict.kind is Kind.UNKNOWN:
        return "", ""
    name, code = short_name(failure.workload), _code(failure)
    own = next((row.sentence for row in _rows(failure)), "")
    says = _VERB.sub("", own) or brief
    known = {
        "who": who(failure.workload, ""),
        "name": name,
        "limit": f" ({said(limit, _SHORT)})" if limit else "",
        "code": f" (exit code {code})" if code is not None else "",
    }
    where = "" if name == "agent" or "{who}" in says or "{name}" in says else f" in {name}"
    return f"{capital(filled(says, known))}{where}", "" if failure.kind is Kind.MEMORY else _words(failure)


def _in_brief(each: Changed) -> str:
    """Return a change without its path: `MAIL_BATCH_SIZE 50 → 2000`."""
    names = [step for step in each.path if isinstance(step, str) and step not in ("value", "ref")]
    name = each.aspect if each.aspect in _AMOUNTS else said(names[-1] if names else "spec", _SHORT)
    values = _values(each) if None not in (each.old, each.new) else ""
    return f"{name} {values or each.way}"


def _rows(failure: Failure) -> list[Row]:
    """Return the rows about the kind of a failure that its signals match."""
    found = (signal.meaning.row for signal in failure.signals if signal.kind is failure.kind)
    return [row for row in found if row is not None]


def filled(sentence: str, known: Mapping[str, str]) -> str:
    """Return a sentence with its holes filled in; what is not known is called by its name."""
    return HOLES.sub(lambda hole: known.get(hole[1], f"the {hole[1]}"), sentence).strip()


def _after(words: str) -> str:
    return f": {words}" if words else ""


def _code(failure: Failure) -> int | None:
    return next((code for signal in failure.signals if (code := exit_code(signal.text)) is not None), None)


def proof(failure: Failure) -> tuple[Log, Quote] | None:
    """Return the lines that prove a failure, with their log: a cause, else the last ones before the end; None without.

    What a program logs is no reason for running out of memory or for a failing probe, unless it is about that.
    """
    quoted = [(log, log.quote) for log in failure.logs if log.quote is not None]
    spoken = [(log, quote) for log, quote in quoted if log in failure.spoken and _is_about(failure.kind, quote)]
    unsure = [(log, quote) for log, quote in quoted if not (quote.states and log.last_words)]
    stated = [(log, quote) for log, quote in unsure if quote.states and _is_about(failure.kind, quote)]
    last = [] if failure.kind in _UNSPOKEN else unsure
    return next(iter([*spoken, *stated, *([failure.ended] if failure.ended else []), *last]), None)


def _is_about(kind: Kind, quote: Quote) -> bool:
    if kind is Kind.MEMORY:
        return ABOUT_MEMORY.search(quote.text) is not None
    return kind is not Kind.PROBE or is_quoted(kind, quote)


def quote_of(failure: Failure) -> Quote | None:
    """Return the lines that prove a failure, or None."""
    found = proof(failure)
    return found[1] if found is not None else None


def _words(failure: Failure) -> str:
    """Return what the log says about the end, else the message that says the most about this kind of failure."""
    rows = [(signal, signal.meaning.row) for signal in failure.signals if signal.meaning.row is not None]
    if blocked := next((signal for signal, row in rows if row.about == "blocked"), None):
        return _plain_of(blocked) if blocked.event is None else ""
    texts = [signal for signal in failure.signals if signal.kind is failure.kind and signal.rank == failure.rank]
    quote = quote_of(failure)
    words = _quoted(quote) if quote is not None else ""
    if quote is not None and (failure.kind in (Kind.CRASH, Kind.JOB) or (quote.states and not texts)):
        reason = next((f"{_plain_of(each)}; " for each, row in rows if failure.kind is Kind.JOB and row.next), "")
        if not quote.states:
            return f"{reason}its log names no reason and ends with “{words}”"
        return words if any(log.quote is quote for log in failure.spoken) else f"{reason}its log says “{words}”"
    if failure.kind is Kind.CRASH:
        return next((_plain_of(signal) for signal, row in rows if row.about), "")
    texts = [each for each in texts if each.event is not None] or texts
    if not texts:
        return ""
    told = _plain_of(max(texts, key=lambda signal: len(signal.text)))
    heard = words if is_quoted(failure.kind, quote) else _other_port(failure, told)
    return f"{told}; its log says “{heard}”" if heard else told


def _other_port(failure: Failure, told: str) -> str:
    """Return the line in which a program says that it listens on another port than the one that is probed, if any."""
    probed = form("port").search(told) if failure.kind is Kind.PROBE and "refused" in told else None
    for line in reversed([line for log in failure.logs for line in log.lines]) if probed is not None else ():
        found = form("port").search(line.text) if form("listens").search(line.text) else None
        if found is not None and probed is not None:
            return said(line.text, _QUOTED) if found[1] != probed[1] else ""
    return ""


def is_quoted(kind: Kind, quote: Quote | None) -> bool:
    """Whether a log says why a probe fails."""
    return kind is Kind.PROBE and quote is not None and quote.match is not None and quote.strong


def _quoted(quote: Quote) -> str:
    """Return a quote, shortened but with its known phrase."""
    line = said(quote.text, _READ)
    at = line.find(quote.match.words) if quote.match is not None else -1
    if len(line) > _QUOTED and _QUOTED // 2 < at < len(line) - _QUOTED // 3:
        line = f"{line[: _QUOTED // 3].rstrip()}…{line[at - _SHORT : at + _QUOTED // 2].strip()}…"
    return said(line, _QUOTED + 2).rstrip(".:; ")


def _plain_of(signal: Signal) -> str:
    return said(_plain(signal.event.message if signal.event is not None else signal.text), LONGEST).rstrip(".:; ")


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
        known = {"number": number, "total": total, "url": said(trouble.url, 100)}
        says = filled(table("blame")["kinds"][key_of(verdict)]["says"], known)
        return f"{says}{_after(said(trouble.words, _QUOTED).rstrip('.:; '))}"
    age, event = verdict.situation.rollout_age, last_warning(verdict.situation)
    error, word = said(state.error, 160).rstrip("."), said(state.word, 40)
    nothing = "; no reason was reported" if state.phase is Phase.FAILED else "; no problem was reported"
    # The platform's own words can be the reason, except if they only count workloads.
    nothing = "" if error and not form("count").search(error) and state.phase is Phase.FAILED else nothing
    known = {
        "source": state.source,
        "word": word,
        "age": span(age.total_seconds()) if age is not None else "an unknown length of time",
        "claim": f"Failed: {error}" if error else f"The {state.source} says {word}",
        "warning": f"; the cluster says {said(f'{event.reason}: {event.message}').rstrip('.')}" if event else nothing,
        "unread": joined(list(verdict.unread)),
        "total": str(verdict.down),
        "who": who(failure.workload, failure.container) if failure else "",
        "words": said(failure.signals[0].text, 120) if failure and failure.signals else "",
    }
    return filled(table("blame")["states"][_state_of(verdict)], known)


def _state_of(verdict: Verdict) -> str:
    """Return the key of `[states]` in `blame.toml` that a verdict has."""
    phase, kind = verdict.state.phase, verdict.kind
    if kind is Kind.NONE:
        removing = "removed" if WORDS.get(verdict.state.word) is Meaning.REMOVED else "removing"
        alone = "listed" if verdict.list_only else "none"
        return alone if verdict.list_only else {Phase.REMOVING: removing, Phase.MOVING: "deploying"}.get(phase, alone)
    if kind is not Kind.UNKNOWN:
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


def no_change(blame: Blame, revisions: Sequence[Revision]) -> str:
    """Return why no change is blamed, without a final period; empty if there is nothing to say."""
    if not blame.why or (blame.why == "unchanged" and not revisions):
        return ""
    key = "only" if blame.why == "unchanged" and len(revisions) == 1 else blame.why
    # Of several that explain nothing, the newest one is named.
    titles = [each.title for each in blame.others[: 2 if key == "candidates" else 1]]
    return capital(filled(table("blame")["unblamed"][key], {"revisions": joined(titles, "or")}))
