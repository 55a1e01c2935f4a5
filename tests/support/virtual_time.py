"""Time that passes only when an app has nothing to do, so that tests never wait, even for a day."""

from __future__ import annotations

import asyncio
import selectors
from collections.abc import Callable
from typing import Any

import pytest
from textual import _time

from astro_tui.app import key_order
from astro_tui.screens.actions import box

STEP = 1 / 60
"""Most seconds by which time goes on at once: one frame."""
REST = 0.005
"""Real seconds that busy threads get before time goes on."""


class _Selector(selectors.DefaultSelector):
    """Waits only for what busy threads send, and only a moment; if nothing came, time goes on instead."""

    def __init__(self, loop: VirtualLoop) -> None:
        super().__init__()
        self._loop = loop

    def select(self, timeout: float | None = None) -> Any:
        if timeout is not None and timeout <= 0:
            return super().select(0)
        found = super().select(REST if self._loop.busy() else 0)
        if not found and timeout is not None:
            self._loop.now += min(timeout, STEP)
        return found


class VirtualLoop(asyncio.SelectorEventLoop):
    """An event loop with its own clock, in seconds. `busy` says whether a thread will send something."""

    def __init__(self) -> None:
        self.now = 1000.0
        self.busy: Callable[[], bool] = lambda: True
        super().__init__(_Selector(self))

    def time(self) -> float:
        return self.now

    async def shutdown_default_executor(self, timeout: float | None = None) -> None:  # noqa: ASYNC109  asyncio's
        """Wait for the threads without a limit: by this clock, five minutes can be over before a thread has ended."""
        await super().shutdown_default_executor()


def use_its_time(patch: pytest.MonkeyPatch, loop: VirtualLoop) -> None:
    """Make Textual's timers and events, and this program's use of their times, follow the clock of a loop."""
    for module, name in ((_time, "get_time"), (_time, "time"), (key_order, "monotonic"), (box, "monotonic")):
        patch.setattr(module, name, loop.time)
