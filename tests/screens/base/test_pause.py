"""`p` stops all automatic refreshes until it is pressed again."""

from __future__ import annotations

import pytest
from support.app import AppFactory
from support.driving import listed, opened
from support.on_screen import Clock, flat, footer, running, settled, until, until_text

from astro_tui.demo import DemoServer
from astro_tui.screens.nodes import NodesPane
from astro_tui.widgets.chrome.bar import KeyHints

pytestmark = pytest.mark.anyio


def requested(demo: DemoServer, part: str) -> int:
    return sum(part in f"{path}?" for _, path in demo.requests)


async def test_the_list(make_app: AppFactory, demo: DemoServer, clock: Clock) -> None:
    async with running(make_app(), 120, 30) as pilot:
        screen = await listed(pilot)
        await settled(pilot)
        await pilot.press("p")
        await until_text(pilot, "updates off ⟳ now", "paused until you press p again")
        screen.query_one(KeyHints).clear_message()
        await until_text(pilot, "p resume")
        assert footer(pilot.app)[0] == "p resume"
        clock.advance(3 * 3600 + 60)
        await until_text(pilot, "updates off ⟳ 3h ago")
        assert "STALE" not in flat(pilot.app)
        # What a timer calls.
        screen.poll()
        screen.suspend()
        screen.resume()
        assert not screen.busy("list")
        # An action that began or ended is no automatic refresh.
        assert screen.table.row is not None
        screen.acted(screen.table.row.key)
        assert screen.busy("list")
        await settled(pilot)
        demo.forget_requests()
        await pilot.press("r")
        await until_text(pilot, "updates off ⟳ now")
        await settled(pilot)
        assert requested(demo, "/deployments?")
        demo.forget_requests()
        await pilot.press("p")
        await until(pilot, lambda: requested(demo, "/deployments?"), "it refreshes again")
        assert "updates off" not in flat(pilot.app)


async def test_one_key_refreshes_once_after_the_clock_jumped(
    make_app: AppFactory, demo: DemoServer, clock: Clock
) -> None:
    async with running(make_app(), 120, 30) as pilot:
        await listed(pilot)
        await settled(pilot)
        clock.advance(3 * 3600)
        demo.forget_requests()
        await pilot.press("r")
        await settled(pilot)
        assert requested(demo, "/deployments?") == 1


async def test_a_deployment_and_its_sections(make_app: AppFactory, demo: DemoServer) -> None:
    async with running(make_app(), 120, 30) as pilot:
        screen = await opened(pilot, "q7k-0ab-x4d")
        await pilot.press("p", "4")
        await until_text(pilot, "updates off", "[4 workloads", "CONTAINERS")
        await settled(pilot)
        screen.poll()
        pane = screen.query_one(NodesPane)
        pane.poll()
        assert not screen._calls
        # Without a tab strip, the first row says how old the section is.
        await pilot.press("f")
        await until_text(pilot, "› workloads", "updates off")
        # Other agents and other screens are not refreshed either.
        await pilot.press("escape", "greater_than_sign")
        await settled(pilot)
        await until_text(pilot, "updates off")
        demo.forget_requests()
        await pilot.press("p")
        await until(
            pilot, lambda: requested(demo, "/deployment?") and requested(demo, "/runtime"), "both are refreshed"
        )
        assert "updates off" not in flat(pilot.app)
