"""A search through one document: it runs in a worker thread, tells of its hits as they come, and can be ended."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from threading import Event
from time import monotonic
from typing import TYPE_CHECKING

from textual.message import Message
from textual.widget import Widget

from astro_tui.theme.look import Look

if TYPE_CHECKING:
    from collections.abc import Callable

    from astro_tui.document import Document, Hits, Query

PAUSE = 0.05
"""Seconds between two tellings: more often, and drawing would slow the search down."""


@dataclass
class Found(Message):
    """More hits of the search that this `ended` ends; the last message of a search is `complete`."""

    ended: Event
    batch: list[int]
    complete: bool
    problem: str = ""
    """Why the search was given up, in words."""


class TreeSearch:
    """What is looked for and what was found. Posts `Found` to `owner`, which hands it to `take`."""

    def __init__(self, owner: Widget, look: Look) -> None:
        self._owner = owner
        self._look = look
        self._stop = Event()
        self.text = ""
        """What was typed; empty while nothing is looked for."""
        self.query: Query | None = None
        self.hits: Hits | None = None
        self.problem = ""
        """Why nothing can be looked for, in words."""

    @property
    def active(self) -> bool:
        """Whether something is looked for."""
        return bool(self.text)

    @property
    def complete(self) -> bool:
        """Whether the whole document was looked through."""
        return self.hits is not None and self.hits.complete

    def end(self) -> None:
        """Look for nothing; a search that runs ends at once."""
        self._stop.set()
        self.text, self.query, self.hits, self.problem = "", None, None, ""

    def start(self, text: str, document: Document, node: int = 0) -> None:
        """Look for `text`, typed as `Query.parse` reads it, from a node on, in place of what was looked for."""
        from astro_tui.document import Hits, Query, SearchError

        self.end()
        self.text = text
        if not text:
            return
        try:
            query = Query.parse(text)
        except SearchError as error:
            self.problem = str(error)
            return
        self.query, self.hits = query, Hits()
        if not query.needle:
            self.hits.complete = True
            return
        self._stop = Event()
        work = partial(_look_through, document, query, node, self._stop, self._owner.post_message)
        self._owner.run_worker(work, thread=True, group="search", exclusive=True)

    def take(self, found: Found) -> bool:
        """Take hits over; returns False for those of a search that was ended."""
        if found.ended is not self._stop or self.hits is None:
            return False
        if found.problem:
            self.query, self.hits, self.problem = None, None, found.problem
            return True
        self.hits.add(found.batch)
        self.hits.complete = found.complete
        return True

    def marking(self, node: int) -> Query | None:
        """Return what to mark in the row of a node: the query if the node is a hit."""
        return self.query if self.hits is not None and node in self.hits else None

    def words(self, node: int | None) -> str:
        """Say how many were found, and which of them the cursor is on: `match 2 of 5`."""
        if self.problem or self.hits is None:
            return self._look.plain(self.problem)
        if not self.hits.complete and not len(self.hits):
            return self._look.own("searching…")
        number = _matches(len(self.hits))
        # Which of them it is, is known when all before it are.
        if node is not None and node in self.hits and self.hits.complete:
            number = f"match {self.hits.number(node):,} of {len(self.hits):,}"
        return number if self.hits.complete else self._look.own(f"{number}…")


def _matches(number: int) -> str:
    return "no match" if not number else "1 match" if number == 1 else f"{number:,} matches"


def _look_through(document: Document, query: Query, node: int, stop: Event, post: Callable[[Message], bool]) -> None:
    """Search and tell (worker thread)."""
    from astro_tui.document import Masking, SearchError, search

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
                waiting, due = [], monotonic() + PAUSE
    except SearchError as error:
        problem = str(error)
    if not stop.is_set():
        post(Found(stop, waiting, complete=True, problem=problem))
