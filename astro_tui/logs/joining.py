"""Joins a stream with the history so that each line is delivered exactly once, and in the end none is missing.

Different lines can have the same nanosecond and the same text. So the lines of the stream and those of the history are
counted for each pair of time and text. There are at least as many lines as the larger of the two counts, and that many
are delivered. Lines that the history does not have yet are found by a later read.

Only what a join needs is kept: for about half a minute, two numbers for each line, and no texts. Lines without a time
are rare. They are kept whole and matched by where they lie between lines with a time.
"""

from __future__ import annotations

from array import array
from collections import Counter, deque
from collections.abc import Callable, Hashable, Iterable, Sequence
from math import inf
from operator import attrgetter, itemgetter
from typing import NamedTuple, TypeVar

from msgspec import Struct

from astro_tui.logs.line import LogLine, Untimed

SECOND = 10**9
WINDOW_NS = 30 * SECOND
"""Lines within this time of the latest ones are kept."""
MOST_KEPT = 1 << 21
"""The most lines kept, at 16 bytes each: 32 MiB."""
MOST_TEXTS = 20_000
"""The most texts of lines without a time that are kept."""
MOST_OF_A_TEXT = 256
"""The most lines without a time that have the same text."""
_FORGET_EVERY = 4096
_RECENT = 256
OVERLAP_NS = 2 * SECOND
"""How far around a gap the history is read, if there are not too many lines."""
_LEAST_OVERLAP_NS = SECOND // 4
_OVERLAP_LINES = 4096
"""Roughly how many lines around a gap are enough."""
_SLACK_NS = SECOND
"""How far out of order a stream may be."""
_MOST_LATE_NS = 10 * SECOND
_STREAM = 0
"""The number of the stream among the reads of the history."""
_time_of = itemgetter(0)
Key = TypeVar("Key", bound=Hashable)


def beyond(lines: Iterable[LogLine], counted: Counter[Key], key_of: Callable[[LogLine], Key]) -> list[LogLine]:
    """Return the lines that are not among the known ones, which are used up; of equal lines, as many as are missing."""
    new = []
    for line in lines:
        key = key_of(line)
        if counted[key] > 0:
            counted[key] -= 1
        else:
            new.append(line)
    return new


def _key_of(line: LogLine) -> int:
    return hash((line[0], line[2]))


class LogPage(Struct, frozen=True):
    """Lines of the history in time order: all from `begin_ns` up to, but not including, `end_ns` (0: the end).

    `partial` means that more lines share one time than the platform returns at once, and `more` that there may be
    earlier lines.
    """

    lines: Sequence[LogLine]
    begin_ns: int = 0
    end_ns: int = 0
    partial: bool = False
    more: bool = False

    @property
    def timeless(self) -> bool:
        """Whether there are lines, and none has a time."""
        return bool(self.lines) and all(isinstance(line, Untimed) for line in self.lines)


class Joined(NamedTuple):
    """What a page of the history brought: new lines, and how many lines of its time range only the stream brought."""

    new: list[LogLine]
    lacking: int


