"""Moving through a running app: the screen in front, and the ways to a deployment."""

from __future__ import annotations

from typing import Any

from textual.app import App
from textual.pilot import Pilot

from astro_tui.screens.deployment.screen import DeploymentScreen
from astro_tui.screens.deployment.sections.history import HistoryPane
from astro_tui.screens.deployment.sections.logs import LogsPane
from astro_tui.screens.picker.screen import PickerScreen
from astro_tui.widgets.document.spec_side import SpecSide
from support.on_screen import idle, settled, until


def picker(app: App[Any]) -> PickerScreen:
    """Return the picker in front."""
    assert isinstance(app.screen, PickerScreen), app.screen
    return app.screen


def detail(app: App[Any]) -> DeploymentScreen:
    """Return the deployment's screen in front."""
    assert isinstance(app.screen, DeploymentScreen), app.screen
    return app.screen


def spec_of(screen: DeploymentScreen) -> SpecSide:
    """Return the spec of a deployment with its search and its value."""
    return screen.query_one(SpecSide)


def history_shown(app: App[Any]) -> bool:
    """Return whether the history of a deployment is in front."""
    return isinstance(app.screen, DeploymentScreen) and any(pane.active for pane in app.screen.query(HistoryPane))


def under_cursor(app: App[Any]) -> str:
    """Return the id of the deployment that the picker's cursor is on, or an empty text."""
    entry = picker(app).table.row
    return entry.key if entry else ""


async def listed(pilot: Pilot[Any]) -> PickerScreen:
    """Wait for the picker's rows."""
    await until(pilot, lambda: picker(pilot.app).table.row_count, "rows in the picker")
    return picker(pilot.app)


async def go_to(pilot: Pilot[Any], key: str) -> None:
    """Put the picker's cursor on a deployment."""
    screen = await listed(pilot)
    screen.table.move_to([entry.key for entry in screen.table.rows].index(key))
    await pilot.pause()


async def opened(pilot: Pilot[Any], key: str) -> DeploymentScreen:
    """Open a deployment from the picker and wait until everything about it has loaded."""
    await go_to(pilot, key)
    await pilot.press("enter")
    await until(pilot, lambda: isinstance(pilot.app.screen, DeploymentScreen))
    await settled(pilot)
    return detail(pilot.app)


async def log_opened(pilot: Pilot[Any], key: str) -> LogsPane:
    """Open the log of a deployment from the picker, and wait for more than two pages of lines at rest."""
    await opened(pilot, key)
    await pilot.press("7")
    await until(pilot, lambda: bool(pilot.app.screen.query(LogsPane)), "the section")
    pane = detail(pilot.app).query_one(LogsPane)
    await until(pilot, lambda: pane.view.row_count > 2 * pane.view.page and pane.complete, "lines of the log")
    await idle(pilot)
    return pane
