"""A run of the command with followers that do what a test says; `test_logs.py` runs it against servers."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any, NamedTuple

import pytest
from support.deadline import DEADLINE

from astro_tui.cli.connection import CliConnection
from astro_tui.cli.logs import reading
from astro_tui.cli.logs.printing import Printer
from astro_tui.cli.logs.reading import Arrivals, LogReading, WantedLines
from astro_tui.cli.output import Output
from astro_tui.errors import ErrorKind, PlatformError
from astro_tui.logs import FollowPhase, FollowState, Gap, LogLine, LogSource, Sink
from astro_tui.logs.query import QueryError, parse_query

SECOND = 10**9
NOW = time.time_ns()
AGENT, CASES = LogSource("d", "desk-agent"), LogSource("d", "desk-cases")
LOADED = FollowState(FollowPhase.LIVE, loaded=True)
ENDED = FollowState(FollowPhase.ENDED, loaded=True)
Event = Sequence[LogLine] | FollowState | Gap | threading.Event


def lost(kind: ErrorKind = ErrorKind.RESET, said: str = "The connection was lost.") -> PlatformError:
    return PlatformError(kind, said, request="GET /logs")


class Scripted:
    """A follower that gives what its source's script has. It waits where there is an event."""

    scripts: dict[LogSource, Iterable[Event]] = {}
    made: list[Scripted] = []
    in_time: list[bool] = []

    def __init__(self, _platform: object, source: LogSource, sink: Sink, **given: Any) -> None:
        self.source, self.sink, self.given = source, sink, given
        self.stopped = False
        Scripted.made.append(self)

    def start(self) -> None:
        threading.Thread(target=self._run, daemon=True).start()

    def _run(self) -> None:
        for event in self.scripts[self.source]:
            if isinstance(event, FollowState):
                self.sink.report(self.source, event)
            elif isinstance(event, Gap):
                self.sink.joined(self.source, event)
            elif isinstance(event, threading.Event):
                Scripted.in_time.append(event.wait(DEADLINE))
            else:
                self.sink.add(self.source, event)

    def stop(self) -> None:
        self.stopped = True


