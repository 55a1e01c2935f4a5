"""The results of a sign-in: a code to enter, tokens, a request to wait, or a refusal (platform.md §2.3)."""

from __future__ import annotations

from datetime import datetime
from typing import ClassVar

from msgspec import Struct

from astro_tui.auth.browser import safe_to_open
from astro_tui.errors import ASK_AN_OWNER, AstroError, Check, Do, Remedies, SignIn, StartOver
from astro_tui.text.private import Private


class IdentityRefused(AstroError):  # noqa: N818  named for what happened, like the other results of a poll
    """The identity provider refused to sign the user in, or, with `refreshing`, to renew a login.

    `code` is the provider's (`access_denied`, `expired_token`, `invalid_grant`, or any other). `description` is its
    own message: untrusted text, made safe to display, without the secrets that were sent. `not_a_member` means that
    the user is not a member of the requested organization; the provider has no code for that.
    """

    def __init__(self, code: str, description: str = "", *, refreshing: bool = False) -> None:
        self.code, self.description = code, description
        self.not_a_member = "not a member" in description.lower()
        message, remedies = _meaning(code, description, self.not_a_member, refreshing=refreshing)
        super().__init__(message, remedies=remedies)


class DeviceCode(Private, frozen=True):
    """A sign-in that has begun. `user_code` and the addresses are untrusted text, shortened and made safe to display.

    `expires_seconds` is how long the code is valid, `interval_seconds` the pause between two polls.
    """

    secret: ClassVar = ("device_code",)
    device_code: str
    user_code: str
    address: str
    complete_address: str
    expires_seconds: float
    interval_seconds: float

    @property
    def openable(self) -> str:
        """The address to open in a browser or to draw as a QR code, or '' if none is safe."""
        for address in (self.complete_address, self.address):
            if safe_to_open(address):
                return address
        return ""


class Granted(Private, frozen=True):
    """A pair of tokens. `expires` is the expiry in the access token, else the one that the provider sent.

    If `refresh_token` is empty, the provider sent none and the previous one stays valid.
    """

    secret: ClassVar = ("access_token", "refresh_token")
    access_token: str
    refresh_token: str
    expires: datetime | None
    user_id: str
    email: str


class Pending(Struct, frozen=True):
    """The user has not finished in the browser yet."""


class SlowDown(Struct, frozen=True):
    """The user has not finished yet, and the provider requires longer pauses from now on."""


def _meaning(code: str, description: str, not_a_member: bool, *, refreshing: bool) -> tuple[str, Remedies]:
    details = f"{code}: {description}" if description else code
    match code:
        case "access_denied":
            return "The sign-in was refused in the browser.", (StartOver(),)
        case "expired_token":
            return "The code expired before it was entered.", (StartOver(),)
        case "invalid_grant" if not_a_member:
            return "You are not a member of this organization.", (ASK_AN_OWNER,)
        case "invalid_grant" if refreshing:
            return f"The login has ended ({details}).", (SignIn(),)
        case "invalid_grant":
            return f"The sign-in has ended ({details}).", (StartOver(),)
        case "invalid_client" | "unauthorized_client":
            settings = "ASTRO_CLIENT_ID and ASTRO_IDENTITY_URL, or config.toml"
            check = Check(f"the client id and the identity provider's address ({settings})")
            return f"The identity provider does not recognize this program ({details}).", (check, StartOver())
    return f"The identity provider refused: {details}", (Do("contact platform support"), StartOver())
