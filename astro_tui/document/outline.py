"""The rows of a document as a tree, for a widget that draws them and folds them on key presses."""

from __future__ import annotations

from typing import NamedTuple

from astro_tui.document import known
from astro_tui.document.foldable import Foldable
from astro_tui.document.folds import FoldChange, Folds
from astro_tui.document.index import ALL, ROOT, Document
from astro_tui.document.lines import DocumentLine, JsonType
from astro_tui.document.masking import Masking
from astro_tui.document.only import Only
from astro_tui.document.paths import SHOWN_KEY, Path, PathStep, Trail, find, path_of
from astro_tui.document.preview import item_name, preview
from astro_tui.document.render import as_json, as_yaml
from astro_tui.document.strings import decode, decode_head
from astro_tui.text.foreign import visible
from astro_tui.text.redaction import MASK

_DRAWN = 1000
_CACHED = 4096
_FIRST_ROWS = 64


class TreeRow(NamedTuple):
    """One visible line of the tree. All text is safe to draw as plain text.

    `text` is the decoded string without quotes, the number exactly as sent, `true`, `false`, `null`, `{}`, or `[]`. It
    is empty for a container with children, `MASK` if `masked`, and ends in `…` if `cut`.
    """

    node: int
    """Identifies the node in its document, regardless of folds."""
    depth: int
    """0 for the children of the root."""
    key: str | None
    """The key of a member; None for a list item."""
    position: int | None
    """The position of an item in its list; None for a member."""
    kind: JsonType
    text: str
    children: int
    """The number of children of a container."""
    name: str | None
    """The `name`, `id`, or `key` of a list item that is an object."""
    reason: str | None
    """Why the value is a secret, in words, even while it is revealed."""
    line: int
    """Its line, from 1, in a YAML file, or else in the document laid out as JSON."""
    cut: bool
    masked: bool
    folded: bool
    incomplete: bool = False
    """Whether the rest of the container is still being read: `children` is not its final count."""

    @property
    def opens(self) -> bool:
        """Whether it can be folded and unfolded."""
        return self.children > 0


class OutlineState(NamedTuple):
    """The folds, cursor, and scroll position of an `Outline`, independent of its document, to apply to a newer one."""

    base: int
    changes: tuple[tuple[FoldChange, tuple[PathStep, ...]], ...]
    cursor: tuple[PathStep, ...]
    top: tuple[PathStep, ...]


