"""The demo's log streams fail as requested, and every line that they send is in the log."""

from __future__ import annotations

import contextlib
import http.client
import json
import socket
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest
from support.deadline import DEADLINE
from support.demo_caller import START, Caller, Clock
from support.demo_deployments import CLAIMS

from astro_tui.demo import DemoServer, Fault
from astro_tui.demo.streams import frame

LOGS = f"/deployments/{CLAIMS}/logs?workload=claims-desk-agent&tailLines=5000"
STREAM = f"/deployments/{CLAIMS}/logs/stream"
BEGIN = [
    b"event: ready\ndata: {}",
    b'event: status\ndata: {"status":"connecting"}',
    b'event: status\ndata: {"status":"streaming"}',
]


@pytest.fixture
def demo(clock: Clock) -> Iterator[DemoServer]:
    with DemoServer(clock=clock, heartbeat=0.05) as server:
        yield server


Opener = Callable[[], http.client.HTTPResponse]


@pytest.fixture
def opened(demo: DemoServer) -> Iterator[Opener]:
    """Opens a stream."""
    with contextlib.ExitStack() as stack:

        def made() -> http.client.HTTPResponse:
            connection = http.client.HTTPConnection("127.0.0.1", int(demo.url.rpartition(":")[2]), timeout=DEADLINE)
            stack.callback(connection.close)
            path = f"/api/v1{STREAM}?workload=claims-desk-agent"
            connection.request("GET", path, headers={"Authorization": f"Bearer {demo.token}"})
            response = connection.getresponse()
            stack.callback(response.close)
            return response

        yield made


@pytest.fixture
def begun(opened: Opener) -> Opener:
    """Opens a stream and reads the beginning of its first frame: what is logged from then on is on it."""

    def made() -> http.client.HTTPResponse:
        response = opened()
        assert response.status == 200
        assert response.readline() == b"event: ready\n"
        return response

    return made


def at(seconds: float) -> str:
    return f"{START + timedelta(seconds=seconds):%Y-%m-%dT%H:%M:%SZ}"


def logged(caller: Caller) -> list[Any]:
    return list(caller.get(f"{LOGS}&since={at(0)}"))


def entries(sent: bytes) -> list[Any]:
    frames = [each for each in sent.split(b"\n\n") if each.startswith(b"id: ")]
    return [json.loads(each.partition(b"\ndata: ")[2]) for each in frames]


def test_reset_after_lines(demo: DemoServer, caller: Caller, clock: Clock, begun: Opener) -> None:
    demo.faults.set(STREAM, Fault.stream_reset(lines=7), count=1)
    response = begun()
    clock.advance(60)
    sent = b""
    with pytest.raises(ConnectionResetError):  # noqa: PT012  any read may raise
        while piece := response.read1():
            sent += piece
    received = entries(sent)
    # What is on its way when a connection is reset may be lost, but nothing arrives that was not logged.
    assert received == logged(caller)[: len(received)]
    assert len(received) <= 7
    again = begun()
    clock.advance(10)
    assert len(entries(lines_of(again))) >= 7


def lines_of(response: http.client.HTTPResponse, sent: bytes = b"") -> bytes:
    """Return a stream until the heartbeat that follows its first lines: all of them are sent before it."""
    while not sent.rfind(b"\nevent: heartbeat", max(0, len(sent) - 2**18 - 99)) > sent.find(b"id: ") >= 0:
        piece = response.read1(2**18)
        assert piece
        sent += piece
    return sent[: sent.rindex(b"\nevent: heartbeat")]


def test_reset_in_the_middle_of_a_line(demo: DemoServer, clock: Clock, begun: Opener) -> None:
    demo.faults.set(STREAM, Fault.stream_reset(size=400), count=1)
    response = begun()
    clock.advance(60)
    size = len(b"event: ready\n")
    with pytest.raises(ConnectionResetError):  # noqa: PT012  any read may raise
        while piece := response.read1():
            size += len(piece)
    assert size <= 400


@pytest.mark.timed
def test_stall_sends_nothing_more(demo: DemoServer, clock: Clock, begun: Opener) -> None:
    demo.faults.set(STREAM, Fault.stall(lines=3), count=1)
    response = begun()
    clock.advance(60)
    lines = 0
    while lines < 3:
        lines += response.readline().startswith(b"id: ")
    assert response.readline().startswith(b"data: ")
    assert response.readline() == b"\n"
    connection = response.fp.raw._sock  # type: ignore[union-attr]
    # Ten heartbeats long.
    connection.settimeout(0.5)
    with pytest.raises(TimeoutError):
        response.read(1)


def test_stall_from_the_beginning_ends_with_the_server(demo: DemoServer, opened: Opener) -> None:
    demo.faults.set(STREAM, Fault.stall(), count=1)
    response = opened()
    received = b"".join(response.readline() for _ in range(9))
    assert received.split(b"\n\n")[:-1] == BEGIN
    demo.stop()
    with contextlib.suppress(http.client.IncompleteRead, ConnectionResetError):
        assert response.read() == b""


def read_by_the_rules(sent: bytes) -> list[Any]:
    """Return the log lines in a whole stream, by the rules of server-sent events."""
    found, event, data = [], "", list[str]()
    text = sent.decode("utf-8", "replace").removeprefix("\ufeff")
    for line in text.replace("\r\n", "\n").replace("\r", "\n").split("\n"):
        name, _, value = line.partition(":")
        value = value.removeprefix(" ")
        if name == "event" and line:
            event = value
        elif name == "data":
            data.append(value)
        elif not line:
            if data and not event:
                found.append("\n".join(data))
            event, data = "", []
    lines = []
    for each in found:
        try:
            entry = json.loads(each)
        except (ValueError, RecursionError):
            continue
        if isinstance(entry, dict) and "message" in entry:
            lines.append(entry)
    return lines


