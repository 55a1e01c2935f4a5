"""A block of log lines in columns: about thirty bytes per line on top of its text."""

from __future__ import annotations

from array import array
from bisect import bisect_right
from collections.abc import Sequence
from itertools import accumulate
from typing import NamedTuple

MOST_LINES = 4096
"""The most lines of a block. A full block is followed by another, or is split if lines arrive late."""
MOST_TEXT = 1024 * 1024
"""Bytes of text after which a block is full."""

LEVEL, CONTINUES, NOTE, SHOWN = 0b0000_0111, 0b0000_1000, 0b0001_0000, 0b1000_0000
"""The parts of a line's flags: its level, whether it continues the line before it, whether it is a remark about the
log rather than a line of it, and whether the filter shows it."""


class Cells(NamedTuple):
    """One line as it is stored: `word` and `source` are numbers, `text` is UTF-8."""

    id: int
    ns: int
    flags: int
    word: int
    source: int
    text: bytes


class BlockColumns(NamedTuple):
    """Lines as they are stored, with the same fields as `Cells`."""

    ids: Sequence[int]
    ns: Sequence[int]
    flags: Sequence[int]
    words: Sequence[int]
    sources: Sequence[int]
    texts: Sequence[bytes]

    def part(self, start: int) -> BlockColumns:
        """Return the lines from `start` on."""
        ids, ns, flags, words, sources = (column[start:] for column in self[:5])
        return BlockColumns(ids, ns, flags, words, sources, self.texts[start:])


class LogBlock:
    """Lines in time order. Not safe to use from several threads: see LogStore."""

    __slots__ = ("_places", "_text", "flags", "ids", "ns", "present", "shown", "sizes", "sources", "starts", "words")

    def __init__(self) -> None:
        self.ids = array("Q")
        self.ns = array("q")
        self.flags = bytearray()
        self.words = bytearray()
        self.sources = array("H")
        self.starts = array("I")
        self.sizes = array("I")
        self._text = bytearray()
        self.present = set[int]()
        """The numbers of the sources that have lines here."""
        self.shown = 0
        """How many lines the filter shows."""
        self._places: array[int] | None = None

    def __len__(self) -> int:
        return len(self.ids)

    @property
    def full(self) -> bool:
        """Whether new lines belong in another block."""
        return len(self.ids) >= MOST_LINES or len(self._text) >= MOST_TEXT

    @property
    def oversized(self) -> bool:
        """Whether late lines made it twice as large as it should be."""
        return len(self.ids) >= 2 * MOST_LINES or len(self._text) >= 2 * MOST_TEXT

    def has_room_for(self, other: LogBlock) -> bool:
        """Whether a block with the lines of another one, too, would not be too large."""
        return len(self) + len(other) <= MOST_LINES and len(self._text) + len(other._text) <= MOST_TEXT

    @property
    def text_size(self) -> int:
        """Bytes of text."""
        return len(self._text)

    def place_after(self, ns: int) -> int:
        """Return where a line of this time belongs: after all lines that are not newer."""
        return bisect_right(self.ns, ns)

    def insert(self, place: int, line: Cells) -> None:
        """Put a line at a place that `place_after` returned."""
        self.ids.insert(place, line.id)
        self.ns.insert(place, line.ns)
        self.flags.insert(place, line.flags)
        self.words.insert(place, line.word)
        self.sources.insert(place, line.source)
        # The text stays in the order of arrival.
        self.starts.insert(place, len(self._text))
        self.sizes.insert(place, len(line.text))
        self._text += line.text
        self.present.add(line.source)
        self._changed(bool(line.flags & SHOWN))

    def extend(self, columns: BlockColumns) -> None:
        """Put lines at the end."""
        ids, ns, flags, words, sources, texts = columns
        sizes = list(map(len, texts))
        self.ids.extend(ids)
        self.ns.extend(ns)
        self.flags.extend(flags)
        self.words.extend(words)
        self.sources.extend(sources)
        self.starts.extend(accumulate(sizes[:-1], initial=len(self._text)))
        self.sizes.extend(sizes)
        self._text += b"".join(texts)
        self.present.update(sources)
        self._changed(sum(each >= SHOWN for each in flags))

    def line(self, place: int) -> Cells:
        """Return the line at a place."""
        start = self.starts[place]
        text = bytes(self._text[start : start + self.sizes[place]])
        return Cells(self.ids[place], self.ns[place], self.flags[place], self.words[place], self.sources[place], text)

    def columns(self, places: Sequence[int]) -> BlockColumns:
        """Return the lines at some places, in this order."""
        parts = (self.ids, self.ns, self.flags, self.words, self.sources, self.starts, self.sizes)
        ids, ns, flags, words, sources, starts, sizes = ([*map(part.__getitem__, places)] for part in parts)
        text = bytes(self._text)
        texts = [text[start : start + size] for start, size in zip(starts, sizes, strict=True)]
        return BlockColumns(ids, ns, flags, words, sources, texts)

    def show(self, place: int, *, shown: bool) -> None:
        """Let the filter show a line, or hide it."""
        flags = self.flags[place]
        if bool(flags & SHOWN) is not shown:
            self.flags[place] = flags ^ SHOWN
            self.shown += 1 if shown else -1
            self._places = None

    def _changed(self, more: int) -> None:
        self.shown += more
        self._places = None

    # ---- the lines that the filter shows

    def shown_place(self, number: int) -> int:
        """Return the place of the shown line with this number, counted from 0."""
        return number if self.shown == len(self) else self._shown_places()[number]

    def shown_before(self, place: int) -> int:
        """Return how many lines before a place are shown."""
        return place if self.shown == len(self) else bisect_right(self._shown_places(), place - 1)

    def _shown_places(self) -> array[int]:
        if self._places is None:
            self._places = array("H", [place for place, flags in enumerate(self.flags) if flags & SHOWN])
        return self._places

    # ---- other blocks

    def part(self, places: Sequence[int]) -> LogBlock:
        """Return a block with the lines at some places, in this order."""
        block = LogBlock()
        block.extend(self.columns(places))
        return block

    def without(self, line_id: int) -> LogBlock:
        """Return a block with all lines except one."""
        return self.part([place for place, each in enumerate(self.ids) if each != line_id])

    def split(self) -> tuple[LogBlock, LogBlock]:
        """Return two blocks with half of the lines each."""
        middle = len(self) // 2
        return self.part(range(middle)), self.part(range(middle, len(self)))

    def joined(self, other: LogBlock) -> LogBlock:
        """Return a block with all lines of this one and, after them, those of another one."""
        block = self.part(range(len(self)))
        block.extend(other.columns(range(len(other))))
        return block
