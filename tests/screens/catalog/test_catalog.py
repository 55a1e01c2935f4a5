"""The catalog screen: pages, the search on the server, order, refresh, and errors."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from support.app import AppFactory
from support.browsing import catalog_screen as screen
from support.driving import picker
from support.hostile import HOSTILE, check
from support.on_screen import flat, resized, running, screen_lines, settled, until, until_text
from textual import events
from textual.pilot import Pilot

from astro_tui.app.app import AstroApp
from astro_tui.demo import DemoServer, Fault
from astro_tui.platform.client import Timeouts
from astro_tui.screens.blueprint.screen import BlueprintScreen
from astro_tui.screens.catalog.screen import STYLES, CatalogScreen
from astro_tui.screens.help import HelpScreen
from astro_tui.screens.picker.screen import PickerScreen
from astro_tui.screens.welcome import WelcomeScreen
from astro_tui.widgets.chrome.prompt import Prompt

pytestmark = pytest.mark.anyio
LIST = r"^/agents(\?|$)"


@asynccontextmanager
async def browsing(
    make_app: AppFactory, width: int = 110, height: int = 30, **changes: Any
) -> AsyncIterator[Pilot[None]]:
    """Open the catalog from the picker, or from the welcome screen if signed out, and wait for its first rows."""
    async with running(make_app(**changes), width, height) as pilot:
        await settled(pilot)
        await pilot.press("c")
        await until(pilot, lambda: isinstance(pilot.app.screen, CatalogScreen))
        await until(pilot, lambda: screen(pilot).table.listing is not None)
        await settled(pilot)
        yield pilot


def requests_of(demo: DemoServer, path: str = "/api/v1/agents") -> list[dict[str, str]]:
    """Return the queries of the catalog's requests."""
    targets = [urlsplit(target) for _method, target in demo.requests]
    queries = [parse_qs(target.query) for target in targets if target.path == path]
    return [{key: values[0] for key, values in query.items()} for query in queries if query["limit"] != ["1"]]


async def burst(pilot: Pilot[Any], *keys: str) -> None:
    """Type without pauses: the server is searched only after a pause."""
    for key in keys:
        pilot.app.post_message(events.Key(key, key if len(key) == 1 else None))
    await pilot.pause()


def name_at_cursor(pilot: Pilot[Any]) -> str:
    blueprint = screen(pilot).table.row
    return blueprint.name if blueprint is not None else ""


def some(*names: str, count: int | None = None, more: bool = False, **fields: Any) -> Fault:
    rows = [{"account": "acme", "name": name, "visibility": "public", "versions": [], **fields} for name in names]
    return Fault.response(200, json.dumps({"agents": rows, "count": count or len(rows), "has_more": more}))


# ---- pages


async def check_first_page(pilot: Pilot[Any], demo: DemoServer) -> None:
    assert "public catalog 282 blueprints · newest first" in flat(pilot.app)
    assert "BLUEPRINT PUBLISHER" in flat(pilot.app)
    await pilot.press("j", "j")
    assert name_at_cursor(pilot) == "pollinator-watch"
    await until_text(pilot, "Counts bees, hoverflies and butterflies on photographs", "by Open Orchard")
    assert [query["offset"] for query in requests_of(demo)] == ["0"]


async def test_the_list(make_app: AppFactory, demo: DemoServer) -> None:
    async with browsing(make_app) as pilot:
        await check_first_page(pilot, demo)
        # A page loads when the wheel scrolls to it, too.
        table = screen(pilot).table
        table.scroll_to(y=240, animate=False, immediate=True, force=True)
        await until(pilot, lambda: table.listing is not None and 245 in table.listing.rows)
        assert table.cursor == 2
        # Copying, and the help that names the keys.
        await pilot.press("y", "c")
        await until(pilot, lambda: pilot.app.clipboard)
        assert pilot.app.clipboard == "ast blueprint deploy pollinator-watch --build 72b1db3f"
        await pilot.press("question_mark")
        await until(pilot, lambda: isinstance(pilot.app.screen, HelpScreen))
        await until_text(pilot, "search on the server", "sort by name or newest first", "blueprints of your accounts")
        await pilot.press("escape", "escape")
        await until(pilot, lambda: isinstance(pilot.app.screen, PickerScreen))


