"""Lines and their times."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from astro_tui.logs import MOST_MESSAGE, nanoseconds
from astro_tui.logs.line import message_of
from astro_tui.text.times import stamp

SECOND = 1_751_438_472 * 10**9


@pytest.mark.parametrize(
    ("text", "ns"),
    [
        ("2025-07-02T06:41:12Z", SECOND),
        ("2025-07-02t06:41:12z", SECOND),
        ("2025-07-02T06:41:12", SECOND),
        ("2025-07-02T06:41:12.1Z", SECOND + 100_000_000),
        ("2025-07-02T06:41:12.123456789Z", SECOND + 123_456_789),
        ("2025-07-02T06:41:12.1234567891Z", SECOND + 123_456_789),
        ("2025-07-02T08:41:12.000000001+02:00", SECOND + 1),
        ("2025-07-02T02:11:12-04:30", SECOND),
        (str(SECOND + 7), SECOND + 7),
        ("", 0),
        (".", 0),
        ("yesterday", 0),
        ("2025-07-02T06:41:12.Z", 0),
        ("2025-07-02T06:41:12.12a", 0),
        ("2025-07-02T06:41:99Z", 0),
        ("2025-07-02Z", 0),
        ("0001-01-01T00:00:00Z", 0),
        ("9999-01-01T00:00:00Z", 0),
        ("9" * 5000, 0),
    ],
)
def test_times(text: str, ns: int) -> None:
    assert nanoseconds(text) == ns


@given(st.integers(10**9, 2**63 - 1))
def test_a_stamp_is_read_to_the_nanosecond(ns: int) -> None:
    assert nanoseconds(stamp(ns)) == ns


@given(st.text(max_size=40))
def test_any_text_is_a_time_or_none(text: str) -> None:
    assert 0 <= nanoseconds(text) < 2**63


@given(st.integers(1, 6 * 10**9), st.integers(0, 999_999_999), st.integers(-14 * 60, 14 * 60))
def test_times_of_any_zone(seconds: int, rest: int, minutes: int) -> None:
    moment = datetime.fromtimestamp(seconds, timezone(timedelta(minutes=minutes)))
    zone = f"{'-' if minutes < 0 else '+'}{abs(minutes) // 60:02d}:{abs(minutes) % 60:02d}"
    assert nanoseconds(f"{moment:%Y-%m-%dT%H:%M:%S}.{rest:09d}{zone}") == seconds * 10**9 + rest


def test_a_long_message_is_cut_and_says_so() -> None:
    message = message_of("x " * MOST_MESSAGE)
    assert message.startswith("x " * (MOST_MESSAGE // 2 - 1) + "x…\n")
    assert message.endswith("cut after 65,536 characters.")
    assert message_of("x" * MOST_MESSAGE) == "x" * MOST_MESSAGE
