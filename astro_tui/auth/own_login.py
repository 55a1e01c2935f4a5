"""astro-tui's own login, one per server: how it is stored, read, and removed.

A file names the user and where the tokens are: in one item of the keyring, or in that file if there is no working
keyring. The file and the item are only ever replaced as a whole.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext, suppress
from enum import StrEnum
from pathlib import Path
from typing import Any

from msgspec import Struct
from msgspec.structs import replace

from astro_tui.auth.keyring_access import Keyring, KeyringError, SystemKeyring
from astro_tui.auth.login import Login, LoginBusy, LoginProblem
from astro_tui.auth.places import data_folder, own_file
from astro_tui.auth.private_files import (
    Signature,
    locked,
    read_private,
    replace_private,
    shown,
    signature,
    try_to_replace,
)
from astro_tui.platform.servers import origin_of
from astro_tui.runtime import system_clock
from astro_tui.text.fingerprint import fingerprint

LOCK_SECONDS = 45.0
"""Longer than the slowest refresh, so that a waiting process shares its result."""
_ROOM = 8192
"""The most bytes in a login, unless it has a very long token."""
SERVICE = "astro-tui"
"""The service of our items in the keyring; their user is the server's origin."""


class Kept(StrEnum):
    """Where the tokens are stored."""

    KEYRING = "keyring"
    FILE = "file"


class Stored(Struct, frozen=True):
    """A login as it is stored.

    `rejected` is the fingerprint of a refresh token that the provider refused. `sent` is the fingerprint of one that
    was sent to the provider; if it is still the stored one, its response was never received.
    """

    login: Login
    kept: Kept
    rejected: str = ""
    sent: str = ""

    @property
    def refused(self) -> bool:
        """Whether the provider refused its refresh token."""
        return self.rejected == fingerprint(self.login.refresh_token)

    @property
    def unanswered(self) -> bool:
        """Whether its refresh token is being sent, or was being sent when the process died."""
        return self.sent == fingerprint(self.login.refresh_token)

    @property
    def renewable(self) -> bool:
        """Whether its refresh token may be sent."""
        return bool(self.login.refresh_token) and not self.refused


class SignedOut(Struct, frozen=True):
    """What a sign-out did, in sentences. `incomplete` means that tokens are left behind, or may be."""

    messages: list[str]
    incomplete: bool = False


