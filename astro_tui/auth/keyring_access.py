"""The system's keyring, read with a timeout. Only our own items are written."""

from __future__ import annotations

import subprocess
import sys
import threading
from base64 import b64decode
from binascii import Error as NotBase64
from collections.abc import Callable
from pathlib import Path
from typing import Any, Protocol, TypeVar

from astro_tui.errors import AstroError, Do, Fix, Retry

WAIT_SECONDS = 5.0
"""The timeout. A locked keyring prompts for a password, possibly on a screen that the user cannot see."""
_SECURITY = Path("/usr/bin/security")
_NOT_FOUND = 44
_NONE = "NoKeyringError"
UNLOCK = Do("unlock the keyring")
_Result = TypeVar("_Result")


class KeyringError(AstroError):
    """The keyring cannot be used now. `absent` means that this machine has none. `fix` makes it usable again."""

    def __init__(self, message: str, *, absent: bool = False, fix: Fix | None = None) -> None:
        super().__init__(message, remedies=(Retry(first=fix),) if fix else ())
        self.absent = absent
        self.fix = fix


class Keyring(Protocol):
    """A store for secrets by service and user. Every method may take seconds and raises only KeyringError."""

    @property
    def name(self) -> str:
        """Its name for people, such as `the system's keyring (SecretService)`."""

    def get(self, service: str, user: str) -> str | None:
        """Return a secret of our own, or None."""

    def set(self, service: str, user: str, secret: str) -> None:
        """Store a secret and verify that it can be read back."""

    def delete(self, service: str, user: str) -> bool:
        """Remove a secret of our own. Returns whether it existed."""

    def foreign(self, service: str, user: str) -> str | None:
        """Return a secret that a program stored with go-keyring (platform.md §2.7), or None."""


class _Task:
    """Work in its own thread, because it may hang."""

    def __init__(self, work: Callable[[], Any]) -> None:
        self._work = work
        self.results: list[Any] = []
        self.errors: list[Exception] = []
        self.thread = threading.Thread(target=self._run, name="keyring", daemon=True)
        self.thread.start()

    def _run(self) -> None:
        try:
            self.results.append(self._work())
        except Exception as error:  # noqa: BLE001  each backend raises errors of its own system
            self.errors.append(error)


class SystemKeyring:
    """The keyring of the desktop or the operating system. The `keyring` library is imported on first use."""

    def __init__(self, seconds: float = WAIT_SECONDS) -> None:
        self._seconds = seconds
        self._lock = threading.Lock()
        self._hanging: dict[tuple[str, str], _Task] = {}

    @property
    def name(self) -> str:
        """Its name for people."""
        import keyring

        try:
            return f"the system's keyring ({self._within(lambda: _short_name(keyring.get_keyring()))})"
        except KeyringError:
            return "the system's keyring"

    def get(self, service: str, user: str) -> str | None:
        """Return a secret of our own."""
        import keyring

        return self._within(lambda: keyring.get_password(service, user), (service, user))

    def set(self, service: str, user: str, secret: str) -> None:
        """Store a secret and verify that it can be read back."""
        import keyring

        def store() -> bool:
            keyring.set_password(service, user, secret)
            return keyring.get_password(service, user) == secret

        if not self._within(store):
            raise KeyringError("The keyring did not save the value.")

    def delete(self, service: str, user: str) -> bool:
        """Remove a secret of our own."""
        import keyring

        def remove() -> bool:
            if keyring.get_password(service, user) is None:
                return False
            keyring.delete_password(service, user)
            return True

        return self._within(remove)

    def foreign(self, service: str, user: str) -> str | None:
        """Return a secret that go-keyring stored. Nothing is ever written there."""
        read = _from_secret_service
        if sys.platform == "darwin":
            read = _from_macos
        if sys.platform == "win32":
            read = _from_windows
        return self._within(lambda: read(service, user), (service, user))

    def _within(self, work: Callable[[], _Result], item: tuple[str, str] | None = None) -> _Result:
        """Return the result of `work`, run in a thread. Raises KeyringError if it takes too long.

        If an earlier read of the same item still hangs, wait for that one: a second read would open a second
        password prompt.
        """
        with self._lock:
            task = self._hanging.get(item) if item else None
            if task is None or not task.thread.is_alive():
                task = _Task(work)
            if item:
                self._hanging[item] = task
        task.thread.join(self._seconds)
        with self._lock:
            if item and not task.thread.is_alive():
                self._hanging.pop(item, None)
        if task.results:
            result: _Result = task.results[0]
            return result
        if task.errors:
            raise _meaning(task.errors[0])
        raise KeyringError(f"The keyring did not respond within {self._seconds:g} s; it may be locked.", fix=UNLOCK)


def _meaning(error: Exception) -> KeyringError:
    """Return the KeyringError for a backend's error. The backend's own message is not trusted."""
    if isinstance(error, KeyringError):
        return error
    name = type(error).__name__
    message = {
        _NONE: "This system has no keyring.",
        "KeyringLocked": "The keyring is locked.",
        "InitError": "The keyring does not respond.",
    }.get(name, f"The keyring returned an error ({name}).")
    return KeyringError(message, absent=name == _NONE, fix=UNLOCK if name == "KeyringLocked" else None)


def _short_name(backend: object) -> str:
    kind = type(backend)
    return kind.__name__ if kind.__name__ != "Keyring" else kind.__module__.rpartition(".")[2]


def _from_secret_service(service: str, user: str) -> str | None:
    """Read from the Secret Service directly, because the library prefers another keyring on some desktops."""
    from keyring.backend import KeyringBackend
    from keyring.backends import SecretService

    backend: KeyringBackend = SecretService.Keyring()  # type: ignore[no-untyped-call]
    return backend.get_password(service, user)


def _from_macos(service: str, user: str) -> str | None:
    """Read with the program that owns go-keyring's items. For any other program, macOS would prompt the user."""
    command = [str(_SECURITY), "find-generic-password", "-s", service, "-wa", user]
    done = subprocess.run(command, check=False, capture_output=True, text=True, stdin=subprocess.DEVNULL, timeout=30)  # noqa: S603  the system's own program, no shell
    if done.returncode == _NOT_FOUND:
        return None
    if done.returncode:
        raise KeyringError("The keyring returned an error.")
    return unpacked(done.stdout.rstrip("\n"))


def unpacked(secret: str) -> str | None:
    """Return the secret that go-keyring encoded for macOS, or None if it cannot be decoded."""
    try:
        if secret.startswith("go-keyring-base64:"):
            return b64decode(secret.removeprefix("go-keyring-base64:"), validate=True).decode()
        if secret.startswith("go-keyring-encoded:"):
            return bytes.fromhex(secret.removeprefix("go-keyring-encoded:")).decode()
    except (ValueError, NotBase64):
        return None
    return secret


def _from_windows(service: str, user: str) -> str | None:
    import keyring

    return read_as_utf16(keyring.get_password(f"{service}:{user}", user))


def read_as_utf16(secret: str | None) -> str | None:
    """Return a secret that go-keyring wrote as UTF-8 and the library read as UTF-16; None if it cannot be decoded."""
    if secret is None or secret.isascii():
        return secret
    try:
        return secret.encode("utf-16-le").decode()
    except UnicodeDecodeError:
        return None
