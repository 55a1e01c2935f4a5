"""Texts of the picker: its header, and what replaces an empty table."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from textual.content import Content

from astro_tui.errors import ErrorKind, PlatformError
from astro_tui.presentation.accounts import nearest as nearest_account
from astro_tui.presentation.agent_filter import corrected, mistakes, nearest
from astro_tui.presentation.agent_list import Entry, checked_of, summary, tally
from astro_tui.presentation.scope import scope_of
from astro_tui.presentation.status import Severity, Status, groups_of
from astro_tui.session.session import Session
from astro_tui.text.times import joined
from astro_tui.theme.look import TONES, Look
from astro_tui.widgets.cells import cell_len, fit
from astro_tui.widgets.chrome.bar import pressing
from astro_tui.widgets.chrome.notice import Notice

if TYPE_CHECKING:
    from astro_tui.screens.picker.agents import Listed


def counts(rows: Sequence[tuple[Status, int]], look: Look, *, words: bool = False, checked: bool = True) -> Content:
    """Return how many agents are in each group of states: `6 broken · 17 fine`, or glyph and number: `✖6 ●17`.

    Unless all were `checked`, agents that seem to be fine are only called active.
    """
    parts = []
    for group, number in groups_of(rows):
        word = group.word if checked or group.severity is not Severity.OK else "active"
        text = f"{number:,} {word}" if words else f"{look.glyph(group)}{number}"
        parts.append(look.line((text, TONES[group.severity])))
    return Content(f" {look.glyphs.dot} " if words else " ").join(parts)


MOST_UNREAD = 3
"""The most accounts that the line about unreadable ones names."""
PROBLEMS = "is:problem"
"""The filter that the key for problems sets."""


def head_forms(
    listed: Listed | None,
    rows: Sequence[Entry],
    query: str,
    look: Look,
    *,
    marks: int = 0,
    clear: str = "",
    narrow: bool = False,
) -> list[Content]:
    """Return the header's texts, long to short: the number of agents, of `marks`, of each state, and of checked ones.

    `rows` are the agents that pass the filter `query`, and `clear` is the key that clears it. Before the first list,
    there are no texts. Only the texts for a `narrow` window leave out how many were checked.
    """
    if listed is None:
        return []
    number, shown = len(listed.entries), len(rows)
    states = listed.states if shown == number else tally(rows)
    marked = (f"  {marks:,} marked" if marks else "", TONES[Severity.INFO])
    total, unchecked = look.line((summary(number, shown), "$quiet"), marked), checked_of(listed.checked, number)
    odd = look.line(
        (f"  {listed.unreadable} unreadable" if listed.unreadable else "", TONES[Severity.WARN]),
        ("  loading more accounts…" if listed.left else "", "$quiet"),
    )
    if query:
        # The filter stays: it is the reason why agents are missing.
        long, middle, tiny = (chip(query, clear, look, room) for room in (40, 20, 6))
        full, short = (
            look.line(total, "  ", long, "   ", counts(states, look, words=words, checked=not unchecked), odd)
            for words in (True, False)
        )
        last = look.line((f"{shown:,} of {number:,}", "$quiet"), marked, " ", tiny)
        return [full, short, *(look.line(total, "  ", form) for form in (long, middle, tiny)), last]
    short_counts = [] if shown != number else [look.line(counts(states, look), marked)]
    doubt = (f"  {unchecked}".rstrip(), "$quiet")
    full, short = (
        look.line(total, "   ", counts(states, look, words=words, checked=not unchecked), odd, doubt)
        for words in (True, False)
    )
    # What says how many were checked also says how many there are.
    checks = [look.line((unchecked, "$quiet"), marked, "  ", counts(states, look))] if unchecked else []
    if checks and not narrow:
        return [full, short, *checks]
    return [full, short, *checks, *short_counts, look.line(total, odd), look.line(total)]


def chip(query: str, clear: str, look: Look, room: int) -> Content:
    """Return the filter, cut to `room` cells, with the key that clears it; a click clears it, too."""
    text, cut = look.plain(query), look.glyphs.cut
    text = fit(text, min(room, cell_len(text)), cut)
    return pressing(look.line((f" {text} ", "reverse"), (f" {clear} clears", "$quiet")), clear)


def unread_line(failed: Mapping[str, PlatformError], look: Look, key: str) -> tuple[Content, Content]:
    """Return the line about accounts that cannot be read, and the `key` that tries again, for its right end."""
    names, why = list(failed), str(next(iter(failed.values())))
    more = len(names) - MOST_UNREAD
    named = [*names[:MOST_UNREAD], f"{more:,} more"] if more > 0 else names
    text = look.plain(f"{joined(named)} cannot be read: {why}")
    left = look.line((f" {'!' if look.ascii else '✖'} ", "bold $text-error"), text)
    return left, pressing(look.line((key, "bold $text-primary"), " try again "), key)


def say_empty(notice: Notice, account: str, unreadable: int, look: Look) -> None:
    """Say that the account has no agents, or none that can be read."""
    if unreadable:
        notice.say(
            look.line(f"None of the {unreadable:,} agents in ", (account, "bold"), " can be read."),
            ["The server sent entries without an id or a name."],
            [("r", "refresh"), ("A", "show your accounts")],
        )
        return
    notice.say(
        look.line("No agents are deployed in ", (account, "bold"), "."),
        ["Nothing has been deployed here yet, or this is the wrong account."],
        [
            ("ast blueprint deploy NAME", "deploy one"),
            ("A", "show your accounts"),
            ("r", "refresh"),
        ],
    )


def say_failed(
    notice: Notice, error: PlatformError, account: str, session: Session, first: Sequence[tuple[str, str]]
) -> None:
    """Say why there is no list. `first` holds the keys that come before all others.

    A missing account and one that the user does not belong to get different texts (platform.md §8.1). For a missing
    one, the closest known name is suggested.
    """
    look = session.look
    keys = [*first, ("r", "try again"), ("A", "your accounts"), ("q", "quit")]
    lines: list[str] = []
    scope = scope_of(account)
    if scope.several:
        lines = [f"None of {scope.words} can be read." if scope.accounts else "No account can be read."]
    elif error.facts.no_such_account:
        guess = nearest_account(session.remembered.accounts, account)
        lines = [f"{session.settings.server} has no account named {account}."]
        lines += [f"Did you mean {guess}?"] if guess else []
    elif account and error.kind is ErrorKind.FORBIDDEN and not _is_a_member(session, error, account):
        lines = [f"{account} exists, but you are not a member."]
    notice.say_error(error, keys, [look.plain(line) for line in lines])


def _is_a_member(session: Session, error: PlatformError, account: str) -> bool:
    """Whether the platform refused for a reason other than missing membership."""
    mine = any(account == each.name for each in session.remembered.accounts)
    return mine or error.facts.wants_organization


def no_match(listed: Listed, query: str, look: Look, *, clear: str) -> list[str]:
    """Return the lines for a filter that hides all agents, with what the user may have meant.

    `clear` is the key that clears the filter.
    """
    wrong = mistakes(query, (status for status, _count in listed.states))
    problems = [look.plain(f"{problem} Did you mean {guess}?" if guess else problem) for _, problem, guess in wrong]
    guess = nearest(listed.entries, query)
    return [
        "",
        f"No agent matches “{query}” in {listed.scope.words}.",
        *problems[:2],
        *([f"The closest match is {look.plain(guess)}."] if guess else []),
        "",
        f"{clear}  clear the filter",
    ]


def found(shown: int, listed: Listed, query: str) -> str:
    """Return what the prompt says about a filter: `2 of 30`, with the states that the user may have meant."""
    count = f"{shown:,} of {len(listed.entries):,}"
    if ":" not in query and "=" not in query:
        return count
    guess = corrected(query, (status for status, _count in listed.states))
    return f"did you mean {guess}?  {count}" if guess else count
