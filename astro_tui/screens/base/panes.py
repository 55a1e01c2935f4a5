"""Bases of sections: one draws the state as lines that scroll, the other has a table that the user can filter."""

from __future__ import annotations

from abc import abstractmethod
from typing import Any, ClassVar, TypeVar

from textual.getters import query_one
from textual.widget import Widget

from astro_tui.screens.base.sections import PanePlace, SectionPane
from astro_tui.widgets.chrome.notice import Notice
from astro_tui.widgets.chrome.prompt import Prompt
from astro_tui.widgets.keymap import keymap
from astro_tui.widgets.lists.filtered_tables import FilteredTable
from astro_tui.widgets.lists.rows import RowList
from astro_tui.widgets.lists.scroller import Scroller

S = TypeVar("S")


class ScrolledPane(SectionPane[S]):
    """Lines that scroll. A pane composes them in a `Scroller`, and draws them."""

    BESIDE: ClassVar[tuple[tuple[int, int], ...]] = ()
    """Pairs: minimum columns of the window, cells of the column beside another pane. As in the style sheet."""

    @property
    def room(self) -> int:
        """The width of the pane in its place, in cells."""
        width = self.app.size.width
        if self.place is not PanePlace.BESIDE:
            return width
        # During a resize, the window may already be too narrow for a column.
        return next((cells for least, cells in self.BESIDE if width >= least), width)

    def take_focus(self) -> None:
        """Focus the lines, so that the keys scroll them."""
        self.screen.set_focus(self.query_one(Scroller))


class FilteredPane(SectionPane[S]):
    """A table or a notice in its place, and a prompt for the table's filter, all of which a subclass composes.

    The filter stays when the rows are refreshed.
    """

    BINDINGS = keymap("""
        escape  clear   section.clear-filter  show everything [!show all]
        slash!  filter  section.filter        filter [filter]
    """)

    # ---- what a section implements

    @property
    @abstractmethod
    def table(self) -> FilteredTable[Any]:
        """The table."""

    @property
    def searched(self) -> RowList:
        """The list that the arrow keys move over while the user types."""
        return self.table

    @property
    @abstractmethod
    def body(self) -> Widget:
        """The table, with what is about it."""

    @property
    @abstractmethod
    def notice(self) -> Notice:
        """The notice that can replace the body."""

    @property
    def nothing(self) -> str:
        """A sentence for when all rows are hidden; empty if nothing hides rows."""
        text = self.look.plain(self.table.query_text)
        return f"Nothing matches {text}." if text else ""

    # ---- the prompt

    prompt = query_one(Prompt)
    """The prompt for a filter."""

    def on_mount(self) -> None:
        """Show no prompt and no notice yet."""
        self.prompt.display = self.notice.display = False

    def follow(self) -> None:
        """Filter by the text typed so far."""
        if self.prompt.display and self.prompt.text != self.table.query_text:
            self.table.filter(self.prompt.text)

    def draw(self) -> None:
        """Say how many rows match, and why there are none. A section draws its rows before."""
        table = self.table
        matches, every = table.found
        self.prompt.note(f"{matches:,} of {every:,}")
        table.show_instead([self.nothing] if self.nothing and not table.loading_rows else [])

    def unfocused(self) -> None:
        """Keep the filter that the user is typing."""
        self.prompt.close()

    def close_prompt(self) -> None:
        """Close the prompt, and give the focus back to the table."""
        if self.prompt.display:
            had_focus = self.prompt.has_focus_within
            self.prompt.close()
            if had_focus:
                self.take_focus()
            self.changed()

    def prompt_done(self, text: str | None) -> None:
        """Keep the filter, or show all rows again if the user canceled."""
        self.close_prompt()
        if text is None:
            self.filter("")

    # ---- the notice

    @property
    def table_shown(self) -> bool:
        """Whether the table is shown rather than a notice."""
        return bool(self.body.display)

    def show_notice(self, *, shown: bool) -> None:
        """Show the notice instead of everything else, or hide it."""
        if self.notice.display == shown and self.body.display != shown:
            return
        if shown and self.body.has_focus_within:
            # Otherwise Textual gives the keys to some other pane.
            self.screen.set_focus(None)
        self.notice.display, self.body.display = shown, not shown
        if self.active and not shown and self.screen.focused is None:
            self.screen.set_focus(self.table)

    # ---- the filter

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """While the user types, the keys belong to the prompt. Escape first clears the filter."""
        if action == "filter":
            return not self.prompt.display and self.table_shown
        if action == "clear":
            return self.table.filtered
        return super().check_action(action, parameters)

    def action_filter(self) -> None:
        """Type a filter."""
        self.prompt.open(self.table.query_text, replaced=True)
        self.changed()

    def action_clear(self) -> None:
        """Show all rows again."""
        self.filter("")

    def filter(self, text: str) -> None:
        """Show the rows that contain every word of a text."""
        self.table.filter(text)
        self.changed()

    @property
    def shown_words(self) -> str:
        """For the tab strip: how many rows are shown if some are hidden, else empty."""
        return f"  {self.table.found[0]:,} shown" if self.table.filtered else ""
