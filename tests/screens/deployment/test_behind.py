"""Behind another screen or a box, the deployment screen and its open section request nothing by themselves."""

from __future__ import annotations

import re

import pytest
from support.app import AppFactory
from support.driving import detail, go_to, opened
from support.on_screen import Clock, flat, held, running, settled, until, until_text
from textual.pilot import Pilot

from astro_tui.demo import DemoServer, Fault
from astro_tui.screens.deployment.screen import DeploymentScreen
from astro_tui.screens.nodes import NodesPane

pytestmark = pytest.mark.anyio
CLAIMS = "q7k-0ab-x4d"
RECORD, RUNTIME = "/claims-desk/deployment", f"/deployments/{CLAIMS}/runtime"
HELD = "/deployment$|/runtime$"
COVERS = pytest.mark.parametrize("key", ["question_mark", "y"], ids=["help", "a box"])


def count(demo: DemoServer, part: str) -> int:
    return sum(target.endswith(part) for _, target in demo.requests)


async def in_workloads(pilot: Pilot[None]) -> tuple[DeploymentScreen, NodesPane]:
    screen = await opened(pilot, CLAIMS)
    await pilot.press("4")
    await until_text(pilot, "[4 workloads", "CONTAINERS")
    await settled(pilot)
    return screen, screen.query_one(NodesPane)


async def cover(pilot: Pilot[None], key: str) -> None:
    """Open another screen or a box."""
    screen = pilot.app.screen
    await pilot.press(key)
    await until(pilot, lambda: pilot.app.screen is not screen, "what is in front")
    await settled(pilot)


@COVERS
async def test_nothing_is_requested_until_the_screen_is_in_front_again(
    key: str, make_app: AppFactory, demo: DemoServer, clock: Clock
) -> None:
    async with running(make_app(), 120, 40) as pilot:
        screen, pane = await in_workloads(pilot)
        assert screen.reads.record.planned
        assert pane.rows.planned
        await cover(pilot, key)
        assert not screen.reads.record.planned
        assert not pane.rows.planned
        # Timers that were due when they were stopped.
        screen.reads.record.due()
        pane.rows.due()
        assert not screen._calls
        demo.forget_requests()
        await pilot.press("escape")
        await until(pilot, lambda: screen.reads.record.planned and pane.rows.planned, "it polls again")
        # What is on screen was read just now.
        assert count(demo, RECORD) == count(demo, RUNTIME) == 0
        await cover(pilot, key)
        clock.advance(4)
        demo.forget_requests()
        await pilot.press("escape")
        await until(pilot, lambda: count(demo, RECORD) and count(demo, RUNTIME), "what is old is refreshed at once")


async def test_a_late_response_plans_nothing_behind_another_screen(make_app: AppFactory, demo: DemoServer) -> None:
    async with running(make_app(), 120, 40) as pilot:
        screen, pane = await in_workloads(pilot)
        with held(demo, HELD):
            await pilot.press("r")
            await until(pilot, lambda: screen.busy("record") and screen.busy("workloads/rows"), "the requests")
            await pilot.press("question_mark")
            await until(pilot, lambda: pilot.app.screen is not screen, "the help")
        await until(pilot, lambda: not screen._calls, "the late responses")
        assert not screen.reads.record.planned
        assert not pane.rows.planned


async def test_an_open_request_is_not_sent_again_when_a_box_closes(make_app: AppFactory, demo: DemoServer) -> None:
    async with running(make_app(), 120, 40) as pilot:
        await go_to(pilot, CLAIMS)
        demo.forget_requests()
        with held(demo, HELD):
            await pilot.press("enter")
            await until(pilot, lambda: isinstance(pilot.app.screen, DeploymentScreen), "the screen")
            screen = detail(pilot.app)
            await until(pilot, lambda: count(demo, RECORD), "the request")
            await pilot.press("question_mark")
            await until(pilot, lambda: pilot.app.screen is not screen, "the help")
            await pilot.press("escape")
            await until(pilot, lambda: screen.in_front, "the screen again")
        await settled(pilot)
        assert count(demo, RECORD) == 1
        assert screen.reads.record.planned


async def test_what_an_action_changed_is_loaded_when_the_screen_is_in_front_again(
    make_app: AppFactory, demo: DemoServer
) -> None:
    async with running(make_app(), 120, 40) as pilot:
        screen = await opened(pilot, CLAIMS)
        await settled(pilot)
        # During a pause, too: it ends only polling.
        for paused in (False, True):
            screen.session.paused = paused
            await cover(pilot, "question_mark")
            demo.forget_requests()
            screen.acted(CLAIMS)
            assert not screen.busy("record")
            await pilot.press("escape")
            await until(pilot, lambda: count(demo, RECORD), "the state after the action")
            await settled(pilot)


async def test_a_pause_after_a_failure_outlasts_a_box(make_app: AppFactory, demo: DemoServer, clock: Clock) -> None:
    async with running(make_app(), 120, 40) as pilot:
        screen, _pane = await in_workloads(pilot)
        demo.faults.set(re.compile("/deployment$"), Fault.response(500))
        clock.advance(4)
        await pilot.press("r")
        await until(pilot, lambda: screen.reads.record.error, "the failure")
        await settled(pilot)
        for seconds, sent in ((4, False), (3, True)):
            await cover(pilot, "question_mark")
            clock.advance(seconds)
            demo.forget_requests()
            await pilot.press("escape")
            await until(pilot, lambda: screen.in_front and screen.reads.record.planned, "it polls again")
            await settled(pilot)
            assert bool(count(demo, RECORD)) is sent


async def test_one_reload_after_signing_in_on_another_screen(
    make_app: AppFactory, demo: DemoServer, clock: Clock
) -> None:
    async with running(make_app(), 120, 40) as pilot:
        screen, _pane = await in_workloads(pilot)
        demo.faults.set(re.compile("/deployment$|/runtime$"), Fault.response(401))
        await pilot.press("r")
        await until(pilot, lambda: screen.login.signed_out, "signed out")
        await settled(pilot)
        demo.faults.clear()
        demo.forget_requests()
        await pilot.press("A")
        await until_text(pilot, "harborline")
        await until(pilot, lambda: not screen.session.signed_out, "the accounts were accepted")
        clock.advance(20)
        await pilot.press("escape")
        await until(pilot, lambda: not screen.login.must_reload and screen.reads.record.planned, "it polls again")
        await settled(pilot)
        assert count(demo, RECORD) == 1
        # The diagnosis reads it, too, if it is earlier than the section.
        assert 1 <= count(demo, RUNTIME) <= 2
        assert "just sent" not in flat(pilot.app)
