"""The last row names only keys that work now, and a key that does nothing says so."""

from __future__ import annotations

import re
from itertools import takewhile
from typing import Any

import pytest
from support.app import AppFactory
from support.driving import listed, opened, spec_of
from support.on_screen import flat, footer, running, settled, until, until_text
from support.steps import Steps, catalog, deployment, keys, then
from textual.app import App
from textual.pilot import Pilot

from astro_tui.demo import DemoServer, Fault
from astro_tui.screens.accounts import AccountsScreen
from astro_tui.screens.base.page import Page
from astro_tui.screens.catalog.screen import CatalogScreen
from astro_tui.screens.diff.screen import DiffScreen
from astro_tui.screens.picker.screen import PickerScreen
from astro_tui.widgets.chrome.bar import KeyHints
from astro_tui.widgets.keymap import NAMES
from astro_tui.widgets.lists.rows import RowList

pytestmark = pytest.mark.anyio
LIST = r"^/deployments\?"
LONG = ("enter", "esc", "space", "tab")
BY_NAME = {name: key for key, name in NAMES.items()}


def keys_of(hint: str) -> list[str]:
    """Return the keys of a hint as Textual names them: `n N matches`, `1-6 sections`, `esc back`."""
    if found := re.match(r"(\d)-(\d) ", hint):
        return [str(number) for number in range(int(found[1]), int(found[2]) + 1)]
    words = takewhile(lambda word: len(word) == 1 or word in LONG, hint.split())
    return [BY_NAME.get(key, key) for key in words]


def keys_in(app: App[Any]) -> set[str]:
    """Return the keys in the last row."""
    return {key for hint in footer(app) for key in keys_of(hint)}


async def failed(pilot: Pilot[None]) -> None:
    await until_text(pilot, "FAILED at")


STATES: dict[str, dict[str, Steps]] = {
    "list": {
        "picker": keys(),
        "filtered": keys("slash", *"claims", "enter"),
        "no match": then("escape", "slash", *"invoce", "enter"),
        "problems": then("escape", "e"),
    },
    "other lists": {
        "catalog": catalog,
        "accounts": then("escape", "A"),
    },
    "deployment": {
        "section 1": deployment("1"),
        **{f"section {number}": then(str(number)) for number in range(2, 7)},
        "diff": then("1", "d"),
    },
}
"""A run of the app → the states that it visits one after the other."""
LAST = {"list": PickerScreen, "other lists": AccountsScreen, "deployment": DiffScreen}


@pytest.mark.parametrize("run", STATES)
async def test_the_footer_names_only_keys_that_work(run: str, make_app: AppFactory) -> None:
    async with running(make_app()) as pilot:
        for state, steps in STATES[run].items():
            await steps(pilot)
            page = pilot.app.screen
            assert isinstance(page, Page), state
            working = {key for key, one in page.active_bindings.items() if one.enabled}
            assert keys_in(pilot.app), state
            assert keys_in(pilot.app) <= working, state
        assert isinstance(page, LAST[run])


async def test_without_rows_the_footer_offers_nothing_to_open(make_app: AppFactory, demo: DemoServer) -> None:
    demo.faults.set(LIST, Fault.response(500), count=1)
    async with running(make_app()) as pilot:
        await failed(pilot)
        needs_rows = {"enter", "d", "y", "s"}
        assert not {*needs_rows, "slash"} & keys_in(pilot.app)
        await pilot.press("r")
        await listed(pilot)
        assert {*needs_rows, "slash"} <= keys_in(pilot.app)
        await pilot.press("/", *"zzz", "enter")
        assert not needs_rows & keys_in(pilot.app)


async def test_a_key_that_does_nothing_names_the_nearest_one(make_app: AppFactory) -> None:
    async with running(make_app()) as pilot:
        await listed(pilot)
        await settled(pilot)
        await pilot.press("f")
        await until_text(pilot, "f does nothing here; / is “filter”.")
        await pilot.press("R")
        await until_text(pilot, "R does nothing here; r is “refresh”.")
        await pilot.press("f9")
        await until_text(pilot, "F9 does nothing here; ? lists the keys.")
        await pilot.press("y", "Q")
        await until_text(pilot, "Q does nothing here; choose one of the letters.")
        await pilot.press("escape", "a", "R")
        await until_text(pilot, "R does nothing here; r is “Restart all pods”.")
        await pilot.press("escape")
        # No key of Textual itself, such as shift+tab for "Focus Previous".
        await pilot.press("c")
        await until(pilot, lambda: isinstance(pilot.app.screen, CatalogScreen))
        await pilot.press("f")
        await until_text(pilot, "f does nothing here; ")
        assert "Focus" not in flat(pilot.app)


async def test_a_count_moves_by_rows_where_digits_are_not_sections(make_app: AppFactory) -> None:
    async with running(make_app()) as pilot:
        screen = await listed(pilot)
        await pilot.press("c")
        await until(pilot, lambda: isinstance(pilot.app.screen, CatalogScreen))
        table = pilot.app.screen.query_one(RowList)
        await until(pilot, lambda: table.row_count > 14)
        await pilot.press("5", "j")
        assert table.cursor == 5
        await pilot.press("j", "1", "0", "j", "4", "k", "0", "j")
        assert table.cursor == 13
        # A key in between ends the count.
        await pilot.press("9", "g", "j")
        assert table.cursor == 1
        await pilot.press("escape")
        await until(pilot, lambda: pilot.app.screen is screen)
        await pilot.press("5")
        await until_text(pilot, "[5 ")


async def test_the_key_for_a_secret_is_named_on_a_secret(make_app: AppFactory) -> None:
    async with running(make_app(), 80, 24) as pilot:
        screen = await opened(pilot, "q7k-0ab-x4d")
        assert "x reveal" not in footer(pilot.app)
        await pilot.press("x")
        await until_text(pilot, "Nothing in this row is masked.")
        await pilot.press("equals_sign")
        outline = spec_of(screen).outline
        assert outline is not None
        masked = next(row for row in range(outline.row_count) if outline.row(row).masked)
        spec_of(screen).spec_tree.move_to(masked)
        screen.query_one(KeyHints).clear_message()
        await until_text(pilot, "x reveal")
        await pilot.press("x")
        await until(pilot, lambda: outline.revealed)