@pytest.fixture(autouse=True)
def _scripted(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr(reading, "Follower", Scripted)
    Scripted.made.clear()
    Scripted.in_time.clear()
    yield
    assert all(Scripted.in_time)
    assert all(each.stopped for each in Scripted.made)


class Done(NamedTuple):
    """The exit code, the lines of both outputs, and the error that ended the run."""

    code: int
    out: list[str]
    err: list[str]
    error: str = ""


Run = Callable[..., Done]


@pytest.fixture
def run(capsysbinary: pytest.CaptureFixture[bytes], monkeypatch: pytest.MonkeyPatch) -> Run:
    """Run the command with the scripts of sources."""

    def started(
        scripts: dict[LogSource, Iterable[Event]],
        query: str = "",
        *,
        as_json: bool = False,
        first: Sequence[LogSource] = (),
        join: Iterable[Sequence[LogSource]] = (),
        **given: Any,
    ) -> Done:
        monkeypatch.setattr(Scripted, "scripts", scripts)
        settings: Any = type("Settings", (), {"ascii": False})
        connection = CliConnection(object(), settings)  # type: ignore[arg-type]
        printer = Printer([*scripts], parse_query(query), times=False, as_json=as_json, ascii_alone=False, color=False)
        wanted = WantedLines(
            parse_query(query), **{"follow": False, "since_ns": 0, "until_ns": 0, "tail": 200, **given}
        )
        code, said = 2, ""
        try:
            code = LogReading(connection, Output(ascii_alone=False), printer, first or [*scripts], wanted, join).run()
        except PlatformError as error:
            said = str(error)
        written = capsysbinary.readouterr()
        return Done(code, written.out.decode().splitlines(), written.err.decode().splitlines(), said)

    return started


def line(seconds: float, message: str, level: str = "info") -> LogLine:
    return LogLine(NOW + round(seconds * SECOND), level, message)


def test_the_lines_of_all_workloads_come_in_the_order_of_time(run: Run) -> None:
    code, out, err, _ = run(
        {
            AGENT: [[line(1, "one"), line(3, "three")], ENDED],
            CASES: [[line(2, "two")], [line(0, "zero"), line(3, "three again")], ENDED],
        }
    )
    assert code == 0
    assert [each.split()[2:] for each in out] == [["zero"], ["one"], ["two"], ["three"], ["three", "again"]]
    assert [each.split()[0] for each in out] == ["cases", "agent", "cases", "agent", "cases"]
    assert err == []


def test_lines_since_a_time_are_printed_as_soon_as_their_order_is_known(
    run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    printed = threading.Event()
    write = Output.write

    def seen(self: Output, pieces: Iterable[bytes]) -> None:
        write(self, pieces)
        printed.set()

    monkeypatch.setattr(Output, "write", seen)
    done = run(
        {
            AGENT: [[line(1, "1"), line(3, "3")], printed, [line(4, "4"), line(5, "5")], ENDED],
            CASES: [[line(2, "2"), line(6, "6")], ENDED],
        },
        tail=0,
        since_ns=1,
    )
    assert [each.split()[-1] for each in done.out] == ["1", "2", "3", "4", "5", "6"]


def test_a_follower_gets_the_requested_range(run: Run) -> None:
    run({AGENT: [[line(0, "x")], ENDED]}, tail=7, since_ns=5, until_ns=6)
    assert [each.given for each in Scripted.made] == [{"tail": 7, "since_ns": 5, "until_ns": 6, "live": False}]


def test_only_lines_that_match_are_printed(run: Run) -> None:
    lines = [line(0, "status=500 a"), line(1, "status=200 b", "error"), line(2, "status=500 c", "error")]
    out = run({AGENT: [lines, ENDED]}, "level>=warn status>=400").out
    assert out == ["desk-agent error  status=500 c"]
    _, out, err, _ = run({AGENT: [lines, ENDED]}, "nothing")
    assert (out, err) == ([], ["astro-tui: none of the last 3 lines matches; to read more, use --since or --tail"])


def test_a_level_that_was_not_sent_is_read_from_the_line(run: Run) -> None:
    lines = [line(0, '{"level":"warn","msg":"slow"}', ""), line(1, "Error: lost", "odd"), line(2, "fine", "")]
    out = run({AGENT: [lines, ENDED]}, as_json=True).out
    assert [json.loads(each)["level"] for each in out] == ["warn", "error", ""]
    out = run({AGENT: [lines, ENDED]}, "level>=warn").out
    assert len(out) == 2


def test_an_expression_that_takes_too_long_is_an_error(run: Run) -> None:
    with pytest.raises(QueryError, match="takes too long"):
        run({AGENT: [[line(0, "a" * 5000 + "!")], ENDED]}, "/(a+)+$/")


def test_workloads_of_agents_that_start_later_are_followed_too(run: Run) -> None:
    desk, other = LogSource("d", "desk-agent", agent="desk"), LogSource("e", "other-agent", agent="other")
    joins = threading.Event()

    def told(source: LogSource) -> Iterator[Event]:
        yield [line(1, source.workload)]
        yield ENDED
        joins.set()

    scripts = {desk: [[line(0, "one")], joins, ENDED], other: told(other)}
    done = run(scripts, first=[desk], join=[[desk, other]], follow=True)
    assert [each.split() for each in done.out] == [["desk", "info", "one"], ["other", "info", "other-agent"]]


# ---- what is reported


def test_the_age_of_old_lines_is_reported(run: Run) -> None:
    old = [line(-3 * 86_400, "last words")]
    _, out, err, _ = run({AGENT: [old, ENDED], CASES: [[line(0, "alive")], ENDED]})
    assert len(out) == 2
    assert len(err) == 1
    assert err[0].startswith("astro-tui: desk-agent: no lines in the last hour; the latest line is from 20")
    assert run({AGENT: [old, ENDED], CASES: [old, ENDED]}).err[0].startswith("astro-tui: all workloads: no lines in")
    assert run({AGENT: [old, ENDED]}, since_ns=1).err == []


def test_an_empty_log_is_reported(run: Run) -> None:
    assert run({AGENT: [ENDED]}) == Done(0, [], ["astro-tui: desk-agent: no lines in the last 7 days"])
    assert run({AGENT: [ENDED]}, since_ns=1) == Done(0, [], ["astro-tui: desk-agent: no lines"])


def test_a_workload_that_cannot_be_read_fails_the_command_but_not_the_others(run: Run) -> None:
    failed = FollowState(FollowPhase.WAITING, lost())
    assert run({AGENT: [[line(0, "x")], ENDED], CASES: [failed]}) == Done(
        2, ["agent info   x"], ["astro-tui: desk-cases: The connection was lost"]
    )
    done = run({AGENT: [failed], CASES: [FollowState(FollowPhase.ENDED, lost())]})
    assert (done.code, done.error) == (2, "The connection was lost.")


def test_an_error_has_no_secret_in_it(run: Run) -> None:
    failed = FollowState(FollowPhase.ENDED, lost(said="The server said password=hunter2-EXAMPLE \x1b[31m."))
    err = run({AGENT: [ENDED], CASES: [failed]}).err
    assert "hunter2" not in "".join(err)
    assert "\x1b" not in "".join(err)


# ---- following


def until_refused(*events: Event) -> list[Event]:
    """End a run that follows."""
    return [*events, FollowState(FollowPhase.REFUSED, lost(ErrorKind.FORBIDDEN, "You may not read this log."))]


def test_each_gap_is_reported(run: Run) -> None:
    gaps = [
        Gap(NOW, NOW + SECOND, 12, complete=True, reconnected=False),
        Gap(NOW, NOW + SECOND, 0, complete=True, reconnected=False),
        FollowState(FollowPhase.WAITING, lost()),
        FollowState(FollowPhase.WAITING, lost()),
        LOADED,
        Gap(NOW, NOW + SECOND, 1234, complete=True),
        FollowState(FollowPhase.WAITING, lost()),
        Gap(0, 1_782_974_472_000_000_001, 0, complete=False, reason="The history cannot be read."),
        Gap(1_782_974_472_000_000_001, 1_782_974_473_000_000_001, 0, complete=False),
    ]
    assert run({AGENT: until_refused([line(0, "x")], LOADED, *gaps)}, follow=True) == Done(
        2,
        ["desk-agent info   x"],
        [
            "astro-tui: desk-agent: The connection was lost; trying again",
            "astro-tui: desk-agent: reconnected, 0 lines missing, 1,234 recovered",
            "astro-tui: desk-agent: The connection was lost; trying again",
            "astro-tui: desk-agent: lines before 2026-07-02T06:41:12.000Z may be missing. The history cannot be read.",
            "astro-tui: desk-agent: lines from 2026-07-02T06:41:12.000Z to 2026-07-02T06:41:13.000Z may be missing.",
        ],
        "You may not read this log.",
    )


def test_recovered_lines_are_printed_before_their_number(monkeypatch: pytest.MonkeyPatch) -> None:
    order = list[str]()
    monkeypatch.setattr(Output, "write", lambda _output, pieces: order.extend(each.decode().strip() for each in pieces))
    monkeypatch.setattr(LogReading, "_say", lambda _reading, text: order.append(text))
    form = {"times": False, "as_json": False, "ascii_alone": False, "color": False}
    printer = Printer([AGENT], parse_query(""), **form)
    wanted = WantedLines(parse_query(""), follow=True, since_ns=0, until_ns=0, tail=200)
    reading = LogReading(CliConnection(object(), object()), Output(ascii_alone=False), printer, [AGENT], wanted)  # type: ignore[arg-type]
    reading._held = None
    gap = Gap(NOW, NOW + SECOND, 1, complete=True)
    reading._take([(AGENT, [line(2, "later")]), (AGENT, [line(1, "recovered")]), (AGENT, gap), (AGENT, [line(3, "3")])])
    assert [each.split()[-1] for each in order] == ["recovered", "later", "recovered", "3"]
    assert order[2] == "desk-agent: reconnected, 0 lines missing, 1 recovered"


def test_the_last_lines_of_all_workloads_come_in_order_and_then_new_ones(run: Run) -> None:
    loaded = threading.Event()
    over = until_refused()

    class Announced(list[LogLine]):
        """Lines that let the other follower go on once they were taken."""

        def __len__(self) -> int:
            loaded.set()
            return super().__len__()

    done = run(
        {
            AGENT: [Announced([line(2, "two"), line(4, "four")]), LOADED, *over],
            CASES: [loaded, [line(1, "one"), line(3, "three")], LOADED, *over],
        },
        follow=True,
    )
    assert [each.split()[-1] for each in done.out] == ["one", "two", "three", "four"]


def test_an_agent_that_is_gone_ends_following_at_once(run: Run) -> None:
    gone = FollowState(FollowPhase.WAITING, lost(ErrorKind.NOT_FOUND, "There is no such deployment."))
    assert run({AGENT: [gone]}, follow=True) == Done(2, [], [], "There is no such deployment.")


def test_polling_is_reported_once(run: Run) -> None:
    polling = FollowState(FollowPhase.POLLING, lost(ErrorKind.SERVER, "The platform offers no stream."), loaded=True)
    over = until_refused([line(0, "x")], polling, polling)
    code, _, err, _ = run({AGENT: over, CASES: [[line(0, "y")], ENDED]}, follow=True)
    assert code == 2
    assert err == [
        "astro-tui: desk-agent: The platform offers no stream; the log is read again every few seconds",
        "astro-tui: desk-agent: You may not read this log",
    ]


# ---- between the threads


def test_followers_wait_for_a_slow_reader(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reading, "MOST_WAITING", 3)
    arrived = Arrivals()
    added: list[int] = []

    def follow() -> None:
        for number in range(20):
            arrived.add(AGENT, [line(number, str(number))])
            added.append(number)

    thread = threading.Thread(target=follow, daemon=True)
    thread.start()
    taken: list[Any] = []
    while len(taken) < 20:
        found = arrived.take(5)
        assert found
        assert len(found) <= 4
        taken += found
    thread.join(DEADLINE)
    assert [each[1][0].message for each in taken] == [str(number) for number in range(20)]


def test_a_waiting_follower_is_released_at_the_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reading, "MOST_WAITING", 0)
    arrived = Arrivals()
    arrived.add(AGENT, [line(0, "x")])
    thread = threading.Thread(target=arrived.add, args=(AGENT, [line(1, "y")]), daemon=True)
    thread.start()
    arrived.close()
    thread.join(DEADLINE)
    assert not thread.is_alive()
