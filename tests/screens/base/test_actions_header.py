"""The header says whether actions can be confirmed, and for how long."""

from __future__ import annotations

import pytest
from support.app import AppFactory
from support.driving import listed
from support.on_screen import resized, running, screen_lines, settled, until
from support.steps import Steps, deployment, keys, then

from astro_tui.actions.arming import ARMED, Arming
from astro_tui.app.app import AstroApp
from astro_tui.demo import DemoServer
from astro_tui.screens.accounts import AccountsScreen
from astro_tui.screens.actions.menu import ActionsMenu
from astro_tui.screens.catalog.screen import CatalogScreen
from astro_tui.screens.diff.screen import DiffScreen
from astro_tui.screens.help import HelpScreen
from astro_tui.widgets.chrome.head import Head

pytestmark = pytest.mark.anyio
LABS = "meridian-labs"
PLACES: dict[str, dict[str, Steps]] = {
    "from the list": {
        "picker": keys(),
        "accounts": then("A", screen=AccountsScreen),
        "help": then("escape", "question_mark", screen=HelpScreen),
        "catalog": then("escape", "c", screen=CatalogScreen),
    },
    "from a deployment": {
        "deployment": deployment(),
        "diff": then("d", screen=DiffScreen),
        "actions": then("escape", "a", screen=ActionsMenu),
    },
}
"""A run of the app → the places that it visits one after the other."""


def armed_until(app: AstroApp, moment: list[float]) -> Arming:
    """Arm the account, by a clock that only the test moves."""
    arming = Arming(clock=lambda: moment[0])
    vars(app.session)["arming"] = arming
    arming.arm(LABS, LABS)
    return arming


def tick(app: AstroApp) -> None:
    """Do what the headers do every second."""
    for screen in app.screen_stack:
        for head in screen.query(Head):
            head._tick()


@pytest.mark.nightly
@pytest.mark.parametrize("run", PLACES)
async def test_every_screen_says_read_only_or_armed(run: str, make_app: AppFactory) -> None:
    app = make_app()
    async with running(app, 160, 24) as pilot:
        for name, steps in PLACES[run].items():
            await steps(pilot)
            assert "read-only" in screen_lines(app)[0], name
            app.session.arming.arm(LABS, LABS)
            tick(app)
            await until(pilot, lambda: "armed 9m" in screen_lines(app)[0], f"the time left in {name}")
            for size in ((80, 24), (40, 15)):
                await resized(pilot, *size)
                assert "armed 9m" in "".join(screen_lines(app)[:2]), (name, size)
            app.session.arming.disarm()
            tick(app)
            await resized(pilot, 160, 24)
            await until(pilot, lambda: "read-only" in screen_lines(app)[0], f"the end in {name}")


@pytest.mark.parametrize(("settings", "words"), [({"write": True}, "armed"), ({"read_only": True}, "read-only")])
async def test_settings_choose_the_word(settings: dict[str, object], words: str, make_app: AppFactory) -> None:
    app = make_app(**settings)
    async with running(app, 120, 40) as pilot:
        await listed(pilot)
        assert f" {words} " in screen_lines(app)[0]
        await resized(pilot, 80, 24)
        assert (f" {words} " in screen_lines(app)[0]) == (words == "armed")


async def test_read_only_cannot_be_overridden(make_app: AppFactory) -> None:
    app = make_app(write=True, read_only=True)
    async with running(app, 120, 40) as pilot:
        await listed(pilot)
        assert " read-only " in screen_lines(app)[0]
        assert not app.session.arming.armed(LABS)


@pytest.mark.nightly
async def test_it_counts_down_and_draws_only_when_the_words_change(make_app: AppFactory) -> None:
    app, moment = make_app(), [1000.0]
    async with running(app, 120, 40) as pilot:
        await settled(pilot)
        armed_until(app, moment)
        await until(pilot, lambda: "armed 10m" in screen_lines(app)[0], "armed")
        head = app.screen.query_one(Head)
        drawn: list[str] = []
        draw = head.render
        vars(head)["render"] = lambda: drawn.append("head") or draw()
        moment[0] += 5
        await until(pilot, lambda: "armed 9m" in screen_lines(app)[0], "the time left")
        assert drawn
        drawn.clear()
        moment[0] += 1
        head._tick()
        await pilot.pause()
        assert not drawn
        moment[0] += ARMED
        await until(pilot, lambda: "read-only" in screen_lines(app)[0], "the end")


async def test_the_header_is_about_the_account_on_screen(make_app: AppFactory) -> None:
    app = make_app()
    async with running(app, 120, 40) as pilot:
        await listed(pilot)
        app.session.arming.arm("another", "another")
        app.screen.query_one(Head)._tick()
        await pilot.pause()
        assert "read-only" in screen_lines(app)[0]


async def test_without_a_login_the_header_says_nothing(make_app: AppFactory, demo: DemoServer) -> None:
    app = make_app(token="", account=LABS)
    async with running(app, 120, 40) as pilot:
        await settled(pilot)
        await pilot.press("c")
        await settled(pilot)
        assert "read-only" not in screen_lines(app)[0]


def test_the_first_frame_imports_no_actions(make_app: AppFactory) -> None:
    session = make_app(write=True).session
    assert session.armed_words(LABS) == "armed"
    assert "arming" not in vars(session)
    assert make_app(read_only=True, write=True).session.armed_words(LABS) == ""
