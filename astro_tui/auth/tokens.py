"""Where the tokens of a run come from: the environment, our own login, the CLI's login, or nowhere."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import TYPE_CHECKING

from astro_tui.auth.own_login import OwnLogin
from astro_tui.client.call import Call, FixedToken, TokenSource, Words

if TYPE_CHECKING:
    from astro_tui.config import Settings

__all__ = ["FixedToken", "Source", "SourceKind", "Tokens", "tokens_of"]


class SourceKind(StrEnum):
    """Where a token comes from; the first that has one wins."""

    ENVIRONMENT = "environment"
    OWN = "own login"
    CLI = "CLI login"
    NONE = "none"


@dataclass(frozen=True, slots=True)
class Looked:
    """One place that was looked at: `found` says in one sentence what is there, or why it is of no use."""

    kind: SourceKind
    found: str
    problem: bool = False


@dataclass(frozen=True, slots=True)
class Source:
    """Which token is used and why, without any secret.

    `place` is where it lies (`ASTRO_ACCESS_TOKEN`, the keyring's name, a path), `who` the e-mail or id of the user,
    `expires` when the access token ends (None: unknown), `why` one sentence, `looked` every place in order.
    """

    kind: SourceKind
    place: str = ""
    who: str = ""
    expires: datetime | None = None
    renewable: bool = False
    valid: bool = False
    why: str = ""
    looked: tuple[Looked, ...] = ()


class Tokens:
    """A `TokenSource` that reads the stored logins, renews our own, and sees what other processes store."""

    def __init__(self, own: OwnLogin) -> None:
        raise NotImplementedError

    @property
    def own(self) -> OwnLogin:
        """Our own login at this server: where signing in stores it. A login stored there is used from then on."""
        raise NotImplementedError

    @property
    def present(self) -> bool:
        """Whether there seems to be a login, by a stat or two."""
        raise NotImplementedError

    def current(self, call: Call) -> str | None:
        """Return the access token to send now; renews one that is about to run out."""
        raise NotImplementedError

    def renewed(self, after: str, call: Call) -> str | None:
        """Return another token than `after`, which the platform did not accept; None when there is no other."""
        raise NotImplementedError

    def scoped(self, organization: str, call: Call, *, held: bool = False) -> str | None:
        """Return a token for an organization's id; with `held` only one that is here already."""
        raise NotImplementedError

    def hidden(self) -> Collection[str]:
        """Return every token seen so far."""
        raise NotImplementedError

    def signed_out(self, *, sent: bool) -> Words:
        """Return what a 401 means, and how to sign in again."""
        raise NotImplementedError

    def unscoped(self) -> Words:
        """Return what a refusal for want of an organization's token means."""
        raise NotImplementedError

    def describe(self) -> Source:
        """Return which token would be used now, and why; reads files and the keyring, asks no server."""
        raise NotImplementedError


def tokens_of(settings: Settings) -> TokenSource:
    """Return where this run's tokens come from: a `FixedToken` for ASTRO_ACCESS_TOKEN, else `Tokens`."""
    raise NotImplementedError
