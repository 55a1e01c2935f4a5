"""Variations of an incident that must not lead to another kind, or to a false blame."""

from __future__ import annotations

import json
from collections.abc import Iterator
from copy import deepcopy
from dataclasses import replace
from datetime import datetime, timedelta
from itertools import combinations
from typing import Any

from astro_tui.diagnosis import MISSING, Fact, Facts, LogFact

SOURCES = ("row", "status", "record", "runtime", "events", "alerts", "history", "logs", "specs")
_EMPTY: dict[str, Any] = {"logs": (), "specs": {}}


def without(facts: Facts, *names: str) -> Facts:
    """Return the facts as if some sources had never been requested."""
    return replace(facts, **{name: _EMPTY.get(name, MISSING) for name in names})


def dropped(facts: Facts, turn: int) -> Iterator[tuple[str, ...]]:
    """Yield every one of the sources that the facts have, and a third of all pairs of them: another third each turn.

    To drop another source changes nothing.
    """
    known = [name for name in SOURCES if getattr(facts, name) != _EMPTY.get(name, MISSING)]
    yield from ((name,) for name in known)
    for place, pair in enumerate(combinations(SOURCES, 2)):
        if (place + turn) % 3 == 0 and set(pair) <= set(known):
            yield pair


def mapped(facts: Facts, change: Any) -> Facts:
    """Return the facts with the value that `change` makes of every value."""

    def of(fact: Fact) -> Fact:
        return replace(fact, value=change(fact.value)) if fact.known else fact

    return replace(
        facts,
        **{
            name: of(getattr(facts, name))
            for name in ("row", "status", "record", "runtime", "earlier_runtime", "events", "alerts", "history")
        },
        logs=tuple(replace(log, lines=of(log.lines)) for log in facts.logs),
        specs={key: of(fact) for key, fact in facts.specs.items()},
    )


def renamed(facts: Facts, names: dict[str, str]) -> Facts:
    """Return the facts with other names of account, agent, workloads, and containers, in every text."""

    def change(value: Any) -> Any:
        raw = json.dumps(value)
        for old, new in names.items():
            raw = raw.replace(old, new)
        return json.loads(raw)

    def word(text: str) -> str:
        for old, new in names.items():
            text = text.replace(old, new)
        return text

    changed = mapped(facts, change)
    logs = tuple(LogFact(word(log.workload), word(log.container), log.lines, log.since) for log in changed.logs)
    own = {name: word(getattr(facts, name)) for name in ("deployment_id", "account", "agent")}
    return replace(changed, logs=logs, **own)


_TIMES = frozenset(
    {
        "first_timestamp",
        "last_timestamp",
        "timestamp",
        "start_time",
        "activeSince",
        "deployed_at",
        "created_at",
        "updated_at",
    }
)


def moved(facts: Facts, by: Any) -> Facts:
    """Return the facts with each time moved by what `by(key)` returns."""

    def change(value: Any) -> Any:
        if isinstance(value, dict):
            return {key: _later(inside, by(key)) if key in _TIMES else change(inside) for key, inside in value.items()}
        return [change(item) for item in value] if isinstance(value, list) else value

    return mapped(facts, change)


def _later(raw: Any, by: timedelta) -> Any:
    if not isinstance(raw, str) or not raw:
        return raw
    return (datetime.fromisoformat(raw) + by).isoformat().replace("+00:00", "Z")


