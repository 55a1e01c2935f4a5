"""What counts as a change of an agent: of its health, told once, without flapping, or of its row. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import IntEnum
from typing import Any

from astro_tui.diagnosis import Kind
from astro_tui.presentation.agent_list import Entry, ordered, why
from astro_tui.presentation.status import LOADING, TROUBLE, Severity
from astro_tui.presentation.verdicts import unknown
from astro_tui.text.foreign import visible
from astro_tui.text.redaction import masked_line
from astro_tui.text.times import counted, joined, rfc3339

COOLDOWN = 300.0
"""Seconds after a report in which an agent is reported again only if it gets worse."""
MOST_NAMED = 4
"""The most agents that a message about several names."""
MOST_NAMED_FIRST = 12
"""The same for the first message, which names what is wrong already."""
LONGEST_BRIEF = 100
"""The most characters of a notification: a desktop or a phone shows no more."""
_LONGEST = 300


class Health(IntEnum):
    """How an agent does, from good to bad. `UNKNOWN` changes nothing."""

    UNKNOWN = 0
    FINE = 1
    DOUBTFUL = 2
    """The platform says active, and something is wrong."""
    BROKEN = 3
    MOVING = 4
    """A rollout is under way. How it ends is reported, not that it began."""


@dataclass(frozen=True, slots=True)
class HealthChange:
    """What became of one agent. `event` is one of `_VERBS`.

    `found` is for one that may have been broken before: it was not checked until now.
    """

    event: str
    account: str
    key: str
    name: str
    sentence: str
    headline: str = ""
    """The cause in a few words."""
    stopped: bool = False
    """Whether billing has stopped it, like all others of the account."""

    @property
    def brief(self) -> str:
        """The change as a notification: first the cause, which is cut if there is not enough room."""
        said = f"{visible(self.name, LONGEST_BRIEF // 2)} {_VERBS[self.event][0].partition(',')[0]}."
        cause = self.headline.rstrip(".")
        return f"{visible(cause, LONGEST_BRIEF - len(said) - 2)}. {said}" if cause else said

    @property
    def text(self) -> str:
        """The change as one sentence, with the cause."""
        verb = _VERBS[self.event][0]
        return f"{self.account}/{self.name} {verb}{f': {self.sentence}' if self.sentence else '.'}"

    def as_json(self) -> dict[str, Any]:
        """Return the change as an object for programs."""
        facts = {"event": self.event, "account": self.account, "id": self.key, "name": self.name}
        return {**facts, "sentence": self.sentence}


_VERBS = {
    "broken": ("broke", "broke"),
    "doubtful": ("looks fine but is not", "look fine but are not"),
    "found": ("has a problem, as its first check shows", "have a problem, as their first checks show"),
    "recovered": ("recovered", "recovered"),
    "rollout done": ("finished its rollout", "finished their rollouts"),
    "rollout failed": ("failed its rollout", "failed their rollouts"),
}


@dataclass(slots=True)
class _Known:
    reported: Health
    checked: bool
    """Whether it is known to look fine only if it is."""
    moving: bool = False
    at: float = float("-inf")


class HealthLog:
    """Remembers what was reported about each agent. The first look at an account reports nothing."""

    def __init__(self, cooldown: float = COOLDOWN) -> None:
        self._cooldown = cooldown
        self._known: dict[tuple[str, str], _Known] = {}
        self.accounts: set[str] = set()
        """The accounts that were looked at: an agent that appears in one of them is new."""

    def changes(self, account: str, entries: Iterable[Entry], now: float) -> list[HealthChange]:
        """Return what to report about an account's agents at a monotonic time in seconds.

        Agents that left the list are forgotten.
        """
        entries = [entry for entry in entries if entry.key]
        present = {(account, entry.key) for entry in entries}
        for gone in [key for key in self._known if key[0] == account and key not in present]:
            del self._known[gone]
        result = [change for entry in entries if (change := self._change(account, entry, now)) is not None]
        self.accounts.add(account)
        return result

    def _change(self, account: str, entry: Entry, now: float) -> HealthChange | None:
        health = health_of(entry)
        last = self._known.get((account, entry.key))
        if last is None:
            new = account in self.accounts
            last = self._known[account, entry.key] = _Known(Health.FINE if new else Health.UNKNOWN, checked=new)
        if health is Health.UNKNOWN:
            return None
        if last.reported is Health.UNKNOWN:
            last.reported = Health.FINE if health is Health.MOVING else health
        checked, last.checked = last.checked, last.checked or health is not Health.FINE or entry.checked
        if health is Health.MOVING:
            last.moving = True
            return None
        moved, before = last.moving, last.reported
        if health <= before and (now - last.at < self._cooldown or (health is before and not moved)):
            return None
        last.moving, last.reported, last.at = False, health, now
        if health is Health.DOUBTFUL and not checked:
            return _change_to("found", account, entry)
        return _reported(account, entry, health, before, moved=moved)


def _reported(account: str, entry: Entry, health: Health, before: Health, *, moved: bool) -> HealthChange:
    if health is Health.FINE:
        event = "rollout done" if moved and before is Health.FINE else "recovered"
    elif health is Health.DOUBTFUL:
        event = "doubtful"
    else:
        event = "rollout failed" if moved else "broken"
    return _change_to(event, account, entry)


def _change_to(event: str, account: str, entry: Entry) -> HealthChange:
    fine = health_of(entry) is Health.FINE
    sentence, headline = ("", "") if fine else (_sentence(entry), masked_line(why(entry, brief=True)[0], _LONGEST))
    stopped = entry.diagnosis is not None and entry.diagnosis.kind is Kind.BILLING
    names = masked_line(account, 100), entry.key, masked_line(entry.label, 100)
    return HealthChange(event, *names, sentence, headline, stopped)


def _sentence(entry: Entry) -> str:
    said = entry.diagnosis.sentence if entry.diagnosis is not None else why(entry)[0]
    return masked_line(said, _LONGEST)


def health_of(entry: Entry) -> Health:
    """Return how an agent does, as the list shows it."""
    status, diagnosis = entry.status, entry.diagnosis
    if status is LOADING or unknown(entry):
        return Health.UNKNOWN
    if status.label.endswith(TROUBLE):
        return Health.DOUBTFUL
    if status.moving:
        return Health.MOVING
    if status.severity is Severity.ERROR:
        return Health.BROKEN
    explained = diagnosis is not None and not diagnosis.fine and not diagnosis.unknown
    return Health.BROKEN if explained and status.severity is Severity.WARN else Health.FINE


def contact_event(accounts: Sequence[str], problem: str) -> dict[str, Any]:
    """Return what to report when contact with some accounts is lost, or is back if there is no problem."""
    names = joined([masked_line(account, 100) for account in accounts])
    if problem:
        return _event("contact lost", f"Lost contact with {names}: {problem}")
    return _event("contact back", f"Contact with {names} is back.")


def first_event(lists: Mapping[str, Sequence[Entry]]) -> dict[str, Any]:
    """Return what to say about accounts that are watched from now on: which agents have a problem already."""
    wrong = [
        _change_to("found", account, entry)
        for account, entries in lists.items()
        for entry in ordered(entries, "attention")
        if health_of(entry) in (Health.BROKEN, Health.DOUBTFUL)
    ]
    number = f"{len(wrong)} {'has' if len(wrong) == 1 else 'have'} a problem: {_names(wrong, MOST_NAMED_FIRST)}"
    watched = counted(sum(map(len, lists.values())), "agent")
    unchecked = sum(_is_unchecked(entry) for entries in lists.values() for entry in entries)
    rest = f"; {unchecked:,} not known" if unchecked else ""
    # Billing stops all agents of an account for one reason.
    stops = {change.account: f" {change.account}: {change.sentence}" for change in reversed(wrong) if change.stopped}
    sentence = f"watching {watched}; {number if wrong else 'none has a problem'}{rest}.{''.join(stops.values())}"
    return _event("watching", sentence, agents=[change.as_json() for change in wrong])


def _is_unchecked(entry: Entry) -> bool:
    return health_of(entry) in (Health.FINE, Health.UNKNOWN) and not entry.checked


def _names(changes: Sequence[HealthChange], most: int) -> str:
    names = [change.name for change in changes[:most]]
    more = len(changes) - len(names)
    return f"{', '.join(names)}, and {more} more" if more else joined(names)


def change_events(changes: Sequence[HealthChange]) -> Iterator[dict[str, Any]]:
    """Yield what to report for each change, or once for all changes of a kind: `6 agents broke: a, b, …`."""
    for account in dict.fromkeys(change.account for change in changes if change.stopped):
        same = [change for change in changes if change.stopped and change.account == account]
        # Report a shared cause once.
        sentence = f"{account}: {same[0].sentence} {counted(len(same), 'agent')} stopped: {_names(same, MOST_NAMED)}."
        yield _event("broken", sentence, agents=[change.as_json() for change in same])
    for event, (_one, verb) in _VERBS.items():
        same = [change for change in changes if change.event == event and not change.stopped]
        agents = [change.as_json() for change in same]
        if len(same) > 1:
            sentence = f"{len(same)} agents {verb}: {_names(same, MOST_NAMED)}."
            yield _event(event, sentence, agents=agents)
        elif same:
            yield _event(event, same[0].text, same[0].brief, agents=agents)


def _event(event: str, sentence: str, brief: str = "", *, agents: Sequence[dict[str, Any]] = ()) -> dict[str, Any]:
    """Return an event for programs; `brief` is for a notification."""
    facts = {"event": event, "sentence": sentence, "brief": brief or visible(sentence, LONGEST_BRIEF)}
    return facts | {"agents": [*agents]}


# ---- the rows of a list

_UNSTEADY = ("reason", "cause", "judged_by")
"""Members whose change alone does not count: their sentences say how long ago something happened."""


class ListChanges:
    """What changed from one list to the next, by the ids of the agents."""

    def __init__(self) -> None:
        self._before: dict[str, Mapping[str, Any]] = {}

    def since(self, agents: Iterable[Mapping[str, Any]], now: datetime) -> Iterator[dict[str, Any]]:
        """Yield an object for each agent that was added, changed, or removed; at first for all of them."""
        after = {str(agent["id"] or agent["name"]): agent for agent in agents}
        before, self._before = self._before, after
        at = rfc3339(now, "seconds")
        for key, agent in after.items():
            if key not in before:
                yield {"event": "added", "at": at, **agent}
            elif _steady(agent) != _steady(before[key]):
                yield {"event": "changed", "at": at, **agent}
        for key, agent in before.items():
            if key not in after:
                yield {"event": "removed", "at": at, **agent}


def _steady(agent: Mapping[str, Any]) -> dict[str, Any]:
    cause = agent.get("cause")
    kind = cause.get("kind") if isinstance(cause, Mapping) else None
    return {**{name: value for name, value in agent.items() if name not in _UNSTEADY}, "kind": kind}
