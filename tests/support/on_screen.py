"""The screen of a running app: reading it, and waiting for something to appear."""

from __future__ import annotations

import asyncio
import itertools
import re
import threading
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from datetime import datetime, timedelta
from typing import Any

from textual.app import App
from textual.css.query import NoMatches
from textual.pilot import Pilot

from astro_tui.app.app import AstroApp
from astro_tui.demo import DemoServer, Fault
from support.deadline import DEADLINE
from support.idle import drawn_strips
from support.stalled import stacks


class Clock:
    """A clock that stands still until a test moves it."""

    def __init__(self, start: datetime) -> None:
        self.moment = start

    def __call__(self) -> datetime:
        return self.moment

    def advance(self, seconds: float) -> None:
        self.moment += timedelta(seconds=seconds)


def screen_lines(app: App[Any]) -> list[str]:
    """Return the drawn screen as plain lines."""
    strips = drawn_strips(app)
    # A screen that was not laid out yet is blank.
    return ["".join(segment.text for segment in strip).rstrip() for strip in strips] or [""] * app.size.height


def screen_text(app: App[Any]) -> str:
    """Return the drawn screen as plain text."""
    return "\n".join(screen_lines(app))


def footer(app: App[Any]) -> list[str]:
    """Return the hints in the last row: `n N matches`."""
    return re.split(" {2,}", screen_lines(app)[-1].strip())


def flat(app: App[Any]) -> str:
    """Return the drawn screen with every run of white space as one blank, so that wrapping does not matter.

    The sides of a box do not matter either.
    """
    return " ".join(word for line in screen_lines(app) for word in line.strip(" │").split())


def _holds(condition: Callable[[], object]) -> object:
    """Return whether a condition holds. One that expects another screen in front, or a widget on it, does not yet."""
    try:
        return condition()
    except (AssertionError, NoMatches):
        return False


async def until(pilot: Pilot[Any], condition: Callable[[], object], what: str = "") -> None:
    """Let the app run until `condition` holds; fail with the screen's text when it never does."""
    end = time.monotonic() + DEADLINE
    while not _holds(condition):
        if pilot.app._exception is not None:
            raise AssertionError(f"the app failed: {what or condition}") from pilot.app._exception
        if time.monotonic() > end:
            raise AssertionError(f"never came true: {what or condition}\n{screen_text(pilot.app)}\n{stacks()}")
        await pilot.pause(0.01)
    await pilot.pause()


async def until_text(pilot: Pilot[Any], *texts: str) -> None:
    """Let the app run until all `texts` are on screen."""

    def shown() -> bool:
        drawn = flat(pilot.app)
        return all(text in drawn for text in texts)

    await until(pilot, shown, f"on screen: {texts}")


async def settled(pilot: Pilot[Any]) -> None:
    """Let the app run until no request is under way."""

    def still() -> bool:
        # A screen loads when it is mounted, not when it is pushed.
        screen = pilot.app.screen
        return screen.is_mounted and not getattr(screen, "_calls", {})

    await until(pilot, still, "no request under way")
    # Some screens load only after their first layout.
    await until(pilot, still, "no request under way")


async def idle(pilot: Pilot[Any]) -> None:
    """Let the app run until no worker is running, whatever it does, and the names of users are on screen."""

    def still() -> bool:
        state = getattr(getattr(pilot.app.screen, "loader", None), "state", None)
        named = getattr(state, "names", None) in (None, dict(pilot.app.session.names))
        reading = any(thread.name == "names" for thread in threading.enumerate())
        return named and not reading and not any(worker.is_running for worker in pilot.app.workers)

    await settled(pilot)
    await until(pilot, still, "no worker running")
    await settled(pilot)


async def resized(pilot: Pilot[Any], width: int, height: int) -> None:
    """Resize the terminal and wait until the screen in front is laid out for it."""
    await pilot.resize_terminal(width, height)

    def laid_out() -> bool:
        return pilot.app.screen._compositor.size == (width, height)

    await until(pilot, laid_out, f"laid out for {width}x{height}")


@contextmanager
def held(demo: DemoServer, part: str, count: int | None = None, after: int = 0) -> Iterator[None]:
    """Hold the responses to requests whose path matches `part` until the block ends.

    The first `after` requests pass, and of the others only the first `count` are held.
    """
    take, release, numbers = demo.faults.take, threading.Event(), itertools.count()

    def wait(path: str) -> Fault | None:
        fault = take(path)
        if re.search(part, path):
            number = next(numbers) - after
            if number >= 0 and (count is None or number < count):
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
    # As `App.run` does; `run_test` does not.
    asyncio.get_running_loop().set_task_factory(getattr(asyncio, "eager_task_factory", None))
    async with app.run_test(size=(width, height)) as pilot:
        await pilot.pause()
        yield pilot
