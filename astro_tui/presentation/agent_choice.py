"""The agents of several accounts, to choose one from. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from operator import attrgetter
from typing import NamedTuple

from astro_tui.presentation.agent_list import Entry
from astro_tui.presentation.columns import SELECTED, Column, steps
from astro_tui.text.foreign import ascii_name


class Choice(NamedTuple):
    """An agent and its account; `text` is what a filter searches, in lower case."""

    account: str
    entry: Entry
    text: str


def choice_of(account: str, entry: Entry) -> Choice:
    """Return the choice for an agent of an account."""
    return Choice(account, entry, f"{account.lower()}/{entry.haystack}")


def matching(choices: Sequence[Choice], query: str) -> Sequence[Choice]:
    """Return the choices that contain every word of the query, ignoring case."""
    for word in query.lower().split():
        choices = [choice for choice in choices if word in choice.text]
    return choices


COLUMNS: Sequence[Column[Choice]] = (
    Column(
        "agent",
        attrgetter("entry.label"),
        SELECTED,
        least=20,
        in_ascii=lambda choice: ascii_name(choice.entry.label, choice.entry.blueprint),
    ),
    Column("account", attrgetter("account"), "quiet", most=24),
    Column("build", attrgetter("entry.build"), "quiet", most=10),
    # An unknown status word may be longer than all known ones.
    Column("status", attrgetter("entry.status.label"), attrgetter("entry.status.severity"), least=10, most=20),
)
"""The columns of the choice, from left to right."""
LAYOUT = steps("agent 20, account 12, account, agent 30, status, build, agent")
