"""Watches the health of all agents of some accounts, for as long as the program runs, with few requests.

Each round reads the list of every account; of many accounts, those that may have changed (`ListTurns`). Agents that
changed are investigated, a few per round, so that a report has the cause; agents that seem fine are checked one by one,
within `SWEEP` unless there are many accounts. What the list on screen reads meanwhile is not requested again.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from astro_tui.errors import FINAL_KINDS, PlatformError
from astro_tui.platform.client import Call
from astro_tui.platform.deployment_rows import Deployment
from astro_tui.platform.rounds import Rounds
from astro_tui.presentation.agent_list import Entry, entries_of
from astro_tui.presentation.health import Health, HealthChange, HealthLog, contact_event, first_event, health_of
from astro_tui.presentation.verdicts import Verdicts, lacks_status
from astro_tui.session.agent import Agents
from astro_tui.session.scope import BESIDE_OTHERS, FEW, ListTurns

MOST_CHECKS = 15
"""The most agents that are checked in a round."""
MOST_CHECKS_OF_MANY = 2
"""The same for more accounts than are read in each round: in all, that makes at most 240 requests an hour."""
MOST_CHECKED_FIRST = 200
"""The same in the first round, which says what is wrong already."""
MOST_INVESTIGATED = 3
"""The most agents that are investigated in a round. If more changed, the list alone says what happened."""


_NEVER = datetime.min.replace(tzinfo=UTC)


def nothing_listed() -> Mapping[str, Sequence[Entry]]:
    """Return no agents: no list is on screen."""
    return {}


@dataclass
class HealthWatch:
    """Reports changes of health, in `rounds`. `changes` blocks; use it in one thread only.

    `say` is called with an event that is no change of health: the first look at accounts, and lost contact with them.
    `listed` returns the agents of all these accounts if the list on screen has just read them, and nothing otherwise.
    """

    agents: Agents
    accounts: Sequence[str]
    rounds: Rounds
    say: Callable[[Mapping[str, Any]], None]
    listed: Callable[[], Mapping[str, Sequence[Entry]]] = nothing_listed
    call: Call = field(default_factory=lambda: Call(background=True))

    def __post_init__(self) -> None:
        self._log, self._verdicts = HealthLog(), Verdicts()
        self._lists: dict[str, list[Entry]] = {}
        self._lost: Mapping[str, PlatformError] = {}
        self._turns, self._swept = ListTurns(), _NEVER

    def changes(self) -> Iterator[list[HealthChange]]:
        """Yield what changed in each round. Raises PlatformError like `round`, except for contact lost later."""
        return self.rounds.lasting(self.round, lambda _error: None)

    def round(self) -> list[HealthChange]:
        """Read everything once and return what changed.

        Raises PlatformError if the login ended, if no account could be read yet, or if contact with all is lost.
        """
        lost = self._read_lists()
        self._report_contact(lost)
        if lost and len(lost) == len(self.accounts):
            raise max(lost.values(), key=lambda error: error.retry_after or 0.0)
        self._forget_others()
        self._investigate()
        self._sweep()
        now = self.rounds.clock()
        if begun := {account: entries for account, entries in self._lists.items() if self._is_new(account)}:
            self.say(first_event(begun))
        return [
            change for account, entries in self._lists.items() for change in self._log.changes(account, entries, now)
        ]

    def _is_new(self, account: str) -> bool:
        return account not in self._log.accounts

    def _report_contact(self, lost: Mapping[str, PlatformError]) -> None:
        before, self._lost = self._lost, lost
        if newly := [account for account in lost if account not in before]:
            self.say(contact_event(newly, str(lost[newly[0]])))
        if back := [account for account in before if account not in lost]:
            self.say(contact_event(back, ""))

    def _read_lists(self) -> Mapping[str, PlatformError]:
        """Read the lists of this round, and return the accounts that cannot be read."""
        if listed := self.listed():
            made = {entry.key: _made(entry) for entries in self._lists.values() for entry in entries}
            for account, entries in listed.items():
                for entry in entries:
                    if entry.diagnosis is not None and _made(entry) > made.get(entry.key, _NEVER):
                        self._keep(entry)
                self._take(account, (entry.deployment for entry in entries))
            return {}
        try:
            lists = self._turns.read(self.agents.platform, self.accounts, self.call, at_once=BESIDE_OTHERS)
        except PlatformError as error:
            if error.kind in FINAL_KINDS or not self._lists:
                raise
            return dict.fromkeys(self.accounts, error)
        if self._turns.failed and not (lists or self._lists):
            raise next(iter(self._turns.failed.values()))
        for account, response in lists.items():
            self._take(account, response.rows)
        return self._turns.failed

    def _take(self, account: str, rows: Iterable[Deployment]) -> None:
        self._lists[account] = [self._verdicts.known(entry) for entry in entries_of(rows)]

    def _keep(self, entry: Entry) -> Entry:
        """Keep what an entry says in addition to its row, and return it as it is known now."""
        if entry.report is not None:
            self._verdicts.keep(entry, entry.report)
        return self._verdicts.conclude(entry, entry.diagnosis) if entry.diagnosis is not None else entry

    def _forget_others(self) -> None:
        """Keep nothing about agents that left: the program runs for days."""
        self._verdicts.keep_only({entry.key for entries in self._lists.values() for entry in entries})

    # ---- looking closer

    def _places(self, *wanted: Health) -> Iterator[tuple[str, int, Entry]]:
        """Yield the agents with one of these states, each with its account and its place in the list."""
        for account, entries in self._lists.items():
            for place, entry in enumerate(entries):
                if entry.key and health_of(entry) in wanted:
                    yield account, place, entry

    def _investigate(self) -> None:
        """Find out the causes of agents that are not fine, unless their rows are as when they were judged last."""
        wrong = [each for each in self._places(Health.BROKEN) if each[2].diagnosis is None]
        for number, (account, place, entry) in enumerate(wrong):
            if number < MOST_INVESTIGATED:
                self._look(account, place, fully=True)
            else:
                self._lists[account][place] = self._keep(self.agents.of(account, entry).by_the_list().entry)

    def _sweep(self) -> None:
        """Check some of the agents that seem fine, those first that were checked longest ago."""
        first = any(map(self._is_new, self._lists))
        # At first, also those whose rollout is stuck, and with all that their diagnosis needs: they are no news later.
        wanted = (Health.FINE, Health.DOUBTFUL, *([Health.MOVING] if first else []))
        calm = [
            each
            for each in self._places(*Health)
            if each[0] not in self._lost and (lacks_status(each[2]) or health_of(each[2]) in wanted)
        ]
        # The list on screen has checked the others since the last round.
        due = sorted((each for each in calm if _made(each[2]) <= self._swept), key=lambda each: _made(each[2]))
        most = MOST_CHECKS_OF_MANY if len(self.accounts) > FEW else MOST_CHECKS
        usual = min(most, self.rounds.share(len(calm))) - (len(calm) - len(due))
        investigated = 0
        for account, place, before in due[: MOST_CHECKED_FIRST if first else max(0, usual)]:
            self._look(account, place, fully=first and not lacks_status(before))
            new = health_of(before) is Health.FINE and health_of(self._lists[account][place]) is Health.DOUBTFUL
            if new and not first and investigated < MOST_INVESTIGATED:
                # For the cause: `/runtime` alone does not say what changed.
                investigated += 1
                self._look(account, place, fully=True)
        self._swept = self.agents.clock()

    def _look(self, account: str, place: int, *, fully: bool) -> None:
        """Read more about one agent, and keep its verdict."""
        entry = self._lists[account][place]
        agent = self.agents.of(account, entry)
        try:
            if fully:
                diagnosis = agent.investigate(self.call)
            else:
                name = "status" if lacks_status(entry) else "runtime"
                diagnosis = agent.add(**{name: agent.read(name, self.call)})
        except PlatformError as error:
            if error.kind in FINAL_KINDS:
                raise
            return
        self._lists[account][place] = self._keep(agent.concluded(diagnosis).entry)


def _made(entry: Entry) -> datetime:
    """Return when an agent was looked at; in the distant past if it was not, or if its row has changed since."""
    diagnosis = entry.diagnosis
    return (diagnosis.made or _NEVER) if diagnosis is not None else _NEVER
