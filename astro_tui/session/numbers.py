"""Requests the numbers of an agent, for screens and commands (worker threads)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import NamedTuple

from astro_tui.platform.client import Call, Platform
from astro_tui.platform.client.platform import step_of
from astro_tui.platform.deployment_rows import Deployment
from astro_tui.platform.lenient import items_of, text_of
from astro_tui.presentation.numbers import (
    HOUR,
    Measured,
    Numbers,
    cost_numbers,
    deploy_marks,
    observation_numbers,
    pod_numbers,
    traffic_numbers,
)
from astro_tui.presentation.revisions import rows_of


class Target(NamedTuple):
    """An agent, and the range and the workload that are wanted."""

    account: str
    row: Deployment
    numbers: Numbers


def pods_of(platform: Platform, deployment_id: str, call: Call) -> dict[str, str]:
    """Return the pod of each workload that has one, that of the agent itself first."""
    runtime = platform.runtime(deployment_id, call=call)
    inner = runtime.get("runtime", runtime)
    rows = [
        row for row in items_of(inner.get("workloads") if isinstance(inner, dict) else None) if isinstance(row, dict)
    ]
    pods = {text_of(row.get("name")): text_of(row.get("pod_name")) for row in rows}
    return {name: pods[name] for name in sorted(pods, key=lambda name: not name.endswith("-agent")) if pods[name]}


def _pod(platform: Platform, target: Target, call: Call) -> Measured:
    wanted, pods = target.numbers, pods_of(platform, target.row.id, call)
    workload = wanted.workload if wanted.workload in pods else next(iter(pods), "")
    if not workload:
        return Measured(note="No pod is running.")
    metrics = platform.pod_metrics(target.row.id, pods[workload], wanted.length.name, call=call)
    return pod_numbers(metrics, wanted.length, workload, list(pods))


def _traffic(platform: Platform, target: Target, call: Call) -> Measured:
    key, begin, end = target.row.id, target.numbers.begin, target.numbers.now
    rate, errors, latency = (
        platform.traffic(key, metric, begin, end, call=call) for metric in ("rate", "errors", "latency_p95")
    )
    whole = platform.traffic_summary(key, begin, end, call=call)
    return traffic_numbers(rate, errors, latency, whole, step_of(begin, end))


def _observations(platform: Platform, target: Target, call: Call) -> Measured:
    begin, end = target.numbers.begin, target.numbers.now
    # Buckets are whole hours.
    begin -= timedelta(seconds=begin.timestamp() % HOUR)
    return observation_numbers(
        platform.observation_metrics(target.row.id, begin, end, call=call), target.numbers.window
    )


def _cost(platform: Platform, target: Target, call: Call) -> Measured:
    begin, end = target.numbers.begin, target.numbers.now
    return cost_numbers(platform.costs(target.account, begin, end, call=call), target.row.id)


def _deploys(platform: Platform, target: Target, call: Call) -> Measured:
    row = target.row
    history = platform.history(target.account, row.name, row.id, call=call)
    return deploy_marks(rows_of(history.rows, row.id, namespace=row.namespace))


READ: Mapping[str, Callable[[Platform, Target, Call], Measured]] = {
    "pod": _pod,
    "traffic": _traffic,
    "observations": _observations,
    "cost": _cost,
    "deploys": _deploys,
}
"""What is requested, each on its own: if one fails, the others are shown. Raises PlatformError."""
