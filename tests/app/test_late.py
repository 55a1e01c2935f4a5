"""A message that reaches a screen too early or too late is not a bug."""

from __future__ import annotations

import pytest
from support.app import AppFactory
from support.driving import listed
from support.on_screen import running, until_text
from textual.containers import Vertical
from textual.css.query import NoMatches
from textual.widgets import Static

from astro_tui.screens.base.copy_actions import show_message
from astro_tui.screens.messages import MessagesScreen

pytestmark = pytest.mark.anyio


async def test_a_child_of_a_removed_widget_may_be_missing(make_app: AppFactory) -> None:
    async with running(make_app()) as pilot:
        app, parent = pilot.app, Vertical(Static(id="child"))
        await listed(pilot)
        await app.screen.mount(parent)
        await parent.remove()
        with pytest.raises(NoMatches) as missing:
            parent.query_one("#child")
        app._handle_exception(missing.value)
        assert app._exception is None


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
