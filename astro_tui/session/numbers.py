"""Requests the numbers of an agent, for screens and commands (worker threads)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import NamedTuple

from astro_tui.diagnosis.pods import pods_of
from astro_tui.platform.client import Call, Platform
from astro_tui.platform.client.platform import step_of
from astro_tui.platform.deployment_rows import Deployment
from astro_tui.presentation.numbers import (
    DAY,
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

_LONGEST = timedelta(hours=96)
"""The most hours to request at once: one kind of server returns only the oldest 100 (platform.md §11)."""


class Target(NamedTuple):
    """An agent, and the range and the workload that are wanted."""

    account: str
    row: Deployment
    numbers: Numbers


def _pod(platform: Platform, target: Target, call: Call) -> Measured:
    wanted, pods = target.numbers, pods_of(platform.runtime(target.row.id, call=call))
    # By default, the pod of the agent itself.
    names = sorted(pods, key=lambda name: not name.endswith("-agent"))
    if not names:
        return Measured(note="No pod is running.")
    workload = wanted.workload if wanted.workload in pods else names[0]
    metrics = platform.pod_metrics(target.row.id, pods[workload].name, wanted.length.name, call=call)
    return pod_numbers(metrics, wanted.length, workload, names)


def _traffic(platform: Platform, target: Target, call: Call) -> Measured:
    key, begin, end = target.row.id, target.numbers.begin, target.numbers.now
    rate, errors, latency = (
        platform.traffic(key, metric, begin, end, call=call) for metric in ("rate", "errors", "latency_p95")
    )
    whole = platform.traffic_summary(key, begin, end, call=call)
    return traffic_numbers(rate, errors, latency, whole, step_of(begin, end))


def _observations(platform: Platform, target: Target, call: Call) -> Measured:
    begin, end, pages = _rounded(target.numbers.begin, HOUR), target.numbers.now, []
    while begin < end:
        until = min(end, begin + _LONGEST)
        pages.append(platform.observation_metrics(target.row.id, begin, until, call=call))
        begin = until
    return observation_numbers(pages, target.numbers.window)


def _cost(platform: Platform, target: Target, call: Call) -> Measured:
    # The first day would be only the part of it that was requested.
    begin, end = _rounded(target.numbers.begin, DAY), target.numbers.now
    return cost_numbers(platform.costs(target.account, begin, end, call=call), target.row.id)


def _rounded(at: datetime, seconds: float) -> datetime:
    """Return a time, rounded down to whole hours or days in UTC."""
    return at - timedelta(seconds=at.timestamp() % seconds)


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
