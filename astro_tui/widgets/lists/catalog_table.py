"""The table of the catalog: as many rows as the server counts; pages load when they are scrolled to."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from typing import TYPE_CHECKING

from rich.segment import Segment
from textual.message import Message

from astro_tui.presentation.catalog import (
    Listing,
    about,
    deploys,
    hearts,
    key_of,
    newest_of,
    note_of,
    published,
    shown_names,
)
from astro_tui.text.times import AGE, Times
from astro_tui.theme.look import Look
from astro_tui.widgets.cells import cell_len, fit, fit_right, headings
from astro_tui.widgets.direct import send
from astro_tui.widgets.lists.columns import GAP, Stage, allot
from astro_tui.widgets.lists.table import Clock, Table

if TYPE_CHECKING:
    from astro_tui.platform.models import Blueprint

SAMPLE = 200
"""Rows measured to size the columns."""
FRAME = 2
"""Cells of the cursor and a space."""
ABOUT = 28
"""The fewest cells of the description column. Without it, the description of the selected row is below the table."""


@dataclass(frozen=True, slots=True)
class Columns:
    """Widths in cells; 0 hides the column. The least important columns are hidden first on a narrow terminal."""

    name: int
    age: int
    publisher: int = 0
    note: int = 0
    builds: int = 0
    build: int = 0
    hearts: int = 0
    deploys: int = 0
    about: int = 0


def columns_for(width: int, blueprints: Sequence[Blueprint], now: datetime, times: Times = Times.AGES) -> Columns:
    """Return the columns for a table `width` cells wide."""
    blueprints = blueprints[:SAMPLE]
    note = max((cell_len(note_of(blueprint)) for blueprint in blueprints), default=0)
    name = max((cell_len(blueprint.name) for blueprint in blueprints), default=20)
    publisher = max([9, *(cell_len(blueprint.account) for blueprint in blueprints)])
    newest = (newest_of(blueprint) for blueprint in blueprints)
    build = max([6, *(cell_len(each.build_id) for each in newest if each is not None)])
    since, whole = times.sizes(map(published, blueprints), now)
    given = allot(
        width - FRAME + GAP,
        (
            Stage("name", len("BLUEPRINT ▾")),
            Stage("age", max(since, 2 + len(times.titled(AGE)))),
            Stage("name", min(name, 14)),
            Stage("note", min(note, 9)),
            Stage("name", min(name, 18)),
            Stage("publisher", min(publisher, 14)),
            Stage("hearts", 6),
            Stage("builds", 6),
            Stage("name", min(name, 30)),
            Stage("deploys", 7),
            Stage("publisher", min(publisher, 24)),
            Stage("build", min(build, 12)),
            Stage("about", ABOUT),
            Stage("age", whole, whole=True),
            Stage("name", name),
            Stage("publisher", publisher),
            Stage("build", build),
            Stage("note", note),
            Stage("about", width),
        ),
    )
    return Columns(**{"name": 0, "age": 0} | given)


class CatalogTable(Table["Blueprint", Columns]):
    """One blueprint per row, or a gray bar while its page loads."""

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

    def columns_for(self, width: int) -> Columns:
        """Return the columns for `width` cells."""
        rows = list(islice(self.listing.rows.values(), SAMPLE)) if self.listing is not None else []
        return columns_for(width, rows, self.clock(), self.look.times)

    def draw_heading(self, line: int, width: int) -> list[Segment]:
        """Return the column names, with a mark at the sorted one."""
        columns, mark = self.columns(width), self.look.glyphs.sorted_by
        order = self.listing.wanted.order if self.listing is not None else "newest"
        text = "  " + fit(f"BLUEPRINT {mark}" if order == "name" else "BLUEPRINT", columns.name)
        text += headings(("PUBLISHER", columns.publisher), ("NOTE", columns.note))
        for name, size in (("BUILDS", columns.builds), ("HEARTS", columns.hearts), ("DEPLOYS", columns.deploys)):
            if size:
                text += "  " + fit_right(name, size)
        text += headings(("NEWEST", columns.build))
        when = self.look.times.titled(AGE)
        text += "  " + fit_right(f"{when} {mark}" if order == "newest" else when, columns.age)
        if columns.about:
            text += "  ABOUT"
        return [Segment(fit(text, width), self.part("heading"))]

    def draw_row(self, index: int, width: int, *, selected: bool) -> list[Segment]:
        """Return a blueprint, or a gray bar while its page loads."""
        look, columns = self.look, self.columns(width)
        blueprint = self.listing.rows.get(index) if self.listing is not None else None
        head = self.cursor_mark(selected=selected)
        if blueprint is None:
            bar = look.glyphs.skeleton * self.BAR_WIDTHS[index % len(self.BAR_WIDTHS)]
            return [head, Segment(f" {bar}", self.part("skeleton"))]
        if not blueprint.name:
            return [head, Segment(" (unreadable entry)", self.part("quiet"))]
        quiet, cut = self.part("quiet"), look.glyphs.cut
        newest, (account, name) = newest_of(blueprint), shown_names(blueprint)
        segments = [
            head,
            Segment(" " + fit(look.plain(name), columns.name, cut), self.part("name") if selected else None),
        ]
        segments += self.cells(
            (account, columns.publisher, quiet), (note_of(blueprint), columns.note, self.part("warn"))
        )
        for text, size in (
            (f"{len(blueprint.builds):,}", columns.builds),
            (hearts(blueprint), columns.hearts),
            (deploys(blueprint), columns.deploys),
        ):
            if size:
                segments.append(Segment("  " + fit_right(text, size), quiet))
        segments += self.cells((newest.build_id if newest is not None else "", columns.build, quiet))
        segments.append(Segment("  " + self.when(published(blueprint), columns.age), quiet))
        if columns.about:
            segments.append(Segment("  " + fit(look.own(look.plain(about(blueprint))), columns.about, cut)))
        return segments
