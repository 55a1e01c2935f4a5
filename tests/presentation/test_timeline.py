"""The timeline: failed traces, alerts, and what is missing. The rest is tested where it is shown and printed."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from astro_tui.diagnosis import Fact, Facts
from astro_tui.presentation.timeline import FailedRun, Happening, as_json, timeline

NOW = datetime(2026, 7, 2, 9, 30, tzinfo=UTC)


def test_a_failed_trace_is_a_row_that_opens_it() -> None:
    traces = [FailedRun("t-1", "refund\x1b[2J", NOW - timedelta(minutes=3), "token=abcdef0123456789abcdef0123456789")]
    (row,) = timeline(Facts(NOW), traces=traces).tops
    assert isinstance(row, Happening)
    assert (row.kind, row.opens, row.at) == ("trace", ("traces", "t-1"), NOW - timedelta(minutes=3))
    assert "\x1b" not in row.label
    assert "abcdef0123456789abcdef0123456789" not in row.message


def rows(**facts: Fact) -> list[dict[str, Any]]:
    return [as_json(row) for row in timeline(Facts(NOW, **facts)).tops if isinstance(row, Happening)]  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("state", "severity", "level", "message"),
    [
        ("firing", "critical", "failed", "It fails."),
        ("firing", "error", "failed", "It fails."),
        ("firing", "warning", "warning", "It fails."),
        ("firing", "info", "info", "It fails."),
        ("firing", "new word", "warning", "It fails."),
        ("pending", "critical", "warning", "not long enough yet: It fails."),
    ],
)
def test_an_alert_is_as_bad_as_it_says_and_keeps_its_workload(
    state: str, severity: str, level: str, message: str
) -> None:
    alert = {"name": "x", "title": "X", "description": "It fails.", "severity": severity, "state": state}
    alerts, workloads = Fact({"component": "agent", "alerts": [alert]}), [{"name": "desk-agent", "component": "agent"}]
    [row] = rows(alerts=alerts, record=Fact({"deployment": {"workloads": workloads}}))
    assert (row["kind"], row["level"], row["message"]) == ("alert", level, message)
    assert row["workload"] == row["object"] == "desk-agent"
    # The runtime names no components.
    [row] = rows(alerts=alerts, runtime=Fact({"runtime": {"workloads": [{"name": "desk-agent"}]}}))
    assert row["workload"] == "desk-agent"


@pytest.mark.parametrize(("count", "what"), [(49, "older events are gone"), (50, "older events not sent")])
def test_why_older_events_are_missing(count: int, what: str) -> None:
    events = [{"reason": "BackOff", "last_timestamp": (NOW - timedelta(seconds=n)).isoformat()} for n in range(count)]
    [note] = [row for row in rows(events=Fact({"events": events}, read_at=NOW)) if row["kind"] == "note"]
    assert (note["what"], note["level"]) == (what, None)


def test_a_deploy_says_who_made_it_and_why() -> None:
    row = {"revision": 8, "build_id": "b8", "deployed_at": NOW.isoformat(), "deployed_by": "user_01"}
    [deploy] = rows(history=Fact({"deployments": [{**row, "commit_message": "Half the memory is enough\n\nMore."}]}))
    assert deploy["message"] == "Half the memory is enough, build b8, by user_01"
