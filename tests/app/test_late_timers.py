"""A timer that starts late still fires: a new size of the terminal reaches the screen, however busy the machine is."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from support.app import AppFactory
from support.on_screen import resized, running, until
from textual import _time

pytestmark = pytest.mark.anyio


async def test_a_resize_is_not_lost_when_its_timer_starts_late(
    make_app: AppFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    started: set[asyncio.Task[Any]] = set()
    get_time = _time.get_time

    def interrupted() -> float:
        """Return the time, as if another thread ran for a second after each timer first read it."""
        # Worker threads, which have no loop, read the time, too.
        task = asyncio.current_task() if asyncio._get_running_loop() is not None else None
        # From Python 3.12 on, a task begins at once, and has no name yet.
        if task is None or getattr(task.get_coro(), "__qualname__", "") != "Timer._run_timer":
            return get_time()
        late = task in started
        started.add(task)
        return get_time() + late

    async with running(make_app(), 80, 24) as pilot:
        with monkeypatch.context() as patch:
            patch.setattr(_time, "get_time", interrupted)
            await resized(pilot, 60, 18)
            # The same goes for the timers of widgets, such as the next frame of a log.
            fired: list[None] = []
            pilot.app.screen.set_timer(0.002, lambda: fired.append(None))
            await until(pilot, lambda: fired, "the timer of the screen")
    assert started
