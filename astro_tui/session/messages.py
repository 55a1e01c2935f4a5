"""What the program said and requested during this run, newest last, in bounded memory."""

from __future__ import annotations

from collections import deque
from collections.abc import Collection
from datetime import datetime
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from astro_tui.platform.client import Sent

MOST = 1000
"""Messages that are kept; older ones are dropped."""
LONGEST = 500
"""Characters of a message."""
NOTICE, WARNING, ERROR, REQUEST = "notice", "warning", "error", "request"


class Said(NamedTuple):
    """One message: when, of which kind, and its text, which is not safe to draw."""

    time: datetime
    kind: str
    text: str


class Messages:
    """Any thread may add a message. The texts are masked when they are read: that loads large modules."""

    def __init__(self, most: int = MOST) -> None:
        self._kept: deque[Said] = deque(maxlen=most)
        self.count = 0
        """How many there have been, including those that were dropped."""

    def add(self, time: datetime, kind: str, text: str) -> None:
        """Add a message."""
        # What is cut off later must be masked first.
        self._kept.append(Said(time, kind, text[: 8 * LONGEST]))
        self.count += 1

    def requested(self, time: datetime, sent: Sent) -> None:
        """Add a request that has ended."""
        self.add(time, REQUEST, f"{sent.request}: {sent.outcome}, {sent.seconds * 1000:,.0f} ms")

    def newest_first(self, tokens: Collection[str] = ()) -> list[Said]:
        """Return all messages on one line each, with secrets masked and without the `tokens` in use."""
        from astro_tui.text.redaction import masked_line, without

        return [
            said._replace(text=masked_line(without(said.text, tokens), LONGEST)) for said in reversed(self._kept.copy())
        ]
