"""A document with a search: from the first letter typed to the last match, and only what matches."""

from __future__ import annotations

from abc import abstractmethod
from typing import TYPE_CHECKING

from textual import on
from textual.binding import Binding
from textual.containers import Vertical
from textual.content import Content
from textual.message import Message

from astro_tui.presentation.status import Severity
from astro_tui.theme.look import TONES, Look
from astro_tui.widgets.chrome.bar import KeyHints
from astro_tui.widgets.chrome.prompt import Prompt
from astro_tui.widgets.document.document_view import DocumentView
from astro_tui.widgets.document.finder import Finder
from astro_tui.widgets.document.spec_tree import SpecTree
from astro_tui.widgets.document.tree_search import Found

if TYPE_CHECKING:
    from astro_tui.document import Outline


class SearchedSide(Vertical):
    """The base of what shows a document: its search. A subclass composes the parts, a Prompt among them."""

    BINDINGS = [
        # With priority, so that what is typed right behind it is already the search.
        Binding("slash", "search", "search keys and values; k: v: re:", priority=True, id="document.search"),
        Binding("n", "hit(1)", "next match", id="document.next-match"),
        Binding("N", "hit(-1)", "previous match", id="document.previous-match"),
        Binding("ampersand", "only", "only what matches, or all", id="document.only-matches"),
        Binding("escape", "clear", "end the search", show=False, id="document.clear"),
    ]

    class KeysChanged(Message):
        """Other keys work than before: `hints` says which."""

    def __init__(self, look: Look, *, id: str | None = None) -> None:  # noqa: A002  Textual's name
        super().__init__(id=id)
        self.look = look
        self.body = DocumentView(look, id="spec-body")
        self.finder = Finder(self, self.body, look)
        self.body.marking = self.finder.search.marking
        self._fresh = False

    @abstractmethod
    def _show_path(self) -> None:
        """Show where the cursor is."""

    @abstractmethod
    def _show_rule(self) -> None:
        """Show what the document is, above it."""

    @property
    def spec_tree(self) -> SpecTree:
        """The document as a tree."""
        return self.body.tree_view

    @property
    def outline(self) -> Outline | None:
        """The document with its folds, or None."""
        return self.body.outline

    @property
    def node(self) -> int | None:
        """The node under the cursor."""
        return self.body.node

    @property
    def prompt(self) -> Prompt:
        """Where a search is typed."""
        return self.query_one(Prompt)

    def take_focus(self) -> None:
        """Let the keys go to the document."""
        self.body.take_focus()

    def action_search(self) -> None:
        """Type a search."""
        from astro_tui.document import preload

        self.finder.begin()
        self.run_worker(preload, thread=True, group="preload")
        for hints in self.screen.query(KeyHints):
            hints.display = False
        self.prompt.open(self.finder.search.text, replaced=True)
        self._show_path()

    def _typed(self, text: str) -> None:
        """Look for what is typed now; what was found for the text before stays marked until there is news."""
        self._fresh = True
        self.finder.look_for(text)
        if not self.finder.seeking:
            self.body.shown.refresh()
        self._show_path()
        self._show_rule()

    @on(Found)
    def _found(self, message: Found) -> None:
        if not self.finder.take(message):
            return
        batch = message.batch
        if self._fresh or (batch and self.body.shows(batch[0], batch[-1])):
            self.body.shown.refresh()
        self._fresh = False
        self._show_path()
        self._show_rule()

    @on(SpecTree.Gathered)
    def _search_shown(self) -> None:
        self.body.shown.refresh()
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

    @on(Prompt.Canceled)
    def _search_cancelled(self, message: Prompt.Canceled) -> None:
        message.stop()
        self._close_prompt()
        self.action_clear()

    @on(Prompt.Moved)
    def _moved_behind(self, message: Prompt.Moved) -> None:
        message.stop()
        if message.key in ("up", "down"):
            self.action_hit(1 if message.key == "down" else -1)
        else:
            self.body.shown.action_page(1 if message.key == "pagedown" else -1)

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
