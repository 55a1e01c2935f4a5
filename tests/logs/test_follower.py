"""Following a log over a real socket."""

from __future__ import annotations

import json
import random
import threading
import time
from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.deadline import DEADLINE
from support.following import SOURCE, TOKEN, Follow, Taken
from support.log_server import LogServer, Written
from support.logins import until
from support.memory import traced

from astro_tui.errors import ErrorKind
from astro_tui.logs import (
    Follower,
    FollowPhase,
    FollowState,
    LogLine,
    first_lines,
    follower,
    following,
    pages,
    recovery,
)
from astro_tui.platform.client import Call, FixedToken, Platform, Timeouts

SECOND = 10**9
START = 1_751_438_472 * SECOND


def written(first: int, last: int) -> list[Written]:
    return [Written(START + at * 1000, f"line {at}") for at in range(first, last)]


@pytest.fixture(autouse=True)
def _impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Retry soon."""
    monkeypatch.setattr(following, "FIRST_PAUSE", 0.05)
    monkeypatch.setattr(following, "LONGEST_PAUSE", 0.2)
    monkeypatch.setattr(recovery, "POLL_SECONDS", 0.05)


# ---- in turn


def test_a_log_that_is_read_in_turn_brings_each_line_once_without_a_stream(server: LogServer) -> None:
    taken, platform = Taken(), Platform(server.url, TOKEN, timeouts=Timeouts(pauses=(0.01,)))
    followed = Follower(platform, SOURCE, taken, tail=50)
    server.write(written(0, 100))
    assert followed.turn()
    assert taken.messages == [f"line {at}" for at in range(50, 100)]
    server.history_answer = lambda _query: (503, b'{"error":"busy"}')
    assert followed.turn()
    assert taken.states[-1].error is not None
    server.history_answer = lambda _query: None
    # Late lines, too, and many seconds of a log that is read rarely.
    server.write([Written(START + 99_500, "late"), *written(100, 7000)])
    server.write(Written(START + at * SECOND, f"minute {at}") for at in range(60, 200))
    for _turn in range(3):
        assert followed.turn()
    assert taken.states[-1] == FollowState(FollowPhase.POLLING, loaded=True)
    assert len(taken.messages) == len(set(taken.messages)) == 50 + 1 + 6900 + 140
    assert server.tokens == []
    followed.stop()
    assert not followed.turn()
    platform.close()


# ---- the first lines


def test_the_last_lines_then_live_ones(server: LogServer, follow: Follow) -> None:
    server.write(written(0, 1000))
    _follower, taken = follow(tail=100)
    taken.wait_for_phase(FollowPhase.LIVE, loaded=True)
    assert taken.messages == [f"line {at}" for at in range(900, 1000)]
    server.write([Written(START + SECOND, "live", "warn")])
    taken.wait(lambda taken: len(taken.lines) == 101)
    assert taken.lines[-1] == LogLine(START + SECOND, "warn", "live")
    taken.wait(lambda taken: bool(taken.gaps))
    assert (taken.gaps[0].begin_ns, taken.gaps[0].end_ns) == (START + 999_000, START + SECOND)
    # On a busy machine, the live line can come with the recovery first.
    assert taken.gaps[0].complete
    assert not taken.gaps[0].reconnected
    assert len(taken.lines) == 101


def test_the_tail_is_requested_at_the_same_time_as_the_stream(server: LogServer, follow: Follow) -> None:
    both = threading.Barrier(2, timeout=DEADLINE)
    server.stream_answer = lambda _token: both.wait() and None  # type: ignore[func-returns-value]
    server.history_answer = lambda _query: (setattr(server, "history_answer", lambda _query: None), both.wait())[2:]  # type: ignore[assignment,return-value]
    server.write(written(0, 3))
    _follower, taken = follow()
    taken.wait(lambda taken: len(taken.lines) == 3)


def test_a_tail_that_begins_after_the_stream_needs_nothing_else(server: LogServer, follow: Follow) -> None:
    readable = threading.Event()
    windows: list[tuple[str, str]] = []

    def answer(query: dict[str, str]) -> tuple[int, bytes] | None:
        readable.wait(DEADLINE)
        windows.append((query.get("since", ""), query.get("until", "9")))
        return (400, b'{"error":"until is before since"}') if windows[-1][0] >= windows[-1][1] else None

    server.history_answer = answer
    _follower, taken = follow(tail=50)
    taken.wait_for_phase(FollowPhase.LIVE)
    server.write(written(0, 100))
    server.write(Written(START + 60 * SECOND + at, f"later {at}") for at in range(100))
    taken.wait(lambda taken: len(taken.lines) == 200)
    readable.set()
    taken.wait(lambda taken: bool(taken.gaps))
    assert (taken.gaps[0].complete, taken.gaps[0].reason) == (True, "")
    assert all(since < until for since, until in windows)


def test_the_last_lines_of_a_quiet_log_are_found(server: LogServer, follow: Follow) -> None:
    now = START // SECOND + 3 * 24 * 3600
    server.history_answer = lambda query: None if "since" in query else (200, b"[]")
    server.write(written(0, 5))
    _follower, taken = follow(now=lambda: float(now))
    taken.wait_for_phase(FollowPhase.LIVE, loaded=True)
    assert len(taken.lines) == 5
    since = [query.get("since", "")[:10] for query in server.pages[:4]]
    assert since == ["", "2025-07-05", "2025-07-04", "2025-06-28"]


def test_a_log_without_any_line_is_loaded_too(server: LogServer, follow: Follow) -> None:
    _follower, taken = follow()
    taken.wait_for_phase(FollowPhase.LIVE, loaded=True)
    server.write(written(0, 2))
    taken.wait(lambda taken: bool(taken.gaps))
    assert taken.messages == ["line 0", "line 1"]
    assert taken.gaps[0].complete


def test_without_live_it_ends_after_the_last_lines(server: LogServer, follow: Follow) -> None:
    server.write(written(0, 10))
    _follower, taken = follow(live=False, tail=3, until_ns=START + 7500)
    taken.wait_for_phase(FollowPhase.ENDED)
    assert taken.messages == ["line 5", "line 6", "line 7"]
    assert server.tokens == []


def test_without_live_an_error_is_the_end(server: LogServer, follow: Follow) -> None:
    server.history_answer = lambda _query: (403, b'{"error":"no"}')
    _follower, taken = follow(live=False)
    error = taken.wait_for_phase(FollowPhase.ENDED).error
    assert error is not None
    assert error.kind is ErrorKind.FORBIDDEN


@pytest.mark.parametrize("live", [False, True])
def test_a_history_that_ignores_the_window_is_an_error(server: LogServer, follow: Follow, live: bool) -> None:
    body = json.dumps([Written(START - SECOND, "old").entry()] * 5000).encode()
    server.history_answer = lambda _query: (200, body)
    _follower, taken = follow(live=live, tail=0, since_ns=START)
    taken.wait(lambda taken: bool(taken.states and taken.states[-1].error))
    assert "ignores the time window" in str(taken.states[-1].error)
    assert (taken.states[-1].phase is FollowPhase.ENDED) is not live
    assert len(server.pages) < 10


@pytest.mark.parametrize("live", [False, True])
def test_a_bug_while_reading_the_history_is_the_end(
    server: LogServer, follow: Follow, monkeypatch: pytest.MonkeyPatch, live: bool
) -> None:
    def fail(*_arguments: object) -> None:
        raise TypeError(f"unhashable type: {TOKEN}\x1b[31m")

    monkeypatch.setattr(pages, "placed", fail)
    server.write(written(0, 3))
    _follower, taken = follow(live=live)
    error = taken.wait_for_phase(FollowPhase.ENDED).error
    assert str(error) == "Reading this log failed because of a bug: TypeError: unhashable type: ••••••••␛[31m."
    assert error is not None
    assert (error.request, error.__traceback__) == ("GET /deployments/abc-def-ghi/logs", None)


def test_a_bug_while_reading_the_stream_is_the_end(
    server: LogServer, follow: Follow, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_arguments: object) -> None:
        raise RecursionError

    monkeypatch.setattr(follower, "received", fail)
    followed, taken = follow()
    assert (
        str(taken.wait_for_phase(FollowPhase.ENDED).error)
        == "Reading this log failed because of a bug: RecursionError."
    )
    assert followed._delivery.stopped.is_set()


def test_everything_since_a_time(server: LogServer, follow: Follow) -> None:
    server.most = 200
    server.write(written(0, 3000))
    _follower, taken = follow(tail=0, since_ns=START + 500_000)
    taken.wait_for_phase(FollowPhase.LIVE, loaded=True)
    assert taken.messages == [f"line {at}" for at in range(500, 3000)]


def test_a_tail_of_more_than_a_page(server: LogServer, follow: Follow, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(first_lines, "PAGE_LINES", 100)
    lines = [Written(START + at // 7, f"line {at}") for at in range(1000)]
    server.write(lines)
    _follower, taken = follow(tail=333, live=False)
    taken.wait_for_phase(FollowPhase.ENDED)
    assert Counter(taken.messages) == Counter(line.message for line in lines[-333:])


# ---- gaps


def cut_off(server: LogServer, taken: Taken, lines: int) -> threading.Event:
    """Wait for the first lines, end the stream, and allow no new one until the returned event is set."""
    server.write(written(0, lines))
    taken.wait(lambda taken: len(taken.lines) == lines and len(taken.gaps) == 1)
    assert server.connected.acquire(timeout=DEADLINE)
    return server.hold()


def test_a_gap_is_closed_and_reported(server: LogServer, follow: Follow) -> None:
    _follower, taken = follow()
    held = cut_off(server, taken, 10)
    server.write(written(10, 30))
    held.set()
    taken.wait(lambda taken: len(taken.lines) == 30)
    server.write(written(30, 31))
    taken.wait(lambda taken: len(taken.gaps) == 2 and len(taken.lines) == 31)
    assert taken.messages == [f"line {at}" for at in range(31)]
    assert (taken.gaps[1].recovered, taken.gaps[1].complete, taken.gaps[1].reason) == (20, True, "")
    assert taken.gaps[1].begin_ns == START + 9000
    assert taken.gaps[1].reconnected


@pytest.mark.timed
def test_a_long_gap_is_complete_although_its_start_is_forgotten(server: LogServer, follow: Follow) -> None:
    follower, taken = follow(lag=0.3)
    held = cut_off(server, taken, 100)
    forgotten, joiner = threading.Event(), follower._delivery.joiner

    def answer(_query: dict[str, str]) -> None:
        # All lines arrive before the last read of the history, which needs nothing of the gap's begin any more.
        if "missed 59" in taken.messages and joiner.hold_ns > START + SECOND:
            forgotten.wait(DEADLINE)

    server.history_answer = answer
    server.write(Written(START + at * SECOND, f"missed {at}") for at in range(1, 60))
    held.set()
    assert server.connected.acquire(timeout=DEADLINE)
    server.write(Written(START + 60 * SECOND + at, f"live {at}") for at in range(400))
    taken.wait(lambda taken: len(taken.lines) == 559)
    # On a busy machine, these lines would come before the first read of the history is over.
    until(lambda: joiner.hold_ns > START + SECOND, "the begin of the gap is no longer needed")
    server.write(Written(START + 100 * SECOND + at, f"later {at}") for at in range(5000))
    until(lambda: joiner.complete_ns > START + SECOND, "the begin of the gap is forgotten")
    forgotten.set()
    taken.wait(lambda taken: len(taken.gaps) == 2)
    assert (taken.gaps[1].complete, taken.gaps[1].reason) == (True, "")
    # On a busy machine, the first live lines are sent before the server takes the stream for open.
    assert 59 <= taken.gaps[1].recovered <= 459


@pytest.mark.timed
def test_a_history_that_lags_more_than_expected_is_read_again(server: LogServer, follow: Follow) -> None:
    _follower, taken = follow(lag=0.3)
    held = cut_off(server, taken, 10)
    server.write(written(10, 12))
    late, hidden = written(12, 14), [False]

    def answer(query: dict[str, str]) -> tuple[int, bytes] | None:
        # The first final read finds one of two missed lines, and lacks one that was streamed.
        if "until" in query and not hidden[0]:
            hidden[0] = True
            return 200, json.dumps([line.entry() for line in (*written(5, 11), *late[:1])]).encode()
        return None if hidden[0] else (200, b"[]")

    server.history_answer = answer
    held.set()
    assert server.connected.acquire(timeout=DEADLINE)
    server.write([*late, *written(20, 100)])
    taken.wait(lambda taken: len(taken.gaps) == 2 and taken.counts.total() >= 10 + 2 + 2 + 80)
    assert taken.counts.total() == 10 + 2 + 2 + 80
    assert (taken.gaps[1].recovered, taken.gaps[1].complete) == (2, True)


def test_a_gap_that_the_history_does_not_reach(server: LogServer, follow: Follow) -> None:
    _follower, taken = follow()
    server.write(written(0, 10))
    taken.wait(lambda taken: len(taken.lines) == 10 and len(taken.gaps) == 1)
    server.history_answer = lambda _query: (200, b"[]")
    server.reset()
    taken.wait(lambda taken: len(taken.gaps) == 2)
    assert not taken.gaps[1].complete
    assert "does not reach back to 2025-07-02T06:41:12.000009000Z" in taken.gaps[1].reason


def test_a_history_that_cannot_be_read(server: LogServer, follow: Follow, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(following, "FIRST_PAUSE", 0.01)
    server.history_answer = lambda _query: (500, b'{"error":"no"}')
    _follower, taken = follow()
    taken.wait_for_phase(FollowPhase.LIVE)
    taken.wait(lambda taken: taken.states[-1].error is not None)
    server.write(written(0, 2))
    taken.wait(lambda taken: len(taken.lines) == 2)
    server.history_answer = lambda _query: None
    taken.wait(lambda taken: len(taken.gaps) == 1)
    assert taken.wait_for_phase(FollowPhase.LIVE, loaded=True).error is None
    server.history_answer = lambda _query: (500, b'{"error":"no"}')
    server.reset()
    taken.wait(lambda taken: len(taken.gaps) == len(taken.lines) == 2)
    assert taken.gaps[1].reason.startswith("The history cannot be read: ")
    assert len(taken.lines) == 2


def test_a_gap_with_too_many_lines_is_bounded(
    server: LogServer, follow: Follow, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(recovery, "MOST_RECOVERED", 500)
    server.most = 200
    _follower, taken = follow()
    held = cut_off(server, taken, 10)
    server.write(Written(START + SECOND * at, f"missed {at}") for at in range(1, 2000))
    server.history_answer = lambda _query: held.wait(DEADLINE) and None  # type: ignore[func-returns-value]
    held.set()
    taken.wait(lambda taken: taken.states[-1].phase is FollowPhase.LIVE)
    server.write([Written(START + SECOND * 2000, "live")])
    taken.wait(lambda taken: len(taken.gaps) == 2)
    gap = taken.gaps[1]
    if not gap.complete:
        assert 500 < gap.recovered < 1999
        assert gap.reason == "More than 500 lines were missed."
        assert START < gap.begin_ns < gap.end_ns == START + SECOND * 2000
    assert max(taken.counts.values()) == 1


@pytest.mark.nightly
@pytest.mark.timed
def test_many_resets_lose_and_repeat_nothing(server: LogServer, follow: Follow) -> None:
    chance = random.Random(5)
    server.lag = 0.4
    follower, taken = follow(lag=0.6)
    taken.wait_for_phase(FollowPhase.LIVE, loaded=True)
    lines: list[Written] = []
    now = START
    for batch in range(240):
        new = []
        for _ in range(chance.randint(10, 60)):
            now += chance.choice((0, 0, 0, 1, 50_000))
            new.append(Written(now, chance.choice(("a", "a", "b"))))
        now += 2_000_000
        lines += new
        server.write(new)
        if batch % 5 == 0:
            server.reset()
        time.sleep(0.005)
    expected = Counter((line.ns, line.message) for line in lines)
    taken.wait(lambda taken: taken.counts == expected)
    taken.wait(lambda taken: taken.states[-1].phase is FollowPhase.LIVE)
    taken.wait(lambda taken: not follower._recovery._regions)
    assert taken.counts == expected
    assert len(taken.gaps) > 6
    assert [gap for gap in taken.gaps if not gap.complete] == []
    assert taken.batches < len(lines) / 5


# ---- the connection


def test_a_stream_that_ends_with_its_pod_is_no_error(server: LogServer, follow: Follow) -> None:
    _follower, taken = follow()
    taken.wait_for_phase(FollowPhase.LIVE)
    server.end()
    taken.wait(lambda taken: len(server.tokens) >= 2)
    taken.wait_for_phase(FollowPhase.LIVE)
    assert all(state.error is None for state in taken.states)
    assert FollowPhase.WAITING in [state.phase for state in taken.states]


def test_an_error_frame_is_shown_without_secrets(server: LogServer, follow: Follow) -> None:
    _follower, taken = follow()
    taken.wait_for_phase(FollowPhase.LIVE)
    said = json.dumps({"message": "backend\x1b[31m lost password=hunter2secret"})
    server.send(f"event: error\ndata: {said}\n\n".encode())
    server.end()
    taken.wait(lambda taken: any(state.error for state in taken.states))
    error = next(state.error for state in taken.states if state.error)
    assert "backend" in str(error)
    assert "hunter2secret" not in repr(vars(error)) + str(error)
    assert "\x1b" not in str(error)
    taken.wait_for_phase(FollowPhase.LIVE)


def test_named_frames_and_garbage_are_not_lines(server: LogServer, follow: Follow) -> None:
    _follower, taken = follow()
    taken.wait_for_phase(FollowPhase.LIVE)
    server.send(
        b'event: status\ndata: {"status":"streaming"}\n\n'
        b'event: log\ndata: {"message":"named"}\n\n'
        b"data: no JSON\n\ndata: [1]\n\ndata: {}\n\ndata: null\n\n: comment\n\n\xff\xfe\n\n"
        b'id: x\ndata: {"timestamp":5,"message":null}\n\n'
        b'data: {"timestamp":"2025-07-02T06:41:13Z","level":"","message":"\xff"}\n\n'
    )
    taken.wait(lambda taken: len(taken.lines) == 2)
    assert taken.lines == [LogLine(5, "", ""), LogLine(START + SECOND, "", "\ufffd")]


def test_a_token_in_a_line_is_removed(server: LogServer, follow: Follow) -> None:
    _follower, taken = follow()
    taken.wait_for_phase(FollowPhase.LIVE, loaded=True)
    server.write([Written(START, f"token={TOKEN}"), Written(START + 1, "other")])
    taken.wait(lambda taken: bool(taken.gaps))
    server.reset()
    taken.wait(lambda taken: len(taken.gaps) == len(taken.lines) == 2)
    assert [TOKEN in message for message in taken.messages] == [False, False]


def test_a_refused_token_waits_for_another_one(
    server: LogServer, follow: Follow, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(follower, "_TOKEN_PAUSE", 0.05)

    class Changing(FixedToken):
        token = TOKEN

        def current(self, _call: Call) -> str | None:
            return self.token

    tokens = Changing(TOKEN)
    server.stream_answer = lambda token: None if token.endswith("-new") else (401, b"{}")
    server.history_answer = lambda _query: None if tokens.token.endswith("-new") else (401, b"{}")
    _follower, taken = follow(token=tokens)
    error = taken.wait_for_phase(FollowPhase.REFUSED).error
    assert error is not None
    assert error.kind is ErrorKind.SIGNED_OUT
    assert error.remedies
    asked = len(server.tokens)
    tokens.token = f"{TOKEN}-new"
    taken.wait_for_phase(FollowPhase.LIVE, loaded=True)
    assert len(server.tokens) == asked + 1
    assert taken.states[-1].error is None


@pytest.mark.nightly
@pytest.mark.timed
@pytest.mark.parametrize("status", [501, 503])
def test_without_a_stream_the_history_is_polled(server: LogServer, follow: Follow, status: int) -> None:
    server.lag = 0.2
    server.stream_answer = lambda _token: (status, b'{"error":"log stream not configured"}')
    follower, taken = follow(lag=0.5)
    error = taken.wait_for_phase(FollowPhase.POLLING, loaded=True).error
    assert error is not None
    chance = random.Random(2)
    lines = [Written(START + at // 4 * 1000, chance.choice("ab")) for at in range(400)]
    for at in range(0, 400, 20):
        server.write(lines[at : at + 20])
        time.sleep(0.02)
    expected = Counter((line.ns, line.message) for line in lines)
    taken.wait(lambda taken: taken.counts == expected)
    server.stream_answer = lambda _token: None
    follower.retry()
    taken.wait_for_phase(FollowPhase.LIVE)
    server.write([Written(START + SECOND, "live")])
    taken.wait(lambda taken: bool(taken.gaps))
    assert taken.counts == expected + Counter([(START + SECOND, "live")])
    assert taken.gaps[0].complete


def test_an_old_server_sends_plain_text(server: LogServer, follow: Follow) -> None:
    server.plain = True
    server.stream_answer = lambda _token: (501, b"no")
    server.write(written(0, 5))
    _follower, taken = follow()
    taken.wait(lambda taken: len(taken.lines) == 5)
    server.write(written(5, 8))
    taken.wait(lambda taken: len(taken.lines) == 8)
    assert taken.messages == [f"line {at}" for at in range(8)]


def test_plain_text_without_times(server: LogServer, follow: Follow) -> None:
    server.plain = True
    server.stream_answer = lambda _token: (501, b"no")
    server.write(Written(START + at, "ab"[at % 2], timed=False) for at in range(8))
    _follower, taken = follow(tail=5)
    taken.wait(lambda taken: len(taken.lines) == 5)
    server.write(Written(START + 10 + at, text, timed=False) for at, text in enumerate("bac"))
    taken.wait(lambda taken: len(taken.lines) >= 8)
    assert "".join(taken.messages) == "babab" + "bac"


def naively(known: list[int], page: list[int]) -> int:
    ends = range(len(page), 0, -1)
    common = [
        next((n for n in range(min(end, len(known)), 0, -1) if known[-n:] == page[end - n : end]), 0) for end in ends
    ]
    longest = max(common, default=0)
    return ends[common.index(longest)] if longest else 0


@given(st.lists(st.integers(0, 2), max_size=12), st.lists(st.integers(0, 2), max_size=12))
def test_lines_without_times_follow_the_known_ones(known: list[int], page: list[int]) -> None:
    assert recovery.follows(known, page) == naively(known, page)


@pytest.mark.nightly
def test_an_endless_line_over_a_socket_takes_little_memory(server: LogServer, follow: Follow) -> None:
    _follower, taken = follow()
    taken.wait_for_phase(FollowPhase.LIVE, loaded=True)
    piece = b"x" * 65536
    server.send(b'data: {"timestamp":"","level":"","message":"')
    with traced() as peak:
        for _ in range(16):
            for _ in range(40):
                server.send(piece)
            server.flushed()
    server.send(b'"}\n\n')
    taken.wait(lambda taken: bool(taken.lines))
    assert taken.messages[0].endswith("\n… cut after 65,536 characters.")
    # The server, in the same process, needs some as well.
    assert peak.bytes < 3_000_000


# ---- the end


@pytest.mark.timed
@pytest.mark.parametrize("hangs", ["stream", "history", "both"])
def test_stop_returns_at_once(server: LogServer, follow: Follow, hangs: str) -> None:
    asked, free, others = threading.Semaphore(0), threading.Event(), set(threading.enumerate())

    def hang(_request: object) -> None:
        asked.release()
        free.wait(DEADLINE)

    if hangs != "history":
        server.stream_answer = hang
    if hangs != "stream":
        server.history_answer = hang
    follower, taken = follow()
    assert asked.acquire(timeout=DEADLINE)
    begun = time.monotonic()
    follower.stop()
    assert time.monotonic() - begun < 0.2
    before = (list(taken.lines), list(taken.states))
    free.set()
    server.write(written(0, 10))
    for thread in set(threading.enumerate()) - others:
        if thread.name in ("log-stream", "log-history"):
            thread.join(DEADLINE)
            assert not thread.is_alive()
    assert (taken.lines, taken.states) == before


def test_nothing_is_given_after_stop(server: LogServer, follow: Follow) -> None:
    follower, taken = follow()
    taken.wait_for_phase(FollowPhase.LIVE, loaded=True)
    going = threading.Event()

    def write() -> None:
        at = 0
        while not going.is_set():
            server.write(written(at, at + 50))
            at += 50

    writer = threading.Thread(target=write, daemon=True)
    writer.start()
    taken.wait(lambda taken: len(taken.lines) > 1000)
    follower.stop()
    count = len(taken.lines)
    time.sleep(0.2)
    going.set()
    writer.join(DEADLINE)
    assert len(taken.lines) == count


def test_a_sink_may_stop_the_follower(server: LogServer, follow: Follow) -> None:
    follower, taken = follow()
    taken.wait_for_phase(FollowPhase.LIVE, loaded=True)
    add = taken.add
    taken.add = lambda source, lines: (add(source, lines), follower.stop())[0]  # type: ignore[method-assign]
    server.write(written(0, 10))
    taken.wait(lambda taken: bool(taken.lines))
    for thread in threading.enumerate():
        if thread.name in ("log-stream", "log-history"):
            thread.join(DEADLINE)
            assert not thread.is_alive()


# ---- earlier lines


@pytest.mark.parametrize("reverse", [False, True])
def test_pages_of_earlier_lines_are_exact(server: LogServer, follow: Follow, reverse: bool) -> None:
    lines = [Written(START + at // 7, f"line {at}") for at in range(600)]
    server.write(lines)
    server.reverse = reverse
    follower, taken = follow(tail=100)
    taken.wait_for_phase(FollowPhase.LIVE, loaded=True)
    found = [list(taken.lines)]
    before = taken.lines[0].ns
    while True:
        page = follower.older(before, 150)
        if not page.more:
            break
        found.insert(0, list(page.lines))
        before = page.begin_ns
    assert [line.message for page in found for line in page] == [line.message for line in lines]


def test_earlier_lines_of_long_ago(server: LogServer, follow: Follow) -> None:
    server.write([Written(START - 2 * 24 * 3600 * SECOND, "long ago"), *written(0, 3)])
    follower, taken = follow()
    taken.wait_for_phase(FollowPhase.LIVE, loaded=True)
    page = follower.older(START, 100)
    assert [line.message for line in page.lines] == ["long ago"]
    assert page.more
    assert follower.older(page.begin_ns, 100).lines == ()
