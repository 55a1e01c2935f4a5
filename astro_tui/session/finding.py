"""Searches the specs of many agents, with few requests. A search can be stopped and continued."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from operator import attrgetter

from msgspec import Struct
from msgspec.structs import replace

from astro_tui.errors import FINAL_KINDS, PlatformError, canceled
from astro_tui.platform.client import Call
from astro_tui.presentation.agent_list import entries_of
from astro_tui.presentation.finding import MOST, Coverage, FoundNode, Groups, Search, Specimen, found_in
from astro_tui.presentation.scope import Scope
from astro_tui.session.agent import AT_ONCE, Agent, Agents
from astro_tui.session.scope import accounts_in, read_lists
from astro_tui.session.spec_store import RunningSpec
from astro_tui.state.journal import journal_of_user
from astro_tui.text.times import counted

_TICK = 0.1


class Searched(Struct, frozen=True):
    """A searched agent, its `place` in the list, and the matches in its spec."""

    place: int
    found: Sequence[FoundNode] = ()


class Finder:
    """One search in the agents of a scope. It runs in one thread; any thread may read its results."""

    def __init__(self, agents: Agents, scope: Scope, search: Search) -> None:
        self.search, self.coverage = search, Coverage()
        self.matches = 0
        self._running = threading.Lock()
        self._agents, self._scope = agents, scope
        self._all: Sequence[Agent] | None = None
        self._left: dict[int, None] = {}
        self._kept: list[Searched] = []
        self._groups = Groups()

    @property
    def done(self) -> bool:
        """Whether no agent is left to search."""
        return self._all is not None and not self._left

    def agent(self, key: Sequence[str]) -> Agent | None:
        """Return the agent that the key of a row names; None for a group."""
        return next((each for each in self._all or () if [each.account, each.key] == list(key[:2])), None)

    @property
    def groups(self) -> list[FoundNode]:
        """The agents by the value at the path, the largest group first."""
        return self._groups.rows(self.search.expression.text)

    def rows(self) -> list[FoundNode]:
        """Return at most `MOST` matches in the order of the list, or groups, the largest first."""
        if self.search.differs:
            return self.groups[:MOST]
        return [row for agent in sorted(self._kept, key=attrgetter("place")) for row in agent.found][:MOST]

    def run(self, outer: Call) -> Iterator[Searched]:
        """Search the agents that are left, and yield each in the order of the responses.

        Raises PlatformError if the login has expired, if `outer` is canceled, or if the server cannot be reached; and
        SearchError if the expression takes too long. In each case, the same method continues later.
        """
        call, pool = Call(waiting=outer.waiting, background=outer.background), ThreadPoolExecutor(AT_ONCE)
        pending: dict[Future[RunningSpec], int] = {}
        try:
            # If the search was stopped and continues at once, the old run ends first.
            with outer.stopped_by(call.abort), self._running:
                every = self._all = self._all if self._all is not None else self._listed(call)
                back = journal_of_user().rolled_back(self._agents.platform.server)
                waiting = iter(list(self._left))
                while True:
                    # Only a few at a time, so that results do not pile up in memory.
                    while len(pending) < 2 * AT_ONCE and (place := next(waiting, None)) is not None:
                        pending[pool.submit(every[place].running, call, back)] = place
                    if not pending:
                        return
                    for done in wait(pending, _TICK, FIRST_COMPLETED).done:
                        yield self._taken(pending.pop(done), done, call)
        finally:
            call.abort()
            pool.shutdown(wait=False, cancel_futures=True)

    def _listed(self, call: Call) -> Sequence[Agent]:
        """Return the agents of all accounts, in the order of the accounts."""
        accounts = accounts_in(self._scope, self._agents.platform, call)
        read = dict(read_lists(self._agents.platform, accounts, call))
        lists = {account: rows for account, rows in read.items() if not isinstance(rows, PlatformError)}
        unlisted = {account: str(rows) for account, rows in read.items() if account not in lists}
        every = [
            self._agents.of(account, entry)
            for account in accounts
            if account in lists
            for entry in entries_of(lists[account].rows)
        ]
        odd = sum(rows.odd for rows in lists.values())
        self._left = dict.fromkeys(range(len(every)))
        self.coverage = Coverage(agents=len(every), unlisted=unlisted, odd=odd)
        return every

    def _taken(self, place: int, done: Future[RunningSpec], call: Call) -> Searched:
        """Search the spec of an agent."""
        agent, coverage = (self._all or ())[place], self.coverage
        nodes: Sequence[FoundNode] = ()
        try:
            spec = done.result()
        except PlatformError as error:
            if error.kind in FINAL_KINDS or error.offline:
                raise
            self.coverage = replace(coverage, unread={**coverage.unread, agent.label: str(error)})
        else:
            nodes = self._found(agent, spec, call)
            name = "rolled_back" if spec.rolled_back else "without_record" if spec.regenerated else "records"
            self.coverage = replace(coverage, **{name: getattr(coverage, name) + 1})
        del self._left[place]
        self.matches += len(nodes)
        if nodes and sum(len(one.found) for one in self._kept) < MOST:
            self._kept.append(Searched(place, nodes))
        return Searched(place, nodes)

    def _found(self, agent: Agent, spec: RunningSpec, call: Call) -> Sequence[FoundNode]:
        one = Specimen(agent.account, agent.entry.label, agent.key, spec.document)
        nodes = list(self.search.expression.nodes(spec.document, call.canceled.is_set))
        if call.canceled.is_set():
            raise canceled()
        if self.search.differs:
            self._groups.add(one, nodes, with_account=self._scope.several)
            return ()
        return tuple(found_in(one, nodes, with_account=self._scope.several))

    @property
    def words(self) -> str:
        """The totals: `17 matches in 480 of 500 agents`."""
        if self.search.differs:
            return f"{counted(self._groups.count, 'value')} {self.coverage.words}"
        return f"{self.matches:,} match{'' if self.matches == 1 else 'es'} {self.coverage.words}"
