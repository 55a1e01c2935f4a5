"""Compares two sequences of tokens: which stay, which moved, and which are new. Knows nothing about documents."""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter, defaultdict
from collections.abc import Callable, Sequence

Pair = tuple[int, int]

_EDITS = 100
_FEW_EDITS = 8
_CLOSE = 3
_NOWHERE = -2
_FREE_STEPS = 200_000
_FREE_EDITS = 20_000
_BAND = 16
_OFTEN = 256
ENOUGH = 50
"""The lowest score, of 100, at which two items count as one changed item."""


def equal_pairs(old: Sequence[bytes], new: Sequence[bytes], check: Callable[[], None]) -> list[Pair]:
    """Pair positions with equal tokens, in the order of the first sequence.

    Repeated tokens are paired in order, as in a text diff. Remaining tokens are paired only if they occur equally
    often on both sides: `[1, 2, 1]` and `[2, 1, 1]` have the same items in another order, but in a list of many ones
    and twos, two ones at different positions are unrelated.
    """
    where = {token: place for place, token in enumerate(new)}
    if len(where) == len(new) and len(set(old)) == len(old):
        return [(place, where[token]) for place, token in enumerate(old) if token in where]
    pairs = _in_order(old, new, check)
    taken_old, taken_new = bytearray(len(old)), bytearray(len(new))
    for place, other in pairs:
        taken_old[place] = taken_new[other] = 1
    counted_old, counted_new = Counter(old), Counter(new)
    free: defaultdict[bytes, list[int]] = defaultdict(list)
    for place in range(len(new) - 1, -1, -1):
        if not taken_new[place]:
            free[new[place]].append(place)
    for place, token in enumerate(old):
        if not taken_old[place] and free.get(token) and counted_old[token] == counted_new[token]:
            pairs.append((place, free[token].pop()))
    return sorted(pairs)


def staying(pairs: Sequence[Pair]) -> list[Pair]:
    """Return the largest set of pairs in order (a longest increasing subsequence); the others moved."""
    ends: list[int] = []
    last: list[int] = []
    before: list[int] = []
    for place, (_old, new) in enumerate(pairs):
        length = bisect_left(ends, new)
        before.append(last[length - 1] if length else -1)
        if length == len(ends):
            ends.append(new)
            last.append(place)
        else:
            ends[length] = new
            last[length] = place
    chain: list[Pair] = []
    place = last[-1] if last else -1
    while place >= 0:
        chain.append(pairs[place])
        place = before[place]
    chain.reverse()
    return chain


def _in_order(old: Sequence[bytes], new: Sequence[bytes], check: Callable[[], None]) -> list[Pair]:
    pairs: list[Pair] = []
    work = [(0, len(old), 0, len(new))]
    steps = 40 * (len(old) + len(new)) + _FREE_STEPS
    effort = Effort()
    while work:
        check()
        begin_old, end_old, begin_new, end_new = work.pop()
        while begin_old < end_old and begin_new < end_new and old[begin_old] == new[begin_new]:
            pairs.append((begin_old, begin_new))
            begin_old, begin_new = begin_old + 1, begin_new + 1
        while begin_old < end_old and begin_new < end_new and old[end_old - 1] == new[end_new - 1]:
            end_old, end_new = end_old - 1, end_new - 1
            pairs.append((end_old, end_new))
        if begin_old == end_old or begin_new == end_new:
            continue
        steps -= end_old - begin_old + end_new - begin_new
        if steps < 0:
            common = range(min(end_old - begin_old, end_new - begin_new))
            pairs += [(begin_old + by, begin_new + by) for by in common if old[begin_old + by] == new[begin_new + by]]
            continue
        anchors = _anchors(old, new, range(begin_old, end_old), range(begin_new, end_new))
        if not anchors:
            before = effort.used
            equal = _edited(old[begin_old:end_old], new[begin_new:end_new], check, effort)
            steps -= effort.used - before
            pairs += [(begin_old + one, begin_new + other) for one, other in equal]
            continue
        for at_old, at_new in anchors:
            work.append((begin_old, at_old, begin_new, at_new))
            begin_old, begin_new = at_old + 1, at_new + 1
        work.append((begin_old, end_old, begin_new, end_new))
        pairs += anchors
    return pairs


