"""Which changes explain which failure."""

from __future__ import annotations

from typing import Any

import pytest
from diagnosis.incidents.scene import agent_spec, changed, large_spec

from astro_tui.diagnosis import built_in
from astro_tui.diagnosis.blame import Said, changes_for, explaining, mentions, spec_of
from astro_tui.diagnosis.tables import Kind
from astro_tui.diagnosis.values import Workload
from astro_tui.document import jq_path

GOOD, LARGE = agent_spec(), large_spec()
AGENT = Workload("tide-notes-agent", "deployment", "agent")
CASES = Workload("tide-notes-knowledge-cases", "statefulset", "knowledge-cases")


def paths(  # noqa: PLR0917  one argument a column
    kind: Kind, old: Any, new: Any, text: str = "", workload: Workload = AGENT, container: str = ""
) -> list[str]:
    before, after = spec_of(old), spec_of(new)
    assert before is not None
    assert after is not None
    found = explaining(kind, changes_for(workload, container, before, after), Said(text, built_in()))[1]
    return sorted(jq_path(change.path) for change in found)


def with_(spec: Any, **values: Any) -> Any:
    """Return a copy of a spec with other values at paths, written with `__` between keys; None removes the key."""
    for path, value in values.items():
        spec = changed(spec, path.replace("__", "/"), value)
    return spec


LIMITED = with_(GOOD, agent__resources={"cpu": "1", "memory": "512Mi", "memory_limit": "1Gi"})


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        (GOOD, with_(GOOD, agent__resources__memory="512Mi"), [".agent.resources.memory"]),
        (GOOD, with_(GOOD, agent__resources__memory="2Gi"), []),
        (GOOD, with_(GOOD, agent__resources__memory="1024Mi"), []),
        (GOOD, with_(GOOD, agent__resources__memory_limit="512Mi"), [".agent.resources.memory_limit"]),
        (GOOD, with_(GOOD, agent__resources__memory_limit="4Gi"), []),
        (LIMITED, with_(LIMITED, agent__resources__memory="128Mi"), [".agent.resources.memory"]),
        (LIMITED, with_(LIMITED, agent__resources__memory_limit="900Mi"), [".agent.resources.memory_limit"]),
        (LIMITED, with_(LIMITED, agent__resources__memory_limit=None), [".agent.resources.memory_limit"]),
        (GOOD, with_(GOOD, agent__environment__LOG_FORMAT="text"), []),
        (GOOD, with_(GOOD, agent__replicas=4), []),
        (GOOD, with_(GOOD, interfaces__resources__memory="64Mi"), []),
        (GOOD, with_(GOOD, agent__image="x/y:new"), [".agent.image"]),
    ],
)
def test_out_of_memory(old: Any, new: Any, expected: list[str]) -> None:
    assert paths(Kind.MEMORY, old, new, "OOMKilled") == expected


@pytest.mark.parametrize(
    ("new", "text", "expected"),
    [
        (with_(GOOD, variables__UPSTREAM_URL=None), "", [".variables.UPSTREAM_URL"]),
        (with_(GOOD, agent__environment__CACHE_TTL=None), "", []),
        (with_(GOOD, agent__environment__CACHE_TTL=None), "CACHE_TTL missing", [".agent.environment.CACHE_TTL"]),
        (with_(GOOD, agent__environment__MODE="x"), "", [".agent.environment.MODE"]),
        (with_(GOOD, agent__environment=None), "KeyError: 'LOG_FORMAT'", [".agent.environment.LOG_FORMAT"]),
        (with_(GOOD, target__display_name="New"), "", []),
        (with_(GOOD, agent__update__strategy="recreate"), "", []),
        (with_(GOOD, interfaces__auth__web__public=True), "", []),
        (with_(GOOD, variables__TIMEZONE__targets=["ingestion"]), "TIMEZONE", [".variables.TIMEZONE.targets"]),
        (
            with_(GOOD, variables__UPSTREAM_URL=None, variables__NOTES_API_KEY=None),
            "no NOTES_API_KEY",
            [".variables.NOTES_API_KEY"],
        ),
        (with_(GOOD, variables__UPSTREAM_URL__label="URL", variables__UPSTREAM_URL__configured=True), "", []),
    ],
)
def test_crash(new: Any, text: str, expected: list[str]) -> None:
    assert paths(Kind.CRASH, GOOD, new, text) == expected


