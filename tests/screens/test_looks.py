"""Every screen can be read: in each theme, with fewer colors, without any, and with only ASCII characters.

Computed from what is drawn, cell by cell, wherever the tours of `support.views` stop.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from rich.color import Color, ColorSystem
from support.app import AppFactory
from support.contrast import cells, faint
from support.on_screen import running, screen_text
from support.views import TOURS, Tour
from textual.pilot import Pilot

from astro_tui.demo import DemoServer
from astro_tui.theme.look import THEMES
from astro_tui.widgets.lists.rows import RowList
from astro_tui.widgets.text.markdown_view import MarkdownView

pytestmark = [pytest.mark.anyio, pytest.mark.parametrize("tour", TOURS.values(), ids=TOURS)]
KNOWN = [name for name in THEMES if name != "terminal"]
SYSTEMS = (ColorSystem.TRUECOLOR, ColorSystem.EIGHT_BIT)
BRIGHT_BLACK = 8
MARKS = "●◐◑◌○✖▲▸▾…·—→≥│─━•◆✓"
"""Characters that this program draws where it may."""


@pytest.fixture(autouse=True)
def _independent_of_speed(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Keep the value pane closed while the cursor rests, and the journal of actions out of the user's folders."""
    monkeypatch.setattr("astro_tui.widgets.document.spec_side.REST", 60)
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))


@asynccontextmanager
async def on_tour(
    tour: Tour, make_app: AppFactory, demo: DemoServer, **changes: object
) -> AsyncIterator[tuple[Pilot[Any], AsyncIterator[str]]]:
    tour.begin(demo)
    async with running(make_app(**tour.settings, **changes), 120, 40) as pilot:
        yield pilot, tour.visit(pilot)


async def test_every_theme_can_be_read(tour: Tour, make_app: AppFactory, demo: DemoServer) -> None:
    async with on_tour(tour, make_app, demo) as (pilot, stops):
        async for stop in stops:
            for theme in KNOWN:
                pilot.app.theme = theme
                await pilot.pause()
                assert faint(pilot.app, SYSTEMS) == {}, (stop, theme)
            pilot.app.theme = "terminal"
            await pilot.pause()
            drawn = [cell for cell in cells(pilot.app) if not cell.char.isspace()]
            assert drawn, stop
            assert [cell for cell in drawn if cell.style.dim or uncertain(*cell.colors)] == [], stop


def uncertain(front: Color, ground: Color) -> bool:
    """Return whether it depends on the terminal if text can be read: colored text on a colored ground, or gray."""
    return BRIGHT_BLACK in (front.number, ground.number) or not (front.is_default or ground.is_default)


async def test_ascii_without_colors(
    tour: Tour, make_app: AppFactory, demo: DemoServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    async with on_tour(tour, make_app, demo, ascii=True) as (pilot, stops):
        async for stop in stops:
            found = list(cells(pilot.app))
            assert "".join(cell.char for cell in found if not cell.char.isascii()) == "", stop
            # Only foreign characters become escapes.
            own = screen_text(pilot.app)
            assert not [mark for mark in MARKS if mark.encode("ascii", "backslashreplace").decode() in own], stop
            assert {color.is_default for cell in found for color in cell.colors} == {True}, stop
            assert cursor_is_seen(pilot), stop


def cursor_is_seen(pilot: Pilot[Any]) -> bool:
    """Return whether a line of the focused list has the mark of the cursor and is reversed."""
    table = pilot.app.screen.focused
    if not isinstance(table, RowList) or isinstance(table, MarkdownView) or not table.row_count:
        return True
    inside = [cell for cell in cells(pilot.app) if table.region.contains(cell.x, cell.y)]
    marked = {cell.y for cell in inside if cell.x == table.region.x and cell.char == ">"}
    return any(
        all(cell.style.reverse for cell in inside if cell.y == y and 0 < cell.x - table.region.x < 4) for y in marked
    )
