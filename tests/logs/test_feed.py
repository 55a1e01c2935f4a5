"""Several sources in one store, what is missing in it, and how that is loaded."""

from __future__ import annotations

import threading
from collections.abc import Callable
from contextlib import suppress
from typing import Any

import pytest
from support.deadline import DEADLINE

from astro_tui.errors import ErrorKind, PlatformError
from astro_tui.logs.feed import EARLIER, NO_EARLIER, NO_LONGER, NOT_LOADED, Feed
from astro_tui.logs.following import FollowPhase, FollowState, Gap
from astro_tui.logs.joining import LogPage
from astro_tui.logs.line import LogLine, LogSource
from astro_tui.logs.rows import LogRow
from astro_tui.platform.client import Call, Platform

AGENT, JOB = LogSource("d", "agent"), LogSource("d", "job")
SECOND = 10**9


class Log:
    """A follower whose lines a test delivers. `history` is what the platform has."""

    made: dict[LogSource, Log]

    def __init__(self, _platform: Any, source: LogSource, sink: Feed, *, tail: int) -> None:
        self.source, self.sink, self.tail = source, sink, tail
        self.history: list[LogLine] = []
        self.admitted: list[LogLine] = []
        self.running = False

    def start(self) -> None:
        self.running = True

    def stop(self) -> None:
        self.running = False

    def retry(self) -> None:
        self.sink.report(self.source, FollowState(FollowPhase.CONNECTING))

    def admit(self, missing: Callable[[], list[LogLine]]) -> list[LogLine]:
        self.admitted += (found := missing())
        return found

    def older(self, before_ns: int, lines: int, *, call: Call | None = None) -> LogPage:
        del call
        found = [line for line in self.history if line.ns < before_ns]
        page = tuple(found[-lines:])
        return LogPage(page, page[0].ns if page else 0, more=len(found) > lines)


def feed_of(*sources: LogSource) -> tuple[Feed, dict[LogSource, Log], list[None]]:
    made: dict[LogSource, Log] = {}
    changes: list[None] = []

    def make(platform: Any, source: LogSource, sink: Feed, *, tail: int) -> Any:
        made[source] = Log(platform, source, sink, tail=tail)
        return made[source]

    feed = Feed(Platform("http://localhost:1"), lambda: changes.append(None), make=make)
    feed.follow(sources)
    for source in sources:
        feed.report(source, FollowState(FollowPhase.LIVE, loaded=True))
    return feed, made, changes


def lines(first: int, last: int) -> list[LogLine]:
    return [LogLine(number * SECOND, "info", f"line {number}") for number in range(first, last + 1)]


def texts(feed: Feed) -> list[str]:
    found = []
    for number in range(feed.store.count):
        row = feed.store.row(number)
        assert row is not None
        found.append(f"<{row.remark.text}>" if row.remark is not None else row.message)
    return found


def remark(feed: Feed) -> LogRow:
    row = feed.store.first_remark()
    assert row is not None
    return row


def test_sources_are_followed_until_others_are_chosen() -> None:
    feed, made, _ = feed_of(AGENT, JOB)
    assert made[AGENT].running
    assert set(feed.states) == {AGENT, JOB}
    feed.follow([JOB])
    assert not made[AGENT].running
    assert made[JOB].running
    feed.report(AGENT, FollowState(FollowPhase.LIVE))
    assert set(feed.states) == {JOB}
    feed.stop()
    assert not made[JOB].running


def test_earlier_lines_can_be_loaded_to_the_beginning() -> None:
    feed, made, changes = feed_of(AGENT)
    made[AGENT].history = lines(1, 10)
    feed.add(AGENT, lines(9, 10))
    assert changes
    assert texts(feed) == [f"<{EARLIER}>", "line 9", "line 10"]
    assert feed.load(remark(feed), Call(), 4) == 4
    assert made[AGENT].admitted == lines(5, 8)
    assert texts(feed)[:3] == [f"<{EARLIER}>", "line 5", "line 6"]
    assert feed.load(remark(feed), Call(), 4) == 4
    assert texts(feed) == [f"<{NO_EARLIER}>", *(f"line {number}" for number in range(1, 11))]
    assert feed.store.first_remark() is None


