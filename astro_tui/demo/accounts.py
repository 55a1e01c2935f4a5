"""Accounts over HTTP: the user, name checks, variables, knowledge stores (platform.md §7, §15)."""

from __future__ import annotations

import re

from astro_tui.demo import bodies
from astro_tui.demo.commits import USER
from astro_tui.demo.entities import DAY, Account, Json, digest
from astro_tui.demo.request import Access, Request, ResponseError
from astro_tui.demo.world import World, timestamp

_NAME = re.compile("[a-z](-?[a-z0-9])+")
_RESERVED = frozenset(
    [
        "admin",
        "agents",
        "api",
        "auth",
        "deploy",
        "deployments",
        "dev",
        "health",
        "hire",
        "login",
        "logout",
        "new",
        "onboarding",
        "operator",
        "register",
        "settings",
        "status",
        "support",
        "system",
        "www",
    ]
)
# Account -> name, description, and value of each variable; a secret has no value here.
_VARIABLES: dict[str, tuple[tuple[str, str, str | None], ...]] = {
    "meridian-labs": (
        ("FRAUD_KEY", "Key of the fraud service", None),
        ("SLACK_APP", "App token of the workspace", None),
        ("SLACK_BOT", "Bot token of the workspace", None),
        ("SUPPORT_EMAIL", "Shown to customers", "support@meridian.example"),
        ("TEAM_OPENAI_KEY", "Shared by all agents", None),
    ),
    "harborline": (
        ("HARBOR_SLACK_BOT", "Bot token of the harbor's workspace", None),
        ("HOME_TIMEZONE", "", "Europe/Lisbon"),
    ),
}
# Account -> name, provider, mode, status, storage, and more fields of each knowledge store.
_STORES: dict[str, tuple[tuple[str, str, str, str, str, Json], ...]] = {
    "meridian-labs": (
        ("faq", "qdrant", "managed", "ready", "10Gi", {}),
        (
            "ledger",
            "postgres",
            "external",
            "error",
            "",
            {
                "error": "dial tcp ledger.meridian.example:5432: connection refused",
                "events": [{"type": "Warning", "reason": "HealthCheckFailed", "message": "refused", "count": 12}],
            },
        ),
        ("archive", "neo4j", "external", "connecting", "", {}),
        (
            "vault",
            "postgres",
            "external",
            "pending-acceptance",
            "",
            {
                "endpoint": {
                    "cloud_provider": "aws",
                    "endpoint_service": "com.amazonaws.vpce.eu-central-1.vpce-svc-0example",
                    "region": "eu-central-1",
                    "status": "pending-acceptance",
                }
            },
        ),
    ),
}


class Accounts(Access):
    """The endpoints about accounts."""

    def me(self, _request: Request) -> Json:
        """Return the user and the user's accounts."""
        mine = [bodies.membership(self.world, each) for each in self.world.cast.accounts if each.member]
        return {"user": {"id": USER}, "accounts": mine}

    def profile(self, request: Request) -> Json:
        """Return the public profile of an account."""
        return bodies.profile(self.world, self.account(request.names[0]))

    def check(self, request: Request) -> Json:
        """Return whether an account name is free; a malformed name gives 400."""
        name = request.names[0]
        if not (2 <= len(name) <= 39 and _NAME.fullmatch(name)):
            raise ResponseError(400, "invalid account name", details="Use 2 to 39 letters, digits, and single hyphens.")
        if name in _RESERVED:
            return {"available": False, "reason": "reserved"}
        if name in self.world.accounts:
            return {"available": False, "reason": "taken"}
        return {"available": True}

    def _scoped(self, request: Request) -> Account:
        """Return an account that the token is valid for; a personal account accepts any token (platform.md §2.5)."""
        account = self.own(request.names[0], request)
        if account.organization and request.organization != account.organization:
            raise ResponseError(403, "session is not scoped to this organization, use switch-org first")
        return account

    def variables(self, request: Request) -> Json:
        """Return the variables of an account."""
        return {"variables": _variables(self.world, self._scoped(request))}

    def variable(self, request: Request) -> Json:
        """Return one variable of an account."""
        for each in _variables(self.world, self._scoped(request)):
            if each["name"] == request.names[1]:
                return each
        raise ResponseError(404, "variable not found")

    def knowledge(self, request: Request) -> list[Json]:
        """Return the knowledge stores of an account, without an envelope."""
        return _stores(self.world, self.own(request.names[0], request))

    def store(self, request: Request) -> Json:
        """Return one knowledge store."""
        for each in _stores(self.world, self.own(request.names[0], request)):
            if each["name"] == request.names[1]:
                return each
        raise ResponseError(404, "knowledge store not found")


def _moment(world: World, *words: str) -> str:
    return timestamp(world.ago(40 * DAY + digest(*words) % (90 * DAY)))


def _variables(world: World, account: Account) -> list[Json]:
    listed: list[Json] = []
    for name, description, value in _VARIABLES.get(account.name, ()):
        made = _moment(world, account.name, name)
        times = {"created_at": made, "updated_at": made}
        known: Json = {} if value is None else {"value": value}
        listed.append({"name": name, "secret": value is None, "description": description, **known, **times})
    return listed


def _stores(world: World, account: Account) -> list[Json]:
    return [
        {
            "id": f"ks_{digest(account.name, name):016x}",
            "arn": f"arn:astro:knowledge:{account.name}:{name}",
            "name": name,
            "provider": provider,
            "mode": mode,
            "status": status,
            "storage": storage,
            "public": False,
            **more,
            "created_at": _moment(world, account.name, name),
        }
        for name, provider, mode, status, storage, more in _STORES.get(account.name, ())
    ]
