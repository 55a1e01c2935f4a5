"""Nothing on screen moves while ages change: frames over two simulated minutes, at every size."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest
from support.app import AppFactory
from support.demo_caller import calling
from support.demo_deployments import CLAIMS
from support.driving import listed, opened, picker
from support.on_screen import Clock, idle, resized, running, screen_lines, until, until_text
from textual.pilot import Pilot

from astro_tui.demo import DemoServer, Fault
from astro_tui.widgets.chrome.head import Head

pytestmark = [pytest.mark.anyio, pytest.mark.investigating]
SIZES = ((80, 24), (100, 30), (120, 40), (200, 60), (40, 15))
MOMENTS = (0, 1, 9, 10, 59, 60, 61, 99, 100, 120)
"""Seconds after the first frame."""
AGE = re.compile(r"[ ⟳]*\b(now|(STALE )?\d+[smhd]( ago)?)\b *")


def longest(demo: DemoServer) -> str:
    """Return the list with names and builds as long as they can be."""
    with calling(demo) as caller:
        body = caller.get(f"/deployments?account={demo.default_account}")
    for number, row in enumerate(body["deployments"]):
        row["display_name"] = f"{number:02} {'Regulatory Watch of the Insurance Supervision ' * 2}"
        row["build_id"] = "build-20240612-1530-with-more"
    return json.dumps(body)


def without_ages(line: str) -> str:
    """Return a line with dots in place of ages and the blanks around them, cell by cell."""
    return AGE.sub(lambda match: "·" * len(match.group()), line.ljust(220))


async def frames(pilot: Pilot[Any], clock: Clock, rows: slice) -> None:
    """Let two minutes pass, second by second where that matters, without a response from the platform."""
    pilot.app.screen.suspend()  # type: ignore[attr-defined]
    await idle(pilot)
    for width, height in SIZES:
        await resized(pilot, width, height)
        before, passed = "", 0
        for moment in MOMENTS:
            clock.advance(moment - passed)
            passed = moment
            pilot.app.screen.tick()  # type: ignore[attr-defined]
            pilot.app.screen.refresh()
            await pilot.pause()
            lines = "\n".join(map(without_ages, screen_lines(pilot.app)[rows]))
            assert not before or lines == before, (width, moment)
            before = lines
        clock.advance(-passed)


async def test_the_list_stands_still(make_app: AppFactory, demo: DemoServer, clock: Clock) -> None:
    demo.faults.set("/deployments?account=", Fault.response(200, longest(demo)))
    async with running(make_app(), 80, 24) as pilot:
        await listed(pilot)
        await idle(pilot)
        await frames(pilot, clock, slice(None))
        for width, height in SIZES:
            await resized(pilot, width, height)
            if width >= 80:
                table = picker(pilot.app).table
                assert {column.name: size for column, size, _lead in table.columns(table.size.width)}["why"] >= 24
                assert "checked " in screen_lines(pilot.app)[0]


async def test_the_header_of_an_agent_stands_still(make_app: AppFactory, clock: Clock) -> None:
    async with running(make_app(), 80, 24) as pilot:
        await opened(pilot, CLAIMS)
        await idle(pilot)
        await frames(pilot, clock, slice(0, 2))


async def test_a_page_behind_another_one_draws_nothing(make_app: AppFactory, clock: Clock) -> None:
    async with running(make_app(), 120, 40) as pilot:
        await listed(pilot)
        behind = picker(pilot.app)
        screen = await opened(pilot, CLAIMS)
        screen.suspend()
        await idle(pilot)
        before = behind.query_one(Head).plain
        clock.advance(40)
        await until_text(pilot, "40s ago")
        assert behind.query_one(Head).plain == before
        behind.suspend()
        await pilot.press("escape")
        await until(
            pilot, lambda: behind.is_current and behind.query_one(Head).plain != before, "the list, drawn again"
        )
