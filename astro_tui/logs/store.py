"""The lines of a log in memory: several sources in one time order, a filter, and a bound on their number."""

from __future__ import annotations

import threading
from bisect import bisect_left, bisect_right
from collections import Counter
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from contextlib import contextmanager
from itertools import count, islice
from operator import attrgetter
from time import sleep
from typing import NamedTuple

from astro_tui.logs.block_list import BlockList
from astro_tui.logs.blocks import CONTINUES, LEVEL, NOTE, SHOWN, BlockColumns, Cells, LogBlock
from astro_tui.logs.colors import plain, split
from astro_tui.logs.joining import beyond
from astro_tui.logs.levels import Level, guess, level_of
from astro_tui.logs.line import LogLine, LogSource
from astro_tui.logs.records import continues
from astro_tui.logs.rows import NOWHERE, End, LogRemark, LogRow, Shows

MOST_LINES = 400_000
"""The most lines kept, unless the user loads more. Each source keeps its share of them, however much others write."""
MOST_TEXT = 96 * 1024 * 1024
"""The most bytes of text kept, of which each source keeps its share, too."""
_STEP = 64
"""Lines that are added, or filtered, before other threads have their turn."""
_PAUSE = 0.0001
"""Seconds between two such steps."""
_MOST_WORDS = 256
_SEARCH_BACK = 200
"""How many lines back to search for the one that a line continues."""


class _Made(NamedTuple):
    """A line by itself, without its neighbors: `word` is a number, `shown` is what the filter says.

    `message` has no colors. `text` is what was received, as UTF-8.
    """

    ns: int
    level: Level
    word: int
    message: str
    text: bytes
    follows: bool
    shown: bool


class ReadersFirst:
    """A lock for the threads of many logs. The thread that draws waits for one of them at most, not for all in turn."""

    def __init__(self) -> None:
        self._lock, self._writers = threading.RLock(), threading.Lock()
        self._waiting = 0
        """How many want to read, roughly: a wrong number only costs a pause."""

    def __enter__(self) -> None:
        self._waiting += 1
        self._lock.acquire()
        self._waiting -= 1

    def __exit__(self, *_error: object) -> None:
        self._lock.release()

    @contextmanager
    def writing(self) -> Iterator[None]:
        """Hold the lock to write."""
        with self._writers:
            if self._waiting > 0:
                sleep(_PAUSE)
            with self._lock:
                yield


