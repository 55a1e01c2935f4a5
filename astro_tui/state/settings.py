"""Settings. Flags override the environment, which overrides the configuration file, which overrides the defaults."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from enum import StrEnum
from pathlib import Path
from typing import Any, NamedTuple

from msgspec import Struct
from platformdirs import user_config_path

from astro_tui.errors import ConfigError
from astro_tui.platform import PRODUCTION, SHORTEST_TOKEN
from astro_tui.platform.servers import server_origin
from astro_tui.runtime import SERVED
from astro_tui.state.key_map import key_problems
from astro_tui.state.plain_files import LARGEST_CONFIG, read_plain
from astro_tui.text.masked import masked_line
from astro_tui.text.nearest import did_you_mean

IDENTITY = "https://api.workos.com"
"""Origin of the platform's identity provider (platform.md §2.3)."""
CLIENT_ID = "client_01K1VMRDRQ94MV98D9ANFVT7H2"
"""The platform's public client at the identity provider. It has no client secret (platform.md §2.3)."""
THEMES = ("dark", "light", "contrast", "terminal")
COLUMNS = ("status", "agent", "account", "blueprint", "build", "ready", "age", "why", "requests", "tokens", "cost")
"""The columns of the agent list, in their usual order. The last three are of 30 days, and shown only if chosen."""
_DEEPEST = 20
"""The most levels of tables and lists that are read."""
METHODS = ("off", "bell", "osc9", "osc777", "command")
"""How to tell the user that the health of an agent changed."""
REFRESH_RANGE = (2.0, 86_400.0)


class SourceKind(StrEnum):
    """What kind of place a setting comes from."""

    FLAG = "flag"
    ENVIRONMENT = "environment"
    FILE = "file"
    LOCALE = "locale"


class SettingSource(NamedTuple):
    """Where a setting comes from. `name` is for messages: `--theme`, `ASTRO_ACCOUNT`, `theme in …/config.toml`."""

    kind: SourceKind
    name: str


class Settings(Struct, frozen=True):
    """The settings of one run.

    `refresh` is in seconds. `agent` and `account` come from the command line or are empty, and so does `address`: a
    place in an agent, or another screen. With `fresh`, nothing that the last run left is restored. `identity` is the
    origin of the identity provider, and `client_id` this program's id there. No repr of this object contains the token.
    Actions are off unless they are armed or `write` is set; with `read_only` they stay off. `protected` names
    accounts. `columns` are those of the agent list, in their order; without any, the width decides. `keys` has the
    user's own keys by the id of their action, as the user wrote them. `notify` has a `method`, one of `METHODS`, and a
    `command`, a list of arguments. `find` has saved searches by their names.
    """

    server: str = PRODUCTION
    account: str = ""
    agent: str = ""
    address: str = ""
    refresh: float = 60.0
    theme: str = "dark"
    ascii: bool = False
    allow_insecure: bool = False
    demo: bool = False
    fresh: bool = False
    identity: str = IDENTITY
    client_id: str = CLIENT_ID
    token: str = ""
    write: bool = False
    read_only: bool = False
    protected: tuple[str, ...] = ()
    columns: tuple[str, ...] = ()
    keys: Mapping[str, str] = {}
    notify: Mapping[str, Any] = {}
    find: Mapping[str, str] = {}

    def __repr__(self) -> str:
        return f"<Settings {self.server}>"


FILE_KEYS: dict[str, type] = {
    "server": str,
    "identity": str,
    "client_id": str,
    "account": str,
    "refresh": float,
    "theme": str,
    "ascii": bool,
    "allow_insecure": bool,
    "read_only": bool,
    "protected": list,
    "columns": list,
    "keys": dict,
    "notify": dict,
    "find": dict,
}
"""Key in the configuration file → the type of its value."""
_KINDS = {
    str: "text",
    float: "a number of seconds",
    bool: "true or false",
    list: "a list of names",
    dict: 'a table of actions and keys, such as picker.filter = "f"',
}
_TABLES = {
    "notify": 'a table with method = "bell" or command = ["program", "argument"]',
    "find": 'a table of names and searches, such as images = "--differs .agent.image"',
}
ENVIRONMENT = {
    "ASTRO_SERVER_URL": "server",
    "ASTRO_ACCOUNT": "account",
    "ASTRO_ACCESS_TOKEN": "token",
    "ASTRO_IDENTITY_URL": "identity",
    "ASTRO_CLIENT_ID": "client_id",
}
"""Environment variable → the setting that it sets."""


def config_path() -> Path:
    """Return the path of the user's configuration file, which need not exist."""
    return user_config_path("astro-tui") / "config.toml"


