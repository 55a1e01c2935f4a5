"""Why agents of a list are in their state: their `/status`, one request after another."""

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
from astro_tui.screens.base.page import Page

if TYPE_CHECKING:
    from astro_tui.platform.models import StatusReport

PAUSE = 0.15
"""Seconds that the cursor rests on a row before its reason is asked."""
TOPIC = "reason"


class Reasons:
    """Loads reports for `page`, one at a time. `told` gets each report, `missed` the id of one that failed to load."""

    def __init__(self, page: Page, told: Callable[[str, StatusReport], None], missed: Callable[[str], None]) -> None:
        self._page = page
        self._told = told
        self._missed = missed
        self._unknown: dict[str, str] = {}
        self._queue: list[str] = []
        self._pause: Timer | None = None

    def unknown(self, entry: Entry) -> str:
        """Return why the reason of an entry could not be loaded; empty when that was not tried, or worked."""
        return self._unknown.get(entry.key, "") if entry.key else "the list has no id of it"

    def ask_for(self, entries: Sequence[Entry], now: datetime) -> None:
        """Load the reports of the entries that need one."""
        self._queue = [entry.key for entry in to_request(entries, now) if entry.key]
        # Reading a reason loads the record models: not before the rows are on screen.
        self._page.call_after_refresh(self._ask)

    def rest_on(self, entry: Entry | None) -> None:
        """The cursor stands on `entry`: ask for its reason before all others, if it stays there."""
        if self._pause is not None:
            self._pause.stop()
        if entry is not None and entry.report is None and entry.status.severity is not Severity.OK:
            self._pause = self._page.set_timer(PAUSE, partial(self._ask, entry.key))

    def _ask(self, first: str = "") -> None:
        if first:
            self._queue = [first, *(key for key in self._queue if key != first)]
        if self._queue and not self._page.busy(TOPIC):
            key = self._queue.pop(0)
            platform = self._page.session.platform
            self._page.fetch(
                TOPIC, lambda call: platform.status(key, call=call), partial(self._tell, key), partial(self._miss, key)
            )

    def _tell(self, key: str, report: StatusReport) -> None:
        self._unknown.pop(key, None)
        self._told(key, report)
        self._ask()

    def _miss(self, key: str, error: PlatformError) -> None:
        """Where one reason cannot be had the others may; of a lost connection the list itself tells."""
        if error.kind is ErrorKind.CANCELLED:
            return
        self._unknown[key] = str(error)
        self._missed(key)
        if not error.offline:
            self._ask()
