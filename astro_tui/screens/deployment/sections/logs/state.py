"""What the user wants to see of a log. Pure."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass, field

from astro_tui.logs.levels import Level
from astro_tui.logs.line import Source
from astro_tui.logs.query import Query, QueryError
from astro_tui.logs.records import record_of
from astro_tui.logs.rows import Row, Shows

LEVELS = (Level.NONE, Level.DEBUG, Level.INFO, Level.WARN, Level.ERROR)
"""The lowest level that is shown, in the order of the key that changes it. NONE shows all lines."""


Report = Callable[[str], None]
"""Called, from any thread, if a search cannot be run."""


@dataclass(frozen=True, slots=True)
class Wish:
    """A search, with `only` if other lines are hidden, the lowest level, and the sources; no sources means all."""

    query: Query | None = None
    only: bool = False
    level: Level = Level.NONE
    sources: Collection[Source] = field(default_factory=frozenset)
    apart: Collection[Source] = field(default_factory=frozenset)
    """Followed containers, whose lines their workloads also include; left out unless `sources` names them."""

    def filter(self, report: Report) -> Shows | None:
        """Return the filter, or None if it hides nothing."""
        query, lowest, sources, apart = self.query if self.only else None, self.level, self.sources, self.apart
        if not query and lowest is Level.NONE and not sources and not apart:
            return None

        def shown(level: Level, message: str, source: Source) -> bool:
            if level < lowest or (source not in sources if sources else source in apart):
                return False
            return not query or _matches(query, level, message, source, report)

        return shown

    def everything(self) -> Wish:
        """Return a wish that shows all lines."""
        return Wish(apart=self.apart)

    def next_level(self) -> Level:
        """Return the next lowest level."""
        at = LEVELS.index(self.level) if self.level in LEVELS else 0
        return LEVELS[(at + 1) % len(LEVELS)]


def finder(query: Query, report: Report) -> Callable[[Row], bool]:
    """Return a function that says whether a row matches a search."""
    return lambda row: _matches(query, row.level, row.message, row.source, report)


def _matches(query: Query, level: Level, message: str, source: Source, report: Report) -> bool:
    try:
        return query.matches(level, message, lambda: record_of(level.word, message), source)
    except QueryError as error:
        # The expression takes too long to match. That must not hide lines.
        report(str(error))
        return True
