"""What an unsuccessful response or a broken connection means (platform.md §4)."""

from __future__ import annotations

import json
import ssl
from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from functools import cached_property
from typing import Any, Literal, NamedTuple

from msgspec.structs import replace

from astro_tui.errors import (
    ASK_AN_OWNER,
    NO_FACTS,
    OTHER_TOOL,
    UPDATE,
    WAIT_A_MOMENT,
    Check,
    Do,
    ErrorFacts,
    ErrorKind,
    OpenPage,
    PlatformError,
    RefreshList,
    Remedies,
    Retry,
    canceled,
)
from astro_tui.platform.client.address import is_chat
from astro_tui.platform.client.call import Timeouts, TokenSource
from astro_tui.platform.client.certificate import UNREADABLE, refused_words
from astro_tui.platform.servers import Origin
from astro_tui.runtime import system_clock
from astro_tui.text.foreign import bounded, visible
from astro_tui.text.redaction import masked_line, without, without_in_json

_SAID_LIMIT = 300
_MOST_ISSUES = 8
_EXAMINED = 2_400
"""Characters of the server's words that are examined."""
_AGAIN: Remedies = (Retry(),)
_SOON: Remedies = (WAIT_A_MOMENT,)
_BILLING_PAGE = "check the account's billing page"
_BILLING_ACTIONS = {
    "add_card": "add a card to the account",
    "update_card": "update the account's card",
    "contact_support": "contact platform support",
    "complete_payment": "complete the open payment",
    "raise_usage_limit": "raise the account's usage limit",
    "view_billing": _BILLING_PAGE,
}
_BILLING_CODES = {"BILLING_SUSPENDED", "ENTITLEMENT_LIMIT_REACHED", "FEATURE_NOT_IN_PLAN"}
_CHECK_NAMES: Remedies = (Check("the names of the account and the agent"),)
_ASK_OWNERS: Remedies = (Check("the account's name"), ASK_AN_OWNER)
_ASK_SUPPORT: Remedies = (Do("ask platform support to set it up"),)
_GONE = {403: ("not found", "failed to look up deployment"), 404: ("deployment not found",)}
"""Messages, by status, about a deployment that is gone or hidden; which status it is depends on the route (§4)."""
_WANTS_ORGANIZATION = {403: ("not scoped", "switch-org"), 503: ("authorization session",)}
"""Messages, by status, that require a token for the account's organization (platform.md §2.5)."""
_ACCOUNT = ("account",)
"""What a message about a missing account contains; servers word it differently."""
_MISSING_BACKEND = ("not configured", "cluster disabled")
"""Messages of a 503 for which a retry is useless (platform.md §4)."""
_TRACING = ("failed to query langfuse",)
"""Messages of a 502 about traces (platform.md §11)."""
_NEEDS = Check("the values that the build needs")
_OTHER_NAME: Remedies = (Do("rename the agent"),)
_DEPLOY: Mapping[str, tuple[str, Remedies]] = {
    "invalid or missing template signature": ("The template was changed or is out of date", (Do("preview it again"),)),
    "invalid deployment spec": ("The platform cannot deploy this template", (_NEEDS,)),
    "deploy endpoint requires spec": ("The platform does not deploy specs of this form", (UPDATE,)),
    "source account not found": ("The account of the blueprint is gone", (Check("the blueprint's account"),)),
    "target account not found": ("The account is gone", (Check("the account's name"),)),
    "insufficient permissions for target account": ("You are not a member of this account", (ASK_AN_OWNER,)),
    "source agent not found": (
        "The blueprint is gone, or private in another account",
        (Do("ask its owner to make it public"),),
    ),
    "agent build not found": ("This build was removed", (Do("choose another build"),)),
    "deployment not found for given deployment_id": ("The agent was deleted", (RefreshList(),)),
    "deployment is not active or failed": (
        "An agent can be deployed only while it is active or failed",
        (Do("wait for the deploy in progress or cancel it, or resume the agent"),),
    ),
    "deployment does not belong to target account": ("The agent is in another account", (RefreshList(),)),
    "display_name must be": ("The agent's name is too long to be deployed", _OTHER_NAME),
    "display_name contains": ("The agent's name contains control characters", _OTHER_NAME),
    "display_name already in use": ("Another agent of the account has the same name", _OTHER_NAME),
    "failed to preserve configured secret": ("A stored secret is gone", (Do("enter it again"),)),
    "failed to resolve variable references": (
        "A variable of the account is missing, or not a secret as before",
        (Check("the account's variables"),),
    ),
    "deployment spec validation failed": ("The platform found mistakes in the template", (_NEEDS,)),
    "authorization grants invalid": ("The agent's access rules are not valid", (Do("correct them in the web app"),)),
    "image_not_found": ("The build's image is gone", (Do("push or build the blueprint again"),)),
    "binding validation failed": (
        "A knowledge store is missing or not ready",
        (Check("the account's knowledge stores"),),
    ),
    "not found": ("The agent is gone, or you are not allowed to deploy it", (ASK_AN_OWNER,)),
    "deployment store not configured": ("This server cannot deploy", _ASK_SUPPORT),
}
"""What the beginnings of refusals of POST /deploy mean, in the order in which they are tried (platform.md §19)."""
_NO_CHAT = Check("that the agent is active and has a web chat")
_AGENT_LOG: Remedies = (Check("the agent's log"), Retry())
_OTHER_ANSWER: Remedies = (Check("the conversation"),)
_CHAT: Mapping[str, tuple[str, Remedies]] = {
    "forbidden": ("You are a member, but this agent's web access does not include you", (ASK_AN_OWNER,)),
    "conversation not found": ("This conversation was hidden, or it is not yours", (Check("its id"),)),
    "chat endpoint unavailable": ("This agent cannot be asked now", (_NO_CHAT,)),
    "messaging endpoint unavailable": ("This agent cannot be asked now", (_NO_CHAT,)),
    "agent config not": ("The agent has not connected since its pod started", _AGENT_LOG),
    "agent unavailable": ("The agent is not connected to its sidecar", _AGENT_LOG),
    "agent runtime unreachable": ("The agent is not connected to its sidecar", _AGENT_LOG),
    "failed to process message": ("The agent did not take the message", _AGENT_LOG),
    "turn_in_progress": ("An answer is still being written, or a question is open", (Do("wait, or stop the answer"),)),
    "room_mismatch": ("This conversation belongs to a shared room", (Do("continue it in the web app"),)),
    "message_limit_reached": ("This conversation is full", (Do("begin a new conversation"),)),
    "chat request failed": ("The agent's pod does not respond", _SOON),
    "upstream request failed": ("The agent's pod does not respond", _SOON),
    "interactions unavailable": (
        "This agent takes no answers to its questions here",
        (Do("answer it in the web app"),),
    ),
    "action not allowed": ("The question does not allow this answer", _OTHER_ANSWER),
}
"""The beginnings of refusals about a chat, and their meaning (platform.md §20)."""
_QUOTA = {
    "ENTITLEMENT_LIMIT_REACHED": "delete an agent, or ask for a higher limit in the web app",
    "FEATURE_NOT_IN_PLAN": "choose a plan that includes deployments",
}
Limit = Literal["connect", "read", "total", "silence"]
"""Which field of `Timeouts` ended a request."""


