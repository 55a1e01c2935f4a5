"""A table of agents from several accounts, to choose one from."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

from rich.segment import Segment
from textual.message import Message

from astro_tui.presentation.agent_list import Entry
from astro_tui.presentation.status import LABEL_WIDTH
from astro_tui.theme.sizes import NARROW
from astro_tui.widgets.cells import cell_len, fit, headings
from astro_tui.widgets.lists.table import Table


class Choice(NamedTuple):
    """An agent and its account; `text` is what a filter searches, in lower case."""

    account: str
    entry: Entry
    text: str


def choice_of(account: str, entry: Entry) -> Choice:
    """Return the choice for an agent of an account."""
    return Choice(account, entry, f"{account.lower()}/{entry.haystack}")


def matching(choices: Sequence[Choice], query: str) -> Sequence[Choice]:
    """Return the choices that contain every word of the query, ignoring case."""
    for word in query.lower().split():
        choices = [choice for choice in choices if word in choice.text]
    return choices


@dataclass(frozen=True, slots=True)
class Columns:
    """Widths in cells; 0 hides the column."""

    label: int
    account: int
    build: int = 0
    status: int = 0


def columns_for(width: int, rows: Sequence[Choice]) -> Columns:
    """Return the columns for `width` cells: the name and the account come first."""
    room, sample = width - 4, rows[:500]
    # An unknown status word may be longer than all known ones.
    status = (
        min(max([LABEL_WIDTH, *(cell_len(choice.entry.status.label) for choice in sample)]), 20)
        if width >= NARROW
        else 0
    )
    room -= status + 2 if status else 0
    build = min(max([5, *(cell_len(choice.entry.build) for choice in sample)]), 10) if sample and width >= 72 else 0
    room -= build + 2 if build else 0
    account = min(max([cell_len(choice.account) for choice in sample] + [7]), 24, room // 2)
    label = max([20, *(cell_len(choice.entry.label) for choice in sample)])
    return Columns(max(4, min(label, room - account - 2)), account, build, status)


class ChoiceTable(Table[Choice, Columns], can_focus=False):
    """One agent per row. Never focused: the prompt above it takes the keys."""

    @dataclass
    class Chosen(Message):
        """The user chose an agent."""

        choice: Choice

    def key_of(self, row: Choice) -> tuple[str, str]:
        """Return the account and the deployment id."""
        return row.account, row.entry.key

    def columns_for(self, width: int) -> Columns:
        """Return the columns for `width` cells."""
        return columns_for(width, self.rows)

    def row_chosen(self, index: int) -> None:
        """Report the chosen agent."""
        self.post_message(self.Chosen(self.rows[index]))

    def draw_heading(self, line: int, width: int) -> list[Segment]:
        """Return the column names."""
        columns = self.columns(width)
        text = "   " + fit("AGENT", columns.label)
        text += headings(("ACCOUNT", columns.account), ("BUILD", columns.build), ("STATUS", columns.status))
        return [Segment(fit(text, width), self.part("heading"))]

    def draw_row(self, index: int, width: int, *, selected: bool) -> list[Segment]:
        """Return the agent in this row."""
        choice, columns, look = self.rows[index], self.columns(width), self.look
        entry, cut, quiet = choice.entry, look.glyphs.cut, self.part("quiet")
        tone = self.part(entry.status.severity.value)
        name = self.part("name") if selected else None
        return [
            self.cursor_mark(selected=selected),
            Segment(fit(look.glyph(entry.status), 2), tone),
            Segment(fit(look.plain(entry.label), columns.label, cut), name),
            *self.cells(
                (choice.account, columns.account, quiet),
                (entry.build, columns.build, quiet),
                (entry.status.label, columns.status, tone),
            ),
        ]

    def draw_bar(self, size: int, width: int) -> str:
        """Return gray bars instead of name and account."""
        block, columns = self.look.glyphs.skeleton, self.columns(width)
        return "   " + fit(block * min(size, columns.label), columns.label) + "  " + block * min(7, columns.account)
