"""The newest traces of an agent, those with an error, and those that contain a text."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence

from astro_tui.cli.connection import CliConnection
from astro_tui.cli.output import ProgressLine
from astro_tui.platform.models import TracePage
from astro_tui.platform.observations import TraceQuery
from astro_tui.presentation.traces import MOST_READ, TraceLine, line_of, search_problem, searched
from astro_tui.text.times import counted

MOST_LISTED = 100
"""The most traces that one request can list."""
SEARCHED = 1_000
"""The traces that one search reads."""


def listed(connection: CliConnection, key: str, query: TraceQuery, most: int, *, failed: bool) -> list[TraceLine]:
    """Return at most `most` of the newest traces of a deployment, or of those with an error; read one at a time."""
    wanted = MOST_READ if failed else most
    page, skipped = connection.agents.traces.newest(key, query, wanted, connection.call())
    lines = [line_of(row, connection.agents.traces.outcomes(key)) for row in page.rows if row.trace_id]
    if failed:
        lines = with_errors(connection, key, lines, most)
    for text in _left_out(page, skipped, query, wanted, failed=failed):
        connection.note(text)
    if not lines and (problem := search_problem(query.search)):
        connection.note(problem)
    return lines


def _left_out(page: TracePage, skipped: int, query: TraceQuery, wanted: int, *, failed: bool) -> Iterator[str]:
    """Yield which traces are not listed, and why."""
    if skipped:
        yield f"{skipped} traces could not be listed because one of them cannot be read"
    if odd := page.odd + sum(not row.trace_id for row in page.rows):
        yield f"{counted(odd, 'trace')} could not be listed: the server sent no ID"
    if query.scans and (text := searched(page.scanned_count, truncated=page.truncated)):
        yield text
    total, full = page.total or 0, len(page.rows) + page.odd >= wanted
    if query.search and full and total != wanted:
        # One kind of server sends a total that is too small.
        yield f"the first {wanted} of " + (f"{total:,} that match" if total > wanted else "those that match")
    elif failed and full:
        yield f"of the newest {wanted} traces"


def with_errors(connection: CliConnection, key: str, lines: Sequence[TraceLine], most: int) -> list[TraceLine]:
    """Return the traces with an error, read one at a time."""
    failed, progress = list[TraceLine](), ProgressLine(ascii_alone=connection.settings.ascii)
    try:
        for number, line in enumerate(lines, 1):
            progress.draw(f"read {number} of {counted(len(lines), 'trace')} …")
            outcome = connection.agents.traces.outcome(key, line.key, connection.call())
            failed += [line] if outcome.errors else []
            if len(failed) == most:
                break
    finally:
        progress.clear()
    for doubt, number in Counter(line.outcome.doubt for line in lines if line.outcome is not None).items():
        if doubt:
            connection.note(f"{number} of {counted(len(lines), 'trace')}: {doubt}")
    return failed


def containing(
    connection: CliConnection, key: str, search: str, most: int, masked: Callable[[str], str], *, failed: bool
) -> list[TraceLine]:
    """Return the newest traces whose masked texts contain a text. The platform would search what is masked, too."""
    store, traces, skipped, seen = connection.agents.traces, dict[str, TraceLine](), 0, 0
    wanted, query = search.casefold(), TraceQuery().bounded(connection.agents.clock())
    for begin in range(0, SEARCHED, MOST_LISTED):
        page, left = store.newest(key, query, MOST_LISTED, connection.call(), begin=begin)
        seen, skipped = seen + len(page.rows), skipped + left
        lines = [line_of(row, store.outcomes(key)) for row in page.rows if row.trace_id]
        texts = (masked(f"{each.name}\n{each.key}\n{each.user}").casefold() for each in lines)
        traces |= {each.key: each for each, text in zip(lines, texts, strict=True) if wanted in text}
        if len(page.rows) + page.odd + left < MOST_LISTED:
            break
        if len(traces) >= (MOST_READ if failed else most):
            connection.note(f"more traces may match: only the newest {seen:,} were searched")
            break
    else:
        connection.note(f"older traces than the newest {seen:,} were not searched")
    if skipped:
        connection.note(f"{skipped} traces could not be listed because one of them cannot be read")
    if not traces and (problem := search_problem(search)):
        connection.note(problem)
    lines = list(traces.values())
    return with_errors(connection, key, lines[:MOST_READ], most) if failed else lines
