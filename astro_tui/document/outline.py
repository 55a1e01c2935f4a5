"""The rows of a document as a tree: what a widget asks for each visible line and on each key.

Rows count from 0. Every method that can change which rows there are returns the row that the cursor belongs
on.
"""

from __future__ import annotations

from typing import NamedTuple

from astro_tui.document import known
from astro_tui.document.folds import Change, Folds
from astro_tui.document.index import ALL, ROOT, Document
from astro_tui.document.lines import Kind, Line
from astro_tui.document.masking import Masking
from astro_tui.document.only import Only
from astro_tui.document.paths import SHOWN_KEY, Path, Step, Trail, find, path_of
from astro_tui.document.preview import item_name, preview
from astro_tui.document.render import as_json, as_yaml
from astro_tui.document.text import decode, decode_head
from astro_tui.text.foreign import visible
from astro_tui.text.redaction import MASK

_DRAWN = 1000
_CACHED = 4096
_FIRST_ROWS = 64


class Row(NamedTuple):
    """One visible line of the tree, all text ready to be drawn as plain text.

    `text` is the decoded string without quotes, the number exactly as sent, `true`, `false`, `null`, `{}`
    or `[]`; it is empty for a container with something in it, `MASK` where `masked` and ends in `…` where
    `cut`.
    """

    node: int
    """Names the node in its document, whatever is folded."""
    depth: int
    """0 for what stands directly in the root."""
    key: str | None
    """The key of a member; None for an item of a list."""
    position: int | None
    """The position of an item in its list; None for a member."""
    kind: Kind
    text: str
    children: int
    """How many members or items a container has."""
    name: str | None
    """The `name`, `id` or `key` of a list item that is an object."""
    reason: str | None
    """Why the value is a secret, in words, also while it is revealed."""
    line: int
    """The line on which it was written, from 1: in a YAML file, else in the document laid out as JSON."""
    cut: bool
    masked: bool
    folded: bool
    incomplete: bool = False
    """Whether the rest of the container is still being read: `children` is not its final count."""

    @property
    def opens(self) -> bool:
        """Whether there is something to unfold or fold."""
        return self.children > 0


class View(NamedTuple):
    """Folds and places of an `Outline`, independent of its document: kept while a newer one is read."""

    base: int
    changes: tuple[tuple[Change, tuple[Step, ...]], ...]
    cursor: tuple[Step, ...]
    top: tuple[Step, ...]


