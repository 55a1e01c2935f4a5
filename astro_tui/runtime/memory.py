"""Large blocks of memory, given back to the system as soon as nothing uses them."""

from __future__ import annotations

import sys
from functools import cache

LARGE = 1 << 20
"""Bytes from which a text is worth it."""
_M_MMAP_THRESHOLD = -3
_BLOCK = 1 << 18


@cache
def give_back_large_blocks() -> None:
    """Let the C library take each large block from the system and return it; elsewhere than on glibc do nothing.

    By itself it keeps freed blocks of up to 32 MB, between smaller ones that are still in use.
    """
    if sys.platform != "linux":
        return
    import ctypes

    try:
        ctypes.CDLL(None).mallopt(_M_MMAP_THRESHOLD, _BLOCK)
    except (OSError, AttributeError):
        return
