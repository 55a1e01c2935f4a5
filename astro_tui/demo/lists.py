"""The demo's lists of deployments (platform.md §8.1 and §8.2)."""

from __future__ import annotations

from astro_tui.demo import bodies
from astro_tui.demo.entities import Json
from astro_tui.demo.request import Access, Request, ResponseError, encode
from astro_tui.demo.world import World


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
