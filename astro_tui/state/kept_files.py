"""Small files about one server that are kept between runs: private, bounded, and replaced as a whole.

There is one file per name, so two windows that show different things never get in each other's way, and of two that
show the same thing, the last to write wins.
"""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

import msgspec

from astro_tui.platform.servers import origin_of
from astro_tui.state.files import keep_newest, replace_file
from astro_tui.state.plain_files import keyed_file, read_plain

VERSION = 1
MOST_KEPT = 200
"""The most files of one kind."""
MOST_BYTES = 1_000_000
"""The most bytes of all files of one kind."""


class KeptFiles:
    """The files of one `kind`, whose names start with it. In each, the member named by `about` holds its name.

    A file has `largest` bytes at most. Nothing raises; without a folder, nothing is read or written.
    """

    def __init__(self, kind: str, about: str, server: str, folder: Path | None, largest: int) -> None:
        self._kind, self._about, self._largest = kind, about, largest
        self._server = origin_of(server)
        self._folder = folder
        self.damaged: Path | None = None
        """Where a damaged file was moved to; None if none was."""

    def _path(self, name: str) -> Path | None:
        return self._folder / keyed_file(self._kind, self._server, name) if self._folder is not None else None

    def read(self, name: str) -> dict[str, Any]:
        """Return the untrusted members of a file, or none if there is no such file. Renames a damaged one."""
        path = self._path(name)
        if path is None:
            return {}
        try:
            value = msgspec.json.decode(read_plain(path, self._largest))
        except FileNotFoundError:
            return {}
        except (OSError, ValueError, RecursionError):
            self._set_aside(path)
            return {}
        if not isinstance(value, dict) or [value.get("server"), value.get(self._about)] != [self._server, name]:
            self._set_aside(path)
            return {}
        return value if value.get("version") == VERSION else {}

    def _set_aside(self, path: Path) -> None:
        """Rename a damaged file, so that the user can look at it. An older damaged file is overwritten."""
        aside = path.with_suffix(".damaged")
        with suppress(OSError):
            path.replace(aside)
            self.damaged = aside

    def write(self, name: str, members: Mapping[str, Any]) -> None:
        """Replace a file, and remove the oldest ones of its kind. Does nothing if the file is too large."""
        path = self._path(name)
        if path is None:
            return
        with suppress(OSError, ValueError):
            data = msgspec.json.encode({"version": VERSION, "server": self._server, self._about: name, **members})
            if len(data) <= self._largest:
                replace_file(path, data)
                keep_newest(path, f"{self._kind}-*.json", MOST_KEPT, MOST_BYTES)
