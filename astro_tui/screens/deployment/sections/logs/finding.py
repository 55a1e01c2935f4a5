"""Searches a log: first the lines in memory, then earlier ones, page by page."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from astro_tui.errors import PlatformError
from astro_tui.logs.feed import Feed
from astro_tui.logs.rows import Row
from astro_tui.screens.base.sections import SectionFetcher
from astro_tui.screens.deployment.sections.logs.texts import searched_words
from astro_tui.widgets.logs.line_drawing import Times, time_of

if TYPE_CHECKING:
    from astro_tui.platform.client import Call

FIRST_PAGE, MOST_PAGES = 2_000, 12
"""Lines on the first page of earlier lines (twice as many on each following page), and maximum pages per search."""
LARGEST_PAGE = 16_000
_TOPIC = "search"
Matches = Callable[[Row], bool]
"""Says whether a row matches a search."""


@dataclass(frozen=True, slots=True)
class Found:
    """The row that was found, or how far the search went."""

    row: Row | None
    lines: int = 0
    back_to: int = 0

    def words(self, query: str) -> str:
        """Return how far a search without a result went."""
        if not self.back_to:
            return f"No later match for {query}."
        return searched_words(time_of(self.back_to, Times.FULL), self.lines, query)


class Finder:
    """Runs one search at a time in a worker thread."""

    def __init__(
        self, fetcher: SectionFetcher, found: Callable[[Found], None], failed: Callable[[PlatformError], None]
    ) -> None:
        self._fetcher, self._found, self._failed = fetcher, found, failed

    def find(self, feed: Feed, matches: Matches, start: Row | None, *, backward: bool) -> None:
        """Look for the next match after a row, or for the one before it."""

        def search(call: Call) -> Found:
            return find(feed, matches, start, call, backward=backward)

        self._fetcher.fetch(_TOPIC, search, self._found, self._failed)

    def stop(self) -> None:
        """End the search, if there is one."""
        self._fetcher.forget(_TOPIC)


def _before(end: int, matches: Matches) -> Matches:
    return lambda row: row.ns <= end and matches(row)


def find(feed: Feed, matches: Matches, start: Row | None, call: Call, *, backward: bool) -> Found:
    """Return the next match (worker thread). Raises PlatformError if earlier lines cannot be loaded."""
    store = feed.store
    row = store.find(start, matches, backward=backward)
    if row is not None or not backward:
        return Found(row)
    size = FIRST_PAGE
    for _page in range(MOST_PAGES):
        remark = store.first_remark()
        if remark is None or remark.remark is None or call.canceled.is_set():
            break
        end = remark.remark.end
        feed.load(remark, call, size)
        row = store.find(None, _before(end, matches), backward=True)
        if row is not None:
            return Found(row)
        size = min(2 * size, LARGEST_PAGE)
    first = next((row for row in map(store.row, range(2)) if row is not None and row.remark is None), None)
    return Found(None, store.lines, first.ns if first is not None else 1)