class Joiner:
    """Decides which lines are new. Not safe to use from several threads at a time.

    Lines of the history before `floor_ns` are not wanted. Nothing from `hold_ns` on is forgotten, except beyond the
    limits; the history can be joined from `complete_ns` on.
    """

    def __init__(self) -> None:
        self.floor_ns = 0
        self.hold_ns: float = inf
        self.complete_ns = 0
        self.late_ns = 0
        """How far out of order the stream has been so far."""
        self._newest = 0
        self._recent: deque[int] = deque(maxlen=_RECENT)
        # The times and hashes of the streamed lines, by second.
        self._seconds: dict[int, tuple[array[int], array[int]]] = {}
        self._since = 0
        # Lines that only the history has brought so far: their time and number by hash.
        self._extra: dict[int, tuple[int, int]] = {}
        self._reads = _STREAM
        self._untimed: dict[str, deque[Untimed]] = {}
        self._open: list[Untimed] = []

    @property
    def low_ns(self) -> int:
        """A time that nearly all of the latest lines have passed, whatever the clocks of a few pods say; 0 if none."""
        times = sorted(self._recent)
        return times[len(times) // 10] if times else 0

    @property
    def overlap_ns(self) -> int:
        """How far before and after a gap to read for lines of the gap: less if there are many lines per second."""
        times = sorted(self._recent)
        if len(times) < _RECENT:
            return OVERLAP_NS + self.late_ns
        spread = times[len(times) * 9 // 10] - times[len(times) // 10]
        enough = spread * _OVERLAP_LINES // (_RECENT * 8 // 10)
        return min(OVERLAP_NS, max(_LEAST_OVERLAP_NS, enough)) + self.late_ns

    # ---- the stream

    def streamed(self, lines: Sequence[LogLine]) -> list[LogLine]:
        """Receive lines of the stream as they arrived, and return the new ones in time order."""
        timed = [line for line in lines if not isinstance(line, Untimed)]
        untimed = self._streamed_untimed(lines) if self._open or len(timed) < len(lines) else []
        new = self._streamed_timed(timed) if timed else []
        new += untimed
        new.sort(key=_time_of)
        return new

    def _streamed_timed(self, lines: list[LogLine]) -> list[LogLine]:
        keys = [hash((ns, message)) for ns, _level, message in lines]
        times = [line[0] for line in lines]
        self._learn(times)
        for ns, key in zip(times, keys, strict=True):
            second = self._seconds.get(ns // SECOND)
            if second is None:
                second = self._seconds[ns // SECOND] = array("q"), array("q")
            second[0].append(ns)
            second[1].append(key)
        if self._extra:
            lines = [line for line, key in zip(lines, keys, strict=True) if not self._was_extra(key)]
        self._since += len(times)
        if self._since >= _FORGET_EVERY:
            self.forget()
        return lines

    def _learn(self, times: list[int]) -> None:
        self._recent.extend(times[-_RECENT:])
        earliest = min(times)
        if earliest < self._newest:
            self.late_ns = max(self.late_ns, min(self._newest - earliest, _MOST_LATE_NS))
        self._newest = max(self._newest, times[-1])

    def _was_extra(self, key: int) -> bool:
        """Return whether the history had already brought a line that the stream brings now."""
        extra = self._extra.pop(key, None)
        if extra is not None and extra[1] > 1:
            self._extra[key] = (extra[0], extra[1] - 1)
        return extra is not None

    def _streamed_untimed(self, lines: Sequence[LogLine]) -> list[LogLine]:
        """Return the new lines without a time. They lie between the lines around them, unless an ID has their time."""
        new: list[LogLine] = []
        last = self._newest
        for line in lines:
            if not isinstance(line, Untimed):
                last = line.ns
                for each in self._open:
                    each.high = last + _SLACK_NS
                self._open.clear()
                continue
            place = line.between(line.ns, line.ns)
            if not line.ns:
                place = line._replace(ns=last).between(last - _SLACK_NS, inf)
                self._open.append(place)
            if self._is_new(place, _STREAM):
                new.append(place)
        return new

    # ---- the history

    def begin_read(self) -> int:
        """Begin to read the history and return the number of the read, for `page`."""
        self._reads += 1
        return self._reads

    def page(self, read: int, page: LogPage) -> Joined:
        """Take a page of the history. Pages of a read must not overlap."""
        earliest = max(self.floor_ns, self.complete_ns)
        streamed = self._streamed_between(max(earliest, page.begin_ns), page.end_ns or inf)
        lines = [line for line in page.lines if line.ns >= earliest]
        timed = [line for line in lines if not isinstance(line, Untimed)]
        here = Counter(map(_key_of, timed))
        lacking = streamed.total() - sum(min(count, streamed[key]) for key, count in here.items())
        for key in self._extra.keys() & here.keys():
            streamed[key] += self._extra[key][1]
        new = beyond(timed, streamed, _key_of)
        self._add_extra(new)
        if len(timed) < len(lines):
            new += [line for line in lines if isinstance(line, Untimed) and self._is_new(line, read)]
            new.sort(key=_time_of)
        if new:
            low = self.low_ns
            self._recent.extend([line.ns for line in new[-_RECENT:] if line.ns >= low])
            self._newest = self._newest or new[-1].ns
        return Joined(new, lacking)

    def known(self, lines: Sequence[LogLine]) -> None:
        """Take note of lines that the user has loaded: they are not new if the history or the stream brings them."""
        earliest = max(self.floor_ns, self.complete_ns)
        self._add_extra(line for line in lines if line.ns >= earliest)

    def _add_extra(self, lines: Iterable[LogLine]) -> None:
        for line in lines:
            key = _key_of(line)
            self._extra[key] = (line.ns, self._extra.get(key, (0, 0))[1] + 1)

    def _streamed_between(self, begin: float, end: float) -> Counter[int]:
        """Return how often each line between two times, excluding the second, was streamed."""
        streamed: Counter[int] = Counter()
        for second, (times, keys) in self._seconds.items():
            first, last = second * SECOND, (second + 1) * SECOND
            if begin <= first and last <= end:
                streamed.update(keys)
            elif begin < last and first < end:
                streamed.update([key for ns, key in zip(times, keys, strict=True) if begin <= ns < end])
        return streamed

    def _is_new(self, line: Untimed, read: int) -> bool:
        """Return whether a line without a time is none of those that other reads, or the stream, brought.

        Of several that it may be, the one that must lie earliest counts.
        """
        alike = self._untimed.setdefault(line.message, deque(maxlen=MOST_OF_A_TEXT))
        same = (each for each in alike if read not in each.reads and each.low <= line.high and line.low <= each.high)
        match = min(same, key=attrgetter("high"), default=None)
        if match is None:
            alike.append(line)
            if len(self._untimed) > MOST_TEXTS:
                del self._untimed[next(iter(self._untimed))]
        else:
            match.low, match.high = max(match.low, line.low), min(match.high, line.high)
        (match or line).reads.add(read)
        return match is None

    # ---- what is no longer needed

    def forget(self) -> None:
        """Forget what no join needs anymore: what is older than the window and not held, or too much."""
        self._since = 0
        keep = int(min(self.low_ns - WINDOW_NS, self.hold_ns)) // SECOND
        over = sum(len(keys) for _times, keys in self._seconds.values()) - MOST_KEPT
        for second in sorted(self._seconds) if over > 0 else ():
            keep = max(keep, second + 1)
            over -= len(self._seconds[second][0])
            if over <= 0:
                break
        self.complete_ns = max(keep * SECOND, self.complete_ns)
        self._seconds = {second: each for second, each in self._seconds.items() if second >= keep}
        self._extra = {key: each for key, each in self._extra.items() if each[0] >= self.complete_ns}
        for text, lines in [*self._untimed.items()]:
            while lines and lines[0].high < self.complete_ns:
                lines.popleft()
            if not lines:
                del self._untimed[text]
