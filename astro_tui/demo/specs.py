"""Specs of the demo's deployments, one for each revision, and their workloads (platform.md §17, §8.3).

A document in `data/specs` may extend another one. {account}, {name}, {build}, {display_name}, {id}, and {revision}
stand for those of the deployment.
"""

from __future__ import annotations

import copy
import json
from collections.abc import Collection, Iterator
from typing import Any

from astro_tui.demo.data import text
from astro_tui.demo.entities import DemoDeployment, Json, digest

REGISTRY = "registry.astropods.ai"


def _merged(old: Json, new: Json) -> Json:
    """Return a document with another one on top of it."""
    both = {key: _merged(old[key], new[key]) for key in old.keys() & new.keys() if isinstance(old[key], dict)}
    return {**old, **new, **both}


def _base(deployment: DemoDeployment, revision: int, spec: str | Json) -> Json:
    """Return a document with the names of a revision."""
    raw = text(f"specs/{spec}.json") if isinstance(spec, str) else json.dumps(spec)
    names = {
        "account": deployment.account,
        "name": deployment.name,
        "build": deployment.revision_build(revision),
        "display_name": deployment.display_name or deployment.name,
        "id": deployment.id,
        "revision": str(revision),
    }
    for key, value in names.items():
        raw = raw.replace(f"{{{key}}}", json.dumps(value, ensure_ascii=False)[1:-1])
    made: Json = json.loads(raw)
    extended = made.pop("extends", "")
    if extended:
        return _merged(_base(deployment, revision, extended), made)
    return rebuilt(made, names["build"])


def rebuilt(spec: Json, build: str) -> Json:
    """Return a spec with the images of another build."""
    old = spec.get("source", {}).get("build", "")
    if not old or old == build:
        return spec
    made: Json = json.loads(json.dumps(spec).replace(old, build))
    return made


def _vary(spec: Json, deployment: DemoDeployment, revision: int) -> None:
    """Let the standard document differ between deployments and between revisions."""
    taste, agent, interfaces = digest(deployment.account, deployment.name), spec["agent"], spec["interfaces"]
    agent["resources"]["memory"] = ("256Mi", "512Mi", "1Gi", "2Gi")[min(3, taste % 2 + revision // 3)]
    agent["replicas"] = 1 if deployment.steady else 1 + (taste + revision) % 3
    agent["environment"]["LOG_LEVEL"] = "debug" if revision == 1 else "info"
    agent["response_timeout"] = f"{15 * (1 + taste % 4)}s"
    interfaces["adapters"] = ["web", "slack"] if taste % 3 and revision > 1 else ["web"]
    interfaces["image"] = f"{REGISTRY}/platform/messaging:1.{12 + min(revision, 2)}.0"
    spec["variables"]["TONE"]["value"] = "plain" if revision % 2 else "warm"
    if "knowledge" in spec:
        spec["knowledge"]["cases"]["storage"]["size"] = f"{10 + 10 * revision}Gi"


def spec_of(deployment: DemoDeployment, revision: int = 0) -> Json:
    """Return the stored spec of `revision`, or what runs now for 0. It is the same on every call.

    A rollback applies the stored spec, except for access grants: those stay current (platform.md §8.7).
    """
    if not revision and deployment.revision != deployment.revisions:
        newest = spec_of(deployment, deployment.revisions)
        applied: Json = with_current(spec_of(deployment, deployment.revision), newest, ("grants",))
        return applied
    revision = revision or deployment.revision
    changes = [each for each in deployment.history if each.revision <= revision]
    changes = [each for each in changes if not each.until or revision < each.until]
    begun = next((number for number, each in reversed([*enumerate(changes)]) if each.spec), None)
    name = deployment.spec if begun is None else changes[begun].spec
    spec = _base(deployment, revision, name)
    if name in ("standard", "knowledge", "secrets", "large"):
        _vary(spec, deployment, 2 if deployment.steady else revision)
    for change in changes[begun or 0 :]:
        for path, value in change.values.items():
            put(spec, path.split("."), value)
    return spec


def with_current(old: Any, new: Any, keys: Collection[str]) -> Any:
    """Return a part of an old spec with the values that a current one has under `keys`, at any depth."""
    if not isinstance(old, dict) or not isinstance(new, dict):
        return old
    kept = {key: with_current(value, new.get(key), keys) for key, value in old.items() if key not in keys}
    return kept | {key: new[key] for key in keys if key in new}


def put(spec: Json, path: list[str], value: Any) -> None:
    """Set a value in a spec; None removes it."""
    *way, last = path
    for step in way:
        spec = spec.setdefault(step, {})
    if value is None:
        spec.pop(last, None)
    else:
        spec[last] = copy.deepcopy(value)


# ---- workloads

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


def workloads_of(deployment: DemoDeployment, revision: int = 0) -> list[Json]:
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
