"""HTTP itself: one request with its redirects. The only module that imports httpx, with the first request."""

from __future__ import annotations

import logging
import socket
import ssl
import sys
import threading
from types import ModuleType
from typing import TYPE_CHECKING
from urllib.parse import urljoin

from astro_tui import __version__
from astro_tui.errors import ErrorKind, PlatformError
from astro_tui.platform.client.body import Body, CutShortError, OddEncodingError, TooLargeError
from astro_tui.platform.client.call import Limits, Timeouts
from astro_tui.platform.client.exchange import Exchange
from astro_tui.platform.client.failures import RETRIED, Limit, Speaker, permanent, seconds_to_wait
from astro_tui.platform.origin import Origin

if TYPE_CHECKING:
    from http.cookiejar import CookiePolicy

    import httpx

_REFUSAL_LIMIT = 64 * 1024
"""Bytes that are read of an unsuccessful answer."""
_REDIRECTS = frozenset({301, 302, 303, 307, 308})
_HEADERS = {
    "Accept": "application/json",
    # The one packing that can be undone piece by piece with a bound on what comes out.
    "Accept-Encoding": "gzip",
    "User-Agent": f"astro-tui/{__version__}",
}


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

    def ask(self, exchange: Exchange, url: str, speaker: Speaker) -> None:
        """Send one request, follow a GET's redirects, and leave the body or the error in `exchange`."""
        httpx = _load()
        try:
            exchange.body = self._follow(exchange, url, speaker)
        except PlatformError as error:
            exchange.error = error
            passing = error.kind in (ErrorKind.RATE_LIMITED, ErrorKind.SERVER) and error.status in RETRIED
            exchange.again = passing and not permanent(error.status or 0, error.server_said)
        except (httpx.HTTPError, httpx.StreamError, httpx.InvalidURL, OSError, UnicodeError) as error:
            kind = _kind_of(error)
            if kind is ErrorKind.REDIRECT:
                exchange.error = speaker.redirected("The server redirects to no address.")
                return
            if kind is ErrorKind.TLS:
                refused = next(cause for cause in _causes(error) if isinstance(cause, ssl.SSLError))
                exchange.error = speaker.insecure(refused, _technical(error))
                return
            if isinstance(error, httpx.TimeoutException):
                limit: Limit = "connect" if isinstance(error, httpx.ConnectTimeout) else "read"
                exchange.error = speaker.timed_out(limit, self._timeouts, _technical(error))
            else:
                exchange.error = speaker.unreachable(kind, _technical(error))
            exchange.again = isinstance(error, httpx.ConnectError | httpx.ConnectTimeout)
        except CutShortError:
            exchange.error = speaker.unreachable(ErrorKind.CUT_BODY, "")
        except TooLargeError:
            exchange.error = speaker.too_large(self._limits.body)
        except OddEncodingError as error:
            exchange.error = speaker.odd_encoding(str(error))

    def prepare(self, scheme: str, speaker: Speaker) -> None:
        """Import httpx and make what keeps the connections."""
        _load()
        self._client(scheme, speaker)

    def close(self) -> None:
        """Close every connection, and open no more."""
        with self._lock:
            self._closed = True
            clients = list(self._clients.values())
            self._clients.clear()
        for client in clients:
            client.close()

    # ---- one request

    def _follow(self, exchange: Exchange, url: str, speaker: Speaker) -> bytes:
        for _hop in range(self._limits.redirects + 1):
            response = self._send(exchange, url, speaker)
            exchange.date = response.headers.get("date", "")
            try:
                location = response.headers.get("location")
                if response.status_code not in _REDIRECTS or not location:
                    return self._read(exchange, response, speaker)
            finally:
                response.close()
            if exchange.sends is not None:
                raise speaker.redirected("The server redirects what is sent once and to it alone.", location)
            here = Origin.of(url)
            url, there = self._next(url, location, speaker)
            if there != here:
                # Once away, the token stays away, even when a later redirect leads back.
                exchange.token = None
            speaker.origin = there
        reason = f"The server redirects more than {self._limits.redirects} times in a row."
        raise speaker.redirected(reason, location)

    def _next(self, url: str, location: str, speaker: Speaker) -> tuple[str, Origin]:
        """Return where a redirect leads; raises PlatformError when it leads nowhere safe."""
        try:
            target = urljoin(url, location)
            there = Origin.of(target)
        except ValueError:
            raise speaker.redirected("The server redirects to no address.", location) from None
        if there.scheme == "http" and url.startswith("https:"):
            raise speaker.redirected(f"The server redirects to {there}, which is not secure.", location)
        if there.scheme == "http" and not there.loopback and not self._allow_insecure:
            raise speaker.redirected(f"The server redirects to {there}, which is not secure.", location)
        return target, there

    def _send(self, exchange: Exchange, url: str, speaker: Speaker) -> httpx.Response:
        """Send the request and return the answer with its body still to be read."""
        import httpx

        client = self._client(url.partition(":")[0], speaker)
        headers = dict(_HEADERS)
        if exchange.token:
            headers["Authorization"] = f"Bearer {exchange.token}"
        if exchange.sends is not None:
            headers["Content-Type"] = "application/x-www-form-urlencoded" if exchange.form else "application/json"
        method = "GET" if exchange.sends is None else "POST"
        extensions = {"trace": exchange.trace}
        request = client.build_request(method, url, headers=headers, content=exchange.sends, extensions=extensions)
        exchange.dialled = False
        try:
            response = client.send(request, stream=True, auth=None, follow_redirects=False)
        except (httpx.InvalidURL, UnicodeError):
            # The request was made and sent: it is where the answer redirects to that cannot be read.
            raise speaker.redirected("The server redirects to no address.") from None
        except (httpx.ReadError, httpx.WriteError, httpx.RemoteProtocolError):
            if exchange.dialled or exchange.stopped or exchange.sends is not None:
                raise
            # A connection kept open since the last request, which the server had closed meanwhile.
            response = client.send(request, stream=True, auth=None, follow_redirects=False)
        exchange.uses(response.extensions["network_stream"])
        return response

    def _read(self, exchange: Exchange, response: httpx.Response, speaker: Speaker) -> bytes:
        """Return the body of a success, of a form also that of a refusal; raises PlatformError else."""
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
                # What signs somebody in is the very purpose of the answer to a form.
                return body.complete() if exchange.form else speaker.body_without_tokens(body.complete())
        except (httpx.HTTPError, CutShortError, TooLargeError, OddEncodingError):
            # What a refusal means stands in its status; its body need not be whole.
            if success:
                raise
        if exchange.form and response.status_code in range(400, 500):
            return body.so_far()
        wait = seconds_to_wait(response.headers.get("retry-after"))
        raise speaker.refusal(response.status_code, body.so_far(), wait)

    # ---- connections

    def _client(self, scheme: str, speaker: Speaker) -> httpx.Client:
        """Return the connections for a scheme; raises PlatformError when the environment forbids to make them."""
        with self._lock:
            if self._closed:
                raise speaker.cancelled()
            if scheme not in self._clients:
                try:
                    self._clients[scheme] = self._new_client(scheme)
                except OSError as error:
                    # A trust store that the environment names and that cannot be read; SSLError is an OSError.
                    raise speaker.insecure(None, _technical(error)) from None
                except (ImportError, ValueError) as error:
                    raise speaker.bad_proxy(_technical(error)) from None
            return self._clients[scheme]

    def _new_client(self, scheme: str) -> httpx.Client:
        import httpx

        _silence_logs()
        # Proxies of the environment are for what lies outside of this machine.
        direct = {"all://localhost", "all://127.0.0.1", "all://[::1]"}
        if self._origin.loopback:
            direct.add(f"all://{self._origin.netloc}")
        try:
            client = httpx.Client(
                verify=self._context(scheme),
                timeout=httpx.Timeout(self._timeouts.read, connect=self._timeouts.connect),
                mounts=dict.fromkeys(direct),
            )
        except httpx.InvalidURL as error:
            raise ValueError(str(error)) from None
        client.cookies.jar.set_policy(_no_cookies())
        return client

    @staticmethod
    def _context(scheme: str) -> ssl.SSLContext:
        # Loading certificates takes 30 ms. Without any, none is accepted: http's connections cannot do https.
        return secure_context() if scheme == "https" else ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)


