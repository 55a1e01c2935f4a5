"""Sends one HTTP request and follows its redirects. The only module that imports httpx, on the first request."""

from __future__ import annotations

import logging
import socket
import ssl
import threading
from collections.abc import Callable
from types import ModuleType
from typing import TYPE_CHECKING
from urllib.parse import urljoin

from msgspec.structs import replace

from astro_tui import __version__
from astro_tui.errors import ErrorKind, PlatformError
from astro_tui.platform.client.body import Body, CutShortError, OddEncodingError, TooLargeError
from astro_tui.platform.client.call import Limits, Timeouts
from astro_tui.platform.client.exchange import Exchange
from astro_tui.platform.client.failures import ErrorMaker, Limit, seconds_to_wait
from astro_tui.platform.servers import Origin

if TYPE_CHECKING:
    from http.cookiejar import CookiePolicy

    import httpx

_REFUSAL_LIMIT = 64 * 1024
"""The most bytes read from an unsuccessful response."""
_REDIRECTS = frozenset({301, 302, 303, 307, 308})
_HEADERS = {
    "Accept": "application/json",
    # The only encoding that can be decompressed piece by piece with a limit on the output.
    "Accept-Encoding": "gzip",
    "User-Agent": f"astro-tui/{__version__}",
}


_STREAM = "text/event-stream"
_STREAM_HEADERS = {"Accept": f"{_STREAM}, application/json", "Accept-Encoding": "identity", "Cache-Control": "no-store"}


