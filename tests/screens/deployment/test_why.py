"""The why section shows the whole diagnosis, and what a section reads changes the verdict above it."""

from __future__ import annotations

import json
import re

import pytest
from support.app import AppFactory
from support.copying import Taken, chosen
from support.driving import detail, go_to, listed, opened, picker
from support.on_screen import Clock, flat, resized, running, screen_lines, screen_text, settled, until, until_text

from astro_tui.demo import DemoServer, Fault

pytestmark = pytest.mark.anyio
PARCELS, CLAIMS = "df6-p8w-e4v", "q7k-0ab-x4d"


async def test_the_whole_diagnosis(make_app: AppFactory) -> None:
    async with running(make_app(), 120, 40) as pilot:
        await opened(pilot, PARCELS)
        await pilot.press("6")
        await until_text(pilot, "What changed", "Evidence", "Next", "Look at the revision before it, 8.")
        assert "astro-tui diff meridian-labs/df6-p8w-e4v 8 9" in screen_text(pilot.app)
        await pilot.press("d")
        await until_text(pilot, "diff 8 → 9")
        await pilot.press("escape", "6")
        await until(pilot, lambda: "What changed" not in screen_text(pilot.app))


async def test_it_opens_from_the_list(make_app: AppFactory) -> None:
    async with running(make_app(), 80, 24) as pilot:
        await listed(pilot)
        await go_to(pilot, PARCELS)
        await pilot.press("6")
        await until_text(pilot, "6 why", "What changed")


@pytest.mark.parametrize("size", [(40, 15), (80, 24), (120, 40), (200, 60)])
async def test_no_line_is_cut(make_app: AppFactory, size: tuple[int, int]) -> None:
    async with running(make_app(), 120, 40) as pilot:
        await opened(pilot, PARCELS)
        await resized(pilot, *size)
        await pilot.press("6")
        await settled(pilot)
        seen = set()
        for _page in range(20):
            seen.update(line.strip() for line in screen_lines(pilot.app))
            await pilot.press("ctrl+d")
        told = " ".join(seen)
        assert "cannot pull" in told
        assert "--revision 8" in told or size[0] == 40


async def test_copying(make_app: AppFactory) -> None:
    taken = Taken()
    async with running(taken.on(make_app()), 80, 24) as pilot:
        await opened(pilot, PARCELS)
        await pilot.press("6")
        await until_text(pilot, "What changed")
        await chosen(pilot, "y", "w")
        assert taken.texts[0].startswith("The agent cannot pull its image")


async def test_a_healthy_agent(make_app: AppFactory) -> None:
    async with running(make_app(), 80, 24) as pilot:
        await opened(pilot, CLAIMS)
        await pilot.press("6")
        await until_text(pilot, "No problem found.")


async def test_what_a_section_reads_changes_the_verdict(make_app: AppFactory, demo: DemoServer, clock: Clock) -> None:
    async with running(make_app(), 120, 40) as pilot:
        screen = await opened(pilot, CLAIMS)
        assert screen.entry.status.label == "ACTIVE"
        name = "claims-desk-agent"
        waiting = {
            "state": "waiting",
            "ready": False,
            "restart_count": 40,
            "message": "CrashLoopBackOff: back-off 5m0s",
        }
        container = {"name": "app", **waiting}
        workload = {"name": name, "pod_name": f"{name}-7d9f8b6c5d-x2x4z", "age": "3h", "containers": [container]}
        body = json.dumps({"runtime": {"ready": 1, "replicas": 2, "workloads": [workload]}})
        demo.faults.set(re.compile(rf"{CLAIMS}/runtime$"), Fault.answer(200, body))
        await pilot.press("4")
        await until_text(pilot, "40")
        await until(pilot, lambda: detail(pilot.app).entry.status.label == "ACTIVE!", "the verdict above")
        assert "ACTIVE!" in flat(pilot.app)
        await pilot.press("escape", "escape")
        entry = next(each for each in picker(pilot.app).entries if each.key == CLAIMS)
        assert entry.status.label == "ACTIVE!"
