"""The optional columns about 30 days: one request per account, and a dash where nothing is known."""

from __future__ import annotations

import pytest
from support.app import AppFactory
from support.driving import listed
from support.on_screen import Clock, running, screen_lines, settled, until, until_text

from astro_tui.demo import DemoServer, Fault
from astro_tui.screens.picker.screen import PickerScreen

pytestmark = pytest.mark.anyio
SUMMARIES = "/observability/deployment-summaries"
CHOSEN = ("agent", "status", "requests", "tokens", "cost")


def sent(demo: DemoServer) -> int:
    return sum(SUMMARIES in target for _, target in demo.requests)


def cells(screen: PickerScreen, agent: str) -> list[str]:
    line = next(line for line in screen_lines(screen.app) if agent in line)
    return line.split()[-3:]


@pytest.mark.nightly
async def test_one_request_every_ten_minutes(make_app: AppFactory, demo: DemoServer, clock: Clock) -> None:
    async with running(make_app(columns=CHOSEN), 120, 60) as pilot:
        screen = await listed(pilot)
        await until_text(pilot, "REQ 30D", "TOKENS 30D", "COST 30D", "$")
        assert cells(screen, "Invoice Sorter")[2].startswith("$")
        # A paused agent has no series, a failed query sends zeros, and no price is known for some models.
        assert cells(screen, "Night Watch") == ["–", "–", "–"]
        assert cells(screen, "シフト調整エージェント") == ["–", "–", "–"]
        assert cells(screen, "Policy Search")[2] == "–"
        for seconds, requests in ((60, 1), (541, 2)):
            clock.advance(seconds)
            screen.poll()
            await until(pilot, lambda: screen.agents.fetched == clock(), "another list")
            await settled(pilot)
            assert sent(demo) == requests
        # What is known stays after a failure, which is not repeated with each list.
        demo.faults.set("/accounts/meridian-labs" + SUMMARIES, Fault.response(500))
        clock.advance(601)
        for _ in range(2):
            screen.poll()
            await until(pilot, lambda: screen.agents.fetched == clock(), "another list")
            await settled(pilot)
        assert cells(screen, "Invoice Sorter")[2].startswith("$")
        assert sent(demo) <= 2 + 4


async def test_nothing_is_requested_without_these_columns(make_app: AppFactory, demo: DemoServer) -> None:
    async with running(make_app(), 200, 40) as pilot:
        await listed(pilot)
        await settled(pilot)
        assert sent(demo) == 0
        assert "30D" not in "".join(screen_lines(pilot.app))
