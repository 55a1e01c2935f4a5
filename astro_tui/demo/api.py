"""The demo's endpoints and their responses (platform.md §4 to §10)."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime
from email.utils import format_datetime
from typing import Any
from urllib.parse import parse_qs, unquote

from astro_tui.demo import bodies
from astro_tui.demo.accounts import AccountEndpoints, ListEndpoints
from astro_tui.demo.audit import AuditEndpoints
from astro_tui.demo.blueprints import BlueprintEndpoints
from astro_tui.demo.builds import BuildEndpoints
from astro_tui.demo.chat import ChatEndpoints
from astro_tui.demo.cluster import ClusterEndpoints
from astro_tui.demo.deploys import DeployEndpoints
from astro_tui.demo.entities import Json
from astro_tui.demo.faults import Fault
from astro_tui.demo.log_endpoints import LogEndpoints
from astro_tui.demo.money import MoneyEndpoints
from astro_tui.demo.numbers import NumberEndpoints
from astro_tui.demo.operations import OperationEndpoints
from astro_tui.demo.request import EVERY, Access, ApiRequest, Reply, ResponseError, encode
from astro_tui.demo.templates import TemplateEndpoints
from astro_tui.demo.traces import TraceEndpoints
from astro_tui.demo.volume import Volume
from astro_tui.demo.world import World, timestamp
from astro_tui.runtime import made_once

PREFIX = "/api/v1"

ApiHandler = Callable[[ApiRequest], Any]


def _pattern(path: str) -> re.Pattern[str]:
    """Return the pattern of a path: `*` is one part, and `**` at the end all others."""
    return re.compile(path.replace("/**", "/(.+)").replace("*", "([^/]+)"))


class Api(Access):
    """Handles requests, using the data of a world."""

    def __init__(
        self,
        world: World,
        token: str,
        claims: Callable[[str, datetime], Json | None] | None = None,
        *,
        heartbeat: float = 5.0,
        volume: Volume | None = None,
        sidecar: str = "",
    ) -> None:
        """`token` is always valid. `claims` reads the access tokens of an identity provider, if one is used."""
        super().__init__(world)
        self._token, self._claims = token, claims
        self._blueprints, self._lists = BlueprintEndpoints(world), ListEndpoints(world)
        self._accounts, self._templates = AccountEndpoints(world), TemplateEndpoints(world)
        self._operations, self._logs = OperationEndpoints(world), LogEndpoints(world, heartbeat, volume)
        self._deploys, self._chat = DeployEndpoints(world, self._accounts), ChatEndpoints(world, heartbeat, sidecar)

    def prepare(self, account: str) -> None:
        """Encode the long list of an account before the first request."""
        self._lists.prepare(account)

    @made_once
    def _routes(self) -> tuple[tuple[str, re.Pattern[str], bool, ApiHandler], ...]:
        """Method, path, whether it needs a token, and handler. Fixed words come before names."""
        reading = (ClusterEndpoints, NumberEndpoints, TraceEndpoints, MoneyEndpoints, AuditEndpoints)
        table: tuple[tuple[str, str, bool, ApiHandler], ...] = (
            ("GET", "/health", False, self._health),
            ("GET", "/me", True, self._accounts.me),
            ("GET", "/accounts/*", False, self._accounts.profile),
            ("GET", "/accounts/*/members", True, self._accounts.members),
            ("GET", "/accounts/*/variables", True, self._accounts.variables),
            ("GET", "/accounts/*/variables/*", True, self._accounts.variable),
            ("POST", "/accounts/*/variables", True, self._accounts.create),
            ("PUT", "/accounts/*/variables/*", True, self._accounts.update),
            ("DELETE", "/accounts/*/variables/*", True, self._accounts.delete),
            ("GET", "/agents", False, self._blueprints.catalog),
            ("GET", "/agents/*", False, self._blueprints.of_account),
            ("GET", "/agents/*/*", False, self._blueprints.blueprint),
            ("GET", "/agents/*/*/deployment", True, self._active),
            ("GET", "/agents/*/*/deployment/history", True, self._history),
            ("POST", "/agents/*/*/deployment-template", True, self._templates.template),
            ("GET", "/deployments", True, self._lists.deployments),
            ("GET", "/deployments/summary", True, self._lists.summary),
            *(("GET", path, True, read) for endpoints in reading for path, read in endpoints(self.world).routes()),
            ("GET", "/deployments/*/logs", True, self._logs.lines),
            ("GET", "/deployments/*/logs/stream", True, self._logs.stream),
            ("POST", "/deployments/*/stop", True, self._operations.stop),
            ("POST", "/deployments/*/wakeup", True, self._operations.wakeup),
            ("POST", "/deployments/*/cancel", True, self._operations.cancel),
            ("POST", "/deployments/*/rollback", True, self._operations.rollback),
            ("POST", "/deployments/*/restart", True, self._operations.restart),
            ("POST", "/deployments/*/pods/*/restart", True, self._operations.restart_pod),
            ("POST", "/deployments/*/ingestion/*/trigger", True, self._operations.trigger),
            ("PATCH", "/deployments/*", True, self._operations.rename),
            ("POST", "/undeploy", True, self._operations.undeploy),
            ("POST", "/deploy", True, self._deploys.deploy),
            ("POST", "/deploy/validate", True, self._deploys.validate),
            *((method, path, True, way) for method, path, way in BuildEndpoints(self.world).routes()),
            *((method, path, True, way) for method, path, way in self._chat.routes()),
        )
        return tuple((method, _pattern(path), token, way) for method, path, token, way in table)

    def reply(
        self, method: str, target: str, headers: Mapping[str, str], body: bytes = b"", fault: Fault | None = None
    ) -> Reply:
        """Return the response to one request; `target` is path and query as sent."""
        path, _, query = target.partition("?")
        signed_in, organization = self._who(headers.get("Authorization", ""))
        values = parse_qs(query, keep_blank_values=True)
        request = ApiRequest(
            method, path.removeprefix(PREFIX), values, signed_in, organization, body, (), fault, headers
        )
        response = self._respond(request, exists=path.startswith(PREFIX + "/"))
        return replace(response, headers=(*response.headers, *self._date()))

    def _date(self) -> tuple[tuple[str, str], ...]:
        """Return the header with the world's time, or none if the clock is broken."""
        try:
            return (("Date", format_datetime(self.world.time(), usegmt=True)),)
        except Exception:  # noqa: BLE001  the response reports it
            return ()

    def _respond(self, request: ApiRequest, *, exists: bool) -> Reply:
        try:
            response = self._route(request, exists=exists)
        except ResponseError as refused:
            return refused.reply
        except Exception:  # noqa: BLE001  as the platform after a panic (platform.md §4)
            return Reply(500, encode({"error": "Internal server error"}))
        if isinstance(response, Reply):
            return response
        return Reply(200, response if isinstance(response, bytes) else encode(response))

    def _who(self, authorization: str) -> tuple[bool, str]:
        """Return whether the token is valid, and which organization it is for."""
        if authorization == f"Bearer {self._token}":
            return True, EVERY
        claims = None
        if self._claims and authorization.startswith("Bearer "):
            claims = self._claims(authorization.removeprefix("Bearer "), self.world.time())
        return claims is not None, str((claims or {}).get("org_id", ""))

    def _route(self, request: ApiRequest, *, exists: bool) -> Any:
        allowed: list[str] = []
        for method, pattern, needs_token, handler in self._routes if exists else ():
            match = pattern.fullmatch(request.path)
            if not match:
                continue
            if method != request.method:
                allowed.append(method)
                continue
            if needs_token and not request.signed_in:
                raise ResponseError(401, "unauthorized", error_description="Authentication required")
            request.names = tuple(unquote(name) for name in match.groups())
            return handler(request)
        if allowed:
            return Reply(405, encode({"error": "method not allowed"}), (("Allow", ", ".join(allowed)),))
        raise ResponseError(404, "not found")

    # System

    def _health(self, _request: ApiRequest) -> Json:
        return {"status": "ok", "timestamp": timestamp(self.world.now())}

    # Deployments by blueprint

    def _active(self, request: ApiRequest) -> Json:
        active = self.world.active(self.own(request.names[0], request).name, request.names[1])
        if active is None:
            raise ResponseError(404, "no active deployment found")
        return bodies.active_record(self.world, active)

    def _history(self, request: ApiRequest) -> Json:
        account, name = self.own(request.names[0], request).name, request.names[1]
        only = request.one("deployment_id")
        deployments = [each for each in self.world.by_account[account] if each.name == name and only in ("", each.id)]
        if not deployments and not any(
            (each.account, each.name) == (account, name) for each in self.world.contents.blueprints
        ):
            raise ResponseError(404, "agent not found")
        return bodies.history(self.world, deployments)
