"""The demo's log streams fail as requested, and every line that they send is in the log."""

from __future__ import annotations

import contextlib
import http.client
import json
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest
from support.deadline import DEADLINE
from support.demo_caller import START, Caller, Clock
from support.demo_deployments import CLAIMS

from astro_tui.demo import DemoServer, Fault

LOGS = f"/deployments/{CLAIMS}/logs?workload=claims-desk-agent&tailLines=5000"
STREAM = f"/deployments/{CLAIMS}/logs/stream"


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
