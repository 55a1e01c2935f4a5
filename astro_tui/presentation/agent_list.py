"""The list of deployments as the picker shows it: entries, order, and counts. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from operator import attrgetter
from typing import TYPE_CHECKING, NamedTuple

from msgspec import Struct
from msgspec.structs import replace

from astro_tui.presentation.columns import SELECTED, Column, Fit, orders_of, steps
from astro_tui.presentation.evidence import unread_sentence
from astro_tui.presentation.status import Severity, Status, counts_of, status_of, troubled
from astro_tui.text.foreign import ascii_name, visible
from astro_tui.text.masked import masked_line
from astro_tui.text.times import counted, joined

if TYPE_CHECKING:  # importing the models takes 60 ms
    from astro_tui.diagnosis import Diagnosis
    from astro_tui.platform.deployment_rows import Deployment
    from astro_tui.platform.models import StatusReport


class Entry(Struct, frozen=True, gc=False):
    """One deployment, ready to be drawn: every text is safe to print. `report` is its `/status`, if loaded.

    `key` is the deployment's id, which identifies the row; `name` breaks ties when sorting. The garbage collector skips
    it: visiting ten thousand delays a key, and no entry is part of a cycle.
    """

    deployment: Deployment
    key: str
    name: str
    status: Status
    urgency: int
    label: str
    blueprint: str
    build: str
    update: bool
    not_ready: bool
    created: datetime | None
    haystack: str
    """What a filter searches, in lower case."""
    latest: str = ""
    """The newest build of its blueprint."""
    report: StatusReport | None = None
    diagnosis: Diagnosis | None = None
    """What is wrong with it, once that has been investigated."""
    newer: str = ""
    """What is known about the newest build of its blueprint, if it does not run."""
    asks: bool = False
    """Whether it waits for the user's approval, in a conversation that is open in this run."""
    left: str = ""
    """The build from which it was rolled back, if that is known."""

    @property
    def account(self) -> str:
        """The account whose list has the agent."""
        return self.deployment.account_name

    @property
    def behind(self) -> bool:
        """Whether the list and the record still describe what ran before a rollback (platform.md §9)."""
        return bool(self.left) and self.left == self.deployment.build_id

    @property
    def replicas(self) -> tuple[int, int] | None:
        """How many replicas of the agent itself are ready, and how many there should be; None if that is not known."""
        return self.diagnosis.replicas if self.diagnosis is not None else None

    @property
    def ready(self) -> str:
        """The same as text: `2/3`, or empty."""
        return "{}/{}".format(*self.replicas) if self.replicas is not None else ""

    @property
    def lacks_replicas(self) -> bool:
        """Whether fewer of them are ready than there should be."""
        return self.replicas is not None and self.replicas[0] < self.replicas[1]

    @property
    def checked(self) -> bool:
        """Whether more than the list says that this is the status. A paused agent runs nothing to check."""
        diagnosis = self.diagnosis
        if diagnosis is None or diagnosis.list_only:
            return self.status.paused
        # What looks fine is doubtful until something confirms it.
        return not diagnosis.unknown or self.status.severity is not Severity.OK

    @property
    def tone(self) -> Severity:
        """The severity to show: muted for a status that looks fine and has not been checked."""
        severity = self.status.severity
        return Severity.MUTED if severity is Severity.OK and not self.checked else severity

    @property
    def waiting(self) -> bool:
        """Whether an endpoint that should be reachable is not; the endpoints of a paused deployment should not be."""
        return self.not_ready and self.status.severity is not Severity.MUTED


def entry_of(deployment: Deployment) -> Entry:
    """Return the entry for one row of the list."""
    status = status_of(deployment.status)
    label = masked_line(deployment.label, 200) or "(no name)"
    blueprint = masked_line(deployment.name, 100)
    build = masked_line(deployment.build_id, 100)
    return Entry(
        deployment=deployment,
        key=deployment.id,
        name=f"{label.casefold()}\0{deployment.id}",
        status=status,
        urgency=status.urgency,
        label=label,
        blueprint=blueprint if blueprint != label else "",
        build=build,
        update=deployment.update_available,
        not_ready=not all(endpoint.ready for endpoint in deployment.external_urls),
        created=deployment.created.at,
        haystack=f"{label} {blueprint} {deployment.build_id} {deployment.id} {status.label}".lower(),
        latest=masked_line(deployment.latest_build_id, 170) if deployment.update_available else build,
    )


def entries_of(rows: Iterable[Deployment], before: Mapping[str, Entry] = {}) -> list[Entry]:
    """Return the entries of a list, sorted by name. Unchanged rows keep the entry in `before` if it has no report."""
    entries = []
    for row in rows:
        old = before.get(row.id)
        same = old is not None and old.report is None and old.diagnosis is None and old.deployment == row
        entries.append(old if old is not None and same else entry_of(row))
    return ordered(entries, "name")


