"""Reads the history of a log in pages (platform.md §10.1)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from math import inf
from operator import itemgetter

from msgspec.structs import replace

from astro_tui.errors import ErrorKind, PlatformError, Retry
from astro_tui.logs.joining import SECOND, LogPage
from astro_tui.logs.line import LogLine, LogSource, Untimed, message_of, nanoseconds
from astro_tui.platform.client import Call, Platform
from astro_tui.platform.client.log_entries import LogEntry

PAGE_LINES = 5000
"""Lines of a page: the default limit of the usual log backend."""
MOST_PAGE_LINES = PAGE_LINES
"""The most lines of a request. The platform refuses larger ones (platform.md §10.1)."""
LOOKBACKS = (3600, 6 * 3600, 24 * 3600, 7 * 24 * 3600)
"""Seconds to look back, tried in turn until there are lines. The first is what the platform does by itself."""
_ROUND = 100
_SKIPS = (1, 1000, SECOND // 1000, SECOND)
"""How many nanoseconds are skipped, one after the other, if a page has no later time: servers round times."""


class LogHistory:
    """The history of a source. Methods block, and raise PlatformError."""

    def __init__(self, platform: Platform, source: LogSource) -> None:
        self._platform = platform
        self._source = source
        # The most lines that the server has put into a page.
        self._largest = 0

    def newest(self, lines: int, call: Call, *, since_ns: int = 0, until_ns: int = 0) -> LogPage:
        """Return the newest lines of a time window, by default of the last hour.

        If there may be more, some of the lines that share the time of the first one may be missing.
        """
        page, _count, full = self._page(lines, call, since_ns, until_ns, backward=True)
        return replace(page, more=full)

    def forward(self, since_ns: int, call: Call, *, until_ns: int = 0) -> Iterator[LogPage]:
        """Yield all lines of a time window in pages that do not overlap. Yields at least one page.

        Without any times in a log, it is not known where a second page begins, so there is only one.
        """
        lines, skips, had_lines = PAGE_LINES, 0, True
        while True:
            page, count, full = self._page(lines, call, since_ns, until_ns, backward=False)
            if not full:
                yield page
                return
            edge = page.lines[-1].ns if page.lines else since_ns
            inside = next((at for at, line in enumerate(page.lines) if line.ns >= edge), 0)
            if edge > since_ns or (page.lines and not had_lines):
                # There are lines again after a time that was skipped.
                skips = 0
            had_lines = bool(page.lines)
            if edge > since_ns and inside:
                # More lines may have the time of the last one. The next page begins with all of them.
                yield LogPage(page.lines[:inside], since_ns, edge)
                since_ns, lines = edge, PAGE_LINES
            elif lines < MOST_PAGE_LINES and count >= lines:
                lines *= 2
            else:
                end = self._after(edge, skips)
                over = page.timeless or 0 < until_ns <= end
                if over and not page.lines:
                    raise self._ignored()
                yield LogPage(page.lines, since_ns, end, partial=True)
                if over:
                    return
                since_ns, skips = end, skips + 1

    def _after(self, ns: int, skips: int) -> int:
        """Return where to go on after a time with more lines than a page. Raises PlatformError if that is pointless."""
        if skips == len(_SKIPS):
            raise self._ignored()
        return ns - ns % _SKIPS[skips] + _SKIPS[skips]

    def _ignored(self) -> PlatformError:
        return PlatformError(
            ErrorKind.ODD_SHAPE,
            "The platform ignores the time window, so the rest of this log cannot be read.",
            request=self._source.request,
            remedies=(Retry(support=True),),
        )

    def before(self, before_ns: int, since_ns: int, lines: int, call: Call) -> LogPage:
        """Return roughly the newest `lines` lines of a time window: all from the page's `begin_ns` on."""
        before = 0
        while True:
            page, count, full = self._page(lines, call, since_ns, before_ns, backward=True)
            page = _without_last_untimed(page, before_ns - 1)
            if not full or count == before:
                return page
            # Before the first line with a time, it is not known where lines without one belong.
            edge = next((line.ns for line in page.lines if not isinstance(line, Untimed)), before_ns)
            if page.lines and edge < page.lines[-1].ns:
                # The next page begins with all lines of that time, but not with those without a time that follow them.
                inside = next(at for at, line in enumerate(page.lines) if line.ns > edge)
                inside = _timed_end(page.lines, inside)
                return LogPage(page.lines[inside:], edge + 1, before_ns, more=True)
            if lines >= MOST_PAGE_LINES:
                # More lines than can be requested have the same time.
                edge = page.lines[0].ns if page.lines else since_ns
                return LogPage(page.lines, edge, before_ns, more=edge > since_ns)
            before, lines = count, min(max(2 * lines, PAGE_LINES), MOST_PAGE_LINES)

    def _page(
        self, lines: int, call: Call, since_ns: int, until_ns: int, *, backward: bool
    ) -> tuple[LogPage, int, bool]:
        """Return a page, the number of lines that were sent, and whether the server may have left lines out."""
        source, lines = self._source, min(lines, MOST_PAGE_LINES)
        entries = self._platform.log_page(
            source.deployment_id,
            source.workload,
            container=source.container,
            pod=source.pod,
            since_ns=since_ns,
            until_ns=until_ns,
            lines=lines,
            backward=backward,
            call=call,
        )
        count = len(entries)
        # A page that goes beyond the window has all of it.
        beyond = not backward and _latest(entries) >= (until_ns or inf)
        # A server may have a limit of its own, which is a round number and at least as large as any page so far.
        limited = count >= self._largest and count % _ROUND == 0
        self._largest = max(self._largest, count)
        full = bool(count) and not beyond and (count >= lines or limited)
        return placed(entries, since_ns, until_ns), count, full


