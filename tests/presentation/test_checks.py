"""What `check` finds: planted risks, and what only looks like one."""

from __future__ import annotations

import json
from copy import deepcopy
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from astro_tui.diagnosis.tables import table
from astro_tui.diagnosis.values import AgentVariable, Fact, Facts
from astro_tui.document import Document, masked
from astro_tui.platform.models import BuildRun, PodMetrics, Scan
from astro_tui.presentation.builds import row_of
from astro_tui.presentation.checks import CheckInput, codes, findings

NOW = datetime(2026, 12, 1, 12, tzinfo=UTC)
IMAGE = "registry.astropods.ai/acme/bot:4be19c07"
HEALTHY: dict[str, Any] = {
    "spec": "deployment/v1",
    "agent": {
        "image": IMAGE,
        "resources": {"memory": "1Gi", "memory_limit": "2Gi"},
        "endpoints": {"http": {"port": 8080}},
        "environment": {"LOG_FORMAT": "json"},
        "healthcheck": {"path": "/healthz"},
    },
    "knowledge": {"docs": {"image": "qdrant/qdrant:v1.13.2"}, "faq": {"binding": "arn:astro:knowledge:acme:faq"}},
    "ingestion": {"nightly": {"image": IMAGE, "trigger": {"type": "schedule", "schedule": "15 2 * * *"}}},
    "interfaces": {
        "image": "registry.astropods.ai/platform/messaging:1.14.0",
        "auth": {"web": {"grants": [{"org": "acme"}]}},
    },
    "variables": {"API_KEY": {"ref": "TEAM_KEY", "secret": True}, "REGION": {"value": "eu"}},
}
POD = {
    "name": "bot-agent",
    "image": IMAGE,
    "resources": {"limits": {"memory": "1Gi"}},
    "livenessProbe": {"httpGet": {"path": "/"}},
}
SCHEDULE = "ingestion.nightly.trigger.schedule"
OPEN = {"http": {"port": 80, "expose": {"enabled": True}}}

SPECS: list[tuple[str, dict[str, Any], str]] = [
    ("healthy", {}, ""),
    ("no limit", {"agent.resources": {"memory": "1Gi"}}, "no-memory-limit"),
    ("an empty limit", {"agent.resources.memory_limit": ""}, "no-memory-limit"),
    ("no resources", {"agent.resources": None}, "no-memory-limit"),
    ("a store has no limit by default", {"knowledge.docs.resources": {"memory": "256Mi"}}, ""),
    ("a password", {"agent.environment.DB_PASSWORD": "hunter2hunter"}, "plain-secret"),
    (
        "an address with a password",
        {"knowledge.docs.environment": {"DATABASE_URL": "postgres://a:pw12@db/x"}},
        "plain-secret",
    ),
    (
        "a key of a job",
        {"ingestion.nightly.environment": {"X": "ghp_abcdefghijklmnopqrstuvwxyz0123456789"}},
        "plain-secret",
    ),
    ("a file, a mode, and a limit", {"agent.environment": {"TOKEN_FILE": "/run/t", "MAX_TOKENS": "4096"}}, ""),
    ("a reference", {"agent.environment": {"API_TOKEN": "${OTHER_TOKEN}", "AUTH_MODE": "oidc"}}, ""),
    ("latest", {"agent.image": "registry.astropods.ai/acme/bot:latest"}, "latest-tag"),
    ("no tag", {"knowledge.docs.image": "registry.example:5000/qdrant"}, "latest-tag"),
    ("latest of a job", {"ingestion.nightly.image": "acme/rows:latest"}, "latest-tag"),
    ("a digest", {"agent.image": "acme/bot:latest@sha256:" + "0" * 64}, ""),
    ("a name with latest in it", {"agent.image": "acme/latest:v2-latest"}, ""),
    ("open to all", {"agent.endpoints": OPEN, "interfaces.auth": {}}, "public-without-grant"),
    (
        "a sidecar open to all",
        {"interfaces.endpoints": OPEN, "interfaces.auth": {"web": {"grants": []}}},
        "public-without-grant",
    ),
    ("public, no grant", {"interfaces.auth": {"web": {"public": True}}}, "public-without-grant"),
    ("open with a grant", {"agent.endpoints": OPEN}, ""),
    ("public for anyone", {"interfaces.auth": {"web": {"public": True, "grants": [{"anyone": True}]}}}, ""),
    ("not open", {"agent.endpoints": {"http": {"expose": {"enabled": False}}}, "interfaces.auth": {}}, ""),
    ("February 30", {SCHEDULE: "0 2 30 2 *"}, "schedule-never-runs"),
    ("no 31st", {SCHEDULE: "0 2 31 4,6,sep,11 *"}, "schedule-never-runs"),
    ("hour 25", {SCHEDULE: "0 25 * * *"}, "schedule-never-runs"),
    ("no schedule", {"ingestion.nightly.trigger": {"type": "schedule"}}, "schedule-never-runs"),
    ("leap days", {SCHEDULE: "0 2 29 2 *"}, ""),
    ("or on Mondays", {SCHEDULE: "0 2 30 2 mon"}, ""),
    ("Sunday is 7, too", {SCHEDULE: "CRON_TZ=Europe/Lisbon 0 2 * * 5-7"}, ""),
    ("a form of its own", {SCHEDULE: "0 2 L * *"}, ""),
    ("by hand", {"ingestion.nightly.trigger": {"type": "manual", "schedule": ""}}, ""),
    ("no check", {"agent.healthcheck": {}}, "no-health-check"),
    ("a command", {"agent.healthcheck": {"test": ["CMD", "true"]}}, ""),
    ("a pod", {"": {"spec": {"containers": [POD]}}}, ""),
    (
        "a bare pod",
        {"": {"containers": [{"name": "a", "image": "b"}]}},
        "latest-tag no-health-check no-memory-limit",
    ),
    (
        "a pod with a password",
        {"": {"containers": [{**POD, "env": [{"name": "DB_PASSWORD", "value": "hunter2hunter"}]}]}},
        "plain-secret",
    ),
    ("not a spec", {"": {"agent": [1, None, "x"], "ingestion": {"a": None}}}, ""),
    (
        "several at once",
        {"agent.healthcheck": None, "agent.image": "bot", SCHEDULE: "61 * * * *"},
        "latest-tag no-health-check schedule-never-runs",
    ),
]


