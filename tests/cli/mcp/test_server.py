"""`astro-tui mcp`, with the client of the official SDK over real pipes, in both generations of the protocol."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from collections.abc import Awaitable, Callable, Iterator
from datetime import datetime, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any

import anyio
import pytest
from mcp.client.client import Client
from mcp.client.stdio import StdioServerParameters, stdio_client
from mcp.shared.exceptions import MCPError
from support.deadline import DEADLINE
from support.in_shell import PROGRAM, SECRETS
from support.terminal import environment

from astro_tui.cli.mcp.results import BYTES, cursor_of
from astro_tui.demo import DemoServer, Fault

GENERATIONS = ("legacy", "2026-07-28")
AGENT = "meridian-labs/report-writer"


@pytest.fixture
def demo() -> Iterator[DemoServer]:
    with DemoServer() as server:
        yield server


Script = Callable[[Client], Awaitable[None]]


@pytest.fixture
def run(demo: DemoServer, tmp_path: Path) -> Callable[..., None]:
    """Runs a script with a client of a new server process."""

    def with_client(script: Script, *options: str, generation: str = GENERATIONS[1], token: str = "") -> None:
        variables = environment(str(tmp_path)) | {"ASTRO_ACCESS_TOKEN": token or demo.token}
        arguments = ["mcp", "--server", demo.url, *options]
        server = StdioServerParameters(command=PROGRAM, args=arguments, env=variables)

        async def main() -> None:
            with (tmp_path / "stderr").open("w") as errors:
                async with Client(stdio_client(server, errlog=errors), mode=generation) as client:
                    await script(client)

        anyio.run(main)

    return with_client


async def called(client: Client, tool: str, **arguments: Any) -> dict[str, Any]:
    """Call a tool, check the form of its result, and return it."""
    result = await client.call_tool(tool, arguments)
    text = result.content[0].text  # type: ignore[union-attr]
    assert not result.is_error, text
    assert result.structured_content == json.loads(text)
    assert len(text.encode()) <= arguments.get("max_tokens", 2_000) * BYTES
    return result.structured_content


async def refused(client: Client, tool: str, **arguments: Any) -> str:
    result = await client.call_tool(tool, arguments)
    assert result.is_error
    return str(result.content[0].text)  # type: ignore[union-attr]


@pytest.mark.parametrize("generation", GENERATIONS)
def test_the_cause_takes_two_calls(run: Callable[..., None], generation: str) -> None:
    async def script(client: Client) -> None:
        tools = (await client.list_tools()).tools
        assert len(tools) <= 10
        for tool in tools:
            assert tool.annotations is not None
            assert tool.annotations.read_only_hint
            assert tool.annotations.open_world_hint
            assert tool.output_schema is not None
        agents = await called(client, "list_agents", account="meridian-labs", problems_only=True)
        agent = next(item for item in agents["items"] if item["name"] == "report-writer")
        why = await called(client, "why", agent=f"meridian-labs/{agent['id']}")
        assert why["items"][0]["cause"]["kind"] == "memory"
        assert why["untrusted"][0]["cause"]["sentence"].startswith("The agent ran out of memory")
        assert any("rollback" in step.get("command", "") for step in why["items"][0]["next"])

    run(script, generation=generation)


async def every_tool_answers_and_its_next_steps_work(client: Client) -> None:
    for tool in (await client.list_tools()).tools:
        others = {"list_agents": {}, "find": {"expression": ".agent.image"}}
        arguments: dict[str, Any] = others.get(tool.name, {"agent": AGENT})
        result = await called(client, tool.name, **arguments)
        assert result["items"], tool.name
        for step in result["next"]:
            await called(client, step["tool"], **step["arguments"])


async def the_rest_of_a_log_is_a_link(client: Client) -> None:
    first = await client.call_tool("logs", {"agent": AGENT, "max_tokens": 500})
    link = next(block for block in first.content if block.type == "resource_link")
    assert str(link.uri).startswith(f"astro://{AGENT}#logs:")
    read = json.loads((await client.read_resource(link.uri)).contents[0].text)  # type: ignore[union-attr]
    newer, older = (result["items"] for result in (first.structured_content, read))  # type: ignore[index]
    assert older[-1]["timestamp"] <= newer[0]["timestamp"]
    assert not {str(item) for item in newer} & {str(item) for item in older}


async def going_back_in_a_log_skips_nothing_of_any_workload(client: Client) -> None:
    arguments: dict[str, Any] = {"agent": "meridian-labs/mail-triage", "max_tokens": 20_000}
    times: list[datetime] = []
    for _page in range(4):
        result = await called(client, "logs", **arguments)
        times = [datetime.fromisoformat(line["timestamp"][:19]) for line in result["items"]] + times
        arguments = result["next"][0]["arguments"]
    assert times[-1] - times[0] > timedelta(hours=1)
    assert max(later - earlier for earlier, later in pairwise(times)) < timedelta(minutes=10)


async def mistakes_get_an_error_that_says_what_to_do(client: Client) -> None:
    assert 'did you mean "agent"' in await refused(client, "why", agnet=AGENT)
    assert 'did you mean "logs"' in await refused(client, "logz", agent=AGENT)
    assert "Did you mean Weekly Numbers" in await refused(client, "why", agent="meridian-labs/Weekly Numbrs")
    assert "Did you mean Weekly Numbers" in await refused(client, "why", agent="meridian-labs/report-wrtier")
    assert "list_agents" in await refused(client, "why", agent="meridian-labs/")
    assert "revision" in await refused(client, "show", agent=AGENT, what="record", revision=3)
    assert "search" in await refused(client, "traces", agent=AGENT, trace="x", search="y")
    assert "since" in await refused(client, "logs", agent=AGENT, since="1h", until="2h")
    assert "cursor" in await refused(client, "logs", agent=AGENT, cursor=cursor_of({}, [10**40, 1]))
    assert "another query" in await refused(
        client, "logs", agent=AGENT, query="b", cursor="W3sicXVlcnkiOiAiYSJ9LCBbMSwgMF1d"
    )
    for broken in ("astro://nothing", "astro://[acme/claims-desk#why", "astro://℀/claims-desk#why"):
        with pytest.raises(MCPError, match="not an address"):
            await client.read_resource(broken)


async def a_newer_revision_alone_is_compared_with_the_one_before_it(client: Client) -> None:
    result = await called(client, "diff", agent=AGENT, new=3, old=None)
    assert "revision 2, regenerated to meridian-labs/Weekly Numbers revision 3" in result["coverage"]


def test_links_can_be_read_by_clients_that_look_for_resources(run: Callable[..., None]) -> None:
    async def script(client: Client) -> None:
        assert client.server_capabilities.resources is not None
        assert (await client.list_resources()).resources == []

    run(script, generation="legacy")


def test_only_named_accounts_are_served(run: Callable[..., None]) -> None:
    async def script(client: Client) -> None:
        assert "started for acme only" in await refused(client, "why", agent=AGENT)
        assert "started for acme only" in await refused(client, "list_agents", account="meridian-labs")

    run(script, "--account", "acme")


def test_an_expired_login_names_the_command(run: Callable[..., None]) -> None:
    async def script(client: Client) -> None:
        assert "ASTRO_ACCESS_TOKEN" in await refused(client, "why", agent=AGENT)

    run(script, token="expired-private-token-000000")


async def no_tool_reveals_the_secrets_of_a_spec(client: Client) -> None:
    for agent in ("meridian-labs/legacy-bridge", "meridian-labs/claims-desk"):
        for tool in ("why", "show", "diff", "history", "events", "logs"):
            result = await client.call_tool(tool, {"agent": agent, "max_tokens": 20_000})
            text = result.model_dump_json()
            assert not [secret for secret in SECRETS if secret in text], tool


def test_the_tools(run: Callable[..., None]) -> None:
    """One process for all of them: it takes longer to start than to answer."""

    async def script(client: Client) -> None:
        await every_tool_answers_and_its_next_steps_work(client)
        await the_rest_of_a_log_is_a_link(client)
        await going_back_in_a_log_skips_nothing_of_any_workload(client)
        await mistakes_get_an_error_that_says_what_to_do(client)
        await a_newer_revision_alone_is_compared_with_the_one_before_it(client)
        await no_tool_reveals_the_secrets_of_a_spec(client)

    run(script)


@pytest.mark.nightly
def test_a_hundred_calls_at_once_share_eight_requests(run: Callable[..., None], demo: DemoServer) -> None:
    demo.faults.set("", Fault.slow(0.05))

    async def script(client: Client) -> None:
        done: list[str] = []

        async def one() -> None:
            done.append((await called(client, "history", agent=AGENT))["coverage"])

        async with anyio.create_task_group() as tasks:
            for _ in range(100):
                tasks.start_soon(one)
        assert len(set(done)) == 1
        assert len(done) == 100

    run(script)


def test_a_call_that_hangs_reports_progress_and_can_be_canceled(run: Callable[..., None], demo: DemoServer) -> None:
    demo.faults.set("", Fault.hang())

    async def script(client: Client) -> None:
        said: list[str | None] = []

        async def heard(_progress: float, _total: float | None, message: str | None) -> None:
            said.append(message)
            scope.cancel()

        with anyio.CancelScope() as scope:
            await client.call_tool("history", {"agent": AGENT}, progress_callback=heard)
        assert said[0] is not None
        assert said[0].startswith("history: ")
        demo.faults.clear()
        await called(client, "history", agent=AGENT)

    run(script)


# ---- the process


def test_only_messages_of_the_protocol_reach_the_output(demo: DemoServer, tmp_path: Path) -> None:
    hello = {"protocolVersion": "2025-11-25", "capabilities": {}, "clientInfo": {"name": "t", "version": "1"}}
    sent = [
        b"not json\n",
        b'{"jsonrpc": "2.0"}\n',
        b"[" * 100_000 + b"\n",
        b'{"jsonrpc": "2.0", "id": true, "method": "\\udfff"}\n',
        json.dumps({"jsonrpc": "2.0", "id": 1, "method": "initialize", "params": hello}).encode() + b"\n",
        b'{"jsonrpc": "2.0", "id": 2, "method": "no/such/method"}\n',
        b'{"jsonrpc": "2.0", "id": 3, "method": "tools/call", "params": {"name": "why", "arguments": [1]}}\n',
        b'{"jsonrpc": "2.0", "id": 4, "method": "tools/call", "params": {"name": "\\ud800"}}\n',
    ]
    variables = environment(str(tmp_path)) | {"ASTRO_ACCESS_TOKEN": demo.token}
    command = [PROGRAM, "mcp", "--server", demo.url]
    replies: dict[Any, Any] = {}
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=variables) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        process.stdin.write(b"".join(sent))
        process.stdin.flush()
        errors = []
        while not {1, 2, 3, 4} <= replies.keys():
            reply = json.loads(process.stdout.readline())
            assert reply["jsonrpc"] == "2.0"
            replies[reply["id"]] = reply
            errors += [reply["error"]["code"]] if reply["id"] is None else []
        process.stdin.close()
        assert process.wait(DEADLINE) == 0
    assert replies[1]["result"]["serverInfo"]["name"] == "astro-tui"
    assert errors == [-32700] * 4
    assert "error" in replies[2]
    assert "error" in replies[3]
    assert "Unicode" in replies[4]["error"]["message"]


def test_ctrl_c_ends_it(demo: DemoServer, tmp_path: Path) -> None:
    variables = environment(str(tmp_path)) | {"ASTRO_ACCESS_TOKEN": demo.token}
    command = [PROGRAM, "mcp", "--server", demo.url]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=variables) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        process.stdin.write(b"not json\n")
        process.stdin.flush()
        process.stdout.readline()
        process.send_signal(signal.SIGINT)
        assert process.wait(DEADLINE) == -signal.SIGINT


def test_the_server_cannot_act() -> None:
    code = (
        "import sys, astro_tui.cli.mcp.server, astro_tui.cli.commands.mcp;"
        "print([name for name in sys.modules if name.startswith(('astro_tui.actions', 'textual'))])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_without_the_extra_the_command_says_how_to_install_it(tmp_path: Path) -> None:
    code = (
        "import sys\n"
        "class Missing:\n"
        "    def find_spec(self, name, *_):\n"
        "        if name.split('.')[0] in ('mcp', 'mcp_types', 'anyio'):\n"
        "            raise ModuleNotFoundError(name, name=name.split('.')[0])\n"
        "sys.meta_path.insert(0, Missing())\n"
        "from astro_tui.cli.main import main\n"
        "main(['mcp'])\n"
    )
    variables = environment(str(tmp_path))
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, env=variables, check=False)
    assert done.returncode == 2
    assert 'pip install "astro-tui[mcp]"' in done.stderr
