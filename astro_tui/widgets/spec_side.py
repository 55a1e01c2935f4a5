"""The place where one document is read: its title, the tree, the search, the path of the cursor. For any screen."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Vertical
from textual.content import Content
from textual.message import Message

from astro_tui.look import TONES, Look
from astro_tui.status import Severity
from astro_tui.widgets.bar import Bar, KeyHints, Rule
from astro_tui.widgets.finder import Finder
from astro_tui.widgets.notice import Notice
from astro_tui.widgets.prompt import Prompt
from astro_tui.widgets.spec_tree import SpecTree
from astro_tui.widgets.tree_search import Found

if TYPE_CHECKING:
    from astro_tui.document import Document, Outline, Path, Row, View


class Reading(NamedTuple):
    """How a document was being read, independent of the document: kept while a newer one is read."""

    view: View
    """Folds, cursor and scroll."""
    search: str = ""
    only: bool = False


class SpecSide(Vertical):
    """A document under a titled rule, with a notice in its place when there is none to show."""

    BINDINGS = [
        # With priority, so that what is typed right behind it is already the search.
        Binding("slash", "search", "search keys and values; k: v: re:", priority=True),
        Binding("n", "hit(1)", "next match"),
        Binding("N", "hit(-1)", "previous match"),
        Binding("ampersand", "only", "only what matches, or all"),
        Binding("escape", "clear", "end the search", show=False),
    ]

    class KeysChanged(Message):
        """Other keys work than before: `hints` says which."""

    def __init__(self, look: Look, *, id: str = "spec-side", title: str = "spec") -> None:  # noqa: A002  Textual's name
        super().__init__(id=id)
        self.look = look
        self.finder = Finder(self, self, look)
        self._title = title
        self._about = ""
        self._place = ("", "")

    def compose(self) -> ComposeResult:
        """Lay the parts out."""
        look = self.look
        yield Rule(look, id="spec-rule", classes="rule")
        yield SpecTree(look, id="spec")
        yield Notice(look, id="notice")
        yield Bar(look, id="path")
        yield Prompt(look, id="search")

    def on_mount(self) -> None:
        """Start with the tree alone."""
        self.prompt.display = False
        self.spec_tree.marking = self.finder.search.marking

    # ---- parts

    @property
    def spec_tree(self) -> SpecTree:
        """The document as a tree."""
        return self.query_one(SpecTree)

    @property
    def notice(self) -> Notice:
        """What is said in the place of the document; seen after `show_notice`."""
        return self.query_one(Notice)

    @property
    def prompt(self) -> Prompt:
        """Where a search is typed."""
        return self.query_one(Prompt)

    # ---- the document

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
        self._close_prompt()
        self.finder.clear()
        self.spec_tree.loading_rows()
        self._show_notice(shown=False)
        self.query_one("#path", Bar).show("")

    def show(self, document: Document, reading: Reading | None = None) -> None:
        """Show `document`, to be read on as in `reading`."""
        self._show_notice(shown=False)
        typed = self.finder.search.text
        self.spec_tree.show(document, reading.view if reading is not None else None)
        if reading is not None or typed:
            text, only = (
                (typed, self.finder.only) if typed else (reading.search, reading.only) if reading else ("", False)
            )
            self.finder.again(text, document, only=only)
        self._show_rule()

    def view(self) -> Reading | None:
        """Return how the document is being read, to be given to `show` for this or a newer document."""
        view = self.spec_tree.view()
        return Reading(view, self.finder.search.text, self.finder.only) if view is not None else None

    def show_notice(self) -> None:
        """Show the notice in the place of the document."""
        self._show_notice(shown=True)

    def _show_notice(self, *, shown: bool) -> None:
        self.notice.display = shown
        self.spec_tree.display = not shown
        self.query_one("#path", Bar).display = not shown

    def take_focus(self) -> None:
        """Let the keys go to the document."""
        self.screen.set_focus(self.spec_tree)

    def show_title(self, about: str) -> None:
        """Say above the document what it is."""
        self._about = about
        self._show_rule()

    def _show_rule(self) -> None:
        outline, dot = self.outline, f" {self.look.glyphs.dot} "
        about, keys = self.look.plain(self._about), ""
        if outline is not None and outline.filtered and self.finder.search.hits is not None:
            shown = len(self.finder.search.hits)
            about = f"{shown:,} of {outline.document.node_count - 1:,} values{dot}only what matches"
            keys = "& shows all"
        title = Content.assemble((self._title, "bold"), f"{dot}{about}" if about else "")
        self.query_one("#spec-rule", Rule).show(title, keys)

    @on(SpecTree.Moved)
    def _moved(self, message: SpecTree.Moved) -> None:
        self._place = (message.path, message.about)
        self._show_path()

    def _show_path(self) -> None:
        path, about = self._place
        words = self.finder.search.words(self.node) if self.finder.search.active else ""
        room = max(0, self.size.width - 14)
        self.prompt.note(words if len(words) <= room else words[: room - 1] + self.look.glyphs.cut)
        if words:
            about = f"{about} {self.look.glyphs.dot} {words}" if about else words
        self.query_one("#path", Bar).show(
            Content.assemble((f" {self.look.plain(path)}", "$text-primary")),
            Content.assemble((f"{about} ", "$quiet")),
        )

    # ---- where the cursor is

    def go_to(self, node: int) -> list[int]:
        """Put the cursor on a node; returns the containers that had to be unfolded for it."""
        return self.spec_tree.go_to(node)

    def fold_again(self, nodes: list[int]) -> None:
        """Fold what `go_to` unfolded."""
        self.spec_tree.fold_again(nodes)

    def show_only(self, nodes: list[int] | None) -> None:
        """Show only some nodes with what they stand in, or all."""
        self.spec_tree.show_only(nodes)

    # ---- search

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """A slash is a letter like any other while a search is typed; escape ends a search before it leaves."""
        if action == "search":
            return not self.prompt.display and self.outline is not None
        if action == "clear":
            return self.finder.search.active
        return True

    def action_search(self) -> None:
        """Type a search."""
        self.finder.begin()
        for hints in self.screen.query(KeyHints):
            hints.display = False
        self.prompt.open(self.finder.search.text)
        self._show_path()

    @on(Prompt.Changed)
    def _search_changed(self, message: Prompt.Changed) -> None:
        message.stop()
        self.finder.look_for(message.text)
        self._search_shown()

    @on(Found)
    def _found(self, message: Found) -> None:
        if self.finder.take(message):
            self._search_shown()

    def _search_shown(self) -> None:
        self.spec_tree.refresh()
        self._show_path()
        self._show_rule()

    @on(Prompt.Submitted)
    def _search_typed(self, message: Prompt.Submitted) -> None:
        message.stop()
        self._close_prompt()
        if not message.text or self.finder.search.problem:
            self.finder.clear()
        self.finder.keep()
        self._search_shown()
        self.post_message(self.KeysChanged())

    @on(Prompt.Cancelled)
    def _search_cancelled(self, message: Prompt.Cancelled) -> None:
        message.stop()
        self._close_prompt()
        self.action_clear()

    @on(Prompt.Moved)
    def _moved_behind(self, message: Prompt.Moved) -> None:
        message.stop()
        if message.key in ("up", "down"):
            self.action_hit(1 if message.key == "down" else -1)
        else:
            self.spec_tree.action_page(1 if message.key == "pagedown" else -1)

    def _close_prompt(self) -> None:
        if self.prompt.display:
            self.prompt.close()
            for hints in self.screen.query(KeyHints):
                hints.display = True
            self.take_focus()

    def action_clear(self) -> None:
        """End the search; everything is shown again."""
        self.finder.clear()
        self._search_shown()
        self.post_message(self.KeysChanged())

    def action_hit(self, by: int) -> None:
        """Go to the next match or the one before."""
        self._say(self.finder.step(by))
        self._show_path()

    def action_only(self) -> None:
        """Show only what matches, or everything again."""
        self._say(self.finder.toggle_only())
        self._search_shown()

    def _say(self, text: str) -> None:
        if text:
            for hints in self.screen.query(KeyHints):
                hints.say(Content.assemble((self.look.own(text), TONES[Severity.INFO])))

    # ---- keys

    def hints(self) -> list[tuple[str, str]]:
        """Return the keys that work on the document, in the order of their use."""
        if self.finder.search.active:
            return [("n N", "matches"), ("&", "only these"), ("esc", "end search"), ("h l", "fold"), ("/", "search")]
        return [("/", "search"), ("h l", "fold"), ("= -", "all"), ("y", "copy"), ("x", "reveal")]
