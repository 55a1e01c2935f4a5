"""Variables as displayed: those of an account, and those of an agent with their origin (platform.md §21). Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from operator import attrgetter
from typing import TYPE_CHECKING, Any

from msgspec import Struct

from astro_tui.diagnosis.account import edited_words
from astro_tui.diagnosis.values import AgentVariable
from astro_tui.platform.lenient import flag, text
from astro_tui.presentation.columns import Column, steps
from astro_tui.presentation.record import Field
from astro_tui.presentation.status import Severity
from astro_tui.text.redaction import MASK, masked_line
from astro_tui.text.times import age, rfc3339

if TYPE_CHECKING:
    from astro_tui.platform.models import AccountVariable

_HIDDEN = "hidden"
_ORIGINS = {"account": "from the account", "typed": "typed in", "default": "default", "missing": "missing"}


class VariableRow(Struct, frozen=True):
    """A variable of an account; every text is safe to draw, except that the value may be private.

    `used_by` names the agents that use it, once that was read.
    """

    name: str
    secret: bool
    description: str
    value: str
    created: datetime | None
    edited: datetime | None
    used_by: tuple[str, ...] | None = None
    shown: bool = False

    @property
    def kind(self) -> str:
        """Whether it is a secret."""
        return "secret" if self.secret else "plain"

    @property
    def visible_value(self) -> str:
        """The value, if the user wants to see it."""
        return MASK if self.secret else self.value if self.shown else _HIDDEN

    @property
    def users(self) -> str:
        """The agents that use it; a question mark if unknown."""
        return "?" if self.used_by is None else ", ".join(self.used_by) or "none"

    @property
    def haystack(self) -> str:
        """What a filter searches, in lower case."""
        return f"{self.name} {self.kind} {self.description} {self.users}".lower()


COLUMNS: Sequence[Column[VariableRow]] = (
    Column("name", attrgetter("name"), "name", most=40),
    Column("kind", attrgetter("kind"), "quiet"),
    Column("edited", style="quiet", at=attrgetter("edited")),
    Column("value", attrgetter("visible_value"), "quiet", most=40),
    Column("users", attrgetter("users"), title="USED BY", most=60),
    Column("description", attrgetter("description"), "quiet", optional=True, rest=True),
)
"""The columns of an account's variables, from left to right."""
LAYOUT = steps("name 12, kind, edited, value 8, name, users 8, description 16, value, users, edited whole, description")


def row_of(variable: AccountVariable) -> VariableRow:
    """Return the row of a variable."""
    return VariableRow(
        masked_line(variable.name, 100),
        variable.secret,
        masked_line(variable.description, 200),
        masked_line(variable.value, 200),
        variable.created_at.at,
        variable.updated_at.at,
    )


def as_json(row: VariableRow) -> dict[str, Any]:
    """Return a row as an object for programs. It has no value."""
    used = {"used_by": list(row.used_by)} if row.used_by is not None else {}
    times = {"created_at": row.created, "updated_at": row.edited}
    shown = {name: rfc3339(at, "seconds") if at is not None else None for name, at in times.items()}
    return {"name": row.name, "secret": row.secret, "description": row.description, **shown, **used}


def of_agent(inputs: Mapping[str, object], account: Iterable[AccountVariable]) -> tuple[AgentVariable, ...]:
    """Return the variables in a template, with what the account says about them."""
    stored = {each.name: each for each in account}
    return tuple(_of_agent(name, each, stored) for name, each in inputs.items())


def _of_agent(name: str, field: object, stored: Mapping[str, AccountVariable]) -> AgentVariable:
    ref, value, secret = text(field, "ref"), text(field, "value"), bool(flag(field, "secret"))
    if ref:
        if (linked := stored.get(ref)) is None:
            return AgentVariable(name, "missing" if stored else "account", secret, ref)
        return AgentVariable(name, "account", secret, ref, linked.updated_at.at, linked.created_at.at)
    if value or (secret and flag(field, "configured")):
        same = value == text(field, "default") and not secret
        return AgentVariable(name, "default" if same else "typed", secret)
    if text(field, "default"):
        return AgentVariable(name, "default", secret)
    return AgentVariable(name, "" if flag(field, "optional") else "missing", secret)


def refs_of(inputs: Mapping[str, object]) -> set[str]:
    """Return the account's variables that a template refers to."""
    return {ref for each in inputs.values() if (ref := text(each, "ref"))}


def fields(variables: Iterable[AgentVariable], deployed: datetime | None, now: datetime) -> list[Field]:
    """Return one line for each variable of an agent, those that need attention first, with a finding before them."""
    rows = sorted(variables, key=lambda each: (each.origin != "missing", not each.late(deployed), each.name))
    late = [each for each in rows if each.late(deployed)]
    lines = [Field("edited", f"{edited_words(late, deployed, now)}.", Severity.WARN)] if late else []
    return lines + [_field(each, deployed, now) for each in rows]


def _field(each: AgentVariable, deployed: datetime | None, now: datetime) -> Field:
    linked = f" ({masked_line(each.ref, 60)})" if each.ref else ""
    change, at = each.change(deployed)
    if at is not None:
        linked = f" ({masked_line(each.ref, 60)}, {change} {age(at, now)} ago)"
    origin = f"{_ORIGINS.get(each.origin, 'not set')}{linked}"
    tone = Severity.ERROR if each.origin == "missing" else Severity.WARN if each.late(deployed) else None
    return Field(masked_line(each.name, 40), f"{origin}, secret" if each.secret else origin, tone)
