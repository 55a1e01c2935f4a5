"""The platform's API: one method per endpoint (platform.md §6). Only `change` changes anything, with a permit."""

from __future__ import annotations

from codecs import BOM_UTF8
from collections.abc import Callable, Mapping
from contextlib import suppress
from datetime import datetime
from math import ceil
from operator import attrgetter
from typing import TYPE_CHECKING, Any

from astro_tui.errors import ConfigError, ErrorKind, PlatformError
from astro_tui.platform.client import address
from astro_tui.platform.client.call import Call, FixedToken, Limits, Response, SentRequest, Timeouts, TokenSource
from astro_tui.platform.client.decode import (
    LONGEST_MESSAGE,
    checked,
    entries,
    items,
    members,
    members_of,
    mismatch,
    odd_shape,
    plain,
    row,
    short_value_of,
    shortened,
    taken_apart,
    value_of,
)
from astro_tui.platform.client.names import UserNames
from astro_tui.platform.client.organizations import Organizations
from astro_tui.platform.client.shapes import blueprint_at, blueprint_of, object_of, raw_rows, rows_of
from astro_tui.platform.servers import API_ROOT, server_origin
from astro_tui.runtime import made_once
from astro_tui.text.times import rfc3339, stamp

if TYPE_CHECKING:
    from astro_tui.platform import models
    from astro_tui.platform.client.log_entries import LogEntry
    from astro_tui.platform.client.permit import Permit
    from astro_tui.platform.client.probe import Probe
    from astro_tui.platform.client.transport import Transport
    from astro_tui.platform.deployment_rows import DeploymentList, RowAtHand
    from astro_tui.platform.observations import Observation, TraceQuery

JsonObject = dict[str, Any]
"""A JSON object as it was sent, except that long texts are cut."""
WANTED_POINTS, LEAST_STEP = 200, 15
"""How many points of traffic are requested, and the fewest seconds between two of them that the server accepts."""
LONGEST_SCAN = 130.0
"""Seconds to wait for a search of traces: the server stops after two minutes."""
CHAT_SILENCE = 90.0
"""Seconds of silence, without even a heartbeat, after which the stream of a chat counts as dead."""
_LOST = (ErrorKind.TIMEOUT, ErrorKind.RESET, ErrorKind.CUT_BODY)
_TIMEOUTS = Timeouts()
_LIMITS = Limits()
MOST_REVISIONS = 5_000
"""The most revisions kept from a history."""


def step_of(begin: datetime, end: datetime) -> int:
    """Return the seconds between two points of traffic in a window."""
    return max(LEAST_STEP, ceil((end - begin).total_seconds() / WANTED_POINTS))


def _window(begin: datetime, end: datetime) -> dict[str, str]:
    return {"start": rfc3339(begin, "seconds"), "end": rfc3339(end, "seconds")}