def _latest(entries: Sequence[LogEntry]) -> int:
    """Return the time of the first or the last line, whichever is later."""
    return max((nanoseconds(entry.timestamp) for entry in (*entries[:1], *entries[-1:])), default=0)


def _timed_end(lines: Sequence[LogLine], end: int) -> int:
    """Return how many of the first `end` lines remain without those at the end that have no time."""
    while end and isinstance(lines[end - 1], Untimed):
        end -= 1
    return end


def _without_last_untimed(page: LogPage, ns: int) -> LogPage:
    """Drop trailing lines without a time if the last line with a time is at `ns`: a page read earlier had them."""
    last = _timed_end(page.lines, len(page.lines))
    return replace(page, lines=page.lines[:last]) if last and page.lines[last - 1].ns == ns else page


def placed(entries: Sequence[LogEntry], since_ns: int = 0, until_ns: int = 0) -> LogPage:
    """Return the lines between two times in time order.

    A line without a time has the time of the line before it, or of the first line that has one.
    """
    times = [nanoseconds(entry.timestamp) if entry.timestamp else 0 for entry in entries]
    timed = [ns for ns in times if ns]
    if timed and timed[0] > timed[-1]:
        entries, times = entries[::-1], times[::-1]
    last = next((ns for ns in times if ns), since_ns)
    lines: list[LogLine] = []
    for entry, ns in zip(entries, times, strict=True):
        last = ns or last
        message = message_of(entry.message)
        if last >= since_ns and (not until_ns or last < until_ns):
            lines.append((LogLine if ns else Untimed)(last, entry.level, message))
    lines.sort(key=itemgetter(0))
    if len(timed) < len(entries):
        first = next((at for at, line in enumerate(lines) if not isinstance(line, Untimed)), len(lines))
        high: float = until_ns or inf
        for at in range(len(lines) - 1, -1, -1):
            line = lines[at]
            if isinstance(line, Untimed):
                # Before the first line with a time, only the beginning of the window is known.
                lines[at] = line.between(since_ns if at < first else line.ns, high)
            else:
                high = line.ns
    return LogPage(lines, since_ns, until_ns)
