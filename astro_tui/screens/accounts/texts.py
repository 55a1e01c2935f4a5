"""Texts of the accounts: their counts, the status of their agents, and what replaces an empty list."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from textual.content import Content

from astro_tui.presentation.accounts import AccountRow
from astro_tui.presentation.agent_list import states_in_words
from astro_tui.text.times import counted
from astro_tui.theme.look import TONES, Look

if TYPE_CHECKING:
    from astro_tui.errors import PlatformError
    from astro_tui.widgets.chrome.notice import Notice


def count_of(rows: int, shown: int) -> str:
    """Return how many accounts there are, for the header: `3 of 4 accounts`. Empty without accounts."""
    if not rows:
        return ""
    return counted(rows, "account") if shown == rows else f"{shown:,} of {counted(rows, 'account')}"


def say_none(notice: Notice) -> None:
    """Say that the user belongs to no account."""
    notice.say(
        "You do not belong to any account yet.",
        ["Create one with the ast CLI, or ask the owner of an account to add you."],
        [("r", "refresh"), ("esc", "go back")],
    )


def no_match(query: str, look: Look, *, clear: str) -> Sequence[str]:
    """Return the lines for a filter that hides all accounts. `clear` is the key that clears it."""
    lines = (f"No account matches “{look.plain(query)}”.", "", f"{clear}  clear the filter")
    return [look.own(line) for line in lines]


def title_of(row: AccountRow, look: Look) -> Content:
    """Return the name of an account, what it is, and the user's role."""
    about = "  ".join(part for part in (row.label, row.type, row.role) if part)
    return Content.assemble((look.plain(row.name), "bold"), (f"  {look.plain(about)}", "$quiet"))


def no_agent_status(error: PlatformError, look: Look) -> Content:
    """Return one line that says why the status of the agents is missing."""
    return Content.assemble((f" {look.plain(f'Agent status unavailable: {error}')}", "$text-warning"))


def agent_status(row: AccountRow, *, loading: bool) -> Content:
    """Return the status of an account's agents: `4 failed, 2 deploying, and 16 active`."""
    if row.states is None:
        return Content.assemble(
            (" loading the status of its agents" if loading else " agent status unavailable", "$quiet")
        )
    if not row.states:
        return Content.assemble((" no agents deployed", "$quiet"))
    worst = row.states[0][0]
    words = states_in_words(row.states)
    return Content.assemble(" ", (words, TONES[worst.severity] if row.problems else ""))
