"""The lines in memory: order, identity, filters, and the bound."""

from __future__ import annotations

import sys
import threading
from collections import Counter
from collections.abc import Iterator
from typing import cast
from unittest.mock import patch

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from astro_tui.logs import blocks
from astro_tui.logs import store as stores
from astro_tui.logs.levels import Level
from astro_tui.logs.line import LogLine, LogSource
from astro_tui.logs.rows import LogRemark, LogRow
from astro_tui.logs.store import LogStore

AGENT, JOB = LogSource("d", "agent"), LogSource("d", "job")
SMALL = 8


@pytest.fixture
def _small_blocks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(blocks, "MOST_LINES", SMALL)
    monkeypatch.setattr(stores, "_STEP", 3)


def line(ns: int, message: str = "", level: str = "info") -> LogLine:
    return LogLine(ns, level, message or f"line {ns}")


def rows(store: LogStore) -> list[LogRow]:
    return [cast("LogRow", store.row(number)) for number in range(store.count)]


def shown(store: LogStore) -> list[str]:
    return [row.message if row.remark is None else f"<{row.remark.lines}>" for row in rows(store)]


def test_lines_of_several_sources_are_in_the_order_of_time() -> None:
    store = LogStore()
    store.add(AGENT, [line(1), line(5), line(9)])
    store.add(JOB, [line(2), line(5, "second"), line(10)])
    assert shown(store) == ["line 1", "line 2", "line 5", "second", "line 9", "line 10"]
    assert [row.source for row in rows(store)] == [AGENT, JOB, AGENT, JOB, AGENT, JOB]
    assert store.row(6) is None
    assert store.row(-1) is None


def test_a_row_has_the_level_as_it_was_sent_and_as_it_is_understood() -> None:
    store = LogStore()
    store.add(AGENT, [line(1, level="WARNING"), line(2, level="louder"), line(3, "ERROR: x", level="")])
    assert [(row.word, row.level) for row in rows(store)] == [
        ("WARNING", Level.WARN),
        ("louder", Level.NONE),
        ("", Level.ERROR),
    ]


def test_many_level_words_do_not_fill_the_memory() -> None:
    store = LogStore()
    store.add(AGENT, [line(ns, level=f"word {ns}") for ns in range(1, 1000)])
    assert store.row(10) is not None
    assert cast("LogRow", store.row(998)).word == ""


def test_a_continuation_has_the_level_of_the_line_it_continues() -> None:
    store = LogStore()
    store.add(AGENT, [line(1, "failed", "error"), line(2, "    at x", ""), line(3, "fine")])
    assert [(row.level, row.continues) for row in rows(store)] == [
        (Level.ERROR, False),
        (Level.ERROR, True),
        (Level.INFO, False),
    ]
    store.apply_filter(store.set_filter(lambda level, _message, _source: level >= Level.ERROR))
    assert shown(store) == ["failed", "    at x"]
    store.apply_filter(store.set_filter(lambda _level, message, _source: message == "failed"))
    assert shown(store) == ["failed", "    at x"]


def test_a_continuation_between_lines_of_another_source() -> None:
    store = LogStore()
    store.add(AGENT, [line(1, "failed", "error")])
    store.add(JOB, [line(2, "fine")])
    store.add(AGENT, [line(3, "    at x", "")])
    assert [row.level for row in rows(store)] == [Level.ERROR, Level.INFO, Level.ERROR]


def test_a_filter_holds_for_new_lines_too() -> None:
    store = LogStore()
    store.add(AGENT, [line(ns) for ns in range(1, 6)])
    store.apply_filter(store.set_filter(lambda _level, message, _source: message.endswith(("2", "4", "7"))))
    store.add(AGENT, [line(6), line(7)])
    assert shown(store) == ["line 2", "line 4", "line 7"]
    assert store.lines == 7
    store.apply_filter(store.set_filter(None))
    assert len(shown(store)) == 7


def test_the_filter_that_was_set_last_is_the_one_that_stays() -> None:
    store = LogStore()
    store.add(AGENT, [line(1, "one"), line(2, "two")])
    older = store.set_filter(lambda _level, message, _source: message == "one")
    newer = store.set_filter(lambda _level, message, _source: message == "two")
    # Each is applied in its own thread.
    for number in (newer, older):
        store.apply_filter(number)
    assert shown(store) == ["two"]


