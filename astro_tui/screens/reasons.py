"""Why agents of the list are in their state: asked one after another, kept for as long as the state lasts."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import datetime
from functools import partial
from typing import TYPE_CHECKING

from textual.timer import Timer

from astro_tui.errors import ErrorKind, PlatformError
from astro_tui.listing import Entry, with_report
from astro_tui.screens.page import Page
from astro_tui.status import Severity

if TYPE_CHECKING:
    from astro_tui.models import StatusReport

AT_ONCE = 20
"""How many failed rows are asked for their reason after a list: it tells a suspension from a failure."""
LATE = 120
"""Seconds after which a deployment that still moves is asked why (contract statuses §3)."""
PAUSE = 0.15
"""Seconds that the cursor rests on a row before its reason is asked."""
TOPIC = "reason"


def _asks(entry: Entry, now: datetime) -> bool:
    late = entry.created is not None and (now - entry.created).total_seconds() > LATE
    return entry.status.severity in (Severity.ERROR, Severity.WARN) or (entry.status.moving and late)


class Reasons:
    """Asks `/status` for `page`, one deployment at a time, and tells each answer to `told`, the others to `missed`."""

    def __init__(self, page: Page, told: Callable[[str, StatusReport], None], missed: Callable[[str], None]) -> None:
        self._page = page
        self._told = told
        self._missed = missed
        self._unknown: dict[str, str] = {}
        self._reports: dict[str, tuple[str, StatusReport]] = {}
        self._queue: list[str] = []
        self._pause: Timer | None = None

    def known(self, entry: Entry) -> Entry:
        """Return the entry with its report, where one was told and the list still says the same word."""
        word, report = self._reports.get(entry.key, ("", None))
        return with_report(entry, report) if report is not None and word == entry.deployment.status else entry

    def keep(self, entry: Entry, report: StatusReport) -> Entry:
        """Keep a report for as long as the list says the word it says now; returns the entry with it."""
        self._reports[entry.key] = (entry.deployment.status, report)
        return with_report(entry, report)

    def unknown(self, entry: Entry) -> str:
        """Return why the reason of an entry could not be had; empty while nobody knows that it cannot."""
        return self._unknown.get(entry.key, "") if entry.key else "the list has no id of it"

    def ask_for(self, entries: Iterable[Entry], now: datetime) -> None:
        """Ask for the reason of each that failed or warns, and of each that moves for longer than it should."""
        self._queue = [entry.key for entry in entries if _asks(entry, now)][:AT_ONCE]
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
