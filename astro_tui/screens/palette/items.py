"""What the palette lists: agents, sections, commands, actions, themes, and settings. Pure, except for the keys."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from msgspec import Struct

from astro_tui.presentation.agent_list import Entry
from astro_tui.presentation.status import Severity
from astro_tui.screens.base.key_lines import KeyLine
from astro_tui.screens.palette.ranking import searchable
from astro_tui.session.roster import AgentList, Roster
from astro_tui.session.routes import Deployment, Route


class UseTheme(Struct, frozen=True):
    """Switch to a theme."""

    name: str


class RefreshEvery(Struct, frozen=True):
    """Refresh the list of agents at this interval."""

    seconds: float


class Type(Struct, frozen=True):
    """Put a text into the prompt, for the user to complete."""

    text: str


class Run(Struct, frozen=True):
    """Run an action of the app."""

    action: str


class GoToRow(Struct, frozen=True):
    """Put the cursor on a row of the list in front, counted from 1; the last row if there are fewer."""

    number: int


Target = GoToRow | Route | KeyLine | UseTheme | RefreshEvery | Type | Run
"""What choosing an item does."""


class Item(NamedTuple):
    """One line. `id` names it in the list of recently used ones.

    `text` is what is searched: only words that are always on screen, so that it is clear why an item matches.
    """

    kind: str
    name: str
    note: str
    end: str
    text: str
    id: str
    target: Target | None
    severity: Severity | None = None
    """The severity of an agent's state, which the note shows."""


def item(kind: str, name: str, target: Target | None, *, note: str = "", end: str = "", key: str = "") -> Item:
    """Return an item that a search finds by its name and its end."""
    return Item(kind, name, note, end, searchable(f"{name} {end}"), f"{kind} {key or name}", target)


def name_of_agent(agent: Deployment) -> str:
    """Return the id of an agent's item."""
    return f"agent {agent.account}/{agent.agent}"


def agent_item(account: str, entry: Entry) -> Item:
    """Return the item of an agent."""
    route = Deployment(account, entry.key)
    # The name of the blueprint is often that of the agent in another spelling.
    other = searchable(entry.blueprint) not in searchable(entry.label)
    name = f"{entry.label} · {entry.blueprint}" if other else entry.label
    return Item(
        "agent",
        name,
        entry.status.label,
        account,
        searchable(f"{name} {account}"),
        name_of_agent(route),
        route,
        entry.status.severity,
    )


class KnownAgents:
    """The items of all agents in the roster. A list is turned into items once, not each time the palette opens."""

    def __init__(self) -> None:
        self._made: dict[str, tuple[Sequence[Entry], list[Item]]] = {}

    def items(self, roster: Roster, first: str) -> Iterator[Item]:
        """Yield the items of all accounts, starting with the account `first`."""
        for account in sorted(roster.lists, key=lambda name: name != first):
            yield from self._of(account, roster.lists[account])

    def _of(self, account: str, listed: AgentList) -> list[Item]:
        entries, items = self._made.get(account, ((), []))
        if entries is not listed.entries:
            items = [agent_item(account, entry) for entry in listed.entries]
            self._made[account] = listed.entries, items
        return items


def action_items(lines: Sequence[KeyLine]) -> list[Item]:
    """Return the items of the keys that work on the screen below."""
    return [
        Item(
            "action",
            line.description,
            "",
            line.keys,
            searchable(f"{line.description} {line.keys}"),
            f"action {line.id or line.action}",
            line,
        )
        for line in lines
    ]
