"""Facts can be decoded JSON or records, and any JSON at all is read without an error."""

from __future__ import annotations

import json
import random
import re
from dataclasses import replace
from typing import Any

import pytest
from diagnosis.incidents import INCIDENTS, Incident
from diagnosis.incidents.scene import NOW
from diagnosis.variations import mapped
from hypothesis import given
from hypothesis import strategies as st
from support.many import over
from support.mutating import mutated

from astro_tui.diagnosis import Fact, Facts, LogFact, as_json, diagnose, what_to_request
from astro_tui.document import Document
from astro_tui.platform import lenient
from astro_tui.platform.deployment_rows import read_tolerantly
from astro_tui.platform.lenient import json_of
from astro_tui.platform.models import HistoryRow, RevisionHistory, StatusReport

each = over(INCIDENTS)


def as_records(facts: Facts) -> Facts:
    """Return the facts with records in place of JSON, where the client has records."""
    history: Any = facts.history.value
    row: Any = facts.row.value
    changed: dict[str, Fact] = {}
    if isinstance(facts.status.value, dict):
        changed["status"] = Fact(StatusReport.model_validate(facts.status.value))
    if isinstance(history, dict):
        changed["history"] = Fact(RevisionHistory(rows=HistoryRow.each(history["deployments"])[0]))
    if isinstance(row, dict) and read_tolerantly([row]).rows:
        changed["row"] = Fact(read_tolerantly([row]).rows[0])
    specs = {}
    for key, fact in facts.specs.items():
        specs[key] = Fact(Document.parse(json.dumps(fact.value).encode()))
    return replace(facts, **changed, specs=specs)


@each
def test_records_and_json_give_the_same_diagnosis(incident: Incident) -> None:
    raw, records = diagnose(incident.facts), diagnose(as_records(incident.facts))
    assert records.kind == raw.kind
    assert records.workload == raw.workload
    assert records.change == raw.change


def test_the_endpoints_of_a_row_are_read() -> None:
    row = {"id": "d1", "status": "Running", "external_urls": [{"url": "https://x.example", "ready": False}]}
    [record] = read_tolerantly([row]).rows
    assert lenient.text(lenient.objects(record, "external_urls")[0], "url") == "https://x.example"


@each
def test_text_and_bytes_of_specs_are_the_same(incident: Incident) -> None:
    raw = diagnose(incident.facts)
    texts = {key: json.dumps(fact.value) for key, fact in incident.facts.specs.items()}
    forms = (
        {key: Fact(text) for key, text in texts.items()},
        {key: Fact(text.encode()) for key, text in texts.items()},
    )
    # Text for every second incident, bytes for the others.
    specs = forms[INCIDENTS.index(incident) % 2]
    assert diagnose(replace(incident.facts, specs=specs)).change == raw.change


FAR = ("0001-01-01T00:00:00Z", "0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59Z", "9999-12-31T23:59:59-14:00")
_TIME = re.compile(r'"\d{4}-\d\d-\d\dT[^" ]+"|"\d{16,19}"')


@pytest.mark.nightly
@over(INCIDENTS, 2, share=(0.1, 0.5, 1.0), seed=range(3))
def test_implausible_times_are_unknown(incident: Incident, share: float, seed: int) -> None:
    """One such time once broke the diagnosis of every agent of the account."""
    chance = random.Random(f"{incident.name} {seed}")

    def far(value: Any) -> Any:
        def other(found: re.Match[str]) -> str:
            return f'"{chance.choice(FAR)}"' if chance.random() < share else found[0]

        return json.loads(_TIME.sub(other, json.dumps(value)))

    facts = mapped(incident.facts, far)
    diagnosis = diagnose(facts)
    what_to_request(facts)
    assert json.dumps(as_json(diagnosis))
    for at in (diagnosis.began, *(each.time for each in diagnosis.evidence)):
        assert at is None or 1970 <= at.year < 2200


@pytest.mark.nightly
@over(INCIDENTS, 2, share=(0.003, 0.05), seed=range(3))
def test_odd_values_do_not_end_a_diagnosis(incident: Incident, share: float, seed: int) -> None:
    chance = random.Random(f"{incident.name} {seed}")
    facts = mapped(incident.facts, lambda value: json_of(mutated(json.dumps(value).encode(), chance, share)))
    facts = replace(facts, row=incident.facts.row)
    assert not diagnose(facts).bug
    what_to_request(facts)


_NAMES = """
    status value reason details error_message failed_on waiting_on workload workloads name kind component containers
    state ready restart_count message runs age phase events type object_kind object_name count first_timestamp
    last_timestamp deployments revision deployed_at spec agent resources memory variables targets template id
    timestamp level external_urls pods jobs alerts activeSince runtime deployment env
"""
NAMES = st.sampled_from(_NAMES.split())
_WORDS = """
    error failed active Running deploying x-agent agent Waiting OOMKilled Pod 3h BackOff FailedScheduling
    ImagePullBackOff 2026-11-26T02:50:00Z 0001-01-01T00:00:00Z 9999-12-31T23:59:59Z 99999999999999d 1e999999 256Mi
"""
WORDS = st.sampled_from([*_WORDS.split(), "", "CrashLoopBackOff: exit code 1", "KeyError: 'X'", "\ud800"])
LEAVES = st.none() | st.booleans() | st.integers() | st.floats() | WORDS
JSON = st.recursive(
    LEAVES, lambda inside: st.lists(inside, max_size=4) | st.dictionaries(NAMES, inside, max_size=6), max_leaves=40
)


@given(values=st.lists(JSON, min_size=10, max_size=10))
def test_any_json_is_read(values: list[Any]) -> None:
    row, status, record, runtime, before, events, alerts, history, log, spec = (Fact(value) for value in values)
    facts = Facts(
        NOW,
        row,
        status,
        record,
        runtime,
        before,
        events,
        alerts,
        history,
        (LogFact("x-agent", "", log),),
        {1: spec, 2: spec, "2026-11-26T02:50:00Z": row},
    )
    assert json.dumps(as_json(diagnose(facts)))
    what_to_request(facts)


@given(
    issues=st.lists(st.dictionaries(NAMES, LEAVES, max_size=6), max_size=3),
    workloads=st.lists(st.dictionaries(NAMES, JSON, max_size=6), max_size=3),
    events=st.lists(st.dictionaries(NAMES, LEAVES, max_size=8), max_size=5),
    rows=st.lists(st.dictionaries(NAMES, LEAVES, max_size=6), max_size=4),
    specs=st.lists(st.dictionaries(NAMES, JSON, max_size=6), min_size=2, max_size=2),
)
def test_any_json_in_the_right_places_is_read(
    issues: list[Any], workloads: list[Any], events: list[Any], rows: list[Any], specs: list[Any]
) -> None:
    facts = Facts(
        NOW,
        row=Fact({"id": "a", "status": "error"}),
        status=Fact({"value": "error", "failed_on": issues, "waiting_on": issues}),
        record=Fact({"deployment": {"workloads": workloads, "pods": workloads, "jobs": workloads}}),
        runtime=Fact({"runtime": {"workloads": workloads}}),
        events=Fact({"events": events}),
        history=Fact({"deployments": [{**row, "revision": number} for number, row in enumerate(rows, 1)]}),
        logs=(LogFact("x-agent", "app", Fact(events)),),
        specs={1: Fact({"agent": specs[0]}), 2: Fact({"agent": specs[1]}), 3: Fact(specs[0]), 4: Fact(specs[1])},
    )
    assert json.dumps(as_json(diagnose(facts)))
    what_to_request(facts)
