"""A report about an agent to hand off: Markdown for a ticket, a colleague, or a coding agent. Pure.

The same facts give the same bytes: all times are absolute, and none is that of the report itself.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from astro_tui.diagnosis import Diagnosis, observe
from astro_tui.diagnosis.observe import cluster_of
from astro_tui.diagnosis.tables import form
from astro_tui.diagnosis.values import Facts, LogPlace
from astro_tui.diagnosis.values import as_json as diagnosis_json
from astro_tui.difference import compare, text_lines
from astro_tui.document import Document
from astro_tui.logs.line import nanoseconds
from astro_tui.platform import lenient
from astro_tui.presentation.agent_list import Entry
from astro_tui.presentation.nodes import word_of
from astro_tui.presentation.timeline import Happening
from astro_tui.presentation.timeline import as_json as happening_json
from astro_tui.text.foreign import bounded, visible
from astro_tui.text.redaction import redact_text
from astro_tui.text.times import counted, rfc3339

BYTES, LEAST_BYTES = 60_000, 2_000
"""The default size of a report, and the smallest one that can be chosen."""
AROUND = 10
"""Lines of a log on each side of the one that proves the cause."""
NEARBY = timedelta(minutes=30)
"""How far from the beginning of the problem the events go."""
MOST_ROWS = 60
LONGEST = 2_000
"""The most characters of one line."""
_SPECIAL = re.compile(r"([\\`*_{}\[\]<>#+!|~&])")
_LINKED = re.compile(
    r"""(
    # a mention or an address
    (?<! [^\s(\[{<"'] ) [^\s(\[{<"']* (?: @\w | :// | \bwww\. ) \S*? (?= [.,;:!?)\]}>"']* (?:\s|$) )
    # an issue or a merge request, or a commit
    | (?<! [\w./-] ) (?: [\w./-]* [#!&] | (?i:gh-) ) \d+ \b
    | \b (?=\d*[a-f]) [0-9a-f]{7,40} \b
    )""",
    re.VERBOSE,
)
"""What a ticket system turns into a mention or a link, except in code. Escaping it does not help."""
_LEADING = re.compile(r"^(\d+)([.)])|^([-=])")


@dataclass(frozen=True)
class Case:
    """Everything that a report is made from. `options` is added to the commands, such as ` --demo`."""

    entry: Entry
    facts: Facts
    diagnosis: Diagnosis
    rows: Sequence[Happening]
    server: str
    version: str
    options: str = ""


@dataclass(frozen=True)
class ReportSection:
    """A section of a report, the most important one first. `lines` is Markdown."""

    title: str
    lines: Sequence[str]


def markdown(case: Case, most: int = BYTES) -> str:
    """Return the report, of at most `most` bytes in UTF-8. It says which lines it leaves out."""
    diagnosis = case.diagnosis
    head = [f"# {_words(diagnosis.sentence)}", "", *_about(case), ""]
    sections = [section for section in _sections(case) if section.lines]
    text, left_out = "\n".join(head), []
    for section in sections:
        room = most - len(text.encode()) - 200 - 60 * len(sections)
        kept = _fitting(section.lines, room)
        if kept:
            text += "\n".join(["", f"## {section.title}", "", *kept, ""])
        if len(kept) < len(section.lines):
            missing = len(section.lines) - len(kept)
            left_out.append(f"- {section.title}: {counted(missing, 'line')} of {len(section.lines):,}")
    if left_out:
        text += "\n".join(["", "## Left out to keep this short", "", *left_out, ""])
    return text


def as_json(case: Case) -> dict[str, Any]:
    """Return the same facts for programs."""
    log = _log(case.facts, case.diagnosis)
    return {
        "diagnosis": diagnosis_json(case.diagnosis),
        "began": rfc3339(case.diagnosis.began) if case.diagnosis.began is not None else None,
        "events": [happening_json(row) for row in _near(case)],
        "change": list(_difference(case.facts, case.diagnosis)),
        "log": [{"time": at, "message": message, "proof": proof} for at, message, proof in log],
        "workloads": list(_workloads(case)),
        "server": case.server,
        "version": case.version,
    }


# ---- sections


def _about(case: Case) -> Iterator[str]:
    diagnosis, row = case.diagnosis, case.entry.deployment
    name = f"{diagnosis.account}/{case.entry.label}" if diagnosis.account else case.entry.label
    yield f"- Agent: {_words(name)} (ID {_code(case.entry.key or 'none')}, blueprint {_code(row.name)})"
    state = f"{_words(case.entry.status.plain)}{case.entry.status.trouble}"
    yield f"- State: {state}, as of {rfc3339(case.facts.now, 'seconds')}"
    if diagnosis.began is not None and not diagnosis.fine:
        yield f"- Began: {rfc3339(diagnosis.began, 'seconds')}{' or earlier' if diagnosis.or_earlier else ''}"
    yield f"- Server: {_code(case.server)}, read with astro-tui {case.version}"


def _sections(case: Case) -> Iterator[ReportSection]:
    diagnosis = case.diagnosis
    yield ReportSection("Next steps", list(_steps(case)))
    unread = [f"- {_words(each.source)}: {_words(each.error)}" for each in diagnosis.unread]
    yield ReportSection("Could not be read", unread)
    yield ReportSection("Evidence", list(_evidence(diagnosis, case.facts.now)))
    yield ReportSection("The change to blame", _fenced(_difference(case.facts, case.diagnosis), "diff"))
    yield ReportSection("The log around the cause", _fenced(_log_lines(case), "text"))
    yield ReportSection("Workloads", [f"- {_words(line)}" for line in _workloads(case)])
    yield ReportSection("Events", [_happened(row, case.facts.now) for row in _near(case)])
    yield ReportSection("Sources disagree", [f"- {_words(each.text)}" for each in diagnosis.conflicts])


def _steps(case: Case) -> Iterator[str]:
    for number, step in enumerate(case.diagnosis.next_steps, 1):
        yield f"{number}. {_words(step.text)}{f' {_code(step.command + case.options)}' if step.command else ''}"


def _evidence(diagnosis: Diagnosis, now: datetime) -> Iterator[str]:
    for each in dict.fromkeys((each.time, each.source, each.text) for each in diagnosis.evidence):
        at, source, text = each
        when = f"{rfc3339(at, 'seconds')} " if at is not None else ""
        yield f"- {when}{_words(source)}: {_words(text if source == 'logs' else _dated(text, now))}"


def proof(facts: Facts, diagnosis: Diagnosis) -> list[tuple[str, str]]:
    """Return what proves the cause, as safe lines with their styles: the change to blame, and the log around it."""
    tones = {"+": "ok", "-": "error", "~": "warn"}
    old, new, *changes = [*map(_safe, _difference(facts, diagnosis))] or ["", ""]
    lines = [(f"{old.lstrip('- ')} → {new.lstrip('+ ')}".capitalize(), "name")] if changes else []
    lines += [(line, tones.get(line[:1], "")) for line in changes]
    if log := _log(facts, diagnosis):
        lines += [("", "")] * bool(lines) + [("The log around the cause, UTC", "name")]
        lines += [(f"{at.partition('T')[2][:8]}  {message}", "warn" if proves else "") for at, message, proves in log]
    return lines


def _difference(facts: Facts, diagnosis: Diagnosis) -> Iterator[str]:
    """Yield what the revision to blame changed, as lines; nothing if a spec was not read."""
    change = diagnosis.change
    if change is None or change.previous is None:
        return
    old, new = (_document(facts, key) for key in (change.previous, change.revision))
    if old is not None and new is not None:
        yield f"--- revision {change.previous}"
        yield f"+++ revision {change.revision}"
        yield from map(str, text_lines(compare(old, new)))


def _document(facts: Facts, key: int | str) -> Document | None:
    fact = facts.specs.get(key)
    value = fact.value if fact is not None else None
    return value if isinstance(value, Document) else None


def _workloads(case: Case) -> Iterator[str]:
    for workload in cluster_of(case.facts):
        states = "; ".join(container.said for container in workload.containers) or workload.phase or "not observed"
        image = f", image {workload.image}" if workload.image else ""
        yield _safe(_dated(f"{workload.name} ({workload.kind or 'workload'}): {states}{image}", case.facts.now))


def _near(case: Case) -> Sequence[Happening]:
    """Return the rows around the beginning of the problem, or the newest ones; rows without a time are kept."""
    began = case.diagnosis.began
    if began is None or case.diagnosis.fine:
        return case.rows[:MOST_ROWS]
    near = [row for row in case.rows if row.at is None or abs(row.at - began) <= NEARBY or row.at >= began]
    return near[-MOST_ROWS:]


def _happened(row: Happening, now: datetime) -> str:
    at = rfc3339(row.at, "seconds") if row.at is not None else "no time"
    times = f" ({row.count:,} times)" if row.count > 1 else ""
    about = _dated(" ".join(part for part in (row.object, row.message) if part), now)
    said = f": {_words(about)}" if about else ""
    level = f" ({_words(word)})" if (word := word_of(row)) else ""
    return f"- {at} {row.kind}{level}: {_words(row.label)}{times}{said}"


# ---- the log


def _log(facts: Facts, diagnosis: Diagnosis) -> Sequence[tuple[str, str, bool]]:
    """Return the lines around the one that proves the cause: the time, the message, and whether it is that one."""
    place = diagnosis.place
    if place is None:
        return []
    lines = _read_lines(facts, place)
    at = next((number for number, line in enumerate(lines) if _proves(line, place)), None)
    if at is None:
        return []
    near = range(max(0, at - AROUND), min(len(lines), at + AROUND + 1))
    return [(lines[number][0], lines[number][1], number == at) for number in near]


def _read_lines(facts: Facts, place: LogPlace) -> list[tuple[str, str, int]]:
    """Return the lines of a container that were read, in time order: their time, message, and nanoseconds."""
    for log in facts.logs:
        if log.workload == place.workload and place.container in ("", log.container):
            lines = [_line(entry) for entry in observe.entries(log.lines, "logs")]
            return sorted(lines, key=lambda line: line[2])
    return []


def _line(entry: object) -> tuple[str, str, int]:
    raw = lenient.text(entry, "timestamp")
    return visible(raw, 40), _safe(lenient.text(entry, "message")), nanoseconds(raw)


def _proves(line: tuple[str, str, int], place: LogPlace) -> bool:
    return bool(place.ns) and line[2] == place.ns


def _log_lines(case: Case) -> Iterator[str]:
    for at, message, proof in _log(case.facts, case.diagnosis):
        yield f"{'>' if proof else ' '} {at} {message}"


# ---- text


def _safe(text: str) -> str:
    """Return a text from outside on one line, masked."""
    return bounded(visible(redact_text(text)), LONGEST)


def _words(text: str) -> str:
    """Return a text so that Markdown shows it as it is, with code for what would become a mention or a link."""
    pieces = _LINKED.split(_safe(text))
    escaped = "".join(_quoted(piece) if at % 2 else _SPECIAL.sub(r"\\\1", piece) for at, piece in enumerate(pieces))
    return _LEADING.sub(lambda match: f"{match[1]}\\{match[2]}" if match[1] else f"\\{match[3]}", escaped)


def _code(text: str) -> str:
    """Return a text as code."""
    return _quoted(_safe(text))


def _quoted(safe: str) -> str:
    """Return a safe text as code; its fence is longer than any run of backticks in it."""
    fence = "`" * (_longest_run(safe) + 1)
    pad = " " if safe.startswith("`") or safe.endswith("`") else ""
    return f"{fence}{pad}{safe}{pad}{fence}"


def _fenced(lines: Iterable[str], language: str) -> list[str]:
    """Return lines as a block of code; nothing if there are none."""
    safe = [_safe(line) for line in lines]
    if not safe:
        return []
    fence = "`" * max(3, max(map(_longest_run, safe)) + 1)
    return [f"{fence}{language}", *safe, fence]


def _longest_run(text: str) -> int:
    return max(map(len, re.findall("`+", text)), default=0)


def _fitting(lines: Sequence[str], room: int) -> list[str]:
    """Return as many lines as fit into `room` bytes. A block of code stays one, with its last line."""
    end = [lines[-1]] if lines and lines[0].startswith("```") else []
    kept: list[str] = []
    used = sum(len(line.encode()) + 1 for line in end)
    for line in lines[: len(lines) - len(end)]:
        used += len(line.encode()) + 1
        if used > room:
            break
        kept.append(line)
    return [*kept, *end] if len(kept) > len(end) else []


def _dated(text: str, now: datetime) -> str:
    """Return a text for later readers: `OOMKilled 4m before 2026-07-02T06:16:00Z` instead of `OOMKilled 4m ago`."""
    return form("ago").sub(lambda match: f"{match[0].removesuffix('ago')}before {rfc3339(now, 'seconds')}", text)
