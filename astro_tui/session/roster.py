"""The known deployments of each account: what the list shows, and what other screens learn about them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, NamedTuple

from msgspec import Struct
from msgspec.structs import replace

from astro_tui.presentation.agent_list import Arrangement, find

if TYPE_CHECKING:
    from astro_tui.difference.rows import DiffRows
    from astro_tui.presentation.accounts import States
    from astro_tui.presentation.agent_list import Entry


class AgentList(Struct, frozen=True):
    """An account's list: all `entries`, the `rows` that are shown, in order, and how the user left it.

    `key` is the deployment under the cursor, `fetched` the time of the response, None before the first one.
    """

    entries: Sequence[Entry] = ()
    rows: Sequence[Entry] = ()
    unreadable: int = 0
    fetched: datetime | None = None
    arrangement: Arrangement = Arrangement()
    key: str = ""


class NewestChange(NamedTuple):
    """What the newest revision of a deployment changed, as last compared; `build` is the build it deployed."""

    rows: DiffRows
    build: str


class Roster:
    """One list per account, with the states and the newest changes of its agents.

    The picker fills it in. The other screens read it and add what they learn.
    """

    def __init__(self) -> None:
        self.lists: dict[str, AgentList] = {}
        self.states: Mapping[str, States] = {}
        """The number of agents in each state, by the name or the id of an account."""
        self._entries: dict[str, Sequence[Entry]] = {}
        """The latest list of each account, as on screen; `lists` gets it only when the user goes elsewhere."""
        self._learned: dict[tuple[str, str], Entry] = {}
        self._changes: dict[str, NewestChange] = {}

    @property
    def entries(self) -> dict[str, Sequence[Entry]]:
        """The latest list of each account."""
        return {account: listed.entries for account, listed in self.lists.items()} | self._entries

    def update(self, account: str, entries: Sequence[Entry], states: States) -> None:
        """Keep the latest list of an account, and the number of its agents in each state."""
        self._entries[account] = entries
        self.count({account: states})

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
        return self._newest(account, found[0]) if len(found) == 1 else None

    def neighbor(self, account: str, key: str, step: int) -> Entry | None:
        """Return the deployment `step` rows below the one with `key`; None at either end of the list."""
        rows = self.lists[account].rows if account in self.lists else ()
        here = next((place for place, entry in enumerate(rows) if entry.key == key), None)
        if here is None or not 0 <= here + step < len(rows):
            return None
        return self._newest(account, rows[here + step])

    def visit(self, account: str, key: str) -> None:
        """Record that the user went to this deployment, so that the list puts its cursor there."""
        listed = self.lists.get(account)
        if listed is not None and listed.key != key:
            self.lists[account] = replace(listed, key=key)

    def learn(self, account: str, entry: Entry) -> None:
        """Keep what a screen learned about a deployment until the list takes it over."""
        self._learned[account, entry.key] = entry

    def take_learned(self, account: str) -> list[Entry]:
        """Return what was learned about the deployments of an account since the last call."""
        return [self._learned.pop(key) for key in list(self._learned) if key[0] == account]

    def change(self, key: str) -> NewestChange | None:
        """Return what the newest revision of a deployment changed, or None if it is not known."""
        return self._changes.get(key)

    def keep_change(self, key: str, change: NewestChange) -> None:
        """Keep what the newest revision of a deployment changed."""
        self._changes[key] = change

    def _newest(self, account: str, entry: Entry) -> Entry:
        return self._learned.get((account, entry.key), entry)
