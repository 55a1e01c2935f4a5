"""The tables of screens other than the list of agents."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence
from itertools import islice
from operator import attrgetter
from typing import TYPE_CHECKING

from rich.segment import Segment

from astro_tui.presentation import (
    accounts,
    agent_choice,
    audit,
    catalog,
    conversations,
    finding,
    revisions,
    timeline,
    variables,
    workloads,
)
from astro_tui.presentation.accounts import AccountRow
from astro_tui.presentation.agent_choice import Choice
from astro_tui.presentation.audit import AuditRow
from astro_tui.presentation.catalog import BUILD_COLUMNS, BUILD_LAYOUT, SORTED, Listing
from astro_tui.presentation.columns import SAMPLE, Placed
from astro_tui.presentation.conversations import ConversationRow
from astro_tui.presentation.revisions import RevisionRow
from astro_tui.presentation.scope import scope_of
from astro_tui.presentation.status import groups_of
from astro_tui.presentation.variables import VariableRow
from astro_tui.runtime import Clock
from astro_tui.theme.look import Look
from astro_tui.widgets.cells import fit
from astro_tui.widgets.drawn import changed
from astro_tui.widgets.keymap import keymap
from astro_tui.widgets.lists.filtered_tables import FoldingTable, SearchedTable
from astro_tui.widgets.lists.table import MarkingTable, Table

if TYPE_CHECKING:
    from astro_tui.platform.models import Blueprint, Build


class ConversationTable(SearchedTable[ConversationRow]):
    """One conversation per row."""

    COLUMNS, LAYOUT = conversations.COLUMNS, conversations.LAYOUT
    BINDINGS = keymap("enter  choose  list.choose  open [open]")
    BAR_WIDTHS = (20, 14, 17)


class AccountTable(MarkingTable[AccountRow]):
    """One account per row. Several can be marked, to open them in one list."""

    COLUMNS, LAYOUT, FRAME, KEY = accounts.COLUMNS, accounts.LAYOUT, 4, attrgetter("name")
    MOST_MARKS = None
    BINDINGS = keymap("space  mark  accounts.mark  mark several to open them in one list")

    BAR, BAR_WIDTHS = "    *", (13, 10, 12)

    def __init__(self, look: Look, current: str, previous: str) -> None:
        super().__init__(look, id="accounts")
        self._current = scope_of(current)
        self._previous = previous
        self._positioned = False

    def show_accounts(self, rows: Sequence[AccountRow]) -> None:
        """Show the accounts; the cursor starts on the current account, and later stays on the same account."""
        if rows == self.rows and not self.loading_rows:
            return
        kept = self._positioned and bool(self.rows)
        self.show_rows(rows)
        index = self.index_of(next(iter(self._current.accounts), ""))
        if not kept and index is not None:
            self.move_to(index)
        self._positioned = self._positioned or bool(rows)

    # ---- drawing

    def frame(self, row: AccountRow, *, selected: bool) -> list[Segment]:
        """Return the cursor, the mark of the user, and that of the current and of the previous account."""
        here = self._current.everything or row.name in self._current.accounts
        mark = self.look.glyphs.here if here else "-" if row.name == self._previous else " "
        return [self.cursor_mark(selected=selected), Segment(f"{self.mark_of(row)}{mark} ", self.part("info"))]

    def draw_cell(self, place: Placed[AccountRow], row: AccountRow, gap: str, *, selected: bool) -> list[Segment]:
        """Return a cell after a gap."""
        if place.column.name == "health":
            return [Segment(gap), *self._health(row, place.size)]
        return super().draw_cell(place, row, gap, selected=selected)

    def _health(self, row: AccountRow, width: int) -> list[Segment]:
        """Return the number of agents in each group of states, most urgent first."""
        look, quiet = self.look, self.part("quiet")
        if not row.states:
            return [Segment(look.glyphs.nothing, quiet)]
        segments, left, groups = [], width, groups_of(row.states)
        for group, number in groups:
            text = f"{look.glyph(group)}{number} "
            if len(text) - 1 > left - (0 if group is groups[-1][0] else 1 + len(look.glyphs.cut)):
                segments.append(Segment(look.glyphs.cut, quiet))
                break
            segments.append(Segment(text, self.part(group.severity.value)))
            left -= len(text)
        return segments


class AuditTable(Table[AuditRow]):
    """One entry of an audit log per row."""

    COLUMNS, LAYOUT, KEY = audit.COLUMNS, audit.LAYOUT, attrgetter("id")


class VariableTable(Table[VariableRow]):
    """One variable of an account per row."""

    COLUMNS, LAYOUT, KEY = variables.COLUMNS, variables.LAYOUT, attrgetter("name")


class ChoiceTable(Table[Choice], can_focus=False):
    """One agent per row. Never focused: the prompt above it takes the keys."""

    COLUMNS, LAYOUT, FRAME = agent_choice.COLUMNS, agent_choice.LAYOUT, 3
    KEY = attrgetter("account", "entry.key")
    BAR, BARS = "   ", {"agent": 0, "account": 7}

    def frame(self, row: Choice, *, selected: bool) -> list[Segment]:
        """Return the cursor and the glyph of the status."""
        tone = self.part(row.entry.status.severity.value)
        return [self.cursor_mark(selected=selected), Segment(fit(self.look.glyph(row.entry.status), 2), tone)]


WIDEST = 200
"""Cells of a row that are enough for all columns of any table."""


class HistoryTable(SearchedTable[RevisionRow], MarkingTable[RevisionRow]):
    """One revision per row, newest first."""

    COLUMNS, LAYOUT = revisions.COLUMNS, revisions.LAYOUT
    BINDINGS = keymap("space  mark  list.mark  mark two to compare [mark two]")

    BAR, BAR_WIDTHS = "  ###  # *", (9, 9, 10, 8, 9, 10)

    @property
    def whole(self) -> int:
        """The fewest cells in which every column is shown."""
        most = len(self.columns_for(WIDEST))
        return bisect_left(range(WIDEST), most, key=lambda width: len(self.columns_for(width)))

    # ---- rows

    def start_over(self) -> None:
        """Forget everything about the history of the previous deployment, and show gray bars."""
        self.marks = {}
        super().start_over()

    # ---- drawing

    @property
    def measured_rows(self) -> Sequence[RevisionRow]:
        """All revisions, so that a filter moves no column."""
        return self.every

    def frame(self, row: RevisionRow, *, selected: bool) -> list[Segment]:
        """Return the cursor and the mark."""
        return [self.cursor_mark(selected=selected), Segment(self.mark_of(row), self.part("info"))]


class CatalogTable(Table["Blueprint"]):
    """One blueprint per row: as many as the server counts. Where the page of a row is loading, there is a gray bar."""

    COLUMNS, LAYOUT, KEY = catalog.COLUMNS, catalog.LAYOUT, attrgetter("account", "name")

    def __init__(self, look: Look, clock: Clock, *, id: str | None = None) -> None:  # noqa: A002  Textual's name
        super().__init__(look, clock, id=id)
        self.listing: Listing | None = None
        """The displayed list; None before the first response."""
        self._loaded = 0

    # ---- rows

    @property
    def row_count(self) -> int:
        """Rows the cursor can reach."""
        return self.listing.total if self.listing is not None else 0

    @property
    def row(self) -> Blueprint | None:
        """The blueprint under the cursor; None while it loads."""
        return self.listing.rows.get(self.cursor) if self.listing is not None else None

    def show(self, listing: Listing, keep: str = "") -> None:
        """Show a listing, with the cursor on the blueprint `keep` if the listing contains it.

        Otherwise the cursor keeps its row if the request is the same as before, else it moves to the top. The pages of
        a listing are added in place.
        """
        if listing is self.listing:
            if len(listing.rows) != self._loaded:
                self._loaded, self._layout = len(listing.rows), None
                self.rows_changed(self.cursor)
            return
        self._loaded = len(listing.rows)
        line = self.cursor - self.top
        index = listing.index_of(keep) if keep else None
        again = self.listing is not None and self.listing.wanted == listing.wanted
        if index is None:
            index = self.cursor if again else 0
        self.listing, self._layout, self.loading_rows = listing, None, False
        # After a new request, scroll back to the cursor if the user has scrolled away from it.
        self.rows_changed(index, line if again or 0 <= line < self.page else None)

    def row_chosen(self, index: int) -> None:
        """Report the opened blueprint if it is loaded."""
        blueprint = self.listing.rows.get(index) if self.listing is not None else None
        if blueprint is not None and blueprint.name:
            self.post_message(self.Opened(blueprint))

    def watch_scroll_y(self, old_value: float, new_value: float) -> None:
        """Report that other rows are on screen."""
        super().watch_scroll_y(old_value, new_value)
        if round(old_value) != round(new_value):
            changed(self)

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
    # Two builds can share an id.
    KEY = attrgetter("build_id", "published_at.raw")
    BINDINGS = keymap("""
        enter  choose  list.choose  read the readme [read it]
        space  mark    list.mark    mark two to compare [mark two]
    """)

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
            self.rows, self.cursor, self.marks = (), 0, {}
        self.show_rows(builds)

    # ---- drawing

    def frame(self, row: Build, *, selected: bool) -> list[Segment]:
        """Return the cursor, the mark, and a sign if the build has warnings."""
        return [
            self.cursor_mark(selected=selected),
            Segment(self.mark_of(row), self.part("info")),
            Segment("! " if row.validation_warnings else "  ", self.part("warn")),
        ]


class WorkloadTable(FoldingTable[workloads.WorkloadNode]):
    """One workload per row, problems first, with its containers, runs, storage, and environment below it."""

    NODE = workloads.WorkloadNode
    COLUMNS, LAYOUT = workloads.COLUMNS, workloads.LAYOUT
    BAR, BAR_WIDTHS = "  # *", (12, 16, 9, 20)


class TimelineTable(FoldingTable[timeline.Happening]):
    """One thing that happened per row, newest first, with the messages and the advice below it."""

    NODE = timeline.Happening
    COLUMNS, LAYOUT = timeline.COLUMNS, timeline.LAYOUT
    BAR, BAR_WIDTHS = "  # #######  ###    *", (16, 9, 12, 18, 9)


class FindTable(FoldingTable[finding.FoundNode]):
    """One match in a spec per row, or one value with the agents that have it below it."""

    NODE = finding.FoundNode
    COLUMNS, LAYOUT, FRAME = finding.COLUMNS, finding.LAYOUT, 2
    BAR_WIDTHS = (14, 22, 9, 17)

    def put_rows(self) -> None:
        """Show more rows; the cursor stays on the same one, or at the top until the user moves it."""
        self._put(self.row if self.touched else None)

    def is_on(self, action: str) -> bool:
        """Whether the cursor is on a group, or in one."""
        return super().is_on(action) and self.row is not None and (self.row.folded is not None or self.row.depth > 0)
