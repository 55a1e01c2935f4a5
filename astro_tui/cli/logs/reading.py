"""One run of `astro-tui logs`: reads or follows the workloads of one or more agents, and prints their lines."""

from __future__ import annotations

import argparse
import time
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import datetime
from operator import attrgetter
from queue import SimpleQueue
from threading import Condition, Thread

from astro_tui.cli.connection import CliConnection
from astro_tui.cli.logs.printing import LeveledLine, Printer, short_stamp
from astro_tui.cli.output import Output
from astro_tui.cli.parsing import seconds_of
from astro_tui.cli.streams import end_if_unread
from astro_tui.errors import ErrorKind, PlatformError
from astro_tui.logs import Follower, FollowPhase, FollowState, Gap, LogLine, LogSource
from astro_tui.logs.colors import plain
from astro_tui.logs.levels import level_of
from astro_tui.logs.line import name_of, nanoseconds
from astro_tui.logs.query import LogQuery
from astro_tui.logs.records import LogRecord, record_of
from astro_tui.logs.turns import Turns, streamed
from astro_tui.text.foreign import visible
from astro_tui.text.redaction import masked_line
from astro_tui.text.times import counted, joined, sensible

MOST_WAITING = 200_000
"""How many lines may wait to be printed before the followers wait, too: the reader of the output is slow."""

Arrival = Sequence[LogLine] | FollowState | Gap


class Arrivals:
    """A `Sink` for several followers, emptied by the thread that prints."""

    def __init__(self) -> None:
        self._changed = Condition()
        self._arrived: list[tuple[LogSource, Arrival]] = []
        self._waiting = 0
        self._closed = False

    # ---- called by followers

    def add(self, source: LogSource, lines: Sequence[LogLine]) -> None:
        """Take lines. Waits while too many are not printed yet."""
        with self._changed:
            while self._waiting > MOST_WAITING and not self._closed:
                self._changed.wait()
            self._waiting += len(lines)
            self._put(source, lines)

    def report(self, source: LogSource, state: FollowState) -> None:
        """Take a state."""
        with self._changed:
            self._put(source, state)

    def joined(self, source: LogSource, gap: Gap) -> None:
        """Take the outcome of a gap."""
        with self._changed:
            self._put(source, gap)

    def _put(self, source: LogSource, arrival: Arrival) -> None:
        self._arrived.append((source, arrival))
        self._changed.notify_all()

    # ---- called by the command

    def take(self, seconds: float) -> list[tuple[LogSource, Arrival]]:
        """Return what has arrived, in order. If nothing has, waits for up to `seconds` first."""
        with self._changed:
            if not self._arrived:
                self._changed.wait(seconds)
            arrived, self._arrived = self._arrived, []
            self._waiting = 0
            self._changed.notify_all()
        return arrived

    def close(self) -> None:
        """Release the followers that wait, and let none wait again."""
        with self._changed:
            self._closed = True
            self._changed.notify_all()


SUCCESS, TROUBLE = 0, 2
AT_ONCE = 8
"""How many logs of the other agents are read at a time, without --follow."""
_NAMED = 12
"""The most workloads that a sentence names."""
PATIENCE = 3.0
"""When following, how many seconds to wait for the last lines of all workloads, to print them in order of time."""
_TICK = 0.5
_HOUR = 3600 * 10**9
_HOPELESS = frozenset(
    {ErrorKind.BAD_REQUEST, ErrorKind.NOT_FOUND, ErrorKind.FORBIDDEN, ErrorKind.SIGNED_OUT, ErrorKind.BILLING}
)
"""Errors that a retry cannot fix, if they come before anything was read."""


@dataclass(frozen=True)
class WantedLines:
    """Which lines to read. Times are Unix nanoseconds, 0 if not given; a `tail` of 0 means all lines since `since_ns`.

    `history` is whether lines are wanted that were written before the command was started.
    """

    query: LogQuery
    follow: bool
    since_ns: int
    until_ns: int
    tail: int
    history: bool = True


@dataclass
class _Progress:
    """How far one source has been read."""

    loaded: bool = False
    over: bool = False
    lines: int = 0
    newest_ns: int = 0
    trouble: str = ""
    error: PlatformError | None = None


