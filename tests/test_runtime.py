"""A value that several threads request at the same time is made once."""

from __future__ import annotations

import threading

from astro_tui.runtime import made_once


class Slow:
    """Makes a value while other threads request it."""

    def __init__(self, others: threading.Barrier) -> None:
        self.made = 0
        self._others = others

    @made_once
    def value(self) -> object:
        """Return a new object."""
        self.made += 1
        return object()

    def ask(self, found: list[object]) -> None:
        """Request the value together with the other threads."""
        self._others.wait()
        found.append(self.value)


def test_threads_share_the_value() -> None:
    for _round in range(50):
        slow = Slow(threading.Barrier(4))
        found: list[object] = []
        threads = [threading.Thread(target=slow.ask, args=(found,)) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert slow.made == 1
        assert len(set(map(id, found))) == 1
