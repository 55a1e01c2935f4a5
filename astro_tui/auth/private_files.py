"""Files that only the user can access: checked before use, replaced as a whole, locked between processes."""

from __future__ import annotations

import errno
import os
import stat
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path

from astro_tui.auth.login import LoginBusy, LoginProblem
from astro_tui.errors import RunCommand
from astro_tui.state.files import check_room, home_short, mode_of, others_can_write, replace_file, wait_for_lock
from astro_tui.state.plain_files import NO_LINKS, read_plain
from astro_tui.text.foreign import visible

_LARGEST = 1 << 20
_OTHERS = 0o077
Signature = tuple[int, int, int]
"""Changes whenever a file is replaced or written."""


def signature(path: Path) -> Signature | None:
    """Return a value that changes with every write to a file, or None. Costs one stat."""
    try:
        status = path.lstat()
    except OSError:
        return None
    return status.st_mtime_ns, status.st_ino, status.st_size


def read_private(path: Path) -> str | None:
    """Return the text of a file that only its owner can read or write, or None.

    Raises LoginProblem, with what is wrong and what to do, and never changes anything.
    """
    place = shown(path)
    try:
        raw = read_plain(path, _LARGEST, flags=NO_LINKS, check=partial(check_private, path))
    except (FileNotFoundError, NotADirectoryError):
        return None
    except OSError as error:
        if error.errno == errno.ELOOP:
            raise LoginProblem(f"{place} is a symbolic link. A login is only read from a regular file.") from None
        if error.errno == errno.EFBIG:
            raise LoginProblem(f"{place} is too large to be a login file.") from None
        raise LoginProblem(f"{place} cannot be read: {error.strerror}.") from None
    return raw.decode("utf-8", "replace")


def check_private(path: Path, status: os.stat_result) -> None:
    """Raise LoginProblem if this is not a regular file, belongs to another user, or is open to others."""
    place = shown(path)
    if not stat.S_ISREG(status.st_mode):
        raise LoginProblem(f"{place} is not a regular file.")
    if os.name != "posix":
        return
    if status.st_uid != os.geteuid():
        raise LoginProblem(f"{place} belongs to another user, so the login in it is not used.")
    if status.st_mode & _OTHERS:
        raise LoginProblem(f"Others can access {place} (mode {mode_of(status)}).", fix=RunCommand(f"chmod 600 {place}"))


def replace_private(path: Path, text: str) -> None:
    """Replace a file in one step, mode 0600; it survives a crash and a power failure.

    Creates the folder, for its owner only, and removes files left over from crashes. Call it under `locked`.
    Raises LoginProblem.
    """
    with _writing(path):
        replace_file(path, text.encode("utf-8"), sync=True)


def try_to_replace(path: Path, size: int) -> None:
    """Raise LoginProblem if `replace_private` could not write `size` bytes there. Call it under `locked`."""
    with _writing(path):
        check_room(path, size)


@contextmanager
def _writing(path: Path) -> Iterator[None]:
    """Prepare the folder for a write, and raise LoginProblem for an OSError."""
    try:
        private_folder(path.parent)
        for left in path.parent.glob(f".{path.name}.*"):
            left.unlink(missing_ok=True)
        yield
    except OSError as error:
        raise LoginProblem(f"{shown(path)} cannot be written: {error.strerror}.") from None


def private_folder(folder: Path) -> None:
    """Create a folder that only its owner can write to, or check an existing one. Raises LoginProblem or OSError."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    check_folder(folder, folder.stat())


def check_folder(folder: Path, status: os.stat_result) -> None:
    """Raise LoginProblem if a folder belongs to another user, or if others can replace the files in it."""
    if os.name != "posix":
        return
    if status.st_uid != os.geteuid():
        raise LoginProblem(f"The folder {shown(folder)} belongs to another user.")
    if others_can_write(status):
        message = f"Others can write to {shown(folder)} (mode {mode_of(status)})."
        raise LoginProblem(message, fix=RunCommand(f"chmod 700 {shown(folder)}"))


@contextmanager
def locked(path: Path, seconds: float, stop: Callable[[], bool] = lambda: False) -> Iterator[int]:
    """Hold a file lock against all other processes. Yields the descriptor that holds it.

    The lock ends with the process, even after a crash. Raises LoginProblem after `seconds`, or when `stop()` is true.
    """
    try:
        private_folder(path.parent)
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT | NO_LINKS, 0o600)
    except OSError as error:
        raise LoginProblem(f"{shown(path)} cannot be locked: {error.strerror}.") from None
    try:
        try:
            free = wait_for_lock(descriptor, seconds, stop)
        except OSError as error:
            raise LoginProblem(f"The login file cannot be locked: {error.strerror}.") from None
        if not free and stop():
            raise LoginProblem("Waiting for the lock was canceled.")
        if not free:
            raise LoginBusy(f"Another astro-tui is using the login ({shown(path)} is locked).")
        yield descriptor
    finally:
        os.close(descriptor)


def shown(path: Path) -> str:
    """Return a path for display, with `~` for the home folder."""
    return visible(home_short(path), 200)
