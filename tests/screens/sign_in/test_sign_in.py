"""The sign-in screen, and what other screens do when a login expires."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from support.app import QUICK
from support.deadline import DEADLINE
from support.driving import detail, history_shown, listed, opened, picker, spec_of, under_cursor
from support.logins import NoKeyring
from support.on_screen import (
    Clock,
    flat,
    resized,
    running,
    screen_lines,
    screen_text,
    settled,
    until,
    until_text,
)
from textual.pilot import Pilot
from textual.screen import Screen

from astro_tui.app.app import AstroApp
from astro_tui.auth import renewal
from astro_tui.auth.chosen_login import ChosenLogin, LoginKind
from astro_tui.auth.cli_login import CliLogins
from astro_tui.auth.device import SignInProgress
from astro_tui.auth.grants import DeviceCode
from astro_tui.auth.identity import Granted, IdentityProvider
from astro_tui.auth.login import Login, LoginProblem
from astro_tui.auth.own_login import Kept, OwnLogin, Stored
from astro_tui.auth.tokens import StoredTokens
from astro_tui.clipboard.ways import Clipboard
from astro_tui.demo import DemoServer, Fault
from astro_tui.demo.identity import DemoIdentity
from astro_tui.logs.following import FollowPhase
from astro_tui.platform.client import Call, Platform
from astro_tui.screens.accounts import AccountsScreen
from astro_tui.screens.catalog.screen import CatalogScreen
from astro_tui.screens.deployment.sections.logs import LogsPane
from astro_tui.screens.help import HelpScreen
from astro_tui.screens.messages import MessagesScreen
from astro_tui.screens.sign_in import SignedIn, SignInScreen, sign_in_again
from astro_tui.screens.welcome import WelcomeScreen
from astro_tui.session.session import Session
from astro_tui.state.settings import Settings
from astro_tui.text.fingerprint import fingerprint
from astro_tui.theme.look import Look

pytestmark = pytest.mark.anyio
AppMaker = Callable[..., AstroApp]


@pytest.fixture
def identity(clock: Clock) -> Iterator[DemoIdentity]:
    # Its clock moves with real time, because it rejects polls that come too early.
    started = time.monotonic()

    def moving() -> datetime:
        return clock() + timedelta(seconds=time.monotonic() - started)

    with DemoIdentity(interval=0.1, clock=moving) as provider:
        yield provider


@pytest.fixture
def server(identity: DemoIdentity, clock: Clock) -> Iterator[DemoServer]:
    with DemoServer(frozen=True, clock=clock, identity=identity) as platform:
        yield platform


class OffTheScreen(StoredTokens):
    """Fails if logins are read or renewed on the UI thread."""

    def _read(self, **how: bool) -> ChosenLogin:
        assert threading.current_thread() is not threading.main_thread()
        return super()._read(**how)


@pytest.fixture
def _renewed_here(monkeypatch: pytest.MonkeyPatch) -> None:
    """Renew logins in this process, and not in one of their own, which tests/auth start."""

    def start(own: OwnLogin, identity: str, client_id: str, after: str, organization: str = "") -> renewal.Renewal:
        provider = IdentityProvider(identity, client_id)

        def work() -> renewal.RenewalOutcome:
            its_own = OwnLogin(own.server, folder=own.folder, keyring=NoKeyring())
            with closing(provider):
                return renewal.renew(its_own, refresh, fingerprint(after), organization)

        def refresh(login: Login, organization: str) -> Granted:
            return provider.refresh(login.refresh_token, organization, Call())

        return renewal.Renewal(work)

    monkeypatch.setattr("astro_tui.auth.tokens.start_renewal", start)


@pytest.fixture
def make(server: DemoServer, identity: DemoIdentity, clock: Clock, tmp_path: Path, _renewed_here: None) -> AppMaker:
    """A factory for apps that store logins in a folder of the test."""

    def stored(_settings: Settings) -> StoredTokens:
        own = OwnLogin(server.url, folder=tmp_path, keyring=NoKeyring())
        cli = CliLogins(server.url, folder=tmp_path, keyring=NoKeyring())
        return OffTheScreen(own, cli, identity=identity.url, client_id=identity.client_id)

    def make(*, token: str = "", login: bool = False, **changes: object) -> AstroApp:
        values: dict[str, object] = {
            "server": server.url,
            "token": token,
            "account": "meridian-labs",
            "refresh": 3600.0,
            "identity": identity.url,
            "client_id": identity.client_id,
        } | changes
        settings = Settings(**values)  # type: ignore[arg-type]
        if login:
            tokens = identity.tokens()
            stored(settings).own.sign_in(Login(tokens["access_token"], tokens["refresh_token"], server=server.url))
        source = stored(settings) if login else token or None
        session = Session(
            settings, Platform(server.url, source, timeouts=QUICK), Look(ascii_alone=settings.ascii), clock
        )
        session.stored = stored
        app = AstroApp(session)
        app.copier = Clipboard({"TERM": "xterm-256color"})
        return app

    return make


def stored_in(folder: Path) -> list[Path]:
    return list(folder.glob("login-*.json"))


def signing_in(pilot: Pilot[None]) -> SignInScreen:
    assert isinstance(pilot.app.screen, SignInScreen), pilot.app.screen
    return pilot.app.screen


async def code_shown(pilot: Pilot[None]) -> str:
    """Wait for the code and return it."""
    await until_text(pilot, "waiting for the browser")
    step = signing_in(pilot)._step
    assert step is not None
    return step.code.user_code


def no_secret_on(pilot: Pilot[None], identity: DemoIdentity) -> None:
    text = screen_text(pilot.app)
    assert not [secret for secret in identity.issued if secret in text]


# ---- the sign-in


async def test_from_the_welcome_screen_to_the_agents(make: AppMaker, identity: DemoIdentity, tmp_path: Path) -> None:
    async with running(make(), 100, 30) as pilot:
        assert isinstance(pilot.app.screen, WelcomeScreen)
        await until_text(pilot, "You are not signed in.", "l sign in with a browser")
        await pilot.press("l")
        code = await code_shown(pilot)
        await until_text(pilot, f"{identity.url}/device", code, "left", "Or scan the QR code with a phone")
        no_secret_on(pilot, identity)
        identity.approve(code)
        await until_text(pilot, "meridian-labs", "30 agents")
        await until_text(pilot, "Signed in as sam@meridian.example; login stored in")
        no_secret_on(pilot, identity)
    # The next run finds it.
    assert stored_in(tmp_path)


@pytest.mark.parametrize(
    ("server", "login"), [("https://astropods.com", "ast login"), ("https://astropod.ai", "ast-preview login")]
)
async def test_the_cli_command_is_shown_if_there_is_one(server: str, login: str) -> None:
    settings = Settings(server=server)
    # Closed, so that no request reaches the real platform.
    platform = Platform(server)
    platform.close()
    async with running(AstroApp(Session(settings, platform, Look()))) as pilot:
        await until_text(pilot, f"Other ways to sign in: {login} with the platform's CLI", "ASTRO_ACCESS_TOKEN=<token>")


async def test_the_time_counts_down_and_every_refusal_says_what_to_do_next(
    make: AppMaker, identity: DemoIdentity, clock: Clock
) -> None:
    async with running(make(), 100, 30) as pilot:
        await pilot.press("l")
        await code_shown(pilot)
        signing_in(pilot)._until = clock() + timedelta(seconds=61)
        signing_in(pilot)._show()
        assert "1:01 left" in flat(pilot.app)
        for number, (word, sentence, hint) in enumerate(
            (
                ("expired_token", "The code expired before it was entered.", "Press r to start over."),
                ("access_denied", "The sign-in was refused in the browser.", "Press r to start over."),
                ("invalid_client", "does not recognize this program", "ASTRO_CLIENT_ID"),
                ("server_on_fire", "The identity provider refused: server_on_fire", "Contact platform support"),
            ),
            start=1,
        ):
            identity.authority.next_polls.append(word)
            await until_text(pilot, sentence, hint, "r start over", "esc go back")
            await pilot.press("y", "Y", "o")
            assert identity.counts["started"] == number, word
            await pilot.press("r")
            code = await code_shown(pilot)
            assert identity.counts["started"] == number + 1, word
        identity.approve(code)
        await until_text(pilot, "30 agents")


async def test_an_unreachable_provider(make: AppMaker, identity: DemoIdentity) -> None:
    identity.faults.set("/", Fault.reset())
    async with running(make(ascii=True)) as pilot:
        await pilot.press("l")
        await until_text(pilot, "closed the connection before it responded", "POST /user_management/authorize/device")
        identity.faults.clear()
        await pilot.press("r")
        await code_shown(pilot)
        # Losing the network later does not invalidate the code.
        identity.faults.set("/", Fault.reset())
        await until_text(pilot, "closed the connection before it responded", "Still trying;", "left.")
        identity.faults.clear()
        identity.approve()
        await until_text(pilot, "30 agents")


async def test_canceling_takes_effect_at_once(make: AppMaker, identity: DemoIdentity, tmp_path: Path) -> None:
    identity.faults.set("/", Fault.hang())
    async with running(make()) as pilot:
        await pilot.press("l")
        await until_text(pilot, "Requesting a code from")
        await until(pilot, lambda: signing_in(pilot)._calls)
        [call] = signing_in(pilot)._calls.values()
        await pilot.press("escape")
        assert isinstance(pilot.app.screen, WelcomeScreen)
        assert call.canceled.is_set()
        identity.faults.clear()
        await pilot.press("l")
        code = await code_shown(pilot)
        await pilot.press("escape")
        identity.approve(code)
        await settled(pilot)
        assert isinstance(pilot.app.screen, WelcomeScreen)
    assert not stored_in(tmp_path)


@pytest.mark.parametrize(("key", "screen"), [("question_mark", HelpScreen), ("at", MessagesScreen)])
async def test_signing_in_while_another_screen_is_in_front(
    make: AppMaker, identity: DemoIdentity, key: str, screen: type[Screen[object]]
) -> None:
    async with running(make(), 100, 30) as pilot:
        await pilot.press("l")
        code = await code_shown(pilot)
        below = signing_in(pilot)
        await pilot.press(key)
        await until(pilot, lambda: isinstance(pilot.app.screen, screen))
        identity.approve(code)
        await until(pilot, lambda: not below.busy("sign in"), "the end of the sign-in")
        assert isinstance(pilot.app.screen, screen)
        await pilot.press("escape")
        await until_text(pilot, "30 agents", "Signed in as sam@meridian.example; login stored in")
        assert below not in pilot.app.screen_stack


async def test_copying_and_opening(make: AppMaker, monkeypatch: pytest.MonkeyPatch) -> None:
    handed: list[str] = []
    there_is_one = [True]

    def open_address(address: str) -> bool:
        handed.append(address)
        return there_is_one[0]

    monkeypatch.setattr("astro_tui.screens.sign_in.open_address", open_address)
    async with running(make()) as pilot:
        await pilot.press("l")
        code = await code_shown(pilot)
        copied: list[str] = []
        monkeypatch.setattr(pilot.app, "copy_to_clipboard", copied.append)
        await pilot.press("Y")
        await until(pilot, lambda: copied == [code])
        await pilot.press("y")
        await until(pilot, lambda: len(copied) == 2)
        assert copied[1].endswith(f"/device?user_code={code}")
        await pilot.press("o")
        await until_text(pilot, "Opened in the browser.")
        assert handed == [copied[1]]
        there_is_one[0] = False
        await pilot.press("o")
        await until_text(pilot, "No browser found")


def waiting_with(code: DeviceCode) -> Callable[..., None]:
    """Return a sign-in that shows a code until it is canceled."""

    def sign_in(_provider: object, call: object, progress: Callable[[SignInProgress], None]) -> None:
        progress(SignInProgress(code, 872, 5))
        call.canceled.wait()  # type: ignore[attr-defined]
        raise AssertionError("canceled")

    return sign_in


async def test_only_safe_addresses_are_opened_or_drawn(make: AppMaker, monkeypatch: pytest.MonkeyPatch) -> None:
    async with running(make()) as pilot:
        for address in ("http://elsewhere.example/device", "javascript:alert(1)", "file:///etc/passwd"):
            code = DeviceCode("secret", "[bold]AB-CD", address, "", 900, 5)
            monkeypatch.setattr("astro_tui.auth.device.sign_in", waiting_with(code))
            await pilot.press("l")
            await until_text(pilot, "14:32 left", "[bold]AB-CD", address, "Not an https address.")
            assert not signing_in(pilot).query_one("QrCode").display, address
            await pilot.press("o")
            await until_text(pilot, "Not opened")
            await pilot.press("escape")
            assert isinstance(pilot.app.screen, WelcomeScreen)


async def test_the_qr_code_is_drawn_where_it_fits(make: AppMaker, monkeypatch: pytest.MonkeyPatch) -> None:
    code = DeviceCode(
        "secret", "WDJB-MJHT", "https://auth.example/device", "https://auth.example/device?c=WDJB-MJHT", 900, 5
    )
    monkeypatch.setattr("astro_tui.auth.device.sign_in", waiting_with(code))
    sizes = [((80, 24), True, True), ((60, 40), True, False), ((40, 15), False, False)]
    async with running(make(), 80, 24) as pilot:
        await pilot.press("l")
        for size, drawn, beside in sizes:
            await resized(pilot, *size)
            await until_text(pilot, "WDJB-MJHT", "14:32 left")
            qr = signing_in(pilot).query_one("QrCode")
            assert qr.display is drawn, size
            assert signing_in(pilot).has_class("-beside") is beside, size
            if drawn:
                region, screen = qr.region, signing_in(pilot).region
                assert screen.contains_region(region), size
            else:
                await until_text(pilot, "No room for a QR code.")
    async with running(make(ascii=True), 80, 24) as pilot:
        await pilot.press("l")
        for size, _drawn, _beside in sizes:
            await resized(pilot, *size)
            await until_text(pilot, "No room for a QR code.")
            assert screen_text(pilot.app).isascii(), size


async def test_a_login_that_cannot_be_stored(
    make: AppMaker, identity: DemoIdentity, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(_own: OwnLogin, _stored: Stored) -> Kept:
        raise LoginProblem("The disk is full.")

    monkeypatch.setattr(OwnLogin, "write", full)
    async with running(make()) as pilot:
        await pilot.press("l")
        identity.approve(await code_shown(pilot))
        await until_text(pilot, "the login cannot be stored. The disk is full.", "start over")


async def test_no_code_is_requested_if_the_login_cannot_be_stored(
    make: AppMaker, identity: DemoIdentity, tmp_path: Path
) -> None:
    os.chmod(tmp_path, 0o777)  # noqa: PTH101  Path.chmod breaks ASYNC240
    async with running(make()) as pilot:
        await pilot.press("l")
        await until_text(pilot, "No login can be stored", "Others can write to", "chmod 700", "start over")
        assert not identity.requests
        os.chmod(tmp_path, 0o700)  # noqa: PTH101  Path.chmod breaks ASYNC240
        await pilot.press("r")
        identity.approve(await code_shown(pilot))
        await until_text(pilot, "Signed in as")


async def test_r_finds_a_login_of_another_program(make: AppMaker) -> None:
    app = make()
    async with running(app) as pilot:
        await settled(pilot)
        make(login=True)
        await pilot.press("r")
        await until_text(pilot, "30 agents")


@pytest.fixture
def cli(make: AppMaker, identity: DemoIdentity, tmp_path: Path) -> Callable[[str], AstroApp]:
    """A factory for apps at a server with a CLI; its argument is the content of the CLI's credentials file."""
    server = "http://localhost:8080"

    def made(stored: str) -> AstroApp:
        file = tmp_path / ".ast-dev" / "credentials.json"
        file.parent.mkdir()
        file.write_text(stored)
        file.chmod(0o600)
        own = OwnLogin(server, folder=tmp_path, keyring=NoKeyring())
        logins = CliLogins(server, home=tmp_path, folder=tmp_path, keyring=NoKeyring())
        assert logins.signature
        app = make()
        app.session.stored = lambda _settings: OffTheScreen(own, logins, identity=identity.url, client_id="")
        return app

    return made