def _scan(severity: str, fixed: str) -> Scan:
    found = {"id": "CVE-1", "severity": severity, "package": "x", "fixed_version": fixed}
    return Scan.model_validate({"status": "succeeded", "components": [{"findings": [found]}]})


def _facts(hours: int = 0, disk: float = 0.5, history: object = ()) -> Facts:
    edited = AgentVariable("API_KEY", "account", secret=True, ref="TEAM_KEY", edited=NOW - timedelta(hours=hours))
    disks = {"storage_used_bytes": int(disk * 1000), "storage_capacity_bytes": 1000}
    runtime = {"workloads": [{"name": "bot-docs", "pod_name": "bot-docs-0", **disks}]}
    row = Fact({"created_at": "2026-12-01T06:00:00Z"})
    return Facts(NOW, row=row, runtime=Fact(runtime), variables=Fact((edited,)), history=Fact(history))


def _memory(share: float, count: int = 144) -> dict[str, PodMetrics]:
    points = [{"timestamp": f"2026-11-30T{at // 6:02}:{at % 6}0:00Z", "value": share * 1000} for at in range(count)]
    return {"bot-agent": PodMetrics.model_validate({"memory": points, "memory_limit": 1000})}


EARLIER = _facts(hours=12)
OTHERS: list[tuple[str, CheckInput, str]] = [
    ("nothing is known", CheckInput(Facts(NOW)), ""),
    ("edited after", CheckInput(_facts(hours=1)), "variable-edited"),
    ("edited after a deploy that is not known", CheckInput(_facts(1, history=None)), ""),
    ("edited before", CheckInput(EARLIER), ""),
    ("failed build", CheckInput(EARLIER, newer=row_of(BuildRun(build_id="b", status="failed"))), "newer-build-failed"),
    ("newer build", CheckInput(EARLIER, newer=row_of(BuildRun(build_id="b", status="registered"))), ""),
    ("full disk", CheckInput(_facts(12, 0.9)), "disk-nearly-full"),
    ("89% of a disk", CheckInput(_facts(12, 0.89)), ""),
    ("much memory", CheckInput(EARLIER, numbers=_memory(0.93)), "memory-near-limit"),
    ("exactly 90%", CheckInput(EARLIER, numbers=_memory(0.9)), ""),
    ("too few samples", CheckInput(EARLIER, numbers=_memory(0.99, 2)), ""),
    ("critical with a fix", CheckInput(EARLIER, scan=_scan("critical", "1.1")), "critical-vulnerability"),
    ("critical, no fix", CheckInput(EARLIER, scan=_scan("critical", "")), ""),
    ("low with a fix", CheckInput(EARLIER, scan=_scan("low", "1.1")), ""),
]


def _changed(changes: dict[str, Any]) -> Document:
    spec: Any = deepcopy(HEALTHY)
    for path, value in changes.items():
        *above, last = path.split(".")
        inner = spec
        for key in above:
            inner = inner[key]
        if path:
            inner[last] = value
        else:
            spec = value
    return masked(Document.parse(json.dumps(spec).encode()))


@pytest.mark.parametrize(
    ("known", "planted"),
    [pytest.param(CheckInput(EARLIER, spec=_changed(changes)), planted, id=name) for name, changes, planted in SPECS]
    + [pytest.param(known, planted, id=name) for name, known, planted in OTHERS],
)
def test_what_is_planted_is_found_and_nothing_else(known: CheckInput, planted: str) -> None:
    found = findings(known)
    assert " ".join(sorted(each.code for each in found)) == planted
    assert "hunter2" not in repr(found)
    assert all(each.places for each in found)


def test_every_rule_has_a_case_and_says_what_to_do() -> None:
    assert set(" ".join(planted for *_, planted in [*SPECS, *OTHERS]).split()) == set(codes())
    assert all(row["reason"] and row["remedy"] for row in table("checks")["rules"].values())
