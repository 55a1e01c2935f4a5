"""What can go wrong, and what the user can do about it, as facts. Screens and commands put the remedies into words."""

from __future__ import annotations

from enum import StrEnum
from functools import partial
from typing import Any, Self

from msgspec import Struct


class ErrorKind(StrEnum):
    """The kinds of errors. Each requires something different from the user."""

    BAD_REQUEST = "bad request"
    SIGNED_OUT = "signed out"
    BILLING = "billing"
    FORBIDDEN = "forbidden"
    NOT_FOUND = "not found"
    CONFLICT = "conflict"
    RATE_LIMITED = "rate limited"
    SERVER = "server error"
    REFUSED_STATUS = "unexpected status"
    DNS = "name not resolved"
    REFUSED = "connection refused"
    TLS = "no secure connection"
    TIMEOUT = "timed out"
    RESET = "connection lost"
    CUT_BODY = "response cut off"
    NOT_JSON = "not JSON"
    ODD_SHAPE = "unexpected shape"
    TOO_LARGE = "too large"
    TOO_DEEP = "too deep"
    REDIRECT = "redirected away"
    CANCELED = "canceled"


OFFLINE_KINDS = frozenset({ErrorKind.DNS, ErrorKind.REFUSED, ErrorKind.TLS, ErrorKind.TIMEOUT, ErrorKind.RESET})
"""The kinds of errors in which the platform did not respond."""
FINAL_KINDS = frozenset({ErrorKind.CANCELED, ErrorKind.SIGNED_OUT})
"""The kinds of errors after which no other request of the same call would succeed."""

_OF_ONE = frozenset({ErrorKind.BAD_REQUEST, ErrorKind.NOT_FOUND, ErrorKind.TOO_LARGE, ErrorKind.TOO_DEEP})
_BROKEN = frozenset({ErrorKind.CUT_BODY, ErrorKind.NOT_JSON, ErrorKind.ODD_SHAPE})


# ---- remedies: presentation/remedies.py puts them into words, for a screen or for a shell


class Check(Struct, frozen=True):
    """Check something, such as `the network`."""

    what: str


class Do(Struct, frozen=True, tag=True):
    """Do something outside this program, such as `add a card to the account`."""

    what: str


class RunCommand(Struct, frozen=True, tag=True):
    """Run a command in a shell, such as `chmod 600 ~/file`."""

    command: str


class OpenPage(Struct, frozen=True):
    """Open a web page. `address` is untrusted text, made safe to display."""

    address: str


class Retry(Struct, frozen=True):
    """Send the request again: after some seconds, or after something was done `first`.

    With `support`, the platform's support can help if it keeps failing.
    """

    after: float | None = None
    first: Fix | None = None
    support: bool = False


class StartOver(Struct, frozen=True):
    """Start the sign-in from the beginning."""


class RefreshList(Struct, frozen=True):
    """Load the list again, because the requested item is gone."""


class SignIn(Struct, frozen=True):
    """Sign in, or sign in `again` if a login existed before."""

    again: bool = True


SIGN_IN_COMMAND = "astro-tui auth login"
"""The command that signs in."""

Fix = Do | RunCommand
"""A remedy that removes an obstacle, so that a retry can succeed."""
Remedy = Check | Do | RunCommand | OpenPage | Retry | StartOver | RefreshList | SignIn
Remedies = tuple[Remedy, ...]
"""Alternatives, the best one first."""

ASK_AN_OWNER = Do("ask one of its owners to add you")
TRY_DEMO = Do("try the demo with --demo")
UPDATE = Do("check for a newer version of astro-tui")
OTHER_TOOL = Do("download it with another tool, such as curl")
WAIT_A_MOMENT = Retry(first=Do("wait a moment"))


# ---- errors


class AstroError(Exception):
    """A failure this program expects. Its text is one sentence for people; `remedies` is what they can do."""

    def __init__(self, message: str = "", *, remedies: Remedies = ()) -> None:
        super().__init__(message)
        self.remedies = remedies

    @property
    def clause(self) -> str:
        """Its text without the period at the end, for the beginning of a longer sentence."""
        return str(self).removesuffix(".")

    def without_frames(self) -> Self:
        """Return this error without its traceback and cause, which keep alive what their functions worked on."""
        self.__cause__ = self.__context__ = None
        return self.with_traceback(None)


