"""Converts values of any type to something that can be displayed, without raising."""

from __future__ import annotations

import json
from collections.abc import Iterable
from contextlib import suppress
from datetime import datetime
from math import isfinite
from typing import Any

import msgspec
from msgspec import Raw, Struct

from astro_tui.text.times import sensible

LARGEST = 1e18
"""A number that is at least as large is a mistake."""
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
