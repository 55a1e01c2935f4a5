"""One try of a request, shared by the thread that does it and the thread that waits for it."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable, Mapping
from contextlib import suppress
from typing import Any

from astro_tui.errors import PlatformError


def hang_up(connection: socket.socket) -> None:
    """End a connection from any thread; its reader wakes at once."""
    with suppress(OSError):
        # Not the method of an SSLSocket, which would take its state from under the thread that reads.
        socket.socket.shutdown(connection, socket.SHUT_RDWR)


class Exchange:
    """`over` is set when it has an outcome, which stands in `body` or `error`, or when it was stopped.

    `again` tells whether a further try may help. `bug` is an exception that nobody expected. `opened` is
    told every socket that is used, for the connection outlives the exchange. With `sends` it is a POST, else a
    GET: of a JSON text, or with `form` of a filled-in form, whose answer is wanted with every status below 500.
    `token` goes along as its Authorization, and is gone where a redirect led away. A refusal leaves its `status`,
    every answer its `date`, as sent.
    """

    def __init__(
        self,
        opened: Callable[[socket.socket], None],
        sends: bytes | None = None,
        *,
        form: bool = False,
        token: str | None = None,
    ) -> None:
        self.sends = sends
        self.form = form
        self.token = token
        self.status = 0
        self.date = ""
        self.over = threading.Event()
        self.stopped = False
        self.body: bytes | None = None
        self.error: PlatformError | None = None
        self.again = False
        self.bug: Exception | None = None
        self.dialled = False
        self._lock = threading.Lock()
        self._opened = opened
        self._sockets: list[socket.socket] = []

    def take_body(self) -> bytes | None:
        """Return the body and forget it: the HTTP library's own objects keep the exchange alive for a while."""
        body, self.body = self.body, None
        return body

    def refused_with(self, *statuses: int) -> bool:
        """Return whether it ended with an answer of one of these statuses."""
        return self.error is not None and self.error.status in statuses

    def trace(self, event: str, info: Mapping[str, Any]) -> None:
        """Remember the sockets that the HTTP library opens (a callback of its public `trace` extension)."""
        if event.endswith((".connect_tcp.complete", ".start_tls.complete")):
            self.uses(info["return_value"])

    def uses(self, stream: Any) -> None:
        """Remember the socket below a network stream of the HTTP library."""
        self.dialled = True
        connection = stream.get_extra_info("socket")
        if not isinstance(connection, socket.socket):
            return
        with self._lock:
            self._sockets.append(connection)
            late = self.stopped
        self._opened(connection)
        if late:
            hang_up(connection)

    def stop(self) -> None:
        """End it now: the waiting thread goes on at once, the other one as soon as its socket tells it."""
        with self._lock:
            self.stopped = True
            sockets = list(self._sockets)
        for connection in sockets:
            hang_up(connection)
        self.over.set()
