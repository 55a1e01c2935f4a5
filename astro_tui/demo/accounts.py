"""Accounts over HTTP: the user, variables, and deployments (platform.md §7, §15)."""

from __future__ import annotations

import re

from astro_tui.demo import bodies
from astro_tui.demo.data import read
from astro_tui.demo.entities import DemoAccount, Json, digest
from astro_tui.demo.request import Access, ApiRequest, Reply, ResponseError, encode
from astro_tui.demo.schedule import DAY, seconds
from astro_tui.demo.world import World, timestamp

_NAME = re.compile("[a-zA-Z_][a-zA-Z0-9_]*")


class AccountEndpoints(Access):
    """The endpoints about accounts."""

    def __init__(self, world: World) -> None:
        super().__init__(world)
        self._stored: dict[str, dict[str, Json]] = {}

    def me(self, _request: ApiRequest) -> Json:
        """Return the user and the user's accounts."""
        mine = [bodies.membership(self.world, each) for each in self.world.contents.accounts if each.member]
        return {"user": {"id": bodies.USER}, "accounts": mine}

    def profile(self, request: ApiRequest) -> Json:
        """Return the public profile of an account."""
        return bodies.profile(self.world, self.account(request.names[0]))

    def members(self, request: ApiRequest) -> Json:
        """Return the people of an account, the same ones in each; somebody who has left is not among them."""
        more = {"account_id": self.own(request.names[0], request).id, "status": "active"}
        return {"members": [row | more for row in read("members.json")]}

    def _variables(self, request: ApiRequest) -> dict[str, Json]:
        return self.stored(self.scoped(request.names[0], request))

    def stored(self, account: DemoAccount) -> dict[str, Json]:
        """Return the variables of an account by name, as they are stored."""
        return self._stored.setdefault(account.name, _variables(self.world, account))

    def variables(self, request: ApiRequest) -> Json:
        """Return the variables of an account."""
        return {"variables": sorted(self._variables(request).values(), key=lambda each: each["name"])}

    def variable(self, request: ApiRequest) -> Json:
        """Return one variable of an account."""
        variable = self._variables(request).get(request.names[1])
        if variable is None:
            raise ResponseError(404, "variable not found")
        return variable

    def create(self, request: ApiRequest) -> Json:
        """Create variables, or overwrite those with the same name. Errors are inside the response."""
        variables, sent = self._variables(request), request.fields().get("variables")
        rows = [row for row in sent if isinstance(row, dict)] if isinstance(sent, list) else []
        if not all(row.get("name") and row.get("value") for row in rows):
            raise ResponseError(400, "name and value are required")
        results: list[Json] = []
        for row in rows:
            name = str(row["name"])
            if not _NAME.fullmatch(name):
                results.append({"name": name[:80], "status": "error", "error": "invalid variable name"})
                continue
            variables[name] = _variable(row, {"name": name}, timestamp(self.world.now()))
            results.append({"name": name, "status": "created"})
        return {"results": results}

    def update(self, request: ApiRequest) -> Json:
        """Set the value of a variable."""
        changed = _variable(request.fields(), self.variable(request), timestamp(self.world.now()))
        self._variables(request)[request.names[1]] = changed
        return changed

    def delete(self, request: ApiRequest) -> Reply:
        """Delete a variable."""
        self.variable(request)
        del self._variables(request)[request.names[1]]
        return Reply(204, b"")


def _variables(world: World, account: DemoAccount) -> dict[str, Json]:
    """Return the variables that an account has from the start; `edited` says how long ago one was edited."""
    stored: dict[str, Json] = {}
    for row in account.variables:
        name, age = row["name"], 40 * DAY + digest(account.name, row["name"]) % (90 * DAY)
        made, edited = (timestamp(world.ago(each)) for each in (age, seconds(row.get("edited", age))))
        stored[name] = _variable({"secret": "value" not in row, **row}, {"name": name, "created_at": made}, edited)
    return stored


def _variable(sent: Json, before: Json, now: str) -> Json:
    """Return a variable with new values. The value of a secret is never returned."""
    secret = bool(sent.get("secret", before.get("secret")))
    text = sent.get("description", before.get("description", ""))
    value = {} if secret else {"value": str(sent.get("value", ""))}
    times = {"created_at": before.get("created_at", now), "updated_at": now}
    return {"name": before["name"], "secret": secret, "description": text, **value, **times}


class ListEndpoints(Access):
    """The endpoints that list deployments. The long lists are encoded once."""

    def __init__(self, world: World) -> None:
        super().__init__(world)
        self._lists: dict[str, tuple[tuple[int, int, int], bytes]] = {}

    def deployments(self, request: ApiRequest) -> bytes:
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

    def summary(self, _request: ApiRequest) -> Json:
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