def load(flags: Mapping[str, object], environment: Mapping[str, str], path: Path | None = None) -> Settings:
    """Return the settings of this run.

    `flags` contains only the settings given on the command line. Raises ConfigError for an invalid setting, naming
    where it comes from.
    """
    path = path or config_path()
    settings, sources = gathered(flags, environment, _read_file(path), path)
    for _key, problem in problems(settings, sources):
        raise ConfigError(problem)
    return settings


def gathered(
    flags: Mapping[str, object], environment: Mapping[str, str], file: Mapping[str, object], path: Path
) -> tuple[Settings, dict[str, SettingSource]]:
    """Return the settings of this run, unchecked, and the sources of those that are not defaults."""
    chosen: dict[str, object] = {}
    sources: dict[str, SettingSource] = {}

    def take(key: str, value: object, kind: SourceKind, name: str) -> None:
        chosen[key] = value
        sources[key] = SettingSource(kind, name)

    for key, value in file.items():
        flat = tuple(value) if isinstance(value, list) else _flat(value) if isinstance(value, dict) else value
        if key == "protected" and isinstance(flat, tuple):
            flat = tuple(map(account_key, flat))
        take(key, flat, SourceKind.FILE, f"{key} in {path}")
    for variable, key in ENVIRONMENT.items():
        if environment.get(variable, "").strip():
            take(key, environment[variable].strip(), SourceKind.ENVIRONMENT, variable)
    if "ascii" not in flags and without_unicode(environment):
        take("ascii", True, SourceKind.LOCALE, "the locale")
    if environment.get(SERVED, "write") != "write":
        take("read_only", True, SourceKind.ENVIRONMENT, SERVED)
    for key, value in flags.items():
        take(key, value, SourceKind.FLAG, f"--{key.replace('_', '-')}")
    settings = {key: value for key, value in chosen.items() if key in Settings.__struct_fields__}
    return Settings(**settings), sources  # type: ignore[arg-type]


def account_key(name: str) -> str:
    """Return the name of an account as it is compared: without blanks around it, in lower case."""
    return name.strip().casefold()


def without_unicode(environment: Mapping[str, str]) -> bool:
    """Return whether the locale says that the terminal does not support Unicode."""
    for variable in ("LC_ALL", "LC_CTYPE", "LANG"):
        value = environment.get(variable, "")
        if value:
            return "utf" not in value.lower()
    return False


def _read_file(path: Path) -> dict[str, object]:
    values = read_table(path)
    for key, value in values.items():
        if problem := key_problem(key, value, path):
            raise ConfigError(problem)
    return values


def read_table(path: Path) -> dict[str, object]:
    """Return the keys of the file, unchecked; empty if there is no file. Raises ConfigError if it is unreadable."""
    try:
        text = read_plain(path, LARGEST_CONFIG).decode()
    except FileNotFoundError:
        return {}
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is not UTF-8 text"
        raise ConfigError(f"cannot read {path}: {reason}") from None
    import tomllib

    try:
        values = tomllib.loads(text)
        deep = _is_deeper(values, _DEEPEST)
    except tomllib.TOMLDecodeError as error:
        raise ConfigError(f"{path} is not valid TOML: {error}") from None
    except ValueError:
        # Python refuses to parse a number with thousands of digits.
        reason = "a number in it is too long; no setting needs more than 5 digits"
        raise ConfigError(f"cannot read {path}: {reason}") from None
    except RecursionError:
        deep = True
    if deep:
        raise ConfigError(f"cannot read {path}: it is nested too deeply; no setting needs more than {_DEEPEST} levels")
    return values


def _is_deeper(value: object, levels: int) -> bool:
    """Return whether a value has more than `levels` levels of tables and lists. Each dot in a key adds one."""
    inside = value.values() if isinstance(value, dict) else value if isinstance(value, list) else None
    return inside is not None and (levels == 0 or any(_is_deeper(each, levels - 1) for each in inside))


def _flat(table: Mapping[str, object]) -> dict[str, Any]:
    """Return a table with nested tables flattened to dotted keys: TOML reads `a.b = "x"` as a nested table."""
    flat: dict[str, Any] = {}
    for key, value in table.items():
        if isinstance(value, dict):
            flat |= {f"{key}.{name}": inner for name, inner in _flat(value).items()}
        else:
            flat[key] = value
    return flat


def _shown(text: str, limit: int) -> str:
    """Return the user's text for a message, masked because it may be a token in the wrong place."""
    return masked_line(text, limit)


def key_problem(key: str, value: object, path: Path) -> str:
    """Return what is wrong with a key of the file, or an empty string."""
    wanted = FILE_KEYS.get(key)
    if wanted is None:
        guess = did_you_mean(key, FILE_KEYS) or f"; known keys: {', '.join(FILE_KEYS)}"
        return f"unknown key {_shown(key, 40)!r} in {path}{guess}"
    # An integer in hexadecimal notation can have more decimal digits than Python prints.
    number = wanted is float and type(value) is int and abs(value) < 1 << 63
    texts = value if isinstance(value, list) else _texts(value) if isinstance(value, dict) else ()
    if (not isinstance(value, wanted) and not number) or not all(isinstance(each, str) for each in texts):
        return f"{key} in {path} must be {_TABLES.get(key) or _KINDS[wanted]}"
    return ""


