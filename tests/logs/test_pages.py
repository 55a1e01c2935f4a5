"""Pages of the history."""

from __future__ import annotations

import random
from collections.abc import Iterator

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support.following import SOURCE, TOKEN
from support.log_server import LogServer, Written

from astro_tui.logs import pages
from astro_tui.logs.pages import History
from astro_tui.platform.client import Call, Platform

SECOND = 10**9
START = 1_751_438_472 * SECOND


@pytest.fixture(scope="module")
def shared() -> Iterator[tuple[LogServer, Platform]]:
    with LogServer() as server:
        platform = Platform(server.url, TOKEN)
        yield server, platform
        platform.close()


@settings(max_examples=30)
@given(st.lists(st.sampled_from([0, 0, 0, 1, 5000, SECOND]), max_size=60), st.integers(1, 12), st.integers(0, 2**32))
def test_pages_in_both_directions_have_every_line_once(
    shared: tuple[LogServer, Platform], steps: list[int], size: int, seed: int
) -> None:
    server, platform = shared
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
        history = History(platform, SOURCE)
        forward = list(history.forward(START, Call()))
        assert [line.message for page in forward for line in page.lines] == expected
        backward: list[str] = []
        before, more = ns + 2000, True
        while more:
            page, more = history.before(before, START - 1, size, Call())
            backward = [line.message for line in page.lines] + backward
            before = page.begin_ns
        assert backward == expected


@pytest.mark.parametrize("limit", [100, 200, 1000])
def test_a_server_may_have_a_smaller_limit(shared: tuple[LogServer, Platform], limit: int) -> None:
    server, platform = shared
    server._lines.clear()
    server.most = limit
    server.write(Written(START + at // 3 * 1000, str(at)) for at in range(2345))
    found = [line.message for page in History(platform, SOURCE).forward(START, Call()) for line in page.lines]
    server.most = 5000
    assert found == [str(at) for at in range(2345)]


def test_more_lines_at_one_time_than_a_server_gives_end_nothing(shared: tuple[LogServer, Platform]) -> None:
    server, platform = shared
    server._lines.clear()
    server.most = 100
    server.write([Written(START, "same")] * 150 + [Written(START + 1000, "next")])
    found = list(History(platform, SOURCE).forward(START, Call()))
    server.most = 5000
    assert [line.message for page in found for line in page.lines] == ["same"] * 100 + ["next"]
    assert [page.partial for page in found] == [True, False]
