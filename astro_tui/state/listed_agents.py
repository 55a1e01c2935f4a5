"""Stores the names of the agents that were last listed, for completion in the shell. No secrets."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from itertools import islice
from pathlib import Path

import msgspec

from astro_tui.platform.deployment_rows import Deployment
from astro_tui.state.agent_names import NAME
from astro_tui.state.state_file import Report, StateFile

MOST_ACCOUNTS = 100
MOST_AGENTS = 2000


class _Agents(msgspec.Struct):
    accounts: dict[str, list[str]]


msgspec.json.Decoder(_Agents)


def keep_names(server: str, folder: Path, listed: Mapping[str, Iterable[Deployment]], report: Report) -> None:
    """Store the names of listed agents by account, for completion in the shell; other accounts keep theirs.

    An agent is stored by its blueprint's name, or by its id if other agents of the account have the same name. `report`
    gets a sentence if the file is damaged.
    """
    names = {account: _words(agents) for account, agents in listed.items() if NAME.fullmatch(account)}

    def with_others(old: _Agents | None) -> _Agents:
        others = old.accounts if old is not None else {}
        return _Agents(dict(islice((names | (others | names)).items(), MOST_ACCOUNTS)))

    what = "The saved list of agents"
    StateFile("agents", _Agents, server, folder, report, what=what).update(with_others)


def _words(agents: Iterable[Deployment]) -> list[str]:
    rows = list(islice(agents, MOST_AGENTS))
    seen = Counter(row.name for row in rows)
    words = (row.name if seen[row.name] == 1 and NAME.fullmatch(row.name) else row.id for row in rows)
    return sorted(word for word in words if NAME.fullmatch(word))
