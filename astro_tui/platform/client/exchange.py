"""One try of a request, shared by the thread that sends it and the thread that waits for it."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable, Mapping
from contextlib import suppress
from typing import Any

from astro_tui.errors import PlatformError


def hang_up(connection: socket.socket) -> None:
    """Close a connection from any thread. Its reader wakes up at once."""
    with suppress(OSError):
        # SSLSocket.shutdown would discard the TLS state while the other thread is still reading.
        socket.socket.shutdown(connection, socket.SHUT_RDWR)


class Exchange:
    """One try of a request: a GET, or with `sends` (JSON, or a form; may be empty) a POST or another `method`.

    `done` is set when `body` or `error` is set, or after `stop`. `retry` means that another try may help. `timeouts`
    counts the earlier tries that took too long. `bug` is an unexpected exception. `opened` is called with
    every socket in use, because connections outlive the exchange. `token` is sent as the Authorization, and is
    removed after a redirect to another origin. `status` is set by a refusal, `date` and `media` (the media type) by
    every response. `unsent` says that there was no connection to send it over. A form accepts responses with any
    status below 500. `patience` is how many seconds to wait for a slow response, and `silence` for a stream, if not as
    long as usual. If it `streams`, a successful response is left open as `response`, for one thread to read and to
    close. `headers` are sent in addition to the usual ones.
    """

    def __init__(
        self,
        opened: Callable[[socket.socket], None],
        sends: bytes | None = None,
        *,
        form: bool = False,
        token: str | None = None,
        streams: bool = False,
        method: str = "POST",
        timeouts: int = 0,
        headers: tuple[tuple[str, str], ...] = (),
    ) -> None:
        self.method = "GET" if sends is None else method
        self.sends = sends
        self.form = form
        self.headers = headers
        self.token = token
        self.streams = streams
        self.timeouts = timeouts
        self.patience = self.silence = 0.0
        self.status = 0
        self.date = ""
        self.media = ""
        self.done = threading.Event()
        self.stopped = False
        self.body: bytes | None = None
        self.response: Any = None
        self.error: PlatformError | None = None
        self.retry = False
        self.unsent = False
        self.bug: Exception | None = None
        self.dialed = False
        self._lock = threading.Lock()
        self._opened = opened
        self._sockets: list[socket.socket] = []

    def leave_open(self, response: Any) -> None:
        """Keep a response open for the waiting thread, unless that thread is no longer waiting."""
        with self._lock:
            if not self.stopped:
                self.response = response

    def abandon(self) -> None:
        """End the exchange, and close the response if one was left open."""
        self.stop()
        if self.response is not None:
            self.response.close()

    def take_body(self) -> bytes | None:
        """Return the body and release it, because the HTTP library keeps the exchange alive for a while."""
        body, self.body = self.body, None
        return body

    def refused_with(self, *statuses: int) -> bool:
        """Return whether the response had one of these statuses."""
        return self.error is not None and self.error.status in statuses

    @property
    def wants_organization(self) -> bool:
        """Whether it was refused for lack of a token for the account's organization."""
        return self.error is not None and self.error.facts.wants_organization

    def trace(self, event: str, info: Mapping[str, Any]) -> None:
        """Remember the sockets that the HTTP library opens. A callback of its public `trace` extension."""
        if event.endswith((".connect_tcp.complete", ".start_tls.complete")):
            self.add_socket(info["return_value"])
        elif event.endswith(".response_closed.started"):
            # From now on, another exchange may use the connection: closing it would end that one.
            with self._lock:
                self._sockets.clear()

    def add_socket(self, stream: Any) -> None:
        """Remember the socket below a network stream of the HTTP library."""
        self.dialed = True
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
        """End the exchange now. The waiting thread continues at once, the sending one when its socket closes."""
        with self._lock:
            self.stopped = True
            for connection in self._sockets:
                hang_up(connection)
        self.done.set()
