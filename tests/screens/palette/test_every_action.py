"""Every action in docs/keys.md is in the palette, on the screens where its key works, and no other."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from support.app import AppFactory
from support.demo_deployments import CLAIMS
from support.driving import detail, listed, opened, spec_of
from support.on_screen import running, settled, until, until_text
from textual.pilot import Pilot

from astro_tui.app.app import AstroApp
from astro_tui.demo import DemoServer, Fault
from astro_tui.document.loading import Background, parse
from astro_tui.screens.account_tables import AuditScreen, VariablesScreen
from astro_tui.screens.actions.confirming import MeaningBox
from astro_tui.screens.base.key_lines import KeyLine, key_lines
from astro_tui.screens.blueprint.screen import BlueprintScreen
from astro_tui.screens.catalog.screen import CatalogScreen
from astro_tui.screens.deployment.build_log import BuildLogScreen
from astro_tui.screens.deployment.logs_screen import LogsScreen
from astro_tui.screens.deployment.sections.chat.pane import ChatPane
from astro_tui.screens.diff.screen import DiffScreen
from astro_tui.screens.find import FindScreen
from astro_tui.screens.palette.items import action_items
from astro_tui.screens.palette.screen import PaletteScreen
from astro_tui.screens.sign_in import SignInScreen
from astro_tui.screens.viewer import ViewerScreen
from astro_tui.screens.welcome import WelcomeScreen
from astro_tui.session.routes import BuildLogRoute, LogsRoute

pytestmark = pytest.mark.anyio
KEYS = Path(__file__).parents[3] / "docs" / "keys.md"
IN_BOXES = {
    "log-sources.mark",
    "log-sources.all",
    "log-sources.show",
    "help.run",
    "save.write",
    "box.close",
    "palette.complete",
    "messages.choose",
    "messages.copy",
    "palette.go",
    "save.take-name",
    "agent-choice.choose",
}
"""Keys of boxes and prompts, over which the palette does not open."""
ELSEWHERE = {"trace.chat"}
"""A key of the trace of an own conversation, which `test_chat.py` presses."""


def documented() -> set[str]:
    rows = re.findall(r"^\|.*\| `([a-z0-9.-]+)` \|$", KEYS.read_text(encoding="utf-8"), re.MULTILINE)
    return set(rows)


def in_palette(pilot: Pilot[Any]) -> set[str]:
    """Return the ids of the actions that the palette would list now."""
    app = pilot.app
    assert isinstance(app, AstroApp)
    items = action_items(key_lines(app.screen, app.session.look))
    return {name for item in items if isinstance(item.target, KeyLine) for name in item.target.ids}


async def of_the_chat(make_app: AppFactory) -> set[str]:
    """Return the ids of the actions in each part of the chat, with an answer on screen and with an open question."""
    found: set[str] = set()
    async with running(make_app(write=True), 120, 40) as pilot:
        await listed(pilot)
        await opened(pilot, CLAIMS)
        await pilot.press("0")
        await until(pilot, lambda: len(pilot.app.screen.query(ChatPane)) == 1)
        pane = pilot.app.screen.query_one(ChatPane)
        await until(pilot, lambda: pane.table.row_count and not pane.table.loading_rows)
        found |= in_palette(pilot)
        await pilot.press("enter")
        await until(pilot, lambda: pane.thread.row_count)
        await settled(pilot)
        pilot.app.screen.set_focus(pane.thread)
        found |= in_palette(pilot)
        await pilot.press("G")
        await settled(pilot)
        found |= in_palette(pilot)
        await pilot.press("n", *"approve", "enter")
        await until(pilot, lambda: isinstance(pilot.app.screen, MeaningBox) and pilot.app.screen.readable)
        await pilot.press("S")
        await until(pilot, lambda: pane.form.display)
        found |= in_palette(pilot)
        pilot.app.screen.set_focus(pane.form)
        await until(pilot, lambda: pane.form.confirmation.readable)
        found |= in_palette(pilot)
    return found


@pytest.mark.nightly
async def test_every_documented_action_is_in_the_palette(make_app: AppFactory, demo: DemoServer) -> None:
    found: set[str] = set()
    async with running(make_app(), 120, 40) as pilot:
        screen = await listed(pilot)
        await settled(pilot)
        await pilot.press("space")
        found |= in_palette(pilot)
        await pilot.press("space")
        screen.session.signed_out = True
        found |= in_palette(pilot)
        screen.session.signed_out = False
        await opened(pilot, CLAIMS)
        found |= in_palette(pilot)
        await pilot.press("slash", *"claims", "enter", "v")
        await until(pilot, lambda: spec_of(detail(pilot.app)).value_pane.display)
        found |= in_palette(pilot)
        await pilot.press("tab")
        found |= in_palette(pilot)
        await pilot.press("tab", "v", "escape")
        await pilot.press("equals_sign")
        tree, outline = spec_of(detail(pilot.app)).spec_tree, spec_of(detail(pilot.app)).outline
        assert outline is not None
        tree.move_to(next(row for row in range(outline.row_count) if outline.row(row).masked))
        found |= in_palette(pilot)
        for key in "3456789":
            await pilot.press(key)
            await settled(pilot)
            found |= in_palette(pilot)
            await pilot.press(key)
        await pilot.press("9", "left")
        found |= in_palette(pilot)
        await pilot.press("escape", "8")
        for _opens in ("the trace", "its first span"):
            await pilot.press("enter")
            await settled(pilot)
            found |= in_palette(pilot)
        await pilot.press("escape", "escape")
        await pilot.press("7", "slash", *"a", "enter")
        found |= in_palette(pilot)
        await pilot.press("escape", "escape", "4", "slash", *"a", "enter")
        found |= in_palette(pilot)
        await pilot.press("escape", "escape", "d")
        await until(pilot, lambda: isinstance(pilot.app.screen, DiffScreen) and pilot.app.screen.view.diff is not None)
        found |= in_palette(pilot)
        await pilot.press("D", "a")
        await until(pilot, lambda: not isinstance(pilot.app.screen, DiffScreen))
        await settled(pilot)
        found |= in_palette(pilot)
        await pilot.press("escape", "escape", "escape", "A")
        await settled(pilot)
        found |= in_palette(pilot)
        await pilot.press("q")
        for command in ("audit", "variables"):
            await pilot.press("colon", *command, "enter")
            await until(pilot, lambda: isinstance(pilot.app.screen, (AuditScreen, VariablesScreen)))
            await settled(pilot)
            found |= in_palette(pilot)
            await pilot.press("q")
        await pilot.press("c")
        await until(pilot, lambda: isinstance(pilot.app.screen, CatalogScreen) and pilot.app.screen.table.row_count)
        found |= in_palette(pilot)
        await pilot.press("enter")
        await until(pilot, lambda: isinstance(pilot.app.screen, BlueprintScreen))
        await settled(pilot)
        for key in ("1", "3", "4"):
            await pilot.press(key)
            await settled(pilot)
            found |= in_palette(pilot)
        blueprint = pilot.app.screen
        assert isinstance(blueprint, BlueprintScreen)
        await blueprint._host.open("readme")
        await until(pilot, lambda: blueprint.markdown.display)
        blueprint.set_focus(blueprint.markdown)
        found |= in_palette(pilot)
        pilot.app.push_screen(SignInScreen(screen.session))
        await until(pilot, lambda: isinstance(pilot.app.screen, SignInScreen) and pilot.app.screen.is_mounted)
        found |= in_palette(pilot)
        pilot.app.push_screen(WelcomeScreen(screen.session))
        await until(pilot, lambda: isinstance(pilot.app.screen, WelcomeScreen) and pilot.app.screen.is_mounted)
        found |= in_palette(pilot)
        pilot.app.push_screen(BuildLogScreen(screen.session, BuildLogRoute("meridian-labs", "claims-desk", "b7d20c44")))
        await until(pilot, lambda: isinstance(pilot.app.screen, BuildLogScreen) and pilot.app.screen.is_mounted)
        await settled(pilot)
        found |= in_palette(pilot)
        pilot.app.push_screen(LogsScreen(screen.session, LogsRoute((("meridian-labs", "Claims Desk (EU)"),))))
        await until(pilot, lambda: isinstance(pilot.app.screen, LogsScreen) and pilot.app.screen.is_mounted)
        await settled(pilot)
        found |= in_palette(pilot)
        demo.faults.set("^/agents/.*/claims-desk/deployment$", Fault.hang())
        pilot.app.push_screen(FindScreen(screen.session, "", "k:image"))
        await until_text(pilot, "2 not searched yet")
        found |= in_palette(pilot)
        reading = Background(lambda: parse(b'{"a": 1}')).start()
        pilot.app.push_screen(ViewerScreen(screen.session, "a.json", reading))
        await until(pilot, lambda: isinstance(pilot.app.screen, ViewerScreen) and pilot.app.screen.is_mounted)
        found |= in_palette(pilot)
    found |= await of_the_chat(make_app)
    assert documented() - IN_BOXES - ELSEWHERE - found == set()
    assert found - documented() == set()


async def test_the_palette_lists_what_the_keys_of_its_screen_do(make_app: AppFactory) -> None:
    async with running(make_app(), 80, 24) as pilot:
        await listed(pilot)
        below = in_palette(pilot)
        await pilot.press("ctrl+p")
        await until(pilot, lambda: isinstance(pilot.app.screen, PaletteScreen) and pilot.app.screen.table.row_count)
        box = pilot.app.screen
        assert isinstance(box, PaletteScreen)
        listed_now = [item.target for item in box._items if isinstance(item.target, KeyLine)]
        assert {name for line in listed_now for name in line.ids} == below
        assert {"picker.filter", "app.quit", "app.help", "list.down"} <= below
