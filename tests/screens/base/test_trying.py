"""Slow requests are visible: at once after a failure, and after two seconds over old data."""

from __future__ import annotations

from typing import Any

import pytest
from support.app import AppFactory
from support.driving import listed
from support.on_screen import Clock, flat, resized, running, screen_text, settled, until, until_text
from support.steps import Steps, catalog, deployment, keys
from textual.pilot import Pilot

from astro_tui.demo import DemoServer, Fault
from astro_tui.screens.accounts import AccountsScreen
from astro_tui.screens.blueprint.screen import BlueprintScreen
from astro_tui.screens.catalog.screen import CatalogScreen
from astro_tui.screens.deployment.screen import DeploymentScreen
from astro_tui.screens.deployment.sections.history import HistoryPane
from astro_tui.screens.diff.screen import DiffScreen
from astro_tui.screens.picker.screen import PickerScreen

pytestmark = pytest.mark.anyio
HISTORY = r"^/agents/.*/deployment/history"


async def nowhere(_pilot: Pilot[Any]) -> None:
    """Stay in the picker."""


async def blueprint(pilot: Pilot[Any]) -> None:
    await catalog(pilot)
    await pilot.press("enter")


SCREENS: dict[type[Any], tuple[Steps, str]] = {
    PickerScreen: (nowhere, r"^/deployments\?"),
    AccountsScreen: (keys("A"), r"^/me$"),
    CatalogScreen: (keys("c"), r"^/agents\?"),
    BlueprintScreen: (blueprint, r"^/agents/[^/]*/[^/?]*$"),
    DeploymentScreen: (deployment(), r"^/agents/.*/deployment$"),
    HistoryPane: (deployment("3"), HISTORY),
    DiffScreen: (deployment("d"), HISTORY),
}

FIRST = (DeploymentScreen, CatalogScreen)
"""Screens that are tried before the nightly run."""


def count_requests(demo: DemoServer) -> int:
    return len(demo.requests)


@pytest.mark.parametrize(
    "screen",
    [
        pytest.param(screen, id=screen.__name__, marks=() if screen in FIRST else pytest.mark.nightly)
        for screen in SCREENS
    ],
)
async def test_a_retry_after_a_failure(screen: type[Any], make_app: AppFactory, demo: DemoServer, clock: Clock) -> None:
    go, path = SCREENS[screen]
    demo.faults.set(path, Fault.response(500))
    async with running(make_app(), 40, 15) as pilot:
        await go(pilot)
        await until(pilot, lambda: isinstance(pilot.app.screen, screen) or pilot.app.screen.query(screen))
        await until_text(pilot, "LOADING FAILED at")
        await settled(pilot)
        demo.faults.set(path, Fault.hang())
        await pilot.press("r")
        assert "Retrying, 0 s so far" in flat(pilot.app), screen_text(pilot.app)
        clock.advance(3)
        await until_text(pilot, "Retrying, 3 s so far")
        await resized(pilot, 120, 24)
        await until_text(pilot, "Retrying, 3 s so far")
        # Pressing r again sends the request again and says so.
        before = count_requests(demo)
        await pilot.press("r")
        await until_text(pilot, "No response after 3 s. Trying again.")
        await until_text(pilot, "Retrying, 0 s so far")
        await until(pilot, lambda: count_requests(demo) > before)
        # Not if it was just sent.
        await pilot.press("r")
        await until_text(pilot, "The request was just sent.")
        demo.faults.clear()
        clock.advance(2)
        await pilot.press("r")
        await until(pilot, lambda: "Retrying" not in flat(pilot.app) and "FAILED at" not in flat(pilot.app))


async def test_a_refresh_over_data(make_app: AppFactory, demo: DemoServer, clock: Clock) -> None:
    async with running(make_app(), 80, 24) as pilot:
        await listed(pilot)
        await settled(pilot)
        demo.faults.set("/", Fault.hang())
        clock.advance(240)
        await pilot.press("r")
        assert "refreshing" not in flat(pilot.app)
        clock.advance(3)
        await until_text(pilot, "refreshing… 3 s, as of 4m ago", "Claims Desk (EU)")
