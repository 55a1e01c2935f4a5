"""The specs of revisions, each asked for once in a run and shared by all screens and threads."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from astro_tui.errors import ErrorKind, PlatformError

if TYPE_CHECKING:
    from astro_tui.client import Call
    from astro_tui.document import Document
    from astro_tui.revisions import Key

KEPT_BYTES = 64 << 20
"""How much text of specs is kept; the ones looked at longest ago go first."""
_POLL = 0.05


@dataclass(frozen=True)
class RevisionSpec:
    """The spec of one revision. `regenerated` says that the server made it anew, close to what ran (contract §8.7)."""

    document: Document
    regenerated: bool


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
                    raise PlatformError(ErrorKind.CANCELLED, "The request was given up.", request="", hint="")
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
