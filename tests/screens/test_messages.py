"""The messages on their screen."""

from __future__ import annotations

from typing import Any

import pytest
from support.app import AppFactory
from support.copying import Taken
from support.demo_deployments import CLAIMS
from support.driving import listed, opened
from support.on_screen import flat, running, until
from textual.pilot import Pilot

from astro_tui.demo import DemoServer, Fault
from astro_tui.screens.messages import MessagesScreen
from astro_tui.session.messages import Messages

pytestmark = pytest.mark.anyio


async def at_messages(pilot: Pilot[Any]) -> MessagesScreen:
    await pilot.press("at")
    await until(pilot, lambda: isinstance(pilot.app.screen, MessagesScreen) and pilot.app.screen.is_mounted)
    assert isinstance(pilot.app.screen, MessagesScreen)
    return pilot.app.screen


async def test_every_notice_error_and_request_with_its_time(make_app: AppFactory, demo: DemoServer) -> None:
    async with running(make_app(), 120, 40) as pilot:
        screen = await listed(pilot)
        screen.show_message("A notice of the program.")
        demo.faults.set("^/deployments[?]", Fault.response(500, '{"message": "out of order"}'))
        await pilot.press("r")
        await until(pilot, lambda: "deployments?account=meridian-labs: 500" in str(screen.session.messages._masked))
        await until(pilot, lambda: not screen.busy("list"))
        box = await at_messages(pilot)
        kinds = {said.kind for said in box.table.rows}
        assert kinds == {"notice", "error", "request"}
        texts = [f"{said.kind} {said.text}" for said in box.table.rows]
        assert any(text.startswith("notice A notice of the program.") for text in texts)
        assert any(text.startswith("error ") and "500" in text for text in texts)
        assert any("GET /api/v1/deployments?account=meridian-labs: ok" in text for text in texts)
        assert {said.time for said in box.table.rows} == {screen.session.clock()}
        assert demo.token not in flat(pilot.app)


@pytest.mark.nightly
async def test_the_cursor_stays_when_the_oldest_messages_are_dropped(make_app: AppFactory) -> None:
    app = make_app()
    vars(app.session)["messages"] = Messages(most=5)
    async with running(app, 80, 24) as pilot:
        screen = await listed(pilot)
        for number in range(5):
            screen.show_message(f"number {number}")
        box = await at_messages(pilot)
        await pilot.press("down", "down")
        under = box.table.row
        assert under is not None
        assert under.text == "number 2"
        for number, expected in ((5, "number 2"), (6, "number 2"), (7, "number 3"), (8, "number 4")):
            screen.show_message(f"number {number}")
            await until(pilot, lambda number=number: box.table.rows[0].text == f"number {number}")  # type: ignore[misc]
            assert box.table.row is not None
            assert box.table.row.text == expected


async def test_searching_and_copying(make_app: AppFactory) -> None:
    taken = Taken()
    async with running(taken.on(make_app()), 80, 24) as pilot:
        await opened(pilot, CLAIMS)
        box = await at_messages(pilot)
        await pilot.press(*"request status")
        assert box.table.rows
        assert all("/status" in said.text for said in box.table.rows)
        await pilot.press("enter")
        await until(pilot, lambda: taken.texts)
        assert "request: GET /api/v1/deployments/" in taken.texts[0]