def by_account(entries: Iterable[Entry]) -> dict[str, list[Entry]]:
    """Return the entries of each account, in the order of the entries."""
    accounts: dict[str, list[Entry]] = {}
    for entry in entries:
        accounts.setdefault(entry.deployment.account_name, []).append(entry)
    return accounts


def with_report(entry: Entry, report: StatusReport) -> Entry:
    """Return `entry` with its `/status`, which separates a billing suspension from a failure (platform.md §13.7)."""
    # A report without a state keeps the state of the list.
    status = status_of(report.value, report.reason) if report.value or report.reason else entry.status
    return replace(entry_with(entry, status), report=report)


def with_diagnosis(entry: Entry, diagnosis: Diagnosis) -> Entry:
    """Return `entry` with its diagnosis; a state that looks fine becomes a problem if the agent is failing."""
    status = troubled(entry.status, outage=diagnosis.outage) if diagnosis.failing else entry.status
    entry = replace(entry_with(entry, status), diagnosis=diagnosis)
    left = diagnosis.rolled_back_from
    return after_rollback(entry, left, diagnosis.rolled_back_to) if left else entry


def after_rollback(entry: Entry, left: str, build: str) -> Entry:
    """Return `entry` as rolled back from the build `left` to another one, which the list may not have."""
    entry = replace(entry, left=left)
    return replace(entry, build=masked_line(build, 100)) if build and entry.behind else entry


def entry_with(entry: Entry, status: Status) -> Entry:
    """Return `entry` with another status."""
    haystack = f"{entry.haystack.removesuffix(entry.status.label.lower())}{status.label.lower()}"
    return replace(entry, status=status, urgency=status.urgency, haystack=haystack)


def why(entry: Entry, *, brief: bool = False) -> tuple[str, str]:
    """Return the cause of the entry's status with what could not be read, and what to do next; either can be empty.

    A `brief` one is for one line of a list.
    """
    report, diagnosis = entry.report, entry.diagnosis
    unread = unread_sentence(diagnosis)
    if diagnosis is not None and not diagnosis.fine:
        sentence = f"{(brief and diagnosis.headline) or diagnosis.sentence} {unread}".rstrip()
        return sentence, " ".join(step.text for step in diagnosis.next_steps[:2])
    if unread:
        return unread, ""
    if report is not None:
        for issue in (*report.failed_on, *report.waiting_on):
            text = masked_line(issue.title or issue.message or issue.phase, 400)
            workload = masked_line(issue.workload or issue.component, 400)
            cause = f"{workload}: {text}" if workload else text
            extra = masked_line(issue.message, 400) if issue.title and issue.message != issue.title else ""
            return visible(f"{cause} — {extra}" if extra else cause, 400), masked_line(issue.guidance, 400)
        sentence = report.error_message or report.details
        if sentence and not (entry.waiting and entry.status.severity is Severity.OK):
            return masked_line(sentence, 400), ""
    if entry.waiting:
        first = next(endpoint for endpoint in entry.deployment.external_urls if not endpoint.ready)
        reason = f": {masked_line(first.message, 400)}" if first.message else ""
        return visible(f"endpoint {masked_line(first.name or first.url, 400)} is not ready{reason}", 400), ""
    if not (entry.left or entry.update or entry.newer):
        return "", ""
    if entry.behind or (entry.left and entry.left == entry.latest):
        # After a rollback, the list may have the old build or the new one (platform.md §9).
        return f"rolled back from {entry.left}", ""
    return entry.newer or (f"a newer build is available: {entry.latest}" if entry.update else ""), ""


# ---- columns -----------------------------------------------------------------------------------------------


ASKS = "waits for your approval"
"""The words about an agent that has asked the user something."""


def _said(entry: Entry) -> str:
    """Return the list's words about an agent."""
    return ": ".join(filter(None, (ASKS if entry.asks else "", why(entry, brief=True)[0])))


def _calm(entry: Entry) -> bool:
    return entry.status.severity in (Severity.OK, Severity.MUTED)


def _newest_first(entry: Entry) -> float:
    return -entry.created.timestamp() if entry.created else 0.0


