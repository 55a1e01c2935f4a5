"""Blocks of log lines in time order: where a line belongs, which number it has, and which block can be dropped."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterator
from collections.abc import Set as AbstractSet
from itertools import islice, pairwise

from astro_tui.logs.blocks import BlockColumns, Cells, LogBlock


class BlockList:
    """All lines of a log. Not safe to use from several threads: see LogStore.

    Lines are numbered in time order from 0; only those that the filter shows have a number.
    """

    def __init__(self) -> None:
        self._blocks: list[LogBlock] = []

    def __iter__(self) -> Iterator[LogBlock]:
        """Yield the current blocks, oldest first, even if the list changes meanwhile."""
        return iter(tuple(self._blocks))

    @property
    def lines(self) -> int:
        """How many lines there are, remarks included."""
        return sum(map(len, self._blocks))

    @property
    def text_size(self) -> int:
        """Bytes of text."""
        return sum(block.text_size for block in self._blocks)

    # ---- writing

    def merge(self, lines: BlockColumns) -> bool:
        """Put lines in time order where they belong. Returns whether any was older than the last line so far."""
        late = bisect_left(lines.ns, self._blocks[-1].ns[-1]) if self._blocks else 0
        for cells in islice(zip(*lines, strict=True), late):
            line = Cells._make(cells)
            place, block = self.place_of(line.ns)
            self.insert(block, place, line)
        if late < len(lines.ns):
            if not self._blocks or self._blocks[-1].full:
                self._blocks.append(LogBlock())
            self._blocks[-1].extend(lines.part(late))
        return late > 0

    def place_of(self, ns: int) -> tuple[int, LogBlock]:
        """Return where a line of this time belongs. Put one there: the block may be new."""
        index = bisect_right(self._blocks, ns, key=lambda block: block.ns[-1])
        if not self._blocks:
            self._blocks.append(LogBlock())
        block = self._blocks[min(index, len(self._blocks) - 1)]
        return block.place_after(ns), block

    def before(self, block: LogBlock) -> LogBlock | None:
        """Return the block before another one, or None before the first, and for a block that was replaced."""
        index = self._index(block)
        return self._blocks[index - 1] if index else None

    def after(self, block: LogBlock) -> LogBlock | None:
        """Return the block after another one, or None after the last, and for a block that was replaced."""
        index = self._index(block)
        return self._blocks[index + 1] if index is not None and index + 1 < len(self._blocks) else None

    def _index(self, block: LogBlock) -> int | None:
        return next((index for index, each in enumerate(self._blocks) if each is block), None)

    def insert(self, block: LogBlock, place: int, line: Cells) -> None:
        """Put a line at a place that `place_of` returned."""
        block.insert(place, line)
        if block.oversized:
            index = self._blocks.index(block)
            self._blocks[index : index + 1] = block.split()

    def remove(self, line_id: int) -> None:
        """Remove the line with an id."""
        for index, block in enumerate(self._blocks):
            if line_id in block.ids:
                kept = block.without(line_id)
                self._blocks[index : index + 1] = [kept] if len(kept) else []
                return

    # ---- reading

    @property
    def shown(self) -> int:
        """How many lines the filter shows."""
        return sum(block.shown for block in self._blocks)

    def shown_line(self, number: int) -> Cells | None:
        """Return the shown line with a number; None for any other number."""
        for block in self._blocks:
            if number < block.shown:
                return block.line(block.shown_place(number)) if number >= 0 else None
            number -= block.shown
        return None

    def shown_lines(self, start: int, stop: int) -> Iterator[Cells]:
        """Yield the shown lines numbered from `start` up to, but not including, `stop`, if there are any."""
        for block in self._blocks:
            for number in range(max(0, start), min(stop, block.shown)):
                yield block.line(block.shown_place(number))
            start, stop = start - block.shown, stop - block.shown
            if stop <= 0:
                return

    def number_of(self, line_id: int, ns: int) -> int:
        """Return the current number of the line with this id and time or, if it is hidden, of the next shown line."""
        number = 0
        for block in self._blocks:
            if block.ns[-1] >= ns:
                first, last = bisect_left(block.ns, ns), bisect_right(block.ns, ns)
                place = next((at for at in range(first, last) if block.ids[at] == line_id), None)
                if place is not None or block.ns[-1] > ns:
                    return number + block.shown_before(first if place is None else place)
            number += block.shown
        return number

    def number_at(self, ns: int) -> int:
        """Return the number of the first line that is not older than a time."""
        number = 0
        for block in self._blocks:
            if block.ns[-1] >= ns:
                return number + block.shown_before(bisect_left(block.ns, ns))
            number += block.shown
        return number

    def between(self, begin: int, end: int) -> Iterator[Cells]:
        """Yield the lines between two times, inclusive."""
        for block in self._blocks:
            if block.ns[-1] >= begin and block.ns[0] <= end:
                for place in range(bisect_left(block.ns, begin), bisect_right(block.ns, end)):
                    yield block.line(place)

    # ---- the bound

    def droppable(self, sources: AbstractSet[int], keep: int) -> tuple[LogBlock, LogBlock] | None:
        """Return the oldest block with lines of these sources, and the block after it; None if there is none.

        It is neither the block on screen nor next to it: `keep` is the time that the user is looking at; 0 is the
        newest.
        """
        shown = len(self._blocks) - 1
        if keep:
            shown = min(shown, bisect_left(self._blocks, keep, key=lambda block: block.ns[-1]))
        for index, (block, behind) in enumerate(pairwise(self._blocks)):
            if abs(index - shown) > 1 and not block.present.isdisjoint(sources):
                return block, behind
        return None

    def shrink(self, block: LogBlock, kept: LogBlock) -> None:
        """Replace a block with its `kept` lines, joined with those of the block before it if they fit."""
        index = self._blocks.index(block)
        before = self._blocks[index - 1] if index else None
        if before is not None and before.has_room_for(kept):
            self._blocks[index - 1 : index + 1] = [before.joined(kept)]
        else:
            self._blocks[index : index + 1] = [kept] if len(kept) else []
