"""Text from a server is never interpreted: not as markup, and not as terminal sequences."""

from __future__ import annotations

import json
import random

import pytest
from support.app import AppFactory
from support.driving import listed
from support.hostile import HOSTILE, JOINED, KEY, check, set_hostile
from support.on_screen import resized, running, screen_lines, screen_text, settled, until
from textual import events
from textual.keys import _character_to_key

from astro_tui.demo import DemoServer, Fault
from astro_tui.screens.deployment.screen import DeploymentScreen

pytestmark = [pytest.mark.anyio, pytest.mark.investigating]


@pytest.mark.parametrize(
    "name", [pytest.param(name, marks=pytest.mark.nightly if number > 1 else ()) for number, name in enumerate(JOINED)]
)
async def test_every_field_of_every_screen(name: str, make_app: AppFactory, demo: DemoServer) -> None:
    text = JOINED[name]
    set_hostile(demo, text)
    async with running(make_app(), 120, 40) as pilot:
        screen = await listed(pilot)
        await settled(pilot)
        check(pilot, text)
        screen.table.move_to([entry.key for entry in screen.table.rows].index(KEY))
        await pilot.pause()
        await settled(pilot)
        check(pilot, text)
        await pilot.press("enter")
        await until(pilot, lambda: isinstance(pilot.app.screen, DeploymentScreen))
        await settled(pilot)
        check(pilot, text)
        await pilot.press("equals_sign", "j", "j", "l")
        check(pilot, text)
        for width, height in ((40, 15), (30, 8)):
            await resized(pilot, width, height)
            await pilot.pause()
            check(pilot, text)
        await resized(pilot, 80, 24)
        await pilot.press("2")
        check(pilot, text)
        await pilot.press("escape", "/", "[", "/")
        check(pilot, text)
        assert pilot.app.title == "astro-tui"


async def test_error_messages_of_the_server(make_app: AppFactory, demo: DemoServer) -> None:
    demo.faults.set("/", Fault.response(500))
    async with running(make_app(), 100, 30) as pilot:
        await until(pilot, lambda: "FAILED at" in screen_text(pilot.app))
        for name in ("markup", "escape", "title", "bidi", "lines", "long"):
            text = HOSTILE[name]
            for body in (
                {"error": text},
                {"error_description": text, "error": "x"},
                {
                    "error": "x",
                    "code": "BILLING_SUSPENDED",
                    "details": text,
                    "action": text,
                    "pay_link": f"https://{text}",
                },
            ):
                demo.faults.clear()
                demo.faults.set("/", Fault.response(400, json.dumps(body)))
                demo.forget_requests()
                await pilot.press("r")
                await settled(pilot)
                assert demo.requests
                assert "FAILED at" in screen_text(pilot.app)
                check(pilot, text)


async def test_account_and_agent_from_the_command_line(make_app: AppFactory) -> None:
    text = HOSTILE["title"]
    async with running(make_app(account=text, agent=text), 100, 30) as pilot:
        await until(pilot, lambda: "FAILED at" in screen_text(pilot.app))
        check(pilot, text)
    async with running(make_app(agent=text), 100, 30) as pilot:
        await until(pilot, lambda: "30 agents" in screen_text(pilot.app))
        check(pilot, text)


async def test_a_hostile_status_is_cut_and_escaped(make_app: AppFactory, demo: DemoServer) -> None:
    set_hostile(demo, "[/]" + "\x1b" * 30)
    async with running(make_app(), 120, 30) as pilot:
        await listed(pilot)
        assert any("[/]␛␛" in line for line in screen_lines(pilot.app))


# ---- keys


KEYS = [
    *"jkhlgGHLJKsSerxyo12/?<>=- nN&",
    *("enter", "escape", "tab", "up", "down", "left", "right", "pageup", "pagedown", "home", "end", "backspace"),
    *("ctrl+d", "ctrl+u", "ctrl+r", "f1", "delete", "shift+left", "shift+right", "ctrl+w", "a", "é", "漢"),
]
SIZES = [(120, 40), (80, 24), (40, 15), (200, 60), (30, 8), (1, 1)]


@pytest.mark.nightly
@pytest.mark.parametrize("seed", range(3))
async def test_random_keys_never_crash_and_never_write(seed: int, make_app: AppFactory, demo: DemoServer) -> None:
    dice = random.Random(seed)
    app = make_app()
    async with running(app, 100, 30) as pilot:
        await listed(pilot)
        pressed = 0
        while pressed < 90:
            if dice.random() < 0.03:
                await resized(pilot, *dice.choice(SIZES))
            if dice.random() < 0.05:
                demo.faults.set("/", dice.choice([Fault.response(500), Fault.slow(0.05), Fault.reset(), Fault.nulls()]))
            elif dice.random() < 0.1:
                demo.faults.clear()
            keys = dice.choices(KEYS, k=dice.randrange(1, 8))
            # Without pauses, as from a user who types faster than the screen is drawn.
            for key in keys:
                single = len(key) == 1
                app.post_message(events.Key(_character_to_key(key) if single else key, key if single else None))
            pressed += len(keys)
            await pilot.pause()
            if not app.is_running:  # the help ran "quit"
                break
        assert app._exception is None
    assert app.return_code in (None, 0)
    # A spec is regenerated by a POST that changes nothing.
    changing = [target for method, target in demo.requests if method != "GET"]
    assert all(target.endswith("/deployment-template") for target in changing)
