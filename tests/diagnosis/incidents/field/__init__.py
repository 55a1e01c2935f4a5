"""Incidents written before the diagnosis ran on them: what the platform says, and what a good diagnosis says."""

from diagnosis.incidents.field import (
    crashes_and_memory,
    dependencies,
    failed_starts,
    false_blame,
    jobs_and_states,
    not_started,
    outside_causes,
    registries_and_nodes,
    revisions_and_images,
    values_and_variants,
)
from diagnosis.incidents.field.world import Expected

FIELD: list[Expected] = [
    *crashes_and_memory.FOUND,
    *not_started.FOUND,
    *jobs_and_states.FOUND,
    *dependencies.FOUND,
    *registries_and_nodes.FOUND,
    *values_and_variants.FOUND,
    *false_blame.FOUND,
    *revisions_and_images.FOUND,
    *failed_starts.FOUND,
    *outside_causes.FOUND,
]

__all__ = ["FIELD", "Expected"]
