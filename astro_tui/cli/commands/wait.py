"""Wait until a rollout is ready, or say why it is not.

examples:
  astro-tui wait acme/claims-desk                    until the rollout is ready, at most 10 minutes
  astro-tui wait acme/claims-desk --timeout 1h30m    at most 90 minutes
  astro-tui wait acme/claims-desk --revision 12      until revision 12 is ready; it need not be deployed yet
  astro-tui wait acme/claims-desk && echo ready

AGENT is a deployment id, a display name, or a blueprint name. On a terminal, one line shows the rollout's progress;
elsewhere, each change is one line. A rollout that cannot become ready, for example because its image does not exist,
counts as failed, and the cause is printed. If the platform cannot be reached, astro-tui keeps trying until time is up.
Right after a deploy, use --revision: until the platform starts that revision, the state is still the previous one's.

exit code: 0 ready; 1 failed, paused, suspended, canceled, removed, or replaced by another revision; 2 timed out, or
an error. To open an account named wait: astro-tui --account wait
"""

from __future__ import annotations

import sys
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import timedelta
from math import inf
from time import monotonic
from typing import NamedTuple

from msgspec.structs import replace

from astro_tui.actions.allowed import OVER, Lifecycle, is_ready, lifecycle_of
from astro_tui.cli.agents import found_agent
from astro_tui.cli.connection import CliConnection, connected
from astro_tui.cli.explaining import in_short, page_of
from astro_tui.cli.output import SEVERITIES, Output, ProgressLine, badge
from astro_tui.cli.parsing import Parser, add_connection, agent_parser, revision_of, seconds_of, settings_of
from astro_tui.cli.streams import pause
from astro_tui.diagnosis import verdict_of
from astro_tui.diagnosis.observe import body
from astro_tui.diagnosis.tables import Kind, Rank
from astro_tui.diagnosis.values import YOUNG, Fact, Phase, Verdict
from astro_tui.errors import AstroError, ConfigError, ErrorKind, PlatformError
from astro_tui.platform import rounds
from astro_tui.platform.client import Call
from astro_tui.platform.lenient import objects
from astro_tui.presentation.agent_list import Entry, why, with_report
from astro_tui.presentation.presence import COUNTED, read_report
from astro_tui.presentation.revisions import UNNUMBERED, RevisionRow, current_of
from astro_tui.session.agent import Agent
from astro_tui.text.foreign import visible
from astro_tui.text.redaction import masked_line
from astro_tui.text.styled import Line
from astro_tui.text.times import duration

READY, WRONG = 0, 1
_LONGEST_READ = 20.0
"""Seconds after which a read is canceled and started again."""
_FATAL = frozenset(
    {
        ErrorKind.SIGNED_OUT,
        ErrorKind.FORBIDDEN,
        ErrorKind.BILLING,
        ErrorKind.BAD_REQUEST,
        ErrorKind.CONFLICT,
        ErrorKind.REDIRECT,
    }
)
"""Errors that a retry cannot fix. All others may be temporary: a lost connection, a 5xx, a proxy's error page."""
_HOPELESS = frozenset(
    {Kind.IMAGE, Kind.CRASH, Kind.MEMORY, Kind.PROBE, Kind.CONFIG, Kind.SCHEDULING, Kind.STORAGE, Kind.JOB}
)


def waits_for(entry: Entry, record: Fact) -> str:
    """Return `2 of 3 workloads ready · claims-desk-agent: not yet created` for an entry with its report."""
    report = entry.report
    if report is None:
        return ""
    cause = why(replace(entry, diagnosis=None))[0]
    counted = COUNTED.search(report.details)
    total, waiting = len(objects(body(record, "deployment"), "workloads")), len(report.waiting_on)
    count = counted[0] if counted else ""
    if not count and 0 < waiting <= total:
        count = f"{total - waiting} of {total} workloads ready"
    return " · ".join(dict.fromkeys(part for part in (count, cause) if part))


def hopeless(verdict: Verdict, waited: timedelta) -> bool:
    """Whether a rollout in progress cannot become ready by itself.

    The first two minutes prove nothing. Nor does a failing readiness probe: it stops nothing, and startup may be slow.
    """
    age = verdict.seen.rollout_age
    failure = verdict.failure
    starting = verdict.kind is Kind.PROBE and failure is not None and failure.rank < Rank.KILLED
    late = (waited if age is None else age) > YOUNG
    return verdict.state.phase is Phase.MOVING and verdict.kind in _HOPELESS and late and not starting


class RevisionPlace(NamedTuple):
    """The number of the current revision, if there is one, and whether the wanted one was `replaced`."""

    current: int | None
    replaced: bool


