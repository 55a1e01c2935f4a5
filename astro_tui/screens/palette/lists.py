"""Loads the agents of all accounts for the palette, one account after another, while it is open."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING

from msgspec.structs import replace

from astro_tui.errors import PlatformError
from astro_tui.platform.client import Call
from astro_tui.presentation.agent_filter import matching
from astro_tui.presentation.agent_list import Entry, entries_of, ordered
from astro_tui.session.requests import Fetcher
from astro_tui.session.roster import AgentList
from astro_tui.session.session import Session

if TYPE_CHECKING:
    from astro_tui.platform.models import Me

TOPIC = "palette"
MOST_ACCOUNTS = 50
"""Accounts whose agents are loaded; `:account NAME` reaches the others."""


class AgentLists:
    """Fills the roster with the lists that are missing or old. Key presses send no requests."""

    def __init__(self, fetcher: Fetcher, session: Session, came: Callable[[], None]) -> None:
        self._fetcher, self._session, self._came = fetcher, session, came
        self._waiting: list[str] = []

    @property
    def loading(self) -> bool:
        """Whether there is more to come."""
        return bool(self._waiting) or self._fetcher.busy(TOPIC)

    def load(self) -> None:
        """Load the accounts if they are unknown, then the lists of those that are not up to date."""
        if self._session.signed_out or not self._session.platform.signed_in:
            return
        if self._session.remembered.accounts:
            self._load([account.name for account in self._session.remembered.accounts])
        else:
            platform = self._session.platform
            self._fetcher.fetch(TOPIC, lambda call: platform.me(call=call), self._know, self._end)

    def stop(self) -> None:
        """Cancel what is requested."""
        self._waiting = []
        self._fetcher.forget(TOPIC)

    def _know(self, me: Me) -> None:
        from astro_tui.presentation.accounts import known_of

        session = self._session
        session.remembered.learned(known_of(me), me.user.id if me.user else "", session.clock())
        self._load([account.name for account in me.accounts if account.name])

    def _load(self, names: list[str]) -> None:
        # The screen below keeps the list of its own account up to date.
        self._waiting = [name for name in names if name != self._session.account and self._old(name)][:MOST_ACCOUNTS]
        self._next()

    def _old(self, account: str) -> bool:
        fetched = self._session.roster.lists.get(account, AgentList()).fetched
        return fetched is None or (self._session.clock() - fetched).total_seconds() > self._session.settings.refresh

    def _next(self) -> None:
        if self._waiting:
            account = self._waiting.pop(0)
            self._fetcher.fetch(TOPIC, partial(self._list, account), partial(self._take, account), self._skip)
        self._came()

    def _list(self, account: str, call: Call) -> list[Entry]:
        known = self._session.verdicts.known
        return [known(entry) for entry in entries_of(self._session.platform.deployments(account, call=call).rows)]

    def _take(self, account: str, entries: list[Entry]) -> None:
        listed = self._session.roster.lists.get(account, AgentList())
        query, order, reverse = listed.arrangement
        rows = matching(ordered(entries, order, reverse=reverse), query)
        self._session.roster.show(
            account,
            replace(listed, entries=tuple(entries), rows=rows, fetched=self._session.clock(), error="", failed=None),
        )
        self._next()

    def _skip(self, error: PlatformError) -> None:
        if error.offline:
            # The other accounts would fail the same way.
            self._waiting = []
        self._next()

    def _end(self, _error: PlatformError) -> None:
        self._came()
