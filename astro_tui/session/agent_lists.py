"""Loads the agents of all accounts of the user, one account after another, into the roster."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING

from msgspec.structs import replace

from astro_tui.errors import ErrorKind, PlatformError
from astro_tui.platform.client import Call
from astro_tui.presentation.accounts import known_of
from astro_tui.presentation.agent_filter import matching
from astro_tui.presentation.agent_list import Entry, ordered, tally
from astro_tui.session.requests import Requests
from astro_tui.session.roster import AgentList, ListView
from astro_tui.session.scope import read_entries
from astro_tui.session.session import Session

if TYPE_CHECKING:
    from astro_tui.platform.models import Me

TOPIC = "lists"
MOST_ACCOUNTS = 50
"""Accounts whose agents are loaded; `:account NAME` and `astro-tui diff A B` reach the others."""


class AgentLists:
    """Fills the roster with lists. `failed` has the error of each list that could not be read.

    `came` is called with the account of each response, and with an empty text when loading begins or ends early.
    """

    def __init__(self, requests: Requests, session: Session, came: Callable[[str], None]) -> None:
        self._requests, self._session, self._came = requests, session, came
        self._waiting: list[str] = []
        self.failed: dict[str, PlatformError] = {}

    @property
    def left(self) -> int:
        """How many responses are still to come, as far as is known."""
        return len(self._waiting) + self._requests.busy(TOPIC)

    def load(self, first: str = "") -> None:
        """Load the accounts if they are unknown, then the lists that are missing or old.

        With `first`, load all lists, beginning with the one of this account.
        """
        self.failed = {}
        if self._session.remembered.accounts:
            self._load(first, [account.name for account in self._session.remembered.accounts])
        else:
            platform = self._session.platform
            succeed, unknown = partial(self._know, first), lambda _error: self._load(first, [])
            self._requests.fetch(TOPIC, lambda call: platform.me(call=call), succeed, unknown)

    def stop(self) -> None:
        """Cancel what is requested."""
        self._waiting = []
        self._requests.forget(TOPIC)

    def _know(self, first: str, me: Me) -> None:
        session = self._session
        session.remembered.learned(known_of(me), me.user.id if me.user else "", session.clock())
        self._load(first, [account.name for account in me.accounts if account.name])

    def _load(self, first: str, names: list[str]) -> None:
        # Otherwise, the screen below keeps the list of its own account up to date.
        missing = (name for name in names if name != self._session.account and self._old(name))
        self._waiting = list(dict.fromkeys([first, *names] if first else missing))[:MOST_ACCOUNTS]
        self._next("")

    def _old(self, account: str) -> bool:
        fetched = self._session.roster.lists.get(account, AgentList()).fetched
        return fetched is None or (self._session.clock() - fetched).total_seconds() > self._session.settings.refresh

    def _next(self, came: str) -> None:
        if self._waiting:
            account = self._waiting.pop(0)
            take, fail = partial(self._take, account), partial(self._fail, account)
            self._requests.fetch(TOPIC, partial(self._list, account), take, fail)
        self._came(came)

    def _list(self, account: str, call: Call) -> list[Entry]:
        judged = self._session.verdicts.known
        return [judged(entry) for entry in read_entries(self._session.platform, account, call)]

    def _take(self, account: str, entries: list[Entry]) -> None:
        session = self._session
        session.roster.update(account, tuple(entries), tuple(tally(entries)), session.clock())
        view = session.roster.views.get(account, ListView())
        query, order, reverse = view.arrangement
        session.roster.views[account] = replace(view, rows=matching(ordered(entries, order, reverse=reverse), query))
        self._next(account)

    def _fail(self, account: str, error: PlatformError) -> None:
        self.failed[account] = error
        if error.offline or error.kind is ErrorKind.SIGNED_OUT:
            # The other accounts would fail the same way.
            self._waiting = []
        self._next(account)
