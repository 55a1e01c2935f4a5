"""Loads the user's accounts, then the status of their agents. Knows no widget."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from msgspec import Struct

from astro_tui.errors import PlatformError
from astro_tui.presentation.accounts import AccountRow, known_of, rows_of, states_of
from astro_tui.screens.base.loading import Loader
from astro_tui.session.requests import Requests
from astro_tui.session.session import Session

if TYPE_CHECKING:
    from astro_tui.platform.models import Me, OverviewAccount


class AccountsState(Struct, frozen=True):
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


class AccountsLoader(Loader[Requests, AccountsState]):
    """Requests the accounts, then the status of their agents."""

    TOPICS = ("me",)

    def __init__(
        self, requests: Requests, session: Session, show: Callable[[AccountsState, AccountsState], None]
    ) -> None:
        super().__init__(requests, session, AccountsState(_rows(session)), show)

    def load(self) -> None:
        """Load the accounts, then the status of their agents."""
        platform = self._session.platform
        self.staleness.requested(self._session.clock())
        self._requests.fetch("me", lambda call: platform.me(call=call), self._take_me, self._no_me)
        self.change(loading=True)

    def _take_me(self, me: Me) -> None:
        now, session, platform = self._session.clock(), self._session, self._session.platform
        self.staleness.fresh(now)
        session.user = me.user.id if me.user else ""
        if session.remembered.learned(known_of(me), session.user, now):
            self._requests.remember()
        self.change(rows=_rows(session), revision=self.state.revision + 1, error=None)
        self._requests.fetch(
            "overview", lambda call: platform.overview(call=call), self._take_overview, self._no_overview
        )

    def _no_me(self, error: PlatformError) -> None:
        self.staleness.failed(error, self._session.clock())
        self.staleness.fetched_before(self._session.remembered.seen)
        self.change(error=error, loading=self._requests.busy("overview"))

    def _take_overview(self, overview: tuple[OverviewAccount, ...]) -> None:
        self._session.roster.count(states_of(overview, self._session.verdicts))
        revision, loading = self.state.revision + 1, self._requests.busy("me")
        self.change(rows=_rows(self._session), revision=revision, status_error=None, loading=loading)

    def _no_overview(self, error: PlatformError) -> None:
        self.change(status_error=error, loading=self._requests.busy("me"))


def _rows(session: Session) -> tuple[AccountRow, ...]:
    return tuple(rows_of(session.remembered.accounts, session.roster.states))
