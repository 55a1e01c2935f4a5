"""The base of the screens that have a table and a prompt for it."""

from __future__ import annotations

from abc import abstractmethod

from textual.app import ComposeResult
from textual.getters import query_one

from astro_tui.screens.base.page import Page
from astro_tui.widgets.chrome.bar import KeyHints
from astro_tui.widgets.chrome.notice import Notice
from astro_tui.widgets.chrome.prompt import Prompt
from astro_tui.widgets.lists.rows import RowList

TYPED = frozenset({"filter", "search", "open", "copy_menu"})
"""Actions with priority keys; while the user types, these keys belong to the prompt."""
IN_TABLE = frozenset({"filter", "open", "sort", "problems"})
"""Actions that need the table."""


class PromptPage(Page):
    """A screen with a table and a prompt that filters or searches it."""

    prompt = query_one(Prompt)
    """The prompt for the filter or the search."""
    notice = query_one(Notice)
    """The text that can replace the table."""
    query_text = ""
    """The filter or the search; empty if everything is shown."""

    # ---- what a screen implements

    @property
    @abstractmethod
    def table(self) -> RowList:
        """The table."""

    def type_query(self, text: str) -> None:
        """Filter or search by the text typed so far."""
        self.query_text = text
        self.changed()

    def submit_query(self, text: str) -> None:
        """Filter or search by a submitted text; empty if the user canceled."""
        self.type_query(text)

    @property
    def single_match(self) -> bool:
        """Whether a submitted query has exactly one match, which is then opened."""
        return self.table.row_count == 1

    # ---- the prompt

    def compose(self) -> ComposeResult:
        """Yield the parts of this screen, without the prompt yet: a list can arrive as soon as they are mounted."""
        for widget in super().compose():
            if isinstance(widget, Prompt):
                widget.display = False
            yield widget

    def on_mount(self) -> None:
        """Give the table the keys."""
        self.set_focus(self.table)

    def follow(self) -> None:
        """Follow what the user types."""
        if self.prompt.display and self.prompt.text != self.query_text:
            self.type_query(self.prompt.text)

    def action_filter(self) -> None:
        """Let the user type a new filter or search, or edit the old one."""
        self.query_one(KeyHints).make_room()
        self.prompt.open(self.query_text, replaced=True)

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """While the user types, letters and enter belong to the prompt. A notice has nothing to filter or open."""
        if action in IN_TABLE and self.notice.display:
            return False
        return not (action in TYPED and self.prompt.display) and super().check_action(action, parameters)

    @property
    def searched(self) -> RowList:
        """The table."""
        return self.table

    def prompt_done(self, text: str | None) -> None:
        """Search by the submitted text, and open the only match; show everything again if the user canceled."""
        self.prompt.close()
        self.query_one(KeyHints).display = True
        self.submit_query(text or "")
        self.set_focus(self.table)
        self.changed()
        if text is not None and self.single_match:
            self.table.action_choose()

    def action_open(self) -> None:
        """Open the row under the cursor."""
        self.table.action_choose()

    def action_clear(self) -> None:
        """Clear the filter or the search; without one, go back."""
        if self.query_text:
            self.submit_query("")
        else:
            self.action_back()

    def action_back(self) -> None:
        """Go back."""
        self.dismiss()
