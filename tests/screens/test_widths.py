"""No wide window shows less than a narrow one, and nothing is cut where there is room for it."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from support.app import AppFactory
from support.demo_deployments import CLAIMS
from support.driving import opened
from support.on_screen import resized, running, screen_lines, until_text
from support.views import TOURS
from textual.pilot import Pilot

from astro_tui.demo import DemoServer
from astro_tui.widgets.lists.rows import RowList

pytestmark = pytest.mark.anyio
WIDTHS = (40, 59, 60, 70, 80, 99, 100, 120, 140, 160, 200)
TABLES = {
    "list": ("picker", "accounts"),
    "cluster": ("workloads", "events"),
    "deployment": ("history",),
    "catalog": ("catalog", "blueprint-builds"),
}
"""Tour → the places with tables on it."""


@pytest.fixture(autouse=True)
def _own_journal(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))


def columns(pilot: Pilot[Any]) -> set[str]:
    """Return the headings of the tables on screen."""
    found: set[str] = set()
    drawn = screen_lines(pilot.app)
    for table in pilot.app.screen.query(RowList):
        if table.heading and table.display and table.region.width:
            area = table.region
            line = drawn[area.y].ljust(area.right)[area.x : area.right]
            found |= set(re.findall(r"[A-Z]+", line))
    return found


@pytest.mark.parametrize("name", TABLES)
async def test_a_wider_table_only_gets_more_columns(name: str, make_app: AppFactory, demo: DemoServer) -> None:
    tour, places = TOURS[name], list(TABLES[name])
    tour.begin(demo)
    async with running(make_app(**tour.settings), 120, 40) as pilot:
        async for stop in tour.visit(pilot):
            if stop not in places:
                continue
            known: set[str] = set()
            for width in WIDTHS:
                await resized(pilot, width, 24)
                shown = columns(pilot)
                assert shown, (stop, width)
                assert known <= shown, (stop, width, known - shown)
                known = shown
            places.remove(stop)
            if not places:
                break
            await resized(pilot, 120, 40)
    assert not places


async def test_names_of_workloads_that_fit_are_not_cut(make_app: AppFactory) -> None:
    async with running(make_app(), 200, 60) as pilot:
        await opened(pilot, CLAIMS)
        await until_text(pilot, "ingestion-nightly-policies CronJob", "integration-fraud-check Deployment")
        await until_text(pilot, "ingestion-inbound-mail, collector")


async def test_a_number_keeps_its_unit(make_app: AppFactory) -> None:
    async with running(make_app(), 40, 30) as pilot:
        await opened(pilot, CLAIMS)
        await pilot.press("2")
        await until_text(pilot, "components")
        assert any(line.strip() == "308 values" for line in screen_lines(pilot.app))


async def test_what_actions_do_is_not_cut(make_app: AppFactory) -> None:
    async with running(make_app(), 120, 60) as pilot:
        await opened(pilot, CLAIMS)
        await pilot.press("a")
        await until_text(pilot, "Its data and history are kept.")
        await resized(pilot, 200, 60)
        await until_text(pilot, "Its data and history are kept.")
