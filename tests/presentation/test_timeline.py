"""The timeline: failed traces are rows that lead to the trace. The rest is tested where it is shown and printed."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from astro_tui.diagnosis import Facts
from astro_tui.presentation.timeline import Failure, Happening, timeline

NOW = datetime(2026, 7, 2, 9, 30, tzinfo=UTC)


def test_a_failed_trace_is_a_row_that_opens_it() -> None:
    traces = [Failure("t-1", "refund\x1b[2J", NOW - timedelta(minutes=3), "token=abcdef0123456789abcdef0123456789")]
    (row,) = timeline(Facts(NOW), traces=traces).tops
    assert isinstance(row, Happening)
    assert (row.kind, row.opens, row.at) == ("trace", ("traces", "t-1"), NOW - timedelta(minutes=3))
    assert "\x1b" not in row.label
    assert "abcdef0123456789abcdef0123456789" not in row.message
