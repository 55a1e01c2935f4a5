"""The logs of several agents in one view: which agents match, their workloads, and what they are called."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor

from msgspec.structs import replace

from astro_tui.diagnosis.observe import cluster_of
from astro_tui.diagnosis.values import Workload
from astro_tui.errors import AstroError, ErrorKind, PlatformError
from astro_tui.logs.line import LogSource
from astro_tui.platform.client import Call
from astro_tui.platform.deployment_rows import Deployment
from astro_tui.presentation.agent_list import entries_of, find
from astro_tui.presentation.scope import scope_of
from astro_tui.session.agent import AT_ONCE, Agent, Agents
from astro_tui.session.scope import accounts_in, read_lists
from astro_tui.text.foreign import visible

JOIN_EVERY = 30.0
"""Seconds after which new agents, and workloads of agents that have changed, join."""


def sources_of(agent: Agent, *, containers: bool = False) -> tuple[LogSource, ...]:
    """Return the known workloads: those that need attention first, then the agent, then the rest.

    With `containers`, a workload with more than one container is listed before its containers.
    """
    sources = []
    for workload in sorted(cluster_of(agent.facts).workloads.values(), key=_order):
        sources.append(LogSource(agent.key, workload.name))
        if containers and len(workload.containers) > 1:
            sources += [LogSource(agent.key, workload.name, each.name) for each in workload.containers]
    return tuple(sources)


def _order(workload: Workload) -> tuple[bool, bool, bool, bool, str]:
    healthy = not workload.containers or workload.ready
    return (healthy, workload.component != "agent", workload.is_job, workload.is_collector, workload.name)


def read_sources(agent: Agent, call: Call) -> tuple[LogSource, ...]:
    """Request the record, and return its workloads (worker thread). Raises PlatformError."""
    agent.fetch("record", call)
    return sources_of(agent)


class LogSelection:
    """Finds what to follow: the workloads of the agents that `places` name, as pairs of an account and an agent.

    An agent is an id or a name. A scope without one stands for all agents of its accounts. The agents `at_hand` are
    not searched, so the first `read` requests no list. `find` returns the workloads of one.
    """

    def __init__(
        self,
        agents: Agents,
        places: Sequence[tuple[str, str]],
        at_hand: Sequence[Agent] = (),
        find: Callable[[Agent, Call], Sequence[LogSource]] = read_sources,
    ) -> None:
        self._agents, self._places, self._find = agents, places, find
        self._lock = threading.Lock()
        self._at_hand = bool(at_hand)
        self.agents: Sequence[Agent] = at_hand
        """The agents that matched the last time."""
        self.errors: Mapping[str, AstroError] = {}
        """Why an account or an agent could not be read the last time, by its name."""
        self.sources: dict[str, Sequence[LogSource]] = {}
        """The workloads of each agent, by its id."""
        self._rows: dict[str, Deployment] = {}
        self._names: dict[str, str] = {}

    def read(self, call: Call) -> tuple[LogSource, ...]:
        """Return the workloads of all agents that match now. Raises PlatformError if none could be read."""
        # A canceled read may still be running.
        with self._lock:
            return self._found(call)

    def _found(self, call: Call) -> tuple[LogSource, ...]:
        errors = dict[str, AstroError]()
        if not self._at_hand:
            self.agents = [*self._matching(call, errors)]
        self._at_hand = False
        self._name_all()
        changed = [agent for agent in self.agents if self._rows.get(agent.key) != agent.row]
        with ThreadPoolExecutor(AT_ONCE) as pool:
            for agent, error in zip(changed, pool.map(lambda agent: self._read(agent, call), changed), strict=True):
                if error is not None:
                    errors[agent.label] = error
        self.errors = errors
        sources = tuple(source for agent in self.agents for source in self.sources.get(agent.key, ()))
        failures = [error for error in errors.values() if isinstance(error, PlatformError)]
        if failures and not sources:
            raise failures[0]
        return sources

    def _matching(self, call: Call, errors: dict[str, AstroError]) -> Iterator[Agent]:
        """Yield the agents that match. Those of an account whose list cannot be read stay."""
        platform, wanted = self._agents.platform, dict[str, list[str]]()
        for place, agent in self._places:
            for account in (place,) if agent else accounts_in(scope_of(place), platform, call):
                wanted.setdefault(account, []).append(agent)
        lists = dict(read_lists(platform, wanted, call))
        for account, names in wanted.items():
            listed = lists[account]
            if isinstance(listed, PlatformError):
                errors[account] = listed
                yield from (agent for agent in self.agents if agent.account == account)
                continue
            entries = entries_of(listed.rows)
            matches = {name: entries if not name else find(entries, name) for name in names}
            for name in names:
                if name and not matches[name]:
                    said = f"{visible(account, 100)} has no agent named {visible(name, 100)}."
                    errors[f"{account}/{name}"] = PlatformError(ErrorKind.NOT_FOUND, said, request="GET /deployments")
            matching = {entry.key: entry for entries in matches.values() for entry in entries if entry.key}
            yield from (self._agents.of(account, entry) for entry in matching.values())

    def _name_all(self) -> None:
        """Give each new agent a name, and keep it, because lines on screen have it."""
        labels = Counter(agent.entry.label for agent in self.agents)
        for agent in self.agents:
            if agent.key not in self._names:
                short, whole = agent.entry.label, agent.label
                names = (short, whole) if labels[short] == 1 else (whole,)
                taken = self._names.values()
                self._names[agent.key] = next((name for name in names if name not in taken), f"{whole} {agent.key}")

    def _read(self, agent: Agent, call: Call) -> AstroError | None:
        """Find the workloads of an agent; return why that failed."""
        try:
            sources = self._find(agent, call)
        except AstroError as error:
            if isinstance(error, PlatformError) and error.kind is ErrorKind.CANCELED:
                raise
            return error
        self.sources[agent.key] = [replace(source, agent=self._names[agent.key]) for source in sources]
        self._rows[agent.key] = agent.row
        return None
