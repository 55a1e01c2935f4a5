"""The names of the files about a server, and a reader for small ones, which may have been replaced by anything."""

from __future__ import annotations

import errno
import os
import re
import stat
from zlib import crc32

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

NO_LINKS = getattr(os, "O_NOFOLLOW", 0)
"""Opening a symbolic link fails."""
NO_WAIT = getattr(os, "O_NONBLOCK", 0)
"""Without it, opening a pipe would wait for the other end."""
LARGEST_CONFIG = 1 << 16
"""The most bytes read from a configuration file."""
_UNFIT = re.compile(r"[^a-z0-9.-]+")


def server_file(kind: str, server: str) -> str:
    """Return the name of a file about a server."""
    return f"{kind}-{_UNFIT.sub('_', server)}.json"


def keyed_file(kind: str, server: str, key: str) -> str:
    """Return the name of a file about one thing on a server. Only safe characters of the key remain."""
    whole = f"{server}-{key}"
    # The checksum distinguishes keys that look the same now. hashlib would take 1% of the time to the first frame.
    checksum = crc32(whole.encode("utf-8", "surrogatepass"))
    return f"{kind}-{_UNFIT.sub('_', whole)[:120]}-{checksum:08x}.json"


def read_plain(
    path: str | Path, limit: int, *, flags: int = 0, check: Callable[[os.stat_result], object] = lambda _found: None
) -> bytes:
    """Return the bytes of a regular file, at most `limit` of them.

    Never waits for a pipe and never reads a device. `flags` are more of those for opening it, and `check` is called
    before anything is read. Raises OSError, with EINVAL if it is not a regular file and EFBIG if it is larger.
    """
    descriptor = os.open(path, os.O_RDONLY | NO_WAIT | getattr(os, "O_BINARY", 0) | flags)
    try:
        check(os.fstat(descriptor))
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):
            raise OSError(errno.EINVAL, "it is not a regular file")
        with os.fdopen(descriptor, "rb", closefd=False) as file:
            raw = file.read(limit + 1)
    finally:
        os.close(descriptor)
    if len(raw) > limit:
        raise OSError(errno.EFBIG, f"it is larger than {limit >> 10} KiB")
    return raw