COLUMNS: Sequence[Column[Entry]] = (
    # An unknown status word may be longer than all known ones.
    Column(
        "status",
        attrgetter("status.label"),
        attrgetter("tone.value"),
        least=10,
        most=16,
        order="attention",
        key=attrgetter("urgency"),
    ),
    Column(
        "agent",
        attrgetter("label"),
        SELECTED,
        least=8,
        most=64,
        order="name",
        in_ascii=lambda entry: ascii_name(entry.label, entry.blueprint),
    ),
    Column("account", attrgetter("account"), "quiet", least=8, most=39, order="account", key=attrgetter("account")),
    Column("blueprint", attrgetter("blueprint"), "quiet", most=40, optional=True),
    Column(
        "build",
        attrgetter("build"),
        "quiet",
        least=7,
        most=24,
        after=attrgetter("update"),
        order="build",
        key=attrgetter("build"),
    ),
    Column("ready", attrgetter("ready"), lambda entry: "warn" if entry.lacks_replicas else "quiet", fit=Fit.RIGHT),
    Column("age", style="quiet", fit=Fit.RIGHT, at=attrgetter("created"), least=4, order="age", key=_newest_first),
    Column("why", _said, lambda entry: "info" if entry.asks else "quiet" if _calm(entry) else "", rest=True),
)
"""The columns of a list of agents, on screen and in the shell, from left to right."""
LAYOUT = steps(
    "status, agent 8, account 8, age, agent 20, account 14, why 12, why 24, agent 28, account 20, ready, build 10,"
    "why 48, agent, account, age whole, why 80, build, blueprint 40 wide, why"
)


# ---- order -------------------------------------------------------------------------------------------------

_ORDERS = orders_of(COLUMNS)
ORDERS = {name: _ORDERS[name] for name in ("attention", "name", "age", "build", "account")}
"""Order → its column, whose key sorts before the name. `age` starts with the newest."""


def columns_of(*, several: bool) -> Sequence[Column[Entry]]:
    """Return the columns of a list of one account or of several."""
    return COLUMNS if several else [column for column in COLUMNS if column.name != "account"]


class Arrangement(NamedTuple):
    """Which agents a list shows, and in which of ORDERS."""

    query: str = ""
    order: str = "attention"
    reverse: bool = False

    def next_order(self, *, several: bool) -> Arrangement:
        """Return the same agents, of one account or of `several`, in the next order."""
        orders = [order for order in ORDERS if several or order != "account"]
        here = orders.index(self.order) if self.order in orders else -1
        return self._replace(order=orders[(here + 1) % len(orders)], reverse=False)

    def reversed(self) -> Arrangement:
        """Return the same agents in the opposite order."""
        return self._replace(reverse=not self.reverse)

    def by_column(self, column: str) -> Arrangement | None:
        """Return the same agents sorted by a column, or reversed if they already are; None if no order has it."""
        order = next((order for order, sorted_by in ORDERS.items() if sorted_by.name == column), None)
        if order is None:
            return None
        return self.reversed() if order == self.order else self._replace(order=order, reverse=False)


def ordered(entries: Iterable[Entry], order: str, *, reverse: bool = False) -> list[Entry]:
    """Return the entries in one of ORDERS."""
    # Two stable sorts by one plain value take a fifth of the time of one sort by a pair.
    rows = sorted(entries, key=attrgetter("name"), reverse=reverse)
    if (key := ORDERS[order].key) is not None:
        rows.sort(key=key, reverse=reverse)
    return rows


# ---- counts ------------------------------------------------------------------------------------------------


def tally(entries: Iterable[Entry]) -> list[tuple[Status, int]]:
    """Return the number of entries in each state, most urgent first."""
    return list(counts_of(map(attrgetter("status"), entries)))


def checked(entries: Iterable[Entry]) -> int:
    """Return how many agents have been checked."""
    return sum(map(attrgetter("checked"), entries))


def checked_of(checked: int, count: int) -> str:
    """Return `checked 12/30`, or an empty string if all agents have been checked."""
    return f"checked {checked:,}/{count:,}" if checked < count else ""


def summary(count: int, shown: int) -> str:
    """Return `24 agents`, or `2 of 24 agents` if a filter hides some."""
    total = counted(count, "agent")
    return total if shown == count else f"{shown:,} of {total}"


def find(entries: Iterable[Entry], wanted: str) -> list[Entry]:
    """Return the deployment with the id `wanted`, else those with that display name or blueprint name."""
    pool = list(entries)
    for tests in (
        lambda entry: entry.key == wanted,
        lambda entry: entry.deployment.display_name == wanted,
        lambda entry: entry.deployment.name == wanted,
        lambda entry: wanted.casefold() in (entry.label.casefold(), entry.blueprint.casefold()),
    ):
        matches = [entry for entry in pool if tests(entry)]
        if matches:
            return matches
    return []


def states_in_words(states: Iterable[tuple[Status, int]]) -> str:
    """Return the result of `tally` in words: `1 failed, 2 active with a problem, 2 deploying, and 4 active`."""
    return joined([f"{number:,} {status.plain}{status.trouble}" for status, number in states])
