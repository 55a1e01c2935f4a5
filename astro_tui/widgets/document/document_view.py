"""One document as a tree, as YAML, and as JSON, with one cursor."""

from __future__ import annotations

from collections.abc import Sequence

from textual import on
from textual.app import ComposeResult
from textual.containers import Container

from astro_tui.document import (
    SHOWN_KEY,
    Document,
    Outline,
    OutlineState,
    Path,
    TreeRow,
    YamlPlaces,
    address_of,
    jq_path,
    path_of,
)
from astro_tui.theme.look import Look
from astro_tui.widgets.document.spec_tree import SpecTree
from astro_tui.widgets.document.text_view import JsonLines, TextView, YamlLines, make_yaml
from astro_tui.widgets.document.tree_drawing import row_details
from astro_tui.widgets.document.tree_search import Matches
from astro_tui.widgets.drawn import NewestWork, changed

FORMS = ("tree", "yaml", "json")


class DocumentView(Container):
    """Shows the tree or the text. The cursor stays on its node when the form changes."""

    def __init__(self, look: Look, *, id: str | None = None) -> None:  # noqa: A002  Textual's name
        super().__init__(id=id)
        self.look = look
        self.tree_view = SpecTree(look, id="spec")
        """The document as a tree."""
        self.text_view = TextView(look, id="text")
        """The document as text."""
        self.text_view.display = False
        self.form = "tree"
        """The current form: one of `FORMS`."""
        self._yaml = NewestWork(self, "yaml")

    def compose(self) -> ComposeResult:
        """Yield the tree and the text, one of which is visible."""
        yield self.tree_view
        yield self.text_view

    @property
    def shown(self) -> SpecTree | TextView:
        """The visible view."""
        return self.tree_view if self.form == "tree" else self.text_view

    # ---- the document

    @property
    def outline(self) -> Outline | None:
        """The document with its folds; None if no document is shown."""
        return self.tree_view.outline

    @property
    def node(self) -> int | None:
        """The node under the cursor."""
        if self.outline is None:
            return None
        if self.form != "tree":
            return self.text_view.node
        row = self.tree_view.row
        return row.node if row is not None else None

    @property
    def row(self) -> TreeRow | None:
        """The row of the node under the cursor."""
        outline, node = self.outline, self.node
        return outline.facts(node) if outline is not None and node is not None else None

    @property
    def row_number(self) -> int | None:
        """The number of the row under the cursor in `outline`. In text form, this unfolds the tree down to the node."""
        node = self.node
        if node is None:
            return None
        if self.form != "tree":
            self.tree_view.go_to(node)
        return self.tree_view.cursor

    @property
    def path(self) -> Path | None:
        """The keys and list positions from the root to the cursor."""
        outline, node = self.outline, self.node
        return path_of(outline.document, node) if outline is not None and node is not None else None

    @property
    def address(self) -> str:
        """The jq path of the cursor for an address; empty at the root, or if it is too long for an address."""
        outline, node = self.outline, self.node
        return address_of(outline.document, node) if outline is not None and node is not None else ""

    def start_loading(self) -> None:
        """Show gray bars until a document is shown."""
        self._set_form("tree")
        self.tree_view.start_loading()

    def show(self, document: Document, view: OutlineState | None = None, form: str | None = None) -> None:
        """Show `document` with the folds and position of `view`, in `form` (by default the current one)."""
        self.tree_view.show(document, view)
        row = self.tree_view.row
        self.show_as(form or self.form, row.node if row is not None else 0)

    def view(self) -> OutlineState | None:
        """Return folds, cursor, and scroll position, for `show` with this or a newer document."""
        return self.tree_view.view() if self.row_number is not None else None

    # ---- the forms

    def action_next_form(self) -> None:
        """Show the document in its next form, with the cursor on the same node."""
        node = self.node
        if node is not None:
            self.show_as(next_form(self.form), node)

    def show_as(self, form: str, node: int) -> None:
        """Show the document in a form with the cursor on a node. A worker thread converts to YAML first."""
        outline, before = self.outline, self.form
        if outline is None:
            return
        self._set_form(form)
        if form == "json":
            self.text_view.show(JsonLines(outline, self.look, self.text_view.style_of), node)
        elif form == "yaml":
            self._make_yaml(outline, node)
        elif before != form:
            self.tree_view.go_to(node)
            self.tree_view.row_highlighted()
        if before != form:
            changed(self)

    def _set_form(self, form: str) -> None:
        focused = self.shown.has_focus_within
        self.form = form
        self._yaml.cancel()
        self.tree_view.display, self.text_view.display = form == "tree", form != "tree"
        if focused:
            self.take_focus()

    def _make_yaml(self, outline: Outline, node: int) -> None:
        self.text_view.show_placeholder(self.look.plain("converting to YAML…"), node)
        revealed = frozenset(outline.revealed)
        self._yaml.start(lambda _canceled: make_yaml(outline.document, revealed), self._show_yaml)

    def _show_yaml(self, places: YamlPlaces | str) -> None:
        text = self.text_view
        if isinstance(places, str):
            text.show_placeholder(self.look.plain(places), text.node)
        else:
            text.show(YamlLines(places, self.look, text.style_of), text.node)

    def take_focus(self) -> None:
        """Focus the document."""
        self.screen.set_focus(self.shown)

    @property
    def wraps(self) -> bool:
        """Whether long rows are wrapped."""
        return self.tree_view.wraps

    def wrap(self, wraps: bool) -> None:
        """Wrap long rows of tree and text, or cut them."""
        self.tree_view.wrap(wraps)
        self.text_view.wrap(wraps)

    # ---- the cursor

    def go_to(self, node: int) -> list[int]:
        """Move the cursor to a node; return the containers that had to be unfolded for it."""
        if self.form == "tree":
            return self.tree_view.go_to(node)
        self.text_view.go_to(node)
        return []

    def fold_again(self, nodes: list[int]) -> None:
        """Fold what `go_to` unfolded."""
        self.tree_view.fold_again(nodes)

    def shows(self, first: int, last: int) -> bool:
        """Return whether a node from `first` to `last` can be on screen."""
        # In text form, the last line of a container can be on screen without its members.
        return self.form != "tree" or self.tree_view.shows(first, last)

    def show_only(self, nodes: Sequence[int] | None) -> None:
        """Show only some nodes and their containers, in the tree; with None, show all nodes."""
        if nodes is not None and self.form != "tree" and self.node is not None:
            self.show_as("tree", self.node)
        self.tree_view.show_only(nodes)

    def mark(self, matches: Matches | None) -> None:
        """Mark these matches from the next time that rows are drawn."""
        self.tree_view.matches = self.text_view.matches = matches

    @property
    def location(self) -> tuple[str, list[str]]:
        """The jq path of the cursor, and the details of its row; both are empty without a row."""
        row = self.tree_view.row if self.form == "tree" else self.row
        if row is None:
            return "", []
        if self.form != "tree":
            row = row._replace(line=self.text_view.cursor + 1)
        outline = self.outline
        path = path_of(outline.document, row.node, SHOWN_KEY) if outline is not None else ()
        return jq_path(path), row_details(row)

    @property
    def cut_off(self) -> bool:
        """Whether the value under the cursor does not fit on its row."""
        row, width = self.row, self.shown.row_width
        if row is not None and self.wraps:
            return row.cut
        # Before the first layout, the width is 0.
        return row is not None and width > 0 and not self.tree_view.painter.fits(row, width)

    # ---- secrets

    @on(TextView.RevealRequested)
    def _reveal(self, message: TextView.RevealRequested) -> None:
        message.stop()
        self.tree_view.reveal(message.node)

    @on(SpecTree.Revealed)
    def _revealed(self, message: SpecTree.Revealed) -> None:
        message.stop()
        node = self.node
        if self.form == "yaml" and self.outline is not None and node is not None:
            self._make_yaml(self.outline, node)
        self.text_view.refresh()
        changed(self)


def next_form(form: str) -> str:
    """Return the form after `form`; the last one is followed by the first."""
    return FORMS[(FORMS.index(form) + 1) % len(FORMS)]
