"""Loads the revisions of a deployment, and compares two of them. Knows no widget."""

from __future__ import annotations

from collections.abc import Sequence

from msgspec import Struct
from msgspec.structs import replace

from astro_tui.difference.layout import Options
from astro_tui.errors import PlatformError
from astro_tui.presentation.revisions import RevisionRow
from astro_tui.screens.base.loading import Changed, Loader
from astro_tui.screens.base.staleness import Staleness
from astro_tui.session.agent import WholeHistory
from astro_tui.session.comparison import (
    Comparison,
    Pair,
    Subject,
    compared,
    last_change,
    sides_of,
)
from astro_tui.session.requests import Requests
from astro_tui.session.session import Session

ROWS, DIFF = "rows", "diff"
"""The topics."""


class HistoryState(Struct, frozen=True):
    """The revisions, newest first, and the comparison of the two in `pair`.

    `rows` is None until they are loaded. `unreadable` rows were left out, and `older` ones were not sent. `failure`
    says why the last request for the rows failed, and `diff_failure` why the pair cannot be compared.
    """

    rows: Sequence[RevisionRow] | None = None
    unreadable: int = 0
    older: int = 0
    failure: PlatformError | None = None
    pair: Pair | None = None
    comparison: Comparison | None = None
    diff_failure: PlatformError | None = None


class HistoryLoader(Loader[HistoryState]):
    """Requests the revisions; `comparing` describes the request for the comparison."""

    TOPICS = (ROWS,)
    ALONE = True

    def __init__(self, requests: Requests, session: Session, show: Changed[HistoryState]) -> None:
        super().__init__(requests, session, HistoryState(), show)
        self.comparing = Staleness(session.look)

    def begin(self) -> None:
        """Start over with another deployment."""
        self.begin_with(HistoryState(), ROWS, DIFF)
        self.comparing = Staleness(self._session.look)

    def load(self, subject: Subject) -> None:
        """Request the revisions; their specs are loaded once."""
        session = self._session
        self.staleness.requested(session.clock())
        self._requests.fetch(ROWS, lambda call: subject.agent(session).history(call), self._take, self._fail)

    def _take(self, history: WholeHistory) -> None:
        self.staleness.fresh(self._session.clock())
        self.change(rows=history.rows, unreadable=history.unreadable, older=history.older, failure=None)

    def _fail(self, error: PlatformError) -> None:
        self.staleness.failed(error, self._session.clock())
        self.change(failure=error)

    def choose(self, pair: Pair | None) -> None:
        """Drop the last comparison: another pair is to be compared."""
        self._requests.forget(DIFF)
        self.comparing = Staleness(self._session.look)
        self.state = replace(self.state, pair=pair, comparison=None, diff_failure=None)

    @property
    def ready(self) -> bool:
        """Whether both specs of the pair are loaded."""
        return self.state.pair is not None and all(
            self._session.specs.peek(row.key) is not None for row in self.state.pair
        )

    def compare(self, subject: Subject, options: Options, width: int) -> None:
        """Compare the pair, for rows of `width` cells."""
        session, pair = self._session, self.state.pair
        if pair is None:
            return
        sides = sides_of(subject, pair)
        self.comparing.requested(session.clock())
        self._requests.fetch(
            DIFF, lambda call: compared(session, sides, options, width, call), self._take_diff, self._fail_diff
        )

    def _take_diff(self, comparison: Comparison) -> None:
        self.comparing.fresh(self._session.clock())
        if comparison.pair == last_change(list(self.state.rows or ())):
            key = comparison.sides[1].subject.deployment_id
            self._session.roster.keep_change(key, comparison.newest_change)
        self.change(comparison=comparison, diff_failure=None)

    def _fail_diff(self, error: PlatformError) -> None:
        self.comparing.failed(error, self._session.clock())
        self.change(comparison=None, diff_failure=error)
