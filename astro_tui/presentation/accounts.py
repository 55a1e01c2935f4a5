"""The accounts of a user as the screen lists them: who they are, how their agents do. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, NamedTuple

from astro_tui.presentation.status import Severity, Status
from astro_tui.state.account_cache import KnownAccount

if TYPE_CHECKING:
    from astro_tui.platform.models import Me, OverviewAccount
    from astro_tui.presentation.verdicts import Verdicts

States = tuple[tuple[Status, int], ...]
"""How many agents stand in each state, most urgent first."""
_GONE = frozenset({"undeployed", "deleted"})
"""Database words of what no list shows (platform.md §16.2)."""


class AccountRow(NamedTuple):
    """One account; `states` is None while nobody knows how its agents do. All texts are foreign."""

    name: str
    label: str
    type: str
    role: str
    states: States | None = None

    @property
    def agents(self) -> int | None:
        """How many agents are deployed in it; None while that is not known."""
        return None if self.states is None else sum(number for _, number in self.states)

    @property
    def problems(self) -> int:
        """How many agents of it ask for attention."""
        urgent = (Severity.ERROR, Severity.WARN)
        return sum(number for status, number in self.states or () if status.severity in urgent)


def known_of(me: Me) -> tuple[KnownAccount, ...]:
    """Return the accounts of `GET /me` as they are remembered; one without a name cannot be opened."""
    return tuple(
        KnownAccount(account.name, account.type, account.display_name, account.role, account.id)
        for account in me.accounts
        if account.name
    )


def states_of(overview: Iterable[OverviewAccount], verdicts: Verdicts) -> dict[str, States]:
    """Return the states of every account's agents, by the account's name and by its id."""
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
    """Return the rows in the order of `/me`, with what is known of their agents."""
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
    """Return the rows in which every word of the query occurs, without regard to case."""
    words = query.lower().split()
    return [row for row in rows if all(word in _haystack(row) for word in words)]


def _haystack(row: AccountRow) -> str:
    return f"{row.name} {row.label} {row.type} {row.role}".lower()


def nearest(accounts: Iterable[KnownAccount], wanted: str) -> str:
    """Return the name of the account that `wanted` was meant to be, or an empty text."""
    from difflib import get_close_matches

    accounts = list(accounts)
    names = {account.name.lower(): account.name for account in accounts}
    # What people call it, where they typed that.
    labels = {account.display_name.lower(): account.name for account in accounts if account.display_name}
    found = get_close_matches(wanted.lower(), [*names, *labels], n=1, cutoff=0.6)
    return (names | labels)[found[0]] if found else ""
