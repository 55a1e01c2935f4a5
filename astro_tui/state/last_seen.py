"""What the user last saw of a deployment, kept between runs without any secret.

There is one small file per deployment in the user's state folder, readable only by its owner. A secret is replaced by
a digest of 16 bits, keyed with a random number of that file: it shows that the secret changed, but not what it was.
"""

from __future__ import annotations

import json
import re
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from hashlib import blake2b
from pathlib import Path
from secrets import token_hex
from threading import Lock
from typing import Any

from astro_tui.document import ROOT, Document, Masking
from astro_tui.document.strings import escape_surrogates
from astro_tui.errors import DocumentError
from astro_tui.platform.servers import origin_of
from astro_tui.state.account_cache import LARGEST, short_text
from astro_tui.state.files import keep_newest, replace_file
from astro_tui.state.plain_files import keyed_file, read_plain
from astro_tui.text.redaction import MASK
from astro_tui.text.times import sensible

VERSION = 1
SAME_VISIT = timedelta(minutes=10)
"""A visit this soon after the previous one does not count as a new one."""
MOST_VALUES = 20_000
"""The most values of a spec that is stored. For a larger one, only a digest is stored."""
MOST_KEPT = 200
MOST_BYTES = 20_000_000
_BREAK = re.compile(rb"\n *")


@dataclass(frozen=True, slots=True)
class Seen:
    """What was on the screen at one time: untrusted text, not made safe to draw.

    `status` is the label of the badge. `spec` is JSON without secrets, or empty if it is too long for a file. `digest`
    identifies the spec in either case. `salt` is the key of the digests.
    """

    at: datetime
    status: str = ""
    build: str = ""
    regenerated: bool = False
    spec: bytes = b""
    digest: str = ""
    salt: str = field(default_factory=lambda: token_hex(16))

    def with_spec(self, document: Document) -> Seen:
        """Return a copy with a spec, without its secrets."""
        if document.node_count > MOST_VALUES or len(document.text) > LARGEST:
            # As for a secret, only a short digest is kept.
            digest = blake2b(document.text, key=self.salt.encode(), digest_size=2).hexdigest()
            return replace(self, spec=b"", digest=digest)
        spec = without_secrets(document, self.salt)
        return replace(self, spec=spec, digest=blake2b(spec, digest_size=16).hexdigest())


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


class LastSeen:
    """What was seen on one server, by deployment id. Without a folder, it is kept only for this run.

    `begin` does no I/O. `before` and `keep` access the disk, so call them in worker threads. None of them raises.
    """

    def __init__(self, server: str = "", folder: Path | None = None) -> None:
        self.server = origin_of(server)
        self._folder = folder
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
        path = self._path(key)
        if path is None:
            return
        value = {
            "version": VERSION,
            "server": self.server,
            "deployment": key,
            "at": seen.at.isoformat(),
            "status": seen.status,
            "build": seen.build,
            "regenerated": seen.regenerated,
            "salt": seen.salt,
            "digest": seen.digest,
            "spec": seen.spec.decode(),
        }
        data = json.dumps(value).encode()
        if len(data) > LARGEST:
            data = json.dumps(value | {"spec": ""}).encode()
        with self._disk, suppress(OSError, ValueError):
            replace_file(path, data)
            keep_newest(path, "seen-*.json", MOST_KEPT, MOST_BYTES)

    # ---- files

    def _path(self, key: str) -> Path | None:
        if self._folder is None or not key:
            return None
        return self._folder / keyed_file("seen", self.server, key)

    def _read(self, key: str) -> Seen | None:
        path = self._path(key)
        value = _members(path) if path is not None else {}
        if [value.get(name) for name in ("version", "server", "deployment")] != [VERSION, self.server, key]:
            return None
        salt, spec = short_text(value.get("salt")), value.get("spec")
        with suppress(ValueError):
            at = sensible(datetime.fromisoformat(short_text(value.get("at"))))
            if at is not None and salt and isinstance(spec, str) and _readable(spec):
                return Seen(
                    at=at,
                    status=short_text(value.get("status")),
                    build=short_text(value.get("build")),
                    regenerated=value.get("regenerated") is True,
                    spec=spec.encode(),
                    digest=short_text(value.get("digest")),
                    salt=salt,
                )
        return None


def _members(path: Path) -> dict[str, Any]:
    """Return the JSON object in a file, or an empty one. Unlike msgspec, `json` accepts lone surrogates."""
    try:
        value = json.loads(read_plain(path, LARGEST))
    except (OSError, ValueError, RecursionError):
        return {}
    return value if isinstance(value, dict) else {}


def _readable(spec: str) -> bool:
    """Return whether a stored spec is valid JSON. The file may have been cut off."""
    try:
        return not spec or Document.parse(spec.encode()) is not None
    except (DocumentError, UnicodeEncodeError):
        return False
