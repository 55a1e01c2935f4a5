"""A loader that requests what the plan says reaches the same diagnosis as one that knows everything."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from diagnosis.incidents import INCIDENTS, Incident, family
from diagnosis.incidents.scene import NOW
from diagnosis.loading import ABSENT, Loader
from support.many import over

from astro_tui.diagnosis import Fact, Facts, LogFact, LogRequest, diagnose, what_to_request

OUTDATED, TOO_LATE = family("late")

each = over(INCIDENTS)


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


def test_an_alert_about_an_agent_that_seems_healthy_is_evidence() -> None:
    facts = next(each for each in INCIDENTS if each.name == "healthy").facts
    alert = {"name": "slow", "title": "Replies are slow", "severity": "critical", "state": "firing"}
    loader = Loader(replace(facts, alerts=Fact({"component": "agent", "alerts": [alert]})))
    # Somebody looks at this agent, so its status is known.
    loader.facts = replace(loader.facts, status=facts.status)
    found = diagnose(loader.load())
    assert [each.text for each in found.evidence if each.source == "alerts"] == ["Replies are slow"]


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
    first, wider = [each for each in loader.requested if isinstance(each, LogRequest)]
    assert first.since <= NOW - timedelta(hours=3)
    # The first log shows the failure from its beginning on.
    assert (wider.since, wider.lines) == (NOW - timedelta(days=7), 2000)
    found = diagnose(loader.facts)
    assert (found.began, found.change and found.change.revision) == (NOW - timedelta(minutes=538), 18)


def test_events_alone_are_enough_for_the_kind() -> None:
    assert diagnose(OUTDATED.facts).kind == OUTDATED.kind


def test_no_build_is_blamed_until_a_wider_log_is_read() -> None:
    facts = TOO_LATE.facts
    assert diagnose(facts).kind == "crash"
    assert (diagnose(facts).change, diagnose(facts).change_state) == (None, "unread")
    plan = what_to_request(replace(facts, specs={}))
    assert [(each.since, each.lines) for each in plan.logs] == [(NOW - timedelta(days=7), 2000)]
    assert plan.specs == ()
    # A wider log that cannot be read is not requested again.
    [log] = facts.logs
    failed = LogFact(log.workload, log.container, Fact(error="503"), NOW - timedelta(days=7), 2000)
    facts = replace(facts, logs=(log, failed))
    assert not what_to_request(facts)
    assert diagnose(facts).change is None


ONE_SOURCE = family("one_source")


@pytest.mark.parametrize("incident", ONE_SOURCE, ids=[incident.name for incident in ONE_SOURCE])
def test_one_source_is_enough_to_find_the_cause(incident: Incident) -> None:
    for facts in (incident.facts, Loader(incident.facts).load()):
        found = diagnose(facts)
        assert found.kind == incident.kind
        assert (found.change.revision if found.change else None) == incident.revision
