"""What is kept between runs: a server's accounts, and which one was opened last. No secrets.

There is one small JSON file per server in the user's state folder, replaced as a whole. Unreadable files are ignored.
"""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from threading import Lock
from typing import Any, NamedTuple

import msgspec
from platformdirs import user_state_path

from astro_tui.platform.servers import origin_of
from astro_tui.state.files import replace_file
from astro_tui.state.plain_files import read_plain, server_file
from astro_tui.text.times import sensible

VERSION = 1
LARGEST = 1_000_000
"""The most bytes in a file. Larger ones are ignored."""
MOST_ACCOUNTS = 1000
_LONGEST = 300
_SKEW = timedelta(minutes=1)


class KnownAccount(NamedTuple):
    """One account of the user from `GET /me` (platform.md §7): untrusted text, not made safe to draw."""

    name: str
    type: str = ""
    display_name: str = ""
    role: str = ""
    id: str = ""


class AccountCache:
    """The accounts of one server. `account` was opened last, and `previous` before it.

    `accounts` were read from `/me` at time `seen`, and `user` is the user's id. Without a folder, everything is kept
    only for this run. Only `load` and `save` access the disk. Nothing raises.
    """

    def __init__(self, server: str = "", folder: Path | None = None) -> None:
        self.server = origin_of(server)
        self._path = folder / server_file("accounts", self.server) if folder is not None else None
        self._lock = Lock()
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
        if self._path is not None:
            self._take(_members(self._path))
        return self

    def save(self) -> None:
        """Replace the file, keeping accounts that another process loaded later. Does nothing if the disk is full."""
        if self._path is None:
            return

        # The last write wins. All that can be lost is which of two windows was used last.
        with self._lock, suppress(OSError, ValueError):
            theirs = AccountCache(self.server)
            theirs._take(_members(self._path))
            # A time in the future comes from a clock that was wrong.
            right = theirs.seen is not None and theirs.seen <= datetime.now(UTC) + _SKEW
            newest = theirs if right and _later(theirs.seen, self.seen) else self
            value = {
                "version": VERSION,
                "server": self.server,
                "account": self.account,
                "previous": self.previous,
                "user": newest.user,
                "seen": newest.seen.isoformat() if newest.seen else "",
                "accounts": [account._asdict() for account in newest.accounts],
            }
            replace_file(self._path, msgspec.json.encode(value))

    def _take(self, value: dict[str, Any]) -> None:
        if value.get("version") != VERSION or value.get("server") != self.server:
            return
        self.account, self.previous, self.user = (short_text(value.get(key)) for key in ("account", "previous", "user"))
        self.seen = _time(value.get("seen"))
        rows = value.get("accounts")
        found = [_account(row) for row in rows[:MOST_ACCOUNTS]] if isinstance(rows, list) else []
        self.accounts = tuple(account for account in found if account is not None)


def state_folder() -> Path:
    """Return the folder for the state of this program, which need not exist."""
    return user_state_path("astro-tui")


def _members(path: Path) -> dict[str, Any]:
    """Return the JSON object in a file, or an empty one if the file is missing, too large, or not JSON."""
    try:
        value = msgspec.json.decode(read_plain(path, LARGEST))
    except (OSError, ValueError, msgspec.DecodeError, RecursionError):
        return {}
    return value if isinstance(value, dict) else {}


def _account(row: Any) -> KnownAccount | None:
    if not isinstance(row, dict) or not short_text(row.get("name")):
        return None
    return KnownAccount(**{name: short_text(row.get(name)) for name in KnownAccount._fields})


def short_text(value: Any) -> str:
    """Return the start of a text, and an empty one for any other value."""
    return value[:_LONGEST] if isinstance(value, str) else ""


def _time(value: Any) -> datetime | None:
    with suppress(ValueError):
        found = datetime.fromisoformat(short_text(value))
        return sensible(found) if found.tzinfo else None
    return None


def _later(one: datetime | None, other: datetime | None) -> bool:
    return one is not None and (other is None or one > other)
