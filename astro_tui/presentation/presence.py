"""The state of a deployment, which may have been deleted: by its ID, servers report it as active (platform.md §16.3).

Every `/status` is read here. Two signs together mean that a deployment was deleted: the account's list lacks it, and
the current row of its history is `undeployed`, or its ID is refused. With only one of them, its state is unreadable.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from astro_tui.errors import FINAL_KINDS, ErrorKind, PlatformError
from astro_tui.platform.client import Call, Platform
from astro_tui.platform.deployment_rows import Deployment
from astro_tui.platform.models import StatusReport
from astro_tui.platform.status_words import UNREADABLE
from astro_tui.presentation.revisions import RevisionRow, current_of, rows_of
from astro_tui.presentation.status import status_of
from astro_tui.text.redaction import masked_line

COUNTED = re.compile(r"\b\d+ of \d+ workloads? ready\b")
"""How `/status` counts the workloads of a deployment that exists; of a deleted one, it only says that it is active."""
MOST_PEERS = 200
"""The most peers that the server sends."""
_DELETED = {"value": "undeployed", "reason": "undeployed", "details": "The agent was deleted."}
_DOUBTFUL = {"value": UNREADABLE, "details": "The state cannot be read: the agent may have been deleted."}


class Target(NamedTuple):
    """A deployment. `name` is the name to display, exactly as the platform sent it."""

    account: str
    id: str
    name: str
    blueprint: str
    namespace: str = ""

    @property
    def label(self) -> str:
        """The name, safe to print."""
        return masked_line(self.name, 200) or "(no name)"

    @property
    def to_type(self) -> str:
        """What the user types to confirm: the name, or the id if the name cannot be displayed as it is."""
        return self.name if self.name and self.label == self.name else self.id


def target_of(account: str, row: Deployment) -> Target:
    """Return the target for a row of an account's list."""
    return Target(account, row.id, row.label, row.name, row.namespace)


def presence_of(*, refused: bool, undeployed: bool, listed: bool | None) -> dict[str, Any]:
    """Return the state to report in place of the server's, or nothing if that one is right. Pure.

    `refused` says that the ID gives 403 or 404, `undeployed` is what the history says, and `listed` is None if the
    list could not be read.
    """
    if not refused and not undeployed:
        return {}
    return _DELETED if listed is False else _DOUBTFUL


def read_status(
    platform: Platform, target: Target, call: Call, rows: Sequence[RevisionRow] | None = None
) -> dict[str, Any]:
    """Return the body of `/status`, or what is true instead. Raises PlatformError.

    The history and the list are read only if they matter; `rows` are those of the history if it was read before.
    """
    try:
        body = platform.status_body(target.id, call=call)
    except PlatformError as error:
        if error.kind not in (ErrorKind.NOT_FOUND, ErrorKind.FORBIDDEN):
            raise
        listed = _is_listed(platform, target, call)
        if listed is not False and error.kind is ErrorKind.FORBIDDEN:
            raise
        return presence_of(refused=True, undeployed=False, listed=listed)
    if not status_of(str(body.get("value")), str(body.get("reason"))).active:
        return body
    if rows is None and COUNTED.search(str(body.get("details"))):
        return body
    current = current_of(read_rows(platform, target, call) if rows is None else rows)
    if current is None or current.status.label != status_of("undeployed").label:
        return body
    return presence_of(refused=False, undeployed=True, listed=_is_listed(platform, target, call))


def read_report(
    platform: Platform, target: Target, call: Call, rows: Sequence[RevisionRow] | None = None
) -> StatusReport:
    """Return what `read_status` returns, as a record."""
    return StatusReport.model_validate(read_status(platform, target, call, rows))


def read_source(platform: Platform, target: Target, source: str, call: Call, component: str = "agent") -> Any:
    """Return what the platform says about a deployment now. Every source is read here. Raises PlatformError.

    `active` is the active record of the blueprint, which may be that of another deployment. Alerts are those of a
    `component`.
    """
    match source:
        case "status":
            return read_status(platform, target, call)
        case "record":
            return platform.deployment_body(target.id, call=call)
        case "active":
            return platform.active_deployment(target.account, target.blueprint, call=call)
        case "runtime":
            return platform.runtime(target.id, call=call)
        case "events":
            return platform.events(target.id, call=call)
        case "alerts":
            return platform.alerts(target.id, component, call=call)
        case "list":
            return platform.deployments(target.account, call=call)
        case "peers":
            # Of the last hour, those with the most errors first.
            return platform.flows(target.id, "outbound", sort="errors", limit=MOST_PEERS, call=call)
        case "history":
            return platform.history(target.account, target.blueprint, target.id, call=call)
    raise ValueError(source)


def read_template(
    platform: Platform, target: Target, revision: int, call: Call, more: Mapping[str, object] = {}
) -> dict[str, bytes]:
    """Return the template of a revision, with its spec as the platform regenerates it now. Raises PlatformError.

    `more` is what else a template for a deploy needs.
    """
    return platform.template(target.account, target.blueprint, target.id, revision, more=more, call=call)


def read_rows(platform: Platform, target: Target, call: Call) -> list[RevisionRow]:
    """Return the revisions of a deployment, newest first; none if the history cannot be read."""
    try:
        history = read_source(platform, target, "history", call)
    except PlatformError as error:
        if error.kind in FINAL_KINDS:
            raise
        return []
    return rows_of(history.rows, target.id, namespace=target.namespace)


def _is_listed(platform: Platform, target: Target, call: Call) -> bool | None:
    """Return whether the account's list has a deployment, or None if that is not known."""
    try:
        response = read_source(platform, target, "list", call)
    except PlatformError as error:
        if error.kind in FINAL_KINDS:
            raise
        return None
    listed = any(row.id == target.id for row in response.rows)
    return None if response.odd and not listed else listed
