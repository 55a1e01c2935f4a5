"""Accounts over HTTP: the user and variables (platform.md §7, §15)."""

from __future__ import annotations

import re

from astro_tui.demo import bodies
from astro_tui.demo.data import read
from astro_tui.demo.entities import Account, Json, digest
from astro_tui.demo.request import Access, Reply, Request, ResponseError, encode
from astro_tui.demo.schedule import DAY
from astro_tui.demo.world import World, timestamp

_NAME = re.compile("[a-zA-Z_][a-zA-Z0-9_]*")


class Accounts(Access):
    """The endpoints about accounts."""

    def __init__(self, world: World) -> None:
        super().__init__(world)
        self._stored: dict[str, dict[str, Json]] = {}

    def me(self, _request: Request) -> Json:
        """Return the user and the user's accounts."""
        mine = [bodies.membership(self.world, each) for each in self.world.contents.accounts if each.member]
        return {"user": {"id": bodies.USER}, "accounts": mine}

    def profile(self, request: Request) -> Json:
        """Return the public profile of an account."""
        return bodies.profile(self.world, self.account(request.names[0]))

    def members(self, request: Request) -> Json:
        """Return the people of an account, the same ones in each; somebody who has left is not among them."""
        more = {"account_id": self.own(request.names[0], request).id, "status": "active"}
        return {"members": [row | more for row in read("members.json")]}

    def _scoped(self, request: Request) -> Account:
        """Return an account that the token is valid for; a personal account accepts any token (platform.md §2.5)."""
        account = self.own(request.names[0], request)
        if account.organization and request.organization != account.organization:
            raise ResponseError(403, "session is not scoped to this organization, use switch-org first")
        return account

    def _variables(self, request: Request) -> dict[str, Json]:
        return self.stored(self._scoped(request))

    def stored(self, account: Account) -> dict[str, Json]:
        """Return the variables of an account by name, as they are stored."""
        return self._stored.setdefault(account.name, _variables(self.world, account))

    def variables(self, request: Request) -> Json:
        """Return the variables of an account."""
        return {"variables": list(self._variables(request).values())}

    def variable(self, request: Request) -> Json:
        """Return one variable of an account."""
        known = self._variables(request).get(request.names[1])
        if known is None:
            raise ResponseError(404, "variable not found")
        return known

    def billing(self, request: Request) -> Json:
        """Return whether an account pays."""
        account = self._scoped(request)
        usual = {"gated": False, "workloads_suspended": False, "enforced": True, "has_payment_method": True}
        return {"status": "active", "credits_exhausted": False, **usual, **account.billing}

    def create(self, request: Request) -> Json:
        """Create variables. Raises 409 for a name that exists."""
        known, given = self._variables(request), request.fields().get("variables")
        rows = [row for row in given if isinstance(row, dict)] if isinstance(given, list) else []
        for name in (str(row.get("name", "")) for row in rows):
            if name in known or not _NAME.fullmatch(name):
                raise ResponseError(409 if name in known else 400, f"cannot create variable {name[:80]}")
        known.update({row["name"]: _variable(row, {"name": row["name"]}, timestamp(self.world.now())) for row in rows})
        return {"results": [{"name": row["name"], "status": "created"} for row in rows]}

    def update(self, request: Request) -> Json:
        """Set the value of a variable."""
        changed = _variable(request.fields(), self.variable(request), timestamp(self.world.now()))
        self._variables(request)[request.names[1]] = changed
        return changed

    def delete(self, request: Request) -> Reply:
        """Delete a variable."""
        self.variable(request)
        del self._variables(request)[request.names[1]]
        return Reply(204, b"")


def _made(world: World, *words: str) -> str:
    return timestamp(world.ago(40 * DAY + digest(*words) % (90 * DAY)))


def _variables(world: World, account: Account) -> dict[str, Json]:
    made = ((row, _made(world, account.name, row["name"])) for row in account.variables)
    return {
        row["name"]: _variable({"secret": "value" not in row, **row}, {"name": row["name"]}, at) for row, at in made
    }


def _variable(given: Json, before: Json, now: str) -> Json:
    """Return a variable with new values. The value of a secret is never returned."""
    secret = bool(given.get("secret", before.get("secret")))
    text = given.get("description", before.get("description", ""))
    value = {} if secret else {"value": str(given.get("value", ""))}
    times = {"created_at": before.get("created_at", now), "updated_at": now}
    return {"name": before["name"], "secret": secret, "description": text, **value, **times}


class Lists(Access):
    """The endpoints that list deployments. The long lists are encoded once."""

    def __init__(self, world: World) -> None:
        super().__init__(world)
        self._lists: dict[str, tuple[tuple[int, int, int], bytes]] = {}

    def deployments(self, request: Request) -> bytes:
        """Handle `GET /deployments`."""
        name = request.one("account")
        if not name:
            raise ResponseError(400, "build_id query parameter is required when account is omitted")
        return self.prepare(self.own(name, request).name)

    def prepare(self, account: str) -> bytes:
        """Return the encoded list of an account. It is encoded once for each stage."""
        stage = self.world.stage()
        made, body = self._lists.get(account, (None, b""))
        if made != stage:
            rows = [bodies.row(self.world, each) for each in self.world.listed(account)]
            body = encode({"deployments": rows, "count": len(rows)})
            self._lists[account] = stage, body
        return body

    def summary(self, _request: Request) -> Json:
        """Handle `GET /deployments/summary`, which uses the words of the database."""
        return {
            "accounts": [
                {
                    **bodies.names_of(account),
                    "deployments": [
                        {key: getattr(each, key) for key in ("id", "name", "display_name")}
                        | {"status": self.world.condition(each).word, "avatar_colors": list(each.colors)}
                        for each in self.world.listed(account.name)
                    ],
                }
                for account in self.world.contents.accounts
                if account.member
            ]
        }
