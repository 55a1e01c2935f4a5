"""The demo's source of many lines: the stream and the list have the same ones, and their numbers prove it."""

from __future__ import annotations

import contextlib
import http.client
import json
from collections import Counter
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.deadline import DEADLINE
from support.demo_caller import START, Caller, Clock
from support.tally import Tally

from astro_tui.demo import DemoServer, volume
from astro_tui.demo.logs import SECOND, nanoseconds_of, read_time
from astro_tui.demo.volume import GROUP, Volume

BEGIN = nanoseconds_of(START)
PATH = f"/deployments/{volume.ID}/logs"
LOGS = f"{PATH}?workload={volume.WORKLOAD}"


@pytest.fixture
def source() -> Volume:
    return Volume(2000)


@pytest.fixture
def demo(clock: Clock, source: Volume) -> Iterator[DemoServer]:
    with DemoServer(clock=clock, heartbeat=0.05, volume=source) as server:
        yield server


@contextlib.contextmanager
def opened(demo: DemoServer) -> Iterator[http.client.HTTPResponse]:
    """Open a stream, and read the beginning of its first frame: what is logged from then on is on it."""
    connection = http.client.HTTPConnection("127.0.0.1", int(demo.url.rpartition(":")[2]), timeout=DEADLINE)
    try:
        path = f"/api/v1{PATH}/stream?workload={volume.WORKLOAD}"
        connection.request("GET", path, headers={"Authorization": f"Bearer {demo.token}"})
        with connection.getresponse() as response:
            assert response.readline() == b"event: ready\n"
            yield response
    finally:
        connection.close()


def streamed(demo: DemoServer, clock: Clock, steps: int) -> Iterator[tuple[int, Any]]:
    """Yield ID and entry of each line while some tenths of a second pass, or until the stream is reset."""
    with opened(demo) as response, contextlib.suppress(ConnectionResetError, http.client.IncompleteRead):
        number = 0
        for _ in range(steps):
            clock.advance(0.1)
            # The rate is 2000 lines per second.
            left = 200
            while left:
                line = response.readline()
                if not line:
                    return
                if line.startswith(b"id: "):
                    number = int(line[4:])
                elif line.startswith(b'data: {"timestamp"'):
                    left -= 1
                    yield number, json.loads(line[6:])


def listed(caller: Caller, begin: int, end: int) -> list[Any]:
    """Return the lines of a time window, second by second: the platform sends at most 5000 at once."""
    starts = range(begin, end + 1, SECOND)
    windows = [f"since={start}&until={min(end, start + SECOND - 1)}" for start in starts]
    return [line for window in windows for line in caller.get(f"{LOGS}&{window}&tailLines=5000")]


def test_the_list_has_exactly_the_lines_of_the_stream(demo: DemoServer, caller: Caller, clock: Clock) -> None:
    stream = list(streamed(demo, clock, 3))
    begin, end = stream[0][0], stream[-1][0]
    assert len(stream) == 600
    lines = [entry for _, entry in stream]
    assert caller.get(f"{LOGS}&since={begin}&until={end}&tailLines=5000") == lines
    # In pages from both ends, which cut groups of one time.
    assert caller.get(f"{LOGS}&since={begin}&tailLines=13") == lines[:13]
    assert caller.get(f"{LOGS}&until={end}&tailLines=13&direction=backward") == lines[-13:][::-1]
    middle = stream[300][0]
    assert caller.get(f"{LOGS}&since={begin}&until={middle}&tailLines=999") == [e for at, e in stream if at <= middle]
    assert caller.get(f"{LOGS}&since={middle + 1}&tailLines=999") == [e for at, e in stream if at > middle]


def test_lines_share_times_and_texts(demo: DemoServer, clock: Clock) -> None:
    lines = Counter((at, entry["message"]) for at, entry in streamed(demo, clock, 2))
    assert sorted(Counter(lines.values()).items()) == [(1, 150), (2, 50), (3, 50)]
    assert len({at for at, _ in lines}) == 50
    assert len({text for _, text in lines}) == 201


@pytest.mark.parametrize("source", [Volume(2000, lag=5)], ids=["lag"])
def test_the_list_lags(caller: Caller, clock: Clock) -> None:
    clock.advance(10)
    early = listed(caller, BEGIN, BEGIN + 8 * SECOND)
    assert [line for line in early if line["timestamp"] <= f"{START:%Y-%m-%dT%H:%M:}05"] == early[:10000]
    # Of some times, it has some of the lines.
    counted = Counter(line["timestamp"] for line in early)
    assert set(counted.values()) == {2, 3, 4, 5, 6, GROUP}
    clock.advance(3)
    late = listed(caller, BEGIN, BEGIN + 8 * SECOND)
    assert len(late) == 8 * 2000 + GROUP
    assert Counter(map(json.dumps, early)) <= Counter(map(json.dumps, late))
    assert caller.get(f"{LOGS}&until={BEGIN + 8 * SECOND}&direction=backward&tailLines=5000") == late[:-5001:-1]


