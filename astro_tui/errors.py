"""What can go wrong between the user and the platform, in words for people."""

from __future__ import annotations

from enum import StrEnum
from functools import partial
from typing import Any


class ErrorKind(StrEnum):
    """One kind per thing that the user would do differently."""

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
    CUT_BODY = "answer cut short"
    NOT_JSON = "not JSON"
    ODD_SHAPE = "unexpected shape"
    TOO_LARGE = "too large"
    TOO_DEEP = "too deep"
    REDIRECT = "redirected away"
    CANCELLED = "cancelled"


OFFLINE_KINDS = frozenset({ErrorKind.DNS, ErrorKind.REFUSED, ErrorKind.TLS, ErrorKind.TIMEOUT, ErrorKind.RESET})
"""Kinds that mean "the platform cannot be reached from here", as opposed to "it answered"."""


class AstroError(Exception):
    """Any failure this program expects; its text is one sentence for people."""


class ConfigError(AstroError):
    """A wrong flag, environment variable or configuration file: one line on stderr, exit code 2."""


class DocumentError(AstroError):
    """A text that is no readable JSON document.

    `line` and `column` count from 1 and are 0 where the place is not known.
    """

    def __init__(self, message: str, *, line: int = 0, column: int = 0, too_deep: bool = False) -> None:
        super().__init__(message)
        self.line = line
        self.column = column
        self.too_deep = too_deep


class PlatformError(AstroError):
    """A request that did not give a usable answer.

    `str(error)` is the sentence for people, `request` the method and path it belongs to (never a token),
    `hint` the next step, `server_said` the server's own words as plain, untrusted text, `status` the HTTP
    status where there was one, `retry_after` the seconds the server asked for, and `technical` what a library
    said about a connection that failed (safe to show, of use to experts). `refused` is the fingerprint of the token
    that the platform did not accept.
    """

    def __init__(
        self,
        kind: ErrorKind,
        message: str,
        *,
        request: str,
        hint: str,
        status: int | None = None,
        server_said: str = "",
        retry_after: float | None = None,
        technical: str = "",
    ) -> None:
        super().__init__(message)
        self.kind = kind
        self.request = request
        self.hint = hint
        self.status = status
        self.server_said = server_said
        self.retry_after = retry_after
        self.technical = technical
        self.refused = ""

    def __reduce__(self) -> tuple[Any, ...]:
        """Let the error cross from one process to another."""
        return partial(PlatformError, request=self.request, hint=self.hint), (self.kind, str(self)), self.__dict__

    @property
    def offline(self) -> bool:
        """Whether the platform could not be reached at all."""
        return self.kind in OFFLINE_KINDS
