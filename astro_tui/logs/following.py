"""What a follower of a log reports: its state, the gaps it closed, and pages of earlier lines."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

from astro_tui.errors import PlatformError
from astro_tui.logs.line import Line, Source


class Phase(StrEnum):
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


@dataclass(frozen=True, slots=True)
class FollowState:
    """What a follower is doing, and what is wrong.

    `error` is why it is waiting, polling, or refused; in any other phase, why the history cannot be read. `retry_at` is
    the time of the next try by `time.monotonic`, or 0. `loaded` is whether the last lines have been read: from then
    on, a view without lines means that there are none.
    """

    phase: Phase
    error: PlatformError | None = None
    retry_at: float = 0.0
    loaded: bool = False


@dataclass(frozen=True, slots=True)
class Gap:
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


@dataclass(frozen=True, slots=True)
class Page:
    """A page of earlier lines, in time order.

    It has every line from `reached_ns` up to, but not including, the requested time. `more` is whether there may be
    still earlier lines: request them with `before_ns=reached_ns`.
    """

    lines: tuple[Line, ...]
    reached_ns: int
    more: bool


class Sink(Protocol):
    """Receives the lines. All methods are called from the follower's threads, one at a time: be fast, never raise."""

    def add(self, source: Source, lines: Sequence[Line]) -> None:
        """Receive lines in time order, each exactly once. They may be older than lines delivered before."""

    def report(self, source: Source, state: FollowState) -> None:
        """Receive the new state."""

    def joined(self, source: Source, gap: Gap) -> None:
        """Receive the outcome of a gap, about ten seconds after each connection."""
