"""What is kept between runs, as one kind of file: typed, private, and limited in size. No secrets."""

from __future__ import annotations

import errno
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, Generic, TypeVar

import msgspec

from astro_tui.platform.servers import origin_of
from astro_tui.state.files import home_short, keep_newest, replace_file, wait_for_lock
from astro_tui.state.plain_files import keyed_file, read_plain, server_file
from astro_tui.text.foreign import visible

VERSION = 1
LARGEST = 1_000_000
"""The most bytes in a file. A larger one counts as damaged."""
MOST_KEPT = 200
"""The most files of one kind."""
MOST_BYTES = 20_000_000
"""The most bytes of all files of one kind."""
PATIENCE = 1.0
"""Seconds to wait for another process that is writing."""

Report = Callable[[str], object]
Value = TypeVar("Value", bound=msgspec.Struct)


class StateFile(Generic[Value]):
    """The files of one `kind` about a server, each with a value of a struct, the `schema`.

    There is one file, or one for each name if `about` says which member has the name. Nothing raises; without a folder,
    nothing is read or written. A damaged file is renamed, and `report` gets a sentence about it, in which `what` is
    what the file has. Prepare the schema with `msgspec.json.Decoder` where it is defined: two threads that convert to a
    struct for the first time at once crash msgspec.
    """

    def __init__(
        self,
        kind: str,
        schema: type[Value],
        server: str,
        folder: Path | None,
        report: Report,
        *,
        what: str,
        about: str = "",
        largest: int = LARGEST,
    ) -> None:
        self._kind, self._schema, self._what, self._about, self._largest = kind, schema, what, about, largest
        self._server, self._folder, self._report = origin_of(server), folder, report

    def _path(self, name: str) -> Path | None:
        if self._folder is None or bool(self._about) != bool(name):
            return None
        file = keyed_file(self._kind, self._server, name) if name else server_file(self._kind, self._server)
        return self._folder / file

    def _head(self, name: str) -> dict[str, Any]:
        return {"version": VERSION, "server": self._server, **({self._about: name} if name else {})}

    def read(self, name: str = "") -> Value | None:
        """Return the value; None if there is no file, or one of another version or a damaged one."""
        path = self._path(name)
        if path is None:
            return None
        try:
            members = msgspec.json.decode(read_plain(path, self._largest), type=dict[str, Any])
            if members | self._head(name) == members:
                return msgspec.convert(members, self._schema)
            # A file of another version is left alone.
            if members | self._head(name) | {"version": members.get("version")} == members:
                return None
        except OSError as error:
            # A file that cannot be opened now is not damaged.
            if error.errno not in (errno.EINVAL, errno.EFBIG):
                return None
        except (ValueError, RecursionError):
            pass
        self._set_aside(path, name)
        return None

    def _set_aside(self, path: Path, name: str) -> None:
        """Rename a damaged file, so that the user can look at it. An older damaged file is overwritten."""
        aside = path.with_suffix(".damaged")
        with suppress(OSError):
            path.replace(aside)
            what = f"{self._what} {visible(name, 100)}".strip()
            self._report(f"{what} is damaged. The file was renamed to {home_short(aside)}.")

    def write(self, value: Value, name: str = "") -> bool:
        """Replace a file, and remove the oldest ones of its kind. Returns whether that worked."""
        path = self._path(name)
        if path is None:
            return False
        with suppress(OSError, ValueError):
            data = msgspec.json.encode(self._head(name) | msgspec.to_builtins(value))
            if len(data) <= self._largest:
                replace_file(path, data)
                keep_newest(path, f"{self._kind}-*.json", MOST_KEPT, MOST_BYTES)
                return True
        return False

    def update(self, change: Callable[[Value | None], Value], name: str = "") -> None:
        """Replace a file by what `change` makes of its value, while no other process does the same."""
        with self._alone():
            self.write(change(self.read(name)), name)

    @contextmanager
    def _alone(self) -> Iterator[None]:
        """Hold the lock of the folder, if the system has one and it is free soon: files are replaced in any case."""
        descriptor = -1
        with suppress(OSError):
            if self._folder is not None and self._folder.is_dir():
                descriptor = os.open(self._folder, os.O_RDONLY)
                wait_for_lock(descriptor, PATIENCE)
        try:
            yield
        finally:
            if descriptor >= 0:
                os.close(descriptor)
