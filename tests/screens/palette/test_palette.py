"""The palette and the command line on the screens."""

from __future__ import annotations

from typing import Any

import pytest
from support.app import AppFactory
from support.demo_deployments import CLAIMS
from support.driving import detail, listed, opened, picker, spec_of
from support.on_screen import resized, running, screen_lines, settled, until, until_text
from textual.color import Color
from textual.pilot import Pilot

from astro_tui.demo import DemoServer, Fault
from astro_tui.screens.accounts import AccountsScreen
from astro_tui.screens.catalog.screen import CatalogScreen
from astro_tui.screens.deployment.screen import DeploymentScreen
from astro_tui.screens.diff.screen import DiffScreen
from astro_tui.screens.palette.items import Item, searchable
from astro_tui.screens.palette.screen import PaletteScreen
from astro_tui.screens.picker.screen import PickerScreen
from astro_tui.theme.look import THEMES
from astro_tui.widgets.lists.pick_list import PickList

pytestmark = pytest.mark.anyio
SORTER = "b0c-4y0-dft"


def palette(pilot: Pilot[Any]) -> PaletteScreen:
    assert isinstance(pilot.app.screen, PaletteScreen), pilot.app.screen
    return pilot.app.screen


async def at_palette(pilot: Pilot[Any], key: str = "ctrl+p") -> PaletteScreen:
    await pilot.press(key)
    await until(pilot, lambda: isinstance(pilot.app.screen, PaletteScreen) and pilot.app.screen.table.row_count)
    return palette(pilot)


def names(pilot: Pilot[Any]) -> list[str]:
    table = palette(pilot).table
    return [row.name for row in table.rows if isinstance(row, Item)]


async def test_to_an_agent_of_another_account_in_six_keys(make_app: AppFactory) -> None:
    async with running(make_app(), 80, 24) as pilot:
        await listed(pilot)
        box = await at_palette(pilot)
        await until(pilot, lambda: any(one.end == "harborline" for one in box._items))
        await pilot.press(*"moor")
        assert names(pilot)[0] == "Moor Log"
        await pilot.press("enter")
        await until(pilot, lambda: isinstance(pilot.app.screen, DeploymentScreen))
        await until_text(pilot, "harborline", "Moor Log")
        await pilot.press("escape")
        await until(pilot, lambda: picker(pilot.app).account == "meridian-labs")


async def test_no_key_sends_a_request(make_app: AppFactory, demo: DemoServer) -> None:
    async with running(make_app(), 80, 24) as pilot:
        await opened(pilot, CLAIMS)
        box = await at_palette(pilot)
        assert box._lists is not None
        await until(pilot, lambda: box._lists is not None and not box._lists.left)
        before = len(demo.requests)
        await pilot.press(*"moor log", "backspace", "down", "up", *"zz")
        assert len(demo.requests) == before
        await pilot.press("escape")
        # The lists are new: opening again requests nothing either.
        await at_palette(pilot)
        await pilot.press(*"seal")
        assert names(pilot)[0].startswith("Seal Counter")
        assert len(demo.requests) == before


async def test_what_was_used_last_comes_first(make_app: AppFactory) -> None:
    async with running(make_app(), 100, 30) as pilot:
        await opened(pilot, CLAIMS)
        await at_palette(pilot)
        await pilot.press(*"invoice sorter", "enter")
        await until(pilot, lambda: detail(pilot.app).entry.key == SORTER)
        await at_palette(pilot)
        # The current place comes after the previous ones.
        assert names(pilot)[0] == "Claims Desk (EU)"
        await pilot.press(*"workloads", "enter")
        await until_text(pilot, "[4 workloads")
        await at_palette(pilot, "colon")
        assert names(pilot)[:2] == ["Invoice Sorter › workloads", "Claims Desk (EU)"]
        await pilot.press(*"diff 1 2", "enter")
        await until(pilot, lambda: isinstance(pilot.app.screen, DiffScreen))
        await at_palette(pilot)
        assert names(pilot)[0] == "compare 1 with 2"


async def test_enter_runs_an_action_on_the_screen_below_and_a_click_opens(make_app: AppFactory) -> None:
    async with running(make_app(), 80, 24) as pilot:
        await listed(pilot)
        await at_palette(pilot)
        await pilot.press(*"only problems")
        assert (row := palette(pilot).table.row) is not None
        assert row.end == "e"
        await pilot.press("enter")
        await until_text(pilot, "of 30")
        await at_palette(pilot)
        await pilot.press(*"invoice sor")
        await pilot.click(PickList, offset=(12, 0))
        await until(pilot, lambda: isinstance(pilot.app.screen, DeploymentScreen))
        assert detail(pilot.app).entry.key == SORTER


