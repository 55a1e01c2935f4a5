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
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import compress
from math import inf
from operator import itemgetter
from typing import NamedTuple

from astro_tui.logs.line import Line

SECOND = 10**9
WINDOW_NS = 30 * SECOND
"""Lines within this time of the latest ones are kept."""
MOST_KEPT = 1 << 21
"""The most lines kept, at 16 bytes each: 32 MiB."""
MOST_UNTIMED = 20_000
"""The most lines without a time that are kept."""
MOST_OF_A_TEXT = 256
"""The most lines without a time that have the same text."""
_BLOCK = 4096
_EXTRA = 16_384
_RECENT = 256
OVERLAP_NS = 2 * SECOND
"""How far around a gap the history is read, if there are not too many lines."""
_LEAST_OVERLAP_NS = SECOND // 4
_OVERLAP_LINES = 4096
"""Roughly how many lines around a gap are enough."""
_SLACK_NS = SECOND
"""How far out of order a stream may be."""
_MOST_LATE_NS = 10 * SECOND
_time_of = itemgetter(0)


@dataclass(slots=True)
class Untimed:
    """A delivered line without a time. Its real time lies between `low` and `high`.

    `streamed` is whether the stream brought it. `read` is the last read of the history that had it.
    """

    low: float
    high: float
    streamed: bool
    read: int = 0

    def overlaps(self, other: Untimed) -> bool:
        """Return whether the two may be the same line."""
        return self.low <= other.high and other.low <= self.high

    def narrow(self, other: Untimed) -> None:
        """Narrow the time down by what the other one says about the same line."""
        self.low, self.high = max(self.low, other.low), min(self.high, other.high)


@dataclass(frozen=True, slots=True)
class Placed:
    """Lines of the history in time order: all from `begin_ns` up to, but not including, `end_ns` (0: the end).

    `untimed` maps indexes of lines without a time to what is known about them. `partial` means that more lines share
    one time than the platform returns at once.
    """

    lines: Sequence[Line]
    untimed: dict[int, Untimed]
    begin_ns: int = 0
    end_ns: int = 0
    partial: bool = False


