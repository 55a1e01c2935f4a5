"""How far along a rollout is: from `/status`, from the history, and from what was found out about it. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from enum import StrEnum
from typing import TYPE_CHECKING, NamedTuple

from astro_tui.diagnosis.cluster import Phase
from astro_tui.diagnosis.current import YOUNG
from astro_tui.diagnosis.facts import Fact, Facts
from astro_tui.diagnosis.failures import verdict_of
from astro_tui.diagnosis.reading import body, objects
from astro_tui.diagnosis.result import Kind, Rank
from astro_tui.errors import ConfigError
from astro_tui.presentation.agent_list import Entry, why
from astro_tui.presentation.presence import COUNTED
from astro_tui.presentation.revisions import UNNUMBERED, RevisionRow, current_of
from astro_tui.presentation.status import Severity, status_of

if TYPE_CHECKING:
    from astro_tui.platform.models import StatusReport

_READY = ("", "ready")
"""The reasons that a ready deployment has; `ready_lag` is not one of them (platform.md §16.4)."""
_HOPELESS = frozenset(
    {Kind.IMAGE, Kind.CRASH, Kind.MEMORY, Kind.PROBE, Kind.CONFIG, Kind.SCHEDULING, Kind.STORAGE, Kind.JOB}
)


class Stage(StrEnum):
    """The stage of a rollout that a command waits for."""

    WAITING = "waiting"
    READY = "ready"
    FAILED = "failed"
    STOPPED = "stopped"
    """Paused, suspended, or being removed: it will not become ready by itself."""


def stage_of(report: StatusReport) -> Stage:
    """Return the stage that a report implies. An unknown state means waiting."""
    status = status_of(report.value, report.reason)
    if status.severity is Severity.ERROR:
        return Stage.FAILED if status.label == status_of("failed").label else Stage.STOPPED
    if status.label in (status_of(word).label for word in ("paused", "undeploying", "undeployed")):
        return Stage.STOPPED
    ready = status.label == status_of("active").label and report.reason.strip().lower() in _READY
    return Stage.READY if ready else Stage.WAITING


def waits_for(entry: Entry, record: Fact) -> str:
    """Return `2 of 3 workloads ready · claims-desk-agent: not yet created` for an entry with its report."""
    report = entry.report
    if report is None:
        return ""
    cause = why(entry._replace(diagnosis=None))[0]
    counted = COUNTED.search(report.details)
    total, waiting = len(objects(body(record, "deployment"), "workloads")), len(report.waiting_on)
    count = counted[0] if counted else ""
    if not count and 0 < waiting <= total:
        count = f"{total - waiting} of {total} workloads ready"
    return " · ".join(dict.fromkeys(part for part in (count, cause) if part))


def hopeless(facts: Facts, waited: timedelta) -> bool:
    """Whether a rollout in progress cannot become ready by itself.

    The first two minutes prove nothing. Nor does a failing readiness probe: it stops nothing, and startup may be slow.
    """
    verdict = verdict_of(facts)
    age = verdict.situation.rollout_age
    failure = verdict.failure
    starting = verdict.kind is Kind.PROBE and failure is not None and failure.rank < Rank.KILLED
    late = (waited if age is None else age) > YOUNG
    return verdict.state.phase is Phase.MOVING and verdict.kind in _HOPELESS and late and not starting


class Turn(StrEnum):
    """Whether a revision is the one that runs."""

    COMING = "coming"
    CURRENT = "current"
    REPLACED = "replaced"


class RevisionPlace(NamedTuple):
    """Whether a revision is coming, current, or replaced, and the number of the current one, if there is one."""

    turn: Turn
    current: int | None


def place_of(revision: int, rows: Sequence[RevisionRow]) -> RevisionPlace:
    """Return where a revision is in the history of a deployment.

    A revision in the history that is not current was replaced, maybe by an older one after a rollback. Raises
    ConfigError if the server does not number its revisions.
    """
    newest = current_of(rows)
    current = newest.number if newest is not None else None
    if current == revision:
        return RevisionPlace(Turn.CURRENT, current)
    if newest is not None and current is None:
        raise ConfigError(f"{UNNUMBERED}; wait without --revision")
    known = any(each.number == revision for each in rows)
    past = known or (current is not None and current > revision)
    return RevisionPlace(Turn.REPLACED if past else Turn.COMING, current)
