"""The rule above the focused pane has other glyphs, so that the focus is visible without color."""

from __future__ import annotations

import re
from typing import Any

import pytest
from support.app import AppFactory
from support.browsing import open_blueprint as reading
from support.driving import opened, spec_of
from support.on_screen import running, screen_lines, until
from textual.pilot import Pilot

from astro_tui.theme.look import Look

pytestmark = pytest.mark.anyio


@pytest.fixture(autouse=True)
def _no_color(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_COLOR", "1")


def marked(pilot: Pilot[Any], look: Look) -> list[str]:
    """Return the start of the titles in the rules that mark the focus."""
    glyph = re.escape(look.glyphs.focused_rule)
    return re.findall(rf"(?<!{glyph}){glyph}{glyph} (\S+ \S+)", "\n".join(screen_lines(pilot.app)))


def first(pilot: Pilot[Any], look: Look) -> str:
    """Return the start of the title in the first rule that marks the focus, or an empty text."""
    return next(iter(marked(pilot, look)), "")


async def test_the_focused_pane_of_a_blueprint_is_marked(make_app: AppFactory) -> None:
    look = Look(ascii_alone=True)
    async with reading(make_app, ascii=look.ascii) as pilot:
        await pilot.press("1")
        await until(pilot, lambda: first(pilot, look).startswith("spec"))
        await pilot.press("tab")
        await until(pilot, lambda: marked(pilot, look) == ["9 builds,"])
        await pilot.press("tab")
        await until(pilot, lambda: first(pilot, look).startswith("spec"))


async def test_the_mark_moves_between_the_tree_and_the_value(make_app: AppFactory) -> None:
    look = Look()
    async with running(make_app()) as pilot:
        screen = await opened(pilot, "q7k-0ab-x4d")
        spec_of(screen).take_focus()
        await until(pilot, lambda: marked(pilot, look)[:1] == [f"spec {look.glyphs.dot}"])
        await pilot.press("v", "tab")
        await until(pilot, lambda: first(pilot, look) and not first(pilot, look).startswith("spec"))
        await pilot.press("tab")
        await until(pilot, lambda: first(pilot, look).startswith("spec"))


async def test_typing_a_search_keeps_the_mark(make_app: AppFactory) -> None:
    look = Look()
    async with running(make_app()) as pilot:
        screen = await opened(pilot, "q7k-0ab-x4d")
        spec_of(screen).take_focus()
        await until(pilot, lambda: marked(pilot, look))
        before = marked(pilot, look)
        await pilot.press("slash", "p")
        await pilot.pause()
        assert marked(pilot, look) == before
