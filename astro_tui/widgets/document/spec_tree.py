"""The spec as a collapsible tree: any JSON document, drawn line by line, whatever its size."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import TYPE_CHECKING

from rich.segment import Segment
from textual import events, on
from textual.binding import Binding
from textual.geometry import Size
from textual.message import Message

from astro_tui.text.times import counted
from astro_tui.theme.look import Look
from astro_tui.widgets.document.tree_drawing import PARTS, RowPainter
from astro_tui.widgets.lists.cells import fit
from astro_tui.widgets.lists.wrapping import WrappingList

if TYPE_CHECKING:
    from astro_tui.document import Document, Only, Outline, Query, Row, View

REVEAL_SECONDS = 10.0
SMALL = 1000
"""Nodes up to which a document is unfolded as far as it fits when it is first shown."""
AT_ONCE = 300
"""Nodes that are gathered at once to be all that is shown; more are gathered in a thread."""
SKELETON = (9, 14, 20, 11, 16, 8, 18, 12)


class SpecTree(WrappingList):
    """A document with its folds. Every text of it is foreign and drawn as plain text."""

    keeps_lines = True

    COMPONENT_CLASSES = {"rows--cursor", "rows--info", "rows--quiet", "rows--skeleton"} | PARTS
    BINDINGS = [
        Binding("h,left", "out", "fold, or go to the parent", id="tree.out"),
        Binding("l,right", "into", "unfold, or go to the first child", id="tree.into"),
        Binding("space,za", "toggle_fold", "fold or unfold", id="tree.toggle"),
        Binding("H,shift+left", "fold_below", "fold all below", id="tree.fold-below"),
        Binding("L,shift+right", "unfold_below", "unfold all below", id="tree.unfold-below"),
        Binding("J,shift+down", "sibling(1)", "next sibling", id="tree.next-sibling"),
        Binding("K,shift+up", "sibling(-1)", "previous sibling", id="tree.previous-sibling"),
        Binding("equals_sign,zR", "unfold_all", "unfold everything", id="tree.unfold-all"),
        Binding("minus,zM", "fold_all", "fold everything", id="tree.fold-all"),
        Binding("z1", "fold_to_depth(1)", "show one level; z2 to z9: as many", id="tree.depth-1"),
        *(Binding(f"z{depth}", f"fold_to_depth({depth})", id=f"tree.depth-{depth}") for depth in range(2, 10)),
        Binding("zs", "fold_siblings", "fold the row and all beside it", id="tree.fold-siblings"),
        Binding("zz", "centre", "put the row in the middle", id="tree.center"),
        Binding("x", "reveal", "show a masked value for ten seconds", id="document.reveal"),
    ]

    class Revealed(Message):
        """A masked value is shown in clear, or masked again."""

    class Gathered(Message):
        """Many nodes were gathered in a thread to be all that is shown; `number` tells one gathering from another."""

        def __init__(self, number: int, only: Only) -> None:
            super().__init__()
            self.number = number
            self.only = only

    def __init__(self, look: Look, *, id: str | None = None) -> None:  # noqa: A002  Textual's name
        super().__init__(look, id=id)
        self._outline: Outline | None = None
        self._loading = True
        self._as_opened = False
        self._held_at: Size | None = None
        self._chord = False
        self._gathering = 0
        self.painter = RowPainter(look, self.style_of)
        self.moved: Callable[[], None] | None = None
        """Called when the cursor moved, not told by a message: one key is one frame."""
        self.marking: Callable[[int], Query | None] | None = None
        """Says of a node what to mark in its row: set by who searches."""
        self.was: Callable[[Document, int], str] | None = None
        """Says of a node how it changed: set by who knows the revision before."""

    # ---- the document

    @property
    def outline(self) -> Outline | None:
        """The document with its folds, or None."""
        return self._outline

    @property
    def summary(self) -> str:
        """What is shown, in words: `deployment/v1 · 214 values`."""
        if self._outline is None:
            return ""
        kind = f"deployment/v1 {self.look.glyphs.dot} " if self._outline.is_deployment else ""
        return kind + counted(self._outline.document.node_count - 1, "value")

    def loading_rows(self) -> None:
        """Draw grey bars until there is a document."""
        self._gathering += 1
        self._outline, self._loading = None, True
        self.rows_changed(0)

    def show(self, document: Document, view: View | None = None) -> None:
        """Show `document`, folded and placed as in `view`; the cursor keeps its line on the screen."""
        from astro_tui.document import Outline

        outline = Outline(document)
        cursor, top = outline.restore(view) if view is not None else (0, 0)
        self._as_opened, self._held_at = view is None, None
        if view is None:
            self._open_what_fits(outline)
        self._gathering += 1
        self._outline, self._loading = outline, False
        self.rows_changed(cursor, cursor - top)

    def hold(self) -> None:
        """Leave the folds as they are when lines come and go around the tree; another size of the terminal is news."""
        self._held_at = self.app.size

    def on_resize(self) -> None:
        """Unfold what fits in the new size, while nobody has touched the tree: it may be shown before it has a size."""
        if self._held_at == self.app.size:
            return
        if self._as_opened and self._outline is not None and self.size and (self.cursor, self.top) == (0, 0):
            self._open_what_fits(self._outline)
            self.rows_changed(0, 0)

    def _open_what_fits(self, outline: Outline) -> None:
        """Unfold as many levels of a small document as fit on the screen: no key for what can be seen at once."""
        if outline.document.node_count > SMALL or outline.document.cut is not None:
            return
        for depth in range(2, 10):
            outline.fold_to_depth(depth)
            if outline.row_count > self.page:
                outline.fold_to_depth(depth - 1)
                break
        # What is left of the screen goes to the first containers that fit whole.
        row = 0
        while row < outline.row_count < self.page:
            if outline.row(row).opens and outline.row(row).folded:
                outline.unfold(row)
                if outline.row_count > self.page:
                    outline.fold(row)
            row += 1

    def view(self) -> View | None:
        """Return folds, cursor and scroll, to be given to `show` for this or a newer document."""
        if self._outline is None or not self.row_count:
            return None
        return self._outline.snapshot(self.cursor, min(self.top, self.row_count - 1))

    @property
    def row_count(self) -> int:
        """How many rows are visible."""
        return self._outline.row_count if self._outline is not None else 0

    @property
    def row(self) -> Row | None:
        """The row under the cursor."""
        return self._outline.row(self.cursor) if self._outline is not None and self.row_count else None

    # ---- moving and folding

    def row_highlighted(self) -> None:
        """Say at once that the cursor moved."""
        if self.moved is not None:
            self.moved()

    def row_chosen(self, index: int) -> None:
        """Fold or unfold."""
        if self._outline is not None:
            self._folded(self._outline.toggle(index))

    def _folded(self, cursor: int) -> None:
        """Draw anew after folding, the cursor row staying where it is on the screen."""
        self._as_opened = False
        self.rows_changed(cursor, self.cursor - self.top)

    def action_toggle_fold(self) -> None:
        """Fold or unfold the row."""
        self.action_choose()

    def action_out(self) -> None:
        """Fold an open container; anywhere else go to the parent."""
        row, outline = self.row, self._outline
        if row is None or outline is None:
            return
        if row.opens and not row.folded:
            self._folded(outline.fold(self.cursor))
        elif (parent := outline.parent(self.cursor)) is not None:
            self.move_to(parent)

    def action_into(self) -> None:
        """Unfold a folded container; in an open one go to its first child."""
        row, outline = self.row, self._outline
        if row is None or outline is None:
            return
        if row.opens and row.folded:
            self._folded(outline.unfold(self.cursor))
        elif (child := outline.first_child(self.cursor)) is not None:
            self.move_to(child)

    def action_fold_below(self) -> None:
        """Fold the row and everything below it; on a leaf, its parent."""
        row, outline = self.row, self._outline
        if row is None or outline is None:
            return
        place = self.cursor if row.opens else outline.parent(self.cursor)
        if place is not None:
            self.move_to(place)
            self._folded(outline.fold_all_below(place))

    def action_unfold_below(self) -> None:
        """Unfold the row and everything below it."""
        if self._outline is not None and self.row_count:
            self._folded(self._outline.unfold_all_below(self.cursor))

    def action_unfold_all(self) -> None:
        """Unfold the whole document."""
        if self._outline is not None:
            self._folded(self._outline.expand_all(self.cursor))

    def action_fold_all(self) -> None:
        """Fold the whole document."""
        if self._outline is not None:
            self._folded(self._outline.collapse_all(self.cursor))

    def action_fold_to_depth(self, depth: int) -> None:
        """Show that many levels of the document."""
        if self._outline is not None:
            self._folded(self._outline.fold_to_depth(depth, self.cursor))

    def action_fold_siblings(self) -> None:
        """Fold the row and everything that stands beside it."""
        if self._outline is not None and self.row_count:
            self._folded(self._outline.fold_siblings(self.cursor))

    def action_centre(self) -> None:
        """Scroll the row to the middle of the window."""
        self._scroll_top(self.cursor - self.page // 2)
        self._show_cursor()
        self.refresh()

    def go_to(self, node: int) -> list[int]:
        """Put the cursor on a node, unfolding what hides it; returns the containers that had to be unfolded."""
        outline = self._outline
        if outline is None:
            return []
        hidden = outline.folds.row(node) is None and not outline.filtered
        opened = outline.closed_around(node) if hidden else []
        row = outline.show(node)
        if hidden or not self.top <= row < self.top + self.page:
            self.rows_changed(row, self.page // 3)
        else:
            self.move_to(row)
        return opened

    def fold_again(self, nodes: list[int]) -> None:
        """Fold containers that `go_to` unfolded; the cursor goes to what hides it then."""
        outline = self._outline
        if outline is None or not nodes or outline.filtered:
            return
        node = outline.node(self.cursor)
        for opened in reversed(nodes):
            outline.close(opened)
        self._folded(outline.row_of(node))

    def show_only(self, nodes: Sequence[int] | None) -> None:
        """Show only some nodes with what they stand in, or with None all of them again.

        Of many nodes it is made in a thread first: `Gathered` says when it is shown.
        """
        from astro_tui.document import Only

        self._gathering += 1
        outline = self._outline
        if outline is None:
            return
        if nodes is None or len(nodes) <= AT_ONCE:
            self._folded(outline.only(Only(outline.document, nodes) if nodes is not None else None, self.cursor))
            return
        number, document = self._gathering, outline.document

        def gather() -> None:
            self.post_message(self.Gathered(number, Only(document, nodes)))

        self.run_worker(gather, thread=True, group="only", exclusive=True)

    @on(Gathered)
    def _gathered(self, message: Gathered) -> None:
        if message.number == self._gathering and self._outline is not None:
            self._folded(self._outline.only(message.only, self.cursor))
        else:
            message.stop()

    def shows(self, first: int, last: int) -> bool:
        """Tell whether a node from `first` to `last` can be on the screen."""
        outline = self._outline
        if outline is None or not outline.row_count:
            return False
        bottom = min(self.top + self.page, outline.row_count) - 1
        return outline.node(min(self.top, bottom)) <= last and first <= outline.node(bottom)

    # ---- keys of two letters

    async def on_key(self, event: events.Key) -> None:
        """Take the second key of `z1`, `zM`, `zz`; any other second key is what it always is."""
        chord, self._chord = self._chord, event.key == "z" and not self._chord
        if self._chord:
            event.stop()
            event.prevent_default()
        elif chord and event.character:
            bindings = self._bindings.key_to_bindings.get(f"z{event.character}", ())
            for binding in bindings:
                event.stop()
                event.prevent_default()
                await self.run_action(binding.action)

    def action_sibling(self, step: int) -> None:
        """Go to the next or previous member of the same container."""
        if self._outline is None or not self.row_count:
            return
        move = self._outline.next_sibling if step > 0 else self._outline.previous_sibling
        row = move(self.cursor)
        if row is not None:
            self.move_to(row)

    def on_click(self, event: events.Click) -> None:
        """A click on the fold mark folds; with shift everything below it; elsewhere it selects."""
        # Folding moves rows: what the list does of itself would be done to another one.
        event.prevent_default()
        index = self.row_at(event.y)
        if index is None or self._outline is None:
            return
        row = self._outline.row(index)
        self.move_to(index)
        on_mark = event.x <= 2 + len(self.painter.indent(row, self.row_width))
        if row.opens and (on_mark or event.chain == 2):
            if event.shift:
                self._folded((self._outline.unfold_all_below if row.folded else self._outline.fold_all_below)(index))
            else:
                self._folded(self._outline.toggle(index))

    # ---- secrets

    def action_reveal(self) -> None:
        """Show one masked value in clear for ten seconds; a value the server never sent cannot be shown."""
        if self.row is not None:
            self.reveal(self.row.node)

    def reveal(self, node: int) -> None:
        """Show the masked value of a node for ten seconds, or mask it again."""
        outline = self._outline
        if outline is None:
            return
        facts = outline.facts(node)
        if facts.masked:
            outline.revealed.add(node)
            self.set_timer(REVEAL_SECONDS, partial(self._conceal, outline, node))
        elif facts.reason:
            outline.conceal(node)
        else:
            return
        self._shown_again()

    def _conceal(self, outline: Outline, node: int) -> None:
        outline.conceal(node)
        self._shown_again()

    def _shown_again(self) -> None:
        self.refresh()
        self.row_highlighted()
        self.post_message(self.Revealed())

    # ---- drawing

    def draw_row(self, index: int, width: int, *, selected: bool) -> list[Segment]:
        """Return one row, with what the search found in it."""
        outline = self._outline
        if outline is None:
            return []
        query, was = self._about(outline, index)
        return self.painter.draw(outline, index, width, selected=selected, query=query, was=was)

    def draw_whole(self, index: int, *, selected: bool) -> tuple[list[Segment], int]:
        """Return one row with all of its value, and how many characters stand before that."""
        outline = self._outline
        if outline is None:
            return [], 0
        query, was = self._about(outline, index)
        return self.painter.draw_whole(outline, index, self.row_width, selected=selected, query=query, was=was)

    def _about(self, outline: Outline, index: int) -> tuple[Query | None, str]:
        """Return what to mark in a row, and how it changed."""
        node = outline.node(index)
        query = self.marking(node) if self.marking is not None else None
        return query, self.was(outline.document, node) if self.was is not None else ""

    def draw_empty(self, line: int, width: int) -> list[Segment]:
        """Return nothing, or a grey bar in the place of a row while the spec loads."""
        if not self._loading or line >= len(SKELETON):
            return [Segment(" " * width)]
        block = self.look.glyphs.skeleton
        return [
            Segment(
                fit(f"   {block * SKELETON[line]}  {block * (SKELETON[-line] + 4)}", width),
                self.part("skeleton"),
            )
        ]
