"""A document with a search: the prompt, the steps from match to match, and the filter for matches."""

from __future__ import annotations

from abc import abstractmethod

from textual import on
from textual.containers import Vertical
from textual.content import Content
from textual.getters import query_one
from textual.message import Message

from astro_tui.document import Outline, preload
from astro_tui.presentation.status import Severity
from astro_tui.theme.look import TONES, Look
from astro_tui.widgets.chrome.bar import KeyHints
from astro_tui.widgets.chrome.prompt import Prompt
from astro_tui.widgets.document.document_view import DocumentView
from astro_tui.widgets.document.searched_side import Finder
from astro_tui.widgets.document.spec_tree import SpecTree
from astro_tui.widgets.document.tree_search import Found
from astro_tui.widgets.keymap import keymap


class SearchedSide(Vertical):
    """A document with a search. A subclass composes the parts, including a Prompt."""

    BINDINGS = keymap("""
        slash!     search     document.search          search keys and values (k: v: re:)
        n          match(1)   document.next-match      next match
        N          match(-1)  document.previous-match  previous match
        ampersand  only       document.only-matches    show only matches, or all
        escape     clear      document.clear           end the search
    """)

    class KeysChanged(Message):
        """The available keys changed; `hints` returns them."""

    prompt = query_one(Prompt)
    """The prompt for the search."""

    def __init__(self, look: Look, *, id: str | None = None) -> None:  # noqa: A002  Textual's name
        super().__init__(id=id)
        self.look = look
        self.body = DocumentView(look, id="spec-body")
        self.finder = Finder(self, self.body, look)
        self._fresh = False

    @abstractmethod
    def _show_path(self) -> None:
        """Show the path of the cursor."""

    @abstractmethod
    def _show_rule(self) -> None:
        """Show the title above the document."""

    @property
    def spec_tree(self) -> SpecTree:
        """The document as a tree."""
        return self.body.tree_view

    @property
    def outline(self) -> Outline | None:
        """The document with its folds; None if no document is shown."""
        return self.body.outline

    @property
    def node(self) -> int | None:
        """The node under the cursor."""
        return self.body.node

    def take_focus(self) -> None:
        """Focus the document."""
        self.body.take_focus()

    # ---- the prompt

    def action_search(self) -> None:
        """Let the user type a search."""
        self.finder.begin()
        self.run_worker(preload, thread=True, group="preload")
        for hints in self.screen.query(KeyHints):
            hints.make_room()
        self.prompt.open(self.finder.search.text, replaced=True)
        self._show_path()

    def handle_directly(self, message: Message) -> None:
        """Search for the text typed so far; the matches of the previous text stay marked until new ones arrive."""
        if isinstance(message, Prompt.Changed):
            self._fresh = True
            self.finder.find(message.text)
            if not self.finder.pending:
                self.body.shown.refresh()
            self._show_path()
            self._show_rule()

    @on(Prompt.Submitted)
    def _submitted(self, message: Prompt.Submitted) -> None:
        message.stop()
        self.end_typing()
        self.take_focus()

    def end_typing(self) -> None:
        """Keep the search that the user is typing. The caller must then move the focus."""
        if not self.prompt.display:
            return
        self._close_prompt()
        if not self.prompt.text or self.finder.search.problem:
            self.finder.clear()
        self.finder.confirm()
        self._redraw()
        self.post_message(self.KeysChanged())

    @on(Prompt.Canceled)
    def _canceled(self, message: Prompt.Canceled) -> None:
        message.stop()
        self._close_prompt()
        self.take_focus()
        self.action_clear()

    @on(Prompt.Moved)
    def _moved_while_typing(self, message: Prompt.Moved) -> None:
        message.stop()
        if message.key in ("up", "down"):
            self.action_match(message.rows(1))
        else:
            self.body.shown.action_page(message.rows(1))

    def _close_prompt(self) -> None:
        if self.prompt.display:
            self.prompt.close()
            for hints in self.screen.query(KeyHints):
                hints.display = True

    # ---- matches

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

    @on(SpecTree.Filtered)
    def _redraw(self) -> None:
        self.body.shown.refresh()
        self._show_path()
        self._show_rule()

    def action_clear(self) -> None:
        """End the search and show everything again."""
        self.finder.clear()
        self._redraw()
        self.post_message(self.KeysChanged())

    def action_match(self, by: int) -> None:
        """Go to the next or previous match."""
        self._say(self.finder.step(by))
        self._show_path()

    def action_only(self) -> None:
        """Show only matches, or everything again."""
        self._say(self.finder.toggle_only())
        self._redraw()

    def _say(self, text: str) -> None:
        if text and self.is_attached:
            for hints in self.screen.query(KeyHints):
                hints.show_message(Content.assemble((self.look.own(text), TONES[Severity.INFO])))
