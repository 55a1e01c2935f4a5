"""What the keys of the picker do."""

from __future__ import annotations

from abc import abstractmethod
from typing import TYPE_CHECKING

from textual import on
from textual.getters import query_one

from astro_tui.presentation.agent_list import Arrangement
from astro_tui.runtime.once import made_once
from astro_tui.screens.base.prompt_page import PromptPage
from astro_tui.screens.base.refreshing_page import RefreshingPage
from astro_tui.screens.picker.explanation import Explanation
from astro_tui.screens.picker.loader import PickerLoader
from astro_tui.screens.picker.texts import found
from astro_tui.session.routes import Catalog
from astro_tui.widgets.keymap import action_key
from astro_tui.widgets.lists.agent_table import AgentTable

if TYPE_CHECKING:
    from astro_tui.screens.picker.agent_actions import AgentActions

PROBLEMS = "is:problem"
"""The filter that the key for problems sets."""


class PickerKeys(PromptPage, RefreshingPage):
    """The actions of the picker: on the list, and by way of `AgentActions` on the agent under the cursor."""

    table = query_one(AgentTable)
    """The table of agents."""
    loader: PickerLoader
    """What loads the list."""
    explanation: Explanation
    """Why the agent under the cursor is in its state."""

    @property
    @abstractmethod
    def account(self) -> str:
        """Name of the account on screen; empty until it is known."""

    @property
    @abstractmethod
    def arrangement(self) -> Arrangement:
        """The filter and the order of the list."""

    @abstractmethod
    def show_arranged(self, arrangement: Arrangement) -> None:
        """Show the list with another filter, or in another order."""

    @abstractmethod
    def show_account(self, account: str) -> None:
        """Show the agents of another account."""

    @made_once
    def agent(self) -> AgentActions:
        """What keys do with the agent under the cursor; imported when one of them is first pressed."""
        from astro_tui.screens.picker.agent_actions import AgentActions

        return AgentActions(self)

    def hints(self) -> list[tuple[str, str]]:
        """Return the keys for the table, or for the notice that replaces it."""
        # A notice has nothing to filter or sort, and a filter that hides everything leaves nothing to open.
        table, row = not self.notice.display, self.table.row is not None
        query = self.arrangement.query
        return [
            *([("esc", "clear filter")] if query else []),
            *self.sign_in_hints(),
            *self.pause_hints(),
            *([("enter", "open"), ("l", "logs"), ("d", "diff"), ("a", "actions")] if table and row else []),
            *([("/", "filter")] if table else []),
            *([("s", "sort")] if self.table.row_count > 1 else []),
            *([("e", "all" if query == PROBLEMS else "problems")] if table else []),
            ("r", "refresh"),
            *([("y", "copy")] if table and row else []),
            *([("i", "preview")] if table and self.explanation.fits else []),
            *([] if table else [("c", "catalog")]),
            ("A", "accounts"),
            ("?", "help"),
            ("q", "quit"),
        ]

    def action_open(self) -> None:
        """Open the agent under the cursor."""
        self.agent.open()

    def action_refresh(self) -> None:
        """Request the list now."""
        if self.send_again("list", self.loader.stale):
            self.loader.start_over()
            self.load()

    def action_filter(self) -> None:
        """Type a filter."""
        query = self.arrangement.query
        self.prompt.note(found(self.table.row_count, self.loader.state, query))
        self.open_prompt(query)

    def type_query(self, text: str) -> None:
        """Show the agents that match."""
        if text != self.arrangement.query:
            before = self.table.row
            self.show_arranged(self.arrangement._replace(query=text))
            if before is not None and self.table.row is not None and self.table.row.key != before.key:
                # If the filter hides the agent under the cursor, go to the first match.
                self.table.move_to(0)

    def submit_query(self, text: str) -> None:
        """Show the agents that match, and the keys for them."""
        self.type_query(text)
        self.show_hints()

    def action_clear(self) -> None:
        """Clear the filter."""
        self.submit_query("")

    def action_problems(self) -> None:
        """Show only problems, or all agents again."""
        self.submit_query("" if self.arrangement.query == PROBLEMS else PROBLEMS)

    def action_preview(self) -> None:
        """Show or hide the preview."""
        self.explanation.toggle()

    def action_sort(self) -> None:
        """Sort by the next column."""
        self.show_arranged(self.arrangement.next_order())

    def action_reverse(self) -> None:
        """Reverse the order."""
        self.show_arranged(self.arrangement.reversed())

    @on(AgentTable.HeadingClicked)
    def _heading_clicked(self, message: AgentTable.HeadingClicked) -> None:
        """Sort by a column, or reverse the order if the list is already sorted by it."""
        arrangement = self.arrangement.by_column(message.name)
        if arrangement is not None:
            self.show_arranged(arrangement)

    def action_account_before(self) -> None:
        """Go back to the previous account."""
        before = self.session.remembered.before(self.account)
        if before:
            self.show_account(before)
        else:
            self.tell(f"No previous account. List accounts with {action_key(self, 'session.accounts')}.", warning=True)

    def action_copy_menu(self) -> None:
        """Choose what to copy from the agent under the cursor; `yy` copies its id."""
        self.agent.copy_menu()

    def action_diff(self) -> None:
        """Compare two marked agents, else show what changed in the one under the cursor."""
        self.agent.diff()

    def action_compare(self) -> None:
        """Choose what to compare the agent under the cursor with."""
        self.agent.compare()

    def action_section(self, name: str) -> None:
        """Open a section of the agent under the cursor."""
        self.agent.open(name)

    def action_logs(self) -> None:
        """Open the logs of the agent under the cursor at the cause."""
        self.agent.logs()

    def action_act(self) -> None:
        """Choose what to do to the agent under the cursor."""
        self.agent.act()

    def action_catalog(self) -> None:
        """Browse the public catalog."""
        self.table.focus()
        self.open(Catalog())

    @on(AgentTable.Opened)
    def _opened(self, message: AgentTable.Opened) -> None:
        self.agent.open_entry(message.entry)
