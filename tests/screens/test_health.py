"""A change of health rings the bell in the app, whatever screen is in front, and is a line of `watch`."""

from __future__ import annotations

import json
import subprocess
import urllib.request
from pathlib import Path
from typing import Any

import pytest
from support.app import AppFactory
from support.deadline import DEADLINE
from support.demo_deployments import CLAIMS
from support.in_shell import PROGRAM, signed_in
from support.on_screen import running, until, until_text

from astro_tui.demo import DemoServer, Fault

ACCOUNT = "meridian-labs"


def listed_as_failed(demo: DemoServer) -> Fault:
    """Return the list as the demo sends it, except that one agent failed."""
    headers = {"Authorization": f"Bearer {demo.token}"}
    request = urllib.request.Request(f"{demo.url}/api/v1/deployments?account={ACCOUNT}", headers=headers)
    with urllib.request.urlopen(request) as response:
        body: dict[str, Any] = json.load(response)
    for row in body["deployments"]:
        if row["id"] == CLAIMS:
            row["status"] = "error"
    return Fault.response(200, json.dumps(body))


def fail(demo: DemoServer, listed: Fault) -> None:
    """Let one agent fail from now on."""
    status = Fault.response(200, json.dumps({"value": "error", "reason": "failed", "details": "Deployment failed"}))
    demo.faults.set(f"/deployments/{CLAIMS}/status", status)
    demo.faults.set(rf"^/deployments\?account={ACCOUNT}", listed)


def rounds(demo: DemoServer) -> int:
    return sum(target.startswith("/api/v1/deployments?") for _method, target in demo.requests)


@pytest.mark.anyio
@pytest.mark.parametrize(("accounts", "agents"), [([ACCOUNT], 30), ([ACCOUNT, "harborline"], 33)])
async def test_an_agent_that_breaks_rings_the_bell_on_another_screen(
    make_app: AppFactory, demo: DemoServer, monkeypatch: pytest.MonkeyPatch, accounts: list[str], agents: int
) -> None:
    written: list[str] = []
    monkeypatch.setattr("astro_tui.app.health.write_to_terminal", lambda _app, sequence: written.append(sequence))
    app = make_app(notify={"method": "bell"}, refresh=0.2, account=" ".join(accounts))
    fault = listed_as_failed(demo)
    async with running(app, 120, 30) as pilot:
        app._settle()
        await until_text(pilot, f"watching {agents} agents; ", "have a problem: ")
        await pilot.press("ctrl+p")
        await until(pilot, lambda: len(app.session.roster.lists) > 2, "the lists of other accounts")
        await pilot.press("escape", "enter")
        # The list's own screen no longer polls.
        before = rounds(demo)
        await until(pilot, lambda: rounds(demo) > before + 1, "two rounds")
        watched = [target.partition("account=")[2] for _method, target in demo.requests[-2:]]
        assert {name for name in watched if name} <= set(accounts)
        fail(demo, fault)
        await until(pilot, lambda: written, "a bell")
        assert written == ["\a"]


@pytest.mark.nightly
def test_watch_prints_changes_and_ends_at_the_wanted_one(demo: DemoServer, tmp_path: Path) -> None:
    command = [PROGRAM, "watch", ACCOUNT, "--json", "--until", "broken", "--refresh", "2", "--server", demo.url]
    fault = listed_as_failed(demo)
    with subprocess.Popen(command, env=signed_in(demo, tmp_path), stdout=subprocess.PIPE) as process:
        while rounds(demo) < 4:
            assert process.poll() is None
        fail(demo, fault)
        out, _err = process.communicate(timeout=DEADLINE)
    assert process.returncode == 0
    first, event = (json.loads(out.splitlines()[place]) for place in (0, -1))
    assert first["event"] == "watching"
    assert "Weekly Numbers" in [agent["name"] for agent in first["agents"]]
    assert event["event"] == "broken"
    assert [agent["id"] for agent in event["agents"]] == [CLAIMS]
    assert event["sentence"].startswith(f"{ACCOUNT}/")
