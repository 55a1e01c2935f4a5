"""The base of the screens that have a table and a prompt for it."""

from __future__ import annotations

from abc import abstractmethod

from textual import on
from textual.getters import query_one
from textual.message import Message

from astro_tui.screens.base.page import Page
from astro_tui.widgets.chrome.bar import KeyHints
from astro_tui.widgets.chrome.notice import Notice
from astro_tui.widgets.chrome.prompt import Prompt
from astro_tui.widgets.lists.rows import RowList

TYPED = frozenset({"filter", "search", "open", "copy_menu"})
"""Actions with priority keys; while the user types, these keys belong to the prompt."""


class PromptPage(Page):
    """A screen with a table and a prompt that filters or searches it."""

    prompt = query_one(Prompt)
    """The prompt for the filter or the search."""
    notice = query_one(Notice)
    """The text that can replace the table."""

    # ---- what a screen implements

    @property
    @abstractmethod
    def table(self) -> RowList:
        """The table."""

    @abstractmethod
    def type_query(self, text: str) -> None:
        """Filter or search by the text typed so far."""

    @abstractmethod
    def submit_query(self, text: str) -> None:
        """Filter or search by a submitted text; empty if the user canceled."""

    @abstractmethod
    def show_row(self) -> None:
        """Show the details of the row under the cursor."""

    @property
    def single_match(self) -> bool:
        """Whether a submitted query has exactly one match, which is then opened."""
        return self.table.row_count == 1

    # ---- the prompt

    def open_prompt(self, text: str) -> None:
        """Let the user type a new filter or search, or edit `text`, the old one."""
        self.query_one(KeyHints).make_room()
        self.prompt.open(text, replaced=True)

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """While the user types, letters and enter belong to the prompt."""
        return not (action in TYPED and self.prompt.display) and super().check_action(action, parameters)

    def handle_directly(self, message: Message) -> None:
        """Follow the prompt and the cursor of the table."""
        if isinstance(message, Prompt.Changed):
            self.type_query(message.text)
        elif isinstance(message, RowList.Highlighted):
            self.show_row()

    @on(Prompt.Submitted)
    @on(Prompt.Canceled)
    def _prompt_done(self, message: Prompt.Submitted | Prompt.Canceled) -> None:
        submitted = message.text if isinstance(message, Prompt.Submitted) else None
        self.prompt.close()
        self.query_one(KeyHints).display = True
        self.submit_query(submitted or "")
        self.table.focus()
        self.show_hints()
        if submitted is not None and self.single_match:
            self.table.action_choose()

    @on(Prompt.Moved)
    def _moved_while_typing(self, message: Prompt.Moved) -> None:
        self.table.action_move(message.rows(self.table.page))
