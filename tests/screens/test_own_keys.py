"""The user's own keys: they work, the old ones do not, and footers, notices, tabs, and the help name them."""

from __future__ import annotations

import pytest
from support.app import AppFactory
from support.driving import listed, opened
from support.on_screen import running, screen_lines, settled, until, until_text
from textual.widget import Widget

from astro_tui.screens.base.key_lines import KeyLine
from astro_tui.screens.help import HelpScreen
from astro_tui.screens.picker.screen import PickerScreen
from astro_tui.widgets.keymap import shown_keys

pytestmark = pytest.mark.anyio


async def test_a_key_of_the_list(make_app: AppFactory) -> None:
    keys = {"picker.filter": "f ctrl+f", "picker.sort": "r", "picker.refresh": "s", "app.help": "F2"}
    async with running(make_app(keys=keys), 120, 24) as pilot:
        screen = await listed(pilot)
        assert isinstance(screen, PickerScreen)
        foot = screen_lines(pilot.app)[-1]
        assert "f filter  r sort" in foot
        assert "s refresh" in foot
        assert "F2 help" in foot
        await pilot.press("slash")
        await until_text(pilot, "/ does nothing here; F2 lists the keys")
        assert not screen.prompt.display
        # While typing, the letter belongs to the prompt.
        await pilot.press("f", "f", "o")
        assert screen.prompt.display
        await until(pilot, lambda: screen.arrangement.query == "fo")
        await pilot.press("escape", "r")
        await settled(pilot)
        assert screen.arrangement.order != "attention"
        await pilot.press("f2")
        await until(pilot, lambda: isinstance(pilot.app.screen, HelpScreen) and pilot.app.screen.table.row_count)
        assert isinstance(pilot.app.screen, HelpScreen)
        lines = {row.id: row.keys for row in pilot.app.screen.table.rows if isinstance(row, KeyLine)}
        assert (lines["picker.filter"], lines["picker.sort"], lines["picker.refresh"]) == ("f ctrl+f", "r", "s")


async def test_a_key_of_a_section(make_app: AppFactory) -> None:
    async with running(make_app(keys={"deployment.history": "F6", "deployment.back": "backspace"}), 120, 30) as pilot:
        await opened(pilot, "q7k-0ab-x4d")
        await until_text(pilot, "F6 history")
        assert "backspace back" in screen_lines(pilot.app)[-1]
        await pilot.press("f6")
        await until_text(pilot, "[F6 history")


async def test_without_own_keys_nothing_changes(make_app: AppFactory) -> None:
    async with running(make_app(), 80, 24) as pilot:
        screen = await listed(pilot)
        assert isinstance(screen, Widget)
        assert shown_keys(screen, "< > 1-9 /") == "< > 1-9 /"
