"""Fetches the events of a deployment's cluster. Knows no widget."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from astro_tui.presentation.events import event_nodes
from astro_tui.presentation.nodes import Nodes
from astro_tui.screens.nodes.loader import Loaded, newer
from astro_tui.session.session import Session

if TYPE_CHECKING:
    from astro_tui.diagnosis.facts import Facts
    from astro_tui.platform.client import Call


def read(session: Session, facts: Facts, before: Nodes | None, call: Call) -> Loaded:
    """Fetch the events, and group them; what was added since `before` is marked."""
    platform, key = session.platform, facts.deployment_id
    events, error = newer(facts.events, lambda: platform.events(key, call=call), session)
    if error is not None:
        raise error
    facts = replace(facts, now=session.clock(), events=events)
    return Loaded(facts, event_nodes(facts, before))
