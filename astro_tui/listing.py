"""The list of deployments as the picker shows it: entries, filter, order and counts. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import TYPE_CHECKING

from astro_tui.status import Severity, Status, status_of
from astro_tui.text import visible
from astro_tui.wording import counted, joined

if TYPE_CHECKING:  # importing the models costs more than a list of names should
    from astro_tui.listed import Deployment
    from astro_tui.models import StatusReport


@dataclass(frozen=True, slots=True)
class Entry:
    """One deployment, ready to be drawn: every text is safe to print. `report` is its `/status` where it was asked."""

    deployment: Deployment
    status: Status
    label: str
    blueprint: str
    build: str
    update: bool
    ready: str
    not_ready: bool
    created: datetime | None
    haystack: str
    haystack_lower: str
    report: StatusReport | None = None

    @property
    def key(self) -> str:
        """What the cursor holds on to: the deployment's id."""
        return self.deployment.id

    @property
    def waiting(self) -> bool:
        """Whether an endpoint is not reachable that should be: of a paused deployment none is meant to be."""
        return self.not_ready and self.status.severity is not Severity.MUTED


def entry_of(deployment: Deployment) -> Entry:
    """Return the entry of one row of the list."""
    status = status_of(deployment.status)
    label = visible(deployment.label, 200) or "(no name)"
    blueprint = visible(deployment.name, 100)
    endpoints = deployment.external_urls
    ready = sum(1 for endpoint in endpoints if endpoint.ready)
    haystack = f"{label} {blueprint} {deployment.build_id} {deployment.id} {status.label}"
    return Entry(
        deployment=deployment,
        status=status,
        label=label,
        blueprint=blueprint if blueprint != label else "",
        build=visible(deployment.build_id, 100),
        update=deployment.update_available,
        ready=f"{ready}/{len(endpoints)}" if endpoints else "",
        not_ready=ready < len(endpoints),
        created=deployment.created.at,
        haystack=haystack,
        haystack_lower=haystack.lower(),
    )


def with_report(entry: Entry, report: StatusReport) -> Entry:
    """Return `entry` with what `/status` says: it tells a billing suspension from a failure (contract §13.7)."""
    return replace(entry, report=report, status=status_of(report.value, report.reason))


def why(entry: Entry) -> tuple[str, str]:
    """Return the cause of the entry's state in one sentence and what to do next; either may be empty."""
    report = entry.report
    if report is not None:
        for issue in (*report.failed_on, *report.waiting_on):
            text = issue.title or issue.message or issue.phase
            workload = issue.workload or issue.component
            cause = f"{workload}: {text}" if workload else text
            extra = issue.message if issue.title and issue.message != issue.title else ""
            return visible(f"{cause} — {extra}" if extra else cause, 400), visible(issue.guidance, 400)
        sentence = report.error_message or report.details
        if sentence:
            return visible(sentence, 400), ""
    if entry.waiting:
        first = next(endpoint for endpoint in entry.deployment.external_urls if not endpoint.ready)
        reason = f": {first.message}" if first.message else ""
        return visible(f"endpoint {first.name or first.url} is not ready{reason}", 400), ""
    if entry.update:
        return visible(f"a newer build is available: {entry.deployment.latest_build_id}", 200), ""
    return "", ""


# ---- filter ------------------------------------------------------------------------------------------------


def matcher(query: str) -> Callable[[Entry], bool]:
    """Return a test for the words of `query`: all must occur, `!word` must not, `is:state` asks for a state.

    A word with a capital letter is matched with its case, any other without. `is:` takes a severity (`is:error`),
    a badge (`is:paused`) or `is:update`, and matches their beginnings while one types.
    """
    tests = [_word_test(word) for word in query.split()]
    return lambda entry: all(test(entry) for test in tests)


def _word_test(word: str) -> Callable[[Entry], bool]:
    if word.startswith("!") and len(word) > 1:
        inner = _word_test(word[1:])
        return lambda entry: not inner(entry)
    if word.lower().startswith("is:"):
        state = word[3:].lower()
        return lambda entry: any(name.startswith(state) for name in _states(entry))
    if word == word.lower():
        return lambda entry: word in entry.haystack_lower
    return lambda entry: word in entry.haystack


def _states(entry: Entry) -> Iterable[str]:
    yield entry.status.severity.value
    yield entry.status.plain
    if entry.status.moving:
        yield "moving"
    if entry.status.severity in (Severity.ERROR, Severity.WARN):
        yield "problem"
    if entry.update:
        yield "update"


# ---- order -------------------------------------------------------------------------------------------------

ORDERS: dict[str, tuple[str, Callable[[Entry], tuple[object, ...]]]] = {
    "attention": ("STATUS", lambda entry: (entry.status.urgency, entry.label.casefold(), entry.key)),
    "name": ("AGENT", lambda entry: (entry.label.casefold(), entry.key)),
    "age": (
        "AGE",
        lambda entry: (
            -entry.created.timestamp() if entry.created else 0.0,
            entry.label.casefold(),
            entry.key,
        ),
    ),
    "build": ("BUILD", lambda entry: (entry.build, entry.label.casefold(), entry.key)),
}
"""Name of the order → the column it belongs to and its key. `age` begins with the newest."""


def ordered(entries: Iterable[Entry], order: str, *, reverse: bool = False) -> list[Entry]:
    """Return the entries in one of ORDERS."""
    return sorted(entries, key=ORDERS[order][1], reverse=reverse)


# ---- counts ------------------------------------------------------------------------------------------------


def tally(entries: Iterable[Entry]) -> list[tuple[Status, int]]:
    """Return how many entries stand in each state, most urgent first."""
    states: dict[str, Status] = {}
    counts: Counter[str] = Counter()
    for entry in entries:
        states.setdefault(entry.status.label, entry.status)
        counts[entry.status.label] += 1
    return sorted(
        ((states[label], number) for label, number in counts.items()),
        key=lambda row: (row[0].urgency, row[0].label),
    )


def summary(entries: Sequence[Entry], shown: int) -> str:
    """Return `24 agents`, or `2 of 24 agents` while a filter hides some."""
    total = counted(len(entries), "agent")
    return total if shown == len(entries) else f"{shown:,} of {total}"


def find(entries: Iterable[Entry], wanted: str) -> list[Entry]:
    """Return what `wanted` names: the deployment with that id, else those with that display or blueprint name."""
    pool = list(entries)
    for tests in (
        lambda entry: entry.key == wanted,
        lambda entry: entry.deployment.display_name == wanted,
        lambda entry: entry.deployment.name == wanted,
        lambda entry: wanted.casefold() in (entry.label.casefold(), entry.blueprint.casefold()),
    ):
        found = [entry for entry in pool if tests(entry)]
        if found:
            return found
    return []


def nearest(entries: Iterable[Entry], query: str) -> str:
    """Return the label closest to a `query` that matches nothing, or an empty text."""
    from difflib import get_close_matches

    words = [word for word in query.split() if not word.startswith(("!", "is:"))]
    names = {entry.label.lower(): entry.label for entry in entries}
    found = get_close_matches(" ".join(words).lower(), list(names)[:2000], n=1, cutoff=0.5) if words else []
    return names[found[0]] if found else ""


def states_in_words(entries: Iterable[Entry]) -> str:
    """Return `1 failed, 2 deploying and 4 active`."""
    return joined([f"{number} {status.plain}" for status, number in tally(entries)])
