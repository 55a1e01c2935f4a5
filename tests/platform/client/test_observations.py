"""Bodies for the diagnosis: what the cluster reports about a deployment, and its logs, in any shape."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta, timezone
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from support.platforms import Opened, asked
from support.raw_server import RawServer, answer

from astro_tui.errors import ErrorKind
from astro_tui.platform.client import Platform

READ: dict[str, Callable[[Platform], Any]] = {
    "deployment": lambda platform: platform.deployment_body("d1"),
    "status": lambda platform: platform.status_body("d1"),
    "runtime": lambda platform: platform.runtime("d1"),
    "events": lambda platform: platform.events("d1"),
    "alerts": lambda platform: platform.alerts("d1", "knowledge-x"),
    "logs": lambda platform: platform.logs("d1", "w"),
}


def read(name: str, body: bytes) -> Any:
    """Return what the client makes of a response, or its error."""
    return asked(READ[name], answer(body))[0]


@pytest.mark.parametrize(
    ("name", "body", "value"),
    [
        ("deployment", b'{"deployment":{"id":"d1","x":1}}', {"id": "d1", "x": 1}),
        ("deployment", b'{"id":"d1"}', {"id": "d1"}),
        ("deployment", b'{"deployment":{"id":null}}', {"id": None}),
        ("status", b'{"value":"active","more":[1]}', {"value": "active", "more": [1]}),
        ("runtime", b'{"runtime":{"ready":1}}', {"runtime": {"ready": 1}}),
        ("runtime", b'{"runtime":null}', {"runtime": None}),
        ("events", b'{"events":null}', {"events": []}),
        ("events", b'[{"reason":"x"}]', {"events": [{"reason": "x"}]}),
        ("alerts", b'{"alerts":[{"name":7}]}', {"alerts": [{"name": 7}], "component": "knowledge-x"}),
        ("logs", b'[{"timestamp":"","message":"x"}]', [{"timestamp": "", "message": "x"}]),
        ("logs", b"[]", []),
        ("logs", b'{"logs":null}', []),
    ],
)
def test_bodies_are_returned_as_sent(name: str, body: bytes, value: object) -> None:
    assert read(name, body) == value


@pytest.mark.parametrize("name", READ)
@pytest.mark.parametrize("body", [b"7", b'"text"', b'{"other":1}'])
def test_another_shape_is_an_error(name: str, body: bytes) -> None:
    assert read(name, body).kind is ErrorKind.ODD_SHAPE


@pytest.mark.parametrize("name", ["events", "alerts", "logs"])
def test_long_texts_are_cut(name: str) -> None:
    body = b'[{"message":"' + b"x" * 100_000 + b'"}]'
    rows = read(name, body)
    message = (rows if name == "logs" else rows[name])[0]["message"]
    assert len(message) < 20_000
    assert message.endswith("more characters not shown.")


def test_the_query_of_a_log(opened: Opened) -> None:
    since = datetime(2026, 5, 1, 14, 0, tzinfo=timezone(timedelta(hours=2)))
    with RawServer(lambda _head: answer(b"[]")) as server:
        platform = opened(server.url)
        platform.logs("d 1", "a/b", container="app", since=since, lines=300)
        platform.logs("d1", "w")
    paths = [urlsplit(head.split(" ")[1]) for head in server.heads]
    assert paths[0].path == "/api/v1/deployments/d%201/logs"
    assert parse_qs(paths[0].query) == {
        "workload": ["a/b"],
        "container": ["app"],
        "since": [since.astimezone(UTC).isoformat().replace("+00:00", "Z")],
        "tailLines": ["300"],
        "direction": ["backward"],
    }
    assert "since" not in parse_qs(paths[1].query)
