"""Watches the health of all agents of some accounts, for as long as the program runs, with few requests.

Each round reads the list of every account; of many accounts, those that may have changed (`Turns`). Agents that changed
are investigated, a few per round, so that a report has the cause; agents that seem fine are checked one by one, within
`SWEEP` unless there are many accounts.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from math import ceil
from typing import Any

from astro_tui.errors import ErrorKind, PlatformError
from astro_tui.platform.client import Call
from astro_tui.platform.rounds import SWEEP, Rounds
from astro_tui.presentation.agent_list import Entry, entries_of, with_report
from astro_tui.presentation.health import Health, HealthChange, HealthLog, contact_event, first_event, health_of
from astro_tui.presentation.verdicts import Verdicts, lacks_status, signature_of
from astro_tui.session.agent import Agents
from astro_tui.session.scope import BESIDE_OTHERS, FEW, Turns

MOST_CHECKS = 15
"""The most agents that are checked in a round."""
MOST_CHECKS_OF_MANY = 2
"""The same for more accounts than are read in each round: in all, that makes at most 240 requests an hour."""
MOST_CHECKED_FIRST = 200
"""The same in the first round, which says what is wrong already."""
_FINAL = (ErrorKind.SIGNED_OUT, ErrorKind.CANCELED)
MOST_INVESTIGATED = 3
"""The most agents that are investigated in a round. If more changed, the list alone says what happened."""


@dataclass
class HealthWatch:
    """Reports changes of health, in `rounds`. `changes` blocks; use it in one thread only.

    `say` is called with an event that is no change of health: the first look at accounts, and lost contact with them.
    """

    agents: Agents
    accounts: Sequence[str]
    rounds: Rounds
    say: Callable[[Mapping[str, Any]], None]
    call: Call = field(default_factory=lambda: Call(background=True))

    def __post_init__(self) -> None:
        self._log, self._verdicts = HealthLog(), Verdicts()
        self._lists: dict[str, list[Entry]] = {}
        self._signatures: dict[str, tuple[str, ...]] = {}
        self._checked: dict[str, float] = {}
        self._lost: dict[str, PlatformError] = {}
        self._turns, self._offline = Turns(), False

    def changes(self) -> Iterator[list[HealthChange]]:
        """Yield what changed in each round. Raises PlatformError like `round`, except for lost contact."""

        def failed(error: PlatformError) -> None:
            if error.kind in _FINAL or not self._lost:
                raise error

        return self.rounds.each(self.round, failed)

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

    def _report_contact(self, lost: dict[str, PlatformError]) -> None:
        before, self._lost = self._lost, lost
        if newly := [account for account in lost if account not in before]:
            self.say(contact_event(newly, str(lost[newly[0]])))
        if back := [account for account in before if account not in lost]:
            self.say(contact_event(back, ""))

    def _read_lists(self) -> dict[str, PlatformError]:
        """Read the lists of this round, and return the accounts that cannot be read."""
        before = {} if self._offline else self._lost
        try:
            lists, failed = self._turns.read(self.agents.platform, self.accounts, self.call, at_once=BESIDE_OTHERS)
            self._offline = False
        except PlatformError as error:
            if error.kind in _FINAL or not self._lists:
                raise
            self._offline = True
            return dict.fromkeys(self.accounts, error)
        if failed and not (lists or self._lists):
            raise next(iter(failed.values()))
        for account, found in lists.items():
            self._lists[account] = [self._verdicts.known(entry) for entry in entries_of(found.rows)]
        still = {account: error for account, error in before.items() if account not in lists}
        return {**still, **failed}

    def _forget_others(self) -> None:
        """Keep nothing about agents that left: the program runs for days."""
        present = {entry.key for entries in self._lists.values() for entry in entries}
        for known in (self._signatures, self._checked):
            for key in known.keys() - present:
                del known[key]
        self._verdicts.keep_only(present)

    # ---- looking closer

    def _investigate(self) -> None:
        """Find out the causes of the agents that changed since they were last looked at, and are not fine."""
        changed = [
            (account, place)
            for account, entries in self._lists.items()
            for place, entry in enumerate(entries)
            if entry.key and self._signatures.get(entry.key) != signature_of(entry)
        ]
        wrong = [
            each for each in changed if health_of(self._lists[each[0]][each[1]]) in (Health.BROKEN, Health.DOUBTFUL)
        ]
        for account, place in wrong[:MOST_INVESTIGATED]:
            self._look(account, place, fully=True)
        for account, place in changed:
            entry = self._lists[account][place]
            self._signatures[entry.key] = signature_of(entry)

    def _sweep(self) -> None:
        """Check some of the agents that seem fine, those first that were checked longest ago."""
        now, first = self.rounds.clock(), any(map(self._is_new, self._lists))
        # At first, also those whose rollout is stuck, and with all that their diagnosis needs: they are no news later.
        wanted = (Health.FINE, Health.DOUBTFUL, *([Health.MOVING] if first else []))
        calm = [
            (account, place)
            for account, entries in self._lists.items()
            for place, entry in enumerate(entries)
            if entry.key and account not in self._lost
            if lacks_status(entry) or health_of(entry) in wanted
        ]
        most = MOST_CHECKS_OF_MANY if len(self.accounts) > FEW else MOST_CHECKS
        number = MOST_CHECKED_FIRST if first else min(most, ceil(len(calm) * self.rounds.usual / SWEEP))
        calm.sort(key=lambda each: self._checked.get(self._lists[each[0]][each[1]].key, float("-inf")))
        investigated = 0
        for account, place in calm[:number]:
            before = self._lists[account][place]
            self._checked[before.key] = now
            self._look(account, place, fully=first and not lacks_status(before))
            new = health_of(before) is Health.FINE and health_of(self._lists[account][place]) is Health.DOUBTFUL
            if new and not first and investigated < MOST_INVESTIGATED:
                # For the cause: `/runtime` alone does not say what changed.
                investigated += 1
                self._look(account, place, fully=True)

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
            if error.kind in _FINAL:
                raise
            return
        report = agent.report
        if report is not None:
            entry = self._verdicts.keep(with_report(entry, report), report)
        self._lists[account][place] = self._verdicts.conclude(entry, diagnosis)
