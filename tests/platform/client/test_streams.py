"""Streams: what arrives, when it ends, and how it is canceled."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable, Iterator

import pytest
from support.deadline import DEADLINE
from support.log_server import BEAT, LogServer, Written
from support.platforms import QUICK, TOKEN, Opened
from support.raw_server import RawServer, answer
from support.terminal import AT_ONCE

from astro_tui.errors import ErrorKind, PlatformError
from astro_tui.logs.sse import EventParser, ServerEvent
from astro_tui.platform.client import Call, FixedToken, Platform, Timeouts

SECOND = 1_751_438_472 * 10**9
HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\n"


@pytest.fixture
def server() -> Iterator[LogServer]:
    with LogServer() as served:
        yield served


class Reading:
    """Reads a stream in its own thread."""

    def __init__(self, platform: Platform, call: Call | None = None) -> None:
        self.events: list[ServerEvent] = []
        self.chunks: list[bytes] = []
        self.error: PlatformError | None = None
        self.took = 0.0
        self._arrived = threading.Condition()
        self._platform, self._call = platform, call
        self._parser = EventParser()
        self._thread = threading.Thread(target=self._read, daemon=True)
        self._thread.start()

    def _read(self) -> None:
        try:
            self._platform.log_stream("abc-def-ghi", "agent", self._take, container="app", call=self._call)
        except PlatformError as error:
            self.error = error

    def _take(self, chunk: bytes) -> None:
        with self._arrived:
            self.chunks.append(chunk)
            self.events += self._parser.feed(chunk)
            self._arrived.notify_all()

    def wait(self, enough: Callable[[list[ServerEvent]], bool]) -> list[ServerEvent]:
        with self._arrived:
            assert self._arrived.wait_for(lambda: enough(self.events), DEADLINE)
            return list(self.events)

    def ended(self) -> PlatformError | None:
        started = time.monotonic()
        self._thread.join(DEADLINE)
        assert not self._thread.is_alive()
        self.took = time.monotonic() - started
        return self.error


@pytest.fixture
def reading(opened: Opened) -> Callable[..., Reading]:
    def start(url: str, timeouts: Timeouts = QUICK, call: Call | None = None) -> Reading:
        return Reading(opened(url, timeouts=timeouts), call)

    return start


Start = Callable[..., Reading]


def test_frames_arrive_while_the_stream_is_open(server: LogServer, reading: Start) -> None:
    read = reading(server.url)
    assert read.wait(bool)[0].name == "ready"
    server.write([Written(SECOND + 1, "hello")])
    event = read.wait(lambda events: not events[-1].name)[-1]
    assert event.id == str(SECOND + 1).encode()
    assert json.loads(event.data)["message"] == "hello"
    assert server.tokens == [f"Bearer {TOKEN}"]
    server.end()
    assert read.ended() is None


def test_one_read_of_the_socket_brings_many_frames(server: LogServer, reading: Start) -> None:
    read = reading(server.url)
    read.wait(bool)
    server.write(Written(SECOND + number, f"line {number}") for number in range(5000))
    read.wait(lambda events: sum(not event.name for event in events) == 5000)
    assert len(read.chunks) < 500


def test_a_reset_is_a_lost_connection(server: LogServer, reading: Start) -> None:
    read = reading(server.url)
    read.wait(bool)
    server.reset()
    error = read.ended()
    assert error is not None
    assert error.kind is ErrorKind.RESET
    assert str(error).startswith("The connection to 127.0.0.1:")
    assert error.request == "GET /api/v1/deployments/abc-def-ghi/logs/stream?workload=agent&container=app"


@pytest.mark.timed
def test_silence_is_noticed(server: LogServer, reading: Start) -> None:
    server.beat = 60
    read = reading(server.url, Timeouts(silence=0.3))
    read.wait(bool)
    server.send(BEAT)
    read.wait(lambda events: len(events) == 2)
    error = read.ended()
    assert error is not None
    assert error.kind is ErrorKind.TIMEOUT
    assert "sent nothing for 0.3 s" in str(error)
    assert 0.25 < read.took < AT_ONCE


@pytest.mark.timed
def test_the_total_time_does_not_end_a_stream(server: LogServer, reading: Start) -> None:
    read = reading(server.url, Timeouts(total=0.2, read=0.2, silence=5))
    read.wait(lambda events: len(events) > 10)
    assert read.error is None


@pytest.mark.parametrize("way", ["close", "abort"])
@pytest.mark.parametrize("open_first", [True, False])
def test_a_silent_stream_ends_at_once(opened: Opened, way: str, open_first: bool) -> None:
    asked, free = threading.Event(), threading.Event()

    def reply(_head: str) -> bytes:
        asked.set()
        if not open_first:
            free.wait(DEADLINE)
        return HEAD + BEAT

    with RawServer(reply) as raw:
        call, platform = Call(), opened(raw.url, timeouts=Timeouts(silence=60, read=60))
        read = Reading(platform, call)
        assert asked.wait(DEADLINE)
        if open_first:
            read.wait(bool)
        (platform.close if way == "close" else call.abort)()
        error = read.ended()
        free.set()
    assert error is not None
    assert error.kind is ErrorKind.CANCELED
    assert read.took < AT_ONCE


def test_an_aborted_call_opens_no_stream(server: LogServer, reading: Start) -> None:
    call = Call()
    call.abort()
    error = reading(server.url, call=call).ended()
    assert error is not None
    assert error.kind is ErrorKind.CANCELED
    assert server.tokens == []


def test_an_aborted_call_of_an_ended_stream_stops_nothing(server: LogServer, reading: Start) -> None:
    call = Call()
    read = reading(server.url, call=call)
    read.wait(bool)
    server.end()
    assert read.ended() is None
    call.abort()


@pytest.mark.parametrize(
    ("status", "kind"),
    [(401, ErrorKind.SIGNED_OUT), (403, ErrorKind.FORBIDDEN), (503, ErrorKind.SERVER), (501, ErrorKind.SERVER)],
)
def test_a_refusal_is_an_error_like_any_other(server: LogServer, reading: Start, status: int, kind: ErrorKind) -> None:
    server.stream_answer = lambda _token: (status, b'{"error":"not now"}')
    error = reading(server.url).ended()
    assert error is not None
    assert (error.kind, error.status, error.server_said) == (kind, status, "not now")
    assert len(server.tokens) == 1


def test_a_token_that_was_refused_is_renewed_once(server: LogServer, opened: Opened) -> None:
    class Renewing(FixedToken):
        def renewed(self, after: str, _call: Call) -> str | None:
            assert after == TOKEN
            return f"{TOKEN}-new"

    server.stream_answer = lambda token: None if token.endswith("-new") else (401, b"{}")
    Reading(opened(server.url, Renewing(TOKEN))).wait(bool)
    assert server.tokens == [f"Bearer {TOKEN}", f"Bearer {TOKEN}-new"]


@pytest.mark.parametrize("head", [b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n\r\n<html>", answer(b"[]")])
def test_a_response_that_is_no_stream(reading: Start, head: bytes) -> None:
    with RawServer(lambda _head: head, keep_open=False) as raw:
        error = reading(raw.url).ended()
    assert error is not None
    assert error.kind is ErrorKind.ODD_SHAPE
    assert "a stream of events was expected" in str(error)


def test_an_encoding_that_was_not_requested(reading: Start) -> None:
    head = b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nContent-Encoding: gzip\r\n\r\n"
    with RawServer(lambda _head: head, keep_open=False) as raw:
        error = reading(raw.url).ended()
        assert "accept-encoding: identity" in raw.heads[0].lower()
    assert error is not None
    assert error.kind is ErrorKind.NOT_JSON


def test_a_redirect_is_followed_without_the_token(server: LogServer, reading: Start) -> None:
    moved = answer(b"", "307 Moved", f"Location: {server.url}/api/v1/deployments/x/logs/stream")
    with RawServer(lambda _head: moved) as raw:
        reading(raw.url).wait(bool)
    assert server.tokens == [""]


def test_a_receiver_that_fails_closes_the_stream(server: LogServer, opened: Opened) -> None:
    def fail(_chunk: bytes) -> None:
        raise KeyError

    with pytest.raises(KeyError):
        opened(server.url).log_stream("abc-def-ghi", "agent", fail)


def test_many_streams_leave_room_for_requests(server: LogServer, opened: Opened) -> None:
    platform = opened(server.url)
    reads = [Reading(platform) for _ in range(16)]
    for read in reads:
        read.wait(bool)
    assert platform.log_page("abc-def-ghi", "agent") == []
    platform.close()
    for read in reads:
        assert read.ended() is not None


def test_a_page_of_the_log(server: LogServer, opened: Opened) -> None:
    server.write(Written(SECOND + number, f"line {number}", "warn", timed=number != 2) for number in range(5))
    platform = opened(server.url)
    page = platform.log_page("abc-def-ghi", "agent", pod="p", since_ns=SECOND, lines=3)
    assert [(entry.timestamp[-4:], entry.level, entry.message) for entry in page] == [
        ("000Z", "warn", "line 0"),
        ("001Z", "warn", "line 1"),
        ("", "warn", "line 2"),
    ]
    newest = platform.log_page("abc-def-ghi", "agent", until_ns=SECOND + 4, lines=1, backward=True)
    # The end of the window is rounded up.
    assert [entry.message for entry in newest] == ["line 4"]
    assert server.pages[0] == {
        "workload": "agent", "pod": "p", "since": "2025-07-02T06:41:12.000000000Z", "tailLines": "3",
        "direction": "forward",
    }  # fmt: skip
    assert server.pages[1]["until"] == "2025-07-02T06:41:12.000001000Z"


@pytest.mark.parametrize(
    ("body", "media", "entries"),
    [
        (b"[]", "application/json", []),
        (b"null", "application/json", None),
        (b'{"logs":null}', "application/json", []),
        (b'{"logs":[{"message":"a"}]}', "application/json", [("", "", "a")]),
        (b'[{"message":"a","level":null,"timestamp":5},7,null,{}]', "text/plain", [("5", "", "a")]),
        (b'[{"message":"\xff \\ud800"}]', "application/json", [("", "", "\ufffd ?")]),
        (b"a\nb\r\n", "text/plain", [("", "", "a"), ("", "", "b")]),
        (b"2025-07-02T06:41:12.5Z a b\n\nlast", "text/plain",
         [("2025-07-02T06:41:12.5Z", "", "a b"), ("", "", ""), ("", "", "last")]),
        (b"", "text/plain", []),
        (b'{"event":"x"}\n{"event":"y"}\n', "text/plain", [("", "", '{"event":"x"}'), ("", "", '{"event":"y"}')]),
        (b"[warn] no JSON\n", "text/plain", [("", "", "[warn] no JSON")]),
        (b"<html>", "text/html", None),
        (b"oops", "application/json", None),
    ],
)  # fmt: skip
def test_lists_of_any_form(opened: Opened, body: bytes, media: str, entries: list[tuple[str, str, str]] | None) -> None:
    head = f"HTTP/1.1 200 OK\r\nContent-Length: {len(body)}\r\nContent-Type: {media}; charset=utf-8\r\n\r\n".encode()
    with RawServer(lambda _head: head + body) as raw:
        platform = opened(raw.url)
        if entries is None:
            with pytest.raises(PlatformError):
                platform.log_page("abc-def-ghi", "agent")
        else:
            page = platform.log_page("abc-def-ghi", "agent")
            assert [(entry.timestamp, entry.level, entry.message) for entry in page] == entries
