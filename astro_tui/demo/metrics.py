"""The metrics of the demo's cluster: pods and network (platform.md §11)."""

from __future__ import annotations

import math
from collections.abc import Callable
from datetime import timedelta

from astro_tui.demo import pods
from astro_tui.demo.entities import DAY, HOUR, MINUTE, Deployment, Json, digest
from astro_tui.demo.observed import runtime
from astro_tui.demo.plots import UNREACHABLE, Fate
from astro_tui.demo.specs import spec_of
from astro_tui.demo.workloads import workloads_of
from astro_tui.demo.world import World, timestamp

# Range -> seconds, step in seconds, step as Go writes it.
RANGES = {
    "1h": (HOUR, 30, "30s"),
    "6h": (6 * HOUR, 120, "2m0s"),
    "24h": (DAY, 600, "10m0s"),
    "7d": (7 * DAY, HOUR, "1h0m0s"),
}
_SERIES = ("cpu", "memory", "storage_used", "storage_capacity", "network_rx", "network_tx", "fs_read", "fs_write")
_UNITS = {"Ki": 2**10, "Mi": 2**20, "Gi": 2**30, "Ti": 2**40, "m": 0.001}


def quantity(text: str) -> float:
    """Return a Kubernetes quantity such as `500m` or `4Gi` as a number, or 0 if it is not one."""
    digits = text.rstrip("KMGTim")
    try:
        return float(digits) * _UNITS.get(text[len(digits) :], 1)
    except ValueError:
        return 0.0


def pod_metrics(world: World, deployment: Deployment, pod: str, span: str) -> Json:
    """Return the series of one pod. The series are empty if the pod is unknown or not running."""
    length, step, text = RANGES[span]
    body: Json = {"pod": pod, "range": span, "step": text, **{name: [] for name in _SERIES}, "restarts": [], "ooms": []}
    body |= {"cpu_limit": 0.0, "memory_limit": 0}
    seen = runtime(world, deployment)["runtime"]["workloads"] or ()
    known = {each["name"]: each for each in workloads_of(deployment)}
    observed = next((each for each in seen if each.get("pod_name") == pod and each["name"] in known), None)
    if observed is None:
        return body
    resources = _resources(deployment, observed["name"])
    cpu, memory = quantity(resources.get("cpu_limit", "")), int(quantity(resources.get("memory_limit", "")))
    workload = known[observed["name"]]
    fate = pods.fate_of(world, workload, deployment) or Fate()
    begun = pods.trouble(world, workload, deployment)
    again = [] if fate.beside else pods.restarts_of(fate, begun, world.elapsed())
    restarts = [{"timestamp": timestamp(world.ago(-each)), "value": 1} for each in again]
    body |= {"cpu_limit": cpu, "memory_limit": memory, "restarts": restarts}
    body["ooms"] = restarts if "OOMKilled" in fate.message else []
    if observed["phase"] != "Running":
        return body
    crowded = 0.97 if body["ooms"] else 0.55
    levels = {
        "cpu": (cpu or 1.0) * 0.4,
        "memory": (memory or 2**30) * crowded,
        "network_rx": 42_000.0,
        "network_tx": 18_000.0,
        "fs_read": 3_000.0,
        "fs_write": 9_000.0,
    }
    if "storage_capacity_bytes" in observed:
        levels |= {"storage_used": observed["storage_used_bytes"], "storage_capacity": 0.0}
    begin = -deployment.age if not deployment.moment else -math.inf
    replaced = deployment.restarted(observed["name"])
    begin = begin if replaced is None else replaced
    for name, level in levels.items():
        wave = _wave(level, digest(deployment.id, pod, name))
        if name == "storage_capacity":
            wave = _constant(observed["storage_capacity_bytes"])
        body[name] = _points(world, max(begin, world.elapsed() - length), step, wave)
    return body


def _resources(deployment: Deployment, name: str) -> Json:
    """Return the resources of a workload. The agent has some even if the spec has another form."""
    spec = spec_of(deployment)
    component = next(each["component"] for each in workloads_of(deployment) if each["name"] == name)
    if component == "agent":
        found: Json = spec.get("agent", {}).get("resources", {})
        return found
    kind, _, key = component.partition("-")
    blocks = spec.get(kind if kind in spec else f"{kind}s", {})
    block = blocks.get(key, {}) if key else blocks
    resources: Json = block.get("resources", {})
    return resources


def _wave(level: float, seed: int) -> Callable[[int], float]:
    """Return a value that varies around `level`. It depends only on the step's number."""
    return lambda number: round(level * (1 + 0.02 * math.sin(number / 7 + seed % 7) * (1 + seed % 2)), 4)


def _constant(value: float) -> Callable[[int], float]:
    return lambda _number: value


def _points(world: World, begin: float, step: int, value: Callable[[int], float]) -> list[Json]:
    """Return points on multiples of `step` from `begin` (seconds since the server's start) until now."""
    numbers = range(math.ceil(begin / step), math.floor(world.elapsed() / step) + 1)
    return [{"timestamp": timestamp(world.ago(-number * step)), "value": value(number)} for number in numbers]


def network(world: World, deployment: Deployment) -> Json:
    """Return the traffic of the last hour. There is none unless the deployment is active."""
    seed = digest(deployment.id, "network")
    busy = world.condition(deployment).word == "active" and world.condition(deployment).plot is not UNREACHABLE
    store = any(each["component"].startswith("knowledge") for each in workloads_of(deployment))
    now = world.now()
    return {
        "inbound": _direction(400 + seed % 3000 if busy else 0, seed),
        "outbound": _direction(900 + seed % 5000 if busy else 0, seed // 3),
        "database": _direction(2000 + seed % 9000 if busy and store else 0, seed // 7),
        "window_from": timestamp(now - timedelta(minutes=HOUR // MINUTE)),
        "window_to": timestamp(now),
    }


def _direction(requests: int, seed: int) -> Json:
    errors, fast = requests * (seed % 4) // 100, 4.0 + seed % 40
    return {
        "request_count": requests,
        "error_count": errors,
        "error_rate": round(errors / requests, 4) if requests else 0.0,
        "latency_p50_ms": fast if requests else None,
        "latency_p95_ms": fast * 4 if requests else None,
        "latency_p99_ms": fast * 9 if requests else None,
        "unique_peer_count": 1 + seed % 9 if requests else 0,
        "bytes_total": requests * 2048,
    }
