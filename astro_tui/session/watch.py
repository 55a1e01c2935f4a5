"""Finds out in the background what is wrong with the agents of a list, two at a time.

First come the agents on screen with a problem, a rollout, or no status in the list, then all others with one of
these. Then come the builds of the agent under the cursor, and of those on screen that are behind. Of agents that seem
fine, `/runtime` is read to find those that restart all day: at once for those on screen when the list appears, and then
slowly, one by one.

In lists of more than `FEW` accounts, what was read before is read again at the pace of `REPEAT_EVERY`.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Container, Iterable, Iterator, Sequence
from functools import partial
from itertools import chain, islice
from time import monotonic
from typing import TYPE_CHECKING

from msgspec import Struct
from textual.timer import Timer

from astro_tui.errors import PlatformError
from astro_tui.platform import rounds
from astro_tui.presentation.agent_list import Entry, with_report
from astro_tui.presentation.status import Severity
from astro_tui.presentation.verdicts import MOST_WITHOUT_STATUS, Verdicts, lacks_status, signature_of
from astro_tui.session.requests import Requests
from astro_tui.session.scope import FEW
from astro_tui.session.session import Session

if TYPE_CHECKING:
    from astro_tui.diagnosis import Diagnosis
    from astro_tui.platform.client import Call
    from astro_tui.platform.models import StatusReport
    from astro_tui.session.agent import Agent

DEBOUNCE = 0.15
"""Seconds that the cursor rests on a row before that agent comes first."""
MOST_UNSEEN = 50
"""Maximum number of agents investigated although their rows are not on screen."""
_TOPICS = ("why-1", "why-2")
_CHECKS = ("check-1", "check-2", "check-3", "check-4")
_NEVER = float("-inf")
_FINE = (Severity.OK, Severity.MUTED)


class Learned(Struct, frozen=True):
    """What was found out about one agent. Without a diagnosis, only its status was requested.

    `problem` says why nothing could be read, and `unfinished` that further requests would say more. If only the builds
    were requested, `newer` says what is known about the newest one.
    """

    report: StatusReport | None
    diagnosis: Diagnosis | None = None
    problem: str = ""
    unfinished: bool = False
    newer: Callable[[Entry], str] | None = None

    def seen_by(self, verdicts: Verdicts, entry: Entry) -> Entry:
        """Keep what was found out and return the entry with it."""
        if self.report is not None:
            entry = verdicts.keep(entry, self.report)
        if self.newer is not None:
            entry = verdicts.read_builds(entry, self.newer)
        return verdicts.conclude(entry, self.diagnosis) if self.diagnosis is not None else entry


class _Tried(Struct, frozen=True):
    """When an agent was investigated last, what the list said about it then, and since when it has said so."""

    at: float
    row: tuple[str, ...] = ()
    since: float = 0.0


_UNTRIED = _Tried(_NEVER)
FindOut = Callable[["Agent", "Call"], Learned]
"""Finds out something about one agent (worker thread)."""


class Watch:
    """Investigates two agents at a time. `learned` gets the findings, `missed` the id of an agent without a status.

    `visible` returns the ids of the agents on screen.
    """

    def __init__(
        self,
        requests: Requests,
        session: Session,
        *,
        visible: Callable[[], Iterable[str]],
        learned: Callable[[str, Learned], None],
        missed: Callable[[str], None],
    ) -> None:
        self._requests, self._session = requests, session
        self._visible, self._learned, self._missed = visible, learned, missed
        self._lists: Sequence[tuple[str, Sequence[Entry]]] = ()
        self._suspects: dict[str, tuple[str, Entry]] = {}
        """Agents with a problem, a rollout, or no status in the list, each with its account."""
        self._tried: dict[str, _Tried] = {}
        self._unchecked: deque[tuple[str, Entry]] = deque()
        """Agents to check at once, each with its account."""
        self._running: dict[str, str] = {}
        """The agent that each topic investigates."""
        self._problems: dict[str, str] = {}
        self._first = self._rested = ""
        self._built: dict[str, float] = {}
        """When the builds of an agent were read last."""
        self._pause: Timer | None = None
        self._sweep: Timer | None = None
        self._swept = _NEVER
        self._many = self._on_screen = False
        """Whether there are many accounts, and whether the agent that was read last is on screen."""
        self._repeats: dict[str, int] = {}
        """The agents that are read again now, with the number of requests that had been sent before."""
        self._repeat_at = _NEVER
        """When the next one may be read again, if there are many accounts."""

    def problem(self, entry: Entry) -> str:
        """Return why an entry could not be investigated; empty if it could, or was not tried yet."""
        return self._problems.get(entry.key, "") if entry.key else "the list has no ID for this agent"

    def investigate(self, *lists: tuple[str, Sequence[Entry]], check: bool = False) -> None:
        """Investigate the agents of these lists from now on; each list comes with its account.

        With `check`, `/runtime` of those on screen that seem to be fine is read at once, four at a time.
        """
        self._lists, self._many = lists, len(lists) > FEW
        self._suspects = {
            entry.key: (account, entry)
            for account, entries in lists
            for entry in entries
            if entry.key and _suspicious(entry)
        }
        # The first investigation imports the diagnosis, so the rows are drawn first.
        self._requests.call_after_refresh(partial(self._begin, check=check))

    def rest_on(self, entry: Entry | None) -> None:
        """Investigate the entry under the cursor before all others if the cursor stays there, and read its builds."""
        if self._pause is not None:
            self._pause.stop()
        if entry is not None and (self._lacks_builds(entry) or (entry.key in self._suspects and self._due(entry))):
            self._pause = self._requests.set_timer(DEBOUNCE, partial(self._put_first, entry.key))

    def start_over(self) -> None:
        """Investigate all problems again, because the user requested the newest data."""
        self._tried = {key: _Tried(tried.at) for key, tried in self._tried.items()}

    def suspend(self) -> None:
        """Start no more investigations until `investigate` is called."""
        self._lists = ()
        self._suspects.clear()
        for timer in (self._sweep, self._pause):
            if timer is not None:
                timer.stop()

    def forget(self) -> None:
        """Cancel everything."""
        self.suspend()
        self._unchecked.clear()
        self._repeats.clear()
        self._repeat_at = _NEVER
        for topic in (*_TOPICS, *_CHECKS):
            if self._requests.busy(topic):
                # The result will be dropped, so it counts as not tried.
                self._tried.pop(self._running[topic], None)
                self._built.pop(self._running[topic], None)
            self._requests.forget(topic)

    def _begin(self, *, check: bool) -> None:
        if check:
            fine = self._fine(set(self._visible()))
            self._unchecked.extend(each for each in fine if not each[1].checked)
            self._swept = monotonic()
        self._next()

    def _check(self) -> None:
        for topic in _CHECKS:
            while self._unchecked and self._lists and not self._requests.busy(topic):
                account, entry = self._unchecked.popleft()
                if entry.key not in self._tried:
                    self._start(topic, account, entry, _read_runtime)

    def _put_first(self, key: str) -> None:
        self._first = self._rested = key
        self._next()

    # ---- which agent comes next

    def _next(self) -> None:
        """Start as many investigations as there are free topics."""
        self._check()
        free = [topic for topic in _TOPICS if not self._requests.busy(topic)]
        chosen = self._in_order(len(free))
        for topic, (account, entry) in zip(free, chosen, strict=False):
            self._start(topic, account, entry)
        if len(chosen) < len(free) and not self._read_builds(free[-1]):
            self._continue_sweep(free[-1])

    def _in_order(self, count: int) -> list[tuple[str, Entry]]:
        """Return the next agents that are due: the one under the cursor, those on screen, and some of the others."""
        place = dict.fromkeys((self._first, *self._visible()))
        seen = (self._suspects[key] for key in place if key in self._suspects)
        chosen = list(islice((each for each in seen if self._due(each[1])), count))
        unseen = sum(key not in place and key in self._suspects for key in self._tried)
        if len(chosen) < count and unseen < MOST_WITHOUT_STATUS:
            others = (
                (account, entry)
                for account, entry in self._suspects.values()
                if (unseen < MOST_UNSEEN or lacks_status(entry)) and entry.key not in place and self._due(entry)
            )
            chosen += islice(others, count - len(chosen))
        return chosen

    def _due(self, entry: Entry) -> bool:
        tried, now = self._tried.get(entry.key, _UNTRIED), monotonic()
        stuck = now - tried.since > rounds.STUCK_AFTER
        pause = rounds.ROLLOUT_AGAIN if entry.status.moving and not stuck else rounds.PROBLEM_AGAIN
        return tried.row != signature_of(entry) or (now - tried.at >= pause and not self._many)

    def _read_builds(self, topic: str) -> bool:
        """Read the builds of the agent under the cursor, or of one on screen that is behind, if any of them is due."""
        if self._session.paused:
            return False
        seen = set(self._visible())
        behind = (
            (account, entry)
            for account, entries in self._lists
            for entry in entries
            if entry.key in seen and self._lacks_builds(entry)
            if entry.key == self._rested or (entry.update and not self._many)
        )
        chosen = next(behind, None)
        if chosen is None:
            return False
        self._running[topic] = key = chosen[1].key
        self._built[key] = monotonic()
        agent = partial(self._session.agent, *chosen)
        self._requests.fetch(
            topic, lambda call: _newest_build(agent(), call), partial(self._show_build, key), self._end
        )
        return True

    def _lacks_builds(self, entry: Entry) -> bool:
        return bool(entry.key) and monotonic() - self._built.get(entry.key, _NEVER) >= rounds.BUILDS_AGAIN

    def _show_build(self, key: str, finding: Learned) -> None:
        self._learned(key, finding)
        self._next()

    def _continue_sweep(self, topic: str) -> None:
        """Request `/runtime` of the agent that was checked longest ago if one is due, else come back later."""
        if self._sweep is not None:
            self._sweep.stop()
        if self._session.paused or not (self._suspects or any(self._fine())):
            return
        rest = max(self._swept + rounds.SWEEP_EVERY, self._repeat_at) - monotonic()
        if rest <= 0:
            rest = rounds.SWEEP_EVERY
            longest = self._longest_ago() if not self._repeats else None
            if longest is not None:
                self._swept = monotonic()
                self._start(topic, *longest, repeat=True)
        self._sweep = self._requests.set_timer(rest, self._next)

    def _longest_ago(self) -> tuple[str, Entry] | None:
        """Return the agent that seems to be fine and was checked longest ago.

        Those that were never checked come first, starting with the ones on screen. If there are many accounts, every
        second time it is an agent on screen, whether it seems to be fine or not.
        """
        self._on_screen = self._many and not self._on_screen
        if self._on_screen:
            seen = set(self._visible())
            shown = chain((self._suspects[key] for key in seen if key in self._suspects), self._fine(seen))
            if longest := min(shown, key=lambda each: self._last(each[1]), default=None):
                return longest
        never = (
            each for each in chain(self._fine(set(self._visible())), self._fine()) if each[1].key not in self._tried
        )
        return next(never, None) or min(self._fine(), key=lambda each: self._last(each[1]), default=None)

    def _fine(self, only: Container[str] | None = None) -> Iterator[tuple[str, Entry]]:
        """Yield the agents that seem to be fine, with their accounts; `only` has the ids of those to yield."""
        return (
            (account, entry)
            for account, entries in self._lists
            for entry in entries
            if (only is None or entry.key in only)
            and entry.key
            and entry.key not in self._suspects
            and entry.status.severity is Severity.OK
        )

    def _newest(self, key: str) -> tuple[str, Entry] | None:
        """Return the entry of a deployment in the newest list, with its account, if it is there."""
        pairs = ((account, entry) for account, entries in self._lists for entry in entries)
        return next((pair for pair in pairs if pair[1].key == key), None)

    def _last(self, entry: Entry) -> float:
        return self._tried.get(entry.key, _UNTRIED).at

    # ---- one agent

    def _start(
        self, topic: str, account: str, entry: Entry, find_out: FindOut | None = None, *, repeat: bool = False
    ) -> None:
        key, session, now, row = entry.key, self._session, monotonic(), signature_of(entry)
        before = self._tried.get(key, _UNTRIED)
        self._tried[key] = _Tried(now, row, before.since if before.row == row else now)
        if self._many and (repeat or before.row == row):
            self._repeats[key] = session.sent
        self._running[topic] = key
        if self._first == key:
            self._first = ""
        self._requests.fetch(
            topic,
            lambda call: (find_out or _find_out)(session.agent(account, entry), call),
            partial(self._show, key, row),
            partial(self._fail, key),
        )

    def _ended(self, key: str) -> None:
        """With many accounts, wait before the next read: longer if the last one took many requests."""
        if (before := self._repeats.pop(key, None)) is not None:
            self._repeat_at = monotonic() + max(1, self._session.sent - before) * rounds.REPEAT_EVERY

    def _show(self, key: str, row: tuple[str, ...], finding: Learned) -> None:
        self._ended(key)
        newest = self._newest(key)
        if newest is not None and signature_of(newest[1]) != row:
            # Found out about a row that has changed meanwhile, so the agent is due again.
            self._next()
            return
        self._problems[key] = finding.problem
        if finding.unfinished:
            self._tried.pop(key, None)
        failing = finding.diagnosis is not None and finding.diagnosis.failing
        # The newest list may have a newer entry, or not list the agent any more.
        if newest is not None and (finding.unfinished or failing) and newest[1].status.severity is Severity.OK:
            self._suspects.setdefault(key, newest)
        if finding.report is None and finding.diagnosis is None:
            self._missed(key)
        else:
            self._learned(key, finding)
        self._next()

    def _fail(self, key: str, error: PlatformError) -> None:
        """Continue with the next agent. The list itself reports a lost connection."""
        self._ended(key)
        self._problems[key] = str(error)
        self._missed(key)
        self._end(error)

    def _end(self, error: PlatformError) -> None:
        if not error.offline:
            self._next()


def _suspicious(entry: Entry) -> bool:
    """Whether an agent needs an explanation, as far as the list says."""
    severity = entry.status.severity
    fine = severity is Severity.OK or severity is Severity.MUTED
    return not fine or entry.waiting or lacks_status(entry)


def _newest_build(agent: Agent, call: Call) -> Learned:
    """Read the builds of an agent's blueprint (worker thread)."""
    call.background = True
    agent.read_builds(call)
    return Learned(None, newer=agent.words_about_builds)


