"""The help: keys by what the user wants to do, those of the focused pane first."""

from __future__ import annotations

from typing import Any

import pytest
from support.app import AppFactory
from support.demo_deployments import CLAIMS
from support.driving import listed, opened
from support.on_screen import resized, running, screen_lines, settled, until, until_text
from textual.pilot import Pilot

from astro_tui.screens.base.key_lines import KeyLine
from astro_tui.screens.base.letter_menu import LetterMenu
from astro_tui.screens.deployment.screen import DeploymentScreen
from astro_tui.screens.help import HelpScreen
from astro_tui.screens.picker.screen import PickerScreen

pytestmark = pytest.mark.anyio


async def at_help(pilot: Pilot[Any]) -> HelpScreen:
    await pilot.press("question_mark")
    await until(pilot, lambda: isinstance(pilot.app.screen, HelpScreen) and pilot.app.screen.table.row_count)
    assert isinstance(pilot.app.screen, HelpScreen)
    return pilot.app.screen


def headings(box: HelpScreen) -> list[str]:
    return [row for row in box.table.rows if isinstance(row, str)]


async def test_the_keys_of_the_focused_pane_come_first_in_every_size(make_app: AppFactory) -> None:
    async with running(make_app(), 80, 24) as pilot:
        await opened(pilot, CLAIMS)
        box = await at_help(pilot)
        found = headings(box)
        assert found == ["in this pane", "on this screen", "anywhere"]
        first = box.table.rows[1]
        assert isinstance(first, KeyLine)
        assert first.owner is not detail_below(box)
        for width, height in ((40, 15), (120, 40), (40, 10), (80, 24)):
            await resized(pilot, width, height)
            assert any("in this pane" in line for line in screen_lines(pilot.app)), (width, height)
        # Another pane, other keys.
        await pilot.press("escape", "4")
        await until_text(pilot, "[4 workloads")
        await settled(pilot)
        box = await at_help(pilot)
        lines = [row for row in box.table.rows if isinstance(row, KeyLine)]
        assert "tree.out" not in {line.id for line in lines}
        assert lines[0].id.startswith("list.")
        await pilot.press(*"compare")
        found_ids = {row.id for row in box.table.rows if isinstance(row, KeyLine)}
        assert found_ids == {"deployment.compare"}


def detail_below(box: HelpScreen) -> DeploymentScreen:
    assert isinstance(box.below, DeploymentScreen)
    return box.below


async def test_the_marks_after_a_state_are_explained_once_and_in_the_help(make_app: AppFactory) -> None:
    app, legend = make_app(), "! looks fine but is not, ? last known"
    app.session.first_run = True
    async with running(app, 80, 24) as pilot:
        await until_text(pilot, legend)
        await pilot.press("question_mark")
        await until_text(pilot, "type to search", legend)


async def test_the_cursor_skips_the_headings(make_app: AppFactory) -> None:
    async with running(make_app(), 80, 24) as pilot:
        await listed(pilot)
        box = await at_help(pilot)
        table = box.table
        for keys in (["down"] * table.row_count, ["up"] * table.row_count, ["pagedown"] * 4, ["pageup"] * 4):
            for key in keys:
                await pilot.press(key)
                assert isinstance(table.rows[table.cursor], KeyLine)
        await pilot.press("down")
        assert table.cursor > 1


async def test_typing_searches_and_enter_runs(make_app: AppFactory) -> None:
    async with running(make_app(), 80, 24) as pilot:
        screen = await listed(pilot)
        box = await at_help(pilot)
        await pilot.press(*"only problems")
        assert [row.id for row in box.table.rows if isinstance(row, KeyLine)] == ["picker.problems"]
        await pilot.press("enter")
        await until(pilot, lambda: isinstance(pilot.app.screen, PickerScreen))
        await until_text(pilot, "of 30")
        assert pilot.app.screen is screen
        # Without a match there is nothing to run.
        box = await at_help(pilot)
        await pilot.press(*"zzzz", "enter", "down", "up", "pagedown")
        assert pilot.app.screen is box
        assert box.table.row_count == 0


async def test_a_box_that_is_closed_twice_closes_once(make_app: AppFactory) -> None:
    async with running(make_app()) as pilot:
        screen = await listed(pilot)
        await pilot.press("question_mark")
        box = pilot.app.screen
        assert isinstance(box, HelpScreen)
        line = next(row for row in box.table.rows if isinstance(row, KeyLine))
        box.action_close()
        box.action_close()
        box.run_line(line)
        await settled(pilot)
        assert pilot.app.screen is screen
        await pilot.press("y")
        menu = pilot.app.screen
        assert isinstance(menu, LetterMenu)
        menu.close(None)
        menu.close(None)
        await settled(pilot)
        assert pilot.app.screen is screen
