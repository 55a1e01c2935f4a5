"""The revisions of a deployment, from its history."""

from __future__ import annotations

from datetime import datetime
from typing import NamedTuple

from astro_tui.diagnosis import reading
from astro_tui.diagnosis.facts import Facts, RevisionKey
from astro_tui.diagnosis.reading import field, number, text


class Revision(NamedTuple):
    """One revision; `spec` is the document that came with the history, if any. `current` says that it is to run."""

    key: RevisionKey
    deployed: datetime | None
    spec: object
    build: str = ""
    current: bool = False

    @property
    def title(self) -> str:
        """The revision in a sentence."""
        return f"revision {self.key}" if isinstance(self.key, int) else f"the revision of {self.key}"


def history_rows(facts: Facts) -> list[object]:
    """Return the rows of the history as sent, or from the record `History`."""
    return reading.entries(facts.history, "deployments") or reading.entries(facts.history, "rows")


def revisions_of(facts: Facts) -> list[Revision]:
    """Return the current revision of the deployment and those before it, newest first.

    After a rollback, later ones do not run: the history marks the current one (platform.md §9).
    """
    found = all_revisions(facts)
    return found[next((place for place, each in enumerate(found) if each.current), 0) :]


def rolled_back(facts: Facts) -> Revision | None:
    """Return the newest revision if the deployment was rolled back from it, else None."""
    found = all_revisions(facts)
    return found[0] if found and not found[0].current and any(each.current for each in found) else None


def all_revisions(facts: Facts) -> list[Revision]:
    """Return the revisions of the deployment, newest first, including those that were rolled back."""
    rows = history_rows(facts)
    wanted = facts.deployment_id or text(facts.row.value, "id") or text(reading.body(facts.record, "deployment"), "id")
    mine = [row for row in rows if text(row, "id") == wanted] if wanted else []
    rows = mine or rows
    found = []
    for row in rows:
        deployed = reading.moment(row, "deployed_at")
        key: RevisionKey = number(row, "revision") or text(row, "deployed_at")
        if key:
            current = bool(reading.flag(row, "is_current"))
            found.append(Revision(key, deployed, field(row, "spec"), text(row, "build_id"), current))
    numbered = all(isinstance(each.key, int) for each in found)
    if numbered or all(each.deployed is not None for each in found):
        found.sort(key=lambda each: _order(each, numbered=numbered), reverse=True)
    return found


def _order(revision: Revision, *, numbered: bool) -> float:
    if numbered:
        return float(revision.key)
    return revision.deployed.timestamp() if revision.deployed is not None else 0.0
