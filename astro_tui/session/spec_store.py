"""The specs of revisions, each asked for once in a run and shared by all screens and threads."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from astro_tui.errors import ErrorKind, PlatformError

if TYPE_CHECKING:
    from astro_tui.document import Document
    from astro_tui.platform.client import Call, Platform
    from astro_tui.platform.models import ActiveDeployment
    from astro_tui.presentation.revisions import Key, RevisionRow

KEPT_BYTES = 64 << 20
"""How much text of specs is kept; the ones looked at longest ago go first."""
_POLL = 0.05


@dataclass(frozen=True)
class RevisionSpec:
    """The spec of one revision; `regenerated` if the server rebuilt it, close to what ran (platform.md §8.7)."""

    document: Document
    regenerated: bool


@dataclass(frozen=True)
class SpecText:
    """The same before it is laid out; `source` says what it came from."""

    raw: bytes
    regenerated: bool
    source: str


def spec_text(
    platform: Platform, account: str, blueprint: str, row: RevisionRow, *, record: ActiveDeployment | None, call: Call
) -> SpecText:
    """Return the spec of a revision as it was sent; the platform is asked only where nothing else has it.

    It is the one that came with the history's row, else that of the active record where this revision runs, else the
    one that the server makes anew of the revision (platform.md §8.7). Raises PlatformError, of kind NOT_FOUND where the
    revision has no number to ask by.
    """
    if row.spec:
        return SpecText(row.spec, regenerated=False, source="the spec of the history")
    if record is not None and _runs(row, record):
        return SpecText(record.spec, regenerated=False, source="the spec of the active record")
    if row.number is None:
        raise PlatformError(
            ErrorKind.NOT_FOUND,
            f"The platform keeps no spec for {row.title}, because it has no number.",
            request=f"history of {blueprint}",
        )
    source = f"deployment-template of {blueprint}, revision {row.number}"
    raw = platform.template(account, blueprint, row.deployment_id, row.number, call=call)
    return SpecText(raw, regenerated=True, source=source)


def _runs(row: RevisionRow, record: ActiveDeployment) -> bool:
    """Tell whether a record is that of a revision, as far as both tell."""
    same_build = not record.build_id or not row.raw_build or record.build_id == row.raw_build
    same = record.id in (row.deployment_id, "") and same_build
    return row.current and record.spec.strip() not in (b"", b"null") and same


class SpecStore:
    """Keeps specs by the key of their revision. Safe to use from many threads."""

    def __init__(self, kept_bytes: int = KEPT_BYTES) -> None:
        self._kept_bytes = kept_bytes
        self._known: dict[Key, RevisionSpec] = {}
        self._pending: dict[Key, threading.Event] = {}
        self._size = 0
        self._lock = threading.Lock()

    def known(self, key: Key) -> RevisionSpec | None:
        """Return the spec where it is here already."""
        with self._lock:
            return self._known.get(key)

    def get(self, key: Key, read: Callable[[], RevisionSpec], call: Call) -> RevisionSpec:
        """Return the spec, read by this thread when no other has it or is about to (worker thread).

        What `read` raises goes to the caller, and the next one reads again. `call` ends the waiting for another
        thread with an error of kind CANCELLED.
        """
        while True:
            with self._lock:
                found = self._known.pop(key, None)
                if found is not None:
                    self._known[key] = found
                    return found
                other = self._pending.get(key)
                if other is None:
                    self._pending[key] = mine = threading.Event()
                    break
            while not other.wait(_POLL):
                if call.cancelled.is_set():
                    raise PlatformError(ErrorKind.CANCELLED, "The request was canceled.", request="")
        try:
            spec = read()
            self._keep(key, spec)
            return spec
        finally:
            with self._lock:
                self._pending.pop(key, None)
            mine.set()

    def _keep(self, key: Key, spec: RevisionSpec) -> None:
        with self._lock:
            self._known[key] = spec
            self._size += len(spec.document.text)
            while self._size > self._kept_bytes and len(self._known) > 1:
                oldest = next(iter(self._known))
                self._size -= len(self._known.pop(oldest).document.text)
