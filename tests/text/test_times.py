"""Ages, times and sentences."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.app import NOW

from astro_tui.text.times import (
    LONGEST,
    Times,
    age,
    clock,
    counted,
    freshness,
    joined,
    local_time,
    of_unix,
    rfc3339,
    sensible,
    span,
    when,
)


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (-5, "0s"),
        (0, "0s"),
        (0.9, "0s"),
        (59.9, "59s"),
        (60, "1m"),
        (3599, "59m"),
        (3600, "1h"),
        (86399, "23h"),
        (86400, "1d"),
        (86400 * 899, "899d"),
    ],
)
def test_spans(seconds: float, text: str) -> None:
    assert span(seconds) == text


@given(st.floats(0, 86_400 * 9_999))
def test_spans_are_short(seconds: float) -> None:
    assert len(span(seconds)) <= 5


@pytest.mark.parametrize(("seconds", "text"), [(-60, "0s"), (-61, "in 1m"), (-7200, "in 2h"), (30, "30s")])
def test_ages_and_clocks_that_disagree(seconds: float, text: str) -> None:
    assert age(NOW - timedelta(seconds=seconds), NOW) == text


def test_an_unknown_age() -> None:
    assert age(None, NOW) == "—"


def test_when() -> None:
    assert when(NOW - timedelta(hours=3), "", NOW) == "3h ago  2026-07-02 06:30:00 UTC"
    assert when(NOW + timedelta(hours=3), "", NOW) == "in 3h  2026-07-02 12:30:00 UTC"
    assert when(None, "last tuesday", NOW) == "last tuesday"
    assert when(None, "", NOW) == "—"
    elsewhere = datetime(2026, 7, 2, 11, 0, tzinfo=timezone(timedelta(hours=2)))
    assert when(elsewhere, "", NOW) == "30m ago  2026-07-02 09:00:00 UTC"


@pytest.mark.parametrize(
    ("seconds", "interval", "text"),
    [
        (0, 60, "now"),
        (3, 60, "3s ago"),
        (9.9, 60, "9s ago"),
        (38, 60, "30s ago"),
        (124, 60, "2m ago"),
        (126, 60, "STALE 2m"),
        (12, 3, "STALE 12s"),
    ],
)
def test_freshness(seconds: float, interval: float, text: str) -> None:
    assert freshness(NOW - timedelta(seconds=seconds), NOW, interval) == text


def test_freshness_without_data() -> None:
    assert freshness(None, NOW, 60) == "…"


def test_counting_and_joining() -> None:
    assert [counted(number, "agent") for number in (0, 1, 2, 1204)] == [
        "0 agents",
        "1 agent",
        "2 agents",
        "1,204 agents",
    ]
    assert [joined(parts) for parts in ([], ["a"], ["a", "b"], ["a", "b", "c"])] == ["", "a", "a and b", "a, b, and c"]


ABROAD = timezone(timedelta(hours=9))


@pytest.mark.parametrize(
    ("ago", "whole", "short"),
    [
        (timedelta(0), "18:30:00", "18:30"),
        (timedelta(hours=18), "00:30:00", "00:30"),
        # In UTC, it would still be the same day.
        (timedelta(hours=19), "07-01 23:30", "07-01"),
        (timedelta(days=299), "09-06 18:30", "09-06"),
        (timedelta(days=301), "2025-09-04", "2025-09"),
        (timedelta(days=-2), "07-04 18:30", "07-04"),
    ],
)
def test_local_times(ago: timedelta, whole: str, short: str) -> None:
    assert local_time(NOW - ago, NOW, ABROAD) == whole
    assert local_time(NOW - ago, NOW, ABROAD, short=True) == short


def test_the_date_is_left_out_today() -> None:
    local = NOW.astimezone()
    assert clock(NOW, NOW) == f"{local:%H:%M}"
    assert clock(NOW, NOW + timedelta(days=1)) == clock(NOW, NOW - timedelta(days=1)) == f"{local:%Y-%m-%d %H:%M}"


def test_rfc_3339_in_utc() -> None:
    moment = datetime(2026, 7, 2, 11, 0, 1, 250_000, tzinfo=timezone(timedelta(hours=2)))
    assert rfc3339(moment) == "2026-07-02T09:00:01.250000Z"
    assert rfc3339(moment, "seconds") == "2026-07-02T09:00:01Z"
    assert rfc3339(moment.replace(microsecond=0)) == "2026-07-02T09:00:01Z"


@pytest.mark.parametrize("moment", [datetime(2, 1, 1, tzinfo=UTC), datetime.max.replace(tzinfo=UTC)])
def test_local_times_at_the_ends_of_the_calendar(moment: datetime) -> None:
    assert local_time(moment, NOW, ABROAD)


OFFSETS = st.timedeltas(timedelta(hours=-23, minutes=-59), timedelta(hours=23, minutes=59))


@given(st.datetimes(), st.none() | OFFSETS, OFFSETS)
def test_a_time_is_in_utc_and_can_be_shown_in_any_zone_and_shifted(
    at: datetime, offset: timedelta | None, other: timedelta
) -> None:
    found = sensible(at.replace(tzinfo=timezone(offset) if offset is not None else None))
    if 1971 <= at.year < 2199:
        assert found == at.replace(tzinfo=timezone(offset or timedelta(0)))
    if found is not None:
        assert found.tzinfo is UTC
        assert 1970 <= found.year < 2200
        for moment in (found, found - timedelta(days=1), found + timedelta(days=1)):
            assert moment.astimezone(timezone(other)) == moment
            assert when(moment, "", NOW)
            assert local_time(moment, NOW, timezone(other))


@pytest.mark.parametrize(
    ("seconds", "at"),
    [
        (0, None),
        (1, datetime(1970, 1, 1, 0, 0, 1, tzinfo=UTC)),
        (1_751_438_472.5, datetime(2025, 7, 2, 6, 41, 12, 500_000, tzinfo=UTC)),
        (7_258_118_399, datetime(2199, 12, 31, 23, 59, 59, tzinfo=UTC)),
        (7_258_118_400, None),
        (253_402_300_799, None),
        (-1, None),
        (10**400, None),
        (float("inf"), None),
        (float("nan"), None),
    ],
)
def test_unix_times(seconds: float, at: datetime | None) -> None:
    assert of_unix(seconds) == at


@given(st.lists(st.none() | st.datetimes(timezones=st.just(UTC)), max_size=5), st.sampled_from(Times))
def test_the_sizes_are_what_the_times_need(moments: list[datetime | None], times: Times) -> None:
    least, most = times.sizes(moments, NOW)
    assert 3 <= least <= most <= LONGEST
    for cells in (least, most):
        assert all(len(times.text(each, NOW, cells)) <= cells for each in moments)


def test_the_longest_form_that_fits() -> None:
    then = NOW - timedelta(days=3)
    assert [Times.LOCAL.text(then, NOW, cells) for cells in (5, 10, 11)] == ["06-29", "06-29", "06-29 09:30"]
    assert [times.ago(then, NOW) for times in Times] == ["3d ago", "06-29 09:30"]
    assert Times.AGES.ago(NOW + timedelta(hours=2), NOW) == "in 2h"
    assert [times.text(None, NOW, 9) for times in Times] == ["—", "—"]
    assert Times.LOCAL.other is Times.AGES
