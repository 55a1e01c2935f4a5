"""Every view shows the same state of an agent, and calls it unknown only after it failed to load."""

from __future__ import annotations

import json
import re
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from support.app import NOW, AppFactory
from support.demo_deployments import CLAIMS
from support.driving import go_to, listed, opened, picker
from support.in_shell import Shell, shell_at
from support.on_screen import running, screen_text, settled, until, until_text
from textual.pilot import Pilot

from astro_tui.demo import DemoServer, Fault
from astro_tui.platform.deployment_rows import Deployment
from astro_tui.platform.models import StatusReport
from astro_tui.presentation.agent_filter import matching
from astro_tui.presentation.agent_list import entry_of, tally
from astro_tui.presentation.verdicts import Verdicts
from astro_tui.screens.comparing import AgentChoice

pytestmark = [pytest.mark.anyio, pytest.mark.investigating]
SUSPENDED = "Lead Scorer"
STATUS = "^/deployments/[^/]+/status"
CONTAINER = {"name": "app", "state": "Running", "ready": True, "restart_count": 0}
HEALTHY = json.dumps(
    {"runtime": {"ready": 1, "replicas": 1, "workloads": [{"name": "w", "pod_name": "w-1", "containers": [CONTAINER]}]}}
)


def entry(word: str, key: str = "d-1", age: float = 0, build: str = "4a32b0aa") -> Any:
    created = (NOW - timedelta(seconds=age)).isoformat()
    return entry_of(Deployment(id=key, name="x", status=word, created_at=created, build_id=build))


def report(value: str, reason: str = "") -> StatusReport:
    return StatusReport(value=value, reason=reason)


# ---- the facts


def test_a_report_is_kept_while_the_list_is_unchanged() -> None:
    verdicts = Verdicts()
    assert verdicts.keep(entry("error"), report("inactive", "suspended")).status.label == "SUSPENDED"
    assert verdicts.known(entry("error")).status.label == "SUSPENDED"
    assert verdicts.known(entry("Running")).status.label == "ACTIVE"
    assert verdicts.known(entry("error", "d-2")).status.label == "FAILED"


def test_the_build_of_a_rollback_is_kept() -> None:
    verdicts = Verdicts()
    listed, other = entry("Running"), entry("Running", "d-2")
    verdicts.rolled_back("d-1", listed.build, "1fa07c3b")
    known = verdicts.known(listed)
    assert (known.left, known.build, known.behind) == (listed.build, "1fa07c3b", True)
    assert verdicts.known(known) == known
    assert verdicts.known(other) == other
    # The platform has caught up.
    later = verdicts.known(entry("Running", build="1fa07c3b"))
    assert (later.left, later.build, later.behind) == (listed.build, "1fa07c3b", False)


def test_filters_match_the_reported_state() -> None:
    suspended = Verdicts().keep(entry("error"), report("inactive", "suspended"))
    assert matching([suspended], "suspended") == [suspended]
    assert matching([suspended], "failed") == []


@pytest.mark.parametrize(
    ("word", "known", "label"),
    [
        ("suspended", None, "SUSPENDED"),
        ("failed", None, "FAILED"),
        ("active", None, "ACTIVE"),
        ("stopped", None, "PAUSED"),
        # The list has one word for all of them.
        ("pending", None, "PENDING"),
        ("provisioning", None, "PENDING"),
        ("deploying", None, "PENDING"),
        ("hibernating", None, "hibernating"),
        ("", None, "UNKNOWN"),
        ("deploying", report("deploying", "provisioning"), "DEPLOYING"),
        ("active", report("active", "ready_lag"), "ACTIVE~"),
        ("suspended", report("inactive", "suspended"), "SUSPENDED"),
        # The report is older than the word.
        ("active", report("deploying", "provisioning"), "ACTIVE"),
        ("failed", report("inactive", "suspended"), "FAILED"),
        ("suspended", report("error", "failed"), "SUSPENDED"),
        ("stopped", report("active", "ready"), "PAUSED"),
    ],
)
def test_database_words(word: str, known: StatusReport | None, label: str) -> None:
    verdicts = Verdicts()
    if known is not None:
        verdicts.keep(entry("x"), known)
    assert verdicts.of("d-1", word).label == label


# ---- every view


