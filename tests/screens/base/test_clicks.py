"""What is named on screen can be clicked: keys in the last row, tabs, headings that sort, and the filter."""

from __future__ import annotations

from typing import Any

import pytest
from support.app import AppFactory
from support.demo_deployments import CLAIMS
from support.driving import detail, listed, opened, spec_of, under_cursor
from support.on_screen import idle, running, screen_lines, screen_text, settled, until, until_text
from support.steps import press
from textual.pilot import Pilot

from astro_tui.screens.accounts import AccountsScreen
from astro_tui.screens.diff.screen import DiffScreen
from astro_tui.screens.help import HelpScreen
from astro_tui.screens.picker.screen import PickerScreen

pytestmark = pytest.mark.anyio


async def click(pilot: Pilot[Any], text: str, into: int = 0) -> None:
    """Click on the character `into` of the last `text` on screen."""
    places = [(line.rindex(text), y) for y, line in enumerate(screen_lines(pilot.app)) if text in line]
    assert places, f"{text!r} is not on screen\n{screen_text(pilot.app)}"
    x, y = places[-1]
    await pilot.click(offset=(x + into, y))
    await settled(pilot)


async def test_a_key_in_the_last_row_and_the_filter_in_the_first(make_app: AppFactory) -> None:
    async with running(make_app()) as pilot:
        screen = await listed(pilot)
        await click(pilot, "/ filter")
        assert screen.prompt.has_focus
        await pilot.press(*"claims", "enter")
        await until_text(pilot, "esc clears")
        # The word of a key, too.
        await click(pilot, "clear filter", 3)
        assert screen.arrangement.query == ""
        # So can the filter in the header.
        await pilot.press("slash", *"is:problem", "enter")
        await until_text(pilot, "is:problem esc clears")
        await click(pilot, "of 30")
        assert screen.arrangement.query
        await click(pilot, "is:problem ", 3)
        assert screen.arrangement.query == ""
        await click(pilot, "? help", 3)
        assert isinstance(pilot.app.screen, HelpScreen)
        await pilot.press("escape")
        await click(pilot, "A accounts")
        assert isinstance(pilot.app.screen, AccountsScreen)


async def test_the_parts_of_the_breadcrumb(make_app: AppFactory) -> None:
    async with running(make_app()) as pilot:
        screen = await opened(pilot, CLAIMS)
        await pilot.press("d")
        await until(pilot, lambda: isinstance(pilot.app.screen, DiffScreen), "the diff")
        await settled(pilot)
        await pilot.click(offset=(screen_lines(pilot.app)[0].index("Claims Desk"), 0))
        await until(pilot, lambda: pilot.app.screen is screen, "the agent")
        await pilot.press("3")
        await until(pilot, lambda: screen.host.active == "history", "the history")
        await pilot.click(offset=(screen_lines(pilot.app)[0].index("Claims Desk"), 0))
        await until(pilot, lambda: screen.host.active == "spec", "the spec")
        await pilot.click(offset=(screen_lines(pilot.app)[0].index("meridian-labs"), 0))
        await until(pilot, lambda: isinstance(pilot.app.screen, PickerScreen), "the list")


async def test_clicks_between_keys_and_on_a_message_do_nothing(make_app: AppFactory) -> None:
    async with running(make_app()) as pilot:
        screen = await listed(pilot)
        await idle(pilot)
        hints = screen_lines(pilot.app)[-1]
        gaps = [x for x in range(len(hints)) if hints[x - 1 : x + 1] == "  "]
        before = screen_text(pilot.app)
        for x in (0, *gaps, pilot.app.size.width - 1):
            await pilot.click(offset=(x, pilot.app.size.height - 1))
        assert screen_text(pilot.app) == before
        # A message above the keys is no key, either.
        screen.show_message("? q A")
        await pilot.pause()
        for x in range(8):
            await pilot.click(offset=(x, pilot.app.size.height - 2))
        assert pilot.app.screen is screen


async def test_each_of_several_keys_can_be_clicked_but_not_their_label(make_app: AppFactory) -> None:
    async with running(make_app(), 180, 40) as pilot:
        screen = await opened(pilot, "q7k-0ab-x4d")
        first = screen.entry.key
        await click(pilot, "< > agents", 2)
        assert detail(pilot.app).entry.key != first
        await click(pilot, "< > agents", 4)
        await click(pilot, "< > agents", 1)
        assert detail(pilot.app).entry.key != first
        await click(pilot, "< > agents")
        assert detail(pilot.app).entry.key == first


async def test_tabs(make_app: AppFactory) -> None:
    async with running(make_app(), 180, 40) as pilot:
        screen = await opened(pilot, "q7k-0ab-x4d")
        await click(pilot, "3 history", 4)
        await until_text(pilot, "[3 history")
        shown = screen_text(pilot.app)
        # The one with the focus stays.
        await click(pilot, "[3 history", 4)
        assert screen_text(pilot.app) == shown
        await click(pilot, "5 events")
        await until_text(pilot, "[5 events")
        # While a search is typed, too.
        await press(pilot, "1", "slash", *"image")
        await click(pilot, "4 workloads")
        await until_text(pilot, "[4 workloads")
        assert "fold" in screen_lines(pilot.app)[-1]
        await press(pilot, "1")
        assert spec_of(screen).finder.search.text == "image"


async def test_a_heading_sorts_and_reverses(make_app: AppFactory) -> None:
    async with running(make_app()) as pilot:
        screen = await listed(pilot)

        def order() -> tuple[str, bool]:
            return screen.arrangement.order, screen.arrangement.reverse

        cursor = under_cursor(pilot.app)
        await click(pilot, " AGENT", 1)
        assert order() == ("name", False)
        assert under_cursor(pilot.app) == cursor
        await click(pilot, "AGENT ▴", 6)
        assert order() == ("name", True)
        await click(pilot, "STATUS", 2)
        assert order() == ("attention", False)
        await click(pilot, "AGE", 2)
        assert order() == ("age", False)
        # These two name no order, and between two names there is nothing.
        await click(pilot, "READY")
        await click(pilot, "WHY")
        await click(pilot, "  READY")
        assert order() == ("age", False)
