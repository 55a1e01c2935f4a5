"""Two sequences of tokens against each other: which stay, which moved, which are new. Knows nothing of documents."""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter, defaultdict
from collections.abc import Callable, Sequence

Pair = tuple[int, int]

_EDITS = 100
_FEW_EDITS = 12
_CLOSE = 8
_FREE_STEPS = 200_000
_BAND = 16
_OFTEN = 256
ENOUGH = 50
"""The score from which two items are said to be one that changed (of 100)."""


def equal_pairs(old: Sequence[bytes], new: Sequence[bytes], check: Callable[[], None]) -> list[Pair]:
    """Pair positions with equal tokens, in the order of the first sequence.

    Where tokens are repeated, those are paired that keep their order, found as a text difference is. What is
    then left over is paired only when it stands equally often on both sides: `[1, 2, 1]` and `[2, 1, 1]` are the
    same in another order, while in a list of many ones and twos a one here and a one there are two things.
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
    """Return the most pairs that keep their order (a longest increasing subsequence); the others moved."""
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
            found, used = _edited(old[begin_old:end_old], new[begin_new:end_new], check)
            steps -= used
            pairs += [(begin_old + one, begin_new + other) for one, other in found]
            continue
        for at_old, at_new in anchors:
            work.append((begin_old, at_old, begin_new, at_new))
            begin_old, begin_new = at_old + 1, at_new + 1
        work.append((begin_old, end_old, begin_new, end_new))
        pairs += anchors
    return pairs


def _anchors(old: Sequence[bytes], new: Sequence[bytes], part_old: range, part_new: range) -> list[Pair]:
    """Return the tokens that stand once in both ranges and keep their order."""
    counted_old, counted_new = Counter(map(old.__getitem__, part_old)), Counter(map(new.__getitem__, part_new))
    where = {new[place]: place for place in part_new if counted_new[new[place]] == 1}
    shared = [(place, where[old[place]]) for place in part_old if counted_old[old[place]] == 1 and old[place] in where]
    return staying(shared)


def _edited(old: Sequence[bytes], new: Sequence[bytes], check: Callable[[], None]) -> tuple[list[Pair], int]:
    """Return the equal pairs of a short edit and the steps it took: of one shortest edit behind the other."""
    pairs: list[Pair] = []
    begin_old = begin_new = used = 0
    while begin_old < len(old) and begin_new < len(new):
        # Sequences that are hardly alike take so much work that the best is no longer looked for.
        limit = _EDITS if used < _CLOSE * len(old) else _FEW_EDITS
        found, (begin_old, begin_new), steps = _short_edit(old, new, (begin_old, begin_new), check, limit)
        pairs += found
        used += steps
    return pairs, used


def _short_edit(
    old: Sequence[bytes], new: Sequence[bytes], start: Pair, check: Callable[[], None], limit: int
) -> tuple[list[Pair], Pair, int]:
    """Return the equal pairs of a shortest edit (Myers 1986) from `start` on, where it ends, and the steps it took.

    Where the two are further apart than `limit` edits it ends at the farthest place that so many edits lead to, so that
    the work grows with the length and not with its square.
    """
    begin_old, begin_new = start
    count_old, count_new = len(old) - begin_old, len(new) - begin_new
    shift = begin_new - begin_old
    reach = {1: 0}
    trace: list[dict[int, int]] = []
    used = 0
    for edits in range(min(count_old + count_new, limit) + 1):
        check()
        trace.append(reach.copy())
        for diagonal in range(-edits, edits + 1, 2):
            if not -count_new <= diagonal <= count_old:
                continue
            place = max(reach.get(diagonal + 1, -1), reach.get(diagonal - 1, -2) + 1)
            other = place - diagonal
            if place < 0 or place > count_old or other < 0 or other > count_new:
                reach.pop(diagonal, None)
                continue
            at, end = place + begin_old, begin_old + min(count_old, count_new + diagonal)
            by = shift - diagonal
            while at < end and old[at] == new[at + by]:
                at += 1
            used += 1 + at - begin_old - place
            reach[diagonal] = place = at - begin_old
            if place == count_old and place - diagonal == count_new:
                return _retraced(trace, (count_old, count_new), start), (len(old), len(new)), used
    # The diagonals of the last round alone: those of the round before are one edit behind.
    last = (diagonal for diagonal in range(-edits, edits + 1, 2) if diagonal in reach)
    farthest = max(last, key=lambda diagonal: (2 * reach[diagonal] - diagonal, diagonal))
    end_old, end_new = reach[farthest], reach[farthest] - farthest
    return _retraced(trace, (end_old, end_new), start), (begin_old + end_old, begin_new + end_new), used


def _retraced(trace: list[dict[int, int]], end: Pair, begin: Pair) -> list[Pair]:
    pairs: list[Pair] = []
    place, other = end
    begin_old, begin_new = begin
    for reach in reversed(trace):
        diagonal = place - other
        down = reach.get(diagonal + 1, -1)
        right = reach.get(diagonal - 1, -2) + 1
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
    """Pair what is alike (`score` at least `ENOUGH`) of two sequences, in order, for the highest sum.

    From both ends on, those are paired at once that are more alike than either is to the other's neighbour; of what
    is between, only positions near to each other are tried, so that the work grows with the length alone.
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
