"""In variations of the incidents, the kind stays the same, and nothing is blamed wrongly.

The nightly run has those written before the program saw them, too.
"""

from __future__ import annotations

import random
from copy import deepcopy
from dataclasses import replace
from datetime import timedelta
from functools import cache
from typing import Any

import pytest
from diagnosis.incidents import FIELD, INCIDENTS, Incident
from diagnosis.scoring import misses
from diagnosis.variations import THINNER, dropped, moved, renamed, thinner, with_harmless, with_harmless_after, without
from support.many import over

from astro_tui.diagnosis import Diagnosis, Fact, Kind, diagnose

EVERY = [*INCIDENTS, *FIELD]
PLACES = {id(incident): place for place, incident in enumerate(EVERY)}
NAMES = {
    "harborline": "zz-labs",
    "tide-notes-knowledge": "qa-bot-knowledge",
    "tide-notes": "qa-bot",
    "Tide Notes": "QA",
    "drafting": "writer",
    "policies": "rules",
    "nightly": "hourly",
    "backfill": "import",
    "ze5-r2l-m16": "aaa-bbb-ccc",
    "northwind-ops": "zz-labs",
    "invoice-triage": "qa-bot",
    "k4m-2p9-r7t": "aaa-bbb-ccc",
}


@cache
def _known(place: int) -> Diagnosis:
    return diagnose(EVERY[place].facts)


def known(incident: Incident) -> Diagnosis:
    """Return the diagnosis of an incident, made once for all variations."""
    return _known(PLACES[id(incident)])


def blamed(diagnosis: Diagnosis) -> object:
    return diagnosis.change.revision if diagnosis.change else None


def check_same(incident: Incident, found: Diagnosis, revision: object) -> None:
    """Check the kind, and that this revision is blamed; nobody if that is right, too."""
    assert found.kind == known(incident).kind
    assert blamed(found) in (revision, None if incident.or_none else revision)


@pytest.mark.nightly
@over(EVERY, parts=4)
def test_without_any_one_or_two_sources(incident: Incident) -> None:
    allowed = {known(incident).kind, incident.kind, Kind.UNKNOWN}
    wrong = []
    for names in dropped(incident.facts, PLACES[id(incident)]):
        found = diagnose(without(incident.facts, *names))
        if found.kind not in allowed or blamed(found) not in (None, incident.revision):
            wrong.append((names, found.kind, blamed(found), found.sentence))
    assert wrong == []


@over(INCIDENTS, later=FIELD, seed=range(4))
def test_with_other_clocks(incident: Incident, seed: int) -> None:
    """Clocks differ by some seconds, and the order of events with nearly the same time is arbitrary."""
    chance = random.Random(seed)
    skew = {name: timedelta(seconds=chance.uniform(-5, 5)) for name in ("first_timestamp", "timestamp", "deployed_at")}

    def by(key: str) -> timedelta:
        return skew.get("first_timestamp" if "_timestamp" in key else key, timedelta())

    found = diagnose(moved(incident.facts, by))
    assert found.kind in (known(incident).kind, Kind.UNKNOWN)
    # A revision without a number is called by its time.
    assert isinstance(incident.revision, str) or blamed(found) in (None, incident.revision)


@over(INCIDENTS, later=FIELD)
def test_everything_moved_to_another_day(incident: Incident) -> None:
    by = timedelta(days=-100, hours=5)
    facts = moved(incident.facts, lambda _key: by)
    logs = tuple(replace(log, since=log.since and log.since + by) for log in facts.logs)
    found = diagnose(replace(facts, now=facts.now + by, logs=logs))
    check_same(incident, found, blamed(found) if isinstance(incident.revision, str) else incident.revision)


@over(INCIDENTS, later=FIELD)
def test_with_other_names(incident: Incident) -> None:
    found = diagnose(renamed(incident.facts, NAMES))
    check_same(incident, found, blamed(known(incident)))


@over(INCIDENTS, later=FIELD, place=[0, 1])
def test_with_a_harmless_revision(incident: Incident, place: int) -> None:
    changed = with_harmless(incident.facts, place)
    if changed is not None:
        facts, moves = changed
        check_same(incident, diagnose(facts), moves.get(incident.revision) if incident.revision is not None else None)


@over(INCIDENTS, later=FIELD, seconds=[20, 240, 600])
def test_with_a_harmless_revision_after_the_last_one(incident: Incident, seconds: float) -> None:
    facts = with_harmless_after(incident.facts, seconds)
    if facts is not None:
        check_same(incident, diagnose(facts), incident.revision)


@pytest.mark.nightly
@over(FIELD, parts=4, name=THINNER)
def test_with_a_field_missing(incident: Incident, name: str) -> None:
    """Each field is left out of every second incident."""
    if (FIELD.index(incident) + THINNER.index(name)) % 2:
        return
    varied = thinner(incident.facts, name)
    found = diagnose(varied) if varied != incident.facts else known(incident)
    assert found.kind in (known(incident).kind, incident.kind, Kind.UNKNOWN), found.sentence
    assert blamed(found) in (None, incident.revision)


@pytest.mark.nightly
@over(FIELD)
def test_with_changes_of_other_parts(incident: Incident) -> None:
    """What the same revision and the later ones change elsewhere explains nothing."""
    facts = incident.facts
    first = incident.revision if isinstance(incident.revision, int) else max(facts.specs, key=int)
    specs = {key: fact if int(key) < int(first) else _decoyed(fact, incident) for key, fact in facts.specs.items()}
    assert misses(incident, diagnose(replace(facts, specs=specs))) == []


def _decoyed(fact: Fact, incident: Incident) -> Fact:
    """Return a spec in which all parts but the one of the incident are different."""
    document: Any = deepcopy(fact.value)
    spec = document.get("template", document) if isinstance(document, dict) else {}
    for block, prefix in (("models", "model"), ("knowledge", "knowledge"), ("integrations", "integration")):
        for name, part in spec.get(block, {}).items():
            if f"{prefix}-{name}" != incident.workload and "image" in part:
                part["environment"] = {**part.get("environment", {}), "DECOY": "on"}
                part["resources"] = {"memory": "77Mi", "cpu": "7"}
                part["replicas"] = 9
                part["image"] += "-decoy"
    return replace(fact, value=document)