@given(
    st.dictionaries(
        st.integers(0, 20), st.tuples(st.sampled_from(["late", "new", "remark", "drop"]), st.integers(1, 90))
    )
)
@example({0: ("late", 1), 1: ("late", 1)})
@example({1: ("remark", 40), 2: ("drop", 0)})
@pytest.mark.usefixtures("_small_blocks")
def test_lines_that_come_while_a_filter_is_applied_change_nothing_about_the_others(
    happening: dict[int, tuple[str, int]],
) -> None:
    store, remarks = LogStore(most_lines=12 * SMALL), [0]
    texts = ["INFO fine", "ERROR failed", "    at x", "    at y"]
    store.add(AGENT, [line(ns * 2, texts[ns % 4], "") for ns in range(1, 45)])
    part, done = store._filter_part, 0

    def filter_part(block: blocks.LogBlock, places: range) -> None:
        nonlocal done
        part(block, places)
        what, ns = happening.get(done, ("", 0))
        done += 1
        if what == "late":
            store.add(
                JOB, [line(ns + each, f"ERROR late {each}" if each % 2 else f"INFO {each}", "") for each in range(9)]
            )
        elif what == "new":
            store.add(AGENT, [line(200 + done, "INFO new", ""), line(200 + done, "    at z", "")])
        elif what == "remark":
            remarks.append(store.remark(LogRemark(1, ns, (JOB,))))
        elif what == "drop":
            store.replace(remarks.pop() if remarks else 0, None)

    def serious(level: Level, _message: str, _source: LogSource) -> bool:
        return level >= Level.ERROR

    with patch.object(store, "_filter_part", filter_part):
        store.apply_filter(store.set_filter(serious, (AGENT,)))
    found = shown(store)
    store.apply_filter(store.set_filter(serious, (AGENT,)))
    assert found == shown(store)


@pytest.mark.usefixtures("_small_blocks")
def test_the_last_rows_are_those_read_one_by_one() -> None:
    store = LogStore()
    store.add(AGENT, [line(ns, f"{'even' if ns % 2 == 0 else 'odd'} {ns}") for ns in range(40)])
    store.remark(LogRemark(3, 4, (AGENT,), 2))
    for shows in (None, lambda _level, message, _source: message.startswith("even")):
        store.apply_filter(store.set_filter(shows))
        single = rows(store)
        for most in range(1, len(single) + 3):
            end = store.end(most)
            assert (end.moved, end.total, end.rows) == (store.moved, len(single), single[-most:])
            found = [end.row(number) for number in range(-2, len(single) + 2)]
            assert found == [None] * (2 + len(single) - len(end.rows)) + end.rows + [None] * 2


def test_find_goes_forward_and_backward_through_shown_lines() -> None:
    store = LogStore()
    store.add(AGENT, [line(ns) for ns in range(1, 60)])
    store.remark(LogRemark(1, 30, loadable=True))

    def wanted(row: LogRow) -> bool:
        return row.ns % 10 == 0

    found = []
    row = store.find(None, wanted)
    while row is not None:
        found.append(row.ns)
        last, row = row, store.find(row, wanted)
    assert found == [10, 20, 30, 40, 50]
    back = []
    row = store.find(last, wanted, backward=True)
    while row is not None:
        back.append(row.ns)
        row = store.find(row, wanted, backward=True)
    assert back == [40, 30, 20, 10]
    assert cast("LogRow", store.find(None, wanted, backward=True)).ns == 50
    store.apply_filter(store.set_filter(lambda _level, message, _source: message != "line 20"))
    assert [cast("LogRow", store.find(None, lambda row: row.ns >= 20)).ns] == [21]


@pytest.mark.usefixtures("_small_blocks")
def test_the_oldest_lines_are_replaced_by_a_remark() -> None:
    store = LogStore(most_lines=3 * SMALL)
    store.add(AGENT, [line(ns) for ns in range(1, 101)])
    first, *rest = rows(store)
    assert first.remark is not None
    assert (first.remark.begin, first.remark.end, first.remark.loadable) == (1, 100 - len(rest), True)
    assert first.remark.lines == 100 - len(rest)
    assert [row.ns for row in rest] == list(range(101 - len(rest), 101))
    assert store.lines == len(rest) <= 3 * SMALL


