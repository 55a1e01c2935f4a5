"""astro-tui's own login, one per server: stored, found again, removed."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from astro_tui.auth.keyring_access import Keyring
from astro_tui.auth.login import Login

LOCK_SECONDS = 45.0


class OwnLogin:
    """The own login at one server. Cheap to make: nothing is read or imported before it is asked for.

    `folder` is the user's data folder of astro-tui, `keyring` the system's; both can be given by tests.
    """

    def __init__(self, server: str, *, folder: Path | None = None, keyring: Keyring | None = None) -> None:
        self.server = server
        raise NotImplementedError

    @property
    def exists(self) -> bool:
        """Whether one is stored, by a single stat; it may be unusable."""
        raise NotImplementedError

    @property
    def place(self) -> str:
        """Where the tokens lie, in words: the keyring's name or the file's path."""
        raise NotImplementedError

    def read(self) -> Login | None:
        """Return the login; None when there is none. Raises LoginProblem with a sentence for people."""
        raise NotImplementedError

    def sign_in(self, login: Login) -> str:
        """Store a new login in the place of an old one, under the lock; returns where it lies, in words.

        Raises LoginProblem.
        """
        raise NotImplementedError

    def sign_out(self) -> list[str]:
        """Remove the login, under the lock; returns what was removed, a sentence each. Raises LoginProblem."""
        raise NotImplementedError

    @contextmanager
    def lock(self, seconds: float = LOCK_SECONDS, given_up: Callable[[], bool] = lambda: False) -> Iterator[None]:
        """Be the only one, of all processes, that changes it. Raises LoginProblem after `seconds` without a turn."""
        raise NotImplementedError
        yield
