"""The spec as a collapsible tree: any JSON document, drawn line by line, whatever its size."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from rich.segment import Segment
from rich.style import Style
from textual import events
from textual.binding import Binding
from textual.message import Message

from astro_tui.look import Look
from astro_tui.widgets.cells import cell_len, fit
from astro_tui.widgets.rows import RowList
from astro_tui.wording import counted

if TYPE_CHECKING:
    from astro_tui.document import Document, Outline, Row, View

REVEAL_SECONDS = 10.0
SMALL = 1000
"""Nodes up to which a document is unfolded as far as it fits when it is first shown."""
KEY_COLUMN = 12
"""Short keys are padded to this, so that the values of a block stand below each other."""
SKELETON = (9, 14, 20, 11, 16, 8, 18, 12)


class SpecTree(RowList):
    """A document with its folds. Every text of it is foreign and drawn as plain text."""

    COMPONENT_CLASSES = {
        "rows--cursor",
        "rows--info",
        "rows--quiet",
        "rows--skeleton",
        "tree--key",
        "tree--name",
        "tree--string",
        "tree--number",
        "tree--word",
        "tree--count",
        "tree--mask",
        "tree--note",
    }
    BINDINGS = [
        Binding("h,left", "out", "fold, or go to the parent"),
        Binding("l,right", "into", "unfold, or go to the first child"),
        Binding("space", "toggle_fold", "fold or unfold"),
        Binding("H,shift+left", "fold_below", "fold all below"),
        Binding("L,shift+right", "unfold_below", "unfold all below"),
        Binding("J,shift+down", "sibling(1)", "next sibling"),
        Binding("K,shift+up", "sibling(-1)", "previous sibling"),
        Binding("equals_sign", "unfold_all", "unfold everything"),
        Binding("minus", "fold_all", "fold everything"),
        Binding("x", "reveal", "show a masked value for ten seconds"),
    ]

    @dataclass
    class Moved(Message):
        """The cursor stands on `path` (as jq writes it); `about` says what is there."""

        path: str
        about: str

    def __init__(self, look: Look, *, id: str | None = None) -> None:  # noqa: A002  Textual's name
        super().__init__(look, id=id)
        self._outline: Outline | None = None
        self._loading = True

    # ---- the document

    @property
    def outline(self) -> Outline | None:
        """The document with its folds; None while there is none."""
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
        self._outline, self._loading = None, True
        self.rows_changed(0)

    def show(self, document: Document, view: View | None = None) -> None:
        """Show `document`, folded and placed as in `view`; the cursor keeps its line on the screen."""
        from astro_tui.document import Outline

        outline = Outline(document)
        cursor, top = outline.restore(view) if view is not None else (0, 0)
        if view is None:
            self._open_what_fits(outline)
        self._outline, self._loading = outline, False
        self.rows_changed(cursor, cursor - top)

    def _open_what_fits(self, outline: Outline) -> None:
        """Unfold as many levels of a small document as fit on the screen: no key for what can be seen at once."""
        if outline.document.node_count > SMALL:
            return
        for depth in range(2, 10):
            outline.fold_to_depth(depth)
            if outline.row_count > self.page:
                outline.fold_to_depth(depth - 1)
                return

    def view(self) -> View | None:
        """Return folds, cursor and scroll, to be given to `show` for this or a newer document."""
        if self._outline is None or not self.row_count:
            return None
        return self._outline.snapshot(self.cursor, min(self.top, self.row_count - 1))

    @property
    def row_count(self) -> int:
        """How many rows are visible."""
        return self._outline.row_count if self._outline is not None else 0

    def row_key(self, index: int) -> int:
        """Return the node on a row."""
        return self._outline.node(index) if self._outline is not None else index

    @property
    def row(self) -> Row | None:
        """The row under the cursor."""
        return self._outline.row(self.cursor) if self._outline is not None and self.row_count else None

    # ---- moving and folding

    def row_highlighted(self) -> None:
        """Tell the screen where the cursor is."""
        row = self.row
        if row is None or self._outline is None:
            self.post_message(self.Moved("", ""))
            return
        from astro_tui.document import jq_path

        self.post_message(self.Moved(jq_path(self._outline.path(self.cursor)), self._about(row)))

    def _about(self, row: Row) -> str:
        dot = f" {self.look.glyphs.dot} "
        if row.children or row.text in ("{}", "[]"):
            size = counted(row.children, "key" if row.kind == "object" else "item")
        elif row.kind == "string" and not row.masked:
            size = "long" if row.cut else counted(len(row.text), "char")
        else:
            size = ""
        secret = f"secret: {row.reason}" if row.reason else ""
        return dot.join(part for part in (str(row.kind), size, secret, f"ln {row.line}") if part)

    def row_chosen(self, index: int) -> None:
        """Fold or unfold."""
        if self._outline is not None:
            self._folded(self._outline.toggle(index))

    def _folded(self, cursor: int) -> None:
        """Draw anew after folding, the cursor row staying where it is on the screen."""
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
        index = self.row_at(event.y)
        if index is None or self._outline is None:
            return
        row = self._outline.row(index)
        self.move_to(index)
        on_mark = event.x <= 2 + 2 * row.depth
        if row.opens and (on_mark or event.chain == 2):
            if event.shift:
                self._folded((self._outline.unfold_all_below if row.folded else self._outline.fold_all_below)(index))
            else:
                self._folded(self._outline.toggle(index))

    # ---- secrets

    def action_reveal(self) -> None:
        """Show one masked value in clear for ten seconds; a value the server never sent cannot be shown."""
        row, outline = self.row, self._outline
        if row is None or outline is None:
            return
        if not row.masked:
            if row.reason:
                outline.conceal(row.node)
                self.refresh()
            return
        node = outline.reveal(self.cursor)
        self.refresh()
        self.row_highlighted()
        self.set_timer(REVEAL_SECONDS, partial(self._conceal, outline, node))

    def _conceal(self, outline: Outline, node: int) -> None:
        outline.conceal(node)
        self.refresh()

    # ---- drawing

    def draw_row(self, index: int, width: int, *, selected: bool) -> list[Segment]:
        """Return one row: cursor, indent, fold mark, key, value."""
        outline = self._outline
        if outline is None:
            return []
        row, look, glyphs = outline.row(index), self.look, self.look.glyphs
        mark = (glyphs.folded if row.folded else glyphs.unfolded) if row.opens else " "
        head = [
            Segment(glyphs.cursor if selected else " ", self.part("info")),
            Segment("  " * row.depth + mark + " ", self.part("quiet")),
        ]
        head += self._key(row)
        used = 3 + 2 * row.depth + sum(cell_len(segment.text) for segment in head[2:])
        room = max(0, width - used)
        segments = head + self._value(outline, index, row, room)
        note = outline.note(index)
        if note:
            used = sum(cell_len(segment.text) for segment in segments)
            if used + len(note) + 3 <= width:
                segments.append(Segment("   " + look.own(note), self.rich("tree--note")))
        return segments

    def _key(self, row: Row) -> list[Segment]:
        look = self.look
        if row.position is not None:
            name = [Segment(f" {look.plain(row.name)}", self.rich("tree--name"))] if row.name else []
            return [
                Segment(str(row.position), self.rich("tree--count")),
                *name,
                Segment("  " if not row.opens else " "),
            ]
        if row.key is None:
            return []
        key = look.plain(row.key) or '""'
        if row.opens:
            return [Segment(key + " ", self.rich("tree--key"))]
        padding = max(2, KEY_COLUMN + 2 - cell_len(key))
        return [Segment(key, self.rich("tree--key")), Segment(" " * padding)]

    def _value(self, outline: Outline, index: int, row: Row, room: int) -> list[Segment]:
        look, cut = self.look, self.look.glyphs.cut
        if row.opens:
            size = f"{{{row.children:,}}}" if row.kind == "object" else f"[{row.children:,}]"
            segments = [Segment(size, self.rich("tree--count"))]
            room -= len(size) + 2
            if row.folded and room > 4:
                preview = look.plain(outline.preview(index, room))
                segments.append(Segment("  " + fit(preview, room, cut).rstrip(), self.part("quiet")))
            return segments
        if row.masked:
            return [
                Segment(look.glyphs.mask * 8, self.rich("tree--mask")),
                Segment("  x shows it", self.part("quiet")),
            ]
        text = look.plain(row.text)
        if row.kind == "string":
            text, style = f'"{text}"', self.rich("tree--string")
        elif row.kind == "number":
            style = self.rich("tree--number")
        elif row.kind in ("boolean", "null"):
            style = self.rich("tree--word")
        else:
            style = self.rich("tree--count")
        return [Segment(fit(text, room, cut).rstrip() if cell_len(text) > room else text, style)]

    def rich(self, name: str) -> Style:
        """Return the style that the style sheet gives to a part of the tree."""
        return self.get_component_rich_style(name, partial=True)

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
