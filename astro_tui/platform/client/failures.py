"""What an unsuccessful answer or a broken connection means, in words for people (platform.md §4)."""

from __future__ import annotations

import json
import ssl
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, Literal

from astro_tui.errors import ErrorKind, PlatformError
from astro_tui.platform.client.call import Timeouts, TokenSource, Words
from astro_tui.platform.origin import Origin
from astro_tui.text.foreign import visible

_SAID_LIMIT = 300
_AGAIN = "Press r to try again."
_BILLING_ACTIONS = {
    "add_card": "Add a card to the account.",
    "update_card": "Update the account's card.",
    "contact_support": "Contact the platform's support.",
    "complete_payment": "Complete the open payment.",
    "raise_usage_limit": "Raise the account's usage limit.",
    "view_billing": "Look at the account's billing page.",
}
_MISSING_BACKEND = ("not configured", "cluster disabled", "authorization session is unavailable")
"""Texts of a 503 that no further try will change (platform.md §4)."""
RETRIED = frozenset({429, 502, 503, 504})
Limit = Literal["connect", "read", "total"]
"""The name of the field of `Timeouts` that ended a request."""


class Speaker:
    """Turns what went wrong with one request into a PlatformError.

    It knows where the tokens come from only to keep them out of every text and to say what a refusal means;
    `sent` tells whether one went along.
    """

    def __init__(self, request: str, origin: Origin, tokens: TokenSource, *, sent: bool = False) -> None:
        self.request = request
        self.origin = origin
        self._asked = origin
        self._tokens = tokens
        self._sent = sent

    def safe(self, text: str, limit: int = _SAID_LIMIT) -> str:
        """Return text from outside as one short line without secrets."""
        from astro_tui.text.redaction import masked_line

        return masked_line(self._without_tokens(text[: 8 * limit]), limit)

    def _without_tokens(self, text: str) -> str:
        from astro_tui.text.redaction import without

        return without(text, self._tokens.hidden())

    def body_without_tokens(self, body: bytes) -> bytes:
        """Return a JSON text without the tokens that a server may send back in it, escaped or not."""
        from astro_tui.text.redaction import without_in_json

        return without_in_json(body, self._tokens.hidden())

    def error(
        self,
        kind: ErrorKind,
        message: str,
        hint: str = _AGAIN,
        *,
        status: int | None = None,
        said: str = "",
        retry_after: float | None = None,
        technical: str = "",
    ) -> PlatformError:
        """Return the error for this request."""
        return PlatformError(
            kind,
            message,
            request=self.request,
            hint=hint,
            status=status,
            server_said=said,
            retry_after=retry_after,
            technical=self.safe(technical, 160),
        )

    # ---- answers ----

    def refusal(self, status: int, body: bytes, retry_after: float | None) -> PlatformError:
        """Return the error for an answer with a status of 400 or more, or one that means nothing here."""
        fields = _fields(body)
        said = self.safe(_words(fields, body))
        kind, message, hint = self._meaning(status, fields, said)
        if kind in (ErrorKind.RATE_LIMITED, ErrorKind.SERVER) and retry_after:
            hint = f"The server asks to wait {retry_after:.0f} s before the next try."
        return self.error(kind, message, hint, status=status, said=said, retry_after=retry_after)

    def _meaning(self, status: int, fields: Mapping[str, Any], said: str) -> tuple[ErrorKind, str, str]:
        if status == 402 or fields.get("code") in _BILLING_CODES:
            return self._billing(fields, said)
        match status:
            case 401 if self.origin != self._asked:
                message = f"The server redirects to {self.origin.netloc}, which wants a login."
                hint = f"Check that {self._asked} is the platform's address; the token goes nowhere else."
                return ErrorKind.SIGNED_OUT, message, hint
            case 401:
                return ErrorKind.SIGNED_OUT, *self._tokens.signed_out(sent=self._sent)
            case 403:
                return _forbidden(said, self._tokens.unscoped())
            case 404:
                return self._not_found(fields, said)
            case 409:
                return ErrorKind.CONFLICT, f"The platform refuses: {said or 'it is in conflict'}.", _AGAIN
            case 429:
                message = "The platform got too many requests and asks to slow down."
                return ErrorKind.RATE_LIMITED, message, "Wait a moment, then press r."
            case 503 if "authorization session" in said.lower():
                # An account with fine-grained access control wants a token of its organization (platform.md §2.5).
                return ErrorKind.FORBIDDEN, *self._tokens.unscoped()
            case 502 | 503 | 504:
                return self._unavailable(status, said)
            case _ if status >= 500:
                message = f"The platform failed with an internal error ({status})."
                return (
                    ErrorKind.SERVER,
                    message,
                    "Press r to try again; if it stays, tell the platform's support.",
                )
            case 400 | 422:
                message = f"The platform does not understand the request: {said or status}."
                return ErrorKind.BAD_REQUEST, message, "Check the account's and the agent's name."
        message = f"The platform answered with the unexpected status {status}."
        return ErrorKind.REFUSED_STATUS, message, f"Check that {self.origin} is the platform's address."

    def _billing(self, fields: Mapping[str, Any], said: str) -> tuple[ErrorKind, str, str]:
        message = f"The platform refuses this because of billing: {said or 'no reason given'}"
        hint = _BILLING_ACTIONS.get(str(fields.get("action")), "Look at the account's billing page.")
        link = fields.get("pay_link")
        if isinstance(link, str) and link.startswith("https://"):
            hint = f"{hint} {visible(self._without_tokens(link), 500)}"
        return ErrorKind.BILLING, _sentence(message), hint

    def _not_found(self, fields: Mapping[str, Any], said: str) -> tuple[ErrorKind, str, str]:
        if not fields:
            message = f"{self.origin.netloc} has nothing at this address."
            return ErrorKind.NOT_FOUND, message, f"Check that {self.origin} is the platform's address."
        for text, message, hint in _KNOWN_404:
            if text in said.lower():
                return ErrorKind.NOT_FOUND, message, hint
        message = f"The platform does not find it: {said}" if said else "The platform does not find it."
        return ErrorKind.NOT_FOUND, _sentence(message), _NAMES_HINT

    def _unavailable(self, status: int, said: str) -> tuple[ErrorKind, str, str]:
        if permanent(status, said):
            message = f"A part of the platform is missing: {said}"
            return (
                ErrorKind.SERVER,
                _sentence(message),
                "This stays until someone sets it up on the platform.",
            )
        message = f"The platform is not available at the moment ({status})."
        return ErrorKind.SERVER, message, "It may be back in a minute; press r to try again."

    # ---- connections ----

    def unreachable(self, kind: ErrorKind, technical: str) -> PlatformError:
        """Return the error for a connection that failed; `technical` is the library's own text."""
        host = visible(self.origin.netloc, 100)
        message, hint = {
            ErrorKind.DNS: (
                f"The name {visible(self.origin.host, 100)} cannot be resolved.",
                "Check the network, and the spelling of the server's address.",
            ),
            ErrorKind.REFUSED: (
                f"{host} does not accept the connection.",
                "Check that the server runs, and the port of its address.",
            ),
            ErrorKind.RESET: (f"{host} closed the connection before it answered.", _AGAIN),
            ErrorKind.CUT_BODY: ("The answer ends in the middle: it was cut short on its way.", _AGAIN),
            ErrorKind.NOT_JSON: (
                f"What answers at {host} does not speak HTTP.",
                "Check the server's address and its port.",
            ),
        }[kind]
        return self.error(kind, message, hint, technical=technical)

    def timed_out(self, limit: Limit, timeouts: Timeouts, technical: str) -> PlatformError:
        """Return the error for the one of the timeouts that fired; its sentence names the seconds of that one."""
        host = visible(self.origin.netloc, 100)
        message = {
            "connect": f"{host} did not accept a connection within {timeouts.connect:g} s.",
            "read": f"{host} sent nothing for {timeouts.read:g} s.",
            "total": f"{host} did not finish its response within {timeouts.total:g} s.",
        }[limit]
        hint = "The server or the network is slow; press r to try again."
        return self.error(ErrorKind.TIMEOUT, message, hint, technical=technical)

    def insecure(self, refused: ssl.SSLError | None, technical: str) -> PlatformError:
        """Return the error for a handshake that was refused, or with None for certificates that cannot be read."""
        from astro_tui.platform.client.certificate import UNREADABLE, refused_words

        words = refused_words(refused, visible(self.origin.netloc, 100)) if refused else UNREADABLE
        return self.error(ErrorKind.TLS, *words, technical=technical)

    def cancelled(self) -> PlatformError:
        """Return the error for a request that was given up."""
        return self.error(ErrorKind.CANCELLED, "The request was given up.")

    def too_large(self, limit: int) -> PlatformError:
        """Return the error for a body over the limit (bytes)."""
        size = f"{limit / 1048576:g} MiB" if limit >= 1048576 else f"{limit:,} bytes"
        message = f"The answer is larger than {size} and is not read to its end."
        return self.error(ErrorKind.TOO_LARGE, message, "Save it with another tool, such as curl.")

    def odd_encoding(self, encoding: str) -> PlatformError:
        """Return the error for a body packed in a way that was not asked for."""
        message = f"The answer is packed as {self.safe(encoding, 40)}, which this program did not ask for."
        return self.error(ErrorKind.NOT_JSON, message, "A proxy may stand in between; check the server's address.")

    def bad_proxy(self, technical: str) -> PlatformError:
        """Return the error for a proxy of the environment that cannot be used."""
        hint = "Check HTTP_PROXY, HTTPS_PROXY and ALL_PROXY; SOCKS proxies are not supported."
        message = "The proxy that the environment names cannot be used."
        return self.error(ErrorKind.REFUSED, message, hint, technical=technical)

    def redirected(self, reason: str, location: str = "") -> PlatformError:
        """Return the error for a redirect that is not followed."""
        hint = f"Check that {self.origin} is the platform's address."
        return self.error(ErrorKind.REDIRECT, reason, hint, technical=location.partition("?")[0])


