"""Random keys, mouse events, and pastes over all screens send nothing that was not confirmed.

FUZZ is the number of events of each kind of session, in hundreds; `make fuzz` sets it.
"""

from __future__ import annotations

import asyncio
import os
import random
from collections import Counter
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from time import monotonic
from typing import Any

import pytest
from support.acting import EU, writes
from support.app import AppFactory
from support.driving import listed
from support.on_screen import running
from support.open_demo import OpenDemo
from textual import events
from textual.pilot import Pilot

from astro_tui.actions import follow
from astro_tui.actions.kinds import ABOUT, Kind
from astro_tui.app.app import AstroApp
from astro_tui.screens.base.actions import acting, confirm
from astro_tui.screens.base.actions.argument import ArgumentBox, OptionTable
from astro_tui.screens.base.actions.confirm import READABLE, PreviewBox
from astro_tui.screens.base.actions.menu import ActionsMenu
from astro_tui.screens.picker.screen import PickerScreen

pytestmark = [pytest.mark.anyio, pytest.mark.investigating]
EVENTS = int(os.environ.get("FUZZ", "2")) * 100
PER_APP = 400
"""Events after which a new app starts: what random keys do to an app makes it hard to go on in a useful way."""
LETTERS = "abcdefghijklmnopqrstuvwxyz"
KEYS = [
    *(LETTERS + LETTERS.upper() + "0123456789/:?@.-+=#&*[] "),
    *("enter", "escape", "up", "down", "left", "right", "pagedown", "pageup", "home", "end", "tab", "shift+tab"),
    *("backspace", "delete", "ctrl+p", "ctrl+d", "ctrl+u", "ctrl+r", "ctrl+b", "ctrl+f", "f1"),
]
LIKELY = [*"aaaarospcbtndwjyu", *"ROSPCBTNDU", "enter", "enter", "escape", "j", "k"]
"""What matters most to actions."""
STATE = {Kind.RESUME: "stopped", Kind.CANCEL: "deploying"}
"""The state that an action works from, if it is not `active`."""
NAME = "Claims Desk (EU)"


class Observer:
    """What was on screen, and what was confirmed, as seen from outside of the code that decides."""

    def __init__(self) -> None:
        self.previews = 0
        self.shown: dict[int, float] = {}
        self.sent: Counter[Kind] = Counter()
        self.keys: list[tuple[str, float]] = []
        self.screens: Counter[str] = Counter()
        self.wrong: list[str] = []

    def watch(self, patch: pytest.MonkeyPatch) -> None:
        """Note each preview that is drawn, and each action that begins."""
        drawn, start = PreviewBox._on_screen, acting.start

        def on_screen(box: PreviewBox) -> None:
            self.previews += box not in self._boxes
            self._boxes.add(box)
            self.shown[id(box)] = monotonic()
            drawn(box)

        def starts(app: AstroApp, agent: Any, preview: Any, permit: Any, again: Any) -> None:
            about = preview.action.about
            box = next(box for box in self._boxes if box._preview is preview)
            last = [at for key, at in self.keys[-200:] if key == about.confirm]
            if not any(at >= self.shown[id(box)] + READABLE for at in last):
                self.wrong.append(f"{about.title} without its key after {READABLE} s")
            self.sent[preview.action.kind] += 1
            start(app, agent, preview, permit, again)

        self._boxes: set[PreviewBox] = set()
        patch.setattr(PreviewBox, "_on_screen", on_screen)
        patch.setattr(confirm, "start", starts)


