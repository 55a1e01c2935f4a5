"""Loads the user's accounts, then the status of their agents. Knows no widget."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from astro_tui.errors import PlatformError
from astro_tui.presentation.accounts import AccountRow, known_of, rows_of, states_of
from astro_tui.screens.base.polling import RememberingFetcher
from astro_tui.screens.base.staleness import Staleness
from astro_tui.session.session import Session

if TYPE_CHECKING:
    from astro_tui.platform.models import Me, OverviewAccount


@dataclass(frozen=True)
class AccountsState:
    """What is known of the user's accounts."""

    rows: tuple[AccountRow, ...]
    """The accounts: those of an earlier run until they are loaded."""
    revision: int = 0
    """Grows with each response."""
    error: PlatformError | None = None
    """Why the accounts could not be loaded."""
    status_error: PlatformError | None = None
    """Why the status of their agents could not be loaded."""
    loading: bool = False
    """Whether the accounts or the status of their agents are still to come."""


class AccountsLoader:
    """Requests the accounts, then the status of their agents, and publishes each new state."""

    def __init__(self, fetcher: RememberingFetcher, session: Session, publish: Callable[[AccountsState], None]) -> None:
        self._fetcher, self._session, self._publish = fetcher, session, publish
        self.staleness = Staleness(session.look)
        self.state = AccountsState(self._rows())

    def _rows(self) -> tuple[AccountRow, ...]:
        return tuple(rows_of(self._session.remembered.accounts, self._session.roster.states))

    def load(self) -> None:
        """Load the accounts, then the status of their agents."""
        platform = self._session.platform
        self.staleness.requested(self._session.clock())
        self._fetcher.fetch("me", lambda call: platform.me(call=call), self._take_me, self._no_me)
        self._change(replace(self.state, loading=True))

    def _take_me(self, me: Me) -> None:
        now, session, platform = self._session.clock(), self._session, self._session.platform
        self.staleness.fresh(now)
        session.user = me.user.id if me.user else ""
        if session.remembered.learned(known_of(me), session.user, now):
            self._fetcher.remember()
        self._change(replace(self.state, rows=self._rows(), revision=self.state.revision + 1, error=None))
        self._fetcher.fetch(
            "overview", lambda call: platform.overview(call=call), self._take_overview, self._no_overview
        )

    def _no_me(self, error: PlatformError) -> None:
        self.staleness.failed(error, self._session.clock())
        self.staleness.fetched_before(self._session.remembered.seen)
        self._change(replace(self.state, error=error, loading=self._fetcher.busy("overview")))

    def _take_overview(self, overview: tuple[OverviewAccount, ...]) -> None:
        self._session.roster.count(states_of(overview, self._session.verdicts))
        state = replace(self.state, rows=self._rows(), revision=self.state.revision + 1, status_error=None)
        self._change(replace(state, loading=self._fetcher.busy("me")))

    def _no_overview(self, error: PlatformError) -> None:
        self._change(replace(self.state, status_error=error, loading=self._fetcher.busy("me")))

    def waiting(self, topic: str, reason: str, seconds: float) -> None:
        """Note that the client is waiting before it tries again."""
        if topic == "me":
            self.staleness.waiting(reason, seconds, self._session.clock())
            self._publish(self.state)

    def _change(self, state: AccountsState) -> None:
        self.state = state
        self._publish(state)