_NAMES_HINT = "Check the account's and the agent's name; it may be gone."
_KNOWN_404 = (
    ("no active deployment", "There is no active deployment.", "It may be stopped, failed, or still deploying."),
    ("account not found", "There is no account of that name.", "Check the account's name."),
)
_BILLING_CODES = {"BILLING_SUSPENDED", "ENTITLEMENT_LIMIT_REACHED", "FEATURE_NOT_IN_PLAN"}


def _forbidden(said: str, unscoped: Words) -> tuple[ErrorKind, str, str]:
    lower = said.lower()
    if "not found" in lower or "failed to look up deployment" in lower:
        # The platform's way to hide what one may not see (platform.md §4).
        message = "There is no such deployment, or it is gone."
        return ErrorKind.NOT_FOUND, message, "Go back to the list and press r to refresh it."
    if wants_organization(403, lower):
        return ErrorKind.FORBIDDEN, *unscoped
    hint = "Check the account's name, or ask one of its owners to add you."
    message = f"You have no access to this: {said}" if said else "You have no access to this."
    return ErrorKind.FORBIDDEN, _sentence(message), hint


def wants_organization(status: int, said: str) -> bool:
    """Tell whether a refusal asks for a token of the account's organization (platform.md §2.5)."""
    lower = said.lower()
    if status == 403:
        return "not scoped" in lower or "switch-org" in lower
    return status == 503 and "authorization session" in lower


