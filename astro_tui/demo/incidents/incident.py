"""An incident: a failure as one value, from which everything that the demo reports about it follows."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from astro_tui.demo.entities import Change
from astro_tui.demo.life import Condition, Timeline, always
from astro_tui.demo.plots import Fate, Plot

REGISTRY = "registry.astropods.ai"
CRASHED = ("Running", "Waiting", False, "CrashLoopBackOff: back-off 5m0s restarting failed container (exit code 1)")
"""Phase of the pod, state, readiness, and message of a container that ends with an error."""
RECREATE: Mapping[str, Any] = {"agent.update": {"strategy": "recreate"}}
"""An agent that is replaced at once: no old pod serves while the new one fails."""


@dataclass(frozen=True, slots=True)
class Incident:
    """A failure of a deployment, by default since before the server's start.

    `message`, `title`, and `guidance` are what `/status` says about the workload of `component`; `{name}` and `{image}`
    stand for those of the deployment. `error` is the error text. `also` has more entries for `/status`, and `states`
    more fields of the condition. `changes` is what its revisions changed.

    The platform calls it failed after `after` seconds. Until then, it is deploying and waits for `meanwhile`, with the
    `early` plot; without a `meanwhile`, it is active.
    """

    fates: Mapping[str, Fate]
    message: str
    title: str
    guidance: str
    error: str = ""
    component: str = "agent"
    word: str = "failed"
    phase: str = "failed"
    also: tuple[Mapping[str, str], ...] = ()
    states: Mapping[str, str] = field(default_factory=dict)
    changes: tuple[Change, ...] = ()
    after: float = 0.0
    meanwhile: str = ""
    early: tuple[tuple[float, Plot], ...] = ()

    @property
    def plot(self) -> Plot:
        """What the cluster reports."""
        return Plot(self.fates)

    def condition(self, name: str, image: str = "") -> Condition:
        """Return the condition of a deployment with this blueprint name and image of its agent."""

        def filled(text: str) -> str:
            return text.replace("{name}", name).replace("{image}", image)

        first = {
            "workload": f"{name}-{self.component}",
            "component": self.component.partition("-")[0],
            "phase": self.phase,
            "message": filled(self.message),
            "title": self.title,
            "guidance": self.guidance,
        }
        issues = tuple({key: filled(text) for key, text in each.items()} for each in (first, *self.also))
        more: dict[str, Any] = {key: filled(text) for key, text in self.states.items()}
        if self.word == "active":
            return Condition("active", self.plot, **more)
        more["failed_on" if self.word == "failed" else "waiting_on"] = issues
        return Condition(self.word, self.plot, error_message=filled(self.error), **more)

    def life(self, name: str, image: str = "") -> Timeline:
        """Return the life of a deployment with this blueprint name and image of its agent."""
        failed = self.condition(name, image)
        if not self.after:
            return always(failed)
        message = self.meanwhile.replace("{image}", image)
        waiting = {
            "workload": f"{name}-{self.component}",
            "component": self.component.partition("-")[0],
            "phase": "progressing",
            "message": message,
        }
        early = tuple(
            (
                begin,
                Condition("deploying", plot, details="0 of 1 workloads ready", waiting_on=(waiting,))
                if message
                else Condition("active", plot),
            )
            for begin, plot in self.early
        )
        return (*early, (self.after, failed))
