"""`t` shows times as ages or as local times, on all screens."""

from __future__ import annotations

import pytest
from support.app import AppFactory
from support.demo_deployments import CLAIMS
from support.driving import listed, opened
from support.on_screen import flat, running, screen_lines, settled, until, until_text

from astro_tui.text.times import Times

pytestmark = pytest.mark.anyio


async def test_all_screens(make_app: AppFactory) -> None:
    async with running(make_app(), 120, 40) as pilot:
        screen = await listed(pilot)
        assert "AGE" in screen_lines(pilot.app)[1].split()
        await pilot.press("t")
        await until_text(pilot, "READY WHEN", "Times are shown as local times.")
        assert "AGE" not in screen_lines(pilot.app)[1].split()
        # The heading still sorts.
        line = screen_lines(pilot.app)[1]
        await pilot.click(offset=(line.index("WHEN") + 1, 1))
        await until_text(pilot, "WHEN ▴")
        assert screen.arrangement.order == "age"
        await opened(pilot, CLAIMS)
        for key, heading in (("3", "BUILD WHEN BY"), ("4", "CONTAINERS WHEN")):
            await pilot.press(key)
            await until_text(pilot, heading)
        await pilot.press("3", "t")
        await until_text(pilot, "BUILD AGE BY", "Times are shown as ages.")
        # The list below has ages again, too.
        await pilot.press("escape", "escape")
        await settled(pilot)
        await until_text(pilot, "AGE ▴")


async def test_rows_and_sentences(make_app: AppFactory) -> None:
    async with running(make_app(), 160, 40) as pilot:
        screen = await opened(pilot, CLAIMS)
        await pilot.press("3")
        await until_text(pilot, "e88d3146 2d ")
        await pilot.press("t")
        await until(pilot, lambda: "e88d3146 06-" in flat(pilot.app) or "e88d3146 07-" in flat(pilot.app))
        await pilot.press("d")
        await until_text(pilot, "diff 11 → 12")
        assert " ago" not in screen_lines(pilot.app)[1]
        await pilot.press("t")
        await until(pilot, lambda: " ago" in screen_lines(pilot.app)[1])
        assert screen.look.times is Times.AGES
        # A log uses the key for its own times.
        await pilot.press("escape", "7", "t")
        await until_text(pilot, "[7 logs")
        assert screen.look.times is Times.AGES
