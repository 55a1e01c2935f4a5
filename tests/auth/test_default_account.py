"""The active account of the platform's CLI is the default of the commands and the app."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest
from support.app import QUICK
from support.driving import listed
from support.in_shell import Shell
from support.logins import SERVER, NoKeyring
from support.on_screen import Clock, running, until_text

from astro_tui.app.app import AstroApp
from astro_tui.auth.cli_login import CliLogins
from astro_tui.auth.login import Login
from astro_tui.auth.own_login import OwnLogin
from astro_tui.auth.tokens import StoredTokens, stored_tokens
from astro_tui.demo import DemoServer
from astro_tui.platform import servers
from astro_tui.platform.client import Call, FixedToken, Platform
from astro_tui.session.session import Session
from astro_tui.session.startup_request import StartupRequest
from astro_tui.state.account_cache import AccountCache
from astro_tui.state.settings import Settings
from astro_tui.theme.look import Look

pytestmark = [pytest.mark.anyio, pytest.mark.skipif(sys.platform == "win32", reason="file modes of POSIX")]


@pytest.fixture
def home(demo: DemoServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return a home in which `ast` works with the demo platform, and is not signed in yet."""
    monkeypatch.setitem(servers._CLIS, servers.origin_of(demo.url), "ast")
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    return tmp_path


def sign_in_ast(home: Path, token: str, **profile: object) -> None:
    """Store a login of `ast`, whose user has the account sam."""
    whole = {"access_token": token, "user": {"id": "user_01", "account_name": "sam"}} | profile
    file = home / ".ast" / "credentials.json"
    file.parent.mkdir(mode=0o700, exist_ok=True)
    file.write_text(json.dumps({"profiles": {"default": whole | {"expires_at": "2099-01-01T00:00:00Z"}}}))
    file.chmod(0o600)


def tokens_of(demo: DemoServer) -> StoredTokens:
    return stored_tokens(Settings(server=demo.url))


def test_the_active_account_of_the_cli(demo: DemoServer, home: Path) -> None:
    assert tokens_of(demo).default_account(Call()) == ""
    sign_in_ast(home, demo.token, current_account="harborline")
    assert tokens_of(demo).default_account(Call()) == "harborline"
    sign_in_ast(home, demo.token)
    assert tokens_of(demo).default_account(Call()) == "sam"
    sign_in_ast(home, demo.token, current_account=5, user=None)
    assert tokens_of(demo).default_account(Call()) == ""


def test_only_when_its_login_is_the_one_in_use(demo: DemoServer, home: Path) -> None:
    sign_in_ast(home, demo.token, current_account="harborline")
    assert FixedToken("a-token").default_account(Call()) == ""
    own = OwnLogin(demo.url, folder=home / "own", keyring=NoKeyring())
    own.sign_in(Login(demo.token, "refresh", None, "user_01", "sam@example.org", SERVER))
    tokens = StoredTokens(own, CliLogins(demo.url, home=home), identity="http://127.0.0.1:9", client_id="unused")
    assert tokens.default_account(Call()) == ""


# ---- the shell


@pytest.fixture
def shell(
    demo: DemoServer, home: Path, monkeypatch: pytest.MonkeyPatch, capsysbinary: pytest.CaptureFixture[bytes]
) -> Shell:
    sign_in_ast(home, demo.token, current_account="harborline")
    made = Shell(demo, monkeypatch, capsysbinary, home)
    made.token = ""
    return made


def lists_asked(demo: DemoServer) -> list[str]:
    return [target.partition("account=")[2] for _, target in demo.requests if "/deployments?account=" in target]


def test_commands_use_it(shell: Shell, demo: DemoServer) -> None:
    assert len(json.loads(shell("list", "--json").out)) == 3
    assert lists_asked(demo) == ["harborline"]
    assert ("GET", "/api/v1/me") not in demo.requests
    assert "no agent nothing in harborline" in shell("show", "nothing").err


def test_an_explicit_account_wins(shell: Shell, demo: DemoServer, monkeypatch: pytest.MonkeyPatch) -> None:
    shell("list", "meridian-labs")
    monkeypatch.setenv("ASTRO_ACCOUNT", "quiet-harbor")
    shell("list")
    monkeypatch.delenv("ASTRO_ACCOUNT")
    (shell.folder / "astro-tui").mkdir()
    (shell.folder / "astro-tui" / "config.toml").write_text('account = "joel"')
    shell("list")
    assert lists_asked(demo) == ["meridian-labs", "quiet-harbor", "joel"]


# ---- the screen


def app_on(demo: DemoServer, clock: Clock, account: str = "", remembered: str = "", *, early: bool = False) -> AstroApp:
    settings = Settings(server=demo.url, account=account, refresh=3600.0)
    platform = Platform(demo.url, tokens_of(demo), timeouts=QUICK)
    known = AccountCache(demo.url)
    known.opened(remembered)
    sent = StartupRequest(lambda: platform, account or remembered).start() if early else None
    return AstroApp(Session(settings, platform, Look(), clock=clock, remembered=known, startup_request=sent))


@pytest.mark.parametrize("early", [False, True], ids=["late", "early"])
async def test_the_app_starts_with_it(demo: DemoServer, home: Path, clock: Clock, early: bool) -> None:
    sign_in_ast(home, demo.token, current_account="harborline")
    async with running(app_on(demo, clock, early=early)) as pilot:
        screen = await listed(pilot)
        assert screen.account == "harborline"
    assert lists_asked(demo) == ["harborline"]
    assert ("GET", "/api/v1/me") not in demo.requests


@pytest.mark.parametrize(("account", "remembered"), [("meridian-labs", ""), ("", "meridian-labs")])
async def test_an_account_that_was_named_or_opened_last_wins(
    demo: DemoServer, home: Path, clock: Clock, account: str, remembered: str
) -> None:
    sign_in_ast(home, demo.token, current_account="harborline")
    async with running(app_on(demo, clock, account, remembered)) as pilot:
        assert (await listed(pilot)).account == "meridian-labs"


async def test_an_active_account_that_is_gone_gives_way_to_the_first(
    demo: DemoServer, home: Path, clock: Clock
) -> None:
    sign_in_ast(home, demo.token, current_account="gone-labs")
    async with running(app_on(demo, clock)) as pilot:
        assert (await listed(pilot)).account == "harborline"
        await until_text(pilot, "gone-labs no longer exists")
