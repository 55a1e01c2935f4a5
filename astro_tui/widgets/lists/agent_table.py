"""The table of an account's deployments."""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from datetime import datetime
from functools import partial

from rich.segment import Segment

from astro_tui.presentation.agent_filter import Arranged
from astro_tui.presentation.agent_list import COLUMNS, LAYOUT, ORDERS, Arrangement, Entry, columns_of
from astro_tui.presentation.columns import Column, Fit, Placed, WidthStep
from astro_tui.presentation.usage import USAGE, Usage
from astro_tui.runtime import Clock, Remade
from astro_tui.theme.look import Look
from astro_tui.theme.sizes import NARROW
from astro_tui.widgets.cells import fit
from astro_tui.widgets.keymap import keymap
from astro_tui.widgets.lists.table import MarkingTable

AGES_EVERY = 10.0
"""Seconds after which the ages in an unchanged list are drawn again."""


class AgentTable(MarkingTable[Entry]):
    """One deployment per row. Any number can be marked, by ID: marks survive refreshes and filters."""

    COLUMNS, LAYOUT, FRAME = COLUMNS, LAYOUT, 3
    BAR, BARS = " # ", {"status": 8, "agent": 0}
    MOST_MARKS = None
    BINDINGS = keymap("""
        escape    unmark      list.unmark      unmark all [!unmark]
        space     mark        list.mark        mark or unmark the agent
        V         mark_range  list.mark-range  mark all rows from the last marked one to the cursor
        asterisk  mark_all    list.mark-all    mark all rows that match the filter
    """)

    def __init__(self, look: Look, clock: Clock, *, chosen: Sequence[str] = (), id: str | None = None) -> None:  # noqa: A002  Textual's name
        super().__init__(look, clock, id=id)
        self._chosen, self._several = chosen, False
        self._arrangement, self._arranged = Arrangement(), Arranged()
        self._entries: Sequence[Entry] = ()
        self._fetched: datetime | None = None
        self._aged: datetime | None = None
        """The time of the list when the ages were drawn last."""
        self._usage: Mapping[str, Usage] = {}
        self._marked = Remade(_marked)
        usage = (
            Column[Entry](name, partial(self._used, name), "quiet", title=title, fit=Fit.RIGHT, empty="–")
            for name, title in USAGE.items()
        )
        self._columns = {column.name: column for column in (*COLUMNS, *usage)}

    # ---- rows

    def show_agents(
        self,
        entries: Sequence[Entry],
        arrangement: Arrangement,
        fetched: datetime | None = None,
        *,
        keep: str = "",
    ) -> None:
        """Show the agents that match, with the cursor on the one with the id `keep`, or on the same one as before.

        The list was `fetched` then. If only some agents changed since it was sorted, the order stays.
        """
        newer, self._fetched = fetched != self._fetched, fetched
        before, self._entries = self._entries, entries
        query, shown = self._arrangement.query, not (self.loading_rows or keep)
        changed = self._changed_in_place(before, newer=newer) if shown and arrangement == self._arrangement else None
        if changed is not None:
            for entry in changed:
                self.replace_row(entry)
            if fetched is not None and (self._aged is None or (fetched - self._aged).total_seconds() >= AGES_EVERY):
                self._aged = fetched
                self.refresh()
            return
        self._arrangement, self._aged = arrangement, fetched
        rows = self._arranged.rows(entries, arrangement, several=self._several)
        first = [rows[0].key] if rows else []
        current = [self.row.key] if self.row is not None else []
        if keep:
            current = [keep]
        elif not self.touched and self.cursor == 0:
            # The user has not chosen a row: a worse one that moves up gets the cursor.
            current = first
        # If the filter hides the agent under the cursor, the first match gets it.
        self.replace_rows(rows, [*current, *(first if arrangement.query != query else ())])

    def _changed_in_place(self, before: Sequence[Entry], *, newer: bool) -> Sequence[Entry] | None:
        """Return the agents that differ from those `before` while the order stays; None if the list must be sorted.

        It is sorted when a `newer` list arrives, even if that one is the same, and until the user has chosen a row also
        when a state changes: a check can find the worst agent.
        """
        if self._entries is before or len(self._entries) != len(before):
            sorts = len(self._entries) != len(before) or (newer and not self._arranged.sorts(before))
            return None if sorts else ()
        changed = [pair for pair in zip(self._entries, before, strict=True) if pair[0] is not pair[1]]
        moved = any(new.key != old.key or (not self.touched and new.status != old.status) for new, old in changed)
        return None if newer or moved else [new for new, _old in changed]

    # ---- marks

    @property
    def marked(self) -> list[Entry]:
        """The marked agents that exist: those on screen from top to bottom, then those that the filter hides."""
        # Cached: with ten thousand agents, counting the marks for each key takes too long.
        return self._marked.of(self.rows, self._entries, self.marks)

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Unmark only without a filter: the user can mark agents with one filter after another."""
        if action == "unmark":
            return bool(self.marks) and not self._arrangement.query
        return super().check_action(action, parameters)

    def action_mark_range(self) -> None:
        """Mark the rows from the one that was marked last to the cursor."""
        newest = next(reversed(self.marks), None)
        start = self.index_of(newest) if newest is not None else None
        start = self.cursor if start is None else start
        step = 1 if start <= self.cursor else -1
        # The row under the cursor comes last: the next range begins there.
        keys = dict.fromkeys(self.rows[index].key for index in range(start, self.cursor + step, step) if self.rows)
        self.show_marks([*(mark for mark in self.marks if mark not in keys), *keys])

    def action_mark_all(self) -> None:
        """Mark all rows that match the filter."""
        self.show_marks([*self.marks, *(row.key for row in self.rows)])

    def action_unmark(self) -> None:
        """Unmark all rows."""
        self.show_marks(())

    def show_accounts(self, *, several: bool) -> None:
        """Show the accounts of the agents if there are several."""
        if several is not self._several:
            self._several = several
            self.draw_again()

    def show_usage(self, usage: Mapping[str, Usage]) -> None:
        """Show what the agents used in 30 days, by id; an agent that is missing has no numbers."""
        if usage is not self._usage:
            self._usage = usage
            self.draw_again()

    def _used(self, name: str, row: Entry) -> str:
        text: str = getattr(self._usage.get(row.key, Usage()), name)
        return text

    # ---- drawing

    @property
    def sorted_by(self) -> str:
        """The name of the column with the mark of the order."""
        return ORDERS[self._arrangement.order].name

    @property
    def reverse(self) -> bool:
        """Whether the order is reversed."""
        return self._arrangement.reverse

    def columns_for(self, width: int) -> Sequence[Placed[Entry]]:
        """Return the columns for `width` cells: those that the user has chosen, or all; if it is narrow, agent first.

        In a list of several accounts, the account is always one of them.
        If there is not enough room for all chosen columns, the last ones are left out, but never the agent.
        """
        if self._chosen:
            added = ["account"] if self._several and "account" not in self._chosen else []
            chosen = [*self._chosen, *added]
            return self.place([self._columns[name] for name in chosen], _in_order(chosen), width)
        first = [self._columns["agent"]] if width < NARROW else []
        others = (column for column in columns_of(several=self._several) if column not in first)
        return self.place([*first, *others], LAYOUT, width)

    def frame(self, row: Entry, *, selected: bool) -> list[Segment]:
        """Return the cursor, the glyph of the status, and the mark of a deployment."""
        return [
            self.cursor_mark(selected=selected),
            Segment(fit(self.look.glyph(row.status), 1), self.part(row.tone.value)),
            Segment(self.mark_of(row), self.part("info")),
        ]


def _marked(rows: Sequence[Entry], entries: Sequence[Entry], marks: Mapping[Hashable, None]) -> list[Entry]:
    """Return the marked agents: first the shown `rows`, then the others of all `entries`."""
    shown = [row for row in rows if row.key in marks] if marks else []
    hidden = marks.keys() - {row.key for row in shown} if len(shown) < len(marks) else ()
    return [*shown, *(entry for entry in entries if entry.key in hidden)] if hidden else shown


def _in_order(chosen: Sequence[str]) -> Sequence[WidthStep]:
    """Return the layout of columns that the user has chosen: at first each of them, and then they grow as usual."""
    first = {step.name: step for step in reversed(LAYOUT)}
    wanted = sorted(chosen, key=lambda name: name != "agent")
    return [step._replace(wide=False) for step in (*(first.get(name, WidthStep(name)) for name in wanted), *LAYOUT)]
