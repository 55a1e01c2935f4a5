"""`astro-tui wait ACCOUNT/AGENT`: follow a rollout until it is ready, fails, or times out."""

from __future__ import annotations

import sys
import threading
from collections.abc import Callable, Sequence
from datetime import timedelta
from enum import StrEnum
from queue import Empty, SimpleQueue
from time import monotonic
from typing import Any, NamedTuple

from msgspec.structs import replace

from astro_tui.cli.agents import found_agent
from astro_tui.cli.connection import CliConnection, connected
from astro_tui.cli.explaining import in_short, page_of
from astro_tui.cli.output import SEVERITIES, Output, ProgressLine, badge
from astro_tui.cli.parsing import Parser, add_connection, agent_parser, revision_of, seconds_of, settings_of
from astro_tui.diagnosis import verdict_of
from astro_tui.diagnosis.observe import body, objects
from astro_tui.diagnosis.tables import Kind, Rank
from astro_tui.diagnosis.values import YOUNG, Fact, Phase, Verdict
from astro_tui.errors import AstroError, ConfigError, ErrorKind, PlatformError
from astro_tui.platform import rounds
from astro_tui.platform.client import Call
from astro_tui.platform.models import StatusReport
from astro_tui.presentation.agent_list import Entry, why, with_report
from astro_tui.presentation.presence import COUNTED, read_report
from astro_tui.presentation.revisions import UNNUMBERED, RevisionRow, current_of
from astro_tui.presentation.status import Severity, status_of
from astro_tui.session.agent import Agent
from astro_tui.text.foreign import visible
from astro_tui.text.redaction import masked_line
from astro_tui.text.times import duration

READY, WRONG = 0, 1
_REMOVED = status_of("undeployed").label
_TICK = 0.5
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
_READY = ("", "ready")
"""The reasons that a ready deployment has; `ready_lag` is not one of them (platform.md §16.4)."""
_HOPELESS = frozenset(
    {Kind.IMAGE, Kind.CRASH, Kind.MEMORY, Kind.PROBE, Kind.CONFIG, Kind.SCHEDULING, Kind.STORAGE, Kind.JOB}
)


class Done(NamedTuple):
    """The end of a job: its value, or the exception that it raised."""

    name: str
    value: Any = None
    error: Exception | None = None


class Background:
    """Runs one job of each name at a time. Only the thread that made it may use it."""

    def __init__(self) -> None:
        self._done: SimpleQueue[Done] = SimpleQueue()
        self._running: dict[str, tuple[Call, float]] = {}

    def start(self, name: str, work: Callable[[Call], object]) -> None:
        """Start a job, unless it is running."""
        if name in self._running:
            return
        call = Call()
        self._running[name] = (call, monotonic())

        def run() -> None:
            try:
                self._done.put(Done(name, work(call)))
            except Exception as error:  # noqa: BLE001  it is handled by the thread that waits
                self._done.put(Done(name, error=error))

        threading.Thread(target=run, name=name, daemon=True).start()

    def running(self, name: str) -> bool:
        """Whether a job was started and `next` has not returned it yet."""
        return name in self._running

    def next(self, seconds: float) -> Done | None:
        """Return the next job that ends, or None if none ends within `seconds`."""
        try:
            done = self._done.get(timeout=max(0.0, seconds))
        except Empty:
            return None
        self._running.pop(done.name, None)
        return done

    def abort(self, *, older: float = 0.0) -> None:
        """Cancel the jobs that have been running for at least `older` seconds."""
        for call, started in self._running.values():
            if monotonic() - started >= older:
                call.abort()


class Stage(StrEnum):
    """The stage of a rollout that a command waits for."""

    WAITING = "waiting"
    READY = "ready"
    FAILED = "failed"
    STOPPED = "stopped"
    """Paused, suspended, or being removed: it will not become ready by itself."""


def stage_of(report: StatusReport) -> Stage:
    """Return the stage that a report implies. An unknown state means waiting."""
    status = status_of(report.value, report.reason)
    if status.severity is Severity.ERROR:
        return Stage.FAILED if status.label == status_of("failed").label else Stage.STOPPED
    if status.label in (status_of(word).label for word in ("paused", "undeploying", "undeployed")):
        return Stage.STOPPED
    ready = status.label == status_of("active").label and report.reason.strip().lower() in _READY
    return Stage.READY if ready else Stage.WAITING


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


class Turn(StrEnum):
    """Whether a revision is the one that runs."""

    COMING = "coming"
    CURRENT = "current"
    REPLACED = "replaced"


