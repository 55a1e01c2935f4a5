"""Every incident of the corpus is explained, and its variations lead to no other kind and no false blame."""

from __future__ import annotations

import random
from datetime import timedelta

import pytest
from diagnosis.incidents import INCIDENTS, Incident
from diagnosis.variations import dropped, moved, renamed, with_harmless, with_harmless_after, without
from support.many import over

from astro_tui.diagnosis import Diagnosis, Kind, diagnose

each = over(INCIDENTS)
STATES = {Kind.PAUSED, Kind.BILLING, Kind.CANCELED}


def blamed(diagnosis: Diagnosis) -> object:
    return diagnosis.change.revision if diagnosis.change else None


def test_the_corpus_is_large_enough() -> None:
    assert len(INCIDENTS) == len({incident.name for incident in INCIDENTS}) >= 60
    explained = [incident for incident in INCIDENTS if incident.revision is not None]
    assert len(explained) >= 25
    assert {incident.kind for incident in INCIDENTS} == {kind.value for kind in Kind}


@each
def test_it_is_explained(incident: Incident) -> None:
    found = diagnose(incident.facts)
    assert found.kind == incident.kind, found.sentence
    if incident.workload is not None:
        assert found.workload == incident.workload
    if incident.container is not None:
        assert found.container == incident.container
    assert blamed(found) == incident.revision
    assert set(found.change.paths if found.change else ()) == set(incident.paths)
    if incident.state:
        assert found.change_state == incident.state


@pytest.mark.nightly
@over(INCIDENTS, parts=4)
def test_without_any_one_or_two_sources(incident: Incident) -> None:
    wrong = []
    for names in dropped(incident.facts, INCIDENTS.index(incident)):
        found = diagnose(without(incident.facts, *names))
        allowed = {incident.kind, Kind.UNKNOWN}
        if found.kind not in allowed or blamed(found) not in (None, incident.revision):
            wrong.append((names, found.kind, blamed(found), found.sentence))
    assert wrong == []


@each
def test_with_other_clocks(incident: Incident) -> None:
    """Clocks differ by some seconds, and the order of events with nearly the same time is arbitrary."""
    for seed in range(4):
        chance = random.Random(seed)
        keys = ("first_timestamp", "timestamp", "deployed_at")
        skew = {name: timedelta(seconds=chance.uniform(-5, 5)) for name in keys}

        def by(key: str, skew: dict[str, timedelta] = skew) -> timedelta:
            return skew.get("first_timestamp" if "_timestamp" in key else key, timedelta())

        found = diagnose(moved(incident.facts, by))
        assert found.kind in (incident.kind, Kind.UNKNOWN), seed
        assert blamed(found) is None or incident.revision is not None, seed
        if isinstance(incident.revision, int):
            assert blamed(found) in (None, incident.revision), seed


@each
def test_everything_moved_to_another_day(incident: Incident) -> None:
    from dataclasses import replace

    by = timedelta(days=-100, hours=5)
    facts = moved(incident.facts, lambda _key: by)
    logs = tuple(replace(log, since=log.since and log.since + by) for log in facts.logs)
    found = diagnose(replace(facts, now=facts.now + by, logs=logs))
    assert found.kind == incident.kind
    if not isinstance(incident.revision, str):
        assert blamed(found) == incident.revision


@each
def test_with_other_names(incident: Incident) -> None:
    names = {
        "harborline": "zz-labs",
        "tide-notes-knowledge": "qa-bot-knowledge",
        "tide-notes": "qa-bot",
        "Tide Notes": "QA",
        "drafting": "writer",
        "policies": "rules",
        "nightly": "hourly",
        "backfill": "import",
        "ze5-r2l-m16": "aaa-bbb-ccc",
    }
    found = diagnose(renamed(incident.facts, names))
    assert found.kind == incident.kind
    assert blamed(found) == incident.revision
    assert len(found.change.paths if found.change else ()) == len(incident.paths)


@each
def test_with_a_harmless_revision(incident: Incident) -> None:
    for place in (0, 1):
        changed = with_harmless(incident.facts, place)
        if changed is None:
            continue
        facts, moves = changed
        found = diagnose(facts)
        assert found.kind == incident.kind, place
        expected = moves.get(incident.revision) if incident.revision is not None else None
        assert blamed(found) == expected, place


@each
def test_with_a_harmless_revision_after_the_last_one(incident: Incident) -> None:
    for seconds in (20, 240, 600):
        facts = with_harmless_after(incident.facts, seconds)
        if facts is None:
            continue
        found = diagnose(facts)
        assert found.kind == incident.kind, seconds
        assert blamed(found) == incident.revision, seconds


@each
def test_a_state_is_certain_without_other_sources(incident: Incident) -> None:
    if incident.kind in STATES:
        found = diagnose(without(incident.facts, "runtime", "events", "alerts", "history", "logs", "specs"))
        assert found.kind == incident.kind
