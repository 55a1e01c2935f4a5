"""A diagnosis changes how a deployment is shown: a state that looks fine and is not is a problem."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from astro_tui.diagnosis import Diagnosis, Kind
from astro_tui.platform.deployment_rows import Deployment
from astro_tui.platform.models import StatusReport
from astro_tui.presentation.agent_filter import matching
from astro_tui.presentation.agent_list import entry_of, why
from astro_tui.presentation.status import LABEL_WIDTH, Severity, status_labeled
from astro_tui.presentation.verdicts import Verdicts


def diagnosis(kind: Kind) -> Diagnosis:
    """Return a diagnosis of one kind."""
    failing = kind not in (Kind.NONE, Kind.PAUSED, Kind.UNKNOWN)
    return Diagnosis("d1", "acme", "one", "Running", kind, "app of the agent restarts all day.", failing=failing)


def test_a_state_that_looks_fine_and_is_not_is_a_problem() -> None:
    verdicts = Verdicts()
    active = verdicts.conclude(entry_of(Deployment(id="d1", name="one", status="Running")), diagnosis(Kind.CRASH))
    assert (active.status.label, active.status.severity, active.status.plain) == ("ACTIVE!", Severity.WARN, "active")
    assert active.status.active
    moving = verdicts.conclude(entry_of(Deployment(id="d2", name="two", status="pending")), diagnosis(Kind.SCHEDULING))
    assert (moving.status.label, moving.status.severity) == ("PENDING!", Severity.ERROR)
    assert [each.key for each in matching([active, moving], "is:problem")] == ["d1", "d2"]
    assert why(active)[0] == "app of the agent restarts all day."


@pytest.mark.parametrize("kind", [Kind.NONE, Kind.PAUSED, Kind.UNKNOWN])
def test_what_is_fine_or_not_known_is_no_problem(kind: Kind) -> None:
    found = Verdicts().conclude(entry_of(Deployment(id="d1", name="one", status="Running")), diagnosis(kind))
    assert (found.status.label, found.status.severity) == ("ACTIVE", Severity.OK)


def test_a_failed_deployment_keeps_its_label() -> None:
    found = Verdicts().conclude(entry_of(Deployment(id="d1", name="one", status="error")), diagnosis(Kind.IMAGE))
    assert (found.status.label, found.status.severity) == ("FAILED", Severity.ERROR)


def test_a_diagnosis_ends_with_its_problem() -> None:
    verdicts = Verdicts()
    entry = verdicts.conclude(entry_of(Deployment(id="d1", name="one", status="Running")), diagnosis(Kind.CRASH))
    assert verdicts.conclude(entry, diagnosis(Kind.NONE)).status.label == "ACTIVE"
    assert verdicts.keep(entry, StatusReport(value="active")).status.label == "ACTIVE"


@pytest.mark.parametrize("changed", [{"status": "pending"}, {"build_id": "b2"}, {"created_at": "2026-05-01T10:00:00Z"}])
def test_a_diagnosis_ends_when_the_row_changes(changed: dict[str, str]) -> None:
    verdicts = Verdicts()
    row = Deployment(id="d1", name="one", status="Running", build_id="b1")
    verdicts.conclude(entry_of(row), diagnosis(Kind.CRASH))
    assert verdicts.known(entry_of(row)).diagnosis is not None
    assert verdicts.known(entry_of(replace(row, **changed))).diagnosis is None


def test_the_label_of_a_problem_is_known_by_its_name() -> None:
    for label in ("ACTIVE!", "DEPLOYING!", "PENDING!", "RESTART!"):
        assert status_labeled(label).label == label
        assert len(label) <= LABEL_WIDTH
