"""Routes as screens: what the app opens, what it goes back to, and what it does with a route to nothing."""

from __future__ import annotations

import pytest
from support.app import AppFactory
from support.driving import detail, listed, picker
from support.on_screen import running, settled, until, until_text

from astro_tui.screens.accounts.screen import AccountsScreen
from astro_tui.screens.base.open import Open
from astro_tui.screens.blueprint.screen import BlueprintScreen
from astro_tui.screens.catalog.screen import CatalogScreen
from astro_tui.screens.picker.screen import PickerScreen
from astro_tui.session.routes import Agents, parse

pytestmark = pytest.mark.anyio
CLAIMS = "q7k-0ab-x4d"


async def test_routes_open_screens_without_loaded_data(make_app: AppFactory) -> None:
    async with running(make_app()) as pilot:
        screen = await listed(pilot)
        await settled(pilot)
        screen.keep_place()

        def go(text: str) -> None:
            pilot.app.post_message(Open(screen.session, parse(text)))

        go(f"meridian-labs/{CLAIMS}")
        await until_text(pilot, "Claims Desk (EU)", "308 values")
        assert detail(pilot.app).entry.key == CLAIMS
        go("accounts:")
        await until(pilot, lambda: isinstance(pilot.app.screen, AccountsScreen))
        go("catalog:")
        await until(pilot, lambda: isinstance(pilot.app.screen, CatalogScreen))
        go("blueprint:meridian-labs/harvest-planner")
        await until(pilot, lambda: isinstance(pilot.app.screen, BlueprintScreen))
        await until_text(pilot, "meridian-labs/harvest-planner")
        # Back to the list that is open, not to a second one on top.
        go("harborline")
        await until(pilot, lambda: pilot.app.screen is screen)
        await until_text(pilot, "harborline", "Moor Log")
        assert len(pilot.app.screen_stack) == 1


async def test_an_unknown_deployment_leads_to_the_list_of_its_account(make_app: AppFactory) -> None:
    async with running(make_app()) as pilot:
        screen = await listed(pilot)
        await settled(pilot)
        pilot.app.post_message(Open(screen.session, parse("harborline/no-such-agent")))
        await until_text(pilot, "harborline", "Moor Log")
        assert pilot.app.screen is screen


async def test_without_a_list_below_an_account_opens_one(make_app: AppFactory) -> None:
    app = make_app()
    app._first = lambda: CatalogScreen(app.session)
    async with running(app) as pilot:
        await until(pilot, lambda: isinstance(pilot.app.screen, CatalogScreen))
        pilot.app.post_message(Open(app.session, Agents("harborline")))
        await until(pilot, lambda: isinstance(pilot.app.screen, PickerScreen))
        await until_text(pilot, "harborline", "Moor Log")
        assert picker(pilot.app).account == "harborline"
