"""Ages, times and sentences."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.app import NOW

from astro_tui.text.times import age, counted, freshness, joined, span, when


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
    assert [joined(parts) for parts in ([], ["a"], ["a", "b"], ["a", "b", "c"])] == ["", "a", "a and b", "a, b and c"]
