"""The exact join, against a simulated platform: in the end, every line was given once."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Sequence
from time import perf_counter

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from astro_tui.logs import LogLine, joining
from astro_tui.logs.joining import SECOND, Joiner, LogPage
from astro_tui.logs.line import Untimed
from astro_tui.logs.pages import placed
from astro_tui.platform.client.log_entries import LogEntry
from astro_tui.text.times import stamp

START = 1_751_438_472 * SECOND


def line(ns: int, message: str = "x") -> LogLine:
    return LogLine(START + ns, "", message)


def untimed(ns: int, message: str) -> Untimed:
    """Return a line without a time whose event has an ID."""
    return Untimed(START + ns, "", message)


def history(*lines: LogLine) -> LogPage:
    return placed([LogEntry(stamp(each.ns), each.level, each.message) for each in lines])


def read(joiner: Joiner, *pages: LogPage) -> list[LogLine]:
    number = joiner.begin_read()
    return [each for page in pages for each in joiner.page(number, page).new]


def test_lines_that_share_time_and_text_are_counted() -> None:
    joiner = Joiner()
    assert joiner.streamed([line(1), line(1)]) == [line(1), line(1)]
    assert read(joiner, history(line(1), line(1), line(1), line(2))) == [line(1), line(2)]
    assert read(joiner, history(line(1), line(1), line(1), line(2))) == []


def test_a_stream_brings_what_the_history_had_first() -> None:
    joiner = Joiner()
    joiner.streamed([line(1)])
    assert read(joiner, history(line(1), line(2), line(3), line(3))) == [line(2), line(3), line(3)]
    assert joiner.streamed([line(3), line(3), line(3), line(2)]) == [line(3)]
    assert joiner.streamed([line(2)]) == [line(2)]


def test_what_the_user_has_loaded_does_not_come_again() -> None:
    joiner = Joiner()
    joiner.streamed([line(9)])
    joiner.known([line(5), line(5), line(7)])
    assert read(joiner, history(line(4), line(5), line(5), line(5), line(7), line(9))) == [line(4), line(5)]
    assert joiner.streamed([line(7), line(10)]) == [line(10)]


def test_a_stream_may_go_on_while_the_history_is_read() -> None:
    joiner = Joiner()
    number = joiner.begin_read()
    joiner.streamed([line(5)])
    assert joiner.page(number, history(line(4), line(5), line(6))).new == [line(4), line(6)]
    assert joiner.streamed([line(6), line(7)]) == [line(7)]


def test_a_page_says_how_many_lines_it_lacks() -> None:
    joiner = Joiner()
    joiner.streamed([line(1), line(1), line(2), line(3), line(9)])
    number = joiner.begin_read()
    page = placed([LogEntry(stamp(START + ns), "", "x") for ns in (1, 3, 4)], START + 1, START + 9)
    assert joiner.page(number, page) == ([line(4)], 2)
    assert joiner.page(number, placed([], START + 9)) == ([], 1)


def test_less_around_a_gap_is_read_if_there_are_many_lines() -> None:
    joiner = Joiner()
    joiner.streamed([line(at * SECOND) for at in range(255)])
    assert joiner.overlap_ns == 2 * SECOND
    joiner.streamed([line(255 * SECOND + at * SECOND // 4096) for at in range(256)])
    assert 0.9 * SECOND < joiner.overlap_ns < 1.1 * SECOND
    joiner.streamed([line(256 * SECOND + at) for at in range(256)])
    assert joiner.overlap_ns == SECOND // 4
    joiner.streamed([line(255 * SECOND)])
    assert joiner.overlap_ns > SECOND


def test_a_batch_is_given_in_the_order_of_time() -> None:
    assert Joiner().streamed([line(3), line(1), line(2)]) == [line(1), line(2), line(3)]


def test_history_before_the_floor_is_dropped() -> None:
    joiner = Joiner()
    joiner.floor_ns = START + 2
    assert read(joiner, history(line(1), line(2))) == [line(2)]


# ---- lines without a time


def test_a_line_without_a_time_has_that_of_the_line_before_it() -> None:
    page = placed([LogEntry(stamp(START + 1), "", "a"), LogEntry("", "", "b"), LogEntry(stamp(START + 3), "", "c")])
    assert page.lines == [line(1, "a"), line(1, "b"), line(3, "c")]
    assert [(each.low, each.high) for each in page.lines if isinstance(each, Untimed)] == [(START + 1, START + 3)]
    joiner = Joiner()
    assert joiner.streamed([line(1, "a"), Untimed(0, "", "b"), line(3, "c")]) == page.lines
    assert read(joiner, page) == []


def test_a_page_may_be_in_reverse_order() -> None:
    entries = [LogEntry(stamp(START + 1), "", "a"), LogEntry("", "", "b"), LogEntry(stamp(START + 3), "", "c")]
    assert placed(entries[::-1]) == placed(entries)


def test_the_id_of_a_line_without_a_time_says_where_it_is() -> None:
    joiner = Joiner()
    assert joiner.streamed([line(1, "a"), untimed(2, "b"), line(3, "c")]) == [
        line(1, "a"),
        line(2, "b"),
        line(3, "c"),
    ]
    entries = [LogEntry(stamp(START + 1), "", "a"), LogEntry("", "", "b"), LogEntry(stamp(START + 3), "", "c")]
    assert read(joiner, placed(entries)) == []
    entries.append(LogEntry("", "", "b"))
    assert read(joiner, placed(entries)) == [line(3, "b")]
    assert joiner.streamed([untimed(4, "b")]) == []
    assert joiner.streamed([untimed(9, "b")]) == [line(9, "b")]


# ---- a simulated platform


class Simulation:
    """A platform whose history lags, and a client that loses its connection and joins again.

    Texts and times repeat often. Some lines have no time; the stream is out of order by up to `jitter`.
    """

    def __init__(self, seed: int, *, lag: int, jitter: int = 0, untimed: bool = False, ids: bool = True) -> None:
        self.random = random.Random(seed)
        self.lag, self.jitter, self.untimed, self.ids = lag, jitter, untimed, ids
        self.now = START
        self.written: list[tuple[int, LogLine, bool]] = []
        self.given: Counter[tuple[int, str]] = Counter()
        self.joiner = Joiner()
        self.connected = False
        self.pending: list[tuple[int, int]] = []
        self.since: int | None = None

    def write(self, most: int) -> None:
        lines = []
        for _ in range(self.random.randint(0, most)):
            ns = self.now - self.random.randint(0, self.jitter) if self.jitter else self.now
            timed = not (self.untimed and self.random.random() < 0.1)
            lines.append((self.now, LogLine(ns, "", self.random.choice("aab")), timed))
            self.now += self.random.choice((0, 0, 1, 1000, SECOND // 100))
        # A platform sorts its history by the times that it knows.
        self.written += lines
        if self.connected and lines:
            loose = [Untimed(each.ns if self.ids else 0, "", each.message) for _, each, _timed in lines]
            sent = [each[1] if each[2] else other for each, other in zip(lines, loose, strict=True)]
            self.take(self.joiner.streamed(sent))

    def take(self, lines: Sequence[LogLine]) -> None:
        for each in lines:
            self.given[each.ns, each.message] += 1

    def connect(self) -> None:
        self.connected = True
        since = self.joiner.low_ns - 2 * SECOND - self.joiner.late_ns
        self.pending += [(self.now, since), (self.now + self.lag, since)]
        self.hold()

    def hold(self) -> None:
        self.joiner.hold_ns = min((since for _, since in self.pending), default=1 << 63)

    def read(self) -> None:
        """Do all reads that are due, in pages, while the stream goes on."""
        due = [each for each in self.pending if each[0] <= self.now]
        if not due:
            return
        since = min(each[1] for each in due)
        number = self.joiner.begin_read()
        size = self.random.choice((40, 400))
        while True:
            indexed = self.now - self.lag
            found = [each for each in self.written if each[1].ns >= since and each[0] <= indexed]
            found.sort(key=lambda each: each[1].ns)
            end = found[size][1].ns if len(found) > size else 0
            page = [each for each in found if not end or each[1].ns < end]
            if end and not page:
                size *= 2
                continue
            entries = [LogEntry(stamp(each.ns) if timed else "", "", each.message) for _, each, timed in page]
            self.take(self.joiner.page(number, placed(entries, since, end)).new)
            if not end:
                break
            since = end
            if self.random.random() < 0.3:
                self.write(10)
        self.pending = [each for each in self.pending if each not in due]
        self.hold()

    def finish(self) -> None:
        if not self.connected:
            self.connect()
        while self.pending:
            self.now += self.lag + 1
            self.read()

    def play(self, steps: int, resets: float) -> None:
        self.connect()
        for _ in range(steps):
            self.write(40)
            if self.connected and self.random.random() < resets:
                self.connected = False
            elif not self.connected and self.random.random() < 0.7:
                self.connect()
            self.read()
            self.now += self.random.randint(0, SECOND // 2)
        self.finish()

    @property
    def truth(self) -> Counter[tuple[int, str]]:
        return Counter((each.ns, each.message) for _, each, _ in self.written)


@settings(max_examples=12)
@given(st.integers(0, 2**32), st.sampled_from([0, SECOND // 10, 5 * SECOND]), st.sampled_from([0, SECOND]))
def test_nothing_is_lost_or_duplicated(seed: int, lag: int, jitter: int) -> None:
    simulation = Simulation(seed, lag=lag, jitter=jitter)
    simulation.play(40, 0.4)
    assert simulation.given == simulation.truth


@settings(max_examples=12)
@given(st.integers(0, 2**32), st.sampled_from([0, 5 * SECOND]), st.booleans())
def test_hardly_any_line_without_a_time_is_lost_or_duplicated(seed: int, lag: int, ids: bool) -> None:
    simulation = Simulation(seed, lag=lag, untimed=True, ids=ids)
    simulation.play(40, 0.4)
    by_text: Counter[str] = Counter()
    for (_, message), count in simulation.given.items():
        by_text[message] += count
    expected = Counter(each.message for _, each, _ in simulation.written)
    # Those that repeat each other and touch the same line with a time cannot always be told apart.
    allowed = 4 if ids else expected.total() // 40
    assert sum(abs(by_text[text] - expected[text]) for text in expected) <= allowed


@pytest.mark.nightly
def test_hundreds_of_resets_with_a_history_that_lags() -> None:
    simulation = Simulation(7, lag=5 * SECOND)
    simulation.play(250, 0.8)
    assert simulation.given == simulation.truth
    assert len(simulation.written) > 3_000


def test_one_clock_that_is_far_ahead_disturbs_nothing() -> None:
    simulation = Simulation(3, lag=SECOND)
    simulation.written.append((simulation.now, LogLine(START + 10**18, "", "from 2057"), True))
    simulation.play(150, 0.3)
    assert simulation.given == simulation.truth


# ---- what is kept


def test_only_a_window_is_kept() -> None:
    joiner = Joiner()
    for second in range(120):
        joiner.streamed([line(second * SECOND + at) for at in range(2000)])
    assert START + 80 * SECOND < joiner.complete_ns < START + 90 * SECOND
    assert read(joiner, history(line(5 * SECOND, "forgotten"))) == []


def test_what_is_held_is_kept() -> None:
    joiner = Joiner()
    joiner.hold_ns = START + SECOND
    for second in range(120):
        joiner.streamed([line(second * SECOND + at) for at in range(2000)])
    assert read(joiner, history(*[line(5 * SECOND + at) for at in range(2000)], line(5 * SECOND, "y"))) == [
        line(5 * SECOND, "y")
    ]


def test_there_is_a_limit_for_everything(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(joining, "MOST_KEPT", 20_000)
    monkeypatch.setattr(joining, "MOST_TEXTS", 500)
    joiner = Joiner()
    joiner.hold_ns = 0
    for batch in range(100):
        joiner.streamed([line(batch * SECOND + at) for at in range(1000)])
        joiner.streamed([Untimed(0, "", f"{batch} {at}") for at in range(100)])
    assert len(joiner._untimed) <= 500
    assert START + 70 * SECOND < joiner.complete_ns <= START + 85 * SECOND
    assert read(joiner, history(line(99 * SECOND), line(1))) == []


@pytest.mark.nightly
@pytest.mark.timed
def test_a_line_takes_a_few_microseconds() -> None:
    joiner = Joiner()
    lines = [line(at * 50_000, f"request {at} handled") for at in range(100_000)]
    started = perf_counter()
    for at in range(0, len(lines), 200):
        joiner.streamed(lines[at : at + 200])
    assert (perf_counter() - started) / len(lines) < 20e-6
