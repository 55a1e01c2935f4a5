"""The state of a deployment where sources disagree."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from astro_tui.diagnosis import diagnose, observed
from astro_tui.diagnosis.values import Fact, Facts, Phase

NOW = datetime(2026, 7, 4, 12, tzinfo=UTC)


def row(status: str, hour: int, **more: Any) -> dict[str, Any]:
    return {"status": status, "deployed_at": f"2026-07-04T{hour:02}:00:00Z", **more}


@pytest.mark.parametrize(
    ("listed", "rows", "phase"),
    [
        # An older server marks no row: both rows can be what the list is about.
        ("error", [row("failed", 10), row("active", 9)], Phase.FAILED),
        ("active", [row("failed", 10), row("active", 9)], Phase.HEALTHY),
        ("", [row("failed", 10), row("active", 9)], Phase.FAILED),
        ("active", [row("active", 10), row("failed", 9)], Phase.HEALTHY),
        # With a mark, only the marked row counts.
        ("error", [row("failed", 10, revision=2), row("active", 9, revision=1, is_current=True)], Phase.UNKNOWN),
    ],
)
def test_the_list_decides_between_the_latest_deploy_and_the_one_that_runs(
    listed: str, rows: list[dict[str, Any]], phase: Phase
) -> None:
    facts = Facts(NOW, row=Fact({"status": listed}), history=Fact({"deployments": rows}))
    assert observed(facts).state.phase is phase


def test_a_last_known_state_does_not_contradict_a_cluster_that_cannot_be_reached() -> None:
    listed, status = Fact({"status": "active"}), Fact({"value": "active", "reason": "cluster_unreachable"})
    running, failed = (Fact({"deployment": {"status": word}}) for word in ("running", "failed"))
    assert diagnose(Facts(NOW, row=listed, status=status, record=running)).conflicts == ()
    assert diagnose(Facts(NOW, row=listed, status=status, record=failed)).conflicts
