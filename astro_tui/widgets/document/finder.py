"""The search in a document: the steps from match to match, and the filter for matches."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Protocol

from textual.widget import Widget

from astro_tui.document import MOST, Document, Outline
from astro_tui.theme.look import Look
from astro_tui.widgets.document.tree_search import Found, Matches, TreeSearch
from astro_tui.widgets.keymap import action_key


class Reader(Protocol):
    """A view of a document, as a search needs it."""

    @property
    def node(self) -> int | None:
        """The node under the cursor."""

    @property
    def outline(self) -> Outline | None:
        """The document with its folds."""

    def go_to(self, node: int) -> list[int]:
        """Move the cursor to a node; return the containers that had to be unfolded for it."""

    def fold_again(self, nodes: list[int]) -> None:
        """Fold what `go_to` unfolded."""

    def show_only(self, nodes: Sequence[int] | None) -> None:
        """Show only some nodes and their containers; with None, show all nodes."""

    def mark(self, matches: Matches | None) -> None:
        """Mark these matches from the next time that rows are drawn."""


class SpecFinder:
    """Moves to the first match while the user types a search, and from match to match afterwards."""

    def __init__(self, owner: Widget, reader: Reader, look: Look, arrived: Callable[[Found], None]) -> None:
        self.search = TreeSearch(owner, look, arrived)
        self.only = False
        """Whether only matches are shown."""
        self._reader = reader
        self._owner = owner
        self._origin: int | None = None
        self._opened: list[int] = []
        self._pending = False

    @property
    def pending(self) -> bool:
        """Whether the first match is still to come; until then, the matches of the previous text stay marked."""
        return self._pending

    def begin(self) -> None:
        """The user starts to type a search: search from the cursor on."""
        self._origin, self._opened = self._reader.node, []

    def find(self, text: str) -> None:
        """Search for `text` from where the cursor was when the user began to type."""
        outline = self._reader.outline
        if outline is None:
            return
        self._show_only(wanted=False)
        self._start(text, outline.document, self._origin or 0)
        self._pending = bool(text) and not self.search.problem and not self.search.complete
        if not self._pending:
            self._give_up()

    def find_again(self, text: str, document: Document, *, only: bool) -> None:
        """Search for `text` in a document that was just shown; the cursor stays."""
        self.only, self._opened, self._pending, self._origin = only, [], False, None
        self._start(text, document)

    def _start(self, text: str, document: Document, node: int = 0) -> None:
        self.search.start(text, document, node)
        self._reader.mark(self.search.matches)

    def take(self, batch: Found) -> bool:
        """Add matches and move to the first one; return whether they belong to this search."""
        if not self.search.take(batch):
            return False
        self._reader.mark(self.search.matches)
        self._go_to_first()
        if self.only and self.search.complete:
            self._show_only(wanted=True)
        return True

    def _go_to_first(self) -> None:
        hits, origin = self.search.hits, self._origin or 0
        if not self._pending:
            return
        if hits is None:
            self._give_up()
            return
        # Matches before the origin arrive last: if `after` wraps around to one, no match follows the origin.
        node = hits.after(origin - 1)
        if node is not None:
            self._pending = False
            self._fold_again()
            self._opened = self._reader.go_to(node)
        elif hits.complete:
            self._give_up()

    def _give_up(self) -> None:
        """Go back to where the cursor was when the user began to type."""
        self._pending = False
        self._fold_again()
        self._return()

    def confirm(self) -> None:
        """The user submitted the search: do not fold again what the search unfolded."""
        self._opened, self._origin = [], None if not self._pending else self._origin

    def clear(self) -> None:
        """End the search. If the user was still typing it, the cursor goes back."""
        self._pending = False
        self._show_only(wanted=False)
        self.only = False
        self._fold_again()
        self._return()
        self._origin = None
        self.search.end()
        self._reader.mark(None)

    @property
    def _key(self) -> str:
        """The key that opens the search."""
        return action_key(self._owner, "document.search")

    def step(self, by: int) -> str:
        """Go to the next or previous match; return a message for the user, or an empty string."""
        hits, node = self.search.hits, self._reader.node
        if hits is None or node is None:
            return f"Press {self._key} to search."
        hit = hits.after(node) if by > 0 else hits.before(node)
        if hit is None:
            return "No match." if hits.complete else "No match yet."
        self._opened += self._reader.go_to(hit)
        wrapped = hit <= node if by > 0 else hit >= node
        if not wrapped:
            return ""
        if len(hits) == 1:
            return "This is the only match."
        return "Wrapped around to the first match." if by > 0 else "Wrapped around to the last match."

    def toggle_only(self) -> str:
        """Show only matches, or everything again; return why this is not possible, or an empty string."""
        hits = self.search.hits
        if hits is None or not len(hits):
            return f"No matches to filter. Press {self._key} to search."
        self._opened = []
        self._show_only(wanted=not self.only)
        self.only = not self.only
        return ""

    def _show_only(self, *, wanted: bool) -> None:

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
