"""The input and output of a request, independent of any HTTP library."""

from __future__ import annotations

import threading
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from typing import ClassVar, NamedTuple, Protocol

from msgspec import Struct, field

from astro_tui.errors import TRY_DEMO, Do, Remedies
from astro_tui.platform import SHORTEST_TOKEN
from astro_tui.text.private import Private


class Timeouts(Struct, frozen=True):
    """How long to wait, in seconds. `total` limits one try from connecting to the last byte.

    `pauses` are the pauses before each retry. If the server requests a pause over `longest_pause`, there is no retry.
    A stream that sends nothing for `silence` is dead.
    """

    connect: float = 5.0
    read: float = 15.0
    total: float = 30.0
    pauses: tuple[float, ...] = (0.5, 1.5)
    longest_pause: float = 30.0
    silence: float = 15.0


class Limits(Struct, frozen=True):
    """The most bytes of a decompressed body, levels of nesting, and redirects in a row."""

    body: int = 64 * 1024 * 1024
    depth: int = 500
    redirects: int = 5


class Call(Struct, eq=False):
    """One use of the platform, which any thread can cancel.

    `waiting` is called with the reason and the seconds when the client pauses before a retry; the seconds are 0 if the
    duration is unknown. `background` means that no user is waiting, so nothing may interrupt the user, not even the
    keyring's password prompt. `patience` replaces the seconds to wait for a response that is known to be slow, and
    `silence` those after which a stream that sends nothing is dead.
    """

    waiting: Callable[[str, float], None] = lambda _reason, _seconds: None
    canceled: threading.Event = field(default_factory=threading.Event)
    background: bool = False
    patience: float = 0.0
    silence: float = 0.0
    _stops: list[Callable[[], None]] = field(default_factory=list)

    def abort(self) -> None:
        """Cancel the request. Its caller gets a PlatformError of kind CANCELED within 50 ms."""
        self.canceled.set()
        for stop in tuple(self._stops):
            stop()

    @contextmanager
    def stopped_by(self, stop: Callable[[], None]) -> Iterator[None]:
        """Within the context, call `stop` as soon as this is aborted, from the thread that aborts it."""
        self._stops.append(stop)
        try:
            if self.canceled.is_set():
                stop()
            yield
        finally:
            self._stops.remove(stop)


class Response(Private, frozen=True):
    """The raw body of a successful response. `request` is the method and path, for error messages."""

    secret: ClassVar = ("body",)
    body: bytes
    request: str
    took_seconds: float
    media: str = ""
    """The media type, such as `text/plain`."""


class SentRequest(NamedTuple):
    """A request that was sent, and how it ended: `ok`, a status, or why there was no response.

    `request` is the method and the path, without a token.
    """

    request: str
    outcome: str
    seconds: float


class FormResponse(Private, frozen=True):
    """The response to a submitted form, from a service other than the platform. It may have any status."""

    secret: ClassVar = ("body",)
    status: int
    body: bytes


class Words(NamedTuple):
    """What happened, as a sentence, and what the user can do about it."""

    message: str
    remedies: Remedies


class TokenSource(Protocol):
    """Where the token of a request comes from. Safe to use from many threads.

    `current`, `renewed`, `scoped`, and `default_account` may block (files, keyring, network), return early if their
    call is canceled, and never raise. The other members do no I/O except for a stat.
    """

    @property
    def present(self) -> bool:
        """Whether a login seems to be stored, valid or not. Decides which screen comes first."""

    def current(self, call: Call) -> str | None:
        """Return the access token to send, after renewing one that is about to expire."""

    def renewed(self, after: str, call: Call) -> str | None:
        """Return a token other than `after`, which the platform refused, or None."""

    def default_account(self, call: Call) -> str:
        """Return the account to use if none is named; empty if the login has no active account."""

    @property
    def scopes(self) -> bool:
        """Whether it can get a token for an organization."""

    def scoped(self, organization: str, call: Call, *, held: bool = False) -> str | None:
        """Return a token for an organization's id (platform.md §2.5). With `held`, only one already in memory."""

    def hidden(self) -> Collection[str]:
        """Return the secrets to keep out of all text."""

    def signed_out(self, *, sent: bool) -> Words:
        """Return what a 401 means, depending on whether a token was `sent`."""

    def unscoped(self) -> Words:
        """Return what a refusal for lack of an organization's token means."""


class FixedToken:
    """A token that is never renewed, from ASTRO_ACCESS_TOKEN (platform.md §2.2) or the demo, or None."""

    def __init__(self, token: str | None) -> None:
        self._token = token or None

    def __repr__(self) -> str:
        return f"<FixedToken {'set' if self._token else 'none'}>"

    @property
    def present(self) -> bool:
        """Whether there is a token."""
        return self._token is not None

    def current(self, _call: Call) -> str | None:
        """Return the token."""
        return self._token

    def renewed(self, _after: str, _call: Call) -> str | None:
        """Return None, because this token is never renewed."""
        return None

    def default_account(self, _call: Call) -> str:
        """Return an empty string, because a token has no active account."""
        return ""

    @property
    def scopes(self) -> bool:
        """Return False, because no other token can be requested."""
        return False

    def scoped(self, _organization: str, _call: Call, *, held: bool = False) -> str | None:
        """Return None."""
        return None

    def hidden(self) -> Collection[str]:
        """Return the token, unless it is so short that removing it would destroy ordinary text."""
        return (self._token,) if self._token and len(self._token) >= SHORTEST_TOKEN else ()

    def signed_out(self, *, sent: bool) -> Words:
        """Return what a 401 means."""
        if sent:
            renew = Do("get a new token and start again with ASTRO_ACCESS_TOKEN set to it")
            return Words("The platform does not accept the token; it may have expired.", (renew,))
        remedies = (Do("start again with ASTRO_ACCESS_TOKEN set to a token"), TRY_DEMO)
        return Words("This requires a login, and there is no token.", remedies)

    def unscoped(self) -> Words:
        """Return what a refusal for lack of an organization's token means."""
        switch = Do("sign in for that organization and start again with its token in ASTRO_ACCESS_TOKEN")
        return Words("This token is not for the account's organization.", (switch,))
