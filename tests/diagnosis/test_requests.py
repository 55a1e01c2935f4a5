"""A loader that requests what the plan says reaches the same diagnosis as one that knows everything."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest
from diagnosis.incidents import INCIDENTS, Incident, more, onsets, restarts
from diagnosis.incidents.onsets import LOG_BEGINS_TOO_LATE
from diagnosis.incidents.restarts import EVENTS_ALONE
from diagnosis.incidents.scene import NOW

from astro_tui.diagnosis import Fact, Facts, LogFact, LogRequest, diagnose, what_to_request
from astro_tui.platform.lenient import Moment

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
                logs += self._logs(request)
                assert NOW - timedelta(days=8) < request.since < NOW
            specs = dict(self.facts.specs)
            for key in plan.specs:
                specs[key] = self.whole.specs.get(key, ABSENT)
            self.requested += [*plan.sources, *plan.logs, *plan.specs]
            self.facts = replace(self.facts, **found, logs=tuple(logs), specs=specs)
        raise AssertionError(plan)

    def _logs(self, request: LogRequest) -> list[LogFact]:
        """Return what a server sends: the newest lines since a time."""
        lines: list[object] = []
        container = request.container
        for log in self.whole.logs:
            if log.workload == request.workload and (not container or log.container in ("", container)):
                if not isinstance(log.lines.value, list):
                    return [replace(log, since=request.since, limit=request.lines)]
                lines += log.lines.value
        kept = [each for each in lines if not _is_before(each, request.since)]
        return [LogFact(request.workload, container, Fact(kept[-request.lines :]), request.since, request.lines)]


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


def _is_before(line: object, since: datetime) -> bool:
    at = Moment.of(line.get("timestamp") if isinstance(line, dict) else "").at
    return at is not None and at < since


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
    first, wider = [each for each in loader.requested if isinstance(each, LogRequest)]
    assert first.since <= NOW - timedelta(hours=3)
    # The first log shows the failure from its beginning on.
    assert (wider.since, wider.lines) == (NOW - timedelta(days=7), 2000)
    found = diagnose(loader.facts)
    assert (found.began, found.change and found.change.revision) == (NOW - timedelta(minutes=538), 18)


def test_what_the_events_alone_tell() -> None:
    assert diagnose(EVENTS_ALONE.facts).kind == EVENTS_ALONE.kind


def test_no_build_is_blamed_until_a_wider_log_is_read() -> None:
    facts = LOG_BEGINS_TOO_LATE.facts
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


ONE_SOURCE = [*restarts.ONE_SOURCE, *onsets.ONE_SOURCE, *more.ONE_SOURCE]


@pytest.mark.parametrize("incident", ONE_SOURCE, ids=[incident.name for incident in ONE_SOURCE])
def test_what_one_source_tells_is_found(incident: Incident) -> None:
    for facts in (incident.facts, Loader(incident.facts).load()):
        found = diagnose(facts)
        assert found.kind == incident.kind
        assert (found.change.revision if found.change else None) == incident.revision
