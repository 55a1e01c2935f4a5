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
from astro_tui.screens.diff.screen import DiffScreen
from astro_tui.screens.picker.screen import PickerScreen
from astro_tui.session.routes import Agents, Deployment, Diff, Route, parse

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
        pilot.app.post_message(Open(app.session, Agents("harborline")))
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
        await until(pilot, lambda: route_of(pilot.app) == Deployment("meridian-labs", CLAIMS, first))
        for section in others:
            address = parse(f"meridian-labs/{CLAIMS}#{section}")
            assert address == Deployment("meridian-labs", CLAIMS, section)
            pilot.app.post_message(Open(detail(pilot.app).session, address))
            await until(pilot, lambda address=address: route_of(pilot.app) == address, section)  # type: ignore[misc]


async def test_the_address_of_a_value(make_app: AppFactory) -> None:
    route = Deployment("meridian-labs", CLAIMS, "spec", ".source.build")
    async with running(make_app(agent=CLAIMS, address=str(route))) as pilot:
        await until(pilot, lambda: isinstance(pilot.app.screen, DeploymentScreen))
        await until(pilot, lambda: spec_of(detail(pilot.app)).path == ("source", "build"))
        assert route_of(pilot.app) == route


async def test_the_address_of_a_revision(make_app: AppFactory) -> None:
    route = Deployment("meridian-labs", CLAIMS, "history", "9")
    async with running(make_app(agent=CLAIMS, address=str(route))) as pilot:
        await until(pilot, lambda: isinstance(pilot.app.screen, DeploymentScreen))
        await until(pilot, lambda: route_of(pilot.app) == route)
        pilot.app.post_message(Open(detail(pilot.app).session, parse(f"meridian-labs/{CLAIMS}#history:99")))
        await until_text(pilot, "There is no revision 99. The newest is 12.")


async def test_a_path_that_the_spec_lacks_leads_to_the_nearest(make_app: AppFactory) -> None:
    address = f"meridian-labs/{CLAIMS}#spec:.source.color.red"
    async with running(make_app(agent=CLAIMS, address=address)) as pilot:
        await until_text(pilot, "This spec has no .source.color.red. The nearest is .source.")
        assert spec_of(detail(pilot.app)).path == ("source",)


async def test_the_address_of_a_comparison(make_app: AppFactory) -> None:
    route = Diff("meridian-labs", CLAIMS, "9", "11")
    async with running(make_app(agent=CLAIMS, address=str(route))) as pilot:
        await until(pilot, lambda: isinstance(pilot.app.screen, DiffScreen))
        await until_text(pilot, "diff 9 → 11")
        assert route_of(pilot.app) == route


async def test_the_address_of_a_comparison_with_another_agent(make_app: AppFactory) -> None:
    address = f"meridian-labs/{CLAIMS}#diff:harborline/Moor%20Log"
    async with running(make_app(agent=CLAIMS, address=address)) as pilot:
        await until_text(pilot, "diff of two agents", "harborline/Moor Log")
        found = route_of(pilot.app)
        assert isinstance(found, Diff)
        assert found.old.startswith("harborline/")
        assert found.agent == CLAIMS


async def test_a_revision_that_does_not_exist(make_app: AppFactory) -> None:
    async with running(make_app(agent=CLAIMS, address=f"meridian-labs/{CLAIMS}#diff:99")) as pilot:
        await until_text(pilot, "Claims Desk (EU): There is no revision 99 among revisions 1 to 12.")


async def test_an_agent_opened_over_another_takes_its_place(make_app: AppFactory) -> None:
    async with running(make_app()) as pilot:
        screen = await opened(pilot, CLAIMS)
        pilot.app.post_message(Open(screen.session, parse("meridian-labs/b0c-4y0-dft#history")))
        await until(pilot, lambda: detail(pilot.app).entry.key == "b0c-4y0-dft")
        assert len(pilot.app.screen_stack) == 2