async def test_the_list_and_all_of_one_publisher_without_a_login(make_app: AppFactory, demo: DemoServer) -> None:
    async with browsing(make_app, token="") as pilot:
        await check_first_page(pilot, demo)
        assert "esc back" in flat(pilot.app)
        assert "m mine" not in flat(pilot.app)
        await pilot.press("P")
        await until_text(pilot, "open-orchard 46 blueprints", "esc show all")
        assert name_at_cursor(pilot) == "pollinator-watch"
        assert {row.account for row in screen(pilot).table.listing.rows.values()} == {"open-orchard"}  # type: ignore[union-attr]
        await pilot.press("j", "/", *"bakery-planner")
        await until_text(pilot, "open-orchard 1 blueprint ", "1 found")
        await pilot.press("escape")
        await until_text(pilot, "open-orchard 46 blueprints")
        await pilot.press("escape")
        await until_text(pilot, "public catalog 282 blueprints", "P publisher")
        assert name_at_cursor(pilot) == "pollinator-watch"
        await pilot.press("m")
        await until_text(pilot, "Not signed in.")
        await pilot.press("escape")
        await until(pilot, lambda: isinstance(pilot.app.screen, WelcomeScreen))


async def test_a_page_that_fails_to_load(make_app: AppFactory, demo: DemoServer) -> None:
    async with browsing(make_app, timeouts=Timeouts(pauses=())) as pilot:
        demo.faults.set(r"^/agents\?.*offset=200", Fault.response(500))
        await pilot.press("G")
        await until_text(pilot, "FAILED at", "The server did not send this row.")
        await pilot.press("k", "k", "j")
        await settled(pilot)
        assert len(requests_of(demo)) == 2
        demo.faults.clear()
        await pilot.press("r")
        await until(pilot, lambda: name_at_cursor(pilot) == "stadium-herald")
        assert "FAILED" not in flat(pilot.app)


# ---- search


async def test_typing_sends_one_search(make_app: AppFactory, demo: DemoServer) -> None:
    async with browsing(make_app) as pilot:
        await burst(pilot, "slash", *"ferry")
        assert "harvest-planner" in flat(pilot.app)
        await until_text(pilot, "11 blueprints", "“ferry”", "11 found")
        assert [query.get("q") for query in requests_of(demo)] == [None, "ferry"]
        await pilot.press("down")
        assert name_at_cursor(pilot) == "ferry-planner"
        await pilot.press("enter")
        assert not screen(pilot).query_one(Prompt).display
        assert name_at_cursor(pilot) == "ferry-planner"
        await pilot.press("escape")
        await until_text(pilot, "282 blueprints")
        # Keys after the slash belong to the search, which has no matches.
        await pilot.press("/", *"[bold]x")
        await until_text(pilot, "No blueprint in the public catalog matches “[bold]x”.", "0 found")
        await pilot.press("enter", "j", "G", "enter", "r", "s")
        await settled(pilot)
        await pilot.press("escape")
        await until_text(pilot, "282 blueprints")
        await pilot.press("/", *"smyqr")
        assert screen(pilot).query_one(Prompt).text == "smyqr"
        await pilot.press("escape")
        await until_text(pilot, "282 blueprints")
        await pilot.press("escape")
        assert picker(pilot.app)


