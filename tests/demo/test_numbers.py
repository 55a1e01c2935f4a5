"""The demo's numbers fit the contract, and surprise as the platform does (observability in platform.md §11)."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from support.contract import validator
from support.demo_caller import START, Caller, Clock, calling

from astro_tui.demo import DemoServer

POD, NETWORK, METRICS = "/pods/{pod}/metrics", "/network/timeseries", "/observability/metrics"
DAY = "start_time=2026-07-03T12:00:00Z&end_time=2026-07-04T12:00:00Z"
WEEK = "start_time=2026-06-27T12:00:00Z&end_time=2026-07-04T12:00:00Z"
RATE = "direction=inbound&metric=rate"
SUMMARIES = "/accounts/{account}/observability/deployment-summaries"
GRANULARITY = "invalid granularity; must be hour, day, week, or month"
BOTH = "start_time and end_time must both be RFC 3339"
COSTS = "/accounts/{account}/observability/deployments-summary"


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


def test_a_long_window_works_with_a_larger_step(reader: Reader) -> None:
    answer = reader.read("claims-desk", NETWORK, f"{RATE}&{WEEK}&step=50m24s")
    assert answer["step"] == "50m24s"
    assert len(answer["series"][0]["points"]) > 150


def test_an_unknown_pod_and_a_missing_backend_return_nothing(reader: Reader) -> None:
    unknown = reader.caller.get(f"/deployments/{reader.ids['claims-desk']}/pods/gone-1/metrics")
    without = reader.read("regulatory-watch", POD)
    for answer in (unknown, without):
        assert answer["cpu"] == answer["memory"] == answer["restarts"] == []
        assert answer["cpu_limit"] == answer["memory_limit"] == 0
    assert reader.read("regulatory-watch", NETWORK, RATE)["series"] == []
    side = reader.read("regulatory-watch", "/network/summary")["inbound"]
    assert (side["request_count"], side["latency_p95_ms"]) == (0, None)
    assert reader.read("csv-importer", POD)["storage_used"] is None


def test_restarts_and_ooms_are_marks(reader: Reader) -> None:
    answer = reader.read("mail-triage", POD, "range=6h")
    assert answer["restarts"] == answer["ooms"] != []
    assert max(point["value"] for point in answer["memory"]) > 0.9 * answer["memory_limit"] > 0


def test_buckets_are_in_no_order_and_some_are_missing(reader: Reader) -> None:
    buckets = reader.read("invoice-sorter", METRICS, f"{DAY}&granularity=hour")["buckets"]
    times = [bucket["timestamp"] for bucket in buckets]
    assert times != sorted(times)
    assert len(times) < 20
    assert all(bucket["trace_count"] and not bucket["error_count"] for bucket in buckets)
    without_zone = reader.read("csv-importer", METRICS, f"{DAY}&granularity=hour")["buckets"]
    assert not any(bucket["timestamp"].endswith("Z") for bucket in without_zone)
    no_latency = reader.read("policy-search", METRICS, DAY)["buckets"]
    assert all(bucket["trace_count"] and not bucket["p95_latency_ms"] for bucket in no_latency)


def test_summaries(reader: Reader) -> None:
    of_labs = reader.checked(SUMMARIES, SUMMARIES.format(account="meridian-labs"))["summaries"]
    assert reader.ids["night-watch"] not in of_labs
    assert reader.ids["parcel-tracker"] not in of_labs
    assert reader.ids["souq-helper"] not in of_labs
    claims, free, failed = (of_labs[reader.ids[name]] for name in ("claims-desk", "policy-search", "shift-planner"))
    assert len(claims["cost_series"]) == 30
    assert claims["cost_usd"] > 0
    assert (free["cost_usd"], sum(free["token_series"]) > 0) == (0, True)
    assert failed["total_traces"] > 0
    assert not any(failed["request_series"])


def test_costs_of_a_window(reader: Reader) -> None:
    window = f"from={(START - timedelta(days=1)).isoformat()[:-6]}Z&to=2026-07-04T12:00:00Z"
    rows = reader.checked(COSTS, COSTS.format(account="meridian-labs"), window)["deployments"]
    [claims] = [row for row in rows if row["deployment_id"] == reader.ids["claims-desk"]]
    assert claims["cost_usd"] == pytest.approx(sum(day["cost_usd"] for day in claims["cost_over_time"]), abs=0.001)
    unavailable = reader.checked(COSTS, COSTS.format(account="harborline"), window)
    assert unavailable["metrics_unavailable"] is True
    reader.checked(COSTS, COSTS.format(account="meridian-labs"), "from=2026-07-01T00:00:00Z", 400)