@dataclass
class LogReading:
    """Reads sources and prints their lines. Those that `join` yields later are followed, too."""

    connection: CliConnection
    output: Output
    printer: Printer
    sources: Sequence[LogSource]
    wanted: WantedLines
    join: Iterable[Sequence[LogSource]] = ()
    _held: list[LeveledLine] | None = field(default_factory=list)
    """Lines held back until the last lines of all sources have arrived; None after that."""
    _matching: int = 0

    def __post_init__(self) -> None:
        self._progress = defaultdict[LogSource, _Progress](_Progress)
        self._arrivals = Arrivals()
        self._turns = Turns() if self.wanted.follow else Turns(AT_ONCE, 0)
        self._joining = SimpleQueue[Sequence[LogSource]]()
        self._stack = ExitStack()

    def run(self) -> int:
        """Read until everything is printed and return the exit code; when following, until ctrl+c.

        Raises PlatformError if nothing can be read, and QueryError if the query takes too long.
        """
        now = time.time()
        with self._stack:
            self._follow(self.sources)
            if self.join:
                Thread(target=self._join, name="log-join", daemon=True).start()
            self._until_over(time.monotonic() + PATIENCE, round(now * 1e9))
        failed = [each.error for each in self._progress.values() if each.error is not None]
        if len(failed) == len(self._progress):
            raise failed[0]
        return TROUBLE if failed else SUCCESS

    def _follow(self, sources: Sequence[LogSource]) -> None:
        """Read these sources from now on: those of the first agents at once, all others in turn."""
        wanted, new = self.wanted, [source for source in sources if source not in self._progress]
        streams = streamed([*self._progress, *new])
        if wanted.follow and (others := {source.deployment_id for source in new if source not in streams}):
            self._say(f"the logs of {counted(len(others), 'agent')} are read in turn, not streamed")
        self._progress.update((source, _Progress()) for source in new)
        self.printer.name(self._progress)
        for source in new:
            follower = Follower(
                self.connection.platform,
                source,
                self._arrivals,
                tail=wanted.tail,
                since_ns=wanted.since_ns,
                until_ns=wanted.until_ns,
                live=wanted.follow,
            )
            self._stack.callback(follower.stop)
            if source in streams:
                follower.start()
            else:
                self._turns.add(follower)
        # Close it first: nothing can stop a follower that waits for the output.
        self._stack.callback(self._arrivals.close)

    def _join(self) -> None:
        for sources in self.join:
            self._joining.put(sources)

    def _until_over(self, patient_until: float, now_ns: int) -> None:
        while True:
            while not self._joining.empty():
                self._follow(self._joining.get())
            states = self._progress.values()
            patient = not self.wanted.follow or time.monotonic() < patient_until
            self._take(
                self._arrivals.take(min(_TICK, max(0.01, patient_until - time.monotonic())) if patient else _TICK)
            )
            self._release_early()
            if self._held is not None and (all(each.loaded or each.over for each in states) or not patient):
                self._release(now_ns)
            if states and all(each.over for each in states):
                return
            end_if_unread()

    # ---- what arrives

    def _take(self, arrived: Sequence[tuple[LogSource, Arrival]]) -> None:
        lines: list[LeveledLine] = []
        for source, arrival in arrived:
            if isinstance(arrival, FollowState):
                self._state(source, arrival)
            elif isinstance(arrival, Gap):
                # Print what was recovered before reporting it.
                self._emit(lines)
                lines = []
                self._gap(source, arrival)
            else:
                lines += self._matching_lines(source, arrival)
        self._emit(lines)

    def _emit(self, lines: list[LeveledLine]) -> None:
        self._matching += len(lines)
        if self._held is not None:
            self._held += lines
        else:
            self._print(lines)

    def _matching_lines(self, source: LogSource, lines: Sequence[LogLine]) -> Iterator[LeveledLine]:
        progress = self._progress[source]
        progress.lines += len(lines)
        progress.newest_ns = max((progress.newest_ns, *(line.ns for line in lines)))
        return matching(self.wanted.query, source, lines)

    def _release_early(self) -> None:
        """Print the held lines that no other line can precede: without a tail, lines arrive in order."""
        wanted = self.wanted
        if not self._held or wanted.follow or wanted.tail:
            return
        reached = min((each.newest_ns for each in self._progress.values() if not each.over), default=0)
        ready = [each for each in self._held if each.line.ns <= reached]
        if ready:
            self._held = [each for each in self._held if each.line.ns > reached]
            self._print(ready)

    def _release(self, now_ns: int) -> None:
        """Print the lines that were held back."""
        held, self._held = self._held or [], None
        self._print(held)
        if self.wanted.history:
            self._say_what_is_old(now_ns)

    def _print(self, lines: list[LeveledLine]) -> None:
        if lines:
            lines.sort(key=attrgetter("line.ns"))
            self.output.write(self.printer.printed(lines))

    # ---- what is said on standard error

    def _state(self, source: LogSource, state: FollowState) -> None:
        progress = self._progress[source]
        progress.loaded = progress.loaded or state.loaded
        error = state.error
        if state.phase is FollowPhase.ENDED or (error is not None and self._is_hopeless(progress, state.phase, error)):
            progress.over, progress.error = True, error
        trouble = masked_line(error.clause, 300) if error is not None else ""
        if trouble and trouble != progress.trouble and (len(self._progress) > 1 or not progress.over):
            self._note(source, f"{trouble}{_goes_on(state.phase, over=progress.over)}")
        if trouble or state.phase in (FollowPhase.LIVE, FollowPhase.POLLING):
            progress.trouble = trouble

    def _is_hopeless(self, progress: _Progress, phase: FollowPhase, error: PlatformError) -> bool:
        if phase is FollowPhase.REFUSED:
            return True
        return phase is FollowPhase.WAITING and (
            not self.wanted.follow or (error.kind in _HOPELESS and not progress.loaded)
        )

    def _gap(self, source: LogSource, gap: Gap) -> None:
        if not gap.complete:
            where = _span(gap.begin_ns, gap.end_ns)
            reason = masked_line(gap.reason, 300)
            self._note(source, " ".join(part for part in (f"lines{where} may be missing.", reason) if part))
        elif gap.reconnected:
            self._note(source, f"reconnected, 0 lines missing, {gap.recovered:,} recovered")

    def _say_what_is_old(self, now_ns: int) -> None:
        """Say which workloads have no lines in the requested time, and whether no line matches."""
        read = {source: each for source, each in self._progress.items() if each.loaded and each.error is None}
        empty = [source for source, each in read.items() if not each.lines]
        old = [source for source, each in read.items() if each.lines and each.newest_ns < now_ns - _HOUR]
        if empty:
            span = "" if self.wanted.since_ns or self.wanted.until_ns else " in the last 7 days"
            self._say(f"{self._names(empty)}: no lines{span}")
        if old and not (self.wanted.since_ns or self.wanted.until_ns):
            newest = max(read[source].newest_ns for source in old)
            self._say(f"{self._names(old)}: no lines in the last hour; the latest line is from {short_stamp(newest)}")
        lines = sum(each.lines for each in read.values())
        if lines and not self._matching:
            self._say(f"none of the last {counted(lines, 'line')} matches; to read more, use --since or --tail")

    def _names(self, sources: Sequence[LogSource]) -> str:
        if len(sources) == len(self.sources) > 1:
            return "all workloads"
        if len(sources) > _NAMED:
            return counted(len(sources), "workload")
        return joined([visible(name_of(source), 200) for source in sources])

    def _note(self, source: LogSource, text: str) -> None:
        self._say(f"{masked_line(name_of(source), 200)}: {text}")

    def _say(self, text: str) -> None:
        self.connection.note(text)


