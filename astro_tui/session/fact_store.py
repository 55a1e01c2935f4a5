"""What was read about each deployment: one store feeds the diagnosis of every screen and command."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from astro_tui.diagnosis import MISSING, Diagnosis, Fact, Facts, RevisionKey, diagnose
from astro_tui.platform.deployment_rows import Deployment

if TYPE_CHECKING:
    from astro_tui.platform.models import StatusReport

AT_ONCE = 6
"""Most requests for facts at the same time: with the list and one request of the screen, that is at most eight."""
EARLIER = timedelta(minutes=15)
"""How old the observation may be that tells whether the number of restarts is rising."""
_SOURCES = ("status", "record", "runtime", "events", "alerts", "history")
_MOST_SPECS = 14
"""More than one diagnosis requests: with fewer, it would lose what it was made of."""


class FactStore:
    """Facts and the newest diagnosis by deployment id. Safe to use from many threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._facts: dict[str, Facts] = {}
        self._diagnoses: dict[str, Diagnosis] = {}
        self.slots = threading.BoundedSemaphore(AT_ONCE)
        """One for each request that is in flight."""

    def facts(self, account: str, row: Deployment, now: datetime) -> Facts:
        """Return what is known of a deployment now; its row in the list is new."""
        with self._lock:
            old = self._facts.get(row.id)
        facts = old or Facts(now, deployment_id=row.id, account=row.account_name or account)
        return replace(facts, now=now, row=Fact(row, read_at=now))

    def diagnosis(self, key: str) -> Diagnosis | None:
        """Return the newest diagnosis of a deployment, if there is one."""
        with self._lock:
            return self._diagnoses.get(key)

    def report(self, key: str) -> StatusReport | None:
        """Return the newest `/status` of a deployment as a record; for worker threads, which may import the models."""
        with self._lock:
            facts = self._facts.get(key)
        body = facts.status.value if facts is not None else None
        if not isinstance(body, dict):
            return None
        from astro_tui.platform.models import StatusReport

        return StatusReport.model_validate(body)

    def keep(self, facts: Facts) -> Diagnosis:
        """Keep everything read about a deployment and return its diagnosis, which takes milliseconds."""
        newest = sorted(facts.specs, key=_age, reverse=True)[:_MOST_SPECS]
        facts = replace(facts, specs={key: facts.specs[key] for key in newest})
        diagnosis = diagnose(facts)
        with self._lock:
            self._facts[facts.deployment_id] = facts
            self._diagnoses[facts.deployment_id] = diagnosis
        return diagnosis

    def add(self, account: str, row: Deployment, now: datetime, **found: Fact) -> Diagnosis:
        """Keep single responses, such as `runtime`, and return the diagnosis; for worker threads."""
        facts = self.facts(account, row, now)
        newer: dict[str, Any] = {name: newest(getattr(facts, name), fact) for name, fact in found.items()}
        if "runtime" in found:
            newer["earlier_runtime"] = earlier_of(facts)
        return self.keep(replace(facts, **newer))


def _age(key: RevisionKey) -> tuple[int, str]:
    return (key, "") if isinstance(key, int) else (0, key)


def newest(old: Fact, new: Fact) -> Fact:
    """Return the new fact; if it is an error, the old value with that error, because it is better than nothing."""
    return Fact(old.value, new.error, old.read_at, stale=True) if new.error and old.known else new


def earlier_of(facts: Facts) -> Fact:
    """Return the observation of `/runtime` to compare the next one with: the oldest that is not too old."""
    for fact in (facts.earlier_runtime, facts.runtime):
        if fact.known and fact.read_at is not None and facts.now - fact.read_at <= EARLIER:
            return fact
    return facts.runtime


def begun(facts: Facts, given: Mapping[str, Fact]) -> Facts:
    """Return the facts that a new round of requests starts with: the row, and what is `given`.

    Specs stay: those of a revision never change.
    """
    fresh: dict[str, Any] = {name: given.get(name, MISSING) for name in _SOURCES}
    specs = {key: fact for key, fact in facts.specs.items() if fact.known}
    return replace(facts, **fresh, logs=(), specs=specs, earlier_runtime=earlier_of(facts))


def older_where_unread(old: Facts, new: Facts) -> Facts:
    """Return the new facts, with the old value in the place of each that could not be read."""
    fresh: dict[str, Any] = {name: newest(getattr(old, name), getattr(new, name)) for name in _SOURCES}
    return replace(new, **fresh)
