"""The origin of a URL. Imported at startup, so it loads nothing else."""

from __future__ import annotations

from ipaddress import ip_address
from typing import NamedTuple
from urllib.parse import urlsplit

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
