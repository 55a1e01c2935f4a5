"""Loads what the spec section adds to a spec: the last change, and the history of a value. Knows no widget."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from datetime import datetime
from functools import partial

from msgspec import Struct
from msgspec.structs import replace

from astro_tui.document import Document
from astro_tui.errors import ErrorKind, PlatformError, canceled
from astro_tui.platform.client import Call
from astro_tui.presentation.revisions import RevisionRow
from astro_tui.presentation.value_history import Moment, moments
from astro_tui.screens.base.loading import Changed, Loader
from astro_tui.session.agent import Agent
from astro_tui.session.comparison import difference_of, last_change
from astro_tui.session.requests import Requests
from astro_tui.session.roster import NewestChange
from astro_tui.session.session import Session
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
    """Compares the two newest revisions once per spec and calls `publish` when it knows the changes.

    A spec that is too large, or cannot be loaded, gets no marks.
    """

    def __init__(self, requests: Requests, session: Session, publish: Callable[[], None]) -> None:
        self._requests, self._session, self._publish = requests, session, publish

    def forget(self) -> None:
        """Cancel the comparison: another spec is shown."""
        self._requests.forget("changes")

    def find(self, agent: Agent, document: Document) -> None:
        """Compare, unless the changes in `document` are known or cannot be found."""
        session, key = self._session, agent.key
        if self._requests.busy("changes") or document.node_count > MARKED or len(document.text) > MARKED_BYTES:
            return
        build = agent.record.build_id if agent.record is not None else ""
        known, spec = session.roster.change(key), hash((build, document.text))
        same = known is not None and known.build == build and known.rows.difference.new.text == document.text
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
                self._publish()

        def fail(_error: PlatformError) -> None:
            session.tried[key] = spec

        self._requests.fetch("changes", compare, take, fail)


class PastState(Struct, frozen=True):
    """A value, and its history as far as it is loaded.

    `rows` are all revisions, None until they are loaded; `loaded` are the newest of them with their specs, and None for
    a spec that cannot be read. `moments` are the revisions that changed the value, None until they are found.
    """

    document: Document | None = None
    node: int = 0
    rows: Sequence[RevisionRow] | None = None
    loaded: tuple[tuple[RevisionRow, RevisionSpec | None], ...] = ()
    wanted: int = STEP
    moments: Sequence[Moment] | None = None
    error: str = ""

    @property
    def whole(self) -> bool:
        """Whether the specs of all revisions are loaded."""
        return self.rows is not None and len(self.loaded) >= len(self.rows)

    @property
    def too_large(self) -> bool:
        """Whether the spec is too large to be compared."""
        return self.document is not None and len(self.document.text) > LARGEST


class PastLoader(Loader[PastState]):
    """Follows the cursor from value to value."""

    def __init__(self, requests: Requests, session: Session, show: Changed[PastState]) -> None:
        super().__init__(requests, session, PastState(), show)
        self._agent: Agent | None = None
        self.shown = False
        """Whether the value is on screen: else there is nothing to compare."""

    @property
    def loading(self) -> bool:
        """Whether revisions are being loaded."""
        return self._requests.busy("past")

    def reset(self) -> None:
        """Forget everything: another deployment is shown, or another spec of it."""
        self.begin_with(PastState(), "past", "value past")

    def follow(self, agent: Agent, document: Document, node: int, *, load: bool) -> None:
        """Show the history of a value; `load` allows requests for it."""
        if document is not self.state.document:
            self.reset()
        self._agent, self.shown = agent, True
        if self.state.document is None or node != self.state.node:
            self.state = replace(self.state, document=document, node=node, moments=None)
        state = self.state
        if not (state.error or state.too_large or self.loading):
            if state.rows is not None:
                # The request for one of the revisions may have been canceled.
                self._load_next()
            elif load:
                self._load_history()
        self.change()
        self._compare()

    def more(self) -> bool:
        """Load more revisions, or try again after an error; returns False if there is nothing to load."""
        state = self.state
        if state.document is None or state.too_large or self.loading or (state.whole and not state.error):
            return False
        wanted = state.wanted if state.error else len(state.loaded) + STEP
        self.state = replace(state, wanted=wanted, error="")
        if state.rows is None:
            self._load_history()
        else:
            self._load_next()
        self.change()
        return True

    def _load_history(self) -> None:
        agent = self._agent
        if agent is not None:
            self._requests.fetch("past", lambda call: agent.history(call).rows, self._take_history, self._fail)

    def _take_history(self, rows: Sequence[RevisionRow]) -> None:
        self.state = replace(self.state, rows=rows)
        self._load_next()
        self.change()

    def _load_next(self) -> None:
        """Load the spec of the next revision, if more are wanted."""
        agent, rows, number = self._agent, self.state.rows, len(self.state.loaded)
        if rows is None or agent is None or number >= min(self.state.wanted, len(rows)):
            return
        row = rows[number]

        def load(call: Call) -> RevisionSpec | None:
            try:
                return agent.spec(row, call)
            except PlatformError as error:
                if error.kind not in UNREADABLE:
                    raise
                return None

        self._requests.fetch("past", load, partial(self._take_spec, row), self._fail)

    def _take_spec(self, row: RevisionRow, spec: RevisionSpec | None) -> None:
        self.state = replace(self.state, loaded=(*self.state.loaded, (row, spec)))
        self._load_next()
        self.change()
        self._compare()

    def _fail(self, error: PlatformError) -> None:
        self.change(error=str(error))

    def _compare(self) -> None:
        """Find the revisions that changed the value (in a worker thread)."""
        document, node, loaded = self.state.document, self.state.node, self.state.loaded
        if document is None or not loaded or not self.shown:
            return

        def compare(call: Call) -> list[Moment]:
            known = [(row, spec.document) for row, spec in loaded if spec is not None]
            return moments(document, node, known, partial(_check, call))

        self._requests.fetch("value past", compare, partial(self._take_moments, node), lambda _error: None)

    def _take_moments(self, node: int, found: list[Moment]) -> None:
        if node == self.state.node:
            self.change(moments=found)


def _check(call: Call) -> None:
    if call.canceled.is_set():
        raise canceled()


# ---- in words


def value_history(state: PastState, look: Look, now: datetime, *, loading: bool) -> tuple[str, str, Sequence[PastRow]]:
    """Return the history of a value in words: a heading, what its key loads, and a row for each change.

    `loading` says whether revisions are being loaded.
    """
    rows, loaded = state.rows, len(state.loaded)
    changes = [_change_row(state, moment, look, now) for moment in state.moments or ()]
    if state.too_large:
        return "history: this spec is too large to compare with earlier revisions", "", ()
    if state.error:
        return f"history: {state.error}", "try again", changes
    if rows is None:
        return ("history: loading…", "", ()) if loading else ("history", "load earlier values", ())
    if not rows:
        return "history: no revisions", "", ()
    if loading:
        return f"history: {loaded:,} of {min(state.wanted, len(rows)):,} revisions…", "", changes
    return _summary(state, len(rows)), "" if state.whole else "more", changes


def _summary(state: PastState, total: int) -> str:
    loaded, changes = len(state.loaded), len(state.moments or ()) - 1
    if changes < 0:
        return "history: …"
    times = counted(changes, "change") if changes else "no change"
    where = counted(loaded, "revision") if state.whole else f"the newest {loaded:,} of {total:,} revisions"
    missing = sum(spec is None for _row, spec in state.loaded)
    return f"history: {times} in {where}" + (f", {missing:,} of them without a spec" if missing else "")


def _change_row(state: PastState, moment: Moment, look: Look, now: datetime) -> PastRow:
    row = moment.row
    return PastRow(
        row.title,
        look.times.ago(row.deployed, now) if row.deployed is not None else "",
        row.who,
        f"{moment.value} (or earlier)" if moment.first and not state.whole else moment.value,
    )
