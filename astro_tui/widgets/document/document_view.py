"""One document as tree, as YAML and as JSON: three forms with one cursor."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import TYPE_CHECKING

from textual import on
from textual.app import ComposeResult
from textual.containers import Container
from textual.message import Message

from astro_tui.theme.look import Look
from astro_tui.widgets.document.spec_tree import SpecTree
from astro_tui.widgets.document.text_view import TextView, YamlMade, make_yaml
from astro_tui.widgets.document.tree_drawing import about

if TYPE_CHECKING:
    from astro_tui.document import Document, Outline, Path, Query, Row, View

FORMS = ("tree", "yaml", "json")


class DocumentView(Container):
    """The tree, or in its place the text; whatever is shown, the cursor stays on its node."""

    class FormChanged(Message):
        """The document is shown in another form."""

    class ValueChanged(Message):
        """A masked value is shown in clear, or masked again."""

    def __init__(self, look: Look, *, id: str | None = None) -> None:  # noqa: A002  Textual's name
        super().__init__(id=id)
        self.look = look
        self.form = "tree"
        """How the document is shown: one of `FORMS`."""
        self._making = 0
        self.marking: Callable[[int], Query | None] | None = None
        """Says of a node what to mark where it is drawn: set before it is mounted, by who searches."""
        self.moved: Callable[[], None] | None = None
        """Called when the cursor moved, not told by a message: one key is one frame."""

    def compose(self) -> ComposeResult:
        """Lay both out in one place."""
        tree, text = SpecTree(self.look, id="spec"), TextView(self.look, id="text")
        tree.moved, text.moved = partial(self._moved, tree=True), partial(self._moved, tree=False)
        tree.marking = text.marking = self.marking
        text.display = False
        yield tree
        yield text

    @property
    def tree_view(self) -> SpecTree:
        """The document as a tree."""
        return self.query_one(SpecTree)

    @property
    def text_view(self) -> TextView:
        """The document as text."""
        return self.query_one(TextView)

    @property
    def shown(self) -> SpecTree | TextView:
        """What has the keys."""
        return self.tree_view if self.form == "tree" else self.text_view

    # ---- the document

    @property
    def outline(self) -> Outline | None:
        """The document with its folds, or None."""
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
    def row(self) -> Row | None:
        """What stands under the cursor."""
        outline, node = self.outline, self.node
        return outline.facts(node) if outline is not None and node is not None else None

    @property
    def row_number(self) -> int | None:
        """The row under the cursor as `outline` counts them; from a text, the tree is unfolded down to it."""
        node = self.node
        if node is None:
            return None
        if self.form != "tree":
            self.tree_view.go_to(node)
        return self.tree_view.cursor

    @property
    def path(self) -> Path | None:
        """Keys and list positions from the root to the cursor."""
        from astro_tui.document import path_of

        outline, node = self.outline, self.node
        return path_of(outline.document, node) if outline is not None and node is not None else None

    def start_loading(self) -> None:
        """Draw grey bars until there is a document."""
        self._set_form("tree")
        self.tree_view.loading_rows()

    def show(self, document: Document, view: View | None = None, form: str | None = None) -> None:
        """Show `document`, folded and placed as in `view`, in a form (None: the present one)."""
        self.tree_view.show(document, view)
        row = self.tree_view.row
        self.show_as(form or self.form, row.node if row is not None else 0)

    def view(self) -> View | None:
        """Return folds, cursor and scroll, to be given to `show` for this or a newer document."""
        return self.tree_view.view() if self.row_number is not None else None

    # ---- the forms

    def action_next_form(self) -> None:
        """Show the document in its next form, the cursor on the same path."""
        node = self.node
        if node is not None:
            self.show_as(after(self.form), node)

    def show_as(self, form: str, node: int) -> None:
        """Show the document in a form with the cursor on a node; YAML is made in a worker thread first."""
        outline, before = self.outline, self.form
        if outline is None:
            return
        self._set_form(form)
        if form == "json":
            from astro_tui.widgets.document.text_lines import JsonLines

            self.text_view.show(JsonLines(outline, self.look, self.text_view.rich), node)
        elif form == "yaml":
            self._make_yaml(outline, node)
        elif before != form:
            self.tree_view.go_to(node)
            self.tree_view.row_highlighted()
        if before != form:
            self.post_message(self.FormChanged())

    def _set_form(self, form: str) -> None:
        focused = self.shown.has_focus
        self.form = form
        self._making += 1
        self.tree_view.display, self.text_view.display = form == "tree", form != "tree"
        if focused:
            self.take_focus()

    def _make_yaml(self, outline: Outline, node: int) -> None:
        self.text_view.wait(self.look.own("making YAML…"), node)
        revealed = frozenset(outline.revealed)
        work = partial(make_yaml, outline.document, revealed, self._making, self.post_message)
        self.run_worker(work, thread=True, group="yaml", exclusive=True)

    @on(YamlMade)
    def _yaml_made(self, message: YamlMade) -> None:
        from astro_tui.widgets.document.text_lines import YamlLines

        if message.number != self._making:
            return
        text = self.text_view
        if message.places is None:
            text.wait(self.look.own(message.problem), text.node)
        else:
            text.show(YamlLines(message.places, self.look, text.rich), text.node)

    def take_focus(self) -> None:
        """Let the keys go to the document."""
        self.screen.set_focus(self.shown)

    @property
    def wraps(self) -> bool:
        """Whether long rows are wrapped."""
        return self.tree_view.wraps

    def wrap(self, wraps: bool) -> None:
        """Wrap long rows of tree and text, or cut them again."""
        self.tree_view.wrap(wraps)
        self.text_view.wrap(wraps)

    # ---- the cursor

    def go_to(self, node: int) -> list[int]:
        """Put the cursor on a node; returns the containers that had to be unfolded for it."""
        if self.form == "tree":
            return self.tree_view.go_to(node)
        self.text_view.go_to(node)
        return []

    def fold_again(self, nodes: list[int]) -> None:
        """Fold what `go_to` unfolded."""
        self.tree_view.fold_again(nodes)

    def shows(self, first: int, last: int) -> bool:
        """Tell whether a node from `first` to `last` can be on the screen."""
        # The last line of a container is on the screen without what is in it.
        return self.form != "tree" or self.tree_view.shows(first, last)

    def show_only(self, nodes: Sequence[int] | None) -> None:
        """Show only some nodes with what they stand in, or all: in the tree, the only form that can."""
        if nodes is not None and self.form != "tree" and self.node is not None:
            self.show_as("tree", self.node)
        self.tree_view.show_only(nodes)

    def _moved(self, *, tree: bool) -> None:
        if self.moved is not None and tree is (self.form == "tree"):
            self.moved()

    @property
    def place(self) -> tuple[str, str]:
        """The path of the cursor as jq writes it, and what is there in words; empty where there is nothing."""
        from astro_tui.document import SHOWN_KEY, jq_path, path_of

        row = self.tree_view.row if self.form == "tree" else self.row
        if row is None:
            return "", ""
        if self.form != "tree":
            row = row._replace(line=self.text_view.cursor + 1)
        outline = self.outline
        path = path_of(outline.document, row.node, SHOWN_KEY) if outline is not None else ()
        return jq_path(path), about(self.look, row)

    @property
    def cut_off(self) -> bool:
        """Whether the value under the cursor is longer than its row."""
        row, width = self.row, self.shown.row_width
        if row is not None and self.wraps:
            return row.cut
        # Before it is laid out nothing has a width, and nothing is cut off.
        return row is not None and width > 0 and not self.tree_view.painter.fits(row, width)

    # ---- secrets

    @on(TextView.RevealAsked)
    def _reveal(self, message: TextView.RevealAsked) -> None:
        message.stop()
        self.tree_view.reveal(message.node)

    @on(SpecTree.Revealed)
    def _revealed(self, message: SpecTree.Revealed) -> None:
        message.stop()
        node = self.node
        if self.form == "yaml" and self.outline is not None and node is not None:
            self._making += 1
            self._make_yaml(self.outline, node)
        self.text_view.refresh()
        self.post_message(self.ValueChanged())


def after(form: str) -> str:
    """Return the form that comes after another one."""
    return FORMS[(FORMS.index(form) + 1) % len(FORMS)]
