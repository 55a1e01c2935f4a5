"""The rows of a difference for one set of options and one width. Pure, and can be slow."""

from __future__ import annotations

from array import array
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from enum import Enum, auto
from typing import NamedTuple, overload

from astro_tui.difference import Change, ChangeKind, ChangeWording, ComparisonCanceledError, Difference, Hiding
from astro_tui.difference.members import members
from astro_tui.difference.values import value_stop
from astro_tui.document import ROOT, Document
from astro_tui.document.lines import DocumentLine

SMALL = 200
"""The most lines of a one-sided or equal container that is shown unfolded."""
MARKS = {
    ChangeKind.ADDED: "+",
    ChangeKind.REMOVED: "-",
    ChangeKind.CHANGED: "~",
    ChangeKind.MOVED: ">",
    ChangeKind.WITHIN: " ",
}
_CHECKED_EVERY = 500
"""Rows between two checks for cancellation."""


class Shape(Enum):
    """How a row is drawn."""

    HEAD = auto()
    """A container with changes inside; if it moved, it is a change itself."""
    BOTH = auto()
    """A value, old and new on one row."""
    WAS = auto()
    """An old value that does not fit next to the new one; `IS` follows directly below."""
    IS = auto()
    LINE = auto()
    """A value on one side only, or a line of it."""
    EQUAL = auto()
    """A value that is equal on both sides, or a line of it."""
    NOISE = auto()
    """One row for several images that follow the build, at the position of the first one."""


class DiffRow(NamedTuple):
    """One row. `node` is in the old document if `old` is set, else in the new one.

    `change` is the change the row belongs to, None for equal parts; `first` marks the row where the change starts,
    and `folded` a container whose contents are hidden.
    """

    shape: Shape
    mark: str
    depth: int
    change: Change | None
    node: int
    old: bool = False
    first: bool = False
    folded: bool = False
    opens: bool = False


@dataclass(frozen=True)
class Options:
    """How much is shown.

    `context` equal parts around each change, or `everything`; with `noise`, every image that follows the build;
    with `beside`, old and new side by side; with `brief`, a one-sided value as one row.
    """

    context: int = 0
    everything: bool = False
    noise: bool = False
    beside: bool = False
    brief: bool = False


_SHAPES = {shape.value: shape for shape in Shape}
_MARKS = [*MARKS.values()]
Plan = tuple[Options, frozenset[tuple[bool, int]], int]
"""The options, the containers toggled by the user, and the width of a row in cells."""


class Rows(Sequence[DiffRow]):
    """Many rows in compact arrays, which are freed at once and cost the garbage collector nothing."""

    def __init__(self) -> None:
        self.nodes = array("q")
        self._marks = array("q")
        self._changes: list[Change | None] = []

    def add(self, row: DiffRow) -> None:
        """Append a row."""
        flags = row.old | row.first << 1 | row.folded << 2 | row.opens << 3
        self._marks.append(flags | row.shape.value << 4 | _MARKS.index(row.mark) << 8 | row.depth << 12)
        self.nodes.append(row.node)
        self._changes.append(row.change)

    def __len__(self) -> int:
        return len(self.nodes)

    @overload
    def __getitem__(self, index: int) -> DiffRow: ...
    @overload
    def __getitem__(self, index: slice) -> list[DiffRow]: ...
    def __getitem__(self, index: int | slice) -> DiffRow | list[DiffRow]:
        if isinstance(index, slice):
            return [self[place] for place in range(*index.indices(len(self)))]
        marks = self._marks[index]
        return DiffRow(
            shape=_SHAPES[marks >> 4 & 15],
            mark=_MARKS[marks >> 8 & 15],
            depth=marks >> 12,
            change=self._changes[index],
            node=self.nodes[index],
            old=bool(marks & 1),
            first=bool(marks & 2),
            folded=bool(marks & 4),
            opens=bool(marks & 8),
        )


