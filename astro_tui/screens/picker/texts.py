"""What the picker says in its header and in the place of an empty table."""

from __future__ import annotations

from collections.abc import Sequence

from textual.content import Content

from astro_tui.errors import ErrorKind, PlatformError
from astro_tui.presentation.agent_list import Entry, nearest, summary
from astro_tui.presentation.status import Severity, Status
from astro_tui.session.session import Session
from astro_tui.theme.look import TONES, Look
from astro_tui.widgets.chrome.notice import Notice


def counts(rows: Sequence[tuple[Status, int]], look: Look, *, words: bool = False) -> Content:
    """Return how many agents are in each state: as glyph and number, or with words, too."""
    parts = []
    for status, number in rows:
        glyph = look.glyph(status)
        text = look.plain(f"{glyph} {number} {status.plain}" if words else f"{glyph}{number}")
        parts.append(Content.assemble((text, TONES[status.severity])))
    return Content("  " if words else " ").join(parts)


def head_forms(look: Look, states: Sequence[tuple[Status, int]], rows: int, unreadable: int) -> list[Content]:
    """Return what the header says of the agents, long to short: how many, and how many of them in each state.

    `rows` is how many the filter leaves, `unreadable` how many of the response could not be read.
    """
    known = sum(number for _, number in states)
    total = (summary(known, rows), "$quiet")
    odd = (f"  {unreadable} unreadable" if unreadable else "", TONES[Severity.WARN])
    tally = [] if rows != known else [counts(states, look)]
    full, short = (Content.assemble(total, "   ", counts(states, look, words=words), odd) for words in (True, False))
    return [full, short, *tally, Content.assemble(total, odd), Content.assemble(total)]


def say_empty(notice: Notice, account: str, look: Look) -> None:
    """Say that the account has no agents: the usual reason is the wrong account."""
    notice.say(
        Content.assemble("No agents are deployed in ", (look.plain(account), "bold"), "."),
        ["The list is empty: nothing was deployed here yet, or this is not the account you meant."],
        [
            ("ast blueprint deploy NAME", "deploys one"),
            ("A", "shows your accounts"),
            ("r", "looks again"),
        ],
    )


def say_failed(
    notice: Notice, error: PlatformError, account: str, session: Session, first: Sequence[tuple[str, str]]
) -> None:
    """Say why there is no list. `first` is the key that comes before all others.

    An account that is not there and one that the user is no member of are told apart (platform.md §8.1), and the
    one that was meant is guessed.
    """
    look = session.look
    keys = [*first, ("r", "try again"), ("A", "your accounts"), ("q", "quit")]
    lines: list[str] = []
    if error.kind is ErrorKind.NOT_FOUND and "account" in error.server_said.lower():
        from astro_tui.presentation.accounts import nearest as nearest_account

        guess = nearest_account(session.remembered.accounts, account)
        lines = [f"Nobody at {session.settings.server} is called {account}.", *([f"Is it {guess}?"] if guess else [])]
    elif account and error.kind is ErrorKind.FORBIDDEN and not _is_a_member(session, error, account):
        lines = [f"{account} is there, and you are no member of it."]
    notice.say_error(error, keys, [look.own(look.plain(line)) for line in lines])


def _is_a_member(session: Session, error: PlatformError, account: str) -> bool:
    """Tell whether a refusal is for another reason than that the user does not belong there."""
    mine = any(account == known.name for known in session.remembered.accounts)
    from astro_tui.platform.client.failures import wants_organization

    return mine or wants_organization(error.status or 0, error.server_said)


def no_match(account: str, query: str, entries: Sequence[Entry], look: Look) -> list[str]:
    """Return the lines that say that the filter hides all, and which name comes nearest."""
    guess = nearest(entries, query)
    return [
        "",
        look.own(f"No agent matches “{look.plain(query)}” in {look.plain(account)}."),
        *([f"The nearest is {look.plain(guess)}."] if guess else []),
        "",
        "esc  clears the filter",
    ]
