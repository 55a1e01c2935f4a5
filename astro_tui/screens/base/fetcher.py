"""What a loader needs from the screen it loads for."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Protocol, TypeVar

from astro_tui.errors import PlatformError

if TYPE_CHECKING:
    from textual.timer import Timer

    from astro_tui.platform.client import Call

T = TypeVar("T")


class Fetcher(Protocol):
    """Sends requests from worker threads, one per topic."""

    def fetch(
        self,
        topic: str,
        ask: Callable[[Call], T],
        show: Callable[[T], None],
        fail: Callable[[PlatformError], None],
    ) -> None:
        """Run `ask` in a worker thread, then `show` its result or `fail` with its error on the UI thread.

        A new request cancels the previous one of its topic.
        """

    def forget(self, topic: str) -> None:
        """Cancel the topic's request and drop its response."""

    def busy(self, topic: str) -> bool:
        """Whether the topic's response is still to come."""


class TimedFetcher(Fetcher, Protocol):
    """A fetcher that can also wait before a request."""

    def set_timer(self, delay: float, callback: Callable[[], None]) -> Timer:
        """Call `callback` after `delay` seconds."""

    def call_after_refresh(self, callback: Callable[[], None]) -> bool:
        """Call `callback` after the next frame is drawn."""


class PollingFetcher(TimedFetcher, Protocol):
    """A screen of an account's data, as a loader sees it."""

    def poll(self) -> None:
        """Load again; while signed out, only check for a new login."""

    def remember(self) -> None:
        """Save what the next run starts with."""
