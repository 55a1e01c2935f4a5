"""The user's accounts as displayed: their names, and the status of their agents. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, NamedTuple

from astro_tui.presentation.status import Severity, Status
from astro_tui.state.account_cache import KnownAccount
from astro_tui.text.nearest import nearest as nearest_word

if TYPE_CHECKING:
    from astro_tui.platform.models import Me, OverviewAccount
    from astro_tui.presentation.verdicts import Verdicts

States = tuple[tuple[Status, int], ...]
"""The number of agents in each state, most urgent first."""
_GONE = frozenset({"undeployed", "deleted"})
"""Database statuses of deployments that no list shows (platform.md §16.2)."""


class AccountRow(NamedTuple):
    """One account; `states` is None until they are loaded. Its texts are foreign and not safe to draw."""

    name: str
    label: str
    type: str
    role: str
    states: States | None = None

    @property
    def agents(self) -> int | None:
        """The number of deployed agents; None until it is loaded."""
        return None if self.states is None else sum(number for _, number in self.states)

    @property
    def problems(self) -> int:
        """The number of agents that need attention."""
        urgent = (Severity.ERROR, Severity.WARN)
        return sum(number for status, number in self.states or () if status.severity in urgent)


def known_of(me: Me) -> tuple[KnownAccount, ...]:
    """Return the accounts of `GET /me` for the cache, without those that have no name: they cannot be opened."""
    return tuple(
        KnownAccount(account.name, account.type, account.display_name, account.role, account.id)
        for account in me.accounts
        if account.name
    )


def states_of(overview: Iterable[OverviewAccount], verdicts: Verdicts) -> dict[str, States]:
    """Return the states of each account's agents, by account name and by account id."""
    found: dict[str, States] = {}
    for account in overview:
        states = _tally(
            verdicts.of(deployment.id, deployment.status)
            for deployment in account.deployments
            if deployment.status.strip().lower() not in _GONE
        )
        found |= {key: states for key in (account.id, account.name) if key}
    return found


def _tally(found: Iterable[Status]) -> States:
    states = list(found)
    kinds = {status.label: status for status in states}
    counts = Counter(status.label for status in states)
    rows = [(kinds[label], number) for label, number in counts.items()]
    return tuple(sorted(rows, key=lambda row: (row[0].urgency, row[0].label)))


def rows_of(accounts: Iterable[KnownAccount], states: Mapping[str, States]) -> list[AccountRow]:
    """Return the rows in the order of `/me`, with the states of their agents."""
    return [
        AccountRow(
            account.name,
            account.display_name if account.display_name != account.name else "",
            account.type,
            account.role,
            states.get(account.name, states.get(account.id)),
        )
        for account in accounts
    ]


def matching(rows: Sequence[AccountRow], query: str) -> list[AccountRow]:
    """Return the rows that contain every word of the query, ignoring case."""
    words = query.lower().split()
    return [row for row in rows if all(word in _haystack(row) for word in words)]


def _haystack(row: AccountRow) -> str:
    return f"{row.name} {row.label} {row.type} {row.role}".lower()


def nearest(accounts: Iterable[KnownAccount], wanted: str) -> str:
    """Return the name of the account closest to `wanted`, or an empty string."""
    accounts = list(accounts)
    names = {account.name: account.name for account in accounts}
    # The user may have typed a display name.
    names |= {account.display_name: account.name for account in accounts if account.display_name}
    return names.get(nearest_word(wanted, names), "")
