"""Places in a log as text, and back."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from astro_tui.diagnosis import Diagnosis
from astro_tui.diagnosis.tables import Kind
from astro_tui.diagnosis.values import LogPlace
from astro_tui.presentation.log_places import LogAddress, log_place, place_in, place_of, trace_in, unproven
from astro_tui.text.times import clock

NAME = st.text("abcdefghijklmnopqrstuvwxyz0123456789-.", min_size=1, max_size=20)


@given(NAME, st.one_of(st.just(""), NAME), st.one_of(st.just(0), st.integers(10**9, 4 * 10**18)))
def test_a_place_survives_as_text(workload: str, container: str, ns: int) -> None:
    place = LogAddress(workload, container, ns)
    assert place_in(str(place)) == place


def test_an_invalid_time_is_ignored() -> None:
    assert place_in("agent@yesterday") == LogAddress("agent")
    assert place_in("") == LogAddress()
    assert place_in("@2026-07-01T09:00:00Z").ns == 1_782_896_400_000_000_000


@pytest.mark.parametrize(
    ("message", "expected"),
    [
        ("a 9f2c61d07be84a5c8d11c0ffee00a001 b", "9f2c61d07be84a5c8d11c0ffee00a001"),
        ('{"traceId": "req-0042-x"}', "req-0042-x"),
        ("trace_id=9F2C61D0", "9F2C61D0"),
        ("sha256:9f2c61d07be84a5c8d11c0ffee00a0019f2c61d07be84a5c8d11c0ffee00a001", ""),
        ("no trace", ""),
    ],
)
def test_the_trace_that_a_line_names(message: str, expected: str) -> None:
    assert trace_in(message) == expected


def test_the_place_of_an_event_has_its_time() -> None:
    assert log_place("agent", at=datetime(2026, 7, 1, 9, tzinfo=UTC)) == "agent@2026-07-01T09:00:00.000000000Z"
    assert log_place("agent", "app") == "agent/app"


def test_the_place_of_a_diagnosis_is_the_line_with_the_cause() -> None:
    assert place_of(None) == ""
    told = Diagnosis("d-1", "acme", "x", "failed", Kind.CRASH, "x", workload="agent", container="app")
    assert place_of(told) == "agent/app"
    place = LogPlace("agent", "app", 10**18, "boom")
    assert place_of(replace(told, place=place)) == "agent/app@2001-09-09T01:46:40.000000000Z"


def test_a_place_without_a_line_that_proves_the_cause() -> None:
    now = datetime(2026, 7, 1, 9, 30, tzinfo=UTC)
    told = Diagnosis("d-1", "acme", "x", "failed", Kind.CRASH, "x", workload="agent")
    dated = replace(told, began=datetime(2026, 7, 1, 6, 12, tzinfo=UTC))
    assert place_of(dated) == "agent@2026-07-01T06:12:00.000000000Z"
    assert unproven(told, "agent", now) == "No line proves this."
    assert unproven(dated, place_of(dated), now) == f"No line proves this; nearest to {clock(dated.began, now)}."
    proven = replace(dated, place=LogPlace("agent", "", 10**18, "boom"))
    for diagnosis, place in ((proven, place_of(proven)), (dated, "agent"), (None, "")):
        assert unproven(diagnosis, place, now) == ""
