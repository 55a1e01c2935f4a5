"""What every step of an action needs: the platform, the journal, and the time."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime

from astro_tui.actions.kinds import Action
from astro_tui.actions.target import TargetState
from astro_tui.platform.client import Platform
from astro_tui.presentation.presence import Target
from astro_tui.runtime import Clock
from astro_tui.state.journal import Journal, JournalEntry, journal_of_user
from astro_tui.state.last_seen import Seen
from astro_tui.text.times import rfc3339

ProgressReport = Callable[[str], None]
"""Called in the thread of the action with a few words on what is being done."""


def silent(_words: str) -> None:
    """Report nothing."""


def context_of(
    platform: Platform, clock: Clock, seen: Callable[[str], Seen | None], asked: dict[str, str]
) -> ActionContext:
    """Return the context with the journal of this user."""
    return ActionContext(platform, journal_of_user(), clock, seen, asked=asked)


@dataclass(frozen=True, slots=True)
class ActionContext:
    """Shared by all actions of a session. Safe to use from many threads.

    `seen` returns what was stored about a deployment when it was last opened on this machine. `group` is what the
    actions of a bulk have in common in the journal. `asked` gets the user's last message to each agent, and is kept
    only in this run.
    """

    platform: Platform
    journal: Journal
    clock: Clock
    seen: Callable[[str], Seen | None] = lambda _key: None
    group: str = ""
    asked: dict[str, str] = field(default_factory=dict)


def intended(
    journal: Journal, server: str, action: Action, target: Target, state: TargetState, *, now: datetime, group: str = ""
) -> JournalEntry:
    """Record an action that is about to be sent, and return its entry once it is on disk. Raises JournalError."""
    entry = JournalEntry(
        key="",
        time=rfc3339(now, "milliseconds"),
        server=server,
        account=target.account,
        agent=target.name,
        id=target.id,
        action=action.kind.value,
        argument=action.argument,
        revision=state.revision,
        was=state.words,
        group=group,
    )
    return journal.intend(entry)
