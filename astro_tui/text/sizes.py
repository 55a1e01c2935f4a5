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