async def test_the_themes_are_shown_while_the_cursor_moves(make_app: AppFactory) -> None:
    async with running(make_app(), 80, 24) as pilot:
        await listed(pilot)
        await at_palette(pilot, "colon")
        await pilot.press(*"theme ")
        assert names(pilot) == [f"theme: {name}" for name in THEMES]
        assert pilot.app.theme == "dark"
        await pilot.press("down")
        assert pilot.app.theme == "light"
        await until(pilot, lambda: background(pilot) == Color.parse(THEMES["light"].background or ""))
        await pilot.press("down")
        assert pilot.app.theme == "contrast"
        await pilot.press("escape")
        assert pilot.app.theme == "dark"
        await until(pilot, lambda: background(pilot) == Color.parse(THEMES["dark"].background or ""))


def background(pilot: Pilot[Any]) -> Color:
    """Return the color behind the list, which may be below the palette."""
    (screen,) = (one for one in pilot.app.screen_stack if isinstance(one, PickerScreen))
    return screen.table.background_colors[1]


async def test_a_theme_is_kept_for_its_account(make_app: AppFactory) -> None:
    app = make_app()
    async with running(app, 80, 24) as pilot:
        await listed(pilot)
        await pilot.press("colon", *"theme", "down", "enter")
        await until_text(pilot, "meridian-labs now uses the light theme.")
        assert app.theme == "light"
        assert app.session.memory.place("meridian-labs").theme == "light"
        await at_palette(pilot, "colon")
        await pilot.press(*"theme ")
        # The cursor starts at the theme in use.
        assert (row := palette(pilot).table.row) is not None
        assert row.name == "theme: light"
        await pilot.press("up", "escape")
        assert app.theme == "light"
        await pilot.press("colon", *"account harborline", "enter")
        await until(pilot, lambda: picker(app).account == "harborline" and app.theme == "dark")
        await pilot.press("minus")
        await until(pilot, lambda: picker(app).account == "meridian-labs" and app.theme == "light")


async def test_a_theme_that_was_only_shown_is_gone_after_another_choice(make_app: AppFactory) -> None:
    async with running(make_app(), 80, 24) as pilot:
        await listed(pilot)
        # A theme that is only found is not shown.
        await at_palette(pilot)
        await pilot.press(*"light")
        assert names(pilot)[0] == "theme: light"
        assert pilot.app.theme == "dark"
        await pilot.press("escape")
        await at_palette(pilot, "colon")
        await pilot.press(*"theme ", "down")
        assert pilot.app.theme == "light"
        await pilot.press("ctrl+a", "ctrl+k", *"accounts")
        assert pilot.app.theme == "dark"
        await pilot.press("enter")
        await until(pilot, lambda: isinstance(pilot.app.screen, AccountsScreen))
        assert pilot.app.theme == "dark"
        await at_palette(pilot)
        await pilot.press(*"light", "enter")
        await until(pilot, lambda: pilot.app.theme == "light")


