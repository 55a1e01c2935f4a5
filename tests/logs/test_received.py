"""Events of a stream as lines."""

from __future__ import annotations

import json

import pytest

from astro_tui.logs import MOST_MESSAGE, LogLine
from astro_tui.logs.line import Untimed
from astro_tui.logs.sse import MOST_DATA, EventParser, ServerEvent, received

SECOND = 1_751_438_472 * 10**9


def event(data: object, ident: bytes = b"", name: str = "") -> ServerEvent:
    return ServerEvent(name, data if isinstance(data, bytes) else json.dumps(data).encode(), ident, cut=False)


def test_a_line_has_the_time_that_the_history_has_too() -> None:
    entry = {"timestamp": "2025-07-02T06:41:12.000000007Z", "level": "warn", "message": "m"}
    found = received([event(entry, b"%d" % (SECOND + 9))])
    assert found.lines == [LogLine(SECOND + 7, "warn", "m")]
    assert not isinstance(found.lines[0], Untimed)


@pytest.mark.parametrize(("ident", "ns"), [(b"%d" % SECOND, SECOND), (b"", 0), (b"x", 0), (b"\xb2", 0)])
def test_without_a_time_it_has_that_of_the_id(ident: bytes, ns: int) -> None:
    found = received([event({"timestamp": "", "level": "", "message": "m"}, ident)])
    assert found.lines == [LogLine(ns, "", "m")]
    assert isinstance(found.lines[0], Untimed)


def test_named_events_are_not_lines() -> None:
    named = event({"message": "m"}, name="heartbeat")
    assert received([named]) == ([], [named])


@pytest.mark.parametrize("data", [b"", b"text", b"[]", b"{}", b"null", b"7", b'{"status":"x"}', b"[" * 100_000])
def test_other_data_is_not_a_line(data: bytes) -> None:
    assert received([event(data)]).lines == []


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b'{"message":null,"timestamp":"x"}', ""),
        (b'{"message":5}', "5"),
        (b'{"message":"\xff\\ud800"}', "\ufffd?"),
        (b'{"message":"a","pod":"b","level":7}', "a"),
        (b'{"message":"","timestamp":""}', ""),
    ],
)
def test_odd_lines(data: bytes, message: str) -> None:
    assert [line.message for line in received([event(data)]).lines] == [message]


@pytest.mark.parametrize("char", ["x", "é", "\U0001f600", '"', "\\"])
def test_an_endless_line_is_cut_as_in_the_history(char: str) -> None:
    text = json.dumps({"timestamp": "", "level": "", "message": char * 400_000}).encode()
    parser = EventParser()
    events = [
        each for at in range(0, len(text), 65536) for each in parser.feed(b"data: " * (not at) + text[at : at + 65536])
    ]
    events += parser.feed(b"\n\n")
    assert [each.cut for each in events] == [True]
    assert len(events[0].data) == MOST_DATA
    (line,) = received(events).lines
    # A character outside of the basic plane is escaped as two.
    whole = received([event({"message": char * 400_000})]).lines[0]
    if char != "\U0001f600":
        assert line.message == whole.message
    assert line.message.startswith(char * (MOST_MESSAGE // 2))
