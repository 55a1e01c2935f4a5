"""Actions on marked agents: one preview, one confirmation, and a table of results that stays on screen."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Sequence
from typing import Any

import pytest
from support.acting import EU, LABS, NOW, US, writes
from support.app import AppFactory
from support.driving import go_to, listed
from support.on_screen import flat, running, until, until_text
from support.open_demo import OpenDemo
from textual.events import Paste
from textual.pilot import Pilot

from astro_tui.actions.presses import TYPED
from astro_tui.demo import Fault
from astro_tui.platform import rounds
from astro_tui.screens.actions.bulk import BulkBox
from astro_tui.screens.picker.screen import PickerScreen

pytestmark = pytest.mark.anyio
BROKEN = Fault.response(503, '{"error":"cluster unavailable"}')
SIX = (EU, US, "b0c-4y0-dft", "9vq-x1z-l5u", "iis-37e-9lm", "rvn-r0v-h04")


@pytest.fixture
def demo(monkeypatch: pytest.MonkeyPatch) -> Iterator[OpenDemo]:
    monkeypatch.setattr(rounds, "FOLLOWED", 0.05)
    with OpenDemo(frozen=True, clock=lambda: NOW) as server:
        for key in SIX:
            server.put(key, "active")
        yield server


async def previewed(pilot: Pilot[Any], letter: str, keys: Sequence[str] = SIX[:2]) -> BulkBox:
    """Mark agents, and wait until the preview of an action on them can be read."""
    await listed(pilot)
    for key in keys:
        await go_to(pilot, key)
        await pilot.press("space")
    await pilot.press("a", letter)
    return await readable(pilot)


async def readable(pilot: Pilot[Any]) -> BulkBox:
    await until(pilot, lambda: isinstance(pilot.app.screen, BulkBox), "the preview")
    box = pilot.app.screen
    assert isinstance(box, BulkBox)
    await until(pilot, lambda: box.readable, "a preview to read")
    return box


def sent(demo: OpenDemo) -> int:
    return len(writes(demo.requests))


async def test_a_pause_takes_the_number_and_then_the_capital_letter(make_app: AppFactory, demo: OpenDemo) -> None:
    async with running(make_app(server=demo.url, token=demo.token, write=True)) as pilot:
        box = await previewed(pilot, "p")
        await until_text(pilot, "2 of 2 marked agents", "Claims Desk (US)", "active, revision 4", "type 2 to continue")
        await pilot.press("P", "enter")
        await until_text(pilot, "that is not 2")
        await pilot.press("backspace", "2", "enter")
        await until_text(pilot, "P pause, 2")
        await until(pilot, lambda: box.readable, "a preview to read")
        assert sent(demo) == 0
        await pilot.press("P")
        await until_text(pilot, "pause · 2 done", "was paused (1s).", "esc close")
        assert sent(demo) == 2
        # The keys that confirm do nothing any more.
        await pilot.press("P", "R", "r")
        await asyncio.sleep(2 * TYPED)
        assert sent(demo) == 2
        await pilot.press("escape")
        await until_text(pilot, "Pause: 2 done.", "2 marked")


@pytest.mark.parametrize(("count", "asks"), [(5, False), (6, True)])
async def test_beyond_five_agents_the_number_is_typed(
    make_app: AppFactory, demo: OpenDemo, count: int, asks: bool
) -> None:
    async with running(make_app(server=demo.url, token=demo.token, write=True), 80, 30) as pilot:
        await previewed(pilot, "r", SIX[:count])
        await until_text(pilot, f"type {count} to continue" if asks else f"R restart all pods, {count}")
        await pilot.press("R")
        if asks:
            await asyncio.sleep(2 * TYPED)
            assert sent(demo) == 0
            pilot.app.post_message(Paste(str(count)))
            await until_text(pilot, "Type the number: a paste does not count.")
        else:
            await until(pilot, lambda: sent(demo), "a request")


async def test_what_failed_is_previewed_and_confirmed_again(make_app: AppFactory, demo: OpenDemo) -> None:
    demo.put(SIX[2], "stopped")
    demo.faults.set(f"/deployments/{US}/restart", BROKEN)
    demo.faults.set(f"/deployments/{SIX[3]}/restart", BROKEN)
    async with running(make_app(server=demo.url, token=demo.token, write=True), 120, 40) as pilot:
        # The demo restarts no pods while its clock stands still, so those that fail come first.
        await previewed(pilot, "r", (US, SIX[2], SIX[3], SIX[4]))
        await until_text(pilot, "3 of 4 marked agents", "skipped", "No pods are running.")
        await pilot.press("R")
        await until_text(
            pilot, "2 failed, 2 skipped", "cluster unavailable", "Not started, because 2 agents failed.", "r retry"
        )
        assert sent(demo) == 2
        demo.faults.clear()
        await pilot.press("r")
        await until_text(pilot, "3 of 3 marked agents")
        await readable(pilot)
        assert sent(demo) == 2
        await pilot.press("R")
        await until(pilot, lambda: sent(demo) == 3, "a request")
        # Leaving starts no more.
        await pilot.press("escape")
        await until_text(pilot, "nothing more starts", "Not started, because you stopped.")
        await pilot.press("escape")
        await until(pilot, lambda: isinstance(pilot.app.screen, PickerScreen), "the list")
        await until_text(pilot, "RESTART…")
        assert sent(demo) == 3


async def test_an_account_is_armed_in_the_preview(make_app: AppFactory, demo: OpenDemo) -> None:
    async with running(make_app(server=demo.url, token=demo.token)) as pilot:
        await previewed(pilot, "r")
        await until_text(pilot, "0 of 2 marked agents", f"{LABS} is not armed.", "w arm")
        await pilot.press("R")
        await pilot.press("w", *LABS, "enter")
        await until_text(pilot, "2 of 2 marked agents", "R restart all pods, 2")
        assert sent(demo) == 0
        await pilot.press("enter")
        await until(pilot, lambda: isinstance(pilot.app.screen, PickerScreen), "left")


async def test_a_key_that_was_held_down_confirms_nothing(make_app: AppFactory, demo: OpenDemo) -> None:
    async with running(make_app(server=demo.url, token=demo.token, write=True)) as pilot:
        await listed(pilot)
        await pilot.press("space", "a", "r", "R", "R", "R")
        await readable(pilot)
        await pilot.press("R")
        await until_text(pilot, "not confirmed yet", "press space, then R")
        await pilot.press("space")
        await until_text(pilot, "now press R")
        assert sent(demo) == 0


async def test_at_most_twenty_agents(make_app: AppFactory, demo: OpenDemo) -> None:
    async with running(make_app(server=demo.url, token=demo.token, write=True)) as pilot:
        await listed(pilot)
        await pilot.press("asterisk", "a")
        await until_text(pilot, "At most 20 agents can be changed at once. 30 marked.")
        assert "is not armed" not in flat(pilot.app)
