"""The filter of the agent list: its language, and what the user may have meant. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from itertools import compress, repeat
from operator import attrgetter, contains, not_, or_

from astro_tui.presentation.agent_list import Arrangement, Entry, ordered
from astro_tui.presentation.status import KNOWN, Severity, Status
from astro_tui.text.nearest import nearest as nearest_word

_ACCOUNT = attrgetter("deployment.account_name")


def matching(entries: Sequence[Entry], query: str, *, several: bool = False) -> Sequence[Entry]:
    """Return the matching entries, in order: all words must occur, `!word` must not, `is:state` requires that state.

    In a list of `several` accounts, a word may also occur in the name of the account.
    A word with a capital letter is case-sensitive. `is:` takes a severity (`is:error`), a badge (`is:paused`),
    `problem`, `moving`, or `update`, and a prefix is enough. Takes about 1 ms per word for 10,000 entries.
    """
    for word in query.split():
        entries = _with_word(entries, word, several=several)
    return entries


def narrows(query: str, before: str) -> bool:
    """Whether a query can only match what the one `before` matched: it has more words, or its last one is longer."""
    word, more = before.rpartition(" ")[2].lower(), query[len(before) :]
    # A longer `!word` excludes less, and `is:` means something else than `is`.
    widens = word.startswith("!") or "is:".startswith(word)
    return query.isascii() and query.startswith(before) and (not word or more.startswith(" ") or not widens)


class Arranged:
    """The rows of a list: filtered, and in order. Sorts and filters again only what changed."""

    def __init__(self) -> None:
        self._sorted: tuple[Sequence[Entry], str, bool] = ((), "", False)
        self._all: Sequence[Entry] = ()
        self._query = ""
        self._found: Sequence[Entry] = ()

    def sorts(self, entries: Sequence[Entry]) -> bool:
        """Whether these entries are the ones that were sorted last."""
        return self._sorted[0] is entries

    def rows(self, entries: Sequence[Entry], arrangement: Arrangement, *, several: bool = False) -> Sequence[Entry]:
        """Return the entries, of one account or of `several`, that match, in order."""
        query, order, reverse = arrangement
        if not self.sorts(entries) or self._sorted[1:] != (order, reverse):
            self._sorted, self._query = (entries, order, reverse), ""
            self._all = self._found = ordered(entries, order, reverse=reverse)
        pool = self._found if narrows(query, self._query) else self._all
        self._query, self._found = query, matching(pool, query, several=several)
        return self._found


def _with_word(entries: Sequence[Entry], word: str, *, several: bool) -> Sequence[Entry]:
    # Each leading `!` negates. In a word of only `!`, the last one is the word itself.
    marks = min(len(word) - len(word.lstrip("!")), len(word) - 1)
    tests = _tests(entries, word[marks:])
    if several and (accounts := {name for name in set(map(_ACCOUNT, entries)) if word[marks:] in name}):
        tests = map(or_, tests, map(accounts.__contains__, map(_ACCOUNT, entries)))
    return list(compress(entries, map(not_, tests) if marks % 2 else tests))


def _tests(entries: Sequence[Entry], word: str) -> Iterable[bool]:
    """Return for each entry whether it contains a word, or has the state after `is:`."""
    lower = word.lower()
    if lower.startswith("is:"):
        return _in_state(entries, lower.removeprefix("is:"))
    if word == lower:
        return map(contains, map(attrgetter("haystack"), entries), repeat(word))
    if word.isascii():
        return [lower in entry.haystack and word in _text(entry) for entry in entries]
    # How some letters are written in lower case depends on their neighbors.
    return [word in _text(entry) for entry in entries]


def _text(entry: Entry) -> str:
    """Return the haystack of an entry as it is written."""
    return f"{entry.label} {entry.blueprint} {entry.deployment.build_id} {entry.key} {entry.status.label}"


def _in_state(entries: Sequence[Entry], state: str) -> Iterable[bool]:
    # Thousands of entries have few different states: each state is tested once.
    labels = list(map(attrgetter("status.label"), entries))
    statuses = (entries[labels.index(label)].status for label in set(labels))
    matches = {status.label: any(name.startswith(state) for name in _names(status)) for status in statuses}
    tests = map(matches.__getitem__, labels)
    if not (problem := "problem".startswith(state)) and not "update".startswith(state):
        return tests
    return [
        test or ((entry.waiting or _stuck(entry)) if problem else entry.update)
        for test, entry in zip(tests, entries, strict=True)
    ]


def _names(status: Status) -> Iterator[str]:
    """Yield the words after `is:` that a status matches."""
    yield status.severity.value
    yield status.plain
    if status.moving:
        yield "moving"
    if status.severity in (Severity.ERROR, Severity.WARN):
        yield "problem"


def _stuck(entry: Entry) -> bool:
    """Whether the platform has advice for what an entry is waiting on, which means that waiting alone does not help."""
    return entry.report is not None and any(issue.guidance for issue in entry.report.waiting_on)


# ---- what the user may have meant ---------------------------------------------------------------------------

_ALWAYS = ("problem", "moving", "update", *(severity.value for severity in Severity))
"""What `is:` takes in every list, besides the badges."""
_STATES = " Use is:error, is:problem, is:moving, is:update, or is: and a badge, as in is:paused."
_CONDITION = re.compile(r"(!*)(\w+)(:|[<>!=]?=)(\S*)")
_OPERATORS = {
    **dict.fromkeys(("AND", "&&"), "All words must match, so leave out AND."),
    **dict.fromkeys(("OR", "||", "|"), "There is no OR."),
    "NOT": "There is no NOT. Write !word instead.",
}
"""Operators of other languages → what to do instead."""


def mistakes(query: str, states: Iterable[Status]) -> Iterator[tuple[str, str, str]]:
    """Yield each word that no agent can match, what is wrong with it, and what was meant; empty if nothing is near.

    `states` are those of the agents in the list.
    """
    valid = sorted({*_ALWAYS, *(status.plain for status in KNOWN), *(status.plain for status in states)})
    for word in query.split():
        condition = _CONDITION.fullmatch(word.lower())
        if word in _OPERATORS:
            yield word, _OPERATORS[word], ""
        elif condition is not None:
            mark, name, operator, state = condition.groups()
            valid_start = any(each.startswith(state) for each in valid)
            if name == "is" and not valid_start:
                # One wrong letter is a large part of such short words.
                similar = nearest_word(state, valid, similarity=0.5)
                problem = f"No state is named {state}.{'' if similar else _STATES}"
                yield word, problem, f"{mark}is:{similar}" if similar else ""
            elif valid_start and state and f"{name}{operator}" != "is:":
                yield word, f"{word} is not a condition.", f"{mark}is:{state}"


def corrected(query: str, states: Iterable[Status]) -> str:
    """Return the query with each misspelled state replaced by the nearest one; empty if there is nothing to correct."""
    words = query.split()
    guesses = {word: guess for word, _problem, guess in mistakes(query, states) if guess}
    return " ".join(guesses.get(word, word) for word in words) if guesses else ""


NEAREST_OF = 400
"""The most names compared with a filter that has no matches."""


def nearest(entries: Iterable[Entry], query: str) -> str:
    """Return the label of the agent whose label or blueprint is closest to a `query`, or an empty string."""
    words = [word for word in query.split() if not word.startswith(("!", "is:"))]
    if not words:
        return ""
    wanted = " ".join(words).lower()
    entries_ = list(entries)
    names = {name.lower(): entry.label for entry in entries_ for name in (entry.blueprint, entry.label) if name}
    # Comparing takes 10 µs per name on every key: names with the same first letter come first.
    likely = sorted(names, key=lambda name: name[:1] != wanted[:1])[:NEAREST_OF]
    # A filter is often only a part of a name.
    return names.get(nearest_word(wanted, likely, similarity=0.5), "")
