"""How the user left each account and each spec, and what they used last, kept between runs. No secrets."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING, Any

import msgspec
from msgspec.structs import replace

from astro_tui.platform.servers import origin_of
from astro_tui.state.state_file import StateFile
from astro_tui.text.masked import redact_text

if TYPE_CHECKING:
    from astro_tui.document import OutlineState

LARGEST = 16_384
"""The most bytes in the file of an account. A larger file counts as damaged."""
LARGEST_FOLDS = 65_536
"""The same limit for the folds of a spec."""
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


KeptFold = tuple[str, list[str | int]]
"""A change of a container, with the keys and list positions that lead to it."""


class KeptFolds(msgspec.Struct):
    """The folds of a spec."""

    base: int
    changes: list[KeptFold]


class _StoredFolds(msgspec.Struct):
    folds: KeptFolds


class _Recent(msgspec.Struct):
    names: list[str]


for _schema in (AccountPlace, _StoredFolds, _Recent):
    msgspec.json.Decoder(_schema)


class Memory:
    """What is kept about one server. Without a folder, it is kept only for this run.

    With `fresh`, nothing from earlier runs is read. Only `place`, `folds`, `recent`, `use`, and `save` access the disk.
    Each reads a small file the first time that a name is needed. Nothing raises. `problems` gets a sentence about each
    damaged file.
    """

    def __init__(
        self, server: str = "", folder: Path | None = None, *, fresh: bool = False, problems: list[str] | None = None
    ) -> None:
        self.server = origin_of(server)
        self.problems = problems if problems is not None else []
        self._fresh = fresh
        kept = server, folder, self.problems.append
        self._place_file = StateFile(
            "place", AccountPlace, *kept, what="The saved view of", about="account", largest=LARGEST
        )
        about = "The saved state of the spec of"
        self._fold_file = StateFile("folds", _StoredFolds, *kept, what=about, about="deployment", largest=LARGEST_FOLDS)
        self._recent_file = StateFile("recent", _Recent, *kept, what="The saved history of the", about="list")
        self._places: dict[str, AccountPlace] = {}
        self._folds: dict[str, OutlineState | None] = {}
        self._recent: tuple[str, ...] | None = None
        self._changed: set[str] = set()
        self._folded: set[str] = set()
        self._used = False
        self._lock, self._disk = Lock(), Lock()

    # ---- accounts

    def place(self, account: str) -> AccountPlace:
        """Return how the user left an account."""
        if not account:
            return NOWHERE
        if account not in self._places:
            place = (None if self._fresh else self._place_file.read(account)) or NOWHERE
            with self._lock:
                self._places.setdefault(account, place)
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

    def folds(self, deployment: str) -> OutlineState | None:
        """Return the folds of a deployment's spec, without a cursor; None if the user never changed any."""
        if deployment not in self._folds:
            view = None
            if not self._fresh and (stored := self._fold_file.read(deployment)) is not None:
                from astro_tui.state.fold_paths import view_of

                view = view_of(stored.folds)
            self._folds[deployment] = view
        return self._folds[deployment]

    def note_folds(self, deployment: str, view: OutlineState) -> bool:
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
            stored = None if self._fresh else self._recent_file.read(_PALETTE)
            self._recent = tuple(stored.names[:MOST_RECENT]) if stored is not None else ()
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
                self._place_file.write(replace(place, query=query), account)
            for deployment, view in folds.items():
                if view is not None:
                    from astro_tui.state.fold_paths import kept_of

                    self._fold_file.write(_StoredFolds(kept_of(view)), deployment)
            if recent is not None:
                self._recent_file.write(_Recent(_safe(recent)), _PALETTE)


def _safe(texts: Sequence[str]) -> list[str]:
    """Return the texts without those that contain a secret, which may have been pasted into the wrong window."""
    if not any(texts):
        # Loading the masker and using it for the first time would make quitting too slow.
        return list(texts)
    return [text for text in texts if len(text) <= _LONGEST and redact_text(text) == text]
