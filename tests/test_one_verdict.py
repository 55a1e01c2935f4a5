"""No two outputs disagree: the list, the deployment, the commands, the tools for coding agents, and the report."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from support.agent_tools import asked
from support.app import NOW, AppFactory
from support.driving import listed, opened, picker
from support.in_shell import Shell, shell_at
from support.on_screen import running, settled, until

from astro_tui.cli.connection import CliConnection
from astro_tui.cli.mcp.results import Masker
from astro_tui.demo import DemoServer
from astro_tui.diagnosis import as_json
from astro_tui.platform import rounds
from astro_tui.platform.client import Platform
from astro_tui.presentation.agent_list import Entry
from astro_tui.presentation.timeline import Happening
from astro_tui.presentation.timeline import as_json as happening_json
from astro_tui.screens.comparing import AgentChoice
from astro_tui.screens.deployment.sections.events import TimelinePane
from astro_tui.screens.deployment.sections.why import report_of
from astro_tui.screens.picker.screen import PickerScreen
from astro_tui.session import watch
from astro_tui.state.settings import Settings

pytestmark = [pytest.mark.anyio, pytest.mark.investigating]
OPENED, OTHER = ACCOUNTS = ["meridian-labs", "ferncliff-rail"]
"""Every agent is listed, explained, and compared with."""


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
    monkeypatch.setattr(rounds, "SWEEP_EVERY", 0.02)
    monkeypatch.setattr(rounds, "REPEAT_EVERY", 0.02)
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
        await until(pilot, lambda: all(fine(entry) or entry.diagnosis for entry in picker(pilot.app).agents.entries))
        in_list = {entry.key: verdict_of(entry) for entry in picker(pilot.app).agents.entries if entry.diagnosis}
        assert {key: found[2:] for key, found in in_list.items()} == {key: printed(why_rows[key]) for key in in_list}
        assert {key: found[:2] for key, found in in_list.items()} == {
            key: (listed_rows[key]["status"], listed_rows[key]["severity"]) for key in in_list
        }

    # Compared with from an agent of another account.
    async with running(make_app(account=OPENED if account == OTHER else OTHER), 80, 24) as pilot:
        await listed(pilot)
        # How many agents are looked at that are not on screen is not what this is about.
        monkeypatch.setattr(watch, "MOST_UNSEEN", 200)
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


# ---- every story, in full


def whole(trusted: Any, written: Any) -> Any:
    """Return an item of a tool with the texts that it keeps apart."""
    if isinstance(trusted, dict):
        keys = dict.fromkeys([*trusted, *(written or {})])
        return {key: whole(trusted.get(key), (written or {}).get(key)) for key in keys}
    if isinstance(trusted, list):
        return [whole(*pair) for pair in zip(trusted, written or [None] * len(trusted), strict=True)]
    return written if trusted is None else trusted


def told(connection: CliConnection, tool: str, name: str) -> list[Any]:
    """Return what a tool says about an agent."""
    result = asked(connection, tool, agent=name)
    assert "error" not in result, result
    return whole(result["items"], result["untrusted"])  # type: ignore[no-any-return]


async def test_screen_shell_report_and_tools_say_the_same_about_every_story(
    make_app: AppFactory, shell: Shell, demo: DemoServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    severities = {row["id"]: row["severity"] for row in json.loads(shell("list", OPENED, "--json").out)}
    assert len(severities) >= 30
    said, reports = {}, {}
    for key in severities:
        name = f"{OPENED}/{key}"
        printed = [json.loads(shell(command, name, "--json").out) for command in ("why", "events", "report")]
        said[key] = why, events, report = printed
        reports[key] = shell("report", name).out
        assert report["diagnosis"] == why
        near = [row for row in events if row in report["events"]]
        assert near == report["events"], key
        platform = Platform(demo.url, demo.token)
        connection = CliConnection(platform, Settings(server=demo.url, token=demo.token))
        assert told(connection, "why", name) == [Masker().value(why)]
        assert told(connection, "events", name) == Masker().value(events)
        platform.close()
    async with running(make_app(account=OPENED), 80, 24) as pilot:
        await listed(pilot)
        for key, severity in severities.items():
            why, events, _report = said[key]
            screen = await opened(pilot, key)
            await screen.show_section("events")
            pane = pilot.app.screen.query_one(TimelinePane)
            await until(pilot, lambda pane=pane: pane.rows.value is not None, "rows " + key)
            await settled(pilot)
            diagnosis = screen.entry.diagnosis
            assert diagnosis is not None
            diagnosis = screen.session.agent(OPENED, screen.entry).advised(diagnosis)
            assert (as_json(diagnosis), screen.reads.state.status.severity.value) == (why, severity), key
            assert pane.rows.value is not None
            shown = [happening_json(row) for row in pane.rows.value.nodes.tops if isinstance(row, Happening)]
            assert shown == events, key
            assert str(report_of(screen.session, screen.reads.state).text) == reports[key], key
            while not isinstance(pilot.app.screen, PickerScreen):
                await pilot.press("escape")
