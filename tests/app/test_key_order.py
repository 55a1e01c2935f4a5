"""Keys are done in the order they were typed, however long one of them takes."""

from __future__ import annotations

from typing import Any

import pytest
from support.on_screen import until
from textual import on
from textual.app import ComposeResult
from textual.events import Key
from textual.message import Message
from textual.screen import Screen
from textual.widget import Widget

from astro_tui.app import key_order
from astro_tui.app.key_order import KeyOrder

pytestmark = pytest.mark.anyio


class Opener(Widget, can_focus=True):
    """Opens a screen with enter, by way of a message, as a prompt does; other keys are noted."""

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
    def open(self) -> None:
        self.app.push_screen(Opened())


class Typing(KeyOrder):
    def __init__(self) -> None:
        super().__init__()
        self.typed: list[str] = []

    def get_default_screen(self) -> Screen[None]:
        return First()


@pytest.mark.parametrize("patience", [0.0, 0.3])
async def test_what_follows_enter_goes_to_what_it_opens(patience: float, monkeypatch: pytest.MonkeyPatch) -> None:
    # Without any patience each key comes when the one before has taken too long.
    monkeypatch.setattr(key_order, "LOST_AFTER", patience)
    app: Any = Typing()
    async with app.run_test() as pilot:
        app.screen.query_one(Opener).focus()
        await pilot.pause()
        for key in ("enter", "a", "b", "c"):
            app.post_message(Key(key, None))
        await until(pilot, lambda: len(app.typed) == 3)
        assert app.typed == ["a", "b", "c"]


async def test_a_key_whose_end_nobody_sees_is_not_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(key_order, "LOST_AFTER", 0.0)
    app: Any = Typing()
    async with app.run_test() as pilot:
        app.screen.query_one(Opener).focus()
        await pilot.pause()
        app._started = 1.0
        app.post_message(Key("a", None))
        await until(pilot, lambda: app.typed == ["before a"])
