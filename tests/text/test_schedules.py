"""Schedules of jobs in words."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from astro_tui.text.schedules import schedule_words


@pytest.mark.parametrize(
    ("schedule", "words"),
    [
        ("15 2 * * *", "every day at 02:15"),
        ("*/15 * * * *", "every 15 minutes"),
        ("0 */6 * * *", "every 6 hours"),
        ("5 */6 * * *", "every 6 hours at :05"),
        ("7 * * * *", "every hour at :07"),
        ("0 9 * * 1", "every Monday at 09:00"),
        ("0 6 * * 0,6", "every Sunday and Saturday at 06:00"),
        ("0 6 * * sun,7", "every Sunday at 06:00"),
        ("45 1 * * 2-4", "Tuesday to Thursday at 01:45"),
        ("45 1 * * 2-9", ""),
        ("30 6 * * MON-FRI", "every weekday at 06:30"),
        ("0 0 1 * *", "on day 1 of each month at 00:00"),
        ("@daily", "every day at 00:00"),
        ("* * * * *", "every minute"),
        ("*/7 * * * *", ""),
        ("*/45 * * * *", ""),
        ("*/1 * * * *", ""),
        ("0 0 * * 9", ""),
        ("0 0 1 1 *", ""),
        ("0 0 13 * 5", ""),
        ("99 2 * * *", ""),
        ("every now and then", ""),
        ("", ""),
    ],
)
def test_usual_schedules_in_words(schedule: str, words: str) -> None:
    assert schedule_words(schedule) == words


@given(st.text() | st.from_regex(r"([0-9*/,-]{1,4} ){4}[0-9*/,-]{1,4}", fullmatch=True))
def test_any_schedule_is_read(schedule: str) -> None:
    assert isinstance(schedule_words(schedule), str)
