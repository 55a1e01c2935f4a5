"""The numbers section: charts and table of what was measured, a crosshair, and what ran at that time."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from support.app import AppFactory
from support.copying import Taken, chosen
from support.demo_deployments import CLAIMS, PARCEL
from support.driving import detail, opened
from support.on_screen import Clock, flat, held, resized, running, screen_lines, settled, until, until_text
from textual.events import MouseScrollDown
from textual.geometry import Size
from textual.pilot import Pilot

from astro_tui.demo import DemoServer, Fault
from astro_tui.screens.deployment.sections.numbers import NumbersPane

pytestmark = pytest.mark.anyio
OURS = ("/metrics", "/network/", "/observability/")
SIZES = ((80, 24), (120, 40), (200, 60), (40, 15), (40, 10))


def pane(pilot: Pilot[Any]) -> NumbersPane:
    return pilot.app.screen.query_one(NumbersPane)


def sent(demo: DemoServer, part: str = "") -> list[str]:
    return [target for _, target in demo.requests if part in target and any(each in target for each in OURS)]


async def in_numbers(pilot: Pilot[Any], key: str = CLAIMS) -> NumbersPane:
    await opened(pilot, key)
    await pilot.press("9")
    await until(pilot, lambda: len(pane(pilot).numbers.readings) == 5, "all sources")
    await settled(pilot)
    return pane(pilot)


async def test_charts_in_every_size(make_app: AppFactory) -> None:
    async with running(make_app(), 120, 40) as pilot:
        shown = await in_numbers(pilot)
        await until_text(pilot, "CPU cores 0.", "memory ", "requests ", "failed requests ", "cost by day $")
        await until_text(pilot, "CPU and requests are means over 4 steps.")
        for size in SIZES:
            await resized(pilot, *size)
            await until_text(pilot, "CPU cores 0.")
            for number, panel in enumerate(shown.grid.panels):
                await pilot.press(*(["g"] if not number else ["j"]))
                assert any(
                    f" {panel.kind.title}" in line or f"▌{panel.kind.title}" in line for line in screen_lines(pilot.app)
                ), (size, panel.kind)
            await pilot.press("g")


async def test_charts_without_data_are_lines_below_the_others(make_app: AppFactory) -> None:
    async with running(make_app(), 120, 40) as pilot:
        await opened(pilot, PARCEL)
        await pilot.press("9")
        await until_text(pilot, "requests 0.", "CPU cores Not measured.", "cost by day No data")
        lines = screen_lines(pilot.app)
        assert "requests" in lines[lines.index(next(line for line in lines if line.startswith("▌")))]
        assert [line.split()[0] for line in lines[-3:-1]] == ["CPU", "cost"]
        await pilot.press("G", "m")
        assert pane(pilot).grid.panel.kind.title == "cost by day"


async def test_a_frame_between_a_resize_and_its_event(
    make_app: AppFactory, demo: DemoServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    with held(demo, "/metrics|/network/"):
        async with running(make_app(), 120, 14) as pilot:
            await opened(pilot, CLAIMS)
            await pilot.press("9")
            await until_text(pilot, "CPU cores Loading")
            grid = pane(pilot).grid
            for width, height in ((120, 38), (40, 13), (200, 58)):
                monkeypatch.setattr(type(grid), "size", Size(width, height))
                for row in range(height):
                    assert sum(len(each.text) for each in grid.draw_row(row, width, selected=False)) <= width


async def test_the_crosshair_shows_values_and_times_and_enter_opens_their_logs(make_app: AppFactory) -> None:
    async with running(make_app(), 120, 40) as pilot:
        shown = await in_numbers(pilot)
        await pilot.press("enter")
        await until_text(pilot, "Choose a time first")
        await pilot.press("m")
        largest = max(shown.grid.panels[0].series.samples, key=lambda each: each[1])  # type: ignore[union-attr]
        assert shown.grid.cross == largest[0]
        column = f"{largest[1]:.3g}"
        await until_text(pilot, f"{column} at")
        # 2 h 33 m before 09:30 there was a spike, and the four steps after it contain it.
        assert shown.detail == "24h@2026-07-02T07:30:00Z"
        await pilot.press("left", "left", "right")
        assert shown.grid.cross is not None
        assert shown.grid.cross < largest[0]
        await pilot.press("escape")
        assert shown.grid.cross is None
        assert shown.active
        await pilot.press("end", "m", "enter")
        await until_text(pilot, "[7 logs", "07:30:0")


async def test_enter_on_observations_lists_the_traces_of_their_hour(make_app: AppFactory, demo: DemoServer) -> None:
    async with running(make_app(), 120, 40) as pilot:
        shown = await in_numbers(pilot)
        await pilot.press("G", "k", "k", "m")
        panel = shown.grid.panel
        assert panel.kind.name == "tokens"
        await pilot.press("enter")
        at = datetime.fromtimestamp(shown.grid.cross or 0, UTC)
        hour = f"start_time={at:%Y-%m-%dT%H}%3A00%3A00Z&end_time={at + timedelta(hours=1):%Y-%m-%dT%H}%3A00%3A00Z"
        await until(pilot, lambda: any(hour in target for target in sent(demo, "/traces?")), "the traces of an hour")
        begin = f"{at.astimezone():%m-%d %H:%M}" if at.astimezone().day != 2 else f"{at.astimezone():%H:%M:%S}"
        await until_text(pilot, "[8 traces", begin)
        # The window stays when the order changes, until all traces are wanted.
        await pilot.press("s")
        await until(pilot, lambda: any(hour in target for target in sent(demo, "sort=latency")), "in another order")
        await pilot.press("escape")
        await until(pilot, lambda: "start_time=2021" in sent(demo, "/traces?")[-1], "all traces")
        await pilot.press("9", "l")
        await until_text(pilot, "[7 logs")


async def test_the_mouse(make_app: AppFactory) -> None:
    async with running(make_app(), 120, 40) as pilot:
        shown = await in_numbers(pilot)
        grid = shown.grid
        assert await pilot.click(grid, offset=(90, 8))
        assert grid.selected == 3
        assert grid.cross is not None
        window = shown.numbers.window
        assert window.column(grid.cross, 49) == 90 - 60 - 10
        await pilot._post_mouse_events([MouseScrollDown], grid, offset=(5, 5))
        assert grid.selected == 5
        assert await pilot.click(grid, offset=(90, 8), times=2)
        await until_text(pilot, "[7 logs")


async def test_ranges_keep_what_is_known_and_a_502_suggests_a_shorter_one(
    make_app: AppFactory, demo: DemoServer
) -> None:
    async with running(make_app(), 120, 40) as pilot:
        shown = await in_numbers(pilot)
        demo.forget_requests()
        demo.faults.set(
            "^/deployments/[^/]+/pods/.*range=7d", Fault.response(502, '{"error":"failed to query workload metrics"}')
        )
        await pilot.press("minus")
        await until(pilot, lambda: shown.numbers.readings["pod"].error, "the error")
        await until_text(pilot, "24h may work.", "D deploy 7d")
        assert shown.grid.panels[0].series is not None
        # The others were read, so nothing is requested sooner than usual.
        await settled(pilot)
        assert shown.all.interval == shown.all.usual == 300
        assert any("range=7d" in target for target in sent(demo))
        assert any("step=3024s" in target for target in sent(demo))
        await pilot.press("minus")
        await until_text(pilot, "7d is the longest range.")
        await pilot.press("plus")
        await until(pilot, lambda: not shown.numbers.readings["pod"].error, "the shorter range")
        assert "may work" not in flat(pilot.app)


@pytest.mark.nightly
async def test_the_table_has_the_same_data(make_app: AppFactory) -> None:
    async with running(make_app(), 120, 40) as pilot:
        shown = await in_numbers(pilot)
        await pilot.press("m", "T")
        await until_text(pilot, "TIME", "CPU CORES", "MEMORY", "REQUESTS")
        row = shown.table.row
        assert row is not None
        assert row.cells["cpu"] == shown.grid.panels[0].words(
            (max(value for _, value in shown.grid.panels[0].series.samples),) * 2  # type: ignore[union-attr]
        )
        # What comes once an hour is in the row in which it began, and in those that it stands for.
        assert shown.table.rows[0].cells.keys() >= {"cpu", "requests", "observations"}
        await pilot.press("enter")
        await until_text(pilot, "[7 logs")
        await pilot.press("9", "T")
        await until_text(pilot, "CPU cores 1.")


async def test_hidden_or_behind_another_screen_it_requests_nothing(
    make_app: AppFactory, demo: DemoServer, clock: Clock
) -> None:
    async with running(make_app(), 120, 40) as pilot:
        await opened(pilot, CLAIMS)
        await settled(pilot)
        assert sent(demo) == []
        await pilot.press("9")
        await until(pilot, lambda: pane(pilot).all.planned, "the first numbers")
        shown = pane(pilot)
        assert shown.all.planned
        await pilot.press("question_mark")
        await until(pilot, lambda: not shown.all.planned, "no plan behind the help")
        await pilot.press("escape")
        await until(pilot, lambda: shown.all.planned, "a plan")
        clock.advance(300)
        demo.forget_requests()
        shown.poll()
        await settled(pilot)
        # Costs change slowly.
        assert sent(demo, "/network/")
        assert sent(demo, "/pods/")
        assert sent(demo, "deployments-summary") == []
        await pilot.press("1")
        await until(pilot, lambda: not shown.active, "the spec")
        assert not shown.all.planned
        demo.forget_requests()
        shown.all.due()
        shown.poll()
        await settled(pilot)
        assert sent(demo) == []


async def test_another_workload_and_what_is_copied(make_app: AppFactory) -> None:
    taken = Taken()
    async with running(taken.on(make_app()), 120, 40) as pilot:
        shown = await in_numbers(pilot)
        await pilot.press("P")
        await until(
            pilot, lambda: shown.numbers.of("pod").workload not in ("", "claims-desk-agent"), "another workload"
        )
        await until_text(pilot, f"CPU and memory of {shown.numbers.of('pod').workload}.")
        await chosen(pilot, "y", "j")
        await until(pilot, lambda: taken.texts, "a copy")
        assert {each["name"] for each in json.loads(taken.texts[0])["numbers"]} >= {"cpu", "cost"}
        assert detail(pilot.app).host.active == "numbers"


async def test_peers_are_read_only_while_they_are_shown(make_app: AppFactory, demo: DemoServer) -> None:
    async with running(make_app(), 120, 40) as pilot:
        await in_numbers(pilot)
        assert sent(demo, "/flows") == []
        await pilot.press("w")
        await until_text(pilot, "inbound /v1/messages", "outbound api.models.example", "FAILED")
        assert len(sent(demo, "/flows")) == 3
        await pilot.press("w")
        await until_text(pilot, "CPU cores 0.")
        demo.faults.set("^/deployments/.*/network/flows", Fault.response(502))
        await pilot.press("minus", "w")
        await until_text(pilot, "502")
