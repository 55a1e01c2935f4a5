"""The demo's endpoints: which path gives which answer to whom (contract §4 to §10; nothing here can change anything)."""

from __future__ import annotations

import base64
import binascii
import json
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any
from urllib.parse import parse_qs, unquote

from astro_tui.demo import answers, logs, observed
from astro_tui.demo.workloads import workloads_of
from astro_tui.demo.world import Account, Blueprint, Deployment, Json, World, timestamp

PREFIX = "/api/v1"
_USER = "user_01EXAMPLE"
_WORKLOAD_NAME = re.compile("[a-z][a-z0-9-]{0,61}[a-z0-9]")
_ACTIONS = ("read", "edit", "operate", "delete", "manage_access")


@dataclass(frozen=True, slots=True)
class Reply:
    """An answer before it is put on the wire."""

    status: int
    body: bytes
    headers: Sequence[tuple[str, str]] = ()
    content_type: str = "application/json; charset=utf-8"


class Refused(Exception):
    """An answer that is an error of the contract's §4."""

    def __init__(self, status: int, error: str, **more: str) -> None:
        super().__init__(error)
        self.reply = Reply(status, encode({"error": error, **more}))


def encode(body: Any) -> bytes:
    """Return JSON as the platform writes it: compact, UTF-8, lone surrogates escaped."""
    return json.dumps(body, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "backslashreplace")


@dataclass(slots=True)
class Asked:
    """One request: `path` without `/api/v1`, decoded segments in `names`, whether a valid token came with it."""

    method: str
    path: str
    query: Mapping[str, Sequence[str]]
    signed_in: bool
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


Handler = Callable[[Asked], Any]


