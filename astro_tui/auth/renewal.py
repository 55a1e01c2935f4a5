"""Refreshes our own login in a separate process that outlives the one that started it.

A refresh token is good for one use (platform.md §2.4): between the provider's answer and the store nothing may end. So
a detached process does it, which no key, closed terminal or signal to the program's group reaches. It gets no token by
its arguments: it reads the stored login and stores the new one itself, under the lock. It prints one line of JSON.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from astro_tui.auth.login import Login, LoginProblem
from astro_tui.auth.own_login import LOCK_SECONDS, OwnLogin, Stored
from astro_tui.errors import AstroError, Do, ErrorKind, Fix, PlatformError, RunCommand
from astro_tui.text.fingerprint import fingerprint

if TYPE_CHECKING:
    from astro_tui.auth.identity import Granted

_LONGEST_SECONDS = LOCK_SECONDS + 60
_POLL = 0.05
_RUN = "import sys; sys.path.append(sys.argv.pop(1)); from astro_tui.auth.renewal import main; main(sys.argv[1:])"
_SPENT = frozenset({ErrorKind.CUT_BODY, ErrorKind.ODD_SHAPE})
"""Errors that mean: the provider may have taken the refresh token, and its answer cannot be read."""
_STORE_TRIES = 5
_ENDED = "The login has ended: its provider does not renew it any more."
_LOST = "The login is lost: a renewal was cut off before it could be stored."


class Ending(StrEnum):
    """How a refresh ended."""

    RENEWED = "renewed"
    SHARED = "another process had renewed it"
    NO_LOGIN = "no login"
    REJECTED = "rejected"
    CUT_OFF = "cut off"
    NOT_A_MEMBER = "not a member"
    UNREACHABLE = "unreachable"
    BLOCKED = "blocked"
    PROBLEM = "problem"


@dataclass(frozen=True, slots=True)
class Outcome:
    """How a refresh ended. `said` is a sentence for people, `fix` removes what blocked it, if known.

    `token` is that of the requested organization.
    """

    ending: Ending
    said: str = ""
    token: str = field(default="", repr=False)
    fix: Fix | None = None

    @property
    def stored(self) -> bool:
        """Whether the stored login is a good one now."""
        return self.ending in (Ending.RENEWED, Ending.SHARED)


class Refresh(Protocol):
    """Asks the identity provider of a login: see `IdentityProvider.refresh`."""

    def __call__(self, login: Login, organization: str) -> Granted:
        """Return what the provider grants; raises IdentityRefused or PlatformError."""


# ---- the refresh itself


def renew(own: OwnLogin, refresh: Refresh, after: str, organization: str = "") -> Outcome:
    """Refresh the stored login, unless it is another one than that with the fingerprint `after`.

    With an `organization`, its token is returned and what is stored stays, but for the refresh token. Never raises
    what belongs to the store or the provider.
    """
    try:
        with own.lock():
            stored = own.stored()
            if stored is None:
                return Outcome(Ending.NO_LOGIN, "You are signed out.")
            changed = fingerprint(stored.login.access_token) != after
            if not organization and changed and stored.login.usable(datetime.now(UTC)):
                return Outcome(Ending.SHARED)
            return _hindrance(stored) or _refresh(own, stored, refresh, organization)
    except LoginProblem as problem:
        return Outcome(Ending.BLOCKED, str(problem), fix=problem.fix)


def _hindrance(stored: Stored) -> Outcome | None:
    """Return why the refresh token must not be sent, if it must not.

    One that was sent and whose answer nobody saw is sent again: whoever sent it may have ended before the provider
    got it. It costs nothing, for if it was spent the login is lost anyway.
    """
    if stored.refused:
        return Outcome(Ending.CUT_OFF, _LOST) if stored.unanswered else Outcome(Ending.REJECTED, _ENDED)
    return None if stored.login.refresh_token else Outcome(Ending.REJECTED, _ENDED)


def _refresh(own: OwnLogin, stored: Stored, refresh: Refresh, organization: str) -> Outcome:
    # Should this process come to its end before the answer is stored, that can be told. And a store that cannot be
    # written is found out before anything is spent.
    own.mark(replace(stored, sent=fingerprint(stored.login.refresh_token)))
    try:
        granted = refresh(stored.login, organization)
    except Exception as error:  # noqa: BLE001  whatever it was, what is known of the token has to be stored
        known, outcome = _failure(error, stored, organization)
        try:
            own.mark(known)
        except LoginProblem:
            if not known.refused:
                raise
            # A login that has ended and cannot be marked so goes: its refresh token must not be sent again.
            own.forget()
        return outcome
    _store(own, Stored(_renewed(stored.login, granted, keeps_token=bool(organization)), stored.kept))
    return Outcome(Ending.RENEWED, token=granted.access_token if organization else "")


def _failure(error: Exception, stored: Stored, organization: str) -> tuple[Stored, Outcome]:
    """Return what a failure says of the refresh token that was sent, and of the login."""
    from astro_tui.auth.identity import IdentityRefused

    mark = fingerprint(stored.login.refresh_token)
    unsent = replace(stored, sent="")
    if isinstance(error, IdentityRefused):
        if organization and "not a member" in error.description.lower():
            return unsent, Outcome(Ending.NOT_A_MEMBER, "You are not a member of this account's organization.")
        if error.code == "invalid_grant":
            # Where an earlier answer was not seen, that one had spent it.
            known = replace(stored if stored.unanswered else unsent, rejected=mark)
            return known, _hindrance(known) or Outcome(Ending.REJECTED, _ENDED)
        return unsent, Outcome(Ending.PROBLEM, f"The login cannot be renewed. {error}")
    if isinstance(error, PlatformError) and error.kind in _SPENT:
        return replace(stored, sent=mark), Outcome(Ending.UNREACHABLE, str(error))
    if isinstance(error, AstroError):
        return unsent, Outcome(Ending.UNREACHABLE, str(error))
    return unsent, Outcome(Ending.PROBLEM, f"The login cannot be renewed ({type(error).__name__}).")


def _renewed(login: Login, granted: Granted, *, keeps_token: bool) -> Login:
    # A provider that gives no new refresh token leaves the old one as good as it was.
    login = replace(login, refresh_token=granted.refresh_token or login.refresh_token)
    if keeps_token:
        return login
    return replace(
        login,
        access_token=granted.access_token,
        expires=granted.expires,
        obtained=datetime.now(UTC),
        user_id=granted.user_id or login.user_id,
        email=granted.email or login.email,
    )


def _store(own: OwnLogin, stored: Stored) -> None:
    """Store it; a full disk gets a few chances, for there is no other copy."""
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
    """Do one refresh and print its outcome; ends the process."""
    import argparse

    parser = argparse.ArgumentParser(prog="astro_tui.auth.renewal", description=__doc__)
    for name in ("server", "folder", "identity", "client-id", "after"):
        parser.add_argument(f"--{name}", required=True)
    parser.add_argument("--organization", default="")
    given = parser.parse_args(arguments)
    for number in (signal.SIGINT, signal.SIGTERM, getattr(signal, "SIGHUP", signal.SIGTERM)):
        signal.signal(number, signal.SIG_IGN)
    outcome = renew(
        OwnLogin(given.server, folder=Path(given.folder)),
        _provider(given.identity, given.client_id),
        given.after,
        given.organization,
    )
    _tell(outcome)
    # A keyring that hangs must not keep the process.
    os._exit(0 if outcome.stored else 1)


def _provider(identity: str, client_id: str) -> Refresh:
    """Return how a login is renewed at its provider."""

    def refresh(login: Login, organization: str) -> Granted:
        from astro_tui.auth.identity import IdentityProvider
        from astro_tui.platform.client.call import Call

        # A login is renewed where it was made, whatever the settings say now.
        provider = IdentityProvider(login.identity or identity, login.client_id or client_id)
        return provider.refresh(login.refresh_token, organization, Call())

    return refresh


def _tell(outcome: Outcome) -> None:
    """Print the outcome for the program that started this, which may be gone."""
    try:
        # The organization's token is for that program alone.
        token = "" if sys.stdout.isatty() else outcome.token
        told = {"ending": outcome.ending, "said": outcome.said, "token": token, "fix": _packed(outcome.fix)}
        print(json.dumps(told), flush=True)  # noqa: T201
    except (OSError, ValueError):
        return


def _packed(fix: Fix | None) -> dict[str, str]:
    match fix:
        case Do(what=what):
            return {"do": what}
        case RunCommand(command=command):
            return {"run": command}
    return {}


def _unpacked(packed: dict[str, str]) -> Fix | None:
    if "run" in packed:
        return RunCommand(str(packed["run"]))
    return Do(str(packed["do"])) if "do" in packed else None


# ---- those who wait for it


class Renewing:
    """A refresh on its way; any number of threads may wait for it."""

    def __init__(self, work: Callable[[], Outcome]) -> None:
        self._over = threading.Event()
        self._outcome = Outcome(Ending.PROBLEM, "The login could not be renewed.")
        threading.Thread(target=self._run, args=(work,), name="renewal", daemon=True).start()

    def _run(self, work: Callable[[], Outcome]) -> None:
        try:
            self._outcome = work()
        finally:
            self._over.set()

    @property
    def over(self) -> bool:
        """Whether it has ended."""
        return self._over.is_set()

    def wait(self, cancelled: threading.Event) -> Outcome | None:
        """Return the outcome, or None as soon as the wait is cancelled; the refresh goes on."""
        while not self._over.wait(_POLL):
            if cancelled.is_set():
                return None
        return self._outcome


def renewing(own: OwnLogin, identity: str, client_id: str, after: str, organization: str = "") -> Renewing:
    """Start the process and return without waiting; `after` is the access token that is to be replaced."""
    parent = os.fspath(Path(__file__).parents[2])
    command = [sys.executable, "-P", "-c", _RUN, parent, *own.command()]
    command += ["--identity", identity, "--client-id", client_id, "--after", fingerprint(after)]
    if organization:
        command += [f"--organization={organization}"]
    return Renewing(lambda: _outcome_of(command))


def _outcome_of(command: list[str]) -> Outcome:
    environment = {key: value for key, value in os.environ.items() if key != "ASTRO_ACCESS_TOKEN"}
    try:
        # The folder stays free to be removed or unmounted.
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
        return Outcome(Ending.PROBLEM, f"The login cannot be renewed: no process can be started ({error.strerror}).")
    try:
        told, _nothing = process.communicate(timeout=_LONGEST_SECONDS)
    except subprocess.TimeoutExpired:
        return Outcome(Ending.UNREACHABLE, "The renewal of the login takes too long.")
    try:
        value = json.loads(told)
        return Outcome(Ending(value["ending"]), str(value["said"]), str(value["token"]), _unpacked(value["fix"]))
    except (ValueError, KeyError, TypeError):
        return Outcome(Ending.PROBLEM, "The renewal of the login came to an odd end.")
