"""Errors are shown as a sentence with their request and a next step; old data stays on screen."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pytest
from support.app import NOW, AppFactory
from support.driving import go_to, listed, opened, picker, under_cursor
from support.on_screen import Clock, flat, held, running, screen_lines, settled, until, until_text
from textual.pilot import Pilot

from astro_tui.demo import DemoServer, Fault
from astro_tui.platform.client import Timeouts
from astro_tui.screens.welcome import WelcomeScreen
from astro_tui.state.account_cache import KnownAccount

pytestmark = pytest.mark.anyio
LIST = r"^/deployments\?"
RECORD = r"^/agents/.*/deployment$"
HASTY = Timeouts(connect=0.3, read=0.3, total=0.4, pauses=())


@dataclass(frozen=True)
class Case:
    """A fault, its sentence, the hint below it, and the text in the header."""

    fault: Fault
    sentence: str
    hint: str
    head: str = "FAILED at"


CASES = {
    "400": Case(Fault.response(400, '{"error":"too odd"}'), "rejected the request: too odd.", "Check the"),
    "401": Case(Fault.response(401), "it may have expired.", "ASTRO_ACCESS_TOKEN", "SIGNED OUT"),
    "402": Case(Fault.billing(), "because of billing: The last payment failed.", "https://pay.example/meridian-labs"),
    "403": Case(Fault.response(403, '{"error":"insufficient permissions"}'), "You have no access to this", "owners"),
    "403 organization": Case(
        Fault.response(403, '{"error":"session is not scoped to this organization, use switch-org first"}'),
        "This token is not for the account",
        "its token in ASTRO_ACCESS_TOKEN",
    ),
    "404": Case(Fault.response(404, '{"error":"account not found"}'), "no account with that name", "account's name"),
    "429": Case(Fault.rate_limited(40), "too many requests", "Wait 40 s, then press r"),
    "500": Case(Fault.response(500), "internal error (500)", "Press r to try again; if it keeps failing"),
    "503 missing": Case(
        Fault.response(503, '{"error":"cluster disabled"}'), "Part of the platform is not set up", "set it up"
    ),
    "html": Case(Fault.html(), "not available at the moment (502)", "press r to try again"),
    "html 200": Case(Fault.html(200), "", "Check"),
    "not json": Case(Fault.not_json(), "", "r"),
    "empty": Case(Fault.empty(), "", "r"),
    "other shape": Case(Fault.response(200, '"a text"'), "", "r"),
    "number": Case(Fault.response(200, "7"), "", "r"),
    "cut": Case(Fault.cut(), "cut off", "Press r to try again."),
    "reset": Case(Fault.reset(), "closed the connection before it responded", "Press r to try again.", "OFFLINE since"),
    "deep": Case(Fault.deep(), "500", "r"),
    "redirect": Case(Fault.redirect("http://elsewhere.example/login"), "redirects to", "is the platform's address"),
    "teapot": Case(Fault.response(418), "unexpected status 418", "is the platform's address"),
}


async def fails(pilot: Pilot[Any], demo: DemoServer, path: str, case: Case) -> None:
    """Let requests fail like this, and send them again."""
    demo.faults.clear()
    demo.faults.set(path, case.fault)
    # `r` does not send again what was just sent.
    await settled(pilot)
    before = len(demo.requests)
    await pilot.press("r")
    await settled(pilot)
    assert len(demo.requests) > before


async def test_a_failed_first_list_shows_a_notice_and_r_tries_again(make_app: AppFactory, demo: DemoServer) -> None:
    demo.faults.set("/deployments", Fault.response(500))
    async with running(make_app(), 120, 30) as pilot:
        for name, case in CASES.items():
            await fails(pilot, demo, "/deployments", case)
            text = flat(pilot.app)
            assert case.head in screen_lines(pilot.app)[0], name
            assert case.sentence in text, name
            assert case.hint in text, name
            assert "request GET /api/v1/deployments?account=meridian-labs" in text, name
            assert demo.token not in text, name
        demo.faults.clear()
        await pilot.press("r")
        await until_text(pilot, "30 agents", "Claims Desk (EU)")
        assert case.head not in flat(pilot.app)


@pytest.mark.nightly
async def test_the_smallest_window_shows_what_to_do(make_app: AppFactory, demo: DemoServer) -> None:
    demo.faults.set("/deployments", Fault.response(500))
    async with running(make_app(), 40, 15) as pilot:
        for name, case in CASES.items():
            if case.hint not in ("", "r"):
                await fails(pilot, demo, "/deployments", case)
                text = flat(pilot.app)
                assert "request" in text, name
                assert [word for word in case.hint.split() if word not in text] == [], name


@pytest.mark.nightly
@pytest.mark.parametrize(
    ("fault", "account", "shown"),
    [
        (Fault.response(403, '{"error":"insufficient permissions"}'), "rival-works", True),
        (Fault.response(403, '{"error":"insufficient permissions"}'), "meridian-labs", False),
        (CASES["403 organization"].fault, "rival-works", False),
        (Fault.response(503, '{"error":"authorization session is unavailable"}'), "rival-works", False),
    ],
)
async def test_members_are_not_called_non_members(
    fault: Fault, account: str, shown: bool, make_app: AppFactory, demo: DemoServer
) -> None:
    demo.faults.set("/deployments", fault)
    app = make_app(account=account)
    app.session.remembered.learned([KnownAccount("meridian-labs")], "user_1", NOW)
    async with running(app) as pilot:
        await until_text(pilot, "request", "r try again")
        assert ("you are not a member" in flat(pilot.app)) is shown


async def test_a_failed_first_record_shows_a_notice_beside_the_row(make_app: AppFactory, demo: DemoServer) -> None:
    demo.faults.set(RECORD, Fault.response(500))
    async with running(make_app(), 140, 36) as pilot:
        await opened(pilot, "q7k-0ab-x4d")
        for name, case in CASES.items():
            if name == "404":
                continue
            await fails(pilot, demo, RECORD, case)
            text = flat(pilot.app)
            assert case.head in screen_lines(pilot.app)[0], name
            for words in (case.sentence, case.hint):
                assert [word for word in words.split() if word not in text] == [], name
            assert "/agents/meridian-labs/claims-desk/deployment" in text, name
            assert "q7k-0ab-x4d" in text, name
        demo.faults.clear()
        await pilot.press("r")
        await until_text(pilot, "308 values")


@pytest.mark.parametrize("said", ["deployment not found", "failed to look up deployment: no rows"])
async def test_a_403_that_means_not_found(said: str, make_app: AppFactory, demo: DemoServer) -> None:
    demo.faults.set(RECORD, Fault.response(403, f'{{"error":"{said}"}}'))
    async with running(make_app()) as pilot:
        await opened(pilot, "q7k-0ab-x4d")
        text = flat(pilot.app)
        assert "no access" not in text
        # The agent itself is active.
        assert "regenerated; no active record" in text
        assert "not active" not in text


@pytest.mark.timed
async def test_no_server_is_listening(make_app: AppFactory, refusing: int) -> None:
    async with running(make_app(server=f"http://127.0.0.1:{refusing}", timeouts=HASTY)) as pilot:
        await until_text(pilot, "refused the connection", "OFFLINE since", "Check that the server is running")


# ---- a refresh that fails


@pytest.mark.parametrize("name", ["reset", "401", "402"])
async def test_a_failed_refresh_keeps_the_list(name: str, make_app: AppFactory, demo: DemoServer, clock: Clock) -> None:
    case = CASES[name]
    async with running(make_app()) as pilot:
        await go_to(pilot, "b0c-4y0-dft")
        await settled(pilot)
        clock.advance(240)
        demo.faults.set("/", case.fault)
        await pilot.press("r")
        # A status may be refused before the list is.
        await settled(pilot)
        assert case.head in screen_lines(pilot.app)[0]
        text = flat(pilot.app)
        assert "Claims Desk (EU)" in text
        assert "30 agents" in text
        assert case.sentence[:20] in text
        assert "4m ago" in text
        assert under_cursor(pilot.app) == "b0c-4y0-dft"
        demo.faults.clear()
        await pilot.press("r")
        await settled(pilot)
        assert case.head not in screen_lines(pilot.app)[0]
        assert "4m ago" not in screen_lines(pilot.app)[-2]


async def test_the_pause_before_a_retry_is_shown(make_app: AppFactory, demo: DemoServer) -> None:
    async with running(make_app()) as pilot:
        await listed(pilot)
        await settled(pilot)
        demo.faults.set(LIST, Fault.rate_limited(1), count=1)
        # The second try waits until the pause was seen.
        with held(demo, LIST, after=1):
            await pilot.press("r")
            await until_text(pilot, "retry in 1 s")
        await until(pilot, lambda: "retry in" not in flat(pilot.app), "sent again")
        await until_text(pilot, "30 agents")
        assert "FAILED" not in screen_lines(pilot.app)[0]


async def test_pauses_grow_with_each_failure(make_app: AppFactory, demo: DemoServer) -> None:
    async with running(make_app()) as pilot:
        screen = await listed(pilot)
        demo.faults.set("/deployments", Fault.response(500))
        pauses = []
        for _ in range(5):
            await pilot.press("r")
            await until(pilot, lambda: not screen.busy("list"))
            pauses.append(screen.agents.pause(3))
        assert pauses == [6, 12, 24, 48, 60]
        demo.faults.set("/deployments", Fault.response(401))
        assert screen.agents.planned


async def test_a_failed_status_removes_nothing(make_app: AppFactory, demo: DemoServer) -> None:
    demo.faults.set(r"^/deployments/[^?]", Fault.response(500))
    async with running(make_app()) as pilot:
        await opened(pilot, "q7k-0ab-x4d")
        await until_text(pilot, "308 values", "q7k-0ab-x4d", "ACTIVE")


# ---- without a login


async def test_welcome(make_app: AppFactory) -> None:
    async with running(make_app(token="")) as pilot:
        assert isinstance(pilot.app.screen, WelcomeScreen)
        await until_text(pilot, "You are not signed in.", "ASTRO_ACCESS_TOKEN=<token>", "blueprints", "open the demo")
        await pilot.press("c")
        await until_text(pilot, "public catalog", "open-orchard")
        await pilot.press("j", "G", "g", "pagedown", "r")
        await settled(pilot)
        await pilot.press("escape")
        assert isinstance(pilot.app.screen, WelcomeScreen)
        await pilot.press("d")
        await until_text(pilot, "meridian-labs", "30 agents")
        assert picker(pilot.app)


async def test_welcome_when_the_platform_is_unreachable(make_app: AppFactory, demo: DemoServer) -> None:
    demo.faults.set("/", Fault.reset())
    async with running(make_app(token="")) as pilot:
        await until_text(pilot, "unreachable", "closed the connection")
        await pilot.press("c")
        await until_text(pilot, "closed the connection before it responded", "GET /api/v1/agents")
        await pilot.press("escape", "q")
    assert pilot.app.return_code == 0
