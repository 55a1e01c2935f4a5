"""A difference as a JSON Patch (RFC 6902)."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence

from astro_tui.difference.changes import Change, ChangeKind, Difference
from astro_tui.difference.hiding import Hiding
from astro_tui.document.strings import encode, escape_surrogates

_BOTH = frozenset({ChangeKind.WITHIN, ChangeKind.MOVED})


def as_json_patch(
    difference: Difference, *, reveal: bool = False, not_compared: Sequence[str] = (), with_old: bool = False
) -> str:
    """Return the patch from the old to the new document as JSON text, one operation per line.

    Numbers are written as the server sent them. Without `reveal`, secrets are masked, and a patch with a mask must
    not be applied. An object with a duplicate key, which a patch cannot address, is replaced as a whole. The first
    operation names what was `not_compared`, and `with_old`, each one has the `old` value that it replaces or removes;
    RFC 6902 ignores unknown members.
    """
    hiding = _Values(difference, reveal=reveal, with_old=with_old)
    operations: list[str] = []
    waiting = [(difference.root, "")]
    while waiting:
        change, path = waiting.pop()
        if change.kind is ChangeKind.CHANGED or change.repeated:
            operations.append(_operation("replace", path, hiding.after(change), hiding.before(change)))
            continue
        if change.parts and isinstance(_step(change.parts[0]), int):
            operations += _list_operations(hiding, change, path)
        else:
            operations += _object_operations(hiding, change, path)
        waiting += [
            (part, f"{path}/{_escaped(part.step_new)}")
            for part in reversed(change.parts)
            if part.kind is ChangeKind.CHANGED or (part.kind in _BOTH and part.parts)
        ]
    if operations and not_compared:
        names = ", ".join(map(_text, not_compared))
        operations[0] = f'{operations[0].removesuffix("}")}, "not_compared": [{names}]}}'
    return "[" + ",\n ".join(operations) + "]"


class _Values(Hiding):
    """The values of changes as JSON text."""

    def __init__(self, difference: Difference, *, reveal: bool, with_old: bool) -> None:
        super().__init__(difference, reveal=reveal)
        self._with_old = with_old

    def after(self, change: Change) -> str:
        """Return the new value."""
        return escape_surrogates(self.json(change, old=False)).decode()

    def before(self, change: Change) -> str | None:
        """Return the old value, if it is wanted."""
        return escape_surrogates(self.json(change, old=True)).decode() if self._with_old else None


def _step(change: Change) -> str | int | None:
    return change.step_old if change.step_new is None else change.step_new


def _object_operations(hiding: _Values, change: Change, path: str) -> list[str]:
    operations = []
    for part in change.parts:
        if part.kind is ChangeKind.REMOVED:
            operations.append(_operation("remove", f"{path}/{_escaped(part.step_old)}", old=hiding.before(part)))
        elif part.kind is ChangeKind.ADDED:
            operations.append(_operation("add", f"{path}/{_escaped(part.step_new)}", hiding.after(part)))
    return operations


def _list_operations(hiding: _Values, change: Change, path: str) -> list[str]:
    """Return removals from the end, then moves, then additions from the start."""
    gone = {_place(part.step_old): part for part in change.parts if part.kind is ChangeKind.REMOVED}
    added = [part for part in change.parts if part.kind is ChangeKind.ADDED]
    moves = [(_place(part.step_old), _place(part.step_new)) for part in change.parts if part.kind is ChangeKind.MOVED]
    operations = [
        _operation("remove", f"{path}/{place}", old=hiding.before(gone[place])) for place in sorted(gone, reverse=True)
    ]
    new_places = sorted(_place(part.step_new) for part in added)
    operations += [
        f'{{"op": "move", "from": {_text(f"{path}/{start}")}, "path": {_text(f"{path}/{stop}")}}}'
        for start, stop in _moves(moves, sorted(gone), new_places)
        if start != stop
    ]
    operations += [_operation("add", f"{path}/{part.step_new}", hiding.after(part)) for part in added]
    return operations


def _moves(moves: list[tuple[int, int]], gone: list[int], added: list[int]) -> list[tuple[int, int]]:
    """Return the moves with positions adjusted so that they can be applied one after the other.

    Every moved item has two slots between the items that stay: its old and its new position. Its current position is
    the number of occupied slots before it.
    """
    starts, stops = sorted(old for old, _new in moves), sorted(new for _old, new in moves)
    slots: list[tuple[int, int, int]] = []
    for old, new in moves:
        slots.append((old - bisect_left(gone, old) - bisect_left(starts, old), 1, old))
        slots.append((new - bisect_left(added, new) - bisect_left(stops, new), 0, new))
    order = {slot: number for number, slot in enumerate(sorted(slots))}
    taken = _Taken(len(order))
    for slot, number in order.items():
        if slot[1]:
            taken.change(number, 1)
    made: list[tuple[int, int]] = []
    for number in range(0, len(slots), 2):
        leaves, enters = slots[number], slots[number + 1]
        start = leaves[0] + taken.before(order[leaves])
        taken.change(order[leaves], -1)
        made.append((start, enters[0] + taken.before(order[enters])))
        taken.change(order[enters], 1)
    return made


class _Taken:
    """Counts the occupied slots before a slot (a Fenwick tree)."""

    def __init__(self, count: int) -> None:
        self._sums = [0] * (count + 1)

    def change(self, slot: int, by: int) -> None:
        place = slot + 1
        while place < len(self._sums):
            self._sums[place] += by
            place += place & -place

    def before(self, slot: int) -> int:
        total, place = 0, slot
        while place:
            total += self._sums[place]
            place -= place & -place
        return total


def _place(step: str | int | None) -> int:
    return step if isinstance(step, int) else 0


def _escaped(step: str | int | None) -> str:
    return str(step).replace("~", "~0").replace("/", "~1")


def _operation(name: str, path: str, value: str | None = None, old: str | None = None) -> str:
    values = "".join(f', "{key}": {each}' for key, each in (("value", value), ("old", old)) if each is not None)
    return f'{{"op": "{name}", "path": {_text(path)}{values}}}'


def _text(path: str) -> str:
    return escape_surrogates(encode(path)).decode()
