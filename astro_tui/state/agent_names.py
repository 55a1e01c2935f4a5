"""The names of the agents that were last listed, for completion in the shell. No secrets.

Reading them imports little, because a shell waits for it.
"""

from __future__ import annotations

import json
import re

from astro_tui.state.plain_files import read_plain, server_file

LARGEST = 1_000_000
"""The most bytes in a file. Larger ones are ignored."""
_ORIGIN = re.compile(r"https://(?:[a-z0-9-]{1,63}\.)*[a-z0-9-]{1,63}")
"""Addresses that are origins already. A shell need not wait for the modules that parse other addresses."""
NAME = re.compile(r"[a-z0-9](?:[a-z0-9.-]{0,61}[a-z0-9])?")
"""Names and ids that can be completed. Other strings could be anything, so they are not stored."""


def agent_names(server: str, folder: object) -> dict[str, list[str]]:
    """Return the agents last listed for each account; empty if the file is missing or damaged."""
    accounts = _members("agents", server, folder).get("accounts")
    if not isinstance(accounts, dict):
        return {}
    return {
        account: [name for name in names if isinstance(name, str) and NAME.fullmatch(name)]
        for account, names in accounts.items()
        if NAME.fullmatch(account) and isinstance(names, list)
    }


def account_names(server: str, folder: object) -> list[str]:
    """Return the accounts that are known from the platform or from a list, most recently used first."""
    value = _members("accounts", server, folder)
    rows = value.get("accounts")
    candidates = [value.get("account"), value.get("previous")]
    candidates += [row.get("name") for row in rows if isinstance(row, dict)] if isinstance(rows, list) else []
    names = [name for name in candidates if isinstance(name, str) and NAME.fullmatch(name)]
    return list(dict.fromkeys([*names, *agent_names(server, folder)]))


def _members(kind: str, server: str, folder: object) -> dict[str, object]:
    """Return the members of a state file (`state_file.py`), whose module takes long to import."""
    origin = _origin(server)
    try:
        value = json.loads(read_plain(f"{folder}/{server_file(kind, origin)}", LARGEST))
    except (OSError, ValueError, RecursionError):
        return {}
    return value if isinstance(value, dict) and value.get("server") == origin else {}


def _origin(server: str) -> str:
    if _ORIGIN.fullmatch(server):
        return server
    from astro_tui.platform.servers import Origin

    try:
        return str(Origin.of(server))
    except ValueError:
        return ""
