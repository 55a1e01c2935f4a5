"""Logs that are read in turn, because there are too many for a stream each."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Iterable
from time import monotonic, sleep

from astro_tui.logs.follower import Follower
from astro_tui.logs.line import LogSource
from astro_tui.logs.recovery import POLL_SECONDS

MOST_STREAMED = 20
"""The most agents whose logs are streamed; each of their workloads takes a connection."""
_AT_ONCE, _PAUSE = 4, 0.4
"""How many logs are read at a time, and the seconds before each of these threads reads another one: ten per second."""


def streamed(sources: Iterable[LogSource]) -> set[LogSource]:
    """Return the sources that get a stream: those of the first agents."""
    sources = [*sources]
    agents = [*dict.fromkeys(source.deployment_id for source in sources)][:MOST_STREAMED]
    return {source for source in sources if source.deployment_id in agents}


class Turns:
    """Lets followers read their logs one after another: again and again, until they end. Safe for several threads."""

    def __init__(self, at_once: int = _AT_ONCE, pause: float = _PAUSE, every: float = POLL_SECONDS) -> None:
        self._at_once, self._pause, self._every = at_once, pause, every
        self._lock = threading.Lock()
        self._waiting: deque[tuple[float, Follower]] = deque()
        self._threads = 0

    def add(self, follower: Follower) -> None:
        """Give a follower its turns, from now on."""
        with self._lock:
            self._waiting.append((monotonic(), follower))
            if self._threads == self._at_once:
                return
            self._threads += 1
        threading.Thread(target=self._run, name="log-turns", daemon=True).start()

    def _run(self) -> None:
        while True:
            with self._lock:
                if not self._waiting:
                    self._threads -= 1
                    return
                due, follower = self._waiting.popleft()
            sleep(max(0.0, due - monotonic()))
            due = monotonic() + self._every
            if follower.turn():
                with self._lock:
                    self._waiting.append((due, follower))
                sleep(self._pause)
