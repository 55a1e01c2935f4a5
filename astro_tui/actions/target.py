"""The state of the deployment that an action is about, right now."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from astro_tui.actions.allowed import Lifecycle, lifecycle_of
from astro_tui.errors import FINAL_KINDS, PlatformError
from astro_tui.platform.client import Call, Platform
from astro_tui.platform.client.permit import Standing
from astro_tui.platform.models import StatusReport
from astro_tui.presentation.presence import Target, read_report, read_source
from astro_tui.presentation.revisions import RevisionRow, current_of, rows_of
from astro_tui.presentation.status import Status, status_of
from astro_tui.runtime import Clock


def read_rights(platform: Platform, key: str, call: Call) -> Mapping[str, object] | None:
    """Return what the user may do to the deployment with an ID (platform.md §8.6), or None if that is not known."""
    try:
        rights = platform.capabilities(key, call=call).get("actions")
    except PlatformError as error:
        if error.kind in FINAL_KINDS:
            raise
        return None
    return rights if isinstance(rights, dict) else None


@dataclass(frozen=True, slots=True)
class TargetState:
    """The state of a deployment: its `/status`, and its revisions, newest first. Older servers may have no history."""

    report: StatusReport
    rows: tuple[RevisionRow, ...]
    read_at: datetime

    @property
    def status(self) -> Status:
        """The status to display."""
        return status_of(self.report.value, self.report.reason)

    @property
    def lifecycle(self) -> Lifecycle:
        """What decides which actions work."""
        return lifecycle_of(self.report.value, self.report.reason)

    @property
    def current(self) -> RevisionRow | None:
        """The revision that runs, or is to run."""
        return current_of(self.rows)

    @property
    def revision(self) -> int | None:
        """Its number, if the server numbers revisions."""
        return self.current.number if self.current is not None else None

    def has_deployed(self, build: str, before: int | None) -> bool:
        """Return whether a build was deployed as a revision after `before`."""
        current = self.current
        return current is not None and current.build == build and (current.number or 0) > (before or 0)

    @property
    def standing(self) -> Standing:
        """What must still be true when an action is sent.

        The newest row counts, also if it is not the current one: somebody may have deployed again, and failed.
        """
        value, reason = (text.strip().lower() for text in (self.report.value, self.report.reason))
        return Standing(value, reason, self.revision, self.rows[0].deployed_raw if self.rows else "")

    @property
    def words(self) -> str:
        """The state and the revision in words: `paused, revision 12`."""
        return f"{self.status.plain}{self.words_after_status}"

    @property
    def words_after_status(self) -> str:
        """What follows a badge that shows the state: `, revision 12`."""
        return f", revision {self.revision}" if self.revision is not None else ""


def read_state(platform: Platform, target: Target, clock: Clock, call: Call) -> TargetState:
    """Read the state and the revisions of a deployment. Raises PlatformError."""
    platform.place(target.account, target.id)
    try:
        rows = read_source(platform, target, "history", call).rows
    except PlatformError as error:
        if not error.not_offered:
            raise
        rows = ()
    # Read the state last: it changes most often.
    revisions = tuple(rows_of(rows, target.id, platform.names, namespace=target.namespace))
    return TargetState(read_report(platform, target, call, revisions), revisions, clock())
