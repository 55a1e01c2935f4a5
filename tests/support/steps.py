"""Steps to the screens of a running app, for tests that visit many of them."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

from textual.pilot import Pilot

from astro_tui.screens.catalog.screen import CatalogScreen
from support.driving import listed, opened
from support.on_screen import settled, until

Steps = Callable[[Pilot[Any]], Awaitable[None]]


async def press(pilot: Pilot[Any], *pressed: str) -> None:
    """Press keys, each one after all requests of the last one have ended."""
    for key in pressed:
        await pilot.press(key)
        await settled(pilot)


def keys(*pressed: str, screen: type[Any] | None = None) -> Steps:
    """Return steps that press keys in the picker until `screen` is in front."""

    async def steps(pilot: Pilot[Any]) -> None:
        await listed(pilot)
        await settled(pilot)
        await press(pilot, *pressed)
        await in_front(pilot, screen)

    return steps


def deployment(*pressed: str, screen: type[Any] | None = None) -> Steps:
    """Return steps that press keys in a deployment until `screen` is in front."""

    async def steps(pilot: Pilot[Any]) -> None:
        await opened(pilot, "q7k-0ab-x4d")
        await press(pilot, *pressed)
        await in_front(pilot, screen)

    return steps


def then(*pressed: str, screen: type[Any] | None = None) -> Steps:
    """Return steps that press keys wherever the last steps have led, until `screen` is in front."""

    async def steps(pilot: Pilot[Any]) -> None:
        await press(pilot, *pressed)
        await in_front(pilot, screen)

    return steps


async def in_front(pilot: Pilot[Any], screen: type[Any] | None) -> None:
    """Wait until a screen is in front and loaded."""
    await until(pilot, lambda: screen is None or isinstance(pilot.app.screen, screen), f"{screen} in front")
    await settled(pilot)


async def catalog(pilot: Pilot[Any]) -> None:
    """Open the catalog and wait for its rows."""
    await settled(pilot)
    await pilot.press("c")
    await until(pilot, lambda: isinstance(pilot.app.screen, CatalogScreen) and pilot.app.screen.table.row_count)
    await settled(pilot)
