"""No two outputs disagree: the list, the deployment, `list --json`, `why --json`, and the list to compare with."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from support.app import NOW, AppFactory
from support.driving import detail, go_to, listed, picker
from support.in_shell import Shell, shell_at
from support.on_screen import running, settled, until

from astro_tui.demo import DemoServer
from astro_tui.presentation.agent_list import Entry
from astro_tui.screens.comparing import AgentChoice
from astro_tui.screens.deployment.screen import DeploymentScreen
from astro_tui.session import watch

pytestmark = [pytest.mark.anyio, pytest.mark.investigating]
OPENED, OTHER = ACCOUNTS = ["meridian-labs", "ferncliff-rail"]
"""Every agent is listed, explained, and compared with; those of the first account are opened, too."""


@pytest.fixture
def shell(
    demo: DemoServer, monkeypatch: pytest.MonkeyPatch, capsysbinary: pytest.CaptureFixture[bytes], tmp_path: Path
) -> Shell:
    return shell_at(NOW, demo, monkeypatch, capsysbinary, tmp_path)


def verdict_of(entry: Entry) -> tuple[Any, ...]:
    """Return what a screen says about an agent."""
    found = entry.diagnosis
    assert found is not None, entry.label
    change = found.change
    return (
        entry.status.plain,
        entry.status.severity.value,
        found.kind.value,
        found.sentence,
        change and (change.revision, change.paths),
    )


def printed(row: dict[str, Any]) -> tuple[Any, ...]:
    """Return what a command says about an agent."""
    change = row["change"]
    return row["cause"]["kind"], row["cause"]["sentence"], change and (change["revision"], tuple(change["paths"]))


def fine(entry: Entry) -> bool:
    """Whether an agent is paused, so that only its status says anything."""
    return entry.status.severity.value == "muted"


@pytest.mark.parametrize(
    "account", [ACCOUNTS[0], *(pytest.param(name, marks=pytest.mark.nightly) for name in ACCOUNTS[1:])]
)
async def test_no_two_outputs_disagree(
    make_app: AppFactory, shell: Shell, monkeypatch: pytest.MonkeyPatch, account: str
) -> None:
    # All of the agents that seem to be fine are read, one after another, as in some minutes of use.
    monkeypatch.setattr(watch, "SWEEP_EVERY", 0.02)
    listed_rows = {row["id"]: row for row in json.loads(shell("list", account, "--json").out)}
    why_rows = {
        row["deployment"]["id"]: row for row in map(json.loads, shell("why", account, "--json").out.splitlines())
    }
    assert why_rows.keys() == listed_rows.keys()
    assert {key: printed(row) for key, row in why_rows.items()} == {
        key: printed(row) for key, row in listed_rows.items()
    }

    async with running(make_app(account=account), 80, 24) as pilot:
        await listed(pilot)
        await until(
            pilot, lambda: all(fine(entry) or entry.diagnosis for entry in picker(pilot.app).loader.state.entries)
        )
        in_list = {entry.key: verdict_of(entry) for entry in picker(pilot.app).loader.state.entries if entry.diagnosis}
        assert {key: found[2:] for key, found in in_list.items()} == {key: printed(why_rows[key]) for key in in_list}
        assert {key: found[:2] for key, found in in_list.items()} == {
            key: (listed_rows[key]["status"], listed_rows[key]["severity"]) for key in in_list
        }
        # One of all agents that have the same output.
        said_once = {(in_list.get(key), printed(row)): key for key, row in why_rows.items()}
        assert len(said_once) > 10
        for key in said_once.values() if account == OPENED else ():
            await go_to(pilot, key)
            await pilot.press("enter")
            await until(pilot, lambda: isinstance(pilot.app.screen, DeploymentScreen))
            await settled(pilot)
            shown = detail(pilot.app).entry
            assert verdict_of(shown)[2:] == printed(why_rows[key]), shown.label
            assert detail(pilot.app).reads.state.status.severity.value == listed_rows[key]["severity"]
            await pilot.press("escape")
            await until(pilot, lambda: picker(pilot.app) is not None)

    # Compared with from an agent of another account.
    async with running(make_app(account=OPENED if account == OTHER else OTHER), 80, 24) as pilot:
        await listed(pilot)
        await pilot.press("D", "a")
        await until(pilot, lambda: isinstance(pilot.app.screen, AgentChoice))
        screen = pilot.app.screen
        assert isinstance(screen, AgentChoice)

        def read() -> bool:
            rows = [row.entry for row in screen._every() if row.account == account]
            return bool(rows) and all(fine(entry) or entry.diagnosis for entry in rows)

        await until(pilot, read)
        rows = {row.entry.key: row.entry for row in screen._every() if row.account == account}
        assert {key: verdict_of(entry)[2:] for key, entry in rows.items() if entry.diagnosis} == {
            key: printed(why_rows[key]) for key, entry in rows.items() if entry.diagnosis
        }
