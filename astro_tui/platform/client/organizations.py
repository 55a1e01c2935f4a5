"""Which organization a request is about (platform.md §2.5)."""

from __future__ import annotations

from collections.abc import Iterable

from astro_tui.platform.client.address import account_of, deployment_of


class Organizations:
    """The known organizations of the user's accounts. Safe to use from many threads."""

    def __init__(self) -> None:
        self._ids: dict[str, str] = {}
        self._listed = ""
        self._places: dict[str, str] = {}

    def learn(self, pairs: Iterable[tuple[str, str]]) -> None:
        """Set the names of all accounts with the ids of their organizations, which may be empty."""
        self._ids = {name.casefold(): organization for name, organization in pairs}

    def place(self, account: str, deployment_id: str) -> None:
        """Remember which account a deployment belongs to: most endpoints about it do not say."""
        self._places[deployment_id] = account

    def account(self, endpoint: str) -> str:
        """Return the account that an endpoint is about.

        For a deployment whose account is not known, it is the account whose deployments were requested last.
        """
        name, deployment_id = account_of(endpoint), deployment_of(endpoint)
        if name and endpoint.startswith("/deployments?"):
            self._listed = name
        return name or (self._places.get(deployment_id, self._listed) if deployment_id else "")

    def knows(self, account: str) -> bool:
        """Return whether the account is known."""
        return account.casefold() in self._ids

    def of(self, account: str) -> str:
        """Return the id of an account's organization, or an empty string. Ignores the case of names."""
        return self._ids.get(account.casefold(), "")