def test_earlier_lines_can_be_loaded_if_streamed_ones_came_first() -> None:
    feed, _made, _ = feed_of(AGENT)
    feed.report(AGENT, FollowState(FollowPhase.LIVE))
    feed.add(AGENT, lines(9, 9))
    feed.add(AGENT, lines(5, 8))
    assert texts(feed) == [f"<{EARLIER}>", *(f"line {number}" for number in range(5, 10))]
    feed.report(AGENT, FollowState(FollowPhase.LIVE, loaded=True))
    feed.add(AGENT, lines(4, 4))
    assert texts(feed)[:3] == ["line 4", f"<{EARLIER}>", "line 5"]


def test_a_log_without_earlier_lines_says_so() -> None:
    feed, made, _ = feed_of(AGENT)
    made[AGENT].history = lines(3, 4)
    feed.add(AGENT, lines(3, 4))
    assert feed.load(remark(feed), Call()) == 0
    assert texts(feed) == [f"<{NO_EARLIER}>", "line 3", "line 4"]


def test_lines_around_a_time_are_loaded_with_remarks_about_the_rest() -> None:
    feed, made, _ = feed_of(AGENT)
    made[AGENT].history = lines(1, 1000)
    feed.add(AGENT, lines(990, 1000))
    feed.reach(AGENT, 500 * SECOND, Call(), 20)
    found = texts(feed)
    assert found[0] == f"<{EARLIER}>"
    assert found[1] == "line 491"
    assert found[20:22] == ["line 510", f"<{NOT_LOADED}>"]
    assert found[22] == "line 990"
    middle = next(row for row in feed.store.remarks() if row.remark is not None and row.remark.text == NOT_LOADED)
    while middle.remark is not None and middle.remark.loadable:
        feed.load(middle, Call(), 100)
        rows = [row for row in feed.store.remarks() if row.remark is not None and row.remark.text == NOT_LOADED]
        if not rows:
            break
        middle = rows[0]
    assert texts(feed)[1:] == [f"line {number}" for number in range(491, 1001)]
    # What is here is not requested again.
    feed.reach(AGENT, 600 * SECOND, Call(), 20)
    assert feed.store.lines == 510


def test_dropped_lines_that_the_platform_no_longer_has() -> None:
    feed, _made, _ = feed_of(AGENT)
    feed.add(AGENT, lines(10, 12))
    feed.joined(AGENT, Gap(12 * SECOND, 20 * SECOND, 3, complete=False, reason="The history was not readable."))
    feed.add(AGENT, lines(20, 21))
    row = next(row for row in feed.store.remarks() if row.remark is not None and row.remark.begin)
    feed.load(row, Call())
    assert f"<{NO_LONGER}>" in texts(feed)


def test_gaps_say_what_is_known_about_them() -> None:
    feed, _made, _ = feed_of(AGENT)
    feed.add(AGENT, lines(1, 3))
    feed.joined(AGENT, Gap(3 * SECOND, 5 * SECOND, 1, complete=False, reason="The history is not readable yet."))
    assert "may be missing" in texts(feed)[-1]
    feed.add(AGENT, lines(4, 5))
    feed.joined(AGENT, Gap(3 * SECOND, 5 * SECOND, 2, complete=True))
    said = [text for text in texts(feed) if text.startswith("<connection")]
    assert said == ["<connection lost and restored, 2 lines recovered, 0 missing>"]
    # Nothing was written in between, or the stream has only just begun.
    feed.joined(AGENT, Gap(5 * SECOND, 0, 0, complete=True))
    feed.joined(AGENT, Gap(0, 1 * SECOND, 4, complete=True))
    feed.joined(AGENT, Gap(5 * SECOND, 6 * SECOND, 8, complete=True, reconnected=False))
    assert len([text for text in texts(feed) if text.startswith("<connection")]) == 1


