"""The client of the identity provider (platform.md §2.3, §2.4)."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping
from datetime import timedelta
from math import isfinite
from typing import Any

from astro_tui.auth.browser import LONGEST_ADDRESS
from astro_tui.auth.claims import claims_of
from astro_tui.auth.grants import DeviceCode, Granted, IdentityRefused, Pending, SlowDown
from astro_tui.errors import UPDATE, WAIT_A_MOMENT, AstroError, Check, ConfigError, ErrorKind, PlatformError, Remedies
from astro_tui.platform.client.body import nested_deeper_than
from astro_tui.platform.client.call import Call, FixedToken, FormResponse, Limits, Timeouts
from astro_tui.platform.client.organizations import Organizations
from astro_tui.platform.client.transport import Transport
from astro_tui.platform.servers import Origin, server_origin
from astro_tui.runtime import Clock, system_clock
from astro_tui.text.foreign import bounded, visible
from astro_tui.text.redaction import masked_line, without

__all__ = ["DeviceCode", "Granted", "IdentityProvider", "IdentityRefused", "Pending", "SlowDown"]

START = "/user_management/authorize/device"
AUTHENTICATE = "/user_management/authenticate"
DEVICE_GRANT = "urn:ietf:params:oauth:grant-type:device_code"
_TIMEOUTS = Timeouts(pauses=())
_LIMITS = Limits(body=1024 * 1024, depth=20, redirects=0)
_USUAL_EXPIRY, _USUAL_INTERVAL = 300.0, 5.0
"""The defaults in seconds if the provider does not send them (platform.md §2.3)."""
_LONGEST_EXPIRY, _LONGEST_INTERVAL, _SHORTEST_INTERVAL = 86_400.0, 300.0, 0.1
_LONGEST_TOKEN = 64 * 1024
_LONGEST_CODE = 64
_EXAMINED = 2_000
"""Characters of the provider's words that are examined."""
_AGAIN: Remedies = (WAIT_A_MOMENT,)
_CHECK_ADDRESS: Remedies = (Check("the address of the identity provider"),)
_CHECK_NETWORK: Remedies = (Check("the network and the address of the identity provider"),)
_REMEDIES: dict[ErrorKind, Remedies] = {
    ErrorKind.DNS: _CHECK_NETWORK,
    ErrorKind.REFUSED: _CHECK_NETWORK,
    ErrorKind.TIMEOUT: _AGAIN,
    ErrorKind.RESET: _AGAIN,
    ErrorKind.CUT_BODY: _AGAIN,
    ErrorKind.TOO_LARGE: _CHECK_ADDRESS,
    ErrorKind.NOT_JSON: _CHECK_ADDRESS,
    ErrorKind.REDIRECT: (Check("the address of the identity provider, and any proxy in between"),),
}


class _NoToken(FixedToken):
    """Requests to the identity provider carry no token. `secrets` are kept out of all messages."""

    def __init__(self) -> None:
        super().__init__(None)
        self.secrets: set[str] = set()

    def hidden(self) -> Collection[str]:
        return tuple(self.secrets)


