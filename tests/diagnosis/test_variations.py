"""Incidents written before the program saw them are explained; in variations of them, nothing is blamed wrongly."""

from __future__ import annotations

import random
from copy import deepcopy
from dataclasses import replace
from datetime import timedelta
from functools import cache
from typing import Any

import pytest
from diagnosis.incidents import FIELD, Incident
from diagnosis.loading import Loader
from diagnosis.scoring import misses
from diagnosis.variations import (
    THINNER,
    dropped,
    moved,
    renamed,
    thinner,
    with_harmless,
    with_harmless_after,
    without,
)
from support.many import over

from astro_tui.diagnosis import Diagnosis, Fact, Facts, Kind, diagnose

pytestmark = pytest.mark.nightly

each = over(FIELD)
PLACES = {incident.name: place for place, incident in enumerate(FIELD)}
NAMES = {"northwind-ops": "zz-labs", "invoice-triage": "qa-bot", "drafting": "writer", "k4m-2p9-r7t": "aaa-bbb-ccc"}


@cache
def _known(place: int) -> tuple[Facts, Diagnosis]:
    facts = FIELD[place].facts
    return facts, diagnose(facts)


def known(incident: Incident) -> tuple[Facts, Diagnosis]:
    """Return the facts of an incident and their diagnosis, made once for all variations."""
    return _known(PLACES[incident.name])


def blamed(diagnosis: Diagnosis) -> object:
    return diagnosis.change.revision if diagnosis.change else None


def test_all_kinds_occur() -> None:
    assert {incident.kind for incident in FIELD} == {kind.value for kind in Kind}
    assert len({incident.name for incident in FIELD}) == len(FIELD)


@each
def test_it_is_explained(incident: Incident) -> None:
    _facts, found = known(incident)
    assert misses(incident, found) == []


@each
def test_a_loader_reaches_the_same_diagnosis(incident: Incident) -> None:
    facts, _found = known(incident)
    loader = Loader(facts)
    found = diagnose(loader.load())
    assert misses(incident, found) == []
    assert len(loader.requested) == len(set(loader.requested)) <= 20


@over(FIELD, parts=4)
def test_without_any_one_or_two_sources(incident: Incident) -> None:
    facts, before = known(incident)
    allowed = {before.kind, incident.kind, Kind.UNKNOWN}
    wrong = []
    for names in dropped(facts, PLACES[incident.name]):
        found = diagnose(without(facts, *names))
        if found.kind not in allowed or blamed(found) not in (None, incident.revision):
            wrong.append((names, found.kind, blamed(found), found.sentence))
    assert wrong == []


@over(FIELD, seed=range(4))
def test_with_other_clocks(incident: Incident, seed: int) -> None:
    chance = random.Random(seed)
    skew = {name: timedelta(seconds=chance.uniform(-5, 5)) for name in ("first_timestamp", "timestamp", "deployed_at")}
    facts, before = known(incident)
    found = diagnose(moved(facts, lambda key: skew.get("first_timestamp" if "_timestamp" in key else key, timedelta())))
    assert found.kind in (before.kind, Kind.UNKNOWN)
    assert blamed(found) in (None, incident.revision)


@each
def test_everything_moved_to_another_day(incident: Incident) -> None:
    by = timedelta(days=-100, hours=5)
    facts, before = known(incident)
    facts = moved(facts, lambda _key: by)
    logs = tuple(replace(log, since=log.since and log.since + by) for log in facts.logs)
    found = diagnose(replace(facts, now=facts.now + by, logs=logs))
    assert blamed(found) in (incident.revision, None if incident.or_none else incident.revision)
    assert found.kind == before.kind


@each
def test_with_other_names(incident: Incident) -> None:
    facts, before = known(incident)
    found = diagnose(renamed(replace(facts, deployment_id="", account="", agent=""), NAMES))
    assert found.kind == before.kind
    assert blamed(found) == blamed(before)


@over(FIELD, place=[0, 1])
def test_with_a_harmless_revision(incident: Incident, place: int) -> None:
    facts, before = known(incident)
    changed = with_harmless(facts, place)
    if changed is None:
        return
    varied, moves = changed
    found = diagnose(varied)
    assert found.kind == before.kind
    expected = moves.get(incident.revision) if incident.revision is not None else None
    assert blamed(found) in (expected, None if incident.or_none else expected)


@over(FIELD, seconds=[20, 240, 600])
def test_with_a_harmless_revision_after_the_last_one(incident: Incident, seconds: float) -> None:
    facts, before = known(incident)
    varied = with_harmless_after(facts, seconds)
    if varied is None:
        return
    found = diagnose(varied)
    assert found.kind == before.kind
    assert blamed(found) in (incident.revision, None if incident.or_none else incident.revision)


@over(FIELD, parts=4, name=THINNER)
def test_with_a_field_missing(incident: Incident, name: str) -> None:
    """Each field is left out of every second incident."""
    if (PLACES[incident.name] + THINNER.index(name)) % 2:
        return
    facts, before = known(incident)
    varied = thinner(facts, name)
    found = diagnose(varied) if varied != facts else before
    assert found.kind in (before.kind, incident.kind, Kind.UNKNOWN), found.sentence
    assert blamed(found) in (None, incident.revision)


@each
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