class Platform:
    """A server of the platform and, with a token, one user's view of it. Safe to use from many threads.

    Creating one is cheap: nothing is connected or loaded before the first request. Every method about an endpoint
    blocks, can be canceled through `call`, and raises only PlatformError. With `response`, from an earlier
    `fetch` of the same endpoint, it sends no request and only decodes that.
    """

    def __init__(
        self,
        server: str,
        token: str | TokenSource | None = None,
        *,
        allow_insecure: bool = False,
        read_only: bool = False,
        at_once: int = 0,
        timeouts: Timeouts = _TIMEOUTS,
        limits: Limits = _LIMITS,
    ) -> None:
        """Take the server's origin, such as `https://astropods.com`, and a token or a source of tokens.

        With `read_only`, no request can change anything, not even with a permit. If `at_once` is not 0, at most that
        many requests are in flight. Raises ConfigError for an invalid server or token.
        """
        if isinstance(token, str) and not (token.isascii() and token.isprintable() and " " not in token):
            raise ConfigError("the token contains invalid characters (a line break or a space?)")
        self.tokens: TokenSource = FixedToken(token) if token is None or isinstance(token, str) else token
        """Where the tokens come from."""
        self._former: tuple[str, ...] = ()
        self._origin = server_origin(server, allow_insecure=allow_insecure)
        self._allow_insecure, self._timeouts, self._limits = allow_insecure, timeouts, limits
        self._read_only, self._at_once = read_only, at_once
        self._depth = limits.depth
        self._organizations = Organizations(self._request_organizations)
        self.names = UserNames(self.members)
        """What the users that were looked up in this run are called."""
        self._observer: Callable[[SentRequest], None] = lambda _sent: None

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self._origin}>"

    @property
    def signed_in(self) -> bool:
        """Whether a login seems to be stored. It may have expired."""
        return self.tokens.present

    def fingerprint(self, call: Call | None = None) -> str:
        """Return the fingerprint of the token in use; empty without a token. For worker threads."""
        from astro_tui.text.fingerprint import fingerprint

        token = self.tokens.current(call or Call())
        return fingerprint(token) if token else ""

    def use(self, tokens: TokenSource) -> None:
        """Take the tokens from another source from the next request on."""
        self._former = (*self._former, *self.tokens.hidden())
        self.tokens = tokens
        self.names.clear()

    def hidden(self) -> tuple[str, ...]:
        """Return the tokens that must never be displayed: those of the source, and of the sources before it."""
        return (*self._former, *self.tokens.hidden())

    @property
    def server(self) -> str:
        """The server's origin as text."""
        return str(self._origin)

    def url(self, endpoint: str) -> str:
        """Return the full address of an endpoint, for people to copy."""
        return f"{self._origin}{API_ROOT}{endpoint}"

    def observe(self, observer: Callable[[SentRequest], None]) -> None:
        """Call `observer` with every request that was sent, in the thread that waited for it."""
        self._observer = observer

    def close(self) -> None:
        """Cancel all requests, from any thread. Later ones raise PlatformError of kind CANCELED."""
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

    @made_once
    def _transport(self) -> Transport:
        """Sends the requests. Imported with the first one, because TLS takes a while to load."""
        from astro_tui.platform.client.transport import Transport

        return Transport(
            self._origin,
            lambda: self.tokens,
            allow_insecure=self._allow_insecure,
            timeouts=self._timeouts,
            limits=self._limits,
            organizations=self._organizations,
            observe=self._report,
            read_only=self._read_only,
            at_once=self._at_once,
        )

    def _report(self, sent: SentRequest) -> None:
        self._observer(sent)

    def place(self, account: str, deployment_id: str) -> None:
        """Remember which account a deployment belongs to: requests about it may need the token of its organization."""
        self._organizations.place(account, deployment_id)

    def _object(self, endpoint: str, call: Call | None, *keys: str) -> JsonObject:
        """Return the object that an endpoint sends, with long texts cut; it has at least one of the keys."""
        return object_of(self.fetch(endpoint, call=call), self._depth, *keys)

    def _rows(self, endpoint: str, call: Call | None, key: str) -> list[Any]:
        """Return the list that an endpoint sends, which may be under a key."""
        return rows_of(self.fetch(endpoint, call=call), self._depth, key)

    # ---- endpoints, for `fetch` ----

    me_endpoint = staticmethod(address.me)
    health_endpoint = staticmethod(address.health)
    deployments_endpoint = staticmethod(address.deployments)
    deployment_endpoint = staticmethod(address.deployment)
    blueprint_endpoint = staticmethod(address.blueprint)

    # ---- records ----

    def health(self, *, call: Call | None = None, response: Response | None = None) -> models.HealthResponse:
        """Return whether the server is up. Requires no token."""
        response = response or self.fetch(address.health(), call=call)
        value = object_of(response, self._depth, "status")
        from astro_tui.platform.models import HealthResponse

        return HealthResponse.model_validate(value)

    def me(self, *, call: Call | None = None, response: Response | None = None) -> models.Me:
        """Return the signed-in user and the accounts (platform.md §7)."""
        response = response or self.fetch(address.me(), call=call)
        value = object_of(response, self._depth, "accounts", "user")
        from astro_tui.platform.models import Me

        me = Me.model_validate(value)
        self._organizations.learn((account.name, account.workos_org_id) for account in me.accounts)
        return me

    def deployments(
        self,
        account: str,
        *,
        call: Call | None = None,
        response: Response | None = None,
        cached: RowAtHand | None = None,
    ) -> DeploymentList:
        """Return the deployments of an account (platform.md §8.1), last deployed first.

        `cached` returns the row in memory with an id; that row is reused if it has not changed.
        """
        response = response or self.fetch(address.deployments(account), call=call)
        from astro_tui.platform.deployment_rows import read_exactly, read_tolerantly

        deployments = read_exactly(checked(response, self._depth), cached, account)
        if deployments is None:
            deployments = read_tolerantly(rows_of(response, self._depth, "deployments"), account)
        for each in deployments.rows:
            self.place(account, each.id)
        return deployments

    def overview(self, *, call: Call | None = None) -> tuple[models.OverviewAccount, ...]:
        """Return the states of all deployments of every account of the user (platform.md §8.2)."""
        rows = self._rows(address.overview(), call, "accounts")
        from astro_tui.platform.models import OverviewAccount

        return OverviewAccount.each(rows)[0]

    def members(self, account: str, *, call: Call | None = None) -> tuple[models.Member, ...]:
        """Return the people of an account (platform.md §7)."""
        rows = self._rows(address.members(account), call, "members")
        from astro_tui.platform.models import Member

        return Member.each(rows)[0]

    def deployment(self, deployment_id: str, *, call: Call | None = None) -> models.DeploymentDetail:
        """Return the record of a deployment, without spec and live data (platform.md §8.3)."""
        body = self.deployment_body(deployment_id, call=call)
        from astro_tui.platform.models import DeploymentDetail

        return DeploymentDetail.model_validate(body)

    def active_deployment(self, account: str, name: str, *, call: Call | None = None) -> models.ActiveDeployment:
        """Return the newest active deployment of a blueprint, with its spec as sent (platform.md §8.7).

        It may not be the deployment that the user selected: compare ids. Raises NOT_FOUND if none is active.
        """
        response = self.fetch(address.active_deployment(account, name), call=call)
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
    ) -> models.RevisionHistory:
        """Return the latest revisions, newest first (platform.md §8.7), at most `MOST_REVISIONS`.

        Specs are the exact bytes sent, currently `{}`.
        """
        members, response = taken_apart(
            self.fetch(address.history(account, name, deployment_id), call=call), self._depth
        )
        raw = raw_rows(response, members, "deployments")
        from astro_tui.platform.models import HistoryRow, RevisionHistory

        records, odd = HistoryRow.each([row(entry, "spec") for entry in raw[:MOST_REVISIONS]])
        return RevisionHistory(rows=records, odd=odd, older=max(0, len(raw) - MOST_REVISIONS), names=self.names)

    def template(
        self,
        account: str,
        name: str,
        deployment_id: str,
        revision: int = 0,
        *,
        more: Mapping[str, object] = {},
        call: Call | None = None,
    ) -> dict[str, bytes]:
        """Return a template that the platform generates for a deployment (platform.md §8.7, §19): its members, as sent.

        It is that of a revision, unless that is 0, with `more` in the request. `template` is the spec, which may differ
        slightly from what ran. This is a POST, which changes nothing and is never retried. Raises NOT_FOUND for an
        unknown revision.
        """
        import json

        revisions = {"revision": revision} if revision else {}
        wanted = {"deployment_id": deployment_id, **revisions, "finalize": False, **more}
        endpoint = address.template(account, name)
        response = self._transport.post(endpoint, json.dumps(wanted).encode(), call or Call())
        template = members_of(response, self._depth)
        if template.get("template", b"null").strip() == b"null":
            raise odd_shape(response, "a regenerated spec under template", template)
        return template

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
    ) -> models.BlueprintPage:
        """Return one page of the public catalog, or of an account's blueprints (platform.md §7).

        Neither requires a token, but only members of an account get its private blueprints. `sort` is `name`,
        `newest`, or empty. Raises NOT_FOUND for an unknown account.
        """
        endpoint = address.catalog(query, offset, limit, tag=tag, sort=sort, account=account)
        members, response = taken_apart(self.fetch(endpoint, call=call), self._depth)
        raw = raw_rows(response, members, "agents", items)
        from astro_tui.platform.models import Blueprint, BlueprintPage

        records, odd = Blueprint.each([blueprint_at(entry) for entry in raw])
        numbers = {key: plain(members[key]) for key in ("count", "limit", "offset", "has_more") if key in members}
        return BlueprintPage(rows=records, odd=odd, **numbers)

    def blueprint(self, account: str, name: str, *, call: Call | None = None) -> models.Blueprint:
        """Return one blueprint and its builds (platform.md §7). Raises ODD_SHAPE if it is another one."""
        members, response = taken_apart(self.fetch(address.blueprint(account, name), call=call), self._depth)
        blueprint = blueprint_at(members.get("agent", b"null")) or blueprint_of(members)
        if "name" not in blueprint:
            raise odd_shape(response, "a blueprint with name and versions", members)
        from astro_tui.platform.models import Blueprint

        model = Blueprint.model_validate(blueprint)
        full_name = f"{model.account or account}/{model.name or name}"
        if full_name.casefold() != f"{account}/{name}".casefold():
            raise mismatch(response, "blueprint", full_name)
        return model

    # ---- bodies as decoded JSON with long texts cut, for the diagnosis, which reads any shape ----

    def builds(self, account: str, name: str, *, call: Call | None = None) -> tuple[models.BuildRun, ...]:
        """Return a blueprint's builds, newest first (platform.md §18). Raises NOT_FOUND on servers without them."""
        rows = rows_of(self.fetch(address.builds(account, name), call=call), self._depth, "builds")
        from astro_tui.platform.models import BuildRun

        return BuildRun.each(shortened(rows))[0]

    def vulnerabilities(self, account: str, name: str, build: str, *, call: Call | None = None) -> models.Scan | None:
        """Return what a scan of a build's images found, None if there was none (platform.md §18)."""
        response = self.fetch(address.vulnerabilities(account, name, build), call=call)
        body = object_of(response, self._depth, "summary")
        summary = body["summary"]
        from astro_tui.platform.models import Scan

        parts = {"components": body.get("components")}
        return Scan.model_validate({**summary, **parts}) if isinstance(summary, dict) else None

    def github(self, account: str, name: str, *, call: Call | None = None) -> models.Github:
        """Return the repository of a blueprint, with its newest builds (platform.md §18)."""
        response = self.fetch(address.github(account, name), call=call)
        from astro_tui.platform.models import Github

        return Github.model_validate(object_of(response, self._depth, "connected"))

    def build_log(self, account: str, name: str, build: str, *, call: Call | None = None) -> models.BuildLog:
        """Return the log of a build (platform.md §18). Raises NOT_FOUND for a build that was pushed."""
        response = self.fetch(address.build_log(account, name, build), call=call)
        body = value_of(response, self._depth)
        if not isinstance(body, dict) or "phase" not in body:
            raise odd_shape(response, "an object with phase and logs", body)
        from astro_tui.platform.models import BuildLog

        return BuildLog.model_validate(body)

    def billing(self, account: str, *, call: Call | None = None) -> models.Billing:
        """Return whether an account pays (platform.md §21)."""
        response = self.fetch(address.billing(account), call=call)
        from astro_tui.platform.models import Billing

        return Billing.model_validate(object_of(response, self._depth, "status"))

    def _of_billing(self, endpoint: str, call: Call | None) -> Any:
        """Return what billing says, None if this server or the account has no billing."""
        value = self._object(endpoint, call, "available", "data")
        return value.get("data") if value.get("available", True) else None

    def spending(self, account: str, *, call: Call | None = None) -> models.Spend | None:
        """Return what an account spends in this period (platform.md §21), None if it has no billing."""
        value = self._of_billing(address.spending(account), call)
        from astro_tui.platform.models import Spend

        return Spend.model_validate(value) if isinstance(value, dict) else None

    def daily_spend(
        self, account: str, begin: datetime, end: datetime, *, call: Call | None = None
    ) -> tuple[models.DaySpend, ...]:
        """Return what an account spent on each day of a window, oldest first (platform.md §21)."""
        rows = self._of_billing(address.daily_spend(account, **_window(begin, end)), call)
        from astro_tui.platform.models import DaySpend

        return DaySpend.each(rows)[0]

    def quotas(self, account: str, *, call: Call | None = None) -> dict[str, models.Meter]:
        """Return how much of its quotas an account uses, by meter (platform.md §21). Empty means not known."""
        meters = self._object(address.quotas(account), call, "meters")["meters"]
        from astro_tui.platform.models import Meter

        pairs = meters.items() if isinstance(meters, dict) else ()
        return {key: Meter.model_validate(value) for key, value in pairs if isinstance(value, dict)}

    def audit_log(
        self,
        account: str,
        *,
        actor: str = "",
        action: str = "",
        resource: str = "",
        before: str = "",
        limit: int = 50,
        call: Call | None = None,
    ) -> models.AuditPage:
        """Return a page of the audit log, newest first (platform.md §21); ordinary members get FORBIDDEN.

        `before` is the `next_before` of the page before; a wrong one gives the first page again.
        """
        endpoint = address.audit_log(account, actor=actor, action=action, resource=resource, before=before, limit=limit)
        value = shortened(self._object(endpoint, call, "entries"), LONGEST_MESSAGE)
        from astro_tui.platform.models import AuditPage

        return AuditPage.model_validate(value)

    def audit_filters(self, account: str, *, call: Call | None = None) -> tuple[str, ...]:
        """Return the actions that occur in an account's audit log (platform.md §21)."""
        actions = self._object(address.audit_filters(account), call, "actions", "resource_types").get("actions")
        from astro_tui.platform.lenient import items_of, text_of

        return tuple(text_of(each) for each in items_of(actions))

    def variables(self, account: str, *, call: Call | None = None) -> tuple[models.AccountVariable, ...]:
        """Return the variables of an account, with the values of plain ones (platform.md §15)."""
        rows = rows_of(self.fetch(address.variables(account), call=call), self._depth, "variables")
        from astro_tui.platform.models import AccountVariable

        return AccountVariable.each(rows)[0]

    def deployment_body(self, deployment_id: str, *, call: Call | None = None) -> JsonObject:
        """Return the record of a deployment (platform.md §8.3). Raises ODD_SHAPE if it is another deployment's."""
        response = self.fetch(address.deployment(deployment_id), call=call)
        value = object_of(response, self._depth, "deployment", "id")
        record = value.get("deployment", value)
        if not isinstance(record, dict):
            raise odd_shape(response, "a deployment's record", record)
        from astro_tui.platform.lenient import text_of

        own_id = text_of(record.get("id"))
        if own_id not in ("", deployment_id):
            raise mismatch(response, "deployment", own_id)
        return record

    def status_body(self, deployment_id: str, *, call: Call | None = None) -> JsonObject:
        """Return the state of a deployment with its reasons (platform.md §8.4)."""
        return self._object(address.status(deployment_id), call, "value", "reason", "details")

    def runtime(self, deployment_id: str, *, call: Call | None = None) -> JsonObject:
        """Return what was last observed of the workloads: one pod of each, as `{"runtime": …}` (platform.md §8.5)."""
        return self._object(address.runtime(deployment_id), call, "runtime", "workloads", "ready")

    def events(self, deployment_id: str, *, call: Call | None = None) -> JsonObject:
        """Return the latest events in the cluster, newest first, as `{"events": […]}` (platform.md §8.6)."""
        return {"events": shortened(self._rows(address.events(deployment_id), call, "events"), LONGEST_MESSAGE)}

    def alerts(self, deployment_id: str, component: str, *, call: Call | None = None) -> JsonObject:
        """Return the alerts about one component, as `{"component": "agent", "alerts": […]}` (platform.md §8.6)."""
        alerts = self._rows(address.alerts(deployment_id, component), call, "alerts")
        return {"component": component, "alerts": shortened(alerts, LONGEST_MESSAGE)}

    def capabilities(self, deployment_id: str, *, call: Call | None = None) -> JsonObject:
        """Return what the user may do with a deployment, as `{"actions": {"deployment:read": true}}`."""
        return self._object(address.capabilities(deployment_id), call, "actions", "mode")

    # ---- numbers

    def pod_metrics(self, deployment_id: str, pod: str, length: str, *, call: Call | None = None) -> models.PodMetrics:
        """Return what a pod used in the last 1h, 6h, 24h, or 7d (platform.md §11). Of an unknown pod, it is empty."""
        value = self._object(address.pod_metrics(deployment_id, pod, length=length), call, "pod", "cpu", "memory")
        from astro_tui.platform.models import PodMetrics

        return PodMetrics.model_validate(value)

    def traffic(
        self, deployment_id: str, metric: str, begin: datetime, end: datetime, *, call: Call | None = None
    ) -> models.Traffic:
        """Return `rate`, `errors`, or `latency_p95` of the requests to an agent over time (platform.md §11).

        There are about 200 points, because the server refuses a long window with a small step.
        """
        step = f"{step_of(begin, end)}s"
        endpoint = address.traffic(deployment_id, metric=metric, step=step, **_window(begin, end))
        value = self._object(endpoint, call, "series")
        from astro_tui.platform.models import Traffic

        return Traffic.model_validate(value)

    def traffic_summary(
        self, deployment_id: str, begin: datetime, end: datetime, *, call: Call | None = None
    ) -> models.TrafficSide:
        """Return how many requests to an agent there were in a window, and how many failed (platform.md §11)."""
        endpoint = address.traffic_summary(deployment_id, **_window(begin, end))
        value = self._object(endpoint, call, "inbound").get("inbound")
        from astro_tui.platform.models import TrafficSide

        return TrafficSide.model_validate(value if isinstance(value, dict) else {})

    def flows(
        self,
        deployment_id: str,
        direction: str,
        window: tuple[datetime, datetime] | None = None,
        *,
        sort: str = "requests",
        limit: int = 50,
        call: Call | None = None,
    ) -> tuple[models.Flow, ...]:
        """Return the traffic with each peer: `inbound`, `outbound`, or `database`, in the last hour (platform.md §11).

        Without a metrics backend there is none, which looks like no traffic.
        """
        endpoint = address.flows(
            deployment_id, direction, sort=sort, limit=limit, **(_window(*window) if window else {})
        )
        rows = shortened(self._rows(endpoint, call, "flows"), LONGEST_MESSAGE)
        from astro_tui.platform.models import Flow

        return Flow.each(rows)[0]

    def observation_metrics(
        self, deployment_id: str, begin: datetime, end: datetime, *, call: Call | None = None
    ) -> tuple[models.Bucket, ...]:
        """Return the hours of a window that have observations, in order (platform.md §11)."""
        rows = self._rows(address.observation_metrics(deployment_id, **_window(begin, end)), call, "buckets")
        from astro_tui.platform.models import Bucket

        dated = [bucket for bucket in Bucket.each(rows)[0] if bucket.timestamp.at is not None]
        return tuple(sorted(dated, key=attrgetter("timestamp.at")))

    def months(self, account: str, *, call: Call | None = None) -> dict[str, models.Month]:
        """Return the last 30 days of an account's active agents, by id (platform.md §11); others are unknown."""
        summaries = self._object(address.months(account), call, "summaries")["summaries"]
        from astro_tui.platform.models import Month

        pairs = summaries.items() if isinstance(summaries, dict) else ()
        return {key: Month.model_validate(value) for key, value in pairs if isinstance(value, dict)}

    def costs(self, account: str, begin: datetime, end: datetime, *, call: Call | None = None) -> models.Costs:
        """Return what an account's agents cost in a window (platform.md §11)."""
        value = self._object(address.costs(account, **_window(begin, end)), call, "deployments", "metrics_unavailable")
        from astro_tui.platform.models import Costs

        return Costs.model_validate(value)

    # ---- traces

    def traces(
        self, deployment_id: str, query: TraceQuery, *, limit: int = 50, offset: int = 0, call: Call | None = None
    ) -> models.TracePage:
        """Return a page of traces (platform.md §11). Unless the query scans, `offset` is a multiple of `limit`.

        A scan may take two minutes. If its response is lost, it is requested once more: the server keeps the result.
        """
        endpoint = address.traces(deployment_id, query, limit=limit, offset=offset)
        call = call or Call()
        if query.scans:
            call.patience = LONGEST_SCAN
        try:
            response = self.fetch(endpoint, call=call)
        except PlatformError as error:
            if not query.scans or error.kind not in _LOST:
                raise
            response = self.fetch(endpoint, call=call)
        value = object_of(response, self._depth, "traces")
        from astro_tui.platform.models import TracePage, TraceRow

        rows, odd = TraceRow.each(value.pop("traces"))
        return TracePage.model_validate({**value, "rows": rows, "odd": odd})

    def trace(
        self, deployment_id: str, trace_id: str, *, call: Call | None = None
    ) -> tuple[models.TraceHead, tuple[Observation, ...]]:
        """Return a trace and its observations, in the order in which they were sent (platform.md §11)."""
        members, response = taken_apart(self.fetch(address.trace(deployment_id, trace_id), call=call), self._depth)
        head = shortened(plain(members.get("trace", b"null")), LONGEST_MESSAGE)
        if not isinstance(head, dict):
            raise odd_shape(response, "a trace with its observations", members)
        from astro_tui.platform.models import TraceHead
        from astro_tui.platform.observations import observations_of

        more = {"trace_id": head.get("trace_id") or trace_id, "scores": plain(members.get("scores", b"null"))}
        model = TraceHead.model_validate({**head, **more})
        if model.trace_id != trace_id:
            raise mismatch(response, "trace", model.trace_id)
        return model, tuple(observations_of(entries(members.get("observations", b"null"))))

    def observation(self, deployment_id: str, observation_id: str, *, call: Call | None = None) -> dict[str, bytes]:
        """Return the members of an observation as sent, such as `input` and `output`, which can be large (§11)."""
        response = self.fetch(address.observation(deployment_id, observation_id), call=call)
        values = members_of(response, self._depth)
        # Older servers wrap it.
        values = members(values["observation"]) or values if "observation" in values else values
        if "id" not in values:
            raise odd_shape(response, "an observation", values)
        return values

    # ---- chat (platform.md §20)

    def conversations(self, deployment_id: str, *, call: Call | None = None) -> tuple[models.Conversation, ...]:
        """Return the user's conversations with an agent, newest first. One without a message is not among them."""
        rows = self._rows(address.conversations(deployment_id), call, "conversations")
        from astro_tui.platform.models import Conversation

        return Conversation.each(rows)[0]

    def conversation(
        self, deployment_id: str, conversation_id: str, *, limit: int = 100, before: int = 0, call: Call | None = None
    ) -> models.ChatPage:
        """Return the newest `limit` messages of a conversation (1 to 1000), or of those before a number."""
        endpoint = address.conversation(deployment_id, conversation_id, limit=limit, before=before)
        response = self.fetch(endpoint, call=call)
        value = value_of(response, self._depth)
        if not isinstance(value, dict) or "messages" not in value:
            raise odd_shape(response, "a conversation with messages", value)
        from astro_tui.platform.models import ChatPage

        page = ChatPage.model_validate(value)
        if page.conversation_id not in ("", conversation_id):
            raise mismatch(response, "conversation", page.conversation_id)
        return page

    def chat_stream(
        self,
        deployment_id: str,
        conversation_id: str,
        receiver: Callable[[bytes], None],
        *,
        last_id: str = "",
        call: Call | None = None,
    ) -> None:
        """Give what an agent writes to `receiver` as raw server-sent events, like `log_stream`.

        With the `last_id` of an event, what was missed of the current answer is sent again. Heartbeats come every 30
        seconds, so a stream that is silent for `CHAT_SILENCE` is dead.
        """
        call = call or Call()
        call.silence = CHAT_SILENCE
        headers = (("Last-Event-ID", last_id),) if last_id else ()
        self._transport.stream(address.chat_stream(deployment_id, conversation_id), call, receiver, headers)

    def agent_ready(self, deployment_id: str, *, call: Call | None = None) -> bool:
        """Return whether an agent is connected to its sidecar now. Raises NOT_FOUND on older sidecars."""
        return bool(self._object(address.agent_ready(deployment_id), call, "agent_connected")["agent_connected"])

    def agent_config(self, deployment_id: str, *, call: Call | None = None) -> models.AgentConfig:
        """Return the tools of an agent, without its system prompt. Raises NOT_FOUND if it has not connected yet."""
        value = self._object(address.agent_config(deployment_id), call, "tools", "systemPrompt", "capabilities")
        from astro_tui.platform.models import AgentConfig

        return AgentConfig.model_validate(value)

    def change(self, permit: Permit, *, call: Call | None = None) -> JsonObject:
        """Send the request of a permit, once (platform.md §9), and return the response, which may be empty.

        Raises PermitError if it was not sent, and PlatformError, whose `sent` says whether it may have taken effect.
        """
        response = self._transport.change(permit, call or Call())
        try:
            value = short_value_of(response, self._depth)
        except PlatformError:
            # Every success means that it was done, whatever its body (platform.md §9), except for a proxy's page.
            if response.body.removeprefix(BOM_UTF8).lstrip().startswith(b"<"):
                raise
            return {}
        return value if isinstance(value, dict) else {}

    def logs(
        self,
        deployment_id: str,
        workload: str,
        *,
        container: str = "",
        since: datetime | None = None,
        lines: int = 200,
        call: Call | None = None,
    ) -> list[Any]:
        """Return the newest `lines` log lines of a workload since a time, by default of the last hour, in any order.

        Each is `{"timestamp", "level", "message"}` (platform.md §10.1).
        """
        start = rfc3339(since) if since is not None else ""
        endpoint = address.logs(deployment_id, workload, container=container, since=start, lines=lines)
        return list(shortened(self._rows(endpoint, call, "logs"), LONGEST_MESSAGE))

    def log_page(
        self,
        deployment_id: str,
        workload: str,
        *,
        container: str = "",
        pod: str = "",
        since_ns: int = 0,
        until_ns: int = 0,
        lines: int = 200,
        backward: bool = False,
        call: Call | None = None,
    ) -> list[LogEntry]:
        """Return the oldest (newest if `backward`) `lines` log lines of a window in Unix nanoseconds, in any order.

        A time of 0 is left to the server: the last hour until now (platform.md §10.1). There may be a few lines outside
        of the window, because servers round these times.
        """
        from astro_tui.platform.client.log_entries import entries_of

        endpoint = address.logs(
            deployment_id,
            workload,
            container=container,
            pod=pod,
            since=stamp(since_ns) if since_ns else "",
            # Some servers ignore what is less than a microsecond.
            until=stamp(until_ns // 1000 * 1000 + 1000) if until_ns else "",
            lines=lines,
            backward=backward,
        )
        return entries_of(self.fetch(endpoint, call=call), self._depth)

    def log_stream(
        self,
        deployment_id: str,
        workload: str,
        receiver: Callable[[bytes], None],
        *,
        container: str = "",
        pod: str = "",
        call: Call | None = None,
    ) -> None:
        """Give a workload's log to `receiver` as raw server-sent events, until the server ends it (platform.md §10.2).

        `receiver` is called in this thread with what each read of the socket brought, from which tokens have not been
        removed: see `without_tokens`. Connects once. Raises PlatformError: of kind TIMEOUT after `Timeouts.silence`,
        and CANCELED at once after `call.abort()`.
        """
        endpoint = address.log_stream(deployment_id, workload, container=container, pod=pod)
        self._transport.stream(endpoint, call or Call(), receiver)

    def without_tokens(self, text: bytes) -> bytes:
        """Return JSON from a stream without any tokens that the server sent back in it, as in any other response."""
        from astro_tui.text.redaction import without_in_json

        return without_in_json(text, self.hidden())

    def _request_organizations(self, call: Call) -> None:
        with suppress(PlatformError):
            self.me(call=call)
