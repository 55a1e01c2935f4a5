"""Time of one diagnosis: `python benchmarks/diagnosis.py`.

Every case has 30 known revisions of a spec with 5,000 values. The bar is 20 ms of processor time for each of them.
Specs are documents, as a store keeps them; the last line adds the time to parse two of them from bytes.
"""

from __future__ import annotations

import json
import sys
import time
from copy import deepcopy
from datetime import UTC, datetime, timedelta
from typing import Any

from astro_tui.diagnosis import Fact, Facts, LogFact, diagnose
from astro_tui.document import Document

NOW = datetime(2026, 11, 26, 3, 0, tzinfo=UTC)
REVISIONS, VALUES, BAR = 30, 5_000, 20.0


def at(minutes: float) -> str:
    return (NOW - timedelta(minutes=minutes)).isoformat()


def spec(number: int, values: int = VALUES) -> dict[str, Any]:
    """Return a spec with about `values` values, half of them in the agent; each revision changes a few of them."""
    environment = {f"OPTION_{option}": f"value-{option}" for option in range(values // 2)}
    environment["OPTION_7"] = f"value-of-{number}"
    stores = {
        f"store-{place}": {
            "image": "qdrant/qdrant:v1.13.2",
            "resources": {"cpu": "100m", "memory": "1Gi"},
            "environment": {f"KEY_{key}": f"value-{key}" for key in range(40)},
        }
        for place in range(values // 2 // 44)
    }
    agent = {
        "image": f"registry.test/a/b:{number:08x}",
        "replicas": 1,
        "resources": {"cpu": "100m", "memory": "1Gi"},
        "environment": environment,
    }
    return {"spec": "deployment/v1", "agent": agent, "knowledge": stores, "variables": {}}


def facts(message: str, specs: list[dict[str, Any]], lines: list[str], *, parsed: bool = True) -> Facts:
    """Return the facts of an agent that crashes since the newest revision."""
    rows = [
        {"id": "d", "revision": number, "deployed_at": at(20 if number == REVISIONS else 3000 - number)}
        for number in range(REVISIONS, 0, -1)
    ]
    containers = [{"name": "app", "state": "Waiting", "ready": False, "restart_count": 8, "message": message}]
    raw = [json.dumps(each).encode() for each in specs]
    events = [
        {
            "type": "Warning",
            "reason": "BackOff",
            "message": "Back-off restarting failed container app in pod x",
            "object_kind": "Pod",
            "object_name": "b-agent-6d5f0018b9-x2v48",
            "count": 40,
            "first_timestamp": at(18),
            "last_timestamp": at(1),
        }
    ] * 50
    log = [{"timestamp": at(18 - place / 100), "level": "error", "message": line} for place, line in enumerate(lines)]
    return Facts(
        NOW,
        row=Fact({"id": "d", "name": "b", "account_name": "a", "status": "error", "created_at": at(20)}),
        status=Fact({"value": "error", "reason": "failed", "error_message": "1 of 3 workloads failed"}),
        record=Fact({"id": "d", "workloads": [{"name": "b-agent", "kind": "Deployment", "component": "agent"}]}),
        runtime=Fact({"workloads": [{"name": "b-agent", "age": "20m", "phase": "Running", "containers": containers}]}),
        events=Fact({"events": events}),
        history=Fact({"deployments": rows}),
        logs=(LogFact("b-agent", "app", Fact(log)),),
        specs={number: Fact(Document.parse(each) if parsed else each) for number, each in enumerate(raw, 1)},
    )


_WIDE = [*(f"request {number} handled" for number in range(9)), "panic: index out of range"] * 200


def cases() -> dict[str, Facts]:
    plain = [spec(number) for number in range(1, REVISIONS + 1)]
    lowered = [*plain[:-1], deepcopy(plain[-1])]
    lowered[-1]["agent"]["resources"]["memory"] = "128Mi"
    removed = [*plain[:-1], deepcopy(plain[-1])]
    del removed[-1]["agent"]["environment"]["OPTION_99"]
    same = [plain[0]] * REVISIONS
    lines = [f"ValueError: nothing that a revision changed, try {number}" for number in range(500)]
    return {
        "memory lowered": facts("CrashLoopBackOff: OOMKilled", lowered, []),
        "variable removed": facts(
            "CrashLoopBackOff: Error, exit code 1", removed, ["KeyError: 'OPTION_99'", "request handled"] * 250
        ),
        "nothing changed": facts("CrashLoopBackOff: Error, exit code 1", same, lines),
        "a name in no revision": facts("CrashLoopBackOff: Error, exit code 1", plain, lines),
        "a log of 2,000 lines": facts("CrashLoopBackOff: Error, exit code 1", removed, _WIDE),
        "memory lowered, bytes": facts("CrashLoopBackOff: OOMKilled", lowered, [], parsed=False),
    }


def measure(known: Facts, times: int = 9) -> float:
    """Return the median processor time of a diagnosis in milliseconds."""
    taken = []
    for _time in range(times):
        begun = time.process_time()
        diagnose(known)
        taken.append((time.process_time() - begun) * 1000)
    return sorted(taken)[times // 2]


def main() -> int:
    slow = 0
    for name, known in cases().items():
        took = measure(known)
        slow += took > BAR
        print(f"{name:<24} {took:6.1f} ms  {diagnose(known).kind}")
    print(f"bar: {BAR:.0f} ms")
    return 1 if slow else 0


if __name__ == "__main__":
    sys.exit(main())
