"""What new users see: the next steps are visible at every size, and every key that is shown works."""

from __future__ import annotations

import pytest
from support.app import AppFactory
from support.driving import go_to, opened, picker, spec_of
from support.on_screen import flat, resized, running, screen_lines, settled, until, until_text
from support.steps import catalog

from astro_tui.demo import DemoServer, Fault

pytestmark = pytest.mark.anyio
LIST = r"^/deployments\?"


async def test_the_next_steps_are_visible_at_the_smallest_size(make_app: AppFactory) -> None:
    async with running(make_app(token=""), 40, 15) as pilot:
        await until_text(pilot, "sign in with a browser", "open the demo", "q quit")
        await resized(pilot, 120, 40)

        def in_order() -> bool:
            text = flat(pilot.app)
            return text.index("What is running") < text.index("sign in with a browser")

        await until(pilot, in_order)


async def test_an_empty_list_shows_the_next_steps(make_app: AppFactory, demo: DemoServer) -> None:
    async with running(make_app(account="quiet-harbor"), 80, 24) as pilot:
        await until_text(pilot, "No agents are deployed")
        assert screen_lines(pilot.app)[-1] == " r refresh  c catalog  A accounts  ? help  q quit"
        demo.faults.set(LIST, Fault.response(200, '{"deployments": [{"id": "a"}, {"id": "b"}]}'), count=1)
        await pilot.press("r")
        await until(pilot, lambda: picker(pilot.app).table.row_count)
        assert screen_lines(pilot.app)[-1].startswith(" enter open")
        # The table was hidden: its keys work again.
        await pilot.press("j")
        assert picker(pilot.app).table.cursor == 1


async def test_an_enlarged_value_covers_the_record(make_app: AppFactory) -> None:
    async with running(make_app(), 80, 24) as pilot:
        screen = await opened(pilot, "df6-p8w-e4v")
        record = screen.query_one("#record-side")
        # Without an active record the spec comes last, and without a spec there is no value.
        await until(pilot, lambda: spec_of(screen).node is not None, "the spec")
        await settled(pilot)
        height = spec_of(screen).size.height
        await pilot.press("f")
        await until(pilot, lambda: spec_of(screen).size.height == height + 4)
        await pilot.press("2")
        await until(pilot, lambda: record.size.height > 10)
        await pilot.press("1", "f")
        await until(pilot, lambda: spec_of(screen).size.height == height and record.size.height == 4)
        await pilot.press("j")
        assert spec_of(screen).path == ("source",)
        await resized(pilot, 120, 40)
        await pilot.press("f")
        assert record.size.height >= 30


# ---- errors


async def test_a_failed_list_shows_its_error_once(make_app: AppFactory) -> None:
    async with running(make_app(account="nobody"), 80, 24) as pilot:
        await until_text(pilot, "There is no account with that name.")
        assert flat(pilot.app).count("There is no account with that name.") == 1


async def test_the_sign_in_key_of_the_catalog_works(make_app: AppFactory, demo: DemoServer) -> None:
    async with running(make_app(), 80, 24) as pilot:
        await catalog(pilot)
        demo.faults.set("/agents", Fault.response(401))
        await pilot.press("r")
        await until_text(pilot, "SIGNED OUT", "I sign in")
        # A late response to the screen below does not change that.
        pilot.app.session.signed_out = False  # type: ignore[attr-defined]
        await pilot.press("I")
        await until_text(pilot, "start over")
        await pilot.press("escape")
        await until_text(pilot, "282 blueprints", "SIGNED OUT")
        demo.faults.clear()
        demo.faults.set("/agents", Fault.nulls())
        await pilot.press("r")
        await until_text(pilot, "sent this entry without a name")


async def test_a_blueprint_keeps_the_name_that_a_response_lacks(make_app: AppFactory, demo: DemoServer) -> None:
    async with running(make_app(), 80, 24) as pilot:
        await catalog(pilot)
        demo.faults.set("/agents", Fault.nulls())
        await pilot.press("enter")
        await until_text(pilot, "meridian-labs/harvest-planner", "no readme")
        demo.faults.clear()
        await pilot.press("r")
        await until_text(pilot, "Harvest planner")


@pytest.mark.investigating
async def test_a_failed_reason_does_not_load_forever(make_app: AppFactory, demo: DemoServer) -> None:
    demo.faults.set(r"^/deployments/[^/?]+/status", Fault.response(500))
    async with running(make_app()) as pilot:
        await go_to(pilot, "w1h-zox-23m")
        await until_text(pilot, "Cannot read status since", "The platform failed with an internal error (500).")
        demo.faults.clear()
        await pilot.press("r")
        await until_text(pilot, "Deployment is being removed")
        demo.faults.set(LIST, Fault.response(200, '{"deployments": [{"name": "orphan", "status": "failed"}]}'))
        await pilot.press("r")
        await until_text(pilot, "orphan", "Reason unavailable: the list has no ID for this agent")