async def test_tags_and_accounts(make_app: AppFactory, demo: DemoServer) -> None:
    async with browsing(make_app) as pilot:
        await pilot.press("/", *"tag:space")
        await until_text(pilot, "1 blueprint ", "aurora-forecaster")
        assert requests_of(demo)[-1]["tag"] == "space"
        await pilot.press("escape")
        await until_text(pilot, "282 blueprints")
        await pilot.press("/", *"from:nobody", "enter")
        await until_text(pilot, "There is no account with that name", "/agents/nobody")
        await pilot.press("escape")
        await until_text(pilot, "282 blueprints")
        await pilot.press("/", *"from:nordlys aurora")
        await until(pilot, lambda: requests_of(demo, "/api/v1/agents/nordlys"))
        await until_text(pilot, "nordlys 1 blueprint", "1 found")
        assert requests_of(demo, "/api/v1/agents/nordlys")[-1]["q"] == "aurora"
        # Enter opens a single match.
        await pilot.press("enter")
        await until(pilot, lambda: isinstance(pilot.app.screen, BlueprintScreen))
        await until_text(pilot, "Aurora Forecaster")


async def test_a_late_response_is_dropped_and_the_earlier_list_stays(make_app: AppFactory, demo: DemoServer) -> None:
    async with browsing(make_app, timeouts=Timeouts(pauses=())) as pilot:
        demo.faults.set(r"^/agents\?.*q=garden", Fault.hang())
        await burst(pilot, "slash", *"garden")
        await until(pilot, lambda: requests_of(demo)[-1].get("q") == "garden")
        assert "harvest-planner" in flat(pilot.app)
        # So it does when a search fails.
        demo.faults.set(r"^/agents\?.*q=tea", Fault.response(503))
        await burst(pilot, *["backspace"] * 6, *"tea", "enter")
        await until_text(pilot, "FAILED at", "try now")
        assert "harvest-planner" in flat(pilot.app)
        demo.faults.clear()
        await pilot.press("r")
        await until_text(pilot, "“tea”", "tea-sommelier")
        demo.faults.set(r"^/agents\?.*q=slow", Fault.slow(0.3))
        await burst(pilot, "slash", "ctrl+u", *"slow")
        await until(pilot, lambda: requests_of(demo)[-1].get("q") == "slow")
        await burst(pilot, "ctrl+u", *"tea")
        # The list is still loaded, so nothing is requested, and the late response is dropped.
        await until_text(pilot, "25 found")
        await settled(pilot)
        assert screen(pilot).table.listing is not None
        assert screen(pilot).table.listing.wanted.words == "tea"
        assert [query.get("q") for query in requests_of(demo)][-4:] == ["garden", "tea", "tea", "slow"]


# ---- order, refresh, mine


async def test_the_order(make_app: AppFactory, demo: DemoServer) -> None:
    said = "Counts bees, hoverflies and butterflies"
    async with browsing(make_app, width=200) as pilot:
        # A wide table shows descriptions.
        line = next(line for line in screen_lines(pilot.app) if "pollinator-watch" in line)
        assert said in line
        await resized(pilot, 80, 24)
        await pilot.pause()
        assert said not in flat(pilot.app)
        assert "ABOUT" not in flat(pilot.app)
        await resized(pilot, 100, 30)
        await pilot.press("j", "j", "j", "j", "j", "j")
        assert name_at_cursor(pilot) == "aurora-forecaster"
        await pilot.press("s")
        await until_text(pilot, "282 blueprints · by name")
        assert requests_of(demo)[-1]["sort"] == "name"
        assert name_at_cursor(pilot) == "aurora-forecaster"
        names = [row.name for _place, row in sorted(screen(pilot).table.listing.rows.items())]  # type: ignore[union-attr]
        assert names == sorted(names)
        await pilot.press("G")
        await until(pilot, lambda: name_at_cursor(pilot) == "workshop-tutor")
        await pilot.press("s")
        await until_text(pilot, "newest first")
        assert screen(pilot).table.cursor == 0


