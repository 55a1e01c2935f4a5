"""Reads response bodies of any shape: fields of JSON objects or of records. Never raises."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime, timedelta

from astro_tui.diagnosis.facts import Fact
from astro_tui.platform.lenient import Moment, count_of, flag_of, items_of, text_of, time_of
from astro_tui.text.foreign import bounded
from astro_tui.text.times import of_unix

_AGE = re.compile(r"(\d+)\s*(s|m|h|d|w)")
_UNITS = {"s": 1, "m": 60, "h": 3600, "d": 86_400, "w": 604_800}
_FRACTION = re.compile(r":\d\d[.,](\d+)", re.ASCII)
_LONGEST = 4000
"""Characters of a text that are examined; messages of the cluster are shorter."""


def field(value: object, name: str) -> object:
    """Return a field of a JSON object or of a record; None if it does not exist."""
    if type(value) is dict or isinstance(value, Mapping):
        return value.get(name)
    return None if isinstance(value, str | bytes | int | float | list | tuple) else getattr(value, name, None)


def text(value: object, name: str) -> str:
    """Return a field as text, empty if it does not exist."""
    found = field(value, name)
    if type(found) is str:
        return found if len(found) <= _LONGEST else bounded(found, _LONGEST)
    return found.raw if isinstance(found, Moment) else bounded(text_of(found), _LONGEST)


def word(value: object, name: str) -> str:
    """Return a field as a lowercase word."""
    return text(value, name).strip().lower()


def flag(value: object, name: str) -> bool | None:
    """Return a field as yes or no; None if it does not exist."""
    found = field(value, name)
    return None if found is None else flag_of(found)


def number(value: object, name: str) -> int:
    """Return a field as an integer, or 0 if it is not a number."""
    return count_of(field(value, name)) or 0


def objects(value: object, name: str) -> list[object]:
    """Return the entries of a list that are objects or records."""
    return [item for item in items_of(field(value, name)) if _is_object(item)]


def moment(value: object, *names: str) -> datetime | None:
    """Return the first of these fields that is a time."""
    for name in names:
        found = field(value, name)
        at = found.at if isinstance(found, Moment) else time_of(text_of(found))
        if at is not None:
            return at
    return None


def unix_or_moment(raw: str) -> datetime | None:
    """Return a time given as RFC 3339 or as Unix nanoseconds."""
    return of_unix(int(raw[:20]) / 1e9) if len(raw) > 15 and raw.isdecimal() else time_of(raw)


def nanoseconds(raw: str, at: datetime) -> int:
    """Return the time `at` in Unix nanoseconds, with the digits below a microsecond from its text `raw`."""
    if len(raw) > 15 and raw.isdecimal():
        return int(raw)
    fraction = _FRACTION.search(raw)
    digits = fraction[1][:9].ljust(9, "0") if fraction else "0"
    return int(at.replace(microsecond=0).timestamp()) * 1_000_000_000 + int(digits)


def age(raw: str) -> tuple[timedelta, timedelta] | None:
    """Return an age such as `3h` and its precision, or None."""
    parts = _AGE.findall(raw.lower()[:40])
    if not parts:
        return None
    seconds = sum(int(count) * _UNITS[unit] for count, unit in parts)
    if seconds > 3650 * 86_400:
        return None
    return timedelta(seconds=seconds), timedelta(seconds=_UNITS[parts[-1][1]])


def body(fact: Fact, wrapper: str) -> object:
    """Return the value of a fact without the object that some servers wrap it in."""
    inside = field(fact.value, wrapper)
    return fact.value if inside is None else inside


def entries(fact: Fact, name: str) -> list[object]:
    """Return the objects of a list that is the body itself or one of its fields."""
    if isinstance(fact.value, list | tuple):
        return [item for item in fact.value if _is_object(item)]
    return objects(fact.value, name)


def _is_object(item: object) -> bool:
    """Whether an entry of a list is an object or a record: pydantic records have a `__dict__`, msgspec's do not."""
    return isinstance(item, Mapping) or hasattr(item, "__dict__") or hasattr(item, "__struct_fields__")
