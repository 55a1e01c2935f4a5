"""Comparing a deployment with something else: the menu, and the agents of all accounts."""

from __future__ import annotations

import json
from typing import Any

import pytest
from support.app import AppFactory
from support.copying import Taken
from support.demo_deployments import CLAIMS
from support.driving import history_shown, opened
from support.on_screen import running, screen_text, settled, until, until_text
from textual.pilot import Pilot

from astro_tui.demo import DemoServer, Fault
from astro_tui.screens.comparing import AgentChoice
from astro_tui.screens.deployment.screen import DeploymentScreen
from astro_tui.screens.diff.screen import DiffScreen

pytestmark = pytest.mark.anyio


def choosing(pilot: Pilot[Any]) -> AgentChoice:
    assert isinstance(pilot.app.screen, AgentChoice), pilot.app.screen
    return pilot.app.screen


async def at_choice(pilot: Pilot[Any], *keys: str) -> AgentChoice:
    await opened(pilot, CLAIMS)
    await pilot.press(*keys, "D", "a")
    await until(pilot, lambda: isinstance(pilot.app.screen, AgentChoice))
    await settled(pilot)
    return choosing(pilot)


async def different(pilot: Pilot[Any]) -> DiffScreen:
    await until(pilot, lambda: isinstance(pilot.app.screen, DiffScreen) and pilot.app.screen.view.diff is not None)
    assert isinstance(pilot.app.screen, DiffScreen)
    return pilot.app.screen


async def test_two_agents_of_two_accounts(make_app: AppFactory, demo: DemoServer) -> None:
    taken = Taken()
    async with running(taken.on(make_app()), 120, 40) as pilot:
        screen = await at_choice(pilot)
        # Other deployments of the same blueprint come first; the deployment itself is not offered.
        assert [choice.entry.deployment.name == "claims-desk" for choice in screen.table.rows[:2]] == [True, False]
        assert {choice.account for choice in screen.table.rows} >= {"meridian-labs", "harborline"}
        assert CLAIMS not in {choice.entry.key for choice in screen.table.rows}
        assert "hibernating" in screen_text(pilot.app)
        # Letters of commands belong to the filter, too.
        await pilot.press(*"HARBOR seal")
        await until(pilot, lambda: screen.table.row_count == 1)
        await pilot.press("enter")
        shown = await different(pilot)
        await until_text(pilot, "diff of two agents", "harborline/Seal Counter", "meridian-labs/Claims Desk")
        assert shown.comparison is not None
        assert shown.comparison.rows.difference
        await pilot.press("y", "t")
        await until(pilot, lambda: taken.texts)
        assert taken.texts[0].startswith("harborline/Seal Counter 🦭: ")
        number = len(demo.requests)
        await pilot.press("x")
        await different(pilot)
        assert len(demo.requests) == number
        # The change of the newest revision is not replaced by the difference between two agents.
        await pilot.press("escape")
        await until(pilot, lambda: isinstance(pilot.app.screen, DeploymentScreen))
        change = pilot.app.session.roster.change(CLAIMS)  # type: ignore[attr-defined]
        assert change is None or change.rows is not shown.comparison.rows


async def test_from_a_difference_and_from_the_history(make_app: AppFactory) -> None:
    async with running(make_app(), 100, 30) as pilot:
        await at_choice(pilot, "d")
        await pilot.press(*"moor", "enter")
        await until_text(pilot, "harborline/Moor Log")
        await pilot.press("d", "h")
        await until(pilot, lambda: history_shown(pilot.app))
        await pilot.press("D", "h")
        await until_text(pilot, "You are already in the history")
        await pilot.press("d")
        await different(pilot)
        await pilot.press("D", "h")
        await until(pilot, lambda: history_shown(pilot.app))
        await pilot.press("D", "D")
        await until_text(pilot, "diff 11 → 12")
        await pilot.press("D", "a")
        await until(pilot, lambda: isinstance(pilot.app.screen, AgentChoice))
        await pilot.press("q", "escape")
        await until_text(pilot, "diff 11 → 12")


async def test_accounts_that_fail_to_load_and_an_agent_without_any_spec(make_app: AppFactory, demo: DemoServer) -> None:
    async with running(make_app(), 80, 24) as pilot:
        await opened(pilot, CLAIMS)
        failing = r"^/deployments\?account=harborline"
        demo.faults.set(failing, Fault.response(500))
        await pilot.press("D", "a")
        await until(pilot, lambda: isinstance(pilot.app.screen, AgentChoice))
        await until_text(pilot, "harborline:")
        assert choosing(pilot).table.row_count > 20
        await pilot.press(*"no such agent", "enter")
        await until_text(pilot, "No agent matches")
        assert isinstance(pilot.app.screen, AgentChoice)
        await pilot.press("escape")
        demo.faults.clear()
        demo.faults.set(r"^/agents/.*/moor-log/", Fault.response(404, json.dumps({"error": "not found"})))
        await until(pilot, lambda: isinstance(pilot.app.screen, DeploymentScreen))
        await pilot.press("D", "a")
        await until(pilot, lambda: isinstance(pilot.app.screen, AgentChoice))
        await settled(pilot)
        await pilot.press(*"moor", "enter")
        await until_text(pilot, "r try again")
        await pilot.press("D", "p")
        await until_text(pilot, "diff 11 → 12")
