"""The events section: stuck ones first, with their guidance, and new ones as they come."""

from __future__ import annotations

import json
from typing import Any

import pytest
from support.app import AppFactory
from support.copying import Taken, chosen
from support.demo_deployments import CLAIMS
from support.driving import opened
from support.on_screen import Clock, flat, resized, running, screen_lines, settled, until, until_text
from textual.pilot import Pilot

from astro_tui.demo import DemoServer, Fault
from astro_tui.presentation.timeline import Happening
from astro_tui.screens.deployment.sections.events import TimelinePane

pytestmark = pytest.mark.anyio
EVENTS = rf"^/deployments/{CLAIMS}/events"


def event(reason: str, minutes: int = 5, pod: str = "claims-agent-1", **more: Any) -> dict[str, Any]:
    """Return an event that happened some minutes before 09:30."""
    at = f"2026-07-02T09:{30 - minutes:02d}:00Z"
    body = {"type": "Normal", "reason": reason, "message": f"{reason} it", "object_kind": "Pod", "object_name": pod}
    return body | {"count": 1, "first_timestamp": at, "last_timestamp": at} | more


GUIDANCE = "The image was not found. Check that the build exists, then deploy it again."
STUCK = event("Failed", 9, type="Warning", severity="stuck", count=6, title="Image cannot be pulled", guidance=GUIDANCE)
LISTED = [event("Pulling", 4), event("BackOff", 5, type="Warning", severity="transient"), STUCK, event("Scheduled", 12)]


def says(demo: DemoServer, events: list[dict[str, Any]]) -> None:
    demo.faults.set(EVENTS, Fault.response(200, json.dumps({"events": events})))


@pytest.fixture(autouse=True)
def _bodies(demo: DemoServer) -> None:
    says(demo, LISTED)


def pane(pilot: Pilot[Any]) -> TimelinePane:
    return pilot.app.screen.query_one(TimelinePane)


def labels(pilot: Pilot[Any]) -> list[str]:
    return [node.label for node in pane(pilot).table.shown if isinstance(node, Happening) and node.kind == "event"]


async def in_events(pilot: Pilot[Any]) -> TimelinePane:
    await opened(pilot, CLAIMS)
    await pilot.press("5")
    await until(pilot, lambda: pane(pilot).table.row_count, "rows")
    return pane(pilot)


async def test_the_newest_come_first_and_stuck_events_have_guidance_in_every_size(make_app: AppFactory) -> None:
    async with running(make_app(), 140, 24) as pilot:
        await in_events(pilot)
        await until_text(pilot, "9 events 1 stuck")
        for size in ((40, 10), (40, 15), (200, 60), (80, 24)):
            await resized(pilot, *size)
            await until_text(pilot, "normal", "Pulling")
        await until_text(pilot, "[5 events¹]")
        assert labels(pilot) == ["Pulling", "BackOff", "Failed", "Scheduled"]
        text = flat(pilot.app)
        assert "✖ stuck 9m event Failed 6" in text
        assert "▲ transient 5m event BackOff" in text
        assert "· normal 4m event Pulling" in text
        # The details have all times.
        await until_text(pilot, "last 4m ago 2026-07-02 09:26:00 UTC", "happened once")


async def test_the_timeline_has_deploys_the_beginning_of_the_problem_and_what_is_gone(make_app: AppFactory) -> None:
    async with running(make_app(), 140, 40) as pilot:
        await in_events(pilot)
        await until_text(pilot, "problem began", "older events are gone", "deploy revision")
        # Enter opens what a row is about.
        await pilot.press("/", *"revision", "enter", "g", "enter")
        await until_text(pilot, "[3 history")


