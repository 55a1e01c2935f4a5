"""The tokens of one run, from the environment, our own login, or the CLI's login."""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta

from astro_tui.auth.chosen_login import ChosenLogin, LoginKind, choose_login
from astro_tui.auth.claims import claims_of
from astro_tui.auth.cli_login import CliLogin, CliLogins
from astro_tui.auth.login import LoginProblem
from astro_tui.auth.own_login import OwnLogin
from astro_tui.auth.renewal import Ending, Renewal, RenewalOutcome, start_renewal
from astro_tui.auth.source import TokenOrigin, signed_out_words, source_of, unscoped_words
from astro_tui.platform import SHORTEST_TOKEN
from astro_tui.platform.client.call import Call, FixedToken, TokenSource, Words
from astro_tui.platform.rounds import pause_after
from astro_tui.runtime import Clock, system_clock
from astro_tui.state.settings import Settings

__all__ = ["FixedToken", "LoginKind", "StoredTokens", "TokenOrigin", "tokens_of"]

_BACK_OFF = 20.0
"""Seconds to wait after a failed refresh, unless a new login is stored."""
_SCOPE_BACK_OFF = 300.0
_LONGEST_BACK_OFF = 600.0
"""The longest pause in seconds between two background runs of a CLI that does not renew its login."""
_READ_AGAIN = 3.0
"""Seconds after which an unreadable login is read again for a user's request."""
_SLOW = 1.0
"""Seconds of waiting after which the user learns what the request is waiting for."""
_CLI_MARGIN = timedelta(seconds=30)
_REMEMBERED = 32
StartRenewal = Callable[[str, str], Renewal]
"""Starts a refresh of the login with this access token, for an organization or ''."""