async def test_a_refresh_keeps_the_cursor_on_the_same_blueprint(make_app: AppFactory, demo: DemoServer) -> None:
    demo.faults.set(LIST, some("a", "b", "c"))
    async with browsing(make_app) as pilot:
        await pilot.press("j")
        assert name_at_cursor(pilot) == "b"
        demo.faults.set(LIST, some("new", "a", "b", "c"))
        await pilot.press("r")
        await until_text(pilot, "4 blueprints")
        assert name_at_cursor(pilot) == "b"
        demo.faults.set(LIST, some("c"))
        await pilot.press("r")
        await until_text(pilot, "1 blueprint ")
        assert name_at_cursor(pilot) == "c"


async def test_mine(make_app: AppFactory, demo: DemoServer) -> None:
    async with browsing(make_app) as pilot:
        await pilot.press("m")
        await until_text(pilot, "meridian-labs 30 blueprints", "private", "archived")
        await pilot.press("m")
        await until_text(pilot, "harborline 3 blueprints")
        await pilot.press("m")
        await until_text(pilot, "quiet-harbor 0 blueprints", "quiet-harbor has no blueprints yet.")
        await pilot.press("m")
        await until_text(pilot, "ferncliff-rail 12 blueprints")
        await pilot.press("m")
        await until_text(pilot, "copper-lantern 4 blueprints")
        await pilot.press("m")
        await until_text(pilot, "drydock-nine 4 blueprints")
        await pilot.press("m")
        await until_text(pilot, "public catalog 282 blueprints")
        assert [target for _method, target in demo.requests].count("/api/v1/me") == 1


# ---- errors


async def test_loading_is_shown_and_can_be_left_and_the_first_page_fails_to_load(
    make_app: AppFactory, demo: DemoServer
) -> None:
    demo.faults.set(LIST, Fault.hang())
    async with running(make_app(), 100, 30) as pilot:
        await settled(pilot)
        await pilot.press("c")
        await until_text(pilot, "public catalog", "loading", "░░░")
        await pilot.press("escape")
        assert picker(pilot.app)
        demo.faults.clear()
        demo.faults.set(LIST, Fault.reset())
        await pilot.press("c")
        await until_text(pilot, "closed the connection", "GET /api/v1/agents", "try again")
        await pilot.press("j", "enter", "y", "s", "/", "x", "escape")
        # `r` does not send again what was just sent.
        await settled(pilot)
        demo.faults.clear()
        await pilot.press("r")
        await until_text(pilot, "282 blueprints")


async def test_as_the_first_screen(make_app: AppFactory, demo: DemoServer) -> None:
    demo.faults.set(LIST, Fault.response(500))
    session = make_app(token="", timeouts=Timeouts(pauses=())).session
    app = AstroApp(session, first=lambda: CatalogScreen(session), styles=STYLES)
    async with running(app, 80, 24) as pilot:
        await until_text(pilot, "failed with an internal error", "r try again q quit", "/ search")
        text = flat(app)
        assert text.count("failed with an internal error") == 1
        for words in ("esc", "enter open", "y copy"):
            assert words not in text
        await pilot.press("y", "enter", "P", "escape")
        assert isinstance(app.screen, CatalogScreen)


async def test_hostile_rows(make_app: AppFactory, demo: DemoServer) -> None:
    demo.faults.set(LIST, some("first"))
    async with browsing(make_app, 80, 24) as pilot:
        for name in ("escape", "title", "bidi", "nul", "combining", "emoji", "empty"):
            text = HOSTILE[name]
            build = {"build_id": text, "readme": text, "published_at": text, "commit_message": text, "spec": text}
            fields = {"versions": [build], "publishers": [{"name": text}], "visibility": text, "metrics": text}
            demo.faults.set(LIST, some(text or "x", "plain", **fields))
            await pilot.press("r")
            await settled(pilot)
            await until(pilot, lambda: screen(pilot).table.row_count == 2, name)
            check(pilot, text)
            await pilot.press("j", "k", "y")
            await pilot.pause()
            check(pilot, text)
            await pilot.press("escape")
            assert isinstance(pilot.app.screen, CatalogScreen)


# ---- other keys and sizes
