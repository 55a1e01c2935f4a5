"""A fetcher that sends nothing, for tests of loaders without a screen."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from astro_tui.errors import PlatformError


class HeldRequests:
    """Keeps the open request of each topic until a test ends it."""

    def __init__(self) -> None:
        self._ends: dict[str, tuple[Callable[[Any], None], Callable[[PlatformError], None]]] = {}
        self.remembered = 0

    def fetch(
        self, topic: str, _request: object, show: Callable[[Any], None], fail: Callable[[PlatformError], None]
    ) -> None:
        self._ends[topic] = show, fail

    def forget(self, topic: str) -> None:
        self._ends.pop(topic, None)

    def busy(self, topic: str) -> bool:
        return topic in self._ends

    @property
    def topics(self) -> set[str]:
        """The topics with an open request."""
        return set(self._ends)

    def respond(self, topic: str, response: object) -> None:
        """End a request with a response."""
        self._ends.pop(topic)[0](response)

    def fail(self, topic: str, error: PlatformError) -> None:
        """End a request with an error."""
        self._ends.pop(topic)[1](error)

    def remember(self) -> None:
        self.remembered += 1
