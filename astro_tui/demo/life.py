"""The states of a demo deployment over time: each `Condition`, and when the next one begins."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from astro_tui.demo import plots
from astro_tui.demo.plots import Plot

Issue = Mapping[str, str]
"""One entry of `waiting_on` or `failed_on` (platform.md §8.4)."""

# Database word -> list word, /status value, reason, message (platform.md §16.2 and §4).
_READINGS = {
    "pending": ("pending", "deploying", "provisioning", "Pods are being provisioned"),
    "provisioning": ("pending", "deploying", "provisioning", "Pods are being provisioned"),
    "deploying": ("pending", "deploying", "provisioning", "Pods are being provisioned"),
    "active": ("Running", "active", "ready", ""),
    "failed": ("error", "error", "failed", ""),
    "stopped": ("Stopped", "inactive", "paused", "Deployment is paused"),
    "scaled_down": ("Stopped", "inactive", "paused", "Deployment is paused"),
    "suspended": ("error", "inactive", "suspended", "Stopped by billing"),
    "undeploying": ("undeploying", "undeploying", "undeploying", "Deployment is being removed"),
    # The server has no words for a deleted deployment, and falls through to its defaults.
    "undeployed": ("error", "active", "ready", "Deployment is active"),
}


@dataclass(frozen=True, slots=True)
class Condition:
    """A state as reported by all endpoints. `word` is the word in the database; the rest follows from it unless given.

    `plot` is what the cluster reports.
    """

    word: str
    plot: Plot = plots.HEALTHY
    listed: str = ""
    value: str = ""
    reason: str = ""
    details: str = ""
    error_message: str = ""
    waiting_on: Sequence[Issue] = ()
    failed_on: Sequence[Issue] = ()

    @property
    def list_word(self) -> str:
        """The status word in `GET /deployments` and `GET /deployments/{id}`."""
        return self.listed or _READINGS.get(self.word, (self.word, "", "", ""))[0]

    def status(self, workloads: int) -> dict[str, object]:
        """Return the body of `GET /deployments/{id}/status` for a deployment with this many workloads."""
        _, value, reason, details = _READINGS.get(self.word, (self.word, self.word, "", ""))
        if self.word == "active":
            details = f"{workloads} of {workloads} workloads ready"
        elif self.word == "failed":
            details = f"Deployment failed: {self.error_message}"
        body: dict[str, object] = {
            "value": self.value or value,
            "reason": self.reason or reason,
            "details": self.details or details,
        }
        if self.error_message:
            body["error_message"] = self.error_message
        if self.waiting_on:
            body["waiting_on"] = [dict(issue) for issue in self.waiting_on]
        if self.failed_on:
            body["failed_on"] = [dict(issue) for issue in self.failed_on]
        return body


Timeline = tuple[tuple[float, Condition], ...]
"""Conditions, each with the time at which it begins, in seconds since the server's start. The first begins at 0."""


def at(timeline: Timeline, elapsed: float) -> Condition:
    """Return the condition `elapsed` seconds after the start."""
    current = timeline[0][1]
    for begin, condition in timeline:
        if begin <= elapsed:
            current = condition
    return current


def always(condition: Condition) -> Timeline:
    """Return a life with one condition."""
    return ((0.0, condition),)


def _starting(name: str) -> Condition:
    waiting = {
        "workload": f"{name}-agent",
        "component": "agent",
        "phase": "progressing",
        "message": "ContainerCreating",
        "title": "Still starting",
        "guidance": "The container is being created; this normally takes less than a minute.",
    }
    return Condition("deploying", plots.STARTING, waiting_on=(waiting,))


def rising(name: str) -> Timeline:
    """Return pending, provisioning (at 4 s), deploying (9 s), active (20 s)."""
    return (
        (0.0, Condition("pending", plots.QUEUED)),
        (4.0, Condition("provisioning", plots.QUEUED)),
        (9.0, _starting(name)),
        (20.0, Condition("active")),
    )


def arriving(name: str) -> Timeline:
    """Return provisioning, deploying (at 50 s), active (75 s): slower than most."""
    waiting = {"workload": f"{name}-agent", "component": "agent", "phase": "pending", "message": "PodInitializing"}
    return (
        (0.0, Condition("provisioning", plots.QUEUED, waiting_on=(waiting,))),
        (50.0, _starting(name)),
        (75.0, Condition("active")),
    )
