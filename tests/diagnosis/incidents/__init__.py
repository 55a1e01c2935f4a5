"""The incident corpus: what the platform says about broken deployments, and what a good diagnosis says."""

from diagnosis.incidents import (
    ended,
    mixed_causes,
    not_started,
    onsets,
    other_words,
    plain,
    restarts,
    sources,
    states,
    traps,
)
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
    *other_words.INCIDENTS,
    *mixed_causes.INCIDENTS,
]

__all__ = ["INCIDENTS", "NOW", "Incident", "Scene"]