class LogStore:
    """Lines in time order, each with an id that it keeps. Safe to use from several threads."""

    def __init__(self, *, most_lines: int = MOST_LINES, most_text: int = MOST_TEXT) -> None:
        self._lock = ReadersFirst()
        self._blocks = BlockList()
        self._ids = count(1)
        self._sources: list[LogSource] = [NOWHERE]
        self._numbers: dict[LogSource, int] = {NOWHERE: 0}
        # How many lines and bytes of each source are in memory, by its number.
        self._lines, self._text = Counter[int](), Counter[int]()
        self._words: list[str] = [""]
        self._levels: list[Level] = [Level.NONE]
        self._word_numbers = {"": 0}
        self._remarks: dict[int, LogRemark] = {}
        self._shows: Shows | None = None
        self._only: Collection[LogSource] = ()
        self._filter = 0
        self._most_lines, self._most_text = most_lines, most_text
        # The time of the last line of each source, and the flags of the last one that continues no other.
        self._lasts: dict[int, int] = {}
        self._heads: dict[int, int] = {}
        self.keep = 0
        """The time that the user is looking at, whose lines stay in memory; 0 is the newest."""
        self.moved = 0
        """How often the row numbers changed: because lines came late or were dropped, or the filter changed."""
        self.received = 0
        """Lines added so far."""

    # ---- writing

    def add(self, source: LogSource, lines: Sequence[LogLine]) -> None:
        """Add lines of a source. Each may be older than those in memory."""
        for start in range(0, len(lines), _STEP):
            if start:
                # This hands the interpreter to a waiting thread at once instead of after the switch interval.
                sleep(_PAUSE)
            # Most of the work is done without the lock, because the user may be waiting for it.
            shows = self._shows
            made = [self._made(source, line, shows) for line in lines[start : start + _STEP]]
            with self._lock.writing():
                if self._shows is not shows:
                    made = [self._made(source, line, self._shows) for line in lines[start : start + _STEP]]
                made.sort(key=attrgetter("ns"))
                self._add(source, made)
                self.received += len(made)
                self._drop_excess()

    def missing(self, source: LogSource, lines: Sequence[LogLine]) -> list[LogLine]:
        """Return those of the lines, in time order, that are not in memory; of equal ones, as many as are missing."""
        if not lines:
            return []
        with self._lock:
            number = self._number(source)
            cells_here = (
                (cells.ns, cells.text)
                for cells in self._blocks.between(lines[0].ns, lines[-1].ns)
                if cells.source == number and not cells.flags & NOTE
            )
            here = Counter(cells_here)
        return beyond(lines, here, lambda line: (line.ns, _encoded(line.message)))

    def remark(self, remark: LogRemark) -> int:
        """Add a row about the log, and return its id."""
        with self._lock:
            place, block = self._blocks.place_of(remark.end)
            return self._note(block, place, remark)

    def replace(self, number: int, remark: LogRemark | None) -> None:
        """Replace or remove the remark that has this id. It may be gone already."""
        with self._lock:
            old = self._remarks.pop(number, None)
            if old is None:
                return
            self._blocks.remove(number)
            self.moved += 1
            if remark is not None:
                self.remark(remark)

    def set_filter(self, shows: Shows | None, only: Collection[LogSource] = ()) -> int:
        """Show only some lines from now on, and only remarks about the sources in `only`, if there are any.

        Quick. Returns the number of this filter, for `apply_filter`.
        """
        with self._lock:
            self._shows, self._only = shows, only
            self._heads.clear()
            self._filter += 1
            return self._filter

    def apply_filter(self, number: int) -> None:
        """Apply a filter to the lines in memory, unless a newer one has been set, before or during this.

        Takes time, so call it from a worker thread.
        """
        done: dict[int, LogBlock] = {}
        while (block := self._unfiltered(done)) is not None:
            done[id(block)] = block
            if not self._apply(number, block):
                return
            # What continues a line is shown with it, and may be in the block after it, which was filtered before.
            with self._lock:
                after = self._blocks.after(block)
            if after is not None and not self._apply(number, after, _SEARCH_BACK):
                return

    def _unfiltered(self, done: Mapping[int, LogBlock]) -> LogBlock | None:
        """Return the newest block that is not done: it is most likely on screen. Blocks are split and replaced."""
        with self._lock:
            return next((block for block in reversed([*self._blocks]) if id(block) not in done), None)

    def _apply(self, number: int, block: LogBlock, most: int = MOST_LINES) -> bool:
        """Filter the first lines of a block, at most `most`; return False if a newer filter has been set."""
        start = 0
        # The block may grow meanwhile: lines move toward its end.
        while start < min(len(block), most):
            with self._lock:
                if self._filter != number:
                    return False
                self._filter_part(block, range(start, min(start + _STEP, len(block))))
                self.moved += 1
            start += _STEP
        return True

    # ---- reading

    @property
    def count(self) -> int:
        """How many rows the filter shows."""
        with self._lock:
            return self._blocks.shown

    @property
    def lines(self) -> int:
        """How many lines are in memory, shown or not."""
        with self._lock:
            return self._blocks.lines - len(self._remarks)

    @property
    def sources(self) -> tuple[LogSource, ...]:
        """The sources that lines came from."""
        with self._lock:
            return tuple(self._sources[1:])

    def row(self, number: int) -> LogRow | None:
        """Return the shown row with a number, counted from 0; None for any other number."""
        with self._lock:
            cells = self._blocks.shown_line(number)
            return self._row(cells) if cells is not None else None

    def end(self, most: int) -> End:
        """Return at most the last `most` shown rows, with the state of the store at that moment."""
        with self._lock:
            count = self._blocks.shown
            rows = [self._row(cells) for cells in self._blocks.shown_lines(count - most, count)]
            return End(self.moved, count, rows)

    def number_of(self, row: LogRow) -> int:
        """Return the current number of a row or, if it is hidden, of the next shown row."""
        with self._lock:
            return self._blocks.number_of(row.id, row.ns)

    def number_at(self, ns: int) -> int:
        """Return the number of the first row that is not older than a time."""
        with self._lock:
            return self._blocks.number_at(ns)

    def find(self, start: LogRow | None, wanted: Callable[[LogRow], bool], *, backward: bool = False) -> LogRow | None:
        """Return the next shown row after `start` that is wanted (the previous one if `backward`), or None.

        Without `start`, begins at the first row, or at the last one. Takes time, so call it from a worker thread.
        """
        with self._lock:
            blocks = list(self._blocks)
        if backward:
            blocks.reverse()
        for block in blocks:
            with self._lock:
                places = self._places_from(block, start, backward=backward)
            for part in range(0, len(places), _STEP):
                with self._lock:
                    rows = [self._row(block.line(at)) for at in places[part : part + _STEP] if block.flags[at] & SHOWN]
                for row in rows:
                    if row.remark is None and wanted(row):
                        return row
        return None

    @staticmethod
    def _places_from(block: LogBlock, start: LogRow | None, *, backward: bool) -> range:
        """Return the places of a block that are after a row, or, if `backward`, those before it, last first."""
        first, last = 0, len(block)
        if start is not None and len(block):
            at = block.ids.index(start.id) if start.id in block.ids else None
            if backward:
                last = at if at is not None else bisect_left(block.ns, start.ns)
            else:
                first = at + 1 if at is not None else bisect_right(block.ns, start.ns)
        return range(last - 1, first - 1, -1) if backward else range(first, last)

    def shown_rows(self) -> Iterator[list[LogRow]]:
        """Yield all shown rows in pieces, oldest first, for a worker thread."""
        with self._lock:
            blocks = list(self._blocks)
        for block in blocks:
            for start in range(0, len(block), _STEP):
                with self._lock:
                    stop = min(start + _STEP, len(block))
                    rows = [self._row(block.line(at)) for at in range(start, stop) if block.flags[at] & SHOWN]
                yield rows

    def complete_since(self) -> dict[LogSource, int]:
        """Return since when all lines of each source are in memory, whether the filter shows them or not."""
        since: dict[LogSource, int] = {}
        with self._lock:
            blocks = list(self._blocks)
        for block in blocks:
            with self._lock:
                for number, ns, source, flags in zip(block.ids, block.ns, block.sources, block.flags, strict=True):
                    if not flags & NOTE:
                        since.setdefault(self._sources[source], ns)
                    elif (remark := self._remarks.get(number)) is not None and remark.loadable:
                        for missing in remark.sources or [*since]:
                            since.pop(missing, None)
        return since

    def remarks(self) -> list[LogRow]:
        """Return the remarks, oldest first."""
        with self._lock:
            return [
                self._row(block.line(at))
                for block in self._blocks
                for at, flags in enumerate(block.flags)
                if flags & NOTE
            ]

    def first_remark(self) -> LogRow | None:
        """Return the oldest shown remark about lines that can be loaded."""
        with self._lock:
            rows = [row for row in self.remarks() if row.remark is not None and self._is_shown(row.remark)]
        return next((row for row in rows if row.remark is not None and row.remark.loadable), None)

    # ---- inside, with the lock

    def _number(self, source: LogSource) -> int:
        number = self._numbers.get(source)
        if number is None:
            number = self._numbers[source] = len(self._sources)
            self._sources.append(source)
        return number

    def _word(self, word: str) -> int:
        """Return the number of a word for a level (with or without the lock)."""
        number = self._word_numbers.get(word)
        if number is None:
            with self._lock:
                if len(self._words) == _MOST_WORDS:
                    return 0
                number = len(self._words)
                self._words.append(word)
                self._levels.append(level_of(word))
                self._word_numbers[word] = number
        return number

    def _made(self, source: LogSource, line: LogLine, shows: Shows | None) -> _Made:
        """Return what is known about a line without its neighbors (with or without the lock)."""
        ns, said, received = line
        message = plain(received)
        word = self._word(said)
        level = self._levels[word] or guess(message)
        shown = shows is None or shows(level, message, source)
        return _Made(ns, level, word, message, _encoded(received), continues(message), shown)

    def _add(self, source: LogSource, made: Sequence[_Made]) -> None:
        """Add lines in time order in one step: most of the time spent on a line goes into adding it."""
        number = self._number(source)
        times, levels, words, _messages, texts, follow, shown = zip(*made, strict=True)
        last = self._lasts.get(number, 0)
        late = times[0] < last
        if late and any(follow) and len(made) > 1:
            # Between them may be others of this source, which a line can continue.
            for each in made:
                self._add(source, [each])
            return
        flags = [level | SHOWN if show else level for level, show in zip(levels, shown, strict=True)]
        if any(follow):
            self._continue(number, source, made, flags, late=late)
        columns = BlockColumns([*islice(self._ids, len(made))], times, flags, words, [number] * len(made), texts)
        self.moved += self._blocks.merge(columns)
        self._lines[number] += len(made)
        self._text[number] += sum(map(len, texts))
        if times[-1] >= last:
            self._lasts[number] = times[-1]
            heads = [each for each in flags if not each & CONTINUES]
            if heads:
                self._heads[number] = heads[-1]

    def _continue(self, number: int, source: LogSource, made: Sequence[_Made], flags: list[int], *, late: bool) -> None:
        """Give lines that continue others the level of these, and show them with these."""
        head = None if late else self._heads.get(number)
        if head is None and self._blocks.lines:
            head = self._head_before(*self._blocks.place_of(made[0].ns), number)
        for at, each in enumerate(made):
            if not each.follows or head is None:
                head = flags[at]
            else:
                level = Level(max(head & LEVEL, each.level))
                show = head & SHOWN or self._is_shown_as(level, source, each)
                flags[at] = level | CONTINUES | (SHOWN if show else 0)

    def _is_shown_as(self, level: Level, source: LogSource, made: _Made) -> bool:
        """Return whether the filter shows a line that takes on the level of the one it continues."""
        return made.shown if level is made.level else self._shows is None or self._shows(level, made.message, source)

    def _head_before(self, place: int, block: LogBlock, source: int) -> int | None:
        """Return the flags of the line that the line at `place` of `block` continues. It may be in an earlier block."""
        left, part = _SEARCH_BACK, block
        while True:
            for at in range(place - 1, max(-1, place - 1 - left), -1):
                if part.sources[at] == source and not part.flags[at] & (CONTINUES | NOTE):
                    return part.flags[at]
            left -= place
            before = self._blocks.before(part) if left > 0 else None
            if before is None:
                return None
            part, place = before, len(before.flags)

    def _filter_part(self, block: LogBlock, places: range) -> None:
        shows = self._shows
        for place in places:
            flags = block.flags[place]
            if flags & NOTE:
                remark = self._remarks.get(block.ids[place])
                block.show(place, shown=remark is None or self._is_shown(remark))
                continue
            shown = shows is None
            if shows is not None:
                line = block.line(place)
                shown = shows(Level(flags & LEVEL), plain(_decoded(line.text)), self._sources[line.source])
                if not shown and flags & CONTINUES:
                    head = self._head_before(place, block, line.source)
                    shown = bool(head and head & SHOWN)
            block.show(place, shown=shown)

    def _is_shown(self, remark: LogRemark) -> bool:
        if self._shows is not None and not remark.begin and not remark.loadable:
            # Where a log begins says nothing about what matches.
            return False
        return not (self._only and remark.sources) or any(source in self._only for source in remark.sources)

    def _row(self, cells: Cells) -> LogRow:
        level, word = Level(cells.flags & LEVEL), self._words[cells.word]
        if cells.flags & NOTE:
            return LogRow(cells.id, cells.ns, level, "", NOWHERE, "", remark=self._remarks.get(cells.id))
        source, received = self._sources[cells.source], _decoded(cells.text)
        message, continued = plain(received), bool(cells.flags & CONTINUES)
        if message is received:
            return LogRow(cells.id, cells.ns, level, word, source, message, continued)
        return LogRow(cells.id, cells.ns, level, word, source, message, continued, colors=split(received)[1])

    # ---- the bound

    def _drop_excess(self) -> None:
        while greedy := self._over(self._lines, self._most_lines) | self._over(self._text, self._most_text):
            droppable = self._blocks.droppable(greedy, self.keep)
            if droppable is None:
                return
            self._drop(*droppable, greedy)

    @staticmethod
    def _over(held: Counter[int], most: int) -> AbstractSet[int]:
        """Return the sources that hold more than their share, if all together hold more than `most`."""
        if held.total() <= most:
            return frozenset()
        return {number for number, count in held.items() if count > most / len(held)}

    def _drop(self, block: LogBlock, behind: LogBlock, greedy: AbstractSet[int]) -> None:
        """Drop the lines of some sources from a block. Remarks at the start of the next block say so for each."""
        gone, text, remarks = Counter[int](), Counter[int](), dict[int, list[LogRemark]]()
        begin, kept = dict[int, int](), []
        greedy &= block.present
        for place, (ns, number, flags, size) in enumerate(
            zip(block.ns, block.sources, block.flags, block.sizes, strict=True)
        ):
            if flags & NOTE:
                remark = self._remarks[block.ids[place]]
                about = {self._numbers.get(source, 0) for source in remark.sources}
                if not about or not about <= greedy:
                    kept.append(place)
                    continue
                del self._remarks[block.ids[place]]
                if remark.loadable:
                    remarks.setdefault(min(about), []).append(remark)
            elif number in greedy:
                gone[number] += 1
                text[number] += size
                begin.setdefault(number, ns)
            else:
                kept.append(place)
        self._lines -= gone
        self._text -= text
        end = block.ns[-1]
        self._blocks.shrink(block, block.part(kept))
        for number in gone:
            earlier = remarks.get(number, ())
            first = min([begin[number], *(remark.begin for remark in earlier)])
            lines = gone[number] + sum(remark.lines for remark in earlier)
            self._note(behind, 0, LogRemark(first, end, (self._sources[number],), lines, loadable=True))

    def _note(self, block: LogBlock, place: int, remark: LogRemark) -> int:
        """Put a remark at a place, and return its id."""
        number = next(self._ids)
        self._remarks[number] = remark
        flags = NOTE | SHOWN if self._is_shown(remark) else NOTE
        self._blocks.insert(block, place, Cells(number, remark.end, flags, 0, 0, b""))
        self.moved += 1
        return number


def _encoded(text: str) -> bytes:
    return text.encode("utf-8", "surrogatepass")


def _decoded(text: bytes) -> str:
    return text.decode("utf-8", "surrogatepass")
