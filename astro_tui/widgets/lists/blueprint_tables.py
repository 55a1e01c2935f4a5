"""The tables of what users publish: the blueprints of the catalog, and the builds of a blueprint."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING

from rich.segment import Segment
from textual.message import Message

from astro_tui.presentation.catalog import BUILD_COLUMNS, BUILD_LAYOUT, COLUMNS, LAYOUT, SORTED, Listing, key_of
from astro_tui.presentation.columns import SAMPLE
from astro_tui.theme.look import Look
from astro_tui.widgets.direct import send
from astro_tui.widgets.lists.table import Clock, MarkingTable, Table

if TYPE_CHECKING:
    from astro_tui.platform.models import Blueprint, Build


class CatalogTable(Table["Blueprint"]):
    """One blueprint per row: as many as the server counts. Where the page of a row is loading, there is a gray bar."""

    COLUMNS, LAYOUT = COLUMNS, LAYOUT

    @dataclass
    class Opened(Message):
        """The user opened a blueprint."""

        blueprint: Blueprint

    class Scrolled(Message):
        """Other rows scrolled into view; their page may not be loaded."""

    def __init__(self, look: Look, clock: Clock, *, id: str | None = None) -> None:  # noqa: A002  Textual's name
        super().__init__(look, clock, id=id)
        self.listing: Listing | None = None
        """The displayed list; None before the first response."""

    # ---- rows

    @property
    def row_count(self) -> int:
        """Rows the cursor can reach."""
        return self.listing.total if self.listing is not None else 0

    def key_of(self, row: Blueprint) -> str:
        """Return the account and name of the blueprint."""
        return key_of(row)

    @property
    def row(self) -> Blueprint | None:
        """The blueprint under the cursor; None while it loads."""
        return self.listing.rows.get(self.cursor) if self.listing is not None else None

    def show(self, listing: Listing, keep: str = "") -> None:
        """Show a listing, with the cursor on the blueprint `keep` if the listing contains it.

        Otherwise the cursor keeps its row if the request is the same as before, else it moves to the top.
        """
        line = self.cursor - self.top
        index = listing.index_of(keep) if keep else None
        again = self.listing is not None and self.listing.wanted == listing.wanted
        if index is None:
            index = self.cursor if again else 0
        self.listing, self._layout, self.loading_rows = listing, None, False
        # After a new request, scroll back to the cursor if the user has scrolled away from it.
        self.rows_changed(index, line if again or 0 <= line < self.page else None)

    def page_added(self) -> None:
        """Redraw after a page was added to the listing."""
        self._layout = None
        self.rows_changed(self.cursor)

    def row_chosen(self, index: int) -> None:
        """Report the opened blueprint if it is loaded."""
        blueprint = self.listing.rows.get(index) if self.listing is not None else None
        if blueprint is not None and blueprint.name:
            self.post_message(self.Opened(blueprint))

    def watch_scroll_y(self, old_value: float, new_value: float) -> None:
        """Report that other rows are on screen."""
        super().watch_scroll_y(old_value, new_value)
        if round(old_value) != round(new_value):
            send(self, self.Scrolled())

    # ---- drawing

    @property
    def measured_rows(self) -> Sequence[Blueprint]:
        """The loaded rows."""
        return list(islice(self.listing.rows.values(), SAMPLE)) if self.listing is not None else []

    @property
    def sorted_by(self) -> str:
        """The name of the column with the mark of the order."""
        return SORTED[self.listing.wanted.order if self.listing is not None else "newest"].name

    def draw_row(self, index: int, width: int, *, selected: bool) -> list[Segment]:
        """Return a blueprint, or a gray bar while its page loads."""
        blueprint = self.listing.rows.get(index) if self.listing is not None else None
        head = self.cursor_mark(selected=selected)
        if blueprint is None:
            bar = self.look.glyphs.skeleton * self.BAR_WIDTHS[index % len(self.BAR_WIDTHS)]
            return [head, Segment(f" {bar}", self.part("skeleton"))]
        if not blueprint.name:
            return [head, Segment(" (unreadable entry)", self.part("quiet"))]
        return [head, Segment(" "), *self.draw_cells(blueprint, width, selected=selected)]


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
