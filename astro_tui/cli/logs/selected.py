"""The agents whose logs the command reads: one, several, or all of some accounts."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence

from astro_tui.cli.agents import found_agents
from astro_tui.cli.connection import CliConnection
from astro_tui.cli.logs.reading import SUCCESS, TROUBLE
from astro_tui.cli.logs.workloads import chosen_sources
from astro_tui.errors import ConfigError, PlatformError
from astro_tui.logs import LogSource
from astro_tui.platform.client import Call
from astro_tui.platform.rounds import Rounds
from astro_tui.presentation.scope import Scope, scope_of
from astro_tui.session.agent import Agent
from astro_tui.session.log_selection import JOIN_EVERY, LogSelection
from astro_tui.text.redaction import masked_line


class Selected:
    """Finds the `sources` to read. Raises ConfigError and PlatformError if there are none.

    `targets` are agents, or with `every`, accounts. `code` is the exit code: whether all could be read.
    """

    def __init__(
        self,
        connection: CliConnection,
        targets: Sequence[str],
        workloads: Sequence[str],
        container: str,
        *,
        every: bool,
    ) -> None:
        self._connection, self._workloads, self._container = connection, workloads, container
        self._said = set[str]()
        self.code = SUCCESS
        agents = [] if every else found_agents(connection, targets)
        if len(agents) == 1:
            self._selection = None
            self.sources: Sequence[LogSource] = self._find(agents[0])
            return
        places = [(agent.account, agent.key) for agent in agents]
        if every:
            places = [(str(_scope(targets) if targets else connection.scope), "")]
        find = self._find_quietly
        self._selection = LogSelection(connection.agents, places, agents, find)
        self.sources = self._selection.read(connection.call())
        self._say(self._selection)
        if not self.sources:
            raise ConfigError("none of these agents has a log")

    def _find(self, agent: Agent) -> Sequence[LogSource]:
        return chosen_sources(self._connection, agent, self._workloads, self._container)

    def _find_quietly(self, agent: Agent, call: Call) -> Sequence[LogSource]:
        return chosen_sources(self._connection.of_call(call), agent, self._workloads, self._container)

    def _say(self, selection: LogSelection) -> None:
        for name, error in selection.errors.items():
            said = f"{masked_line(name, 200)}: {error}" if isinstance(error, PlatformError) else str(error)
            if said not in self._said:
                self._said.add(said)
                self._connection.note(said)
            self.code = TROUBLE

    def later(self) -> Iterator[Sequence[LogSource]]:
        """Yield all sources again and again, with those of agents that were deployed later."""
        selection = self._selection
        if selection is None:
            return
        rounds, call = Rounds(JOIN_EVERY), Call(background=True)
        time.sleep(JOIN_EVERY)
        for sources in rounds.each(lambda: selection.read(call), lambda _error: None):
            self._say(selection)
            yield sources


def _scope(targets: Sequence[str]) -> Scope:
    for target in targets:
        if "/" in target.strip("/"):
            raise ConfigError(f"--all takes accounts, not agents such as {masked_line(target, 100)}")
    return scope_of(*targets)
