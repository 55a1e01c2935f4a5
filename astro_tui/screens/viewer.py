"""One file as a tree, on its own screen."""

from __future__ import annotations

from pathlib import PurePath
from typing import TYPE_CHECKING

from textual.app import ComposeResult

from astro_tui.errors import AstroError
from astro_tui.screens.base.copy_actions import open_document_menu, save_document, typing
from astro_tui.screens.base.page import Page
from astro_tui.session.session import Session
from astro_tui.theme.look import stylesheet
from astro_tui.widgets.chrome.bar import Bar, KeyHints
from astro_tui.widgets.chrome.head import TooSmall
from astro_tui.widgets.document.spec_side import SpecSide
from astro_tui.widgets.keymap import keymap

if TYPE_CHECKING:
    from astro_tui.document.loading import Background, LoadedDocument

UNREADABLE = 2
"""Exit code if the file cannot be shown."""
ANY_TIME = frozenset({"q", "question_mark", "f1", "k", "up", "pageup", "ctrl+u", "ctrl+b", "g", "home"})
"""Keys that never wait for the whole document."""
DOWN = frozenset({"j", "down"})
PAGE_DOWN = frozenset({"pagedown", "ctrl+f", "ctrl+d"})
STYLES = ("viewer", "spec_tree")
"""Names of the style sheets of this screen."""


class ViewerScreen(Page):
    """Shows its frame at once, and the document once it is loaded."""

    CSS_PATH = [stylesheet(name) for name in STYLES]
    BINDINGS = keymap("""
        y!                copy_menu  viewer.copy  copy… [copy]
        W                 save       viewer.save  save the document to a file [save]
        question_mark,f1  app.help   app.help     help [help]
        q                 app.quit   viewer.quit  quit [quit]
    """)

    def __init__(self, session: Session, name: str, background: Background) -> None:
        super().__init__(session)
        self._file_name = name
        self._background = background
        self._reading: LoadedDocument | None = None

    def compose(self) -> ComposeResult:
        """Yield the header, the document, and the key hints."""
        yield Bar(self.look, id="head", classes="head")
        yield SpecSide(self.look, title="document")
        yield KeyHints(self.look, id="keys")
        # A file belongs to no server.
        yield TooSmall(self.look, None)

    @property
    def side(self) -> SpecSide:
        """The document."""
        return self.query_one(SpecSide)

    def on_mount(self) -> None:
        """Show the document, or its start, or an empty frame until it is loaded."""
        background = self._background
        self.side.start_loading()
        self.side.take_focus()
        if background.done:
            self._show_document()
            return
        if background.first is not None:
            self.side.show(background.first)
            self.side.show_title("loading the rest")
        self.call_after_refresh(self._load)

    def _load(self) -> None:
        self._background.start()
        self.run_worker(self._wait_for_document, thread=True)

    def _wait_for_document(self) -> None:
        self._background.wait()
        self.call_later(self._show_document)

    def holds_key(self, key: str) -> bool:
        """Return whether a key must wait for the whole document, because it could need a part that is not loaded."""
        if self._reading is not None or key in ANY_TIME:
            return False
        tree = self.side.spec_tree
        left = tree.row_count - 1 - tree.cursor
        return not ((key in DOWN and left >= 1) or (key in PAGE_DOWN and left >= tree.page))

    def _show_document(self) -> None:
        try:
            reading = self._background.result()
        except AstroError:
            # The command line prints the error after the screen is gone.
            self.app.exit(return_code=UNREADABLE)
            return
        self._reading = reading
        moved = self.side.spec_tree.cursor > 0
        self.side.show(reading.document, self.side.view() if moved else None)
        self.side.show_title(self.side.summary)
        self.changed()
        self.post_message(self.KeysReleased())

    def draw(self) -> None:
        """Draw the name of the file, and whether it is loaded."""
        look = self.look
        name = look.plain(self._file_name)
        about = "loading" if self._reading is None else self._reading.about
        self.query_one("#head", Bar).show(
            look.line((" view ", "$quiet"), (name, "bold")), look.line((f"{about} ", "$quiet"))
        )
        self.query_one(TooSmall).show("", self.look.line(name))
        super().draw()

    # ---- keys

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """While the user types a search, `y` is part of its text."""
        return not (action == "copy_menu" and typing(self))

    def action_copy_menu(self) -> None:
        """Choose what to copy."""
        open_document_menu(self, self.look, self.side)

    def action_save(self) -> None:
        """Save the document in the form on screen, with secrets masked."""
        save_document(self, self.look, self.side, PurePath(self._file_name).stem, "view")
