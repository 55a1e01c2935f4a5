"""What is known about a server from its address alone: its origin, its label, and its CLI."""

from __future__ import annotations

from ipaddress import ip_address
from typing import NamedTuple
from urllib.parse import urlsplit

from msgspec import Struct

from astro_tui.errors import ConfigError
from astro_tui.platform import PRODUCTION
from astro_tui.text.masked import masked_line

LABEL = 63
"""The most characters that resolvers accept in one label of a host name."""
DEFAULT_PORTS = {"http": 80, "https": 443}


class Origin(NamedTuple):
    """Scheme, host, and port. Authorization headers are only sent to the same origin."""

    scheme: str
    host: str
    port: int

    @classmethod
    def of(cls, url: str) -> Origin:
        """Return the origin of an absolute URL. Raises ValueError for anything else."""
        parts = urlsplit(url)
        if parts.scheme not in DEFAULT_PORTS or not parts.hostname or "@" in parts.netloc:
            raise ValueError(url)
        if not url.isprintable() or any(char.isspace() or char == "\\" for char in url):
            raise ValueError(url)
        if not all(0 < len(label) <= LABEL for label in parts.hostname.removesuffix(".").split(".")):
            raise ValueError(url)
        port = parts.port if parts.port is not None else DEFAULT_PORTS[parts.scheme]
        return cls(parts.scheme, parts.hostname, port)

    @property
    def loopback(self) -> bool:
        """Whether the host is this machine."""
        if self.host == "localhost" or self.host.endswith(".localhost"):
            return True

        try:
            return ip_address(self.host).is_loopback
        except ValueError:
            return False

    @property
    def explicit_port(self) -> int | None:
        """The port, or None if it is the default of the scheme."""
        return self.port if self.port != DEFAULT_PORTS[self.scheme] else None

    @property
    def netloc(self) -> str:
        """Host and port, without the default port."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.explicit_port is None else f"{host}:{self.port}"

    def __str__(self) -> str:
        return f"{self.scheme}://{self.netloc}"


API_ROOT = "/api/v1"
"""The API's path on the server (platform.md §1)."""
_CLIS = {PRODUCTION: "ast", "https://astropod.ai": "ast-preview", "http://localhost:8080": "ast-dev"}
"""Each build of the platform's CLI works with one server (platform.md §1)."""
CLIS = tuple(_CLIS.values())
_LONGEST = 300
"""The most characters displayed of an invalid address."""


class Server(Struct, frozen=True):
    """A server as the screens show it. The label is always printable ASCII."""

    label: str
    production: bool

    @property
    def text(self) -> str:
        """The label, in brackets unless this is production, so that color is not needed to distinguish them."""
        return self.label if self.production else f"[{self.label}]"


def origin_of(url: str) -> str:
    """Return the origin of a server's address, such as `https://astropods.com`; empty if the address is invalid."""
    try:
        return str(Origin.of(url))
    except ValueError:
        return ""


def server_origin(address: str, *, allow_insecure: bool, example: str = PRODUCTION, override: str = "") -> Origin:
    """Return the origin of a server's address, which may end in the API's path.

    Raises ConfigError if the address is invalid, or would send the token unencrypted; `override` is the flag that
    allows that, if there is one.
    """
    if "@" in address:
        raise ConfigError("leave the user and password out of the address")
    try:
        origin = Origin.of(address)
    except ValueError:
        raise ConfigError(f"not a valid address: {_shown(address)} (example: {example})") from None
    parts = urlsplit(address)
    if parts.path.rstrip("/") not in ("", API_ROOT) or parts.query or parts.fragment:
        raise ConfigError(f"the address must end after the host: {origin}, not {_shown(address)}")
    if origin.scheme == "http" and not origin.loopback and not allow_insecure:
        advice = f"use https or add {override}" if override else "use https"
        raise ConfigError(f"plain http would send your token unencrypted; {advice}")
    return origin


def _shown(address: str) -> str:
    """Return an address for a message, masked because it may be a token in the wrong place."""
    return masked_line(address, 80)


def cli_of(url: str) -> str:
    """Return the name of the CLI built for a server, or an empty string."""
    return _CLIS.get(origin_of(url), "")


def server_of(url: str, *, demo: bool = False) -> Server:
    """Return the server at `url`: its host, its port unless it is the default, and the scheme if it is unsafe.

    Non-ASCII letters are encoded as in DNS (`xn--…`), because many look alike.
    """
    if demo:
        return Server("DEMO", production=False)
    try:
        origin = Origin.of(url)
    except ValueError:
        return Server(url[:_LONGEST].encode("unicode_escape").decode("ascii"), production=False)
    host = ".".join(_ascii(label) for label in origin.host.split("."))
    origin = origin._replace(host=host)
    unsafe = origin.scheme == "http" and not origin.loopback
    return Server(str(origin) if unsafe else origin.netloc, origin == Origin.of(PRODUCTION))


def _ascii(label: str) -> str:
    return label if label.isascii() else f"xn--{label.encode('punycode').decode('ascii')}"
