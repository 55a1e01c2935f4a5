"""A callback that comes too late for its screen neither ends the app nor blocks it."""

from __future__ import annotations

from functools import partial

import pytest
from support.app import AppFactory
from support.demo_deployments import CLAIMS
from support.driving import opened, picker
from support.on_screen import running, until, until_text

from astro_tui.screens.base.copy_actions import _opened

pytestmark = pytest.mark.anyio


async def test_a_browser_that_opens_after_the_screen_was_left(make_app: AppFactory) -> None:
    async with running(make_app()) as pilot:
        page = await opened(pilot, CLAIMS)
        await pilot.press("escape")
        await until(pilot, lambda: picker(pilot.app) and not page.is_attached, "the list")
        pilot.app.call_later(partial(_opened, page, "https://astro.example", done=True))
        await until_text(pilot, "Opened https://astro.example in the browser.")
