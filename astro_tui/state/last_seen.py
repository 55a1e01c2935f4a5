"""What the user last saw of a deployment, kept between runs without any secret.

There is one small file per deployment in the user's state folder, readable only by its owner. A secret is replaced by
a digest of 16 bits, keyed with a random number of that file: it shows that the secret changed, but not what it was.
"""

from __future__ import annotations

import json
import re
from datetime import datetime, timedelta
from hashlib import blake2b
from pathlib import Path
from secrets import token_hex
from threading import Lock
from typing import Annotated

from msgspec import Meta, Struct, field
from msgspec.json import Decoder
from msgspec.structs import replace

from astro_tui.document import ROOT, Document, Masking
from astro_tui.document.strings import escape_surrogates
from astro_tui.errors import DocumentError
from astro_tui.state.state_file import LARGEST, Report, StateFile
from astro_tui.text.redaction import MASK
from astro_tui.text.times import sensible

SAME_VISIT = timedelta(minutes=10)
"""A visit this soon after the previous one does not count as a new one."""
MOST_VALUES = 20_000
"""The most values of a spec that is stored. For a larger one, only a digest is stored."""
_BREAK = re.compile(rb"\n *")


class Seen(Struct, frozen=True):
    """What was on the screen at one time: untrusted text, not made safe to draw.

    `status` is the label of the badge. `spec` is JSON without secrets, or empty if it is too long for a file. `digest`
    identifies the spec in either case. `salt` is the key of the digests.
    """

    at: datetime
    status: str = ""
    build: str = ""
    regenerated: bool = False
    spec: str = ""
    digest: str = ""
    salt: Annotated[str, Meta(min_length=1)] = field(default_factory=lambda: token_hex(16))

    def with_spec(self, document: Document) -> Seen:
        """Return a copy with a spec, without its secrets."""
        if document.node_count > MOST_VALUES or len(document.text) > LARGEST:
            # As for a secret, only a short digest is kept.
            digest = blake2b(document.text, key=self.salt.encode(), digest_size=2).hexdigest()
            return replace(self, spec="", digest=digest)
        spec = without_secrets(document, self.salt)
        return replace(self, spec=spec.decode(), digest=blake2b(spec, digest_size=16).hexdigest())


def without_secrets(document: Document, salt: str) -> bytes:
    """Return a document on one line, with each secret replaced by a string that only shows whether it changed."""
    text, start = document.text, 0
    pieces: list[bytes] = []
    for line in Masking(document).hidden(ROOT):
        digest = blake2b(text[line.value : line.stop], key=salt.encode(), digest_size=2).hexdigest()
        # The replacement looks like a secret, so it is masked when read again. It does not affect other values.
        pieces += (text[start : line.value], json.dumps(f"{MASK} password=seen-{digest}", ensure_ascii=False).encode())
        start = line.stop
    return escape_surrogates(_BREAK.sub(b"", b"".join([*pieces, text[start:]])))


Decoder(Seen)


class LastSeen:
    """What was seen on one server, by deployment id. Without a folder, it is kept only for this run.

    `begin` does no I/O. `before` and `keep` access the disk, so call them in worker threads. None of them raises.
    `report` gets a sentence about each damaged file.
    """

    def __init__(self, server: str = "", folder: Path | None = None, report: Report = len) -> None:
        what = "What was saved of the last visit to"
        self._file = StateFile("seen", Seen, server, folder, report, what=what, about="deployment")
        self._disk = Lock()
        self._newest: dict[str, Seen] = {}
        self._before: dict[str, Seen | None] = {}
        self._begun: dict[str, datetime] = {}

    def begin(self, key: str, now: datetime) -> None:
        """Record that a deployment was opened: `before` now returns what was seen on the previous visit."""
        begun, self._begun[key] = self._begun.get(key), now
        if key in self._newest and (begun is None or now - begun > SAME_VISIT):
            self._before[key] = self._newest[key]

    def has_read(self, key: str) -> bool:
        """Return whether the result of `before` is known without reading the disk."""
        return key in self._before

    def known_before(self, key: str) -> Seen | None:
        """Return the last result of `before`, without reading the disk."""
        return self._before.get(key)

    def before(self, key: str) -> Seen | None:
        """Return what was seen on the previous visit to a deployment, or None if there was none."""
        with self._disk:
            if key not in self._before:
                self._before[key] = self._read(key)
            return self._before[key]

    def keep(self, key: str, seen: Seen) -> None:
        """Store what is on the screen now. If that fails, it is kept only for this run."""
        self._newest[key] = seen
        stored = replace(seen, status=_encodable(seen.status), build=_encodable(seen.build))
        with self._disk:
            if not self._file.write(stored, _encodable(key)):
                self._file.write(replace(stored, spec=""), _encodable(key))

    def _read(self, key: str) -> Seen | None:
        seen = self._file.read(_encodable(key))
        at = sensible(seen.at) if seen is not None else None
        return replace(seen, at=at) if seen is not None and at is not None and _readable(seen.spec) else None


def _encodable(text: str) -> str:
    """Return a text without lone surrogates."""
    return text.encode("utf-8", "replace").decode()


def _readable(spec: str) -> bool:
    """Return whether a stored spec is valid JSON. The file may have been cut off."""
    try:
        return not spec or Document.parse(spec.encode()) is not None
    except DocumentError:
        return False
