"""Loads what the spec section adds to a spec: the last change, and the history of a value. Knows no widget."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

from astro_tui.document import Document
from astro_tui.errors import ErrorKind, PlatformError, canceled
from astro_tui.platform.client import Call
from astro_tui.presentation.revisions import RevisionRow
from astro_tui.presentation.value_history import Moment, moments
from astro_tui.session.comparison import Subject, difference_of, history_of, last_change, spec_of
from astro_tui.session.requests import Fetcher
from astro_tui.session.roster import NewestChange
from astro_tui.session.session import Session
from astro_tui.session.spec_store import RevisionSpec
from astro_tui.text.times import counted
from astro_tui.widgets.document.value_pane import PastRow

MARKED = 20_000
"""Maximum number of values in a spec compared in the background: that many take a tenth of a second."""
MARKED_BYTES = 4 << 20
"""Maximum size, in bytes, of a spec compared in the background."""
LONGEST = 0.5
"""Seconds after which a comparison in the background is abandoned."""
STEP = 10
"""How many revisions are loaded at a time."""
LARGEST = 4 << 20
"""Largest spec, in bytes, whose history is compared; a larger one takes minutes and many times its size in memory."""
UNREADABLE = frozenset({ErrorKind.NOT_FOUND, ErrorKind.ODD_SHAPE})
"""Errors about only one revision: the others are still loaded."""


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


@dataclass(frozen=True)
class ValueHistory:
    """The history of a value, ready to be drawn: a heading, what its key loads, and a row per change."""

    heading: str
    more: str = ""
    rows: tuple[PastRow, ...] = ()


class ValueHistoryLoader:
    """Follows the cursor from value to value; `publish` gets each new state of the history."""

    def __init__(self, fetcher: Fetcher, session: Session, publish: Callable[[ValueHistory], None]) -> None:
        self._fetcher, self._session, self._publish = fetcher, session, publish
        self._subject: Subject | None = None
        self._document: Document | None = None
        self._node = 0
        self._rows: list[RevisionRow] | None = None
        self._loaded: list[tuple[RevisionRow, RevisionSpec | None]] = []
        self._wanted = STEP
        self._moments: list[Moment] | None = None
        self._error = ""
        self.shown = False
        """Whether the value is on screen: else there is nothing to compare."""

    def reset(self) -> None:
        """Forget everything: another deployment is shown, or another spec of it."""
        for topic in ("past", "value past"):
            self._fetcher.forget(topic)
        self._document, self._rows, self._loaded, self._wanted = None, None, [], STEP
        self._moments, self._error = None, ""

    def follow(self, subject: Subject, document: Document, node: int, *, load: bool) -> None:
        """Publish the history of a value; `load` allows requests for it."""
        if len(document.text) > LARGEST:
            self._publish(ValueHistory("history: this spec is too large to compare with earlier revisions"))
            return
        if document is not self._document:
            self.reset()
            self._document = document
        self._subject, self.shown = subject, True
        if node != self._node:
            self._node, self._moments = node, None
        if not self._error and not self._fetcher.busy("past"):
            if self._rows is not None:
                # The request for one of the revisions may have been canceled.
                self._load_next(subject)
            elif load:
                self._load_history(subject)
        self._publish_state()
        self._compare()

    def more(self) -> bool:
        """Load more revisions, or try again after an error; returns False if there is nothing to load."""
        subject = self._subject
        if self._document is None or subject is None or self._fetcher.busy("past"):
            return False
        if not self._error:
            if self._rows is not None and len(self._loaded) >= len(self._rows):
                return False
            self._wanted = len(self._loaded) + STEP
        self._error = ""
        if self._rows is None:
            self._load_history(subject)
        else:
            self._load_next(subject)
        self._publish_state()
        return True

    # ---- loading

    def _load_history(self, subject: Subject) -> None:
        session = self._session
        take = partial(self._take_history, subject)
        self._fetcher.fetch("past", lambda call: history_of(session, subject, call), take, self._fail)

    def _take_history(self, subject: Subject, rows: list[RevisionRow]) -> None:
        self._rows = rows
        self._load_next(subject)
        self._publish_state()

    def _load_next(self, subject: Subject) -> None:
        """Load the spec of the next revision, if more are wanted."""
        session, number = self._session, len(self._loaded)
        if self._rows is None or number >= min(self._wanted, len(self._rows)):
            return
        row = self._rows[number]

        def load(call: Call) -> RevisionSpec | None:
            try:
                return spec_of(session, subject, row, call)
            except PlatformError as error:
                if error.kind not in UNREADABLE:
                    raise
                return None

        self._fetcher.fetch("past", load, partial(self._take_spec, subject, row), self._fail)

    def _take_spec(self, subject: Subject, row: RevisionRow, spec: RevisionSpec | None) -> None:
        self._loaded.append((row, spec))
        self._load_next(subject)
        self._publish_state()
        self._compare()

    def _fail(self, error: PlatformError) -> None:
        self._error = str(error)
        self._publish_state()

    def _compare(self) -> None:
        """Find the revisions that changed the value (in a worker thread)."""
        document, node, loaded = self._document, self._node, list(self._loaded)
        if document is None or not loaded or not self.shown:
            return

        def compare(call: Call) -> list[Moment]:
            known = [(row, spec.document) for row, spec in loaded if spec is not None]
            return moments(document, node, known, partial(_check, call))

        self._fetcher.fetch("value past", compare, partial(self._take_moments, node), lambda _error: None)

    def _take_moments(self, node: int, found: list[Moment]) -> None:
        if node == self._node:
            self._moments = found
            self._publish_state()

    # ---- in words

    def say_again(self) -> None:
        """Publish the same state again: times may be shown in another form."""
        if self._document is not None:
            self._publish_state()

    def _publish_state(self) -> None:
        rows, loaded, busy = self._rows, len(self._loaded), self._fetcher.busy("past")
        changes = self._change_rows()
        if self._error:
            history = ValueHistory(f"history: {self._error}", "try again", changes)
        elif rows is None:
            history = ValueHistory("history: loading…") if busy else ValueHistory("history", "load earlier values")
        elif not rows:
            history = ValueHistory("history: no revisions")
        elif busy:
            wanted = min(self._wanted, len(rows))
            history = ValueHistory(f"history: {loaded:,} of {wanted:,} revisions…", "", changes)
        else:
            history = ValueHistory(self._summary(len(rows)), "more" if loaded < len(rows) else "", changes)
        self._publish(history)

    def _summary(self, total: int) -> str:
        loaded, changes = len(self._loaded), len(self._moments or ()) - 1
        if changes < 0:
            return "history: …"
        times = counted(changes, "change") if changes else "no change"
        where = counted(loaded, "revision") if loaded >= total else f"the newest {loaded:,} of {total:,} revisions"
        missing = sum(spec is None for _row, spec in self._loaded)
        return f"history: {times} in {where}" + (f", {missing:,} of them without a spec" if missing else "")

    def _change_rows(self) -> tuple[PastRow, ...]:
        clock = self._session.clock()
        whole = self._rows is not None and len(self._loaded) >= len(self._rows)
        return tuple(
            PastRow(
                moment.row.title,
                self._session.look.times.ago(moment.row.deployed, clock) if moment.row.deployed is not None else "",
                moment.row.who,
                f"{moment.value} (or earlier)" if moment.first and not whole else moment.value,
            )
            for moment in self._moments or ()
        )


def _check(call: Call) -> None:
    if call.canceled.is_set():
        raise canceled()
