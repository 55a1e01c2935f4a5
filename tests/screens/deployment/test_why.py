"""The why section shows the whole diagnosis, and what a section reads changes the verdict above it."""

from __future__ import annotations

import json
import re

import pytest
from support.app import AppFactory
from support.copying import Taken, chosen
from support.demo_deployments import CLAIMS, PARCEL
from support.driving import detail, go_to, listed, opened, picker
from support.on_screen import Clock, flat, resized, running, screen_lines, screen_text, settled, until, until_text

from astro_tui.demo import DemoServer, Fault
from astro_tui.screens.deployment.sections.why import PartList

pytestmark = pytest.mark.anyio


async def test_the_whole_diagnosis_opens_from_the_list_and_leads_to_the_difference(make_app: AppFactory) -> None:
    taken = Taken()
    async with running(taken.on(make_app()), 120, 40) as pilot:
        await listed(pilot)
        await go_to(pilot, PARCEL)
        await pilot.press("6")
        await until_text(pilot, "What changed", "Evidence", "Next", "Roll back to revision 8")
        assert "astro-tui diff meridian-labs/df6-p8w-e4v 8 9" in screen_text(pilot.app)
        await chosen(pilot, "y", "w")
        assert taken.texts[0].startswith("The agent cannot pull its image")
        await chosen(pilot, "y", "r")
        assert taken.texts[1].startswith("# The agent cannot pull its image")
        assert "## Events" in taken.texts[1]
        await pilot.press("d")
        await until_text(pilot, "diff 8 → 9")
        await pilot.press("escape", "6")
        await until(pilot, lambda: "What changed" not in screen_text(pilot.app))


async def test_a_failed_build_is_a_next_step_that_opens_the_history(make_app: AppFactory, demo: DemoServer) -> None:
    async with running(make_app(), 120, 60) as pilot:
        await opened(pilot, "zgg-44k-pna")
        await pilot.press("6")
        await until_text(pilot, "The newest build d0e14b2a failed at validating-spec")
        await pilot.press("end", "enter")
        await until_text(pilot, "FAILED", "rev 8")
    assert sum("/builds" in target for _method, target in demo.requests) == 2


@pytest.mark.investigating
async def test_a_wide_window_has_the_change_and_the_log_beside_the_diagnosis(make_app: AppFactory) -> None:
    async with running(make_app(), 200, 50) as pilot:
        await opened(pilot, "9vq-x1z-l5u")
        await pilot.press("6")
        await until_text(pilot, "Revision 2 → revision 3", 'MAIL_BATCH_SIZE: "50" → "2000"', "The log around the cause")
        assert any("Next" in line for line in screen_lines(pilot.app))
        await resized(pilot, 120, 40)
        await until(pilot, lambda: "The log around the cause" not in flat(pilot.app), "the diagnosis alone")


async def test_no_line_is_cut(make_app: AppFactory) -> None:
    async with running(make_app(), 120, 40) as pilot:
        await opened(pilot, PARCEL)
        await pilot.press("6")
        await settled(pilot)
        for size in ((40, 15), (80, 24), (120, 40), (200, 60)):
            await resized(pilot, *size)
            await pilot.press("g")
            await until_text(pilot, "cannot pull")
            seen: set[str] = set()
            while not seen.issuperset(lines := [line.strip() for line in screen_lines(pilot.app)]):
                seen.update(lines)
                await pilot.press("ctrl+d")
            assert "rollback --to 8" in " ".join(seen) or size[0] == 40


async def test_what_a_section_reads_changes_the_verdict(make_app: AppFactory, demo: DemoServer) -> None:
    async with running(make_app(), 120, 40) as pilot:
        screen = await opened(pilot, CLAIMS)
        assert screen.entry.status.label == "ACTIVE"
        await pilot.press("6")
        await until_text(pilot, "No problem found.")
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
        demo.faults.set(re.compile(rf"{CLAIMS}/runtime$"), Fault.response(200, body))
        await pilot.press("4")
        await until_text(pilot, "40")
        await until(pilot, lambda: detail(pilot.app).entry.status.label == "ACTIVE!", "the verdict above")
        assert "ACTIVE!" in flat(pilot.app)
        await pilot.press("escape", "escape")
        entry = next(each for each in picker(pilot.app).agents.entries if each.key == CLAIMS)
        assert entry.status.label == "ACTIVE!"


async def test_ages_are_kept_up_to_date(make_app: AppFactory, clock: Clock) -> None:
    async with running(make_app(), 120, 40) as pilot:
        await opened(pilot, PARCEL)
        await pilot.press("6")
        await until_text(pilot, "The problem began 3h ago")
        await settled(pilot)
        clock.advance(7200)
        await until_text(pilot, "The problem began 5h ago")


async def test_the_cursor_selects_evidence_and_steps(make_app: AppFactory) -> None:
    taken = Taken()
    async with running(taken.on(make_app(write=True)), 80, 24) as pilot:
        screen = await opened(pilot, PARCEL)
        await pilot.press("6")
        await until_text(pilot, "What changed", "Evidence")
        rows = pilot.app.screen.query_one(PartList)
        assert rows.rows[0].style == "error"
        await pilot.press("g")
        seen = []
        while rows.part_here not in seen:
            part = rows.part_here
            assert part is not None
            seen.append(part)
            drawn = " ".join(line[2:78].strip() for line in screen_lines(pilot.app) if line.startswith("▌"))
            assert drawn.split() == " ".join(part.lines).split()
            await pilot.press("j")
        texts = [part.text for part in seen]
        assert len(set(texts)) == len(texts) > 6
        for text in texts[::-1]:
            assert rows.part_here is not None
            assert rows.part_here.text == text
            await pilot.press("k")
        for _step in range(texts.index("Roll back to revision 8, which ran before.")):
            await pilot.press("j")
        await chosen(pilot, "y", "s")
        await chosen(pilot, "y", "c")
        assert taken.texts == [rows.part_here.text, rows.part_here.command]
        await pilot.press("enter")
        await until_text(pilot, "revision 8 becomes the current one")
        await pilot.press("escape", "escape")
        await until(pilot, lambda: pilot.app.screen is screen, "back from the menu")
        await pilot.press("g", "j", "enter")
        await until_text(pilot, "diff 8 → 9")


async def test_enter_opens_the_source_of_evidence(make_app: AppFactory) -> None:
    async with running(make_app(), 80, 24) as pilot:
        screen = await opened(pilot, PARCEL)
        await pilot.press("6")
        await until_text(pilot, "What changed", "Evidence")
        rows = pilot.app.screen.query_one(PartList)
        events = next(number for number, row in enumerate(rows.rows) if row.part.keys == "deployment.events")
        rows.move_to(events)
        await pilot.press("enter")
        await until(pilot, lambda: screen.host.active == "events", "the events")
        await settled(pilot)
        await pilot.press("escape")
        await until(pilot, lambda: screen.host.active == "why", "back")
