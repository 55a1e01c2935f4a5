"""The prompt that saves a document as a file."""

from __future__ import annotations

import threading
from functools import partial
from pathlib import Path

import pytest
from support.app import AppFactory
from support.deadline import DEADLINE
from support.driving import listed
from support.on_screen import idle, running, until, until_text

from astro_tui.clipboard.offers import Piece
from astro_tui.screens.base import save_prompt
from astro_tui.screens.base.save_prompt import SavePrompt
from astro_tui.screens.help import HelpScreen
from astro_tui.state.files import write_new

pytestmark = pytest.mark.anyio


async def test_a_text_prepared_after_the_prompt_was_closed_is_dropped(make_app: AppFactory) -> None:
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


async def test_a_file_that_is_written_while_another_screen_is_in_front(
    make_app: AppFactory, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    allowed = threading.Event()

    def write(path: Path, data: bytes) -> None:
        assert allowed.wait(DEADLINE)
        write_new(path, data)

    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(save_prompt, "write_new", write)
    app, said = make_app(), list[str | None]()
    async with running(app) as pilot:
        below = await listed(pilot)
        prompt = SavePrompt(app.session.look, "name", ".json", lambda: Piece("text"))
        app.push_screen(prompt, said.append)
        await until_text(pilot, "of JSON, as a new file.")
        await pilot.press("enter")
        # No key opens a screen over the prompt, but a refused action does.
        front = HelpScreen(app.session.look, below)
        await app.push_screen(front)
        allowed.set()
        await until(pilot, (tmp_path / "name.json").exists, "written")
        await idle(pilot)
        assert app.screen is front
        await pilot.press("escape")
        await until(pilot, lambda: app.screen is below)
        [words] = said
        assert words is not None
        assert words.startswith("saved 4 bytes to /")
