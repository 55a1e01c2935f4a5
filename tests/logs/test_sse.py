"""Server-sent events: the rules of the standard, any chunks, and the limits on memory."""

from __future__ import annotations

import pytest
from httpx_sse._decoders import SSEDecoder, SSELineDecoder
from hypothesis import example, given
from hypothesis import strategies as st
from support.memory import traced

from astro_tui.logs.sse import MOST_DATA, EventParser, ServerEvent


def parsed(stream: bytes, size: int = 1 << 20, most: int = MOST_DATA) -> list[ServerEvent]:
    parser = EventParser(most)
    return [event for start in range(0, len(stream), size) for event in parser.feed(stream[start : start + size])]


def unnamed(*data: bytes) -> list[ServerEvent]:
    return [ServerEvent("", each, b"", cut=False) for each in data]


@pytest.mark.parametrize(
    ("stream", "events"),
    [
        (b"data: a\n\n", unnamed(b"a")),
        (b"data:a\n\n", unnamed(b"a")),
        (b"data:  a\n\n", unnamed(b" a")),
        (b"data\n\n", unnamed(b"")),
        (b"data: a\ndata: b\ndata\n\n", unnamed(b"a\nb\n")),
        (b"data: a\r\n\r\ndata: b\r\rdata: c\n\n", unnamed(b"a", b"b", b"c")),
        (b"\xef\xbb\xbfdata: a\n\n", unnamed(b"a")),
        (b"\xef\xbb\xbf\xef\xbb\xbfdata: a\n\n", []),
        (b": comment\ndata: a\n:\n\n", unnamed(b"a")),
        (b"data: a\n\ndata: not ended", unnamed(b"a")),
        (b"data: a\n", []),
        (b"event: x\n\ndata: a\n\n", unnamed(b"a")),
        (b"retry: 5\nfoo: bar\nDATA: x\n data: y\n\n", []),
        (b"event: heartbeat\ndata: {}\n\n", [ServerEvent("heartbeat", b"{}", b"", cut=False)]),
        (b"event:a\nevent: b\ndata:\n\n", [ServerEvent("b", b"", b"", cut=False)]),
        (b"id: 12\ndata: a\n\ndata: b\n\n", [ServerEvent("", b"a", b"12", cut=False), *unnamed(b"b")]),
        (b"id: 1\0\ndata: a\n\nid\ndata: b\n\n", unnamed(b"a", b"b")),
        (b"event: \xff\ndata: \xff\n\n", [ServerEvent("\ufffd", b"\xff", b"", cut=False)]),
        (b"", []),
    ],
)
def test_the_rules(stream: bytes, events: list[ServerEvent]) -> None:
    assert parsed(stream) == events
    assert parsed(stream, 1) == events


FIELDS = st.sampled_from(
    ["data: a", "data:", "data", "data:  {}", "id: 7", "id:8", "event: x", "event:", "event", ": c", "retry: 1"]
)
ENDS = st.sampled_from(["\n", "\r\n", "\r"])
# The standard ignores events without data, but httpx-sse does not.
FRAMES = st.lists(
    st.tuples(st.lists(FIELDS, max_size=5), st.sampled_from(["data: b", "data:"]), ENDS, ENDS), max_size=6
)


@given(FRAMES, st.integers(1, 40))
@example([([], "data: b", "\r", "\n"), ([], "data:", "\r\n", "\r")], 1)
def test_any_stream_is_read_as_httpx_sse_reads_it(frames: list[tuple[list[str], str, str, str]], size: int) -> None:
    text = "".join(end.join([*fields, data]) + end + last for fields, data, end, last in frames if end + last != "\r\n")
    lines, decoder = SSELineDecoder(), SSEDecoder()
    expected = [decoder.decode(line) for line in [*lines.decode(text), *lines.flush()]]
    found = parsed(text.encode(), size)
    assert [(event.name or "message", event.data.decode()) for event in found] == [
        (event.event, event.data) for event in expected if event is not None
    ]


@given(st.binary(max_size=300), st.integers(1, 50))
def test_any_bytes_in_any_chunks_give_the_same_events(stream: bytes, size: int) -> None:
    assert parsed(stream, size) == parsed(stream)


@given(st.lists(st.integers(0, 60), max_size=8), st.integers(1, 50))
def test_what_is_kept_has_a_limit(lengths: list[int], size: int) -> None:
    stream = b"".join(b"data: " + b"x" * length + b"\n" for length in lengths) + b"\ndata: next\n\n"
    whole = b"\n".join(b"x" * length for length in lengths)
    events = parsed(stream, size, most=32)
    assert events[-1] == ServerEvent("", b"next", b"", cut=False)
    if not lengths:
        return
    assert len(events[0].data) <= 32
    assert whole.startswith(events[0].data)
    assert events[0].cut == (events[0].data != whole)


@pytest.mark.nightly
def test_an_endless_line_takes_little_memory() -> None:
    parser = EventParser()
    chunk = b"x" * 65536
    with traced() as peak:
        assert parser.feed(b'data: {"message":"') == []
        for _ in range(640):
            assert parser.feed(chunk) == []
        events = parser.feed(b'"}\n\nid: 1\ndata: {}\n\n')
    assert peak.bytes < 2_000_000
    assert [(len(event.data) > MOST_DATA // 2, event.cut) for event in events] == [(True, True), (False, False)]


@pytest.mark.parametrize("line", [b"data:\n", b"data: xy\n", b"event: " + b"x" * 1000 + b"\n", b"id: 1\n", b":\n"])
@pytest.mark.nightly
def test_an_endless_event_takes_little_memory(line: bytes) -> None:
    parser = EventParser()
    chunk = line * (16384 // len(line))
    with traced() as peak:
        for _ in range(16):
            assert parser.feed(chunk) == []
        events = parser.feed(b"\ndata: next\n\n")
        # One chunk is split into lines at a time.
    assert peak.bytes < 500_000
    assert events[-1].data == b"next"
