"""The gate: the platform gets no request that changes something unless a permit allows exactly that one."""

from __future__ import annotations

from collections.abc import Callable
from math import inf
from threading import Lock
from typing import NamedTuple

from astro_tui.errors import AstroError
from astro_tui.platform.client.changes import ChangeRequest
from astro_tui.runtime import elapsed

LIFETIME = 60.0
"""Seconds after which a permit expires."""
FRESH = 10.0
"""Seconds after which the deployment must be read again before the request may leave: since the read began."""


class Standing(NamedTuple):
    """The state of a deployment when it was read: the words of `/status`, and its current revision."""

    value: str
    reason: str
    revision: int | None
    deployed: str
    """The time of the current revision's deploy, as the server writes it. Older servers do not number revisions."""


class PermitError(AstroError):
    """The request was not sent. `changed` means that the deployment has changed in the meantime."""

    def __init__(self, message: str, *, changed: bool = False) -> None:
        super().__init__(message)
        self.changed = changed


class Permit:
    """Allows one request about one deployment that is still what the user saw. Safe to use from many threads.

    It is used once, within `LIFETIME`, and only after the deployment was read again and found to be `expected`. For a
    request in a conversation, that is None: it changes nothing about the deployment.
    """

    def __init__(
        self, account: str, change: ChangeRequest, expected: Standing | None, *, clock: Callable[[], float] = elapsed
    ) -> None:
        self.account, self.change, self.expected = account, change, expected
        self._clock, self._made = clock, clock()
        self._reading: float | None = None
        self._seen: float | None = None
        self._used = False
        self._lock = Lock()

    def __repr__(self) -> str:
        return f"<Permit {self.change.method} {self.change.endpoint}>"

    def reading(self) -> None:
        """Record that the deployment is being read from now on: what it looks like can change during that."""
        self._reading = self._clock()

    def saw(self, standing: Standing) -> None:
        """Record the deployment's state as it was read. Raises PermitError if it is not the expected one."""
        if standing != self.expected:
            with self._lock:
                self._used = True
            raise PermitError("The agent has changed since you looked at it.", changed=True)
        self._seen = self._reading

    @property
    def age(self) -> float:
        """The seconds since the last read began, without which the request must not leave."""
        return inf if self._seen is None else self._clock() - self._seen

    def redeem(self) -> ChangeRequest:
        """Return the request to send. Raises PermitError if the permit is used up, expired, or not checked in time."""
        with self._lock:
            now = self._clock()
            if self._used:
                raise PermitError("This confirmation was already used.")
            self._used = True
            if now - self._made > LIFETIME:
                raise PermitError(f"This confirmation is older than {LIFETIME:.0f} seconds.")
            if self.expected is not None and self.age > FRESH:
                raise PermitError("The agent's state was not checked again in time.")
            return self.change