def with_harmless(facts: Facts, place: int, share: float = 0.6) -> tuple[Facts, dict[Any, Any]] | None:
    """Return the facts with a revision inserted before the one at a place, and the new numbers of revisions.

    The new revision changes only the display name. It is deployed after a `share` of the time between the two.
    """
    body = facts.history.value
    if not isinstance(body, dict) or not facts.specs:
        return None
    rows = deepcopy(body["deployments"])
    if place + 1 >= len(rows) or not all(isinstance(row.get("revision"), int) for row in rows):
        return None
    newer, older = rows[place], rows[place + 1]
    start, end = (datetime.fromisoformat(row["deployed_at"]) for row in (older, newer))
    number = newer["revision"]
    moves = {row["revision"]: row["revision"] + (row["revision"] >= number) for row in rows}
    specs = {moves[key]: fact for key, fact in facts.specs.items()}
    spec = deepcopy(facts.specs[older["revision"]].value)
    inside = spec.get("template", spec) if isinstance(spec, dict) else {}
    inside.setdefault("target", {})["display_name"] = "Another name"
    specs[number] = Fact(spec)
    for row in rows:
        row["revision"] = moves[row["revision"]]
    row = {**older, "revision": number, "is_current": False, "status": "undeployed"}
    row["deployed_at"] = (start + (end - start) * share).isoformat().replace("+00:00", "Z")
    rows.insert(place + 1, row)
    # Later revisions contain the new name too.
    for key, fact in list(specs.items()):
        if key > number and isinstance(fact.value, dict):
            later = deepcopy(fact.value)
            later.get("template", later).setdefault("target", {})["display_name"] = "Another name"
            specs[key] = Fact(later)
    return replace(facts, history=Fact({"deployments": rows}), specs=specs), moves


def with_harmless_after(facts: Facts, seconds: float) -> Facts | None:
    """Return the facts with a newest revision that changes only the display name, so long after the one before it."""
    body = facts.history.value
    if not isinstance(body, dict) or not facts.specs:
        return None
    rows = deepcopy(body["deployments"])
    if not rows or not all(isinstance(row.get("revision"), int) for row in rows):
        return None
    newest = rows[0]
    if newest["revision"] not in facts.specs:
        return None
    at = datetime.fromisoformat(newest["deployed_at"]) + timedelta(seconds=seconds)
    if at > facts.now - timedelta(minutes=2):
        return None
    raw = at.isoformat().replace("+00:00", "Z")
    number = newest["revision"] + 1
    spec = deepcopy(facts.specs[newest["revision"]].value)
    if not isinstance(spec, dict):
        return None
    spec.get("template", spec).setdefault("target", {})["display_name"] = "Another name"
    rows.insert(0, {**newest, "revision": number, "deployed_at": raw})
    rows[1] |= {"is_current": False, "status": "undeployed"}

    def later(value: Any) -> Any:
        return {**value, "created_at": raw} if isinstance(value, dict) and "created_at" in value else value

    row = replace(facts.row, value=later(facts.row.value)) if facts.row.known else facts.row
    return replace(facts, row=row, history=Fact({"deployments": rows}), specs={**facts.specs, number: Fact(spec)})


_THINNER: dict[str, tuple[str, tuple[str, ...], Any]] = {
    "logs without levels": ("level", ("timestamp",), ""),
    "logs without times": ("timestamp", ("level",), ""),
    "events without a first time": ("first_timestamp", ("reason",), None),
    "events without a time": ("first_timestamp last_timestamp", ("reason",), None),
    "events without a count": ("count", ("reason",), None),
    "workloads without an age": ("age", (), None),
    "containers without restarts": ("restart_count", ("state",), None),
    "containers that do not say whether they are ready": ("ready", ("state",), None),
    "a status that names no workload": ("failed_on", (), None),
    "workloads without a component": ("component", (), None),
    "workloads without a kind": ("kind", ("component",), None),
}
THINNER = tuple(_THINNER)
"""Responses with a field less, as other versions of the server send them."""


def thinner(facts: Facts, name: str) -> Facts:
    """Return the facts with one kind of field without a value, in all objects that also have some other fields."""
    keys, others, nothing = _THINNER[name]

    def change(value: Any) -> Any:
        if isinstance(value, dict):
            found = {name: change(inside) for name, inside in value.items()}
            if all(other in found for other in others):
                found |= {key: nothing for key in keys.split() if key in found}
            return found
        return [change(item) for item in value] if isinstance(value, list) else value

    return replace(mapped(facts, change), specs=facts.specs)
