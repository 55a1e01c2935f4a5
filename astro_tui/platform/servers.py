"""Which server this is, as people name it. The only place that turns an address into a label."""

from __future__ import annotations

from typing import NamedTuple

from astro_tui.platform.client.address import Origin

PRODUCTION = "https://astropods.com"
_LONGEST = 300
"""Characters of an address that cannot be read as one; it is only shown."""


class Server(NamedTuple):
    """A server as the screens show it; the label is printable ASCII whatever the address is."""

    label: str
    production: bool

    @property
    def text(self) -> str:
        """The label; in brackets where this is not production, so that no color is needed to tell them apart."""
        return self.label if self.production else f"[{self.label}]"


def server_of(url: str, *, demo: bool = False) -> Server:
    """Return the server at `url`: its host, its port unless it is the usual one, and the scheme where it is not safe.

    Letters outside of ASCII are written as the network does (`xn--…`), because many look like others.
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
