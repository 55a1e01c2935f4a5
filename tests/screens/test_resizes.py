"""The window is resized while screens load: every screen is laid out for each new size, and nothing fails.

FUZZ is how often each tour is made, in hundreds of events; `make fuzz` sets it. Without it, the sizes are always the
same, and the tours are those through different layouts.
"""

from __future__ import annotations

import os
import random

import pytest
from support.app import AppFactory
from support.driving import go_to
from support.on_screen import resized, running
from support.views import TOURS, session_of

from astro_tui.demo import DemoServer, Fault

pytestmark = [pytest.mark.anyio, pytest.mark.investigating, pytest.mark.nightly]
ROUNDS = int(os.environ.get("FUZZ", "3")) // 3
DIFFERENT = ("list", "cluster", "logs", "traces", "catalog")
SIZES = ((80, 24), (160, 45), (40, 15), (120, 40), (20, 5), (200, 60), (100, 30), (99, 19))
SLOW = 0.08
"""Seconds that a response takes, which is longer than what happens between two events."""


@pytest.mark.parametrize("name", TOURS if "FUZZ" in os.environ else DIFFERENT)
async def test_a_resize_while_a_screen_loads(make_app: AppFactory, demo: DemoServer, name: str) -> None:
    tour = TOURS[name]
    tour.begin(demo)
    if not tour.faults:
        demo.faults.set("/", Fault.slow(SLOW))
    for _ in range(ROUNDS):
        seed = random.randrange(1 << 32) if "FUZZ" in os.environ else 0
        print(f"seed {seed}")  # noqa: T201  pytest shows it if the test fails
        chance = random.Random(seed)
        async with running(make_app(**tour.settings), 80, 24) as pilot:
            if tour.agent:
                await go_to(pilot, tour.agent)
            for stop in tour.stops:
                if stop.opens is not None:
                    await pilot.app.push_screen(stop.opens(session_of(pilot)))
                for key in (*stop.keys, "r"):
                    await pilot.press(key)
                    for _resize in range(chance.choice((0, 0, 1, 2))):
                        await resized(pilot, *chance.choice(SIZES))