class ErrorMaker:
    """Makes the PlatformErrors of one request.

    It uses the tokens only to remove them from all text and to explain refusals. `with_token` says whether the
    request had one.
    """

    def __init__(self, request: str, origin: Origin, tokens: TokenSource, *, with_token: bool = False) -> None:
        self._request = request
        self.origin = origin
        self._requested = origin
        self._tokens = tokens
        self._with_token = with_token

    @cached_property
    def request(self) -> str:
        """The method and the path, masked: it may contain a name that the user typed.

        Masked when first read, because loading the masker would delay the first request of the program.
        """
        return masked_line(self._request, 300)

    def safe(self, text: str, limit: int = _SAID_LIMIT) -> str:
        """Return untrusted text as one short line without secrets."""
        return masked_line(self._without_tokens(bounded(text, _EXAMINED)), limit)

    def _without_tokens(self, text: str) -> str:
        return without(text, self._tokens.hidden())

    def body_without_tokens(self, body: bytes) -> bytes:
        """Return JSON without any tokens that the server sent back in it, escaped or not."""
        return without_in_json(body, self._tokens.hidden())

    def error(
        self,
        kind: ErrorKind,
        message: str,
        remedies: Remedies = _AGAIN,
        *,
        status: int | None = None,
        said: str = "",
        retry_after: float | None = None,
        technical: str = "",
        facts: ErrorFacts = NO_FACTS,
    ) -> PlatformError:
        """Return the error for this request."""
        return PlatformError(
            kind,
            message,
            request=self.request,
            remedies=remedies,
            status=status,
            server_said=said,
            retry_after=retry_after,
            technical=self.safe(technical, 160),
            facts=facts,
        )

    # ---- responses ----

    def refusal(self, status: int, body: bytes, retry_after: float | None, *, plain: bool = False) -> PlatformError:
        """Return the error for a response with a status of 400 or more, or an unexpected one.

        The body is JSON, unless it is said to be `plain` text, as a sidecar sends it.
        """
        fields: Mapping[str, Any] = {} if plain else _fields(body)
        said = self.safe(_said(fields, body)).rstrip(".")
        kind, message, remedies, facts = self._meaning(status, fields, said)
        if kind in (ErrorKind.RATE_LIMITED, ErrorKind.SERVER) and retry_after:
            remedies = (Retry(after=retry_after),)
        return self.error(kind, message, remedies, status=status, said=said, retry_after=retry_after, facts=facts)

    def _meaning(self, status: int, fields: Mapping[str, Any], said: str) -> _Meaning:
        if status == 402 or _text(fields, "code") in _BILLING_CODES:
            return self._billing(fields, said)
        if self._request.endswith(" /api/v1/deploy") and (meaning := self._deploy(status, fields)):
            return meaning
        if is_chat(self._request) and (meaning := self._chat(status, fields, said)):
            return meaning
        match status:
            case 401 if self.origin != self._requested:
                message = f"The server redirects to {self.origin.netloc}, which requires a login."
                what = f"that {self._requested} is the platform's address; the token is not sent anywhere else"
                return _Meaning(ErrorKind.SIGNED_OUT, message, (Check(what),))
            case 401:
                return _Meaning(ErrorKind.SIGNED_OUT, *self._tokens.signed_out(sent=self._with_token))
            case 403 | 404 if _says(said, _GONE[status]):
                message = "This deployment does not exist or was deleted."
                facts = ErrorFacts(no_such_account=_says(said, _ACCOUNT), no_such_deployment=True)
                return _Meaning(ErrorKind.NOT_FOUND, message, (RefreshList(),), facts)
            case 403 | 503 if _says(f"{said} {_text(fields, 'error')}", _WANTS_ORGANIZATION[status]):
                facts = ErrorFacts(wants_organization=True)
                return _Meaning(ErrorKind.FORBIDDEN, *self._tokens.unscoped(), facts)
            case 403:
                return _quoting(ErrorKind.FORBIDDEN, "You have no access to this", said, _ASK_OWNERS)
            case 404:
                return self._not_found(fields, said)
            case 409:
                return _quoting(ErrorKind.CONFLICT, "The platform refused", said, _AGAIN, "there is a conflict")
            case 429:
                message, facts = "The platform received too many requests.", ErrorFacts(temporary=True)
                return _Meaning(ErrorKind.RATE_LIMITED, message, _SOON, facts)
            case 503 if _says(said, _MISSING_BACKEND):
                meaning = _quoting(ErrorKind.SERVER, "Part of the platform is not set up", said, _ASK_SUPPORT)
                return meaning._replace(facts=replace(meaning.facts, not_set_up=True))
            case 502 if _says(said, _TRACING):
                # One trace that cannot be decoded fails every time, so the client does not try again by itself.
                return _quoting(ErrorKind.SERVER, "Tracing failed (502)", said, _AGAIN)
            case 502 | 503 | 504:
                message = f"The platform is not available at the moment ({status})."
                facts = ErrorFacts(temporary=True, crashed=_says_crashed(said))
                return _Meaning(ErrorKind.SERVER, message, _SOON, facts)
            case _ if status >= 500:
                message = f"The platform failed with an internal error ({status})."
                facts = ErrorFacts(crashed=_says_crashed(said))
                return _Meaning(ErrorKind.SERVER, message, (Retry(support=True),), facts)
            case 400 | 422:
                message = "The platform rejected the request"
                return _quoting(ErrorKind.BAD_REQUEST, message, said, _CHECK_NAMES, str(status))
        message = f"The platform responded with the unexpected status {status}."
        return _Meaning(ErrorKind.REFUSED_STATUS, message, self._check_address())

    def _deploy(self, status: int, fields: Mapping[str, Any]) -> _Meaning | None:
        """Return what a refusal to deploy means, None for any other response."""
        error = _text(fields, "error").lower()
        meant = next((row for start, row in _DEPLOY.items() if error.startswith(start)), None)
        if meant is None or (status >= 500 and status != 503):
            return None
        issues = [each for each in fields.get("validation_errors") or () if isinstance(each, dict)]
        texts = [f"{_text(each, 'field')}: {_text(each, 'message')}" for each in issues[:_MOST_ISSUES]]
        said = self.safe("; ".join(texts) or _text(fields, "details"))
        kinds = {403: ErrorKind.FORBIDDEN, 404: ErrorKind.NOT_FOUND, 409: ErrorKind.CONFLICT}
        meaning = _quoting(kinds.get(status, ErrorKind.BAD_REQUEST), meant[0], said, meant[1])
        return meaning._replace(facts=replace(meaning.facts, explained=True))

    @staticmethod
    def _chat(status: int, fields: Mapping[str, Any], said: str) -> _Meaning | None:
        """Return the meaning of a refusal about a chat; None for any other response."""
        text = (_text(fields, "error") if fields else said).lower()
        row = next((row for start, row in _CHAT.items() if text.startswith(start)), None)
        # The server's own 403 is JSON, and means something else than that of the sidecar.
        if row is None or (fields and status == 403):
            return None
        kinds = {403: ErrorKind.FORBIDDEN, 404: ErrorKind.NOT_FOUND, 409: ErrorKind.CONFLICT}
        kind = kinds.get(status, ErrorKind.SERVER if status >= 424 else ErrorKind.BAD_REQUEST)
        temporary = status in (502, 503, 504)
        return _Meaning(kind, f"{row[0]}.", row[1], ErrorFacts(explained=not temporary, temporary=temporary))

    def _check_address(self) -> Remedies:
        return (Check(f"that {self.origin} is the platform's address"),)

    def _billing(self, fields: Mapping[str, Any], said: str) -> _Meaning:
        message = "The platform refused this because of billing"
        usual = _QUOTA.get(_text(fields, "code"), _BILLING_PAGE)
        remedies: Remedies = (Do(_BILLING_ACTIONS.get(_text(fields, "action"), usual)),)
        link = _text(fields, "pay_link")
        if link.startswith("https://"):
            remedies += (OpenPage(visible(self._without_tokens(link), 500)),)
        return _quoting(ErrorKind.BILLING, message, said, remedies)

    def _not_found(self, fields: Mapping[str, Any], said: str) -> _Meaning:
        if not fields:
            message = f"{self.origin.netloc} has nothing at this address."
            return _Meaning(ErrorKind.NOT_FOUND, message, self._check_address())
        if _says(said, ("no active deployment",)):
            check = Check("whether the agent is paused, failed, or deploying")
            return _Meaning(ErrorKind.NOT_FOUND, "There is no active deployment.", (check,))
        if _says(said, ("agent not found",)):
            check = Check("the names of the account and the blueprint")
            return _Meaning(ErrorKind.NOT_FOUND, "There is no blueprint with that name.", (check,))
        if _says(said, ("account not found",)):
            message, facts = "There is no account with that name.", ErrorFacts(no_such_account=True)
            return _Meaning(ErrorKind.NOT_FOUND, message, (Check("the account's name"),), facts)
        meaning = _quoting(ErrorKind.NOT_FOUND, "The requested item was not found", said, _CHECK_NAMES)
        return meaning._replace(facts=replace(meaning.facts, no_such_account=_says(said, _ACCOUNT)))

    # ---- connections ----

    def unreachable(self, kind: ErrorKind, technical: str) -> PlatformError:
        """Return the error for a failed connection. `technical` is the library's own message."""
        host = visible(self.origin.netloc, 100)
        meanings: dict[ErrorKind, tuple[str, Remedies]] = {
            ErrorKind.DNS: (
                f"The name {visible(self.origin.host, 100)} cannot be resolved.",
                (Check("the network and the spelling of the server's address"),),
            ),
            ErrorKind.REFUSED: (
                f"{host} refused the connection.",
                (Check("that the server is running, and check the port in its address"),),
            ),
            ErrorKind.RESET: (f"{host} closed the connection before it responded.", _AGAIN),
            ErrorKind.CUT_BODY: ("The response was cut off.", _AGAIN),
            ErrorKind.NOT_JSON: (
                f"The server at {host} does not speak HTTP.",
                (Check("the address and the port of the server"),),
            ),
        }
        return self.error(kind, *meanings[kind], technical=technical)

    def interrupted(self, technical: str) -> PlatformError:
        """Return the error for a stream that broke off."""
        host = visible(self.origin.netloc, 100)
        return self.error(ErrorKind.RESET, f"The connection to {host} was lost.", technical=technical)

    def no_stream(self, media: str) -> PlatformError:
        """Return the error for a response that is not a stream of events."""
        message = f"The response is {self.safe(media, 40) or 'of an unknown type'}; a stream of events was expected."
        return self.error(ErrorKind.ODD_SHAPE, message, self._check_address())

    def timed_out(self, limit: Limit, timeouts: Timeouts, technical: str, tries: int = 1) -> PlatformError:
        """Return the error for a timeout. Its sentence has the seconds, and the number of tries if there were more."""
        host = visible(self.origin.netloc, 100)
        message = {
            "connect": f"{host} did not accept a connection within {timeouts.connect:g} s",
            "read": f"{host} sent nothing for {timeouts.read:g} s",
            "silence": f"{host} sent nothing for {timeouts.silence:g} s",
            "total": f"{host} did not finish its response within {timeouts.total:g} s",
        }[limit]
        more = f" ({tries} tries)" if tries > 1 else ""
        return self.error(ErrorKind.TIMEOUT, f"{message}{more}.", technical=technical)

    def insecure(self, refused: ssl.SSLError | None, technical: str) -> PlatformError:
        """Return the error for a refused handshake or, if `refused` is None, for unreadable trusted certificates."""
        words = refused_words(refused, visible(self.origin.netloc, 100)) if refused else UNREADABLE
        return self.error(ErrorKind.TLS, *words, technical=technical)

    def canceled(self) -> PlatformError:
        """Return the error for a canceled request."""
        return canceled(self.request, _AGAIN)

    def too_large(self, limit: int) -> PlatformError:
        """Return the error for a body over `limit` bytes."""
        size = f"{limit / 1048576:g} MiB" if limit >= 1048576 else f"{limit:,} bytes"
        message = f"The response is larger than {size}."
        return self.error(ErrorKind.TOO_LARGE, message, (OTHER_TOOL,))

    def odd_encoding(self, encoding: str) -> PlatformError:
        """Return the error for a body with an encoding that was not requested."""
        message = f"The response is encoded as {self.safe(encoding, 40)}, which this program did not request."
        return self.error(ErrorKind.NOT_JSON, message, (Check("the server's address and any proxy in between"),))

    def bad_proxy(self, technical: str) -> PlatformError:
        """Return the error for a proxy set in the environment that cannot be used."""
        message = "The proxy set in the environment cannot be used."
        check = Check("HTTP_PROXY, HTTPS_PROXY, and ALL_PROXY; SOCKS proxies are not supported")
        return self.error(ErrorKind.REFUSED, message, (check,), technical=technical)

    def redirected(self, reason: str, location: str = "") -> PlatformError:
        """Return the error for a redirect that is not followed."""
        return self.error(ErrorKind.REDIRECT, reason, self._check_address(), technical=location.partition("?")[0])


