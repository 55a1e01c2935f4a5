"""The prompt that saves a document as a file."""

from __future__ import annotations

from functools import partial

import pytest
from support.app import AppFactory
from support.driving import listed
from support.on_screen import idle, running, until, until_text

from astro_tui.clipboard.offers import Piece
from astro_tui.screens.base.save_prompt import SavePrompt

pytestmark = pytest.mark.anyio


async def test_what_is_prepared_after_it_was_closed_has_no_place_to_go(make_app: AppFactory) -> None:
    app = make_app()
    async with running(app) as pilot:
        await listed(pilot)
        prompt = SavePrompt(app.session.look, "name", ".json", lambda: Piece("text"))
        app.push_screen(prompt)
        await until_text(pilot, "of JSON, as a new file.")
        await pilot.press("escape")
        await until(pilot, lambda: not prompt.query("*"), "closed")
        prompt._later(partial(prompt._prepared, b"text", "", "name.json"))
        await idle(pilot)
        assert app._exception is None