class Wire:
    """Connections to the platform, kept open between requests. Safe to use from many threads."""

    def __init__(self, origin: Origin, *, allow_insecure: bool, timeouts: Timeouts, limits: Limits) -> None:
        self._origin = origin
        self._allow_insecure = allow_insecure
        self._timeouts = timeouts
        self._limits = limits
        self._lock = threading.Lock()
        self._clients: dict[str, httpx.Client] = {}
        self._closed = False

    def run(self, exchange: Exchange, url: str, errors: ErrorMaker) -> None:
        """Send one request, follow redirects of a GET, and set the body or the error of `exchange`."""
        httpx = _load()
        try:
            exchange.body = self._follow(exchange, url, errors)
        except PlatformError as error:
            exchange.error, exchange.retry = error, error.facts.temporary
        except (httpx.HTTPError, httpx.StreamError, httpx.InvalidURL, OSError, UnicodeError) as error:
            kind = _kind_of(error)
            exchange.unsent = isinstance(error, httpx.ConnectError | httpx.ConnectTimeout)
            if kind is ErrorKind.REDIRECT:
                exchange.error = errors.redirected("The server redirects to an invalid address.")
                return
            if kind is ErrorKind.TLS:
                refused = next(cause for cause in _causes(error) if isinstance(cause, ssl.SSLError))
                exchange.error = errors.insecure(refused, _technical(error))
                return
            if isinstance(error, httpx.TimeoutException):
                limit: Limit = "connect" if isinstance(error, httpx.ConnectTimeout) else "read"
                tries = exchange.timeouts + 1
                exchange.error = errors.timed_out(limit, self._timeouts, _technical(error), tries)
            else:
                exchange.error = errors.unreachable(kind, _technical(error))
            exchange.retry = exchange.unsent
        except CutShortError:
            exchange.error = errors.unreachable(ErrorKind.CUT_BODY, "")
        except TooLargeError:
            exchange.error = errors.too_large(self._limits.body)
        except OddEncodingError as error:
            exchange.error = errors.odd_encoding(str(error))

    def prepare(self, scheme: str, errors: ErrorMaker) -> None:
        """Import httpx and create the connection pool."""
        _load()
        self._client(scheme, errors)

    def close(self) -> None:
        """Close all connections and open no new ones."""
        with self._lock:
            self._closed = True
            clients = list(self._clients.values())
            self._clients.clear()
        for client in clients:
            client.close()

    # ---- one request

    def _follow(self, exchange: Exchange, url: str, errors: ErrorMaker) -> bytes:
        for _hop in range(self._limits.redirects + 1):
            response = self._send(exchange, url, errors)
            exchange.date = response.headers.get("date", "")
            exchange.media = response.headers.get("content-type", "").partition(";")[0].strip().lower()
            try:
                location = response.headers.get("location")
                if response.status_code not in _REDIRECTS or not location:
                    if exchange.streams and response.status_code in range(200, 300):
                        return self._leave_open(exchange, response, errors)
                    return self._read(exchange, response, errors)
            finally:
                if exchange.response is not response:
                    response.close()
            if exchange.sends is not None:
                raise errors.redirected("The server redirects a request that must not be sent elsewhere.", location)
            here = Origin.of(url)
            url, there = self._next(url, location, errors)
            if there != here:
                # Once removed, the token is not sent again, even if a later redirect leads back.
                exchange.token = None
            errors.origin = there
        reason = f"The server redirects more than {self._limits.redirects} times in a row."
        raise errors.redirected(reason, location)

    def _next(self, url: str, location: str, errors: ErrorMaker) -> tuple[str, Origin]:
        """Return where a redirect leads. Raises PlatformError if that is not safe."""
        try:
            target = urljoin(url, location)
            there = Origin.of(target)
        except ValueError:
            raise errors.redirected("The server redirects to an invalid address.", location) from None
        if there.scheme == "http" and url.startswith("https:"):
            raise errors.redirected(f"The server redirects to {there}, which is not secure.", location)
        if there.scheme == "http" and not there.loopback and not self._allow_insecure:
            raise errors.redirected(f"The server redirects to {there}, which is not secure.", location)
        return target, there

    def _send(self, exchange: Exchange, url: str, errors: ErrorMaker) -> httpx.Response:
        """Send the request and return the response with an unread body."""
        import httpx

        client = self._client(url.partition(":")[0], errors)
        headers = {**_HEADERS, **dict(exchange.headers)}
        if exchange.token:
            headers["Authorization"] = f"Bearer {exchange.token}"
        if exchange.sends:
            headers["Content-Type"] = "application/x-www-form-urlencoded" if exchange.form else "application/json"
        timeout = client.timeout
        if exchange.streams:
            headers |= _STREAM_HEADERS
            silence = exchange.silence or self._timeouts.silence
            timeout = httpx.Timeout(silence, connect=self._timeouts.connect)
        elif exchange.patience:
            timeout = httpx.Timeout(exchange.patience, connect=self._timeouts.connect)
        extensions = {"trace": exchange.trace}
        request = client.build_request(
            exchange.method, url, headers=headers, content=exchange.sends, extensions=extensions, timeout=timeout
        )
        exchange.dialed = False
        try:
            response = client.send(request, stream=True, auth=None, follow_redirects=False)
        except (httpx.InvalidURL, UnicodeError):
            # The request itself was sent. The invalid address is the one in the redirect.
            raise errors.redirected("The server redirects to an invalid address.") from None
        except (httpx.ReadError, httpx.WriteError, httpx.RemoteProtocolError):
            if exchange.dialed or exchange.stopped or exchange.sends is not None:
                raise
            # The server closed a connection that was kept open since the last request.
            response = client.send(request, stream=True, auth=None, follow_redirects=False)
        exchange.add_socket(response.extensions["network_stream"])
        return response

    def _read(self, exchange: Exchange, response: httpx.Response, errors: ErrorMaker) -> bytes:
        """Return the body of a successful response, or of any response to a form. Raises PlatformError."""
        import httpx

        exchange.status = response.status_code
        success = response.status_code in range(200, 300)
        body = Body("", 0)
        try:
            limit = self._limits.body if success else _REFUSAL_LIMIT
            body = Body(response.headers.get("content-encoding", ""), limit)
            for chunk in response.iter_raw():
                body.feed(chunk)
                if exchange.stopped:
                    break
            if success:
                # Do not remove the tokens here: delivering them is the purpose of the response to a form.
                return body.complete() if exchange.form else errors.body_without_tokens(body.complete())
        except (httpx.HTTPError, CutShortError, TooLargeError, OddEncodingError):
            # The status says what a refusal means, so its body may be incomplete.
            if success:
                raise
        if exchange.form and response.status_code in range(400, 500):
            return body.so_far()
        wait = seconds_to_wait(response.headers.get("retry-after"))
        raise errors.refusal(response.status_code, body.so_far(), wait, plain=exchange.media == "text/plain")

    # ---- streams

    @staticmethod
    def _leave_open(exchange: Exchange, response: httpx.Response, errors: ErrorMaker) -> bytes:
        """Leave the response to a stream open. Raises PlatformError if it is not a stream."""
        if exchange.media != _STREAM:
            raise errors.no_stream(exchange.media)
        encoding = response.headers.get("content-encoding", "")
        if encoding.strip().lower() not in ("", "identity"):
            raise OddEncodingError(encoding)
        exchange.leave_open(response)
        return b""

    def receive(self, exchange: Exchange, receiver: Callable[[bytes], None], errors: ErrorMaker) -> None:
        """Give the bytes of an open stream to `receiver`, once for each read of the socket, until the server ends it.

        Raises PlatformError if it breaks off or sends nothing for too long.
        """
        import httpx

        response: httpx.Response = exchange.response
        # A server sends every line as a chunk of its own, and one read brings many of them.
        received = bytearray()

        def deliver() -> None:
            if received:
                whole = bytes(received)
                received.clear()
                receiver(whole)

        network = response.extensions["network_stream"]
        read = network.read

        def deliver_and_read(most: int, timeout: float | None = None) -> bytes:
            deliver()
            piece: bytes = read(most, timeout)
            return piece

        network.read = deliver_and_read
        try:
            for chunk in response.iter_raw():
                received.extend(chunk)
            deliver()
        except httpx.ReadTimeout as error:
            timeouts = replace(self._timeouts, silence=exchange.silence or self._timeouts.silence)
            raise errors.timed_out("silence", timeouts, _technical(error)) from None
        except (httpx.HTTPError, httpx.StreamError, OSError) as error:
            deliver()
            raise errors.interrupted(_technical(error)) from None
        finally:
            del network.read
            response.close()

    # ---- connections

    def _client(self, scheme: str, errors: ErrorMaker) -> httpx.Client:
        """Return the connection pool for a scheme. Raises PlatformError if settings in the environment prevent it."""
        with self._lock:
            if self._closed:
                raise errors.canceled()
            if scheme not in self._clients:
                try:
                    self._clients[scheme] = self._new_client(scheme)
                except OSError as error:
                    # The trust store that the environment names cannot be read. SSLError is an OSError.
                    raise errors.insecure(None, _technical(error)) from None
                except (ImportError, ValueError) as error:
                    raise errors.bad_proxy(_technical(error)) from None
            return self._clients[scheme]

    def _new_client(self, scheme: str) -> httpx.Client:
        import httpx

        _silence_logs()
        # Do not use a proxy for servers on this machine.
        direct = {"all://localhost", "all://127.0.0.1", "all://[::1]"}
        if self._origin.loopback:
            direct.add(f"all://{self._origin.netloc}")
        try:
            client = httpx.Client(
                verify=self._context(scheme),
                timeout=httpx.Timeout(self._timeouts.read, connect=self._timeouts.connect),
                # Each log that is followed keeps a connection open.
                limits=httpx.Limits(max_connections=None, max_keepalive_connections=20),
                mounts=dict.fromkeys(direct),
            )
        except httpx.InvalidURL as error:
            raise ValueError(str(error)) from None
        client.cookies.jar.set_policy(_no_cookies())
        return client

    @staticmethod
    def _context(scheme: str) -> ssl.SSLContext:
        # Loading certificates takes 30 ms. For http, an empty context is enough, because it never does TLS.
        return secure_context() if scheme == "https" else ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)


