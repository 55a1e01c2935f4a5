"""What all screens of one run share: the settings, the platform, the look and the clock."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from astro_tui.client import Platform
from astro_tui.config import Settings
from astro_tui.early import Early
from astro_tui.look import Look
from astro_tui.spec_store import SpecStore

if TYPE_CHECKING:
    from astro_tui.diff_rows import DiffRows
    from astro_tui.widgets.spec_side import Reading


def system_clock() -> datetime:
    """Return the present moment, in UTC."""
    return datetime.now(UTC)


@dataclass
class Session:
    """Handed to every screen.

    `early` holds the request that was sent before the first paint, to be taken once. `views` keeps folds, cursor,
    scroll and search of every spec that was looked at, by deployment id. `specs` keeps those of revisions,
    `changes` what the newest revision of a deployment changed, where it was looked at, by deployment id.
    """

    settings: Settings
    platform: Platform
    look: Look
    clock: Callable[[], datetime] = system_clock
    early: Early | None = None
    views: dict[str, Reading] = field(default_factory=dict)
    specs: SpecStore = field(default_factory=SpecStore)
    changes: dict[str, DiffRows] = field(default_factory=dict)
