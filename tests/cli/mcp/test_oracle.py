"""An attacker guesses masked texts letter by letter, through every argument of every tool, and learns nothing."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
from support.agent_tools import asked
from support.demo_deployments import CLAIMS

from astro_tui.cli.connection import CliConnection
from astro_tui.demo import DemoServer, Fault
from astro_tui.platform.client import Platform
from astro_tui.state.settings import Settings

AGENT = f"meridian-labs/{CLAIMS}"
SECRET, KEY, PIN, TOKEN = "zx7qj9wv", "ghp_16C7e42F292c6912E7710c838347Ae178B4a", "48170", "demo-access-token-of-nobody"
LOGS = {"agent": AGENT, "since": "2026-07-02T05:00:00Z", "until": "2026-07-02T07:00:00Z"}
MESSAGES = (
    f"login of jan failed: password={SECRET}",
    json.dumps({"level": "info", "msg": "connected", "db_password": SECRET, "pin": int(PIN), "user": "jan"}),
    json.dumps({"msg": f'{{"password": "{SECRET}"}}', "n": 1}),
    f"Authorization: Bearer {TOKEN}",
    f"sent {KEY} and\nDB_PASSWORD={SECRET}",
)
QUERIES = (
    "{}",
    "-{}",
    '"password={}"',
    '-"password={}"',
    "/password.{{1,4}}{}.*/",
    "-/word={}/",
    "/(?<=password=){}/",
    "/^(?=.*{}).{{20,}}$/",
    "/={}(?:.|.)*.*.*.*.*.*.*.*$b/",
    "password={}",
    "password:{}",
    "-password:{}",
    "password>={}",
    "password<{}",
    "db_password>{}",
    "password!={}",
    "message:{}",
    "pin>={}",
    "pin<{}",
    "level>=debug -{}",
    "workload:{}",
    "-workload:{}",
)
CALLS: list[tuple[str, dict[str, Any]]] = [
    *(("logs", {**LOGS, "query": query}) for query in QUERIES),
    ("logs", {**LOGS, "workload": "{}"}),
    ("logs", {**LOGS, "workload": "job-{}"}),
    ("traces", {"agent": AGENT, "search": "{}"}),
    ("traces", {"agent": AGENT, "search": "password={}"}),
    ("traces", {"agent": AGENT, "search": "{}", "failed": True}),
    ("traces", {"agent": AGENT, "trace": "t0", "failed": True}),
    ("show", {"agent": AGENT, "path": ".agent.environment.{}"}),
    ("show", {"agent": AGENT, "path": ".tokens.{}"}),
    ("why", {"agent": "meridian-labs/{}"}),
    ("why", {"agent": "meridian-labs/bot password={}"}),
    ("why", {"agent": "{}"}),
]


@pytest.fixture(scope="module")
def connection() -> Iterator[CliConnection]:
    with DemoServer(frozen=True) as demo:
        lines = [{"timestamp": "2026-07-02T06:00:00Z", "level": "info", "message": each} for each in MESSAGES]
        rows = [{"trace_id": f"t{at}", "name": f"chat {each}", "user_id": KEY} for at, each in enumerate(MESSAGES)]
        trace = {"trace": rows[0], "observations": [{"id": "s", "name": f"password={SECRET}", "level": "error"}]}
        agents = [{"id": CLAIMS, "name": "claims-desk"}, {"id": "b", "display_name": f"bot password={SECRET}"}]
        spec = {"agent": {"environment": {"DB_PASSWORD": SECRET, KEY: "x"}}, "tokens": {SECRET: "admin", KEY: "x"}}
        workloads = [{"name": f"job-{KEY}"}, {"name": "web"}]
        for path, body in (
            (r"^/deployments\?", {"deployments": agents}),
            (r"^/.*/logs\?", lines),
            (r"^/.*/traces\?", {"traces": rows, "total": 5}),
            (r"^/.*/traces/t", trace),
            (r"^/agents/.*/deployment$", {"id": CLAIMS, "spec": spec}),
            (rf"^/deployments/{CLAIMS}$", {"deployment": {"id": CLAIMS, "workloads": workloads}}),
        ):
            demo.faults.set(path, Fault.response(200, json.dumps(body)))
        platform = Platform(demo.url, demo.token, read_only=True)
        yield CliConnection(platform, Settings(server=demo.url, token=demo.token, account="meridian-labs"))
        platform.close()


def answer(connection: CliConnection, tool: str, arguments: dict[str, Any], guess: str) -> str:
    """Return what a tool says about a guess, without the guess."""
    given = {name: value.format(guess) if isinstance(value, str) else value for name, value in arguments.items()}
    return json.dumps(asked(connection, tool, **given), ensure_ascii=False).replace(guess, "GUESS")


@pytest.mark.parametrize(
    ("tool", "arguments"),
    [pytest.param(*call, marks=pytest.mark.nightly if number % 3 else ()) for number, call in enumerate(CALLS)],
    ids=str,
)
def test_a_right_guess_looks_like_a_wrong_one(connection: CliConnection, tool: str, arguments: dict[str, Any]) -> None:
    for secret in (SECRET, KEY, PIN, TOKEN):
        for size in (3, 4, 6, len(secret) - 1, *([] if secret == TOKEN else [len(secret)])):
            right, wrong = secret[:size], secret[: size - 1] + ("9" if secret.isdigit() else "y")
            assert answer(connection, tool, arguments, right) == answer(connection, tool, arguments, wrong), right


def test_what_is_shown_is_found(connection: CliConnection) -> None:
    assert len(asked(connection, "logs", **LOGS, query="jan -authorization")["items"]) == 4
    assert len(asked(connection, "traces", agent=AGENT, search="JAN")["items"]) == 2
