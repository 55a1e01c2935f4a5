"""The status of each deployment, in one place, so that every view shows the same one. Pure."""

from __future__ import annotations

from collections.abc import Callable, Container
from typing import TYPE_CHECKING, Any

from msgspec.structs import replace

from astro_tui.presentation.agent_list import Entry, after_rollback, entry_with, with_diagnosis, with_report
from astro_tui.presentation.status import LOADING, TROUBLE, Severity, Status, acted_on, is_unknown, status_of, troubled
from astro_tui.text.masked import masked_line

if TYPE_CHECKING:
    from astro_tui.diagnosis import Diagnosis
    from astro_tui.platform.models import StatusReport

MOST_WITHOUT_STATUS = 200
"""Maximum number of agents in a list whose status is requested because the list lacks it."""
_PENDING, _UNKNOWN = status_of("pending"), status_of("")


def unknown(entry: Entry) -> bool:
    """Whether the status is unknown even after `/status` was requested."""
    return entry.status.label == _UNKNOWN.label


def lacks_status(entry: Entry) -> bool:
    """Whether the list lacks the status (platform.md §15), so that `/status` has to be loaded."""
    return is_unknown(entry.deployment.status)


class Verdicts:
    """The last `/status` and the last diagnosis of each deployment, kept until the list reports something else."""

    def __init__(self) -> None:
        self._reports: dict[str, tuple[str, StatusReport]] = {}
        self._diagnoses: dict[str, tuple[tuple[str, ...], Diagnosis]] = {}
        self._missed: set[str] = set()
        self._left: dict[str, tuple[str, str]] = {}
        self._newer: dict[str, Callable[[Entry], str]] = {}
        self._marks: dict[str, str] = {}
        self._once_marked: set[str] = set()
        self.asking: set[str] = set()
        """The deployments that wait for the user's approval."""

    def mark(self, key: str, label: str) -> None:
        """Show `label` as the state of a deployment while an action is under way; an empty label ends that."""
        self._once_marked.add(key)
        if label:
            self._marks[key] = label
        else:
            self._marks.pop(key, None)

    def keep_only(self, keys: Container[str]) -> None:
        """Forget all deployments but these: a program that runs for days must not keep the others."""
        kept: tuple[dict[str, Any], ...] = (self._reports, self._diagnoses, self._left, self._newer, self._marks)
        for cache in kept:
            for key in [key for key in cache if key not in keys]:
                del cache[key]
        for marked in (self._missed, self._once_marked):
            marked.intersection_update({key for key in marked if key in keys})

    def rolled_back(self, key: str, left: str, build: str) -> None:
        """Note the builds from which and to which a deployment was rolled back."""
        self._left[key] = left, build

    def keep(self, entry: Entry, report: StatusReport) -> Entry:
        """Keep a report until the status in the list changes; return the entry with the report."""
        self._reports[entry.key] = (entry.deployment.status, report)
        self._missed.discard(entry.key)
        return self.known(entry)

    def read_builds(self, entry: Entry, newer: Callable[[Entry], str]) -> Entry:
        """Ask `newer` what is known about the newest build from now on, as its age grows; return the entry with it."""
        self._newer[entry.key] = newer
        return self.known(entry)

    def conclude(self, entry: Entry, diagnosis: Diagnosis) -> Entry:
        """Keep a diagnosis until the row in the list changes; return the entry with it."""
        self._diagnoses[entry.key] = (signature_of(entry), diagnosis)
        return self.known(entry)

    def miss(self, entry: Entry) -> Entry:
        """Note that a report failed to load; return the entry, as UNKNOWN if the list lacks its status."""
        self._missed.add(entry.key)
        return self.known(entry)

    def known(self, entry: Entry) -> Entry:
        """Return the entry with its kept report and diagnosis, unless the list has changed since they were kept.

        Without a report, an entry whose status is not in the list is LOADING.
        """
        word, report = self._reports.get(entry.key, ("", None))
        signature, diagnosis = self._diagnoses.get(entry.key, ((), None))
        if report is not None and word != entry.deployment.status:
            report = None
        if diagnosis is not None and signature != signature_of(entry):
            diagnosis = None
        if entry.report is not None or entry.diagnosis is not None or entry.key in self._once_marked:
            # Begin with what the list says.
            entry = replace(entry_with(entry, status_of(entry.deployment.status)), report=None, diagnosis=None)
        if entry.left:
            entry = replace(entry, left="", build=masked_line(entry.deployment.build_id, 100))
        if report is not None:
            entry = with_report(entry, report)
        elif lacks_status(entry):
            entry = entry_with(entry, LOADING if entry.key and entry.key not in self._missed else _UNKNOWN)
        if diagnosis is not None:
            entry = with_diagnosis(entry, diagnosis)
        if entry.key in self._left:
            entry = after_rollback(entry, *self._left[entry.key])
        if entry.key in self._newer and (newer := self._newer[entry.key](entry)) != entry.newer:
            entry = replace(entry, newer=newer)
        if (asks := entry.key in self.asking) != entry.asks:
            entry = replace(entry, asks=asks)
        label = self._marks.get(entry.key)
        return entry_with(entry, acted_on(label)) if label else entry

    def of(self, key: str, word: str) -> Status:
        """Return the status for a database word (platform.md §8.2), as the list with that deployment shows it."""
        status = status_of(word)
        _list_word, report = self._reports.get(key, ("", None))
        reported = status_of(report.value, report.reason) if report is not None else status
        if report is None or _kind(reported) != _kind(status):
            # The list has one word for all stages of a deployment.
            reported = _PENDING if _kind(status) == _kind(_PENDING) else status
        _row, diagnosis = self._diagnoses.get(key, ((), None))
        if diagnosis is None or not diagnosis.failing:
            return reported
        return troubled(reported, outage=diagnosis.outage)


def signature_of(entry: Entry) -> tuple[str, ...]:
    """Return the values of the row that make a diagnosis outdated when they change."""
    row = entry.deployment
    return (row.status, row.build_id, row.created_at, *(f"{each.url} {each.ready}" for each in row.external_urls))


def _kind(status: Status) -> str:
    """Return a key that is equal for a report and a database word that describe the same state."""
    if status.moving and status.severity is Severity.INFO:
        return "deploy"
    return status.label.rstrip("~?" + TROUBLE)
