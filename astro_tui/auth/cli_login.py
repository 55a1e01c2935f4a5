"""The login of the platform's CLI (platform.md §2.6, §2.7). It is not changed, and its refresh token is not used."""

from __future__ import annotations

import json
import os
import subprocess
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from pathlib import Path
from shutil import which
from typing import Any, ClassVar

from astro_tui.auth.claims import claims_of, text_of
from astro_tui.auth.keyring_access import Keyring, KeyringError, SystemKeyring
from astro_tui.auth.login import LoginProblem
from astro_tui.auth.places import cli_file, data_folder
from astro_tui.auth.private_files import Signature, locked, read_private, shown, signature
from astro_tui.errors import RunCommand
from astro_tui.platform.lenient import Moment
from astro_tui.platform.servers import CLIS, cli_of
from astro_tui.state.settings import remove_token
from astro_tui.text.private import Private

_SHARED_SERVICE = "astro-cli"
_CLOSE = timedelta(minutes=1)
"""How close a token's expiry must be to the one in the file to belong to the same login (platform.md §2.7)."""
_HALF_WRITTEN_TRIES = 3
_HALF_WRITTEN_PAUSE = 0.05
_RENEWING = (("whoami",), ("account", "list"))
"""Commands that only print something. They are run in this order until one has renewed the login.

The public CLI renews only in the first one, later CLIs in both (platform.md §15).
"""
CLI_SECONDS = 40.0
"""The limit for all commands together. Longer than the CLI's own timeout of 30 s (platform.md §2.3)."""
_POLL = 0.05


class CliLogin(Private, frozen=True):
    """What the CLI has stored for its current profile. `place` is where the token is, in words."""

    secret: ClassVar = ("access_token",)
    access_token: str
    expires: datetime | None
    user_id: str
    email: str
    account: str
    place: str

    def left(self, now: datetime) -> timedelta | None:
        """Return how long the access token is still valid; None if unknown."""
        return None if self.expires is None else self.expires - now


