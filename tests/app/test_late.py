"""A message that reaches a screen too early is displayed later."""

from __future__ import annotations

import pytest
from support.app import AppFactory
from support.driving import listed
from support.on_screen import running, until_text

from astro_tui.screens.base.page import show_message
from astro_tui.screens.messages import MessagesScreen

pytestmark = pytest.mark.anyio


async def test_a_screen_that_was_just_opened_shows_a_message_later(make_app: AppFactory) -> None:
    async with running(make_app()) as pilot:
        app = pilot.app
        screen = await listed(pilot)
        opening = MessagesScreen(app._session_in_front, screen)
        waiting = app.push_screen(opening)
        assert app.screen is opening
        show_message(app, "Copied the id.")
        await waiting
        await until_text(pilot, "Copied the id.")
