"""A list whose rows can be folded: a document, or the spans of a trace."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable
from typing import Generic, TypeVar

from textual import events
from textual.binding import Binding

from astro_tui.document import Foldable, FoldableRow
from astro_tui.theme.look import Look
from astro_tui.widgets.keymap import keymap
from astro_tui.widgets.lists.wrapping import WrappingList

O = TypeVar("O", bound=Foldable[FoldableRow])  # noqa: E741  an outline


class FoldingList(WrappingList, Generic[O]):
    """The rows of an outline. Its keys move the cursor and fold; a subclass draws the rows."""

    BINDINGS = [
        *keymap("""
            h,left          out               tree.out               fold, or go to the parent
            l,right         into              tree.into              unfold, or go to the first child
            space,za        toggle_fold       tree.toggle            fold or unfold [fold]
            H,shift+left    fold_below        tree.fold-below        fold everything below
            L,shift+right   unfold_below      tree.unfold-below      unfold everything below
            J,shift+down    sibling(1)        tree.next-sibling      next sibling
            K,shift+up      sibling(-1)       tree.previous-sibling  previous sibling
            equals_sign,zR  unfold_all        tree.unfold-all        unfold all
            minus,zM        fold_all          tree.fold-all          fold all
            z1              fold_to_depth(1)  tree.depth-1           show one level (z2 to z9: two to nine)
            zs              fold_siblings     tree.fold-siblings     fold this row and its siblings
            zz              center            tree.center            center this row
        """),
        *(Binding(f"z{depth}", f"fold_to_depth({depth})", id=f"tree.depth-{depth}") for depth in range(2, 10)),
    ]

    def __init__(self, look: Look, *, id: str | None = None) -> None:  # noqa: A002  Textual's name
        super().__init__(look, id=id)
        self._outline: O | None = None
        self._chord = False
        self._untouched = False
        """Whether the folds are still the initial ones, which depend on the size of the widget."""
        self.folded = False
        """Whether the user folded or unfolded anything since the document began to load."""

    @property
    def outline(self) -> O | None:
        """What is shown, with its folds; None if nothing is."""
        return self._outline

    @property
    def row_count(self) -> int:
        """The number of visible rows."""
        return self._outline.row_count if self._outline is not None else 0

    @property
    def row(self) -> FoldableRow | None:
        """The row under the cursor."""
        return self._outline.row(self.cursor) if self._outline is not None and self.row_count else None

    # ---- folding

    def row_chosen(self, index: int) -> None:
        """Fold or unfold the row."""
        if self._outline is not None:
            self._show_folds(self._outline.toggle(index))

    def _show_folds(self, cursor: int) -> None:
        """Redraw after folding, with the cursor on row `cursor` and on the same line of the screen."""
        self._untouched, self.folded = False, True
        self._show_cursor()
        self.rows_changed(cursor, self.cursor - self.top)

    def _fold(self, change: Callable[[O], int]) -> None:
        """Change the folds; `change` returns the row of the cursor afterwards."""
        if self._outline is not None and self.row_count:
            self._show_folds(change(self._outline))

    def action_toggle_fold(self) -> None:
        """Fold or unfold the row."""
        self._fold(lambda outline: outline.toggle(self.cursor))

    @abstractmethod
    def mark_end(self, index: int) -> int:
        """Return the last cell of a row that belongs to its fold mark."""

    def on_click(self, event: events.Click) -> None:
        """Select the row. A click on its fold mark folds or unfolds it, and with Shift also everything below it."""
        # Folding moves rows, so the list's own handler would act on another row.
        event.prevent_default()
        index = self.row_at(event.y)
        if index is None or self._outline is None or not self.at_rest(event):
            return
        row = self._outline.row(index)
        self.move_to(index)
        if row.opens and event.x <= self.mark_end(index):
            below = self._outline.unfold_all_below if row.folded else self._outline.fold_all_below
            self._show_folds((below if event.shift else self._outline.toggle)(index))
        elif event.chain == 2:
            self.row_chosen(index)

    def action_out(self) -> None:
        """Fold an open container; otherwise go to the parent."""
        row, outline = self.row, self._outline
        if row is None or outline is None:
            return
        if row.opens and not row.folded:
            self._show_folds(outline.fold(self.cursor))
        else:
            self._move_to(outline.parent(self.cursor))

    def action_into(self) -> None:
        """Unfold a folded container; otherwise go to the first child."""
        row, outline = self.row, self._outline
        if outline is not None and row is not None and row.opens and row.folded:
            self._show_folds(outline.unfold(self.cursor))
        elif outline is not None and row is not None:
            self._move_to(outline.first_child(self.cursor))

    def _move_to(self, index: int | None) -> None:
        if index is not None:
            self.move_to(index)

    def action_fold_below(self) -> None:
        """Fold the row and everything below it; on a leaf, its parent."""
        row, outline = self.row, self._outline
        if row is None or outline is None:
            return
        top = self.cursor if row.opens else outline.parent(self.cursor)
        if top is not None:
            self.move_to(top)
            self._show_folds(outline.fold_all_below(top))

    def action_unfold_below(self) -> None:
        """Unfold the row and everything below it."""
        self._fold(lambda outline: outline.unfold_all_below(self.cursor))

    def action_unfold_all(self) -> None:
        """Unfold the whole document."""
        self._fold(lambda outline: outline.expand_all(self.cursor))

    def action_fold_all(self) -> None:
        """Fold the whole document."""
        self._fold(lambda outline: outline.collapse_all(self.cursor))

    def action_fold_to_depth(self, depth: int) -> None:
        """Show `depth` levels of the document."""
        self._fold(lambda outline: outline.fold_to_depth(depth, self.cursor))

    def action_fold_siblings(self) -> None:
        """Fold the row and its siblings."""
        self._fold(lambda outline: outline.fold_siblings(self.cursor))

    # ---- moving

    def action_center(self) -> None:
        """Scroll the row to the middle of the window."""
        self._scroll_top(self.cursor - self.page // 2)
        self._show_cursor()
        self.refresh()

    def action_sibling(self, step: int) -> None:
        """Go to the next or previous member of the same container."""
        if self._outline is not None and self.row_count:
            move = self._outline.next_sibling if step > 0 else self._outline.previous_sibling
            self._move_to(move(self.cursor))

    async def on_key(self, event: events.Key) -> None:
        """Handle the second key of `z1`, `zM`, and `zz`; any other second key keeps its own meaning."""
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
