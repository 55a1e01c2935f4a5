"""What a follower of a log reports: its state, and the gaps it closed."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from enum import StrEnum
from typing import Protocol

from msgspec import Struct
from msgspec.structs import replace

from astro_tui.errors import PlatformError
from astro_tui.logs.joining import Joined, Joiner, LogPage
from astro_tui.logs.line import LogLine, LogSource
from astro_tui.platform.rounds import pause_after


class FollowPhase(StrEnum):
    """What a follower is doing at the moment."""

    CONNECTING = "connecting"
    LIVE = "live"
    """Lines arrive as they are written."""
    POLLING = "polling"
    """The platform offers no stream; the log is read again every few seconds."""
    WAITING = "waiting"
    """The connection was lost and is retried automatically."""
    REFUSED = "refused"
    """The platform does not let the user read this log. It is retried as soon as there is another token."""
    ENDED = "ended"
    """All requested lines were delivered, and no more will follow."""


class FollowState(Struct, frozen=True):
    """What a follower is doing, and what is wrong.

    `error` is why it is waiting, polling, or refused; in any other phase, why the history cannot be read. `retry_at` is
    the time of the next try by `time.monotonic`, or 0. `loaded` is whether the last lines have been read: from then
    on, a view without lines means that there are none.
    """

    phase: FollowPhase
    error: PlatformError | None = None
    retry_at: float = 0.0
    loaded: bool = False


class Gap(Struct, frozen=True):
    """The outcome of a gap between two connections, or between the first lines and the first connection.

    `begin_ns` is the time of the last line before it and `end_ns` that of the first line after it; 0 means that there
    was none. `recovered` lines in it came from the history. If it is `complete`, no line is missing. Otherwise the
    lines between the two times may be missing, and `reason` says why, as a sentence. `reconnected` is whether there was
    a connection before it.
    """

    begin_ns: int
    end_ns: int
    recovered: int
    complete: bool
    reason: str = ""
    reconnected: bool = True


class Sink(Protocol):
    """Receives the lines. All methods are called from the follower's threads, one at a time: be fast, never raise."""

    def add(self, source: LogSource, lines: Sequence[LogLine]) -> None:
        """Receive lines in time order, each exactly once. They may be older than lines delivered before."""

    def report(self, source: LogSource, state: FollowState) -> None:
        """Receive the new state."""

    def joined(self, source: LogSource, gap: Gap) -> None:
        """Receive the outcome of a gap, about ten seconds after each connection."""


FIRST_PAUSE, LONGEST_PAUSE = 1.0, 30.0
_AT_ONCE = 256
"""Lines that the sink gets at a time. `stop` waits for no more than these."""


class Delivery:
    """Delivers lines to a sink. `lock` also guards the state that its users share. `stopped` is set by `stop`."""

    def __init__(self, source: LogSource, sink: Sink) -> None:
        self.lock = threading.RLock()
        self.stopped = threading.Event()
        self.joiner = Joiner()
        self._source = source
        self._sink = sink
        self._state = FollowState(FollowPhase.CONNECTING)
        self._reported: FollowState | None = None
        self._history_error: PlatformError | None = None

    def stop(self) -> None:
        """Deliver nothing more to the sink. Waits only for the few lines that the sink is receiving now."""
        self.stopped.set()
        with self.lock:
            pass

    # ---- lines

    def streamed(self, lines: Sequence[LogLine]) -> None:
        """Deliver those lines of the stream that are new."""
        with self.lock:
            self._add(self.joiner.streamed(lines))

    def page(self, read: int, page: LogPage) -> Joined:
        """Deliver the new lines of a page of the history, and return the result."""
        with self.lock:
            joined = self.joiner.page(read, page)
            self._add(joined.new)
            return joined

    def add(self, lines: Sequence[LogLine]) -> None:
        """Deliver lines that are known to be new."""
        with self.lock:
            self._add(lines)

    def _add(self, lines: Sequence[LogLine]) -> None:
        for start in range(0, len(lines), _AT_ONCE):
            if self.stopped.is_set():
                return
            self._sink.add(self._source, lines[start : start + _AT_ONCE])

    # ---- reports

    @staticmethod
    def pause(failures: int) -> float:
        """Return the seconds to wait after some failures in a row of the stream or the history."""
        return pause_after(failures, FIRST_PAUSE, LONGEST_PAUSE)

    def joined(self, gap: Gap) -> None:
        """Report what became of a gap."""
        with self.lock:
            if not self.stopped.is_set():
                self._sink.joined(self._source, gap)

    @property
    def phase(self) -> FollowPhase:
        """What the follower is doing."""
        return self._state.phase

    def enter(self, phase: FollowPhase, error: PlatformError | None = None, retry_at: float = 0.0) -> None:
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
