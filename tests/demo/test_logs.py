"""The demo platform's logs: lines exist only while pods run, and the stream follows them (platform.md §10)."""

from __future__ import annotations

import http.client
import json
import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Any, Self

import pytest
from support.deadline import DEADLINE
from support.demo_caller import START, Caller, Clock
from support.demo_deployments import CLAIMS

from astro_tui.demo import DemoServer, logs
from astro_tui.text.redaction import redact_text

LABS = "meridian-labs"
LOGS = f"/deployments/{CLAIMS}/logs?workload=claims-desk-agent"


@pytest.fixture
def demo(clock: Clock) -> Iterator[DemoServer]:
    with DemoServer(clock=clock, heartbeat=0.05) as server:
        yield server


def newest(lines: list[dict[str, str]]) -> str:
    return max(line["timestamp"] for line in lines)


def at(seconds: float) -> str:
    return f"{START + timedelta(seconds=seconds):%Y-%m-%dT%H:%M:%S}Z"


def test_new_lines_appear_over_time(caller: Caller, clock: Clock) -> None:
    first = caller.get(LOGS + "&direction=backward")
    clock.advance(60)
    second = caller.get(LOGS + "&direction=backward")
    assert at(-60) < newest(first) < at(0) < newest(second) < at(60)
    assert caller.get(f"{LOGS}&since={at(0)}&tailLines=1000")


def test_stopped_deployments_have_no_new_lines(caller: Caller, clock: Clock) -> None:
    listed = caller.get(f"/deployments?account={LABS}")["deployments"]
    stopped = [
        row for row in listed if row["name"] in ("night-watch", "lead-scorer", "onboarding-buddy", "field-notes")
    ]
    assert len(stopped) == 4
    for row in stopped:
        path = f"/deployments/{row['id']}/logs?workload={row['name']}-agent"
        assert caller.get(path) == [], row["name"]
        clock.advance(60)
        assert caller.get(path) == [], row["name"]
        old = caller.get(f"{path}&since={at(-12 * 3600)}&tailLines=100")
        assert old
        assert newest(old) < at(-3600)


@pytest.mark.parametrize("name", ["harvest-planner", "contract-reader"])
def test_no_lines_since_a_deploy_whose_pods_did_not_start(caller: Caller, clock: Clock, name: str) -> None:
    row = next(e for e in caller.get(f"/deployments?account={LABS}")["deployments"] if e["name"] == name)
    path = f"/deployments/{row['id']}/logs?workload={name}-agent&tailLines=5000&since="
    assert caller.get(path + row["created_at"]) == []
    clock.advance(60)
    started = caller.get(path + row["created_at"])
    assert bool(started) == (name == "harvest-planner")


def test_times_are_in_the_requested_zone(caller: Caller) -> None:
    plain, zoned = caller.get(LOGS), caller.get(LOGS + "&timezone=Asia/Kolkata")
    assert {line["timestamp"][-6:] for line in zoned if line["timestamp"]} == {"+05:30"}
    for before, after in zip(plain, zoned, strict=True):
        assert before["message"] == after["message"]
        if before["timestamp"]:
            assert datetime.fromisoformat(before["timestamp"]) == datetime.fromisoformat(after["timestamp"])
            assert before["timestamp"][19:29] == after["timestamp"][19:29]
    for zone in ("", "UTC", "Nowhere", "../../etc/passwd", "%00", "Europe", "%ff"):
        assert caller.get(f"{LOGS}&timezone={zone}") == plain, zone


def test_backward_is_forward_from_the_other_end(caller: Caller) -> None:
    for workload in ("claims-desk-agent", "claims-desk-knowledge-cases"):
        path = f"/deployments/{CLAIMS}/logs?workload={workload}&since={at(-600)}&tailLines=5000"
        forward = caller.get(path)
        assert len(forward) > 100
        assert caller.get(path + "&direction=backward") == forward[::-1]


def test_windows_are_exact_to_the_nanosecond(caller: Caller) -> None:
    lines = [line["timestamp"] for line in caller.get(LOGS + "&direction=backward") if line["timestamp"]]
    second = sorted(set(lines))[1]
    begin = logs.read_time(second, 0)
    assert logs.stamp_of(begin, UTC) == second
    for since, least in ((begin, second), (begin + 1, sorted(set(lines))[2])):
        later = [line["timestamp"] for line in caller.get(f"{LOGS}&since={since}&tailLines=5000") if line["timestamp"]]
        assert min(later) == least
        assert caller.get(f"{LOGS}&since={logs.stamp_of(since, UTC)}&tailLines=5000")[0]["timestamp"] == least
    until = caller.get(f"{LOGS}&until={begin - 1}&direction=backward")
    assert until[0]["timestamp"] < second


