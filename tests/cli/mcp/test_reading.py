"""What the tools return is what the commands print: facts, numbers, old values, and notes about what is missing."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from support.agent_tools import asked
from support.demo_deployments import CLAIMS
from support.in_shell import Shell, shell_at

from astro_tui.cli.connection import CliConnection
from astro_tui.cli.mcp.reading import ToolReader
from astro_tui.demo import DemoServer, Fault
from astro_tui.errors import ConfigError
from astro_tui.platform.client import Call, Platform
from astro_tui.state.settings import Settings
from astro_tui.text.redaction import MASK

AGENT = "meridian-labs/report-writer"
EU = f"meridian-labs/{CLAIMS}"
UNREADABLE = Fault.response(502, '{"error":"failed to query langfuse trace"}')
EMPTY = Fault.response(200, '{"trace": {"trace_id": "t1"}, "observations": [], "scores": []}')


@pytest.fixture
def demo() -> Iterator[DemoServer]:
    """A demo platform with the same clock as the commands."""
    with DemoServer(frozen=True) as server:
        yield server


@pytest.fixture
def connection(demo: DemoServer) -> Iterator[CliConnection]:
    platform = Platform(demo.url, demo.token, read_only=True)
    yield CliConnection(platform, Settings(server=demo.url, token=demo.token))
    platform.close()


NOTED: dict[str, tuple[list[str], dict[str, Any]]] = {
    "traces": (["traces", EU, "--failed"], {"agent": EU, "failed": True}),
    "list_agents": (["list", "meridian-labs", "--quick"], {"account": "meridian-labs", "quick": True}),
    "diff": (["diff", AGENT, "6"], {"agent": AGENT, "old": 6}),
    "show": (["show", AGENT], {"agent": AGENT}),
}


@pytest.mark.parametrize("tool", NOTED)
def test_a_result_has_every_note_of_the_command(
    shell: Shell, demo: DemoServer, connection: CliConnection, tool: str
) -> None:
    command, given = NOTED[tool]
    demo.faults.set(r"^/.*/traces/\w", UNREADABLE)
    rows = {"deployments": [{"id": "d1", "name": "one"}, 5]}
    demo.faults.set("/deployments?", Fault.response(200, json.dumps(rows)), count=2 if tool == "list_agents" else 0)
    printed = [line.removeprefix("astro-tui: ") for line in shell(*command).err.splitlines()]
    assert printed
    assert set(printed) <= set(asked(connection, tool, **given)["notes"])


def test_a_log_that_cannot_be_read_or_has_no_lines_is_a_note(demo: DemoServer, connection: CliConnection) -> None:
    demo.faults.set(r"^/.*/logs.*collector", Fault.response(500))
    # Its job writes some at two in the morning.
    demo.faults.set(r"^/.*/logs.*nightly", Fault.response(200, "[]"))
    notes = asked(connection, "logs", agent="meridian-labs/mail-triage")["notes"]
    assert any(note.startswith("collector: ") for note in notes), notes
    assert any(note.startswith("no lines of mail-triage-ingestion-nightly since ") for note in notes), notes


def test_a_trace_without_observations_is_a_result(demo: DemoServer, connection: CliConnection) -> None:
    demo.faults.set(r"^/.*/traces/t1", EMPTY)
    result = asked(connection, "traces", agent=EU, trace="t1")
    assert (result["items"], result["coverage"]) == ([], "no spans; trace t1")
    assert result["notes"]


def test_a_search_says_that_more_traces_may_match(demo: DemoServer, connection: CliConnection) -> None:
    result = asked(connection, "traces", agent=EU, search="SUPPORT")
    assert len(result["items"]) >= 50
    assert any(note.startswith("more traces may match") for note in result["notes"])
    result = asked(connection, "traces", agent=EU, search="delegation")
    assert len(result["items"]) == 1
    assert any(note.startswith("older traces than the newest") for note in result["notes"])
    assert not [target for _method, target in demo.requests if "search" in target]


def test_a_name_alone_is_enough_if_only_one_account_has_it(connection: CliConnection) -> None:
    [item] = asked(connection, "why", agent="Weekly Numbers")["items"]
    assert item["cause"]["kind"] == "memory"
    assert item["next"][-1]["text"].startswith("The newest build d0e14b2a failed at validating-spec")
    assert "use one of these ids" in asked(connection, "why", agent="claims-desk")["error"]


def test_a_difference_has_the_old_values(connection: CliConnection) -> None:
    items = asked(connection, "diff", agent=AGENT)["items"]
    assert {"op": "replace", "path": "/agent/replicas", "value": 3, "old": 2} in items


def test_numbers_are_those_of_the_command(
    demo: DemoServer,
    connection: CliConnection,
    monkeypatch: pytest.MonkeyPatch,
    capsysbinary: pytest.CaptureFixture[bytes],
    tmp_path: Path,
) -> None:
    shell = shell_at(datetime.now(UTC), demo, monkeypatch, capsysbinary, tmp_path)
    printed = json.loads(shell("numbers", "meridian-labs/mail-triage", "--range", "6h", "--json").out)
    given = {"agent": "meridian-labs/mail-triage", "what": "numbers", "range": "6h"}
    shown = {item["path"]: item["value"] for item in asked(connection, "show", **given)["items"]}
    assert shown[".medians"] == printed["medians"]
    assert [each["newest"] for each in shown[".numbers"]] == [each["newest"] for each in printed["numbers"]]
    samples = asked(connection, "show", **given, path=".numbers[1].samples")["items"]
    assert [item["value"] for item in samples] == printed["numbers"][1]["samples"]
    assert MASK not in json.dumps([shown, samples], ensure_ascii=False)


def test_findings_are_those_of_the_command(
    demo: DemoServer,
    connection: CliConnection,
    monkeypatch: pytest.MonkeyPatch,
    capsysbinary: pytest.CaptureFixture[bytes],
    tmp_path: Path,
) -> None:
    shell = shell_at(datetime.now(UTC), demo, monkeypatch, capsysbinary, tmp_path)
    printed = json.loads(shell("check", "copper-lantern/price-watch", "--json").out)["findings"]
    items = asked(connection, "check", agent="copper-lantern/price-watch")["items"]
    assert [(each["code"], each["places"]) for each in items] == [(each["code"], each["places"]) for each in printed]
    assert "variable-edited" in [each["code"] for each in items]


def test_a_search_sees_no_more_than_its_result(demo: DemoServer, connection: CliConnection) -> None:
    """Results are masked twice here: as a spec, and as a text. What only the second masker hides is not found."""
    digest = "BiTI3qAw/fJ1veMtxO5kWqYA7NsGfGvxaXNPTfpfcPo="
    spec = {"agent": {"digest": digest, "environment": {"DB_PASSWORD": "hunter2-Correct-Horse", "MODE": "fast"}}}
    demo.faults.set("^/.*/claims-desk/deployment$", Fault.response(200, json.dumps({"id": CLAIMS, "spec": spec})))

    def found(expression: str, **more: Any) -> list[Any]:
        given = {"expression": expression, "accounts": "meridian-labs", **more}
        return [(each.get("path"), each["value"]) for each in asked(connection, "find", **given)["items"]]

    assert found(".agent.digest") == [(".agent.digest", MASK)]
    assert found("v:fast") == [(".agent.environment.MODE", "fast")]
    assert (".agent.digest", MASK) in found(".agent.digest", differs=True)
    for guess in (digest[:4], digest[:12], digest, "hunter2", "hunter2-Correct-Horse"):
        for form in ("v:{}", "v:re:^{}", ".agent.digest ~ {}", ".agent.environment.* = {}", ".agent.digest = {}"):
            assert found(form.format(guess.replace("+", "."))) == []
    coverage = asked(connection, "find", expression="v:fast", accounts="meridian-labs")["coverage"]
    assert "of 30 agents; " in coverage


def test_only_the_accounts_of_the_server_are_searched(connection: CliConnection) -> None:
    reader = ToolReader(connection.of_call(Call()), ("harborline",))
    with pytest.raises(ConfigError, match="started for harborline only"):
        reader.read("find", {"expression": "x", "accounts": "meridian-labs"}, None)
    assert reader.read("find", {"expression": ".source.account", "accounts": "*"}, None).total == 3
