"""The user's own files: written under a new name or replaced in one step, and readable only by the user."""

from __future__ import annotations

import errno
import os
import re
import stat
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from itertools import count
from pathlib import Path

MOST_NUMBERED = 1000
_POLL = 0.02
HALF_WRITTEN = 3600.0
"""Seconds after which a temporary file counts as left over from a program that died."""
_UNFIT = re.compile(r"[^\w.+@-]+")
_STEM_BYTES = 120
_numbers = count()


def file_stem(*parts: str) -> str:
    """Return a file name without its suffix from untrusted `parts`: no separators, no leading dot, limited length."""
    stem = "-".join(piece for part in parts if (piece := _UNFIT.sub("-", part).strip("-.")))
    return stem.encode("utf-8", "replace")[:_STEM_BYTES].decode("utf-8", "ignore").strip("-.") or "document"


def write_new(path: Path, data: bytes, *, sync: bool = False) -> None:
    """Write `data` to a file that must not exist, with mode 0600. `sync` flushes it to the disk.

    Raises OSError and leaves no partial file.
    """
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(data)
            if sync:
                file.flush()
                os.fsync(descriptor)
    except BaseException:
        path.unlink(missing_ok=True)
        raise


def replace_file(path: Path, data: bytes, *, sync: bool = False) -> None:
    """Replace a file in one step, with mode 0600: a crash leaves the old file or the new one, never a mixture.

    Creates the folder, for its owner only. With `sync`, the new file survives a power failure. Raises OSError.
    """
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    new = _beside(path)
    write_new(new, data, sync=sync)
    try:
        new.replace(path)
    except OSError:
        new.unlink(missing_ok=True)
        raise
    if sync:
        with suppress(OSError):
            sync_folder(path.parent)


def keep_newest(newest: Path, pattern: str, most: int, size: int) -> None:
    """Remove the oldest files beside `newest` that match a pattern, so that at most `most` files and `size` bytes stay.

    Also removes temporary files that are left over from a program that died while writing. Raises OSError.
    """
    files = []
    for path in newest.parent.glob(pattern):
        with suppress(OSError):
            about = path.stat()
            files.append((about.st_mtime_ns, path, about.st_size))
    count, total = 0, 0
    for _time, path, length in sorted(files, reverse=True):
        count, total = count + 1, total + length
        if (count > most or total > size) and path != newest:
            path.unlink(missing_ok=True)
    for half in newest.parent.glob(f".{pattern}.*"):
        if newest.stat().st_mtime - half.stat().st_mtime > HALF_WRITTEN:
            half.unlink(missing_ok=True)


def check_room(path: Path, size: int) -> None:
    """Raise OSError if `replace_file` could not write `size` bytes there."""
    new = _beside(path)
    write_new(new, b" " * size, sync=True)
    new.unlink()


def _beside(path: Path) -> Path:
    """Return the name of a temporary file next to `path`: hidden, and not used by another thread or process."""
    return path.with_name(f".{path.name}.{os.getpid()}.{next(_numbers)}")


def sync_folder(folder: Path) -> None:
    """Let the names of new and renamed files survive a power failure. Raises OSError."""
    if os.name != "posix":
        return
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def numbered(path: Path) -> Iterator[Path]:
    """Yield `path`, then the same name with a number: `a.json`, `a-2.json`, and so on."""
    yield path
    for number in range(2, MOST_NUMBERED + 1):
        yield path.with_name(f"{path.stem}-{number}{path.suffix}")


def next_free(path: Path) -> Path | None:
    """Return the first numbered name that is free; None if all are taken."""
    return next((each for each in numbered(path) if not os.path.lexists(each)), None)


def save_new(folder: Path, stem: str, suffix: str, data: bytes) -> Path:
    """Write `data` to a new file (`stem.json`, else `stem-2.json`, …) with mode 0600, and return its path.

    Creates the folder, for its owner only. Raises OSError and leaves no partial file.
    """
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    first = folder / f"{stem}{suffix}"
    for path in numbered(first):
        try:
            write_new(path, data)
        except FileExistsError:
            continue
        return path
    raise FileExistsError(errno.EEXIST, "there are too many files with this name", str(first))


def others_can_write(status: os.stat_result) -> bool:
    """Return whether other users can write to a file or folder, as far as its mode says."""
    return os.name == "posix" and bool(status.st_mode & 0o022)


def mode_of(status: os.stat_result) -> str:
    """Return the mode of a file or folder for display, such as `0755`."""
    return f"{stat.S_IMODE(status.st_mode):04o}"


def home_short(path: Path) -> str:
    """Return a path for display: `~/…` below the home folder."""
    try:
        below = path.relative_to(Path.home())
    except (ValueError, RuntimeError):
        return str(path)
    return f"~{os.sep}{below}" if below.parts else "~"


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


def wait_for_lock(descriptor: int, seconds: float, stop: Callable[[], bool] = lambda: False) -> bool:
    """Lock an open file, and return whether that worked within some seconds and before `stop` did. Raises OSError.

    The lock ends with the process, even after a crash.
    """
    until = time.monotonic() + seconds
    while not try_lock(descriptor):
        if stop() or time.monotonic() > until:
            return False
        time.sleep(_POLL)
    return True