@pytest.mark.parametrize("limit", [{"most_lines": 12 * SMALL}, {"most_text": 12 * SMALL * 20}])
@pytest.mark.usefixtures("_small_blocks")
def test_a_source_that_writes_a_lot_replaces_only_its_own_lines(limit: dict[str, int]) -> None:
    store, others = LogStore(**limit), [LogSource(agent, "agent") for agent in "ab"]
    for ns in range(0, 6000, 3):
        store.add(AGENT, [line(ns + each, f"{ns:20}") for each in range(3)])
        if ns % 200 == 0:
            for source in others:
                store.add(source, [line(ns, f"{source.deployment_id}{ns}")])
    shown_of = Counter(row.source for row in rows(store) if row.remark is None)
    assert [shown_of[source] for source in others] == [10, 10]
    remarks = [row.remark for row in rows(store) if row.remark is not None]
    assert [remark.sources for remark in remarks] == [(AGENT,)]
    assert shown_of[AGENT] + remarks[0].lines == 6000
    assert 8 * SMALL < shown_of[AGENT] < 14 * SMALL


@pytest.mark.usefixtures("_small_blocks")
def test_lines_on_screen_are_kept() -> None:
    store = LogStore(most_lines=4 * SMALL)
    store.add(AGENT, [line(ns) for ns in range(1, 25)])
    store.keep = 12
    store.add(AGENT, [line(ns) for ns in range(25, 200)])
    here = [row.ns for row in rows(store) if row.remark is None]
    assert 12 in here
    assert 199 in here
    assert store.lines <= 5 * SMALL
    remarks = [row.remark for row in rows(store) if row.remark is not None]
    assert sum(remark.lines for remark in remarks) + len(here) == 199
    assert shown(store).index("line 12") < shown(store).index(f"<{remarks[-1].lines}>")


@pytest.mark.usefixtures("_small_blocks")
def test_a_remark_keeps_its_place_and_can_be_replaced() -> None:
    store = LogStore()
    store.add(AGENT, [line(ns) for ns in range(10, 30)])
    number = store.remark(LogRemark(0, 9, (AGENT,), loadable=True))
    first = store.row(0)
    assert first is not None
    assert first.remark is not None
    assert store.first_remark() == first
    store.replace(number, LogRemark(0, 4, (AGENT,), loadable=True))
    store.add(AGENT, [line(5), line(6)])
    assert [row.ns for row in rows(store)][:4] == [4, 5, 6, 10]
    remark = store.first_remark()
    assert remark is not None
    store.replace(remark.id, None)
    assert store.first_remark() is None
    store.replace(remark.id, None)
    assert [row.ns for row in rows(store)][:3] == [5, 6, 10]


def test_missing_counts_equal_lines() -> None:
    store = LogStore()
    store.add(AGENT, [line(1, "a"), line(1, "a"), line(2, "b")])
    store.add(JOB, [line(1, "c")])
    page = [line(1, "a"), line(1, "a"), line(1, "a"), line(1, "c"), line(2, "b")]
    assert store.missing(AGENT, page) == [line(1, "a"), line(1, "c")]
    assert store.missing(AGENT, []) == []


def test_a_line_keeps_its_row_while_others_come() -> None:
    store = LogStore()
    store.add(AGENT, [line(10), line(20), line(30)])
    row = store.row(1)
    assert row is not None
    store.add(JOB, [line(5), line(20), line(40)])
    number = store.number_of(row)
    assert store.row(number) == row
    store.apply_filter(store.set_filter(lambda _level, _message, source: source == JOB))
    assert cast("LogRow", store.row(store.number_of(row))).source == JOB
    assert store.number_at(20) == 1


def test_a_filter_without_a_match_shows_no_line() -> None:
    store = LogStore()
    store.add(AGENT, [line(10)])
    store.remark(LogRemark(0, 9, (AGENT,), text="no earlier lines"))
    assert len(shown(store)) == 2
    store.apply_filter(store.set_filter(lambda _level, _message, _source: False))
    assert shown(store) == []


def test_remarks_about_other_sources_are_hidden() -> None:
    store = LogStore()
    store.add(AGENT, [line(10)])
    store.add(JOB, [line(10)])
    store.remark(LogRemark(0, 9, (AGENT,), lines=1, loadable=True))
    store.remark(LogRemark(0, 8, (JOB,), lines=2, loadable=True))
    store.apply_filter(store.set_filter(lambda _level, _message, source: source == JOB, (JOB,)))
    store.remark(LogRemark(1, 7, (AGENT,), lines=3))
    store.remark(LogRemark(1, 7, (), lines=4))
    assert shown(store) == ["<4>", "<2>", "line 10"]
    store.apply_filter(store.set_filter(None))
    assert len(shown(store)) == 6


