"""Pages of the history."""

from __future__ import annotations

import json
import random
from collections.abc import Iterable, Iterator
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support.following import SOURCE, TOKEN
from support.log_server import LogServer, Written

from astro_tui.errors import ErrorKind, PlatformError
from astro_tui.logs import pages
from astro_tui.logs.joining import LogPage
from astro_tui.logs.pages import LogHistory
from astro_tui.platform.client import Call, Platform

SECOND = 10**9
START = 1_751_438_472 * SECOND


MANY = 50
"""More requests than any of these reads needs."""


@pytest.fixture(scope="module")
def served() -> Iterator[tuple[LogServer, Platform]]:
    with LogServer() as server:
        platform = Platform(server.url, TOKEN)
        yield server, platform
        platform.close()


@pytest.fixture
def shared(served: tuple[LogServer, Platform]) -> tuple[LogServer, Platform]:
    """The server as it is at the beginning."""
    server, _platform = served
    server._lines.clear()
    server.pages.clear()
    server.most, server.rounds, server.plain = 5000, 1, False
    server.history_answer = lambda _query: None
    return served


def read(shared: tuple[LogServer, Platform], *, until_ns: int = 0) -> Iterator[LogPage]:
    """Yield the pages since the start. Fails instead of sending requests forever."""
    server, platform = shared
    for page in LogHistory(platform, SOURCE).forward(START, Call(), until_ns=until_ns):
        assert len(server.pages) < MANY, server.pages[-3:]
        yield page


def messages(pages: Iterable[LogPage]) -> list[str]:
    return [line.message for page in pages for line in page.lines]


@settings(max_examples=30)
@given(
    st.lists(st.sampled_from([0, 0, 0, 1, 5000, SECOND]), max_size=60),
    st.integers(1, 12),
    st.sampled_from([1, 1000]),
    st.integers(0, 2**32),
)
def test_pages_in_both_directions_have_every_line_once(
    served: tuple[LogServer, Platform], steps: list[int], size: int, rounds: int, seed: int
) -> None:
    server, platform = served
    server.rounds = rounds
    chance = random.Random(seed)
    server._lines.clear()
    ns, lines = START, []
    for step in steps:
        # A line without a time has one of its own.
        alone = chance.random() < 0.1
        ns += max(step, 3000) if alone else step
        lines.append(Written(ns, chance.choice("ab"), timed=not alone))
        ns += 3000 * alone
    server.write(lines)
    expected = [line.message for line in lines]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(pages, "PAGE_LINES", size)
        patch.setattr(pages, "MOST_PAGE_LINES", 1000)
        history = LogHistory(platform, SOURCE)
        forward = list(history.forward(START, Call()))
        assert [line.message for page in forward for line in page.lines] == expected
        backward: list[str] = []
        before, more = ns + 2000, True
        while more:
            page = history.before(before, START - 1, size, Call())
            more = page.more
            backward = [line.message for line in page.lines] + backward
            before = page.begin_ns
        assert backward == expected


@pytest.mark.parametrize("rounds", [1, 1000, SECOND // 1000, SECOND])
def test_more_lines_at_one_time_than_a_server_gives_end_nothing(
    shared: tuple[LogServer, Platform], rounds: int
) -> None:
    server, _platform = shared
    server.most, server.rounds = 100, rounds
    server.write([Written(START, "same")] * 150 + [Written(START + SECOND, "next")])
    found = list(read(shared))
    assert messages(found) == ["same"] * 100 + ["next"]
    assert [page.partial for page in found] == [True] * (len(found) - 1) + [False]
    assert all(page.end_ns == after.begin_ns for page, after in pairwise(found))
    assert len(server.pages) <= 5


def test_no_request_is_for_more_lines_than_the_platform_sends(shared: tuple[LogServer, Platform]) -> None:
    server, platform = shared
    server.write([Written(START, "same")] * 12_000 + [Written(START + SECOND, "next")])
    list(read(shared))
    LogHistory(platform, SOURCE).newest(20_000, Call())
    LogHistory(platform, SOURCE).before(START + 2 * SECOND, START, 20_000, Call())
    asked = [int(query["tailLines"]) for query in server.pages]
    assert max(asked) == 5000


# ---- a platform that does not do what was requested


@pytest.mark.parametrize("until_ns", [0, START + SECOND // 2, START + 3600 * SECOND])
@pytest.mark.parametrize("size", [5000, 100])
@pytest.mark.parametrize("before", [3600 * SECOND, 1])
def test_lines_from_before_the_window_are_an_error(
    shared: tuple[LogServer, Platform], before: int, size: int, until_ns: int
) -> None:
    """They came again and again, for a window that became a nanosecond shorter each time."""
    server, _platform = shared
    body = json.dumps([Written(START - before, "old").entry()] * size).encode()
    server.history_answer = lambda _query: (200, body)
    with pytest.raises(PlatformError, match="ignores the time window") as caught:
        list(read(shared, until_ns=until_ns))
    assert (caught.value.kind, caught.value.request) == (ErrorKind.ODD_SHAPE, "GET /deployments/abc-def-ghi/logs")


def test_a_server_may_begin_each_page_with_the_oldest_lines(shared: tuple[LogServer, Platform]) -> None:
    server, _platform = shared
    server.most, server.rounds = 100, 10 * START
    server.write(Written(START - 50 * SECOND + at * SECOND, str(at)) for at in range(200))
    found: list[str] = []
    with pytest.raises(PlatformError, match="ignores the time window"):
        found.extend(line.message for page in read(shared) for line in page.lines)
    assert found[:50] == [str(at) for at in range(50, 100)]


def test_lines_that_always_have_the_requested_time_are_an_error(shared: tuple[LogServer, Platform]) -> None:
    server, _platform = shared
    server.history_answer = lambda query: (
        200, json.dumps([{"timestamp": query["since"], "message": "now"}] * int(query["tailLines"])).encode(),
    )  # fmt: skip
    with pytest.raises(PlatformError, match="ignores the time window"):
        list(read(shared))


def test_lines_from_after_the_window_are_left_out(shared: tuple[LogServer, Platform]) -> None:
    server, _platform = shared
    lines = [Written(START + at * SECOND, str(at)) for at in range(200)]
    server.history_answer = lambda query: (
        200, json.dumps([line.entry() for line in lines if query["since"] <= line.entry()["timestamp"]][:100]).encode(),
    )  # fmt: skip
    assert messages(read(shared, until_ns=START + 50 * SECOND)) == [str(at) for at in range(50)]
    assert len(server.pages) == 1


@pytest.mark.parametrize("size", [100, 101, 5000])
def test_lines_without_times_come_once(shared: tuple[LogServer, Platform], size: int) -> None:
    """A page of them may look full, and where the next one begins is not known."""
    server, _platform = shared
    server.plain = True
    server.write(Written(START + at * SECOND, str(at), timed=False) for at in range(size))
    assert messages(read(shared)) == [str(at) for at in range(size)]
