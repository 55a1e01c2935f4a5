"""Recorded behaviors of the platform, as data: `tests/platform/behaviors/*.toml`.

A file has rows like this one:

    [[behavior]]
    name = "what the platform does"                      unique in all files
    agent = "claims-desk"                                a blueprint of the demo's account meridian-labs
    fault = { path = "/undeploy", fault = "unpaid" }     optional: what POST /demo/faults takes
    product = "what a client has to conclude"

    [[behavior.step]]                                    the steps follow one another
    wait = 30                                            optional: seconds that pass before the request
    request = "GET /deployments/{id}/status"             method and path, without /api/v1
    body = { revision = 11 }                             optional: sent as JSON; "{name}" is a value kept earlier
    put = { "target.account" = "x" }                     optional: what is changed in the body, "null" removes
    signature = "{signature}"                            optional: the signature of a template
    status = 200                                         optional: 200 unless given
    has = { "deployments[id={id}].status" = "error" }    optional: values in the response
    lacks = ["namespace"]                                optional: what the response does not have
    keep = { job = "job_name" }                          optional: values that later steps use as {job}

A path into a response consists of keys and list indexes with dots in between. `[key=value]` selects the first item of a
list whose key has this value, and an empty path is the whole response. A value of "*" is any value but null, "null" is
null, and "text*" is any text that begins so. {id}, {account}, and {blueprint} stand for the agent's.
"""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Callable
from copy import deepcopy
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

ACCOUNT = "meridian-labs"
_FOLDER = Path(__file__).parents[1] / "platform" / "behaviors"
_NOTHING = object()
Send = Callable[[str, str, Any, str], tuple[int, Any]]
"""Sends a request with method, path, JSON body (None is no body), and signature. Returns the status and the JSON."""


@dataclass(frozen=True, slots=True)
class Step:
    """One request, and what its response must be."""

    request: str
    wait: float = 0.0
    body: Any = None
    status: int = 200
    has: dict[str, Any] = field(default_factory=dict)
    lacks: list[str] = field(default_factory=list)
    keep: dict[str, str] = field(default_factory=dict)
    put: dict[str, Any] = field(default_factory=dict)
    signature: str = ""


@dataclass(frozen=True, slots=True)
class Behavior:
    """One recorded behavior. `product` states what a client has to conclude from it."""

    name: str
    agent: str
    product: str
    step: list[Step]
    fault: dict[str, Any] = field(default_factory=dict)


def behaviors(folder: Path = _FOLDER) -> list[Behavior]:
    """Return the recorded behaviors in a folder. Raises TypeError for an unknown key."""
    files = sorted(folder.glob("*.toml"))
    rows = [row for file in files for row in tomllib.loads(file.read_text(encoding="utf-8"))["behavior"]]
    return [Behavior(**{**row, "step": [Step(**step) for step in row["step"]]}) for row in rows]


def names_of(agent: str, send: Send) -> dict[str, Any]:
    """Return what the steps of a behavior can use in braces: the names of the agent."""
    _, listed = send("GET", f"/deployments?account={ACCOUNT}", None, "")
    identifier = next(row["id"] for row in listed["deployments"] if row["name"] == agent)
    return {"id": identifier, "account": ACCOUNT, "blueprint": f"/agents/{ACCOUNT}/{agent}"}


def check(step: Step, names: dict[str, Any], send: Send) -> None:
    """Send the request of a step and compare its response. Adds the values to keep to `names`."""
    method, path = step.request.split(" ", 1)
    body = None if step.body is None else json.loads(filled(json.dumps(step.body), names))
    if isinstance(step.body, str):
        body = deepcopy(_value(step.body, names))
    for where, value in step.put.items():
        *way, last = where.split(".")
        block = at(".".join(way), body)
        block[last] = value
        if value == "null":
            del block[last]
    status, response = send(method, filled(path, names), body, filled(step.signature, names))
    assert status == step.status, (step.request, response)
    for where, value in step.has.items():
        actual, expected = at(filled(where, names), response), _value(value, names)
        assert _fits(expected, actual), (step.request, where, expected, actual)
    for where in step.lacks:
        assert at(filled(where, names), response) is _NOTHING, (step.request, where)
    for name, where in step.keep.items():
        names[name] = at(filled(where, names), response)
        assert names[name] is not _NOTHING, (step.request, where)


def filled(text: str, names: dict[str, Any]) -> str:
    """Return a text with names instead of braces."""
    for name, value in names.items():
        text = text.replace(f"{{{name}}}", str(value))
    return text


def at(path: str, response: Any) -> Any:
    """Return the value at a path of a response, or a value that equals nothing else."""
    value = response
    for key, condition in re.findall(r"([^.\[\]]+)|\[([^\]]+)\]", path):
        if condition:
            name, wanted = condition.split("=", 1)
            items = value if isinstance(value, list) else []
            value = next((item for item in items if str(item.get(name)).lower() == wanted.lower()), _NOTHING)
        elif isinstance(value, list):
            value = value[int(key)] if int(key) < len(value) else _NOTHING
        else:
            value = value.get(key, _NOTHING) if isinstance(value, dict) else _NOTHING
    return value


def _value(value: Any, names: dict[str, Any]) -> Any:
    """Return an expected value; a text that is one name in braces is that name's value."""
    if not isinstance(value, str):
        return value
    return names[value[1:-1]] if value[1:-1] in names and value[0] == "{" else filled(value, names)


def _fits(expected: Any, actual: Any) -> bool:
    if expected == "null":
        return actual is None
    if expected == "*":
        return actual is not None and actual is not _NOTHING
    if isinstance(expected, str) and expected.endswith("*"):
        return isinstance(actual, str) and actual.startswith(expected[:-1])
    return bool(actual == expected)
