"""Pairs the items of two lists: by name, by content, or by similarity."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from typing import NamedTuple

from astro_tui.difference.members import ItemNames, Likeness, MemberPlace, all_names, token
from astro_tui.difference.sequence import Pair, alike_pairs, equal_pairs, staying

_OFTEN = 500


class Matched(NamedTuple):
    """The paired items of two lists from `start` to `end_old` and `end_new`; all other items are equal on both sides.

    For each of these items of the new list, `partners` is its position in the old one, or -1; `stays` says whether it
    keeps its order, and `inside` whether its contents can differ.
    """

    start: int
    end_old: int
    end_new: int
    partners: list[int]
    stays: bytearray
    inside: bytearray

    def partner(self, place: int) -> int:
        """Return the position in the old list of an item of the new one, or -1."""
        if place < self.start:
            return place
        return place - self.end_new + self.end_old if place >= self.end_new else self.partners[place - self.start]


class Lists:
    """Pairs the items of two lists, both at `depth`."""

    def __init__(
        self,
        texts: tuple[bytes, bytes],
        items: tuple[list[MemberPlace], list[MemberPlace]],
        depth: int,
        check: Callable[[], None],
    ) -> None:
        self._texts, self._items, self._depth, self._check = texts, items, depth, check
        self._tokens: tuple[dict[int, bytes], dict[int, bytes]] = ({}, {})

    def matched(self) -> Matched:
        """Return the paired items."""
        start, end_old, end_new = self._same_ends()
        count = end_new - start
        matched = Matched(start, end_old, end_new, [-1] * count, bytearray(count), bytearray(count))
        if end_old > start and count:
            self._match(range(start, end_old), range(start, end_new), matched)
        return matched

    # ------------------------------------------------------------------------------------------- equal ends

    def _same_ends(self) -> tuple[int, int, int]:
        old, new = self._items
        start, shortest = 0, min(len(old), len(new))
        while start < shortest and self._same(start, start):
            start += 1
        end_old, end_new = len(old), len(new)
        while end_old > start and end_new > start and self._same(end_old - 1, end_new - 1):
            end_old, end_new = end_old - 1, end_new - 1
        return start, end_old, end_new

    def _same(self, place_old: int, place_new: int) -> bool:
        old, new = self._items[0][place_old], self._items[1][place_new]
        text_old, text_new = self._texts
        if old[2] - old[1] == new[2] - new[1] and text_old[old[1] : old[2]] == text_new[new[1] : new[2]]:
            return True
        return text_old[old[1]] == text_new[new[1]] and self._token(0, place_old) == self._token(1, place_new)

    def _token(self, side: int, place: int) -> bytes:
        cached = self._tokens[side].get(place)
        if cached is None:
            if not place % _OFTEN:
                self._check()
            cached = token(self._texts[side], self._items[side][place], self._check)
            self._tokens[side][place] = cached
        return cached

    # --------------------------------------------------------------------------------------------- matching

    def _match(self, old: range, new: range, matched: Matched) -> None:
        """Store in `matched` which items are paired, which keep their order, and which can differ inside."""
        depth = self._depth + 1
        names = (
            all_names(self._texts[0], self._items[0][old.start : old.stop], depth),
            all_names(self._texts[1], self._items[1][new.start : new.stop], depth),
        )
        marks_old, marks_new = _unique_names(*names)
        tokens_old, tokens_new = self._all_tokens(0, old, marks_old), self._all_tokens(1, new, marks_new)
        # Order the two lists by their contents, so that swapping the documents gives the same pairs.
        turned = tokens_new < tokens_old
        if turned:
            tokens_old, tokens_new = tokens_new, tokens_old
        pairs = equal_pairs(tokens_old, tokens_new, self._check)
        chain = staying(pairs)
        alike = self._alike((len(tokens_old), len(tokens_new)), pairs, chain, names, old.start, turned=turned)
        # Items paired by name can differ inside.
        named = marks_new if turned else marks_old
        start = old.start
        for one, other in pairs:
            place = one if turned else other
            matched.partners[place] = (other if turned else one) + start
            matched.inside[place] = bool(named[one])
        for one, other in chain:
            matched.stays[one if turned else other] = 1
        for one, other in alike:
            place = one if turned else other
            matched.partners[place] = (other if turned else one) + start
            matched.stays[place] = matched.inside[place] = 1

    def _all_tokens(self, side: int, places: range, marks: list[bytes]) -> list[bytes]:
        """Return a token for each item of one list: its name, else its content."""
        text, items = self._texts[side], self._items[side]
        tokens: list[bytes] = []
        for place, mark in zip(places, marks, strict=True):
            if not place % _OFTEN:
                self._check()
            if mark:
                tokens.append(mark)
                continue
            item = items[place]
            if text[item[1]] in b"{[":
                # The tokens of containers are needed again, so cache them.
                tokens.append(b"=" + self._token(side, place))
            else:
                tokens.append(b"=" + token(text, item, self._check))
        return tokens

    def _alike(
        self,
        counts: tuple[int, int],
        pairs: list[Pair],
        chain: list[Pair],
        names: tuple[list[ItemNames], list[ItemNames]],
        start: int,
        *,
        turned: bool,
    ) -> list[Pair]:
        """Pair similar items among those left over between two that keep their order."""
        taken_old, taken_new = bytearray(counts[0]), bytearray(counts[1])
        for place_old, place_new in pairs:
            taken_old[place_old] = taken_new[place_new] = 1
        likeness = Likeness(*self._texts)
        alike: list[Pair] = []
        begin_old = begin_new = 0
        for end_old, end_new in [*chain, counts]:
            if end_old == begin_old or end_new == begin_new:
                begin_old, begin_new = end_old + 1, end_new + 1
                continue
            free_old = [place for place in range(begin_old, end_old) if not taken_old[place]]
            free_new = [place for place in range(begin_new, end_new) if not taken_new[place]]
            begin_old, begin_new = end_old + 1, end_new + 1
            if self._all_numbers(turned, free_old, start) and self._all_numbers(not turned, free_new, start):
                # All numbers are equally similar, so pair them in order.
                alike += zip(free_old, free_new, strict=False)
                continue

            def score(one: int, two: int, old: list[int] = free_old, new: list[int] = free_new) -> int:
                place_old, place_new = (new[two], old[one]) if turned else (old[one], new[two])
                return likeness.score(
                    self._items[0][place_old + start],
                    self._items[1][place_new + start],
                    names[0][place_old],
                    names[1][place_new],
                )

            close = alike_pairs(len(free_old), len(free_new), score, self._check)
            alike += [(free_old[one], free_new[two]) for one, two in close]
        return alike

    def _all_numbers(self, side: int, free: list[int], start: int) -> bool:
        """Return whether the items of one list at these positions after `start` are numbers."""
        text, items = self._texts[side], self._items[side]
        return all(text[items[place + start][1]] in b"-0123456789" for place in free)


def _unique_names(old: list[ItemNames], new: list[ItemNames]) -> tuple[list[bytes], list[bytes]]:
    """Return for each item the name that is unique on both sides, or an empty one."""
    marks: tuple[list[bytes], list[bytes]] = ([b""] * len(old), [b""] * len(new))
    for rank in range(3):
        places: list[dict[bytes, int]] = []
        for side, items in enumerate((old, new)):
            rows = [
                (value, place)
                for place, row in enumerate(items)
                if (value := row[rank]) is not None
                and not marks[side][place]
                and (rank < 2 or (row[0] is None and row[1] is None))
            ]
            counted = Counter(value for value, _place in rows)
            places.append({value: place for value, place in rows if counted[value] == 1})
        for value in places[0].keys() & places[1].keys():
            for side in (0, 1):
                marks[side][places[side][value]] = b"%d%s" % (rank, value)
    return marks
