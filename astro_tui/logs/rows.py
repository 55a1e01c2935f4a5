"""The rows of a log as they are shown: lines, and remarks about what is missing."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple

from msgspec import Struct

from astro_tui.logs.colors import Colored
from astro_tui.logs.levels import Level
from astro_tui.logs.line import LogSource

Shows = Callable[[Level, str, LogSource], bool]
"""Whether a filter shows a line, given its level, its message, and its source."""


class LogRemark(Struct, frozen=True):
    """A row about the log itself: lines that are not in memory, or what is known about a gap.

    It is placed at `end`, after the lines that it is about; times are in nanoseconds, and a `begin` of 0 is unknown. It
    is about `sources`, or about all if there are none. `lines` counts those that were in memory before. If
    `loadable`, they can be requested.
    """

    begin: int
    end: int
    sources: tuple[LogSource, ...] = ()
    lines: int = 0
    loadable: bool = False
    text: str = ""


class LogRow(NamedTuple):
    """One row of a log. `word` is the level as it was sent, `remark` is set if it is not a line.

    `source` means nothing for a remark. `message` has no colors: they are in `colors`.
    """

    id: int
    ns: int
    level: Level
    word: str
    source: LogSource
    message: str
    continues: bool = False
    remark: LogRemark | None = None
    colors: Sequence[Colored] = ()


NOWHERE = LogSource("", "")
"""The source of a remark."""


class End(NamedTuple):
    """The last rows of a store, with the store's `moved` and its number of rows at the time they were read."""

    moved: int
    total: int
    rows: list[LogRow]

    @property
    def first(self) -> int:
        """The number of the first of these rows."""
        return self.total - len(self.rows)

    def row(self, number: int) -> LogRow | None:
        """Return the row with a number, if it is one of these."""
        return self.rows[number - self.first] if self.first <= number < self.total else None
