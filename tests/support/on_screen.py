"""Looking at a running app: what stands on its screen, and waiting until it does."""

from __future__ import annotations

import itertools
import threading
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from datetime import datetime, timedelta
from typing import Any

from textual.app import App
from textual.pilot import Pilot

from astro_tui.app.app import AstroApp
from astro_tui.demo import DemoServer, Fault
from astro_tui.screens.deployment.screen import DeploymentScreen
from astro_tui.screens.picker.screen import PickerScreen

DEADLINE = 15.0
"""Seconds; far more than anything takes on a busy machine."""


class Clock:
    """A clock that stands still until it is told to go on."""

    def __init__(self, start: datetime) -> None:
        self.moment = start

    def __call__(self) -> datetime:
        return self.moment

    def advance(self, seconds: float) -> None:
        self.moment += timedelta(seconds=seconds)


def screen_lines(app: App[Any]) -> list[str]:
    """Return the drawn screen as plain lines."""
    strips = app.screen._compositor.render_strips()
    return ["".join(segment.text for segment in strip).rstrip() for strip in strips]


def screen_text(app: App[Any]) -> str:
    """Return the drawn screen as plain text."""
    return "\n".join(screen_lines(app))


def flat(app: App[Any]) -> str:
    """Return the drawn screen with every run of white space as one blank, so that wrapping does not matter."""
    return " ".join(screen_text(app).split())


async def until(pilot: Pilot[Any], condition: Callable[[], object], what: str = "") -> None:
    """Let the app run until `condition` holds; fail with the screen's text when it never does."""
    end = time.monotonic() + DEADLINE
    while not condition():
        if time.monotonic() > end:
            raise AssertionError(f"never came true: {what or condition}\n{screen_text(pilot.app)}")
        await pilot.pause(0.01)
    await pilot.pause()


async def until_text(pilot: Pilot[Any], *texts: str) -> None:
    """Let the app run until all `texts` are on screen."""
    await until(pilot, lambda: all(text in flat(pilot.app) for text in texts), f"on screen: {texts}")


async def settled(pilot: Pilot[Any]) -> None:
    """Let the app run until no request is under way."""

    def still() -> bool:
        # A screen loads when it is mounted, not when it is pushed.
        screen = pilot.app.screen
        return screen.is_mounted and not getattr(screen, "_calls", {})

    await until(pilot, still, "no request under way")
    # Some screens load only after their first layout.
    await until(pilot, still, "no request under way")


async def resized(pilot: Pilot[Any], width: int, height: int) -> None:
    """Resize the terminal and wait until the screen in front is laid out for it."""
    await pilot.resize_terminal(width, height)

    def laid_out() -> bool:
        strips = pilot.app.screen._compositor.render_strips()
        return len(strips) == height and all(strip.cell_length == width for strip in strips)

    await until(pilot, laid_out, f"laid out for {width}x{height}")


@contextmanager
def held(demo: DemoServer, part: str, count: int | None = None) -> Iterator[None]:
    """Hold the answers to requests with `part` in their path, or to the first `count` of them, until the block ends."""
    take, release, numbers = demo.faults.take, threading.Event(), itertools.count()

    def wait(path: str) -> Fault | None:
        fault = take(path)
        if part in path and (count is None or next(numbers) < count):
            release.wait(DEADLINE)
        return fault

    vars(demo.faults)["take"] = wait
    try:
        yield
    finally:
        release.set()
        del vars(demo.faults)["take"]


@asynccontextmanager
async def running(app: AstroApp, width: int = 120, height: int = 40) -> AsyncIterator[Pilot[None]]:
    """Run `app` and wait for its first frame."""
    async with app.run_test(size=(width, height)) as pilot:
        await pilot.pause()
        yield pilot


def picker(app: App[Any]) -> PickerScreen:
    """Return the picker in front."""
    assert isinstance(app.screen, PickerScreen), app.screen
    return app.screen


def detail(app: App[Any]) -> DeploymentScreen:
    """Return the deployment's screen in front."""
    assert isinstance(app.screen, DeploymentScreen), app.screen
    return app.screen


def under_cursor(app: App[Any]) -> str:
    """Return the id of the deployment that the picker's cursor is on, or an empty text."""
    entry = picker(app).table.row
    return entry.key if entry else ""


async def listed(pilot: Pilot[Any]) -> PickerScreen:
    """Wait for the picker's rows."""
    await until(pilot, lambda: picker(pilot.app).table.row_count, "rows in the picker")
    return picker(pilot.app)


async def go_to(pilot: Pilot[Any], key: str) -> None:
    """Put the picker's cursor on a deployment."""
    screen = await listed(pilot)
    screen.table.move_to([entry.key for entry in screen._shown()].index(key))
    await pilot.pause()


async def opened(pilot: Pilot[Any], key: str) -> DeploymentScreen:
    """Open a deployment from the picker and wait until all about it was answered."""
    await go_to(pilot, key)
    await pilot.press("enter")
    await until(pilot, lambda: isinstance(pilot.app.screen, DeploymentScreen))
    await settled(pilot)
    return detail(pilot.app)