def test_garbage_hides_no_line(demo: DemoServer, caller: Caller, clock: Clock, opened: Opener) -> None:
    demo.faults.set(STREAM, Fault.garbage(), count=1)
    response = opened()
    sent = response.read(3)
    assert sent == b"\xef\xbb\xbf"
    clock.advance(30)
    sent = lines_of(response, sent)
    expected = logged(caller)
    assert len(expected) > 60
    assert read_by_the_rules(sent) == expected
    for form in (b"\r\ndata: ", b"\rdata: ", b"\ndata:{", b"\n: a comment\n", b'Z",\ndata: "level"', b"event: metrics"):
        assert form in sent, form


def test_endless_line(demo: DemoServer, caller: Caller, clock: Clock, begun: Opener) -> None:
    size = 1_000_000
    demo.faults.set(STREAM, Fault.endless(size, lines=2), count=1)
    response = begun()
    clock.advance(20)
    sent = lines_of(response, b"event: ready\n")
    frames = sent.split(b"\n\n")
    assert frames[:3] == BEGIN
    assert len(frames[5]) == len(b"data: ") + size
    assert entries(sent) == logged(caller)


def test_error_frame_ends_the_stream(demo: DemoServer, clock: Clock, begun: Opener) -> None:
    demo.faults.set(STREAM, Fault.stream_error("loki is gone", lines=2), count=1)
    response = begun()
    clock.advance(60)
    frames = response.read().split(b"\n\n")
    assert frames[-2:] == [b'event: error\ndata: {"message":"loki is gone"}', b""]
    assert len(frames) == 3 + 2 + 1 + 1


def test_pod_end_after_lines(demo: DemoServer, clock: Clock, begun: Opener) -> None:
    demo.faults.set(STREAM, Fault.pod_end(lines=4), count=1)
    response = begun()
    clock.advance(60)
    assert len(entries(response.read())) == 4


def test_pod_end_with_the_pod(demo: DemoServer, caller: Caller, clock: Clock, begun: Opener) -> None:
    demo.faults.set(STREAM, Fault.pod_end(), count=1)
    response = begun()
    clock.advance(30)
    while not response.readline().startswith(b"id: "):
        pass
    assert caller.send(f"/deployments/{CLAIMS}/restart", "POST")[0] == 200
    clock.advance(2)
    sent = response.read()
    assert entries(sent)[-1] == logged(caller)[-1]


def test_late_list(demo: DemoServer, caller: Caller, clock: Clock) -> None:
    clock.advance(100)
    whole = logged(caller)
    demo.faults.set(f"^/deployments/{CLAIMS}/logs[?]", Fault.late(5), count=1)
    late = logged(caller)
    assert late == whole[: len(late)]
    assert late[-1]["timestamp"] < at(95)[:-1] < whole[len(late)]["timestamp"]
    assert logged(caller) == whole


def test_plain_list(demo: DemoServer, caller: Caller, clock: Clock) -> None:
    clock.advance(10)
    whole = logged(caller)
    demo.faults.set(f"^/deployments/{CLAIMS}/logs[?]", Fault.plain(), count=1)
    caller.connection.request("GET", f"/api/v1{LOGS}&since={at(0)}", headers={"Authorization": f"Bearer {demo.token}"})
    response = caller.connection.getresponse()
    assert response.headers["Content-Type"] == "text/plain; charset=utf-8"
    lines = response.read().decode().split("\n")
    assert lines.pop() == ""
    for line, entry in zip(lines, whole, strict=True):
        assert line == " ".join(filter(None, (entry["timestamp"], entry["level"].upper(), entry["message"])))


@pytest.mark.parametrize("status", [501, 503])
def test_no_stream(demo: DemoServer, caller: Caller, status: int, opened: Opener) -> None:
    demo.faults.set(STREAM, Fault.response(status, '{"error":"log streaming is not available"}'))
    assert opened().status == status
    assert caller.get(LOGS)


def test_faults_of_streams_over_http(demo: DemoServer, clock: Clock, begun: Opener) -> None:
    connection = http.client.HTTPConnection("127.0.0.1", int(demo.url.rpartition(":")[2]), timeout=DEADLINE)

    def fault(**keys: Any) -> int:
        connection.request("POST", "/demo/faults", json.dumps({"path": STREAM, "count": 1, **keys}))
        response = connection.getresponse()
        response.read()
        return response.status

    assert fault(fault="stream-error", message="over", lines="2") == 400
    assert fault(fault="stall", size=2) == 400
    assert fault(fault="stream-error", message="over", lines=2) == 200
    response = begun()
    clock.advance(60)
    assert response.read().endswith(frame("error", {"message": "over"}))
    connection.close()


def test_stream_faults_do_not_affect_other_requests(demo: DemoServer, caller: Caller) -> None:
    before = caller.get(f"/deployments/{CLAIMS}")
    demo.faults.set("/deployments", Fault.garbage())
    assert caller.get(f"/deployments/{CLAIMS}") == before
    with socket.create_connection(("127.0.0.1", int(demo.url.rpartition(":")[2])), 5):
        assert caller.get(LOGS)
