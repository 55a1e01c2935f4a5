"""The traces of a deployment, page by page."""

from __future__ import annotations

from collections.abc import Sequence

from msgspec import Struct
from msgspec.structs import replace

from astro_tui.errors import PlatformError
from astro_tui.platform.client import Call
from astro_tui.platform.observations import TraceQuery
from astro_tui.presentation.traces import TraceLine, line_of
from astro_tui.session.session import Session

SIZES = (50, 10, 1)
"""Traces on a page: fewer after a page could not be loaded, because one trace can fail its whole page."""


class TracePages(Struct, frozen=True):
    """The traces that are loaded so far.

    `offset` is where the next page begins, and `most` how many traces it has at most. `skipped` counts single traces
    that could not be loaded. With `complete`, there are no more. `set_up` is false if nothing traces the agent.
    """

    lines: Sequence[TraceLine] = ()
    offset: int = 0
    most: int = SIZES[0]
    complete: bool = False
    skipped: int = 0
    truncated: bool = False
    scanned: int = 0
    set_up: bool = True


def size_of_page(offset: int, most: int) -> int:
    """Return how many traces to request: the server counts pages, so the offset must be a multiple of it."""
    return next(size for size in SIZES if size <= most and offset % size == 0)


def with_next_page(session: Session, key: str, query: TraceQuery, pages: TracePages, call: Call) -> TracePages:
    """Return the known traces of a deployment and those of the next page (worker thread). Raises PlatformError."""
    size = size_of_page(pages.offset, pages.most)
    try:
        page = session.agents.traces.page(key, query, size, call, begin=pages.offset)
    except PlatformError as error:
        if not error.facts.not_set_up:
            raise
        # No tracing is a normal state.
        return replace(pages, complete=True, set_up=False)
    outcomes = session.agents.traces.outcomes(key)
    lines = [line_of(row, outcomes) for row in page.rows if row.trace_id]
    # New traces move the others to later pages.
    shown = {line.key for line in pages.lines}
    return replace(
        pages,
        lines=(*pages.lines, *(line for line in lines if line.key not in shown)),
        offset=pages.offset + size,
        # After a failed page, the pages become larger again where the offset allows it.
        most=SIZES[0],
        # The total can be 0 although there are more. A page that begins like the first one repeats it.
        complete=len(page.rows) + page.odd < size or bool(pages.lines and lines and pages.lines[0].key == lines[0].key),
        truncated=page.truncated,
        scanned=page.scanned_count or 0,
    )


def after_failure(pages: TracePages, error: PlatformError) -> TracePages:
    """Return how to go on after a page that failed: with a smaller one, or without the trace that fails."""
    size = size_of_page(pages.offset, pages.most)
    smaller = [each for each in SIZES if each < size] if error.status == 502 else [size]
    skip = not smaller
    return replace(pages, most=smaller[0] if smaller else 1, offset=pages.offset + skip, skipped=pages.skipped + skip)
