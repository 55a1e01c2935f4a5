"""The demo's numbers fit the contract, and surprise as the platform does (observability in platform.md §11)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from support.contract import validator
from support.demo_caller import Caller, Clock, calling

from astro_tui.demo import DemoServer

POD, NETWORK, METRICS = "/pods/{pod}/metrics", "/network/timeseries", "/observability/metrics"
DAY = "start_time=2026-07-03T12:00:00Z&end_time=2026-07-04T12:00:00Z"
WEEK = "start_time=2026-06-27T12:00:00Z&end_time=2026-07-04T12:00:00Z"
RATE = "direction=inbound&metric=rate"
GRANULARITY = "invalid granularity; must be hour, day, week, or month"
BOTH = "start_time and end_time must both be RFC 3339"


class Reader:
    """Requests numbers by the names of agents, and checks each response."""

    def __init__(self, caller: Caller) -> None:
        self.caller = caller
        accounts = ("meridian-labs", "harborline")
        listed = [row for name in accounts for row in caller.get(f"/deployments?account={name}")["deployments"]]
        self.ids = {row["name"]: row["id"] for row in reversed(listed)}

    def read(self, agent: str, path: str, query: str = "", status: int = 200) -> Any:
        known = self.ids.get(agent, agent)
        pod = "unknown"
        if "{pod}" in path and status == 200:
            workloads = self.caller.get(f"/deployments/{known}/runtime")["runtime"]["workloads"] or [{}]
            pod = workloads[0].get("pod_name", pod)
        return self.checked("/deployments/{id}" + path, f"/deployments/{known}{path.format(pod=pod)}", query, status)

    def checked(self, template: str, path: str, query: str = "", status: int = 200) -> Any:
        got, answer = self.caller.send(f"{path}?{query}")
        assert got == status, (path, query, answer)
        faults = [error.message for error in validator(template, "GET", status).iter_errors(answer)]
        assert not faults, (path, faults[:3])
        return answer


@pytest.fixture(scope="module")
def reader() -> Iterator[Reader]:
    with DemoServer(clock=Clock()) as demo, calling(demo) as caller:
        yield Reader(caller)


def test_every_agent_has_numbers_that_fit_the_contract(reader: Reader) -> None:
    for agent in reader.ids:
        for length in ("1h", "7d"):
            reader.read(agent, POD, f"range={length}", 502 if (agent, length) == ("product-catalog", "7d") else 200)
        reader.read(agent, "/network/summary", DAY)
        for metric in ("rate", "errors", "latency_p95"):
            reader.read(agent, NETWORK, f"{DAY}&direction=inbound&metric={metric}&step=432s")
        reader.read(agent, METRICS, f"{DAY}&granularity=hour", 503 if agent == "souq-helper" else 200)


REFUSED = [
    ("zzz-zzz-zzz", POD, "range=2h", 400, "range must be one of 1h, 6h, 24h, 7d"),
    ("zzz-zzz-zzz", POD, "range=1h", 404, "deployment not found"),
    ("product-catalog", POD, "range=24h", 502, "failed to query workload metrics"),
    ("zzz-zzz-zzz", METRICS, DAY, 404, "deployment not found"),
    ("souq-helper", METRICS, DAY, 503, "langfuse not configured for this account"),
    ("claims-desk", METRICS, "", 502, "failed to query langfuse metrics"),
    ("claims-desk", METRICS, "start_time=2026-07-03T12:00:00Z", 502, "failed to query langfuse metrics"),
    ("claims-desk", METRICS, "start_time=x&end_time=y", 502, "failed to query langfuse metrics"),
    ("claims-desk", METRICS, f"{DAY}&granularity=minute", 400, GRANULARITY),
    ("zzz-zzz-zzz", NETWORK, RATE, 404, "deployment not found"),
    ("claims-desk", NETWORK, "metric=rate", 400, "direction must be one of inbound, outbound, database"),
    ("claims-desk", NETWORK, "direction=inbound", 400, "metric is not one of those of inbound"),
    ("claims-desk", NETWORK, "direction=database&metric=errors", 400, "metric is not one of those of database"),
    ("claims-desk", NETWORK, f"{RATE}&step=14s", 400, "step must be a duration of at least 15s"),
    ("claims-desk", NETWORK, f"{RATE}&group_by=x", 400, "group_by is not valid here"),
    ("claims-desk", NETWORK, f"{RATE}&start_time=2026-07-03T12:00:00Z", 400, BOTH),
    ("claims-desk", NETWORK, f"{RATE}&{WEEK}", 502, "failed to query network timeseries"),
]  # fmt: skip


@pytest.mark.parametrize("case", REFUSED, ids="{0[0]}{0[1]}?{0[2]}".format)
def test_what_the_platform_refuses(reader: Reader, case: tuple[str, str, str, int, str]) -> None:
    agent, path, query, status, error = case
    assert reader.read(agent, path, query, status) == {"error": error}
