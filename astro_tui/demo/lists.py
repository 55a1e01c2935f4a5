"""The demo's lists of deployments (platform.md §8.1 and §8.2)."""

from __future__ import annotations

import base64
import binascii

from astro_tui.demo import bodies
from astro_tui.demo.entities import Json
from astro_tui.demo.request import Access, Reply, Request, ResponseError, encode
from astro_tui.demo.world import World

_HEADERS = (("Cache-Control", "private, no-store"), ("X-Astro-Cache", "miss"), ("Server-Timing", "db;dur=3.1"))
_SUMMARY = ("id", "name", "account_name", "build_id", "status", "updated_at")


class Lists(Access):
    """The endpoints that list deployments. The long lists are encoded once."""

    def __init__(self, world: World) -> None:
        super().__init__(world)
        self._lists: dict[str, tuple[tuple[int, int], bytes]] = {}

    def deployments(self, request: Request) -> Json | bytes:
        """Handle `GET /deployments`."""
        builds = {build for value in request.query.get("build_id", ()) for build in value.split(",") if build}
        name = request.one("account")
        if not name and not builds:
            raise ResponseError(400, "build_id query parameter is required when account is omitted")
        if len(builds) > 200:
            raise ResponseError(400, "too many build ids (at most 200)")
        names = (
            [self.own(name, request).name] if name else [each.name for each in self.world.cast.accounts if each.member]
        )
        if not builds:
            return self._list(names[0])
        rows = [
            bodies.row(self.world, each)
            for owner in names
            for each in self.world.listed(owner)
            if each.running_build in builds
        ]
        return {"deployments": rows, "count": len(rows)}

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

    def count(self, request: Request) -> Json:
        """Handle `GET /deployments/count`."""
        if not request.one("account"):
            raise ResponseError(400, "account query parameter is required")
        return {"count": len(self.world.listed(self.own(request.one("account"), request).name))}

    def summary(self, _request: Request) -> Json:
        """Handle `GET /deployments/summary`, which uses the words of the database."""
        return {
            "accounts": [
                {
                    "id": account.id,
                    "name": account.name,
                    "type": account.type,
                    "display_name": account.display_name,
                    "deployments": [
                        {
                            "id": each.id,
                            "name": each.name,
                            "display_name": each.display_name,
                            "status": self.world.condition(each).word,
                            "avatar_colors": list(each.colors),
                        }
                        for each in self.world.listed(account.name)
                    ],
                }
                for account in self.world.cast.accounts
                if account.member
            ]
        }

    def my_deployments(self, request: Request) -> Reply:
        """Return one page. The cursor is opaque to clients and says where the next page begins."""
        names, everything = request.query.get("account", ()), request.choice("scope", ("all",)) == "all"
        if bool(names) == everything:
            raise ResponseError(400, "exactly one of account and scope=all is required")
        if "offset" in request.query:
            raise ResponseError(400, "offset is not supported, use cursor")
        accounts = self.world.accounts
        mine = [each.name for each in accounts.values() if each.member and (everything or each.name in names)]
        limit = request.number("limit", 50, most=100)
        limit = limit if limit > 0 else 50
        text, begin = request.one("q").lower(), _read_cursor(request.one("cursor"))
        found = [
            each
            for name in mine
            for each in self.world.listed(name)
            if text in f"{each.name} {each.display_name}".lower()
        ]
        page: Json = {"limit": limit}
        if begin + limit < len(found):
            page["next_cursor"] = base64.urlsafe_b64encode(f"after:{begin + limit}".encode()).decode()
        rows = [bodies.row(self.world, each) | {"access_ready": True} for each in found[begin : begin + limit]]
        body: Json = {"deployments": rows, "page": page, "scope": {"accounts": mine, "all": everything}}
        rejected = [name for name in names if name not in mine]
        if rejected:
            body["rejected_accounts"] = rejected
        return Reply(200, encode(body), _HEADERS)

    def my_summaries(self, request: Request) -> Reply:
        """Return a short row for each of the requested deployments that the user may see."""
        wanted = [each for each in request.query.get("deployment", ()) if each]
        if not wanted:
            raise ResponseError(400, "deployment query parameter is required")
        if len(wanted) > 100:
            raise ResponseError(400, "too many deployments (at most 100)")
        rows = {each.id: bodies.row(self.world, each) for name in self._mine() for each in self.world.listed(name)}
        found = {each: {key: rows[each][key] for key in _SUMMARY} for each in wanted if each in rows}
        return Reply(200, encode({"summaries": found}), _HEADERS)

    def _mine(self) -> list[str]:
        return [each.name for each in self.world.cast.accounts if each.member]


def _read_cursor(text: str) -> int:
    if not text:
        return 0
    try:
        word, _, number = base64.b64decode(text, b"-_", validate=True).decode("ascii").partition(":")
    except (binascii.Error, ValueError):
        word, number = "", ""
    if word != "after" or not number.isdecimal() or len(number) > 9:
        raise ResponseError(400, "invalid cursor")
    return int(number)
