"""Find: what is in all specs, while it comes in; and that no guess learns anything about a secret."""

from __future__ import annotations

import json

import pytest
from support.app import AppFactory
from support.driving import detail, listed
from support.on_screen import running, screen_lines, settled, until, until_text
from textual.pilot import Pilot

from astro_tui.demo import DemoServer, Fault
from astro_tui.screens.base.open import Open
from astro_tui.screens.deployment.screen import DeploymentScreen
from astro_tui.screens.find import FindScreen
from astro_tui.session.routes import FindRoute

pytestmark = pytest.mark.anyio
RECORD = "^/agents/.*/claims-desk/deployment$"


async def find(pilot: Pilot[None], text: str) -> FindScreen:
    """Open the search, and wait for its end."""
    await listed(pilot)
    pilot.app.post_message(Open(pilot.app.session, FindRoute("", text)))  # type: ignore[attr-defined]
    await until(pilot, lambda: isinstance(pilot.app.screen, FindScreen))
    await settled(pilot)
    assert isinstance(pilot.app.screen, FindScreen)
    return pilot.app.screen


async def test_enter_opens_the_spec_at_the_path(make_app: AppFactory) -> None:
    async with running(make_app()) as pilot:
        screen = await find(pilot, ".agent.resources.memory = 96Gi")
        assert [(row.node.agent, row.node.value) for row in screen.table.rows] == [("Contract Reader", "96Gi")]
        await until_text(pilot, "1 match in ")
        await pilot.press("enter")
        await until(pilot, lambda: isinstance(pilot.app.screen, DeploymentScreen))
        await settled(pilot)
        assert detail(pilot.app).entry.label == "Contract Reader"
        await until_text(pilot, " .agent.resources.memory ")


async def test_the_palette_searches_and_groups_open_their_agents(make_app: AppFactory) -> None:
    async with running(make_app()) as pilot:
        await listed(pilot)
        await pilot.press("colon", *"find --differs .agent.environment.DATABASE_URL", "enter")
        await until(pilot, lambda: isinstance(pilot.app.screen, FindScreen))
        await until_text(pilot, "2 values in ")
        # Masked values are one group. Enter folds a group, and opens an agent in it.
        await until_text(pilot, "2 ••••••••")
        await pilot.press("end", "up", "enter")
        await until(pilot, lambda: isinstance(pilot.app.screen, DeploymentScreen))
        assert detail(pilot.app).entry.label.startswith("Claims Desk")


async def test_a_search_without_a_text_asks_for_one(make_app: AppFactory) -> None:
    async with running(make_app(), 120, 30) as pilot:
        await listed(pilot)
        await pilot.press("colon", *"find", "enter")
        await until_text(pilot, "What do you want to find?")
        await settled(pilot)
        await pilot.press(*"claims-desk")
        await until_text(pilot, "/claims-desk")


async def test_a_search_can_be_stopped_and_continued(make_app: AppFactory, demo: DemoServer) -> None:
    demo.faults.set(RECORD, Fault.hang())
    async with running(make_app()) as pilot:
        await listed(pilot)
        pilot.app.post_message(Open(pilot.app.session, FindRoute("", "k:image")))  # type: ignore[attr-defined]
        await until_text(pilot, "2 not searched yet")
        await until_text(pilot, "s stop")
        await pilot.press("s")
        await until_text(pilot, "s continues")
        demo.faults.clear()
        await pilot.press("s")
        await until_text(pilot, "matches in ")
        await until(pilot, lambda: not any("not searched" in line for line in screen_lines(pilot.app)))


async def test_what_cannot_be_read_is_named(make_app: AppFactory, demo: DemoServer) -> None:
    demo.faults.set("^/agents/.*/claims-desk/", Fault.response(500, '{"error":"broken"}'))
    async with running(make_app()) as pilot:
        await find(pilot, "k:image")
        await until_text(pilot, "2 could not be read")
        await until_text(pilot, "meridian-labs/Claims Desk (")


@pytest.mark.parametrize(
    ("text", "words"),
    [("", "What do you want to find?"), (".agent <", "Not a path or a condition"), ("zzzz", "No matches in ")],
)
async def test_a_notice_says_why_nothing_is_shown(make_app: AppFactory, text: str, words: str) -> None:
    async with running(make_app()) as pilot:
        screen = await find(pilot, text)
        await until_text(pilot, words)
        assert screen.prompt.display is not bool(text)


async def test_a_saved_search_has_a_name(make_app: AppFactory) -> None:
    async with running(make_app(find={"big": ".agent.resources.memory > 90Gi"})) as pilot:
        await find(pilot, "big")
        await until_text(pilot, "1 match in ")


async def test_a_right_guess_looks_like_a_wrong_one(make_app: AppFactory, demo: DemoServer) -> None:
    spec = {"agent": {"environment": {"DB_PASSWORD": "hunter2-Correct-Horse"}}}
    demo.faults.set(RECORD, Fault.response(200, json.dumps({"id": "q7k-0ab-x4d", "spec": spec})))
    async with running(make_app()) as pilot:
        screen = await find(pilot, "DB_PASSWORD")
        assert [row.node.value for row in screen.table.rows] == ["••••••••"]
        for form in ("v:{}", "v:re:^{}", ".agent.environment.DB_PASSWORD ~ {}", ".agent.environment.* = {}"):
            for guess in ("hunter2-Correct-Horse", "hunter2", "hunterX"):
                screen.submit_query(form.format(guess))
                await settled(pilot)
                await until_text(pilot, "No matches in ")
