"""The demo platform as a server: it runs on its own, fails as requested, and reads stories from files."""

from __future__ import annotations

import contextlib
import json
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest
from support.deadline import DEADLINE
from support.demo_caller import Caller, Clock, calling

from astro_tui.demo import DemoServer, Fault
from astro_tui.demo.contents import agent
from astro_tui.demo.faults import NAMED
from astro_tui.demo.identity import START

STORY = {
    "name": "lighthouse-keeper",
    "revisions": 3,
    "steady": True,
    "history": [{"revision": 3, "message": "Remove the lamp", "age": "40m"}],
    "schedule": [{"state": "active"}, {"at": 30, "state": "failed", "error_message": "{name}-agent crashes"}],
}


def test_a_story_from_outside(tmp_path: Path, clock: Clock) -> None:
    (tmp_path / "lighthouse-keeper.json").write_text(json.dumps(STORY))
    with DemoServer(clock=clock, stories=[tmp_path]) as demo, calling(demo) as caller:
        rows = caller.get("/deployments?account=meridian-labs")["deployments"]
        row = next(each for each in rows if each["name"] == "lighthouse-keeper")
        clock.advance(60)
        assert caller.get(f"/deployments/{row['id']}/status")["error_message"] == "lighthouse-keeper-agent crashes"
        history = caller.get(f"/agents/meridian-labs/lighthouse-keeper/deployment/history?deployment_id={row['id']}")
        assert history["deployments"][0]["commit_message"] == "Remove the lamp"


@pytest.mark.parametrize("wrong", [{"nmae": "x"}, {"schedule": [{"state": "active", "pods": "lost"}]}], ids=str)
def test_a_malformed_story_is_refused(wrong: dict[str, object]) -> None:
    with pytest.raises((TypeError, KeyError)):
        agent({**STORY, **wrong})


def post(url: str, method: str, body: object = None) -> tuple[int, Any]:
    request = urllib.request.Request(url, None if body is None else json.dumps(body).encode(), method=method)
    try:
        with urllib.request.urlopen(request, timeout=DEADLINE) as response:
            return response.status, json.loads(response.read())
    except urllib.error.HTTPError as error:
        return error.code, json.loads(error.read())


def test_faults_by_http(demo: DemoServer, caller: Caller) -> None:
    url, harborline = f"{demo.url}/demo/faults", "/deployments?account=harborline"
    wanted = {"path": "/deployments", "fault": "status", "status": 503, "body": "busy", "count": 1}
    assert post(url, "POST", wanted) == (200, {"faults": 1})
    assert [caller.raw(harborline)[0] for _ in range(2)] == [503, 200]
    assert post(url, "POST", {"path": "^/me$", "fault": "html", "delay": 0.01})[0] == 200
    assert [caller.raw(path)[0] for path in ("/me", harborline)] == [502, 200]
    assert post(url, "DELETE")[0] == 200
    assert caller.raw("/me")[0] == 200
    for wrong in ({}, {"path": "^(", "fault": "hang"}, {"path": "/", "fault": "hang", "x": 1}):
        assert post(url, "POST", wrong)[1]["known"] == sorted(NAMED)


@pytest.mark.timed
def test_stop_is_prompt_while_connections_hang() -> None:
    demo = DemoServer(frozen=True).start()
    demo.faults.set("/deployments", Fault.hang())
    port = int(demo.url.rpartition(":")[2])
    with socket.create_connection(("127.0.0.1", port), DEADLINE) as connection:
        connection.sendall(b"GET /api/v1/deployments HTTP/1.1\r\nHost: demo\r\n\r\n")
        while not demo.requests:
            pass
        begin = time.perf_counter()
        demo.stop()
        assert time.perf_counter() - begin < 0.5
        with contextlib.suppress(ConnectionResetError):
            assert connection.recv(1) == b""


def test_the_module_prints_how_to_use_it_and_ends_on_a_signal() -> None:
    command = [sys.executable, "-m", "astro_tui.demo", "--identity", "--frozen", "--agents", "3"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            assert process.stderr is not None
            url, _token = process.stdout.readline().split()
            settings, command_line = process.stdout.readline().split(" astro-tui ")
            given = dict(part.split("=", 1) for part in settings.split())
            assert (given["ASTRO_SERVER_URL"], command_line) == (url, "auth login\n")
            fields = urlencode({"client_id": given["ASTRO_CLIENT_ID"]}).encode()
            with urllib.request.urlopen(given["ASTRO_IDENTITY_URL"] + START, fields, DEADLINE) as response:
                assert json.loads(response.read())["user_code"]
            process.terminate()
            assert process.wait(DEADLINE) == 0
            assert process.stderr.read() == ""
        finally:
            # Otherwise, a failure would wait for the program, which waits for a signal.
            process.kill()
