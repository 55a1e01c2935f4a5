"""A document as a collapsible tree, drawn row by row, whatever its size."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import TYPE_CHECKING

from rich.segment import Segment
from textual.geometry import Size
from textual.message import Message

from astro_tui.document import Document, Only, Outline, OutlineState, TreeRow
from astro_tui.text.times import counted
from astro_tui.theme.look import Look
from astro_tui.widgets.cells import fit
from astro_tui.widgets.document.tree_drawing import PARTS, Marks, RowPainter
from astro_tui.widgets.document.tree_search import Matches
from astro_tui.widgets.drawn import NewestWork
from astro_tui.widgets.keymap import action_key, keymap
from astro_tui.widgets.lists.folding_list import FoldingList
from astro_tui.widgets.reveal_timer import RevealTimer

if TYPE_CHECKING:
    from astro_tui.difference.rows import DiffRows

SMALL = 1000
"""The most nodes of a document whose first levels are unfolded as far as they fit on screen."""


def unfold_to_fit(outline: Outline, page: int) -> None:
    """Unfold as many levels of a small document as fit on a screen of `page` rows."""
    if outline.document.node_count > SMALL or outline.document.cut is not None:
        return
    for depth in range(2, 10):
        outline.fold_to_depth(depth)
        if outline.row_count > page:
            outline.fold_to_depth(depth - 1)
            break
    # The remaining rows go to the first containers that fit whole.
    row = 0
    while row < outline.row_count < page:
        if outline.row(row).opens and outline.row(row).folded:
            outline.unfold(row)
            if outline.row_count > page:
                outline.fold(row)
        row += 1


AT_ONCE = 300
"""The most nodes that are filtered right away; more are filtered in a thread."""
SKELETON = (9, 14, 20, 11, 16, 8, 18, 12)


class SpecTree(FoldingList[Outline]):
    """A document with its folds. All of its text is foreign and drawn as plain text."""

    keeps_lines = True

    COMPONENT_CLASSES = {"rows--cursor", "rows--info", "rows--quiet", "rows--skeleton"} | PARTS
    BINDINGS = keymap("x  reveal  document.reveal  reveal a secret for ten seconds [!reveal]")

    class Revealed(Message):
        """A secret was revealed or masked again."""

    def __init__(self, look: Look, *, id: str | None = None) -> None:  # noqa: A002  Textual's name
        super().__init__(look, id=id)
        self._loading = True
        self._held_at: Size | None = None
        self._filter = NewestWork(self, "only")
        self._changes: DiffRows | None = None
        self._marks: DiffRows | None = None
        self._reveals: dict[tuple[Outline, int], RevealTimer] = {}
        self.painter = RowPainter(look, self.style_of)
        self.matches: Matches | None = None
        """The matches to mark when rows are drawn."""

    def on_mount(self) -> None:
        """Name the user's own keys in rows."""
        self.painter.reveal_key = action_key(self, "document.reveal")

    # ---- the document

    @property
    def row(self) -> TreeRow | None:
        """The row under the cursor."""
        return self._outline.row(self.cursor) if self._outline is not None and self.row_count else None

    @property
    def summary(self) -> str:
        """The kind and size of the document: `deployment/v1 · 214 values`."""
        if self._outline is None:
            return ""
        kind = f"deployment/v1 {self.look.glyphs.dot} " if self._outline.is_deployment else ""
        return kind + counted(self._outline.document.node_count - 1, "value")

    def start_loading(self) -> None:
        """Show gray bars until a document is shown."""
        self._filter.cancel()
        self._outline, self._loading, self.folded = None, True, False
        self.rows_changed(0)

    def show(self, document: Document, view: OutlineState | None = None) -> None:
        """Show `document` with the folds and position of `view`; the cursor stays on the same line of the screen."""
        outline = Outline(document)
        cursor, top = outline.restore(view) if view is not None else (0, 0)
        self._untouched, self._held_at = view is None, None
        if view is None:
            unfold_to_fit(outline, self.page)
        self._filter.cancel()
        self._outline, self._loading = outline, False
        self._check_changes()
        self.rows_changed(cursor, cursor - top)

    def show_changes(self, changes: DiffRows | None) -> None:
        """Mark the values that `changes` says are new or different, if its new side is the document shown."""
        if changes is not self._changes:
            self._changes = changes
            self._check_changes()
            self.refresh()

    def _check_changes(self) -> None:
        # The positions of the values are valid only in exactly the text that was compared.
        changes, outline = self._changes, self._outline
        same = changes is not None and outline is not None and outline.document.text == changes.difference.new.text
        self._marks = changes if same else None

    def hold(self) -> None:
        """Keep the folds when widgets around the tree appear or disappear, until the terminal is resized."""
        self._held_at = self.app.size

    def on_resize(self) -> None:
        """Unfold what fits in the new size unless the user has folded or moved: the first layout may be late."""
        if self._held_at == self.app.size:
            return
        if self._untouched and self._outline is not None and self.size and (self.cursor, self.top) == (0, 0):
            unfold_to_fit(self._outline, self.page)
            self.rows_changed(0, 0)

    def view(self) -> OutlineState | None:
        """Return folds, cursor, and scroll position, for `show` with this or a newer document."""
        if self._outline is None or not self.row_count:
            return None
        return self._outline.snapshot(self.cursor, min(self.top, self.row_count - 1))

    # ---- the cursor

    def go_to(self, node: int) -> list[int]:
        """Move the cursor to a node; return the containers that had to be unfolded for it."""
        outline = self._outline
        if outline is None:
            return []
        hidden = outline.folds.row(node) is None and not outline.filtered
        opened = outline.closed_around(node) if hidden else []
        row = outline.show(node)
        if hidden:
            self.rows_changed(row, self.page // 3)
        else:
            self.go_to_row(row)
        return opened

    def fold_again(self, nodes: list[int]) -> None:
        """Fold containers that `go_to` unfolded; a cursor that this hides moves to the container."""
        outline = self._outline
        if outline is None or not nodes or outline.filtered:
            return
        node = outline.node(self.cursor)
        for opened in reversed(nodes):
            outline.close(opened)
        self._show_folds(outline.row_of(node))

    def mark_end(self, index: int) -> int:
        """Return the last cell of a row that belongs to its fold mark."""
        return 2 + len(self.painter.indent(self._outline.row(index), self.row_width)) if self._outline else 0

    # ---- the filter

    def show_only(self, nodes: Sequence[int] | None) -> None:
        """Show only some nodes and their containers; with None, show all nodes. Many are filtered in a thread."""
        self._filter.cancel()
        outline = self._outline
        if outline is None:
            return
        if nodes is None or len(nodes) <= AT_ONCE:
            self._show_folds(outline.only(Only(outline.document, nodes) if nodes is not None else None, self.cursor))
            return
        self._filter.start(
            lambda _canceled: Only(outline.document, nodes),
            lambda only: self._show_folds(outline.only(only, self.cursor)),
        )

    def shows(self, first: int, last: int) -> bool:
        """Return whether a node from `first` to `last` can be on screen."""
        outline = self._outline
        if outline is None or not outline.row_count:
            return False
        bottom = min(self.top + self.page, outline.row_count) - 1
        return outline.node(min(self.top, bottom)) <= last and first <= outline.node(bottom)

    # ---- secrets

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Offer `reveal` only on a secret."""
        if action == "reveal":
            return self.row is not None and self.row.reason is not None
        return super().check_action(action, parameters)

    def action_reveal(self) -> None:
        """Reveal the secret under the cursor for ten seconds, or mask it again."""
        if self.row is not None:
            self.reveal(self.row.node)

    def reveal(self, node: int) -> None:
        """Reveal a secret for ten seconds, or mask it again. A value that the server masked stays masked."""
        outline = self._outline
        if outline is None:
            return
        facts = outline.facts(node)
        if facts.masked:
            outline.revealed.add(node)
            self._reveals[outline, node] = RevealTimer(self, partial(self._conceal, outline, node))
            self._redraw_value()
        elif facts.reason:
            self._conceal(outline, node)

    def _conceal(self, outline: Outline, node: int) -> None:
        timer = self._reveals.pop((outline, node), None)
        if timer is not None:
            timer.stop()
        outline.conceal(node)
        self._redraw_value()

    def _redraw_value(self) -> None:
        self.refresh()
        self.row_highlighted()
        self.post_message(self.Revealed())

    # ---- drawing

    def draw_row(self, index: int, width: int, *, selected: bool) -> list[Segment]:
        """Return one row, with its matches marked."""
        outline = self._outline
        if outline is None:
            return []
        return self.painter.draw(outline, index, width, self._marks_of(outline, index), selected=selected)

    def draw_whole(self, index: int, *, selected: bool) -> tuple[list[Segment], int]:
        """Return one row with its whole value, and how many characters come before the value."""
        outline = self._outline
        if outline is None:
            return [], 0
        return self.painter.draw_whole(
            outline, index, self.row_width, self._marks_of(outline, index), selected=selected
        )

    def _marks_of(self, outline: Outline, index: int) -> Marks:
        node = outline.node(index)
        query = self.matches.query_at(node) if self.matches is not None else None
        return Marks(query, self._marks.remark_at(node) if self._marks is not None else None)

    def draw_empty(self, line: int, width: int) -> list[Segment]:
        """Return a blank line, or a gray bar while the document loads."""
        if not self._loading or line >= len(SKELETON):
            return [Segment(" " * width)]
        block = self.look.glyphs.skeleton
        bar = f"   {block * SKELETON[line]}  {block * (SKELETON[-line] + 4)}"
        return [Segment(fit(bar, width), self.part("skeleton"))]
