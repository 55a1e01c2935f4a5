"""Which reads of the history bring all that was missed."""

from __future__ import annotations

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from astro_tui.logs.line import LogLine
from astro_tui.logs.recovery import HistoryRead, Region, count, reads_of

FOREVER = 1 << 63


def region(since: int, begin: int = 0, *first: int) -> Region:
    return Region(since, begin, 0.0, 0.0, reconnected=True, first=list(first))


def until(each: Region) -> int:
    return each.end_ns


def test_only_what_is_near_each_other_is_one_read() -> None:
    one, two, three, last = region(10, 12, 20), region(19, 22, 30), region(33, 34, 40), region(60, 61)
    assert reads_of([last, one, three, two], until, 2) == [
        HistoryRead(10, 30, (one, two)),
        HistoryRead(33, 40, (three,)),
        HistoryRead(60, 0, (last,)),
    ]
    assert reads_of([one, two, three], until, 3) == [HistoryRead(10, 40, (one, two, three))]


@given(st.lists(st.tuples(st.integers(0, 60), st.integers(0, 20)), max_size=12), st.integers(0, 5))
def test_reads_cover_each_region_and_nothing_twice(spans: list[tuple[int, int]], near: int) -> None:
    regions = [region(since, since, *([since + size] if size else [])) for since, size in spans]
    reads = reads_of(regions, until, near)
    assert sorted(id(each) for read in reads for each in read.regions) == sorted(map(id, regions))
    for read in reads:
        assert read.since_ns == min(each.since_ns or 0 for each in read.regions)
        assert (read.until_ns or FOREVER) == max(each.end_ns or FOREVER for each in read.regions)
    for one, two in pairwise(reads):
        assert 0 < one.until_ns + near < two.since_ns


def test_lines_are_counted_for_the_gap_that_they_were_in() -> None:
    one, two, three = region(0, 1, 5), region(6, 8, 9), region(10, 12)
    count([one, two, three], [LogLine(ns, "", "") for ns in (1, 5, 6, 9, 13, 99)])
    assert [each.new_lines for each in (one, two, three)] == [2, 2, 2]
    count([one], [LogLine(6, "", "")])
    assert one.recovered == 2