def _anchors(old: Sequence[bytes], new: Sequence[bytes], part_old: range, part_new: range) -> list[Pair]:
    """Return the tokens that occur once in both ranges, in order."""
    counted_old, counted_new = Counter(map(old.__getitem__, part_old)), Counter(map(new.__getitem__, part_new))
    where = {new[place]: place for place in part_new if counted_new[new[place]] == 1}
    shared = [(place, where[old[place]]) for place in part_old if counted_old[old[place]] == 1 and old[place] in where]
    return staying(shared)


class Effort:
    """Limits the search for a shortest edit: the limit halves after disproportionate work, and doubles again afterward.

    `used` counts the steps in one comparison of two sequences.
    """

    def __init__(self) -> None:
        self.used = 0
        self.limit = _EDITS

    def spent(self, steps: int, places: int) -> None:
        """Record that `steps` steps advanced the comparison by `places` positions."""
        self.used += steps
        if self.used < _FREE_EDITS or steps < _CLOSE * places:
            self.limit = min(_EDITS, self.limit * 2)
        elif steps > 2 * _CLOSE * places:
            self.limit = max(_FEW_EDITS, self.limit // 2)


def _edited(old: Sequence[bytes], new: Sequence[bytes], check: Callable[[], None], effort: Effort) -> list[Pair]:
    """Return the equal pairs of a short edit, made of consecutive shortest edits."""
    # Skip tokens on one side only. Small numbers compare faster than bytes.
    numbers = {token: number for number, token in enumerate(set(old).intersection(new))}
    places_old, places_new = ([at for at, token in enumerate(side) if token in numbers] for side in (old, new))
    ours, theirs = [numbers[old[at]] for at in places_old], [numbers[new[at]] for at in places_new]
    pairs: list[Pair] = []
    start = (0, 0)
    while start[0] < len(ours) and start[1] < len(theirs):
        equal, end, steps = _short_edit(ours, theirs, start, check, effort.limit)
        pairs += [(places_old[one], places_new[other]) for one, other in equal]
        effort.spent(steps, sum(end) - sum(start))
        start = end
    return pairs


def _short_edit(
    old: Sequence[int], new: Sequence[int], start: Pair, check: Callable[[], None], limit: int
) -> tuple[list[Pair], Pair, int]:
    """Return the equal pairs of a shortest edit from `start` (Myers 1986), where it ends, and the steps of the search.

    If the sequences are more than `limit` edits apart, it ends at the farthest position within the limit, so that the
    work grows with the length and not with its square.
    """
    begin_old, begin_new = start
    count_old, count_new = len(old) - begin_old, len(new) - begin_new
    shift = begin_new - begin_old
    most = min(count_old + count_new, limit)
    # How far each diagonal reaches in the old sequence, with one unreached diagonal on either side.
    reach = [_NOWHERE] * (2 * most + 3)
    middle = most + 1
    reach[middle + 1] = 0
    trace: list[list[int]] = []
    used = 0
    for edits in range(most + 1):
        check()
        trace.append(reach[most - edits : most + edits + 3])
        lowest, highest = 2 * max(0, edits - count_new) - edits, edits - 2 * max(0, edits - count_old)
        for diagonal in range(lowest, highest + 1, 2):
            at_diagonal = middle + diagonal
            down, right = reach[at_diagonal + 1], reach[at_diagonal - 1] + 1
            place = down if down >= right else right
            if place < 0 or place > count_old or not 0 <= place - diagonal <= count_new:
                reach[at_diagonal] = _NOWHERE
                continue
            at, by = place + begin_old, shift - diagonal
            if at < len(old) and at + by < len(new) and old[at] == new[at + by]:
                end = begin_old + min(count_old, count_new + diagonal)
                at += 1
                while at < end and old[at] == new[at + by]:
                    at += 1
                used += at - begin_old - place
                place = at - begin_old
            used += 1
            reach[at_diagonal] = place
            if place == count_old and place - diagonal == count_new:
                return _retraced(trace, (count_old, count_new), start), (len(old), len(new)), used
    # Only the diagonals of the last round: those of the previous round are one edit behind.
    last = (diagonal for diagonal in range(-most, most + 1, 2) if reach[middle + diagonal] >= 0)
    farthest = max(last, key=lambda diagonal: (2 * reach[middle + diagonal] - diagonal, diagonal))
    end_old = reach[middle + farthest]
    end_new = end_old - farthest
    return _retraced(trace, (end_old, end_new), start), (begin_old + end_old, begin_new + end_new), used


def _retraced(trace: list[list[int]], end: Pair, begin: Pair) -> list[Pair]:
    pairs: list[Pair] = []
    place, other = end
    begin_old, begin_new = begin
    for edits in range(len(trace) - 1, -1, -1):
        reach, middle = trace[edits], edits + 1
        diagonal = place - other
        down, right = reach[middle + diagonal + 1], reach[middle + diagonal - 1] + 1
        start = max(down, right)
        while place > start and other > 0 and place > 0:
            place, other = place - 1, other - 1
            pairs.append((begin_old + place, begin_new + other))
        if down >= right:
            other -= 1
        else:
            place -= 1
    return pairs


def alike_pairs(
    count_old: int, count_new: int, score: Callable[[int, int], int], check: Callable[[], None]
) -> list[Pair]:
    """Pair similar items (`score` at least `ENOUGH`) of two sequences in order, with the highest total score.

    From both ends, items are paired at once if they are more similar to each other than to the next item. In between,
    only nearby positions are compared, so that the work grows linearly.
    """
    if not count_old or not count_new:
        return []
    start = end = 0
    shortest = min(count_old, count_new)
    while start < shortest and _is_best(score, start, start, 1, (count_old, count_new)):
        start += 1
        if not start % _OFTEN:
            check()
    while end < shortest - start and _is_best(score, count_old - 1 - end, count_new - 1 - end, -1, (start - 1,) * 2):
        end += 1
        if not end % _OFTEN:
            check()
    pairs = [(place, place) for place in range(start)]
    pairs += [(count_old - place, count_new - place) for place in range(end, 0, -1)]

    def inner(place: int, other: int) -> int:
        return score(place + start, other + start)

    between = _most_alike(count_old - start - end, count_new - start - end, inner, check)
    return pairs + [(place + start, other + start) for place, other in between]


def _is_best(score: Callable[[int, int], int], place: int, other: int, by: int, ends: tuple[int, int]) -> bool:
    points = score(place, other)
    if points < ENOUGH:
        return False
    if place + by != ends[0] and score(place + by, other) >= points:
        return False
    return other + by == ends[1] or score(place, other + by) < points


def _most_alike(
    count_old: int, count_new: int, score: Callable[[int, int], int], check: Callable[[], None]
) -> list[Pair]:
    if not count_old or not count_new:
        return []
    rows: list[tuple[int, list[int]]] = [(0, [0] * (count_new + 1))]
    for place in range(count_old - 1, -1, -1):
        if not place % _OFTEN:
            check()
        low = max(0, place * count_new // count_old - _BAND)
        high = min(count_new, (place + 1) * count_new // count_old + _BAND)
        below = rows[-1]
        row = [0] * (high - low)
        right = 0
        for other in range(high - 1, low - 1, -1):
            best = max(right, _at(below, other))
            points = score(place, other)
            if points >= ENOUGH:
                best = max(best, points + _at(below, other + 1))
            row[other - low] = right = best
        rows.append((low, row))
    rows.reverse()
    return _chosen(rows, count_old, count_new, score)


def _chosen(
    rows: list[tuple[int, list[int]]], count_old: int, count_new: int, score: Callable[[int, int], int]
) -> list[Pair]:
    pairs: list[Pair] = []
    place = other = 0
    while place < count_old and other < count_new:
        low, row = rows[place]
        if other < low:
            other += 1
            continue
        best = _at(rows[place], other)
        if not best:
            if other - low < len(row):
                break
            place += 1
            continue
        points = score(place, other)
        if points >= ENOUGH and points + _at(rows[place + 1], other + 1) == best:
            pairs.append((place, other))
            place, other = place + 1, other + 1
        elif _at(rows[place + 1], other) == best:
            place += 1
        else:
            other += 1
    return pairs


def _at(row: tuple[int, list[int]], place: int) -> int:
    low, points = row
    return points[place - low] if 0 <= place - low < len(points) else 0