class OwnLogin:
    """Our own login at one server. Creating it reads and imports nothing.

    `folder` is the user's data folder for astro-tui, and `keyring` the system's. Tests pass their own.
    """

    def __init__(self, server: str, *, folder: Path | None = None, keyring: Keyring | None = None) -> None:
        self.server = origin_of(server)
        self.folder = (folder or data_folder()).absolute()
        self.file = own_file(server, self.folder)
        self._keyring: Keyring = keyring or SystemKeyring()
        self._lock_file = self.file.with_name(f"{self.file.name}.lock")

    def __repr__(self) -> str:
        return f"<OwnLogin {self.server}>"

    @property
    def exists(self) -> bool:
        """Whether a login is stored, usable or not. Costs one stat."""
        return self.signature is not None

    @property
    def signature(self) -> Signature | None:
        """A value that changes with every write; None if nothing is stored. Costs one stat."""
        return signature(self.file)

    @property
    def place(self) -> str:
        """Where the tokens are, in words: the keyring's name or the file's path. Raises LoginProblem."""
        members = self._members()
        return self._keyring.name if members and members.get("tokens") == Kept.KEYRING else shown(self.file)

    # ---- reading

    def read(self) -> Login | None:
        """Return the login, or None. Raises LoginProblem."""
        stored = self.stored()
        return stored.login if stored else None

    def stored(self) -> Stored | None:
        """Return the login with the state of its refresh token, or None. Raises LoginProblem."""
        members = self._members()
        if members is None:
            return None
        if members.get("server") != self.server:
            raise LoginProblem(f"{shown(self.file)} contains a login for another server.")
        marks = {key: str(members.get(key) or "") for key in ("rejected", "sent")}
        if members.get("tokens") != Kept.KEYRING:
            return Stored(self._login(lambda: Login.of_members(members), shown(self.file)), Kept.FILE, **marks)
        try:
            text = self._keyring.get(SERVICE, self.server)
        except KeyringError as error:
            raise LoginProblem(f"The login cannot be read from the keyring. {error}", fix=error.fix) from None
        if text is None:
            if not self.exists:
                return None
            raise LoginProblem("The login is missing from the keyring.")
        return Stored(self._login(lambda: Login.of_json(text), "The item in the keyring"), Kept.KEYRING, **marks)

    @staticmethod
    def _login(read: Callable[[], Login], place: str) -> Login:
        try:
            return read()
        except LoginProblem as problem:
            raise LoginProblem(f"{place} cannot be used: {problem}.") from None

    def _members(self) -> dict[str, Any] | None:
        text = read_private(self.file)
        if text is None:
            return None
        try:
            members = json.loads(text)
        except (ValueError, RecursionError):
            members = None
        if not isinstance(members, dict):
            raise LoginProblem(f"{shown(self.file)} is damaged.")
        return members

    # ---- writing

    def prepare(self) -> None:
        """Check that a login can be stored, before the user opens a browser. Raises LoginProblem.

        Leaves nothing behind. Checks nothing if another process is changing the login: that process can store one.
        """
        existed = self.folder.exists()
        with (
            _explained("No login can be stored, so signing in would not help."),
            suppress(LoginBusy),
            self.lock(0) if existed else nullcontext(),
        ):
            try_to_replace(self.file, _ROOM)
        if not existed:
            with suppress(OSError):
                self.folder.rmdir()

    def sign_in(self, login: Login) -> str:
        """Replace the login, under the lock. Returns where it is stored, in words. Raises LoginProblem."""
        with _explained("You signed in, but the login cannot be stored."), self.lock():
            login = replace(login, server=self.server, obtained=login.obtained or system_clock())
            kept = self.write(Stored(login, Kept.KEYRING))
            return self._keyring.name if kept is Kept.KEYRING else shown(self.file)

    def write(self, stored: Stored) -> Kept:
        """Store a login in one step: in the keyring if `kept` says so and the keyring works, else in the file.

        Returns where it was stored. Call it under `lock`. Raises LoginProblem.
        """
        if stored.kept is Kept.KEYRING:
            try:
                self._keyring.set(SERVICE, self.server, stored.login.to_json())
            except KeyringError:
                stored = replace(stored, kept=Kept.FILE)
        self._write_file(stored)
        return stored.kept

    def mark(self, stored: Stored) -> None:
        """Store only the state of the refresh token. Call it under `lock`. Raises LoginProblem."""
        self._write_file(stored)

    def forget(self) -> None:
        """Remove the file if possible. Call it under `lock`."""
        with suppress(OSError):
            self.file.unlink(missing_ok=True)

    def _write_file(self, stored: Stored) -> None:
        members = stored.login.members(secrets=stored.kept is Kept.FILE)
        members |= {"tokens": stored.kept.value, "rejected": stored.rejected, "sent": stored.sent}
        replace_private(self.file, json.dumps(members, indent=2) + "\n")

    def sign_out(self) -> SignedOut:
        """Remove the login, under the lock. Raises LoginProblem.

        An unreadable login is removed too, and so are tokens in the keyring that no file mentions.
        """
        # Without a folder there was never a login: do not create a lock file.
        with self.lock() if self.folder.exists() else nullcontext():
            messages, incomplete = self._forget_tokens()
            if self.exists:
                try:
                    for left in (*self.file.parent.glob(f".{self.file.name}.*"), self.file):
                        left.unlink(missing_ok=True)
                except OSError as error:
                    raise LoginProblem(f"{shown(self.file)} cannot be removed: {error.strerror}.") from None
                messages.append(f"Removed {shown(self.file)}.")
            return SignedOut(messages, incomplete)

    def _forget_tokens(self) -> tuple[list[str], bool]:
        """Remove the tokens from the keyring. Returns messages, and whether tokens may be left."""
        item = f"{SERVICE} / {self.server}"
        try:
            if self._keyring.delete(SERVICE, self.server):
                return [f"Removed the tokens for {self.server} from {self._keyring.name}."], False
        except KeyringError as error:
            kept = self._kept()
            if kept is Kept.KEYRING:
                return [f"The tokens are still in {self._keyring.name} as {item}. {error}"], True
            if kept is None and not error.absent:
                return [f"There may still be tokens in {self._keyring.name} as {item}. {error}"], True
        return [], False

    def _kept(self) -> Kept | None:
        """Return where the tokens are according to the file; None if it is missing or damaged."""
        try:
            members = self._members()
        except LoginProblem:
            return None
        if members is None:
            return None
        return Kept.KEYRING if members.get("tokens") == Kept.KEYRING else Kept.FILE

    @contextmanager
    def lock(self, seconds: float = LOCK_SECONDS, stop: Callable[[], bool] = lambda: False) -> Iterator[None]:
        """Keep all other processes from changing the login. Raises LoginProblem after `seconds`."""
        with locked(self._lock_file, seconds, stop):
            yield

    def idle(self) -> bool:
        """Return whether no process is changing the login now."""
        try:
            with self.lock(0):
                return True
        except LoginProblem:
            return False

    def command(self) -> list[str]:
        """Return the command line arguments for another process to find the same login."""
        return ["--server", self.server, "--folder", os.fspath(self.folder)]


@contextmanager
def _explained(sentence: str) -> Iterator[None]:
    """Begin every LoginProblem with a sentence that says what it prevents."""
    try:
        yield
    except LoginProblem as problem:
        raise LoginProblem(f"{sentence} {problem}", fix=problem.fix) from None
