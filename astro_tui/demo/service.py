"""The base of the demo's servers: starting, stopping, and the requests they received."""

from __future__ import annotations

import threading
from abc import ABC, abstractmethod
from collections import deque
from collections.abc import Sequence
from types import TracebackType
from typing import Self

from astro_tui.demo.faults import Faults
from astro_tui.demo.wire import PlatformListener, Responder

_REMEMBERED = 2000


class Service(ABC):
    """A server on a loopback port; a `port` of 0 is any free one. Use it as a context manager, or call `start()`."""

    name = ""

    def __init__(self, port: int = 0, delay: float = 0.0) -> None:
        self.faults = Faults()
        self._port, self._delay = port, delay
        self._requests: deque[tuple[str, str]] = deque(maxlen=_REMEMBERED)
        self._platform: PlatformListener | None = None
        self._thread: threading.Thread | None = None

    @property
    def url(self) -> str:
        """The origin, such as `http://127.0.0.1:40123`. Raises RuntimeError before `start()`."""
        if self._platform is None:
            raise RuntimeError(f"the {self.name} is not running")
        return f"http://127.0.0.1:{self._platform.server_port}"

    @property
    def requests(self) -> Sequence[tuple[str, str]]:
        """Method and target of the newest 2000 requests, oldest first. A target is the path and query as sent.

        It is a copy: `forget_requests()` drops what was received.
        """
        return list(self._requests)

    def forget_requests(self) -> None:
        """Drop the requests received so far."""
        self._requests.clear()

    @abstractmethod
    def handler(self) -> Responder:
        """Return the function that handles all requests."""

    def start(self) -> Self:
        """Serve in a daemon thread. Raises OSError if the port is in use."""
        # Imported here because the standard library's server takes longer to import than the whole demo.

        if self._platform is None:
            self._platform = PlatformListener(self._port, self.handler(), self.faults, self._record, self._delay)
            self._thread = threading.Thread(target=self._platform.serve, name=self.name, daemon=True)
            self._thread.start()
        return self

    def stop(self) -> None:
        """Close the port and all connections, including those that hang. Returns at once."""
        platform, thread = self._platform, self._thread
        self._platform = self._thread = None
        if platform and thread:
            platform.close()
            thread.join(2)
            platform.server_close()

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(
        self, _kind: type[BaseException] | None, _error: BaseException | None, _trace: TracebackType | None
    ) -> None:
        self.stop()

    def _record(self, method: str, target: str) -> None:
        self._requests.append((method, target))