class RevisionPlace(NamedTuple):
    """Whether a revision is coming, current, or replaced, and the number of the current one, if there is one."""

    turn: Turn
    current: int | None


def place_of(revision: int, rows: Sequence[RevisionRow]) -> RevisionPlace:
    """Return where a revision is in the history of a deployment.

    A revision in the history that is not current was replaced, perhaps by an older one after a rollback. Raises
    ConfigError if the server does not number its revisions.
    """
    newest = current_of(rows)
    current = newest.number if newest is not None else None
    if current == revision:
        return RevisionPlace(Turn.CURRENT, current)
    if newest is not None and current is None:
        raise ConfigError(f"{UNNUMBERED}; wait without --revision")
    known = any(each.number == revision for each in rows)
    past = known or (current is not None and current > revision)
    return RevisionPlace(Turn.REPLACED if past else Turn.COMING, current)


class _Reading(NamedTuple):
    """The state, and the places of the awaited revision before and after that read, if they were requested."""

    before: RevisionPlace | None
    report: StatusReport
    after: RevisionPlace | None


class Waiting:
    """One run of the command."""

    def __init__(
        self, connection: CliConnection, target: str, revision: int | None, timeout: float, output: Output
    ) -> None:
        self._connection, self._target, self._revision = connection, target, revision
        self._output, self._timeout = output, timeout
        self._line = ProgressLine(sys.stdout, ascii_alone=output.ascii)
        self._jobs = Background()
        self._begun = monotonic()
        self._agent: Agent | None = None
        self._hint = ""
        self._trouble: PlatformError | None = None
        self._rounds, self._investigate_at = rounds.following(), self._begun
        self._confirmed = revision is None
        self._place: RevisionPlace | None = None
        self._printed = ""

    def run(self) -> int:
        """Wait and return the exit code. Raises AstroError if the time is up, or for a permanent error."""
        ends = self._begun + self._timeout
        try:
            while (now := monotonic()) < ends:
                self._start(now)
                self._show()
                done = self._jobs.next(min(_TICK, ends - now, max(0.01, self._rounds.rest)))
                code = self._take(done) if done is not None else None
                if code is not None:
                    return code
                self._jobs.abort(older=_LONGEST_READ)
        finally:
            self._jobs.abort()
            self._line.clear()
        raise self._out_of_time()

    # ---- requests

    def _start(self, now: float) -> None:
        """Start what is due."""
        if self._rounds.rest <= 0:
            if self._agent is None:
                self._jobs.start("find", self._find)
            else:
                self._jobs.start("read", self._read)
        moving = self._agent is not None and self._agent.entry.report is not None and self._confirmed
        if moving and not self._trouble and now >= self._investigate_at:
            self._jobs.start("investigate", self._investigate)

    def _find(self, call: Call) -> object:
        return found_agent(self._connection, self._target, call)

    def _read(self, call: Call) -> object:
        # Read before the state, so that the state cannot be that of the previous revision.
        rows = None if self._confirmed else self._read_rows(call)
        before = None if rows is None else place_of(self._revision or 0, rows)
        report = read_report(self._connection.platform, self._known.target, call, rows)
        over = self._revision is not None and stage_of(report) is not Stage.WAITING
        return _Reading(before, report, self._read_place(call) if over else None)

    def _read_rows(self, call: Call) -> list[RevisionRow]:
        return self._known.history(call).rows

    def _read_place(self, call: Call) -> RevisionPlace:
        return place_of(self._revision or 0, self._read_rows(call))

    def _investigate(self, call: Call) -> object:
        place = self._read_place(call) if self._revision is not None else None
        return place, self._known.judged(call)

    @property
    def _known(self) -> Agent:
        assert self._agent is not None  # noqa: S101  nothing else is requested before it is found
        return self._agent

    # ---- responses

    def _take(self, done: Done) -> int | None:
        """Take a response and return the exit code if the waiting is over."""
        if done.name == "investigate":
            self._investigate_at = monotonic() + rounds.ROLLOUT_AGAIN
        if done.error is not None:
            return self._failed(done.name, done.error)
        if done.name == "find":
            self._agent, self._trouble, self._rounds = done.value, None, rounds.following()
            return None
        if isinstance(done.value, _Reading):
            self._trouble = None
            self._rounds.done()
            return self._seen(done.value)
        return self._known_now(*done.value)

    def _failed(self, name: str, error: Exception) -> int | None:
        if not isinstance(error, PlatformError) or error.kind in _FATAL:
            raise error
        if error.kind is ErrorKind.NOT_FOUND and name == "find":
            raise error
        if name != "investigate":
            if error.kind is ErrorKind.CANCELED:
                error = PlatformError(ErrorKind.TIMEOUT, "The platform does not respond.", request=error.request)
            self._trouble = error
            self._rounds.failed(error)
        return None

    def _seen(self, reading: _Reading) -> int | None:
        for place in (reading.before, reading.after):
            if (code := self._replaced(place)) is not None:
                return code
        if status_of(reading.report.value).label == _REMOVED:
            return self._end(WRONG, f"{self._label} was deleted (waited {self._waited}).")
        if reading.before is not None and reading.before.turn is Turn.CURRENT:
            self._confirmed = True
        self._agent = replace(self._known, entry=with_report(self._known.entry, reading.report))
        stage = stage_of(reading.report)
        if not self._confirmed or stage is Stage.WAITING:
            return None
        if stage is Stage.READY:
            which = f" (revision {self._revision})" if self._revision is not None else ""
            return self._end(READY, f"{self._label} is ready after {self._waited}{which}.")
        return self._over(stage)

    def _replaced(self, place: RevisionPlace | None) -> int | None:
        if place is None:
            return None
        self._place = place
        if place.turn is not Turn.REPLACED:
            return None
        by = f"was replaced by revision {place.current}"
        return self._end(WRONG, f"{self._label}: revision {self._revision} {by} (waited {self._waited}).")

    def _over(self, stage: Stage) -> int | None:
        """Print why a rollout does not become ready, unless it is ready or in progress again."""
        entry = self._known.judged(Call()).entry
        if entry.report is not None and stage_of(entry.report) in (Stage.WAITING, Stage.READY):
            return None
        first = "The rollout failed" if stage is Stage.FAILED else "The agent will not become ready by itself"
        return self._explain(f"{first} (waited {self._waited}).", entry)

    def _known_now(self, place: RevisionPlace | None, agent: Agent) -> int | None:
        """Take the result of an investigation."""
        if (code := self._replaced(place)) is not None:
            return code
        if hopeless(verdict_of(agent.facts, agent.agents.facts.tables), timedelta(seconds=monotonic() - self._begun)):
            return self._explain(f"The rollout is stuck (waited {self._waited}).", agent.entry)
        diagnosis = agent.entry.diagnosis
        known = diagnosis is not None and not diagnosis.fine and not diagnosis.unknown
        self._hint = diagnosis.sentence if diagnosis is not None and known else ""
        return None

    # ---- what is shown

    @property
    def _label(self) -> str:
        return self._known.label

    @property
    def _waited(self) -> str:
        return duration(monotonic() - self._begun)

    def _show(self) -> None:
        """Draw the line on a terminal; elsewhere, print a line if something changed."""
        name, what = self._state()
        if self._line.shown:
            known = self._agent if self._output.color and self._trouble is None and self._confirmed else None
            code = SEVERITIES[known.entry.status.severity] if known is not None else None
            text = " · ".join(part for part in (self._waited, what) if part)
            self._line.draw(f"  {text}" if name else text, head=name, code=code)
        elif (name, what) != ("", "") and f"{name}  {what}" != self._printed:
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

    def _end(self, code: int, text: str) -> int:
        self._line.clear()
        self._output.lines(self._output.wrapped(text))
        return code

    def _explain(self, first: str, entry: Entry) -> int:
        self._line.clear()
        explained = in_short(entry, entry.diagnosis, page_of(self._connection, self._output)) if entry.diagnosis else ()
        self._output.lines([first, "", *explained])
        return WRONG

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


_EPILOG = """\
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


def parser() -> Parser:
    """Return the parser of the command's arguments."""
    result = agent_parser("wait", "Wait until a rollout is ready, or say why it is not.", _EPILOG)
    result.add_argument("--revision", metavar="N", type=revision_of, default=None, help="wait for this revision")
    timeout = "how long to wait: 90, 90s, 10m, or 1h30m (default: 10m)"
    result.add_argument("--timeout", metavar="TIME", type=seconds_of, default=600, help=timeout)
    add_connection(result)
    return result


def run(arguments: Sequence[str]) -> int:
    """Run the command and return its exit code. Raises AstroError if the time is up, or nothing can be read."""
    given = parser().parse_args(arguments)
    settings = settings_of(vars(given))
    with connected(settings) as connection:
        waiting = Waiting(connection, given.agent, given.revision, given.timeout, Output(ascii_alone=settings.ascii))
        return waiting.run()