async def test_new_events_appear_automatically_and_the_cursor_stays(
    make_app: AppFactory, demo: DemoServer, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("astro_tui.platform.rounds.OBSERVED_REFRESH", 0.02)
    async with running(make_app(), 140, 30) as pilot:
        section = await in_events(pilot)
        await pilot.press("j")
        assert section.table.row is not None
        assert section.table.row.node.label == "BackOff"
        clock.advance(20)
        says(demo, [event("Killing", 0), *LISTED])
        await until(pilot, lambda: labels(pilot) == ["Killing", "Pulling", "BackOff", "Failed", "Scheduled"])
        await until_text(pilot, "10 events 1 stuck 1 new", "◆ Killing")
        assert section.table.row.node.label == "BackOff"
        assert "◆ Pulling" not in flat(pilot.app)
        # It is new for a minute.
        clock.advance(90)
        await until(pilot, lambda: "new" not in screen_lines(pilot.app)[1])


async def test_without_events_the_rest_is_shown_and_a_row_says_why(make_app: AppFactory, demo: DemoServer) -> None:
    says(demo, [])
    async with running(make_app(), 100, 24) as pilot:
        await opened(pilot, CLAIMS)
        await pilot.press("5")
        await until_text(pilot, "0 events", "older events are gone", "revision 12")
        demo.faults.set(EVENTS, Fault.response(501, '{"error":"not found"}'))
        await pilot.press("r")
        await until_text(pilot, "not read", "events not read", "revision 12")
        says(demo, LISTED)
        await pilot.press("r")
        await until_text(pilot, "Pulling")
        assert pane(pilot).table.has_focus


async def test_without_an_answer_the_rest_is_shown_and_old_events_stay_when_a_refresh_fails(
    make_app: AppFactory, demo: DemoServer, clock: Clock
) -> None:
    demo.faults.set(EVENTS, Fault.response(500, '{"error":"the cluster does not answer"}'))
    async with running(make_app(), 80, 24) as pilot:
        await opened(pilot, CLAIMS)
        await pilot.press("5")
        await until_text(pilot, "[5 events]!", "events not read", "revision 12", "LOADING FAILED at")
        # A key that comes before the response is refused.
        await settled(pilot)
        says(demo, LISTED)
        await pilot.press("r")
        await until_text(pilot, "Image cannot be pulled")
        await resized(pilot, 140, 30)
        await settled(pilot)
        demo.faults.set(EVENTS, Fault.response(500, '{"error":"no"}'))
        clock.advance(180)
        await settled(pilot)
        await pilot.press("r")
        await until_text(pilot, "[5 events¹]!", "FAILED at", "as of 3m ago")
        assert "Image cannot be pulled" in flat(pilot.app)
        # A deployment that moves is watched more closely.
        says(demo, LISTED)
        assert pane(pilot).rows.usual == 15.0
        moving = {"value": "deploying", "reason": "provisioning"}
        demo.faults.set(rf"^/deployments/{CLAIMS}/status", Fault.response(200, json.dumps(moving)))
        await settled(pilot)
        await pilot.press("r")
        await until_text(pilot, "DEPLOYING")
        await until(pilot, lambda: pane(pilot).rows.usual == 5.0, "shorter pauses")


async def test_problems_only_other_orders_copying_and_a_filter(make_app: AppFactory, demo: DemoServer) -> None:
    taken = Taken()
    async with running(taken.on(make_app()), 140, 24) as pilot:
        await in_events(pilot)
        await pilot.press("/", *"image cannot", "enter")
        for keys in (("y", "m"), ("y", "g"), ("y", "o"), ("y", "r"), ("j", "j", "j", "y", "l")):
            await chosen(pilot, *keys)
        assert taken.texts == ["Failed it", GUIDANCE, "claims-agent-1", "Failed", GUIDANCE]
        await pilot.press("escape", "e")
        await until(pilot, lambda: labels(pilot) == ["BackOff", "Failed"])
        await pilot.press("e", "s", "s", "s")
        await until_text(pilot, "TIMES ▾")
        assert labels(pilot)[0] == "Failed"
        # A filter keeps matching what comes.
        await pilot.press("/", *"claims-agent-2", "enter")
        await until_text(pilot, "Nothing matches claims-agent-2.")
        says(demo, [event("Killing", 0, "claims-agent-2"), *LISTED])
        await pilot.press("r")
        await until(pilot, lambda: labels(pilot) == ["Killing"])
        await pilot.press("escape")
        await until(pilot, lambda: len(labels(pilot)) == 5)


async def test_alerts_of_an_agent_without_a_problem_are_listed(make_app: AppFactory, demo: DemoServer) -> None:
    says(demo, [])
    alert = {"title": "Slow", "state": "firing", "severity": "critical", "activeSince": "2026-07-02T09:29:00Z"}
    demo.faults.set(rf"^/deployments/{CLAIMS}/alerts", Fault.response(200, json.dumps({"alerts": [alert]})))
    async with running(make_app(), 140, 40) as pilot:
        await in_events(pilot)
        await until_text(pilot, "alert Slow")