async def test_a_cli_file_without_a_token_is_not_a_login(cli: Callable[[str], AstroApp]) -> None:
    async with running(cli('{"current_profile": "default", "profiles": {}}')) as pilot:
        await settled(pilot)
        await pilot.press("r")
        await settled(pilot)
        await until_text(pilot, "You are not signed in", "blueprints")


def test_signing_in_does_not_wait_for_the_cli(
    cli: Callable[[str], AstroApp], identity: DemoIdentity, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The CLI may hang, and the user wants another login than the one it would renew."""
    identity.authority.approves_after = 0
    monkeypatch.setattr(CliLogins, "refresh_by_cli", lambda *_given: pytest.fail("the CLI was started"))
    monkeypatch.setattr(OffTheScreen, "_read", StoredTokens._read)
    token = identity.authority.access_token(lifetime=-60)
    session = cli(f'{{"profiles": {{"default": {{"access_token": "{token}"}}}}}}').session
    assert session.stored_tokens().describe().kind is LoginKind.CLI
    outcome = sign_in_again(session, Call(), lambda _step: None)
    assert isinstance(outcome, SignedIn)
    assert outcome.words.startswith("Signed in as sam@meridian.example; login stored in ")


# ---- an expired login


def expire(identity: DemoIdentity, clock: Clock) -> None:
    """Let all tokens expire, and reject all refresh tokens."""
    identity.end_sessions()
    clock.advance(3600)


@pytest.mark.investigating
async def test_a_deployment_stays_while_signed_out_and_resumes_at_the_same_position(
    make: AppMaker, identity: DemoIdentity, clock: Clock, server: DemoServer
) -> None:
    async with running(make(login=True)) as pilot:
        screen = await opened(pilot, "q7k-0ab-x4d")
        await pilot.press("j", "j", "l", "j")
        path, top = spec_of(screen).path, spec_of(screen).spec_tree.top
        expire(identity, clock)
        await pilot.press("r")
        await until_text(pilot, "SIGNED OUT", "signed out ·", "I sign in", "as of 1h ago")
        assert "308 values" in flat(pilot.app)
        # However long the reason is, the key and its label are not cut.
        assert any(line.endswith("ago  I sign in") for line in screen_lines(pilot.app)[:5])
        # `l` still unfolds, and nothing is requested automatically.
        await settled(pilot)
        before = len(server.requests)
        screen.poll()
        await settled(pilot)
        assert len(server.requests) == before
        await pilot.press("h", "h", "l", "j", "j")
        assert spec_of(detail(pilot.app)).path == path
        await pilot.press("I")
        identity.approve(await code_shown(pilot))
        await until(pilot, lambda: pilot.app.screen is screen)
        await until_text(pilot, "Signed in as sam@meridian.example")
        await settled(pilot)
        assert "SIGNED OUT" not in screen_lines(pilot.app)[0]
        assert (spec_of(screen).path, spec_of(screen).spec_tree.top) == (path, top)
        await pilot.press("escape")
        assert under_cursor(pilot.app) == "q7k-0ab-x4d"
        await settled(pilot)
        assert "SIGNED OUT" not in screen_lines(pilot.app)[0]


async def test_only_a_request_sent_since_shows_that_the_login_is_accepted(
    make: AppMaker, identity: DemoIdentity, clock: Clock
) -> None:
    """A response that was on its way, or that took no request, hid the key that signs in."""
    async with running(make(login=True)) as pilot:
        screen = await listed(pilot)
        await settled(pilot)
        arrives = threading.Event()
        screen.fetch("late", lambda _call: arrives.wait(DEADLINE), lambda _arrived: None, lambda _error: None)
        expire(identity, clock)
        await pilot.press("r")
        await until_text(pilot, "SIGNED OUT", "I sign in")
        arrives.set()
        await until(pilot, lambda: not screen.busy("late"))
        assert "SIGNED OUT" in screen_lines(pilot.app)[0]
        await pilot.press("I")
        identity.approve(await code_shown(pilot))
        await until(pilot, lambda: "SIGNED OUT" not in screen_lines(pilot.app)[0])


async def test_history_and_accounts_while_signed_out(make: AppMaker, identity: DemoIdentity, clock: Clock) -> None:
    async with running(make(login=True)) as pilot:
        await opened(pilot, "q7k-0ab-x4d")
        await pilot.press("3")
        await until(pilot, lambda: history_shown(pilot.app))
        await settled(pilot)
        expire(identity, clock)
        await pilot.press("r")
        await until_text(pilot, "SIGNED OUT, as of 1h ago", "I sign in", "c1f00a92")
        await pilot.press("A")
        await until(pilot, lambda: isinstance(pilot.app.screen, AccountsScreen))
        await until_text(pilot, "SIGNED OUT", "I sign in")
        await pilot.press("I")
        identity.approve(await code_shown(pilot))
        await until_text(pilot, "harborline", "personal")
        await settled(pilot)
        assert "SIGNED OUT" not in flat(pilot.app)
        # The screen below notices, too.
        await pilot.press("escape")
        await until(pilot, lambda: history_shown(pilot.app))
        await until(pilot, lambda: not any(text in flat(pilot.app) for text in ("SIGNED OUT", "sign in")))
        await settled(pilot)
        # A revision that failed to load is shown after another program has signed in.
        expire(identity, clock)
        await pilot.press("j", "j", "j")
        await until_text(pilot, "rev 9 → 12", "I sign in", "The login has ended")
        make(login=True)
        pilot.app.screen.poll()  # type: ignore[attr-defined]
        await until_text(pilot, "rev 9 → 12 (current) · ")
        assert "SIGNED OUT" not in flat(pilot.app)


@pytest.mark.parametrize("refused", [False, pytest.param(True, marks=pytest.mark.nightly)])
async def test_logs_go_on_after_an_expired_token_from_the_environment(
    make: AppMaker, identity: DemoIdentity, clock: Clock, server: DemoServer, refused: bool
) -> None:
    async with running(make(token=identity.tokens()["access_token"])) as pilot:
        screen = await opened(pilot, "q7k-0ab-x4d")
        if refused:
            server.faults.set("^/deployments/.*/logs", Fault.response(401))
        await pilot.press("7")
        await until(pilot, lambda: bool(screen.query(LogsPane)), "the section")
        pane = screen.query_one(LogsPane)

        def phases() -> set[FollowPhase]:
            return {state.phase for state in pane.feed.states.values()}

        await until(pilot, lambda: phases() == {FollowPhase.REFUSED if refused else FollowPhase.LIVE}, "all streams")
        # They go on in a section that is hidden, too.
        await pilot.press("1")
        server.faults.clear()
        expire(identity, clock)
        await pilot.press("r")
        await until_text(pilot, "SIGNED OUT", "I sign in")
        await pilot.press("I")
        identity.approve(await code_shown(pilot))
        await until_text(pilot, "Signed in as")
        await settled(pilot)
        await until(pilot, lambda: phases() == {FollowPhase.LIVE}, "all streams again")
        await pilot.press("7")
        await until_text(pilot, "following")


async def test_a_stored_login_replaces_an_expired_token(make: AppMaker, identity: DemoIdentity) -> None:
    make(login=True)
    async with running(make(token="run-out-private-token-0123456789")) as pilot:
        await until_text(pilot, "SIGNED OUT")
        await pilot.press("I")
        await until_text(pilot, "30 agents", "Signed in", "with a stored login")
        assert identity.counts["started"] == 0


async def test_the_catalog_while_signed_out(make: AppMaker, identity: DemoIdentity, clock: Clock) -> None:
    async with running(make(login=True)) as pilot:
        await pilot.press("c")
        await until_text(pilot, "public catalog", "harvest-planner")
        await pilot.press("down")
        assert "sign in" not in flat(pilot.app)
        await pilot.press("I")
        assert isinstance(pilot.app.screen, CatalogScreen), "nothing to sign in for"
        expire(identity, clock)
        await pilot.press("m")
        await until_text(pilot, "Your accounts did not load", "Sign in with I")
        await pilot.press("I")
        identity.approve(await code_shown(pilot))
        await until(pilot, lambda: isinstance(pilot.app.screen, CatalogScreen))
        await until_text(pilot, "Signed in as")
        await settled(pilot)
        assert pilot.app.screen.table.cursor == 1
        await pilot.press("m")
        await until_text(pilot, "meridian-labs 30 blueprints")
        await pilot.press("escape", "escape")
        await until(pilot, lambda: pilot.app.screen is picker(pilot.app))
        assert "SIGNED OUT" not in flat(pilot.app)
