"""Every screen shows the account and the server, at every size."""

from __future__ import annotations

from itertools import pairwise, product
from typing import Any

import pytest
from msgspec.structs import replace
from support.app import AppFactory
from support.driving import listed
from support.on_screen import resized, running, screen_lines, screen_text, settled, until
from support.steps import Steps, deployment, keys, then
from textual.pilot import Pilot

from astro_tui.app.app import AstroApp
from astro_tui.platform import PRODUCTION
from astro_tui.platform.servers import Server, server_of
from astro_tui.screens.accounts import AccountsScreen
from astro_tui.screens.base.letter_menu import LetterMenu
from astro_tui.screens.blueprint.screen import BlueprintScreen
from astro_tui.screens.catalog.screen import CatalogScreen
from astro_tui.screens.comparing import AgentChoice
from astro_tui.screens.deployment.screen import DeploymentScreen
from astro_tui.screens.diff.screen import DiffScreen
from astro_tui.screens.help import HelpScreen
from astro_tui.screens.sign_in import SignInScreen
from astro_tui.theme.look import Look
from astro_tui.widgets.chrome.head import account_at_server

pytestmark = pytest.mark.anyio
SIZES = [(40, 15), (120, 20), (60, 10)]
ACCOUNT = "meridian-labs"
LONG = "https://staging.a-very-long-name-of-a-host-that-someone-gave-it.internal.example.com:8443"


async def sign_in(pilot: Pilot[Any]) -> None:
    pilot.app.push_screen(SignInScreen(pilot.app.session))  # type: ignore[attr-defined]
    await until(pilot, lambda: isinstance(pilot.app.screen, SignInScreen) and pilot.app.screen.is_mounted)


PLACES: dict[str, dict[str, Steps]] = {
    "from the list": {
        "picker": keys(),
        "accounts": then("A", screen=AccountsScreen),
        "help": then("escape", "question_mark", screen=HelpScreen),
        "catalog": then("escape", "c", screen=CatalogScreen),
        "blueprint": then("enter", screen=BlueprintScreen),
        "sign in": sign_in,
    },
    "from a deployment": {
        "deployment": deployment(),
        "record": then("2", screen=DeploymentScreen),
        "history": then("3", screen=DeploymentScreen),
        "diff": then("1", "d", screen=DiffScreen),
        "agents to compare with": then("escape", "D", "a", screen=AgentChoice),
        "copy menu": then("escape", "y", screen=LetterMenu),
        "help of a deployment": then("escape", "question_mark", screen=HelpScreen),
    },
}
"""A run of the app → the places that it visits one after the other."""


def seen_as(app: AstroApp, server: str, *, demo: bool = False) -> AstroApp:
    """Make the app believe that it talks to another server."""
    session = app.session
    session.settings = replace(session.settings, server=server, demo=demo)
    return app


def shortened(text: str, whole: str) -> bool:
    """Whether `text` contains `whole`, or at least two characters of its start and its end with a cut mark between."""
    parts = text.split("…")
    return whole in text or any(
        any(before.endswith(whole[:start]) for start in range(2, 40))
        and any(after.startswith(whole[-end:]) for end in range(2, 60))
        for before, after in pairwise(parts)
    )


@pytest.mark.parametrize("run", ["from the list", pytest.param("from a deployment", marks=pytest.mark.nightly)])
async def test_every_screen_names_account_and_server(run: str, make_app: AppFactory) -> None:
    app = seen_as(make_app(), "https://astropod.ai")
    async with running(app, 120, 40) as pilot:
        for name, steps in PLACES[run].items():
            await resized(pilot, 120, 24)
            await steps(pilot)
            for size in SIZES:
                await resized(pilot, *size)
                first = screen_lines(app)[0]
                assert "[astropod.ai]" in first, (name, size, screen_text(app))
                assert shortened(first, ACCOUNT), (name, size, screen_text(app))


@pytest.mark.parametrize(
    ("server", "label"),
    [(PRODUCTION, f"{ACCOUNT} @ astropods.com"), ("http://localhost:8080", "[localhost:8080]"), ("", "[DEMO]")],
)
async def test_each_server(server: str, label: str, make_app: AppFactory) -> None:
    app = seen_as(make_app(), server or "http://127.0.0.1:1", demo=not server)
    async with running(app, 80, 24) as pilot:
        await listed(pilot)
        assert label in screen_lines(app)[0]


async def test_a_long_host_is_cut_in_the_middle_and_the_account_stays(make_app: AppFactory) -> None:
    app = seen_as(make_app(), LONG)
    help_screen = then("question_mark", screen=HelpScreen)
    async with running(app, 120, 40) as pilot:
        for name, steps in (("picker", keys()), ("deployment", deployment()), ("help", help_screen)):
            await resized(pilot, 120, 24)
            await steps(pilot)
            for size in SIZES:
                await resized(pilot, *size)
                first = screen_lines(app)[0]
                assert ".com:8443]" in first, (name, size, first)
                assert shortened(first, f"[{LONG.removeprefix('https://')}]"), (name, size, first)
                assert shortened(first, ACCOUNT), (name, size, first)


async def test_the_demo_from_the_welcome_screen_says_so(make_app: AppFactory) -> None:
    app = seen_as(make_app(token="", account=""), PRODUCTION)
    async with running(app, 80, 24) as pilot:
        await settled(pilot)
        await pilot.press("d")
        await until(pilot, lambda: "[DEMO]" in screen_lines(app)[0], "the demo's name")
        assert "astropods.com" not in screen_lines(app)[0]


# ---- the label


@pytest.mark.parametrize(
    ("url", "label", "production"),
    [
        ("https://astropods.com", "astropods.com", True),
        ("https://ASTROPODS.com:443", "astropods.com", True),
        ("https://astropods.com/api/v1", "astropods.com", True),
        ("http://astropods.com", "http://astropods.com", False),
        ("https://astropods.com:8443", "astropods.com:8443", False),
        ("https://astropods.com.evil.example", "astropods.com.evil.example", False),
        ("https://astropod.ai", "astropod.ai", False),
        ("http://localhost:8080", "localhost:8080", False),
        ("http://[::1]:8080", "[::1]:8080", False),
        # Cyrillic letters, which look the same.
        ("https://аstropods.com", "xn--stropods-06g.com", False),
    ],
)
def test_the_label(url: str, label: str, production: bool) -> None:
    assert server_of(url) == Server(label, production)


@pytest.mark.parametrize(
    "url", ["https://a\u202eb.example", "https://a\x1b[31m.example", "no address", "https://\ud800"]
)
def test_a_hostile_address_is_made_safe(url: str) -> None:
    server = server_of(url)
    assert server.label.isascii()
    assert server.label.isprintable()
    assert not server.production


def test_the_demo_is_labeled_whatever_its_address() -> None:
    assert server_of("http://127.0.0.1:40123", demo=True) == Server("DEMO", production=False)


@pytest.mark.parametrize("account", ["", "a", "meridian-labs", "a-very-long-account-name-indeed", "漢字漢字漢字漢字"])
def test_it_fits(account: str) -> None:
    for url, width in product((PRODUCTION, LONG), range(20, 80, 3)):
        server = server_of(url)
        words = account_at_server(Look(), account, server, width)
        assert words.cell_length <= width
        assert server.text in words.plain or shortened(words.plain, server.text)


def test_other_servers_differ_from_production_without_color() -> None:
    assert account_at_server(Look(), "acme", server_of("https://astropod.ai"), 80).plain == "acme @ [astropod.ai]"
    assert account_at_server(Look(), "acme", server_of(PRODUCTION), 80).plain == "acme @ astropods.com"
