"""The result of a comparison: a tree of changes and the containers around them. Its size follows the changes."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from enum import StrEnum
from functools import cached_property
from typing import NamedTuple

from astro_tui.document import Document, Path

Steps = tuple[str | int | None, str | int | None]
"""The key or position of a value in the old and the new document; None if it has none."""


class ChangeKind(StrEnum):
    """What happened to a value; `WITHIN` is an unchanged container with changes inside."""

    ADDED = "added"
    REMOVED = "removed"
    CHANGED = "changed"
    MOVED = "moved"
    WITHIN = "within"


class Counts(NamedTuple):
    """The number of changes of each kind; an added container counts once."""

    changed: int = 0
    added: int = 0
    removed: int = 0
    moved: int = 0

    @property
    def total(self) -> int:
        """The number of all changes."""
        return self.changed + self.added + self.removed + self.moved

    def words(self) -> str:
        """Return `3 changed, 1 added`, or `no changes`."""
        parts = [f"{count:,} {name}" for name, count in zip(self._fields, self, strict=True) if count]
        return ", ".join(parts) or "no changes"


_OWN = {
    ChangeKind.CHANGED: Counts(changed=1),
    ChangeKind.ADDED: Counts(added=1),
    ChangeKind.REMOVED: Counts(removed=1),
    ChangeKind.MOVED: Counts(moved=1),
    ChangeKind.WITHIN: Counts(),
}


class Change:
    """One changed value, or a container around changes.

    `node_old` and `node_new` are nodes of the two documents, None on a side without the value. `parts` are the
    changes inside, in the order of the new document, with removed values at their old position; a moved item can
    have parts. `counts` includes the change itself and its parts. `repeated` says that one of the two objects has a
    duplicate key.
    """

    __slots__ = ("above", "counts", "kind", "node_new", "node_old", "parts", "repeated", "step_new", "step_old")

    def __init__(
        self,
        kind: ChangeKind,
        above: Change | None,
        nodes: tuple[int | None, int | None],
        steps: Steps = (None, None),
    ) -> None:
        self.kind, self.above = kind, above
        self.node_old, self.node_new = nodes
        self.step_old, self.step_new = steps
        # Most changes have no parts, and the garbage collector would traverse every empty list.
        self.parts: Sequence[Change] = ()
        self.counts = _OWN[kind]
        self.repeated = False

    def __repr__(self) -> str:
        return f"Change({self.kind}, {self.path_old}, {self.path_new})"

    @property
    def path_old(self) -> Path | None:
        """The path in the old document; None if the value is not in it."""
        return None if self.node_old is None else self._path(old=True)

    @property
    def path_new(self) -> Path | None:
        """The path in the new document; None if the value is not in it."""
        return None if self.node_new is None else self._path(old=False)

    @property
    def path(self) -> Path:
        """The path in the new document, or in the old one for a removed value."""
        return self.path_new or self.path_old or ()

    def _path(self, *, old: bool) -> Path:
        steps: list[str | int] = []
        change: Change | None = self
        while change is not None:
            step = change.step_old if old else change.step_new
            if step is not None:
                steps.append(step)
            change = change.above
        steps.reverse()
        return tuple(steps)

    def walk(self) -> Iterator[tuple[int, Change]]:
        """Yield this change and all changes and containers below it in order, with their relative depth."""
        waiting = [(0, self)]
        while waiting:
            depth, change = waiting.pop()
            yield depth, change
            waiting += [(depth + 1, part) for part in reversed(change.parts)]

    def become_moved(self) -> None:
        """Mark a container, which can have changes inside, as moved too."""
        self.kind, self.counts = ChangeKind.MOVED, _OWN[ChangeKind.MOVED]

    def settle(self) -> None:
        """Drop parts without changes, and count. The parts must be settled first."""
        if not self.parts:
            return
        self.parts = [part for part in self.parts if any(part.counts)]
        self.counts = Counts(*map(sum, zip(self.counts, *[part.counts for part in self.parts], strict=True)))


class Difference:
    """The difference between two documents. Immutable, and safe to share between threads."""

    def __init__(self, old: Document, new: Document, root: Change) -> None:
        self.old, self.new, self.root = old, new, root

    def __bool__(self) -> bool:
        return self.counts.total > 0

    @property
    def counts(self) -> Counts:
        """The number of changes of each kind in the whole document."""
        return self.root.counts

    @property
    def summary(self) -> str:
        """The counts in words: `3 changed, 1 added`."""
        return self.counts.words()

    @cached_property
    def changes(self) -> list[Change]:
        """The changes in order, without the containers around them."""
        return [change for _depth, change in self.root.walk() if change.kind is not ChangeKind.WITHIN]

    @cached_property
    def at_old(self) -> dict[int, Change]:
        """Each change, and each container with changes inside, by its node in the old document."""
        return {change.node_old: change for _depth, change in self.root.walk() if change.node_old is not None}

    @cached_property
    def at_new(self) -> dict[int, Change]:
        """The same by the node in the new document."""
        return {change.node_new: change for _depth, change in self.root.walk() if change.node_new is not None}
