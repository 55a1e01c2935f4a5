"""Only a key that was pressed on purpose confirms an action, and then it is sent once. Time is virtual.

CONFIRMATION=all tries every combination instead of a few.
"""

from __future__ import annotations

import asyncio
import os
import random
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from itertools import product
from typing import Any

import pytest
from support.acting import EU
from support.app import AppFactory
from support.driving import listed
from support.fuzzing import ACTIVE, HEIGHT, WIDTH, Fuzzer, Observer, all_cells
from support.on_screen import flat, running
from support.virtual_time import VirtualLoop, use_its_time
from textual import events

from astro_tui.actions.presses import READABLE
from astro_tui.app.app import AstroApp
from astro_tui.screens.actions.confirm import PreviewBox
from astro_tui.screens.actions.menu import ActionsMenu

pytestmark = [pytest.mark.anyio, pytest.mark.investigating]
ALL = os.environ.get("CONFIRMATION") == "all"
SAID = "press space, then R"
Typed = list[tuple[float, str]]
"""Keys with their times, in seconds after the preview came on screen."""


@pytest.fixture
def anyio_backend() -> Any:
    return "asyncio", {"loop_factory": VirtualLoop}


class User:
    """Types at exact times in an app where an agent can be restarted."""

    def __init__(self, app: AstroApp, seen: Observer) -> None:
        self.app, self.seen = app, seen
        chance = random.Random(0)
        self.fuzzer = Fuzzer(app, seen, chance, all_cells(chance))
        self.loop = self.fuzzer.loop
        self.shown_at = 0.0

    @property
    def sent(self) -> int:
        return self.seen.platform.writes.total()

    async def previews(self, *early: str) -> PreviewBox:
        """Open the preview of a restart, with keys typed before it is there, and wait until it is on screen."""
        fuzzer = self.fuzzer
        assert await fuzzer.home(*ACTIVE)
        await fuzzer.key("a")
        assert await fuzzer.until(lambda: fuzzer.front(ActionsMenu))
        await fuzzer.passes(0.5)
        await fuzzer.key("r", *early)
        assert await fuzzer.until(lambda: fuzzer.front(PreviewBox))
        box = self.app.screen
        assert isinstance(box, PreviewBox)
        assert await fuzzer.until(lambda: box.confirmation.shown_at is not None)
        assert box.confirmation.shown_at is not None
        self.shown_at = box.confirmation.shown_at
        return box

    async def types(self, keys: Typed) -> None:
        """Type keys at their times."""
        for after, key in keys:
            await self.fuzzer.passes(max(0.0, self.shown_at + after - self.loop.now))
            event = events.Key({" ": "space"}.get(key, key), key)
            event.time = self.shown_at + after
            self.app.post_message(event)
            await self.fuzzer.handled()
        await self.settles()

    async def settles(self) -> None:
        await self.fuzzer.passes(0.5)
        assert await self.fuzzer.until(lambda: not self.fuzzer.busy())

    async def confirms(self, *, space: bool) -> None:
        """Press the key once more, as the box says or after a pause, and check that one request is sent."""
        before, now = self.sent, self.loop.now - self.shown_at
        await self.types([(now + 0.2, " "), (now + 0.5, "R")] if space else [(now + 2.1, "R")])
        assert self.sent == before + 1


@asynccontextmanager
async def using(make_app: AppFactory, seen: Observer, patch: pytest.MonkeyPatch) -> AsyncIterator[User]:
    loop = asyncio.get_running_loop()
    assert isinstance(loop, VirtualLoop)
    use_its_time(patch, loop)
    app = make_app(server=seen.platform.url, token=seen.demo.token, write=True)
    async with running(app, WIDTH, HEIGHT) as pilot:
        await listed(pilot)
        yield User(app, seen)


def held(first: float, delay: float, rate: int, seconds: float = 1.5) -> Typed:
    """Return the keys of one that is held down: pressed at `first`, and repeated after a delay."""
    times = [first, *(first + delay + number / rate for number in range(int(seconds * rate)))]
    return [(at, "R") for at in times]


