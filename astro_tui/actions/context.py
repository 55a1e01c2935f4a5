"""What every step of an action needs: the platform, the journal, and the time."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from astro_tui.actions.journal import Journal
from astro_tui.actions.target import Clock
from astro_tui.platform.client import Platform
from astro_tui.state.account_cache import state_folder
from astro_tui.state.last_seen import Seen

Report = Callable[[str], None]
"""Called in the thread of the action with a few words on what is being done."""


def silent(_words: str) -> None:
    """Report nothing."""


def journal_of_user() -> Journal:
    """Return the journal of this user on this machine, for all servers."""
    return Journal(state_folder() / "actions")


def context_of(platform: Platform, clock: Clock, seen: Callable[[str], Seen | None]) -> Context:
    """Return the context with the journal of this user."""
    return Context(platform, journal_of_user(), clock, seen)


@dataclass(frozen=True, slots=True)
class Context:
    """Shared by all actions of a session. Safe to use from many threads.

    `seen` returns what was stored about a deployment when it was last opened on this machine.
    """

    platform: Platform
    journal: Journal
    clock: Clock
    seen: Callable[[str], Seen | None] = lambda _key: None
