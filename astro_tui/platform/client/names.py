"""What users are called: their IDs with the names from the member lists of accounts (platform.md §7)."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from contextlib import suppress
from threading import Lock, Thread, Timer
from typing import Any

from astro_tui.errors import PlatformError
from astro_tui.platform.client.call import Call

PATIENCE = 8.0
"""Seconds that a command waits for the members of an account. IDs are good enough if that takes longer."""


class UserNames(dict[str, str]):
    """Names by user ID, safe to draw. Each account is requested once, whatever it responds.

    Safe to use from many threads. Only `read` blocks, and nothing raises.
    """

    def __init__(self, members: Callable[..., Iterable[Any]]) -> None:
        super().__init__()
        self._members, self._lock = members, Lock()
        self.requested: set[str] = set()
        """The accounts that need no request any more."""

    def begin(self, account: str) -> None:
        """Read the names of an account in a thread of its own, so that no view waits for them."""
        if account not in self.requested:
            Thread(target=self.read, args=(account,), name="names", daemon=True).start()

    def read(self, account: str, users: Iterable[str] | None = None) -> None:
        """Request the names of an account, unless that was done before.

        With `users`, a command waits for them: only if one of them has no name, and for `PATIENCE` at most.
        """
        with self._lock:
            requested, call = self.requested, Call(background=True)
            complete = users is not None and all(not user or user in self for user in users)
            if complete or account in requested:
                return
            requested.add(account)
            limit = Timer(PATIENCE, call.abort)
            if users is not None:
                limit.start()
            with suppress(PlatformError):
                names = {each.user_id: each.label for each in self._members(account, call=call) if each.label}
                # Somebody else may have signed in meanwhile.
                if requested is self.requested:
                    self.update(names)
            limit.cancel()

    def clear(self) -> None:
        """Forget everything: there is another login."""
        self.requested = set()
        super().clear()
