"""What is known about the blueprint and the build on screen."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from astro_tui.screens.base.sections import SectionPane
    from astro_tui.screens.blueprint.state import BlueprintState

__all__ = ["load"]


def load() -> type[SectionPane[BlueprintState]]:
    """Import and return the class of the pane."""
    from astro_tui.screens.blueprint.sections.record.pane import BlueprintRecordPane

    return BlueprintRecordPane
