"""Fetches the workloads of a deployment: its record, and what was last observed. Knows no widget."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from astro_tui.presentation.nodes import Nodes
from astro_tui.presentation.workloads import workload_nodes
from astro_tui.screens.deployment.sections.workloads.texts import missing
from astro_tui.screens.nodes.loader import Loaded, newer
from astro_tui.session.session import Session

if TYPE_CHECKING:
    from astro_tui.diagnosis.facts import Facts
    from astro_tui.platform.client import Call


def read(session: Session, facts: Facts, _before: Nodes | None, call: Call) -> Loaded:
    """Fetch the record and the observation, and join them; what cannot be fetched keeps its old value.

    The oldest servers have no `/runtime`, but list pods in the record. Raises the error of the record if nothing is
    known, and that of the observation if there was an earlier one.
    """
    platform, key = session.platform, facts.deployment_id
    record, no_record = newer(facts.record, lambda: platform.deployment_body(key, call=call), session)
    runtime, no_runtime = newer(facts.runtime, lambda: platform.runtime(key, call=call), session)
    for error in (no_record, no_runtime):
        if error is not None and not record.known and not runtime.known:
            raise error
    reported = no_runtime is None or not no_runtime.not_offered
    if no_runtime is not None and reported and (runtime.known or no_runtime.offline):
        # An old observation must not look like a new one.
        raise no_runtime
    facts = replace(facts, now=session.clock(), record=record, runtime=runtime)
    return Loaded(facts, replace(workload_nodes(facts), missing=missing(record, runtime, reported=reported)))
