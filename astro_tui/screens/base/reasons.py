"""Loads the reasons for the states of agents: `/status` of one agent after another."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from functools import partial
from typing import TYPE_CHECKING

from textual.timer import Timer

from astro_tui.errors import ErrorKind, PlatformError
from astro_tui.presentation.agent_list import Entry
from astro_tui.presentation.status import Severity
from astro_tui.presentation.verdicts import to_request
from astro_tui.session.session import Session

if TYPE_CHECKING:
    from astro_tui.platform.models import StatusReport
    from astro_tui.screens.base.fetcher import TimedFetcher

PAUSE = 0.15
"""Seconds that the cursor rests on a row before its reason is loaded."""
TOPIC = "reason"


class Reasons:
    """Loads reports one at a time. `loaded` gets each report, `failed` the id of an agent whose report did not load."""

    def __init__(
        self,
        fetcher: TimedFetcher,
        session: Session,
        loaded: Callable[[str, StatusReport], None],
        failed: Callable[[str], None],
    ) -> None:
        self._fetcher = fetcher
        self._session = session
        self._loaded = loaded
        self._failed = failed
        self._problems: dict[str, str] = {}
        self._queue: list[str] = []
        self._pause: Timer | None = None

    def problem(self, entry: Entry) -> str:
        """Return why the reason of an entry did not load; empty if it loaded or was not requested."""
        return self._problems.get(entry.key, "") if entry.key else "the list has no ID for this agent"

    def load(self, entries: Sequence[Entry], now: datetime) -> None:
        """Load the reports of the entries that need one."""
        self._queue = [entry.key for entry in to_request(entries, now) if entry.key]
        # The first report imports the record models, so the rows are drawn first.
        self._fetcher.call_after_refresh(self._next)

    def rest_on(self, entry: Entry | None) -> None:
        """Load the reason of the entry under the cursor before all others if the cursor stays there."""
        if self._pause is not None:
            self._pause.stop()
        if entry is not None and entry.report is None and entry.status.severity is not Severity.OK:
            self._pause = self._fetcher.set_timer(PAUSE, partial(self._next, entry.key))

    def forget(self) -> None:
        """Cancel the request."""
        self._fetcher.forget(TOPIC)

    def _next(self, first: str = "") -> None:
        if first:
            self._queue = [first, *(key for key in self._queue if key != first)]
        if self._queue and not self._fetcher.busy(TOPIC):
            key, platform = self._queue.pop(0), self._session.platform
            self._fetcher.fetch(
                TOPIC, lambda call: platform.status(key, call=call), partial(self._show, key), partial(self._fail, key)
            )

    def _show(self, key: str, report: StatusReport) -> None:
        self._problems.pop(key, None)
        self._loaded(key, report)
        self._next()

    def _fail(self, key: str, error: PlatformError) -> None:
        """Continue with the next one. The list itself reports a lost connection."""
        if error.kind is ErrorKind.CANCELLED:
            return
        self._problems[key] = str(error)
        self._failed(key)
        if not error.offline:
            self._next()
