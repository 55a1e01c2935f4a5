"""A box over a screen with a prompt, and a list that follows what is typed."""

from __future__ import annotations

from abc import abstractmethod
from typing import TypeVar

from textual import events, on
from textual.app import ComposeResult
from textual.containers import Vertical
from textual.content import Content
from textual.message import Message
from textual.screen import ModalScreen, Screen

from astro_tui.theme.look import Look, stylesheet
from astro_tui.widgets.chrome.bar import Rule
from astro_tui.widgets.chrome.head import head_of
from astro_tui.widgets.chrome.prompt import Prompt
from astro_tui.widgets.keymap import keymap
from astro_tui.widgets.lists.rows import RowList

T = TypeVar("T")


class SearchBox(ModalScreen[T]):
    """The base of help, palette, and messages. Letters belong to the prompt, arrows and enter to the list."""

    CSS_PATH = stylesheet("search_box")
    BINDINGS = keymap("""
        escape  close  box.close  close
    """)

    def __init__(self, look: Look, below: Screen[object], kind: str, lead: str = "> ") -> None:
        super().__init__()
        self.look = look
        self.below = below
        self._kind = kind
        self.prompt = Prompt(look, lead, id="prompt")
        """What is searched."""
        self._ends = Rule(look, id="box-title"), Rule(look, id="box-end")

    # ---- what a box implements

    @property
    @abstractmethod
    def table(self) -> RowList:
        """The list, which is made before the box is composed."""

    @abstractmethod
    def search(self, text: str) -> None:
        """Show what matches a text."""

    def row_moved(self) -> None:
        """React when the cursor moves to another row."""

    # ---- the box

    def compose(self) -> ComposeResult:
        """Yield a box with a title, the search, and the list."""
        yield from head_of(self.below, self._kind)
        with Vertical(id="box"):
            yield self._ends[0]
            yield self.prompt
            yield self.table
            yield from self.compose_detail()
            yield self._ends[1]

    def compose_detail(self) -> ComposeResult:
        """Yield what is below the list."""
        yield from ()

    def on_mount(self) -> None:
        """Show everything."""
        self.prompt.open()
        self.search("")

    def head_line(self, left: Content | str, right: Content | str = "") -> None:
        """Set the two ends of the first line."""
        self._ends[0].show(left, right)

    def foot_line(self, left: Content | str, right: Content | str = "") -> None:
        """Set the two ends of the last line."""
        self._ends[1].show(left, right)

    # ---- keys

    def handle_directly(self, message: Message) -> None:
        """React to the prompt and the cursor in the same frame as the key."""
        if isinstance(message, Prompt.Changed):
            self.search(message.text)
        elif isinstance(message, RowList.Highlighted):
            self.row_moved()

    @on(Prompt.Moved)
    def _move(self, message: Prompt.Moved) -> None:
        self.table.action_move(message.rows(self.table.page))

    @on(Prompt.Submitted)
    def _choose(self) -> None:
        self.table.action_choose()

    @on(Prompt.Canceled)
    def _cancel(self) -> None:
        self.action_close()

    def action_close(self) -> None:
        """Close the box."""
        self.close()

    def close(self, result: T | None = None) -> None:
        """Close the box with a result, only once: another key or a click may already be queued."""
        if self.is_current:
            self.dismiss(result)

    def on_click(self, event: events.Click) -> None:
        """A click outside the box closes it."""
        if event.widget is self:
            self.action_close()
