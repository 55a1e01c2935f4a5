"""Routes as screens: what the app opens, what it goes back to, and what it does with a route to nothing."""

from __future__ import annotations

import pytest
from support.app import AppFactory
from support.demo_deployments import CLAIMS
from support.driving import detail, listed, opened, picker, spec_of
from support.on_screen import running, settled, until, until_text

from astro_tui.screens.accounts import AccountsScreen
from astro_tui.screens.base.open import Open
from astro_tui.screens.base.page import Page
from astro_tui.screens.blueprint.screen import BlueprintScreen
from astro_tui.screens.catalog.screen import CatalogScreen
from astro_tui.screens.deployment.screen import DeploymentScreen
from astro_tui.screens.picker.screen import PickerScreen
from astro_tui.session.routes import AgentsRoute, DeploymentRoute, Route, parse

pytestmark = pytest.mark.anyio


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
        pilot.app.post_message(Open(screen.session, parse("harborline/more-log")))
        await until_text(pilot, "harborline has no agent named more-log. Did you mean Moor Log?")
        assert pilot.app.screen is screen


async def test_without_a_list_below_an_account_opens_one(make_app: AppFactory) -> None:
    app = make_app()
    app._first = lambda: CatalogScreen(app.session)
    async with running(app) as pilot:
        await until(pilot, lambda: isinstance(pilot.app.screen, CatalogScreen))
        pilot.app.post_message(Open(app.session, AgentsRoute("harborline")))
        await until(pilot, lambda: isinstance(pilot.app.screen, PickerScreen))
        await until_text(pilot, "harborline", "Moor Log")
        assert picker(pilot.app).account == "harborline"


# ---- deep links


def route_of(app: object) -> Route | None:
    screen = app.screen  # type: ignore[attr-defined]
    assert isinstance(screen, Page)
    return screen.route


async def test_the_address_of_a_section(make_app: AppFactory) -> None:
    first, *others = ("record", "history", "workloads", "events", "why")
    async with running(make_app(agent=CLAIMS, address=f"meridian-labs/{CLAIMS}#{first}")) as pilot:
        await until(pilot, lambda: isinstance(pilot.app.screen, DeploymentScreen))
        await until(pilot, lambda: route_of(pilot.app) == DeploymentRoute("meridian-labs", CLAIMS, first))
        for section in others:
            address = parse(f"meridian-labs/{CLAIMS}#{section}")
            assert address == DeploymentRoute("meridian-labs", CLAIMS, section)
            pilot.app.post_message(Open(detail(pilot.app).session, address))
            await until(pilot, lambda address=address: route_of(pilot.app) == address, section)  # type: ignore[misc]


PLACES = [
    ("spec:.source.build", True, "e88d3146"),
    ("spec:.source.color.red", False, "This spec has no .source.color.red. The nearest is .source."),
    ("history:9", True, "rev 9"),
    ("history:99", False, "There is no revision 99. The newest is 12."),
    ("diff:9..11", True, "diff 9 → 11"),
    ("diff:harborline/Moor%20Log", False, "diff of two agents"),
    ("diff:99", False, "Claims Desk (EU): There is no revision 99 among revisions 1 to 12."),
]
"""Places of an agent, whether they are exactly what is on screen then, and a text that is."""


async def test_the_addresses_of_places(make_app: AppFactory) -> None:
    first = f"meridian-labs/{CLAIMS}#spec:.source.name"
    async with running(make_app(agent=CLAIMS, address=first)) as pilot:
        await until(pilot, lambda: spec_of(detail(pilot.app)).path == ("source", "name"))
        session = detail(pilot.app).session
        for place, exact, text in PLACES:
            route = parse(f"meridian-labs/{CLAIMS}#{place}")
            pilot.app.post_message(Open(session, route))
            await until_text(pilot, text)
            if exact:
                await until(pilot, lambda route=route: route_of(pilot.app) == route, place)  # type: ignore[misc]


@pytest.mark.nightly
async def test_an_agent_opened_over_another_takes_its_place(make_app: AppFactory) -> None:
    async with running(make_app()) as pilot:
        screen = await opened(pilot, CLAIMS)
        pilot.app.post_message(Open(screen.session, parse("meridian-labs/b0c-4y0-dft#history")))
        await until(pilot, lambda: detail(pilot.app).entry.key == "b0c-4y0-dft")
        assert len(pilot.app.screen_stack) == 2
