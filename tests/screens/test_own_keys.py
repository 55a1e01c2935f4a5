"""The user's own keys: they work, the old ones do not, and footers, notices, tabs, and the help name them."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from support.app import AppFactory
from support.driving import listed, opened, spec_of
from support.on_screen import running, screen_lines, settled, until, until_text
from textual.pilot import Pilot
from textual.widget import Widget

import astro_tui
from astro_tui.screens.actions.box import ActionBox
from astro_tui.screens.base.key_lines import KeyLine
from astro_tui.screens.base.letter_menu import LetterMenu
from astro_tui.screens.base.sections import TabStrip
from astro_tui.screens.help import HelpScreen
from astro_tui.screens.picker.screen import PickerScreen
from astro_tui.state.key_map import default_keys
from astro_tui.widgets.keymap import shown_keys

pytestmark = pytest.mark.anyio


async def test_a_key_of_the_list(make_app: AppFactory) -> None:
    keys = {"picker.filter": "f ctrl+f", "picker.sort": "r", "picker.refresh": "s", "app.help": "F2", "box.close": "F4"}
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
        await until_text(pilot, "enter run · F4 close")
        lines = {row.id: row.keys for row in pilot.app.screen.table.rows if isinstance(row, KeyLine)}
        assert (lines["picker.filter"], lines["picker.sort"], lines["picker.refresh"]) == ("f ctrl+f", "r", "s")


async def test_the_key_that_closes_menus_and_boxes(make_app: AppFactory) -> None:
    async with running(make_app(keys={"box.close": "F4"}), 120, 30) as pilot:
        screen = await listed(pilot)
        for key, box in (("y", LetterMenu), ("a", ActionBox)):
            await pilot.press(key)
            await until(pilot, lambda box=box: isinstance(pilot.app.screen, box))  # type: ignore[misc]
            await until_text(pilot, "F4 close")
            await pilot.press("escape")
            assert pilot.app.screen is not screen
            await pilot.press("f4")
            await until(pilot, lambda: pilot.app.screen is screen)


async def test_without_own_keys_nothing_changes(make_app: AppFactory) -> None:
    async with running(make_app(), 80, 24) as pilot:
        screen = await listed(pilot)
        assert isinstance(screen, Widget)
        assert shown_keys(screen, "< > 1-9 /") == "< > 1-9 /"


def test_sentences_name_only_actions_that_exist() -> None:
    known = default_keys()
    named = {
        name
        for path in Path(astro_tui.__file__).parent.rglob("*.py")
        for name in re.findall(r"""(?:action_key\([^)]*?|\bkey\()["']([a-z.-]+)["']""", path.read_text())
    }
    assert len(named) > 15
    assert named <= set(known), named - set(known)


async def test_sentences_and_headings(make_app: AppFactory) -> None:
    keys = {
        "document.wrap": "F5",
        "document.next-form": "F6",
        "document.value": "F7",
        "document.search": "F8",
        "document.reveal": "alt+x",
        "document.next-match": "F9",
    }
    async with running(make_app(keys=keys), 120, 40) as pilot:
        screen = await opened(pilot, "q7k-0ab-x4d")
        await until_text(pilot, "tree · F6 as YAML")
        await pilot.press("f7")
        await until_text(pilot, "F7 close f enlarge")
        await pilot.press("f8", *"DATABASE_URL", "enter")
        await until_text(pilot, "alt+x to reveal")
        await pilot.press("escape")
        await pilot.press("f5")
        await until_text(pilot, "Long values are wrapped. Press F5 to cut them.")
        await pilot.press("f9")
        await until_text(pilot, "Press F8 to search.")
        await pilot.press("f6")
        await until(pilot, lambda: spec_of(screen).body.form == "yaml")


async def test_the_own_key_of_a_section_and_a_click_on_its_tab(make_app: AppFactory) -> None:
    keys = {"deployment.history": "F6", "deployment.events": "alt+e", "deployment.workloads": "u"}
    async with running(make_app(keys=keys | {"deployment.back": "backspace"}), 180, 40) as pilot:
        await opened(pilot, "q7k-0ab-x4d")
        await until_text(pilot, "F6 history", "alt+e events", "u workloads")
        assert "backspace back" in screen_lines(pilot.app)[-1]
        await pilot.press("f6")
        await until_text(pilot, "[F6 history")
        await pilot.press("1")
        for name in ("history", "events", "workloads"):
            strip = pilot.app.screen.query_one(TabStrip)
            await pilot.click(TabStrip, offset=(strip.plain.index(name) + 1, 0))
            await until(pilot, lambda name=name: f"{name}" in tab_with_focus(pilot))


def tab_with_focus(pilot: Pilot[None]) -> str:
    found = re.search(r"\[([^]]+)]", pilot.app.screen.query_one(TabStrip).plain)
    return found[1] if found else ""


async def test_the_filter_in_the_header(make_app: AppFactory) -> None:
    async with running(make_app(keys={"picker.clear": "backspace"}), 120, 24) as pilot:
        screen = await listed(pilot)
        await pilot.press("slash", *"claims", "enter")
        await until_text(pilot, "claims backspace clears", "2 of 30")
        head = screen_lines(pilot.app)[0]
        await pilot.click(offset=(head.index("backspace"), 0))
        await until(pilot, lambda: not screen.arrangement.query)
