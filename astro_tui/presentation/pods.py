"""The pods in `/runtime` (platform.md §8.5), and whether they were replaced. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import NamedTuple

from astro_tui.diagnosis.observe import cluster_of
from astro_tui.diagnosis.values import Fact, Facts
from astro_tui.platform.lenient import field

_FINISHED = ("succeeded", "failed")
_ANY_TIME = datetime(2000, 1, 1, tzinfo=UTC)


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
    seen = cluster_of(Facts(_ANY_TIME, runtime=Fact(runtime)))
    return {
        each.name: Pod(each.pod, each.name, each.age[0] if each.age is not None else None, each.restarts, each.ready)
        for each in seen
        if each.pod and each.phase not in _FINISHED
    }


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
