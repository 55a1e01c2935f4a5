"""The picker in wide windows: the causes in the list, and the preview beside it."""

from __future__ import annotations

import pytest
from msgspec.structs import replace
from support.app import AppFactory
from support.demo_deployments import CLAIMS
from support.driving import go_to, listed, opened
from support.on_screen import flat, idle, resized, running, screen_lines, until, until_text
from textual.widget import Widget

from astro_tui.demo import DemoServer, Fault

pytestmark = [pytest.mark.anyio, pytest.mark.investigating]
FAILED = "df6-p8w-e4v"


async def test_the_cause_is_in_the_list(make_app: AppFactory) -> None:
    async with running(make_app(), 130, 40) as pilot:
        await listed(pilot)
        await until(
            pilot,
            lambda: any(
                "Parcel Tracker" in line and "Cannot pull its image" in line for line in screen_lines(pilot.app)
            ),
        )
        await go_to(pilot, FAILED)
        # The keys that do it, not those that show the change.
        await until_text(pilot, "next a b Roll back to revision 8")
        await pilot.press("i")
        await until_text(pilot, "The preview needs 160 columns. This window has 130.")


async def test_the_preview_explains_the_agent_under_the_cursor(make_app: AppFactory, demo: DemoServer) -> None:
    async with running(make_app(), 160, 40) as pilot:
        screen = await listed(pilot)
        await idle(pilot)
        await go_to(pilot, FAILED)
        await until_text(pilot, "── Parcel Tracker", "Revision 9 changed", "next Roll back to revision 8")
        await until_text(pilot, "── record", FAILED, "── last change")
        # The strip below the list would say it again.
        assert not screen.query_one("#why").display
        await pilot.press("i")
        assert not screen.query_one("#preview").display
        assert screen.query_one("#why").display
        await pilot.press("i")
        await until(pilot, lambda: screen.query_one("#preview").display)
        await resized(pilot, 159, 40)
        assert not screen.query_one("#preview").display
        await until_text(pilot, "── Parcel Tracker", "next")


async def test_the_last_change_is_that_of_the_build_that_is_deployed(make_app: AppFactory, demo: DemoServer) -> None:
    async with running(make_app(), 200, 60) as pilot:
        screen = await opened(pilot, CLAIMS)
        roster = screen.session.roster
        await until(pilot, lambda: roster.change(CLAIMS), "the last change")
        await pilot.press("escape")
        await until_text(pilot, "── Claims Desk (EU)", "── last change", "changed, ")
        change = roster.change(CLAIMS)
        roster.keep_change(CLAIMS, replace(change, build="the one before"))
        await pilot.press("j", "k")
        await until_text(pilot, "── last change", "Not loaded.")
        # After a rollback, a spec that was compared before is compared again, because another one was compared since.
        screen.session.tried[CLAIMS] = 0
        await pilot.press("enter")
        await until(pilot, lambda: roster.change(CLAIMS).build == change.build, "the change")


async def test_a_failed_refresh_is_reported_beside_the_preview(make_app: AppFactory, demo: DemoServer) -> None:
    async with running(make_app(), 170, 40) as pilot:
        await listed(pilot)
        await idle(pilot)
        demo.faults.set(r"^/deployments\?", Fault.response(500))
        await pilot.press("r")
        await until_text(pilot, "FAILED at")
        preview, strip = (pilot.app.screen.query_one(name, Widget) for name in ("#preview", "#why"))
        await until(pilot, lambda: strip.display and strip.region.height)
        assert preview.display
        assert not preview.region.overlaps(strip.region)
        assert "── record" in flat(pilot.app)
