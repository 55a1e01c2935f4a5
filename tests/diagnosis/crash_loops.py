"""Simulates agents that crash again and again: what the platform shows of it hours later."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

from diagnosis.incidents.scene import NOW, at, short_age

from astro_tui.diagnosis import Fact, Facts, LogFact

Json = dict[str, Any]
AGENT, DOCS, EMBED, MAIL = (
    "claims-desk-agent",
    "claims-desk-knowledge-docs",
    "claims-desk-model-embed",
    "claims-desk-ingestion-mail",
)
LOOPS = "Back-off restarting failed container"
DAY = 1440.0


def desk(**changes: Any) -> Json:
    """Return a spec with a store, a model, and a job; `a__b=1` sets `.a.b`, None removes."""
    spec: Json = {
        "spec": "deployment/v1",
        "source": {"account": "meridian", "name": "claims-desk", "build": "c1f00a92", "registry": "registry.test"},
        "target": {"runtime": "kubernetes", "account": "meridian", "display_name": "Claims"},
        "agent": {
            "image": "registry.test/meridian/claims-desk:c1f00a92",
            "replicas": 2,
            "endpoints": {"http": {"port": 3000}},
            "resources": {"cpu": "500m", "memory": "2Gi", "cpu_limit": "2", "memory_limit": "4Gi"},
            "environment": {"NODE_ENV": "production", "POLICY_SET": "2026-06"},
            "healthcheck": {"path": "/ready"},
        },
        "models": {
            "embed": {
                "image": "vllm/vllm-openai:v0.9.2",
                "model": "BAAI/bge-m3",
                "gpu": {"count": 2},
                "resources": {"memory": "16Gi"},
            }
        },
        "knowledge": {
            "docs": {
                "image": "qdrant/qdrant:v1.13.2",
                "resources": {"memory": "2Gi"},
                "persistent": True,
                "storage": {"size": "50Gi", "class": "gp3", "access_mode": "ReadWriteOnce"},
            }
        },
        "ingestion": {
            "mail": {
                "image": "registry.test/meridian/mail:c1f00a92",
                "trigger": {"type": "startup"},
                "environment": {"BOX": "claims"},
            }
        },
        "interfaces": {
            "adapters": ["web"],
            "image": "registry.test/platform/messaging:1.14.0",
            "resources": {"memory": "256Mi"},
        },
        "variables": {
            "OPENAI_API_KEY": {"ref": "TEAM_KEY", "targets": ["agent"], "secret": True},
            "MAX_CLAIM": {"value": "2500", "targets": ["agent"]},
        },
        "observability": {"enabled": True, "image": "otel/collector:0.128.0", "resources": {"memory": "128Mi"}},
    }
    for path, value in changes.items():
        *way, last = path.split("__")
        inside = spec
        for step in way:
            inside = inside.setdefault(step, {})
        if value is None:
            inside.pop(last)
        else:
            inside[last] = value
    return spec


def box(state: str, message: str = "", *, ready: bool = False, restarts: int = 0, name: str = "app") -> Json:
    found = {"name": name, "state": state, "ready": ready, "restart_count": restarts}
    return found | ({"message": message} if message else {})


def event(  # noqa: PLR0917  one argument a column
    reason: str, message: str, name: str, first: float | None, last: float | None, times: int = 1, **more: str
) -> Json:
    return {
        "type": "Warning",
        "reason": reason,
        "message": message,
        "object_kind": "Pod",
        "object_name": name,
        "count": times,
        "first_timestamp": at(first),
        "last_timestamp": at(last),
        **more,
    }


def facts(
    word: str,
    revisions: dict[int, tuple[float, Json]],
    *,
    containers: dict[str, list[Json]] | None = None,
    age: float = 60,
    ages: dict[str, float] | None = None,
    events: list[Json] | None = None,
    logs: dict[str, list[tuple[float, str, str]]] | None = None,
    status: Json | None = None,
    error: str = "",
    runs: dict[str, list[Json]] | None = None,
    ready: tuple[int, int] = (0, 0),
) -> Facts:
    """Return facts with one body per endpoint; workloads that are not mentioned are up."""
    listed, value, reason = {
        "active": ("Running", "active", "ready"),
        "failed": ("error", "error", "failed"),
        "deploying": ("pending", "deploying", "provisioning"),
    }[word]
    kinds = {
        "agent": "Deployment",
        "knowledge-docs": "StatefulSet",
        "model-embed": "Deployment",
        "collector": "Deployment",
    }
    named = {f"claims-desk-{name}" if name != "collector" else name: (name, kind) for name, kind in kinds.items()}
    workloads = [{"name": each, "kind": kind, "component": name} for each, (name, kind) in named.items()]
    workloads.append({"name": "claims-desk-ingestion-mail", "kind": "Job", "component": "ingestion-mail"})
    observed: list[Json] = []
    for each in named:
        pod = f"{each}-0" if "knowledge" in each else f"{each}-77c9d8f5b4-q9x2z"
        boxes = (containers or {}).get(each) or [
            UP,
            *([box("Running", ready=True, name="messaging")] if each.endswith("agent") else []),
        ]
        observed.append(
            {
                "name": each,
                "age": short_age((ages or {}).get(each, age)),
                "phase": "Running",
                "pod_name": pod,
                "containers": boxes,
            }
        )
    observed.append({"name": "claims-desk-ingestion-mail", "status": "Succeeded", "runs": (runs or {}).get("mail")})
    history = [
        {"id": "q7k-0ab-x4d", "agent_name": "claims-desk", "revision": number, "deployed_at": at(minutes), "spec": {}}
        for number, (minutes, _spec) in sorted(revisions.items(), reverse=True)
    ]
    newest = max(revisions)
    return Facts(
        NOW,
        row=Fact(
            {
                "id": "q7k-0ab-x4d",
                "name": "claims-desk",
                "account_name": "meridian",
                "status": listed,
                "created_at": at(revisions[newest][0]),
            }
        ),
        status=Fact(
            {"value": value, "reason": reason, "details": ""}
            | ({"error_message": error} if error else {})
            | (status or {})
        ),
        record=Fact(
            {
                "deployment": {
                    "id": "q7k-0ab-x4d",
                    "name": "claims-desk",
                    "status": listed,
                    "error_message": error,
                    "workloads": workloads,
                }
            }
        ),
        runtime=Fact(
            {
                "runtime": {
                    "ready": ready[0],
                    "replicas": ready[1],
                    "messaging_reachable": word == "active",
                    "workloads": observed,
                }
            }
        ),
        events=Fact({"events": events or []}),
        alerts=Fact({"alerts": []}),
        history=Fact({"deployments": history, "count": len(history)}),
        logs=tuple(
            LogFact(
                name,
                "",
                Fact([{"timestamp": at(when), "level": level, "message": text} for when, level, text in lines]),
            )
            for name, lines in (logs or {}).items()
        ),
        specs={number: Fact(spec) for number, (_minutes, spec) in revisions.items()},
    )


FIRST = 41
UP = box("Running", ready=True)
WEB = box("Running", ready=True, name="messaging")


@dataclass(frozen=True)
class CrashLoop:
    """What is known of an agent, and the revision that broke it; None if no change did. Times are minutes ago."""

    facts: Facts
    broken_by: int | None
    deploys: tuple[float, ...]
    begun: float


def crash_loops(seed: int, count: int) -> Iterator[CrashLoop]:
    """Yield as many agents, always the same ones for a seed."""
    chance = random.Random(seed)
    while count:
        found = _crash_loop(chance)
        if found is not None:
            count -= 1
            yield found


def _crash_loop(chance: random.Random) -> CrashLoop | None:
    """Return an agent with one to four changes in ten days. Some are harmless; all others could break it.

    One of them did, and the later ones did not help; or it began by itself, long after the last one.
    """
    memory = chance.random() < 0.5
    deploys = _deploys(chance)
    harmless = [chance.random() < 0.3 for _each in deploys]
    harmful = [place for place, each in enumerate(harmless) if not each]
    if not harmful:
        return None
    broken_by: int | None = chance.choice(harmful)
    if chance.random() < 0.2:
        broken_by = None
        begun = chance.uniform(6, 2 * DAY)
        # What begins shortly after a deploy looks like its consequence.
        if begun > deploys[-1] - (380 if memory else 80):
            return None
    else:
        begun = deploys[broken_by or 0] - 0.5
    pods = _pods(chance, deploys, begun)
    newest = pods[-1]
    if len(newest.ends) < 2:
        return None
    known = facts(
        "failed",
        {FIRST - 1: (60 * DAY, desk())}
        | dict(enumerate(zip(deploys, _specs(harmless, memory=memory), strict=True), FIRST)),
        containers={
            AGENT: [
                box("Waiting", f"CrashLoopBackOff: {'OOMKilled' if memory else 'exit 1'}", restarts=len(newest.ends)),
                WEB,
            ]
        },
        age=newest.created,
        events=[found for pod in reversed(pods) if (found := _event(chance, pod)) is not None],
        logs={AGENT: _lines([at for pod in pods for at in pod.ends], memory=memory)},
    )
    known = replace(known, logs=(replace(known.logs[0], since=NOW - timedelta(days=70)),))
    if chance.random() < 0.15:
        known = replace(known, events=Fact(error="501"))
    return CrashLoop(known, None if broken_by is None else FIRST + broken_by, deploys, begun)


@dataclass(frozen=True)
class _Pod:
    name: str
    created: float
    ends: list[float]


def _deploys(chance: random.Random) -> tuple[float, ...]:
    drawn = sorted(chance.uniform(8, chance.choice([120, 900, 10 * DAY])) for _ in range(chance.randint(1, 4)))
    kept = drawn[:1]
    for each in drawn[1:]:
        if each > kept[-1] + 6:
            kept.append(each)
    return tuple(reversed(kept))


def _specs(harmless: list[bool], *, memory: bool) -> Iterator[Json]:
    changes: dict[str, object] = {}
    for place, each in enumerate(harmless):
        if each:
            changes["target__display_name"] = f"Claims {place}"
        elif memory:
            changes["agent__resources"] = {"memory": "1Gi", "memory_limit": f"{1000 - 100 * place}Mi"}
        else:
            changes["agent__image"] = f"registry.test/meridian/claims-desk:{place}aa{place}"
        yield desk(**changes)


def _pods(chance: random.Random, deploys: tuple[float, ...], begun: float) -> list[_Pod]:
    """Return the pod of each deploy with the times at which it ended; the cluster waits longer after each."""
    runs = chance.uniform(0.15, 2)
    pods = []
    for place, deployed in enumerate(deploys):
        replaced = deploys[place + 1] if place + 1 < len(deploys) else 0.0
        suffix = "77c9d8f5b4-q9x2z" if not replaced else f"5b7f66{place}c8d-aaaaa"
        ends: list[float] = []
        at, wait = min(deployed - 0.4, begun), 1 / 6
        while at - runs > replaced and begun > replaced:
            at -= runs
            ends.append(at)
            at -= wait
            wait = min(5, 2 * wait)
        pods.append(_Pod(f"{AGENT}-{suffix}", deployed - 0.3, ends))
    return pods


def _event(chance: random.Random, pod: _Pod) -> Json | None:
    """Return what is left of a pod's events: nothing an hour after the last one, and often no older first time."""
    if not pod.ends or pod.ends[-1] > 60:
        return None
    first, last = pod.ends[0], max(pod.ends[-1] - 0.1, 0.1)
    if first > 60 and chance.random() < 0.7:
        first = max(chance.uniform(54, 60), last)
    times = max(2, int(3 * (first - last)))
    return event("BackOff", f"{LOOPS} app in pod {pod.name}_ns(1)", pod.name, first, last, times)


def _lines(ends: list[float], *, memory: bool) -> list[tuple[float, str, str]]:
    """Return the log of all pods: last words, or, if it runs out of memory, a line for each start."""
    if memory:
        return [(at, "info", "starting claims desk on :3000") for at in [60 * DAY, *ends]]
    return [(at, "", "panic: index out of range") for at in ends]
