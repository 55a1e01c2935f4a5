"""What happens to the pods of a demo deployment: a `Fate` for each workload, together a `Plot`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Warned:
    """A warning of the cluster: `first` seconds after the pod's creation, then again every `every` seconds.

    In texts, `{name}`, `{pod}`, `{image}`, and `{node}` stand for those of the deployment and its pod.
    """

    reason: str
    message: str
    first: float = 5.0
    every: float = 0.0


@dataclass(frozen=True, slots=True)
class Fate:
    """What becomes of a workload's pod, as observed now. Without arguments: it runs and is ready.

    `steps` is how many of scheduled, pulling, pulled, created, and started it gets to. If `run` is given, its container
    ends after that many seconds, again and again; `words` (level and message) are the last ones of its log each time.
    The fate began `since` seconds before the server's start; 0 is the latest deploy. `beside` says that an older pod
    still serves and is the one observed. Without `observed`, the runtime leaves the workload out. For a job, `phase` is
    the status of its run.
    """

    phase: str = "Running"
    state: str = "Running"
    ready: bool = True
    message: str = ""
    steps: int = 5
    run: float = 0.0
    warnings: tuple[Warned, ...] = ()
    words: tuple[tuple[str, str], ...] = ()
    since: float = 0.0
    beside: bool = False
    observed: bool = True

    @property
    def runs(self) -> bool:
        """Whether its container runs at least for some time, so that there is a log."""
        return self.steps == 5 and self.phase not in ("Unknown", "Succeeded")


@dataclass(frozen=True, slots=True)
class Plot:
    """The fates of a deployment's workloads by component, and that of all `others`; None means that nothing runs.

    `fresh` says that its pods are new when it begins. If nothing runs in a deployment, `ended` is how many seconds
    before the server's start its pods ended.
    """

    fates: Mapping[str, Fate] = field(default_factory=dict)
    others: Fate | None = Fate()
    fresh: bool = False
    ended: float = 0.0

    def fate(self, component: str) -> Fate | None:
        """Return the fate of a component, None if it has no pods."""
        return self.fates.get(component, self.others)


HEALTHY = Plot()
QUEUED = Plot(others=Fate("Pending", "Waiting", ready=False, message="PodInitializing", steps=1), fresh=True)
STARTING = Plot(others=Fate("Pending", "Waiting", ready=False, message="ContainerCreating", steps=2))
STOPPED = Plot(others=None, ended=6 * 3600)
CANCELED = Plot(others=None, ended=6 * 3600)
REMOVING = Plot(others=Fate("Succeeded", "Terminated", ready=False, message="Completed", steps=0), ended=600)
UNREACHABLE = Plot(
    others=Fate("Unknown", "Unknown", ready=False, message="Cluster cannot be reached", steps=0), ended=1200
)
