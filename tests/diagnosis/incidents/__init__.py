"""The incident corpus: what the platform says about broken deployments, and what a good diagnosis says.

Each JSON file is a family. An incident has a name, what is expected, and the responses; `common` is the same in all of
them. A response that differs little from one in `shared.json`, or a spec from that of another revision, is written as
`like` it, with what is `set` to other values and what it is `without`, by paths such as `workloads/0/image`. `@-2h5m`
is the time two hours and five minutes before now. A `table` has the keys of its rows and the members that `all` rows
have. An event is a list of what `EVENT` names, and a dictionary of anything else. A log line is a list of its time,
level, and message; lines that come `again` begin some seconds after each of the times.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from copy import deepcopy
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any

from astro_tui.diagnosis import Fact, Facts, LogFact

Json = dict[str, Any]
_FOLDER = Path(__file__).parent
_MICROSECONDS = {"d": 86_400_000_000, "h": 3_600_000_000, "m": 60_000_000, "s": 1_000_000}
EVENT = ("type", "reason", "message", "object_kind", "object_name", "count", "first_timestamp", "last_timestamp")
_SOURCES = ("row", "status", "record", "runtime", "earlier_runtime", "events", "alerts", "history")


@dataclass(frozen=True)
class Incident:
    """Facts and what a good diagnosis of them says. `revision` None means that no change may be blamed."""

    name: str
    facts: Facts
    kind: str
    workload: str | None = None
    container: str | None = None
    revision: int | str | None = None
    paths: tuple[str, ...] = ()
    state: str = ""
    also: tuple[str, ...] = ()
    """Paths that may be named, too."""
    kinds: tuple[str, ...] = ()
    """Other kinds that are right, too."""
    or_none: bool = False
    """Whether it is right, too, to blame nobody."""


def family(name: str) -> list[Incident]:
    """Return the incidents of one file."""
    file = _read(name)
    return [_incident({**file["common"], **each}) for each in file["incidents"]]


@cache
def _read(name: str) -> Any:
    return json.loads((_FOLDER / f"{name}.json").read_text(encoding="utf-8"))


def _incident(written: Json) -> Incident:
    expected = {key: tuple(value) if isinstance(value, list) else value for key, value in written["expected"].items()}
    return Incident(written["name"], _facts(written, datetime.fromisoformat(written["now"])), **expected)


def _facts(written: Json, now: datetime) -> Facts:
    documents: dict[int | str, Json] = {}
    specs: dict[int | str, Fact] = {}
    for key, spec in written.get("specs", {}).items():
        documents[int(key)] = document(spec, documents)
        specs[int(key)] = _fact(documents[int(key)], now)
    found: Json = {name: _fact(document(written[name]), now) for name in _SOURCES if name in written}
    if isinstance(written.get("events"), list):
        events = [
            dict(zip(EVENT, row[: len(EVENT)], strict=True), **dict(*row[len(EVENT) :])) for row in written["events"]
        ]
        found["events"] = Fact({"events": _timed(events, now)})
    if "row_read" in written:
        found["row"] = replace(found["row"], read_at=now)
    names = {name: written[name] for name in ("deployment_id", "account", "agent") if name in written}
    logs = tuple(_log(each, now) for each in written.get("logs", ()))
    return Facts(now, **found, logs=logs, specs=specs, **names)


def _event(*row: Any) -> Json:
    values, more = row[: len(EVENT)], row[len(EVENT) :]
    return dict(zip(EVENT, values, strict=True), **dict(*more))


def _fact(document: Any, now: datetime) -> Fact:
    if isinstance(document, dict) and "unread" in document:
        return Fact(_timed(document.get("value"), now), error=document["unread"])
    return Fact(_timed(document, now))


# ---- documents that are like others


def document(written: Any, others: Mapping[Any, Any] | None = None) -> Any:
    """Return a document that may be written as one that is like another, with what is set and without what is not."""
    if not (isinstance(written, dict) and "like" in written):
        return written
    like = written["like"]
    found = deepcopy(others[like] if others and like in others else document(_read("shared")[like]))
    for path, value in written.get("set", {}).items():
        inside, last = _place(found, path)
        inside[last] = value
    for path in written.get("without", ()):
        inside, last = _place(found, path)
        del inside[last]
    return found


def _place(found: Any, path: str) -> tuple[Any, Any]:
    *way, last = path.split("/")
    for step in way:
        found = found[int(step)] if isinstance(found, list) else found[step]
    return found, int(last) if isinstance(found, list) else last


def _timed(value: Any, now: datetime) -> Any:
    """Return a value with its times and its tables written out."""
    if isinstance(value, str):
        return _time(value, now) if value[:2] in ("@-", "@+") else value
    if isinstance(value, dict):
        if "table" in value:
            rows = [{**value["all"], **dict(zip(value["table"], row, strict=True))} for row in value["rows"]]
            return _timed(rows, now)
        return {key: _timed(each, now) for key, each in value.items()}
    return [_timed(each, now) for each in value] if isinstance(value, list) else value


def _time(written: str, now: datetime, form: str = "%Y-%m-%dT%H:%M:%SZ") -> str:
    """Return the time before (`@-2h5m`) or after `now`, as servers write it."""
    parts = re.findall(r"([\d.]+)([dhms])", written)
    span = sum(
        (timedelta(microseconds=round(float(count) * _MICROSECONDS[unit])) for count, unit in parts), timedelta()
    )
    return (now + span if written[1] == "+" else now - span).strftime(form)


# ---- logs


def _log(written: Json, now: datetime) -> LogFact:
    since = datetime.fromisoformat(_time(written["since"], now)) if "since" in written else None
    lines = written["lines"]
    form = "%Y-%m-%dT%H:%M:%S.%f417Z" if written.get("precise") else "%Y-%m-%dT%H:%M:%SZ"
    if isinstance(lines, list):
        fact = Fact([line for each in lines for line in _lines(each, now, form)])
    else:
        fact = _fact(lines, now)
    return LogFact(written["workload"], written.get("container", ""), fact, since, written.get("limit", 0))


def _lines(written: Any, now: datetime, form: str) -> list[Any]:
    if isinstance(written, list):
        at, level, message = written
        return [{"timestamp": _time(at, now, form) if at[:1] == "@" else at, "level": level, "message": message}]
    if "again" not in written:
        return [written]
    return [
        {"timestamp": _time(at, now + timedelta(seconds=after), form), "level": level, "message": message}
        for at in written["again"]
        for after, level, message in written["lines"]
    ]


_FAMILIES = "not_started ended states sources traps plain restarts onsets other_words mixed_causes"
_FIELD = """
    crashes_and_memory not_started jobs_and_states dependencies registries_and_nodes values_and_variants false_blame
    revisions_and_images failed_starts outside_causes
"""
INCIDENTS = [incident for name in _FAMILIES.split() for incident in family(name)]
FIELD = [incident for name in _FIELD.split() for incident in family(f"field/{name}")]
"""Incidents that were written before the diagnosis ran on them. Their workloads are the ends of names."""
