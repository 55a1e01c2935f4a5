"""The spec of a revision comes from the response that is about that revision."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import pytest
from support.demo_deployments import CLAIMS

from astro_tui.demo import DemoServer
from astro_tui.platform.client import Call, Platform
from astro_tui.platform.lenient import Moment
from astro_tui.platform.models import ActiveDeployment
from astro_tui.presentation.revisions import RevisionRow, current_of, rows_of
from astro_tui.session.spec_store import spec_text

ACCOUNT, BLUEPRINT = "meridian-labs", "claims-desk"


@pytest.fixture
def platform(demo: DemoServer) -> Iterator[Platform]:
    platform = Platform(demo.url, demo.token)
    yield platform
    platform.close()


def newest(platform: Platform) -> tuple[RevisionRow, ActiveDeployment]:
    """Return the current revision and the record of a deployment."""
    row = current_of(rows_of(platform.history(ACCOUNT, BLUEPRINT, CLAIMS).rows, CLAIMS))
    assert row is not None
    return row, platform.active_deployment(ACCOUNT, BLUEPRINT)


def test_the_record_has_the_spec_of_the_current_revision(platform: Platform) -> None:
    row, record = newest(platform)
    found = spec_text(platform, ACCOUNT, BLUEPRINT, row, record=record, call=Call())
    assert (found.raw, found.regenerated) == (record.spec, False)


@pytest.mark.parametrize("hours", [0.01, 50])
def test_a_record_from_before_the_deploy_does_not(platform: Platform, hours: float) -> None:
    """Another user deployed the same build with other settings, and the screen still has the older record."""
    row, record = newest(platform)
    assert row.deployed is not None
    before = Moment.of((row.deployed - timedelta(hours=hours)).isoformat())
    old = record.model_copy(update={"deployed_at": before, "spec": b'{"old": true}'})
    found = spec_text(platform, ACCOUNT, BLUEPRINT, row, record=old, call=Call())
    assert found.regenerated
    assert b"old" not in found.raw