def permanent(status: int, said: str) -> bool:
    """Tell whether a 503 says that a backend is missing, so that asking again is useless."""
    return status == 503 and any(text in said.lower() for text in _MISSING_BACKEND)


def after_tries(error: PlatformError, tries: int) -> PlatformError:
    """Return the error; a timeout that fired in several tries says in how many, because the waits add up."""
    if error.kind is ErrorKind.TIMEOUT and tries > 1:
        error.args = (f"{str(error).removesuffix('.')} ({tries} tries).",)
    return error


def _sentence(text: str) -> str:
    return text if text.endswith((".", "!", "?", "…")) else f"{text}."


def _fields(body: bytes) -> Mapping[str, Any]:
    try:
        value = json.loads(body.decode("utf-8", "replace"), strict=False)
    except (ValueError, RecursionError):
        return {}
    return value if isinstance(value, dict) else {}


def _words(fields: Mapping[str, Any], body: bytes) -> str:
    """Return the server's own words, in the order of platform.md §4."""
    for key in ("error_description", "details", "error", "error_code"):
        value = fields.get(key)
        if isinstance(value, str) and value.strip():
            return value.strip()
    text = body.decode("utf-8", "replace").strip()
    # A proxy's web page says nothing that the status does not say.
    return "" if text.startswith("<") else text


def seconds_to_wait(header: str | None, now: datetime | None = None) -> float | None:
    """Return the seconds that a Retry-After header asks for (a number or a date), None for neither."""
    if not header:
        return None
    try:
        return max(0.0, float(int(header.strip())))
    except OverflowError:
        return None
    except ValueError:
        pass
    at = http_date(header)
    return None if at is None else max(0.0, (at - (now or datetime.now(UTC))).total_seconds())


def http_date(header: str) -> datetime | None:
    """Return the moment that an HTTP header names, None when it names none."""
    from email.utils import parsedate_to_datetime

    try:
        at = parsedate_to_datetime(header)
    except (ValueError, TypeError, IndexError, OverflowError):
        return None
    return at if at.tzinfo else at.replace(tzinfo=UTC)