def _read_runtime(agent: Agent, call: Call) -> Learned:
    """Read only `/runtime` of one agent, and once what it was rolled back from (worker thread)."""
    call.background = True
    responses = {"runtime": agent.read("runtime", call)}
    if agent.key in agent.agents.rolled_back and not agent.facts.history.requested:
        responses["history"] = agent.read("history", call)
    diagnosis, runtime = agent.add(**responses), responses["runtime"]
    return Learned(agent.report, diagnosis, runtime.error, runtime.known and agent.unfinished)


def _find_out(agent: Agent, call: Call) -> Learned:
    """Investigate one agent (worker thread). Where the list lacks the status, a status without a problem is enough."""
    call.background = True
    responses = {}
    if lacks_status(agent.entry):
        status = agent.read("status", call)
        if not status.known:
            return Learned(None, problem=status.error)
        agent.add(status=status)
        report = agent.report
        if report is not None and with_report(agent.entry, report).status.severity in _FINE:
            return Learned(report)
        responses["status"] = status
    diagnosis = agent.investigate(call, responses)
    report = agent.report
    knows_little = diagnosis.unknown or (report is None and not diagnosis.failing)
    problem = diagnosis.unread[0].error if diagnosis.unread and knows_little else ""
    return Learned(report, diagnosis, problem)
