"""Reads small files that may have been replaced by anything, such as a pipe or a device."""

from __future__ import annotations

import errno
import os
import stat
from pathlib import Path


def read_plain(path: Path, limit: int) -> bytes:
    """Return the bytes of a regular file, at most `limit` of them.

    Never waits for a pipe and never reads a device. Raises OSError, with EINVAL if it is not a regular file and EFBIG
    if it is larger.
    """
    descriptor = os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0))
    try:
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):
            raise OSError(errno.EINVAL, "it is not a regular file")
        with os.fdopen(descriptor, "rb", closefd=False) as file:
            raw = file.read(limit + 1)
    finally:
        os.close(descriptor)
    if len(raw) > limit:
        raise OSError(errno.EFBIG, f"it is larger than {limit >> 10} KiB")
    return raw
