"""Where the tokens of a run come from: the environment, our own login, the CLI's login, or nowhere."""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from astro_tui.auth.cli_login import CliLogin, CliLogins
from astro_tui.auth.login import LoginProblem
from astro_tui.auth.own_login import OwnLogin, Stored
from astro_tui.auth.renewal import Ending, Outcome, Renewing, renewing
from astro_tui.auth.source import Source, SourceKind, signed_out_words, source_of, unscoped_words
from astro_tui.platform.client.call import Call, FixedToken, TokenSource, Words

if TYPE_CHECKING:
    from astro_tui.errors import Fix
    from astro_tui.state.settings import Settings

__all__ = ["FixedToken", "Source", "SourceKind", "Tokens", "tokens_of"]

_BACK_OFF = 20.0
"""Seconds in which a refresh that failed is not tried again, unless another login was stored."""
_SCOPE_BACK_OFF = 300.0
_LONGEST_BACK_OFF = 600.0
"""The pause between two background runs of a CLI that does not renew its login."""
_LOOK_AGAIN = 3.0
"""Seconds after which an unreadable login is read again for a user's request."""
_SLOW = 1.0
"""Seconds after which the user is told what the request waits for."""
_CLI_MARGIN = timedelta(seconds=30)
_REMEMBERED = 32
StartRenewal = Callable[[str, str], Renewing]
"""Starts a refresh of the login with an access token, for an organization or none."""


@dataclass(frozen=True, slots=True)
class Found:
    """What is stored: our own login, else the CLI's; `problem` is why it cannot be used."""

    kind: SourceKind = SourceKind.NONE
    own: Stored | None = None
    cli: CliLogin | None = None
    problem: str = ""
    fix: Fix | None = None

    @property
    def token(self) -> str | None:
        """The access token, good or not."""
        if self.own is not None:
            return self.own.login.access_token
        return self.cli.access_token if self.cli is not None else None