class Api:
    """Answers requests out of a world."""

    def __init__(self, world: World, token: str) -> None:
        self.world, self._token = world, token
        self._lists: dict[tuple[str, int], bytes] = {}

    @cached_property
    def _routes(self) -> tuple[tuple[str, re.Pattern[str], bool, Handler], ...]:
        """Method, path, whether it needs a token, and what answers. Fixed words come before names."""
        table: tuple[tuple[str, str, bool, Handler], ...] = (
            ("GET", "/health", False, self._health),
            ("GET", "/me", True, self._me),
            ("GET", "/me/deployments", True, self._my_deployments),
            (
                "GET",
                "/accounts/*",
                False,
                lambda asked: answers.profile(self.world, self._account(asked.names[0])),
            ),
            ("GET", "/agents", False, self._catalogue),
            ("GET", "/agents/*", False, self._agents),
            ("GET", "/agents/*/*", False, self._agent),
            ("GET", "/agents/*/*/deployment", True, self._active),
            ("GET", "/agents/*/*/deployment/history", True, self._history),
            ("POST", "/agents/*/*/deployment-template", True, self._template),
            ("GET", "/deployments", True, self._deployments),
            ("GET", "/deployments/count", True, self._count),
            ("GET", "/deployments/summary", True, self._summary),
            (
                "GET",
                "/deployments/*",
                True,
                lambda asked: answers.record(self.world, self._deployment(asked)),
            ),
            (
                "GET",
                "/deployments/*/status",
                True,
                lambda asked: answers.status(self.world, self._deployment(asked)),
            ),
            (
                "GET",
                "/deployments/*/runtime",
                True,
                lambda asked: observed.runtime(self.world, self._deployment(asked)),
            ),
            (
                "GET",
                "/deployments/*/events",
                True,
                lambda asked: observed.events(self.world, self._deployment(asked)),
            ),
            ("GET", "/deployments/*/alerts", True, self._alerts),
            ("GET", "/deployments/*/capabilities", True, self._capabilities),
            ("GET", "/deployments/*/logs", True, self._logs),
        )
        return tuple(
            (method, re.compile(path.replace("*", "([^/]+)")), token, way)
            for method, path, token, way in table
        )

    def reply(self, method: str, target: str, authorization: str | None, body: bytes = b"") -> Reply:
        """Return the answer to one request; `target` is path and query as they came."""
        path, _, query = target.partition("?")
        signed_in = authorization == f"Bearer {self._token}"
        asked = Asked(
            method, path.removeprefix(PREFIX), parse_qs(query, keep_blank_values=True), signed_in, body
        )
        try:
            answer = self._route(asked, known=path.startswith(PREFIX + "/"))
        except Refused as refused:
            return refused.reply
        if isinstance(answer, Reply):
            return answer
        return Reply(200, answer if isinstance(answer, bytes) else encode(answer))

    def _route(self, asked: Asked, *, known: bool) -> Any:
        allowed: list[str] = []
        for method, pattern, needs_token, handler in self._routes if known else ():
            match = pattern.fullmatch(asked.path)
            if not match:
                continue
            if method != asked.method:
                allowed.append(method)
                continue
            if needs_token and not asked.signed_in:
                raise Refused(401, "unauthorized", error_description="Authentication required")
            asked.names = tuple(unquote(name) for name in match.groups())
            return handler(asked)
        if allowed:
            return Reply(405, encode({"error": "method not allowed"}), (("Allow", ", ".join(allowed)),))
        raise Refused(404, "not found")

    # Who may see what

    def _account(self, name: str) -> Account:
        account = self.world.accounts.get(name)
        if account is None:
            raise Refused(404, "account not found")
        return account

    def _own(self, name: str) -> Account:
        account = self._account(name)
        if not account.member:
            raise Refused(403, "insufficient permissions")
        return account

    def _deployment(self, asked: Asked) -> Deployment:
        """Return the deployment of the path; unknown ids are 403 on today's server (contract §4)."""
        deployment = self.world.by_id.get(asked.names[0])
        if deployment is None:
            raise Refused(403, "deployment not found")
        self._own(deployment.account)
        return deployment

    # System, accounts, blueprints

    def _health(self, _asked: Asked) -> Json:
        return {"status": "ok", "timestamp": timestamp(self.world.now())}

    def _me(self, _asked: Asked) -> Json:
        mine = [answers.membership(self.world, each) for each in self.world.cast.accounts if each.member]
        return {"user": {"id": _USER}, "accounts": mine}

    def _catalogue(self, asked: Asked) -> Json:
        if "visibility" in asked.query:
            raise Refused(400, "visibility filter is not supported on the public catalogue")
        return self._page(asked, [each for each in self.world.cast.blueprints if each.visibility == "public"])

    def _agents(self, asked: Asked) -> Json:
        account = self._account(asked.names[0])
        wanted, inside = asked.one("visibility"), asked.signed_in and account.member
        if wanted not in ("", "public", "private"):
            raise Refused(400, "visibility must be public or private")
        seen = [each for each in self.world.cast.blueprints if each.account == account.name]
        return self._page(
            asked,
            [
                each
                for each in seen
                if (inside or each.visibility == "public") and wanted in ("", each.visibility)
            ],
        )

    def _page(self, asked: Asked, found: list[Blueprint]) -> Json:
        limit, offset = asked.number("limit", 50, 100) or 50, asked.number("offset", 0)
        if offset > 10_000:
            raise Refused(400, "offset must not exceed 10000")
        text, tag = asked.one("q").lower(), asked.one("tag")
        found = [
            each
            for each in found
            if text in f"{each.account}/{each.name} {each.summary}".lower() and (not tag or tag in each.tags)
        ]
        newest = asked.one("sort", "newest") == "newest"
        found.sort(key=lambda each: (each.age if newest else 0, each.name, each.account))
        shown = [answers.agent(self.world, each) for each in found[offset : offset + limit]]
        more = offset + limit < len(found)
        return {"agents": shown, "count": len(found), "limit": limit, "offset": offset, "has_more": more}

    def _agent(self, asked: Asked) -> Json:
        account = self._account(asked.names[0])
        for blueprint in self.world.cast.blueprints:
            visible = blueprint.visibility == "public" or (asked.signed_in and account.member)
            if (blueprint.account, blueprint.name) == asked.names and visible:
                return answers.agent(self.world, blueprint)
        raise Refused(404, "agent not found")

    # Deployments by blueprint

    def _active(self, asked: Asked) -> Json:
        active = self.world.active(self._own(asked.names[0]).name, asked.names[1])
        if active is None:
            raise Refused(404, "no active deployment found")
        return answers.active_record(self.world, active)

    def _history(self, asked: Asked) -> Json:
        account, name = self._own(asked.names[0]).name, asked.names[1]
        only = asked.one("deployment_id")
        found = [
            each for each in self.world.by_account[account] if each.name == name and only in ("", each.id)
        ]
        if not found and not any(
            (each.account, each.name) == (account, name) for each in self.world.cast.blueprints
        ):
            raise Refused(404, "agent not found")
        return answers.history(self.world, found)

    def _template(self, asked: Asked) -> Json:
        if asked.names[0] not in self.world.accounts:
            raise Refused(404, "account not found", error_code="account_not_found")
        account, name = self._own(asked.names[0]).name, asked.names[1]
        try:
            wanted = json.loads(asked.body or b"{}")
        except ValueError:
            raise Refused(400, "invalid request body") from None
        if not isinstance(wanted, dict):
            raise Refused(400, "invalid request body")
        known = [each for each in self.world.by_account[account] if each.name == name]
        if not known:
            raise Refused(404, "blueprint not found", error_code="blueprint_not_found")
        ident, revision = wanted.get("deployment_id"), wanted.get("revision", 0)
        deployment = next((each for each in known if ident in (None, "", each.id)), None)
        if deployment is None:
            raise Refused(403, "deployment not found")
        if not isinstance(revision, int) or not 0 <= revision <= deployment.revisions:
            raise Refused(
                404, "build not found", error_code="build_not_found", details=f"no revision {revision!r:.40}"
            )
        return answers.template(deployment, revision)

    # Lists

    def _deployments(self, asked: Asked) -> Json | bytes:
        builds = {build for value in asked.query.get("build_id", ()) for build in value.split(",") if build}
        name = asked.one("account")
        if not name and not builds:
            raise Refused(400, "build_id query parameter is required when account is omitted")
        if len(builds) > 200:
            raise Refused(400, "too many build ids (at most 200)")
        names = (
            [self._own(name).name]
            if name
            else [each.name for each in self.world.cast.accounts if each.member]
        )
        if not builds:
            return self._list(names[0])
        rows = [
            answers.row(self.world, each)
            for owner in names
            for each in self.world.by_account[owner]
            if each.build in builds
        ]
        return {"deployments": rows, "count": len(rows)}

    def _list(self, account: str) -> bytes:
        """Return the encoded list of an account, made once for each stage of life."""
        key = account, self.world.stage()
        if key not in self._lists:
            rows = [answers.row(self.world, each) for each in self.world.by_account[account]]
            self._lists[key] = encode({"deployments": rows, "count": len(rows)})
        return self._lists[key]

    def prepare(self, account: str) -> None:
        """Make the long list of an account ahead of the first request."""
        self._list(account)

    def _count(self, asked: Asked) -> Json:
        if not asked.one("account"):
            raise Refused(400, "account query parameter is required")
        return {"count": len(self.world.by_account[self._own(asked.one("account")).name])}

    def _summary(self, _asked: Asked) -> Json:
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
                        for each in self.world.by_account[account.name]
                    ],
                }
                for account in self.world.cast.accounts
                if account.member
            ]
        }

    def _my_deployments(self, asked: Asked) -> Reply:
        """Answer page by page; the cursor is opaque to clients and holds where the next page begins."""
        names, everything = asked.query.get("account", ()), asked.one("scope") == "all"
        if bool(names) == everything:
            raise Refused(400, "exactly one of account and scope=all is required")
        if "offset" in asked.query:
            raise Refused(400, "offset is not supported, use cursor")
        accounts = self.world.accounts
        mine = [each.name for each in accounts.values() if each.member and (everything or each.name in names)]
        text, limit, begin = (
            asked.one("q").lower(),
            asked.number("limit", 50, 100) or 50,
            _read_cursor(asked.one("cursor")),
        )
        found = [
            each
            for name in mine
            for each in self.world.by_account[name]
            if text in f"{each.name} {each.display_name}".lower()
        ]
        page: Json = {"limit": limit}
        if begin + limit < len(found):
            page["next_cursor"] = base64.urlsafe_b64encode(f"after:{begin + limit}".encode()).decode()
        rows = [
            answers.row(self.world, each) | {"access_ready": True} for each in found[begin : begin + limit]
        ]
        body: Json = {"deployments": rows, "page": page, "scope": {"accounts": mine, "all": everything}}
        rejected = [name for name in names if name not in mine]
        if rejected:
            body["rejected_accounts"] = rejected
        headers = (
            ("Cache-Control", "private, no-store"),
            ("X-Astro-Cache", "miss"),
            ("Server-Timing", "db;dur=3.1"),
        )
        return Reply(200, encode(body), headers)

    # One deployment

    def _alerts(self, asked: Asked) -> Json:
        return observed.alerts(self.world, self._deployment(asked), asked.one("workload"))

    def _capabilities(self, asked: Asked) -> Json:
        deployment = self._deployment(asked)
        actions = {f"deployment:{action}": deployment.operable or action == "read" for action in _ACTIONS}
        return {"deployment_id": deployment.id, "mode": "account", "actions": actions}

    def _logs(self, asked: Asked) -> list[Json]:
        deployment, workload = self._deployment(asked), asked.one("workload")
        if not _WORKLOAD_NAME.fullmatch(workload):
            raise Refused(400, f'invalid workload name "{workload[:80]}"')
        if not any(each["name"] == workload for each in workloads_of(deployment)):
            return []
        return logs.lines(
            self.world, deployment, workload,
            tail=asked.number("tailLines", 200) or 200, since=asked.one("since"), until=asked.one("until"),
            backward=asked.one("direction") == "backward", level=asked.one("level"),
        )  # fmt: skip


def _read_cursor(text: str) -> int:
    if not text:
        return 0
    try:
        word, _, number = base64.b64decode(text, b"-_", validate=True).decode("ascii").partition(":")
    except (binascii.Error, ValueError):
        word, number = "", ""
    if word != "after" or not number.isdecimal() or len(number) > 9:
        raise Refused(400, "invalid cursor")
    return int(number)
