"""The demo's audit log: who did what in an account, over HTTP (platform.md §21).

Each deploy in the history of an agent has an entry, and so does what the demo's user does. `data/audit.json` has more:
an `actor` and, unless it is a user, its `type`; the name of an `agent`, or a `resource`; and how long ago it was.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime
from typing import Any, NamedTuple

from astro_tui.demo.bodies import USER, deployed_by, namespace
from astro_tui.demo.data import read
from astro_tui.demo.entities import DemoDeployment, Json
from astro_tui.demo.request import Access, ApiRequest
from astro_tui.demo.schedule import seconds
from astro_tui.demo.world import timestamp

_MOST, _USUAL = 200, 50


class _Entry(NamedTuple):
    at: datetime
    actor: Json
    action: str
    resource: Json
    more: Json


def _user(identifier: str) -> Json:
    return {"id": identifier, "type": "user"}


def _resource(deployment: DemoDeployment) -> Json:
    """Return a deployment as a resource: its name is that of the blueprint."""
    return {"type": "deployment", "id": deployment.id, "name": deployment.name}


class AuditEndpoints(Access):
    """The endpoints about the audit log, for those who manage an account."""

    def routes(self) -> tuple[tuple[str, Callable[[ApiRequest], Json]], ...]:
        """Return the path and handler of each endpoint."""
        return (("/accounts/*/audit-log", self._log), ("/accounts/*/audit-log/filters", self._filters))

    def _happened(self, account: str) -> Iterator[_Entry]:
        mine = self.world.by_account[account]
        for each in mine:
            begun = self.world.contents.deployments
            revisions = next((old.revisions for old in begun if old.id == each.id), 0)
            for number in range(1, revisions + 1):
                metadata = {"build_id": each.revision_build(number), "namespace": namespace(each)}
                at = datetime.fromisoformat(self.world.deployed_at(each, number))
                who = _user(deployed_by(each, number))
                yield _Entry(at, who, "deployment.deploy", _resource(each), {"metadata": metadata})
        for row in read("audit.json"):
            if row["account"] == account:
                agent = next((each for each in mine if each.name == row.get("agent")), None)
                resource = row.get("resource") or (_resource(agent) if agent else {})
                more = {key: row[key] for key in ("description", "metadata") if key in row}
                actor = {"id": row["actor"], "type": row.get("type", "user")}
                yield _Entry(self.world.ago(seconds(row["age"])), actor, row["action"], resource, more)
        for at, deployment, action, metadata in self.world.noted:
            if deployment.account == account:
                more = {"metadata": metadata} if metadata else {}
                yield _Entry(at, _user(USER), f"deployment.{action}", _resource(deployment), more)

    def _entries(self, request: ApiRequest) -> list[Json]:
        account = self.managed(request.names[0], request)
        entries = sorted(self._happened(account.name), key=lambda each: each.at)
        return [
            {
                "id": 40_000 + number,
                "actor": each.actor,
                "action": each.action,
                "resource": each.resource,
                **each.more,
                "created_at": timestamp(each.at),
            }
            for number, each in enumerate(entries)
        ][::-1]

    def _log(self, request: ApiRequest) -> Json:
        wanted: list[tuple[Callable[[Json], Any], str]] = [
            (lambda row: row["resource"].get("type"), request.one("resource_type")),
            (lambda row: row["resource"].get("id"), request.one("resource_id")),
            (lambda row: row["action"], request.one("action")),
            (lambda row: row["actor"]["id"], request.one("actor_id")),
        ]
        rows = [row for row in self._entries(request) if all(value in ("", of(row)) for of, value in wanted)]
        # A cursor that cannot be read is ignored.
        at, _, number = request.one("before").partition(",")
        try:
            end = (f"{datetime.fromisoformat(at):%Y-%m-%dT%H:%M:%S}Z", int(number[:17] or 0))
        except ValueError:
            end = ("9", 0)
        rows = [row for row in rows if (row["created_at"], row["id"]) < end]
        try:
            limit = min(int(request.one("limit")[:17]), _MOST)
        except ValueError:
            limit = _USUAL
        page = rows[: limit if limit > 0 else _USUAL]
        more: Json = {"has_more": len(page) < len(rows)}
        if more["has_more"]:
            more["next_before"] = f"{page[-1]['created_at']},{page[-1]['id']}"
        return {"entries": page, **more}

    def _filters(self, request: ApiRequest) -> Json:
        rows = self._entries(request)
        kinds = {row["resource"]["type"] for row in rows if "type" in row["resource"]}
        return {"resource_types": sorted(kinds), "actions": sorted({row["action"] for row in rows})}
