"""The wheel scrolls, and the cursor stays where it is: in lists, trees, and logs."""

from __future__ import annotations

from typing import Any

import pytest
from support.app import AppFactory
from support.demo_deployments import CLAIMS
from support.driving import listed, log_opened, opened, spec_of, under_cursor
from support.on_screen import idle, resized, running, settled, until, until_text
from textual.events import MouseScrollDown, MouseScrollUp
from textual.pilot import Pilot

from astro_tui.logs.line import LogLine
from astro_tui.widgets.lists.rows import RowList

pytestmark = pytest.mark.anyio
HOUR = 3600 * 10**9


async def wheel(pilot: Pilot[Any], rows: RowList, steps: int) -> None:
    """Turn the wheel over a list, down if `steps` is positive."""
    kind = MouseScrollDown if steps > 0 else MouseScrollUp
    for _ in range(abs(steps)):
        await pilot._post_mouse_events([kind], rows, offset=(5, 5))
    await pilot.pause()


async def test_a_list(make_app: AppFactory) -> None:
    async with running(make_app(), 80, 24) as pilot:
        screen = await listed(pilot)
        await idle(pilot)
        table, cursor = screen.table, under_cursor(pilot.app)
        await wheel(pilot, table, 4)
        away = table.top - table.cursor
        assert away > 0
        assert under_cursor(pilot.app) == cursor
        # The next response does not bring the window back.
        await pilot.press("r")
        await settled(pilot)
        assert (table.top - table.cursor, under_cursor(pilot.app)) == (away, cursor)
        # Nor does another height, as when the lines below the list get longer.
        await resized(pilot, 80, 22)
        assert (table.top - table.cursor, under_cursor(pilot.app)) == (away, cursor)
        # A key does.
        await pilot.press("down")
        assert table.top <= table.cursor < table.top + table.page


async def test_a_tree(make_app: AppFactory) -> None:
    async with running(make_app(), 80, 24) as pilot:
        screen = await opened(pilot, CLAIMS)
        await pilot.press("1", "=", "j", "j", "j")
        await settled(pilot)
        tree = spec_of(screen).spec_tree
        node = spec_of(screen).node
        await wheel(pilot, tree, 10)
        assert tree.top > tree.cursor
        assert spec_of(screen).node == node
        # Folding acts on the cursor, so it is shown.
        await pilot.press("space")
        assert tree.top <= tree.cursor < tree.top + tree.page


@pytest.mark.nightly
async def test_a_log_is_left_and_followed_again(make_app: AppFactory) -> None:
    async with running(make_app(), 100, 30) as pilot:
        pane = await log_opened(pilot, CLAIMS)
        view = pane.view
        row = view.row
        assert view.follows
        assert row is not None
        at = row.ns

        async def add(*texts: str) -> None:
            nonlocal at
            at += HOUR
            lines = [LogLine(at + number, "info", text) for number, text in enumerate(texts)]
            pane.feed.add(view.store.sources[0], lines)
            await until(pilot, lambda: view.row_count == view.store.count and not pane._waits, "drawn")

        await wheel(pilot, view, -3)
        top = view.store.row(view.top)
        assert not view.follows
        assert view.row == row
        await add("one more line", "and another")
        await until_text(pilot, "2 new lines below")
        await pilot.press("t")
        assert (view.store.row(view.top), view.row, view.follows) == (top, row, False)
        await wheel(pilot, view, 10)
        assert view.follows
        assert view.cursor == view.row_count - 1
        await add("the last line")
        await until_text(pilot, "the last line", "following")
        # The key works without a move of the cursor, too.
        await wheel(pilot, view, -3)
        assert not view.follows
        await pilot.press("G")
        assert view.follows
        assert view.top == view.last_top