@pytest.mark.parametrize("source", [Volume(2000, reset_every=1)], ids=["resets"])
def test_resets_lose_lines_that_the_list_has(demo: DemoServer, caller: Caller, clock: Clock) -> None:
    lines = list(streamed(demo, clock, 30))
    assert len(lines) < 10 * 200
    tally = Tally()
    for _, entry in lines:
        tally.add(entry["message"], entry["timestamp"])
    # Nothing is missing in between, and the last line was cut off.
    assert tally.result() == (0, 0)
    known = listed(caller, lines[0][0], nanoseconds_of(clock.now))
    assert known[: len(lines)] == [entry for _, entry in lines]
    assert len(known) > len(lines)


@pytest.mark.parametrize("source", [Volume(2000, lag=2, reset_every=1)], ids=["resets and lag"])
def test_the_stream_and_a_late_list_have_every_line(demo: DemoServer, caller: Caller, clock: Clock) -> None:
    seen, connections = Counter[tuple[str, str]](), 4
    for _ in range(connections):
        seen += Counter((entry["timestamp"], entry["message"]) for _, entry in streamed(demo, clock, 30))
        clock.advance(0.3)
    assert counted(seen)[0] > connections * 0.2 * 2000
    begin, end = read_time(min(seen)[0], 0), nanoseconds_of(clock.now)

    def joined() -> Counter[tuple[str, str]]:
        # Each line as often as one of both has it.
        return seen | Counter((line["timestamp"], line["message"]) for line in listed(caller, begin, end))

    early = joined()
    assert counted(early)[0] > 0
    clock.advance(2)
    assert counted(joined()) == (0, 0)
    # A set of lines, or the first response of the list alone, would have lost some.
    assert counted(Counter(set(joined())))[0] > 0


def counted(lines: Counter[tuple[str, str]]) -> tuple[int, int]:
    tally = Tally()
    for timestamp, message in lines.elements():
        tally.add(message, timestamp)
    return tally.result()


def test_resets_by_chance() -> None:
    never, often = Volume(reset_every=1, reset_chance=0), Volume(reset_every=1, reset_chance=0.5)
    steps = [(BEGIN + n * SECOND - 1, BEGIN + n * SECOND) for n in range(1, 1000)]
    assert not any(never.resets(*step, BEGIN) for step in steps)
    assert 400 < sum(often.resets(*step, BEGIN) for step in steps) < 600
    assert [Volume(reset_every=1, reset_count=3).resets(*step, BEGIN) for step in steps[:5]] == [True] * 3 + [False] * 2
    assert not any(often.resets(step[1], step[1] + SECOND - 1, BEGIN) for step in steps)


@pytest.mark.parametrize("source", [Volume(2000, total=80)], ids=["total"])
def test_the_lines_end_at_the_limit(demo: DemoServer, caller: Caller, clock: Clock) -> None:
    clock.advance(100)
    tally = Tally()
    for line in caller.get(f"{LOGS}&tailLines=999"):
        tally.add(line["message"], line["timestamp"])
    assert (tally.lines, tally.last, tally.others) == (80, 39, 0)
    with opened(demo) as response:
        sent = b"".join(response.readline() for _ in range(20))
    assert b"heartbeat" in sent
    assert b"id: " not in sent


def test_other_sources_are_unaffected(demo: DemoServer, caller: Caller, clock: Clock) -> None:
    clock.advance(10)
    assert len(caller.get(LOGS)) == 200
    assert caller.get(f"{LOGS}&level=error") == []
    assert all("number=" not in line["message"] for line in caller.get(f"{LOGS}&container=messaging"))
    assert caller.get("/deployments/q7k-0ab-x4d/logs?workload=claims-desk-agent")
    names = [row["name"] for row in caller.get("/deployments?account=meridian-labs")["deployments"]]
    assert volume.NAME in names


@given(st.integers(3, 9), st.data())
def test_a_tally_finds_each_lost_or_repeated_line(groups: int, data: st.DataObject) -> None:
    source = Volume()
    page = source.page((0, groups * source.interval - 1), 10**9, start=0, now=10**18, backward=False)
    lines = json.loads(page)
    assert len(lines) == groups * GROUP
    inner = st.integers(GROUP, len(lines) - GROUP - 1)
    lost = data.draw(st.sets(inner, max_size=5))
    # A line that is there twice would replace a lost one with the same time and text.
    gone = [lines[number] for number in lost]
    twice = {number for number in data.draw(st.sets(inner, max_size=5)) if lines[number] not in gone}
    tally = Tally()
    for number, line in enumerate(lines):
        for _ in range((number not in lost) + (number in twice)):
            tally.add(line["message"], line["timestamp"])
    assert tally.result() == (len(lost), len(twice))
    assert tally.others == 0
    tally.add(lines[9]["message"], lines[-1]["timestamp"])
    assert tally.others == 1


@pytest.mark.parametrize("wrong", [{"rate": 0}, {"total": 7}, {"lag": -1}, {"reset_every": -1}, {"reset_count": -1}])
def test_settings_are_checked(wrong: dict[str, int]) -> None:
    with pytest.raises(ValueError, match="rate is at least 1"):
        Volume(**wrong)
