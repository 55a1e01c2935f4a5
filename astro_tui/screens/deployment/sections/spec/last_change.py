"""What the newest revision changed, value by value, for marks in the spec. Knows no widget."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TYPE_CHECKING

from astro_tui.errors import PlatformError
from astro_tui.session.comparison import Subject, difference_of, history_of, last_change, spec_of
from astro_tui.session.requests import Fetcher
from astro_tui.session.roster import NewestChange
from astro_tui.session.session import Session

if TYPE_CHECKING:
    from astro_tui.document import Document
    from astro_tui.platform.client import Call

MARKED = 20_000
"""Maximum number of values in a spec compared in the background: that many take a tenth of a second."""
MARKED_BYTES = 4 << 20
"""Maximum size, in bytes, of a spec compared in the background."""
LONGEST = 0.5
"""Seconds after which a comparison in the background is abandoned."""


class LastChange:
    """Compares the two newest revisions once per spec and calls `publish` when it knows the changes.

    A spec that is too large, or cannot be loaded, gets no marks.
    """

    def __init__(self, fetcher: Fetcher, session: Session, publish: Callable[[], None]) -> None:
        self._fetcher, self._session, self._publish = fetcher, session, publish

    def forget(self) -> None:
        """Cancel the comparison: another spec is shown."""
        self._fetcher.forget("changes")

    def find(self, subject: Subject, document: Document) -> None:
        """Compare, unless the changes in `document` are known or cannot be found."""
        session, key = self._session, subject.deployment_id
        if self._fetcher.busy("changes") or document.node_count > MARKED or len(document.text) > MARKED_BYTES:
            return
        build = subject.record.build_id if subject.record is not None else ""
        known, spec = session.roster.change(key), hash((build, document.text))
        same = known is not None and known.build == build and known.rows.difference.new.text == document.text
        if same or session.tried.get(key) == spec:
            return

        def compare(call: Call) -> NewestChange | None:
            pair = last_change(history_of(session, subject, call))
            if pair is None:
                return None
            old, new = (spec_of(session, subject, row, call).document for row in pair)
            if old.node_count > MARKED or new.node_count > MARKED:
                return None
            end = time.monotonic() + LONGEST
            try:
                rows = difference_of(old, new, lambda: call.canceled.is_set() or time.monotonic() > end)
            except PlatformError:
                if call.canceled.is_set():
                    raise
                # It takes too long, and would again.
                return None
            return NewestChange(rows, pair[1].raw_build)

        def take(change: NewestChange | None) -> None:
            session.tried[key] = spec
            if change is not None:
                session.roster.keep_change(key, change)
                self._publish()

        def fail(_error: PlatformError) -> None:
            session.tried[key] = spec

        self._fetcher.fetch("changes", compare, take, fail)
