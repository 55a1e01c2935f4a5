"""Where logins are stored. Imported at startup, so it loads nothing else and reads very little."""

from __future__ import annotations

from pathlib import Path
from stat import S_ISREG

import msgspec
from platformdirs import user_data_path

from astro_tui.platform.servers import Origin, cli_of

_LARGEST = 1 << 20


def data_folder() -> Path:
    """Return the folder for the user's data."""
    return user_data_path("astro-tui")


def own_file(server: str, folder: Path | None = None) -> Path:
    """Return the path of astro-tui's own login at a server: `login-HOST.json`, one file per origin."""
    try:
        origin = Origin.of(server)
    except ValueError:
        return (folder or data_folder()) / "login-.json"
    host = "".join(char if char.isalnum() or char in ".-" else "_" for char in origin.host)
    parts = ("http" if origin.scheme == "http" else "", host, str(origin.explicit_port or ""))
    return (folder or data_folder()) / f"login-{'-'.join(filter(None, parts))}.json"


def cli_file(binary: str, home: Path | None = None) -> Path:
    """Return the credentials file of a CLI (platform.md §2.6)."""
    return (home or Path.home()) / f".{binary}" / "credentials.json"


def login_stored(server: str) -> bool:
    """Return whether the user seems to be signed in. Costs a stat or two, and reads the CLI's small file."""
    if own_file(server).exists():
        return True
    binary = cli_of(server)
    return bool(binary) and _seems_used(cli_file(binary))


def _seems_used(file: Path) -> bool:
    """Return whether a CLI's file exists and is not the empty file that a sign-out leaves behind.

    Each login in it has an expiry (platform.md §2.6). A damaged file counts as used, so that the damage is reported.
    """
    try:
        if not S_ISREG(file.lstat().st_mode):
            return True
        with file.open("rb") as opened:
            text = opened.read(_LARGEST)
    except (FileNotFoundError, NotADirectoryError):
        return False
    except OSError:
        return True
    if b'"expires_at"' in text:
        return True
    try:
        logins = msgspec.json.decode(text)
    except (msgspec.DecodeError, RecursionError):
        return True
    return not isinstance(logins, dict)