def test_it_knows_since_when_all_lines_of_a_source_are_in_memory() -> None:
    store = LogStore()
    store.add(AGENT, [line(10), line(20), line(40)])
    store.add(JOB, [line(15), line(30)])
    store.apply_filter(store.set_filter(lambda _level, message, _source: message == "line 30"))
    assert store.complete_since() == {AGENT: 10, JOB: 15}
    store.remark(LogRemark(21, 29, (AGENT,), lines=5, loadable=True))
    assert store.complete_since() == {AGENT: 40, JOB: 15}
    store.remark(LogRemark(21, 29, loadable=True))
    assert store.complete_since() == {AGENT: 40, JOB: 30}


TIMES = st.lists(st.tuples(st.integers(1, 30), st.booleans()), max_size=60)


@settings(max_examples=80)
@given(batches=st.lists(TIMES, max_size=6), limit=st.sampled_from([10**6, 20]), seed=st.integers(1, 30))
@pytest.mark.usefixtures("_small_blocks")
def test_nothing_is_lost_without_a_remark(batches: list[list[tuple[int, bool]]], limit: int, seed: int) -> None:
    store, count = LogStore(most_lines=limit), 0
    for batch in batches:
        for source in (AGENT, JOB):
            own = sorted(ns for ns, mine in batch if mine is (source is AGENT))
            store.add(source, [line(ns) for ns in own])
            count += len(own)
        store.keep = seed
        times = [row.ns for row in rows(store) if row.remark is None]
        assert times == sorted(times)
        dropped = sum(row.remark.lines for row in rows(store) if row.remark is not None)
        assert len(times) + dropped == count
        assert store.lines == len(times)
        for number, row in enumerate(rows(store)):
            assert store.number_of(row) == number
    store.apply_filter(store.set_filter(lambda _level, _message, source: source == AGENT))
    assert all(row.remark is not None or row.source == AGENT for row in rows(store))


TEXTS = st.sampled_from([("fine", "info"), ("failed", "error"), ("    at x", ""), ("    at y", "warn"), ("wild", "")])
ARRIVALS = st.lists(st.lists(st.tuples(st.integers(1, 20), TEXTS, st.booleans()), min_size=1, max_size=9), max_size=5)


@settings(max_examples=80)
@example(
    [
        [(1, ("fine", "info"), False)] * 4,
        [*[(1, ("fine", "info"), True)] * 4, (1, ("    at x", ""), False), (2, ("fine", "info"), True)],
    ],
    False,
)
@given(ARRIVALS, st.booleans())
@pytest.mark.usefixtures("_small_blocks")
def test_lines_added_at_once_are_the_same_as_one_by_one(
    batches: list[list[tuple[int, tuple[str, str], bool]]], filtered: bool
) -> None:
    at_once, one_by_one = LogStore(), LogStore()
    for store in (at_once, one_by_one):
        if filtered:
            store.apply_filter(
                store.set_filter(lambda level, message, _source: level >= Level.WARN or message == "fine")
            )
        for batch in batches:
            for source in (AGENT, JOB):
                added = [line(ns, *text) for ns, text, mine in sorted(batch) if mine is (source is AGENT)]
                for part in [added] if store is at_once else [[each] for each in added]:
                    store.add(source, part)
    assert rows(at_once) == rows(one_by_one)
    assert at_once.lines == one_by_one.lines


@pytest.mark.nightly
def test_a_line_takes_little_memory_on_top_of_its_text() -> None:
    store, text = LogStore(), "x" * 92
    lines = [line(ns, text) for ns in range(1, 50_001)]
    store.add(AGENT, lines)
    columns = 0
    for block in store._blocks:
        names = ("ids", "ns", "flags", "words", "sources", "starts", "sizes", "_text")
        columns += sum(sys.getsizeof(getattr(block, name)) for name in names)
    assert columns / 50_000 - 92 < 60


def test_several_threads_can_add_while_another_reads() -> None:
    store = LogStore()
    sources = [LogSource("d", f"w{number}") for number in range(4)]

    def write(source: LogSource) -> None:
        for start in range(1, 2000, 50):
            store.add(source, [line(ns) for ns in range(start, start + 50)])

    threads = [threading.Thread(target=write, args=(source,)) for source in sources]
    for thread in threads:
        thread.start()
    while any(thread.is_alive() for thread in threads):
        row = store.row(store.count // 2)
        if row is not None:
            store.number_of(row)
    for thread in threads:
        thread.join()
    times = list(_times(store))
    assert len(times) == 4 * 2000
    assert times == sorted(times)


def _times(store: LogStore) -> Iterator[int]:
    for part in store.shown_rows():
        yield from (row.ns for row in part)
