"""Loads what the spec section adds to a spec: the last change, and the history of a value. Knows no widget."""

from __future__ import annotations

import time
from collections.abc import Hashable, Sequence
from datetime import datetime
from functools import partial

from astro_tui.document import Document
from astro_tui.errors import ErrorKind, PlatformError, canceled
from astro_tui.platform.client import Call
from astro_tui.presentation.revisions import RevisionRow
from astro_tui.presentation.value_history import ValueChange
from astro_tui.presentation.value_history import moments as moments_of
from astro_tui.screens.base.view import Topic, View
from astro_tui.session.agent import Agent
from astro_tui.session.comparison import difference_of, last_change
from astro_tui.session.roster import NewestChange
from astro_tui.session.spec_store import RevisionSpec
from astro_tui.text.times import counted
from astro_tui.theme.look import Look
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
    """Compares the two newest revisions once per spec, and keeps the changes in the roster.

    A spec that is too large, or cannot be loaded, gets no marks.
    """

    def __init__(self, view: View) -> None:
        self._view = view

    def forget(self) -> None:
        """Cancel the comparison: another spec is shown."""
        self._view.forget("changes")

    def find(self, agent: Agent, document: Document) -> None:
        """Compare, unless the changes in `document` are known or cannot be found."""
        session, key = self._view.session, agent.key
        if self._view.busy("changes") or document.node_count > MARKED or len(document.text) > MARKED_BYTES:
            return
        build = agent.record.build_id if agent.record is not None else ""
        newest, spec = session.roster.change(key), hash((build, document.text))
        same = newest is not None and newest.build == build and newest.rows.difference.new.text == document.text
        if same or session.tried.get(key) == spec:
            return

        def compare(call: Call) -> NewestChange | None:
            pair = last_change(agent.history(call).rows)
            if pair is None:
                return None
            old, new = (agent.spec(row, call).document for row in pair)
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
                self._view.changed()

        def fail(_error: PlatformError) -> None:
            session.tried[key] = spec

        self._view.fetch("changes", compare, take, fail)


class Past:
    """The history of the value under the cursor, as far as it is loaded.

    `rows` has all revisions, and `loaded` the newest of them with their specs, None for a spec that cannot be read.
    `moments` has the revisions that changed the value.
    """

    def __init__(self, view: View) -> None:
        self.rows = Topic[Sequence[RevisionRow]](view, "past")
        self.moments = Topic[list[ValueChange]](view, "value past", self._compared)
        self.start_over()

    def start_over(self) -> None:
        """Forget everything: another deployment is shown, or another spec of it."""
        self.rows.forget()
        self.moments.forget()
        self.document: Document | None = None
        self.node = 0
        self.loaded: tuple[tuple[RevisionRow, RevisionSpec | None], ...] = ()
        self.wanted, self._asked = STEP, False
        self._known: Hashable = None
        """What the moments are those of."""

    @property
    def loading(self) -> bool:
        """Whether revisions are being loaded."""
        return self.rows.busy or self.rows.busy_with_more

    @property
    def whole(self) -> bool:
        """Whether the specs of all revisions are loaded."""
        return self.rows.value is not None and len(self.loaded) >= len(self.rows.value)

    @property
    def too_large(self) -> bool:
        """Whether the spec is too large to be compared."""
        return self.document is not None and len(self.document.text) > LARGEST

    def follow(self, agent: Agent, document: Document, node: int, *, load: bool) -> None:
        """Load what the history of a value lacks; `load` allows requests for it."""
        if document is not self.document:
            self.start_over()
        if document is not self.document or node != self.node:
            self.document, self.node = document, node
            self.moments.forget()
        if self.too_large:
            return
        rows, number = self.rows.value, len(self.loaded)
        if self.rows.error is None and not self.loading:
            if rows is None and (load or self._asked):
                self.rows.load(lambda call: agent.history(call).rows)
            elif rows is not None and number < min(self.wanted, len(rows)):
                row = rows[number]
                self.rows.more(partial(_spec, agent, row), partial(self._add, row))
        self._compare()

    def _add(self, row: RevisionRow, spec: RevisionSpec | None) -> None:
        self.loaded = (*self.loaded, (row, spec))

    def more(self) -> bool:
        """Want more revisions, or try again after an error; returns False if there is nothing to load."""
        failed = self.rows.error is not None
        if self.document is None or self.too_large or self.loading or (self.whole and not failed):
            return False
        if not failed:
            self.wanted = len(self.loaded) + STEP
        self.rows.start_over()
        self._asked = True
        return True

    def _compare(self) -> None:
        """Find the revisions that changed the value (in a worker thread)."""
        document, node, loaded, moments = self.document, self.node, self.loaded, self.moments
        key = (node, len(loaded))
        if document is None or not loaded or self._known == key or (moments.busy and moments.key == key):
            return

        def compare(call: Call) -> list[ValueChange]:
            specs = [(row, spec.document) for row, spec in loaded if spec is not None]
            return moments_of(document, node, specs, partial(_check, call))

        moments.key = key
        moments.load(compare)

    def _compared(self, _moments: list[ValueChange]) -> None:
        self._known = self.moments.key


def _spec(agent: Agent, row: RevisionRow, call: Call) -> RevisionSpec | None:
    """Read the spec of a revision; None if only this one cannot be read (worker thread)."""
    try:
        return agent.spec(row, call)
    except PlatformError as error:
        if error.kind not in UNREADABLE:
            raise
        return None


def _check(call: Call) -> None:
    if call.canceled.is_set():
        raise canceled()


# ---- in words


def value_history(past: Past, look: Look, now: datetime) -> tuple[str, str, Sequence[PastRow]]:
    """Return the history of a value in words: a heading, what its key loads, and a row for each change."""
    rows, loaded = past.rows.value, len(past.loaded)
    changes = [_change_row(past, moment, look, now) for moment in past.moments.value or ()]
    if past.too_large:
        return "history: this spec is too large to compare with earlier revisions", "", ()
    if past.rows.error is not None:
        return f"history: {past.rows.error}", "try again", changes
    if rows is None:
        return ("history: loading…", "", ()) if past.loading else ("history", "load earlier values", ())
    if not rows:
        return "history: no revisions", "", ()
    if past.loading:
        return f"history: {loaded:,} of {min(past.wanted, len(rows)):,} revisions…", "", changes
    return _summary(past, len(rows)), "" if past.whole else "more", changes


def _summary(past: Past, total: int) -> str:
    loaded, changes = len(past.loaded), len(past.moments.value or ()) - 1
    if changes < 0:
        return "history: …"
    times = counted(changes, "change") if changes else "no change"
    where = counted(loaded, "revision") if past.whole else f"the newest {loaded:,} of {total:,} revisions"
    missing = sum(spec is None for _row, spec in past.loaded)
    return f"history: {times} in {where}" + (f", {missing:,} of them without a spec" if missing else "")


def _change_row(past: Past, moment: ValueChange, look: Look, now: datetime) -> PastRow:
    row = moment.row
    return PastRow(
        row.title,
        look.times.ago(row.deployed, now) if row.deployed is not None else "",
        row.who,
        f"{moment.value} (or earlier)" if moment.first and not past.whole else moment.value,
    )
