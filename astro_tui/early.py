"""The first request, on its way while the screen library still loads."""

from __future__ import annotations

import threading
from dataclasses import dataclass, field

from astro_tui.client import Answer, Platform
from astro_tui.errors import PlatformError


@dataclass
class Early:
    """One request sent by a plain thread at start-up, through the same client as all others.

    It only fetches: reading the answer needs the record models, whose import would delay the first paint.
    """

    platform: Platform
    endpoint: str
    _done: threading.Event = field(default_factory=threading.Event)
    _answer: Answer | None = None
    _error: PlatformError | None = None

    def start(self) -> Early:
        """Send the request and return without its answer.

        The HTTP library is loaded here and not in the thread: two threads that import at a time wait for each
        other, and the request leaves later while the first paint comes no sooner.
        """
        self.platform.prepare()
        threading.Thread(target=self._fetch, name="early-request", daemon=True).start()
        return self

    def _fetch(self) -> None:
        try:
            self._answer = self.platform.fetch(self.endpoint)
        except PlatformError as error:
            self._error = error
        finally:
            self._done.set()

    def arrived(self, endpoint: str) -> Answer | None:
        """Return the answer when it belongs to `endpoint` and is here already; never waits, never raises."""
        return self._answer if endpoint == self.endpoint and self._done.is_set() else None

    def take(self, endpoint: str) -> Answer | None:
        """Return the answer when it belongs to `endpoint`, waiting for it; None when another one was asked.

        Raises the PlatformError that the request ended with.
        """
        if endpoint != self.endpoint:
            return None
        self._done.wait()
        if self._error is not None:
            raise self._error
        return self._answer
