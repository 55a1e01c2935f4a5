"""The demo platform's logs: lines exist only while pods run, and the stream follows them (platform.md §10)."""

from __future__ import annotations

import contextlib
import http.client
import json
from collections.abc import Iterator
from datetime import timedelta
from itertools import pairwise
from typing import Any

import pytest
from support.deadline import DEADLINE
from support.demo_caller import START, Caller, Clock
from support.demo_deployments import CLAIMS

from astro_tui.demo import DemoServer

LOGS = f"/deployments/{CLAIMS}/logs?workload=claims-desk-agent"


@pytest.fixture
def demo(clock: Clock) -> Iterator[DemoServer]:
    with DemoServer(clock=clock, heartbeat=0.05) as server:
        yield server


def at(seconds: float) -> str:
    return f"{START + timedelta(seconds=seconds):%Y-%m-%dT%H:%M:%S}Z"


def test_backward_is_forward_from_the_other_end(caller: Caller) -> None:
    for workload in ("claims-desk-agent", "claims-desk-knowledge-cases"):
        path = f"/deployments/{CLAIMS}/logs?workload={workload}&since={at(-600)}&tailLines=5000"
        forward = caller.get(path)
        assert len(forward) > 100
        assert caller.get(path + "&direction=backward") == forward[::-1]


def test_what_was_logged_stays_after_restarts_and_pauses(demo: DemoServer, caller: Caller, clock: Clock) -> None:
    seat = next(e for e in caller.get("/deployments?account=ferncliff-rail")["deployments"] if "seat" in e["name"])
    for identifier, workload in ((CLAIMS, "claims-desk-agent"), (seat["id"], "seat-finder-agent")):
        path, begin, seen = f"/deployments/{identifier}", f"{clock.now:%Y-%m-%dT%H:%M:%SZ}", []
        for change in ("restart", "restart", "stop", "wakeup", "restart", ""):
            seen.append(caller.get(f"{path}/logs?workload={workload}&since={begin}&tailLines=5000"))
            if change:
                caller.send(f"{path}/{change}", "POST")
            clock.advance(303.7)
        assert len(seen[-1]) > len(seen[0])
        for before, after in pairwise(seen):
            assert after[: len(before)] == before
    texts = [line["message"] for line in seen[-1]]
    assert texts.count("KeyError: 'COACH_LAYOUT_URL'") >= 4


def streamed(demo: DemoServer, clock: Clock, count: int) -> list[tuple[int, Any]]:
    """Return the ID and entry of the first lines that are logged after a stream has opened."""
    connection = http.client.HTTPConnection("127.0.0.1", int(demo.url.rpartition(":")[2]), timeout=DEADLINE)
    path = f"/api/v1/deployments/{CLAIMS}/logs/stream?workload=claims-desk-agent&since={at(-600)}"
    connection.request("GET", path, headers={"Authorization": f"Bearer {demo.token}"})
    with contextlib.closing(connection), connection.getresponse() as response:
        while response.readline() != b'data: {"status":"streaming"}\n':
            pass
        clock.advance(600)
        lines = (line for line in response if line.startswith((b"id: ", b'data: {"timestamp')))
        return [(int(next(lines)[4:]), json.loads(next(lines)[6:])) for _ in range(count)]


def test_stream_has_exactly_the_lines_of_the_log(demo: DemoServer, caller: Caller, clock: Clock) -> None:
    sent = streamed(demo, clock, 30)
    assert [entry for _, entry in sent] == caller.get(f"{LOGS}&since={at(0)}&tailLines=30")
    stamps = [identifier for identifier, _ in sent]
    assert stamps == sorted(stamps)
    assert stamps[0] > START.timestamp() * 1e9