class _Meaning(NamedTuple):
    """What a response with an unsuccessful status means. Only this module searches the server's messages."""

    kind: ErrorKind
    message: str
    remedies: Remedies
    facts: ErrorFacts = NO_FACTS


def _says(said: str, texts: tuple[str, ...]) -> bool:
    """Return whether the server's message contains one of these texts."""
    return any(text in said.lower() for text in texts)


def _says_crashed(said: str) -> bool:
    """Return whether a bug interrupted the platform."""
    return said.lower() == "internal server error"


def _quoting(kind: ErrorKind, start: str, said: str, remedies: Remedies, otherwise: str = "") -> _Meaning:
    """Return a meaning with a sentence that ends with the server's message or, if it sent none, with `otherwise`."""
    end = said or otherwise
    text = f"{start}: {end}" if end else start
    sentence = text if text.endswith(("!", "?", "…")) else f"{text}."
    return _Meaning(kind, sentence, remedies, ErrorFacts(quotes_server=bool(said)))


def _fields(body: bytes) -> Mapping[str, Any]:
    try:
        value = json.loads(body.decode("utf-8", "replace"), strict=False)
    except (ValueError, RecursionError):
        return {}
    return value if isinstance(value, dict) else {}


def _text(fields: Mapping[str, Any], key: str) -> str:
    """Return a member, or an empty string if it is missing or of another type."""
    value = fields.get(key)
    return value if isinstance(value, str) else ""


