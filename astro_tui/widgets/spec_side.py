"""The place where one document is read: its title, the tree, and the path of the cursor. Any screen can hold it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual import on
from textual.app import ComposeResult
from textual.containers import Vertical
from textual.content import Content

from astro_tui.look import Look
from astro_tui.widgets.bar import Bar, Rule
from astro_tui.widgets.notice import Notice
from astro_tui.widgets.spec_tree import SpecTree

if TYPE_CHECKING:
    from astro_tui.document import Document, Outline, Path, Row, View


class SpecSide(Vertical):
    """A document under a titled rule, with a notice in its place when there is none to show."""

    def __init__(self, look: Look, *, id: str = "spec-side", title: str = "spec") -> None:  # noqa: A002  Textual's name
        super().__init__(id=id)
        self.look = look
        self._title = title
        self._about = ""

    def compose(self) -> ComposeResult:
        """Lay the parts out."""
        look = self.look
        yield Rule(look, id="spec-rule", classes="rule")
        yield SpecTree(look, id="spec")
        yield Notice(look, id="notice")
        yield Bar(look, id="path")

    # ---- the document

    @property
    def spec_tree(self) -> SpecTree:
        """The document as a tree."""
        return self.query_one(SpecTree)

    @property
    def notice(self) -> Notice:
        """What is said in the place of the document; seen after `show_notice`."""
        return self.query_one(Notice)

    @property
    def outline(self) -> Outline | None:
        """The document with its folds; None while there is none."""
        return self.spec_tree.outline

    @property
    def summary(self) -> str:
        """What is shown, in words: `deployment/v1 · 214 values`."""
        return self.spec_tree.summary

    @property
    def node(self) -> int | None:
        """The node under the cursor."""
        row = self.row
        return row.node if row is not None else None

    @property
    def row(self) -> Row | None:
        """What stands under the cursor."""
        return self.spec_tree.row

    @property
    def row_number(self) -> int | None:
        """The number of the row under the cursor, as `outline` counts them."""
        return self.spec_tree.cursor if self.spec_tree.row_count else None

    @property
    def path(self) -> Path | None:
        """Keys and list positions from the root to the cursor."""
        outline, row = self.outline, self.row_number
        return outline.path(row) if outline is not None and row is not None else None

    def start_loading(self) -> None:
        """Draw grey bars until there is a document."""
        self.spec_tree.loading_rows()
        self._show_notice(shown=False)
        self.query_one("#path", Bar).show("")

    def show(self, document: Document, view: View | None = None) -> None:
        """Show `document`, folded and placed as in `view`."""
        self._show_notice(shown=False)
        self.spec_tree.show(document, view)

    def view(self) -> View | None:
        """Return folds, cursor and scroll, to be given to `show` for this or a newer document."""
        return self.spec_tree.view()

    def show_notice(self) -> None:
        """Show the notice in the place of the document."""
        self._show_notice(shown=True)

    def _show_notice(self, *, shown: bool) -> None:
        self.notice.display = shown
        self.spec_tree.display = not shown
        self.query_one("#path", Bar).display = not shown

    def take_focus(self) -> None:
        """Let the keys go to the document."""
        self.spec_tree.focus()

    def show_title(self, about: str) -> None:
        """Say above the document what it is."""
        self._about = about
        dot = self.look.glyphs.dot
        title = Content.assemble((self._title, "bold"), f" {dot} {self.look.plain(about)}" if about else "")
        self.query_one("#spec-rule", Rule).show(title, "")

    @on(SpecTree.Moved)
    def _show_path(self, message: SpecTree.Moved) -> None:
        self.query_one("#path", Bar).show(
            Content.assemble((f" {self.look.plain(message.path)}", "$text-primary")),
            Content.assemble((f"{message.about} ", "$quiet")),
        )

    # ---- keys

    def hints(self) -> list[tuple[str, str]]:
        """Return the keys that work on the document, in the order of their use."""
        return [("h l", "fold"), ("= -", "all"), ("y", "copy"), ("x", "reveal")]
