"""Loads the list of traces page by page, single traces, and the next trace with an error. Knows no widget."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING

from msgspec import Struct
from msgspec.structs import replace

from astro_tui.errors import PlatformError
from astro_tui.platform.client import Call
from astro_tui.platform.client.decode import plain
from astro_tui.platform.observations import TraceQuery
from astro_tui.presentation.traces import MOST_READ, Outcome, TraceLine, line_of
from astro_tui.screens.base.loading import Changed, Loader
from astro_tui.session.requests import Fail, Requests, Show
from astro_tui.session.session import Session
from astro_tui.traces import TraceOutline, arguments_of

if TYPE_CHECKING:
    from astro_tui.platform.models import TracePage

LIST, ONE, FIND, SPAN, ERRORS = "list", "one", "find", "span", "errors"
"""The topics."""
MOST_UNASKED = MOST_READ
"""The most traces of a list that are read for their errors in the background."""
SIZES = (50, 10, 1)
"""Traces on a page: fewer after a page could not be loaded, because one trace can fail its whole page."""
MOST_COMPARED = 12
"""The most calls of a tool whose arguments are read."""


class TracesState(Struct, frozen=True):
    """The traces that are loaded so far, None until the first page is.

    `offset` is where the next page begins, and `most` how many traces it has at most. `failure` says why it could not
    be loaded, and `skipped` counts single traces that could not. With `complete`, there are no more.
    """

    query: TraceQuery = TraceQuery()
    lines: Sequence[TraceLine] | None = None
    offset: int = 0
    most: int = SIZES[0]
    complete: bool = False
    failure: PlatformError | None = None
    skipped: int = 0
    truncated: bool = False
    scanned: int = 0


def size_of_page(offset: int, most: int) -> int:
    """Return how many traces to request: the server counts pages, so the offset must be a multiple of it."""
    return next(size for size in SIZES if size <= most and offset % size == 0)


class TracesLoader(Loader[TracesState]):
    """Loads for one deployment after the other."""

    TOPICS = (LIST,)
    ALONE = True

    def __init__(self, requests: Requests, session: Session, show: Changed[TracesState]) -> None:
        super().__init__(requests, session, TracesState(), show)
        self._key, self._bounded = "", TraceQuery()
        self.number = 0
        """Which trace a search for an error reads now; its worker thread sets this."""
        self._asked: set[str] = set()
        """The traces that were read in the background for this list."""
        self._left = 0
        """How many more may be."""

    def begin(self, key: str, query: TraceQuery = TraceQuery()) -> None:  # noqa: B008  frozen
        """Start over with another deployment or another query. Sends no request."""
        self._key, self._bounded, self._asked = key, query.bounded(self._session.clock()), set()
        self._left = MOST_UNASKED
        self.begin_with(TracesState(query), LIST, ONE, FIND, SPAN, ERRORS)

    # ---- the list

    def more(self) -> None:
        """Request the next page, unless it is already requested or this is the last one."""
        state = self.state
        if self._requests.busy(LIST) or state.complete or state.failure is not None or not self._key:
            return
        session, key, query = self._session, self._key, self._bounded
        offset, size = state.offset, size_of_page(state.offset, state.most)

        def request(call: Call) -> tuple[TracePage, Sequence[TraceLine]]:
            page = session.platform.traces(key, query, limit=size, offset=offset, call=call)
            return page, [line_of(row, session.agents.traces.outcomes(key)) for row in page.rows if row.trace_id]

        self.staleness.requested(session.clock())
        self._requests.fetch(LIST, request, lambda found: self._take(size, *found), self._fail)

    def again(self) -> None:
        """Request the page that failed again, but a smaller one; a single trace that fails is skipped."""
        state = self.state
        if state.failure is None:
            return
        size = size_of_page(state.offset, state.most)
        smaller = [each for each in SIZES if each < size] if state.failure.status == 502 else [size]
        skip, most = not smaller, smaller[0] if smaller else 1
        offset, skipped = state.offset + skip, state.skipped + skip
        self.state = replace(state, failure=None, most=most, offset=offset, skipped=skipped)
        self.more()

    def _take(self, size: int, page: TracePage, lines: Sequence[TraceLine]) -> None:
        self.staleness.fresh(self._session.clock())
        state, shown = self.state, self.state.lines or ()
        # New traces move the others to later pages.
        known = {line.key for line in shown}
        offset = state.offset + size
        self.change(
            lines=(*shown, *(line for line in lines if line.key not in known)),
            offset=offset,
            # After a failed page, the pages become larger again where the offset allows it.
            most=SIZES[0],
            # The total can be 0 although there are more. A page that begins like the first one repeats it.
            complete=len(page.rows) + page.odd < size or bool(shown and lines and shown[0].key == lines[0].key),
            truncated=page.truncated,
            scanned=page.scanned_count or 0,
        )

    def _fail(self, error: PlatformError) -> None:
        if error.facts.not_set_up:
            # No tracing is a normal state.
            self.staleness.fresh(self._session.clock())
        else:
            self.staleness.failed(error, self._session.clock())
        self.change(failure=error)

    # ---- one trace

    def open(self, trace_id: str, show: Show[TraceOutline], fail: Fail) -> None:
        """Read a trace, and lay out its rows, which takes a while if there are many."""
        session, key = self._session, self._key
        self._requests.forget(ERRORS)

        def request(call: Call) -> TraceOutline:
            return TraceOutline(session.agents.traces.read(key, trace_id, call))

        self._requests.fetch(ONE, request, show, fail)

    def open_span(self, span_id: str, show: Show[Mapping[str, bytes]], fail: Fail) -> None:
        """Read an observation with its input and output."""
        request = partial(self._session.agents.traces.observation, self._key, span_id)
        self._requests.fetch(SPAN, request, show, fail)

    def compare(self, span_ids: Sequence[str], show: Show[Mapping[str, str]], fail: Fail) -> None:
        """Read the arguments of some calls, one at a time, and show them by ID."""
        session, key = self._session, self._key

        def request(call: Call) -> Mapping[str, str]:
            found = {}
            for span_id in span_ids[:MOST_COMPARED]:
                members = session.agents.traces.observation(key, span_id, call)
                given, metadata = (plain(members.get(name, b"null")) for name in ("input", "metadata"))
                found[span_id] = arguments_of(given, metadata)
            return found

        self._requests.fetch(SPAN, request, show, fail)

    # ---- errors

    @property
    def finding(self) -> bool:
        """Whether a search for an error runs."""
        return self._requests.busy(FIND)

    def find(self, after: int, show: Show[str], fail: Fail) -> None:
        """Read the traces from a row on, one at a time, until one has an error; show its ID, else an empty text."""
        session, key = self._session, self._key
        waiting = [line.key for line in (self.state.lines or ())[after : after + MOST_READ]]

        def request(call: Call) -> str:
            for self.number, trace_id in enumerate(waiting, 1):
                if session.agents.traces.outcome(key, trace_id, call).errors:
                    return trace_id
            return ""

        self.number = 0
        self._requests.forget(ERRORS)
        self._requests.fetch(FIND, request, show, fail)

    def stop_finding(self) -> None:
        """Cancel the search for an error. What it has read until now is known."""
        self._requests.forget(FIND)

    def read_next(self, show: Show[Outcome]) -> None:
        """Learn in the background whether the next trace of the list failed, unless the user waits for a trace."""
        session, key, store = self._session, self._key, self._session.agents.traces
        busy = any(map(self._requests.busy, (ERRORS, ONE, FIND, SPAN)))
        if busy or not self._left or session.paused or not self._requests.in_front:
            return
        keys = (line.key for line in self.state.lines or () if line.key not in self._asked)
        trace_id = next((each for each in keys if not store.settled(key, each)), "")

        def take(outcome: Outcome) -> None:
            self._asked.add(trace_id)
            show(outcome)

        if trace_id:
            self._left -= 1
            request = partial(store.outcome, key, trace_id)
            self._requests.fetch(ERRORS, request, take, self._give_up)

    def _give_up(self, _error: PlatformError) -> None:
        """Read no more in the background: the others would fail, too. The list of messages has the error."""
        self._left = 0