async def compare_list(pilot: Pilot[Any], key: str = CLAIMS) -> AgentChoice:
    """Open the list of agents to compare with, and wait for their states."""
    await opened(pilot, key)
    await pilot.press("D", "a")
    await until(pilot, lambda: isinstance(pilot.app.screen, AgentChoice))
    await settled(pilot)
    screen = pilot.app.screen
    assert isinstance(screen, AgentChoice)
    return screen


@pytest.fixture
def shell(
    demo: DemoServer, monkeypatch: pytest.MonkeyPatch, capsysbinary: pytest.CaptureFixture[bytes], tmp_path: Path
) -> Shell:
    return shell_at(NOW, demo, monkeypatch, capsysbinary, tmp_path)


async def test_the_compare_list_reuses_known_states(make_app: AppFactory, demo: DemoServer) -> None:
    async with running(make_app(), 90, 26) as pilot:
        await listed(pilot)
        await settled(pilot)
        known = tuple(f"/deployments/{each.key}/status" for each in picker(pilot.app).agents.entries)
        before = sum(target.endswith(known) for _, target in demo.requests)
        screen = await compare_list(pilot)
        states = {row.entry.label: row.entry.status.label for row in screen.table.rows}
        assert states[SUSPENDED] == "SUSPENDED"
        # Only for the agent that was opened. The agents of other accounts have no known states yet.
        assert sum(target.endswith(known) for _, target in demo.requests) == before + 1


# ---- rows without a state (platform.md §15)


def rows_without_status(demo: DemoServer, count: int = 3) -> None:
    rows = [{"id": f"d-{number}", "name": f"agent-{number}"} for number in range(count)]
    demo.faults.set("/deployments", Fault.response(200, json.dumps({"deployments": rows})))
    demo.faults.set(STATUS, Fault.response(200, '{"value":"active","reason":"ready"}'))


async def test_the_picker_requests_states_that_the_list_lacks(make_app: AppFactory, demo: DemoServer) -> None:
    rows_without_status(demo, 12)
    async with running(make_app(), 90, 26) as pilot:
        screen = await listed(pilot)
        await settled(pilot)
        assert [(status.label, number) for status, number in tally(screen.agents.entries)] == [("ACTIVE", 12)]
        assert "UNKNOWN" not in screen_text(pilot.app)


async def test_no_row_is_unknown_while_its_state_loads(make_app: AppFactory, demo: DemoServer) -> None:
    rows_without_status(demo)
    demo.faults.set(STATUS, Fault.hang())
    async with running(make_app(), 90, 26) as pilot:
        await go_to(pilot, "d-1")
        screen = picker(pilot.app)
        await until(pilot, lambda: any(target.endswith("/status") for _, target in demo.requests))
        assert "UNKNOWN" not in screen_text(pilot.app)
        assert {each.status.plain for each in screen.agents.entries} == {"loading"}
        await pilot.press("enter")
        await until_text(pilot, "agent-1")
        assert "UNKNOWN" not in screen_text(pilot.app)


async def test_a_state_that_cannot_be_loaded_is_unknown_and_says_why(make_app: AppFactory, demo: DemoServer) -> None:
    rows_without_status(demo)
    demo.faults.set(STATUS, Fault.response(500))
    async with running(make_app(), 90, 26) as pilot:
        await go_to(pilot, "d-1")
        await settled(pilot)
        await until_text(pilot, "UNKNOWN", "internal error")
        await pilot.press("enter")
        await settled(pilot)
        await until_text(pilot, "UNKNOWN")
        await pilot.press("escape")
        screen = await compare_list(pilot, "d-1")
        assert {row.entry.status.label for row in screen.table.rows} == {"UNKNOWN"}


def test_the_shell_requests_states_that_the_list_lacks(shell: Shell, demo: DemoServer) -> None:
    rows_without_status(demo, 12)
    demo.faults.set(re.compile("^/deployments/.*/runtime"), Fault.response(200, HEALTHY))
    done = shell("list", "acme")
    assert (done.code, done.err) == (0, "")
    assert done.lines[-1] == "12 agents: 12 active"
    assert {row["status"] for row in json.loads(shell("list", "acme", "--json").out)} == {"active"}
    demo.faults.set(re.compile("^/deployments/"), Fault.response(500))
    done = shell("list", "acme")
    assert "12 agents are judged by the list alone" in done.err
    assert "12 unknown" in done.out
    # An unknown state must not count as healthy.
    assert done.code == 2
