"""Requests in threads, for commands that show progress while they wait."""

from __future__ import annotations

import threading
from collections.abc import Callable
from queue import Empty, SimpleQueue
from time import monotonic
from typing import Any, NamedTuple

from astro_tui.platform.client import Call


class Done(NamedTuple):
    """The end of a job: its value, or the exception that it raised."""

    name: str
    value: Any = None
    error: Exception | None = None


class Background:
    """Runs one job of each name at a time. Only the thread that made it may use it."""

    def __init__(self) -> None:
        self._done: SimpleQueue[Done] = SimpleQueue()
        self._running: dict[str, tuple[Call, float]] = {}

    def start(self, name: str, work: Callable[[Call], object]) -> None:
        """Start a job, unless it is running."""
        if name in self._running:
            return
        call = Call()
        self._running[name] = (call, monotonic())

        def run() -> None:
            try:
                self._done.put(Done(name, work(call)))
            except Exception as error:  # noqa: BLE001  it is handled by the thread that waits
                self._done.put(Done(name, error=error))

        threading.Thread(target=run, name=name, daemon=True).start()

    def running(self, name: str) -> bool:
        """Whether a job was started and `next` has not returned it yet."""
        return name in self._running

    def next(self, seconds: float) -> Done | None:
        """Return the next job that ends, or None if none ends within `seconds`."""
        try:
            done = self._done.get(timeout=max(0.0, seconds))
        except Empty:
            return None
        self._running.pop(done.name, None)
        return done

    def abort(self, *, older: float = 0.0) -> None:
        """Cancel the jobs that have been running for at least `older` seconds."""
        for call, started in self._running.values():
            if monotonic() - started >= older:
                call.abort()
