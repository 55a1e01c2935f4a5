"""What a rollback would do: the server's validation of the revision, missing variables, and what would change."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, NamedTuple

from astro_tui.actions.context import ActionContext
from astro_tui.actions.target import TargetState
from astro_tui.difference import Difference, compare
from astro_tui.document import Document
from astro_tui.errors import FINAL_KINDS, DocumentError, PlatformError
from astro_tui.platform.client import Call
from astro_tui.platform.client.decode import plain
from astro_tui.platform.lenient import flag, objects, text
from astro_tui.presentation.presence import Target, read_template
from astro_tui.presentation.revisions import RevisionRow, spec_seen
from astro_tui.state.last_seen import without_secrets
from astro_tui.text.redaction import masked_line

MOST_NAMED = 20
"""How many missing variables and errors are kept."""


@dataclass(frozen=True, slots=True)
class RollbackPlan:
    """A rollback before it happens. All texts are safe to print.

    `valid` is the server's verdict, None if it gave none. `missing` names required variables without a value.
    `expected` is the number of the revision that becomes current. Without a `difference`, `unknown_difference` says
    why. With `seen`, it shows what this machine stored of the revision while it was current; the platform's template
    has parts of today's spec.
    """

    old: RevisionRow | None
    new: RevisionRow
    expected: int
    valid: bool | None
    errors: tuple[str, ...] = ()
    missing: tuple[str, ...] = ()
    difference: Difference | None = None
    unknown_difference: str = ""
    seen: bool = False


def plan_of(context: ActionContext, target: Target, state: TargetState, new: RevisionRow, call: Call) -> RollbackPlan:
    """Request what a rollback would do. Raises PlatformError if the server cannot make that revision's template."""
    assert new.number is not None  # noqa: S101  the caller found it by its number
    platform, seen = context.platform, context.seen(target.id)
    members = read_template(platform, target, new.number, call)
    validation = decoded(members.get("validation"))
    stored = spec_seen(seen, state.rows, new)
    salt = seen.salt if seen is not None and stored else ""
    difference, why = _difference(context, target, state, _RollbackSpec(stored or members["template"], salt), call)
    return RollbackPlan(
        old=state.current,
        new=new,
        expected=new.number,
        valid=flag(validation, "valid"),
        errors=tuple(errors_of(validation)),
        missing=tuple(_missing(decoded(members.get("variables")))),
        difference=difference,
        unknown_difference=why,
        seen=bool(stored),
    )


def decoded(raw: bytes | None) -> Any:
    """Return a decoded member of a response, None if it is missing."""
    return plain(raw) if raw else None


def errors_of(validation: object) -> list[str]:
    """Return what the platform's validation found, one safe text each."""
    errors = []
    for each in objects(validation, "errors")[:MOST_NAMED]:
        where, what = text(each, "field"), text(each, "message")
        errors.append(masked_line(": ".join(part for part in (where, what) if part), 200))
    return errors


def _missing(variables: object) -> list[str]:
    """Return the names of required variables that have neither a value nor a default."""
    if not isinstance(variables, dict):
        return []
    missing = [
        masked_line(name, 100)
        for name, each in variables.items()
        if isinstance(each, dict)
        and flag(each, "configured") is False
        and not flag(each, "optional")
        and not any(text(each, key) for key in ("default", "value", "ref"))
    ]
    return missing[:MOST_NAMED]


class _RollbackSpec(NamedTuple):
    """A spec to roll back to; with a `salt`, it was stored here without its secrets."""

    raw: bytes
    salt: str


def _difference(
    context: ActionContext, target: Target, state: TargetState, new: _RollbackSpec, call: Call
) -> tuple[Difference | None, str]:
    """Return what changes from the current revision, which is regenerated, too, so that only real changes count."""
    if state.revision is None:
        return None, "the current revision has no number"
    try:
        old = read_template(context.platform, target, state.revision, call)["template"]
        current = without_secrets(Document.parse(old), new.salt) if new.salt else old
        return compare(Document.parse(current), Document.parse(new.raw), call.canceled.is_set), ""
    except PlatformError as error:
        if error.kind in FINAL_KINDS:
            raise
        return None, str(error)
    except DocumentError as error:
        return None, str(error)
