"""Which organization a request is about (platform.md §2.5)."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from astro_tui.platform.client.address import account_of, deployment_of
from astro_tui.platform.client.call import Call


def _no_request(_call: Call) -> None:
    """Request nothing."""


class Organizations:
    """The known organizations of the user's accounts. Safe to use from many threads."""

    def __init__(self, request: Callable[[Call], None] = _no_request) -> None:
        """`request` requests the accounts, and calls `learn` if that works. By default, nothing is known."""
        self._request = request
        self._ids: dict[str, str] = {}
        self._listed = ""
        self._places: dict[str, str] = {}

    def learn(self, pairs: Iterable[tuple[str, str]]) -> None:
        """Set the names of all accounts with the ids of their organizations, which may be empty."""
        self._ids = {name.casefold(): organization for name, organization in pairs}

    def place(self, account: str, deployment_id: str) -> None:
        """Remember which account a deployment belongs to: most endpoints about it do not say."""
        self._places[deployment_id] = account

    def known(self, endpoint: str) -> str:
        """Return the id of the organization that an endpoint is about, without a request, or an empty string."""
        return self._ids.get(self._account(endpoint).casefold(), "")

    def requested(self, endpoint: str, call: Call) -> str:
        """Like `known`, but request the accounts first if the endpoint's account is not among those known."""
        account = self._account(endpoint)
        if account and account.casefold() not in self._ids:
            self._request(call)
        return self._ids.get(account.casefold(), "")

    def _account(self, endpoint: str) -> str:
        """Return the account that an endpoint is about.

        For a deployment whose account is not known, it is the account whose deployments were requested last.
        """
        name, deployment_id = account_of(endpoint), deployment_of(endpoint)
        if name and endpoint.startswith("/deployments?"):
            self._listed = name
        return name or (self._places.get(deployment_id, self._listed) if deployment_id else "")
