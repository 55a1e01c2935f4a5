"""The requests and responses of the demo's endpoints, and who may see what (platform.md §4)."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from astro_tui.demo.entities import DemoAccount, DemoDeployment
from astro_tui.demo.faults import Fault
from astro_tui.demo.world import World


@dataclass(frozen=True, slots=True)
class Reply:
    """A response before it is sent.

    `stream` yields the parts of an endless body. Its argument is a function that waits a number of seconds and returns
    whether the server is stopping.
    """

    status: int
    body: bytes
    headers: Sequence[tuple[str, str]] = ()
    content_type: str = "application/json; charset=utf-8"
    stream: Callable[[Callable[[float], bool]], Iterator[bytes]] | None = None


class ResponseError(Exception):
    """An error response (platform.md §4)."""

    def __init__(self, status: int, error: str, **more: Any) -> None:
        super().__init__(error)
        self.reply = Reply(status, encode({"error": error, **more}))


class StreamReset(Exception):  # noqa: N818  a fault, not an error of the demo
    """Ends a stream by resetting its connection."""


def encode(body: Any) -> bytes:
    """Return JSON as the platform writes it: compact, UTF-8, lone surrogates escaped."""
    return json.dumps(body, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "backslashreplace")


@dataclass(slots=True)
class ApiRequest:
    """One request: `path` without `/api/v1`, its decoded `names`, whether the token is valid, and its organization.

    Most tokens belong to no organization. `headers` are named in title case. Some endpoints apply the `fault`
    themselves; the connection handles others.
    """

    method: str
    path: str
    query: Mapping[str, Sequence[str]]
    signed_in: bool
    organization: str = ""
    body: bytes = b""
    names: tuple[str, ...] = field(default=())
    fault: Fault | None = None
    headers: Mapping[str, str] = field(default_factory=dict)

    def one(self, key: str, otherwise: str = "") -> str:
        """Return the first value of a query key."""
        values = self.query.get(key)
        return values[0] if values else otherwise

    def number(self, key: str, default: int, *, least: int | None = None, most: int = 10**9) -> int:
        """Return a query parameter as a whole number, at most `most`.

        Raises 400 when it is not a number or is less than `least`.
        """
        if key not in self.query:
            return default
        text = self.one(key)
        if not _WHOLE.fullmatch(text):
            raise ResponseError(400, f"{key} must be a whole number")
        # Python refuses to parse thousands of digits; sixteen exceed every limit.
        value = int(text[:17])
        if least is not None and value < least:
            raise ResponseError(400, f"{key} must be at least {least}")
        return min(value, most)

    def moment(self, key: str) -> datetime | None:
        """Return a query parameter as a time; None if it is missing, has no zone, or is none."""
        try:
            moment = datetime.fromisoformat(self.one(key))
        except ValueError:
            return None
        return moment if moment.tzinfo is not None and 1970 < moment.year < 2200 else None

    def choice(self, key: str, allowed: Sequence[str], default: str = "") -> str:
        """Return a query parameter that must be one of a few words. Raises 400 for any other word."""
        if key not in self.query:
            return default
        if self.one(key) not in allowed:
            raise ResponseError(400, f"{key} must be one of {', '.join(allowed)}")
        return self.one(key)

    def fields(self, error: str = "invalid request body") -> dict[str, Any]:
        """Return the JSON object of the body. Raises 400 with `error` for anything else."""
        try:
            body = json.loads(self.body)
        except (ValueError, RecursionError):
            body = None
        if not isinstance(body, dict):
            raise ResponseError(400, error)
        return body


EVERY = "*"
"""The organization of the demo's own token, which is valid for each that has no guard."""
_WHOLE = re.compile("-?[0-9]+")
_GUARDS = {
    "scope": (403, "session is not scoped to this organization, use switch-org first"),
    "session": (503, "authorization session is unavailable; refresh or sign in again"),
}


class Access:
    """Lookups that refuse what the demo's user may not see."""

    def __init__(self, world: World) -> None:
        self.world = world

    def account(self, name: str) -> DemoAccount:
        """Return an account by name. Raises 404 for an unknown one."""
        account = self.world.accounts.get(name)
        if account is None:
            raise ResponseError(404, "account not found")
        return account

    def own(self, name: str, request: ApiRequest) -> DemoAccount:
        """Return an account that the user belongs to and the token is valid for. Raises 403 (platform.md §2.5)."""
        account = self.account(name)
        if not account.member:
            raise ResponseError(403, "insufficient permissions")
        if account.guard and request.organization != account.organization:
            raise ResponseError(*_GUARDS[account.guard])
        return account

    def scoped(self, name: str, request: ApiRequest) -> DemoAccount:
        """Return an account that the token is valid for; a personal account accepts any token (platform.md §2.5)."""
        account = self.own(name, request)
        if account.organization and request.organization not in (EVERY, account.organization):
            raise ResponseError(*_GUARDS["scope"])
        return account

    def managed(self, name: str, request: ApiRequest) -> DemoAccount:
        """Return an account that the user manages. Raises 403 for ordinary members (platform.md §21)."""
        account = self.scoped(name, request)
        if account.role == "member":
            raise ResponseError(403, "insufficient permissions")
        return account

    def deployment(self, request: ApiRequest, *, unknown: int = 403) -> DemoDeployment:
        """Return the deployment in the path; the status for an unknown ID depends on the endpoint (platform.md §4).

        A deleted deployment is still there (platform.md §16.3), unless a fault hides it.
        """
        deployment = self.world.by_id.get(request.names[0])
        hidden = request.fault is not None and request.fault.kind == "deleted-hidden"
        if deployment is None or (hidden and self.world.condition(deployment).word == "undeployed"):
            raise ResponseError(unknown, "deployment not found")
        self.own(deployment.account, request)
        return deployment