def place_of(revision: int, rows: Sequence[RevisionRow]) -> RevisionPlace:
    """Return where a revision is in the history of a deployment.

    A revision in the history that is not current was replaced, perhaps by an older one after a rollback. Raises
    ConfigError if the server does not number its revisions.
    """
    newest = current_of(rows)
    current = newest.number if newest is not None else None
    if newest is not None and current is None:
        raise ConfigError(f"{UNNUMBERED}; wait without --revision")
    past = any(each.number == revision for each in rows) or (current is not None and current > revision)
    return RevisionPlace(current, past and current != revision)


class _Waited(NamedTuple):
    """The exit code, and the lines to print."""

    code: int
    lines: Sequence[Line]


class Waiting:
    """One run of the command. On a terminal, a thread draws the line meanwhile."""

    def __init__(
        self, connection: CliConnection, target: str, revision: int | None, timeout: float, output: Output
    ) -> None:
        self._connection, self._target, self._revision = connection, target, revision
        self._output, self._timeout = output, timeout
        self._line = ProgressLine(sys.stdout, ascii_alone=output.ascii)
        self._begun = self._investigate_at = monotonic()
        self._agent: Agent | None = None
        self._hint = ""
        self._trouble: PlatformError | None = None
        self._confirmed = revision is None
        self._place: RevisionPlace | None = None
        self._printed = ""

    def run(self) -> int:
        """Wait and return the exit code. Raises AstroError if the time is up, or for a permanent error."""
        with self._line.redrawn(self._show):
            for end in rounds.following(self._rest).each(self._round, self._failed):
                if end is not None:
                    break
                self._say()
            else:
                raise self._out_of_time()
        self._output.lines(end.lines)
        return end.code

    @property
    def _left(self) -> float:
        return self._begun + self._timeout - monotonic()

    def _rest(self, seconds: float) -> bool:
        """Wait for the next round; return whether the time is up."""
        pause(min(seconds, self._left))
        return self._left <= 0

    # ---- what is read

    @contextmanager
    def _limited(self, longest: float = inf) -> Iterator[Call]:
        """Yield a call that is canceled after the `longest` seconds, or when the time is up."""
        call = Call()
        limit = threading.Timer(max(0.0, min(longest, self._left)), call.abort)
        limit.daemon = True
        limit.start()
        try:
            yield call
        finally:
            limit.cancel()

    def _round(self) -> _Waited | None:
        """Read the state once, and now and then investigate; return the end of the waiting, if this is it."""
        with self._limited(_LONGEST_READ) as call:
            self._agent = self._agent or found_agent(self._connection, self._target, call)
            end = self._read(call)
        self._trouble = None
        if end is not None or not self._confirmed or monotonic() < self._investigate_at:
            return end
        self._say()
        return self._investigated()

    def _failed(self, error: PlatformError) -> None:
        if error.kind in _FATAL or (error.kind is ErrorKind.NOT_FOUND and self._agent is None):
            raise error
        if error.kind is ErrorKind.CANCELED:
            error = PlatformError(ErrorKind.TIMEOUT, "The platform does not respond.", request=error.request)
        self._trouble = error
        self._say()

    @property
    def _found(self) -> Agent:
        assert self._agent is not None  # noqa: S101  nothing else is requested before it is found
        return self._agent

    def _read(self, call: Call) -> _Waited | None:
        # Read before the state, so that the state cannot be that of the previous revision.
        rows = None if self._confirmed else self._found.history(call).rows
        before = None if rows is None else place_of(self._revision or 0, rows)
        report = read_report(self._connection.platform, self._found.target, call, rows)
        lifecycle, ready = lifecycle_of(report.value, report.reason), is_ready(report)
        after = self._read_place(call) if ready or lifecycle in OVER else None
        if (end := self._replaced(before) or self._replaced(after)) is not None:
            return end
        if lifecycle is Lifecycle.REMOVED:
            return self._end(WRONG, f"{self._label} was deleted (waited {self._waited}).")
        self._confirmed = self._confirmed or (before is not None and before.current == self._revision)
        self._agent = replace(self._found, entry=with_report(self._found.entry, report))
        if not self._confirmed:
            return None
        if ready:
            which = f" (revision {self._revision})" if self._revision is not None else ""
            return self._end(READY, f"{self._label} is ready after {self._waited}{which}.")
        return self._over(lifecycle) if lifecycle in OVER else None

    def _read_place(self, call: Call) -> RevisionPlace | None:
        return None if self._revision is None else place_of(self._revision, self._found.history(call).rows)

    def _replaced(self, place: RevisionPlace | None) -> _Waited | None:
        if place is None:
            return None
        self._place = place
        if not place.replaced:
            return None
        by = f"was replaced by revision {place.current}"
        return self._end(WRONG, f"{self._label}: revision {self._revision} {by} (waited {self._waited}).")

    def _over(self, lifecycle: Lifecycle) -> _Waited | None:
        """Say why a rollout does not become ready, unless it is ready or in progress again."""
        with self._limited() as call:
            entry = self._found.judged(call).entry
        report = entry.report
        if report is not None and lifecycle_of(report.value, report.reason) not in OVER:
            return None
        failed = lifecycle is Lifecycle.FAILED
        first = "The rollout failed" if failed else "The agent will not become ready by itself"
        return self._explained(f"{first} (waited {self._waited}).", entry)

    def _investigated(self) -> _Waited | None:
        """Find out whether a rollout is stuck. Without a response, it goes on."""
        try:
            with self._limited() as call:
                place, agent = self._read_place(call), self._found.judged(call)
        except PlatformError as error:
            if error.kind in _FATAL:
                raise
            return None
        finally:
            self._investigate_at = monotonic() + rounds.ROLLOUT_AGAIN
        if (end := self._replaced(place)) is not None:
            return end
        if hopeless(verdict_of(agent.facts, agent.agents.facts.tables), timedelta(seconds=monotonic() - self._begun)):
            return self._explained(f"The rollout is stuck (waited {self._waited}).", agent.entry)
        diagnosis = agent.entry.diagnosis
        certain = diagnosis is not None and not diagnosis.fine and not diagnosis.unknown
        self._hint = diagnosis.sentence if diagnosis is not None and certain else ""
        return None

    def _end(self, code: int, text: str) -> _Waited:
        return _Waited(code, list(self._output.wrapped(text)))

    def _explained(self, first: str, entry: Entry) -> _Waited:
        explained = in_short(entry, entry.diagnosis, page_of(self._connection, self._output)) if entry.diagnosis else ()
        return _Waited(WRONG, [first, "", *explained])

    # ---- what is shown

    @property
    def _label(self) -> str:
        return self._found.label

    @property
    def _waited(self) -> str:
        return duration(monotonic() - self._begun)

    def _show(self) -> None:
        """Draw the line on a terminal."""
        name, what = self._state()
        agent = self._agent if self._output.color and self._trouble is None and self._confirmed else None
        code = SEVERITIES[agent.entry.status.severity] if agent is not None else None
        text = " · ".join(part for part in (self._waited, what) if part)
        self._line.draw(f"  {text}" if name else text, head=name, code=code)

    def _say(self) -> None:
        """Print a line if something changed and there is no terminal."""
        name, what = self._state()
        if not self._line.shown and (name, what) != ("", "") and f"{name}  {what}" != self._printed:
            self._printed = f"{name}  {what}"
            self._output.lines([f"{self._waited}  {self._printed}".rstrip()])

    def _state(self) -> tuple[str, str]:
        """Return the badge and what the rollout waits for."""
        if self._trouble is not None:
            return "? UNKNOWN", f"{masked_line(self._trouble.clause, 200)}; trying again"
        if self._agent is None:
            return ("", f"looking for {visible(self._target, 100)}") if self._line.shown else ("", "")
        entry = self._agent.entry
        if entry.report is None:
            return ("", f"checking {entry.label}") if self._line.shown else ("", "")
        if not self._confirmed:
            current = self._place.current if self._place is not None else None
            runs = f"; revision {current} is current" if current is not None else ""
            mark = "o" if self._output.ascii else "◌"
            return f"{mark} WAITING", f"revision {self._revision} is not deployed yet{runs}"
        name = str(badge(entry.status, ascii_alone=self._output.ascii, color=False))
        waits = waits_for(entry, self._agent.facts.record)
        return name, " · ".join(part for part in (waits, self._hint) if part)

    def _out_of_time(self) -> AstroError:
        waited = duration(self._timeout)
        if self._trouble is not None:
            said = masked_line(str(self._trouble), 300)
            return AstroError(f"Timed out after {waited}. {said}", remedies=self._trouble.remedies)
        if self._agent is None or self._agent.entry.report is None:
            return ConfigError(f"timed out after {waited}, before the platform responded")
        _name, what = self._state()
        is_so = f"{self._label} is still {self._agent.entry.status.plain}: " if self._confirmed else f"{self._label}: "
        return ConfigError(f"timed out after {waited}; {is_so}{what}".rstrip(": "))


def parser() -> Parser:
    """Return the parser of the command's arguments."""
    result = agent_parser("wait", __doc__)
    result.add_argument("--revision", metavar="N", type=revision_of, default=None, help="wait for this revision")
    timeout = "how long to wait: 90, 90s, 10m, or 1h30m (default: 10m)"
    result.add_argument("--timeout", metavar="TIME", type=seconds_of, default=600, help=timeout)
    add_connection(result)
    return result


def run(arguments: Sequence[str]) -> int:
    """Run the command and return its exit code. Raises AstroError if the time is up, or nothing can be read."""
    options = parser().parse_args(arguments)
    settings = settings_of(vars(options))
    output = Output(ascii_alone=settings.ascii)
    with connected(settings) as connection:
        return Waiting(connection, options.agent, options.revision, options.timeout, output).run()
