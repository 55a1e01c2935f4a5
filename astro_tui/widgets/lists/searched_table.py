"""A table of rows that a filter finds by their text."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeVar

from astro_tui.presentation.nodes import Searched, matching
from astro_tui.widgets.lists.table import FilteredTable

S = TypeVar("S", bound=Searched)


class SearchedTable(FilteredTable[S]):
    """Shows only the rows that match its filter."""

    every: Sequence[S] = ()
    """All rows, whatever the filter."""

    def start_over(self) -> None:
        """Forget the rows and the filter, and show gray bars."""
        self.every, self.query_text = (), ""
        self.start_loading()

    def show(self, rows: Sequence[S]) -> None:
        """Show other rows; the cursor stays on the same one."""
        if rows is not self.every or self.loading_rows:
            self.every = rows
            self.put_rows()

    @property
    def found(self) -> tuple[int, int]:
        """How many rows are shown, and how many there are."""
        return len(self.rows), len(self.every)

    def put_rows(self) -> None:
        """Show the rows that match; the cursor stays on the same one."""
        self.show_rows(matching(self.every, self.query_text))
