"""Reads what the stream does not bring: the last lines at the start, what a gap has, and all lines without a stream."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from time import monotonic

from astro_tui.errors import ErrorKind, PlatformError
from astro_tui.logs.delivery import Delivery
from astro_tui.logs.following import Gap, Phase
from astro_tui.logs.joining import SECOND, Placed
from astro_tui.logs.line import Line, stamp
from astro_tui.logs.pages import PAGE_LINES, History
from astro_tui.platform.client import Call

INDEX_LAG = 10.0
"""Seconds until the history surely has a line."""
OVERLAP_NS = 2 * SECOND
"""How far before the last line the history is read again."""
POLL_SECONDS = 2.0
REFUSED = frozenset({ErrorKind.SIGNED_OUT, ErrorKind.FORBIDDEN, ErrorKind.BILLING})
"""The kinds of errors for which another try with the same token is useless."""
MOST_RECOVERED = 200_000
"""The most lines read to close a gap."""
LOOK_BACK = (6 * 3600, 24 * 3600, 7 * 24 * 3600)
"""Seconds to look back, one after the other, if there are no lines in the last hour."""
_MOST_READS = 4
_MOST_FAILURES = 6
_FIRST_LINES = 64
_PAUSES = (1.0, 2.0, 4.0, 8.0, 15.0, 30.0)


@dataclass(slots=True, eq=False)
class Region:
    """A part of the history that may have lines which no stream brought.

    It is read from `since_ns` on (None if that is not known yet), at the time `due`. `begin_ns` is the time of the
    last line before the gap, and `first` has the times of the first streamed lines after it.
    """

    since_ns: int | None
    begin_ns: int
    due: float
    first: list[int] = field(default_factory=list)
    reads: int = 0
    failures: int = 0
    recovered: int = 0
    found: int = 0
    reached: bool = False
    problem: str = ""

    @property
    def end_ns(self) -> int:
        """The time of the first line after the gap, or 0."""
        return self.first[0] if self.first else 0


class Recovery:
    """Reads the history of a source in a thread, `run`, and gives what is new."""

    def __init__(
        self,
        history: History,
        delivery: Delivery,
        call: Call,
        *,
        tail: int,
        since_ns: int,
        until_ns: int,
        live: bool,
        now: Callable[[], float],
        lag: float,
    ) -> None:
        self._history, self._delivery, self._call = history, delivery, call
        self._tail, self._since_ns, self._until_ns, self._live = tail, since_ns, until_ns, live
        self._now, self._lag = now, lag
        self._regions: list[Region] = []
        self._loaded = False
        self._begin_ns = 0
        self._last_ns = 0
        self._wake = threading.Event()
        self._poll_at = 0.0
        self._polling = False
        self._poll_failures = 0
        self._timeless: list[int] | None = None
        # The first line of the tail: lines that share its time may not be in it.
        self.edge_ns = 0
        self.edge: Counter[tuple[str, str]] = Counter()

    # ---- called by the stream's thread

    def connected(self) -> None:
        """A stream has begun: read what was missed before it."""
        with self._delivery.lock:
            if self._regions and not self._regions[-1].first:
                # The last stream brought nothing, so the gap goes on.
                self._regions[-1].due, self._regions[-1].reads = monotonic(), 0
            else:
                since = self._start() if self._loaded else None
                self._regions.append(Region(since, self._last_ns, monotonic()))
            self._hold()
        self.wake()

    def streamed(self, lines: Sequence[Line]) -> None:
        """Take note of lines that the stream brought."""
        with self._delivery.lock:
            if self._regions and len(self._regions[-1].first) < _FIRST_LINES:
                self._regions[-1].first += [line.ns for line in lines[:_FIRST_LINES] if line.ns]
            self._last_ns = lines[-1].ns or self._last_ns

    def poll(self, polling: bool) -> None:
        """Read the history again and again, or stop that."""
        self._polling = polling
        self.wake()

    def wake(self) -> None:
        """Let the thread look what is to do."""
        self._wake.set()

    # ---- the thread

    def run(self) -> None:
        """Read what is to be read until it is stopped."""
        try:
            self._run()
        except PlatformError:
            # The platform was closed.
            return

    def _run(self) -> None:
        self._load()
        while self._live and not self._stopped:
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

    def _load(self) -> None:
        """Give the last lines, however long it takes. Raises PlatformError if the platform was closed."""
        failures = 0
        if not self._live:
            self._delivery.enter(Phase.CONNECTING)
        while not self._stopped:
            try:
                self._load_now()
            except PlatformError as error:
                if error.kind is ErrorKind.CANCELLED:
                    raise
                if not self._live:
                    self._delivery.enter(Phase.ENDED, error.without_frames())
                    return
                self._delivery.history_failed(error.without_frames())
                # What is refused stays refused until something changes: a connection, a token, the user.
                self._wake.wait(None if error.kind in REFUSED else _PAUSES[min(failures, len(_PAUSES) - 1)])
                self._wake.clear()
                failures += 1
                continue
            self._delivery.history_failed(None)
            self._delivery.loaded()
            if not self._live:
                self._delivery.enter(Phase.ENDED)
            return

    def _load_now(self) -> None:
        if not self._tail:
            self._load_all()
            return
        most = min(self._tail, PAGE_LINES)
        since = self._since_ns
        page, full = self._newest(most, since)
        if not since:
            for seconds in LOOK_BACK:
                if page.lines:
                    break
                since = int((self._now() - seconds) * SECOND)
                page, full = self._newest(most, since)
        with self._delivery.lock:
            joiner = self._delivery.joiner
            read = joiner.begin_read()
            self._delivery.page(read, page)
            joiner.end_read()
            self._loaded_from(page, since, full=full)
        if full and self._tail > most:
            self._load_older(page.lines[0].ns, since, self._tail - len(page.lines))

    def _newest(self, most: int, since: int) -> tuple[Placed, bool]:
        return self._history.newest(most, self._call, since_ns=since, until_ns=self._until_ns)

    def _loaded_from(self, page: Placed, since: int, *, full: bool) -> None:
        """Remember where the given lines begin, and where reading has to go on."""
        lines = page.lines
        joiner = self._delivery.joiner
        low = 0
        if lines:
            latest = sorted(line.ns for line in lines[-256:])
            low = latest[len(latest) // 10]
            self._begin_ns = lines[-1].ns
            if full:
                self._keep_edge(lines)
                joiner.floor_ns = lines[0].ns + 1
            else:
                joiner.floor_ns = since or lines[0].ns
            if len(page.untimed) == len(lines):
                self._timeless = [hash(line.message) for line in lines]
                joiner.floor_ns = 0
        self._last_ns = self._last_ns or self._begin_ns
        start = max(0, low - OVERLAP_NS) if low else self._since_ns
        for region in self._regions:
            if region.since_ns is None:
                region.since_ns, region.begin_ns = start, region.begin_ns or self._begin_ns
        self._loaded = True
        self._hold()

    def _keep_edge(self, lines: Sequence[Line]) -> None:
        self.edge_ns = lines[0].ns
        self.edge = Counter((line.level, line.message) for line in lines if line.ns == self.edge_ns)

    def _load_older(self, before_ns: int, since_ns: int, lines: int) -> None:
        """Give more of the last lines than one page has."""
        # Lines may share the time of the first one, which only a later page has in full.
        before_ns += 1
        while lines > 0 and not self._stopped:
            page, full = self._history.before(before_ns, since_ns, min(lines, PAGE_LINES), self._call)
            wanted = self.without_edge(page.lines, before_ns)[-lines:]
            self._delivery.add(wanted)
            lines -= len(wanted)
            if wanted:
                self._keep_edge(wanted)
            if not full:
                return
            before_ns = page.begin_ns

    def without_edge(self, lines: Sequence[Line], before_ns: int) -> list[Line]:
        """Return lines without those that share the time of the first given line and were given."""
        if before_ns != self.edge_ns + 1:
            return list(lines)
        given, wanted = self.edge.copy(), []
        for line in lines:
            if line.ns == self.edge_ns and given[line.level, line.message] > 0:
                given[line.level, line.message] -= 1
            else:
                wanted.append(line)
        return wanted

    def _load_all(self) -> None:
        joiner = self._delivery.joiner
        with self._delivery.lock:
            joiner.floor_ns = self._since_ns
            read = joiner.begin_read()
        last: Placed | None = None
        try:
            for page in self._history.forward(self._since_ns, self._call, until_ns=self._until_ns):
                self._delivery.page(read, page)
                last = page if page.lines or last is None else last
                if self._stopped:
                    return
        finally:
            with self._delivery.lock:
                joiner.end_read()
        if last is not None:
            with self._delivery.lock:
                self._loaded_from(last, self._since_ns, full=False)
                joiner.floor_ns = self._since_ns

    # ---- gaps

    def _start(self, back: float = 0.0) -> int:
        """Return from when on to read: a bit before the last lines."""
        joiner = self._delivery.joiner
        low = joiner.low_ns
        return max(0, low - int(back * SECOND) - OVERLAP_NS - joiner.late_ns) if low else self._since_ns

    def _hold(self) -> None:
        since = [region.since_ns or 0 for region in self._regions]
        self._delivery.joiner.hold_ns = min(since, default=1 << 63)

    def _close(self, regions: Sequence[Region]) -> None:
        """Read the regions that are due, all of them at once."""
        if self._timeless is not None:
            for region in regions:
                region.problem = "The platform sends no times with this log."
                self._finish(region)
            return
        joiner = self._delivery.joiner
        with self._delivery.lock:
            read = joiner.begin_read()
            since = max(min(region.since_ns or 0 for region in regions), joiner.floor_ns)
            if since < joiner.complete_ns:
                since = joiner.complete_ns
                for region in regions:
                    if region.begin_ns < since:
                        region.problem = "It was too long ago, or there were too many lines since."
        try:
            self._read(read, regions, since)
        except PlatformError as error:
            if error.kind is ErrorKind.CANCELLED:
                raise
            self._failed(regions, error.without_frames())
        else:
            self._delivery.history_failed(None)
            for region in regions:
                self._read_once(region)
        finally:
            with self._delivery.lock:
                joiner.end_read()

    def _until(self, region: Region) -> int:
        """Return until when to read, or 0: once the stream brings many lines, it needs no help."""
        if len(region.first) < _FIRST_LINES:
            return 0
        latest = sorted(region.first)[len(region.first) * 9 // 10]
        return latest + OVERLAP_NS + self._delivery.joiner.late_ns

    def _read(self, read: int, regions: Sequence[Region], since: int) -> None:
        joiner = self._delivery.joiner
        for region in regions:
            region.found = 0
        total = 0
        for page in self._history.forward(since, self._call, until_ns=self._until(regions[-1])):
            new = self._delivery.page(read, page)
            if self._stopped:
                return
            with self._delivery.lock:
                self._count(regions, page, new)
                if page.lines:
                    # Later reads need not go back further than lines can be late.
                    surely = min(page.lines[-1].ns, joiner.low_ns) - int(self._lag * SECOND)
                    for region in regions:
                        region.since_ns = max(region.since_ns or 0, surely - OVERLAP_NS - joiner.late_ns)
                    self._hold()
                until = self._until(regions[-1])
            if until and page.end_ns >= until:
                # The first lines of the stream arrived in the meantime.
                return
            total += len(new)
            if total > MOST_RECOVERED and page.end_ns:
                self._give_up(regions, page.end_ns)
                return

    def _give_up(self, regions: Sequence[Region], reached_ns: int) -> None:
        """Leave the rest of a large gap unread, except for what is near its end."""
        near = int(self._lag * SECOND) + OVERLAP_NS
        for region in regions:
            if region.end_ns - near > reached_ns:
                region.problem = f"More than {MOST_RECOVERED:,} lines were missed."
                region.begin_ns, region.since_ns = reached_ns, region.end_ns - near

    def _count(self, regions: Sequence[Region], page: Placed, new: Sequence[Line]) -> None:
        for region in regions:
            if page.partial:
                region.problem = "More lines have the same time than the platform returns."
            # Before the floor, nothing is wanted.
            region.reached |= region.begin_ns < max(1, self._delivery.joiner.floor_ns)
            region.reached |= bool(page.lines and page.lines[0].ns <= region.begin_ns)
        for line in new:
            for region in regions:
                if not region.first or line.ns <= region.end_ns:
                    region.recovered += 1
                    region.found += 1
                    break

    def _read_once(self, region: Region) -> None:
        """Decide what comes after a read: another one, or the report."""
        region.reads += 1
        region.failures = 0
        if region.reads >= 2 and (not region.found or region.reads >= _MOST_READS):
            if region.found:
                region.problem = region.problem or "The history was still growing."
            self._finish(region)
        else:
            region.due = monotonic() + self._lag

    def _failed(self, regions: Sequence[Region], error: PlatformError) -> None:
        self._delivery.history_failed(error)
        for region in regions:
            region.due = monotonic() + _PAUSES[min(region.failures, len(_PAUSES) - 1)]
            region.failures += 1
            if region.failures >= _MOST_FAILURES:
                region.problem = f"The history cannot be read: {error}"
                self._finish(region)

    def _finish(self, region: Region) -> None:
        if not region.problem and not region.reached:
            region.problem = f"The history does not reach back to {stamp(region.begin_ns)}."
        with self._delivery.lock:
            self._regions.remove(region)
            self._hold()
            # The last lines at the start may be later than the first ones of the stream.
            begin_ns = min(region.begin_ns, region.end_ns or region.begin_ns)
            gap = Gap(begin_ns, region.end_ns, region.recovered, not region.problem, region.problem)
            self._delivery.joined(gap)

    # ---- polling

    def _poll(self) -> None:
        try:
            if self._timeless is not None:
                self._poll_timeless(self._timeless)
            else:
                self._poll_timed()
        except PlatformError as error:
            if error.kind is ErrorKind.CANCELLED:
                raise
            self._delivery.history_failed(error.without_frames())
            self._poll_at = monotonic() + max(POLL_SECONDS, _PAUSES[min(self._poll_failures, len(_PAUSES) - 1)])
            self._poll_failures += 1
        else:
            self._poll_failures = 0
            self._poll_at = monotonic() + POLL_SECONDS
            self._delivery.history_failed(None)

    def _poll_timed(self) -> None:
        joiner = self._delivery.joiner
        with self._delivery.lock:
            read = joiner.begin_read()
            since = max(self._start(self._lag), joiner.floor_ns, joiner.complete_ns)
        try:
            for page in self._history.forward(since, self._call):
                self._delivery.page(read, page)
                if page.lines:
                    self._last_ns = page.lines[-1].ns
                if self._stopped:
                    return
        finally:
            with self._delivery.lock:
                joiner.end_read()

    def _poll_timeless(self, known: list[int]) -> None:
        """Give what follows the known lines in a log without times."""
        page, _full = self._newest(max(self._tail, 1000), 0)
        keys = [hash(line.message) for line in page.lines]
        self._delivery.add(page.lines[follows(known, keys) :])
        self._timeless = keys or known


def follows(known: Sequence[int], page: Sequence[int]) -> int:
    """Return where in a page the items begin that follow the known ones, of which it may have only the last.

    Where the known items end is the place with the most of them before it, and the last one of several.
    """
    # The Z function of both in reverse order: how much of the end of `known` ends at each item of the page.
    both: list[int | None] = [*reversed(known), None, *reversed(page)]
    match = [0] * len(both)
    left = right = 0
    for at in range(1, len(both)):
        if at < right:
            match[at] = min(right - at, match[at - left])
        while at + match[at] < len(both) and both[match[at]] == both[at + match[at]]:
            match[at] += 1
        if at + match[at] > right:
            left, right = at, at + match[at]
    found = match[len(known) + 1 :]
    longest = max(found, default=0)
    return len(page) - found.index(longest) if longest else 0
