"""The platform's API: one method per endpoint (platform.md §6). No method changes anything."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from astro_tui.errors import ConfigError, PlatformError
from astro_tui.platform.client import address
from astro_tui.platform.client.call import Call, FixedToken, Limits, Response, Timeouts, TokenSource
from astro_tui.platform.client.decode import (
    checked,
    entries,
    items,
    members_of,
    mismatch,
    odd_shape,
    parts,
    plain,
    row,
    short_value_of,
    shortened,
    taken_apart,
    value_of,
)
from astro_tui.platform.client.organizations import Organizations
from astro_tui.platform.client.transport import Transport
from astro_tui.platform.servers import API_ROOT, server_origin

if TYPE_CHECKING:
    from msgspec import Raw

    from astro_tui.platform import models
    from astro_tui.platform.client.probe import Probe
    from astro_tui.platform.deployment_rows import Deployment, DeploymentList

_TIMEOUTS = Timeouts()
_LIMITS = Limits()
MOST_REVISIONS = 5_000
"""The most revisions kept from a history."""


class Platform:
    """A server of the platform and, with a token, one user's view of it. Safe to use from many threads.

    Creating one is cheap: nothing is connected or loaded before the first request. Every method blocks, can be
    canceled through `call`, and raises only PlatformError. With `response`, from an earlier `fetch` of the same
    endpoint, it sends no request and only decodes that.
    """

    def __init__(
        self,
        server: str,
        token: str | TokenSource | None = None,
        *,
        allow_insecure: bool = False,
        timeouts: Timeouts = _TIMEOUTS,
        limits: Limits = _LIMITS,
    ) -> None:
        """Take the server's origin, such as `https://astropods.com`, and a token or a source of tokens.

        Raises ConfigError if one of them is invalid.
        """
        if isinstance(token, str) and not (token.isascii() and token.isprintable() and " " not in token):
            raise ConfigError("the token contains invalid characters (a line break or a space?)")
        self.tokens: TokenSource = FixedToken(token) if token is None or isinstance(token, str) else token
        self._origin = server_origin(server, allow_insecure=allow_insecure)
        self._depth = limits.depth
        self._organizations = Organizations()
        self._transport = Transport(
            self._origin,
            self.tokens,
            allow_insecure=allow_insecure,
            timeouts=timeouts,
            limits=limits,
            organization=self._organization_of,
        )

    def __repr__(self) -> str:
        return f"<Platform {self._origin}>"

    @property
    def signed_in(self) -> bool:
        """Whether a login seems to be stored. It may have expired."""
        return self.tokens.present

    @property
    def server(self) -> str:
        """The server's origin as text."""
        return str(self._origin)

    def url(self, endpoint: str) -> str:
        """Return the full address of an endpoint, for people to copy."""
        return f"{self._origin}{API_ROOT}{endpoint}"

    def close(self) -> None:
        """Cancel all requests, from any thread. Later ones raise PlatformError of kind CANCELLED."""
        self._transport.close()

    def prepare(self) -> None:
        """Load the modules for the first request now, for callers that must not hold the GIL later."""
        self._transport.prepare()

    def fetch(self, endpoint: str, *, call: Call | None = None) -> Response:
        """Return the raw response of an endpoint, which comes from a `…_endpoint` method."""
        return self._transport.get(endpoint, call or Call())

    def probe(self, endpoint: str, *, call: Call | None = None) -> Probe:
        """Send one request without a token and return how it went. Never raises; for diagnosis."""
        return self._transport.probe(endpoint, call or Call())

    # ---- endpoints, for `fetch` ----

    me_endpoint = staticmethod(address.me)
    health_endpoint = staticmethod(address.health)
    deployments_endpoint = staticmethod(address.deployments)
    deployment_endpoint = staticmethod(address.deployment)
    status_endpoint = staticmethod(address.status)
    active_deployment_endpoint = staticmethod(address.active_deployment)
    history_endpoint = staticmethod(address.history)
    catalog_endpoint = staticmethod(address.catalog)
    agent_endpoint = staticmethod(address.agent)

    # ---- records ----

    def health(self, *, call: Call | None = None, response: Response | None = None) -> models.Health:
        """Return whether the server is up. Requires no token."""
        response = response or self.fetch(address.health(), call=call)
        value = self._object(response, "status")
        from astro_tui.platform.models import Health

        return Health.model_validate(value)

    def me(self, *, call: Call | None = None, response: Response | None = None) -> models.Me:
        """Return the signed-in user and the accounts (platform.md §7)."""
        response = response or self.fetch(address.me(), call=call)
        value = self._object(response, "accounts", "user")
        from astro_tui.platform.models import Me

        found = Me.model_validate(value)
        self._organizations.learn((account.name, account.workos_org_id) for account in found.accounts)
        return found

    def deployments(
        self,
        account: str,
        *,
        call: Call | None = None,
        response: Response | None = None,
        known: Mapping[str, Deployment] = {},
    ) -> DeploymentList:
        """Return the deployments of an account (platform.md §8.1), last deployed first.

        `known` maps ids to rows already at hand; a row that has not changed is taken from there.
        """
        response = response or self.fetch(address.deployments(account), call=call)
        from astro_tui.platform.deployment_rows import read_exactly, read_tolerantly

        exact = read_exactly(checked(response, self._depth), known)
        return exact if exact is not None else read_tolerantly(self._rows(response, "deployments"))

    def overview(self, *, call: Call | None = None) -> tuple[models.OverviewAccount, ...]:
        """Return the states of all deployments of every account of the user (platform.md §8.2)."""
        rows = self._rows(self.fetch(address.overview(), call=call), "accounts")
        from astro_tui.platform.models import OverviewAccount

        return OverviewAccount.each(rows)[0]

    def deployment(
        self, deployment_id: str, *, call: Call | None = None, response: Response | None = None
    ) -> models.DeploymentDetail:
        """Return the record of a deployment, without spec and live data (platform.md §8.3).

        Raises ODD_SHAPE if the record belongs to another deployment.
        """
        response = response or self.fetch(address.deployment(deployment_id), call=call)
        value = self._object(response, "deployment", "id")
        record = value.get("deployment", value)
        if not isinstance(record, dict):
            raise odd_shape(response, "a deployment's record", record)
        from astro_tui.platform.models import DeploymentDetail

        found = DeploymentDetail.model_validate(record)
        if found.id not in ("", deployment_id):
            raise mismatch(response, "deployment", found.id)
        return found

    def status(
        self, deployment_id: str, *, call: Call | None = None, response: Response | None = None
    ) -> models.StatusReport:
        """Return the state of a deployment with its reasons (platform.md §8.4)."""
        response = response or self.fetch(address.status(deployment_id), call=call)
        value = self._object(response, "value", "reason", "details")
        from astro_tui.platform.models import StatusReport

        return StatusReport.model_validate(value)

    def active_deployment(
        self, account: str, name: str, *, call: Call | None = None, response: Response | None = None
    ) -> models.ActiveDeployment:
        """Return the newest active deployment of a blueprint, with its spec as sent (platform.md §8.7).

        It may not be the deployment that the user selected: compare ids. Raises NOT_FOUND if none is active.
        """
        response = response or self.fetch(address.active_deployment(account, name), call=call)
        members = members_of(response, self._depth)
        if not members.keys() & {"id", "spec", "build_id"}:
            raise odd_shape(response, "a deployment's record with id and spec", members)
        from astro_tui.platform.models import ActiveDeployment

        return ActiveDeployment.of_members(members)

    def history(
        self,
        account: str,
        name: str,
        deployment_id: str | None = None,
        *,
        call: Call | None = None,
        response: Response | None = None,
    ) -> models.History:
        """Return the latest revisions, newest first (platform.md §8.7), at most `MOST_REVISIONS`.

        Specs are the exact bytes sent, currently `{}`.
        """
        response = response or self.fetch(address.history(account, name, deployment_id), call=call)
        members, response = taken_apart(response, self._depth)
        raw = self._raw_rows(response, members, "deployments")
        from astro_tui.platform.models import History, Revision

        records, odd = Revision.each([row(entry, "spec") for entry in raw[:MOST_REVISIONS]])
        return History(rows=records, odd=odd, older=max(0, len(raw) - MOST_REVISIONS))

    def template(
        self, account: str, name: str, deployment_id: str, revision: int, *, call: Call | None = None
    ) -> bytes:
        """Return the spec of one revision as the platform regenerates it (platform.md §8.7), as the exact bytes sent.

        It may differ slightly from what ran. This is the only POST. It changes nothing and is never retried. Raises
        NOT_FOUND for an unknown revision.
        """
        import json

        wanted = {"deployment_id": deployment_id, "revision": revision, "finalize": False}
        endpoint = address.template(account, name)
        response = self._transport.post(endpoint, json.dumps(wanted).encode(), call or Call())
        found = members_of(response, self._depth)
        spec = found.get("template", b"null")
        if spec.strip() == b"null":
            raise odd_shape(response, "a regenerated spec as template", found)
        return spec

    def catalog(
        self,
        query: str = "",
        offset: int = 0,
        limit: int = 100,
        *,
        tag: str = "",
        sort: str = "",
        account: str = "",
        call: Call | None = None,
        response: Response | None = None,
    ) -> models.AgentPage:
        """Return one page of the public catalog, or of an account's blueprints (platform.md §7).

        Neither requires a token, but only members of an account get its private blueprints. `sort` is `name`,
        `newest`, or empty. Raises NOT_FOUND for an unknown account.
        """
        endpoint = address.catalog(query, offset, limit, tag=tag, sort=sort, account=account)
        response = response or self.fetch(endpoint, call=call)
        members, response = taken_apart(response, self._depth)
        raw = self._raw_rows(response, members, "agents", items)
        from astro_tui.platform.models import Agent, AgentPage

        records, odd = Agent.each([_blueprint(entry) for entry in raw])
        numbers = {key: plain(members[key]) for key in ("count", "limit", "offset", "has_more") if key in members}
        return AgentPage(rows=records, odd=odd, **numbers)

    def agent(
        self, account: str, name: str, *, call: Call | None = None, response: Response | None = None
    ) -> models.Agent:
        """Return one blueprint and its builds (platform.md §7). Raises ODD_SHAPE if it is another one."""
        response = response or self.fetch(address.agent(account, name), call=call)
        members, response = taken_apart(response, self._depth)
        blueprint = _blueprint(members.get("agent", b"null")) or _blueprint_of(_views(members))
        if "name" not in blueprint:
            raise odd_shape(response, "a blueprint with name and versions", members)
        from astro_tui.platform.models import Agent

        found = Agent.model_validate(blueprint)
        full_name = f"{found.account or account}/{found.name or name}"
        if full_name.casefold() != f"{account}/{name}".casefold():
            raise mismatch(response, "blueprint", full_name)
        return found

    def _organization_of(self, endpoint: str, call: Call, ask: bool) -> str:
        """Return the id of the organization whose account an endpoint is about (platform.md §2.5)."""
        account = self._organizations.account(endpoint)
        if ask and account and not self._organizations.knows(account):
            with suppress(PlatformError):
                self.me(call=call)
        return self._organizations.of(account)

    # ---- shapes ----

    def _object(self, response: Response, *keys: str) -> dict[str, Any]:
        """Return the response's object, with long texts cut.

        Raises PlatformError if it is not an object or has none of the keys.
        """
        value = short_value_of(response, self._depth)
        if not isinstance(value, dict) or not value.keys() & set(keys):
            raise odd_shape(response, f"an object with {' and '.join(keys)}", value)
        return value

    def _rows(self, response: Response, key: str) -> list[Any]:
        """Return the list under `key`. Null is an empty list. A response that is a list counts as the rows."""
        value = value_of(response, self._depth)
        if isinstance(value, list):
            if any(isinstance(entry, dict) and key in entry for entry in value):
                raise odd_shape(response, f"one object with {key}", value)
            return value
        rows = value.get(key) if isinstance(value, dict) else None
        if isinstance(rows, list):
            return rows
        if isinstance(value, dict) and rows is None and (key in value or value.get("count") == 0):
            return []
        raise odd_shape(response, f"a list of {key}", value if rows is None else rows)

    def _raw_rows(
        self,
        response: Response,
        members: dict[str, bytes],
        key: str,
        read: Callable[[bytes], Sequence[bytes | Raw]] = entries,
    ) -> Sequence[bytes | Raw]:
        """Like `_rows`, with each entry as raw JSON."""
        raw = members.get(key, b"null" if members.get("count", b"").strip() == b"0" else b"")
        rows = read(raw)
        if not rows and raw.strip() != b"null" and not raw.lstrip().startswith(b"["):
            raise odd_shape(response, f"a list of {key}", plain(raw) if raw else members)
        return rows


def _views(members: Mapping[str, bytes]) -> dict[str, Raw]:
    from msgspec import Raw

    return {key: Raw(value) for key, value in members.items()}


def _blueprint(raw: bytes | Raw) -> dict[str, Any] | None:
    found = parts(raw)
    return None if found is None else _blueprint_of(found)


def _blueprint_of(found: Mapping[str, Raw]) -> dict[str, Any]:
    """Return a decoded blueprint in which the specs of its versions are the exact bytes sent."""
    return {
        key: [row(entry, "spec") for entry in items(value)] if key == "versions" else shortened(plain(value))
        for key, value in found.items()
    }
