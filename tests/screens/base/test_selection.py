"""Text is selected with the mouse and copied as it is on screen: in lists, trees, differences, and logs."""

from __future__ import annotations

from typing import Any, cast

import pytest
from support.app import AppFactory
from support.copying import Taken
from support.demo_deployments import CLAIMS
from support.driving import detail, listed, log_opened, opened, spec_of, under_cursor
from support.idle import drawn_strips
from support.on_screen import idle, running, screen_lines, screen_text, settled, until, until_text
from textual.pilot import Pilot

from astro_tui.app.app import AstroApp
from astro_tui.logs.line import LogLine

pytestmark = pytest.mark.anyio


async def drag(pilot: Pilot[Any], start: tuple[int, int], end: tuple[int, int]) -> None:
    """Drag the mouse over the cells from `start` to `end`, both included."""
    await pilot.mouse_down(offset=start)
    await pilot.hover(offset=end)
    await pilot.mouse_up(offset=end)
    await pilot.pause()


def place(pilot: Pilot[Any], text: str) -> tuple[int, int]:
    """Return where a text is on screen."""
    return next((line.index(text), y) for y, line in enumerate(screen_lines(pilot.app)) if text in line)


def marked(pilot: Pilot[Any]) -> list[str]:
    """Return the text of each line that looks selected."""
    style = pilot.app.screen.get_component_rich_style("screen--selection")
    found = []
    for strip in drawn_strips(pilot.app):
        piece = "".join(part.text for part in strip if part.style is not None and part.style.bgcolor == style.bgcolor)
        found += [piece] if piece else []
    return found


async def copied(pilot: Pilot[Any]) -> str:
    taken = Taken()
    taken.on(cast("AstroApp", pilot.app))
    await pilot.press("ctrl+c")
    await until(pilot, lambda: taken.texts, "copied")
    return taken.texts[0]


async def test_rows_of_a_list(make_app: AppFactory) -> None:
    async with running(make_app()) as pilot:
        await listed(pilot)
        await idle(pilot)
        before = under_cursor(pilot.app)
        x, y = place(pilot, "Lead Scorer")
        lines = screen_lines(pilot.app)[y : y + 2]
        await drag(pilot, (x, y), (x + 3, y + 1))
        assert [part.rstrip() for part in marked(pilot)] == [lines[0][x:].rstrip(), lines[1][: x + 4].rstrip()]
        # Neither the cursor nor the screen moves: a drag is no click.
        assert under_cursor(pilot.app) == before
        assert await copied(pilot) == f"{lines[0][x:].rstrip()}\n{lines[1][: x + 4].rstrip()}"
        assert marked(pilot) == []
        # Without a selection, the key quits.
        await pilot.press("ctrl+c")
        assert pilot.app._exit


async def test_the_text_moves_with_the_list(make_app: AppFactory) -> None:
    async with running(make_app(), 100, 20) as pilot:
        screen = await listed(pilot)
        await idle(pilot)
        x, y = place(pilot, "Weekly Numbers")
        await drag(pilot, (x, y), (x + 13, y))
        screen.table._scroll_top(2)
        await pilot.pause()
        assert place(pilot, "Weekly Numbers")[1] == y - 2
        assert marked(pilot) == ["Weekly Numbers"]
        screen.table._scroll_top(screen.table.last_top)
        assert await copied(pilot) == "Weekly Numbers"


async def test_a_tree_with_masked_values(make_app: AppFactory) -> None:
    async with running(make_app(), 80, 24) as pilot:
        await opened(pilot, CLAIMS)
        await pilot.press("1", "=", "slash", *"password", "enter")
        await settled(pilot)
        await until_text(pilot, "••••")
        x, y = place(pilot, "••••")
        line = screen_lines(pilot.app)[y]
        await drag(pilot, (1, y), (x + 3, y))
        assert await copied(pilot) == line[1 : x + 4].replace("▌", " ")


@pytest.mark.nightly
@pytest.mark.parametrize("wrapped", [False, True])
async def test_a_log_stops_while_text_is_selected(wrapped: bool, make_app: AppFactory) -> None:
    async with running(make_app(), 60, 24) as pilot:
        pane = await log_opened(pilot, CLAIMS)
        view = pane.view
        if wrapped:
            await pilot.press("w")
            await pilot.pause()
        y = view.region.y + 4
        lines = screen_lines(pilot.app)[y : y + 3]
        expected = "\n".join([lines[0][5:].rstrip(), lines[1][: view.row_width].rstrip(), lines[2][:31].rstrip()])
        await drag(pilot, (5, y), (30, y + 2))
        assert not view.follows
        row = view.row
        assert row is not None
        late = [LogLine(row.ns + 3600 * 10**9 + number, "info", "late") for number in range(40)]
        pane.feed.add(view.store.sources[0], late)
        await until_text(pilot, "new lines below")
        assert screen_lines(pilot.app)[y : y + 3] == lines
        assert await copied(pilot) == expected


async def test_a_long_value_without_the_breaks_of_its_lines(make_app: AppFactory) -> None:
    async with running(make_app(), 50, 30) as pilot:
        await opened(pilot, CLAIMS)
        await pilot.press("slash", *"k:image", "enter", "f")
        value = spec_of(detail(pilot.app)).value_pane
        await until(pilot, lambda: len(value.text.lines) > 1)
        await until(pilot, lambda: "━ spec" not in screen_text(pilot.app), "nothing above the value")
        await idle(pilot)
        lines = screen_lines(pilot.app)
        first = value.text.lines.line(0)
        y = next(number for number, line in enumerate(lines) if first in line)
        await drag(pilot, (1, y), (8, y + 1))
        assert marked(pilot)[0].strip() == first
        whole = first + value.text.lines.line(1)
        assert await copied(pilot) == whole[: len(first) + 8]


async def test_help_and_messages(make_app: AppFactory) -> None:
    async with running(make_app()) as pilot:
        await listed(pilot)
        await pilot.press("question_mark")
        await until_text(pilot, "type to search", "half a page up")
        await idle(pilot)
        x, y = place(pilot, "half a page up")
        await drag(pilot, (x, y), (x + len("half a page") - 1, y))
        assert await copied(pilot) == "half a page"
        await pilot.press("escape", "f9", "at")
        await until_text(pilot, "messages", "F9 does nothing here")
        await idle(pilot)
        x, y = place(pilot, "F9 does nothing here")
        await drag(pilot, (x, y), (x + len("F9 does nothing") - 1, y))
        assert await copied(pilot) == "F9 does nothing"
        # The whole text below the list, too.
        y = max(y for y, line in enumerate(screen_lines(pilot.app)) if "F9" in line)
        x = screen_lines(pilot.app)[y].index("F9")
        await drag(pilot, (x, y), (x + 1, y))
        assert await copied(pilot) == "F9"


async def test_the_terminals_own_colors_are_reversed(make_app: AppFactory) -> None:
    async with running(make_app(theme="terminal")) as pilot:
        screen = await listed(pilot)
        await idle(pilot)
        assert screen.get_component_rich_style("screen--selection").reverse
        # Colored text on a colored background could be invisible.
        style = screen.table._selection_style()
        assert style.reverse
        assert style.bgcolor is None
