"""What is wrong with the agents of a list: several are investigated at once, and returned in the order of the list."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from math import inf
from time import monotonic

from astro_tui.cli.connection import CliConnection
from astro_tui.cli.output import COMMAND, HEADING, QUIET, Output, badge
from astro_tui.diagnosis import Diagnosis, Fact, Facts, diagnose
from astro_tui.platform.client import Call
from astro_tui.platform.deployment_rows import Deployment
from astro_tui.presentation import explained
from astro_tui.presentation.agent_list import Entry, with_diagnosis, with_report
from astro_tui.presentation.explained import Page, Tone
from astro_tui.presentation.timeline import Happening, timeline
from astro_tui.state.journal import journal_of_user
from astro_tui.text.foreign import visible
from astro_tui.text.styled import Line, painted

AT_ONCE = 8
"""Agents investigated at the same time; `FactStore.slots` bounds their requests."""

_TICK = 0.1


def ignored(_done: int, _total: int) -> None:
    """Report no progress."""


def investigated(
    connection: CliConnection,
    account: str,
    entries: Sequence[Entry],
    *,
    patience: float = inf,
    progress: Callable[[int, int], None] = ignored,
) -> Iterator[Entry]:
    """Yield the entries with their report and diagnosis, in order, each as soon as those before it are known.

    `progress` receives the number done and the total, in the thread of the caller. After `patience` seconds, none are
    begun: the rest is judged by the list alone. Raises PlatformError if the login has expired.
    """
    outer, until, investigator = connection.call(), monotonic() + patience, connection.investigator
    call = Call(background=outer.background)
    rolled_back = journal_of_user().rolled_back(connection.platform.server)

    def judged(entry: Entry) -> Entry:
        if not entry.key or monotonic() > until:
            return by_the_list(connection, account, entry)
        given = {}
        if entry.key in rolled_back:
            given["history"] = investigator.read("history", account, entry.deployment, call)
        return concluded(connection, entry, investigator.investigate(account, entry.deployment, call, given=given))

    pool = ThreadPoolExecutor(AT_ONCE)
    try:
        tries = [pool.submit(judged, entry) for entry in entries]
        with outer.stopped_by(call.abort):
            yield from _in_order(tries, progress)
    finally:
        # ctrl+c must not wait for responses.
        call.abort()
        pool.shutdown(wait=False, cancel_futures=True)


def _in_order(tries: Sequence[Future[Entry]], progress: Callable[[int, int], None]) -> Iterator[Entry]:
    pending = set(tries)
    place = 0
    while place < len(tries):
        progress(len(tries) - len(pending), len(tries))
        # Without a timeout, ctrl+c could have to wait for a response, too.
        _done, pending = wait(pending, _TICK, FIRST_COMPLETED)
        while place < len(tries) and tries[place].done():
            yield tries[place].result()
            place += 1


def by_the_list(connection: CliConnection, account: str, entry: Entry) -> Entry:
    """Return an entry with the diagnosis that its row in the list allows, without a request."""
    investigator = connection.investigator
    known = investigator.store.facts(account, entry.deployment, investigator.clock())
    return with_diagnosis(entry, diagnose(known))


def row_judge(connection: CliConnection, account: str) -> Callable[[Entry], Entry]:
    """Return a function like `by_the_list` for long lists: agents whose rows say the same share a diagnosis.

    It names no agent, so the commands in its next steps do not either. An agent about which more is known gets its own.
    """
    store, now = connection.investigator.store, connection.investigator.clock()
    known: dict[tuple[object, ...], Diagnosis] = {}

    def judged(entry: Entry) -> Entry:
        if store.diagnosis(entry.key) is not None:
            return by_the_list(connection, account, entry)
        row = entry.deployment
        # Only how long a rollout takes depends on more than the status.
        created = row.created_at if entry.status.moving else ""
        said = (row.status, row.account_name, created)
        if said not in known:
            alike = Deployment(status=row.status, account_name=row.account_name, created_at=created)
            known[said] = diagnose(Facts(now, account=account, row=Fact(alike, read_at=now)))
        return with_diagnosis(entry, known[said])

    return judged


def investigated_alone(connection: CliConnection, account: str, entry: Entry, call: Call) -> Entry:
    """Return one entry with its report and diagnosis. `/status` is read first: the list may be a few seconds old.

    Raises PlatformError if the login has expired or the call is canceled.
    """
    investigator = connection.investigator
    status = investigator.read("status", account, entry.deployment, call)
    diagnosis = investigator.investigate(account, entry.deployment, call, given={"status": status})
    return with_names(connection, account, concluded(connection, entry, diagnosis))


def with_names(connection: CliConnection, account: str, entry: Entry) -> Entry:
    """Return an entry whose diagnosis calls users by name, for a command that is about to show it."""
    investigator, names, said = connection.investigator, connection.platform.names, repr(entry.diagnosis)
    facts = investigator.store.facts(account, entry.deployment, investigator.clock())
    shown = [user for user in _users(facts) if user in said]
    names.read(account, shown)
    return concluded(connection, entry, investigator.store.keep(facts)) if names.keys() & shown else entry


def _users(facts: Facts) -> list[str]:
    """Return the IDs of the users in a history."""
    return [each.deployed_by for each in getattr(facts.history.value, "rows", ())]


@dataclass(frozen=True)
class AgentHistory:
    """An agent with its diagnosis, all facts that were read for it, and what happened, newest first."""

    entry: Entry
    facts: Facts
    rows: Sequence[Happening]


def history_of(connection: CliConnection, account: str, entry: Entry, call: Call) -> AgentHistory:
    """Investigate an agent, read what its timeline lacks, and return both. Raises PlatformError like `investigate`."""
    entry = investigated_alone(connection, account, entry, call)
    investigator, row = connection.investigator, entry.deployment
    facts = investigator.store.facts(account, row, investigator.clock())
    read = {name: getattr(facts, name) for name in ("events", "history", "runtime", "alerts")}
    for name, fact in read.items():
        read[name] = fact if fact.requested else investigator.read(name, account, row, call)
    facts = replace(facts, **read)
    connection.platform.names.read(account, _users(facts))
    actions = journal_of_user().about(connection.platform.server, row.id)
    nodes = timeline(facts, diagnosis=entry.diagnosis, actions=actions)
    return AgentHistory(entry, facts, [node for node in nodes.tops if isinstance(node, Happening)])


def concluded(connection: CliConnection, entry: Entry, diagnosis: Diagnosis) -> Entry:
    """Return an entry with a diagnosis, and with the `/status` that was read for it."""
    report = connection.investigator.store.report(entry.key)
    return with_diagnosis(with_report(entry, report) if report is not None else entry, diagnosis)


def read_about(connection: CliConnection, account: str, entries: Sequence[Entry]) -> set[str]:
    """Return the ids of the agents whose diagnosis is based on more than the row in the list."""
    store, now = connection.investigator.store, connection.investigator.clock()
    found = set()
    for entry in (each for each in entries if store.diagnosis(each.key) is not None):
        facts = store.facts(account, entry.deployment, now)
        if any(fact.known for fact in (facts.status, facts.record, facts.runtime, facts.events)):
            found.add(entry.key)
    return found


_CODES = {Tone.HEADING: HEADING, Tone.QUIET: QUIET, Tone.COMMAND: COMMAND}


@dataclass(frozen=True)
class TerminalPage(Page):
    """A page of a terminal, with colors if it has any."""

    color: bool = False

    def paint(self, text: str, tone: Tone) -> Line:
        """Return text in the color of its tone."""
        return painted(text, _CODES[tone], color=self.color)


def page_of(connection: CliConnection, output: Output) -> TerminalPage:
    """Return the page of this run's output."""
    options = " --demo" if connection.settings.demo else ""
    return TerminalPage(output.width, output.ascii, datetime.now(UTC), options=options, color=output.color)


def in_full(entry: Entry, diagnosis: Diagnosis, page: TerminalPage) -> Iterator[Line]:
    """Yield everything that a diagnosis says."""
    yield _title(entry, diagnosis, page)
    yield ""
    yield from explained.in_full(entry, diagnosis, page)


def in_short(entry: Entry, diagnosis: Diagnosis, page: TerminalPage) -> Iterator[Line]:
    """Yield what is wrong, the change, and the command that says more."""
    yield _title(entry, diagnosis, page)
    yield from explained.in_short(entry, diagnosis, page)


def _title(entry: Entry, diagnosis: Diagnosis, page: TerminalPage) -> Line:
    name = f"{diagnosis.account}/{entry.label}" if diagnosis.account else entry.label
    heading = page.paint(page.plain(name), Tone.HEADING)
    identity = page.paint(page.plain(f"  {visible(entry.key, 100)}"), Tone.QUIET) if entry.key else ""
    return badge(entry.status, ascii_alone=page.ascii, color=page.color) + "  " + heading + identity
