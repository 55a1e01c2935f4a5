"""The rows of the workloads: what is declared joined with what was observed, and any JSON at all."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from astro_tui.diagnosis.values import Fact, Facts
from astro_tui.presentation.nodes import Node, Nodes, matching
from astro_tui.presentation.status import Severity
from astro_tui.presentation.workloads import MOST, WorkloadNode, workload_nodes
from astro_tui.text.redaction import MASK

NOW = datetime(2026, 7, 2, 9, 30, tzinfo=UTC)
AGENT: dict[str, Any] = {
    "name": "claims-agent",
    "kind": "Deployment",
    "component": "agent",
    "image": "registry.example/claims:e88d3146",
    "replicas": 2,
}
RUNNING: dict[str, Any] = {
    "name": "claims-agent",
    "age": "3h",
    "phase": "Running",
    "pod_name": "claims-agent-7c9d8f6b5-x2x7p",
    "containers": [{"name": "app", "state": "Running", "ready": True, "restart_count": 0}],
}


def nodes(record: object = None, runtime: object = None, status: object = None, word: str = "Running") -> Nodes:
    facts = Facts(NOW, row=Fact({"status": word}), status=Fact(status), record=Fact(record), runtime=Fact(runtime))
    return workload_nodes(facts)


def found(*declared: dict[str, Any], observed: list[dict[str, Any]] | None = None, **more: Any) -> list[WorkloadNode]:
    tops = nodes({"workloads": declared}, {"runtime": {"workloads": observed or []}}, **more).tops
    assert all(isinstance(node, WorkloadNode) for node in tops)
    return [node for node in tops if isinstance(node, WorkloadNode)]


def every(node: Node) -> list[Node]:
    return [node, *(inside for below in node.below for inside in every(below))]


def below(node: Node, *key: str) -> Node:
    return next(each for each in every(node) if each.key[1:] == key)


def test_a_workload_is_joined_with_what_was_observed() -> None:
    [node] = found(AGENT, observed=[RUNNING])
    assert (node.label, node.name, node.kind, node.role) == ("agent", "claims-agent", "Deployment", "agent")
    assert (node.ready, node.restarts, node.pod) == ("1/1", 0, "claims-agent-7c9d8f6b5-x2x7p")
    assert (node.image, node.short_image) == ("registry.example/claims:e88d3146", "claims:e88d3146")
    assert node.status is not None
    assert (node.status.label, node.status.severity) == ("running", Severity.OK)
    assert node.at == NOW - timedelta(hours=3)
    assert {copy.name: copy.text for copy in node.copies} == {
        "as one line": "agent, Deployment, running, 1/1 containers ready, claims-agent-7c9d8f6b5-x2x7p, "
        "registry.example/claims:e88d3146",
        "pod": "claims-agent-7c9d8f6b5-x2x7p",
        "image": "registry.example/claims:e88d3146",
        "workload": "claims-agent",
    }
    assert [(field.label, field.value) for field in node.fields if field.label == "kind"] == [("kind", "Deployment ×2")]


CRASHING = {"name": "app", "state": "Waiting", "ready": False, "restart_count": 12, "message": "CrashLoopBackOff"}


@pytest.mark.parametrize(
    ("container", "label", "severity"),
    [
        (CRASHING, "crashes repeatedly", Severity.ERROR),
        (CRASHING | {"message": "OOMKilled, exit code 137"}, "out of memory", Severity.ERROR),
        (CRASHING | {"message": "ImagePullBackOff", "restart_count": 0}, "image cannot be pulled", Severity.ERROR),
        ({"name": "app", "state": "Running", "ready": False}, "not ready", Severity.WARN),
        ({"name": "app", "state": "Waiting", "message": "ContainerCreating"}, "starting", Severity.INFO),
        ({"name": "app", "state": "Running", "ready": True, "restart_count": 3}, "running", Severity.OK),
        ({"name": "app", "state": "Hiccuping"}, "hiccuping", Severity.WARN),
    ],
)
def test_the_state_is_the_one_of_the_diagnosis(container: dict[str, Any], label: str, severity: Severity) -> None:
    observed = [RUNNING | {"containers": [container]}]
    [node] = found(AGENT, observed=observed, word="Running")
    assert node.status is not None
    assert (node.status.label, node.status.severity) == (label, severity)
    problems = nodes({"workloads": [AGENT]}, {"runtime": {"workloads": observed}}).problems
    assert problems == (severity in (Severity.ERROR, Severity.WARN))


def test_a_container_says_how_it_ended() -> None:
    [node] = found(AGENT, observed=[RUNNING | {"containers": [CRASHING, RUNNING["containers"][0] | {"name": "chat"}]}])
    app, chat = below(node, "container", "0"), below(node, "container", "1")
    assert (app.label, app.note) == ("app", "restarted 12 times")
    assert [(each.note, each.wraps) for each in app.below] == [("CrashLoopBackOff", True)]
    assert app.copies[0].text == "app, crashes repeatedly, restarted 12 times, CrashLoopBackOff"
    assert [field.value for field in app.fields if field.label == "last exit"] == ["CrashLoopBackOff"]
    assert chat.status is not None
    assert chat.status.severity is Severity.OK
    assert node.ready == "1/2"
    assert node.restarted is Severity.ERROR


def test_restarts_of_long_ago_are_no_alarm() -> None:
    calm = [RUNNING | {"age": "60d", "containers": [RUNNING["containers"][0] | {"restart_count": 5}]}]
    [node] = found(AGENT, observed=calm)
    assert (node.restarts, node.restarted) == (5, Severity.MUTED)


def test_problems_come_first_then_the_agent_what_it_needs_and_jobs() -> None:
    declared = [
        {"name": "collector", "kind": "Deployment", "component": "collector"},
        {"name": "claims-ingestion-nightly", "kind": "CronJob", "component": "ingestion-nightly"},
        {"name": "claims-knowledge-cases", "kind": "StatefulSet", "component": "knowledge-cases"},
        AGENT,
        {"name": "claims-model-triage", "kind": "Deployment", "component": "model-triage"},
    ]
    broken = {"name": "claims-model-triage", "phase": "Running", "containers": [CRASHING]}
    tops = found(*declared, observed=[RUNNING, broken])
    assert [node.label for node in tops] == [
        "model triage",
        "agent",
        "knowledge cases",
        "ingestion nightly",
        "collector",
    ]
    assert [node.role for node in tops] == ["dependency", "agent", "dependency", "job", "collector"]
    assert [node.folded for node in tops] == [False, True, True, True, True]


def test_workloads_with_the_same_label_show_their_names() -> None:
    twins = [{"name": f"claims-{name}", "kind": "Deployment", "component": "tool"} for name in ("maps", "mail")]
    assert [node.label for node in found(*twins)] == ["claims-mail", "claims-maps"]


@pytest.mark.parametrize(
    ("used", "label", "severity"),
    [(7.1, "running", None), (7.2, "volume nearly full", Severity.WARN), (7.9, "volume full", Severity.ERROR)],
)
def test_storage(used: float, label: str, severity: Severity | None) -> None:
    size = {"storage_used_bytes": round(used * 2**30), "storage_capacity_bytes": 8 * 2**30}
    [node] = found(AGENT, observed=[RUNNING | size])
    storage = below(node, "storage")
    assert storage.note == f"{used} of 8 GiB · {used / 8:.0%}"
    assert storage.severity is severity
    assert node.status is not None
    assert node.status.label == label


def test_runs_of_a_job() -> None:
    job = {"name": "claims-ingestion-nightly", "kind": "CronJob", "component": "ingestion-nightly"}
    runs = [
        {"name": "claims-ingestion-nightly-9", "status": "Running", "start_time": "2026-07-02T09:26:00Z"},
        {
            "name": "claims-ingestion-nightly-8",
            "status": "Succeeded",
            "start_time": "2026-07-02T02:15:00Z",
            "completion_time": "2026-07-02T02:18:12Z",
            "completions": "1/1",
        },
        {"name": "claims-ingestion-nightly-7", "status": "Failed", "start_time": None},
    ]
    [node] = found(job | {"schedule": "15 2 * * *"}, observed=[{"name": job["name"], "status": "Active", "runs": runs}])
    assert below(node, "schedule").note == "every day at 02:15 (15 2 * * *)"
    shown = [
        (each.label, each.status.label if each.status else "", each.note, each.at)
        for each in node.below
        if each.key[1] == "run"
    ]
    assert shown == [
        ("9", "running", "for 4m", datetime(2026, 7, 2, 9, 26, tzinfo=UTC)),
        ("8", "succeeded", "took 3m, 1/1 complete", datetime(2026, 7, 2, 2, 15, tzinfo=UTC)),
        ("7", "failed", "", None),
    ]
    assert node.status is not None
    assert (node.status.label, node.status.severity) == ("active", Severity.INFO)


def test_the_environment_is_masked_and_folded() -> None:
    env = {
        "app": [
            {"name": "LOG_LEVEL", "value": "info", "source": "environment"},
            {"name": "API_TOKEN", "value": "•" * 8, "is_secret": True},
            {"name": "DB_PASSWORD", "value": "not-a-real-one-9x"},
            {"name": "DATABASE_URL", "value": "postgres://claims:not-a-real-one-9x@db.example/claims"},
            {"name": "PORT", "value": 8080},
        ],
        "chat": None,
    }
    [node] = found(AGENT | {"env": env}, observed=[RUNNING])
    [role] = [each for each in node.below if each.key[1] == "env"]
    assert (role.label, role.note, role.folded) == ("environment", "app · 5 variables", True)
    values = {each.label: each.note for each in role.below}
    assert values["LOG_LEVEL"] == "info"
    assert values["API_TOKEN"] == values["DB_PASSWORD"] == MASK
    assert values["PORT"] == "8080"
    drawn = repr(every(node))
    assert "not-a-real-one-9x" not in drawn


def test_what_the_status_says_is_below_the_workload() -> None:
    issue = {
        "workload": "claims-agent",
        "phase": "failed",
        "title": "Image cannot be pulled",
        "guidance": "Check that the build exists.",
        "message": "ImagePullBackOff: not found",
    }
    [node] = found(AGENT, status={"value": "error", "reason": "failed", "failed_on": [issue]}, word="error")
    assert [(each.note, each.wraps) for each in node.below[:2]] == [
        ("Image cannot be pulled", True),
        ("Check that the build exists.", True),
    ]
    assert node.status is not None
    assert node.status.label == "image cannot be pulled"


def test_a_paused_deployment_has_no_problems() -> None:
    listed = nodes({"workloads": [AGENT]}, {"runtime": {"workloads": None}}, word="Stopped")
    assert [node.status.label for node in listed.tops if node.status] == ["not observed"]
    assert listed.problems == 0


def test_the_oldest_servers_list_pods_and_jobs() -> None:
    pod = {"name": "claims-agent-7c9d8f6b5-x2x7p", "phase": "Running", "component": "agent", "age": "2d"}
    job = {"name": "claims-ingest-123456", "status": "Succeeded", "component": "ingestion", "completions": "1/1"}
    record = {"ready": 1, "pods": [pod | {"containers": RUNNING["containers"]}], "jobs": [job]}
    tops = nodes(record).tops
    assert [(node.label, node.status.label) for node in tops if node.status] == [
        ("agent", "running"),
        ("ingestion", "succeeded"),
    ]


def test_pods_that_are_not_named_are_counted() -> None:
    """Only the oldest servers name all pods of a workload; others name one."""
    assert found(AGENT, observed=[RUNNING])[0].pods == "claims-agent-7c9d8f6b5-x2x7p, the only one named of 2"
    pods = [{"name": f"claims-agent-7c9d8f6b5-{end}", "phase": "Running", "component": "agent"} for end in ("ab", "cd")]
    [node] = nodes({"workloads": [AGENT], "pods": pods}).tops
    assert isinstance(node, WorkloadNode)
    assert node.pods == "claims-agent-7c9d8f6b5-ab, claims-agent-7c9d8f6b5-cd"


def test_many_workloads_are_cut_with_their_number() -> None:
    listed = nodes({"workloads": [{"name": f"w-{number}", "kind": "Deployment"} for number in range(MOST + 7)]})
    assert (len(listed.tops), listed.hidden) == (MOST, 7)


def test_a_filter_finds_every_word() -> None:
    tops = found(AGENT, {"name": "claims-knowledge-cases", "component": "knowledge-cases", "image": "postgres:17"})
    assert [node.label for node in matching(tops, "POSTGRES dependency")] == ["knowledge cases"]


NAMES = """
workloads runtime deployment name kind component image replicas env app value is_secret schedule age phase
pod_name containers state ready restart_count message runs status start_time completion_time completions pods
storage_used_bytes storage_capacity_bytes jobs failed_on waiting_on workload title guidance reason
"""
TEXTS = """
agent knowledge-x Job CronJob Running Waiting Terminated Failed 3h 2026-07-02T02:15:00Z 1e999 \x1b[31m \ud800 w
99999999999999d 0001-01-01T00:00:00Z OOMKilled CrashLoopBackOff
"""
KEYS = st.sampled_from(NAMES.split())
WORDS = st.sampled_from(TEXTS.split()) | st.text(max_size=9)
LEAVES = st.none() | st.booleans() | st.integers() | st.floats() | WORDS
JSON = st.recursive(
    LEAVES, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(KEYS, inner, max_size=7), max_leaves=40
)


@given(JSON, JSON, JSON)
def test_any_json_is_read(record: Any, runtime: Any, status: Any) -> None:
    listed = nodes(record, runtime, status)
    for top in listed.tops:
        keys = [node.key for node in every(top)]
        assert len(keys) == len(set(keys))
        for node in every(top):
            texts = [node.label, node.note, node.status.label if node.status else ""]
            texts += [field.value for field in node.fields] + [copy.text for copy in node.copies]
            assert not any("\x1b" in text or "\n" in text for text in texts)
    assert listed.problems <= len(listed.tops) + listed.hidden
