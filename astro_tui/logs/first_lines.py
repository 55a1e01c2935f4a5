"""The last lines of a log, which are read from the history before any gaps are closed."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable, Sequence
from typing import NamedTuple

from astro_tui.errors import ErrorKind, PlatformError
from astro_tui.logs.following import Delivery, FollowPhase
from astro_tui.logs.joining import SECOND, LogPage, beyond
from astro_tui.logs.line import LogLine
from astro_tui.logs.pages import LOOKBACKS, PAGE_LINES, LogHistory
from astro_tui.platform.client import Call

REFUSED = frozenset({ErrorKind.SIGNED_OUT, ErrorKind.FORBIDDEN, ErrorKind.BILLING})
"""The kinds of errors for which another try with the same token is useless."""


class ReadWindow(NamedTuple):
    """Which lines to read first: the last `tail` ones, 0 for all, between two times in nanoseconds, 0 for no limit."""

    tail: int
    since_ns: int
    until_ns: int


Loaded = Callable[[LogPage, int], None]
"""Receives a delivered page, and the time from which it has all lines."""


class FirstLines:
    """Delivers the last lines of a source, and remembers which of them share the time of the first one."""

    def __init__(
        self,
        history: LogHistory,
        delivery: Delivery,
        call: Call,
        span: ReadWindow,
        *,
        live: bool,
        now: Callable[[], float],
    ) -> None:
        self._history, self._delivery, self._call, self._now = history, delivery, call, now
        self.span, self.live = span, live
        # The time of the first delivered line; other lines with this time may not have been delivered.
        self.edge_ns = 0
        self._edge: Counter[LogLine] = Counter()

    @property
    def _stopped(self) -> bool:
        return self._delivery.stopped.is_set()

    def load(self, wake: threading.Event, loaded: Loaded, *, once: bool = False) -> None:
        """Deliver the last lines, retrying as long as it takes, or not at all if `once` is set.

        `wake` ends a pause between two tries. `loaded` is called with the lock held. Raises PlatformError if the
        platform was closed.
        """
        failures = 0
        if not self.live:
            self._delivery.enter(FollowPhase.CONNECTING)
        while not self._stopped:
            try:
                self._load_now(loaded)
            except PlatformError as error:
                if error.kind is ErrorKind.CANCELED:
                    raise
                if not self.live:
                    self._delivery.enter(FollowPhase.ENDED, error.without_frames())
                    return
                self._delivery.history_failed(error.without_frames())
                if once:
                    return
                # A refusal lasts until the stream connects, the token changes, or the user retries.
                failures += 1
                wake.wait(None if error.kind in REFUSED else self._delivery.pause(failures))
                wake.clear()
                continue
            self._delivery.history_failed(None)
            self._delivery.loaded()
            if not self.live:
                self._delivery.enter(FollowPhase.ENDED)
            return

    def _load_now(self, loaded: Loaded) -> None:
        tail, since, _until = self.span
        if not tail:
            self._load_all(loaded)
            return
        most = min(tail, PAGE_LINES)
        page = self.newest(most, since)
        if not since:
            for seconds in LOOKBACKS[1:]:
                if page.lines:
                    break
                since = int((self._now() - seconds) * SECOND)
                page = self.newest(most, since)
        with self._delivery.lock:
            joiner = self._delivery.joiner
            self._delivery.page(joiner.begin_read(), page)
            if page.more:
                self._keep_edge(page.lines)
            loaded(page, since)
        if page.more and tail > most:
            self._load_older(page.lines[0].ns, since, tail - len(page.lines))

    def newest(self, most: int, since: int) -> LogPage:
        """Return at most `most` of the newest lines since a time."""
        return self._history.newest(most, self._call, since_ns=since, until_ns=self.span.until_ns)

    def _keep_edge(self, lines: Sequence[LogLine]) -> None:
        self.edge_ns = lines[0].ns
        self._edge = Counter(line for line in lines if line.ns == self.edge_ns)

    def _load_older(self, before_ns: int, since_ns: int, lines: int) -> None:
        """Deliver those of the last lines that the first page does not have."""
        # More lines may share the time of the first one. The next page has all of them.
        before_ns += 1
        while lines > 0 and not self._stopped:
            page = self._history.before(before_ns, since_ns, min(lines, PAGE_LINES), self._call)
            wanted = self.without_edge(page.lines, before_ns)[-lines:]
            self._delivery.add(wanted)
            lines -= len(wanted)
            if wanted:
                self._keep_edge(wanted)
            if not page.more:
                return
            before_ns = page.begin_ns

    def without_edge(self, lines: Sequence[LogLine], before_ns: int) -> list[LogLine]:
        """Return lines without those at the time of the first delivered line that were already delivered."""
        delivered = self._edge.copy() if before_ns == self.edge_ns + 1 else Counter[LogLine]()
        return beyond(lines, delivered, lambda line: line)

    def _load_all(self, loaded: Loaded) -> None:
        joiner = self._delivery.joiner
        with self._delivery.lock:
            joiner.floor_ns = self.span.since_ns
            read = joiner.begin_read()
        last: LogPage | None = None
        for page in self._history.forward(self.span.since_ns, self._call, until_ns=self.span.until_ns):
            self._delivery.page(read, page)
            last = page if page.lines or last is None else last
            if self._stopped:
                return
        if last is not None:
            with self._delivery.lock:
                loaded(last, self.span.since_ns)
                joiner.floor_ns = self.span.since_ns