async def test_no_theme_with_no_color(make_app: AppFactory, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    async with running(make_app(), 80, 24) as pilot:
        await listed(pilot)
        await pilot.press("colon", *"theme light", "enter")
        await until_text(pilot, "NO_COLOR is set, so there are no colors to choose.")
        assert pilot.app.theme == "terminal"


async def test_screens_of_one_kind_do_not_pile_up(make_app: AppFactory) -> None:
    async with running(make_app(), 80, 24) as pilot:
        await opened(pilot, CLAIMS)
        for command, screen in (
            *[("diff 9 11", DiffScreen), ("diff 8 9", DiffScreen)],
            *[("accounts", AccountsScreen), ("accounts", AccountsScreen)],
            *[("catalog", CatalogScreen), ("catalog tea", CatalogScreen)],
        ):
            await pilot.press("colon", *command, "enter")
            await until(pilot, lambda kind=screen: isinstance(pilot.app.screen, kind))
            await settled(pilot)
        kinds = [type(one).__name__ for one in pilot.app.screen_stack]
        assert kinds == ["PickerScreen", "DeploymentScreen", "DiffScreen", "AccountsScreen", "CatalogScreen"]


async def test_without_a_login(make_app: AppFactory, demo: DemoServer) -> None:
    async with running(make_app(token=""), 80, 24) as pilot:
        await settled(pilot)
        before = len(demo.requests)
        await at_palette(pilot)
        await pilot.press(*"browse the public", "enter")
        await until(pilot, lambda: isinstance(pilot.app.screen, CatalogScreen))
        assert not [path for _, path in demo.requests[before:] if "/me" in path or "deployments" in path]


async def test_tab_completes_a_command_and_a_wrong_address_suggests_the_nearest(make_app: AppFactory) -> None:
    async with running(make_app(), 80, 24) as pilot:
        await listed(pilot)
        await at_palette(pilot, "colon")
        await pilot.press(*"acc", "tab")
        assert palette(pilot).prompt.text in ("account ", "accounts")
        await pilot.press("ctrl+a", "ctrl+k", *"refresh the list", "enter")
        assert palette(pilot).prompt.text == "interval "
        await pilot.press("ctrl+a", "ctrl+k", *"meridian-labs/claims-desk#hstory")
        await until_text(pilot, "Did you mean meridian-labs/claims-desk#history?")


async def test_it_keeps_working_when_the_window_is_resized(make_app: AppFactory) -> None:
    async with running(make_app(), 80, 24) as pilot:
        await listed(pilot)
        for width, height in ((40, 15), (120, 40), (60, 18)):
            await resized(pilot, 80, 24)
            await at_palette(pilot)
            await pilot.press(*"invoice")
            await resized(pilot, width, height)
            assert names(pilot)[0] == "Invoice Sorter"
            await until_text(pilot, "> invoice", "Invoice Sorter", "esc close")
            await pilot.press(*" sor", "enter")
            await until(pilot, lambda: isinstance(pilot.app.screen, DeploymentScreen))
            await settled(pilot)
            assert len(screen_lines(pilot.app)) == height
            await pilot.press("escape")
            await until(pilot, lambda: isinstance(pilot.app.screen, PickerScreen))


async def test_letters_belong_to_an_open_prompt(make_app: AppFactory) -> None:
    async with running(make_app(), 80, 24) as pilot:
        screen = await listed(pilot)
        await pilot.press("slash", *"a:b@c")
        assert pilot.app.screen is screen
        assert screen.prompt.text == "a:b@c"
        await pilot.press("escape")
        await opened(pilot, CLAIMS)
        await pilot.press("slash", *":@#1")
        assert spec_of(detail(pilot.app)).prompt.text == ":@#1"
        await pilot.press("escape", "D")
        assert not isinstance(pilot.app.screen, PaletteScreen)


async def test_a_number_goes_to_that_row(make_app: AppFactory) -> None:
    async with running(make_app(), 80, 24) as pilot:
        screen = await listed(pilot)
        await settled(pilot)
        for typed, row in (("4", 3), ("27", 26), ("0", 0), ("999999999999999999999", 29), ("12", 11)):
            box = await at_palette(pilot, "colon")
            await pilot.press(*typed)
            assert box.table.row is not None
            assert box.table.row.name == f"go to row {row + 1} of 30"
            await pilot.press("enter")
            await until(pilot, lambda row=row: pilot.app.screen is screen and screen.table.cursor == row)  # type: ignore[misc]
        await opened(pilot, CLAIMS)
        await until(pilot, lambda: spec_of(detail(pilot.app)).spec_tree.row_count)
        await at_palette(pilot, "colon")
        await pilot.press(*"9", "enter")
        await until(pilot, lambda: spec_of(detail(pilot.app)).spec_tree.cursor == 8)
        # It is not among what was used last.
        assert not [name for name in screen.session.memory.recent() if name.startswith("row")]


async def test_a_number_where_there_is_no_list(make_app: AppFactory, demo: DemoServer) -> None:
    demo.faults.set("/deployments", Fault.response(200, '{"deployments": []}'))
    async with running(make_app(), 80, 24) as pilot:
        await until_text(pilot, "No agents are deployed")
        await at_palette(pilot, "colon")
        await pilot.press("4")
        assert names(pilot)[0] == "there are no rows to go to on this screen"


async def test_whatever_matches_shows_why(make_app: AppFactory) -> None:
    """No part of an id, a name of an action, or a kind that is not on screen matches."""
    async with running(make_app(), 120, 40) as pilot:
        await opened(pilot, CLAIMS)
        box = await at_palette(pilot)
        await until(pilot, lambda: box._lists is not None and not box._lists.left)
        for one in box._items:
            assert set(one.text.split()) <= set(searchable(f"{one.name} {one.end}").split()), one
        await pilot.press(*"q7k-0ab")
        assert not box.table.row_count
