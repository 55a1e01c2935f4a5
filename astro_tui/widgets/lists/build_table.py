"""The builds of a blueprint, newest first."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from rich.segment import Segment
from textual.message import Message

from astro_tui.presentation.catalog import BUILD_COLUMNS, BUILD_LAYOUT
from astro_tui.widgets.lists.table import MarkingTable

if TYPE_CHECKING:
    from astro_tui.platform.models import Build


class BuildTable(MarkingTable["Build"]):
    """One build per row; the screen shows the readme of the one under the cursor."""

    COLUMNS, LAYOUT, FRAME = BUILD_COLUMNS, BUILD_LAYOUT, 4

    class Opened(Message):
        """The user opened the build under the cursor."""

    def key_of(self, row: Build) -> tuple[str, str]:
        """Return the id and time of the build: two builds can share an id."""
        return row.build_id, row.published_at.raw

    @property
    def pair(self) -> tuple[Build, Build] | None:
        """The two builds to compare, older first: the marked ones, else the cursor's and its predecessor."""
        if len(self.marked) == 2:
            new, old = self.marked
            return old, new
        two = self.rows[self.cursor : self.cursor + 2]
        return (two[1], two[0]) if len(two) == 2 else None

    def show_builds(self, builds: Sequence[Build], *, again: bool = False) -> None:
        """Show the builds with the cursor on the newest, or, on a refresh (`again`), on the same build."""
        if not again:
            self.rows, self.cursor, self.marks = (), 0, []
        self.show_rows(builds)

    def row_chosen(self, index: int) -> None:
        """Report the opened build."""
        self.post_message(self.Opened())

    # ---- drawing

    def frame(self, row: Build, *, selected: bool) -> list[Segment]:
        """Return the cursor, the mark, and a sign if the build has warnings."""
        return [
            self.cursor_mark(selected=selected),
            Segment(self.mark_of(row), self.part("info")),
            Segment("! " if row.validation_warnings else "  ", self.part("warn")),
        ]
