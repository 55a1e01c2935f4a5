"""Converts values of any type to something that can be displayed, without raising."""

from __future__ import annotations

import json
from collections.abc import Iterable
from datetime import datetime

from msgspec import Struct

from astro_tui.text.times import sensible

LARGEST = 1e18
"""A number that is at least as large is a mistake."""


class Moment(Struct, frozen=True):
    """A time from the server: `raw` as sent, and `at` in UTC, or None if it is not a time."""

    raw: str = ""
    at: datetime | None = None

    @classmethod
    def of(cls, value: object) -> Moment:
        """Parse what `time_of` reads."""
        if isinstance(value, Moment):
            return value
        raw = text_of(value)
        return cls(raw, time_of(raw))

    def __bool__(self) -> bool:
        return bool(self.raw)


def time_of(text: str) -> datetime | None:
    """Return a time in UTC from RFC 3339 with 0-9 fractional digits; None if it is not a time, such as Go's zero time.

    Without a zone, it is UTC. Digits below a microsecond are dropped, because datetime cannot store them.
    """
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        try:
            found = datetime.fromisoformat(text.strip().upper().removesuffix(" UTC"))
        except ValueError:
            return None
    return sensible(found)


def text_of(value: object) -> str:
    """Return `value` as text: null is empty, and other values become compact JSON."""
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


def number_of(value: object) -> float | None:
    """Return `value` as a number; None if it is none, or so large that it must be a mistake."""
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return None
    try:
        number = float(value)
    except (ValueError, OverflowError):
        return None
    return number if abs(number) < LARGEST else None


def flag_of(value: object) -> bool:
    """Return whether `value` means yes."""
    if isinstance(value, str):
        return value.strip().lower() in {"true", "1", "yes"}
    return value is True or (isinstance(value, int | float) and value == 1)


def items_of(value: object) -> Iterable[object]:
    """Return the entries of a list, or nothing for anything else."""
    return value if isinstance(value, list | tuple) else ()
