"""Settings: flags beat the environment, which beats the configuration file, which beats the defaults."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from pathlib import Path
from urllib.parse import urlsplit

from msgspec import Struct

from astro_tui.errors import ConfigError
from astro_tui.platform.servers import PRODUCTION
from astro_tui.state.plain_files import read_plain

"""Origin of the platform (platform.md §1)."""
IDENTITY = "https://api.workos.com"
"""Origin of the platform's identity provider (platform.md §2.3)."""
CLIENT_ID = "client_01K1VMRDRQ94MV98D9ANFVT7H2"
"""The platform's public client at the identity provider; there is no client secret (platform.md §2.3)."""
THEMES = ("dark", "light", "contrast", "terminal")
LARGEST = 1 << 16
"""Bytes of a configuration file that are read at most."""
REFRESH_RANGE = (2.0, 86_400.0)
_LOOPBACK = {"localhost", "127.0.0.1", "::1"}


class Settings(Struct, frozen=True):
    """What one run of the program goes by.

    `refresh` is in seconds. `agent` and `account` come from the command line or are empty. `identity` is the origin
    of the identity provider, where one signs in, `client_id` this program's name there. The token is kept out of
    every representation of this object.
    """

    server: str = PRODUCTION
    account: str = ""
    agent: str = ""
    refresh: float = 60.0
    theme: str = "dark"
    ascii: bool = False
    allow_insecure: bool = False
    demo: bool = False
    identity: str = IDENTITY
    client_id: str = CLIENT_ID
    token: str = ""

    def __repr__(self) -> str:
        return f"<Settings {self.server}>"


_FILE_KEYS: dict[str, type] = {
    "server": str,
    "identity": str,
    "client_id": str,
    "account": str,
    "refresh": float,
    "theme": str,
    "ascii": bool,
    "allow_insecure": bool,
}
_ENVIRONMENT = {
    "ASTRO_SERVER_URL": "server",
    "ASTRO_ACCOUNT": "account",
    "ASTRO_ACCESS_TOKEN": "token",
    "ASTRO_IDENTITY_URL": "identity",
    "ASTRO_CLIENT_ID": "client_id",
}


def config_path() -> Path:
    """Return where the configuration file of this user lies (it need not exist)."""
    from platformdirs import user_config_path

    return user_config_path("astro-tui") / "config.toml"


def load(flags: Mapping[str, object], environment: Mapping[str, str], path: Path | None = None) -> Settings:
    """Return the settings of this run.

    `flags` holds what the command line gave, without what it left out. Raises ConfigError, with the place the
    wrong value came from, for anything that cannot work.
    """
    path = path or config_path()
    settings, origin = gathered(flags, environment, _read_file(path), path)
    for _key, said in problems(settings, origin):
        raise ConfigError(said)
    return settings


def gathered(
    flags: Mapping[str, object], environment: Mapping[str, str], file: Mapping[str, object], path: Path
) -> tuple[Settings, dict[str, str]]:
    """Return the settings of this run, unchecked, and where each that is no default comes from, in words."""
    chosen: dict[str, object] = {}
    origin: dict[str, str] = {}

    def take(key: str, value: object, source: str) -> None:
        chosen[key] = value
        origin[key] = source

    for key, value in file.items():
        take(key, value, f"{key} in {path}")
    for variable, key in _ENVIRONMENT.items():
        if environment.get(variable, "").strip():
            take(key, environment[variable].strip(), variable)
    if "ascii" not in flags and without_unicode(environment):
        take("ascii", True, "the locale")
    for key, value in flags.items():
        take(key, value, f"--{key.replace('_', '-')}")
    known = {key: value for key, value in chosen.items() if key in Settings.__struct_fields__}
    return Settings(**known), origin  # type: ignore[arg-type]


def without_unicode(environment: Mapping[str, str]) -> bool:
    """Return whether the locale says that the terminal shows no Unicode."""
    for variable in ("LC_ALL", "LC_CTYPE", "LANG"):
        value = environment.get(variable, "")
        if value:
            return "utf" not in value.lower()
    return False


