"""Where logins lie. Imported at start-up: it loads nothing, and reads as good as nothing."""

from __future__ import annotations

from pathlib import Path
from stat import S_ISREG
from urllib.parse import urlsplit

_LARGEST = 1 << 20
_BINARIES = {
    ("https", "astropods.com", None): "ast",
    ("https", "astropod.ai", None): "ast-preview",
    ("http", "localhost", 8080): "ast-dev",
}
"""Which of the platform's CLIs works with a server (platform.md §1)."""
BINARIES = tuple(_BINARIES.values())


def data_folder() -> Path:
    """Return where this program keeps what belongs to the user."""
    from platformdirs import user_data_path

    return user_data_path("astro-tui")


def origin_parts(server: str) -> tuple[str, str, int | None]:
    """Return scheme, host and port of a server's address; the port is None where the scheme says it."""
    parts = urlsplit(server)
    port = parts.port if parts.port not in (None, {"http": 80, "https": 443}.get(parts.scheme)) else None
    return parts.scheme, parts.hostname or "", port


def origin_of(server: str) -> str:
    """Return a server's origin as people write it: what a login belongs to."""
    scheme, host, port = origin_parts(server)
    host = f"[{host}]" if ":" in host else host
    return f"{scheme}://{host}" + (f":{port}" if port else "")


def own_file(server: str, folder: Path | None = None) -> Path:
    """Return the file of our own login at a server: `login-HOST.json`, one per origin."""
    scheme, host, port = origin_parts(server)
    name = "".join(char if char.isalnum() or char in ".-" else "_" for char in host)
    name = "-".join(part for part in ("http" if scheme == "http" else "", name, str(port or "")) if part)
    return (folder or data_folder()) / f"login-{name}.json"


def cli_binary(server: str) -> str:
    """Return the name of the CLI that works with a server; empty when there is none."""
    return _BINARIES.get(origin_parts(server), "")


def cli_file(binary: str, home: Path | None = None) -> Path:
    """Return the credentials file of a CLI (platform.md §2.6)."""
    return (home or Path.home()) / f".{binary}" / "credentials.json"


def login_stored(server: str) -> bool:
    """Tell whether somebody seems to be signed in at a server, by a stat or two; of a CLI its small file is read."""
    if own_file(server).exists():
        return True
    binary = cli_binary(server)
    return bool(binary) and _seems_used(cli_file(binary))


def _seems_used(file: Path) -> bool:
    """Tell whether a CLI's file is there and is not what it leaves behind when somebody signs out.

    Each login in it says when it ends (platform.md §2.6). What is damaged counts: it is for others to tell of.
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
    import json

    try:
        found = json.loads(text)
    except (ValueError, RecursionError):
        return True
    return not isinstance(found, dict)
