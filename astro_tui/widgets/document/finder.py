"""Searching while reading: where the cursor goes as hits come in, and back to where it was."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from textual.widget import Widget

from astro_tui.theme.look import Look
from astro_tui.widgets.document.tree_search import Found, TreeSearch

if TYPE_CHECKING:
    from collections.abc import Sequence

    from astro_tui.document import Document, Outline


class Reader(Protocol):
    """What shows the document: the tree, or the text."""

    @property
    def node(self) -> int | None:
        """The node under the cursor."""

    @property
    def outline(self) -> Outline | None:
        """The document with its folds."""

    def go_to(self, node: int) -> list[int]:
        """Put the cursor on a node; returns the containers that had to be unfolded for it."""

    def fold_again(self, nodes: list[int]) -> None:
        """Fold what `go_to` unfolded."""

    def show_only(self, nodes: Sequence[int] | None) -> None:
        """Show only some nodes with what they stand in, or all."""


class Finder:
    """Goes to the first hit while a search is typed, and from hit to hit when it is."""

    def __init__(self, owner: Widget, reader: Reader, look: Look) -> None:
        self.search = TreeSearch(owner, look)
        self.only = False
        """Whether only what matches is to be shown."""
        self._reader = reader
        self._origin: int | None = None
        self._opened: list[int] = []
        self._seeking = False

    @property
    def seeking(self) -> bool:
        """Whether the cursor waits for the first match; until it comes, all stays as it was for the text before."""
        return self._seeking

    def begin(self) -> None:
        """A search is going to be typed: what it looks for is sought from here on."""
        self._origin, self._opened = self._reader.node, []

    def look_for(self, text: str) -> None:
        """Look for `text` from where the typing began."""
        outline = self._reader.outline
        if outline is None:
            return
        self._only(wanted=False)
        self.search.start(text, outline.document, self._origin or 0)
        self._seeking = bool(text) and not self.search.problem and not self.search.complete
        if not self._seeking:
            self._give_up()

    def again(self, text: str, document: Document, *, only: bool) -> None:
        """Look for `text` in a document that was just shown; the cursor stays."""
        self.only, self._opened, self._seeking, self._origin = only, [], False, None
        self.search.start(text, document)

    def take(self, found: Found) -> bool:
        """Take hits over and go to the first of them; returns whether they belong to this search."""
        if not self.search.take(found):
            return False
        self._seek()
        if self.only and self.search.complete:
            self._only(wanted=True)
        return True

    def _seek(self) -> None:
        hits, origin = self.search.hits, self._origin or 0
        if not self._seeking:
            return
        if hits is None:
            self._give_up()
            return
        # What stands before the origin comes last: by then there is nothing behind it.
        node = hits.after(origin - 1)
        if node is not None:
            self._seeking = False
            self._fold_again()
            self._opened = self._reader.go_to(node)
        elif hits.complete:
            self._give_up()

    def _give_up(self) -> None:
        """Nothing is found: back to where the typing began."""
        self._seeking = False
        self._fold_again()
        self._return()

    def keep(self) -> None:
        """The search is typed: what it unfolded stays so."""
        self._opened, self._origin = [], None if not self._seeking else self._origin

    def clear(self) -> None:
        """Look for nothing. A search that is still typed goes back to where it began."""
        self._seeking = False
        self._only(wanted=False)
        self.only = False
        self._fold_again()
        self._return()
        self._origin = None
        self.search.end()

    def step(self, by: int) -> str:
        """Go to the next hit or the one before; returns what there is to say about it."""
        hits, node = self.search.hits, self._reader.node
        if hits is None or node is None:
            return "Press / to search."
        found = hits.after(node) if by > 0 else hits.before(node)
        if found is None:
            return "No match." if hits.complete else "No match yet."
        self._opened += self._reader.go_to(found)
        round_the_end = found <= node if by > 0 else found >= node
        if not round_the_end:
            return ""
        if len(hits) == 1:
            return "This is the only match."
        return "Wrapped to the first match." if by > 0 else "Wrapped to the last match."

    def toggle_only(self) -> str:
        """Show only what matches, or everything again; returns why that is not possible."""
        hits = self.search.hits
        if hits is None or not len(hits):
            return "Nothing matches: / looks for something, & then shows only that."
        self._opened = []
        self._only(wanted=not self.only)
        self.only = not self.only
        return ""

    def _only(self, *, wanted: bool) -> None:
        from astro_tui.document import MOST

        outline, hits = self._reader.outline, self.search.hits
        if outline is None:
            return
        if wanted and hits is not None and len(hits):
            self._reader.show_only(hits.nodes[: MOST + 1])
        elif outline.filtered or self.only:
            self._reader.show_only(None)
            self.only = False

    def _fold_again(self) -> None:
        opened, self._opened = self._opened, []
        self._reader.fold_again(opened)

    def _return(self) -> None:
        if self._origin is not None:
            self._reader.go_to(self._origin)
