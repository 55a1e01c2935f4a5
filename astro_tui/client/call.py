"""What goes into a request and what comes out of it, without a word about HTTP libraries."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Timeouts:
    """How long to wait, in seconds. `total` bounds one try from dialling to the last byte.

    `pauses` lie between the tries, so their number is the number of further tries; a server that asks for
    more than `longest_pause` is not asked again.
    """

    connect: float = 5.0
    read: float = 15.0
    total: float = 30.0
    pauses: tuple[float, ...] = (0.5, 1.5)
    longest_pause: float = 30.0


@dataclass(frozen=True, slots=True)
class Limits:
    """What is too much: bytes of a body after decompression, levels of nesting, redirects in a row."""

    body: int = 64 * 1024 * 1024
    depth: int = 500
    redirects: int = 5


@dataclass(eq=False)
class Call:
    """One use of the platform that can be given up, from any thread.

    `waiting` is told why and for how many seconds the client pauses before it tries again.
    """

    waiting: Callable[[str, float], None] | None = None
    cancelled: threading.Event = field(default_factory=threading.Event)

    def abort(self) -> None:
        """End the request: whoever waits for it gets a PlatformError of kind CANCELLED within 50 ms."""
        self.cancelled.set()


@dataclass(frozen=True, slots=True)
class Answer:
    """The body of a successful answer, unread; `request` is what it answers, for error messages."""

    body: bytes = field(repr=False)
    request: str
    took_seconds: float
