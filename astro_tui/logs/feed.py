"""The log of several workloads in one store: which are followed, what is missing, and how to load it."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import partial

from msgspec.structs import replace

from astro_tui.errors import PlatformError
from astro_tui.logs.follower import Follower
from astro_tui.logs.following import FollowPhase, FollowState, Gap
from astro_tui.logs.joining import LogPage
from astro_tui.logs.line import LogLine, LogSource
from astro_tui.logs.rows import LogRemark, LogRow
from astro_tui.logs.store import LogStore
from astro_tui.logs.turns import Turns, streamed
from astro_tui.platform.client import Call, Platform
from astro_tui.text.times import counted

PAGE = 2_000
"""How many lines are loaded at a time for each source."""
EARLIER = "earlier lines"
NO_EARLIER = "no earlier lines in the last 7 days"
NOT_LOADED = "not loaded"
_POLL = 0.02
_STREAMING = (FollowPhase.CONNECTING, FollowPhase.LIVE)
"""In these, an error is about the history."""
_AROUND = 10 * 10**9
"""Nanoseconds to load after a requested time."""
NO_LONGER = "the platform no longer has these lines"


class Feed:
    """Follows sources and puts their lines into `store`; those of many agents take turns. Safe for several threads.

    `changed` is called from any thread after something changed; it must return at once.
    """

    def __init__(
        self, platform: Platform, changed: Callable[[], None], *, make: Callable[..., Follower] = Follower
    ) -> None:
        self._platform, self._changed, self._make = platform, changed, make
        self._lock = threading.Lock()
        self._loading = threading.Lock()
        self._turns = Turns()
        self.store = LogStore()
        self._followers: dict[LogSource, Follower] = {}
        self._states: dict[LogSource, FollowState] = {}
        self._earlier: dict[LogSource, tuple[int, int]] = {}
        self._gaps: dict[tuple[LogSource, int], int] = {}

    # ---- sources

    @property
    def states(self) -> Mapping[LogSource, FollowState]:
        """The state of each source that is followed."""
        with self._lock:
            return dict(self._states)

    def follow(self, sources: Sequence[LogSource], tail: int = 500) -> None:
        """Follow these sources and no others. Their lines stay."""
        with self._lock:
            ended = [self._followers.pop(source) for source in set(self._followers) - set(sources)]
            for source in set(self._states) - set(sources):
                del self._states[source]
            new = [source for source in sources if source not in self._followers]
            for source in new:
                self._states[source] = FollowState(FollowPhase.CONNECTING)
                self._followers[source] = self._make(self._platform, source, self, tail=tail)
            streams = streamed(sources)
            begun = [(self._followers[source], source in streams) for source in new]
        for follower in ended:
            follower.stop()
        for follower, streams_lines in begun:
            if streams_lines:
                follower.start()
            else:
                self._turns.add(follower)

    def stop(self) -> None:
        """Stop following all sources. Returns at once."""
        self.follow(())

    def retry(self) -> None:
        """Retry lost connections now."""
        with self._lock:
            followers = list(self._followers.values())
        for follower in followers:
            follower.retry()

    # ---- what the followers report

    def add(self, source: LogSource, lines: Sequence[LogLine]) -> None:
        """Receive lines from a source."""
        if not lines:
            return
        self.store.add(source, lines)
        self._say_what_is_earlier(source, lines[0].ns - 1)
        self._changed()

    def _say_what_is_earlier(self, source: LogSource, end: int) -> None:
        """Remark that there may be lines before a source's first one. The last lines may arrive after streamed ones."""
        with self._lock:
            state, earlier = self._states.get(source), self._earlier.get(source)
        if earlier is not None:
            if end >= earlier[1] or state is None or state.loaded:
                return
            self.store.replace(earlier[0], None)
        number = self.store.remark(LogRemark(0, end, (source,), loadable=True, text=EARLIER))
        with self._lock:
            self._earlier[source] = number, end

    def report(self, source: LogSource, state: FollowState) -> None:
        """Receive the state of a source."""
        with self._lock:
            if source not in self._followers:
                return
            self._states[source] = state
        self._changed()

    def joined(self, source: LogSource, gap: Gap) -> None:
        """Say in the log what is known about a gap. A later report about the same gap replaces the earlier one."""
        if not gap.begin_ns or (gap.complete and not (gap.recovered and gap.reconnected)):
            # Nothing to say: these are the first lines, the gap is empty, or no connection was lost.
            return
        text = (
            f"connection lost and restored, {counted(gap.recovered, 'line')} recovered, 0 missing"
            if gap.complete
            else f"lines may be missing here. {gap.reason}".rstrip()
        )
        remark = LogRemark(gap.begin_ns, gap.end_ns, (source,), loadable=not gap.complete, text=text)
        with self._lock:
            old = self._gaps.pop((source, gap.begin_ns), None)
        if old is not None:
            self.store.replace(old, None)
        number = self.store.remark(remark)
        with self._lock:
            self._gaps[source, gap.begin_ns] = number
        self._changed()

    # ---- what is not in memory

    def load(self, row: LogRow, call: Call, lines: int = PAGE) -> int:
        """Load the newest of the lines that a remark is about; returns how many (worker thread).

        Raises PlatformError.
        """
        remark = row.remark
        if remark is None or not remark.loadable:
            return 0
        followers = self._followers_of(remark)
        for source in followers:
            state = self.states.get(source)
            if state is not None and state.phase is not FollowPhase.POLLING:
                # Its last lines would be added a second time if they came after these.
                self.wait_for_first(source, call)
        with self._alone(call) as mine:
            if not mine:
                return 0
            number, remark = self._current(row.id, remark)
            return self._load(number, remark, followers, call, lines) if remark.loadable else 0

    def _followers_of(self, remark: LogRemark) -> dict[LogSource, Follower]:
        with self._lock:
            return {
                source: follower
                for source, follower in self._followers.items()
                if not remark.sources or source in remark.sources
            }

    @contextmanager
    def _alone(self, call: Call) -> Iterator[bool]:
        """Let one thread at a time load lines: two would add the same ones. Yields False if `call` was canceled."""
        while not self._loading.acquire(timeout=_POLL):
            if call.canceled.is_set():
                yield False
                return
        try:
            yield not call.canceled.is_set()
        finally:
            self._loading.release()

    def _current(self, number: int, remark: LogRemark) -> tuple[int, LogRemark]:
        """Return a remark with its id. If lines were loaded or arrived meanwhile, another one may have replaced it."""
        remarks = {row.id: row.remark for row in self.store.remarks() if row.remark is not None}
        if number in remarks:
            return number, remark
        same = (remark.begin, remark.sources)
        later = ((each, other) for each, other in remarks.items() if (other.begin, other.sources) == same)
        return next(later, (number, replace(remark, loadable=False)))

    def _load(
        self, number: int, remark: LogRemark, followers: Mapping[LogSource, Follower], call: Call, lines: int
    ) -> int:
        pages = {source: follower.older(remark.end + 1, lines, call=call) for source, follower in followers.items()}
        # Before this time, at least one source's page is incomplete.
        reached = max([remark.begin, *(page.begin_ns for page in pages.values() if page.more)])
        loaded = 0
        for source, page in pages.items():
            lines_here = [line for line in page.lines if line.ns >= reached]
            wanted = followers[source].admit(partial(self.store.missing, source, lines_here))
            self.store.add(source, wanted)
            loaded += len(wanted)
        self.store.replace(number, self._rest(remark, pages, reached, loaded))
        self._changed()
        return loaded

    def wait_for_first(self, source: LogSource, call: Call) -> None:
        """Wait until the last lines of a source are loaded (worker thread).

        Returns at once if the log cannot be read now. Raises PlatformError if only its history cannot be read.
        """
        while not call.canceled.is_set():
            state = self.states.get(source)
            if state is not None and state.error is not None and not state.loaded and state.phase in _STREAMING:
                raise state.error.without_frames()
            if (
                state is None
                or state.loaded
                or state.phase in (FollowPhase.REFUSED, FollowPhase.WAITING, FollowPhase.ENDED)
            ):
                return
            call.canceled.wait(_POLL)

    def reach(self, source: LogSource, ns: int, call: Call, lines: int = PAGE) -> None:
        """Load the lines of a source around a time, if they are not in memory (worker thread). Raises PlatformError."""
        with self._alone(call) as mine:
            if mine:
                self._reach(source, ns, call, lines)

    def _reach(self, source: LogSource, ns: int, call: Call, lines: int) -> None:
        row = self._lacking(source, ns)
        with self._lock:
            follower = self._followers.get(source)
        if row is None or row.remark is None or follower is None:
            return
        remark, until = row.remark, min(row.remark.end, ns + _AROUND)
        page = follower.older(until + 1, lines, call=call)
        wanted = follower.admit(partial(self.store.missing, source, page.lines))
        self.store.add(source, wanted)
        first = page.begin_ns if page.more else page.lines[0].ns if page.lines else until
        earlier = LogRemark(
            remark.begin, first - 1, (source,), loadable=page.more, text=EARLIER if page.more else NO_EARLIER
        )
        self.store.replace(row.id, earlier)
        if until < remark.end:
            between = LogRemark(until, remark.end, remark.sources, max(0, remark.lines - len(wanted)), loadable=True)
            self.store.remark(replace(between, text=NOT_LOADED))
        self._changed()

    def _lacking(self, source: LogSource, ns: int) -> LogRow | None:
        """Return the remark about missing lines that covers a time."""
        covering = [
            row
            for row in self.store.remarks()
            if (remark := row.remark) is not None
            and remark.loadable
            and remark.begin <= ns <= remark.end
            and (not remark.sources or source in remark.sources)
        ]
        return min(covering, key=lambda row: row.ns, default=None)

    @staticmethod
    def _rest(remark: LogRemark, pages: Mapping[LogSource, LogPage], reached: int, loaded: int) -> LogRemark | None:
        """Return the remark about what is still missing."""
        if any(page.more for page in pages.values()) and reached > remark.begin:
            return replace(remark, end=reached - 1, lines=max(0, remark.lines - loaded))
        if not remark.begin:
            oldest = min([remark.end, *(line.ns - 1 for page in pages.values() for line in page.lines[:1])])
            return LogRemark(0, oldest, remark.sources, text=NO_EARLIER)
        return None if loaded else LogRemark(remark.begin, remark.end, remark.sources, remark.lines, text=NO_LONGER)


def first_error(states: Mapping[LogSource, FollowState]) -> PlatformError | None:
    """Return why a source is not followed, or why its history cannot be read."""
    return next((state.error for state in states.values() if state.error is not None), None)
