"""The pods in `/runtime` (platform.md §8.5), and whether they were replaced. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import NamedTuple

from astro_tui.diagnosis.reading import age, field, flag, number, objects, text

_FINISHED = ("succeeded", "failed")


class Pod(NamedTuple):
    """One pod as observed: `old` is its age, `ready` whether all its containers are."""

    name: str
    workload: str
    old: timedelta | None
    restarts: int
    ready: bool


def pods_of(runtime: object) -> dict[str, Pod]:
    """Return the observed pods by workload. There is one for each workload, however many run.

    Those of finished Jobs are left out: nothing replaces them.
    """
    inside = field(runtime, "runtime")
    found = {}
    for workload in objects(runtime if inside is None else inside, "workloads"):
        name, pod = text(workload, "name"), text(workload, "pod_name")
        if name and pod and text(workload, "phase").lower() not in _FINISHED:
            containers = objects(workload, "containers")
            old = age(text(workload, "age"))
            found[name] = Pod(
                pod,
                name,
                None if old is None else old[0],
                sum(number(each, "restart_count") for each in containers),
                bool(containers) and all(flag(each, "ready") for each in containers),
            )
    return found


def replaced(before: Pod, now: Pod | None) -> bool:
    """Return whether a pod was replaced, or restarted under the same name."""
    if now is None:
        return False
    younger = before.old is not None and now.old is not None and now.old < before.old
    return now.name != before.name or now.restarts > before.restarts or younger


class Progress(NamedTuple):
    """How many of some pods were replaced, and how many of those are ready."""

    total: int
    replaced: int
    ready: int

    @property
    def complete(self) -> bool:
        """Whether all pods were replaced and are ready."""
        return self.ready == self.total

    @property
    def words(self) -> str:
        """The counts in words."""
        return f"{self.replaced} of {self.total} pods replaced, {self.ready} ready"


def progress_of(before: Mapping[str, Pod], now: Mapping[str, Pod]) -> Progress:
    """Return how far along a restart of these pods is."""
    new = [now[name] for name, pod in before.items() if name in now and replaced(pod, now[name])]
    return Progress(len(before), len(new), sum(pod.ready for pod in new))


def restarted(reply: object) -> frozenset[str]:
    """Return the names in the response to a restart: those of the workloads that are restarted."""
    names = field(reply, "pods")
    return frozenset(name for name in names if isinstance(name, str)) if isinstance(names, list) else frozenset()