class Joined(NamedTuple):
    """What a page of the history brought: new lines, and how many lines of its time range only the stream brought."""

    new: list[Line]
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
        # The streamed lines. The last block is the current one.
        self._blocks: deque[_Block] = deque([_Block()])
        self._kept = 0
        # Lines that only the history has brought so far: their time and number by hash.
        self._extra: dict[int, tuple[int, int]] = {}
        self._extra_limit = _EXTRA
        self._reads = 0
        self._untimed: dict[str, list[Untimed]] = {}
        self._untimed_count = 0
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

    def streamed(self, lines: list[Line], untimed: Sequence[int] = ()) -> list[Line]:
        """Receive lines of the stream as they arrived, and return the new ones in time order."""
        loose: list[Line] = []
        if untimed:
            lines, loose = self._split(lines, untimed)
        if lines:
            lines = self._streamed_timed(lines)
        if loose:
            lines = lines + loose
        lines.sort(key=_time_of)
        return lines

    def _streamed_timed(self, lines: list[Line]) -> list[Line]:
        keys = [hash((ns, message)) for ns, _level, message in lines]
        times = [line[0] for line in lines]
        self._learn(times)
        block = self._blocks[-1]
        block.extend(times, keys)
        self._kept += len(keys)
        if self._open:
            for each in self._open:
                each.high = times[-1] + _SLACK_NS
            self._open.clear()
        if self._extra:
            lines = [line for line, key in zip(lines, keys, strict=True) if not self._was_extra(key)]
        if len(block.times) >= _BLOCK:
            self._blocks.append(_Block())
            self._forget()
        return lines

    def _learn(self, times: list[int]) -> None:
        self._recent.extend(times[-_RECENT:])
        earliest = min(times)
        if earliest < self._newest:
            self.late_ns = max(self.late_ns, min(self._newest - earliest, _MOST_LATE_NS))
        self._newest = max(self._newest, times[-1])

    def _was_extra(self, key: int) -> bool:
        """Return whether the history had already brought a line that the stream brings now."""
        found = self._extra.get(key)
        if found is None:
            return False
        if found[1] > 1:
            self._extra[key] = (found[0], found[1] - 1)
        else:
            del self._extra[key]
        return True

    def _split(self, lines: list[Line], untimed: Sequence[int]) -> tuple[list[Line], list[Line]]:
        """Return the lines with a time, and the new ones without, which get the time of the line before them."""
        marked = set(untimed)
        following = [inf] * len(lines)
        for index in range(len(lines) - 2, -1, -1):
            following[index] = following[index + 1] if index + 1 in marked else lines[index + 1].ns
        timed: list[Line] = []
        new: list[Line] = []
        last = self._newest
        for index, line in enumerate(lines):
            if index not in marked:
                last = line.ns
                timed.append(line)
                continue
            place = Untimed(line.ns, line.ns, streamed=True)
            if not line.ns:
                place = Untimed(last - _SLACK_NS, following[index] + _SLACK_NS, streamed=True)
                if place.high == inf:
                    self._open.append(place)
            for other in self._untimed.get(line.message, ()):
                if not other.streamed and other.overlaps(place):
                    other.streamed = True
                    other.narrow(place)
                    break
            else:
                self._remember(line.message, place)
                new.append(line if line.ns else line._replace(ns=last))
        return timed, new

    # ---- the history

    def begin_read(self) -> int:
        """Begin to read the history and return the number of the read, for `page`."""
        self._reads += 1
        return self._reads

    def page(self, read: int, page: Placed) -> Joined:
        """Take a page of the history. Pages of a read must not overlap."""
        earliest = max(self.floor_ns, self.complete_ns)
        streamed, extra = self._streamed_between(max(earliest, page.begin_ns), page.end_ns or inf), self._extra
        lacking = streamed.total()
        seen: dict[int, int] = {}
        new: list[Line] = []
        untimed = self._new_untimed(read, page, earliest) if page.untimed else ()
        for index, line in enumerate(page.lines):
            ns, _level, message = line
            if ns < earliest:
                continue
            if index in page.untimed:
                if index in untimed:
                    new.append(line)
                continue
            key = hash((ns, message))
            count = seen[key] = seen.get(key, 0) + 1
            arrived = streamed.get(key, 0)
            if count <= arrived:
                lacking -= 1
                continue
            known = extra.get(key)
            if count > arrived + (known[1] if known is not None else 0):
                extra[key] = (ns, known[1] + 1 if known is not None else 1)
                new.append(line)
        if new:
            low = self.low_ns
            self._recent.extend([line.ns for line in new[-_RECENT:] if line.ns >= low])
            self._newest = self._newest or new[-1].ns
        return Joined(new, lacking)

    def known(self, lines: Sequence[Line]) -> None:
        """Take note of lines that the user has loaded: they are not new if the history or the stream brings them."""
        earliest = max(self.floor_ns, self.complete_ns)
        for ns, _level, message in lines:
            if ns >= earliest:
                key = hash((ns, message))
                before = self._extra.get(key)
                self._extra[key] = (ns, before[1] + 1 if before is not None else 1)

    def _streamed_between(self, begin: float, end: float) -> Counter[int]:
        """Return how often each line between two times, excluding the second, was streamed."""
        found: Counter[int] = Counter()
        for block in self._blocks:
            if begin <= block.low and block.high < end:
                found.update(block.keys)
            elif block.low < end and block.high >= begin:
                times = zip(block.times, block.keys, strict=True)
                found.update([key for ns, key in times if begin <= ns < end])
        return found

    def _new_untimed(self, read: int, page: Placed, earliest: int) -> set[int]:
        """Return the indexes of the new lines without a time.

        For each text, both sides are in time order, so they are matched in that order.
        """
        found: set[int] = set()
        by_text: dict[str, list[int]] = {}
        for index in sorted(page.untimed):
            if page.lines[index].ns >= earliest:
                by_text.setdefault(page.lines[index].message, []).append(index)
        for message, indexes in by_text.items():
            known = [each for each in self._untimed.get(message, ()) if each.read != read]
            known.sort(key=lambda each: (each.high, each.low))
            at = 0
            for index in indexes:
                place = page.untimed[index]
                while at < len(known) and known[at].high < place.low:
                    at += 1
                if at < len(known) and known[at].overlaps(place):
                    known[at].read = read
                    known[at].narrow(place)
                    at += 1
                else:
                    found.add(index)
                    place.read = read
                    self._remember(message, place)
        return found

    def _remember(self, message: str, place: Untimed) -> None:
        known = self._untimed.setdefault(message, [])
        known.append(place)
        self._untimed_count += 1
        if len(known) > MOST_OF_A_TEXT:
            del known[0]
            self._untimed_count -= 1
        while self._untimed_count > MOST_UNTIMED:
            self._untimed_count -= len(self._untimed.pop(next(iter(self._untimed))))

    # ---- what is no longer needed

    def _forget(self) -> None:
        """Forget what no join needs anymore: what is older than the window and not held."""
        keep = int(min(self.low_ns - WINDOW_NS, self.hold_ns))
        if keep > self.complete_ns + SECOND:
            self._forget_before(keep)
        while self._kept > MOST_KEPT and len(self._blocks) > 1:
            self._forget_before(min(self._blocks[0].high + 1, self.low_ns))

    def _forget_before(self, keep: int) -> None:
        self.complete_ns = max(keep, self.complete_ns)
        blocks: deque[_Block] = deque()
        ahead = _Block()
        for block in self._blocks:
            if block is self._blocks[-1] or block.low >= keep:
                blocks.append(block)
            elif block.high >= keep:
                # The clocks of some pods are ahead of the others.
                wanted = [ns >= keep for ns in block.times]
                ahead.extend(list(compress(block.times, wanted)), list(compress(block.keys, wanted)))
        if ahead.times:
            blocks.appendleft(ahead)
        self._blocks = blocks
        self._kept = sum(len(block.times) for block in blocks)
        if len(self._extra) > self._extra_limit:
            self._extra = {key: each for key, each in self._extra.items() if each[0] >= keep}
            self._extra_limit = max(_EXTRA, 2 * len(self._extra))
        if self._untimed_count > _EXTRA // 4:
            kept = {text: [each for each in all_ if each.high >= keep] for text, all_ in self._untimed.items()}
            self._untimed = {text: all_ for text, all_ in kept.items() if all_}
            self._untimed_count = sum(map(len, self._untimed.values()))


class _Block:
    """Streamed lines in the order of their arrival: their times and hashes, with the earliest and the latest time."""

    __slots__ = ("high", "keys", "low", "times")

    def __init__(self) -> None:
        self.times, self.keys = array("q"), array("q")
        self.low, self.high = 1 << 63, 0

    def extend(self, times: list[int], keys: list[int]) -> None:
        self.times.extend(times)
        self.keys.extend(keys)
        earliest, latest = min(times), max(times)
        self.low, self.high = min(self.low, earliest), max(self.high, latest)
