"""The known deployments of each account: what the list shows, and what other screens learn about them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
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
    """An account's list: all `entries`, the `rows` that are shown, in order, and how the user left it.

    `key` is the deployment under the cursor, `fetched` the time of the response, None before the first one. If a newer
    list could not be read, `error` says why, and `failed` since when.
    """

    entries: Sequence[Entry] = ()
    rows: Sequence[Entry] = ()
    unreadable: int = 0
    fetched: datetime | None = None
    arrangement: Arrangement = Arrangement()
    key: str = ""
    error: str = ""
    failed: datetime | None = None

    def entry(self, key: str) -> Entry | None:
        """Return the deployment with this id, or None."""
        return next((entry for entry in self.entries if entry.key == key), None)


class NewestChange(Struct, frozen=True):
    """What the newest revision of a deployment changed, as last compared; `build` is the build it deployed."""

    rows: DiffRows
    build: str


class Roster:
    """One list per account, with the states and the newest changes of its agents.

    Code that requests a list stores it here, and screens store what they learn about single agents. No screen keeps a
    list of its own.
    """

    def __init__(self) -> None:
        self.lists: dict[str, AgentList] = {}
        self.states: Mapping[str, States] = {}
        """The number of agents in each state, by the name or the id of an account."""
        self._changes: dict[str, NewestChange] = {}

    @property
    def entries(self) -> dict[str, Sequence[Entry]]:
        """The latest list of each account."""
        return {account: listed.entries for account, listed in self.lists.items()}

    def update(self, account: str, entries: Sequence[Entry], states: States, fetched: datetime | None = None) -> None:
        """Keep the agents of an account, and how many are in each state. A new list comes with its time `fetched`."""
        listed = replace(self.lists.get(account, AgentList()), entries=entries)
        self.lists[account] = replace(listed, fetched=fetched, error="", failed=None) if fetched else listed
        self.count({account: states})

    def fail(self, account: str, error: str, now: datetime) -> None:
        """Note that the list of an account could not be read; the old one stays."""
        if (listed := self.lists.get(account)) is not None:
            self.lists[account] = replace(listed, error=error, failed=listed.failed or now)

    def count(self, states: Mapping[str, States]) -> None:
        """Keep the number of agents in each state, for the accounts that are given."""
        self.states = {**self.states, **states}

    def show(self, account: str, shown: AgentList) -> None:
        """Record that the picker now shows this list."""
        self.lists[account] = shown

    def lookup(self, account: str, agent: str) -> Entry | None:
        """Return the deployment with this id, or the only one with this name, or None."""
        listed = self.lists.get(account)
        found = find(listed.entries, agent) if listed is not None else []
        return found[0] if len(found) == 1 else None

    def neighbor(self, account: str, key: str, step: int) -> Entry | None:
        """Return the deployment `step` rows below the one with `key`; None at either end of the list."""
        listed = self.lists.get(account, AgentList())
        rows = listed.rows
        here = next((place for place, entry in enumerate(rows) if entry.key == key), None)
        if here is None or not 0 <= here + step < len(rows):
            return None
        return listed.entry(rows[here + step].key) or rows[here + step]

    def visit(self, account: str, key: str) -> None:
        """Record that the user went to this deployment, so that the list puts its cursor there."""
        listed = self.lists.get(account)
        if listed is not None and listed.key != key:
            self.lists[account] = replace(listed, key=key)

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
