"""Returns large blocks of memory to the system as soon as they are free."""

from __future__ import annotations

import sys
from functools import cache

LARGE = 1 << 20
"""The smallest text, in bytes, for which this is worthwhile."""
_M_MMAP_THRESHOLD = -3
_BLOCK = 1 << 18


@cache
def give_back_large_blocks() -> None:
    """Make the C library return each large block to the system when it is freed. Does nothing without glibc.

    By default, glibc keeps a freed block of up to 32 MB if it lies between smaller ones still in use.
    """
    if sys.platform != "linux":
        return
    import ctypes

    try:
        ctypes.CDLL(None).mallopt(_M_MMAP_THRESHOLD, _BLOCK)
    except (OSError, AttributeError):
        return