def _read_file(path: Path) -> dict[str, object]:
    values = read_table(path)
    for key, value in values.items():
        if said := key_problem(key, value, path):
            raise ConfigError(said)
    return values


def read_table(path: Path) -> dict[str, object]:
    """Return what the file says, unchecked; empty without a file. Raises ConfigError if it cannot be read."""
    try:
        text = read_plain(path, LARGEST).decode()
    except FileNotFoundError:
        return {}
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is not UTF-8 text"
        raise ConfigError(f"cannot read {path}: {reason}") from None
    import tomllib

    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise ConfigError(f"{path} is not TOML: {error}") from None
    except RecursionError:
        raise ConfigError(f"cannot read {path}: it is nested too deeply") from None


def _shown(text: str, limit: int) -> str:
    """Return what the user wrote for a message: it may be a token in the wrong place."""
    from astro_tui.text.redaction import masked_line

    return masked_line(text, limit)


def key_problem(key: str, value: object, path: Path) -> str:
    """Return what is wrong with a key of the file, or nothing."""
    wanted = _FILE_KEYS.get(key)
    if wanted is None:
        return f"unknown key {_shown(key, 40)!r} in {path}; known keys: {', '.join(_FILE_KEYS)}"
    number = wanted is float and isinstance(value, int) and not isinstance(value, bool)
    if not isinstance(value, wanted) and not number:
        kind = {str: "text", float: "a number of seconds", bool: "true or false"}[wanted]
        return f"{key} in {path} must be {kind}"
    return ""


def problems(settings: Settings, origin: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    """Yield each setting that cannot work, and a sentence that names the place where its value comes from."""

    def source(key: str) -> str:
        return origin.get(key, key)

    for key, address, example, insecure in (
        ("server", settings.server, PRODUCTION, settings.allow_insecure),
        ("identity", settings.identity, IDENTITY, False),
    ):
        if said := _address_problem(address, example, insecure=insecure):
            yield key, f"{source(key)}: {said}"
    if "/" in settings.account:
        yield "account", f"{source('account')}: not an account name: {_shown(settings.account, 40)!r}"
    if not settings.client_id.isascii() or not settings.client_id.isprintable() or " " in settings.client_id:
        yield "client_id", f"{source('client_id')}: no client id: {_shown(settings.client_id, 40)!r}"
    if settings.theme not in THEMES:
        said = f"no theme {_shown(settings.theme, 40)!r}; there are {', '.join(THEMES)}"
        yield "theme", f"{source('theme')}: {said}"
    low, high = REFRESH_RANGE
    if not low <= settings.refresh <= high:
        yield "refresh", f"{source('refresh')}: must be between {low:g} and {high:g} seconds"
    if any(ord(char) < 33 or ord(char) > 126 for char in settings.token):
        yield "token", f"{source('token')} holds characters that no token has (a line break, a space?)"


def _address_problem(address: str, example: str, *, insecure: bool) -> str:
    """Return what is wrong with an address, or nothing; never a password that stands in it."""
    if "@" in address:
        return "put no user or password into the address"
    try:
        parts = urlsplit(address)
        host, _port = parts.hostname, parts.port
    except ValueError:
        return f"not an address: {_shown(address, 80)}"
    if parts.scheme not in ("http", "https") or not host or any(char.isspace() for char in address):
        return f"not an address such as {example}: {_shown(address, 80)}"
    if parts.scheme == "http" and host not in _LOOPBACK and not insecure:
        way_out = " or add --allow-insecure" if example == PRODUCTION else ""
        return f"plain http would send your token readably; use https{way_out}"
    return ""


def environment_without_token(environment: dict[str, str] | os._Environ[str]) -> None:
    """Take the token out of `environment`, so that no child process inherits it (platform.md §2.2)."""
    environment.pop("ASTRO_ACCESS_TOKEN", None)
