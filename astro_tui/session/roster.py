"""The known deployments of each account: what the list shows, and what other screens learn about them."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING

from msgspec import Struct
from msgspec.structs import replace

from astro_tui.presentation.agent_list import Arrangement, find

if TYPE_CHECKING:
    from astro_tui.difference.rows import DiffRows
    from astro_tui.presentation.accounts import States
    from astro_tui.presentation.agent_list import Entry


class AgentList(Struct, frozen=True):
    """The agents of one account. `fetched` is the time of the response, None before the first one.

    If a newer list could not be read, `error` says why, and `failed` since when.
    """

    entries: Sequence[Entry] = ()
    unreadable: int = 0
    fetched: datetime | None = None
    error: str = ""
    failed: datetime | None = None

    def entry(self, key: str) -> Entry | None:
        """Return the deployment with this id, or None."""
        return next((entry for entry in self.entries if entry.key == key), None)


class ListView(Struct, frozen=True):
    """How the user left the list of a scope: the `rows` that are shown, and the deployment under the cursor."""

    rows: Sequence[Entry] = ()
    arrangement: Arrangement = Arrangement()
    key: str = ""

    def has(self, key: str) -> bool:
        """Whether a deployment is one of the rows."""
        return any(entry.key == key for entry in self.rows)


class NewestChange(Struct, frozen=True):
    """What the newest revision of a deployment changed, as last compared; `build` is the build it deployed."""

    rows: DiffRows
    build: str


class Roster:
    """One list per account, with the states and the newest changes of its agents, and one view per scope.

    Code that requests a list stores it here, and screens store what they learn about single agents. No screen keeps a
    list of its own.
    """

    def __init__(self) -> None:
        self.lists: dict[str, AgentList] = {}
        self.views: dict[str, ListView] = {}
        """How the user left each list, by the text of its scope."""
        self._front = ""
        """The scope of the list that was on screen last."""
        self.states: Mapping[str, States] = {}
        """The number of agents in each state, by the name or the id of an account."""
        self._changes: dict[str, NewestChange] = {}
        self.round: tuple[Collection[str], float] = (), 0.0
        """The accounts that the list on screen has read together, and when, in the seconds of `runtime.elapsed`."""

    @property
    def entries(self) -> dict[str, Sequence[Entry]]:
        """The latest list of each account."""
        return {account: listed.entries for account, listed in self.lists.items()}

    def update(
        self, account: str, entries: Sequence[Entry], states: States, fetched: datetime | None = None, odd: int = 0
    ) -> None:
        """Keep the agents of an account, and how many are in each state.

        A new list comes with its time `fetched`, and with the number of its rows that cannot be read.
        """
        listed = replace(self.lists.get(account, AgentList()), entries=entries)
        self.lists[account] = AgentList(entries, odd, fetched) if fetched else listed
        self.count({account: states})

    def fail(self, account: str, error: str, now: datetime) -> None:
        """Note that the list of an account could not be read; the old one stays."""
        if (listed := self.lists.get(account)) is not None:
            self.lists[account] = replace(listed, error=error, failed=listed.failed or now)

    def count(self, states: Mapping[str, States]) -> None:
        """Keep the number of agents in each state, for the accounts that are given."""
        self.states = {**self.states, **states}

    def show(self, scope: str, view: ListView) -> None:
        """Record that the picker now shows this list."""
        self._front, self.views[scope] = scope, view

    def _scope_with(self, account: str, key: str) -> str:
        """Return the scope of the list with a deployment: the one on screen last, else that of its account."""
        front = self.views.get(self._front)
        return self._front if front is not None and front.has(key) else account

    def lookup(self, account: str, agent: str) -> Entry | None:
        """Return the deployment with this id, or the only one with this name, or None."""
        listed = self.lists.get(account)
        matching = find(listed.entries, agent) if listed is not None else []
        return matching[0] if len(matching) == 1 else None

    def neighbor(self, account: str, key: str, step: int) -> Entry | None:
        """Return the deployment `step` rows below the one with `key`; None at either end of the list."""
        rows = self.views.get(self._scope_with(account, key), ListView()).rows
        here = next((place for place, entry in enumerate(rows) if entry.key == key), None)
        if here is None or not 0 <= here + step < len(rows):
            return None
        row = rows[here + step]
        return self.lists.get(row.account or account, AgentList()).entry(row.key) or row

    def visit(self, account: str, key: str) -> None:
        """Record that the user went to this deployment, so that the list puts its cursor there."""
        scope = self._scope_with(account, key)
        if (view := self.views.get(scope)) is not None:
            self.views[scope] = replace(view, key=key)

    def learn(self, account: str, entry: Entry) -> None:
        """Keep what a screen learned about a deployment."""
        listed = self.lists.get(account)
        if listed is not None and (old := listed.entry(entry.key)) not in (None, entry):
            entries = tuple(entry if each is old else each for each in listed.entries)
            self.lists[account] = replace(listed, entries=entries)

    def change(self, key: str) -> NewestChange | None:
        """Return what the newest revision of a deployment changed, or None if it is not known."""
        return self._changes.get(key)

    def keep_change(self, key: str, change: NewestChange) -> None:
        """Keep what the newest revision of a deployment changed."""
        self._changes[key] = change
