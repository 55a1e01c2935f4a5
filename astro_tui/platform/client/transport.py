"""Sends requests. Each try runs in its own thread, so that a caller can stop waiting at any time."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from datetime import timedelta
from time import monotonic
from typing import TYPE_CHECKING
from urllib.parse import urlencode
from weakref import WeakSet

from astro_tui.errors import ErrorKind, PlatformError
from astro_tui.platform.client.address import of_account, only_reads
from astro_tui.platform.client.call import Call, FormResponse, Limits, Response, SentRequest, Timeouts, TokenSource
from astro_tui.platform.client.exchange import Exchange, hang_up
from astro_tui.platform.client.failures import ErrorMaker, http_date
from astro_tui.platform.client.organizations import Organizations
from astro_tui.platform.client.permit import Permit, PermitError
from astro_tui.platform.client.wire import Wire
from astro_tui.platform.servers import API_ROOT, Origin
from astro_tui.runtime import system_clock
from astro_tui.text.fingerprint import fingerprint

if TYPE_CHECKING:
    from astro_tui.platform.client.probe import Probe

_POLL = 0.05
"""Seconds between two checks whether the call was canceled."""


class Transport:
    """Requests with timeouts, retries for GET, and cancellation at any time. Safe to use from many threads.

    Only `change` can change something on the platform, and only with a permit; with `read_only`, nothing can. `submit`
    needs `signs_in`: it is for the identity provider.
    """

    def __init__(
        self,
        origin: Origin,
        tokens: Callable[[], TokenSource],
        *,
        allow_insecure: bool,
        timeouts: Timeouts,
        limits: Limits,
        organizations: Organizations,
        observe: Callable[[SentRequest], None],
        signs_in: bool = False,
        read_only: bool = False,
        at_once: int = 0,
    ) -> None:
        """`tokens` returns the source in use, which changes when the user signs in.

        `observe` is called with every request that was sent, in the thread that waited for it. At most `at_once`
        requests are in flight, if it is not 0.
        """
        self._signs_in, self._read_only = signs_in, read_only
        self._origin = origin
        self._tokens_in_use = tokens
        self._organizations = organizations
        self._timeouts = timeouts
        self._wire = Wire(origin, allow_insecure=allow_insecure, timeouts=timeouts, limits=limits)
        self._lock = threading.Lock()
        self._exchanges: set[Exchange] = set()
        self._sockets: WeakSet[socket.socket] = WeakSet()
        self._closed = threading.Event()
        self._observe = observe
        self._slots = threading.BoundedSemaphore(at_once) if at_once else None

    def get(self, endpoint: str, call: Call) -> Response:
        """Return the response of an endpoint. Reports pauses between tries to `call`. Raises PlatformError."""
        started = monotonic()
        request = f"GET {API_ROOT}{endpoint}"
        timed_out = 0
        for pause in (*self._timeouts.pauses, None):
            exchange = self._exchange(endpoint, request, call, timeouts=timed_out)
            if (body := exchange.take_body()) is not None:
                return Response(body, self._errors(request).request, monotonic() - started, exchange.media)
            error = exchange.error or self._errors(request).canceled()
            timed_out += error.kind is ErrorKind.TIMEOUT
            seconds = self._pause(error, pause) if exchange.retry else None
            if seconds is None:
                raise error
            self._wait(error, seconds, call)
        raise AssertionError  # the last pause is None

    def post(self, endpoint: str, body: bytes, call: Call) -> Response:
        """Send JSON to an endpoint that only reads, without retries, and return the response. Raises PlatformError."""
        if not only_reads(endpoint):
            raise ValueError(endpoint)
        started = monotonic()
        request = f"POST {API_ROOT}{endpoint}"
        exchange = self._exchange(endpoint, request, call, body)
        if (received := exchange.take_body()) is None:
            raise exchange.error or self._errors(request).canceled()
        return Response(received, self._errors(request).request, monotonic() - started)

    def change(self, permit: Permit, call: Call) -> Response:
        """Send the request of a permit, once, and return the response.

        It is never sent again, not even after a 401. Raises PermitError if it was not sent, and PlatformError, whose
        `sent` says whether the platform may have received it.
        """
        if self._read_only:
            raise PermitError("This program only reads: it cannot change anything on the platform.")
        started = monotonic()
        endpoint = of_account(permit.account)
        token = self._current(self._organizations.known(endpoint), call)
        request = f"{permit.change.method} {API_ROOT}{permit.change.endpoint}"
        errors = self._errors(request, token)
        if self._closed.is_set() or call.canceled.is_set():
            error = errors.canceled()
            error.sent = False
            raise error
        change = permit.redeem()
        exchange = Exchange(self._opened, change.body, token=token, method=change.method, headers=change.headers)
        self._try(exchange, f"{self._origin}{API_ROOT}{change.endpoint}", errors, call)
        if (received := exchange.take_body()) is None:
            error = exchange.error or errors.canceled()
            error.sent = not exchange.unsent
            raise error
        return Response(received, self._errors(request).request, monotonic() - started)

    def stream(
        self,
        endpoint: str,
        call: Call,
        receiver: Callable[[bytes], None],
        headers: tuple[tuple[str, str], ...] = (),
    ) -> None:
        """Connect once, without retries, and give the bytes of a stream to `receiver` until the server ends it.

        `receiver` is called in this thread, once for each read of the socket. Raises PlatformError.
        """
        request = f"GET {API_ROOT}{endpoint}"
        exchange = self._exchange(endpoint, request, call, streams=True, headers=headers)
        errors = self._errors(request)
        if exchange.response is None:
            raise exchange.error or errors.canceled()
        with self._lock:
            self._exchanges.add(exchange)
        try:
            with call.stopped_by(exchange.stop):
                if self._closed.is_set():
                    exchange.stop()
                self._wire.receive(exchange, receiver, errors)
        except PlatformError:
            if not exchange.stopped:
                raise
        finally:
            with self._lock:
                self._exchanges.discard(exchange)
        if exchange.stopped:
            raise errors.canceled()

    def submit(self, path: str, fields: Mapping[str, str], call: Call) -> FormResponse:
        """Send a form, without a token or retries, to a path of the origin, which is not the platform.

        Returns responses with any status below 500. Raises PlatformError otherwise; its `request` contains only the
        path.
        """
        if not self._signs_in:
            raise ValueError(path)
        request = f"POST {path}"
        exchange = Exchange(self._opened, urlencode(fields, errors="replace").encode(), form=True)
        self._try(exchange, f"{self._origin}{path}", self._errors(request), call)
        if exchange.body is None:
            raise exchange.error or self._errors(request).canceled()
        return FormResponse(exchange.status, exchange.body)

    def probe(self, endpoint: str, call: Call) -> Probe:
        """Send one request without a token and return how it went. Never raises."""
        from astro_tui.platform.client.probe import Probe

        started, begun = monotonic(), system_clock()
        request = f"GET {API_ROOT}{endpoint}"
        exchange = Exchange(self._opened)
        try:
            self._try(exchange, f"{self._origin}{API_ROOT}{endpoint}", self._errors(request), call)
        except PlatformError as error:
            exchange.error = error
        took = monotonic() - started
        middle = begun + timedelta(seconds=took / 2)
        return Probe(exchange.status, took, middle, http_date(exchange.date), exchange.body, exchange.error)

    def prepare(self) -> None:
        """Load the modules for the first request. Errors are left for that request to report."""
        with suppress(PlatformError):
            self._wire.prepare(self._origin.scheme, self._errors(""))

    def close(self) -> None:
        """Cancel all requests, from any thread, and refuse new ones."""
        self._closed.set()
        with self._lock:
            exchanges, sockets = list(self._exchanges), list(self._sockets)
        for exchange in exchanges:
            exchange.stop()
        # The connection that hangs may be one that was kept open since an earlier request.
        for connection in sockets:
            hang_up(connection)
        self._wire.close()

    def _opened(self, connection: socket.socket) -> None:
        with self._lock:
            self._sockets.add(connection)

    def _errors(self, request: str, token: str | None = None) -> ErrorMaker:
        return ErrorMaker(request, self._origin, self._tokens, with_token=token is not None)

    # ---- one try

    @property
    def _tokens(self) -> TokenSource:
        return self._tokens_in_use()

    def _exchange(
        self,
        endpoint: str,
        request: str,
        call: Call,
        sends: bytes | None = None,
        *,
        streams: bool = False,
        timeouts: int = 0,
        headers: tuple[tuple[str, str], ...] = (),
    ) -> Exchange:
        """Try with the current token, then once with each token that a refusal requires (platform.md §2.4, §2.5).

        A refused request had no effect, so that even a POST may be sent again.
        """

        def send(token: str | None) -> Exchange:
            exchange = Exchange(self._opened, sends, token=token, streams=streams, timeouts=timeouts, headers=headers)
            exchange.patience, exchange.silence = call.patience, call.silence
            self._try(exchange, f"{self._origin}{API_ROOT}{endpoint}", self._errors(request, token), call)
            return exchange

        exchange = self._with_good_token(send, endpoint, request, call)
        if exchange.token and exchange.error is not None and exchange.refused_with(401):
            exchange.error.refused = fingerprint(exchange.token)
        return exchange

    def _with_good_token(
        self, send: Callable[[str | None], Exchange], endpoint: str, request: str, call: Call
    ) -> Exchange:
        organization = self._organizations.known(endpoint)
        exchange = send(self._current(organization, call))
        if exchange.token and exchange.refused_with(401):
            other = self._tokens.renewed(exchange.token, call)
            if not other or other == exchange.token:
                return self._explained(exchange, request)
            exchange = send(other)
        if exchange.token and self._tokens.scopes and exchange.wants_organization:
            organization = self._organizations.requested(endpoint, call)
            other = self._tokens.scoped(organization, call) if organization else None
            if not other or other == exchange.token:
                return self._explained(exchange, request)
            exchange = send(other)
        return exchange

    def _current(self, organization: str, call: Call) -> str | None:
        """Return the token to send: one for an organization if there is one in memory."""
        held = self._tokens.scoped(organization, call, held=True) if organization else None
        return held or self._tokens.current(call)

    def _explained(self, exchange: Exchange, request: str) -> Exchange:
        """Replace the error of a refusal with one that explains why there is no other token."""
        error = exchange.error
        if error is not None:
            signed_out = error.kind is ErrorKind.SIGNED_OUT
            words = self._tokens.signed_out(sent=True) if signed_out else self._tokens.unscoped()
            facts, said = error.facts, error.server_said
            errors = self._errors(request)
            exchange.error = errors.error(error.kind, *words, status=error.status, said=said, facts=facts)
        return exchange

    def _try(self, exchange: Exchange, url: str, errors: ErrorMaker, call: Call) -> None:
        with self._slot(errors, call):
            self._sent(exchange, url, errors, call)

    @contextmanager
    def _slot(self, errors: ErrorMaker, call: Call) -> Iterator[None]:
        """Wait for one of the requests in flight to end, if there are too many. Raises PlatformError if canceled."""
        if self._slots is None:
            yield
            return
        while not self._slots.acquire(timeout=_POLL):
            if self._closed.is_set() or call.canceled.is_set():
                raise errors.canceled()
        try:
            yield
        finally:
            self._slots.release()

    def _sent(self, exchange: Exchange, url: str, errors: ErrorMaker, call: Call) -> None:
        with self._lock:
            if self._closed.is_set() or call.canceled.is_set():
                raise errors.canceled()
            self._exchanges.add(exchange)
        started = monotonic()
        # A daemon thread, because it may hang in a name lookup and must not keep the program from exiting.
        threading.Thread(target=self._run, args=(exchange, url, errors), name="request", daemon=True).start()
        try:
            self._await(exchange, errors, call)
        except PlatformError:
            exchange.abandon()
            raise
        finally:
            with self._lock:
                self._exchanges.discard(exchange)
            self._observe(SentRequest(errors.request, _outcome(exchange), monotonic() - started))
        if exchange.bug is not None:
            raise exchange.bug

    def _run(self, exchange: Exchange, url: str, errors: ErrorMaker) -> None:
        try:
            self._wire.run(exchange, url, errors)
        except Exception as error:  # noqa: BLE001  it is raised in the thread that waits
            # Drop the frames and causes, which contain the request's headers.
            error.__cause__ = error.__context__ = None
            exchange.bug = error.with_traceback(None)
        finally:
            exchange.done.set()

    def _await(self, exchange: Exchange, errors: ErrorMaker, call: Call) -> None:
        """Wait until the exchange is done. Raises PlatformError if it was canceled or took too long."""
        deadline = monotonic() + max(self._timeouts.total, call.patience)
        while not exchange.done.wait(_POLL):
            if call.canceled.is_set():
                exchange.stop()
                raise errors.canceled()
            if monotonic() > deadline:
                exchange.stop()
                raise errors.timed_out("total", self._timeouts, "total time")
        if self._closed.is_set() or call.canceled.is_set():
            raise errors.canceled()

    # ---- between tries

    def _pause(self, error: PlatformError, usual: float | None) -> float | None:
        """Return the seconds until the next try, or None for no retry."""
        if usual is None:
            return None
        if error.retry_after is not None:
            return error.retry_after if error.retry_after <= self._timeouts.longest_pause else None
        from random import uniform

        return usual * uniform(0.8, 1.2)  # noqa: S311  so that many clients do not retry at the same time

    def _wait(self, error: PlatformError, seconds: float, call: Call) -> None:
        call.waiting(_REASONS.get(error.kind, "not reachable"), seconds)
        until = monotonic() + seconds
        while (left := until - monotonic()) > 0:
            if self._closed.wait(min(_POLL, left)) or call.canceled.is_set():
                raise self._errors(error.request).canceled()


def _outcome(exchange: Exchange) -> str:
    if exchange.body is not None or exchange.response is not None:
        return "ok"
    error = exchange.error
    return str(exchange.status or (error.kind.value if error is not None else ErrorKind.CANCELED.value))


_REASONS = {
    **{kind: kind.value for kind in (ErrorKind.RATE_LIMITED, ErrorKind.DNS, ErrorKind.REFUSED)},
    ErrorKind.SERVER: "not available",
    ErrorKind.TIMEOUT: "no connection",
}
"""Why the client waits before its next try."""