def test_a_variable_for_another_workload_explains_nothing() -> None:
    assert paths(Kind.CRASH, LARGE, with_(LARGE, variables__S3_BUCKET=None)) == []
    job = Workload("tide-notes-ingestion-nightly", "cronjob", "ingestion-nightly")
    assert paths(Kind.JOB, LARGE, with_(LARGE, variables__S3_BUCKET=None), "", job) == [".variables.S3_BUCKET"]


def test_a_removed_dependency_explains_a_crash_that_names_it() -> None:
    new = with_(LARGE, knowledge__cases=None)
    assert paths(Kind.CRASH, LARGE, new, "cannot resolve tide-notes-knowledge-cases") == [".knowledge.cases"]
    assert paths(Kind.CRASH, LARGE, new, "something else") == []


def test_a_new_workload_is_one_path() -> None:
    old = with_(LARGE, knowledge__cases=None)
    for kind in (Kind.IMAGE, Kind.CRASH, Kind.SCHEDULING, Kind.STORAGE, Kind.MEMORY, Kind.PROBE, Kind.CONFIG):
        assert paths(kind, old, LARGE, "not found", CASES) == [".knowledge.cases"]


def test_a_sidecar_has_its_own_part() -> None:
    new = with_(GOOD, interfaces__image="x/y:1", agent__image="x/z:1")
    assert paths(Kind.IMAGE, GOOD, new, "not found", AGENT, "messaging") == [".interfaces.image"]
    assert paths(Kind.IMAGE, GOOD, new, "not found", AGENT, "app") == [".agent.image"]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("1 Insufficient memory.", [".agent.resources.memory"]),
        ("1 Insufficient cpu.", [".agent.resources.cpu"]),
        ("1 node(s) didn't match Pod's node affinity/selector", [".target.cluster_id"]),
        ("", [".agent.resources.cpu", ".agent.resources.memory", ".target.cluster_id"]),
    ],
)
def test_no_room(text: str, expected: list[str]) -> None:
    new = with_(GOOD, agent__resources={"cpu": "8", "memory": "64Gi"}, target__cluster_id="other", agent__image="x/y:2")
    assert paths(Kind.SCHEDULING, GOOD, new, text) == expected


def test_probe() -> None:
    new = with_(GOOD, agent__healthcheck__path="/up", agent__endpoints__http__port=81, agent__image="x/y:2")
    expected = [".agent.endpoints.http.port", ".agent.healthcheck.path"]
    assert paths(Kind.PROBE, GOOD, new, "HTTP probe failed with statuscode: 404") == expected


def test_a_spec_of_unknown_layout_is_compared_whole() -> None:
    old = {"whatever": {"container": {"image": "a:1", "env": {"KEY": "x"}}, "title": "one"}}
    new = {"whatever": {"container": {"image": "a:2", "env": {"KEY": "x"}}, "title": "two"}}
    assert paths(Kind.IMAGE, old, new, "not found") == [".whatever.container.image"]


@pytest.mark.parametrize(
    ("text", "word", "found"),
    [
        ("KeyError: 'API_URL'", "API_URL", True),
        ("KeyError: 'MY_API_URL'", "API_URL", False),
        ("API_URLS", "API_URL", False),
        ('secret "billing-eu" not found', "BILLING_EU", True),
        ("listening on 8080", "8080", True),
        ("took 80 ms", "80", False),
        ("the agent image", "image", False),
        ("", "KEY", False),
    ],
)
def test_mentions(text: str, word: str, found: bool) -> None:
    assert mentions(text, word) is found


def test_another_plain_value_does_not_make_a_secret_missing() -> None:
    new = with_(GOOD, variables__TIMEZONE__value="UTC", agent__environment__MODE="x")
    text = 'Error: secret "none" not found'
    assert paths(Kind.CONFIG, GOOD, new, text) == [".agent.environment.MODE"]
    assert paths(Kind.CONFIG, GOOD, with_(GOOD, variables__TIMEZONE__value="UTC"), text) == []
