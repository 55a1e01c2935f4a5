"""What sends requests for a screen, and what code without a screen needs from it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol, TypeVar

from textual.timer import Timer

from astro_tui.errors import PlatformError
from astro_tui.platform.client import Call

T = TypeVar("T")
Request = Callable[["Call"], T]
"""Sends a request and returns its response. Blocks, so it runs in a worker thread; raises PlatformError."""
Show = Callable[[T], None]
"""Shows a response (UI thread)."""
Fail = Callable[[PlatformError], None]
"""Shows an error (UI thread)."""


class Requests(Protocol):
    """A screen or a section of one, as loaders need it: it sends requests, one per topic, and reloads regularly."""

    def fetch(self, topic: str, request: Request[T], show: Show[T], fail: Fail) -> None:
        """Run `request` in a worker thread, then `show` its result or `fail` with its error on the UI thread.

        A new request cancels the previous one of its topic. After an error of kind CANCELED, neither is called.
        """

    def forget(self, topic: str) -> None:
        """Cancel the topic's request and drop its response."""

    def busy(self, topic: str) -> bool:
        """Whether the topic has an open request."""

    @property
    def in_front(self) -> bool:
        """Whether the user sees it, with no other screen and no box in front of it."""

    def set_timer(self, delay: float, callback: Callable[[], None]) -> Timer:
        """Call `callback` after `delay` seconds."""

    def call_after_refresh(self, callback: Callable[[], None]) -> bool:
        """Call `callback` after the next frame is drawn."""

    def load(self) -> None:
        """Load again."""

    def poll(self) -> None:
        """Load again unless refreshes are paused; while signed out, only check for a new login."""

    def remember(self) -> None:
        """Save what the next run starts with."""
