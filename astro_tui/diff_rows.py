"""A difference as rows to draw: what changed and what it stands in; texts are read when they are drawn. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from enum import Enum, auto
from typing import NamedTuple

from astro_tui.difference import Change, ChangeKind, Difference, Hiding, Words
from astro_tui.difference.hiding import is_replaced
from astro_tui.difference.members import members
from astro_tui.difference.wording import around_difference
from astro_tui.document import ROOT, Document, Kind
from astro_tui.document.lines import Line
from astro_tui.document.text import decode, decode_head
from astro_tui.text import visible

SMALL = 200
"""Lines up to which a container that is on one side only, or equal, is drawn open."""
LONGEST = 2000
"""Characters that are read of a value to be drawn."""
WAS = 400
"""Characters of the old value that are said at most beside the new one in its tree."""
MARKS = {
    ChangeKind.ADDED: "+",
    ChangeKind.REMOVED: "-",
    ChangeKind.CHANGED: "~",
    ChangeKind.MOVED: ">",
    ChangeKind.WITHIN: " ",
}


class Shape(Enum):
    """How a row is drawn."""

    HEAD = auto()
    """A container with changes inside; where it moved it is a change itself."""
    BOTH = auto()
    """A value, old and new on one row."""
    WAS = auto()
    """A value that has no room beside its new one; `IS` comes right below."""
    IS = auto()
    LINE = auto()
    """A value, or a line of one, that is on one side only."""
    EQUAL = auto()
    """A value, or a line of one, that is the same on both sides."""
    NOISE = auto()
    """The first of several images that only follow the build, in the place of all of them."""


class DiffRow(NamedTuple):
    """One row. `node` is the place in the old document where `old` says so, else in the new one.

    `change` is what the row belongs to, None for equal parts; `first` says that the change begins here, and
    `folded` that there is more below a container than is shown.
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

    `context` equal parts around each change, or `everything`; images that follow the build one by one with `noise`;
    old and new `beside` each other; what is on one side only as one row when it is to be `brief`.
    """

    context: int = 0
    everything: bool = False
    noise: bool = False
    beside: bool = False
    brief: bool = False


class DiffRows:
    """The rows of one difference for one way of looking at it. Used by one thread at a time."""

    def __init__(self, difference: Difference) -> None:
        self.difference = difference
        self.hiding = Hiding(difference)
        self.words = Words(difference, self.hiding)
        self.options = Options()
        self.rows: list[DiffRow] = []
        self.stops: list[int] = []
        self._toggled: set[tuple[bool, int]] = set()
        self._made: tuple[Options, int] | None = None
        self._folded_noise: frozenset[int] = frozenset()

    # ---- what is shown

    def lay_out(self, width: int) -> None:
        """Make `rows` for rows of `width` cells; `stops` are the rows at which changes begin."""
        if self._made == (self.options, width):
            return
        noise = self.words.noise
        self._folded_noise = frozenset(map(id, noise)) if len(noise) > 1 and not self.options.noise else frozenset()
        self.rows = list(self._walk(width))
        self.stops = [number for number, row in enumerate(self.rows) if row.first]
        self._made = (self.options, width)

    def change_options(self, **changes: object) -> None:
        """Look at the same difference in another way, from the next `lay_out` on."""
        self.options = replace(self.options, **changes)  # type: ignore[arg-type]

    def toggle(self, row: DiffRow) -> bool:
        """Fold or unfold the container of a row from the next `lay_out` on; False where there is none."""
        if row.shape is Shape.NOISE:
            self.change_options(noise=True)
            return True
        if row.shape not in (Shape.LINE, Shape.EQUAL) or not row.opens:
            return False
        self._toggled ^= {(row.old, row.node)}
        self._made = None
        return True

    @property
    def noise_folded(self) -> int:
        """How many images are folded into one row."""
        return len(self._folded_noise)

    def equal_inside(self, change: Change) -> int:
        """Return how many members or items of a container with changes are the same on both sides."""
        if change.node_new is None:
            return 0
        own = sum(part.node_new is not None for part in change.parts)
        return max(0, self.difference.new.children(change.node_new) - own)

    # ---- walking

    def _walk(self, width: int) -> Iterator[DiffRow]:
        root = self.difference.root
        if root.kind is not ChangeKind.WITHIN:
            yield from self._one(root, 0, width)
            return
        waiting: list[tuple[int, Change | int]] = [(0, each) for each in reversed(self._inside(root))]
        told = False
        while waiting:
            depth, each = waiting.pop()
            if isinstance(each, int):
                yield from self._equal(each, depth)
                continue
            if id(each) in self._folded_noise:
                if not told:
                    yield DiffRow(Shape.NOISE, "~", depth, each, each.node_new or ROOT, first=True)
                told = True
                continue
            if each.kind is ChangeKind.WITHIN or (
                each.kind is ChangeKind.MOVED and (each.parts or self.options.everything)
            ):
                inside = self._inside(each)
                moved = each.kind is ChangeKind.MOVED
                yield DiffRow(Shape.HEAD, MARKS[each.kind], depth, each, each.node_new or ROOT, first=moved)
                waiting += [(depth + 1, part) for part in reversed(inside)]
            else:
                yield from self._one(each, depth, width)

    def _inside(self, change: Change) -> list[Change | int]:
        """Return the changes in a container and, as nodes, the equal parts to be shown between them."""
        options, node = self.options, change.node_new
        shown: list[Change | int] = [part for part in change.parts if self._says_something(part)]
        if node is None or not (options.everything or options.context):
            return shown
        document = self.difference.new
        line = document.line(node)
        if not line.opens:
            return shown
        by_node = {part.node_new: part for part in change.parts if part.node_new is not None}
        children = [item[0] for item in members(document.text, line.value, _stop(document, line), line.depth)]
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
        return [each for each in mixed if isinstance(each, int) or self._says_something(each)]

    def _says_something(self, part: Change) -> bool:
        """A container is left out when all that changed in it are images told elsewhere, but for the first of them."""
        if not self._folded_noise or part.kind is not ChangeKind.WITHIN:
            return True
        first = self.words.noise[0]
        return any(
            change.kind is not ChangeKind.WITHIN and (id(change) not in self._folded_noise or change is first)
            for _depth, change in part.walk()
        )

    def _one(self, change: Change, depth: int, width: int) -> Iterator[DiffRow]:
        mark, node = MARKS[change.kind], change.node_new if change.node_new is not None else change.node_old or ROOT
        if change.kind is ChangeKind.MOVED:
            yield DiffRow(Shape.HEAD, mark, depth, change, node, first=True)
        elif change.kind is ChangeKind.CHANGED and not is_replaced(self.hiding, change):
            if self.options.beside or self.hiding.hides(change) or self._fit(change, depth, width):
                yield DiffRow(Shape.BOTH, mark, depth, change, node, first=True)
            else:
                yield DiffRow(Shape.WAS, mark, depth, change, change.node_old or ROOT, old=True, first=True)
                yield DiffRow(Shape.IS, " ", depth, change, node)
        else:
            first = True
            for old, start in ((True, change.node_old), (False, change.node_new)):
                if start is not None:
                    for row in self._lines(start, depth, change, old=old):
                        yield row._replace(first=first)
                        first = False

    def _fit(self, change: Change, depth: int, width: int) -> bool:
        """Tell whether old and new have room on one row. Bytes are counted: they are at least as many as cells."""
        used = 3 + 2 * depth + max(len(str(change.step_new or "")), min(16, width // 6)) + 2 + 3
        for old, node in ((True, change.node_old), (False, change.node_new)):
            line = self.hiding.document(old=old).line(node or ROOT)
            used += line.stop - line.value
        return used <= width

    def _equal(self, node: int, depth: int) -> Iterator[DiffRow]:
        yield from (row._replace(shape=Shape.EQUAL, mark=" ") for row in self._lines(node, depth, None, old=False))

    def _lines(self, node: int, depth: int, change: Change | None, *, old: bool) -> Iterator[DiffRow]:
        """Yield a value and all below it line by line; large containers stay folded until they are toggled."""
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

    # ---- texts

    def name(self, row: DiffRow) -> str:
        """Return what stands in front of a row's value: its key, or the name or position of an item in brackets."""
        change = row.change
        if change is not None and row.node in (change.node_new, change.node_old):
            if change.above is None:
                return ""
            step = change.step_old if change.step_new is None else change.step_new
            if isinstance(step, int):
                return f"[{self.hiding.name(change) or step}]"
            return visible(step or "", LONGEST) or '""'
        document = self.hiding.document(old=row.old)
        line = document.line(row.node)
        if line.key is not None:
            return visible(decode(line.key), LONGEST) or '""'
        if row.node == ROOT:
            return ""
        return f"[{self.hiding.item_name(line, old=row.old) or document.ordinal(row.node)}]"

    def value(self, row: DiffRow, *, old: bool) -> tuple[str, bool]:
        """Return one side of a row's value, and whether it is a secret: then the text is empty."""
        change, document = row.change, self.hiding.document(old=old)
        node = row.node
        if change is not None and row.shape in (Shape.BOTH, Shape.WAS, Shape.IS, Shape.NOISE):
            node = (change.node_old if old else change.node_new) or ROOT
        line = document.line(node)
        if line.opens:
            size = document.children(node)
            return (f"{{{size:,}}}" if line.kind is Kind.OBJECT else f"[{size:,}]"), False
        hidden = self.hiding.masks(line, old=old)
        if change is not None and node in (change.node_old, change.node_new):
            hidden = hidden or self.hiding.hides(change)
        return ("", True) if hidden else (scalar_text(document, line), False)

    def remark_at(self, node: int) -> str:
        """Return what to say of a node of the new document in its tree: `was "512Mi"`; empty where nothing changed."""
        change = self.difference.at_new.get(node)
        if change is None or change.above is None:
            return ""
        if change.kind is ChangeKind.WITHIN:
            return change.counts.words()
        if change.kind is not ChangeKind.CHANGED:
            return "new" if change.kind is ChangeKind.ADDED else "moved"
        if self.hiding.hides(change):
            return "changed"
        document = self.difference.old
        line = document.line(change.node_old or ROOT)
        if line.container:
            return "was " + ("{…}" if line.kind is Kind.OBJECT else "[…]")
        old = scalar_text(document, line)
        if len(old) > WAS and change.node_new is not None:
            new = self.difference.new
            old = around_difference(old, scalar_text(new, new.line(change.node_new)))[0]
        return f"was {visible(old, WAS)}"


def scalar_text(document: Document, line: Line) -> str:
    """Return a value as JSON writes it, on one line and safe to draw; only the start of a long one."""
    raw = document.text[line.value : min(line.stop, line.value + LONGEST * 4)]
    if line.kind is not Kind.STRING:
        return visible(raw.decode("ascii", "replace"), LONGEST)
    whole = raw if line.stop - line.value == len(raw) else raw + b"\\"
    return f'"{visible(decode_head(whole, LONGEST * 4), LONGEST)}"'


def _stop(document: Document, line: Line) -> int:
    """Return where the value of a container's line stops."""
    if not line.opens:
        return line.stop
    return len(document.text) if line.start == ROOT else document.inside(line)[1] + line.depth + 1


def _end(document: Document, line: Line) -> int:
    """Return where the line behind a container starts."""
    if line.start == ROOT:
        return len(document.text) + 1
    closing = document.inside(line)[1]
    return (document.text.find(b"\n", closing) + 1) or len(document.text) + 1
