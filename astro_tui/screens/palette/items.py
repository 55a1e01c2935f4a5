"""What the palette lists, such as agents, commands, and settings, and what of it matches. Pure, except for the keys."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from msgspec import Struct

from astro_tui.presentation.agent_list import Entry
from astro_tui.presentation.status import Severity
from astro_tui.screens.base.key_lines import KeyLine
from astro_tui.session.roster import AgentList, Roster
from astro_tui.session.routes import DeploymentRoute, Route

_SEPARATORS = re.compile(r"[\s/_.:#-]+")


def searchable(text: str) -> str:
    """Return a text in the form that is searched: in lower case, with one space before each word."""
    return f" {_SEPARATORS.sub(' ', text.lower()).strip()}"


class Ranking:
    """Searches texts; a longer query searches only what the query before it matched."""

    def __init__(self, texts: Sequence[str]) -> None:
        self._texts = texts
        self._words: list[str] = []
        self._found: Sequence[int] = range(len(texts))

    def search(self, query: str) -> Sequence[int]:
        """Return the indexes of the texts that match all words of a query, the best first, equal ones in order."""
        words = searchable(query).split()
        if not words:
            self._words, self._found = [], range(len(self._texts))
            return self._found
        narrower = len(words) >= len(self._words) and all(
            new.startswith(old) for new, old in zip(words, self._words, strict=False)
        )
        places = sorted(self._found) if narrower and self._words else range(len(self._texts))
        ranks = [0] * len(self._texts) if len(words) > 1 else []
        for word in words[:-1]:
            kept = []
            for rank, group in enumerate(self._grouped(word, places)):
                for place in group:
                    ranks[place] += rank
                kept += group
            places = sorted(kept)
        groups = self._grouped(words[-1], places)
        best = [place for group in groups for place in group]
        if ranks:
            for rank, group in enumerate(groups):
                for place in group:
                    ranks[place] += rank
            best.sort()
            best.sort(key=ranks.__getitem__)
        self._words, self._found = words, best
        return best

    def _grouped(self, word: str, best: Sequence[int]) -> tuple[list[int], ...]:
        """Return the indexes of the texts that match a word, in four groups, the best first."""
        groups: tuple[list[int], ...] = ([], [], [], [])
        first, begun, part, letters = (group.append for group in groups)
        texts, start = self._texts, f" {word}"
        head, *tail = map(re.escape, word)
        # If the letters could begin in the middle of a word, half of all texts would match by chance.
        has_letters = re.compile(f" {head}" + "".join(f"[^{one}]*{one}" for one in tail)).search
        alone = len(word) > 1
        for place in best:
            text = texts[place]
            if word in text:
                if start not in text:
                    part(place)
                elif text.startswith(start):
                    first(place)
                else:
                    begun(place)
            elif alone and has_letters(text):
                letters(place)
        return groups


class UseTheme(Struct, frozen=True):
    """Switch to a theme."""

    name: str


class RefreshEvery(Struct, frozen=True):
    """Refresh the list of agents at this interval."""

    seconds: float


class Type(Struct, frozen=True):
    """Put a text into the prompt, for the user to complete."""

    text: str


class RunAction(Struct, frozen=True):
    """Run an action of the app."""

    action: str


class GoToRow(Struct, frozen=True):
    """Put the cursor on a row of the list in front, counted from 1; the last row if there are fewer."""

    number: int


Target = GoToRow | Route | KeyLine | UseTheme | RefreshEvery | Type | RunAction
"""What choosing an item does."""


class Item(Struct, frozen=True):
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


def name_of_agent(agent: DeploymentRoute) -> str:
    """Return the id of an agent's item."""
    return f"agent {agent.account}/{agent.agent}"


def agent_item(account: str, entry: Entry) -> Item:
    """Return the item of an agent."""
    route = DeploymentRoute(account, entry.key)
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
