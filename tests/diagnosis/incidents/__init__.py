"""The incident corpus: what the platform says about broken deployments, and what a good diagnosis says."""

from diagnosis.incidents import ended, more, not_started, onsets, others, plain, restarts, sources, states, traps
from diagnosis.incidents.scene import NOW, Incident, Scene

INCIDENTS: list[Incident] = [
    *not_started.INCIDENTS,
    *ended.INCIDENTS,
    *states.INCIDENTS,
    *sources.INCIDENTS,
    *traps.INCIDENTS,
    *plain.INCIDENTS,
    *restarts.INCIDENTS,
    *onsets.INCIDENTS,
    *more.INCIDENTS,
    *others.INCIDENTS,
]

__all__ = ["INCIDENTS", "NOW", "Incident", "Scene"]
