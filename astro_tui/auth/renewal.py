"""Refreshes our own login in a separate process that outlives the one that started it.

A refresh token works once (platform.md §2.4), so nothing may stop the refresh between the provider's response and
saving the new token. A detached process does it: no key, closed terminal, or signal to the process group can stop it.
Its arguments contain no token. It reads the stored login and saves the new one itself, under the lock, and prints the
outcome as one line of JSON.
"""

from __future__ import annotations

import argparse
import math
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Sequence
from enum import StrEnum
from pathlib import Path
from typing import ClassVar, Protocol

import msgspec
from msgspec.structs import replace

from astro_tui.auth.identity import Granted, IdentityProvider, IdentityRefused
from astro_tui.auth.login import Login, LoginProblem
from astro_tui.auth.own_login import LOCK_SECONDS, OwnLogin, Stored
from astro_tui.errors import AstroError, ErrorKind, Fix, PlatformError
from astro_tui.platform.client.call import Call
from astro_tui.runtime import system_clock
from astro_tui.text.fingerprint import fingerprint
from astro_tui.text.private import Private

_LONGEST_SECONDS = LOCK_SECONDS + 60
_POLL = 0.05
_FRESH = 5.0
"""Seconds after its end for which the outcome of a refresh may be used. Waiting threads use it at once."""
_RUN = "import sys; sys.path.append(sys.argv.pop(1)); from astro_tui.auth.renewal import main; main(sys.argv[1:])"
_SPENT = frozenset({ErrorKind.CUT_BODY, ErrorKind.ODD_SHAPE})
"""Errors after which the refresh token may be used up, because the provider's response is unreadable."""
_STORE_TRIES = 5
_ENDED = "The login has ended: the provider no longer renews it."
_LOST = "The login is lost: a renewal was interrupted before the new login was saved."


class Ending(StrEnum):
    """How a refresh ended."""

    RENEWED = "renewed"
    SHARED = "already renewed by another process"
    NO_LOGIN = "no login"
    REJECTED = "rejected"
    CUT_OFF = "cut off"
    NOT_A_MEMBER = "not a member"
    UNREACHABLE = "unreachable"
    BLOCKED = "blocked"
    PROBLEM = "problem"


class RenewalOutcome(Private, frozen=True):
    """How a refresh ended. `message` is a sentence for people. `fix` removes what blocked the refresh, if known.

    `token` is the token for the requested organization.
    """

    secret: ClassVar = ("token",)
    ending: Ending
    message: str = ""
    token: str = ""
    fix: Fix | None = None

    @property
    def stored(self) -> bool:
        """Whether a valid login is stored now."""
        return self.ending in (Ending.RENEWED, Ending.SHARED)


_OUTCOME = msgspec.json.Decoder(RenewalOutcome)
"""Made here, in one thread: see deployment_rows.py."""


class Refresh(Protocol):
    """A refresh at the login's identity provider: see `IdentityProvider.refresh`."""

    def __call__(self, login: Login, organization: str) -> Granted:
        """Return the new tokens. Raises IdentityRefused or PlatformError."""


# ---- the refresh itself


def renew(own: OwnLogin, refresh: Refresh, after: str, organization: str = "") -> RenewalOutcome:
    """Refresh the stored login, unless its access token no longer has the fingerprint `after`.

    With an `organization`, return its token and store only the new refresh token. Errors from the store or the
    provider become an outcome.
    """
    try:
        with own.lock():
            stored = own.stored()
            if stored is None:
                return RenewalOutcome(Ending.NO_LOGIN, "You are signed out.")
            changed = fingerprint(stored.login.access_token) != after
            if not organization and changed and stored.login.usable(system_clock()):
                return RenewalOutcome(Ending.SHARED)
            return _hindrance(stored) or _refresh(own, stored, refresh, organization)
    except LoginProblem as problem:
        return RenewalOutcome(Ending.BLOCKED, str(problem), fix=problem.fix)


