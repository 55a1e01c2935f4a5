"""What is kept between runs: a server's accounts, and which one was opened last. No secrets."""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path

import msgspec
from platformdirs import user_state_path

from astro_tui.state.state_file import StateFile
from astro_tui.text.times import sensible

MOST_ACCOUNTS = 1000
_SKEW = timedelta(minutes=1)


class KnownAccount(msgspec.Struct, frozen=True):
    """One account of the user from `GET /me` (platform.md §7): untrusted text, not made safe to draw."""

    name: str
    type: str = ""
    display_name: str = ""
    role: str = ""
    id: str = ""


class _Stored(msgspec.Struct):
    account: str = ""
    previous: str = ""
    user: str = ""
    seen: str = ""
    accounts: tuple[KnownAccount, ...] = ()

    @property
    def seen_at(self) -> datetime | None:
        with suppress(ValueError):
            return sensible(datetime.fromisoformat(self.seen))
        return None


msgspec.json.Decoder(_Stored)


class AccountCache:
    """The accounts of one server. `account` was opened last, and `previous` before it.

    `accounts` were read from `/me` at time `seen`, and `user` is the user's id. Without a folder, everything is kept
    only for this run. Only `load` and `save` access the disk. Nothing raises.
    """

    def __init__(self, server: str = "", folder: Path | None = None) -> None:
        self.problems: list[str] = []
        """A sentence about each damaged file."""
        self._file = StateFile(
            "accounts", _Stored, server, folder, self.problems.append, what="The saved list of accounts"
        )
        self.account = ""
        self.previous = ""
        self.user = ""
        self.accounts: tuple[KnownAccount, ...] = ()
        self.seen: datetime | None = None

    # ---- changing

    def opened(self, account: str) -> bool:
        """Record that an account is on screen. Returns whether it is a different one."""
        if account == self.account:
            return False
        self.account, self.previous = account, self.account or self.previous
        return True

    def before(self, account: str) -> str:
        """Return the account to go back to from `account`, or an empty string."""
        return self.account if account != self.account else self.previous

    def forget(self, account: str) -> None:
        """Do not start with an account, or go back to it: it was deleted, or the user is no longer a member."""
        if self.account == account:
            self.account = ""
        if self.previous == account:
            self.previous = ""

    def learned(self, accounts: Iterable[KnownAccount], user: str, now: datetime) -> bool:
        """Record the accounts of a user from `/me`. Returns whether they changed."""
        listed = tuple(accounts)[:MOST_ACCOUNTS]
        changed = listed != self.accounts or user != self.user
        self.accounts, self.user, self.seen = listed, user, now
        return changed

    # ---- the file

    def load(self) -> AccountCache:
        """Load the file, if there is a readable one."""
        if (stored := self._file.read()) is not None:
            self.account, self.previous, self.user = stored.account, stored.previous, stored.user
            self.accounts, self.seen = stored.accounts[:MOST_ACCOUNTS], stored.seen_at
        return self

    def save(self) -> None:
        """Replace the file, keeping accounts that another process loaded later. Does nothing if the disk is full."""
        # The last write wins. All that can be lost is which of two windows was used last.
        self._file.update(self._with_accounts_of)

    def _with_accounts_of(self, theirs: _Stored | None) -> _Stored:
        """Return what to store, with the accounts of a file if they are newer."""
        seen, accounts, user = self.seen, self.accounts, self.user
        at = theirs.seen_at if theirs is not None else None
        # A time in the future comes from a clock that was wrong.
        if theirs is not None and at is not None and at <= datetime.now(UTC) + _SKEW and (seen is None or at > seen):
            seen, accounts, user = at, theirs.accounts, theirs.user
        return _Stored(self.account, self.previous, user, seen.isoformat() if seen else "", accounts)


def state_folder() -> Path:
    """Return the folder for the state of this program, which need not exist."""
    return user_state_path("astro-tui")