@dataclass(frozen=True)
class DiffLayout:
    """The rows for one `plan`; changes start at the rows `stops`. `noise` are the images folded into one row."""

    plan: Plan | None = None
    rows: Rows = field(default_factory=Rows)
    stops: Sequence[int] = ()
    noise: frozenset[int] = frozenset()

    @property
    def options(self) -> Options:
        """How much is shown."""
        return self.plan[0] if self.plan is not None else Options()

    def place_of(self, row: DiffRow) -> int | None:
        """Return the index of a row from another layout of the same difference, else of its change."""
        alike: list[int] = []
        change = row.change
        ends = (change.node_old, change.node_new) if change is not None else ()
        for node in dict.fromkeys((row.node, *ends)):
            for place in self._places(node) if node is not None else ():
                candidate = self.rows[place]
                if _identity(candidate) == _identity(row):
                    return place
                if candidate.change is change is not None:
                    alike.append(place)
        return min(alike, default=None)

    def _places(self, node: int) -> Iterator[int]:
        place = -1
        with suppress(ValueError):
            while True:
                place = self.rows.nodes.index(node, place + 1)
                yield place


def _identity(row: DiffRow) -> tuple[object, ...]:
    return row.old, row.node, row.shape is Shape.IS, row.change is not None


class Walk:
    """Makes the rows of a difference for one plan. The caches of `hiding` can be shared with another thread."""

    def __init__(self, difference: Difference, hiding: Hiding, words: ChangeWording, plan: Plan) -> None:
        self.difference, self.hiding, self.words, self.plan = difference, hiding, words, plan
        self.options, self._toggled, self._width = plan
        noise = words.noise
        self._folded_noise = frozenset(map(id, noise)) if len(noise) > 1 and not self.options.noise else frozenset()

    def layout(self, canceled: Callable[[], bool]) -> DiffLayout:
        """Return all rows; raises ComparisonCanceledError once `canceled` returns True."""
        rows, stops = Rows(), array("q")
        for number, row in enumerate(self._walk()):
            if not number % _CHECKED_EVERY and canceled():
                raise ComparisonCanceledError
            rows.add(row)
            if row.first:
                stops.append(number)
        return DiffLayout(self.plan, rows, stops, self._folded_noise)

    def _walk(self) -> Iterator[DiffRow]:
        root = self.difference.root
        if root.kind is not ChangeKind.WITHIN:
            yield from self._one(root, 0)
            return
        waiting: list[tuple[int, Change | int]] = [(0, each) for each in reversed(self._inside(root))]
        noted = False
        while waiting:
            depth, each = waiting.pop()
            if isinstance(each, int):
                yield from self._equal(each, depth)
                continue
            if id(each) in self._folded_noise:
                if not noted:
                    yield DiffRow(Shape.NOISE, "~", depth, each, each.node_new or ROOT, first=True)
                noted = True
                continue
            if each.kind is ChangeKind.WITHIN or (
                each.kind is ChangeKind.MOVED and (each.parts or self.options.everything)
            ):
                inside = self._inside(each)
                moved = each.kind is ChangeKind.MOVED
                yield DiffRow(Shape.HEAD, MARKS[each.kind], depth, each, each.node_new or ROOT, first=moved)
                waiting += [(depth + 1, part) for part in reversed(inside)]
            else:
                yield from self._one(each, depth)

    def _inside(self, change: Change) -> list[Change | int]:
        """Return the changes in a container and, as nodes, the equal parts shown between them."""
        options, node = self.options, change.node_new
        shown: list[Change | int] = [part for part in change.parts if self._is_shown(part)]
        if node is None or not (options.everything or options.context):
            return shown
        document = self.difference.new
        line = document.line(node)
        if not line.opens:
            return shown
        by_node = {part.node_new: part for part in change.parts if part.node_new is not None}
        children = [item[0] for item in members(document.text, line.value, value_stop(document, line), line.depth)]
        anchors = [place for place, child in enumerate(children) if child in by_node]
        kept = set(range(len(children)))
        if not options.everything:
            reach = range(-options.context, options.context + 1)
            kept = {anchor + step for anchor in anchors or [len(children)] for step in reach}
        mixed: list[Change | int] = []
        waiting = iter(change.parts)
        for place, child in enumerate(children):
            wanted = by_node.get(child)
            if wanted is not None:
                for part in waiting:
                    mixed.append(part)
                    if part is wanted:
                        break
            elif place in kept:
                mixed.append(child)
        mixed += waiting
        return [each for each in mixed if isinstance(each, int) or self._is_shown(each)]

    def _is_shown(self, part: Change) -> bool:
        """Return whether a change is shown: not a container whose only changes are images folded into another row."""
        if not self._folded_noise or part.kind is not ChangeKind.WITHIN:
            return True
        first = self.words.noise[0]
        return any(
            change.kind is not ChangeKind.WITHIN and (id(change) not in self._folded_noise or change is first)
            for _depth, change in part.walk()
        )

    def _one(self, change: Change, depth: int) -> Iterator[DiffRow]:
        mark, node = MARKS[change.kind], change.node_new if change.node_new is not None else change.node_old or ROOT
        if change.kind is ChangeKind.MOVED:
            yield DiffRow(Shape.HEAD, mark, depth, change, node, first=True)
            return
        if change.kind is ChangeKind.CHANGED:
            old, new = self._line(change, old=True), self._line(change, old=False)
            if not old.container and not new.container:
                # Checking for secrets is the slowest test, so it comes last.
                if self.options.beside or self._fit(change, old, new, depth) or self.hiding.hides(change):
                    yield DiffRow(Shape.BOTH, mark, depth, change, node, first=True)
                else:
                    yield DiffRow(Shape.WAS, mark, depth, change, change.node_old or ROOT, old=True, first=True)
                    yield DiffRow(Shape.IS, " ", depth, change, node)
                return
        first = True
        for of_old, start in ((True, change.node_old), (False, change.node_new)):
            if start is not None:
                for row in self._lines(start, depth, change, old=of_old):
                    yield row._replace(first=first)
                    first = False

    def _line(self, change: Change, *, old: bool) -> DocumentLine:
        node = change.node_old if old else change.node_new
        return (self.difference.old if old else self.difference.new).line(node or ROOT)

    def _fit(self, change: Change, old: DocumentLine, new: DocumentLine, depth: int) -> bool:
        """Return whether old and new fit on one row. Counts bytes, which are never fewer than cells."""
        used = 3 + 2 * depth + max(len(str(change.step_new or "")), min(16, self._width // 6)) + 2 + 3
        return used + old.stop - old.value + new.stop - new.value <= self._width

    def _equal(self, node: int, depth: int) -> Iterator[DiffRow]:
        yield from (row._replace(shape=Shape.EQUAL, mark=" ") for row in self._lines(node, depth, None, old=False))

    def _lines(self, node: int, depth: int, change: Change | None, *, old: bool) -> Iterator[DiffRow]:
        """Yield a value and its subtree line by line; large containers are folded unless toggled."""
        document = self.hiding.document(old=old)
        mark = "-" if old else "+"
        top = document.line(node)
        start, stop = node, (_end(document, top) if top.opens else top.following)
        lines_left_open = -1
        while start < stop:
            line = document.line(start)
            if document.text[line.value] in b"}]":
                start = line.following
                continue
            folded = False
            if line.opens:
                end = _end(document, line)
                small = start < lines_left_open or document.text.count(b"\n", start, end) <= SMALL
                small = small and (not self.options.brief if change is not None else self.options.everything)
                folded = small is ((old, start) in self._toggled)
                if small:
                    lines_left_open = max(lines_left_open, end)
            yield DiffRow(
                Shape.LINE, mark, depth + line.depth - top.depth, change, start, old, folded=folded, opens=line.opens
            )
            start = end if line.opens and folded else line.following
            if start == ROOT:
                return


def _end(document: Document, line: DocumentLine) -> int:
    """Return the start of the line after a container."""
    if line.start == ROOT:
        return len(document.text) + 1
    closing = document.inside(line)[1]
    return (document.text.find(b"\n", closing) + 1) or len(document.text) + 1
