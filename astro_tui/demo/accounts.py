"""Accounts over HTTP: the user, variables, knowledge stores (platform.md §7, §15)."""

from __future__ import annotations

from astro_tui.demo import bodies
from astro_tui.demo.entities import Account, Json, digest
from astro_tui.demo.request import Access, Request, ResponseError, encode
from astro_tui.demo.schedule import DAY
from astro_tui.demo.world import World, timestamp


class Accounts(Access):
    """The endpoints about accounts."""

    def me(self, _request: Request) -> Json:
        """Return the user and the user's accounts."""
        mine = [bodies.membership(self.world, each) for each in self.world.contents.accounts if each.member]
        return {"user": {"id": bodies.USER}, "accounts": mine}

    def profile(self, request: Request) -> Json:
        """Return the public profile of an account."""
        return bodies.profile(self.world, self.account(request.names[0]))

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


def _made(world: World, *words: str) -> str:
    return timestamp(world.ago(40 * DAY + digest(*words) % (90 * DAY)))


def _variables(world: World, account: Account) -> list[Json]:
    def times(row: Json) -> Json:
        return dict.fromkeys(("created_at", "updated_at"), _made(world, account.name, row["name"]))

    return [{"name": row["name"], "secret": "value" not in row, **row, **times(row)} for row in account.variables]


def _stores(world: World, account: Account) -> list[Json]:
    return [
        {
            "id": f"ks_{digest(account.name, row['name']):016x}",
            "arn": f"arn:astro:knowledge:{account.name}:{row['name']}",
            "public": False,
            **row,
            "created_at": _made(world, account.name, row["name"]),
        }
        for row in account.knowledge
    ]


class Lists(Access):
    """The endpoints that list deployments. The long lists are encoded once."""

    def __init__(self, world: World) -> None:
        super().__init__(world)
        self._lists: dict[str, tuple[tuple[int, int], bytes]] = {}

    def deployments(self, request: Request) -> bytes:
        """Handle `GET /deployments`."""
        name = request.one("account")
        if not name:
            raise ResponseError(400, "build_id query parameter is required when account is omitted")
        return self._list(self.own(name, request).name)

    def _list(self, account: str) -> bytes:
        """Return the encoded list of an account. It is encoded once for each stage."""
        stage = self.world.stage()
        made, body = self._lists.get(account, (None, b""))
        if made != stage:
            rows = [bodies.row(self.world, each) for each in self.world.listed(account)]
            body = encode({"deployments": rows, "count": len(rows)})
            self._lists[account] = stage, body
        return body

    def prepare(self, account: str) -> None:
        """Encode the long list of an account before the first request."""
        self._list(account)

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