class Outline:
    """A document with its folds. Not to be shared between threads; its document can be.

    `depth` is how many levels are open at first: 1 shows what stands directly in the root, all of it folded.
    """

    def __init__(self, document: Document, depth: int = 1) -> None:
        self.document = document
        self.masking = Masking(document)
        self._every = Folds(document, depth)
        self.folds: Folds | Only = self._every
        self.revealed: set[int] = set()
        self._facts: dict[int, Row] = {}
        spec = find(document, ("spec",))
        self.is_deployment = spec is not None and self.value_text(spec) == known.FORMAT

    # --------------------------------------------------------------------------------------------- reading

    @property
    def row_count(self) -> int:
        """How many rows are visible."""
        return self.folds.row_count

    def row(self, row: int) -> Row:
        """Return a visible row; raises `IndexError` past the last one."""
        node = self.folds.node(row)
        facts = self._facts.get(node)
        if facts is None:
            if len(self._facts) >= _CACHED:
                self._facts.clear()
            facts = self._facts[node] = self._read(self.document.line(node))
        if facts.children:
            return facts._replace(folded=True) if not self._open(facts) else facts
        if facts.masked and node in self.revealed:
            return self._read(self.document.line(node), reveal=True)
        return facts

    def facts(self, node: int) -> Row:
        """Return what the row of a node says, whether it has one or not (`folded` is not told)."""
        return self._read(self.document.line(node), reveal=node in self.revealed)

    def _open(self, facts: Row) -> bool:
        return facts.node != ROOT and self.folds.shows_inside(self.document.line(facts.node))

    def _read(self, line: Line, *, reveal: bool = False) -> Row:
        document = self.document
        node = line.start
        listed = line.key is None and node != ROOT
        reason = self.masking.reason(line, whole=False)
        masked = reason is not None and not reveal
        text, cut = (MASK, False) if masked else self._text(line)
        return Row(
            node=node,
            depth=max(0, line.depth - 1),
            key=None if line.key is None else visible(decode_head(line.key, _DRAWN), _DRAWN),
            position=document.ordinal(node) if listed else None,
            kind=line.kind,
            text=text,
            children=document.children(node) if line.opens else 0,
            name=item_name(document, self.masking, line) if listed else None,
            reason=reason,
            line=document.written_line(node),
            cut=cut,
            masked=masked,
            folded=False,
            incomplete=document.incomplete(line),
        )

    def _text(self, line: Line) -> tuple[str, bool]:
        if line.opens:
            return "", False
        text = self.document.text
        cut = line.stop - line.value > _DRAWN
        if line.kind is Kind.STRING:
            raw = text[line.value : line.value + _DRAWN + 8] if cut else text[line.value : line.stop]
            shown = visible(decode_head(raw, _DRAWN) if cut else decode_head(raw, len(raw)))
        else:
            shown = text[line.value : min(line.stop, line.value + _DRAWN)].decode("ascii", "replace")
        return (shown + "…", True) if cut else (shown, False)

    def value_text(self, node: int) -> str:
        """Return the text of a node's value as `Row.text` has it, never masked."""
        return self._text(self.document.line(node))[0]

    def preview(self, row: int, width: int) -> str:
        """Return what a folded row shows of its inside, at most `width` characters, secrets masked."""
        return preview(self.document, self.masking, self.document.line(self.folds.node(row)), width)

    def note(self, row: int) -> str | None:
        """Return what is known about a row of a deployment/v1 document (`512 MiB`), or None."""
        if not self.is_deployment:
            return None
        facts = self.row(row)
        if facts.masked or facts.depth > 4:
            return None
        return known.note(path_of(self.document, facts.node, SHOWN_KEY), facts.text)

    def path(self, row: int) -> Path:
        """Return the keys and list positions from the root to a row."""
        return path_of(self.document, self.folds.node(row))

    # ------------------------------------------------------------------------------------------ navigation

    def node(self, row: int) -> int:
        """Return the node on a row, which names it whatever is folded or unfolded later."""
        return self.folds.node(row)

    def row_of(self, node: int) -> int:
        """Return the row of a node or, while it is hidden, of the folded container that hides it."""
        return self.folds.nearest_row(node)

    def show(self, node: int) -> int:
        """Unfold what hides a node and return its row."""
        self.folds.show(node)
        return self.folds.nearest_row(node)

    def closed_around(self, node: int) -> list[int]:
        """Return the folded containers around a node, outermost first."""
        line = self.document.line
        return [above for above in self.document.ancestors(node) if not self._every.is_open(line(above))]

    def close(self, node: int) -> None:
        """Fold a container, whether it has a row or not."""
        self.folds.apply(Change.CLOSE, node)

    def find(self, path: Path) -> int | None:
        """Unfold down to a path and return its row, or None where there is no such path."""
        node = find(self.document, path)
        return None if node is None or (node == ROOT and self.document.root.opens) else self.show(node)

    def parent(self, row: int) -> int | None:
        """Return the row of the container that a row stands in, or None at the top."""
        node = self.document.parent(self.folds.node(row))
        return None if node == ROOT else self.folds.row(node)

    def first_child(self, row: int) -> int | None:
        """Return the row of the first thing inside of an unfolded container, or None."""
        facts = self.row(row)
        return row + 1 if facts.opens and not facts.folded else None

    def next_sibling(self, row: int) -> int | None:
        """Return the row of the next member or item of the same container, or None."""
        document = self.document
        line = document.line(self.folds.node(row))
        following = line.following
        if line.opens:
            following = document.text.find(b"\n", document.inside(line)[1]) + 1
        if not 0 < following < document.last or document.text[following + line.depth] in b"}]":
            return None
        if document.depth(following) != line.depth:
            return None
        return self.folds.row(following)

    def previous_sibling(self, row: int) -> int | None:
        """Return the row of the member or item before, or None."""
        document = self.document
        node = self.folds.node(row)
        before = document.text.rfind(b"\n", 0, max(0, node - 1)) + 1
        depth = document.depth(node)
        if node == ROOT or document.depth(before) != depth:
            return None
        if document.text[before + depth] in b"}]":
            before = document.opener_before(before, depth)
        return self.folds.row(before)

    # --------------------------------------------------------------------------------------------- folding

    def toggle(self, row: int) -> int:
        """Fold or unfold a container."""
        facts = self.row(row)
        return self._change(Change.OPEN if facts.folded else Change.CLOSE, row)

    def fold(self, row: int) -> int:
        """Fold a container; what is unfolded inside of it stays so for the next time."""
        return self._change(Change.CLOSE, row)

    def unfold(self, row: int) -> int:
        """Unfold a container, as it was inside when it was folded."""
        return self._change(Change.OPEN, row)

    def fold_all_below(self, row: int) -> int:
        """Fold a container and everything inside of it."""
        return self._change(Change.CLOSE_BELOW, row)

    def unfold_all_below(self, row: int) -> int:
        """Unfold a container and everything inside of it."""
        return self._change(Change.OPEN_BELOW, row)

    def fold_siblings(self, row: int) -> int:
        """Fold a row and everything that stands beside it, and all that is inside of them."""
        node = self.folds.node(row)
        self.folds.close_children(self.document.parent(node))
        return self.folds.nearest_row(node)

    def expand_all(self, row: int = 0) -> int:
        """Unfold the whole document."""
        return self.fold_to_depth(ALL, row)

    def collapse_all(self, row: int = 0) -> int:
        """Fold the whole document down to what stands directly in the root."""
        return self.fold_to_depth(1, row)

    def fold_to_depth(self, depth: int, row: int = 0) -> int:
        """Show `depth` levels (1: what stands directly in the root) and fold everything below."""
        if not self.row_count:
            return 0
        node = self.folds.node(row)
        self.folds.to_depth(depth)
        return self.folds.nearest_row(node)

    def _change(self, change: Change, row: int) -> int:
        self.folds.apply(change, self.folds.node(row))
        return row

    def only(self, kept: Only | None, row: int = 0) -> int:
        """Show only some nodes (search hits) and the containers around them, or with None everything again."""
        node = self.folds.node(row) if self.row_count else ROOT
        self.folds = kept or self._every
        if kept is None and node != ROOT:
            self.folds.show(node)
        return self.folds.nearest_row(node)

    @property
    def filtered(self) -> bool:
        """Whether `only` hides what is not wanted."""
        return self.folds is not self._every

    @property
    def truncated(self) -> bool:
        """Whether there is too much for `only` to show it all."""
        return isinstance(self.folds, Only) and self.folds.truncated

    # --------------------------------------------------------------------------------------- value as text

    def value(self, row: int) -> str:
        """Return the whole value of a row, undrawn: a decoded string, or JSON; `MASK` where it is masked.

        What it holds is foreign text: draw it through `astro_tui.text.foreign.visible`, line by line.
        """
        node = self.folds.node(row)
        line = self.document.line(node)
        if line.kind is not Kind.STRING:
            return self.as_json(row).decode("utf-8", "replace")
        if node not in self.revealed and self.masking.reason(line) is not None:
            return MASK
        return decode(self.document.text[line.value : line.stop])

    def size(self, row: int) -> int:
        """Return how many bytes of laid-out JSON the value of a row takes."""
        line = self.document.line(self.folds.node(row))
        return (self.document.inside(line)[1] + line.depth + 1 if line.opens else line.stop) - line.value

    def as_json(self, row: int | None = None) -> bytes:
        """Return a row (None: the document) with all below it as JSON, secrets masked unless revealed."""
        node = ROOT if row is None else self.folds.node(row)
        return as_json(self.document, self.masking, node, self.revealed)

    def as_yaml(self, row: int | None = None) -> str:
        """Return a row (None: the document) as YAML; raises `DocumentError` when it is too large for that."""
        node = ROOT if row is None else self.folds.node(row)
        return as_yaml(self.document, self.masking, node, self.revealed)

    # --------------------------------------------------------------------------------------------- secrets

    def reveal(self, row: int) -> int:
        """Show the value of one masked row in clear; returns its node for `conceal`."""
        node = self.folds.node(row)
        self.revealed.add(node)
        return node

    def conceal(self, node: int) -> None:
        """Mask a revealed value again."""
        self.revealed.discard(node)

    # --------------------------------------------------------------------------------------------- refresh

    def snapshot(self, cursor: int = 0, top: int = 0) -> View:
        """Return folds, cursor row and first drawn row in a form that fits a newer document too."""
        trail = Trail(self.document)
        places = [trail.steps(self.folds.node(row)) if row < self.row_count else () for row in (cursor, top)]
        changes = tuple((change, trail.steps(node)) for node, change in self._every.changes)
        return View(self._every.base, changes, places[0], places[1])

    def restore(self, view: View) -> tuple[int, int]:
        """Fold as in a view, as far as this document has what it names; returns the rows of cursor and top.

        List items are known again by their `name`, `id` or `key`; what is gone is replaced by its neighbour.
        """
        trail = Trail(self.document)
        self.folds = self._every
        self.folds.to_depth(view.base)
        for change, steps in view.changes:
            node = trail.node(steps)
            if node is not None:
                self.folds.apply(change, node)
        cursor, top = (self.folds.nearest_row(trail.nearest(steps)) for steps in (view.cursor, view.top))
        return cursor, top


def count_first_rows(document: Document) -> None:
    """Count what the first rows need, folded and with everything unfolded, and the last ones: no key waits for it.

    The document keeps it.
    """
    outline = Outline(document)
    for depth in (1, ALL):
        outline.fold_to_depth(depth)
        count = outline.row_count
        for row in {*range(min(_FIRST_ROWS, count)), *range(max(0, count - _FIRST_ROWS), count)}:
            outline.row(row)
