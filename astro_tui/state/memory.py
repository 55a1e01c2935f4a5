"""How the user left each account and each spec, and what they used last, kept between runs. No secrets."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING, Any

import msgspec
from msgspec.structs import asdict, replace

from astro_tui.platform.servers import origin_of
from astro_tui.state.files import keep_newest, replace_file
from astro_tui.state.plain_files import keyed_file, read_plain
from astro_tui.text.masked import redact_text

if TYPE_CHECKING:
    from astro_tui.document import View

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


LARGEST = 16_384
"""The most bytes in the file of an account. A larger file counts as damaged."""
LARGEST_FOLDS = 65_536
"""The same limit for the folds of a spec, and for what was used last."""
MOST_RECENT = 100
"""The most names of what was used last."""
_LONGEST = 500
_PALETTE = "palette"


class AccountPlace(msgspec.Struct, frozen=True):
    """How the user left an account: untrusted text, not made safe to draw.

    `query` and `order` are those of the list, `agent` is the deployment under the cursor, and `section` is its section
    on screen, or empty if the list was on screen. `theme` is empty if the user did not switch it in the program.
    """

    query: str = ""
    order: str = ""
    reverse: bool = False
    agent: str = ""
    section: str = ""
    preview: bool = True
    theme: str = ""


NOWHERE = AccountPlace()


class Memory:
    """What is kept about one server. Without a folder, it is kept only for this run.

    With `fresh`, nothing from earlier runs is read. Only `place`, `folds`, `recent`, `use`, and `save` access the disk.
    Each reads a small file the first time that a name is needed. Nothing raises.
    """

    def __init__(self, server: str = "", folder: Path | None = None, *, fresh: bool = False) -> None:
        self.server = origin_of(server)
        self._fresh = fresh
        self._place_files = KeptFiles("place", "account", server, folder, LARGEST)
        self._fold_files = KeptFiles("folds", "deployment", server, folder, LARGEST_FOLDS)
        self._recent_files = KeptFiles("recent", "list", server, folder, LARGEST_FOLDS)
        self._places: dict[str, AccountPlace] = {}
        self._folds: dict[str, View | None] = {}
        self._recent: tuple[str, ...] | None = None
        self._changed: set[str] = set()
        self._folded: set[str] = set()
        self._used = False
        self._lock, self._disk = Lock(), Lock()

    @property
    def damaged(self) -> Path | None:
        """Where the damaged file of an account was moved to; None if none was."""
        return self._place_files.damaged

    @damaged.setter
    def damaged(self, path: Path | None) -> None:
        self._place_files.damaged = path

    # ---- accounts

    def place(self, account: str) -> AccountPlace:
        """Return how the user left an account."""
        if not account:
            return NOWHERE
        if account not in self._places:
            found = NOWHERE if self._fresh else _place_of(self._place_files.read(account))
            with self._lock:
                self._places.setdefault(account, found)
        return self._places[account]

    def note(self, account: str, **changes: Any) -> bool:
        """Record changes to a place. Returns whether there is anything to save."""
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

    # ---- specs

    def folds(self, deployment: str) -> View | None:
        """Return the folds of a deployment's spec, without a cursor; None if the user never changed any."""
        if deployment not in self._folds:
            found = None
            if deployment and not self._fresh and (members := self._fold_files.read(deployment)):
                from astro_tui.state.fold_paths import view_of

                found = view_of(members.get("folds"))
            self._folds[deployment] = found
        return self._folds[deployment]

    def note_folds(self, deployment: str, view: View) -> bool:
        """Record the folds with which the user left a spec. Returns whether there is anything to save."""
        before = self._folds.get(deployment)
        if not deployment or (before is not None and (before.base, before.changes) == (view.base, view.changes)):
            return False
        with self._lock:
            self._folds[deployment] = view._replace(cursor=(), top=())
            self._folded.add(deployment)
        return True

    # ---- the palette

    def recent(self) -> Sequence[str]:
        """Return the names of what the user chose in the palette, most recent first."""
        if self._recent is None:
            names = [] if self._fresh else self._recent_files.read(_PALETTE).get("names")
            found = [name for name in names if isinstance(name, str)] if isinstance(names, list) else []
            self._recent = tuple(name for name in found[:MOST_RECENT] if len(name) <= _LONGEST)
        return self._recent

    def use(self, name: str) -> None:
        """Put what the user chose first."""
        names = (name, *(each for each in self.recent() if each != name))
        with self._lock:
            self._recent, self._used = names[:MOST_RECENT], True

    # ---- the files

    def save(self) -> None:
        """Write what changed. Does nothing if the disk is full."""
        with self._disk:
            with self._lock:
                places = {account: self._places[account] for account in self._changed}
                folds = {deployment: self._folds[deployment] for deployment in self._folded}
                recent = self._recent if self._used else None
                self._changed.clear()
                self._folded.clear()
                self._used = False
            for account, place in places.items():
                [query] = _safe([place.query[:_LONGEST]]) or [""]
                self._place_files.write(account, asdict(replace(place, query=query)))
            for deployment, view in folds.items():
                if view is not None:
                    from astro_tui.state.fold_paths import members_of

                    self._fold_files.write(deployment, {"folds": members_of(view)})
            if recent is not None:
                self._recent_files.write(_PALETTE, {"names": _safe(recent)})


def _place_of(members: dict[str, Any]) -> AccountPlace:
    place = NOWHERE
    for key in AccountPlace.__struct_fields__:
        found = members.get(key)
        if type(found) is type(getattr(NOWHERE, key)):
            place = replace(place, **{key: found[:_LONGEST] if isinstance(found, str) else found})
    return place


def _safe(texts: Sequence[str]) -> list[str]:
    """Return the texts without those that contain a secret, which may have been pasted into the wrong window."""
    if not any(texts):
        # Loading the masker and using it for the first time would make quitting too slow.
        return list(texts)
    return [text for text in texts if len(text) <= _LONGEST and redact_text(text) == text]
