"""The filter of the agent list: its language, and what the user may have meant. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from astro_tui.presentation.agent_list import Entry
from astro_tui.presentation.status import KNOWN, Severity


def matching(entries: Sequence[Entry], query: str) -> Sequence[Entry]:
    """Return the entries that match, in their order: all words must occur, `!word` must not, `is:state` needs a state.

    A word with a capital letter is case-sensitive. `is:` takes a severity (`is:error`), a badge (`is:paused`),
    `problem`, `moving`, or `update`, and a prefix is enough. Takes about 1 ms per word for 10,000 entries.
    """
    for word in query.split():
        entries = _with_word(entries, word)
    return entries


def _with_word(entries: Sequence[Entry], word: str) -> Sequence[Entry]:
    if word.startswith("!") and len(word) > 1:
        hidden = set(map(id, _with_word(entries, word[1:])))
        return [entry for entry in entries if id(entry) not in hidden]
    if word.lower().startswith("is:"):
        state = word[3:].lower()
        found: dict[tuple[str, bool, bool], bool] = {}
        kept = []
        for entry in entries:
            # Thousands of entries have few different states: each state is tested once.
            kind = (entry.status.label, entry.update, entry.waiting or _stuck(entry))
            if kind not in found:
                found[kind] = any(name.startswith(state) for name in _states(entry))
            if found[kind]:
                kept.append(entry)
        return kept
    lower = word.lower()
    if word != lower and not word.isascii():
        # How some letters are written in lower case depends on their neighbors.
        return [entry for entry in entries if word in _text(entry)]
    entries = [entry for entry in entries if lower in entry.haystack]
    return entries if word == lower else [entry for entry in entries if word in _text(entry)]


def _text(entry: Entry) -> str:
    """Return the haystack of an entry as it is written."""
    return f"{entry.label} {entry.blueprint} {entry.deployment.build_id} {entry.key} {entry.status.label}"


def _stuck(entry: Entry) -> bool:
    """Whether the platform has advice for what an entry waits on, so that waiting alone does not help."""
    return entry.report is not None and any(issue.guidance for issue in entry.report.waiting_on)


def _states(entry: Entry) -> Iterable[str]:
    yield entry.status.severity.value
    yield entry.status.plain
    if entry.status.moving:
        yield "moving"
    if entry.status.severity in (Severity.ERROR, Severity.WARN) or entry.waiting or _stuck(entry):
        yield "problem"
    if entry.update:
        yield "update"


# ---- what the user may have meant ---------------------------------------------------------------------------

_ALWAYS = ("problem", "moving", "update", *(severity.value for severity in Severity))
"""What `is:` takes in every list, beside the badges."""


def unknown_states(query: str, entries: Sequence[Entry]) -> Iterator[tuple[str, str]]:
    """Yield each `is:` word that no agent can match, with the nearest valid one; empty if none is near."""
    from difflib import get_close_matches

    asked = [word for word in query.split() if word.lower().lstrip("!").startswith("is:")]
    if not asked:
        return
    kinds = {entry.status.label: entry for entry in entries}
    valid = {*_ALWAYS, *(status.plain for status in KNOWN), *(entry.status.plain for entry in kinds.values())}
    for word in asked:
        mark, _, state = word.lower().partition("is:")
        if not any(name.startswith(state) for name in valid):
            found = get_close_matches(state, sorted(valid), n=1, cutoff=0.5)
            yield word, f"{mark}is:{found[0]}" if found else ""


def corrected(query: str, entries: Sequence[Entry]) -> str:
    """Return the query with each unknown state replaced by the nearest one; empty if there is nothing to correct."""
    words = query.split()
    guesses = {word: guess for word, guess in unknown_states(query, entries) if guess}
    return " ".join(guesses.get(word, word) for word in words) if guesses else ""


NEAREST_OF = 400
"""Most names compared with a filter that has no matches."""


def nearest(entries: Iterable[Entry], query: str) -> str:
    """Return the label closest to a `query` without matches, or an empty text."""
    from difflib import get_close_matches

    words = [word for word in query.split() if not word.startswith(("!", "is:"))]
    wanted = " ".join(words).lower()
    names = {entry.label.lower(): entry.label for entry in entries}
    # Comparing takes 10 µs per name on every key: names with the same first letter come first.
    likely = sorted(names, key=lambda name: name[:1] != wanted[:1])[:NEAREST_OF]
    found = get_close_matches(wanted, likely, n=1, cutoff=0.5) if words else []
    return names[found[0]] if found else ""
