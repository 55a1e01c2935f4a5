"""A callback that comes too late for its screen neither ends the app nor blocks it."""

from __future__ import annotations

from functools import partial

import pytest
from support.app import AppFactory
from support.demo_deployments import CLAIMS
from support.driving import opened, picker
from support.on_screen import running, settled, until, until_text

from astro_tui.screens.base.web_page import _opened
from astro_tui.widgets.chrome.bar import KeyHints

pytestmark = pytest.mark.anyio


async def test_a_browser_that_opens_after_the_screen_was_left(make_app: AppFactory) -> None:
    async with running(make_app()) as pilot:
        page = await opened(pilot, CLAIMS)
        await pilot.press("escape")
        await until(pilot, lambda: picker(pilot.app) and not page.is_attached, "the list")
        pilot.app.call_later(partial(_opened, page, "https://astro.example", done=True))
        await until_text(pilot, "Opened https://astro.example in the browser.")


async def test_a_message_about_a_screen_that_was_left(make_app: AppFactory) -> None:
    async with running(make_app()) as pilot:
        page = await opened(pilot, CLAIMS)
        await pilot.press("escape")
        await until(pilot, lambda: picker(pilot.app) and not page.is_attached, "the list")
        pilot.app.call_later(page.query_one, KeyHints)
        await settled(pilot)
        await pilot.press("question_mark")
        await until(pilot, lambda: len(pilot.app.screen_stack) > 1, "the help")
