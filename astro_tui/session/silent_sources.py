"""Which sources of a server do not respond, so that not every agent waits for them."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable
from time import monotonic

SEVERAL = 3
"""A source counts as silent after this many requests without a response."""
SEVERAL_OF_ANY = 6
"""All sources count as silent after this many requests in total without a response."""
BACK_OFF = 30.0
"""Seconds until a silent source is requested again."""
_ANY = ""


class SilentSources:
    """Counts unanswered requests by source and in total. A response resets both. Safe to use from many threads."""

    def __init__(self, clock: Callable[[], float] = monotonic) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._unanswered: Counter[str] = Counter()
        self._until: dict[str, float] = {}

    def __contains__(self, name: str) -> bool:
        with self._lock:
            return self._is_silent(name, SEVERAL) or self._is_silent(_ANY, SEVERAL_OF_ANY)

    def _is_silent(self, name: str, limit: int) -> bool:
        return self._unanswered[name] >= limit and self._clock() < self._until[name]

    def responded(self, name: str) -> None:
        """Note a response, whatever it said."""
        with self._lock:
            self._unanswered[name] = self._unanswered[_ANY] = 0

    def timed_out(self, name: str) -> None:
        """Note a request that was abandoned."""
        with self._lock:
            for each in (name, _ANY):
                self._unanswered[each] += 1
                self._until[each] = self._clock() + BACK_OFF
