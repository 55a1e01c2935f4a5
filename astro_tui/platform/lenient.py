"""Converts values of any type to something that can be displayed, without raising."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from contextlib import suppress
from datetime import datetime
from math import isfinite
from typing import Any

import msgspec
from msgspec import Raw, Struct

from astro_tui.text.foreign import bounded
from astro_tui.text.times import sensible

LARGEST = 1e18
"""A number that is at least as large is a mistake."""
LONGEST = 4000
"""Characters of a field that are read; messages of the cluster are shorter."""
_LONG = 20
"""Digits of an integer that is surely larger."""
_ZEROS, _PIECE = b"0" * _LONG, 1 << 16
_AS_ZEROS = bytes.maketrans(b"123456789", b"000000000")


def json_of(raw: bytes | Raw) -> Any:
    """Return the value of JSON, even with lone surrogates, NaN, or invalid UTF-8. Raises ValueError or RecursionError.

    A number that is too large for arithmetic stays text, as it was sent.
    """
    if not _has_long_number(memoryview(raw)):
        with suppress(msgspec.DecodeError, UnicodeDecodeError):
            return msgspec.json.decode(raw)
    text = bytes(raw).decode("utf-8", "replace")
    return json.loads(text, strict=False, parse_int=_integer, parse_float=_fraction, parse_constant=str)


def _has_long_number(raw: memoryview) -> bool:
    """Whether there may be one. This is much faster than a regular expression; in pieces, it takes little memory."""
    pieces = (raw[start : start + _PIECE + _LONG] for start in range(0, len(raw), _PIECE))
    return any(_ZEROS in bytes(piece).translate(_AS_ZEROS) for piece in pieces)


def _integer(digits: str) -> int | str:
    return int(digits) if len(digits) < _LONG else digits


def _fraction(digits: str) -> float | str:
    return value if isfinite(value := float(digits)) else digits


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
        time = datetime.fromisoformat(text)
    except ValueError:
        try:
            time = datetime.fromisoformat(text.strip().upper().removesuffix(" UTC"))
        except ValueError:
            return None
    return sensible(time)


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


def count_of(value: object) -> int | None:
    """Return `value` as a whole number, like `number_of`."""
    number = number_of(value)
    return number if number is None else value if isinstance(value, int) else int(number)


def flag_of(value: object) -> bool:
    """Return whether `value` means yes."""
    if isinstance(value, str):
        return value.strip().lower() in {"true", "1", "yes"}
    return value is True or (isinstance(value, int | float) and value == 1)


def items_of(value: object) -> Iterable[object]:
    """Return the entries of a list, or nothing for anything else."""
    return value if isinstance(value, list | tuple) else ()


# ---- fields of JSON objects or of records; nothing here raises


def field(value: object, name: str) -> object:
    """Return a field of a JSON object or of a record; None if it does not exist."""
    if type(value) is dict or isinstance(value, Mapping):
        return value.get(name)
    return None if isinstance(value, str | bytes | int | float | list | tuple) else getattr(value, name, None)


def text(value: object, name: str) -> str:
    """Return a field as text, empty if it does not exist."""
    content = field(value, name)
    if content is None:
        return ""
    if type(content) is str:
        return content if len(content) <= LONGEST else bounded(content, LONGEST)
    return content.raw if isinstance(content, Moment) else bounded(text_of(content), LONGEST)


def word(value: object, name: str) -> str:
    """Return a field as a lowercase word."""
    return text(value, name).strip().lower()


def flag(value: object, name: str) -> bool | None:
    """Return a field as yes or no; None if it does not exist."""
    content = field(value, name)
    return None if content is None else flag_of(content)


def number(value: object, name: str) -> int:
    """Return a field as an integer, or 0 if it is not a number."""
    return count_of(field(value, name)) or 0


def objects(value: object, name: str) -> list[object]:
    """Return the entries of a list that are objects or records."""
    return [item for item in items_of(field(value, name)) if is_object(item)]


def moment(value: object, *names: str) -> datetime | None:
    """Return the first of these fields that is a time."""
    for name in names:
        content = field(value, name)
        if isinstance(content, datetime):
            return content
        at = content.at if isinstance(content, Moment) else time_of(text_of(content))
        if at is not None:
            return at
    return None


def is_object(item: object) -> bool:
    """Whether an entry of a list is an object or a record: pydantic records have a `__dict__`, msgspec's do not."""
    return isinstance(item, Mapping) or hasattr(item, "__dict__") or hasattr(item, "__struct_fields__")
