"""Secrets in every field of every endpoint: no tool returns one, whatever the sequence of calls."""

from __future__ import annotations

import json
import threading
import urllib.error
import urllib.request
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from astro_tui.cli.connection import CliConnection
from astro_tui.cli.mcp.reading import ToolReader
from astro_tui.cli.mcp.results import Masker, NextCall, result_of
from astro_tui.cli.mcp.tools import NAMES, TOOLS
from astro_tui.demo import DemoServer
from astro_tui.errors import AstroError
from astro_tui.platform.client import Call, Platform
from astro_tui.presentation.remedies import explained
from astro_tui.state.settings import Settings

CANARY = "AKIAIOSFODNN7CANARYX"
TOKEN = "sk-ant-api03-Canary0Canary1Canary2Canary3Canary4Canary5"
MARKS = ("CANARYX", "Canary1")
KEPT = frozenset(
    {"id", "name", "namespace", "account_name", "deployed_at", "created_at", "timestamp", "level", "status"}
)
"""Keys whose values lead to other requests, or decide what is read."""
AGENTS = ("meridian-labs/report-writer", "meridian-labs/claims-desk", "meridian-labs/nope")


def tainted(value: Any, key: str = "") -> Any:
    """Return a JSON value with a secret in each text, and one more member in each object."""
    if isinstance(value, dict):
        more = {f"x_{key}": f"key {TOKEN}"} if value else {}
        return {name: tainted(each, name) for name, each in value.items()} | more
    if isinstance(value, list):
        return [tainted(each, key) for each in value]
    return f"{value} {CANARY} api_key={TOKEN}" if isinstance(value, str) and key not in KEPT else value


class Proxy:
    """Passes requests to the demo, and taints what it says."""

    def __init__(self, demo: DemoServer) -> None:
        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                self._pass(None)

            def do_POST(self) -> None:
                self._pass(self.rfile.read(int(self.headers["Content-Length"] or 0)))

            def _pass(self, body: bytes | None) -> None:
                headers = {"Authorization": self.headers.get("Authorization", ""), "Content-Type": "application/json"}
                request = urllib.request.Request(demo.url + self.path, body, headers)
                try:
                    with urllib.request.urlopen(request) as response:
                        status, said = response.status, response.read()
                except urllib.error.HTTPError as error:
                    status, said = error.code, error.read()
                data = json.dumps(tainted(json.loads(said))).encode()
                self.send_response(status)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(data)))
                self.end_headers()
                self.wfile.write(data)

            def log_message(self, format: str, *args: Any) -> None:  # noqa: A002  a method of the base class
                """Print nothing."""

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()


@pytest.fixture(scope="module")
def connection() -> Iterator[CliConnection]:
    with DemoServer() as demo:
        proxy = Proxy(demo)
        platform = Platform(proxy.url, demo.token, read_only=True)
        yield CliConnection(platform, Settings(server=proxy.url, token=demo.token))
        platform.close()
        proxy.server.shutdown()
        proxy.server.server_close()


CALLS = st.lists(
    st.tuples(st.sampled_from(NAMES), st.sampled_from(AGENTS), st.sampled_from(("", ".agent", ".variables"))),
    min_size=1,
    max_size=4,
)


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(CALLS)
def test_no_sequence_of_calls_returns_a_secret(connection: CliConnection, calls: list[tuple[str, str, str]]) -> None:
    masker = Masker(connection.platform.hidden)
    for tool, agent, path in calls:
        said = answer(connection, masker, tool, agent, path)
        assert not [mark for mark in (*MARKS, str(connection.settings.token)) if mark in said], tool


def test_every_tool_was_tried_on_a_readable_agent(connection: CliConnection) -> None:
    masker = Masker(connection.platform.hidden)
    for tool in TOOLS:
        said = answer(connection, masker, tool.name, AGENTS[0], "")
        assert not [mark for mark in MARKS if mark in said], tool.name
        assert json.loads(said)["items"], said


def answer(connection: CliConnection, masker: Masker, tool: str, agent: str, path: str) -> str:
    """Return what a tool sends, result or error."""
    arguments: dict[str, Any] = {"agent": agent}
    if tool == "list_agents":
        arguments = {"account": "meridian-labs"}
    elif tool == "find":
        arguments = {"expression": path or "re:.", "accounts": "meridian-labs"}
    if tool == "show" and path:
        arguments["path"] = path
    reader = ToolReader(connection.of_call(Call()))
    try:
        found = reader.read(tool, arguments, None)
    except AstroError as error:
        return masker.text(explained(error))
    return json.dumps(result_of(found, masker, 20_000, lambda at: NextCall(tool, {"cursor": str(at)}, "the rest")))
