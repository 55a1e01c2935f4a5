"""Reads what the stream does not bring: the lines in a gap, and all lines without a stream."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from time import monotonic
from typing import NamedTuple

from astro_tui.errors import ErrorKind, PlatformError
from astro_tui.logs.first_lines import FirstLines
from astro_tui.logs.following import Delivery, FollowPhase, Gap
from astro_tui.logs.joining import OVERLAP_NS, SECOND, LogPage
from astro_tui.logs.line import LogLine
from astro_tui.logs.pages import LogHistory
from astro_tui.platform.client import Call
from astro_tui.text.times import stamp


@dataclass(slots=True, eq=False)
class Region:
    """A part of the history around one gap.

    It is read from `since_ns` on (None if that is not known yet), at the time `due`. A read that begins at the time
    `final` or later finds all of its lines. `begin_ns` is the time of the last line before the gap, and `first` has
    the times of the first streamed lines after it. `reconnected` is whether there was a connection before the gap.

    The last read brought `new_lines` of them, and `lacking` streamed ones were not in it.
    """

    since_ns: int | None
    begin_ns: int
    due: float
    final: float
    reconnected: bool
    first: list[int] = field(default_factory=list)
    reads: int = 0
    failures: int = 0
    recovered: int = 0
    new_lines: int = 0
    lacking: int = 0
    reached: bool = False
    problem: str = ""

    @property
    def end_ns(self) -> int:
        """The time of the first line after the gap, or 0."""
        return self.first[0] if self.first else 0

    def again(self, due: float, final: float) -> None:
        """Read it again: the gap continues."""
        self.due, self.final, self.reads = due, final, 0


class HistoryRead(NamedTuple):
    """One read of the history, from a time up to another one (0: the end), and the regions in it, oldest first."""

    since_ns: int
    until_ns: int
    regions: tuple[Region, ...]


def reads_of(regions: Sequence[Region], until: Callable[[Region], int], near_ns: int) -> list[HistoryRead]:
    """Return the reads that cover each region once. Regions that are close together share one read."""
    reads: list[HistoryRead] = []
    for region in sorted(regions, key=lambda each: each.since_ns or 0):
        since, end = region.since_ns or 0, until(region)
        last = reads[-1] if reads else None
        if last is None or (last.until_ns and since > last.until_ns + near_ns):
            reads.append(HistoryRead(since, end, (region,)))
        else:
            end = max(end, last.until_ns) if end and last.until_ns else 0
            reads[-1] = HistoryRead(last.since_ns, end, (*last.regions, region))
    return reads


def count(regions: Sequence[Region], new: Sequence[LogLine]) -> None:
    """Count new lines in the regions in which they were missing. Both are in time order."""
    at = 0
    for line in new:
        while at < len(regions) - 1 and regions[at].end_ns and line.ns > regions[at].end_ns:
            at += 1
        if not regions[at].end_ns or line.ns <= regions[at].end_ns:
            regions[at].recovered += 1
            regions[at].new_lines += 1


INDEX_LAG = 10.0
"""Seconds after which the history is sure to have a line."""
POLL_SECONDS = 2.0
MOST_RECOVERED = 200_000
"""The most lines read to close a gap."""
_MOST_READS = 4
_MOST_FAILURES = 6
_FIRST_LINES = 64


class Recovery:
    """Reads the history of a source in a thread, `run`, and delivers the new lines."""

    def __init__(self, first: FirstLines, history: LogHistory, delivery: Delivery, call: Call, *, lag: float) -> None:
        self.first = first
        """The last lines, read at the start."""
        self._history, self._delivery, self._call, self._lag = history, delivery, call, lag
        self._since_ns = first.span.since_ns
        self._regions: list[Region] = []
        self._loaded = self._was_connected = False
        self._begin_ns = 0
        self._last_ns = 0
        self._wake = threading.Event()
        self._poll_at = 0.0
        self._polling = False
        self._poll_failures = 0
        self._timeless: list[int] | None = None

    # ---- called by the stream's thread

    def connected(self) -> None:
        """A stream has begun: read what was missed before it."""
        with self._delivery.lock:
            now = monotonic()
            if self._regions and not self._regions[-1].first:
                # The last stream brought nothing, so the gap continues.
                self._regions[-1].again(now, now + self._lag)
            else:
                since = self._start() if self._loaded else None
                self._regions.append(Region(since, self._last_ns, now, now + self._lag, self._was_connected))
            self._was_connected = True
            self._hold()
        self.wake()

    def streamed(self, lines: Sequence[LogLine]) -> None:
        """Take note of lines that the stream brought."""
        with self._delivery.lock:
            if self._regions and len(self._regions[-1].first) < _FIRST_LINES:
                self._regions[-1].first += [line.ns for line in lines[:_FIRST_LINES] if line.ns]
            self._last_ns = lines[-1].ns or self._last_ns

    def start_polling(self) -> None:
        """Read the history again and again, because there is no stream."""
        self._polling = True
        self.wake()

    def stop_polling(self) -> None:
        """Read the history only around lost connections."""
        self._polling = False
        self.wake()

    def wake(self) -> None:
        """Let the thread check what is due."""
        self._wake.set()

    # ---- the thread

    def run(self) -> None:
        """Read whatever is due, until stopped."""
        try:
            self._run()
        except PlatformError:
            # The platform was closed.
            return

    def turn(self) -> None:
        """Read what is new, once."""
        if self.first.live and self._delivery.phase is not FollowPhase.POLLING:
            self._delivery.enter(FollowPhase.POLLING)
        try:
            if self._loaded:
                self._poll()
            else:
                self.first.load(self._wake, self._loaded_from, once=True)
        except PlatformError:
            # The platform was closed.
            self._delivery.stop()

    def _run(self) -> None:
        self.first.load(self._wake, self._loaded_from)
        while self.first.live and not self._stopped:
            moments = [region.due for region in self._regions]
            if self._polling:
                moments.append(self._poll_at)
            self._wake.wait(max(0.0, min(moments) - monotonic()) if moments else None)
            self._wake.clear()
            due = [region for region in self._regions if region.due <= monotonic()]
            if due and not self._stopped:
                self._close(due)
            if self._polling and self._poll_at <= monotonic() and not self._stopped:
                self._poll()

    @property
    def _stopped(self) -> bool:
        return self._delivery.stopped.is_set()

    # ---- the first lines

    def _loaded_from(self, page: LogPage, since: int) -> None:
        """Remember where the delivered lines begin, and where reading has to continue."""
        lines = page.lines
        joiner = self._delivery.joiner
        low = 0
        if lines:
            latest = sorted(line.ns for line in lines[-256:])
            low = latest[len(latest) // 10]
            self._begin_ns = lines[-1].ns
            if page.more:
                joiner.floor_ns = lines[0].ns + 1
            else:
                joiner.floor_ns = since or lines[0].ns
            if page.timeless:
                self._timeless = [hash(line.message) for line in lines]
                joiner.floor_ns = 0
        self._last_ns = self._last_ns or self._begin_ns
        start = max(0, low - joiner.overlap_ns) if low else self._since_ns
        for region in self._regions:
            if region.since_ns is None:
                region.since_ns, region.begin_ns = start, region.begin_ns or self._begin_ns
        self._loaded = True
        self._hold()

    # ---- gaps

    def _start(self, back: float = 0.0) -> int:
        """Return the time to read from: slightly before the latest lines."""
        joiner = self._delivery.joiner
        low = joiner.low_ns
        return max(0, low - int(back * SECOND) - joiner.overlap_ns) if low else self._since_ns

    def _hold(self) -> None:
        since = [region.since_ns or 0 for region in self._regions]
        self._delivery.joiner.hold_ns = min(since, default=1 << 63)

    def _close(self, regions: Sequence[Region]) -> None:
        """Read the regions that are due."""
        if self._timeless is not None:
            for region in regions:
                region.problem = "The platform sends no timestamps with this log."
                self._finish(region)
            return
        with self._delivery.lock:
            reads = reads_of(regions, self._until, self._delivery.joiner.overlap_ns)
        for read in reads:
            begun = monotonic()
            try:
                done = self._read(read)
            except PlatformError as error:
                if error.kind is ErrorKind.CANCELED:
                    raise
                self._failed(read.regions, error.without_frames())
                return
            if self._stopped:
                return
            self._delivery.history_failed(None)
            for region in done:
                self._read_once(region, begun)

    def _until(self, region: Region) -> int:
        """Return the time to read up to, or 0 for the end. Lines after the first streamed ones are not read."""
        if len(region.first) < _FIRST_LINES:
            return 0
        latest = sorted(region.first)[len(region.first) * 9 // 10]
        return latest + self._delivery.joiner.overlap_ns

    def _read(self, read: HistoryRead) -> Sequence[Region]:
        """Read a part of the history. Returns the regions that were read in full."""
        joiner, regions = self._delivery.joiner, read.regions
        with self._delivery.lock:
            number = joiner.begin_read()
            since = max(read.since_ns, joiner.floor_ns, joiner.complete_ns)
        outside = 0 < read.until_ns <= since
        for region in regions:
            region.new_lines = region.lacking = 0
            # Lines before the floor are not wanted.
            region.reached |= outside or region.begin_ns < max(1, joiner.floor_ns)
            if max(region.begin_ns, region.since_ns or 0, joiner.floor_ns) < joiner.complete_ns:
                region.problem = "The gap is too old, or too many lines came after it."
        if outside:
            return regions
        for page in self._history.forward(since, self._call, until_ns=read.until_ns):
            joined = self._delivery.page(number, page)
            if self._stopped:
                return ()
            with self._delivery.lock:
                until = self._until(regions[-1])
                count(regions, joined.new)
                if joined.new:
                    self._last_ns = self._last_ns or joined.new[-1].ns
                for region in regions:
                    self._note(region, page, joined.lacking)
                self._hold()
            if until and page.end_ns >= until:
                # The first lines of the stream arrived in the meantime.
                break
            if page.end_ns and any(self._gives_up(region, page.end_ns) for region in regions):
                return [region for region in regions if 0 < self._until(region) <= page.end_ns]
        return regions

    def _note(self, region: Region, page: LogPage, lacking: int) -> None:
        """Take note of a page for one of the regions that are read."""
        if page.partial:
            region.problem = "More lines share one timestamp than the platform can return."
        region.reached |= bool(page.lines and page.lines[0].ns <= region.begin_ns)
        until = self._until(region)
        if (region.since_ns or 0) < (page.end_ns or 1 << 63) and (not until or page.begin_ns < until):
            region.lacking += lacking
        if page.lines:
            # Later reads only have to go back as far as lines can be late.
            joiner = self._delivery.joiner
            surely = min(page.lines[-1].ns, joiner.low_ns) - int(self._lag * SECOND) - OVERLAP_NS - joiner.late_ns
            if (region.since_ns or 0) < surely and (not until or surely < until):
                region.since_ns = surely

    def _gives_up(self, region: Region, reached_ns: int) -> bool:
        """Skip the rest of a gap that is too large, except near its end. Returns whether it was skipped."""
        near = int(self._lag * SECOND) + OVERLAP_NS
        if region.new_lines <= MOST_RECOVERED or region.end_ns - near <= reached_ns:
            return False
        region.problem = f"More than {MOST_RECOVERED:,} lines were missed."
        region.begin_ns, region.since_ns = reached_ns, region.end_ns - near
        return True

    def _read_once(self, region: Region, begun: float) -> None:
        """After a read that began at the time `begun`, schedule another one, or report the gap."""
        region.reads += 1
        region.failures = 0
        # A new connection may need another read just now.
        with self._delivery.lock:
            if begun < region.final:
                region.due = region.final
            elif region.new_lines and region.lacking and region.reads < _MOST_READS:
                region.due = monotonic() + self._lag
            else:
                if region.new_lines and region.lacking:
                    region.problem = region.problem or "The history was still growing when it was read."
                self._finish(region)

    def _failed(self, regions: Sequence[Region], error: PlatformError) -> None:
        self._delivery.history_failed(error)
        for region in regions:
            with self._delivery.lock:
                region.failures += 1
                region.due = monotonic() + self._delivery.pause(region.failures)
                if region.failures >= _MOST_FAILURES:
                    region.problem = f"The history cannot be read: {error}"
                    self._finish(region)

    def _finish(self, region: Region) -> None:
        if not region.problem and not region.reached:
            where = f"to {stamp(region.begin_ns)}" if region.begin_ns > SECOND else "far enough"
            region.problem = f"The history does not reach back {where}."
        with self._delivery.lock:
            self._regions.remove(region)
            self._hold()
            # The last lines read at the start may be later than the first streamed ones.
            begin_ns = min(region.begin_ns, region.end_ns or region.begin_ns)
            complete = not region.problem
            gap = Gap(begin_ns, region.end_ns, region.recovered, complete, region.problem, region.reconnected)
            self._delivery.joined(gap)

    # ---- polling

    def _poll(self) -> None:
        try:
            if self._timeless is not None:
                self._poll_timeless(self._timeless)
            else:
                self._poll_timed()
        except PlatformError as error:
            if error.kind is ErrorKind.CANCELED:
                raise
            self._delivery.history_failed(error.without_frames())
            self._poll_failures += 1
            self._poll_at = monotonic() + max(POLL_SECONDS, self._delivery.pause(self._poll_failures))
        else:
            self._poll_failures = 0
            self._poll_at = monotonic() + POLL_SECONDS
            self._delivery.history_failed(None)

    def _poll_timed(self) -> None:
        joiner = self._delivery.joiner
        with self._delivery.lock:
            read = joiner.begin_read()
            since = max(self._start(self._lag), joiner.floor_ns, joiner.complete_ns)
        for page in self._history.forward(since, self._call):
            self._delivery.page(read, page)
            if page.lines:
                self._last_ns = page.lines[-1].ns
            if self._stopped:
                return
        with self._delivery.lock:
            joiner.forget()

    def _poll_timeless(self, delivered: list[int]) -> None:
        """Deliver what follows the known lines in a log without times."""
        page = self.first.newest(max(self.first.span.tail, 1000), 0)
        keys = [hash(line.message) for line in page.lines]
        self._delivery.add(page.lines[follows(delivered, keys) :])
        self._timeless = keys or delivered


def follows(delivered: Sequence[int], page: Sequence[int]) -> int:
    """Return the index in a page after the known items. The page may begin in the middle of them.

    They end at the place right after the longest run of them or, if there are several, at the last such place.
    """
    # Searching is fast in texts, so each item becomes a character.
    character = {item: chr(at) for at, item in enumerate({*delivered, *page})}
    old, new = ("".join(character[item] for item in items) for items in (delivered, page))
    for size in range(min(len(old), len(new)), 0, -1):
        if (at := new.rfind(old[-size:])) >= 0:
            return at + size
    return 0
