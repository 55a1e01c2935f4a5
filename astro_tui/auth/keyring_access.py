"""The system's keyring: read within a time-out, and written only for what is our own."""

from __future__ import annotations

from typing import Protocol

from astro_tui.errors import AstroError


class KeyringError(AstroError):
    """The keyring cannot be used now: one sentence for people."""


class Keyring(Protocol):
    """A place for secrets, by service and user. Every method may take seconds and raises KeyringError alone."""

    @property
    def name(self) -> str:
        """What people call it, such as `the system's keyring (SecretService)`."""

    def get(self, service: str, user: str) -> str | None:
        """Return a secret; None when there is none."""

    def set(self, service: str, user: str, secret: str) -> None:
        """Store a secret and see that it can be read again."""

    def delete(self, service: str, user: str) -> bool:
        """Remove a secret; tells whether there was one."""
