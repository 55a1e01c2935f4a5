"""The names of the agents that were last listed, for completion in the shell. No secrets.

There is one small JSON file per server in the user's state folder. Reading it imports little and needs no models,
because a shell waits for it.
"""

from __future__ import annotations

import json
import re

from astro_tui.state.plain_files import read_plain, server_file

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

    from astro_tui.platform.deployment_rows import Deployment

    Folder = str | Path

VERSION = 1
LARGEST = 1_000_000
"""The most bytes in a file. Larger ones are ignored."""
MOST_ACCOUNTS = 100
MOST_AGENTS = 2000
_ORIGIN = re.compile(r"https://(?:[a-z0-9-]{1,63}\.)*[a-z0-9-]{1,63}")
"""Addresses that are origins already. A shell need not wait for the modules that parse other addresses."""
_NAME = re.compile(r"[a-z0-9](?:[a-z0-9.-]{0,61}[a-z0-9])?")
"""Names and ids that can be completed. Other strings could be anything, so they are not stored."""


def keep_names(server: str, folder: Folder, listed: Mapping[str, Iterable[Deployment]]) -> None:
    """Store the names of listed agents by account; other accounts keep theirs. Does nothing if the disk is full.

    An agent is stored by its blueprint's name, or by its id if other agents of the account have the same name.
    """
    from contextlib import suppress
    from pathlib import Path

    from astro_tui.state.files import replace_file

    path = _path(server, folder)
    before = agent_names(server, folder)
    known = {account: _words(agents) for account, agents in listed.items() if _NAME.fullmatch(account)}
    after = {**known, **{account: names for account, names in before.items() if account not in known}}
    after = dict(list(after.items())[:MOST_ACCOUNTS])
    data = json.dumps({"version": VERSION, "server": _origin(server), "accounts": after}).encode()
    if after != before and len(data) <= LARGEST:
        with suppress(OSError, ValueError):
            replace_file(Path(path), data)


def _words(agents: Iterable[Deployment]) -> list[str]:
    rows = list(agents)[:MOST_AGENTS]
    seen: dict[str, int] = {}
    for row in rows:
        seen[row.name] = seen.get(row.name, 0) + 1
    words = (row.name if seen[row.name] == 1 and _NAME.fullmatch(row.name) else row.id for row in rows)
    return sorted(word for word in words if _NAME.fullmatch(word))


def agent_names(server: str, folder: Folder) -> dict[str, list[str]]:
    """Return the agents last listed for each account; empty if the file is missing or damaged."""
    try:
        value = json.loads(read_plain(_path(server, folder), LARGEST))
    except (OSError, ValueError, RecursionError):
        return {}
    if not isinstance(value, dict) or (value.get("version"), value.get("server")) != (VERSION, _origin(server)):
        return {}
    accounts = value.get("accounts")
    if not isinstance(accounts, dict):
        return {}
    return {
        account: [name for name in names if isinstance(name, str) and _NAME.fullmatch(name)]
        for account, names in accounts.items()
        if _NAME.fullmatch(account) and isinstance(names, list)
    }


def account_names(server: str, folder: Folder) -> list[str]:
    """Return the accounts that are known from the platform or from a list, most recently used first."""
    path = f"{folder}/{server_file('accounts', _origin(server))}"
    try:
        value = json.loads(read_plain(path, LARGEST))
    except (OSError, ValueError, RecursionError):
        value = None
    found: list[object] = []
    if isinstance(value, dict) and value.get("server") == _origin(server):
        rows = value.get("accounts")
        found = [value.get("account"), value.get("previous")]
        found += [row.get("name") for row in rows if isinstance(row, dict)] if isinstance(rows, list) else []
    names = [name for name in found if isinstance(name, str) and _NAME.fullmatch(name)]
    return list(dict.fromkeys([*names, *agent_names(server, folder)]))


def _path(server: str, folder: Folder) -> str:
    return f"{folder}/{server_file('agents', _origin(server))}"


def _origin(server: str) -> str:
    if _ORIGIN.fullmatch(server):
        return server
    from astro_tui.platform.servers import Origin

    try:
        return str(Origin.of(server))
    except ValueError:
        return ""
