"""Locks on open files, which the system releases when a process ends, however it ends."""

from __future__ import annotations

import sys


def try_lock(descriptor: int) -> bool:
    """Lock an open file if no other descriptor holds its lock, and return whether that worked. Raises OSError."""
    try:
        if sys.platform == "win32":
            import msvcrt

            msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)
        else:
            import fcntl

            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    except OSError:
        if sys.platform == "win32":
            return False
        raise
    return True
