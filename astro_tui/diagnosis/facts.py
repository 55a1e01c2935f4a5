"""What is known about one deployment: one value for each source, which may be missing, unread, or stale.

Values are response bodies as decoded JSON, or records with the same field names. Nothing is converted: every reader
expects any field to be missing, null, or of an odd type.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime

RevisionKey = int | str
"""The number of a revision; on servers without numbers, its `deployed_at` as sent."""


@dataclass(frozen=True, slots=True)
class Fact:
    """One response: its `value`, or the `error` that took its place. A fact with neither was never requested.

    `read_at` is when the value was received. With both a value and an error, the value is from before the error.
    `since` is when reading began to fail; None if the server does not offer the source.
    `refused` says that this login may not read it. `regenerated` marks a spec that the platform regenerated: except in
    the current revision, its variables, resources, storage, and access are those of today (platform.md §8.7).
    """

    value: object = None
    error: str = ""
    read_at: datetime | None = None
    since: datetime | None = None
    regenerated: bool = False
    refused: bool = False

    @property
    def known(self) -> bool:
        """Whether there is a value, however old."""
        return self.value is not None

    @property
    def requested(self) -> bool:
        """Whether a response or an error is known."""
        return self.known or bool(self.error)

    @property
    def stale(self) -> bool:
        """Whether a newer value was requested and not received."""
        return self.known and bool(self.error)

    def followed_by(self, new: Fact) -> Fact:
        """Return the new fact, or, if it is only an error, this value with that error: better an old value than none.

        The error keeps the time when reading began to fail.
        """
        if not new.error:
            return new
        since = self.since or new.since or self.read_at
        return replace(new if new.known else self, error=new.error, since=since, refused=new.refused)


MISSING = Fact()
"""A response that was never requested."""


@dataclass(frozen=True, slots=True)
class LogFact:
    """Log lines of one container: the body of `/logs`, requested for the time from `since` on.

    `limit` is how many lines were requested, 0 if that is not known: a server that has more sends the newest ones.
    """

    workload: str
    container: str = ""
    lines: Fact = MISSING
    since: datetime | None = None
    limit: int = 0


@dataclass(frozen=True, slots=True)
class Facts:
    """Everything known about one deployment at the time `now`.

    `row` is its row in the list, and `earlier_runtime` an observation of `/runtime` from some minutes ago.
    `specs` has the documents of revisions: each fact holds a `Document`, bytes, or decoded JSON. `account` and `agent`
    are what commands call it; they default to the names in the row.
    """

    now: datetime
    row: Fact = MISSING
    status: Fact = MISSING
    record: Fact = MISSING
    runtime: Fact = MISSING
    earlier_runtime: Fact = MISSING
    events: Fact = MISSING
    alerts: Fact = MISSING
    history: Fact = MISSING
    logs: tuple[LogFact, ...] = ()
    specs: Mapping[RevisionKey, Fact] = field(default_factory=dict)
    deployment_id: str = ""
    account: str = ""
    agent: str = ""
