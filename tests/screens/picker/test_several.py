"""Several accounts in one list."""

from __future__ import annotations

import pytest
from support.app import AppFactory
from support.driving import listed, picker
from support.on_screen import running, screen_lines, settled, until, until_text
from textual.pilot import Pilot

from astro_tui.demo import DemoServer
from astro_tui.demo.faults import Fault
from astro_tui.presentation.scope import scope_of
from astro_tui.screens.deployment.screen import DeploymentScreen
from astro_tui.screens.picker.screen import PickerScreen

pytestmark = pytest.mark.anyio
GROUP = "meridian-labs harborline"
HARBOR = r"^/deployments\?account=harborline"


async def complete(pilot: Pilot[None]) -> PickerScreen:
    """Wait until all lists have arrived."""
    screen = await listed(pilot)
    await until(pilot, lambda: screen.agents.value is not None and not screen.agents.value.left, "all lists")
    await settled(pilot)
    return screen


@pytest.mark.parametrize(("account", "title"), [(GROUP, "harborline+meridian-labs"), ("*", "all accounts")])
async def test_the_agents_of_several_accounts_are_one_list(make_app: AppFactory, account: str, title: str) -> None:
    async with running(make_app(account=account), 120, 40) as pilot:
        screen = await complete(pilot)
        assert title in screen_lines(pilot.app)[0]
        wanted = {"harborline", "meridian-labs"}
        assert {entry.account for entry in screen.table.rows} >= wanted
        ranks = [entry.status.urgency for entry in screen.table.rows]
        assert ranks == sorted(ranks)
        # The name of an account is a word of the filter, and an order.
        await pilot.press("slash", *"harborl")
        assert {entry.account for entry in screen.table.rows} == {"harborline"}
        [tides] = [line for line in screen_lines(pilot.app) if "Tide Notes" in line]
        assert "harborline" in tides
        await pilot.press("enter", "enter")
        await until(pilot, lambda: isinstance(pilot.app.screen, DeploymentScreen))
        assert str(pilot.app.screen.route).startswith("harborline/")  # type: ignore[attr-defined]
        await pilot.press("escape")
        await until(pilot, lambda: pilot.app.screen is screen)
        assert screen.account == str(scope_of(account))


async def test_an_account_that_cannot_be_read_is_a_line_until_it_can(make_app: AppFactory, demo: DemoServer) -> None:
    demo.faults.set(HARBOR, Fault.response(403, '{"error":"not a member"}'))
    async with running(make_app(account=GROUP), 80, 24) as pilot:
        screen = await complete(pilot)
        assert {entry.account for entry in screen.agents.entries} == {"meridian-labs"}
        await until_text(pilot, "harborline cannot be read: You have no access")
        demo.faults.clear()
        await pilot.press("r")
        await until(pilot, lambda: len({entry.account for entry in screen.agents.entries}) == 2, "both accounts")
        assert "cannot be read" not in "".join(screen_lines(pilot.app))


async def test_an_account_that_cannot_be_read_is_not_called_empty(make_app: AppFactory, demo: DemoServer) -> None:
    demo.faults.set(HARBOR, Fault.response(403, '{"error":"not a member"}'))
    async with running(make_app(account="quiet-harbor harborline"), 80, 24) as pilot:
        await until_text(
            pilot, "No agents are deployed in quiet-harbor.", "harborline cannot be read: You have no access"
        )
        demo.faults.set("/deployments", Fault.response(503))
        await pilot.press("colon", *"accounts harborline meridian-labs", "enter")
        await until_text(pilot, "None of harborline and meridian-labs can be read.")


async def test_accounts_are_opened_together_and_left_again(make_app: AppFactory) -> None:
    async with running(make_app(account="quiet-harbor"), 120, 40) as pilot:
        await until_text(pilot, "No agents are deployed in quiet-harbor")
        await pilot.press("colon", *"accounts harborline meridian-labs", "enter")
        await complete(pilot)
        assert any("ACCOUNT" in line for line in screen_lines(pilot.app)[:3])
        await pilot.press("minus")
        await until_text(pilot, "No agents are deployed in quiet-harbor")
        await pilot.press("minus")
        await complete(pilot)
        assert picker(pilot.app).account == "harborline+meridian-labs"
        # In a list of one account, its name is not a word that all rows have.
        picker(pilot.app).show_account("harborline")
        await complete(pilot)
        assert not any("ACCOUNT" in line for line in screen_lines(pilot.app)[:3])
        await pilot.press("slash", *"harborline")
        assert not picker(pilot.app).table.row_count


async def test_what_agents_used_is_read_for_each_account(make_app: AppFactory) -> None:
    async with running(make_app(account=GROUP, columns=("agent", "requests")), 120, 40) as pilot:
        screen = await complete(pilot)
        await until(pilot, lambda: screen.agents.usage, "the numbers")
        used = {entry.account for entry in screen.agents.entries if entry.key in screen.agents.usage}
        assert used == {"harborline", "meridian-labs"}
        assert any("ACCOUNT" in line for line in screen_lines(pilot.app)[:3])