FIRST = (-0.02, 0.0, 0.05, 0.1, 0.2, 0.25, 0.3)
DELAYS = (0.15, 0.25, 0.5, 0.66, 1.0, 1.5)
RATES = (10, 12, 15, 20, 25, 30, 40, 60)
HELD = list(product(FIRST, DELAYS, RATES))


async def test_a_key_held_down_from_too_early_sends_nothing(
    make_app: AppFactory, seen: Observer, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with using(make_app, seen, monkeypatch) as user:
        for number, (first, delay, rate) in enumerate(HELD if ALL else HELD[::29]):
            await user.previews()
            before = user.sent
            await user.types(held(first, delay, rate))
            assert user.sent == before, (first, delay, rate)
            assert SAID in flat(user.app)
            await user.confirms(space=number % 2 == 0)


async def test_a_key_held_down_since_before_the_preview_was_there_sends_nothing(
    make_app: AppFactory, seen: Observer, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with using(make_app, seen, monkeypatch) as user:
        for delay, rate in ((0.2, 10), (0.5, 60), (1.5, 30)):
            before = user.sent
            await user.previews("R")
            await user.types(held(delay, 1 / rate, rate))
            assert user.sent == before, delay
            await user.confirms(space=True)


TYPED: dict[str, Typed] = {
    "pasted at once": [(2.0, "x"), (2.001, "R")],
    "pasted, and more after it": [(2.0, "R"), (2.004, "x")],
    "pasted with line breaks": [(2.0, "R"), (2.01, "enter")],
    "pasted slowly": [(2.0, "x"), (2.09, "R")],
    "canceled by the next key": [(2.0, "R"), (2.09, "j")],
    "twice": [(2.0, "R"), (2.05, "R")],
    "a moment too early": [(READABLE - 0.02, "R")],
    "early, then again": [(0.1, "R"), (1.9, "R")],
    "with shift, in a terminal that reports it": [(0.1, "R"), (0.9, "left_shift"), (1.0, "R")],
}


@pytest.mark.parametrize("keys", TYPED.values(), ids=TYPED)
async def test_what_was_not_meant_sends_nothing(
    make_app: AppFactory, seen: Observer, monkeypatch: pytest.MonkeyPatch, keys: Typed
) -> None:
    async with using(make_app, seen, monkeypatch) as user:
        box = await user.previews()
        await user.types(keys)
        assert user.sent == 0
        if user.app.screen is box:
            await user.confirms(space=True)


MEANT: dict[str, Typed] = {
    "once": [(READABLE + 0.02, "R")],
    "after scrolling": [(0.1, "j"), (0.3, "k"), (0.6, "R")],
    "with shift, in a terminal that reports it": [(1.0, "left_shift"), (1.05, "R")],
    "held down": held(READABLE + 0.02, 0.25, 30),
}


@pytest.mark.parametrize("keys", MEANT.values(), ids=MEANT)
async def test_what_was_meant_is_sent_once(
    make_app: AppFactory, seen: Observer, monkeypatch: pytest.MonkeyPatch, keys: Typed
) -> None:
    async with using(make_app, seen, monkeypatch) as user:
        await user.previews()
        await user.types(keys)
        assert user.sent == 1
        assert list(seen.platform.writes) == [f"POST /api/v1/deployments/{EU}/restart"]


@pytest.mark.parametrize("continued", [1.95, 2.0, 2.05], ids=["before", "at", "after"])
async def test_what_was_typed_while_the_program_was_stopped_sends_nothing(
    make_app: AppFactory, seen: Observer, monkeypatch: pytest.MonkeyPatch, continued: float
) -> None:
    async with using(make_app, seen, monkeypatch) as user:
        await user.previews()
        await user.fuzzer.passes(user.shown_at + 2.0 - user.loop.now)
        user.app.presses.continued(user.shown_at + continued)
        await user.types([(2.0, "R")])
        assert user.sent == 0
        await user.confirms(space=True)