def secure_context() -> ssl.SSLContext:
    """Return whom a secure connection trusts. Raises OSError where the environment names what cannot be read."""
    context: ssl.SSLContext = _load().create_ssl_context()
    return context


_loading = threading.Lock()


def _load() -> ModuleType:
    """Import httpx without its command line.

    That would draw in click and rich: 30 ms for nothing, and dangerous at start-up, when the main thread is in
    the middle of importing rich too.
    """
    with _loading:
        if "httpx" not in sys.modules:
            # The way Python offers to say "not installed"; httpx is made for that.
            sys.modules["httpx._main"] = None  # type: ignore[assignment]
            try:
                import httpx  # noqa: F401
            finally:
                del sys.modules["httpx._main"]
    return sys.modules["httpx"]


def _no_cookies() -> CookiePolicy:
    from http.cookiejar import DefaultCookiePolicy

    return DefaultCookiePolicy(allowed_domains=[])


def _silence_logs() -> None:
    """Keep the HTTP libraries' own logs, which name URLs and headers, away from every handler."""
    for name in ("httpx", "httpcore"):
        logger = logging.getLogger(name)
        logger.setLevel(logging.CRITICAL + 1)
        logger.propagate = False


def _kind_of(error: Exception) -> ErrorKind:
    """Return what a failed connection means to people, by the cause below the library's exceptions."""
    import httpx

    causes = _causes(error)
    if any(isinstance(cause, ssl.SSLError) for cause in causes):
        return ErrorKind.TLS
    # A name that cannot even be encoded for the question is one, too.
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
    found: list[BaseException] = []
    while error is not None and len(found) < 20:
        found.append(error)
        error = error.__cause__ or error.__context__
    return found


def _technical(error: Exception) -> str:
    """Return the library's own text, without anything of the request."""
    return f"{type(error).__name__}: {error}" if str(error) else type(error).__name__
