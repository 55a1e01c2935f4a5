"""Rows, one of which can be opened as a document in their place."""

from __future__ import annotations

from abc import abstractmethod
from typing import ClassVar

from textual.containers import Vertical

from astro_tui.document import Document
from astro_tui.theme.look import Look
from astro_tui.widgets.document.spec_side import SpecSide
from astro_tui.widgets.keymap import Switches
from astro_tui.widgets.textual_compat import is_being_removed


class ReadingSide(Switches, Vertical):
    """The base of what has rows to read. Its `BODY` is what an open document covers."""

    BODY: ClassVar[str]
    """The selector of what a document covers."""

    def __init__(self, look: Look, *, id: str) -> None:  # noqa: A002  Textual's name
        super().__init__(id=id)
        self.look = look
        self.document: SpecSide | None = None
        """The document that is open."""

    @abstractmethod
    def keys_changed(self) -> None:
        """Report that other keys work now."""

    def open_document(self, title: str, document: Document) -> None:
        """Open a document, unless one is just opening or closing: only one at a time."""
        if self.query(SpecSide):
            return
        side = SpecSide(self.look, title=title)
        self.query_one(self.BODY).display = False
        self.mount(side)

        def show() -> None:
            # By now, it may have been closed again.
            if side.is_attached:
                side.show(document)
                side.take_focus()
                self.document = side
                self.keys_changed()

        self.call_after_refresh(show)

    @property
    def reading(self) -> bool:
        """Whether a document is open, or just opening."""
        return self.document is not None or any(
            isinstance(side, SpecSide) and not is_being_removed(side) for side in self.children
        )

    def close_document(self) -> None:
        """Show the rows again. A document that is just opening is closed, too."""
        self.document = None
        self.query(SpecSide).remove()
        self.query_one(self.BODY).display = True