class Fuzzer:
    """Drives one app."""

    def __init__(self, pilot: Pilot[Any], demo: OpenDemo, seen: Observer, chance: random.Random) -> None:
        self.pilot, self.demo, self.seen, self.chance = pilot, demo, seen, chance
        self.app: AstroApp = pilot.app  # type: ignore[assignment]

    async def key(self, name: str) -> None:
        """Press a key as the terminal's driver does, and let the app handle it."""
        event = events.Key({" ": "space"}.get(name, name), name if len(name) == 1 else None)
        self.seen.keys.append((name, event.time))
        self.app.post_message(event)
        await self.handled()

    async def handled(self) -> None:
        """Let the app handle what was sent."""
        await asyncio.sleep(0)
        until = monotonic() + 1
        while self.app._waiting and monotonic() < until:  # noqa: ASYNC110  the queue has no event
            await asyncio.sleep(0.001)

    async def wait(self, condition: Any, seconds: float = 3.0) -> bool:
        """Wait until something holds; False if it does not in time."""
        until = monotonic() + seconds
        while not condition():
            if monotonic() > until:
                return False
            await asyncio.sleep(0.005)
        return True

    def open(self, screen: type[Any]) -> bool:
        """Whether a screen is in front and has its widgets."""
        return isinstance(self.app.screen, screen) and bool(self.app.screen.query("#action-end"))

    async def anything(self) -> None:
        """Send one random event."""
        chance, size = self.chance, self.app.size
        self.seen.screens[type(self.app.screen).__name__] += 1
        what = chance.random()
        if what < 0.03:
            x, y = chance.randrange(size.width), chance.randrange(size.height)
            for kind in chance.choice([(events.MouseDown, events.MouseUp), (events.MouseScrollDown,)]):
                self.app.post_message(kind(None, x, y, 0, 0, 1, False, False, False, screen_x=x, screen_y=y))
            await self.handled()
        elif what < 0.06:
            text = chance.choice(["P", "R\n", "aP", NAME, "meridian-labs\n", "".join(chance.choices(KEYS[:60], k=9))])
            self.app.post_message(events.Paste(text))
            await self.handled()
        else:
            await self.key(chance.choice(LIKELY if what < 0.4 else KEYS))

    # ---- with a plan

    async def plan(self, kind: Kind) -> None:
        """Open the preview of an action, and then confirm it, too early, not at all, or as it should be."""
        # A user cannot close a screen that is just opening; what was typed before comes first.
        await self.pilot.pause(0.05)
        while len(self.app.screen_stack) > 1:
            await self.app.pop_screen()
            await self.pilot.pause(0.05)
        picker = self.app.screen
        if not isinstance(picker, PickerScreen) or EU not in [entry.key for entry in picker.table.rows]:
            return
        self.demo.put(EU, STATE.get(kind, "active"))
        picker.table.move_to([entry.key for entry in picker.table.rows].index(EU))
        picker.table.focus()
        word = {"stopped": "PAUSED", "deploying": "DEPLOYING"}.get(STATE.get(kind, ""), "ACTIVE")
        picker.loader.acted(EU)
        await self.wait(lambda: any(each.key == EU and each.status.label == word for each in picker.entries), 1)
        await self.key("a")
        if not await self.wait(lambda: self.open(ActionsMenu)):
            return
        about, chance = ABOUT[kind], self.chance
        await self.key(about.letter)
        if about.asks and not await self.argument(kind):
            return
        if not await self.wait(lambda: self.open(PreviewBox)):
            return
        box = self.app.screen
        how = chance.choice(["early", "canceled", "pasted", "changed", "confirmed", "confirmed", "confirmed"])
        if how == "early":
            for _ in range(chance.randrange(1, 6)):
                await self.key(about.confirm)
        if not await self.wait(lambda: box._preview is not None):  # type: ignore[attr-defined]
            return
        if kind is Kind.DELETE and how != "early":
            for letter in NAME.lower() if chance.random() < 0.2 else NAME:
                await self.key(letter)
            await self.key("enter")
        if how == "early":
            await self.key(about.confirm)
            return
        await self.wait(lambda: box.readable, 1)  # type: ignore[attr-defined]
        if how == "canceled":
            await self.key(chance.choice(["enter", "escape", "q"]))
        elif how == "pasted":
            self.app.post_message(events.Paste(about.confirm))
            await self.handled()
        else:
            if how == "changed":
                self.demo.put(EU, "failed")
            await self.key(about.confirm)
            await self.wait(lambda: self.app.screen is not box, 1)

    async def argument(self, kind: Kind) -> bool:
        """Give an action what it asks for."""
        if not await self.wait(lambda: self.open(ArgumentBox)):
            return False
        box = self.app.screen
        if kind is Kind.RENAME:
            for letter in f"Claims {self.chance.randrange(1000)}":
                await self.key(letter)
        elif not await self.wait(lambda: box.query_one(OptionTable).options):
            return False
        await self.key("enter")
        return True


@pytest.fixture(autouse=True)
def _alone(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Nothing of the machine is touched: files, browser, terminal."""
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    monkeypatch.setenv("BROWSER", "true")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(AstroApp, "exit", lambda _app, *_result, **_code: None)
    monkeypatch.setattr(follow, "POLL", 0.05)
    monkeypatch.setattr(acting, "follow", partial(follow.follow, limit=0.3))


@pytest.fixture(name="open_demo")
def open_demo_fixture() -> Iterator[OpenDemo]:
    with OpenDemo() as server:
        yield server


async def fuzzed(make_app: AppFactory, demo: OpenDemo, seen: Observer, chance: random.Random, **settings: Any) -> int:
    """Send `EVENTS` random events, with a plan now and then, and return how many apps it took."""
    sent = apps = 0
    kinds = list(Kind)
    while sent < EVENTS:
        apps += 1
        async with running(make_app(server=demo.url, token=demo.token, **settings), 100, 30) as pilot:
            await listed(pilot)
            fuzzer = Fuzzer(pilot, demo, seen, chance)
            for _ in kinds:
                before = len(seen.keys)
                await fuzzer.plan(kinds[(before + apps) % len(kinds)] if chance.random() < 0.1 else kinds[_no(seen)])
                sent += len(seen.keys) - before
            for _ in range(min(PER_APP, EVENTS)):
                await fuzzer.anything()
                sent += 1
            await pilot.pause()
    return apps


def _no(seen: Observer) -> int:
    """Return the number of the action that was sent least."""
    return min(range(len(Kind)), key=lambda number: (seen.sent[list(Kind)[number]], number))


@pytest.fixture
def seed() -> int:
    return random.randrange(1 << 32)


@pytest.fixture
def seen(
    open_demo: OpenDemo, seed: int, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Iterator[Observer]:
    """Watch a run, and print its numbers at the end."""
    seen = Observer()
    seen.watch(monkeypatch)
    yield seen
    with capsys.disabled():
        sent = {kind.value: count for kind, count in seen.sent.items()}
        print(  # noqa: T201  the numbers of a long run
            f"\nseed {seed}: {len(seen.keys)} keys, {seen.previews} previews, {len(seen.screens)} screens; "
            f"confirmed {sent}; {len(writes(open_demo.requests))} requests that change something"
        )


async def test_a_read_only_session_only_reads(
    make_app: AppFactory, open_demo: OpenDemo, seen: Observer, seed: int
) -> None:
    apps = await fuzzed(make_app, open_demo, seen, random.Random(seed), read_only=True)
    assert writes(open_demo.requests) == []
    assert seen.previews >= apps


async def test_an_armed_session_sends_what_was_confirmed(
    make_app: AppFactory, open_demo: OpenDemo, seen: Observer, seed: int
) -> None:
    apps = await fuzzed(make_app, open_demo, seen, random.Random(seed), write=True)
    assert seen.wrong == []
    assert len(writes(open_demo.requests)) <= sum(seen.sent.values())
    assert seen.previews >= apps
    assert seen.sent