def secure_context() -> ssl.SSLContext:
    """Return the TLS context with the trusted certificates. Raises OSError if they cannot be read."""
    context: ssl.SSLContext = _load().create_ssl_context()
    return context


def _load() -> ModuleType:
    """Return httpx and import all of it: it would import its transport only with the first request."""
    import httpcore  # noqa: F401  only loaded
    import httpx

    return httpx


def _no_cookies() -> CookiePolicy:
    from http.cookiejar import DefaultCookiePolicy

    return DefaultCookiePolicy(allowed_domains=[])


def _silence_logs() -> None:
    """Turn off the HTTP libraries' own logs, which contain URLs and headers."""
    for name in ("httpx", "httpcore"):
        logger = logging.getLogger(name)
        logger.setLevel(logging.CRITICAL + 1)
        logger.propagate = False


def _kind_of(error: Exception) -> ErrorKind:
    """Return the kind of a failed connection, from the cause of the library's exception."""
    import httpx

    causes = _causes(error)
    if any(isinstance(cause, ssl.SSLError) for cause in causes):
        return ErrorKind.TLS
    # A name that cannot be encoded counts as not resolved.
    if any(isinstance(cause, socket.gaierror | UnicodeError) for cause in causes):
        return ErrorKind.DNS
    if isinstance(error, httpx.TimeoutException):
        return ErrorKind.TIMEOUT
    if isinstance(error, httpx.ConnectError | httpx.ProxyError):
        return ErrorKind.REFUSED
    if isinstance(error, httpx.RemoteProtocolError):
        text = str(error)
        if "location header" in text:
            return ErrorKind.REDIRECT
        if "incomplete" in text or "without sending complete" in text:
            return ErrorKind.CUT_BODY
        return ErrorKind.RESET if "disconnected" in text else ErrorKind.NOT_JSON
    return ErrorKind.RESET


def _causes(error: BaseException | None) -> list[BaseException]:
    causes: list[BaseException] = []
    while error is not None and len(causes) < 20:
        causes.append(error)
        error = error.__cause__ or error.__context__
    return causes


def _technical(error: Exception) -> str:
    """Return the library's own message, which contains nothing from the request."""
    return f"{type(error).__name__}: {error}" if str(error) else type(error).__name__
