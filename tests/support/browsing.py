"""The catalog and the blueprint screen of a running app."""

from __future__ import annotations

from typing import Any

from textual.pilot import Pilot

from astro_tui.screens.blueprint.screen import MAIN, BlueprintScreen
from astro_tui.screens.catalog.screen import CatalogueScreen
from support.on_screen import settled, until


def catalog_screen(pilot: Pilot[Any]) -> CatalogueScreen:
    """Return the catalog in front."""
    assert isinstance(pilot.app.screen, CatalogueScreen), pilot.app.screen
    return pilot.app.screen


def blueprint_screen(pilot: Pilot[Any]) -> BlueprintScreen:
    """Return the blueprint screen in front."""
    assert isinstance(pilot.app.screen, BlueprintScreen), pilot.app.screen
    return pilot.app.screen


async def blueprint_loaded(pilot: Pilot[Any]) -> None:
    """Wait until the blueprint and the section that is shown are loaded and laid out."""
    screen = blueprint_screen(pilot)
    await settled(pilot)
    await until(pilot, lambda: screen._rest is None, "the cursor has rested")
    await settled(pilot)
    if screen._main != "spec" and (screen.wide or screen._section in MAIN):
        await until(pilot, lambda: screen.markdown.ready, "the text is laid out")
