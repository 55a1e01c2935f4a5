"""The steps of a connection to a server, for diagnosis: proxy, name, connection, certificate. Sends no request."""

from __future__ import annotations

import base64
import os
import re
import socket
import ssl
from datetime import datetime
from http.client import HTTPConnection, HTTPException
from time import monotonic
from typing import ClassVar
from urllib.parse import unquote, urlsplit
from urllib.request import getproxies, proxy_bypass

from msgspec import Struct

from astro_tui.errors import PlatformError
from astro_tui.platform.client.certificate import Certificate, certificate_of
from astro_tui.platform.servers import DEFAULT_PORTS, Origin
from astro_tui.text.private import Private

_PROXY_STATUS = re.compile(r"Tunnel connection failed: (\d{3})\b")


class Probe(Private, frozen=True):
    """How one request went, successful or not.

    `middle` is this machine's time halfway through the request, and `date` the server's time, if it sent one. `status`
    is 0 without a response. `body` is set after a success.
    """

    secret: ClassVar = ("body",)
    status: int
    took_seconds: float
    middle: datetime
    date: datetime | None = None
    body: bytes | None = None
    error: PlatformError | None = None


class ServerRoute(Private, frozen=True):
    """How a server is reached. `host` and `port` are what to connect to: the proxy's, if one is set.

    `proxy` is the proxy's address without user and password, and `variable` the setting it comes from. Both are empty
    without a proxy. `plain` says whether the functions below support the proxy: no SOCKS, and no TLS to the proxy.
    """

    secret: ClassVar = ("user", "password")
    origin: Origin
    host: str
    port: int
    proxy: str = ""
    variable: str = ""
    user: str = ""
    password: str = ""

    @property
    def plain(self) -> bool:
        """Whether there is no proxy, or one that speaks plain HTTP."""
        return not self.proxy or self.proxy.startswith("http://")


class ProxyRefusedError(OSError):
    """The proxy does not connect to the server. `status` is its HTTP status, or 0 if it does not speak HTTP."""

    def __init__(self, status: int = 0) -> None:
        super().__init__()
        self.status = status


class Secured(Struct, frozen=True):
    """How a TLS handshake went. `refused` is why the certificate is not trusted; None if it is."""

    certificate: Certificate
    version: str = ""
    refused: ssl.SSLCertVerificationError | None = None


def way_to(origin: Origin) -> ServerRoute:
    """Return how the client reaches a server. Raises ValueError without a message if the proxy's address is invalid."""
    proxies = getproxies()
    kind = next((kind for kind in (origin.scheme, "all") if proxies.get(kind)), "")
    if not kind or origin.loopback or proxy_bypass(origin.host):
        return ServerRoute(origin, origin.host, origin.port)
    names = (f"{kind}_proxy", f"{kind.upper()}_PROXY")
    variable = next((name for name in names if os.environ.get(name)), "the system's proxy settings")
    address = proxies[kind] if "://" in proxies[kind] else f"http://{proxies[kind]}"
    try:
        parts = urlsplit(address)
        host, port = parts.hostname, parts.port or DEFAULT_PORTS.get(parts.scheme, 1080)
    except ValueError:
        raise ValueError from None
    if not host:
        raise ValueError
    shown = f"{parts.scheme}://{f'[{host}]' if ':' in host else host}:{port}"
    user, password = unquote(parts.username or ""), unquote(parts.password or "")
    return ServerRoute(origin, host, port, shown, variable, user, password)


def resolve(way: ServerRoute) -> tuple[str, ...]:
    """Return the IP addresses to connect to. Blocks with no timeout of its own. Raises OSError."""
    entries = socket.getaddrinfo(way.host, way.port, type=socket.SOCK_STREAM)
    return tuple(dict.fromkeys(str(entry[4][0]) for entry in entries))


def connect(way: ServerRoute, seconds: float) -> tuple[str, float]:
    """Connect and close the connection. Returns the peer's address and the seconds it took. Raises OSError."""
    started = monotonic()
    with socket.create_connection((way.host, way.port), seconds) as connection:
        return str(connection.getpeername()[0]), monotonic() - started


def secure(way: ServerRoute, context: ssl.SSLContext, seconds: float) -> Secured:
    """Do a TLS handshake. If the certificate is not trusted, do another without checking it, to read it.

    Nothing is sent over either connection. Raises OSError.
    """
    try:
        return _shaken(way, context, seconds)
    except ssl.SSLCertVerificationError as error:
        anybody = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        anybody.check_hostname = False
        anybody.verify_mode = ssl.CERT_NONE
        unchecked = _shaken(way, anybody, seconds)
        return Secured(unchecked.certificate, unchecked.version, error)


def _shaken(way: ServerRoute, context: ssl.SSLContext, seconds: float) -> Secured:
    with _opened(way, seconds) as plain, context.wrap_socket(plain, server_hostname=way.origin.host) as secured:
        return Secured(certificate_of(secured.getpeercert(binary_form=True) or b""), secured.version() or "")


def _opened(way: ServerRoute, seconds: float) -> socket.socket:
    """Return a connection to the server, through the proxy if one is set."""
    if not way.proxy:
        return socket.create_connection((way.host, way.port), seconds)

    tunnel = HTTPConnection(way.host, way.port, timeout=seconds)
    headers = {}
    if way.user or way.password:
        code = base64.b64encode(f"{way.user}:{way.password}".encode()).decode("ascii")
        headers["Proxy-Authorization"] = f"Basic {code}"
    tunnel.set_tunnel(way.origin.host, way.origin.port, headers)
    try:
        tunnel.connect()
    except HTTPException:
        raise ProxyRefusedError from None
    except OSError as error:
        # The library only has the status in its message.
        if status := _PROXY_STATUS.match(str(error)):
            raise ProxyRefusedError(int(status[1])) from None
        raise
    # Detach the socket from the library, which would close it.
    connection: socket.socket = tunnel.sock
    return connection


def trust_store() -> tuple[str, str]:
    """Return the variable that sets the trusted certificates for httpx, and its path.

    The variable is `SSL_CERT_FILE` or `SSL_CERT_DIR`, or empty for the list that comes with this program.
    """
    named = (name for name in ("SSL_CERT_FILE", "SSL_CERT_DIR") if os.environ.get(name))
    return next(((name, os.environ[name]) for name in named), ("", ""))
