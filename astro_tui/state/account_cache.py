"""What is remembered from one run to the next: a server's accounts, and which was looked at last. No secrets.

One small JSON file a server, in the user's state folder, replaced as a whole. What cannot be read is forgotten.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from contextlib import suppress
from datetime import datetime
from pathlib import Path
from threading import Lock
from typing import Any, NamedTuple

import msgspec

from astro_tui.platform.servers import origin_of
from astro_tui.state.plain_files import read_plain

VERSION = 1
LARGEST = 1_000_000
"""Bytes; a larger file is none of ours."""
MOST_ACCOUNTS = 1000
_LONGEST = 300
_UNFIT = re.compile(r"[^a-z0-9.-]+")


class KnownAccount(NamedTuple):
    """One account of the user as `GET /me` told it (platform.md §7): foreign text, not made safe to draw."""

    name: str
    type: str = ""
    display_name: str = ""
    role: str = ""
    id: str = ""


class Remembered:
    """The accounts of one server: `account` was opened last, `previous` before it, `accounts` are those of `/me`.

    `seen` is when `/me` told them, `user` the id of whom it told of. Without a folder all is kept for this run alone.
    Reading and changing it takes no time; `load` and `save` touch the disk and never raise.
    """

    def __init__(self, server: str = "", folder: Path | None = None) -> None:
        self.server = origin_of(server)
        self._path = folder / f"accounts-{_UNFIT.sub('_', self.server)}.json" if folder is not None else None
        self._lock = Lock()
        self.account = ""
        self.previous = ""
        self.user = ""
        self.accounts: tuple[KnownAccount, ...] = ()
        self.seen: datetime | None = None

    # ---- changing

    def opened(self, account: str) -> bool:
        """An account is on screen now; returns whether that is news."""
        if account == self.account:
            return False
        self.account, self.previous = account, self.account or self.previous
        return True

    def before(self, account: str) -> str:
        """Return the account to go back to from `account`, or an empty string."""
        return self.account if account != self.account else self.previous

    def forget(self, account: str) -> None:
        """The account is gone, or the user is no member of it any more."""
        if self.account == account:
            self.account = ""
        if self.previous == account:
            self.previous = ""

    def learned(self, accounts: Iterable[KnownAccount], user: str, now: datetime) -> bool:
        """`/me` told the accounts of a user; returns whether they are others than before."""
        told = tuple(accounts)[:MOST_ACCOUNTS]
        news = told != self.accounts or user != self.user
        self.accounts, self.user, self.seen = told, user, now
        return news

    # ---- the file

    def load(self) -> Remembered:
        """Take over what the file says, where there is one that can be read."""
        if self._path is not None:
            self._take(members_of(self._path))
        return self

    def save(self) -> None:
        """Replace the file, keeping accounts that another process saw later; without room for it all is forgotten."""
        if self._path is None:
            return
        import json

        from astro_tui.state.files import replace_file

        # The last to write wins, which loses no more than which of two windows was looked at last.
        with self._lock, suppress(OSError, ValueError):
            theirs = Remembered(self.server)
            theirs._take(members_of(self._path))
            newest = theirs if _later(theirs.seen, self.seen) else self
            value = {
                "version": VERSION,
                "server": self.server,
                "account": self.account,
                "previous": self.previous,
                "user": newest.user,
                "seen": newest.seen.isoformat() if newest.seen else "",
                "accounts": [account._asdict() for account in newest.accounts],
            }
            replace_file(self._path, json.dumps(value).encode())

    def _take(self, value: dict[str, Any]) -> None:
        if value.get("version") != VERSION or value.get("server") != self.server:
            return
        self.account, self.previous, self.user = (_text(value.get(key)) for key in ("account", "previous", "user"))
        self.seen = _time(value.get("seen"))
        rows = value.get("accounts")
        found = [_account(row) for row in rows[:MOST_ACCOUNTS]] if isinstance(rows, list) else []
        self.accounts = tuple(account for account in found if account is not None)


def state_folder() -> Path:
    """Return the folder for what this program remembers of its user (it need not exist)."""
    from platformdirs import user_state_path

    return user_state_path("astro-tui")


def members_of(path: Path) -> dict[str, Any]:
    """Return the members of the file's object, none where it is missing, too large, no file or no JSON."""
    try:
        value = _value(read_plain(path, LARGEST))
    except (OSError, ValueError, RecursionError):
        return {}
    return value if isinstance(value, dict) else {}


def _value(raw: bytes) -> Any:
    try:
        return msgspec.json.decode(raw)
    except msgspec.DecodeError:
        # Python's own parser also takes lone surrogates, which a name may have. It takes longer to load.
        import json

        return json.loads(raw)


def _account(row: Any) -> KnownAccount | None:
    if not isinstance(row, dict) or not _text(row.get("name")):
        return None
    return KnownAccount(**{name: _text(row.get(name)) for name in KnownAccount._fields})


def _text(value: Any) -> str:
    return value[:_LONGEST] if isinstance(value, str) else ""


def _time(value: Any) -> datetime | None:
    with suppress(ValueError):
        found = datetime.fromisoformat(_text(value))
        return found if found.tzinfo else None
    return None


def _later(one: datetime | None, other: datetime | None) -> bool:
    return one is not None and (other is None or one > other)