class ConfigError(AstroError):
    """A wrong flag, environment variable, or configuration file: one line on stderr, exit code 2."""


class DocumentError(AstroError):
    """A text that is not a readable document.

    `reason` has no period at its end. `kind` is the start of the sentence, such as `Not JSON`, or empty. `line` and
    `column` count from 1, and are 0 if unknown.
    """

    def __init__(self, reason: str, *, kind: str = "", line: int = 0, column: int = 0, too_deep: bool = False) -> None:
        position = f"line {line}, column {column}" if column else f"line {line}" if line else ""
        super().__init__(f"{f'{kind}: ' if kind else ''}{reason}{f' ({position})' if position else ''}.")
        self.reason = reason
        self.kind = kind
        self.line = line
        self.column = column
        self.too_deep = too_deep

    def replaced(self, *, kind: str | None = None, line: int | None = None, column: int | None = None) -> DocumentError:
        """Return the same error with another kind or position."""
        return DocumentError(
            self.reason,
            kind=self.kind if kind is None else kind,
            line=self.line if line is None else line,
            column=self.column if column is None else column,
            too_deep=self.too_deep,
        )


class ErrorFacts(Struct, frozen=True):
    """What a response means beyond the kind of its error, so that no code searches the server's message."""

    no_such_account: bool = False
    """There is no such account; other errors of this kind are about a blueprint or a deployment."""
    no_such_deployment: bool = False
    """There is no such deployment, or this login may not see it."""
    wants_organization: bool = False
    """A token for the account's organization is required (platform.md §2.5)."""
    temporary: bool = False
    """The same request may succeed a moment later."""
    crashed: bool = False
    """A bug interrupted the platform, so what it did is unknown."""
    not_set_up: bool = False
    """The server has no such backend: for an agent without tracing, this is normal."""
    quotes_server: bool = False
    """The sentence contains the server's own message."""
    explained: bool = False
    """The sentence says what was refused and why, and the remedies help."""


NO_FACTS = ErrorFacts()


class PlatformError(AstroError):
    """A request without a usable response.

    `str(error)` is a sentence for people. `request` is the method and path (never a token). `server_said` is the
    server's own message as plain, untrusted text, for people only: `facts` has what it means.
    `status` is the HTTP status, if there was a response. `retry_after` is the number of seconds the server asked for.
    `technical` is a library's message about a failed connection: safe to display, and useful to experts. `refused` is
    the fingerprint of the token that the platform did not accept. `sent` is False if the request certainly did not
    reach the platform.
    """

    def __init__(
        self,
        kind: ErrorKind,
        message: str,
        *,
        request: str,
        remedies: Remedies = (),
        status: int | None = None,
        server_said: str = "",
        retry_after: float | None = None,
        technical: str = "",
        facts: ErrorFacts = NO_FACTS,
    ) -> None:
        super().__init__(message, remedies=remedies)
        self.kind = kind
        self.request = request
        self.status = status
        self.server_said = server_said
        self.retry_after = retry_after
        self.technical = technical
        self.facts = facts
        self.refused = ""
        self.sent = True

    def __reduce__(self) -> tuple[Any, ...]:
        """Let the error cross from one process to another."""
        return partial(PlatformError, request=self.request), (self.kind, str(self)), self.__dict__

    @property
    def not_offered(self) -> bool:
        """For an endpoint about live data: whether an older server says that it does not have it."""
        return self.status in (404, 501) and not self.facts.no_such_deployment

    @property
    def offline(self) -> bool:
        """Whether the platform could not be reached at all."""
        return self.kind in OFFLINE_KINDS

    @property
    def of_one(self) -> bool:
        """Whether it says nothing about others of the same kind: the requested one is gone, or cannot be decoded."""
        one = self.kind in _OF_ONE | _BROKEN or self.status in (500, 502)
        return one and not self.facts.no_such_deployment


def canceled(request: str = "", remedies: Remedies = ()) -> PlatformError:
    """Return the error of a request that was canceled. It has no name if it was not sent."""
    return PlatformError(ErrorKind.CANCELED, "The request was canceled.", request=request, remedies=remedies)
