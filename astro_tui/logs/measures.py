"""Numbers in log lines, with their units: `812`, `1.5s`, `1m30s`, `64KiB`, `85%`."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import NamedTuple

_SECONDS = {"ns": 1e-9, "us": 1e-6, "µs": 1e-6, "μs": 1e-6, "ms": 1e-3, "s": 1, "m": 60, "h": 3600, "d": 86_400}
_SECONDS |= {"sec": 1, "secs": 1, "second": 1, "seconds": 1, "min": 60, "mins": 60}
_BYTES = {"b": 1, "kb": 1e3, "mb": 1e6, "gb": 1e9, "tb": 1e12}
_BYTES |= {"kib": 1 << 10, "mib": 1 << 20, "gib": 1 << 30, "tib": 1 << 40}
_NUMBER = re.compile(
    r"([+-]?(?:\d{1,40}(?:\.\d{0,40})?|\.\d{1,40})(?:[eE][+-]?\d{1,3})?) ?([A-Za-zµμ%]{0,10})", re.ASCII
)
_PARTS = re.compile(r"(\d{1,12}(?:\.\d{1,12})?)(h|m|s|ms|us|µs|μs|ns)")
_SEVERAL = re.compile(rf"(?:{_PARTS.pattern}){{2,6}}")
_LONGEST = 60


class Measure(NamedTuple):
    """A number. `unit` is `s` for a time in seconds, `B` for a size in bytes, else as written; empty without a unit.

    `plain` is the number as it is written, without its unit.
    """

    value: float
    unit: str
    plain: float


def measure(text: str) -> Measure | None:
    """Return a text as a number with its unit, or None if it is not a number."""
    return _measure(text) if len(text) <= _LONGEST else None


@lru_cache(maxsize=1024)
def _measure(text: str) -> Measure | None:
    """Return a short text as a number. Cached, because some repeat often, such as status codes."""
    match = _NUMBER.fullmatch(text)
    if match is None:
        if _SEVERAL.fullmatch(text) is None:
            return None
        total = sum(float(number) * _SECONDS[unit] for number, unit in _PARTS.findall(text))
        return Measure(total, "s", total)
    number, unit = float(match[1]), match[2]
    lower = unit.lower()
    if unit in _SECONDS:
        return Measure(number * _SECONDS[unit], "s", number)
    if lower in _BYTES:
        return Measure(number * _BYTES[lower], "B", number)
    return Measure(number, unit, number)


def difference(found: Measure, wanted: Measure) -> float | None:
    """Return how much larger a number is than another one; None if their units do not allow it.

    If the wanted number has no unit, it is taken to be in the unit of the other.
    """
    if not wanted.unit:
        return found.plain - wanted.value
    return found.value - wanted.value if found.unit == wanted.unit else None
