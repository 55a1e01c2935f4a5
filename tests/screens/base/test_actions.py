"""The actions menu, the preview, the confirmation, and what follows, over real HTTP."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from support.acting import writes
from support.app import AppFactory
from support.demo_deployments import CLAIMS, PARCEL
from support.driving import detail, go_to, listed, opened, picker
from support.on_screen import flat, resized, running, screen_lines, settled, until, until_text
from support.open_demo import OpenDemo
from textual.containers import VerticalScroll
from textual.events import Paste
from textual.pilot import Pilot
from textual.screen import ModalScreen

from astro_tui.actions.presses import READABLE, TYPED
from astro_tui.demo import DemoServer
from astro_tui.platform.client import Call
from astro_tui.screens.actions.argument import ArgumentBox
from astro_tui.screens.actions.box import ActionBox
from astro_tui.screens.actions.confirm import PreviewBox
from astro_tui.screens.actions.menu import ActionsMenu
from astro_tui.screens.picker.screen import PickerScreen

pytestmark = pytest.mark.anyio


async def in_menu(pilot: Pilot[Any], key: str = CLAIMS) -> None:
    await opened(pilot, key)
    await pilot.press("a")
    await until(pilot, lambda: isinstance(pilot.app.screen, ActionsMenu), "the menu")
    await until_text(pilot, "Restart all pods")


async def previewed(pilot: Pilot[Any]) -> PreviewBox:
    """Wait until a preview can be read, and has been on screen for long enough."""
    await until(pilot, lambda: isinstance(pilot.app.screen, PreviewBox), "the preview")
    box = pilot.app.screen
    assert isinstance(box, PreviewBox)
    await until(pilot, lambda: box.readable, "a preview to read")
    return box


async def test_the_menu_says_what_does_not_work_now_and_why_until_the_next_key(make_app: AppFactory) -> None:
    async with running(make_app()) as pilot:
        await in_menu(pilot)
        await until_text(pilot, "read-only", "Restart all pods", "not now: the agent is not paused")
        await pilot.press("s")
        await until_text(pilot, "Resume: the agent is not paused.")
        menu = pilot.app.screen
        assert isinstance(menu, ActionsMenu)
        menu._show()
        await until_text(pilot, "Resume: the agent is not paused.")
        await pilot.press("down")
        await until(pilot, lambda: "Resume: the agent" not in flat(pilot.app), "gone")
        await pilot.press("escape")
        await until(pilot, lambda: not isinstance(pilot.app.screen, ActionsMenu), "closed")


async def test_a_preview_in_a_read_only_session_changes_nothing(make_app: AppFactory, demo: DemoServer) -> None:
    async with running(make_app()) as pilot:
        await in_menu(pilot)
        await pilot.press("p")
        await previewed(pilot)
        await until_text(pilot, "POST /api/v1/deployments/q7k-0ab-x4d/stop", "w arm · y copy · enter leave · esc back")
        await pilot.press("P")
        await settled(pilot)
        assert writes(demo.requests) == []
        await pilot.press("w", *"meridian-labs", "enter")
        await until_text(pilot, "armed 9m", "P pause")
        await pilot.press("enter")
        await until(pilot, lambda: not isinstance(pilot.app.screen, ActionBox), "left")
        assert writes(demo.requests) == []


async def test_escape_goes_back_one_level(make_app: AppFactory, demo: DemoServer) -> None:
    async with running(make_app(write=True)) as pilot:
        await listed(pilot)
        await go_to(pilot, PARCEL)
        await pilot.press("a", "b")
        await until_text(pilot, "which revision?", "rev 8")
        await pilot.press("/", *"REV 98ed")
        await until(pilot, lambda: "rev 8" not in flat(pilot.app), "only what matches")
        await pilot.press("enter")
        await previewed(pilot)
        await until_text(pilot, "revision 6 becomes the current one")
        for shown in (ArgumentBox, ArgumentBox, ActionsMenu, PickerScreen):
            await pilot.press("escape")
            await until(pilot, lambda shown=shown: isinstance(pilot.app.screen, shown), shown.__name__)  # type: ignore[misc]
            await pilot.pause()
        assert writes(demo.requests) == []


async def test_a_new_name_has_no_list_to_move_in(make_app: AppFactory) -> None:
    async with running(make_app(write=True)) as pilot:
        await in_menu(pilot)
        await pilot.press("n", "down", "pageup", *"Desk", "enter")
        await previewed(pilot)
        await until_text(pilot, "Desk")


async def test_the_reason_why_an_action_does_not_work_is_readable_in_a_small_window(make_app: AppFactory) -> None:
    async with running(make_app(), 40, 15) as pilot:
        await in_menu(pilot)
        menu = pilot.app.screen
        assert isinstance(menu, ActionsMenu)
        for choice in menu.choices[1:]:
            await pilot.press("down")
            if not choice.verdict.allowed:
                await until_text(pilot, f"{choice.title}: {choice.verdict.reason}.")


async def test_arming_takes_the_name_of_the_account_and_w_disarms(make_app: AppFactory, demo: DemoServer) -> None:
    app = make_app()
    async with running(app) as pilot:
        await in_menu(pilot)
        await pilot.press("w", *"meridian", "enter")
        await until_text(pilot, "That is not the account's name.")
        await pilot.press(*"-labs", "enter")
        await until_text(pilot, "armed 9m", "w disarm")
        assert app.session.arming.armed("meridian-labs")
        await pilot.press("w")
        await until_text(pilot, "read-only", "w arm")
        assert not app.session.arming.armed("meridian-labs")
        assert writes(demo.requests) == []


SMALL = ((14, 3), (20, 5), (39, 24), (80, 9))


@pytest.mark.parametrize(
    "size", [pytest.param(size, marks=() if size == (20, 5) else pytest.mark.nightly) for size in SMALL]
)
async def test_nothing_is_confirmed_in_a_window_that_is_too_small(make_app: AppFactory, size: tuple[int, int]) -> None:
    with DemoServer() as demo:
        async with running(make_app(server=demo.url, token=demo.token, write=True)) as pilot:
            await in_menu(pilot)
            await pilot.press("p")
            box = await previewed(pilot)
            await resized(pilot, *size)
            await until_text(pilot, "too small")
            for key in ("P", "space", "P"):
                await pilot.press(key)
                await asyncio.sleep(2 * TYPED)
            assert writes(demo.requests) == []
            await resized(pilot, 80, 24)
            assert not box.readable
            await until(pilot, lambda: box.readable, "a preview to read")
            await pilot.press("space", "P")
            await until_text(pilot, "press space, then P")
            await pilot.press("escape", "d")
            box = await previewed(pilot)
            await pilot.press(*CLAIMS)
            await resized(pilot, *size)
            await pilot.press("enter")
            await resized(pilot, 80, 24)
            await until_text(pilot, "to continue")
            assert writes(demo.requests) == []


async def test_a_name_that_confirms_has_to_be_typed(make_app: AppFactory) -> None:
    app = make_app()
    async with running(app) as pilot:
        await in_menu(pilot)
        await pilot.press("w")
        await until_text(pilot, "account:")
        app.post_message(Paste("meridian-labs"))
        await until_text(pilot, "Type the name: a paste does not count.")
        await pilot.press("enter")
        await until_text(pilot, "That is not the account's name.")
        assert not app.session.arming.armed("meridian-labs")
    async with running(make_app(write=True)) as pilot:
        await in_menu(pilot)
        await pilot.press("d")
        await until_text(pilot, "to continue")
        pilot.app.post_message(Paste("Claims Desk (EU)"))
        await until_text(pilot, "Type the name: a paste does not count.")
        await pilot.press("enter")
        await until_text(pilot, "that is not")


async def test_w_disarms_a_session_that_the_settings_arm(make_app: AppFactory) -> None:
    app = make_app(write=True)
    async with running(app) as pilot:
        await in_menu(pilot)
        await until_text(pilot, "w disarm")
        await pilot.press("w")
        await until_text(pilot, "read-only", "w arm")
        assert not app.session.arming.armed("meridian-labs")


async def test_from_a_failed_agent_to_its_rollback_in_four_keys(make_app: AppFactory) -> None:
    with DemoServer() as demo:
        async with running(make_app(server=demo.url, token=demo.token, write=True)) as pilot:
            await listed(pilot)
            await go_to(pilot, PARCEL)
            await pilot.press("a", "b")
            await until_text(pilot, "which revision?", "rev 8")
            await pilot.press("enter")
            await previewed(pilot)
            await until_text(pilot, "revision 8 becomes the current one", "changes")
            await pilot.press("B")
            await until(pilot, lambda: writes(demo.requests), "the request")
            await until_text(pilot, "ROLL BACK…")
            assert picker(pilot.app).table.row is not None


async def test_a_confirm_key_before_the_preview_was_read_does_nothing(make_app: AppFactory, demo: DemoServer) -> None:
    async with running(make_app(write=True)) as pilot:
        await in_menu(pilot)
        # Typed before the preview was on screen.
        await pilot.press("p", "P", "P", "P")
        box = await previewed(pilot)
        assert writes(demo.requests) == []
        # A preview behind another screen is not being read.
        await pilot.app.push_screen(ModalScreen())
        await asyncio.sleep(READABLE)
        await pilot.app.pop_screen()
        await pilot.press("P")
        await until_text(pilot, "not confirmed yet", "press space, then P")
        await pilot.press("space")
        await until_text(pilot, "now press P")
        assert pilot.app.screen is box
        assert writes(demo.requests) == []


async def test_when_the_ten_minutes_are_over_the_open_box_confirms_nothing(
    make_app: AppFactory, demo: DemoServer
) -> None:
    app = make_app()
    async with running(app) as pilot:
        await in_menu(pilot)
        await pilot.press("w", *"meridian-labs", "enter")
        await until_text(pilot, "armed 9m")
        await pilot.press("p")
        await previewed(pilot)
        await until_text(pilot, "P pause")
        later = app.session.arming._clock() + 601
        app.session.arming._clock = lambda: later
        await pilot.press("P")
        await until_text(pilot, "Arming expired after ten minutes: arm again with w.")
        assert writes(demo.requests) == []
        await pilot.press("P")
        await settled(pilot)
        assert writes(demo.requests) == []


async def test_a_deletion_needs_the_name(make_app: AppFactory, demo: DemoServer) -> None:
    async with running(make_app(write=True)) as pilot:
        await in_menu(pilot)
        await pilot.press("d")
        await until_text(pilot, "type Claims Desk (EU) to continue")
        await pilot.press(*"claims desk (eu)", "enter")
        await until_text(pilot, "that is not Claims Desk (EU)")
        await pilot.press("backspace")
        await until_text(pilot, "type Claims Desk (EU) to continue")
        assert writes(demo.requests) == []
        await pilot.press("ctrl+u", *"Claims Desk (EU)", "enter")
        await until_text(pilot, "D delete")
        box = await previewed(pilot)
        await until(pilot, lambda: box.readable, "the key to be named")
        await pilot.press("D")
        await until(pilot, lambda: writes(demo.requests), "the request")
    assert [each.split("/")[-1] for each in writes(demo.requests)] == ["undeploy"]


async def test_a_change_by_somebody_else_is_noticed(make_app: AppFactory) -> None:
    with OpenDemo() as demo:
        async with running(make_app(server=demo.url, token=demo.token, write=True)) as pilot:
            await in_menu(pilot)
            await pilot.press("p")
            await previewed(pilot)
            demo.put(CLAIMS, "deploying")
            before = len(writes(demo.requests))
            await pilot.press("P")
            await until_text(pilot, "has changed since you looked at it", "Nothing was sent.")
            assert len(writes(demo.requests)) == before


async def test_the_journal(make_app: AppFactory) -> None:
    with DemoServer() as demo:
        async with running(make_app(server=demo.url, token=demo.token, write=True)) as pilot:
            await in_menu(pilot)
            await pilot.press("j")
            await until_text(pilot, "No actions yet.")
            await pilot.press("escape", "p")
            await previewed(pilot)
            await pilot.press("P")
            await until_text(pilot, "was paused")
            await pilot.press("a", "j")
            await until_text(pilot, "1 action", "pause", "done")


async def test_an_action_is_copied_as_its_command(make_app: AppFactory, demo: DemoServer) -> None:
    async with running(make_app()) as pilot:
        await in_menu(pilot)
        await pilot.press("y")
        await until(pilot, lambda: pilot.app.clipboard == f"astro-tui restart meridian-labs/{CLAIMS}", "the command")
        await pilot.press("down", "y")
        await until(pilot, lambda: "--pod POD " in pilot.app.clipboard, "what it needs in capitals")
        await pilot.press("p")
        box = await previewed(pilot)
        await pilot.press("y")
        await until(pilot, lambda: "pause" in pilot.app.clipboard, "the command of the preview")
        assert pilot.app.screen is box
        assert writes(demo.requests) == []


async def test_a_confirmed_pause_is_sent_once_and_its_undo_is_confirmed_too(
    make_app: AppFactory,
) -> None:
    with DemoServer() as demo:
        async with running(make_app(server=demo.url, token=demo.token, write=True)) as pilot:
            await in_menu(pilot)
            await until_text(pilot, "Restart all pods")
            assert "Undo" not in flat(pilot.app)
            await pilot.press("p")
            await previewed(pilot)
            await pilot.press("P")
            await until_text(pilot, "was paused", "To undo, press a, then u.")
            await until(pilot, lambda: "PAUSED" in flat(pilot.app), "the new state")
            await pilot.press("a", "u")
            await previewed(pilot)
            await until_text(pilot, "POST /api/v1/deployments/q7k-0ab-x4d/wakeup")
            assert [each.split("/")[-1] for each in writes(demo.requests)] == ["stop"]
            await pilot.press("S")
            await until_text(pilot, "RESUMING…")
            await until(pilot, lambda: len(writes(demo.requests)) == 2, "the request")
        assert [each.split("/")[-1] for each in writes(demo.requests)] == ["stop", "wakeup"]


def fits(pilot: Pilot[Any], height: int) -> bool:
    """Return whether a box is below the header, and its last line, with the key that closes it, is on screen."""
    screen = pilot.app.screen
    head, box = (screen.query_one(name).region for name in ("#head", "#box"))
    return head.bottom <= box.y and box.bottom <= height and "esc" in screen_lines(pilot.app)[box.bottom - 1]


@pytest.mark.nightly
async def test_every_box_fits(make_app: AppFactory) -> None:
    """The keys are on screen, and nothing is below the last row, however long the preview is."""
    async with running(make_app(write=True), 80, 24) as pilot:
        await listed(pilot)
        await go_to(pilot, PARCEL)
        for size in ((40, 15), (80, 24), (60, 12)):
            await resized(pilot, *size)
            for keys in (["a"], ["a", "j"], ["a", "b"], ["a", "b", "enter"], ["a", "d"], ["a", "n"]):
                for key in keys:
                    await pilot.press(key)
                    await settled(pilot)
                if isinstance(pilot.app.screen, PreviewBox):
                    await previewed(pilot)
                await until(pilot, lambda size=size: fits(pilot, size[1]), f"room for {keys} in {size}")  # type: ignore[misc]
                while isinstance(pilot.app.screen, ActionBox):
                    await pilot.press("escape")
                    await settled(pilot)


@pytest.mark.nightly
async def test_a_long_preview_scrolls(make_app: AppFactory) -> None:
    async with running(make_app(write=True), 40, 15) as pilot:
        await listed(pilot)
        await go_to(pilot, PARCEL)
        await pilot.press("a", "b")
        await until_text(pilot, "which revision?", "rev 8")
        await pilot.press("enter")
        box = await previewed(pilot)
        inside = box.query_one(VerticalScroll)
        await until(pilot, lambda: inside.max_scroll_y > 0, "more than fits")
        await pilot.press("end")
        await until(pilot, lambda: inside.scroll_y == inside.max_scroll_y, "the end")
        await pilot.press("home")
        await until(pilot, lambda: inside.scroll_y == 0, "the start")
        await pilot.press("j", "space")
        await until(pilot, lambda: inside.scroll_y > 1, "a page")


async def test_what_arrives_while_a_screen_closes_is_dropped(make_app: AppFactory) -> None:
    """A screen that was popped gets messages for a while, but has lost its widgets."""
    async with running(make_app()) as pilot:
        await in_menu(pilot)
        menu = pilot.app.screen
        assert isinstance(menu, ActionsMenu)
        await pilot.app.pop_screen()
        menu._take_rights({"deployment:operate": False})
        page, call, shown = detail(pilot.app), Call(), list[str]()
        page._calls["test"] = call
        closed = pilot.app.pop_screen()
        page._deliver("test", call, lambda: shown.append("too late"))
        await closed
        assert shown == []
