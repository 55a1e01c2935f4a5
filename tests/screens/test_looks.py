"""Every screen can be read: in each theme and width, with fewer colors, without any, and with only ASCII characters.

Computed from what is drawn, wherever the tours of `support.views` stop.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
from rich.color import Color, ColorSystem
from support.app import AppFactory
from support.contrast import colors, faint, texts
from support.idle import drawn_strips
from support.on_screen import resized, running, screen_lines, screen_text
from support.views import TOURS, Tour
from textual.pilot import Pilot
from textual.theme import Theme

from astro_tui.demo import DemoServer
from astro_tui.theme.look import THEMES
from astro_tui.widgets.lists.rows import RowList
from astro_tui.widgets.text.markdown_view import MarkdownView

FIRST = ("deployment", "signed-out")
"""Tours that are made before the nightly run."""
pytestmark = [
    pytest.mark.anyio,
    pytest.mark.parametrize(
        "tour",
        [
            pytest.param(tour, id=name, marks=() if name in FIRST else pytest.mark.nightly)
            for name, tour in TOURS.items()
        ],
    ),
]
KNOWN = [name for name in THEMES if name != "terminal"]
SYSTEMS = (ColorSystem.TRUECOLOR, ColorSystem.EIGHT_BIT)
BRIGHT_BLACK = 8
WIDTHS = (40, 60, 80, 100, 120, 140, 160, 200)
MARKS = "●◐◑◌○✖▲▸▾…·—→≥│─━•◆✓"
"""Characters that this program draws where it may."""


@pytest.fixture(autouse=True)
def _independent_of_speed(monkeypatch: pytest.MonkeyPatch) -> None:
    """Keep the value pane closed while the cursor rests."""
    monkeypatch.setattr("astro_tui.widgets.document.spec_side.DEBOUNCE", 60)


@asynccontextmanager
async def on_tour(
    tour: Tour, make_app: AppFactory, demo: DemoServer, **changes: object
) -> AsyncIterator[tuple[Pilot[Any], AsyncIterator[str]]]:
    tour.begin(demo)
    async with running(make_app(**tour.settings, **changes), 120, 40) as pilot:
        yield pilot, tour.visit(pilot)


Kind = tuple[object, ...]
BY_THEME = {"ansi", "dark", "light"}
"""What style sheets call themes with the colors of the terminal, and others."""


async def test_every_theme_can_be_read(
    tour: Tour, make_app: AppFactory, demo: DemoServer, monkeypatch: pytest.MonkeyPatch, readable: set[Kind]
) -> None:
    monkeypatch.setitem(THEMES, "telling", TELLING)
    async with on_tour(tour, make_app, demo) as (pilot, stops):
        pilot.app.theme = "telling"
        await pilot.pause()
        async for stop in stops:
            await check_columns(pilot, stop)
            shown = kinds(pilot)
            assert shown, stop
            if shown <= readable:
                continue
            for theme in KNOWN:
                pilot.app.theme = theme
                await pilot.pause()
                assert faint(pilot.app, SYSTEMS) == {}, (stop, theme)
            pilot.app.theme = "terminal"
            await pilot.pause()
            drawn = {style: chars for style, chars in texts(pilot.app).items() if not "".join(chars).isspace()}
            assert drawn, stop
            assert [one for one in drawn.items() if one[0].dim or uncertain(*colors(one[0]))] == [], stop
            readable |= shown
            pilot.app.theme = "telling"
            await pilot.pause()


async def check_columns(pilot: Pilot[Any], stop: str) -> None:
    """Check that no wide window shows fewer columns of the tables on screen than a narrow one."""
    if not any(table.heading and table.display for table in pilot.app.screen.query(RowList)):
        return
    known: set[str] = set()
    for width in WIDTHS:
        await resized(pilot, width, 40)
        shown = columns(pilot)
        assert known <= shown, (stop, width, known - shown)
        known = shown
    await resized(pilot, 120, 40)


def columns(pilot: Pilot[Any]) -> set[str]:
    """Return the headings of the tables on screen."""
    drawn, found = screen_lines(pilot.app), set[str]()
    for table in pilot.app.screen.query(RowList):
        if table.heading and table.display and table.region.width:
            area = table.region
            found |= set(re.findall(r"[A-Z]+", drawn[area.y].ljust(area.right)[area.x : area.right]))
    return found


@pytest.fixture(scope="module")
def readable() -> set[Kind]:
    """What was checked in every theme, and can be read. It need not be checked again at the next stop."""
    return set()


def _telling() -> Theme:
    """Return a theme whose colors all differ, so texts with equal colors in it have equal colors in every theme."""
    fresh = (f"#{number:06x}" for number in itertools.count(0x203040, 0x060D17))
    dark = THEMES["dark"]
    named: dict[str, Any] = {
        name: next(fresh) for name in ("primary", "secondary", "accent", "warning", "error", "success")
    }
    grounds: dict[str, Any] = {name: next(fresh) for name in ("foreground", "background", "surface", "panel")}
    variables = {name: next(fresh) if value.startswith("#") else value for name, value in dark.variables.items()}
    return Theme(name="telling", variables=variables, **named, **grounds)


TELLING = _telling()


def kinds(pilot: Pilot[Any]) -> set[Kind]:
    """Return what decides how text looks in a theme: the styles of characters, and widgets that differ by theme."""
    found: set[Kind] = {
        (style.color, style.bgcolor, style.reverse, style.dim, char.isalnum() or char.isascii())
        for style, chars in texts(pilot.app).items()
        for char in chars
        if not char.isspace() or style.underline
    }
    chains = [chain.selectors for rule in pilot.app.stylesheet.rules for chain in rule.selector_set]
    names = {each.name for chain in chains if any(one.pseudo_classes & BY_THEME for one in chain) for each in chain}
    widgets = (widget for widget in pilot.app.screen.walk_children() if widget.display)
    return found | {(type(widget), *sorted(widget.classes)) for widget in widgets if widget._css_type_names & names}


def uncertain(front: Color, ground: Color) -> bool:
    """Return whether it depends on the terminal if text can be read: colored text on a colored background, or gray."""
    return BRIGHT_BLACK in (front.number, ground.number) or not (front.is_default or ground.is_default)


async def test_ascii_without_colors(
    tour: Tour, make_app: AppFactory, demo: DemoServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    async with on_tour(tour, make_app, demo, ascii=True) as (pilot, stops):
        async for stop in stops:
            found = texts(pilot.app)
            assert [char for chars in found.values() for char in chars if not char.isascii()] == [], stop
            # Only foreign characters become escapes.
            own = screen_text(pilot.app)
            assert not [mark for mark in MARKS if mark.encode("ascii", "backslashreplace").decode() in own], stop
            assert {color.is_default for style in found for color in colors(style)} == {True}, stop
            assert cursor_is_seen(pilot), stop


def cursor_is_seen(pilot: Pilot[Any]) -> bool:
    """Return whether a line of the focused list has the mark of the cursor and is reversed."""
    table = pilot.app.screen.focused
    if not isinstance(table, RowList) or isinstance(table, MarkdownView) or not table.row_count:
        return True
    left, strips = table.region.x, drawn_strips(pilot.app)[table.region.y : table.region.bottom]
    marked = [strip for strip in strips if strip.crop(left, left + 1).text == ">"]
    return any(
        all(style is not None and style.reverse for _text, style, _control in strip.crop(left + 1, left + 4))
        for strip in marked
    )
