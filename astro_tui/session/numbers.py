"""Requests the numbers of an agent, for screens and commands (worker threads)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta

from msgspec.structs import replace

from astro_tui.errors import PlatformError
from astro_tui.platform.client import Call
from astro_tui.platform.client.platform import step_of
from astro_tui.platform.models import PodMetrics
from astro_tui.presentation.numbers import (
    DAY,
    HOUR,
    Length,
    Measured,
    Numbers,
    cost_numbers,
    deploy_marks,
    observation_numbers,
    pod_numbers,
    traffic_numbers,
)
from astro_tui.presentation.peers import DIRECTIONS, Peer, peers_of
from astro_tui.presentation.pods import pods_of
from astro_tui.session.agent import Agent

_LONGEST = timedelta(hours=96)
"""The most hours to request at once: one kind of server returns only the oldest 100 (platform.md §11)."""


def read_load(agent: Agent, pod: str, length: Length, call: Call) -> PodMetrics:
    """Return what a pod used. Raises PlatformError."""
    return agent.agents.platform.pod_metrics(agent.key, pod, length.name, call=call)


def _pod(agent: Agent, numbers: Numbers, call: Call) -> Measured:
    pods = pods_of(agent.request("runtime", call))
    # By default, the pod of the agent itself.
    names = sorted(pods, key=lambda name: not name.endswith("-agent"))
    if not names:
        return Measured(note="No pod is running.")
    workload = numbers.workload if numbers.workload in pods else names[0]
    metrics = read_load(agent, pods[workload].name, numbers.length, call)
    return pod_numbers(metrics, numbers.length, workload, names)


def _traffic(agent: Agent, numbers: Numbers, call: Call) -> Measured:
    platform, key, begin, end = agent.agents.platform, agent.key, numbers.begin, numbers.now
    rate, errors, latency = (
        platform.traffic(key, metric, begin, end, call=call) for metric in ("rate", "errors", "latency_p95")
    )
    whole = platform.traffic_summary(key, begin, end, call=call)
    return traffic_numbers(rate, errors, latency, whole, step_of(begin, end))


def _observations(agent: Agent, numbers: Numbers, call: Call) -> Measured:
    begin, end, pages = _rounded(numbers.begin, HOUR), numbers.now, []
    while begin < end:
        until = min(end, begin + _LONGEST)
        pages.append(agent.agents.platform.observation_metrics(agent.key, begin, until, call=call))
        begin = until
    return observation_numbers(pages, numbers.window)


def _cost(agent: Agent, numbers: Numbers, call: Call) -> Measured:
    # The first day would be only the part of it that was requested.
    begin, end = _rounded(numbers.begin, DAY), numbers.now
    return cost_numbers(agent.agents.platform.costs(agent.account, begin, end, call=call), agent.key)


def _rounded(at: datetime, seconds: float) -> datetime:
    """Return a time, rounded down to whole hours or days in UTC."""
    return at - timedelta(seconds=at.timestamp() % seconds)


def _deploys(agent: Agent, _numbers: Numbers, call: Call) -> Measured:
    return deploy_marks(agent.history(call).rows)


READ: Mapping[str, Callable[[Agent, Numbers, Call], Measured]] = {
    "pod": _pod,
    "traffic": _traffic,
    "observations": _observations,
    "cost": _cost,
    "deploys": _deploys,
}
"""What is requested, each on its own: if one fails, the others are shown. Raises PlatformError."""


def read_peers(agent: Agent, numbers: Numbers, call: Call) -> list[Peer]:
    """Return whom an agent talked to, the most requests of each direction first. Raises PlatformError."""
    flows, window = agent.agents.platform.flows, (numbers.begin, numbers.now)
    return [
        peer for direction in DIRECTIONS for peer in peers_of(direction, flows(agent.key, direction, window, call=call))
    ]


def read_all(agent: Agent, numbers: Numbers, call: Callable[[], Call]) -> Numbers:
    """Return numbers with all that is requested. What cannot be read has an error."""

    def reading(source: str) -> Measured:
        try:
            return READ[source](agent, numbers, call())
        except PlatformError as error:
            return Measured(error=error)

    with ThreadPoolExecutor(len(READ)) as pool:
        return replace(numbers, readings=dict(zip(READ, pool.map(reading, READ), strict=True)))
