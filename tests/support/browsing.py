"""The catalog and the blueprint screen of a running app."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from textual.pilot import Pilot

from astro_tui.platform.models import Blueprint
from astro_tui.screens.base.open import Published
from astro_tui.screens.blueprint.screen import BlueprintScreen
from astro_tui.screens.catalog.screen import CatalogScreen
from astro_tui.session import routes
from astro_tui.widgets.text.markdown_view import MarkdownView
from support.app import AppFactory
from support.on_screen import running, settled, until


def catalog_screen(pilot: Pilot[Any]) -> CatalogScreen:
    """Return the catalog in front."""
    assert isinstance(pilot.app.screen, CatalogScreen), pilot.app.screen
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
    for view in screen.query(MarkdownView):
        # A text that is hidden is laid out when it is shown.
        await until(pilot, lambda view=view: view.ready or not view.is_on_screen, "the text is laid out")  # type: ignore[misc]


@asynccontextmanager
async def open_blueprint(
    make_app: AppFactory,
    name: str = "open-orchard/pollinator-watch",
    width: int = 120,
    height: int = 40,
    **changes: Any,
) -> AsyncIterator[Pilot[None]]:
    """Open one blueprint from the catalog, and wait until it is loaded."""
    account, _, blueprint = name.partition("/")
    async with running(make_app(**changes), width, height) as pilot:
        await settled(pilot)
        await pilot.press("c")
        await until(pilot, lambda: isinstance(pilot.app.screen, CatalogScreen))
        await until(pilot, lambda: catalog_screen(pilot).table.row_count)
        await settled(pilot)
        listing = catalog_screen(pilot).table.listing
        assert listing is not None
        place = listing.index_of(name)
        if place is None:
            published = Published(Blueprint(account=account, name=blueprint), listed=True)
            catalog_screen(pilot).open(routes.BlueprintRoute(account, blueprint), published)
        else:
            catalog_screen(pilot).table.move_to(place)
            await pilot.press("enter")
        await until(pilot, lambda: isinstance(pilot.app.screen, BlueprintScreen))
        await blueprint_loaded(pilot)
        yield pilot