def test_pages_of_several_sources_leave_no_hole() -> None:
    feed, made, _ = feed_of(AGENT, JOB)
    made[AGENT].history = lines(1, 100)
    made[JOB].history = [LogLine(number * 10 * SECOND + 1, "", f"job {number}") for number in range(1, 11)]
    feed.add(AGENT, lines(95, 100))
    feed.add(JOB, made[JOB].history[-1:])
    while (row := feed.store.first_remark()) is not None:
        feed.load(row, Call(), 7)
    found = [text for text in texts(feed) if not text.startswith("<")]
    assert len(found) == 110
    assert [text for text in found if text.startswith("line")] == [f"line {number}" for number in range(1, 101)]


@pytest.mark.parametrize("phase", [FollowPhase.REFUSED, FollowPhase.WAITING, FollowPhase.ENDED])
def test_waiting_ends_if_lines_cannot_be_read(phase: FollowPhase) -> None:
    feed, _made, _changes = feed_of(AGENT)
    feed.report(AGENT, FollowState(FollowPhase.CONNECTING))
    waits = threading.Thread(target=feed.wait_for_first, args=(AGENT, Call()), daemon=True)
    waits.start()
    assert waits.is_alive()
    feed.report(AGENT, FollowState(phase))
    waits.join(DEADLINE)
    assert not waits.is_alive()


def test_waiting_for_the_last_lines_fails_if_only_new_ones_arrive() -> None:
    feed, _made, _changes = feed_of(AGENT)
    error = PlatformError(ErrorKind.SERVER, "The log could not be read.", request="GET /logs")
    feed.report(AGENT, FollowState(FollowPhase.LIVE, error))
    with pytest.raises(PlatformError, match="could not be read"):
        feed.wait_for_first(AGENT, Call())


def test_earlier_lines_are_loaded_after_the_last_ones() -> None:
    """Otherwise, the last ones would come a second time."""
    feed, made, _changes = feed_of(AGENT)
    made[AGENT].history = lines(1, 8)
    feed.report(AGENT, FollowState(FollowPhase.LIVE))
    feed.add(AGENT, lines(9, 9))
    loads = threading.Thread(target=feed.load, args=(remark(feed), Call()), daemon=True)
    loads.start()
    feed.add(AGENT, lines(5, 8))
    assert loads.is_alive()
    feed.report(AGENT, FollowState(FollowPhase.LIVE, loaded=True))
    loads.join(DEADLINE)
    assert texts(feed) == [f"<{NO_EARLIER}>", *(f"line {number}" for number in range(1, 10))]


def test_two_loads_at_a_time_bring_each_line_once(monkeypatch: pytest.MonkeyPatch) -> None:
    feed, made, _changes = feed_of(AGENT)
    made[AGENT].history = lines(1, 3000)
    feed.add(AGENT, lines(2999, 3000))
    both = threading.Barrier(2)
    older = made[AGENT].older

    def together(*args: Any, **options: Any) -> LogPage:
        with suppress(threading.BrokenBarrierError):
            both.wait(0.2)
        return older(*args, **options)

    monkeypatch.setattr(made[AGENT], "older", together)
    row, canceled = remark(feed), Call()
    loads = [threading.Thread(target=feed.load, args=(row, Call()), daemon=True) for _ in range(2)]
    loads.append(threading.Thread(target=feed.load, args=(row, canceled), daemon=True))
    for load in loads:
        load.start()
    canceled.abort()
    for load in loads:
        load.join(DEADLINE)
    found = [text for text in texts(feed) if text.startswith("line")]
    assert found == [f"line {number}" for number in range(1, 3001)]
