"""Deployments and situations for tests of actions."""

from __future__ import annotations

from datetime import UTC, datetime

from astro_tui.actions.target import Situation, Target
from astro_tui.platform.models import Revision, StatusReport
from astro_tui.presentation.revisions import rows_of

NOW = datetime(2026, 7, 4, 12, 0, tzinfo=UTC)
EU, US = "q7k-0ab-x4d", "u5r-8wn-c2e"
LABS = "meridian-labs"
CLAIMS = Target(LABS, EU, "Claims Desk (EU)", "claims-desk", "astro-q7k0abx4d-0")


def situation(value: str = "active", reason: str = "ready", revision: int | None = 12) -> Situation:
    """Return a deployment in a state, with one revision."""
    rows = rows_of([Revision(id=EU, revision=revision, is_current=True, status="active")], EU)
    return Situation(StatusReport(value=value, reason=reason), tuple(rows), NOW)
