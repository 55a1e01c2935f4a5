"""The audit log of an account as displayed: who did what, newest first (platform.md §21). Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from operator import attrgetter
from typing import TYPE_CHECKING, Any

from msgspec import Struct

from astro_tui.diagnosis.account import Act
from astro_tui.presentation.columns import Column, steps
from astro_tui.text.redaction import masked_line
from astro_tui.text.times import rfc3339, who

if TYPE_CHECKING:
    from astro_tui.platform.models import AuditEntry

_KINDS = {"admin": "platform staff", "system": "the platform"}
"""The words for actors that are not users."""
_SHOWN = 12
"""The most characters of an ID that has no name."""


class AuditRow(Struct, frozen=True):
    """One entry; every text but the IDs is safe to draw. `names` gets the names of users once they are read."""

    id: str
    at: datetime | None
    actor: str
    kind: str
    action: str
    resource_type: str
    resource_id: str
    resource: str
    detail: str
    build: str = ""
    names: Mapping[str, str] = {}

    @property
    def who(self) -> str:
        """The person's name, else a shortened ID, or the platform."""
        if self.kind in _KINDS:
            return _KINDS[self.kind]
        name = who(self.actor, self.names)
        return name if name != self.actor else masked_line(name, _SHOWN)

    @property
    def is_by_user(self) -> bool:
        """Whether a person did it, who has a name."""
        return self.kind not in _KINDS

    @property
    def what(self) -> str:
        """What was done, such as `paused`; other words stay as the platform sent them."""
        return Act(self.at, self.action, "").done

    @property
    def haystack(self) -> str:
        """What a filter searches, in lower case."""
        return f"{self.who} {self.what} {self.action} {self.resource} {self.resource_id} {self.detail}".lower()


COLUMNS: Sequence[Column[AuditRow]] = (
    Column("age", style="quiet", at=attrgetter("at")),
    Column("who", attrgetter("who"), "name", most=24),
    Column("what", attrgetter("what"), most=28),
    Column("on", attrgetter("resource"), most=40),
    Column("detail", attrgetter("detail"), "quiet", optional=True, rest=True),
)
"""The columns of the log, from left to right."""
LAYOUT = steps("age, who 8, what 10, on 12, who, what, on, age whole, detail 20, detail")


def row_of(entry: AuditEntry, names: Mapping[str, str]) -> AuditRow:
    """Return the row of an entry."""
    more = [f"{masked_line(key, 30)} {masked_line(value, 80)}" for key, value in entry.metadata if value]
    detail = masked_line(entry.description, 200) or ", ".join(more)
    return AuditRow(
        id=entry.id,
        at=entry.created_at.at,
        actor=entry.actor.id,
        kind=entry.actor.type.strip().lower(),
        action=masked_line(entry.action, 60),
        resource_type=masked_line(entry.resource.type, 40),
        resource_id=entry.resource.id,
        resource=masked_line(entry.resource.name or entry.resource.id, 80),
        detail=detail,
        build=dict(entry.metadata).get("build_id", ""),
        names=names,
    )


def as_json(row: AuditRow) -> dict[str, Any]:
    """Return a row as an object for programs."""
    return {
        "id": masked_line(row.id, 80),
        "at": rfc3339(row.at, "seconds") if row.at is not None else None,
        "who": row.who,
        "actor": {"id": masked_line(row.actor, 80), "type": masked_line(row.kind, 40)},
        "action": row.action,
        "resource": {"type": row.resource_type, "id": masked_line(row.resource_id, 80), "name": row.resource},
        "detail": row.detail,
    }
