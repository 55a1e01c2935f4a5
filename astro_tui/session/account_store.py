"""What was read about accounts, such as their variables: each source at most once in ten minutes.

What was refused is not requested again. Everything is dropped when another login is used.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from msgspec import Struct, structs

from astro_tui.diagnosis import MISSING, Fact
from astro_tui.errors import FINAL_KINDS, ErrorKind, PlatformError
from astro_tui.platform.client import Call, Platform
from astro_tui.platform.client.decode import plain
from astro_tui.presentation.audit import AuditRow, row_of
from astro_tui.presentation.money import Spending
from astro_tui.presentation.presence import read_template, target_of
from astro_tui.presentation.variables import VariableRow, refs_of
from astro_tui.runtime import Clock
from astro_tui.session.scope import read_entries

KEPT = timedelta(minutes=10)
PAGE = 200
"""The entries of the audit log that are read at once, the most that the server sends."""
_RATE = timedelta(days=7)
_MANAGED = ("billing", "spend", "audit")
"""Sources that need the same permission: a user can read all of them or none."""
_OF_AGENTS = ("billing", "audit")
"""Sources that explain what happens to agents."""


def read_account(platform: Platform, account: str, source: str, now: datetime, call: Call) -> object:
    """Request a source of an account; no other code does. Raises PlatformError."""
    match source:
        case "variables":
            return platform.variables(account, call=call)
        case "billing":
            return platform.billing(account, call=call)
        case "quotas":
            return platform.quotas(account, call=call)
        case "spend":
            spend = platform.spending(account, call=call)
            today = now.replace(hour=0, minute=0, second=0, microsecond=0)
            # Today is not over, so it does not count for the rate.
            return Spending(spend, platform.daily_spend(account, today - _RATE, today, call=call) if spend else ())
        case "audit":
            return audit_page(platform, account, "", call, named=False)
    raise ValueError(source)


class AccountStore:
    """Keeps what was read about accounts. Safe to use from many threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._known: dict[tuple[str, str], tuple[datetime, Fact]] = {}
        self._reading: dict[tuple[str, str], threading.Lock] = {}

    def peek(self, account: str, source: str) -> Fact:
        """Return what is known, however old."""
        kept = self._known.get((account, source))
        return kept[1] if kept is not None else MISSING

    def of_agents(self, account: str) -> dict[str, Any]:
        """Return what is known about an account that explains what happens to its agents, as fields of `Facts`."""
        return {source: self.peek(account, source) for source in _OF_AGENTS}

    def fresh(self, account: str, source: str, now: datetime) -> bool:
        """Whether a source needs no request: it was read lately, or was refused."""
        kept = self._known.get((account, source))
        return self._refused(account, source) or (kept is not None and now - kept[0] < KEPT)

    def _refused(self, account: str, source: str) -> bool:
        alike = _MANAGED if source in _MANAGED else (source,)
        return any(self.peek(account, each).refused for each in alike)

    def read(
        self,
        account: str,
        source: str,
        send: Callable[[], object],
        clock: Clock,
        *,
        again: bool = False,
    ) -> Fact:
        """Return a source, with one request unless it is fresh; `again` requests it in any case.

        Raises PlatformError only if the call is canceled or the login has expired.
        """
        key = account, source
        with self._lock:
            lock = self._reading.setdefault(key, threading.Lock())
        with lock:
            if self._refused(account, source):
                fact = self.peek(account, source)
                return fact if fact.requested else Fact(error="You may not read this.", refused=True)
            if not again and self.fresh(account, source, clock()):
                return self.peek(account, source)
            fact = _read(send, clock)
            with self._lock:
                self._known[key] = clock(), self.peek(account, source).followed_by(fact)
            return self.peek(account, source)


def _read(send: Callable[[], object], clock: Clock) -> Fact:
    try:
        return Fact(send(), read_at=clock())
    except PlatformError as error:
        if error.kind in FINAL_KINDS:
            raise
        return Fact(error=str(error), since=clock(), refused=error.kind is ErrorKind.FORBIDDEN)


def older_entries(platform: Platform, account: str, most: int, call: Call) -> list[AuditRow]:
    """Return the newest entries of an audit log, page by page. Raises PlatformError."""
    rows: dict[str, AuditRow] = {}
    before = ""
    while len(rows) < most:
        page = audit_page(platform, account, before, call)
        fresh = {row.id: row for row in page.rows if row.id not in rows}
        rows |= fresh
        before = page.before
        if not before or not fresh:
            # A wrong cursor gives the first page again.
            break
    return list(rows.values())[:most]


class AuditRows(Struct, frozen=True):
    """A page of the audit log. `before` is the cursor of the next one, empty at the end."""

    rows: tuple[AuditRow, ...]
    before: str


def audit_page(platform: Platform, account: str, before: str, call: Call, *, named: bool = True) -> AuditRows:
    """Return a page of the audit log; if it is `named`, its people have names at once. Raises PlatformError."""
    page = platform.audit_log(account, before=before, limit=PAGE, call=call)
    if named:
        platform.names.read(account, [each.actor.id for each in page.rows if each.actor.type == "user"])
    return AuditRows(
        tuple(row_of(each, platform.names) for each in page.rows), page.next_before if page.has_more else ""
    )


def people(audit: Fact, key: str) -> list[str]:
    """Return the IDs of the people who did something to a deployment; the history names those who deployed it."""
    rows = audit.value.rows if isinstance(audit.value, AuditRows) else ()
    return [
        row.actor for row in rows if row.resource_id == key and row.is_by_user and row.action != "deployment.deploy"
    ]


def with_users(
    platform: Platform, account: str, rows: Sequence[VariableRow], call: Call
) -> tuple[list[VariableRow], list[str]]:
    """Return variables with the agents that use them, and a note for each agent that could not be read.

    This takes a request for each agent. Raises PlatformError if the list cannot be read, or the login has expired.
    """
    users: dict[str, list[str]] = {row.name: [] for row in rows}
    unread: list[str] = []
    for entry in read_entries(platform, account, call):
        target = target_of(account, entry.deployment)
        try:
            inputs = inputs_of(read_template(platform, target, 0, call))
        except PlatformError as error:
            if error.kind in FINAL_KINDS:
                raise
            unread.append(f"{target.label}: {error}")
            continue
        for ref in refs_of(inputs) & users.keys():
            users[ref].append(target.label)
    return [structs.replace(row, used_by=tuple(users[row.name])) for row in rows], unread


def inputs_of(members: Mapping[str, bytes]) -> Mapping[str, object]:
    """Return the variables of a template, as decoded JSON."""
    inputs = plain(members.get("variables", b"null"))
    return inputs if isinstance(inputs, dict) else {}
