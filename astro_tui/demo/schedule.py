"""The states of an agent over time: each `Condition`, when the next one begins, and what its pods do meanwhile.

A row of a schedule has the database word of its `state`, the time `at` which it begins (0 unless given), `pods`, and
any of the texts of a `Condition`. `pods` is one of the names at the end of this module, or has a row for each component
that is not simply running: the fields of `PodStory`.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from astro_tui.demo.data import read as read_data

IssueFields = Mapping[str, str]
"""One entry of `waiting_on` or `failed_on` (platform.md §8.4)."""

MINUTE, HOUR, DAY = 60, 3600, 86400
_UNITS = {"d": DAY, "h": HOUR, "m": MINUTE, "s": 1}
_STATES = read_data("states.json")
"""For each database word, the list's word, and the value, reason, and message of `/status` (platform.md §16.2, §4).

The server has no words for a deleted deployment, and falls through to its defaults.
"""


@dataclass(frozen=True, slots=True)
class RepeatedWarning:
    """A warning of the cluster: `first` seconds after the pod's creation, then again every `every` seconds.

    In texts, `{name}`, `{pod}`, `{image}`, and `{node}` stand for those of the workload and its pod.
    """

    reason: str
    message: str
    first: float = 5.0
    every: float = 0.0


@dataclass(frozen=True, slots=True)
class PodStory:
    """What becomes of a workload's pod, as observed now. Without arguments: it runs and is ready.

    `steps` is how many of scheduled, pulling, pulled, created, and started it gets to. If `run` is given, its container
    ends after that many seconds, again and again; `lines` (level and message) are the last ones of its log each time.
    The story began `since` before the server's start; 0 is the latest deploy. `beside` says that an older pod still
    serves and is the one observed. Without `observed`, the runtime leaves the workload out. For a job, `phase` is the
    status of its run.
    """

    phase: str = "Running"
    state: str = "Running"
    ready: bool = True
    message: str = ""
    steps: int = 5
    run: float = 0.0
    warnings: tuple[RepeatedWarning, ...] = ()
    lines: tuple[tuple[str, str], ...] = ()
    since: float = 0.0
    beside: bool = False
    observed: bool = True

    @property
    def runs(self) -> bool:
        """Whether its container runs at least for some time, so that there is a log."""
        return self.steps == 5 and self.phase not in ("Unknown", "Succeeded")


@dataclass(frozen=True, slots=True)
class Pods:
    """The stories of an agent's workloads by component, and that of all `others`; None means that nothing runs.

    `fresh` says that its pods are new when it begins. If nothing runs in a deployment, `ended` is how many seconds
    before the server's start its pods ended.
    """

    stories: Mapping[str, PodStory] = field(default_factory=dict)
    others: PodStory | None = PodStory()
    fresh: bool = False
    ended: float = 0.0

    def story(self, component: str) -> PodStory | None:
        """Return the story of a component, None if it has no pods."""
        return self.stories.get(component, self.others)


HEALTHY = Pods()
NAMED = {
    name: Pods(**{**row, "others": row["others"] and PodStory(**row["others"])})
    for name, row in _STATES["pods"].items()
}
"""What the pods of a deployment do in usual situations."""


@dataclass(frozen=True, slots=True)
class Condition:
    """A state as reported by all endpoints. `word` is the word in the database; the rest follows from it unless given.

    `pods` is what the cluster reports.
    """

    word: str
    pods: Pods = HEALTHY
    listed: str = ""
    value: str = ""
    reason: str = ""
    details: str = ""
    error_message: str = ""
    waiting_on: Sequence[IssueFields] = ()
    failed_on: Sequence[IssueFields] = ()

    @property
    def list_word(self) -> str:
        """The status word in `GET /deployments` and `GET /deployments/{id}`."""
        return self.listed or _STATES["words"].get(self.word, (self.word, "", "", ""))[0]

    def status(self, workloads: int) -> dict[str, object]:
        """Return the body of `GET /deployments/{id}/status` for a deployment with this many workloads."""
        _, value, reason, details = _STATES["words"].get(self.word, (self.word, self.word, "", ""))
        if self.word == "active":
            details = f"{workloads} of {workloads} workloads ready"
        elif self.word == "failed":
            details = f"Deployment failed: {self.error_message}"
        body: dict[str, object] = {
            "value": self.value or value,
            "reason": self.reason or reason,
            "details": self.details or details,
        }
        issues = {"waiting_on": self.waiting_on, "failed_on": self.failed_on}
        more = {"error_message": self.error_message, **{key: [*map(dict, each)] for key, each in issues.items()}}
        return body | {key: value for key, value in more.items() if value}


Schedule = tuple[tuple[float, Condition], ...]
"""Conditions, each with the time at which it begins, in seconds since the server's start. The first begins at 0."""


def always(condition: Condition) -> Schedule:
    """Return a schedule with one condition."""
    return ((0.0, condition),)


def seconds(text: str | float) -> float:
    """Return a duration such as "2d3h" in seconds; a number is in seconds."""
    if not isinstance(text, str):
        return text
    return float(sum(int(number) * _UNITS[unit] for number, unit in re.findall(r"(\d+)([dhms])", text)))


def _pod(row: Mapping[str, Any]) -> PodStory:
    warnings = tuple(RepeatedWarning(**each) for each in row.get("warnings", ()))
    lines = tuple((level, text) for level, text in row.get("lines", ()))
    return PodStory(**{**row, "warnings": warnings, "lines": lines, "since": seconds(row.get("since", 0))})


def read(rows: Sequence[Mapping[str, Any]], name: str, image: str, kept: Pods = HEALTHY) -> Schedule:
    """Return the schedule of an agent with this name and image. The pods `kept` are those that run before it.

    Raises KeyError or TypeError for a malformed row.
    """
    made = []
    for row in rows:
        texts = {key: value for key, value in row.items() if key not in ("at", "state", "pods")}
        for mark, value in {"{name}": name, "{image}": image}.items():
            texts = json.loads(json.dumps(texts).replace(mark, json.dumps(value)[1:-1]))
        pods = row.get("pods", {})
        states = (
            {**NAMED, "kept": kept}[pods]
            if isinstance(pods, str)
            else Pods({key: _pod(each) for key, each in pods.items()})
        )
        made.append((float(row.get("at", 0)), Condition(row["state"], states if pods else HEALTHY, **texts)))
    return tuple(made)


def rising(name: str, how: str = "succeeds", kept: Pods = HEALTHY) -> Schedule:
    """Return what follows on a request to deploy, as `data/deploy.json` says; the pods `kept` are those before it."""
    return read(read_data("deploy.json")[how], name, "", kept)
