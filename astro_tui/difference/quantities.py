"""Kubernetes quantities as numbers."""

from __future__ import annotations

import re
from collections.abc import Sequence
from decimal import Decimal

_AMOUNTS = frozenset({"cpu", "cpu_limit", "memory", "memory_limit", "size", "vram", "storage"})
_QUANTITY = re.compile(
    r"([+-]?(?:\d{1,40}(?:\.\d{0,40})?|\.\d{1,40}))(?:([eE][+-]?\d{1,3})|(n|u|m|k|[KMGTPE]i|[MGTPE]))?"
)
_POWERS = {"n": -9, "u": -6, "m": -3, "": 0, "k": 3, "M": 6, "G": 9, "T": 12, "P": 15, "E": 18}
_BINARY = {"Ki": 1, "Mi": 2, "Gi": 3, "Ti": 4, "Pi": 5, "Ei": 6}


def is_amount(path: Sequence[str | int]) -> bool:
    """Return whether a path leads to a Kubernetes quantity: `agent.resources.memory`, not an environment's `size`."""
    return bool(path) and path[-1] in _AMOUNTS and "environment" not in path


def amount(quantity: str) -> Decimal | None:
    """Return a quantity in bytes or cores (`1500m` is 1.5, `1Ki` is 1024); None if it is not one."""
    match = _QUANTITY.fullmatch(quantity)
    if match is None:
        return None
    number, power, unit = match.groups()
    if power:
        return Decimal(number + power)
    unit = unit or ""
    if unit in _BINARY:
        return Decimal(number) * (1 << 10 * _BINARY[unit])
    return Decimal(f"{number}e{_POWERS[unit]}")


def growth(old: Decimal, new: Decimal) -> str:
    """Return the relative growth: `+100%`, `-0.5%`, or `7x` (from a factor of 7 up); empty from or to zero."""
    if not old or not new or (old < 0) is not (new < 0):
        return ""
    if new >= 7 * old > 0:
        return f"{float(new / old):.4g}x"
    percent = (new - old) / old * 100
    return f"{percent:+.0f}%" if abs(percent) >= 1 else f"{float(percent):+.2g}%"
