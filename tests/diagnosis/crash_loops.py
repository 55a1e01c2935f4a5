"""Simulates agents that crash again and again: what the platform shows of it hours later."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

from diagnosis.incidents.scene import DAY, Scene, agent_spec, changed

from astro_tui.diagnosis import Fact, Facts

AGENT = "tide-notes-agent"
LOOPS = "Back-off restarting failed container"
GOOD = changed(agent_spec(), "agent/resources", {"memory": "2Gi", "memory_limit": "4Gi"})
FIRST = 41
"""The revision of the first deploy."""


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
    events = [_event(chance, pod) for pod in reversed(pods)]
    specs = zip(deploys, _specs(harmless, memory=memory), strict=True)
    scene = Scene([(60 * DAY, GOOD), *specs], revision=FIRST + len(deploys) - 1).word("failed")
    why = "OOMKilled" if memory else "exit 1"
    scene.container(AGENT, "Waiting", f"CrashLoopBackOff: {why}", restarts=len(newest.ends), age=newest.created)
    for event in reversed(events):
        if event is not None:
            scene.event(*event)
    scene.log(AGENT, *_lines([at for pod in pods for at in pod.ends], memory=memory), since=70 * DAY)
    known = scene.facts()
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


def _specs(harmless: list[bool], *, memory: bool) -> Iterator[dict[str, Any]]:
    spec = GOOD
    for place, each in enumerate(harmless):
        if each:
            spec = changed(spec, "target/display_name", f"Claims {place}")
        elif memory:
            spec = changed(spec, "agent/resources", {"memory": "1Gi", "memory_limit": f"{1000 - 100 * place}Mi"})
        else:
            spec = changed(spec, "agent/image", f"registry.test/meridian/claims-desk:{place}aa{place}")
        yield spec


def _pods(chance: random.Random, deploys: tuple[float, ...], begun: float) -> list[_Pod]:
    """Return the pod of each deploy with the times at which it ended; the cluster waits longer after each."""
    runs = chance.uniform(0.15, 2)
    pods = []
    for place, deployed in enumerate(deploys):
        replaced = deploys[place + 1] if place + 1 < len(deploys) else 0.0
        ends: list[float] = []
        at, wait = min(deployed - 0.4, begun), 1 / 6
        while at - runs > replaced and begun > replaced:
            at -= runs
            ends.append(at)
            at -= wait
            wait = min(5, 2 * wait)
        # As `Scene.pod` names them.
        pods.append(_Pod(f"{AGENT}-6d5f00{FIRST + place}b9-x2v4{place + 1}", deployed - 0.3, ends))
    return pods


def _event(chance: random.Random, pod: _Pod) -> tuple[Any, ...] | None:
    """Return what is left of a pod's events: nothing an hour after the last one, and often no older first time."""
    if not pod.ends or pod.ends[-1] > 60:
        return None
    first, last = pod.ends[0], max(pod.ends[-1] - 0.1, 0.1)
    if first > 60 and chance.random() < 0.7:
        first = max(chance.uniform(54, 60), last)
    times = max(2, int(3 * (first - last)))
    return "BackOff", f"{LOOPS} app in pod {pod.name}_ns(1)", pod.name, first, last, times


def _lines(ends: list[float], *, memory: bool) -> list[tuple[float, str, str]]:
    """Return the log of all pods: last words, or, if it runs out of memory, a line for each start."""
    if memory:
        return [(at, "info", "starting claims desk on :3000") for at in [60 * DAY, *ends]]
    return [(at, "", "panic: index out of range") for at in ends]