class Tokens:
    """A `TokenSource` that reads the stored logins, renews our own, and sees what other processes store.

    `now` tells the time. `renewal` starts a refresh; it is a process of its own where nothing else is given.
    """

    def __init__(
        self,
        own: OwnLogin,
        cli: CliLogins,
        *,
        identity: str,
        client_id: str,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
        renewal: StartRenewal | None = None,
    ) -> None:
        self.own = own
        self.cli = cli
        self._now = now
        self._start = renewal or (lambda after, organization: renewing(own, identity, client_id, after, organization))
        self._lock = threading.Lock()
        self._signatures: object = None
        self._found = Found()
        self._flights: dict[str, Renewing] = {}
        self._outcome: Outcome | None = None
        self._not_before: dict[str, float] = {}
        self._after_refusal = ""
        self._scoped: dict[str, tuple[str, datetime | None]] = {}
        self._seen: deque[str] = deque(maxlen=_REMEMBERED)
        self._cli_lock = threading.Lock()
        self._cli_said = ""
        self._cli_failed, self._cli_failures = 0.0, 0
        self._looked = 0.0

    def __repr__(self) -> str:
        return f"<Tokens {self.own.server}>"

    @property
    def present(self) -> bool:
        """Whether there seems to be a login, by a stat or two."""
        return self.own.exists or self.cli.exists

    def current(self, call: Call) -> str | None:
        """Return the access token to send now; renews one that is about to run out."""
        found = self._read_for(call)
        if found.own is not None and not found.own.login.fresh(self._now()):
            self._renew(call)
        elif found.cli is not None and self._runs_out(found.cli):
            self._ask_cli(found.cli.access_token, call)
        return self._read().token

    def renewed(self, after: str, call: Call) -> str | None:
        """Return another token than `after`, which the platform did not accept; None when there is no other."""
        with self._lock:
            self._scoped = {key: scoped for key, scoped in self._scoped.items() if scoped[0] != after}
        found = self._read(again=True)
        if found.token != after:
            return found.token
        if found.own is not None:
            if after == self._after_refusal and found.own.login.fresh(self._now()):
                # It came when the one before was refused: the platform will not take the next one either.
                return None
            self._renew(call, after)
        elif found.cli is not None:
            self._ask_cli(after, call)
        token = self._read().token
        if token is None or token == after:
            return None
        self._after_refusal = token
        return token

    def default_account(self, call: Call) -> str:
        """Return the account that is active in the CLI (platform.md §15), when its login is the one in use."""
        cli = self._read_for(call).cli
        return cli.account if cli is not None else ""

    @property
    def scopes(self) -> bool:
        """Whether it can get a token for an organization: only our own login can."""
        return self._read().own is not None

    def scoped(self, organization: str, call: Call, *, held: bool = False) -> str | None:
        """Return a token for an organization's id; with `held` only one that is here already."""
        if not organization:
            return None
        with self._lock:
            token, ends = self._scoped.get(organization, ("", None))
            good = bool(token) and (ends is None or ends - self._now() > _CLI_MARGIN)
        if good or held:
            return token if good else None
        if self._read().own is None:
            return None
        outcome = self._renew(call, organization=organization)
        return outcome.token or None if outcome else None

    def hidden(self) -> Collection[str]:
        """Return the tokens seen so far, the latest of them."""
        return tuple(self._seen)

    def signed_out(self, *, sent: bool) -> Words:
        """Return what a 401 means, and how to sign in again."""
        return signed_out_words(self._found, self._outcome, self._cli_said, self.cli.binary, sent=sent)

    def unscoped(self) -> Words:
        """Return what a refusal for want of an organization's token means."""
        return unscoped_words(self._found, self._outcome)

    def describe(self) -> Source:
        """Return which token would be used now, and why; reads files and the keyring, asks no server."""
        return source_of(self._read(again=True), self.own, self.cli, self._now())

    # ---- what is stored

    def _read_for(self, call: Call) -> Found:
        """Return what is stored, and say so where the keyring keeps one waiting."""
        if (self.own.signature, self.cli.signature) == self._signatures and not self._found.problem:
            return self._found
        with told_when_slow(call, "reading the stored login"):
            return self._read(for_somebody=not call.unasked)

    def _read(self, *, again: bool = False, for_somebody: bool = False) -> Found:
        """Return what is stored. With `for_somebody` also a keyring that was locked may have been opened since."""
        with self._lock:
            tired = bool(self._found.problem) and time.monotonic() - self._looked > _LOOK_AGAIN
            return self._read_locked(again=again or (for_somebody and tired))

    def _read_locked(self, *, again: bool = False) -> Found:
        """Return what is stored; reads it only when a file has changed."""
        signatures = (self.own.signature, self.cli.signature)
        if signatures != self._signatures or again:
            found = look(self.own, self.cli)
            self._looked = time.monotonic()
            if found.token != self._found.token or found.problem != self._found.problem:
                self._outcome = None
                self._cli_said, self._cli_failures = "", 0
                self._not_before.clear()
            if found.kind is SourceKind.NONE or signatures[0] is None:
                self._scoped.clear()
            self._found, self._signatures = found, signatures
            secrets = [found.token, found.own.login.refresh_token if found.own else ""]
            self._seen.extend(secret for secret in secrets if secret and secret not in self._seen)
        return self._found

    # ---- our own login

    def _renew(self, call: Call, after: str = "", organization: str = "") -> Outcome | None:
        """Refresh the login, or share a refresh in progress. Returns None if the call is canceled.

        A thread that comes late finds the new token stored. Without `after` it is what is stored that is renewed,
        if it still has to be.
        """
        with self._lock:
            found = self._read_locked()
            flight = self._flights.get(organization)
            if flight is None:
                if found.own is None or time.monotonic() < self._not_before.get(organization, 0):
                    return None
                token = found.own.login.access_token
                if not organization and (token != after if after else found.own.login.fresh(self._now())):
                    return None
                flight = self._flights[organization] = self._start(token, organization)
        with told_when_slow(call, "renewing the login"):
            outcome = flight.wait(call.cancelled)
        if outcome is not None:
            with self._lock:
                if self._flights.get(organization) is flight:
                    del self._flights[organization]
                    self._keep(outcome, organization)
        return outcome

    def _keep(self, outcome: Outcome, organization: str) -> None:
        """Remember how a refresh ended (under the lock)."""
        self._read_locked(again=True)
        self._outcome = outcome
        pause = _SCOPE_BACK_OFF if outcome.ending is Ending.NOT_A_MEMBER else _BACK_OFF
        if not outcome.stored:
            self._not_before[organization] = time.monotonic() + pause
        elif organization and outcome.token:
            from astro_tui.auth.claims import claims_of

            self._scoped[organization] = (outcome.token, claims_of(outcome.token).expires)
            self._seen.append(outcome.token)

    # ---- the CLI's login

    def _runs_out(self, login: CliLogin) -> bool:
        left = login.left(self._now())
        return left is not None and left < _CLI_MARGIN

    def _ask_cli(self, after: str, call: Call) -> None:
        """Let the CLI renew its login; one thread at a time, and after a failure not again for a while."""
        with told_when_slow(call, f"{self.cli.binary} renews its login"):
            while not self._cli_lock.acquire(timeout=0.05):
                if call.cancelled.is_set():
                    return
            try:
                self._ask_cli_locked(after, call)
            finally:
                self._cli_lock.release()

    def _ask_cli_locked(self, after: str, call: Call) -> None:
        if self._read(again=True).token != after or self._cli_rests(call):
            return
        try:
            said = self.cli.refresh_by_cli(after, call.cancelled)
        except LoginProblem as problem:
            said = str(problem)
        if self._read(again=True).token == after and not call.cancelled.is_set():
            self._cli_said = said or f"{self.cli.binary} did not renew it."
            self._cli_failed, self._cli_failures = time.monotonic(), self._cli_failures + 1

    def _cli_rests(self, call: Call) -> bool:
        """Return whether the CLI failed recently, so that background requests do not start it over and over."""
        if not self._cli_failures:
            return False
        longer = min(_BACK_OFF * 2.0 ** min(self._cli_failures, 10), _LONGEST_BACK_OFF)
        return time.monotonic() - self._cli_failed < (longer if call.unasked else _BACK_OFF / 2)