@pytest.mark.parametrize(
    ("text", "nanoseconds"),
    [
        ("2026-07-04T12:00:00Z", 1783166400_000000000),
        ("2026-07-04T12:00:00.5Z", 1783166400_500000000),
        ("2026-07-04T14:00:00.123456789+02:00", 1783166400_123456789),
        ("2026-07-04T12:00:00.1234567", 1783166400_123456700),
        ("1783166400123456789", 1783166400_123456789),
        *((text, 7) for text in ("", "x", "12", "9" * 30, "2026-13-01T00:00:00Z")),
    ],
)
def test_times(text: str, nanoseconds: int) -> None:
    assert logs.read_time(text, 7) == nanoseconds


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


def test_logs_have_every_kind_of_line(caller: Caller) -> None:
    """Every kind of line that a log view has to handle."""
    messages = list[str]()
    for row in caller.get(f"/deployments?account={LABS}")["deployments"]:
        path = f"/deployments/{row['id']}/logs?workload={row['name']}-agent&tailLines=2000&direction=backward"
        messages += [line["message"] for line in caller.get(path)]
    parsed = [json.loads(text) for text in messages if text.startswith("{")]
    assert {type(each) for each in parsed} == {dict}
    assert any(each.get("status", 0) >= 400 for each in parsed)
    assert any(isinstance(each.get("usage"), dict) for each in parsed)
    for pattern in (
        r"^level=\w+ msg=\"",
        r"^Traceback \(most recent call last\):$",
        r'^  File "/app',
        r"^    at async",
        r"^goroutine \d+",
        r"\x1b\[32m",
        r"\r",
        "\u202e",
    ):
        assert any(re.search(pattern, text) for text in messages), pattern
    secrets = ("hunter2-demo", "sk-demo-3fJ9", "eyJhbGciOiJIUzI1NiJ9")
    for secret in secrets:
        bare = {text for text in messages if secret in text}
        assert bare
        assert not any(secret in redact_text(text) for text in bare)


class Stream:
    """One open log stream."""

    def __init__(self, demo: DemoServer, path: str) -> None:
        self.connection = http.client.HTTPConnection("127.0.0.1", int(demo.url.rpartition(":")[2]), timeout=DEADLINE)
        self.connection.request("GET", "/api/v1" + path, headers={"Authorization": f"Bearer {demo.token}"})
        self.response = self.connection.getresponse()

    def frame(self) -> list[str]:
        """Return the lines of the next frame, empty if the stream has ended."""
        lines: list[str] = []
        while (line := self.response.readline().decode()) not in ("\n", ""):
            lines.append(line.removesuffix("\n"))
        return lines

    def line(self) -> tuple[int, Any]:
        """Return the ID and entry of the next log line, skipping named frames."""
        while (frame := self.frame())[0].startswith("event: "):
            pass
        identifier, data = frame
        assert identifier.startswith("id: ")
        assert data.startswith("data: ")
        return int(identifier[4:]), json.loads(data[6:])

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.response.close()
        self.connection.close()


STREAM = f"/deployments/{CLAIMS}/logs/stream?workload=claims-desk-agent"


def test_stream_begins_with_named_frames(demo: DemoServer) -> None:
    with Stream(demo, STREAM) as stream:
        assert stream.response.status == 200
        assert stream.response.headers["Content-Type"] == "text/event-stream"
        assert stream.response.headers["Cache-Control"] == "no-cache"
        assert stream.response.headers["X-Accel-Buffering"] == "no"
        assert stream.frame() == ["event: ready", "data: {}"]
        assert stream.frame() == ["event: status", 'data: {"status":"connecting"}']
        assert stream.frame() == ["event: status", 'data: {"status":"streaming"}']


def test_stream_has_exactly_the_lines_of_the_log(demo: DemoServer, caller: Caller, clock: Clock) -> None:
    with Stream(demo, STREAM + f"&since={at(-600)}") as stream:
        for _ in range(3):
            stream.frame()
        clock.advance(600)
        logged = caller.get(f"{LOGS}&since={at(0)}&tailLines=1000")
        streamed = [stream.line() for _ in logged]
    assert [entry for _, entry in streamed] == logged
    stamps = [identifier for identifier, _ in streamed]
    assert stamps == sorted(stamps)
    assert stamps[0] > START.timestamp() * 1e9
    after = caller.get(f"{LOGS}&since={stamps[0]}&tailLines=1000")
    assert after == logged


def test_stream_of_a_stopped_deployment_sends_only_heartbeats(demo: DemoServer, caller: Caller, clock: Clock) -> None:
    caller.send(f"/deployments/{CLAIMS}/stop", "POST")
    with Stream(demo, STREAM) as stream:
        clock.advance(600)
        frames = [stream.frame() for _ in range(8)]
    assert frames[3:] == [["event: heartbeat", "data: {}"]] * 5
