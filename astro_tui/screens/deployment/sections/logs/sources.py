"""Which workloads of a deployment have a log."""

from __future__ import annotations

from typing import TYPE_CHECKING

from astro_tui.diagnosis.cluster import Cluster, Workload
from astro_tui.diagnosis.facts import Fact
from astro_tui.logs.line import Source
from astro_tui.presentation.agent_list import Entry
from astro_tui.session.session import Session

if TYPE_CHECKING:
    from astro_tui.platform.client import Call

MOST_FOLLOWED = 8
"""Maximum number of workloads that are followed at the same time."""


def sources_of(session: Session, account: str, entry: Entry, *, containers: bool = False) -> tuple[Source, ...]:
    """Return the workloads that are known: those that need attention first, then the agent, then the rest.

    With `containers`, a workload with more than one container is listed before its containers.
    """
    facts = session.facts.facts(account, entry.deployment, session.clock())
    workloads = sorted(Cluster(facts).workloads.values(), key=_order)
    found = []
    for workload in workloads:
        found.append(Source(entry.key, workload.name))
        if containers and len(workload.containers) > 1:
            found += [Source(entry.key, workload.name, each.name) for each in workload.containers]
    return tuple(found)


def _order(workload: Workload) -> tuple[bool, bool, bool, bool, str]:
    healthy = not workload.containers or workload.ready
    return (healthy, workload.component != "agent", workload.is_job, workload.is_collector, workload.name)


def read_sources(session: Session, account: str, entry: Entry, call: Call) -> tuple[Source, ...]:
    """Request the record, and return its workloads (worker thread). Raises PlatformError."""
    now = session.clock()
    body = session.platform.deployment_body(entry.key, call=call)
    session.facts.add(account, entry.deployment, now, record=Fact(body, read_at=now))
    return sources_of(session, account, entry)