def _said(fields: Mapping[str, Any], body: bytes) -> str:
    """Return the server's own words, in the order of platform.md §4."""
    # A sidecar's detail names its schema on the first line, and what is wrong on the others.
    lines = _text(fields, "detail").splitlines()
    detail = {"detail": "; ".join(line.removeprefix("- ") for line in lines[1:] or lines)}
    for key in ("error_description", "details", "detail", "error", "error_code"):
        if value := _text({**fields, **detail}, key).strip():
            return value
    text = body.decode("utf-8", "replace").strip()
    # A proxy's web page adds nothing to the status.
    return "" if text.startswith("<") else text


def seconds_to_wait(header: str | None, now: datetime | None = None) -> float | None:
    """Return the seconds in a Retry-After header (a number or a date), or None if it is neither."""
    if not header:
        return None
    try:
        return max(0.0, float(int(header.strip())))
    except OverflowError:
        return None
    except ValueError:
        pass
    at = http_date(header)
    return None if at is None else max(0.0, (at - (now or system_clock())).total_seconds())


def http_date(header: str) -> datetime | None:
    """Return the time in an HTTP header, or None if it is not a date."""
    try:
        at = parsedate_to_datetime(header)
    except (ValueError, TypeError, IndexError, OverflowError):
        return None
    return at if at.tzinfo else at.replace(tzinfo=UTC)
