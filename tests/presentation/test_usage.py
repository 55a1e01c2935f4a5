"""What an agent used in 30 days: what is not known is empty, and never zero."""

from __future__ import annotations

from typing import Any

import pytest

from astro_tui.platform.models import Month
from astro_tui.presentation.usage import usage_of

THREE = {"request_series": [1, 2], "token_series": [1000, 21000], "cost_series": [0.25, 1]}


@pytest.mark.parametrize(
    ("body", "usage"),
    [
        ({"total_traces": 9, **THREE}, ("3", "22k", "$1.25")),
        ({"total_traces": 9, **THREE, "cost_series": [0, 0]}, ("3", "22k", "")),
        ({"total_traces": 9, **{key: [0, 0] for key in THREE}}, ("", "", "")),
        ({"total_traces": 0, "last_trace_at": "2026-07-01T00:00:00Z", **{key: [0, 0] for key in THREE}}, ("", "", "")),
        ({"total_traces": 0, **{key: [0, 0] for key in THREE}}, ("0", "0", "$0.00")),
        ({"total_traces": 9, **THREE, "token_series": None}, ("3", "", "$1.25")),
        ({"total_traces": 9, **THREE, "request_series": [1, None, "x", 4]}, ("5", "22k", "$1.25")),
        ({"total_traces": 9, **THREE, "token_series": [None], "cost_series": [0.004]}, ("3", "", "$0.0040")),
        ({}, ("", "", "")),
    ],
    ids=[
        "sums",
        "no price",
        "failed query",
        "not counted",
        "unused",
        "no series",
        "odd values",
        "no values",
        "nothing",
    ],
)
def test_usage(body: dict[str, Any], usage: tuple[str, str, str]) -> None:
    assert usage_of(Month.model_validate(body)) == usage
