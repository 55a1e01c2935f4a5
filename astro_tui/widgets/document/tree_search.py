"""A search through one document. It runs in a worker thread, reports matches as it finds them, and can be canceled."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from threading import Event
from time import monotonic

from msgspec import Struct
from textual.widget import Widget

from astro_tui.document import Document, DocumentQuery, Hits, Masking, SearchError, meant, search
from astro_tui.theme.look import Look

REPORT_EVERY = 0.05
"""Seconds between two reports: drawing more often would slow the search down."""


class Found(Struct, frozen=True):
    """More matches of the search that `cancel` cancels; `complete` marks its last message."""

    cancel: Event
    batch: list[int]
    complete: bool
    problem: str = ""
    """Why the search failed, for the user."""


class Matches(Struct, frozen=True):
    """A query and its matches so far."""

    query: DocumentQuery
    hits: Hits

    def query_at(self, node: int) -> DocumentQuery | None:
        """Return the query to mark in the row of a node; None if the node does not match."""
        return self.query if node in self.hits else None


class TreeSearch:
    """The current search and its matches. `arrived` gets each report on the UI thread, and passes it to `take`."""

    def __init__(self, owner: Widget, look: Look, arrived: Callable[[Found], None]) -> None:
        self._owner, self._arrived = owner, arrived
        self._look = look
        self._stop = Event()
        self.text = ""
        """The search as typed; empty without a search."""
        self.query: DocumentQuery | None = None
        self.hits: Hits | None = None
        self.problem = ""
        """Why the search is not possible, for the user."""

    @property
    def active(self) -> bool:
        """Whether there is a search."""
        return bool(self.text)

    @property
    def complete(self) -> bool:
        """Whether the whole document was searched."""
        return self.hits is not None and self.hits.complete

    @property
    def matches(self) -> Matches | None:
        """The query with its matches; None without a search."""
        return Matches(self.query, self.hits) if self.query is not None and self.hits is not None else None

    def end(self) -> None:
        """Cancel and forget the search."""
        self._stop.set()
        self.text, self.query, self.hits, self.problem = "", None, None, ""

    def start(self, text: str, document: Document, node: int = 0) -> None:
        """Start a new search at a node; `DocumentQuery.parse` describes the syntax of `text`."""
        self.end()
        self.text = text
        if not text:
            return
        try:
            query = DocumentQuery.parse(text)
        except SearchError as error:
            self.problem = str(error)
            return
        self.query, self.hits = query, Hits()
        if not query.needle:
            self.hits.complete = True
            return
        self._stop = Event()
        report = partial(self._owner.call_later, self._arrived)
        work = partial(_search, document, query, node, self._stop, report)
        self._owner.run_worker(work, thread=True, group="search", exclusive=True)

    def take(self, matches: Found) -> bool:
        """Add matches; return False if they belong to a canceled search."""
        if matches.cancel is not self._stop or self.hits is None:
            return False
        if matches.problem:
            self.query, self.hits, self.problem = None, None, matches.problem
            return True
        self.hits.add(matches.batch)
        self.hits.complete = matches.complete
        return True

    def words(self, node: int | None) -> str:
        """Return the number of matches, or the position of the cursor's `node` among them: `match 2 of 5`."""
        if self.problem or self.hits is None:
            return self._look.plain(self.problem)
        if not self.hits.complete and not len(self.hits):
            return self._look.plain("searching…")
        number = _matches(len(self.hits))
        if not self.hits and (guess := meant(self.text)):
            return self._look.plain(f"{number}; did you mean {guess}?")
        # The position is known only after everything before it was searched.
        if node is not None and node in self.hits and self.hits.complete:
            number = f"match {self.hits.number(node):,} of {len(self.hits):,}"
        return number if self.hits.complete else self._look.plain(f"{number}…")


def _matches(number: int) -> str:
    return "no match" if not number else "1 match" if number == 1 else f"{number:,} matches"


def _search(document: Document, query: DocumentQuery, node: int, stop: Event, post: Callable[[Found], bool]) -> None:
    """Search and report the matches (worker thread)."""
    waiting: list[int] = []
    due, problem = 0.0, ""
    try:
        for batch in search(document, query, Masking(document), stop.is_set, node):
            if batch and waiting and batch[0] < waiting[0]:
                post(Found(stop, waiting, complete=False))
                waiting = []
            waiting += batch
            if waiting and monotonic() >= due:
                post(Found(stop, waiting, complete=False))
                waiting, due = [], monotonic() + REPORT_EVERY
    except SearchError as error:
        problem = str(error)
    if not stop.is_set():
        post(Found(stop, waiting, complete=True, problem=problem))
