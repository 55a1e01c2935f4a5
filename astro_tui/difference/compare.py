"""Compares two documents by structure, without parsing equal parts."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable
from typing import NamedTuple

from astro_tui.difference.changes import Change, ChangeKind, Difference, Steps
from astro_tui.difference.lists import Lists
from astro_tui.difference.members import MemberPlace, members, same_bytes, same_scalar
from astro_tui.document import ROOT, Document
from astro_tui.document.strings import decode
from astro_tui.errors import AstroError
from astro_tui.runtime import never

_OFTEN = 500
_NUMBER = b"-0123456789"


class ComparisonCanceledError(AstroError):
    """The comparison was canceled."""


def compare(old: Document, new: Document, canceled: Callable[[], bool] = never) -> Difference:
    """Return the structural difference between two documents.

    The order of keys and the layout of the text are ignored, and numbers with the same value are equal. Members are
    paired by key, duplicate keys in their order. List items are paired by `name`, `id`, or `key` if these are unique
    on both sides, else by content; remaining items between two pairs are paired by position if they are similar.
    Can be slow, so run it in a thread. Calls `canceled` often, and raises ComparisonCanceledError once it returns
    True.
    """

    def check() -> None:
        if canceled():
            raise ComparisonCanceledError("The comparison was canceled.")

    return Difference(old, new, _Comparison(old.text, new.text, check).root())


class _ContainerPair(NamedTuple):
    """A pair of containers still to be compared."""

    change: Change
    old: MemberPlace
    new: MemberPlace
    depth: int


class _Comparison:
    def __init__(self, old: bytes, new: bytes, check: Callable[[], None]) -> None:
        self._old, self._new, self._check = old, new, check
        self._made: list[Change] = []
        self._waiting: list[_ContainerPair] = []

    def root(self) -> Change:
        whole_old, whole_new = (ROOT, 0, len(self._old), b""), (ROOT, 0, len(self._new), b"")
        root = Change(ChangeKind.WITHIN, None, (ROOT, ROOT))
        change = self._pair(None, whole_old, whole_new, (None, None), -1)
        if change is not None:
            root = change
            while self._waiting:
                self._check()
                self._compare_inside(self._waiting.pop())
            for change in reversed(self._made):
                change.settle()
        return root

    def _pair(
        self, above: Change | None, old: MemberPlace, new: MemberPlace, steps: Steps, depth: int
    ) -> Change | None:
        """Return the change of a pair of values, or of containers that may contain one; None if both are equal."""
        value_old, stop_old = old[1], old[2]
        value_new, stop_new = new[1], new[2]
        first_old, first_new = self._old[value_old], self._new[value_new]
        inside = first_old == first_new and first_old in b"{["
        if stop_old - value_old == stop_new - value_new or not inside:
            if same_bytes(self._old, old, self._new, new):
                return None
            numbers = not inside and first_old in _NUMBER and first_new in _NUMBER
            if numbers and same_scalar(self._old[value_old:stop_old], self._new[value_new:stop_new]):
                return None
        kind = ChangeKind.WITHIN if inside else ChangeKind.CHANGED
        change = Change(kind, above, (old[0], new[0]), steps)
        self._made.append(change)
        if inside:
            self._waiting.append(_ContainerPair(change, old, new, depth + 1))
        return change

    def _one_sided(self, above: Change, item: MemberPlace, step: str | int, *, old: bool) -> Change:
        if old:
            change = Change(ChangeKind.REMOVED, above, (item[0], None), (step, None))
        else:
            change = Change(ChangeKind.ADDED, above, (None, item[0]), (None, step))
        self._made.append(change)
        return change

    def _compare_inside(self, inside: _ContainerPair) -> None:
        old = members(self._old, inside.old[1], inside.old[2], inside.depth)
        new = members(self._new, inside.new[1], inside.new[2], inside.depth)
        if self._old[inside.old[1]] == 0x7B:
            self._objects(inside, old, new)
        else:
            self._lists(inside, old, new)

    def _objects(self, inside: _ContainerPair, old: list[MemberPlace], new: list[MemberPlace]) -> None:
        change, depth = inside.change, inside.depth
        parts: list[Change] = []
        change.parts = parts
        where: dict[bytes, list[int]] = defaultdict(list)
        for place in range(len(old) - 1, -1, -1):
            where[old[place][3]].append(place)
        change.repeated = len(where) < len(old) or len({item[3] for item in new}) < len(new)
        partners = [places.pop() if (places := where.get(item[3])) else -1 for item in new]
        gone = sorted(place for places in where.values() for place in places)
        next_gone = 0
        for place, (item, partner) in enumerate(zip(new, partners, strict=True)):
            if not place % _OFTEN:
                self._check()
            key = decode(item[3])
            if partner < 0:
                parts.append(self._one_sided(change, item, key, old=False))
                continue
            while next_gone < len(gone) and gone[next_gone] < partner:
                lost = old[gone[next_gone]]
                parts.append(self._one_sided(change, lost, decode(lost[3]), old=True))
                next_gone += 1
            part = self._pair(change, old[partner], item, (key, key), depth)
            if part is not None:
                parts.append(part)
        parts += [self._one_sided(change, old[place], decode(old[place][3]), old=True) for place in gone[next_gone:]]

    def _lists(self, inside: _ContainerPair, old: list[MemberPlace], new: list[MemberPlace]) -> None:
        change = inside.change
        parts: list[Change] = []
        change.parts = parts
        matched = Lists((self._old, self._new), (old, new), inside.depth, self._check).matched()
        taken = bytearray(matched.end_old)
        for partner in matched.partners:
            if partner >= 0:
                taken[partner] = 1
        gone = [place for place in range(matched.start, matched.end_old) if not taken[place]]
        next_gone = 0
        for number, partner in enumerate(matched.partners):
            place = matched.start + number
            if not place % _OFTEN:
                self._check()
            if partner < 0:
                parts.append(self._one_sided(change, new[place], place, old=False))
                continue
            moved = not matched.stays[number]
            while not moved and next_gone < len(gone) and gone[next_gone] < partner:
                parts.append(self._one_sided(change, old[gone[next_gone]], gone[next_gone], old=True))
                next_gone += 1
            part = None
            if matched.inside[number]:
                part = self._pair(change, old[partner], new[place], (partner, place), inside.depth)
            if moved and part is None:
                part = Change(ChangeKind.MOVED, change, (old[partner][0], new[place][0]), (partner, place))
                self._made.append(part)
            elif moved and part is not None:
                part.become_moved()
            if part is not None:
                parts.append(part)
        parts += [self._one_sided(change, old[place], place, old=True) for place in gone[next_gone:]]
