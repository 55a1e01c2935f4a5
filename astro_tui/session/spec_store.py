"""The specs of revisions. Each is requested once per run and shared by all screens and threads."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import timedelta

from msgspec import Struct

from astro_tui.document import Document
from astro_tui.errors import Do, DocumentError, ErrorKind, PlatformError, canceled
from astro_tui.platform.client import Call, Platform
from astro_tui.platform.models import ActiveDeployment
from astro_tui.presentation.presence import Target, read_template
from astro_tui.presentation.revisions import Key, RevisionRow

KEPT_BYTES = 240 << 20
"""The most bytes of specs to keep, without the objects around them. The least recently used are dropped first."""
_POLL = 0.05
_ROUNDED = timedelta(seconds=2)
"""How much later than its record a revision may say it was deployed: the times have different precision."""


class RevisionSpec(Struct, frozen=True):
    """The spec of one revision; `regenerated` if the server rebuilt it: it may differ slightly from what ran.

    `outdated` says that it was not the newest revision then, so that variables, resources, storage, and access in it
    are those of another one (platform.md §8.7), also if it runs after a rollback.
    """

    document: Document
    regenerated: bool
    outdated: bool = False


class RunningSpec(RevisionSpec, frozen=True):
    """The spec that runs, with every secret masked. `listed` is what the list said about the deployment then.

    `revision` is the key of its revision if the history was read, and `rolled_back` says that a newer one exists.
    """

    listed: tuple[str, ...] = ()
    revision: Key | None = None
    rolled_back: bool = False


class SpecText(Struct, frozen=True):
    """The spec of one revision as it was sent; `source` says which response contained it."""

    raw: bytes
    regenerated: bool
    source: str


def spec_text(
    platform: Platform, target: Target, row: RevisionRow, record: ActiveDeployment | None, call: Call
) -> SpecText:
    """Return the spec of a revision as it was sent; it is requested only if no response contained it.

    Order of preference: the spec in the history's row, in the active record if it is that of this revision, or else
    the one that the server regenerates (platform.md §8.7). Raises PlatformError, of kind NOT_FOUND if the revision has
    no number, which the request needs.
    """
    if row.spec:
        return SpecText(row.spec, regenerated=False, source="the spec from the history")
    if record is not None and _has_spec_of(record, row):
        return SpecText(record.spec, regenerated=False, source="the spec of the active record")
    if row.number is None:
        raise PlatformError(
            ErrorKind.NOT_FOUND,
            f"The platform keeps no spec for {row.title}, because the revision has no number.",
            request=f"history of {target.blueprint}",
        )
    source = f"deployment-template of {target.blueprint}, revision {row.number}"
    raw = read_template(platform, target, row.number, call)["template"]
    return SpecText(raw, regenerated=True, source=source)


def _has_spec_of(record: ActiveDeployment, row: RevisionRow) -> bool:
    """Whether a record has the spec of a revision, as far as their fields tell.

    The record may have been read before the revision was deployed, even with the same build.
    """
    same_build = not record.build_id or not row.raw_build or record.build_id == row.raw_build
    same = record.id in (row.deployment_id, "") and same_build
    deployed = record.deployed_at.at
    outdated = deployed is not None and row.deployed is not None and row.deployed - deployed > _ROUNDED
    return row.stored and record.has_spec and same and not outdated


def parsed(raw: bytes, title: str, source: str) -> Document:
    """Return a spec as a document. Raises PlatformError of kind ODD_SHAPE, with the response that contained it."""
    try:
        return Document.parse(raw)
    except DocumentError as error:
        raise PlatformError(
            ErrorKind.ODD_SHAPE,
            f"The spec of {title} cannot be read: {error}",
            request=source,
            remedies=(Do("compare with another revision"),),
        ) from error


class SpecStore:
    """Keeps specs by the key of their revision. Safe to use from many threads."""

    def __init__(self, kept_bytes: int = KEPT_BYTES) -> None:
        self._kept_bytes = kept_bytes
        self._specs: dict[Key, RevisionSpec] = {}
        self._pending: dict[Key, threading.Event] = {}
        self._size = 0
        self._lock = threading.Lock()

    def peek(self, key: Key) -> RevisionSpec | None:
        """Return the spec if it is loaded."""
        with self._lock:
            return self._specs.get(key)

    def get(self, key: Key, read: Callable[[], RevisionSpec], call: Call) -> RevisionSpec:
        """Return the spec; `read` it in this thread unless another thread has read it or is reading it.

        For worker threads. Errors of `read` go to the caller, and the next caller reads again. Canceling `call` ends
        the wait for another thread with an error of kind CANCELED.
        """
        while True:
            with self._lock:
                spec = self._specs.pop(key, None)
                if spec is not None:
                    self._specs[key] = spec
                    return spec
                other = self._pending.get(key)
                if other is None:
                    self._pending[key] = mine = threading.Event()
                    break
            while not other.wait(_POLL):
                if call.canceled.is_set():
                    raise canceled()
        try:
            spec = read()
            self.keep(key, spec)
            return spec
        finally:
            with self._lock:
                self._pending.pop(key, None)
            mine.set()

    def keep(self, key: Key, spec: RevisionSpec) -> None:
        """Keep a spec as the one that was used last."""
        with self._lock:
            old = self._specs.pop(key, None)
            self._specs[key] = spec
            self._size += len(spec.document.text) - (len(old.document.text) if old is not None else 0)
            while self._size > self._kept_bytes and len(self._specs) > 1:
                oldest = next(iter(self._specs))
                self._size -= len(self._specs.pop(oldest).document.text)