class StoredTokens:
    """A `TokenSource` that reads the stored logins, renews our own, and notices logins that other processes store.

    `renewal` starts a refresh. By default, it runs in a separate process.
    """

    def __init__(
        self,
        own: OwnLogin,
        cli: CliLogins,
        *,
        identity: str,
        client_id: str,
        now: Clock = system_clock,
        renewal: StartRenewal | None = None,
    ) -> None:
        self.own = own
        self.cli = cli
        self._now = now
        self._start = renewal or (
            lambda after, organization: start_renewal(own, identity, client_id, after, organization)
        )
        self._lock = threading.Lock()
        self._signatures: object = None
        self._chosen = ChosenLogin()
        self._renewals: dict[str, Renewal] = {}
        self._outcome: RenewalOutcome | None = None
        self._not_before: dict[str, float] = {}
        self._after_refusal = ""
        self._scoped: dict[str, tuple[str, datetime | None]] = {}
        self._seen: deque[str] = deque(maxlen=_REMEMBERED)
        self._cli_lock = threading.Lock()
        self._cli_problem = ""
        self._cli_failed, self._cli_failures = 0.0, 0
        self._read_at = 0.0

    def __repr__(self) -> str:
        return f"<Tokens {self.own.server}>"

    @property
    def present(self) -> bool:
        """Whether a login seems to be stored. Costs a stat or two."""
        return self.own.exists or self.cli.signature is not None

    def current(self, call: Call) -> str | None:
        """Return the access token to send, after renewing one that is about to expire."""
        chosen = self._read_for(call)
        if chosen.own is not None and not chosen.own.login.fresh(self._now()):
            self._renew(call)
        elif chosen.cli is not None and self._expires_soon(chosen.cli):
            self._renew_by_cli(chosen.cli.access_token, call)
        return self._read().token

    def renewed(self, after: str, call: Call) -> str | None:
        """Return a token other than `after`, which the platform refused, or None."""
        with self._lock:
            self._scoped = {key: scoped for key, scoped in self._scoped.items() if scoped[0] != after}
        chosen = self._read(again=True)
        if chosen.token != after:
            return chosen.token
        if chosen.own is not None:
            if after == self._after_refusal and chosen.own.login.fresh(self._now()):
                # This token already replaced a refused one, so the platform would refuse the next one too.
                return None
            self._renew(call, after)
        elif chosen.cli is not None:
            self._renew_by_cli(after, call)
        token = self._read().token
        if token is None or token == after:
            return None
        self._after_refusal = token
        return token

    def default_account(self, call: Call) -> str:
        """Return the CLI's active account (platform.md §15) if the CLI's login is in use, else ''."""
        cli = self._read_for(call).cli
        return cli.account if cli is not None else ""

    @property
    def scopes(self) -> bool:
        """Whether it can get a token for an organization. Only our own login can."""
        return self._read().own is not None

    def scoped(self, organization: str, call: Call, *, held: bool = False) -> str | None:
        """Return a token for an organization's id. With `held`, only one that is already in memory."""
        if not organization:
            return None
        chosen = self._read_for(call)
        with self._lock:
            token, ends = self._scoped.get(organization, ("", None))
            good = bool(token) and (ends is None or ends - self._now() > _CLI_MARGIN)
        if good or held:
            return token if good else None
        if chosen.own is None:
            return None
        outcome = self._renew(call, organization=organization)
        return outcome.token or None if outcome else None

    def hidden(self) -> Collection[str]:
        """Return the most recent tokens seen in this run."""
        return tuple(token for token in self._seen if len(token) >= SHORTEST_TOKEN)

    def signed_out(self, *, sent: bool) -> Words:
        """Return what a 401 means, and how to sign in again."""
        return signed_out_words(self._chosen, self._outcome, self._cli_problem, self.cli.binary, sent=sent)

    def unscoped(self) -> Words:
        """Return what a refusal for lack of an organization's token means."""
        return unscoped_words(self._chosen, self._outcome)

    def describe(self) -> TokenOrigin:
        """Return which login would be used now, and why. Reads files and the keyring; sends no request."""
        return source_of(self._read(again=True), self.own, self.cli, self._now())

    # ---- what is stored

    def _read_for(self, call: Call) -> ChosenLogin:
        """Return the stored login, and report it if the keyring is slow."""
        if (self.own.signature, self.cli.signature) == self._signatures and not self._chosen.problem:
            return self._chosen
        with reported_when_slow(call, "reading the stored login"):
            return self._read(retry=not call.background)

    def _read(self, *, again: bool = False, retry: bool = False) -> ChosenLogin:
        """Return the stored login. `retry` repeats a read that failed: a locked keyring may be unlocked by now."""
        with self._lock:
            due = bool(self._chosen.problem) and time.monotonic() - self._read_at > _READ_AGAIN
            return self._read_locked(again=again or (retry and due))

    def _read_locked(self, *, again: bool = False) -> ChosenLogin:
        """Return the stored login. Reads it only if a file has changed, or `again`."""
        signatures = (self.own.signature, self.cli.signature)
        if signatures != self._signatures or again:
            chosen = choose_login(self.own, self.cli)
            self._read_at = time.monotonic()
            if chosen.token != self._chosen.token or chosen.problem != self._chosen.problem:
                self._outcome = None
                self._cli_problem, self._cli_failures = "", 0
                self._not_before.clear()
            if chosen.user != self._chosen.user:
                # No token of one user may be sent for another.
                self._scoped.clear()
                self._renewals.clear()
            self._chosen, self._signatures = chosen, signatures
            secrets = [chosen.token, chosen.own.login.refresh_token if chosen.own else ""]
            self._seen.extend(secret for secret in secrets if secret and secret not in self._seen)
        return self._chosen

    # ---- our own login

    def _renew(self, call: Call, after: str = "", organization: str = "") -> RenewalOutcome | None:
        """Refresh the login, or share a refresh in progress.

        Returns None if the call is canceled, or if another user has signed in meanwhile.

        Does nothing if the stored token is no longer `after`, or, without `after`, if it is still fresh: another
        thread or process has renewed it.
        """
        with self._lock:
            chosen = self._read_locked()
            renewal = self._renewals.get(organization)
            if renewal is None or renewal.outdated:
                if chosen.own is None or time.monotonic() < self._not_before.get(organization, 0):
                    return None
                token = chosen.own.login.access_token
                if not organization and (token != after if after else chosen.own.login.fresh(self._now())):
                    return None
                renewal = self._renewals[organization] = self._start(token, organization)
        with reported_when_slow(call, "renewing the login"):
            outcome = renewal.wait(call.canceled)
        if outcome is None:
            return None
        with self._lock:
            first = self._renewals.get(organization) is renewal
            if self._read_locked(again=first).user != chosen.user:
                return None
            if first:
                del self._renewals[organization]
                self._remember(outcome, organization)
        return outcome

    def _remember(self, outcome: RenewalOutcome, organization: str) -> None:
        """Remember how a refresh ended. Call it under the lock."""
        self._outcome = outcome
        pause = _SCOPE_BACK_OFF if outcome.ending is Ending.NOT_A_MEMBER else _BACK_OFF
        if not outcome.stored:
            self._not_before[organization] = time.monotonic() + pause
        elif organization and outcome.token:
            self._scoped[organization] = (outcome.token, claims_of(outcome.token).expires)
            self._seen.append(outcome.token)

    # ---- the CLI's login

    def _expires_soon(self, login: CliLogin) -> bool:
        left = login.left(self._now())
        return left is not None and left < _CLI_MARGIN

    def _renew_by_cli(self, after: str, call: Call) -> None:
        """Let the CLI renew its login, in one thread at a time. Pauses after a failure."""
        with reported_when_slow(call, f"{self.cli.binary} is renewing its login"):
            while not self._cli_lock.acquire(timeout=0.05):
                if call.canceled.is_set():
                    return
            try:
                self._renew_by_cli_locked(after, call)
            finally:
                self._cli_lock.release()

    def _renew_by_cli_locked(self, after: str, call: Call) -> None:
        if self._read(again=True).token != after or self._cli_backs_off(call):
            return
        try:
            problem = self.cli.refresh_by_cli(after, call.canceled)
        except LoginProblem as error:
            problem = str(error)
        if self._read(again=True).token == after and not call.canceled.is_set():
            self._cli_problem = problem or f"{self.cli.binary} did not renew it."
            self._cli_failed, self._cli_failures = time.monotonic(), self._cli_failures + 1

    def _cli_backs_off(self, call: Call) -> bool:
        """Return whether the CLI failed recently, so that background requests do not start it over and over."""
        if not self._cli_failures:
            return False
        longer = pause_after(self._cli_failures, 2 * _BACK_OFF, _LONGEST_BACK_OFF)
        return time.monotonic() - self._cli_failed < (longer if call.background else _BACK_OFF / 2)


@contextmanager
def reported_when_slow(call: Call, what: str) -> Iterator[None]:
    """Report what the call is waiting for if it takes longer than a second."""
    timer = threading.Timer(_SLOW, call.waiting, (what, 0.0))
    timer.daemon = True
    timer.start()
    try:
        yield
    finally:
        timer.cancel()
        # A report in progress must not overtake the next one.
        timer.join()


def tokens_of(settings: Settings) -> TokenSource:
    """Return this run's tokens: a `FixedToken` for ASTRO_ACCESS_TOKEN, else `StoredTokens`."""
    return FixedToken(settings.token) if settings.token else stored_tokens(settings)


def stored_tokens(settings: Settings) -> StoredTokens:
    """Return the tokens of the logins stored on this machine, ignoring ASTRO_ACCESS_TOKEN."""
    return StoredTokens(
        OwnLogin(settings.server),
        CliLogins(settings.server),
        identity=settings.identity,
        client_id=settings.client_id,
    )
