"""Reading values that may be of any type: everything becomes something that can be shown, nothing raises."""

from __future__ import annotations

import json
from collections.abc import Iterable
from datetime import UTC, datetime

from msgspec import Struct


class Moment(Struct, frozen=True):
    """A time of the server: `raw` as it came, `at` in UTC, or None where it is no time."""

    raw: str = ""
    at: datetime | None = None

    @classmethod
    def of(cls, value: object) -> Moment:
        """Read RFC 3339 with 0-9 fractional digits, in any case; no zone counts as UTC, Go's zero time as unknown."""
        if isinstance(value, Moment):
            return value
        raw = text_of(value)
        try:
            # Digits below a microsecond are cut off: datetime has no room for them.
            at = datetime.fromisoformat(raw.strip().upper().removesuffix(" UTC"))
            at = at.astimezone(UTC) if at.tzinfo else at.replace(tzinfo=UTC)
        except (ValueError, OverflowError):
            return cls(raw)
        return cls(raw, at if at.year > 1 else None)

    def __bool__(self) -> bool:
        return bool(self.raw)


def text_of(value: object) -> str:
    """Return `value` as text: null is empty, what is no text is written as compact JSON."""
    if isinstance(value, str):
        return value
    if value is None:
        return ""
    if isinstance(value, bytes):
        return value.decode("utf-8", "replace")
    try:
        return json.dumps(value, ensure_ascii=False, separators=(",", ":"), default=str)
    except (ValueError, RecursionError):
        return str(type(value).__name__)


def flag_of(value: object) -> bool:
    """Return whether `value` means yes."""
    if isinstance(value, str):
        return value.strip().lower() in {"true", "1", "yes"}
    return value is True or (isinstance(value, int | float) and value == 1)


def items_of(value: object) -> Iterable[object]:
    """Return the entries of a list, and none for anything else."""
    return value if isinstance(value, list | tuple) else ()