class Outline(Foldable[TreeRow]):
    """A document with its folds. Do not share it between threads; its document can be shared.

    At first, `depth` levels are open. With 1, the children of the root are visible, and all are folded.
    """

    def __init__(self, document: Document, depth: int = 1) -> None:
        self.document = document
        self.masking = Masking(document)
        self._every = Folds(document, depth)
        self.folds: Folds | Only = self._every
        self.revealed: set[int] = set()
        self._facts: dict[int, TreeRow] = {}
        spec = find(document, ("spec",))
        self.is_deployment = spec is not None and self.value_text(spec) == known.FORMAT

    # --------------------------------------------------------------------------------------------- reading

    @property
    def row_count(self) -> int:
        """The number of visible rows."""
        return self.folds.row_count

    def row(self, row: int) -> TreeRow:
        """Return a visible row. Raises IndexError after the last row."""
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

    def facts(self, node: int) -> TreeRow:
        """Return the row of a node, visible or not. `folded` is not set."""
        return self._read(self.document.line(node), reveal=node in self.revealed)

    def _open(self, facts: TreeRow) -> bool:
        return facts.node != ROOT and self.folds.shows_inside(self.document.line(facts.node))

    def _read(self, line: DocumentLine, *, reveal: bool = False) -> TreeRow:
        document = self.document
        node = line.start
        listed = line.key is None and node != ROOT
        reason = self.masking.reason(line, whole=False)
        masked = reason is not None and not reveal
        text, cut = (MASK, False) if masked else self._text(line)
        return TreeRow(
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

    def _text(self, line: DocumentLine) -> tuple[str, bool]:
        if line.opens:
            return "", False
        text = self.document.text
        cut = line.stop - line.value > _DRAWN
        if line.kind is JsonType.STRING:
            raw = text[line.value : line.value + _DRAWN + 8] if cut else text[line.value : line.stop]
            shown = visible(decode_head(raw, _DRAWN) if cut else decode_head(raw, len(raw)))
        else:
            shown = text[line.value : min(line.stop, line.value + _DRAWN)].decode("ascii", "replace")
        return (shown + "…", True) if cut else (shown, False)

    def value_text(self, node: int) -> str:
        """Return the text of a node's value like `TreeRow.text`, but never masked."""
        return self._text(self.document.line(node))[0]

    def preview(self, row: int, width: int) -> str:
        """Return a preview of a folded row's contents, at most `width` characters, with secrets masked."""
        return preview(self.document, self.masking, self.document.line(self.folds.node(row)), width)

    def note(self, row: int) -> str | None:
        """Return a note about a row of a deployment/v1 document, such as `512 MiB`, or None."""
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
        """Return the node on a row, which identifies it regardless of later folds."""
        return self.folds.node(row)

    def row_of(self, node: int) -> int:
        """Return the row of a node, or of the folded container that hides it."""
        return self.folds.nearest_row(node)

    def show(self, node: int) -> int:
        """Unfold the containers around a node and return its row."""
        self.folds.show(node)
        return self.folds.nearest_row(node)

    def closed_around(self, node: int) -> list[int]:
        """Return the folded containers around a node, outermost first."""
        line = self.document.line
        return [above for above in self.document.ancestors(node) if not self._every.is_open(line(above))]

    def close(self, node: int) -> None:
        """Fold a container, visible or not."""
        self.folds.apply(FoldChange.CLOSE, node)

    def find(self, path: Path) -> int | None:
        """Unfold down to a path and return its row, or None if there is no such path."""
        node = find(self.document, path)
        return None if node is None or (node == ROOT and self.document.root.opens) else self.show(node)

    def parent(self, row: int) -> int | None:
        """Return the row of the container around a row, or None at the top."""
        node = self.document.parent(self.folds.node(row))
        return None if node == ROOT else self.folds.row(node)

    def next_sibling(self, row: int) -> int | None:
        """Return the row of the next sibling, or None."""
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
        """Return the row of the previous sibling, or None."""
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

    def fold(self, row: int) -> int:
        """Fold a container. Unfolding it later restores the folds inside of it."""
        return self._change(FoldChange.CLOSE, row)

    def unfold(self, row: int) -> int:
        """Unfold a container with the folds it had inside before."""
        return self._change(FoldChange.OPEN, row)

    def fold_all_below(self, row: int) -> int:
        """Fold a container and everything inside of it."""
        return self._change(FoldChange.CLOSE_BELOW, row)

    def unfold_all_below(self, row: int) -> int:
        """Unfold a container and everything inside of it."""
        return self._change(FoldChange.OPEN_BELOW, row)

    def fold_siblings(self, row: int) -> int:
        """Fold a row, its siblings, and everything inside of them."""
        node = self.folds.node(row)
        self.folds.close_children(self.document.parent(node))
        return self.folds.nearest_row(node)

    def fold_to_depth(self, depth: int, row: int = 0) -> int:
        """Show `depth` levels (1 for the children of the root) and fold everything below."""
        if not self.row_count:
            return 0
        node = self.folds.node(row)
        self.folds.to_depth(depth)
        return self.folds.nearest_row(node)

    def _change(self, change: FoldChange, row: int) -> int:
        self.folds.apply(change, self.folds.node(row))
        return row

    def only(self, kept: Only | None, row: int = 0) -> int:
        """Show only some nodes (search hits) and the containers around them, or everything again if None."""
        node = self.folds.node(row) if self.row_count else ROOT
        self.folds = kept or self._every
        if kept is None and node != ROOT:
            self.folds.show(node)
        return self.folds.nearest_row(node)

    @property
    def filtered(self) -> bool:
        """Whether `only` hides other nodes."""
        return self.folds is not self._every

    @property
    def truncated(self) -> bool:
        """Whether `only` dropped nodes because there were too many."""
        return isinstance(self.folds, Only) and self.folds.truncated

    # --------------------------------------------------------------------------------------- value as text

    def value(self, row: int) -> str:
        """Return the complete value of a row: a decoded string, JSON, or `MASK` if it is masked.

        It is untrusted text: draw it with `astro_tui.text.foreign.visible`, line by line.
        """
        node = self.folds.node(row)
        line = self.document.line(node)
        if line.kind is not JsonType.STRING:
            return self.as_json(row).decode("utf-8", "replace")
        if node not in self.revealed and self.masking.reason(line) is not None:
            return MASK
        return decode(self.document.text[line.value : line.stop])

    def size(self, row: int) -> int:
        """Return the size of a row's value in bytes of laid-out JSON."""
        line = self.document.line(self.folds.node(row))
        return (self.document.inside(line)[1] + line.depth + 1 if line.opens else line.stop) - line.value

    def as_json(self, row: int | None = None) -> bytes:
        """Return a row or, with None, the document as JSON, with secrets masked unless revealed."""
        node = ROOT if row is None else self.folds.node(row)
        return as_json(self.document, self.masking, node, self.revealed)

    def as_yaml(self, row: int | None = None) -> str:
        """Return a row or, with None, the document as YAML. Raises DocumentError if it is too large."""
        node = ROOT if row is None else self.folds.node(row)
        return as_yaml(self.document, self.masking, node, self.revealed)

    # --------------------------------------------------------------------------------------------- secrets

    def reveal(self, row: int) -> int:
        """Reveal the value of one masked row. Returns its node, for `conceal`."""
        node = self.folds.node(row)
        self.revealed.add(node)
        return node

    def conceal(self, node: int) -> None:
        """Mask a revealed value again."""
        self.revealed.discard(node)

    # --------------------------------------------------------------------------------------------- refresh

    def snapshot(self, cursor: int = 0, top: int = 0) -> OutlineState:
        """Return the folds, the cursor row, and the top row in a form that can be applied to a newer document."""
        trail = Trail(self.document)
        places = [trail.steps(self.folds.node(row)) if row < self.row_count else () for row in (cursor, top)]
        changes = tuple((change, trail.steps(node)) for node, change in self._every.changes)
        return OutlineState(self._every.base, changes, places[0], places[1])

    def restore(self, view: OutlineState) -> tuple[int, int]:
        """Apply the folds of a view, as far as this document has its nodes. Returns the cursor row and the top row.

        List items are identified by their `name`, `id`, or `key`. A missing node is replaced by its neighbor.
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
    """Count the nodes for the first and last rows, folded and unfolded, so that no key press waits for it.

    The document caches the counts.
    """
    outline = Outline(document)
    for depth in (1, ALL):
        outline.fold_to_depth(depth)
        count = outline.row_count
        for row in {*range(min(_FIRST_ROWS, count)), *range(max(0, count - _FIRST_ROWS), count)}:
            outline.row(row)