def _hindrance(stored: Stored) -> RenewalOutcome | None:
    """Return why the refresh token must not be sent, or None.

    A token that was sent without receiving a response is sent again, because it may never have reached the provider.
    Nothing is lost: if it was used up, so is the login.
    """
    if stored.refused:
        return RenewalOutcome(Ending.CUT_OFF, _LOST) if stored.unanswered else RenewalOutcome(Ending.REJECTED, _ENDED)
    return None if stored.login.refresh_token else RenewalOutcome(Ending.REJECTED, _ENDED)


def _refresh(own: OwnLogin, stored: Stored, refresh: Refresh, organization: str) -> RenewalOutcome:
    # If this process dies before the response is stored, the mark shows it. If the store cannot be written, marking
    # fails before the token is used up.
    own.mark(replace(stored, sent=fingerprint(stored.login.refresh_token)))
    try:
        granted = refresh(stored.login, organization)
    except Exception as error:  # noqa: BLE001  after any error, the state of the token must be stored
        marked, outcome = _failure(error, stored, organization)
        try:
            own.mark(marked)
        except LoginProblem:
            if not marked.refused:
                raise
            # If an ended login cannot be marked, remove it: its refresh token must not be sent again.
            own.forget()
        return outcome
    _store(own, Stored(_renewed(stored.login, granted, keeps_token=bool(organization)), stored.kept))
    return RenewalOutcome(Ending.RENEWED, token=granted.access_token if organization else "")


def _failure(error: Exception, stored: Stored, organization: str) -> tuple[Stored, RenewalOutcome]:
    """Return the login with the new state of its refresh token, and the outcome."""
    mark = fingerprint(stored.login.refresh_token)
    unsent = replace(stored, sent="")
    if isinstance(error, IdentityRefused):
        if organization and error.not_a_member:
            return unsent, RenewalOutcome(Ending.NOT_A_MEMBER, "You are not a member of this account's organization.")
        if error.code == "invalid_grant":
            # If an earlier response was never received, that refresh used up the token.
            marked = replace(stored if stored.unanswered else unsent, rejected=mark)
            return marked, _hindrance(marked) or RenewalOutcome(Ending.REJECTED, _ENDED)
        return unsent, RenewalOutcome(Ending.PROBLEM, f"The login cannot be renewed. {error}")
    if isinstance(error, PlatformError) and error.kind in _SPENT:
        return replace(stored, sent=mark), RenewalOutcome(Ending.UNREACHABLE, str(error))
    if isinstance(error, AstroError):
        return unsent, RenewalOutcome(Ending.UNREACHABLE, str(error))
    return unsent, RenewalOutcome(Ending.PROBLEM, f"The login cannot be renewed ({type(error).__name__}).")


def _renewed(login: Login, granted: Granted, *, keeps_token: bool) -> Login:
    # If the provider sends no new refresh token, the old one stays valid.
    login = replace(login, refresh_token=granted.refresh_token or login.refresh_token)
    if keeps_token:
        return login
    return replace(
        login,
        access_token=granted.access_token,
        expires=granted.expires,
        obtained=system_clock(),
        user_id=granted.user_id or login.user_id,
        email=granted.email or login.email,
    )


def _store(own: OwnLogin, stored: Stored) -> None:
    """Store the login. Retries if the disk is full, because there is no other copy."""
    for left in reversed(range(_STORE_TRIES)):
        try:
            own.write(stored)
        except LoginProblem:
            if not left:
                raise
            time.sleep(0.3)
        else:
            return


# ---- the process


