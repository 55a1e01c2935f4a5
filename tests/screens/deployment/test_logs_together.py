"""The logs of several agents in one view, over real HTTP."""

from __future__ import annotations

from typing import Any

import pytest
from support.app import AppFactory
from support.driving import detail, listed, picker
from support.on_screen import running, until, until_text
from textual.pilot import Pilot

from astro_tui.demo import DemoServer, Fault
from astro_tui.screens.deployment.logs_screen import LogsScreen
from astro_tui.screens.deployment.screen import DeploymentScreen
from astro_tui.session.routes import LogsRoute, parse

pytestmark = pytest.mark.anyio


def logs_of(pilot: Pilot[Any]) -> LogsScreen:
    assert isinstance(pilot.app.screen, LogsScreen)
    return pilot.app.screen


async def opened(pilot: Pilot[Any], *labels: str) -> LogsScreen:
    """Mark agents in the list, and open their logs."""
    await listed(pilot)
    table = picker(pilot.app).table
    table.show_marks([row.key for row in table.rows if row.label in labels])
    await pilot.press("l")
    await until(pilot, lambda: isinstance(pilot.app.screen, LogsScreen), "the logs")
    screen = logs_of(pilot)
    await until(pilot, lambda: screen.pane.complete, "the last lines of all workloads")
    return screen


async def test_marked_agents_are_shown_together(make_app: AppFactory) -> None:
    async with running(make_app()) as pilot:
        screen = await opened(pilot, "Claims Desk (EU)", "Claims Desk (US)", "Mail Triage")
        await until_text(pilot, "logs of 3 agents", "live")
        assert {source.agent for source in screen.pane.feed.states} == {
            "Claims Desk (EU)", "Claims Desk (US)", "Mail Triage",
        }  # fmt: skip
        assert isinstance(parse(str(screen.route)), LogsRoute)
        # A query finds an agent, and `a` opens it at the line under the cursor.
        await pilot.press("slash", *"agent:triage", "enter", "ampersand")
        await until_text(pilot, "only /agent:triage")
        view = screen.pane.view
        await until(pilot, lambda: view.row and view.row.source.agent == "Mail Triage", "a line of this agent")
        await pilot.press("a")
        await until(pilot, lambda: isinstance(pilot.app.screen, DeploymentScreen), "the agent")
        assert detail(pilot.app).entry.label == "Mail Triage"
        await until_text(pilot, "[7 logs]")


async def test_more_agents_than_are_streamed_are_read_in_turn(make_app: AppFactory) -> None:
    async with running(make_app()) as pilot:
        await listed(pilot)
        await pilot.press("asterisk", "l")
        await until_text(pilot, "logs of 30 agents", "10 agents in turn")
        screen = logs_of(pilot)
        assert screen.route == LogsRoute((("meridian-labs", ""),))
        lines = screen.pane.feed.store
        await until(pilot, lambda: len({each.deployment_id for each in lines.sources}) > 20, "lines of the others")


async def test_an_agent_that_cannot_be_read_is_named(make_app: AppFactory, demo: DemoServer) -> None:
    demo.faults.set(r"^/deployments/[^/?]+$", Fault.response(403), count=1)
    async with running(make_app()) as pilot:
        await opened(pilot, "Claims Desk (US)", "Mail Triage")
        await until_text(pilot, "Cannot read")
