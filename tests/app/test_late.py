"""A message that reaches a screen too early is displayed later, and one that reaches it too late is dropped."""

from __future__ import annotations

import pytest
from support.app import AppFactory
from support.driving import listed
from support.on_screen import running, until_text

from astro_tui.screens.base.view import show_message
from astro_tui.screens.messages import MessagesScreen
from astro_tui.widgets.chrome.bar import KeyHints

pytestmark = pytest.mark.anyio


async def test_a_screen_that_was_just_opened_shows_a_message_later(make_app: AppFactory) -> None:
    async with running(make_app()) as pilot:
        app = pilot.app
        await listed(pilot)
        opening = MessagesScreen(app._session_in_front)
        waiting = app.push_screen(opening)
        assert app.screen is opening
        show_message(app, "Copied the id.")
        await waiting
        await until_text(pilot, "Copied the id.")


async def test_a_message_to_a_screen_that_is_closing_is_dropped(make_app: AppFactory) -> None:
    async with running(make_app()) as pilot:
        screen = await listed(pilot)
        await screen.query_one(KeyHints).remove()
        show_message(pilot.app, "Copied the id.")
        await pilot.pause()
