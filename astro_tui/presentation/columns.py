"""Columns of tables as data: what their cells say, and how they share the room of a row. Pure.

A table is a list of columns and one line of steps, such as `status, agent 8, age, why 24, agent, age whole, why`. The
steps are in order of importance: with its first step, a column appears with at most that many cells, and with later
ones it grows. Without a number it grows to its longest text, or, if it takes the rest, to the end of the row.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from enum import Enum
from operator import add
from typing import Any, Generic, NamedTuple, TypeVar

from msgspec import Struct

from astro_tui.presentation.status import Status
from astro_tui.text.times import Times

R = TypeVar("R")
GAP = 2
"""Blank cells in front of a column."""
LEAD = 2
"""Cells of what is in front of a text in the same column: a glyph and a space."""
SAMPLE = 500
"""Rows measured to size the columns."""
_ENDLESS = 10_000
SELECTED = "selected"
"""The style of a name: that of the cursor's row, or none."""


class Fit(Enum):
    """Where a text is in its column, and where it is cut."""

    LEFT = "left"
    RIGHT = "right"
    MIDDLE = "left, but cut in its middle"


class Column(Struct, Generic[R], frozen=True):
    """One column. `text` returns what a cell says, `style` the name of its style: a severity, `quiet`, or `name`.

    `title` defaults to the name in capitals.
    """

    name: str
    text: Callable[[R], str] = lambda _row: ""
    style: Callable[[R], str] | str = ""
    title: str = ""
    fit: Fit = Fit.LEFT
    at: Callable[[R], datetime | None] | None = None
    """Returns a time, which is shown in the way that the user has chosen, instead of a text."""
    least: int = 0
    """The fewest cells, if the title does not need more."""
    most: int = _ENDLESS
    empty: str = ""
    """What a cell without a text says."""
    optional: bool = False
    """Whether the column is left out if all its cells are empty."""
    rest: bool = False
    """Whether it can use any number of cells."""
    order: str = ""
    """The name of the order by this column, or an empty string."""
    key: Callable[[R], Any] | None = None
    """Returns what that order sorts by; without it, the rows are sorted already."""
    sortable: bool = False
    """Whether the title always has room for the mark of the sorted column."""
    glyph: Callable[[R], Status] | None = None
    """Returns a state whose glyph is in front of the text."""
    mark: Callable[[R, datetime], bool] | None = None
    """Whether a mark is in front of the text."""
    after: Callable[[R], bool] | None = None
    """Whether a mark for something newer follows the text."""
    in_ascii: Callable[[R], str] | None = None
    """Returns the text to show in ASCII."""

    def said(self, row: R, *, ascii_alone: bool) -> str:
        """Return the text of a cell."""
        return (self.in_ascii if ascii_alone and self.in_ascii is not None else self.text)(row) or self.empty

    @property
    def heading(self) -> str:
        """The title."""
        return self.title or self.name.upper()

    @property
    def falling(self) -> bool:
        """Whether the order starts with the largest value."""
        return self.order.startswith("most")


def orders_of(columns: Iterable[Column[R]]) -> dict[str, Column[R]]:
    """Return the columns that can be sorted by, each with the name of its order."""
    return {column.order: column for column in columns if column.order}


class WidthStep(NamedTuple):
    """A step of a layout: `size` is None for as many cells as the column can use.

    A step that is `whole` is taken in full or not at all, and one that is `wide` only in a wide window.
    """

    name: str
    size: int | None = None
    whole: bool = False
    wide: bool = False


def steps(line: str) -> tuple[WidthStep, ...]:
    """Return the steps in a line such as `name 8, age, name, age whole, owner 20 wide`."""
    chosen = []
    for part in line.split(","):
        name, *words = part.split()
        size = next((int(word) for word in words if word.isdecimal()), None)
        chosen.append(WidthStep(name, size, "whole" in words, "wide" in words))
    return tuple(chosen)


class Placed(NamedTuple, Generic[R]):
    """A column with its width. The first `lead` cells are for a glyph or a mark in front of the text."""

    column: Column[R]
    size: int
    lead: int = 0


class Ruler(NamedTuple):
    """What the widths of columns depend on besides the rows: the time, how it is shown, and the sorted column."""

    width_of: Callable[[str], int]
    now: datetime
    times: Times = Times.AGES
    sorted_by: str = ""


def placed(
    columns: Sequence[Column[R]],
    line: Iterable[WidthStep],
    rows: Sequence[R],
    room: int,
    ruler: Ruler,
    *,
    wide: bool = False,
) -> list[Placed[R]]:
    """Return the columns that fit in `room` cells, in order, with their widths."""
    named = {column.name: _Measured(column, rows[:SAMPLE], ruler) for column in columns}
    chosen = [step for step in line if step.name in named and (wide or not step.wide)]
    widths = allot(room + GAP, [Stage(step.name, named[step.name].cells(step), step.whole) for step in chosen])
    return [Placed(column, widths[column.name], named[column.name].lead) for column in columns if column.name in widths]


class _Measured(Generic[R]):
    """The widths that a column can use."""

    def __init__(self, column: Column[R], rows: Sequence[R], ruler: Ruler) -> None:
        self._column = column
        marked = column.mark is not None and any(column.mark(row, ruler.now) for row in rows)
        self.lead = LEAD if marked or column.glyph is not None else 0
        title = len(ruler.times.titled(column.heading))
        sorts = column.sortable or column.name == ruler.sorted_by
        self._least = max(title + (LEAD if sorts else 0), column.least)
        self._longest = self._whole = _ENDLESS
        if column.at is not None:
            short, self._whole = ruler.times.sizes(map(column.at, rows), ruler.now)
            self._longest = max(self._least, short)
        elif not column.rest or column.optional:
            self._measure(rows, ruler)

    def _measure(self, rows: Sequence[R], ruler: Ruler) -> None:
        column = self._column
        texts = list(map(column.text, rows))
        # Measuring hundreds of texts for each letter of a filter would take a millisecond.
        lengths: Iterable[int] = map(len if "".join(texts).isascii() else ruler.width_of, texts)
        if column.after is not None:
            lengths = map(add, lengths, map(column.after, rows))
        longest = max(lengths, default=0)
        if column.optional and not longest:
            self._longest = 0
        elif not column.rest:
            self._longest = min(max(self._least, longest), column.most)

    def cells(self, step: WidthStep) -> int:
        """Return how many cells a step is for."""
        if step.whole:
            return self._whole
        if not self._longest or step.size is None:
            return self._longest + (self.lead if self._longest else 0)
        least = 0 if self._column.rest else self._least
        return self.lead + min(self._longest, max(step.size, least))


class Stage(NamedTuple):
    """A step of the layout of the column `name` in cells.

    With its first stage, the column appears with `size` cells, or not at all. Later stages let it grow to `size` as far
    as there is room, or, if `whole`, only in full.
    """

    name: str
    size: int
    whole: bool = False


def allot(room: int, stages: Iterable[Stage]) -> dict[str, int]:
    """Return the width in cells of each column that fits.

    The stages are in order of importance. After the first one that does not fit (a new column, or
    growth that must be `whole`), no column is added, so a wider row has the same columns and perhaps more. The rest
    goes to the later stages of the columns that were added.
    """
    widths: dict[str, int] = {}
    full = False
    for name, size, whole in stages:
        if size <= 0:
            continue
        if name in widths:
            more = max(0, size - widths[name])
            if more > room:
                full = full or whole
                more = 0 if whole else room
            widths[name] += more
            room -= more
        elif not full:
            full = room < size + GAP
            if not full:
                widths[name] = size
                room -= size + GAP
    return widths
