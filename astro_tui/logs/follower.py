"""Follows the log of one workload: the last lines at once, then every line exactly once."""

from __future__ import annotations

import time
from collections.abc import Callable

from astro_tui.logs.following import Page, Sink
from astro_tui.logs.line import Source
from astro_tui.platform.client import Call, Platform


class Follower:
    """Follows the log of a source on its own threads until it is stopped.

    First it gives the newest `tail` lines, or with `since_ns` the newest `tail` lines from that time on. A `tail` of 0
    means all lines, and requires `since_ns`. If there are none in the last hour, it looks back up to a week. Without
    `live`, it ends after these lines, of which none is later than `until_ns`, if that is set.

    `now` returns the current time in Unix seconds.
    """

    def __init__(
        self,
        platform: Platform,
        source: Source,
        sink: Sink,
        *,
        tail: int = 500,
        since_ns: int = 0,
        until_ns: int = 0,
        live: bool = True,
        now: Callable[[], float] = time.time,
    ) -> None:
        raise NotImplementedError

    def start(self) -> None:
        """Start to follow. Returns at once."""
        raise NotImplementedError

    def stop(self) -> None:
        """Stop, from any thread. Returns at once; the sink gets nothing after that."""
        raise NotImplementedError

    def retry(self) -> None:
        """Try again now, if it waits or was refused."""
        raise NotImplementedError

    def older(self, before_ns: int, lines: int, *, call: Call | None = None) -> Page:
        """Return about the newest `lines` lines before a time; for a worker thread. Raises PlatformError."""
        raise NotImplementedError
