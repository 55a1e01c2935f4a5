"""Keys are done in the order they were typed, however long one of them takes."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from support.on_screen import until
from textual import on
from textual.app import ComposeResult
from textual.events import Key
from textual.message import Message
from textual.screen import ModalScreen, Screen
from textual.widget import Widget

from astro_tui.app import key_order
from astro_tui.app.key_order import KeyOrder

pytestmark = pytest.mark.anyio


class Opener(Widget, can_focus=True):
    """Opens a screen with enter through a message, as a prompt does, and records other keys."""

    class Chosen(Message):
        pass

    def on_key(self, event: Key) -> None:
        event.stop()
        if event.key == "enter":
            self.post_message(self.Chosen())
        else:
            self.app.typed.append(f"before {event.key}")  # type: ignore[attr-defined]


class Opened(Screen[None]):
    def on_key(self, event: Key) -> None:
        self.app.typed.append(event.key)  # type: ignore[attr-defined]


class First(Screen[None]):
    def compose(self) -> ComposeResult:
        yield Opener()

    @on(Opener.Chosen)
    async def open(self) -> None:
        await self.app.may_open.wait()  # type: ignore[attr-defined]
        self.app.push_screen(self.app.opens)  # type: ignore[attr-defined]


class Typing(KeyOrder):
    def __init__(self) -> None:
        super().__init__()
        self.typed: list[str] = []
        self.opens: Screen[None] = Opened()
        self.may_open = asyncio.Event()
        self.may_open.set()

    def get_default_screen(self) -> Screen[None]:
        return First()


@pytest.mark.parametrize("patience", [0.0, 0.3])
async def test_keys_after_enter_go_to_what_it_opens(patience: float, monkeypatch: pytest.MonkeyPatch) -> None:
    # Without patience, each key arrives after the one before it has taken too long.
    monkeypatch.setattr(key_order, "LOST_AFTER", patience)
    app: Any = Typing()
    async with app.run_test() as pilot:
        app.screen.query_one(Opener).focus()
        await pilot.pause()
        for key in ("enter", "a", "b", "c"):
            app.post_message(Key(key, None))
        await until(pilot, lambda: len(app.typed) == 3)
        assert app.typed == ["a", "b", "c"]


class Prompt(Widget, can_focus=True):
    def on_key(self, event: Key) -> None:
        self.app.typed.append(event.key)  # type: ignore[attr-defined]


class Menu(ModalScreen[None]):
    """Takes long to mount, as on a busy machine. Its prompt takes keys only after that."""

    def __init__(self) -> None:
        super().__init__()
        self.may_mount = asyncio.Event()

    def compose(self) -> ComposeResult:
        yield Prompt()

    async def on_mount(self) -> None:
        await self.may_mount.wait()
        self.query_one(Prompt).focus()


@pytest.mark.parametrize("patience", [0.0, 0.3])
async def test_a_key_waits_until_what_the_last_one_opens_is_ready(
    patience: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(key_order, "LOST_AFTER", patience)
    app: Any = Typing()
    async with app.run_test() as pilot:
        menu = app.opens = Menu()
        app.screen.query_one(Opener).focus()
        await pilot.pause()
        for key in ("enter", "p", "q"):
            app.post_message(Key(key, None))
        await until(pilot, lambda: app.screen is menu)
        for _ in range(5):
            await asyncio.sleep(key_order.GRACE)
        assert app.typed == []
        menu.may_mount.set()
        await until(pilot, lambda: len(app.typed) == 2)
        assert app.typed == ["p", "q"]


async def test_a_key_that_is_slow_to_open_something_is_not_lost(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(key_order, "LOST_AFTER", 0.0)
    app: Any = Typing()
    async with app.run_test() as pilot:
        app.may_open.clear()
        app.screen.query_one(Opener).focus()
        await pilot.pause()
        for key in ("enter", "p"):
            app.post_message(Key(key, None))
        for _ in range(5):
            await asyncio.sleep(key_order.GRACE)
        assert app.typed == []
        app.may_open.set()
        await until(pilot, lambda: app.typed == ["p"])


async def test_a_key_that_never_finishes_does_not_block_the_next(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(key_order, "LOST_AFTER", 0.0)
    app: Any = Typing()
    async with app.run_test() as pilot:
        app.screen.query_one(Opener).focus()
        await pilot.pause()
        app._started = 1.0
        app.post_message(Key("a", None))
        await until(pilot, lambda: app.typed == ["before a"])
