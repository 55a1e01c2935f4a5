"""The user's accounts as displayed: their names, and the status of their agents. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from operator import attrgetter
from typing import TYPE_CHECKING, NamedTuple

from astro_tui.platform.status_words import WORDS, StatusMeaning
from astro_tui.presentation.columns import SELECTED, Column, Fit, steps
from astro_tui.presentation.status import Severity, Status, counts_of
from astro_tui.presentation.verdicts import Verdicts
from astro_tui.state.account_cache import KnownAccount
from astro_tui.text.nearest import nearest as nearest_word

if TYPE_CHECKING:
    from astro_tui.platform.models import Me, OverviewAccount

States = tuple[tuple[Status, int], ...]
"""The number of agents in each state, most urgent first."""


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

    @property
    def haystack(self) -> str:
        """What a filter searches, in lower case."""
        return f"{self.name} {self.label} {self.type} {self.role}".lower()


COLUMNS: Sequence[Column[AccountRow]] = (
    Column("account", attrgetter("name"), SELECTED, most=30),
    Column("name", attrgetter("label"), "quiet", most=30, optional=True),
    Column("type", attrgetter("type"), "quiet", most=14),
    Column("role", attrgetter("role"), "quiet", most=10, optional=True),
    Column("agents", lambda row: "" if row.agents is None else f"{row.agents:,}", fit=Fit.RIGHT, empty="—"),
    Column("health", rest=True),
)
"""The columns of the accounts, from left to right; the table draws the last one, a count for each state."""
LAYOUT = steps("account 10, health 20, account, agents, type, role, name 4, name, health")


def known_of(me: Me) -> tuple[KnownAccount, ...]:
    """Return the accounts of `GET /me` for the cache, without those that have no name: they cannot be opened."""
    return tuple(
        KnownAccount(account.name, account.type, account.display_name, account.role, account.id)
        for account in me.accounts
        if account.name
    )


def states_of(overview: Iterable[OverviewAccount], verdicts: Verdicts) -> dict[str, States]:
    """Return the states of each account's agents, by account name and by account id."""
    by_account: dict[str, States] = {}
    for account in overview:
        states = counts_of(
            verdicts.of(deployment.id, deployment.status)
            for deployment in account.deployments
            # No list shows those that were removed (platform.md §16.2).
            if WORDS.get(deployment.status.strip().lower()) is not StatusMeaning.REMOVED
        )
        by_account |= {key: states for key in (account.id, account.name) if key}
    return by_account


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


def nearest(accounts: Iterable[KnownAccount], wanted: str) -> str:
    """Return the name of the account closest to `wanted`, or an empty string."""
    accounts = list(accounts)
    names = {account.name: account.name for account in accounts}
    # The user may have typed a display name.
    names |= {account.display_name: account.name for account in accounts if account.display_name}
    return names.get(nearest_word(wanted, names), "")
