"""Sizes in words."""

from __future__ import annotations


def amount(size: int) -> str:
    """Return a number of bytes with its unit: `1 byte`, `214 bytes`, `3.4 kB`, `1.2 MB`."""
    if size < 1000:
        return f"{size} byte{'' if size == 1 else 's'}"
    for unit, length in (("GB", 1e9), ("MB", 1e6), ("kB", 1e3)):
        if size >= length * 0.9995:
            value = size / length
            return f"{value:.1f} {unit}" if value < 99.95 else f"{value:.0f} {unit}"
    raise AssertionError(size)


def of_capacity(used: int, capacity: int) -> str:
    """Return how much of a volume is used: `3.1 of 8 GiB`. Volumes are sized in powers of two, unlike files."""
    for unit, length in (("TiB", 1 << 40), ("GiB", 1 << 30), ("MiB", 1 << 20), ("KiB", 1 << 10)):
        if capacity >= length:
            return f"{_short(used / length)} of {_short(capacity / length)} {unit}"
    return f"{used} of {capacity} bytes"


def _short(value: float) -> str:
    """Return a number with at most one decimal digit."""
    return f"{value:.1f}".removesuffix(".0") if value < 99.95 else f"{value:.0f}"