class CliLogins:
    """The CLI's login for one server. Creating it reads and imports nothing.

    `binary` is the CLI's name, or empty if no CLI works with this server.
    """

    def __init__(
        self, server: str, *, home: Path | None = None, folder: Path | None = None, keyring: Keyring | None = None
    ) -> None:
        self.binary = cli_of(server)
        self._home = home or Path.home()
        self.file = cli_file(self.binary or "ast", self._home)
        self._lock_file = (folder or data_folder()) / f"{self.binary or 'ast'}.lock"
        self._keyring: Keyring = keyring or SystemKeyring()

    def __repr__(self) -> str:
        return f"<CliLogins {self.binary or 'none'}>"

    @property
    def signature(self) -> Signature | None:
        """A value that changes whenever the CLI writes; None if nothing is stored. Costs one stat."""
        return signature(self.file) if self.binary else None

    @property
    def place(self) -> str:
        """The path of the CLI's file, for display."""
        return shown(self.file)

    @property
    def program(self) -> str | None:
        """The path of the installed CLI, or None."""
        path = which(self.binary) if self.binary else None
        # A relative path means a file in the current folder, which may not be the CLI.
        return path if path and Path(path).is_absolute() else None

    @property
    def installed(self) -> bool:
        """Whether the CLI is installed, so that it can renew its login."""
        return self.program is not None

    def read(self) -> CliLogin | None:
        """Return the login of the current profile, or None. Writes nothing. Raises LoginProblem."""
        credentials = self._credentials()
        if credentials is None:
            return None
        name = text_of(credentials.get("current_profile")) or "default"
        profiles = credentials.get("profiles")
        profile = profiles.get(name) if isinstance(profiles, dict) else None
        if not isinstance(profile, dict):
            return None
        expires = go_time(profile.get("expires_at"))
        token, place = text_of(profile.get("access_token")), shown(self.file)
        if not token:
            token, place = self._from_keyring(f"{name}_access_token", expires)
        if not token:
            return None
        if any(ord(char) < 33 or ord(char) > 126 for char in token):
            raise LoginProblem(f"The token in {place} is invalid.")
        claims = claims_of(token)
        user = profile.get("user")
        user = user if isinstance(user, dict) else {}
        return CliLogin(
            access_token=token,
            expires=claims.expires or expires,
            user_id=claims.subject or text_of(user.get("id")),
            email=text_of(user.get("email")),
            account=text_of(profile.get("current_account")) or text_of(user.get("account_name")),
            place=place,
        )

    def _credentials(self) -> Mapping[str, Any] | None:
        """Return the contents of the file. The CLI writes in place, so a half-written file is read again."""
        if not self.binary:
            return None
        for _try in range(_HALF_WRITTEN_TRIES):
            text = read_private(self.file)
            if text is None:
                return None
            try:
                credentials = json.loads(text)
            except (ValueError, RecursionError):
                time.sleep(_HALF_WRITTEN_PAUSE)
                continue
            if isinstance(credentials, dict):
                return credentials
            break
        raise LoginProblem(f"{shown(self.file)} is damaged.", fix=RunCommand(f"{self.binary} login"))

    def _from_keyring(self, user: str, expires: datetime | None) -> tuple[str, str]:
        """Return the token from the keyring and where it was, or two empty strings."""
        services = [_SHARED_SERVICE] if self.binary == "ast" else [f"astro-cli-{self.binary}", _SHARED_SERVICE]
        foreign = False
        for service in services:
            try:
                token = self._keyring.foreign(service, user)
            except KeyringError as error:
                message = f"The token of {self.binary} cannot be read from the keyring. {error}"
                raise LoginProblem(message, fix=error.fix) from None
            if token and (service != _SHARED_SERVICE or self._is_ours(token, expires)):
                return token, f"{self._keyring.name}, {service}"
            foreign = foreign or bool(token)
        if foreign:
            others = " or ".join(name for name in CLIS if name != self.binary)
            renew = RunCommand(f"{self.binary} login")
            raise LoginProblem(f"The token in the keyring seems to belong to {others}.", fix=renew)
        return "", ""

    def _is_ours(self, token: str, expires: datetime | None) -> bool:
        """Return whether a token in the keyring item that all CLIs share belongs to this one (platform.md §2.7)."""
        ends = claims_of(token).expires
        if expires is not None and ends is not None:
            return abs(ends - expires) <= _CLOSE
        # Without an expiry to compare, it belongs to this CLI if no other CLI has a login.
        return not any(signature(cli_file(name, self._home)) for name in CLIS if name != self.binary)

    # ---- the CLI refreshes itself

    def refresh_by_cli(self, after: str, canceled: threading.Event, seconds: float = CLI_SECONDS) -> str:
        """Let the CLI renew its own login. Returns what went wrong, or an empty string.

        Only one process at a time does this. Does nothing if the stored access token is not `after`, or if it changes
        while waiting for the lock. The CLI is never killed, because that could cost its login: after a timeout or a
        cancellation it keeps running and holds the lock until it ends. Raises LoginProblem if the lock cannot be
        taken.
        """
        program = self.program
        if program is None:
            return f"{self.binary or 'The CLI'} is not installed."
        until, seen = time.monotonic() + seconds, self.signature

        def stored() -> bool:
            nonlocal seen
            before, seen = seen, self.signature
            return seen != before and self._holds_another(after)

        def outcome() -> str | None:
            """Return why to stop waiting for a command, '' if the login was renewed, or None to keep waiting."""
            if stored():
                return ""
            if canceled.is_set():
                return "The renewal was canceled."
            return f"{self.binary} took too long." if time.monotonic() > until else None

        try:
            with locked(self._lock_file, seconds, lambda: canceled.is_set() or stored()) as lock:
                return self._renew(program, lock, after, outcome)
        except LoginProblem:
            # The lock does not matter when another process has renewed the login.
            if self._holds_another(after):
                return ""
            raise
        except OSError as error:
            return f"{self.binary} cannot be started: {error.strerror}."

    def _renew(self, program: str, lock: int, after: str, outcome: Callable[[], str | None]) -> str:
        """Run the commands until the login is renewed. Returns what went wrong."""
        problem = ""
        for command in _RENEWING:
            if self._holds_another(after):
                return ""
            process = self._start(program, command, lock)
            reaper = threading.Thread(target=process.wait, name="cli", daemon=True)
            reaper.start()
            while reaper.is_alive():
                reaper.join(_POLL)
                if (result := outcome()) is not None:
                    return result
            if process.returncode and not problem:
                problem = f"{self.binary} exited with code {process.returncode}."
        return problem

    def _holds_another(self, token: str) -> bool:
        """Return whether the stored access token is not this one."""
        try:
            login = self.read()
        except LoginProblem:
            return False
        return login is None or login.access_token != token

    def _start(self, program: str, command: Sequence[str], lock: int) -> subprocess.Popen[bytes]:
        environment = dict(os.environ)
        remove_token(environment)
        return subprocess.Popen(  # noqa: S603  the user's own CLI
            [program, *command],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
            cwd=self._home,
            env=environment,
            # The CLI keeps our lock as long as it runs, even if this process ends.
            pass_fds=(lock,) if os.name == "posix" else (),
        )


def go_time(value: Any) -> datetime | None:
    """Return a time in Go's format; None for Go's zero time and for anything else."""
    return Moment.of(value[:64]).at if isinstance(value, str) else None
