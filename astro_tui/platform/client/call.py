"""What goes into a request and what comes out of it, independent of any HTTP library."""

from __future__ import annotations

import threading
from collections.abc import Callable, Collection
from typing import NamedTuple, Protocol

from msgspec import Struct, field

from astro_tui.errors import Do, Remedies


class Timeouts(NamedTuple):
    """How long to wait, in seconds. `total` bounds one try from dialling to the last byte.

    `pauses` lie between the tries, so their number is the number of further tries; a server that asks for
    more than `longest_pause` is not asked again.
    """

    connect: float = 5.0
    read: float = 15.0
    total: float = 30.0
    pauses: tuple[float, ...] = (0.5, 1.5)
    longest_pause: float = 30.0


class Limits(NamedTuple):
    """What is too much: bytes of a body after decompression, levels of nesting, redirects in a row."""

    body: int = 64 * 1024 * 1024
    depth: int = 500
    redirects: int = 5


class Call(Struct, eq=False):
    """One use of the platform, which any thread can cancel.

    `waiting` is told why and for how many seconds the client pauses before it tries again; no seconds when it waits
    for something that takes as long as it takes. With `background` no person wants it now: what one would notice, such
    as a keyring that asks for its password, is left out.
    """

    waiting: Callable[[str, float], None] | None = None
    cancelled: threading.Event = field(default_factory=threading.Event)
    background: bool = False

    def abort(self) -> None:
        """Cancel the request: its caller gets a PlatformError of kind CANCELLED within 50 ms."""
        self.cancelled.set()


class Answer(Struct, frozen=True):
    """The undecoded body of a successful response. `request` is its request, for error messages."""

    body: bytes
    request: str
    took_seconds: float

    def __repr__(self) -> str:
        return f"<Answer to {self.request}>"


class Reply(Struct, frozen=True):
    """A response with any status, from a service that is not the platform."""

    status: int
    body: bytes

    def __repr__(self) -> str:
        return f"<Reply {self.status}>"


class Words(NamedTuple):
    """What happened, as a sentence, and what the user can do about it."""

    message: str
    remedies: Remedies


class TokenSource(Protocol):
    """Where the token of a request comes from.

    Safe to use from many threads. `current`, `renewed`, `scoped` and `default_account` may block (files, keyring,
    network), return early when their call is canceled, and never raise. The rest does no I/O beyond a stat.
    """

    @property
    def present(self) -> bool:
        """Whether there seems to be a login, valid or not: where a program decides which screen to begin with."""

    def current(self, call: Call) -> str | None:
        """Return the access token to send now; renews one that is about to run out."""

    def renewed(self, after: str, call: Call) -> str | None:
        """Return another token than `after`, which the platform did not accept; None when there is no other."""

    def default_account(self, call: Call) -> str:
        """Return the account to use when none is named; empty when the login has no active account."""

    @property
    def scopes(self) -> bool:
        """Whether it can get a token for an organization."""

    def scoped(self, organization: str, call: Call, *, held: bool = False) -> str | None:
        """Return a token for an organization's id (platform.md §2.5); with `held` only one that is here already."""

    def hidden(self) -> Collection[str]:
        """Return the secrets that no text may hold."""

    def signed_out(self, *, sent: bool) -> Words:
        """Return what a 401 means: after a token was `sent`, or without any."""

    def unscoped(self) -> Words:
        """Return what a refusal for want of an organization's token means."""


class FixedToken:
    """A token that is never renewed: of ASTRO_ACCESS_TOKEN (platform.md §2.2), of the demo, or none."""

    def __init__(self, token: str | None) -> None:
        self._token = token or None

    def __repr__(self) -> str:
        return f"<FixedToken {'set' if self._token else 'none'}>"

    @property
    def present(self) -> bool:
        """Whether there is one."""
        return self._token is not None

    def current(self, _call: Call) -> str | None:
        """Return it."""
        return self._token

    def renewed(self, _after: str, _call: Call) -> str | None:
        """Return None: it is never refreshed."""
        return None

    def default_account(self, _call: Call) -> str:
        """Return an empty text: a token has no active account."""
        return ""

    @property
    def scopes(self) -> bool:
        """Return False: it is what it is."""
        return False

    def scoped(self, _organization: str, _call: Call, *, held: bool = False) -> str | None:
        """Return None."""
        return None

    def hidden(self) -> Collection[str]:
        """Return the token."""
        return (self._token,) if self._token else ()

    def signed_out(self, *, sent: bool) -> Words:
        """Return what a 401 means."""
        if sent:
            renew = Do("get a new token and start again with ASTRO_ACCESS_TOKEN set to it")
            return Words("The platform does not accept the token; it has expired.", (renew,))
        remedies = (Do("start again with ASTRO_ACCESS_TOKEN set to a token"), Do("try the demo with --demo"))
        return Words("This requires a login, and there is no token.", remedies)

    def unscoped(self) -> Words:
        """Return what to do about an organization's account."""
        switch = Do("sign in for that organization and start again with its token in ASTRO_ACCESS_TOKEN")
        return Words("The token is for another organization than this account's.", (switch,))
