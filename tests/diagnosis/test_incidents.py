"""Every incident of the corpus is explained, whatever reads it."""

from __future__ import annotations

import pytest
from diagnosis.incidents import FIELD, INCIDENTS, Incident
from diagnosis.loading import Loader
from diagnosis.scoring import misses
from diagnosis.variations import without
from support.many import over

from astro_tui.diagnosis import Kind, diagnose

STATES = {Kind.PAUSED, Kind.BILLING, Kind.CANCELED}


def test_the_corpora_have_every_kind() -> None:
    for corpus in (INCIDENTS, FIELD):
        assert {incident.kind for incident in corpus} == {kind.value for kind in Kind}
        assert len({incident.name for incident in corpus}) == len(corpus) >= 60


@over(INCIDENTS)
def test_it_is_explained(incident: Incident) -> None:
    found = diagnose(incident.facts)
    assert found.kind == incident.kind, found.sentence
    if incident.workload is not None:
        assert found.workload == incident.workload
    if incident.container is not None:
        assert found.container == incident.container
    assert (found.change.revision if found.change else None) == incident.revision
    assert set(found.change.paths if found.change else ()) == set(incident.paths)
    if incident.state:
        assert found.change_state == incident.state


@pytest.mark.nightly
@over(FIELD)
def test_it_is_explained_by_all_facts_and_by_what_is_requested(incident: Incident) -> None:
    assert misses(incident, diagnose(incident.facts)) == []
    loader = Loader(incident.facts)
    assert misses(incident, diagnose(loader.load())) == []
    assert len(loader.requested) == len(set(loader.requested)) <= 20


@over(INCIDENTS)
def test_a_state_is_certain_without_other_sources(incident: Incident) -> None:
    if incident.kind in STATES:
        found = diagnose(without(incident.facts, "runtime", "events", "alerts", "history", "logs", "specs"))
        assert found.kind == incident.kind