@contextmanager
def told_when_slow(call: Call, what: str) -> Iterator[None]:
    """Say what is being waited for, where that takes longer than a moment."""
    told = call.waiting
    timer = threading.Timer(_SLOW, told, (what, 0.0)) if told is not None else None
    if timer is not None:
        timer.daemon = True
        timer.start()
    try:
        yield
    finally:
        if timer is not None:
            timer.cancel()
            # What it says comes before what is said next.
            timer.join()


def look(own: OwnLogin, cli: CliLogins) -> Found:
    """Return the login that counts: our own where there is one, usable or not, else the CLI's."""
    try:
        stored = own.stored()
    except LoginProblem as problem:
        # Not on to the CLI's: that may be of another person.
        return Found(SourceKind.OWN, problem=str(problem), fix=problem.fix)
    if stored is not None:
        return Found(SourceKind.OWN, own=stored)
    try:
        login = cli.read()
    except LoginProblem as problem:
        return Found(SourceKind.CLI, problem=str(problem), fix=problem.fix)
    return Found(SourceKind.CLI, cli=login) if login is not None else Found()


def tokens_of(settings: Settings) -> TokenSource:
    """Return where this run's tokens come from: a `FixedToken` for ASTRO_ACCESS_TOKEN, else `Tokens`."""
    return FixedToken(settings.token) if settings.token else stored_tokens(settings)


def stored_tokens(settings: Settings) -> Tokens:
    """Return the logins that are stored on this machine, whatever else the settings hold."""
    return Tokens(
        OwnLogin(settings.server),
        CliLogins(settings.server),
        identity=settings.identity,
        client_id=settings.client_id,
    )
