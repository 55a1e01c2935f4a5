"""What the user wants to see of a log, and what the logs section says about it. Pure."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from time import monotonic

from msgspec import Struct, field
from textual.content import Content

from astro_tui.logs.following import FollowPhase, FollowState
from astro_tui.logs.joining import SECOND
from astro_tui.logs.levels import Level
from astro_tui.logs.line import LogSource, name_of
from astro_tui.logs.query import LogQuery, QueryError
from astro_tui.logs.records import record_of
from astro_tui.logs.rows import LogRow, Shows
from astro_tui.logs.turns import streamed
from astro_tui.presentation.status import Severity
from astro_tui.text.times import counted, span
from astro_tui.theme.look import TONES, Look
from astro_tui.widgets.logs.line_drawing import LineTimes, time_of

LEVELS = (Level.NONE, Level.DEBUG, Level.INFO, Level.WARN, Level.ERROR)
"""The lowest level that is shown, in the order of the key that changes it. NONE shows all lines."""


Report = Callable[[str], None]
"""Called, from any thread, if a search cannot be run."""
NO_WORKLOADS = ("No workloads", ["The platform lists no workloads, so there is no log."])
NO_JSON = "There is no JSON in this line to unfold."
NO_LINES = "No lines in the last 7 days."
OLD = 600
"""Seconds after which it is worth saying how old the last line is: its time does not show the date."""
RULE_ENDS = 8
"""Cells that the rule takes around its two texts."""
LOADING = "loading the last lines…"


class Wish(Struct, frozen=True):
    """A search, with `only` if other lines are hidden, the lowest level, and the sources; no sources means all."""

    query: LogQuery | None = None
    only: bool = False
    level: Level = Level.NONE
    sources: Collection[LogSource] = field(default_factory=frozenset)
    apart: Collection[LogSource] = field(default_factory=frozenset)
    """Followed containers, whose lines their workloads also include; left out unless `sources` names them."""

    def filter(self, report: Report) -> Shows | None:
        """Return the filter, or None if it hides nothing."""
        query, lowest, sources, apart = self.query if self.only else None, self.level, self.sources, self.apart
        if not query and lowest is Level.NONE and not sources and not apart:
            return None

        def shown(level: Level, message: str, source: LogSource) -> bool:
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


def finder(query: LogQuery, report: Report) -> Callable[[LogRow], bool]:
    """Return a function that says whether a row matches a search."""
    return lambda row: _matches(query, row.level, row.message, row.source, report)


def _matches(query: LogQuery, level: Level, message: str, source: LogSource, report: Report) -> bool:
    try:
        return query.matches(level, message, lambda: record_of(level.word, message), source)
    except QueryError as error:
        # The expression takes too long to match. That must not hide lines.
        report(str(error))
        return True


def state_words(states: Mapping[LogSource, FollowState], look: Look) -> Content:
    """Return whether the log is live, and if not, why."""
    if not states:
        return Content()
    phases = [state.phase for state in states.values()]
    live = sum(
        state.phase is FollowPhase.LIVE or (state.phase is FollowPhase.POLLING and state.loaded)
        for state in states.values()
    )
    if live == len(phases):
        turns = states.keys() - streamed(states)
        polled = any(state.phase is FollowPhase.POLLING for source, state in states.items() if source not in turns)
        word = "polled every 2 s" if polled else "live"
        if turns:
            word += f" · {counted(len({source.deployment_id for source in turns}), 'agent')} in turn"
        return look.line((f"● {word}", TONES[Severity.OK]))
    waiting = [state for state in states.values() if state.phase is FollowPhase.WAITING]
    if waiting:
        seconds = min(state.retry_at for state in waiting) - monotonic()
        when = f"in {span(seconds)}" if seconds >= 1 else "now"
        return look.line(
            (f"! connection lost{_some(len(waiting), len(phases))}, trying again {when}", TONES[Severity.WARN])
        )
    if refused := phases.count(FollowPhase.REFUSED):
        return look.line((f"! not allowed{_some(refused, len(phases))}", TONES[Severity.ERROR]))
    broken = [state for state in states.values() if state.phase is FollowPhase.ENDED and state.error is not None]
    if broken:
        return look.line((f"! ended{_some(len(broken), len(phases))}", TONES[Severity.ERROR]))
    if all(phase is FollowPhase.ENDED for phase in phases):
        return look.line(("ended", "$quiet"))
    return look.line(("connecting…", "$quiet"))


def _some(logs: int, total: int) -> str:
    return "" if logs == total else f" for {logs} of {total} logs"


def wish_words(wish: Wish, look: Look) -> str:
    """Return what is shown of the log: levels, workloads, and the search."""
    parts = []
    if wish.level is not Level.NONE:
        parts.append(f"{look.plain('≥')} {wish.level.word}")
    if wish.sources:
        parts.append(look.plain(", ".join(sorted(name_of(source) for source in wish.sources))))
    if wish.query:
        parts.append(f"{'only ' if wish.only else ''}/{look.plain(wish.query.text)}")
    return f" {look.glyphs.dot} ".join(parts)


def rule_words(wish: Wish, shown: int, lines: int, look: Look, *, silence: float, room: int) -> Content:
    """Return the left end of the rule below the log, in about `room` cells.

    `silence` is how many seconds ago the last line was written.
    """
    words = wish_words(wish, look)
    hidden = max(0, lines - shown)
    last = f"last one {span(silence)} ago" if silence >= OLD else ""
    only_sources = wish.sources and wish.level is Level.NONE and not wish.only
    why = "from other containers" if only_sources else "hidden"
    parts = [counted(lines, "line"), words, last, f"{hidden:,} {why}" if hidden and words else ""]
    dot = f" {look.glyphs.dot} "
    line = look.line(dot.join(filter(None, parts)))
    while len(parts) > 1 and line.cell_length > room:
        parts.pop()
        line = look.line(dot.join(filter(None, parts)))
    return line


def follow_words(unseen: int, look: Look, *, follows: bool, key: str, narrow: bool = False) -> Content:
    """Return the right end of the rule: whether the view follows the log, else the `key` for it."""
    if follows:
        return look.line(("following", "$quiet"))
    below = f"{unseen:,} new" if narrow else f"{counted(unseen, 'new line')} below"
    new = below if unseen else "paused"
    return look.line((new, "bold" if unseen else "$quiet"), (f" {look.glyphs.dot} {key} follow", "$quiet"))


def searched_words(back_to: int, lines: int, query: str) -> str:
    """Return how far a search without a result went: back to a time in nanoseconds, or to the first line there is."""
    where = f"back to {time_of(back_to, LineTimes.FULL)}" if back_to > SECOND else "back to the first one"
    return f"No earlier match for {query}. Searched {counted(lines, 'line')}, {where}."


def chosen(workloads: Sequence[str], most: int, key: str) -> str:
    """Return the sentence that says not all workloads are shown, with the `key` that shows others."""
    return f"The first {most} of {len(workloads)} workloads are shown. Press {key} to choose others."