def _span(begin_ns: int, end_ns: int) -> str:
    if begin_ns and end_ns:
        return f" from {short_stamp(begin_ns)} to {short_stamp(end_ns)}"
    return f" after {short_stamp(begin_ns)}" if begin_ns else f" before {short_stamp(end_ns)}" if end_ns else ""


def _goes_on(phase: FollowPhase, *, over: bool) -> str:
    if over:
        return ""
    if phase is FollowPhase.POLLING:
        return "; the log is read again every few seconds"
    return "; trying again" if phase is FollowPhase.WAITING else ""


def matching(query: LogQuery, source: LogSource, lines: Sequence[LogLine]) -> Iterator[LeveledLine]:
    """Yield the lines that match a query, with the level that came with each or was found in its text."""
    for line in lines:
        taken_apart = _once(line)
        level = level_of(line.level) or taken_apart().level
        if not query or query.matches(level, plain(line.message), taken_apart, source):
            yield LeveledLine(source, line, level)


def _once(line: LogLine) -> Callable[[], LogRecord]:
    """Return a function that parses a line on its first call."""
    records: list[LogRecord] = []

    def record() -> LogRecord:
        if not records:
            records.append(record_of(line.level, plain(line.message)))
        return records[0]

    return record


def moment(text: str) -> int:
    """Return Unix nanoseconds for a time in RFC 3339 or a span before now, for argparse. Raises ArgumentTypeError."""
    if text.strip()[:5].count("-") == 1:
        result = nanoseconds(text.strip()) or _day(text.strip())
        if not result:
            raise argparse.ArgumentTypeError(f"not a time: {text!r}; write 2026-07-02T06:00:00Z, 10m, 1h30m, or 2d")
        return result
    return time.time_ns() - seconds_of(text) * 10**9


def _day(text: str) -> int:
    """Return a date, or a date with hours and minutes."""
    try:
        date = datetime.fromisoformat(text)
    except ValueError:
        return 0
    at = sensible(date)
    return int(at.timestamp()) * 10**9 if at is not None else 0