def _texts(table: Mapping[str, object]) -> Iterator[object]:
    """Yield the values of a table that must be texts: those in lists, too."""
    for value in _flat(table).values():
        yield from value if isinstance(value, list) else [value]


def problems(settings: Settings, sources: Mapping[str, SettingSource]) -> Iterator[tuple[str, str]]:
    """Yield each invalid setting with a message that names where its value comes from."""

    def source(key: str) -> str:
        return sources[key].name if key in sources else key

    try:
        server_origin(settings.server, allow_insecure=settings.allow_insecure, override="--allow-insecure")
    except ConfigError as error:
        yield "server", f"{source('server')}: {error}"
    try:
        server_origin(settings.identity, allow_insecure=False, example=IDENTITY)
    except ConfigError as error:
        yield "identity", f"{source('identity')}: {error}"
    if "/" in settings.account:
        yield "account", f"{source('account')}: not an account name: {_shown(settings.account, 40)!r}"
    if not settings.client_id.isascii() or not settings.client_id.isprintable() or " " in settings.client_id:
        yield "client_id", f"{source('client_id')}: not a client id: {_shown(settings.client_id, 40)!r}"
    if settings.theme not in THEMES:
        guess = did_you_mean(settings.theme, THEMES) or f"; choose from {', '.join(THEMES)}"
        problem = f"unknown theme {_shown(settings.theme, 40)!r}{guess}"
        yield "theme", f"{source('theme')}: {problem}"
    low, high = REFRESH_RANGE
    if not low <= settings.refresh <= high:
        yield "refresh", f"{source('refresh')}: must be between {low:g} and {high:g} seconds"
    if settings.columns and (problem := _columns_problem(settings.columns)):
        yield "columns", f"{source('columns')}: {problem}"
    if settings.keys:
        for name, problem in key_problems(settings.keys):
            yield f"keys.{name}", f"{source('keys')}: {problem}"
    if problem := notify_problem(settings.notify):
        yield "notify", f"{source('notify')}: {problem}"
    if settings.write and settings.read_only:
        yield "write", f"{source('write')}: {source('read_only')} is true, so nothing can be changed"
    if any(ord(char) < 33 or ord(char) > 126 for char in settings.token):
        yield "token", f"{source('token')} contains invalid characters (a line break or a space?)"
    elif 0 < len(settings.token) < SHORTEST_TOKEN:
        problem = f"is too short to be a token, which has {SHORTEST_TOKEN} characters or more"
        yield "token", f"{source('token')} {problem}; set it to the whole token, or unset it"


def notify_problem(table: Mapping[str, Any]) -> str:
    """Return what is wrong with the table `[notify]`, or an empty string."""
    if unknown := next((name for name in table if name not in ("method", "command")), ""):
        return f"unknown key {_shown(unknown, 40)!r}{did_you_mean(unknown, ('method', 'command'))}"
    method, command = table.get("method", ""), table.get("command", [])
    if not isinstance(command, list | tuple):
        return 'command must be a list of arguments, such as ["notify-send", "astro-tui"]; no shell runs it'
    if method and method not in METHODS:
        guess = did_you_mean(str(method), METHODS) or f"; choose from {', '.join(METHODS)}"
        return f"unknown method {_shown(str(method), 40)!r}{guess}"
    return 'the method "command" needs a command' if method == "command" and not command else ""


def _columns_problem(columns: Sequence[str]) -> str:
    for place, name in enumerate(columns):
        if name not in COLUMNS:
            guess = did_you_mean(name, COLUMNS) or f"; choose from {', '.join(COLUMNS)}"
            return f"unknown column {_shown(name, 40)!r}{guess}"
        if name in columns[:place]:
            return f"{name} is listed twice"
    return "" if "agent" in columns else "the agent column is required: it names the rows"


def shown_value(settings: Settings, key: str) -> str:
    """Return the value of a setting in words, complete and untrusted. For the token, return only whether it is set."""
    value = getattr(settings, key)
    if key == "token":
        return "set (hidden)" if value else "not set"
    if isinstance(value, bool):
        return "on" if value else "off"
    if isinstance(value, tuple):
        return ", ".join(value)
    if isinstance(value, Mapping):
        return ", ".join(f"{name} = {text}" for name, text in value.items())
    return f"{value:g}" if isinstance(value, float) else str(value)


def remove_token(environment: dict[str, str] | os._Environ[str]) -> None:
    """Remove the token from `environment`, so that no child process inherits it (platform.md §2.2)."""
    environment.pop("ASTRO_ACCESS_TOKEN", None)