class IdentityProvider:
    """Where users sign in. Cheap to create and safe to use from many threads.

    Every method blocks; canceling its `call` ends it. No request is repeated: an exchange whose response was lost may
    have used up the token. All methods raise IdentityRefused, or PlatformError if there is no usable response.
    """

    def __init__(
        self,
        url: str,
        client_id: str,
        *,
        timeouts: Timeouts = _TIMEOUTS,
        allow_insecure: bool = False,
        clock: Clock = system_clock,
    ) -> None:
        """Take the provider's origin. Raises ConfigError if it is invalid or insecure."""
        self._origin = _origin(url, allow_insecure=allow_insecure)
        self.client_id, self._clock = client_id, clock
        self._no_token = _NoToken()
        self._transport = Transport(
            self._origin,
            lambda: self._no_token,
            allow_insecure=allow_insecure,
            timeouts=timeouts,
            limits=_LIMITS,
            # These requests belong to no account, and the list of requests is about the platform.
            organizations=Organizations(),
            observe=lambda _sent: None,
            signs_in=True,
        )

    def __repr__(self) -> str:
        return f"<IdentityProvider {self._origin}>"

    @property
    def url(self) -> str:
        """The provider's origin as text."""
        return str(self._origin)

    def close(self) -> None:
        """Cancel every request, from any thread."""
        self._transport.close()

    def start_device(self, call: Call) -> DeviceCode:
        """Start a sign-in."""
        values = self._request(START, {}, call)
        device_code, user_code = _text(values, "device_code"), _text(values, "user_code")
        address = _text(values, "verification_uri")
        if not (device_code and user_code.strip() and address.strip()):
            raise self._odd(START, "a code and an address to enter it at")
        self._no_token.secrets.add(device_code)
        return DeviceCode(
            device_code,
            visible(user_code.strip(), _LONGEST_CODE),
            visible(address.strip(), LONGEST_ADDRESS),
            visible(_text(values, "verification_uri_complete").strip(), LONGEST_ADDRESS),
            min(_seconds(values.get("expires_in")) or _USUAL_EXPIRY, _LONGEST_EXPIRY),
            min(max(_seconds(values.get("interval")) or _USUAL_INTERVAL, _SHORTEST_INTERVAL), _LONGEST_INTERVAL),
        )

    def poll(self, code: DeviceCode, call: Call) -> Granted | Pending | SlowDown:
        """Return the tokens if the user has finished in the browser."""
        try:
            return self._exchange({"grant_type": DEVICE_GRANT, "device_code": code.device_code}, call)
        except IdentityRefused as refused:
            if refused.code == "authorization_pending":
                return Pending()
            if refused.code == "slow_down":
                return SlowDown()
            raise

    def refresh(self, refresh_token: str, organization: str = "", call: Call | None = None) -> Granted:
        """Exchange a refresh token for a new pair, for an organization if one is given. This uses up the token."""
        self._no_token.secrets.add(refresh_token)
        fields = {"grant_type": "refresh_token", "refresh_token": refresh_token}
        return self._exchange(fields | ({"organization_id": organization} if organization else {}), call or Call())

    # ---- one request

    def _exchange(self, fields: Mapping[str, str], call: Call) -> Granted:
        values = self._request(AUTHENTICATE, fields, call)
        access, refresh = _text(values, "access_token"), _text(values, "refresh_token")
        if not _is_token(access) or (refresh and not _is_token(refresh)):
            raise self._odd(AUTHENTICATE, "a pair of tokens")
        claims, user = claims_of(access), values.get("user")
        user = user if isinstance(user, dict) else {}
        seconds = min(_seconds(values.get("expires_in")) or _USUAL_EXPIRY, _LONGEST_EXPIRY)
        return Granted(
            access,
            refresh,
            claims.expires or self._clock() + timedelta(seconds=seconds),
            visible(_text(user, "id"), 200) or claims.subject,
            visible(_text(user, "email"), 200),
        )

    def _request(self, path: str, fields: Mapping[str, str], call: Call) -> Mapping[str, Any]:
        """Return the JSON object of a successful response."""
        response = self._submit(path, {"client_id": self.client_id, **fields}, call)
        values = None if nested_deeper_than(_LIMITS.depth, response.body) else _object(response.body)
        if response.status not in range(200, 300):
            if values is None and response.body.startswith(b"{"):
                raise self._cut(path, response.status)
            raise self._refusal(path, response.status, values or {}, refreshing="refresh_token" in fields)
        if values is None:
            raise self._odd(path, "JSON")
        return values

    def _submit(self, path: str, fields: Mapping[str, str], call: Call) -> FormResponse:
        try:
            return self._transport.submit(path, fields, call)
        except PlatformError as error:
            error.remedies = _REMEDIES.get(error.kind, error.remedies)
            if error.status is None:
                raise
            status, wait = error.status, error.retry_after
        raise self._unavailable(path, status, wait)

    # ---- what went wrong

    def _refusal(self, path: str, status: int, values: Mapping[str, Any], *, refreshing: bool) -> AstroError:
        code = _text(values, "error") or _text(values, "code")
        if status == 429 or not code:
            return self._unavailable(path, status, None)
        description = _text(values, "error_description") or _text(values, "message")
        return IdentityRefused(self._safe(code, 60), self._safe(description, 300), refreshing=refreshing)

    def _unavailable(self, path: str, status: int, retry_after: float | None) -> PlatformError:
        host = self._origin.netloc
        if status == 429:
            kind, message = ErrorKind.RATE_LIMITED, f"{host} got too many requests."
        elif status >= 500:
            kind, message = ErrorKind.SERVER, f"The identity provider {host} is not available at the moment ({status})."
        else:
            kind, message = ErrorKind.REFUSED_STATUS, f"{host} responded with the unexpected status {status}."
        remedies = _AGAIN if kind is not ErrorKind.REFUSED_STATUS else _CHECK_ADDRESS
        request = f"POST {path}"
        return PlatformError(kind, message, request=request, remedies=remedies, status=status, retry_after=retry_after)

    def _cut(self, path: str, status: int) -> PlatformError:
        """Return the error for an unreadable refusal. Unlike a success that was cut off, a refusal uses up no token."""
        message = f"The response from {self._origin.netloc} was cut off."
        return PlatformError(ErrorKind.RESET, message, request=f"POST {path}", remedies=_AGAIN, status=status)

    def _odd(self, path: str, expected: str) -> PlatformError:
        """Return the error for a response with an unexpected shape. It quotes nothing: there may be tokens in it."""
        return PlatformError(
            ErrorKind.ODD_SHAPE,
            f"The response from {self._origin.netloc} has an unexpected shape: expected {expected}.",
            request=f"POST {path}",
            remedies=(*_CHECK_ADDRESS, UPDATE),
        )

    def _safe(self, text: str, limit: int) -> str:
        """Return untrusted text as one short line, without the secrets that were sent."""
        return masked_line(without(bounded(text, _EXAMINED), self._no_token.hidden()), limit)


def _origin(url: str, *, allow_insecure: bool) -> Origin:
    try:
        return server_origin(url, allow_insecure=allow_insecure)
    except ConfigError as error:
        raise ConfigError(f"identity provider: {error}") from None


# ---- reading: every key may be missing, null, or of another type


def _object(body: bytes) -> dict[str, Any] | None:
    try:
        value = json.loads(body.decode("utf-8", "replace"), strict=False)
    except (ValueError, RecursionError):
        return None
    return value if isinstance(value, dict) else None


def _text(values: Mapping[str, Any], key: str) -> str:
    value = values.get(key)
    return value if isinstance(value, str) else ""


def _seconds(value: Any) -> float:
    """Return a number of seconds, or 0 for anything else."""
    if isinstance(value, str) and value.isascii() and value.isdecimal() and len(value) < 10:
        value = int(value)
    if isinstance(value, bool) or not isinstance(value, int | float):
        return 0.0
    try:
        seconds = float(value)
    except OverflowError:
        return 0.0
    return seconds if isfinite(seconds) and seconds > 0 else 0.0


def _is_token(text: str) -> bool:
    """Return whether a text can be sent in a header: no spaces, no control characters, not too long."""
    return 0 < len(text) < _LONGEST_TOKEN and all("!" <= char <= "~" for char in text)
