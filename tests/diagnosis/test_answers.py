"""Incidents by authors who knew only the platform's contract, with what a good engineer would say about them.

Each line of `incidents/answers/*.jsonl` is one incident. What is expected are regular expressions: all of
`explained_any` are in the answer, one of `first_sentence_any` is in its first sentence, and one of `next_step_any` in
the next steps. `misses` are the marks that the answer does not get. A spec is written as in the other incidents.
"""

from __future__ import annotations

import json
import re
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any, NamedTuple

from diagnosis.incidents import document
from diagnosis.loading import Loader
from support.many import over

from astro_tui.diagnosis import Diagnosis, Fact, Facts, LogFact, diagnose

_FOLDER = Path(__file__).parent / "incidents" / "answers"
_SOURCES = ("row", "status", "record", "runtime", "events", "alerts", "history")


class Case(NamedTuple):
    """One incident, as in its file."""

    name: str
    given: dict[str, Any]


def _cases() -> list[Case]:
    lines = [line for file in sorted(_FOLDER.glob("*.jsonl")) for line in file.read_text("utf-8").splitlines()]
    return [Case(given["name"], given) for given in map(json.loads, lines)]


def _fact(value: Any, now: datetime) -> Fact:
    if value is None:
        return Fact(error="404: not found")
    if isinstance(value, dict) and value.keys() == {"error"}:
        return Fact(error=value["error"])
    return Fact(value, read_at=now)


def _log(written: dict[str, Any]) -> LogFact:
    keys = ("timestamp", "level", "message")
    lines = [dict(zip(keys, line, strict=True)) for line in written.get("lines", ())]
    fact = Fact(error=written["error"]) if "error" in written and not lines else Fact(lines)
    return LogFact(written["workload"], written.get("container", ""), fact)


def facts_of(given: dict[str, Any]) -> Facts:
    """Return everything that the platform says about an incident."""
    now = datetime.fromisoformat(given["now"])
    documents: dict[str, Any] = {}
    for key, spec in given["specs"].items():
        documents[key] = document(spec, documents)
    specs = {int(key) if key.isdigit() else key: _fact(spec, now) for key, spec in documents.items()}
    known = {name: _fact(given["facts"].get(name), now) for name in _SOURCES}
    row = given["facts"].get("row")
    key = row.get("id", "") if isinstance(row, dict) else ""
    logs = tuple(map(_log, given["logs"]))
    return replace(Facts(now, deployment_id=key, account=given["account"], logs=logs, specs=specs), **known)


def misses_of(expect: dict[str, Any], found: Diagnosis) -> set[str]:
    """Return the marks that an answer does not get."""

    def says(patterns: list[str], text: str) -> bool:
        return any(re.search(each, text, re.IGNORECASE | re.DOTALL) for each in patterns)

    revision = found.change.revision if found.change is not None else None
    steps = "\n".join(f"{each.text} {each.command or ''}" for each in found.next_steps)
    told = "\n".join([found.sentence, *(each.text for each in (*found.evidence, *found.conflicts)), steps])
    marks = {"innocent": revision not in expect.get("must_not_blame", ())}
    if expect.get("healthy"):
        marks["healthy"] = not found.failing
    else:
        marks["explained"] = all(says([each], told) for each in expect["explained_any"])
        marks["first"] = says(expect["first_sentence_any"], found.cause)
        marks["revision"] = revision == expect.get("revision")
        marks["step"] = says(expect.get("next_step_any", ["."]), steps)
    return {mark for mark, reached in marks.items() if not reached}


def diagnosed(facts: Facts) -> Diagnosis:
    """Return the diagnosis that a user gets: of what the plan requests, and of the status that every command reads."""
    loader = Loader(facts)
    names = {"account": facts.account, "deployment_id": facts.deployment_id}
    loader.facts = replace(loader.facts, status=facts.status, **names)
    return diagnose(loader.load())


@over(_cases(), parts=4)
def test_the_answer_has_what_a_good_engineer_would_say(case: Case) -> None:
    assert misses_of(case.given["expect"], diagnosed(facts_of(case.given))) <= set(case.given["misses"])
