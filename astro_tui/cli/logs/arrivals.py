"""What followers have received and the command has not printed yet."""

from __future__ import annotations

from collections.abc import Sequence
from threading import Condition

from astro_tui.logs import FollowState, Gap, Line, Source

MOST_WAITING = 200_000
"""How many lines may wait to be printed before the followers wait, too: the reader of the output is slow."""

Arrival = Sequence[Line] | FollowState | Gap


class Arrivals:
    """A `Sink` for several followers, emptied by the thread that prints."""

    def __init__(self) -> None:
        self._changed = Condition()
        self._arrived: list[tuple[Source, Arrival]] = []
        self._waiting = 0
        self._closed = False

    # ---- called by followers

    def add(self, source: Source, lines: Sequence[Line]) -> None:
        """Take lines. Waits while too many are not printed yet."""
        with self._changed:
            while self._waiting > MOST_WAITING and not self._closed:
                self._changed.wait()
            self._waiting += len(lines)
            self._put(source, lines)

    def report(self, source: Source, state: FollowState) -> None:
        """Take a state."""
        with self._changed:
            self._put(source, state)

    def joined(self, source: Source, gap: Gap) -> None:
        """Take the outcome of a gap."""
        with self._changed:
            self._put(source, gap)

    def _put(self, source: Source, arrival: Arrival) -> None:
        self._arrived.append((source, arrival))
        self._changed.notify_all()

    # ---- called by the command

    def take(self, seconds: float) -> list[tuple[Source, Arrival]]:
        """Return what has arrived, in order. If nothing has, waits for up to `seconds` first."""
        with self._changed:
            if not self._arrived:
                self._changed.wait(seconds)
            arrived, self._arrived = self._arrived, []
            self._waiting = 0
            self._changed.notify_all()
        return arrived

    def close(self) -> None:
        """Release the followers that wait, and let none wait again."""
        with self._changed:
            self._closed = True
            self._changed.notify_all()
