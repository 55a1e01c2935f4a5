"""How the user left the list of each account, kept between runs. No secrets.

There is one small file per account in the user's state folder, readable only by its owner and replaced as a whole. So
two windows with different accounts never get into each other's way, and of two with the same account the last one wins.
"""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path
from threading import Lock
from typing import Any

import msgspec
from msgspec.structs import asdict, replace

from astro_tui.platform.servers import origin_of
from astro_tui.state.plain_files import keyed_file, read_plain

VERSION = 1
LARGEST = 16_384
"""The most bytes in a file. A larger one is damaged."""
MOST_KEPT = 200
MOST_BYTES = 1_000_000
_LONGEST = 500


class Place(msgspec.Struct, frozen=True):
    """How the user left an account: untrusted text, not made safe to draw.

    `query` and `order` are those of the list, `agent` is the deployment under the cursor, and `section` the section of
    it that was on screen; without one, the list was. `theme` is empty if the user did not switch it in the program.
    """

    query: str = ""
    order: str = ""
    reverse: bool = False
    agent: str = ""
    section: str = ""
    preview: bool = True
    theme: str = ""


NOWHERE = Place()


class Memory:
    """The places of one server, by account. Without a folder, they are kept only for this run.

    With `fresh`, nothing from earlier runs is read. Only `place` and `save` access the disk. Nothing raises.
    """

    def __init__(self, server: str = "", folder: Path | None = None, *, fresh: bool = False) -> None:
        self.server = origin_of(server)
        self.damaged: Path | None = None
        """Where a damaged file was moved to; None if none was."""
        self._folder, self._fresh = folder, fresh
        self._places: dict[str, Place] = {}
        self._changed: set[str] = set()
        self._lock, self._disk = Lock(), Lock()

    def place(self, account: str) -> Place:
        """Return how the user left an account. The first call for each account reads a small file."""
        if not account:
            return NOWHERE
        if account not in self._places:
            found = NOWHERE if self._fresh else self._read(account)
            with self._lock:
                self._places.setdefault(account, found)
        return self._places[account]

    def note(self, account: str, **changes: Any) -> bool:
        """Take changes of a place. Returns whether there is anything to save."""
        if not account:
            return False
        before = self.place(account)
        after = replace(before, **changes)
        if after == before:
            return False
        with self._lock:
            self._places[account] = after
            self._changed.add(account)
        return True

    def save(self) -> None:
        """Write what changed. Does nothing if the disk is full."""
        with self._disk:
            with self._lock:
                changed = {account: self._places[account] for account in self._changed}
                self._changed.clear()
            for account, place in changed.items():
                with suppress(OSError, ValueError):
                    self._write(account, place)

    # ---- the files

    def _path(self, account: str) -> Path | None:
        return self._folder / keyed_file("place", self.server, account) if self._folder is not None else None

    def _read(self, account: str) -> Place:
        path = self._path(account)
        if path is None:
            return NOWHERE
        try:
            value = msgspec.json.decode(read_plain(path, LARGEST))
        except FileNotFoundError:
            return NOWHERE
        except (OSError, ValueError, RecursionError):
            self._set_aside(path)
            return NOWHERE
        if not isinstance(value, dict) or [value.get(key) for key in ("server", "account")] != [self.server, account]:
            self._set_aside(path)
            return NOWHERE
        if value.get("version") != VERSION:
            return NOWHERE
        place = NOWHERE
        for key in Place.__struct_fields__:
            found = value.get(key)
            if type(found) is type(getattr(NOWHERE, key)):
                place = replace(place, **{key: found[:_LONGEST] if isinstance(found, str) else found})
        return place

    def _set_aside(self, path: Path) -> None:
        """Rename a damaged file, so that the user can look at it; it replaces one that was damaged before."""
        aside = path.with_suffix(".damaged")
        with suppress(OSError):
            path.replace(aside)
            self.damaged = aside

    def _write(self, account: str, place: Place) -> None:
        path = self._path(account)
        if path is None:
            return
        # The first frame does not need it.
        from astro_tui.state.files import keep_newest, replace_file

        safe = replace(place, query=_without_secrets(place.query[:_LONGEST]))
        value = {"version": VERSION, "server": self.server, "account": account, **asdict(safe)}
        data = msgspec.json.encode(value)
        if len(data) <= LARGEST:
            replace_file(path, data)
            keep_newest(path, "place-*.json", MOST_KEPT, MOST_BYTES)


def _without_secrets(query: str) -> str:
    """Return a filter, or nothing if it contains a secret, which may have been pasted into the wrong window."""
    if not query:
        # Importing the masker and its first use take longer than quitting may take.
        return ""
    from astro_tui.text.redaction import redact_text

    return query if redact_text(query) == query else ""
