"""What came before the spec on screen: what the newest revision changed, and what a value was in earlier ones.

All of it is asked for behind the screen, once, and a spec that is known already never again.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from functools import partial
from typing import TYPE_CHECKING

from textual.message import Message

from astro_tui.errors import ErrorKind, PlatformError
from astro_tui.platform.client import Call
from astro_tui.screens.base.comparison import Subject, difference_of, history_of, last_change, spec_of
from astro_tui.screens.base.page import Page
from astro_tui.text.times import age, counted
from astro_tui.widgets.document.value_pane import ValuePane
from astro_tui.widgets.document.value_past import PastRow

if TYPE_CHECKING:
    from astro_tui.difference.rows import DiffRows
    from astro_tui.document import Document
    from astro_tui.presentation.revisions import RevisionRow
    from astro_tui.presentation.value_history import Moment
    from astro_tui.session.spec_store import RevisionSpec

STEP = 10
"""How many revisions are looked at, and how many more each time one asks."""
MARKED_BYTES = 4 << 20
"""Bytes of a spec up to which the same is done."""
LARGEST = 16 << 20
"""Bytes of a spec from which its values have no past: comparing one with all revisions would take minutes."""
MARKED = 20_000
"""Values up to which the spec says by itself what changed: comparing so many takes a tenth of a second."""
LONGEST = 0.5
"""Seconds after which a comparison that nobody asked for is given up."""
UNREADABLE = frozenset({ErrorKind.NOT_FOUND, ErrorKind.ODD_SHAPE})
"""What is wrong with one revision alone: the others are looked at all the same."""

Revisions = Sequence["tuple[RevisionRow, RevisionSpec | None]"]


class Looked(Message):
    """A worker thread has come a step further; `take` shows it on the UI thread."""

    def __init__(self, take: Callable[[], None]) -> None:
        super().__init__()
        self.take = take


class LookingBack:
    """Serves one page: `subject` says whose revisions are meant, `pane` is where the past of a value is told."""

    def __init__(self, page: Page, subject: Callable[[], Subject], pane: Callable[[], ValuePane]) -> None:
        self._page, self._subject, self._pane = page, subject, pane
        self._document: Document | None = None
        self._node = 0
        self._rows: list[RevisionRow] | None = None
        self._looked: list[tuple[RevisionRow, RevisionSpec | None]] = []
        self._wanted = STEP
        self._moments: list[Moment] | None = None
        self._error = ""

    def reset(self) -> None:
        """Another deployment is on screen, or another spec of it: nothing is known of what was before."""
        for topic in ("past", "value past", "changes"):
            self._page.forget(topic)
        self._document, self._rows, self._looked, self._wanted = None, None, [], STEP
        self._moments, self._error = None, ""

    # ---- what a value was

    def follow(self, document: Document, node: int) -> None:
        """Tell the past of a node: the cursor rests on it, and its value is shown."""
        if len(document.text) > LARGEST:
            return
        if document is not self._document:
            self.reset()
            self._document = document
        if node != self._node:
            self._node, self._moments = node, None
        if self._rows is None and not self._error and not self._page.busy("past") and self._pane().wanted:
            self._load()
        self._tell()
        self._find()

    def more(self) -> bool:
        """Look at more revisions, or go on after an error; False where there is nothing to go on with."""
        if self._document is None or self._page.busy("past"):
            return False
        if not self._error:
            if self._rows is not None and len(self._looked) >= len(self._rows):
                return False
            self._wanted = len(self._looked) + STEP
        self._error = ""
        self._load()
        self._tell()
        return True

    def _load(self) -> None:
        session, subject, known = self._page.session, self._subject(), len(self._looked)
        rows, wanted = self._rows, self._wanted

        def ask(call: Call) -> None:
            """Fetch the history and the specs one by one (worker thread)."""
            found = rows if rows is not None else history_of(session, subject, call)
            self._page.post_message(Looked(partial(self._take_rows, call, found)))
            for row in found[known:wanted]:
                spec: RevisionSpec | None = None
                try:
                    spec = spec_of(session, subject, row, call)
                except PlatformError as error:
                    if error.kind not in UNREADABLE:
                        raise
                self._page.post_message(Looked(partial(self._take_spec, call, row, spec)))

        self._page.fetch("past", ask, self._loaded, self._failed)

    def _take_rows(self, call: Call, rows: list[RevisionRow]) -> None:
        if not call.cancelled.is_set():
            self._rows = rows
            self._tell()

    def _take_spec(self, call: Call, row: RevisionRow, spec: RevisionSpec | None) -> None:
        if not call.cancelled.is_set():
            self._looked.append((row, spec))
            self._tell()
            self._find()

    def _loaded(self, _nothing: None) -> None:
        self._tell()

    def _failed(self, error: PlatformError) -> None:
        if error.kind is not ErrorKind.CANCELLED:
            self._error = str(error)
            self._tell()

    def _find(self) -> None:
        """Find out, in a worker thread, which of the revisions changed the value."""
        document, node, looked = self._document, self._node, list(self._looked)
        if document is None or not looked or not self._pane().display:
            return

        def find(call: Call) -> list[Moment]:
            from astro_tui.presentation.value_history import moments

            known = [(row, spec.document) for row, spec in looked if spec is not None]
            return moments(document, node, known, partial(_check, call))

        self._page.fetch("value past", find, partial(self._found, node), lambda _error: None)

    def _found(self, node: int, found: list[Moment]) -> None:
        if node == self._node:
            self._moments = found
            self._tell()

    def _tell(self) -> None:
        rows, looked = self._rows, len(self._looked)
        past, told = self._pane().past, self._told()
        if self._error:
            past.show(f"history: {self._error}", "+ tries again", told)
        elif rows is None:
            asked = self._page.busy("past")
            past.show("history: asking…" if asked else "history", "" if asked else "+ looks what it was before")
        elif not rows:
            past.show("history: the platform knows no revision")
        elif self._page.busy("past"):
            past.show(f"history: {looked:,} of {min(self._wanted, len(rows)):,} revisions…", "", told)
        else:
            past.show(self._summary(len(rows)), "+ more" if looked < len(rows) else "", told)

    def _summary(self, total: int) -> str:
        looked, changes = len(self._looked), len(self._moments or ()) - 1
        if changes < 0:
            return "history: …"
        times = counted(changes, "change") if changes else "no change"
        where = counted(looked, "revision") if looked >= total else f"the newest {looked:,} of {total:,} revisions"
        missing = sum(spec is None for _row, spec in self._looked)
        return f"history: {times} in {where}" + (f", {missing:,} of them without a spec" if missing else "")

    def _told(self) -> list[PastRow]:
        clock = self._page.session.clock()
        whole = self._rows is not None and len(self._looked) >= len(self._rows)
        return [
            PastRow(
                moment.row.title,
                f"{age(moment.row.deployed, clock)} ago" if moment.row.deployed is not None else "",
                moment.row.who,
                f"{moment.said} (or before)" if moment.first and not whole else moment.said,
            )
            for moment in self._moments or ()
        ]

    # ---- what the newest revision changed

    def mark(self, document: Document | None, done: Callable[[], object]) -> None:
        """Find out what the newest revision changed in a document, once, quietly; `done` is called when it is known.

        What is too large, or cannot be had, stays without marks.
        """
        session, subject = self._page.session, self._subject()
        if document is None or self._page.busy("changes"):
            return
        if document.node_count > MARKED or len(document.text) > MARKED_BYTES:
            return
        key, known = subject.deployment_id, session.changes.get(subject.deployment_id)
        tried = (key, hash(document.text))
        if tried in session.tried or (known is not None and known.difference.new.text == document.text):
            return

        def ask(call: Call) -> DiffRows | None:
            pair = last_change(history_of(session, subject, call))
            if pair is None:
                return None
            old, new = (spec_of(session, subject, row, call).document for row in pair)
            if old.node_count > MARKED or new.node_count > MARKED:
                return None
            end = time.monotonic() + LONGEST
            return difference_of(old, new, lambda: call.cancelled.is_set() or time.monotonic() > end)

        def show(rows: DiffRows | None) -> None:
            session.tried.add(tried)
            if rows is not None:
                session.changes[key] = rows
                done()

        self._page.fetch("changes", ask, show, lambda _error: session.tried.add(tried))


def _check(call: Call) -> None:
    if call.cancelled.is_set():
        raise PlatformError(ErrorKind.CANCELLED, "The request was given up.", request="", hint="")
