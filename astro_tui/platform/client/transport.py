"""Sends requests. Each try runs in its own thread, so a caller can stop waiting at any moment."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable, Mapping
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from time import monotonic
from typing import TYPE_CHECKING
from urllib.parse import urlencode
from weakref import WeakSet

from astro_tui.errors import ErrorKind, PlatformError
from astro_tui.platform.client.address import API_ROOT
from astro_tui.platform.client.call import Answer, Call, Limits, Reply, Timeouts, TokenSource
from astro_tui.platform.client.exchange import Exchange, hang_up
from astro_tui.platform.client.failures import Speaker, after_tries, http_date, wants_organization
from astro_tui.platform.client.wire import Wire
from astro_tui.platform.origin import Origin
from astro_tui.text.fingerprint import fingerprint
from astro_tui.text.foreign import visible

if TYPE_CHECKING:
    from astro_tui.platform.client.probe import Probe

_POLL = 0.05
"""Seconds between two checks of a waiting thread for a canceled call."""

OrganizationOf = Callable[[str, Call, bool], str]
"""Returns the organization's id that an endpoint is about, or nothing; asks the platform only if the flag says so."""


class Transport:
    """Requests with time-outs, a GET's further tries and an end at any time. Safe to use from many threads."""

    def __init__(
        self,
        origin: Origin,
        tokens: TokenSource,
        *,
        allow_insecure: bool,
        timeouts: Timeouts,
        limits: Limits,
        organization: OrganizationOf = lambda _endpoint, _call, _ask: "",
    ) -> None:
        self._origin = origin
        self._tokens = tokens
        self._organization_of = organization
        self._timeouts = timeouts
        self._wire = Wire(origin, allow_insecure=allow_insecure, timeouts=timeouts, limits=limits)
        self._lock = threading.Lock()
        self._exchanges: set[Exchange] = set()
        self._sockets: WeakSet[socket.socket] = WeakSet()
        self._closed = threading.Event()

    def get(self, endpoint: str, call: Call) -> Answer:
        """Return the answer of an endpoint or raise PlatformError; tells `call` about waits between tries."""
        started = monotonic()
        request = visible(f"GET {API_ROOT}{endpoint}", 300)
        timed_out = 0
        for pause in (*self._timeouts.pauses, None):
            exchange = self._exchange(endpoint, request, call)
            if (body := exchange.take_body()) is not None:
                return Answer(body, request, monotonic() - started)
            error = exchange.error or self._speaker(request).cancelled()
            timed_out += error.kind is ErrorKind.TIMEOUT
            seconds = self._pause(error, pause) if exchange.again else None
            if seconds is None:
                raise after_tries(error, timed_out)
            self._wait(error, seconds, call)
        raise AssertionError  # the last pause is None

    def post(self, endpoint: str, body: bytes, call: Call) -> Answer:
        """Send a JSON text once, whatever comes of it, and return the answer or raise PlatformError."""
        started = monotonic()
        request = visible(f"POST {API_ROOT}{endpoint}", 300)
        exchange = self._exchange(endpoint, request, call, body)
        if (found := exchange.take_body()) is None:
            raise exchange.error or self._speaker(request).cancelled()
        return Answer(found, request, monotonic() - started)

    def submit(self, path: str, fields: Mapping[str, str], call: Call) -> Reply:
        """Send a form once, without any token, to a path of the origin (a service that is not the platform).

        Returns the answer with every status below 500; raises PlatformError without an answer. Its `request`
        names the path alone.
        """
        request = visible(f"POST {path}", 300)
        exchange = Exchange(self._opened, urlencode(fields, errors="replace").encode(), form=True)
        self._try(exchange, f"{self._origin}{path}", self._speaker(request), call)
        if exchange.body is None:
            raise exchange.error or self._speaker(request).cancelled()
        return Reply(exchange.status, exchange.body)

    def probe(self, endpoint: str, call: Call) -> Probe:
        """Ask once, without any token, and return how it went, whatever came of it."""
        from astro_tui.platform.client.probe import Probe

        started, begun = monotonic(), datetime.now(UTC)
        request = visible(f"GET {API_ROOT}{endpoint}", 300)
        exchange = Exchange(self._opened)
        try:
            self._try(exchange, f"{self._origin}{API_ROOT}{endpoint}", self._speaker(request), call)
        except PlatformError as error:
            exchange.error = error
        took = monotonic() - started
        middle = begun + timedelta(seconds=took / 2)
        return Probe(exchange.status, took, middle, http_date(exchange.date), exchange.body, exchange.error)

    def prepare(self) -> None:
        """Load what a request needs; what hinders it is said by the first request."""
        with suppress(PlatformError):
            self._wire.prepare(self._origin.scheme, self._speaker(""))

    def close(self) -> None:
        """End every request now, from any thread, and refuse new ones."""
        self._closed.set()
        with self._lock:
            exchanges, sockets = list(self._exchanges), list(self._sockets)
        for exchange in exchanges:
            exchange.stop()
        # A connection kept open since an earlier request may be the one that hangs.
        for connection in sockets:
            hang_up(connection)
        self._wire.close()

    def _opened(self, connection: socket.socket) -> None:
        with self._lock:
            self._sockets.add(connection)

    def _speaker(self, request: str, token: str | None = None) -> Speaker:
        return Speaker(request, self._origin, self._tokens, sent=token is not None)

    # ---- one try

    def _exchange(self, endpoint: str, request: str, call: Call, sends: bytes | None = None) -> Exchange:
        """Try with the current token, then once with each token that a refusal calls for (platform.md §2.4, §2.5).

        A refusal means that nothing was done, so that also what is sent once may be sent again.
        """
        exchange = self._with_good_token(endpoint, request, call, sends)
        if exchange.token and exchange.error is not None and exchange.refused_with(401):
            exchange.error.refused = fingerprint(exchange.token)
        return exchange

    def _with_good_token(self, endpoint: str, request: str, call: Call, sends: bytes | None) -> Exchange:
        tokens = self._tokens
        organization = self._organization_of(endpoint, call, False)
        token = (organization and tokens.scoped(organization, call, held=True)) or tokens.current(call)
        exchange = self._with_token(token, endpoint, request, call, sends)
        if exchange.token and exchange.refused_with(401):
            other = tokens.renewed(exchange.token, call)
            if not other or other == exchange.token:
                return self._reworded(exchange, request)
            exchange = self._with_token(other, endpoint, request, call, sends)
        if exchange.token and exchange.refused_with(403, 503) and self._wants_organization(exchange):
            organization = self._organization_of(endpoint, call, True)
            other = tokens.scoped(organization, call) if organization else None
            if not other or other == exchange.token:
                return self._reworded(exchange, request)
            exchange = self._with_token(other, endpoint, request, call, sends)
        return exchange

    def _wants_organization(self, exchange: Exchange) -> bool:
        said = exchange.error.server_said if exchange.error else ""
        return self._tokens.scopes and wants_organization(exchange.status, said)

    def _reworded(self, exchange: Exchange, request: str) -> Exchange:
        """Say of a refusal what is known after the attempt to get another token."""
        error = exchange.error
        if error is not None:
            signed_out = error.kind is ErrorKind.SIGNED_OUT
            words = self._tokens.signed_out(sent=True) if signed_out else self._tokens.unscoped()
            speaker = self._speaker(request)
            exchange.error = speaker.error(error.kind, *words, status=error.status, said=error.server_said)
        return exchange

    def _with_token(self, token: str | None, endpoint: str, request: str, call: Call, sends: bytes | None) -> Exchange:
        exchange = Exchange(self._opened, sends, token=token)
        self._try(exchange, f"{self._origin}{API_ROOT}{endpoint}", self._speaker(request, token), call)
        return exchange

    def _try(self, exchange: Exchange, url: str, speaker: Speaker, call: Call) -> None:
        with self._lock:
            if self._closed.is_set() or call.cancelled.is_set():
                raise speaker.cancelled()
            self._exchanges.add(exchange)
        # A plain daemon thread: it may hang in a name look-up, and the program must not wait for it to end.
        threading.Thread(target=self._run, args=(exchange, url, speaker), name="request", daemon=True).start()
        try:
            self._await(exchange, speaker, call)
        finally:
            with self._lock:
                self._exchanges.discard(exchange)
        if exchange.bug is not None:
            raise exchange.bug

    def _run(self, exchange: Exchange, url: str, speaker: Speaker) -> None:
        try:
            self._wire.ask(exchange, url, speaker)
        except Exception as error:  # noqa: BLE001  it is raised in the thread that waits
            # Without the frames and causes that hold the request's headers.
            error.__cause__ = error.__context__ = None
            exchange.bug = error.with_traceback(None)
        finally:
            exchange.over.set()

    def _await(self, exchange: Exchange, speaker: Speaker, call: Call) -> None:
        """Wait until the exchange is over. Raises PlatformError if it was canceled or took too long."""
        deadline = monotonic() + self._timeouts.total
        while not exchange.over.wait(_POLL):
            if call.cancelled.is_set():
                exchange.stop()
                raise speaker.cancelled()
            if monotonic() > deadline:
                exchange.stop()
                raise speaker.timed_out("total", self._timeouts, "total time")
        if self._closed.is_set() or call.cancelled.is_set():
            raise speaker.cancelled()

    # ---- between tries

    def _pause(self, error: PlatformError, usual: float | None) -> float | None:
        """Return the seconds until the next try, or None when there is to be none."""
        if usual is None:
            return None
        if error.retry_after is not None:
            return error.retry_after if error.retry_after <= self._timeouts.longest_pause else None
        from random import uniform

        return usual * uniform(0.8, 1.2)  # noqa: S311  so that many clients do not come back at once

    def _wait(self, error: PlatformError, seconds: float, call: Call) -> None:
        if call.waiting is not None:
            call.waiting(_REASONS.get(error.kind, "not reachable"), seconds)
        until = monotonic() + seconds
        while (left := until - monotonic()) > 0:
            if self._closed.wait(min(_POLL, left)) or call.cancelled.is_set():
                raise self._speaker(error.request).cancelled()


_REASONS = {
    ErrorKind.RATE_LIMITED: "asked to slow down",
    ErrorKind.SERVER: "not available",
    ErrorKind.DNS: "name not resolved",
    ErrorKind.REFUSED: "connection refused",
    ErrorKind.TIMEOUT: "no connection",
}
