"""What is known about a server from its address alone: its origin, its label, and its CLI."""

from __future__ import annotations

from typing import NamedTuple

from astro_tui.platform.origin import Origin

PRODUCTION = "https://astropods.com"
_CLIS = {PRODUCTION: "ast", "https://astropod.ai": "ast-preview", "http://localhost:8080": "ast-dev"}
"""The platform builds its CLI for one server each (platform.md §1)."""
CLIS = tuple(_CLIS.values())
_LONGEST = 300
"""Characters shown of an invalid address."""


class Server(NamedTuple):
    """A server as the screens show it. The label is always printable ASCII."""

    label: str
    production: bool

    @property
    def text(self) -> str:
        """The label, in brackets unless this is production, so that nobody needs color to tell them apart."""
        return self.label if self.production else f"[{self.label}]"


def origin_of(url: str) -> str:
    """Return the origin of a server's address, such as `https://astropods.com`; empty if the address is invalid."""
    try:
        return str(Origin.of(url))
    except ValueError:
        return ""


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