def main(arguments: Sequence[str]) -> None:
    """Do one refresh, print the outcome, and end the process."""
    parser = argparse.ArgumentParser(prog="astro_tui.auth.renewal", description=__doc__)
    for name in ("server", "folder", "identity", "client-id", "after"):
        parser.add_argument(f"--{name}", required=True)
    parser.add_argument("--organization", default="")
    options = parser.parse_args(arguments)
    for number in (signal.SIGINT, signal.SIGTERM, getattr(signal, "SIGHUP", signal.SIGTERM)):
        signal.signal(number, signal.SIG_IGN)
    outcome = renew(
        OwnLogin(options.server, folder=Path(options.folder)),
        _provider(options.identity, options.client_id),
        options.after,
        options.organization,
    )
    _print(outcome)
    # Do not wait for a keyring that hangs.
    os._exit(0 if outcome.stored else 1)


def _provider(identity: str, client_id: str) -> Refresh:
    """Return a function that refreshes a login at its provider."""

    def refresh(login: Login, organization: str) -> Granted:
        # A login is renewed at the provider that issued it, even if the settings have changed.
        provider = IdentityProvider(login.identity or identity, login.client_id or client_id)
        return provider.refresh(login.refresh_token, organization, Call())

    return refresh


def _print(outcome: RenewalOutcome) -> None:
    """Print the outcome for the parent process, which may have ended."""
    try:
        # The organization's token is only for the parent process.
        outcome = replace(outcome, token="") if sys.stdout.isatty() else outcome
        print(msgspec.json.encode(outcome).decode(), flush=True)  # noqa: T201  the parent process reads it
    except (OSError, ValueError):
        return


# ---- in the parent process


class Renewal:
    """A refresh in progress. Any number of threads may wait for it."""

    def __init__(self, work: Callable[[], RenewalOutcome]) -> None:
        self._done = threading.Event()
        self._ended = math.inf
        self._outcome = RenewalOutcome(Ending.PROBLEM, "The login could not be renewed.")
        threading.Thread(target=self._run, args=(work,), name="renewal", daemon=True).start()

    def _run(self, work: Callable[[], RenewalOutcome]) -> None:
        try:
            self._outcome = work()
        finally:
            self._ended = time.monotonic()
            self._done.set()

    @property
    def outdated(self) -> bool:
        """Whether it ended a while ago, and no one is waiting for it."""
        return time.monotonic() - self._ended > _FRESH

    def wait(self, canceled: threading.Event) -> RenewalOutcome | None:
        """Return the outcome, or None as soon as the wait is canceled. The refresh continues."""
        while not self._done.wait(_POLL):
            if canceled.is_set():
                return None
        return self._outcome


def start_renewal(own: OwnLogin, identity: str, client_id: str, after: str, organization: str = "") -> Renewal:
    """Start the process without waiting for it. `after` is the access token to replace."""
    parent = os.fspath(Path(__file__).parents[2])
    command = [sys.executable, "-P", "-c", _RUN, parent, *own.command()]
    command += ["--identity", identity, "--client-id", client_id, "--after", fingerprint(after)]
    if organization:
        command += [f"--organization={organization}"]
    return Renewal(lambda: _outcome_of(command))


def _outcome_of(command: list[str]) -> RenewalOutcome:
    environment = {key: value for key, value in os.environ.items() if key != "ASTRO_ACCESS_TOKEN"}
    try:
        # Run in the root folder, so that the current one can be removed or unmounted.
        process = subprocess.Popen(  # noqa: S603  our own interpreter, our own code
            command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
            cwd=Path(os.sep),
            env=environment,
        )
    except OSError as error:
        return RenewalOutcome(
            Ending.PROBLEM, f"The login cannot be renewed: could not start a process ({error.strerror})."
        )
    try:
        printed, _errors = process.communicate(timeout=_LONGEST_SECONDS)
    except subprocess.TimeoutExpired:
        return RenewalOutcome(Ending.UNREACHABLE, "Renewing the login took too long.")
    try:
        return _OUTCOME.decode(printed)
    except ValueError:
        return RenewalOutcome(Ending.PROBLEM, "Renewing the login failed unexpectedly.")
