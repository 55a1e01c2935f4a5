"""One blueprint on screen: its sections, builds, specs and their difference; hostile readmes; what goes wrong."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from support.app import AppFactory
from support.browsing import blueprint_loaded as shown
from support.browsing import blueprint_screen as screen
from support.browsing import catalog_screen
from support.browsing import open_blueprint as reading
from support.hostile import JOINED, check
from support.hostile_markdown import HOSTILE_MARKDOWN
from support.on_screen import flat, resized, running, screen_lines, settled, until, until_text

from astro_tui.demo import DemoServer, Fault
from astro_tui.platform.client import Timeouts
from astro_tui.platform.models import Blueprint
from astro_tui.screens.catalog.screen import CatalogScreen
from astro_tui.screens.diff.screen import DiffScreen
from astro_tui.screens.help import HelpScreen

pytestmark = pytest.mark.anyio
WHERE = r"^/agents/open-orchard/pollinator-watch$"
SPEC = {"spec": "package/v1", "name": "x", "agent": {"environment": {"API_TOKEN": "EXAMPLE-ONLY-7f3k9q2m8x"}}}


def told(**fields: Any) -> Fault:
    body = {"account": "open-orchard", "name": "pollinator-watch", "visibility": "public", **fields}
    return Fault.response(200, json.dumps(body))


def build(number: str, **fields: Any) -> dict[str, Any]:
    return {
        "build_id": number,
        "readme": f"Readme of {number}.",
        "published_at": "2026-07-01T09:30:00Z",
        "spec": SPEC,
    } | fields


# ---- sections


async def test_what_is_shown_first_and_saved(
    make_app: AppFactory, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    async with reading(make_app) as pilot:
        await pilot.press("space")
        await until(pilot, lambda: screen(pilot).markdown.top)
        await pilot.press("b")
        text = flat(pilot.app)
        for words in (
            *("open-orchard/pollinator-watch", "9 builds · 199 hearts", "[4 readme]", "readme · build 72b1db3f"),
            *("Pollinator Watch", "│ Numbers are estimates.", '• "How many bumblebees', "publisher Open Orchard"),
            *("deploys 19", "messages 67,379", "commit 853cf1570c9b", "9 builds, 2 with warnings", "Raise the memory"),
        ):
            assert words in text, words
        # The help names the sections.
        await pilot.press("question_mark")
        await until(pilot, lambda: isinstance(pilot.app.screen, HelpScreen))
        await until_text(pilot, "switch between builds and text", "readme", "card")
        await pilot.press(*"save")
        await until_text(pilot, "save the spec, readme, or card")
        await pilot.press("escape")
        # Saving what is shown.
        await pilot.press("W")
        await until_text(pilot, "as a new file")
        await pilot.press("enter")
        await until_text(pilot, "saved")
        [readme] = saved(tmp_path, "*.md")
        assert readme.read_text(encoding="utf-8").startswith("# Pollinator Watch\n")
        await pilot.press("1")
        await shown(pilot)
        await pilot.press("W")
        await until_text(pilot, "as a new file")
        await pilot.press("enter")
        await until(pilot, lambda: saved(tmp_path, "*.json"), "the spec")


async def test_a_build_brings_its_spec_and_readme(make_app: AppFactory, demo: DemoServer) -> None:
    builds = [
        build("new", agent_card={"body": "# Card"}),
        build("old", spec={"name": "older"}),
        build("none", spec=None, readme=""),
    ]
    demo.faults.set(WHERE, told(versions=builds))
    async with reading(make_app) as pilot:
        assert "Readme of new." in flat(pilot.app)
        await pilot.press("tab", "j")
        await shown(pilot)
        await until_text(pilot, "readme · build old", "Readme of old.")
        await pilot.press("1")
        await shown(pilot)
        await until_text(pilot, "spec · 1 value · build old", '"older"')
        await pilot.press("3", "j")
        await shown(pilot)
        await until_text(pilot, "No spec", "This build has no spec.")
        await pilot.press("4")
        await until_text(pilot, "This build has no readme.")
        await pilot.press("5")
        await until_text(pilot, "This build has no agent card.")
        await pilot.press("3", "g", "enter")
        await shown(pilot)
        await until_text(pilot, "agent card · build new", "Card")


async def test_the_spec_is_masked_searched_and_read_as_text(make_app: AppFactory, demo: DemoServer) -> None:
    demo.faults.set(WHERE, told(versions=[build("b1")]))
    async with reading(make_app, width=80, height=24) as pilot:
        await pilot.press("1", "equals_sign")
        await shown(pilot)
        await until_text(pilot, "API_TOKEN", "••••")
        await pilot.press("/", *"token", "enter")
        await until_text(pilot, "API_TOKEN", "1 of 1")
        await pilot.press("m")
        await until_text(pilot, "API_TOKEN:")
        assert "EXAMPLE-ONLY" not in flat(pilot.app)
        await pilot.press("escape", "4", "1")
        await until_text(pilot, "API_TOKEN:")
        await pilot.press("escape")
        await until(pilot, lambda: isinstance(pilot.app.screen, CatalogScreen))


async def test_folds_stay_from_build_to_build_and_a_difference_opens(make_app: AppFactory, demo: DemoServer) -> None:
    async with reading(make_app, width=120, height=24) as pilot:
        await pilot.press("1")
        await shown(pilot)
        await pilot.press("minus", "j", "j", "j")
        await until_text(pilot, "▸ models")
        here = screen(pilot).side.path
        await pilot.press("3", "j")
        await shown(pilot)
        await until_text(pilot, "build b476cc23")
        assert "▾" not in "\n".join(line[45:] for line in screen_lines(pilot.app))
        assert screen(pilot).side.path == here
        await pilot.press("y", "c")
        await until(pilot, lambda: pilot.app.clipboard)
        assert pilot.app.clipboard == "ast blueprint deploy pollinator-watch --build b476cc23"
        await pilot.press("4", "y", "t")
        await until(pilot, lambda: pilot.app.clipboard.startswith("# Pollinator Watch\n"))
        await pilot.press("1")
        await shown(pilot)
        await pilot.press("g", "y", "p")
        await until(pilot, lambda: pilot.app.clipboard == ".spec")
        # What a build changed.
        await pilot.press("3", "k")
        await shown(pilot)
        await resized(pilot, 120, 40)
        before = len(demo.requests)
        await pilot.press("d")
        await until(pilot, lambda: isinstance(pilot.app.screen, DiffScreen))
        await until_text(pilot, "diff b476cc23 → 72b1db3f", "2 changed, 0 added", "retries", "PUBLISHED")
        assert len(demo.requests) == before
        await pilot.press("escape", "3", "G", "d")
        await until_text(pilot, "There is no build before this one.")


# ---- builds compared


async def test_two_marked_builds_are_compared(make_app: AppFactory, demo: DemoServer) -> None:
    builds = [build(f"b{number}", spec={"replicas": number}) for number in (4, 3, 2, 1)]
    demo.faults.set(WHERE, told(versions=builds))
    async with reading(make_app) as pilot:
        await pilot.press("3", "G", "space", "k", "k", "space", "k", "d")
        await until(pilot, lambda: isinstance(pilot.app.screen, DiffScreen))
        await until_text(pilot, "diff b1 → b3", "1 → 3")
        await pilot.press("escape")
        assert "space mark two" in flat(pilot.app)
        await pilot.press("space", "d")
        await until_text(pilot, "diff b3 → b4")


# ---- refresh and neighbors


async def test_a_refresh_keeps_the_build_and_a_failed_one_keeps_everything(
    make_app: AppFactory, demo: DemoServer
) -> None:
    demo.faults.set(WHERE, told(versions=[build("b2"), build("b1")]))
    async with reading(make_app, timeouts=Timeouts(pauses=())) as pilot:
        await pilot.press("3", "j")
        await shown(pilot)
        demo.faults.set(WHERE, told(versions=[build("b3"), build("b2"), build("b1", readme="Written again.")]))
        await pilot.press("r")
        await until_text(pilot, "3 builds", "Written again.")
        assert screen(pilot).build is not None
        assert screen(pilot).build.build_id == "b1"
        demo.faults.set("/", Fault.reset())
        demo.faults.set(WHERE, Fault.reset())
        await pilot.press("r")
        await until_text(pilot, "OFFLINE since", "closed the connection", "Written again.")
        demo.faults.clear()
        await pilot.press("r")
        await until(pilot, lambda: "OFFLINE" not in flat(pilot.app))


async def test_the_neighbors(make_app: AppFactory) -> None:
    async with reading(make_app) as pilot:
        await pilot.press("greater_than_sign")
        await until_text(pilot, "meridian-labs/party-planner")
        await pilot.press("less_than_sign", "less_than_sign")
        await until_text(pilot, "meridian-labs/report-writer")
        await pilot.press("less_than_sign", "less_than_sign")
        await until_text(pilot, "No more blueprints are loaded before this one")
        await shown(pilot)
        await pilot.press("escape")
        await until(pilot, lambda: isinstance(pilot.app.screen, CatalogScreen))
        blueprint = catalog_screen(pilot).table.row
        assert blueprint is not None
        assert blueprint.name == "harvest-planner"


# ---- what is missing or wrong


@pytest.mark.nightly
async def test_a_blueprint_that_does_not_exist(make_app: AppFactory) -> None:
    async with reading(make_app, "nordlys/nobody", 80, 24) as pilot:
        await until_text(
            pilot, "There is no blueprint with that name.", "agent not found", "GET /api/v1/agents/nordlys/nobody"
        )
        await pilot.press("1", "3", "d", "tab", "j", "W", "2", "5", "4", "r", "y", "escape")
        await shown(pilot)
        await pilot.press("escape")
        await until(pilot, lambda: isinstance(pilot.app.screen, CatalogScreen))


async def test_a_response_about_another_blueprint(make_app: AppFactory, demo: DemoServer) -> None:
    demo.faults.set(WHERE, told(name="other", versions=[build("b1", readme="Not asked for.")]))
    async with reading(make_app, width=100) as pilot:
        await until_text(pilot, "The response is about another blueprint, open-orchard/other.", "Pollinator Watch")
        assert "Not asked for." not in flat(pilot.app)


async def test_a_blueprint_without_builds(make_app: AppFactory, demo: DemoServer) -> None:
    demo.faults.set(WHERE, told(versions=[], draft_card={"body": "# A draft"}))
    async with reading(make_app, width=80, height=24) as pilot:
        await until_text(pilot, "Nothing has been pushed yet.")
        await pilot.press("5")
        await shown(pilot)
        await until_text(pilot, "agent card (draft)", "A draft")
        await pilot.press("1")
        await until_text(pilot, "No spec", "Nothing has been pushed yet.")
        await pilot.press("3")
        await until_text(pilot, "nothing pushed yet")


async def test_loading_is_shown(make_app: AppFactory, demo: DemoServer) -> None:
    demo.faults.set(r"^/agents/nordlys/aurora-forecaster$", Fault.hang())
    async with running(make_app(), 80, 24) as pilot:
        await settled(pilot)
        await pilot.press("c")
        await until(pilot, lambda: isinstance(pilot.app.screen, CatalogScreen))
        await until(pilot, lambda: catalog_screen(pilot).table.row_count)
        # What the list knows is shown at once.
        catalog_screen(pilot).table.move_to(6)
        await pilot.press("enter")
        await until_text(pilot, "Aurora Forecaster", "loading")
        await pilot.press("escape")
        catalog_screen(pilot)._open(Blueprint(account="nordlys", name="aurora-forecaster"))
        await until_text(pilot, "readme", "loading")
        await pilot.press("1", "5", "3", "d", "escape")
        await until(pilot, lambda: isinstance(pilot.app.screen, CatalogScreen))


# ---- foreign text


async def test_hostile_fields(make_app: AppFactory, demo: DemoServer) -> None:
    async with reading(make_app, width=100, height=30) as pilot:
        for name in ("controls", "marks"):
            text = JOINED[name]
            pushed = build(
                text, readme=f"# {text}\n\n{text}\n\n```\n{text}\n```\n\n| {text} |\n|---|\n| x |",
                commit_message=text, commit_sha=text, repo_full_name=text, published_at=text, version=text,
                agent_card={"body": text}, spec={text: text},
                validation_warnings=[{"field": text, "message": text}],
            )  # fmt: skip
            fault = told(
                visibility=text, registry=text, archived_at=text, publishers=[{"name": text}],
                versions=[pushed, pushed], metrics={"deploy_count": text},
            )  # fmt: skip
            demo.faults.set(WHERE, fault)
            await pilot.press("4", "r")
            await until(pilot, lambda text=text: screen(pilot).build.build_id == text, name)  # type: ignore[misc, union-attr]
            await shown(pilot)
            check(pilot, text)
            for key in ("1", "2", "3", "5", "d"):
                await pilot.press(key)
                await settled(pilot)
                check(pilot, text)
            await pilot.press("escape")


@pytest.mark.nightly
async def test_a_hostile_readme_never_blocks_the_screen(make_app: AppFactory, demo: DemoServer) -> None:
    names = ["quotes in one line", "a long table", "noise", "one long line"]
    builds = [build(name, readme=HOSTILE_MARKDOWN[name]) for name in names]
    demo.faults.set(WHERE, told(versions=[*builds, build("b0", readme="Calm.")]))
    async with reading(make_app, width=80, height=24) as pilot:
        for name in names:
            await until_text(pilot, f"readme · build {name}")
            await shown(pilot)
            check(pilot, "")
            await pilot.press("G", "g", "pagedown", "j", "space", "b")
            check(pilot, "")
            # The next build is read without waiting for this one.
            await resized(pilot, 150 - pilot.app.size.width, 24)
            await pilot.press("3", "j", "4")
        await until_text(pilot, "Calm.")


async def test_a_readme_that_is_cut_says_so(make_app: AppFactory, demo: DemoServer) -> None:
    demo.faults.set(WHERE, told(versions=[build("b1", readme=f"{'A word. ' * 500}\n\n" * 90)]))
    async with reading(make_app) as pilot:
        assert "first 200 kB of 360 kB" in flat(pilot.app)


# ---- copies and files


def saved(folder: Path, pattern: str) -> list[Path]:
    return list(folder.glob(pattern))
