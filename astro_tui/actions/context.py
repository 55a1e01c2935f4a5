"""What every step of an action needs: the platform, the journal, and the time."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from astro_tui.actions.journal import Journal
from astro_tui.actions.target import Clock

if TYPE_CHECKING:
    from astro_tui.platform.client import Platform

Report = Callable[[str], None]
"""Gets what is being done, in a few words, in the thread of the action."""


def silent(_words: str) -> None:
    """Report nothing."""


@dataclass(frozen=True, slots=True)
class Context:
    """Shared by all actions of a session. Safe to use from many threads."""

    platform: Platform
    journal: Journal
    clock: Clock
