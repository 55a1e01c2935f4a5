"""The demo platform fails exactly as requested, and stops at once whatever it is doing."""

from __future__ import annotations

import contextlib
import http.client
import json
import os
import re
import resource
import socket
import threading
import time
from collections.abc import Iterator
from typing import Any

import pytest
from support.deadline import DEADLINE

from astro_tui.demo import DemoServer, Fault
from astro_tui.demo.faults import NAMED

PATH = "/api/v1/deployments?account=harborline"


@pytest.fixture
def demo() -> Iterator[DemoServer]:
    with DemoServer(frozen=True) as server:
        yield server


def address(demo: DemoServer) -> tuple[str, int]:
    return "127.0.0.1", int(demo.url.rpartition(":")[2])


def send(
    demo: DemoServer, path: str = PATH, method: str = "GET", body: Any = None
) -> tuple[int, dict[str, str], bytes]:
    connection = http.client.HTTPConnection(*address(demo), timeout=DEADLINE)
    try:
        sent = None if body is None else json.dumps(body)
        connection.request(method, path, body=sent, headers={"Authorization": f"Bearer {demo.token}"})
        response = connection.getresponse()
        return response.status, dict(response.headers), response.read()
    finally:
        connection.close()


def raw(demo: DemoServer, path: str = PATH) -> socket.socket:
    """Return a socket on which the request has been sent."""
    connection = socket.create_connection(address(demo), 10)
    head = f"GET {path} HTTP/1.1\r\nHost: demo\r\nAuthorization: Bearer {demo.token}\r\n\r\n"
    connection.sendall(head.encode())
    return connection


def drain(connection: socket.socket) -> bytes:
    received = b""
    while piece := connection.recv(65536):
        received += piece
    return received


def test_path_count_and_clear(demo: DemoServer) -> None:
    demo.faults.set("/deployments", Fault.response(500), count=2)
    assert send(demo, "/api/v1/me")[0] == 200
    assert len(demo.faults) == 1
    assert [send(demo)[0] for _ in range(3)] == [500, 500, 200]
    assert len(demo.faults) == 0
    demo.faults.set(r"^/deployments/[^/]+/status$", Fault.response(500))
    demo.faults.set(re.compile("account=harborline"), Fault.response(502))
    assert send(demo, "/api/v1/deployments/t1d-3n0-t3s/status")[0] == 500
    assert send(demo, "/api/v1/deployments/t1d-3n0-t3s")[0] == 200
    assert send(demo)[0] == 502
    demo.faults.clear()
    assert send(demo)[0] == 200


def test_reset_is_a_real_reset(demo: DemoServer) -> None:
    demo.faults.set("/deployments", Fault.reset())
    with raw(demo) as connection, pytest.raises(ConnectionResetError):
        connection.recv(1)


def test_cut_body(demo: DemoServer) -> None:
    demo.faults.set("/deployments", Fault.cut())
    with pytest.raises(http.client.IncompleteRead) as caught:
        send(demo)
    assert len(caught.value.partial) > 0
    demo.faults.set("/deployments", Fault.cut(5))
    with raw(demo) as connection:
        head, _, body = drain(connection).partition(b"\r\n\r\n")
    assert body == b'{"dep'
    assert int(re.findall(rb"Content-Length: (\d+)", head)[0]) > 1000


def test_client_can_hang_up_during_a_huge_body(demo: DemoServer, capfd: pytest.CaptureFixture[str]) -> None:
    demo.faults.set("/deployments", Fault.huge())
    with raw(demo) as connection:
        connection.recv(1000)
    assert send(demo, "/api/v1/me")[0] == 200
    assert capfd.readouterr() == ("", "")


@pytest.mark.timed
@pytest.mark.parametrize(
    "fault", [Fault.hang(), Fault.slow(60), Fault.drip(60), Fault.huge(2**40)], ids=lambda f: str(f.kind)
)
def test_stop_is_prompt(fault: Fault) -> None:
    """When the server stops, it closes the connection of a hanging request without a response."""
    demo = DemoServer(frozen=True).start()
    before = threading.active_count()
    demo.faults.set("/deployments", fault)
    connections = [raw(demo) for _ in range(5)]
    idle = socket.create_connection(address(demo), 10)
    deadline = time.monotonic() + DEADLINE
    while len(demo.requests) < 5:
        assert time.monotonic() < deadline
        threading.Event().wait(0.001)
    begin = time.perf_counter()
    demo.stop()
    assert time.perf_counter() - begin < 0.5
    for connection in [*connections, idle]:
        connection.settimeout(5)
        # A connection that was not accepted yet is reset, the others end.
        with contextlib.suppress(ConnectionResetError):
            drain(connection)
        connection.close()
    while threading.active_count() > before - 1:
        assert time.monotonic() < deadline
        threading.Event().wait(0.001)


def test_faults_by_http(demo: DemoServer) -> None:
    wanted = {"path": "/deployments", "fault": "status", "status": 503, "body": "busy", "count": 1}
    assert json.loads(send(demo, "/demo/faults", "POST", wanted)[2]) == {"faults": 1}
    assert [send(demo)[0] for _ in range(2)] == [503, 200]
    assert send(demo, "/demo/faults", "POST", {"path": "/me", "fault": "html", "delay": 0.01})[0] == 200
    assert send(demo, "/api/v1/me")[0] == 502
    assert send(demo, "/demo/faults", "DELETE")[0] == 200
    assert send(demo, "/api/v1/me")[0] == 200
    refused: list[Any] = [
        {},
        [],
        {"path": "/", "fault": "none"},
        {"path": "^(", "fault": "hang"},
        {"path": "/", "fault": "hang", "x": 1},
    ]
    for wrong in refused:
        status, _, body = send(demo, "/demo/faults", "POST", wrong)
        assert status == 400
        assert json.loads(body)["known"] == sorted(NAMED)
    assert send(demo, "/demo/faults")[0] == 405


def test_requests_that_are_not_http_are_refused_quietly(demo: DemoServer, capfd: pytest.CaptureFixture[str]) -> None:
    for sent in (b"\x16\x03\x01\x02\x00\x01\x00\r\n\r\n", b"POST /api/v1/me HTTP/1.1\r\nContent-Length: x\r\n\r\n"):
        with socket.create_connection(address(demo), 5) as connection:
            connection.sendall(sent)
            assert re.search(rb"\b4(00|13)\b", drain(connection))
    assert capfd.readouterr() == ("", "")


def test_a_connection_without_a_file_descriptor_is_ended(demo: DemoServer) -> None:
    lowest = os.open(os.devnull, os.O_RDONLY)
    os.close(lowest)
    limits = resource.getrlimit(resource.RLIMIT_NOFILE)
    # The client gets the last one.
    resource.setrlimit(resource.RLIMIT_NOFILE, (lowest + 1, limits[1]))
    try:
        with socket.create_connection(address(demo), 10) as connection:
            assert connection.fileno() == lowest
            with contextlib.suppress(ConnectionResetError):
                assert connection.recv(1) == b""
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, limits)
    assert send(demo)[0] == 200
