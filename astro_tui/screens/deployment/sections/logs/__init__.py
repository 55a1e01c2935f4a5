"""The logs of a deployment's workloads."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from astro_tui.presentation.record import Known
    from astro_tui.screens.base.sections import SectionPane

__all__ = ["load"]


def load() -> type[SectionPane[Known]]:
    """Import and return the class of the pane."""
    from astro_tui.screens.deployment.sections.logs.pane import LogsPane

    return LogsPane
