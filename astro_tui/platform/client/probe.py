"""The way to a server step by step, for a diagnosis: proxy, name, connection, certificate. No request is sent."""

from __future__ import annotations

import base64
import os
import socket
import ssl
from dataclasses import dataclass, field
from datetime import datetime
from time import monotonic
from urllib.parse import unquote, urlsplit

from astro_tui.errors import PlatformError
from astro_tui.platform.client.certificate import Certificate, certificate_of
from astro_tui.platform.origin import Origin

_PORTS = {"http": 80, "https": 443}


@dataclass(frozen=True, slots=True)
class Probe:
    """How one request went, whatever came of it.

    `answered` is this machine's time in the middle of the request and `date` the server's, None where it does not
    say; `status` is 0 where there was no answer. `body` is that of a success.
    """

    status: int
    took_seconds: float
    answered: datetime
    date: datetime | None = None
    body: bytes | None = field(default=None, repr=False)
    error: PlatformError | None = None


@dataclass(frozen=True, slots=True)
class Way:
    """How a server is reached: `host` and `port` are what is dialled, the proxy's where one is in force.

    `proxy` is its address without user and password, `variable` what names it; both are empty without one. `plain`
    tells whether the steps below can go through it: they speak no SOCKS, and no TLS with a proxy itself.
    """

    origin: Origin
    host: str
    port: int
    proxy: str = ""
    variable: str = ""
    user: str = field(default="", repr=False)
    password: str = field(default="", repr=False)

    @property
    def plain(self) -> bool:
        """Whether there is no proxy, or one that is spoken to in plain HTTP."""
        return not self.proxy or self.proxy.startswith("http://")


@dataclass(frozen=True, slots=True)
class Secured:
    """How a TLS handshake went: `refused` is why the certificate is not trusted, None where it is."""

    certificate: Certificate
    version: str = ""
    refused: ssl.SSLCertVerificationError | None = None


def way_to(origin: Origin) -> Way:
    """Return how the client reaches a server. Raises ValueError, without a text, for a proxy that is no address."""
    from urllib.request import getproxies, proxy_bypass

    proxies = getproxies()
    kind = next((kind for kind in (origin.scheme, "all") if proxies.get(kind)), "")
    if not kind or origin.loopback or proxy_bypass(origin.host):
        return Way(origin, origin.host, origin.port)
    names = (f"{kind}_proxy", f"{kind.upper()}_PROXY")
    variable = next((name for name in names if os.environ.get(name)), "the system's settings")
    address = proxies[kind] if "://" in proxies[kind] else f"http://{proxies[kind]}"
    try:
        parts = urlsplit(address)
        host, port = parts.hostname, parts.port or _PORTS.get(parts.scheme, 1080)
    except ValueError:
        raise ValueError from None
    if not host:
        raise ValueError
    shown = f"{parts.scheme}://{f'[{host}]' if ':' in host else host}:{port}"
    user, password = unquote(parts.username or ""), unquote(parts.password or "")
    return Way(origin, host, port, shown, variable, user, password)


def resolve(way: Way) -> tuple[str, ...]:
    """Return the addresses of what is dialled. Blocks as long as the system likes; raises OSError."""
    found = socket.getaddrinfo(way.host, way.port, type=socket.SOCK_STREAM)
    return tuple(dict.fromkeys(str(entry[4][0]) for entry in found))


def connect(way: Way, seconds: float) -> tuple[str, float]:
    """Connect and hang up; returns the address that took the connection, and the seconds. Raises OSError."""
    started = monotonic()
    with socket.create_connection((way.host, way.port), seconds) as connection:
        return str(connection.getpeername()[0]), monotonic() - started


def secure(way: Way, context: ssl.SSLContext, seconds: float) -> Secured:
    """Shake hands; if the certificate is not trusted, once more without checking it, to see whose it is.

    Nothing is sent over either. Raises OSError.
    """
    try:
        return _shaken(way, context, seconds)
    except ssl.SSLCertVerificationError as error:
        anybody = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        anybody.check_hostname = False
        anybody.verify_mode = ssl.CERT_NONE
        found = _shaken(way, anybody, seconds)
        return Secured(found.certificate, found.version, error)


def _shaken(way: Way, context: ssl.SSLContext, seconds: float) -> Secured:
    with _opened(way, seconds) as plain, context.wrap_socket(plain, server_hostname=way.origin.host) as secured:
        return Secured(certificate_of(secured.getpeercert(binary_form=True) or b""), secured.version() or "")


def _opened(way: Way, seconds: float) -> socket.socket:
    """Return a connection to the server, through the proxy where there is one."""
    if not way.proxy:
        return socket.create_connection((way.host, way.port), seconds)
    from http.client import HTTPConnection, HTTPException

    tunnel = HTTPConnection(way.host, way.port, timeout=seconds)
    headers = {}
    if way.user or way.password:
        code = base64.b64encode(f"{way.user}:{way.password}".encode()).decode("ascii")
        headers["Proxy-Authorization"] = f"Basic {code}"
    tunnel.set_tunnel(way.origin.host, way.origin.port, headers)
    try:
        tunnel.connect()
    except HTTPException:
        raise ConnectionError("the proxy does not speak HTTP") from None
    # It is taken from the library, which would close it.
    connection: socket.socket = tunnel.sock
    return connection


def trust_store() -> tuple[str, str]:
    """Return what says which certificates are trusted, and its path, as httpx goes by them.

    The first is `SSL_CERT_FILE`, `SSL_CERT_DIR`, or empty for the list that comes with this program.
    """
    named = (name for name in ("SSL_CERT_FILE", "SSL_CERT_DIR") if os.environ.get(name))
    return next(((name, os.environ[name]) for name in named), ("", ""))
