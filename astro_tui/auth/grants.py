"""What signing in can lead to: a code to enter, tokens, patience, or a no in words for people (platform.md §2.3)."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

from astro_tui.errors import AstroError, Check, Do, Remedies, SignIn, StartOver
from astro_tui.platform.origin import Origin

LONGEST_ADDRESS = 2000
"""Characters of an address that is shown, opened or drawn."""


class IdentityRefused(AstroError):  # noqa: N818  named for what happened, as the other outcomes of a poll
    """The identity provider refused to sign the user in, or with `refreshing` to renew a login.

    `code` is the provider's (`access_denied`, `expired_token`, `invalid_grant`, or any other). `description` is its
    own message: untrusted text, made safe to display, without the secrets that were sent.
    """

    def __init__(self, code: str, description: str = "", *, refreshing: bool = False) -> None:
        self.code, self.description = code, description
        message, remedies = _meaning(code, description, refreshing=refreshing)
        super().__init__(message, remedies=remedies)


@dataclass(frozen=True, slots=True)
class DeviceCode:
    """A sign-in that has begun. `user_code` and the addresses are foreign text, made safe to show and cut short.

    The seconds say how long the code holds and how long to wait between two polls.
    """

    device_code: str = field(repr=False)
    user_code: str
    address: str
    complete_address: str
    expires_seconds: float
    interval_seconds: float

    @property
    def openable(self) -> str:
        """The address to open in a browser or to draw as a QR code; empty when none is safe for that."""
        for address in (self.complete_address, self.address):
            if safe_to_open(address):
                return address
        return ""


@dataclass(frozen=True, slots=True)
class Granted:
    """A pair of tokens. `expires` is the end that the access token itself tells, else what the provider says.

    An empty `refresh_token` means that none came: the one that was used, if any, goes on.
    """

    access_token: str = field(repr=False)
    refresh_token: str = field(repr=False)
    expires: datetime | None
    user_id: str
    email: str


@dataclass(frozen=True, slots=True)
class Pending:
    """The user has not finished in the browser yet."""


@dataclass(frozen=True, slots=True)
class SlowDown:
    """The user has not finished yet, and the provider requires longer pauses from now on."""


def safe_to_open(address: str) -> bool:
    """Return whether an address is safe to open in a browser: https, or http on this machine."""
    try:
        origin = Origin.of(address)
    except ValueError:
        return False
    return address.isascii() and len(address) < LONGEST_ADDRESS and (origin.scheme == "https" or origin.loopback)


def _meaning(code: str, description: str, *, refreshing: bool) -> tuple[str, Remedies]:
    said = f"{code}: {description}" if description else code
    match code:
        case "access_denied":
            return "The sign-in was refused in the browser.", (StartOver(),)
        case "expired_token":
            return "The code expired before it was entered.", (StartOver(),)
        case "invalid_grant" if "not a member" in description.lower():
            return "You are not a member of this organization.", (Do("ask one of its owners to add you"),)
        case "invalid_grant" if refreshing:
            return f"The login has ended ({said}).", (SignIn(),)
        case "invalid_grant":
            return f"The sign-in has ended ({said}).", (StartOver(),)
        case "invalid_client" | "unauthorized_client":
            check = Check("ASTRO_CLIENT_ID, or client_id and identity in the configuration file")
            return f"The identity provider does not know this program ({said}).", (check, StartOver())
    return f"The identity provider refuses: {said}", (Do("contact the platform's support"), StartOver())
