"""Delivers lines and reports to a sink, from two threads but one at a time, and nothing after a stop."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from dataclasses import replace

from astro_tui.errors import PlatformError
from astro_tui.logs.following import FollowState, Gap, Phase, Sink
from astro_tui.logs.joining import Joined, Joiner, Placed
from astro_tui.logs.line import Line, Source

_AT_ONCE = 256
"""Lines that the sink gets at a time. `stop` waits for no more than these."""


class Delivery:
    """Delivers lines to a sink. `lock` also guards the state that its users share. `stopped` is set by `stop`."""

    def __init__(self, source: Source, sink: Sink) -> None:
        self.lock = threading.RLock()
        self.stopped = threading.Event()
        self.joiner = Joiner()
        self._source = source
        self._sink = sink
        self._state = FollowState(Phase.CONNECTING)
        self._reported: FollowState | None = None
        self._history_error: PlatformError | None = None

    def stop(self) -> None:
        """Deliver nothing more to the sink. Waits only for the few lines that the sink is receiving now."""
        self.stopped.set()
        with self.lock:
            pass

    # ---- lines

    def streamed(self, lines: list[Line], untimed: Sequence[int]) -> None:
        """Deliver those lines of the stream that are new."""
        with self.lock:
            self._add(self.joiner.streamed(lines, untimed))

    def page(self, read: int, page: Placed) -> Joined:
        """Deliver the new lines of a page of the history, and return the result."""
        with self.lock:
            joined = self.joiner.page(read, page)
            self._add(joined.new)
            return joined

    def add(self, lines: Sequence[Line]) -> None:
        """Deliver lines that are known to be new."""
        with self.lock:
            self._add(lines)

    def _add(self, lines: Sequence[Line]) -> None:
        for start in range(0, len(lines), _AT_ONCE):
            if self.stopped.is_set():
                return
            self._sink.add(self._source, lines[start : start + _AT_ONCE])

    # ---- reports

    def joined(self, gap: Gap) -> None:
        """Report what became of a gap."""
        with self.lock:
            if not self.stopped.is_set():
                self._sink.joined(self._source, gap)

    @property
    def phase(self) -> Phase:
        """What the follower is doing."""
        return self._state.phase

    def enter(self, phase: Phase, error: PlatformError | None = None, retry_at: float = 0.0) -> None:
        """Report what the follower is doing from now on."""
        with self.lock:
            self._state = replace(self._state, phase=phase, error=error, retry_at=retry_at)
            self._report()

    def loaded(self) -> None:
        """Report that the last lines have been read."""
        with self.lock:
            self._state = replace(self._state, loaded=True)
            self._report()

    def history_failed(self, error: PlatformError | None) -> None:
        """Report that the history cannot be read, or with None, that it can be read again."""
        with self.lock:
            self._history_error = error
            self._report()

    def _report(self) -> None:
        state = self._state
        if state.error is None and self._history_error is not None:
            state = replace(state, error=self._history_error)
        if state != self._reported and not self.stopped.is_set():
            self._reported = state
            self._sink.report(self._source, state)
