"""Which organization a request is about: that of the account it names (platform.md §2.5)."""

from __future__ import annotations

from collections.abc import Iterable

from astro_tui.platform.client.address import account_of


class Organizations:
    """The organizations of the user's accounts, as far as they are known. Safe to use from many threads."""

    def __init__(self) -> None:
        self._ids: dict[str, str] = {}
        self._listed = ""

    def learn(self, pairs: Iterable[tuple[str, str]]) -> None:
        """Take the names of all accounts with their organizations' ids, which may be empty."""
        self._ids = {name.casefold(): organization for name, organization in pairs}

    def account(self, endpoint: str) -> str:
        """Return the account that an endpoint is about; one that names none belongs to the list seen last."""
        name = account_of(endpoint)
        if name and endpoint.startswith("/deployments?"):
            self._listed = name
        return name or (self._listed if endpoint.startswith("/deployments/") else "")

    def knows(self, account: str) -> bool:
        """Return whether the account has been seen."""
        return account.casefold() in self._ids

    def of(self, account: str) -> str:
        """Return an account's organization's id, or an empty string. Names are the same in any case."""
        return self._ids.get(account.casefold(), "")
