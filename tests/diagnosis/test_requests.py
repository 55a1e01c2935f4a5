"""A loader that requests what the plan says reaches the same diagnosis as one that knows everything."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from diagnosis.incidents import INCIDENTS, Incident
from diagnosis.incidents.restarts import EVENTS_ALONE, ONE_SOURCE
from diagnosis.incidents.scene import NOW

from astro_tui.diagnosis import Fact, Facts, LogFact, diagnose, what_to_request

each = pytest.mark.parametrize("incident", INCIDENTS, ids=[incident.name for incident in INCIDENTS])
ABSENT = Fact(error="404: not found")


class Loader:
    """Starts with the list's row, and counts what it requests."""

    def __init__(self, whole: Facts) -> None:
        self.whole = whole
        self.facts = replace(Facts(whole.now), row=whole.row, earlier_runtime=whole.earlier_runtime)
        self.requested: list[object] = []

    def load(self) -> Facts:
        for _step in range(12):
            plan = what_to_request(self.facts)
            if not plan:
                return self.facts
            found: dict[str, Any] = {}
            for name in plan.sources:
                fact = getattr(self.whole, name)
                found[name] = fact if fact.requested else ABSENT
            logs = [*self.facts.logs]
            for request in plan.logs:
                logs += [log for log in self.whole.logs if log.workload == request.workload] or [
                    LogFact(request.workload, request.container, Fact([]), request.since)
                ]
                assert NOW - timedelta(days=8) < request.since < NOW
            specs = dict(self.facts.specs)
            for key in plan.specs:
                specs[key] = self.whole.specs.get(key, ABSENT)
            self.requested += [*plan.sources, *plan.logs, *plan.specs]
            self.facts = replace(self.facts, **found, logs=tuple(logs), specs=specs)
        raise AssertionError(plan)


@each
def test_it_reaches_the_same_diagnosis(incident: Incident) -> None:
    if incident.name.startswith("only the list row"):
        return
    loader = Loader(incident.facts)
    found, whole = diagnose(loader.load()), diagnose(incident.facts)
    assert found.kind == whole.kind
    assert (found.change and found.change.revision) == (whole.change and whole.change.revision)
    assert (found.change and found.change.paths) == (whole.change and whole.change.paths)
    assert len(loader.requested) == len(set(loader.requested)) <= 20


def test_a_healthy_agent_takes_one_request() -> None:
    incident = next(each for each in INCIDENTS if each.name == "healthy")
    loader = Loader(incident.facts)
    loader.load()
    assert loader.requested == ["runtime"]


def _restarted() -> Facts:
    return next(each for each in INCIDENTS if each.name == "restarts all day, ready now").facts


def test_alerts_are_requested_for_a_ready_pod_that_restarted() -> None:
    loader = Loader(next(each for each in INCIDENTS if each.name == "one restart long ago").facts)
    loader.load()
    assert {"events", "alerts"} <= set(loader.requested)


def test_the_log_is_requested_where_the_events_cannot_be_read() -> None:
    loader = Loader(replace(_restarted(), events=ABSENT))
    found = diagnose(loader.load())
    assert found.kind == "crash"
    assert any(hasattr(each, "since") for each in loader.requested)


def test_a_paused_agent_takes_one_request() -> None:
    incident = next(each for each in INCIDENTS if each.name == "paused")
    loader = Loader(incident.facts)
    loader.load()
    assert loader.requested == ["status"]


def test_only_specs_around_the_failure_are_requested() -> None:
    incident = next(each for each in INCIDENTS if each.name == "memory lowered")
    loader = Loader(incident.facts)
    loader.load()
    assert [each for each in loader.requested if isinstance(each, int)] == [18, 17]


def test_the_log_is_requested_from_before_the_failure() -> None:
    incident = next(each for each in INCIDENTS if each.name == "events expired")
    loader = Loader(incident.facts)
    loader.load()
    [since] = [each.since for each in loader.requested if hasattr(each, "since")]
    assert since <= NOW - timedelta(hours=3)


def test_what_the_events_alone_tell() -> None:
    assert diagnose(EVENTS_ALONE.facts).kind == EVENTS_ALONE.kind


@pytest.mark.parametrize("incident", ONE_SOURCE, ids=[incident.name for incident in ONE_SOURCE])
def test_what_one_source_tells_is_found(incident: Incident) -> None:
    for facts in (incident.facts, Loader(incident.facts).load()):
        found = diagnose(facts)
        assert found.kind == incident.kind
        assert (found.change.revision if found.change else None) == incident.revision
