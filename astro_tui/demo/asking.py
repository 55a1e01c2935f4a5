"""What the demo's endpoints are asked and what they answer, and who may see what (contract §4)."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from astro_tui.demo.world import Account, Deployment, World


@dataclass(frozen=True, slots=True)
class Reply:
    """An answer before it is put on the wire."""

    status: int
    body: bytes
    headers: Sequence[tuple[str, str]] = ()
    content_type: str = "application/json; charset=utf-8"


class AnswerError(Exception):
    """An answer that is an error of the contract's §4."""

    def __init__(self, status: int, error: str, **more: str) -> None:
        super().__init__(error)
        self.reply = Reply(status, encode({"error": error, **more}))


def encode(body: Any) -> bytes:
    """Return JSON as the platform writes it: compact, UTF-8, lone surrogates escaped."""
    return json.dumps(body, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "backslashreplace")


@dataclass(slots=True)
class Asked:
    """One request: `path` without `/api/v1`, its decoded `names`, whether a good token came and whose organization's.

    Most tokens are for none.
    """

    method: str
    path: str
    query: Mapping[str, Sequence[str]]
    signed_in: bool
    organization: str = ""
    body: bytes = b""
    names: tuple[str, ...] = field(default=())

    def one(self, key: str, otherwise: str = "") -> str:
        """Return the first value of a query key."""
        values = self.query.get(key)
        return values[0] if values else otherwise

    def number(self, key: str, otherwise: int, most: int = 10**9) -> int:
        """Return a query key as a whole number from 0 to `most`; what is no number counts as absent."""
        text = self.one(key)
        return min(int(text), most) if text.isdecimal() and len(text) < 10 else otherwise


_GUARDS = {
    "scope": (403, "session is not scoped to this organization, use switch-org first"),
    "session": (503, "authorization session is unavailable; refresh or sign in again"),
}


class Access:
    """The look-ups that refuse what the demo's user may not see."""

    def __init__(self, world: World) -> None:
        self.world = world

    def account(self, name: str) -> Account:
        """Return an account by name; unknown ones are 404."""
        account = self.world.accounts.get(name)
        if account is None:
            raise AnswerError(404, "account not found")
        return account

    def own(self, name: str, asked: Asked) -> Account:
        """Return an account that the user belongs to and the token is good for; others are 403 (contract §2.5)."""
        account = self.account(name)
        if not account.member:
            raise AnswerError(403, "insufficient permissions")
        if account.guard and asked.organization != account.organization:
            raise AnswerError(*_GUARDS[account.guard])
        return account

    def deployment(self, asked: Asked) -> Deployment:
        """Return the deployment of the path; unknown ids are 403 on today's server (contract §4)."""
        deployment = self.world.by_id.get(asked.names[0])
        if deployment is None:
            raise AnswerError(403, "deployment not found")
        self.own(deployment.account, asked)
        return deployment
