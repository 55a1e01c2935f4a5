"""What was open for one agent or section is gone when another is shown, and `esc` goes back to where the user was."""

from __future__ import annotations

import pytest
from support.app import AppFactory
from support.demo_deployments import CLAIMS, PARCEL
from support.driving import detail, go_to, listed, log_opened, opened
from support.on_screen import flat, held, running, settled, until, until_text

from astro_tui.demo import DemoServer
from astro_tui.screens.deployment.screen import DeploymentScreen
from astro_tui.screens.deployment.sections.history import HistoryPane
from astro_tui.screens.picker.screen import PickerScreen

pytestmark = pytest.mark.anyio


@pytest.mark.parametrize("keys", [("enter",), ("number_sign",)], ids=["a line", "repeats"])
async def test_another_agent_closes_what_is_in_front_of_the_log(keys: tuple[str, ...], make_app: AppFactory) -> None:
    async with running(make_app(), 120, 40) as pilot:
        pane = await log_opened(pilot, CLAIMS)
        side = pane.side
        await pilot.press("k", "k", *keys)
        await until(pilot, lambda: side.document or side.templates.display, "something in front of the lines")
        await pilot.press("greater_than_sign")
        await until(pilot, lambda: detail(pilot.app).entry.key != CLAIMS, "another agent")
        await settled(pilot)
        assert side.document is None
        assert not side.templates.display
        assert side.view.region.height > 5
        assert pane.has_focus_within


async def test_a_pending_address_of_one_agent_is_dropped_for_the_next(make_app: AppFactory, demo: DemoServer) -> None:
    async with running(make_app(), 120, 40) as pilot:
        screen = await opened(pilot, CLAIMS)
        with held(demo, "deployment/history"):
            await screen.show_section("history", "rev 77")
            await screen.show_section("spec")
            await pilot.press("greater_than_sign")
            await until(pilot, lambda: screen.entry.key != CLAIMS, "another agent")
        await pilot.press("3")
        await until(pilot, lambda: screen.query_one(HistoryPane).table.row_count, "the history")
        await settled(pilot)
        assert "There is no revision" not in flat(pilot.app)


@pytest.mark.parametrize("way", ["tab", "click"])
async def test_a_section_beside_ends_the_typing_of_a_search(way: str, make_app: AppFactory) -> None:
    async with running(make_app(), 120, 40) as pilot:
        screen = await opened(pilot, CLAIMS)
        await pilot.press("slash", *"ag")
        if way == "click":
            await pilot.click("#record")
        else:
            await pilot.press("tab")
        await until_text(pilot, "[2 record", "? help")
        assert not [prompt for prompt in screen.query("Prompt") if prompt.display]
        await pilot.press("1", "slash")
        assert [prompt for prompt in screen.query("Prompt") if prompt.has_focus]


@pytest.mark.parametrize(
    ("section", "typed"),
    [("1", "age"), ("7", "GET")],
    ids=["spec", "logs"],
)
async def test_another_section_ends_the_typing_of_a_search(section: str, typed: str, make_app: AppFactory) -> None:
    async with running(make_app(), 120, 40) as pilot:
        screen = await opened(pilot, CLAIMS)
        await pilot.press(section)
        await settled(pilot)
        await pilot.press("slash", *typed)
        await pilot.press("ctrl+p", *"events")
        await until_text(pilot, "Claims Desk (EU) events")
        await pilot.press("enter")
        await until_text(pilot, "[5 events")
        await pilot.press(section)
        await settled(pilot)
        assert not [prompt for prompt in screen.query("Prompt") if prompt.display]
        assert screen.host.active_pane.has_focus_within
        await pilot.press("slash")
        assert [prompt for prompt in screen.query("Prompt") if prompt.has_focus]


WAYS = {
    "logs from the list": ("l", ["logs", ""]),
    "workloads from the list, and their logs": ("4 enter", ["logs", "workloads", ""]),
    "logs from the diagnosis": ("enter 6 l", ["logs", "why", "spec", ""]),
}
"""Keys in the list → the sections on the way back; empty for the list."""


@pytest.mark.investigating
@pytest.mark.parametrize("way", WAYS)
async def test_escape_goes_back_to_where_the_user_was(way: str, make_app: AppFactory) -> None:
    keys, sections = WAYS[way]
    async with running(make_app(), 120, 40) as pilot:
        await listed(pilot)
        await go_to(pilot, PARCEL)
        await until_text(pilot, "cannot pull its image")
        for key in keys.split():
            await pilot.press(key)
            await settled(pilot)
        for section in sections:
            if section:
                await until(pilot, lambda name=section: detail(pilot.app).host.active == name, section)  # type: ignore[misc]
                await settled(pilot)
                assert isinstance(pilot.app.screen, DeploymentScreen)
                await pilot.press("escape")
        await until(pilot, lambda: isinstance(pilot.app.screen, PickerScreen), "the list")
