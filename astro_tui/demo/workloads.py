"""The workloads of a deployment, read from its spec as the platform does (platform.md §8.3)."""

from __future__ import annotations

from collections.abc import Iterator

from astro_tui.demo.entities import Deployment, Json
from astro_tui.demo.specs import spec_of

_SECRET = {"value": "•" * 8, "is_secret": True}
_SECRET_WORDS = ("password", "secret", "token", "key", "dsn", "salt", "database_url")


def _environment(block: Json, variables: Json) -> Json:
    entries: list[Json] = []
    for name, value in block.get("environment", {}).items():
        hidden = _SECRET if any(word in name.lower() for word in _SECRET_WORDS) else {"value": value}
        entries.append({"name": name, **hidden, "source": "environment"})
    for name, variable in variables.items():
        hidden = _SECRET if variable.get("secret") else {"value": variable.get("value", "")}
        entries.append({"name": name, "source": "variable", **hidden})
    return {"app": entries}


def _workload(name: str, kind: str, component: str, block: Json) -> Json:
    workload: Json = {"name": name, "kind": kind, "component": component, "image": block.get("image", "")}
    if "provider" in block:
        workload["provider"] = block["provider"]
    return workload | {"replicas": block.get("replicas", 1), "env": _environment(block, {})}


def _stores(name: str, spec: Json) -> Iterator[Json]:
    for kind in ("models", "knowledge", "integrations"):
        for key, block in spec.get(kind, {}).items():
            if "binding" not in block:
                word = kind.rstrip("s") if kind != "knowledge" else kind
                form = "StatefulSet" if block.get("persistent") else "Deployment"
                yield _workload(f"{name}-{word}-{key}", form, f"{word}-{key}", block)


def workloads_of(deployment: Deployment, revision: int = 0) -> list[Json]:
    """Return the records of the workloads of a revision, 0 is the current one.

    A spec that is not `deployment/v1` has only its agent. Ingestions with a manual trigger have no workload.
    """
    spec, name = spec_of(deployment, revision), deployment.name
    agent = spec.get("agent", spec)
    listed = [_workload(f"{name}-agent", "StatefulSet" if "volume" in agent else "Deployment", "agent", agent)]
    listed[0]["env"] = _environment(agent, spec.get("variables", {}))
    listed.extend(_stores(name, spec))
    for key, block in spec.get("ingestion", {}).items():
        trigger = block["trigger"]
        if trigger["type"] == "manual":
            continue
        kind = "CronJob" if trigger["type"] == "schedule" else "Deployment" if trigger["type"] == "webhook" else "Job"
        listed.append(_workload(f"{name}-ingestion-{key}", kind, f"ingestion-{key}", block))
        if "schedule" in trigger:
            listed[-1]["schedule"] = trigger["schedule"]
    if "image" in spec.get("observability", {}):
        listed.append(_workload("collector", "Deployment", "collector", spec["observability"]))
    return listed
