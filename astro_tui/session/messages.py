"""What the program said and requested during this run, newest last, in bounded memory."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Collection
from datetime import datetime

from msgspec import Struct
from msgspec.structs import replace

from astro_tui.platform.client import SentRequest
from astro_tui.text.foreign import bounded, visible
from astro_tui.text.masked import redact_text, without

MOST = 1000
"""The most messages that are kept; older ones are dropped."""
LONGEST = 500
"""The most characters of a message."""
NOTICE, WARNING, ERROR, REQUEST = "notice", "warning", "error", "request"


class SessionMessage(Struct, frozen=True):
    """One message: its time, its kind, and its text, which is not safe to draw."""

    time: datetime
    kind: str
    text: str


class Messages:
    """Any thread may add messages or mask them. Masking is a separate step, because it loads large modules."""

    def __init__(self, most: int = MOST) -> None:
        self._added: deque[SessionMessage] = deque(maxlen=most)
        self._masked: deque[SessionMessage] = deque(maxlen=most)
        self._masking = threading.Lock()
        self.count = 0
        """The number of messages so far, including those that were dropped."""

    def add(self, time: datetime, kind: str, text: str) -> None:
        """Add a message."""
        # Keep more than `LONGEST`: the text is masked first and cut later.
        self._added.append(SessionMessage(time, kind, bounded(text, 8 * LONGEST)))
        self.count += 1

    def requested(self, time: datetime, sent: SentRequest) -> None:
        """Add a request that has ended."""
        self.add(time, REQUEST, f"{sent.request}: {sent.outcome}, {sent.seconds * 1000:,.0f} ms")

    def mask(self, tokens: Collection[str] = ()) -> None:
        """Turn each added message into one line, with secrets masked and without the `tokens` in use."""
        with self._masking:
            while self._added:
                said = self._added.popleft()
                self._masked.append(replace(said, text=visible(redact_text(without(said.text, tokens)), LONGEST)))

    def newest_first(self, tokens: Collection[str] = ()) -> list[SessionMessage]:
        """Return all messages, masked."""
        self.mask(tokens)
        with self._masking:
            return list(reversed(self._masked))
