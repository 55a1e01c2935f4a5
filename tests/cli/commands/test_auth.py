"""`astro-tui auth` as a program, with a provider on a real socket. Its output never contains a token."""

from __future__ import annotations

import json
import os
import re
import signal
import stat
import sys
import urllib.request
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from support.deadline import DEADLINE
from support.forked import Forked
from support.in_shell import PROGRAM, Done, program
from support.raw_server import RawServer, answer
from support.terminal import AT_ONCE, Terminal, environment

from astro_tui.auth.device import qr_rows
from astro_tui.auth.keyring_access import KeyringError, SystemKeyring
from astro_tui.auth.login import Login
from astro_tui.auth.own_login import OwnLogin
from astro_tui.auth.places import own_file
from astro_tui.cli.commands import auth
from astro_tui.cli.output import trouble
from astro_tui.demo import DemoServer, Fault
from astro_tui.demo.authority import USER
from astro_tui.demo.identity import AUTHENTICATE, CLIENT_ID, START, DemoIdentity
from astro_tui.errors import AstroError

DEVELOPMENT = "http://localhost:8080"
"""The one server for which a CLI's login can lie in files without a real platform (platform.md §1)."""


@pytest.fixture
def identity() -> Iterator[DemoIdentity]:
    with DemoIdentity(interval=0.1) as provider:
        yield provider


@pytest.fixture
def demo(identity: DemoIdentity) -> Iterator[DemoServer]:
    with DemoServer(frozen=True, identity=identity) as server:
        yield server


class Home:
    """A user's home directory, the programs run there, and everything that they wrote."""

    def __init__(self, folder: Path, demo: DemoServer, identity: DemoIdentity) -> None:
        self.folder, self.demo, self.identity = folder, demo, identity
        self.written: list[str] = []
        self.env = environment(
            str(folder),
            {
                "ASTRO_SERVER_URL": demo.url,
                "ASTRO_IDENTITY_URL": identity.url,
                "ASTRO_CLIENT_ID": CLIENT_ID,
                "LC_ALL": "C.UTF-8",
            },
        )
        for name in ("SSH_CONNECTION", "SSH_CLIENT", "SSH_TTY"):
            self.env.pop(name, None)
        self.data = folder / ".local/share/astro-tui"
        self.file = own_file(demo.url, self.data)

    def __call__(self, *arguments: str, **extra: str) -> Done:
        done = program({**self.env, **extra}, self.folder, "auth", *arguments)
        self.written += [done.stdout, done.stderr]
        return Done(done.returncode, done.stdout, done.stderr)

    def start(self, *arguments: str, **extra: str) -> Forked:
        return Forked([PROGRAM, "auth", "login", *arguments], {**self.env, **extra}, self.folder)

    def terminal(self, width: int = 80, height: int = 24, **extra: str) -> Terminal:
        return Terminal([PROGRAM, "auth", "login"], {**self.env, **extra}, width, height, str(self.folder))

    def signed_in(self) -> None:
        """Store a login of this identity provider."""
        told = self.identity.tokens()
        OwnLogin(self.demo.url, folder=self.data).sign_in(
            Login(
                told["access_token"], told["refresh_token"], datetime.now(UTC) + timedelta(minutes=5), email="sam@x.y"
            )
        )


@pytest.fixture
def home(tmp_path: Path, demo: DemoServer, identity: DemoIdentity) -> Iterator[Home]:
    made = Home(tmp_path, demo, identity)
    yield made
    everything = "".join(made.written)
    assert [secret for secret in identity.issued if secret in everything] == []


def seen(home: Home, terminal: Terminal) -> str:
    home.written.append(terminal.raw.decode("utf-8", "replace"))
    return terminal.text


# ---- login


@pytest.mark.parametrize(("height", "with_code"), [(24, True), (15, False)])
def test_login_on_a_terminal(home: Home, identity: DemoIdentity, height: int, with_code: bool) -> None:
    with home.terminal(80, height) as terminal:
        terminal.until_text("Sign in to", "that the page shows", "waiting for the browser", "left · ctrl+c cancels")
        shown = re.search(r"open +(\S+user_code=(\S+))", terminal.text)
        assert shown
        assert f"that the page shows  {shown[2]}" in terminal.text
        rows = qr_rows(shown[1])
        assert (rows[3].strip() in terminal.text) is with_code
        # Black on white, whatever the terminal's own colors are.
        assert (b"\x1b[38;5;16;48;5;231m" in terminal.raw) is with_code
        assert identity.approve(shown[2])
        code, _took = terminal.wait()
        text = seen(home, terminal)
    assert code == 0
    assert f"Signed in to {home.demo.url} as {USER['email']}." in text
    assert "waiting for the browser" not in text
    assert "To remove it, run astro-tui auth logout" in text.replace("\n", " ")
    assert "renewed automatically" in text
    assert "login-http-127.0.0.1" in text.replace("\n", "")
    assert stat.S_IMODE(home.file.stat().st_mode) == 0o600
    assert stat.S_IMODE(home.data.stat().st_mode) == 0o700
    assert home("status").code == 0


def test_login_in_a_pipe_and_the_platform_accepts_it(home: Home, demo: DemoServer) -> None:
    process = home.start()
    assert process.stdout is not None
    address = next(
        word for line in process.stdout for word in line.split() if word.startswith("http") and "code" in word
    )
    with urllib.request.urlopen(address, timeout=DEADLINE) as page:
        assert b"You are signed in" in page.read()
    rest, errors = process.communicate(timeout=DEADLINE)
    home.written += [rest, errors]
    assert (process.returncode, errors) == (0, "")
    assert "Signed in to" in rest
    # No progress, no code to scan, nothing that moves a cursor.
    assert "\x1b" not in rest
    assert "\r" not in rest
    assert "█" not in rest
    listed = program(home.env, home.folder, "list", "harborline")
    assert "Seal Counter" in listed.stdout
    assert ("GET", "/api/v1/deployments?account=harborline") in demo.requests


def test_login_survives_temporary_trouble_and_reports_it_once(home: Home, identity: DemoIdentity) -> None:
    identity.faults.set(AUTHENTICATE, Fault.html(502), count=3)
    identity.authority.approves_after = 0
    done = home("login")
    assert done.code == 0
    assert done.err.count("\n") == 1
    assert "is not available at the moment (502). Trying again until the code expires." in done.err


@pytest.mark.parametrize(
    ("error", "words"),
    [
        ("access_denied", "The sign-in was refused in the browser. Start over: astro-tui auth login"),
        ("invalid_client", "does not recognize this program (invalid_client: As arranged.). Check the client id"),
    ],
)
def test_each_refusal_is_one_line_with_a_next_step(home: Home, identity: DemoIdentity, error: str, words: str) -> None:
    identity.authority.next_polls.append(error)
    done = home("login")
    assert done.code == 2
    assert done.err.startswith("astro-tui: ")
    assert done.err.count("\n") == 1
    assert words in done.err
    assert "astro-tui auth login" in done.err
    assert not home.file.exists()


@pytest.mark.parametrize(
    ("fault", "words"),
    [
        (Fault.html(200), "has an unexpected shape: expected JSON"),
        (Fault.response(503), "is not available at the moment (503). Wait a moment, then try again."),
    ],
)
def test_an_invalid_provider_is_one_line(home: Home, identity: DemoIdentity, fault: Fault, words: str) -> None:
    identity.faults.set(START, fault)
    done = home("login")
    assert (done.code, done.out) == (2, "")
    assert done.err.count("\n") == 1
    assert words in done.err


@pytest.mark.parametrize("hanging", [False, True])
def test_ctrl_c_cancels_cleanly(home: Home, identity: DemoIdentity, hanging: bool) -> None:
    identity.authority.interval = 250
    if hanging:
        identity.faults.set(AUTHENTICATE, Fault.hang())
    with home.terminal() as terminal:
        terminal.until_text("waiting for the browser")
        terminal.send("\x03")
        code, took = terminal.wait()
        text = seen(home, terminal)
    assert code == 130
    assert took < AT_ONCE
    assert "the sign-in was canceled; nothing was stored" in text
    assert "waiting for the browser" not in text
    assert "Traceback" not in text
    assert not home.data.exists()


def test_an_interrupt_before_the_code(home: Home, identity: DemoIdentity) -> None:
    identity.faults.set(START, Fault.hang())
    process = home.start()
    while not identity.requests:
        assert process.poll() is None
    process.send_signal(signal.SIGINT)
    out, errors = process.communicate(timeout=DEADLINE)
    assert (process.returncode, out) == (130, "")
    assert errors == "astro-tui: the sign-in was canceled; nothing was stored\n"


def test_a_login_that_cannot_be_stored_is_reported(home: Home, identity: DemoIdentity) -> None:
    identity.authority.approves_after = 0
    home.data.parent.mkdir(parents=True)
    home.data.write_text("a file where the folder should be")
    done = home("login")
    assert done.code == 2
    assert "No login can be stored, so signing in would not help." in done.err
    assert not identity.requests, "nobody is sent to a browser for nothing"
    assert home.data.read_text() == "a file where the folder should be"


def test_login_with_a_token_in_the_environment_says_which_is_used(home: Home, identity: DemoIdentity) -> None:
    identity.authority.approves_after = 0
    done = home("login", ASTRO_ACCESS_TOKEN=identity.authority.access_token())
    assert done.code == 0
    assert "ASTRO_ACCESS_TOKEN is set and takes precedence. Unset it to use this login." in done.out


def test_ascii_alone(home: Home, identity: DemoIdentity) -> None:
    identity.authority.approves_after = 1
    for arguments, extra in ((("login", "--ascii"), {}), (("login",), {"LC_ALL": "C"}), (("status", "--ascii"), {})):
        done = home(*arguments, **extra)
        assert done.code == 0
        assert (done.out + done.err).isascii()
    with home.terminal(80, 40, LC_ALL="C") as terminal:
        code, _took = terminal.wait()
        seen(home, terminal)
    assert code == 0
    assert terminal.raw.isascii()


HOSTILE = (
    b'{"device_code":"d","user_code":"\\u001b[2J\\u0007AB\\u202e","verification_uri":"javascript:alert(1)",'
    b'"verification_uri_complete":"https://id.example/\\u001b]52;c;eA==\\u0007","expires_in":0.2,"interval":0.1}'
)


def test_hostile_texts_move_nothing_and_open_nothing(home: Home) -> None:
    def reply(head: str) -> bytes:
        refused = answer(b'{"error":"access_denied","error_description":"\\u001b[31mred"}', "400 Bad Request")
        return answer(HOSTILE) if "/device " in head else refused

    opened = home.folder / "opened"
    opener = home.folder / "xdg-open"
    opener.write_text(f'#!/bin/sh\ntouch "{opened}"\n')
    opener.chmod(0o700)
    with RawServer(reply, keep_open=False) as server:
        done = home(
            "login", "--open", ASTRO_IDENTITY_URL=server.url, DISPLAY=":0", PATH=f"{home.folder}:{os.environ['PATH']}"
        )
    assert done.code == 2
    assert not opened.exists()
    text = done.out + done.err
    assert "\x1b" not in text
    assert "\x07" not in text
    assert (
        "javascript:alert(1)" not in re.findall(r"open  (.*)", done.out)[0] or "no address of a secure web page" in text
    )
    assert "Open it only if you trust it" in done.out
    assert "no browser can be opened here" in done.err


def test_open_starts_the_browser(home: Home, identity: DemoIdentity) -> None:
    """The browser approves, as if the user were signed in there."""
    opener = home.folder / "xdg-open"
    fetch = "import sys, urllib.request; urllib.request.urlopen(sys.argv[1], timeout=60)"
    opener.write_text(f'#!/bin/sh\nexec {sys.executable} -c "{fetch}" "$1"\n')
    opener.chmod(0o700)
    done = home("login", "--open", DISPLAY=":0", PATH=f"{home.folder}:{os.environ['PATH']}")
    assert (done.code, done.err) == (0, "")
    assert identity.counts["granted"] == 1


# ---- in this process


class Here:
    """Runs the command in this process, in its own home directory."""

    def __init__(
        self, folder: Path, monkeypatch: pytest.MonkeyPatch, capture: pytest.CaptureFixture[bytes], server: str
    ) -> None:
        self.folder, self.server, self._patch, self._capture = folder, server, monkeypatch, capture
        for name in ("XDG_CONFIG_HOME", "XDG_DATA_HOME", "ASTRO_ACCOUNT", "ASTRO_ACCESS_TOKEN"):
            monkeypatch.delenv(name, raising=False)
        monkeypatch.setenv("HOME", str(folder))
        monkeypatch.setenv("LC_ALL", "C.UTF-8")
        monkeypatch.setenv("ASTRO_SERVER_URL", server)
        self.data = folder / ".local/share/astro-tui"
        self.own = OwnLogin(server, folder=self.data)

    def __call__(self, *arguments: str, token: str = "") -> Done:
        if token:
            self._patch.setenv("ASTRO_ACCESS_TOKEN", token)
        said = ""
        try:
            code = auth.run(arguments)
        except AstroError as error:
            code, said = 2, trouble(error, arguments) + "\n"
        written = self._capture.readouterr()
        return Done(code, written.out.decode(), written.err.decode() + said)

    def status(self, token: str = "") -> tuple[int, Any]:
        done = self("status", "--json", token=token)
        return done.code, json.loads(done.out)

    def cli_login(self, token: str, expires: datetime | None = None) -> Path:
        """Store the login of the CLI for this server; return its file."""
        file = self.folder / ".ast-dev/credentials.json"
        file.parent.mkdir(mode=0o700)
        profile = {
            "access_token": token,
            "refresh_token": "the-clis-private-token-to-refresh",
            "expires_at": (expires or datetime(1, 1, 1, tzinfo=UTC)).isoformat().replace("+00:00", "Z"),
            "user": {"id": "user_01", "email": "kim@cli.example"},
        }
        file.write_text(json.dumps({"current_profile": "", "profiles": {"default": profile}}, indent=2))
        file.chmod(0o600)
        return file


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfdbinary: pytest.CaptureFixture[bytes]) -> Here:
    return Here(tmp_path, monkeypatch, capfdbinary, DEVELOPMENT)


def login(minutes: float = 5, refresh_token: str = "a-private-token-to-refresh") -> Login:
    now = datetime.now(UTC)
    ends, obtained = now + timedelta(minutes=minutes), now - timedelta(hours=2)
    return Login("an-access-private-token", refresh_token, ends, email="sam@own.example", obtained=obtained)


def states(told: Mapping[str, Any]) -> dict[str, tuple[bool, bool, bool]]:
    return {each["source"]: (each["found"], each["used"], each["problem"] is not None) for each in told["sources"]}


def test_status_without_any_login(here: Here) -> None:
    code, told = here.status()
    assert code == 1
    assert (told["signed_in"], told["source"], told["server"]) == (False, "none", DEVELOPMENT)
    nothing = (False, False, False)
    assert states(told) == {"environment": nothing, "own login": nothing, "CLI login": nothing}
    done = here("status")
    assert done.code == 1
    assert done.lines[:2] == [f"Not signed in to {DEVELOPMENT}.", "Sign in: astro-tui auth login"]
    assert [line.split("  ")[1] for line in done.lines[3:]] == ["environment", "own login", "CLI login"]


def test_status_prints_the_login_in_use_and_all_others(here: Here, identity: DemoIdentity) -> None:
    here.cli_login("the-clis-private-token", datetime.now(UTC) + timedelta(minutes=9))
    assert here.status()[1]["source"] == "CLI login"
    here.own.sign_in(login())
    code, told = here.status()
    assert (code, told["source"], told["signed_in"]) == (0, "own login", True)
    assert "takes precedence over the CLI's" in told["why"]
    assert states(told) == {
        "environment": (False, False, False),
        "own login": (True, True, False),
        "CLI login": (True, False, False),
    }
    own, cli = told["sources"][1:]
    assert (own["who"], own["renewable"], own["valid"]) == ("sam@own.example", True, True)
    assert (cli["who"], cli["valid"]) == ("kim@cli.example", True)
    assert "ast-dev" in cli["place"]
    token = identity.authority.access_token()
    code, told = here.status(token)
    assert (code, told["source"]) == (0, "environment")
    assert "takes precedence" in told["why"]
    assert told["sources"][0]["who"] == USER["id"]
    done = here("status", token=token)
    assert done.lines[0].startswith(f"Signed in to {DEVELOPMENT} as {USER['id']} with the token in ASTRO_")
    assert [line[0] for line in done.lines[3:]] == [">", " ", " "]
    for secret in (
        token,
        "an-access-private-token",
        "a-private-token-to-refresh",
        "the-clis-private-token",
        "the-clis-private-token-to-refresh",
    ):
        assert secret not in done.out + json.dumps(told)


def test_an_expired_token_in_the_environment(here: Here, identity: DemoIdentity) -> None:
    token = identity.authority.access_token(lifetime=-3700)
    code, told = here.status(token)
    assert (code, told["signed_in"]) == (1, False)
    done = here("status", token=token)
    assert "the token in ASTRO_ACCESS_TOKEN (user_01EXAMPLE) has expired." in done.out
    assert "unset it and sign in" in done.out
    assert "expired at" in done.out
    assert "(1h ago)" in done.out


def test_own_login_that_is_not_renewed(here: Here) -> None:
    here.own.sign_in(login(refresh_token=""))
    code, told = here.status()
    assert (code, told["signed_in"]) == (0, True)
    assert "cannot be renewed" in told["why"]
    here.own.sign_in(login(minutes=-60, refresh_token=""))
    code, told = here.status()
    assert (code, told["signed_in"]) == (1, False)
    assert told["sources"][1]["problem"]
    assert "astro-tui auth login" in told["why"]


@pytest.mark.parametrize(
    ("harm", "words"),
    [
        (lambda file: file.chmod(0o644), "chmod 600"),
        (lambda file: file.write_text('{"version": 1, "acc'), "damaged"),
        (lambda file: file.write_text("[]"), "damaged"),
        (lambda file: file.write_bytes(b"\xff\xfe"), "damaged"),
    ],
)
def test_an_unusable_own_login_is_an_error(here: Here, harm: Callable[[Path], None], words: str) -> None:
    here.cli_login("the-clis-private-token")
    here.own.sign_in(login())
    harm(here.own.file)
    before = here.own.file.stat()
    code, told = here.status()
    assert (code, told["signed_in"], told["source"]) == (2, False, "own login")
    assert words in told["why"]
    # The CLI's login is not silently used instead: it may be another user's.
    assert states(told)["CLI login"] == (True, False, False)
    done = here("status")
    assert done.code == 2
    assert "! own login" in done.out
    after = here.own.file.stat()
    assert (before.st_mode, before.st_mtime_ns, before.st_size) == (after.st_mode, after.st_mtime_ns, after.st_size)


def test_the_clis_login_alone(here: Here, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "")
    file = here.cli_login("the-clis-private-token", datetime.now(UTC) + timedelta(minutes=9))
    raw = file.read_bytes()
    code, told = here.status()
    assert (code, told["source"], told["signed_in"]) == (0, "CLI login", True)
    assert "uses the login of ast-dev and never changes it" in told["why"]
    assert "ast-dev is not installed" in told["sources"][2]["message"]
    assert file.read_bytes() == raw
    file.chmod(0o640)
    code, told = here.status()
    assert (code, told["signed_in"]) == (2, False)
    assert "chmod 600" in told["why"]


def test_the_clis_expired_login(here: Here, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "")
    here.cli_login("the-clis-private-token", datetime.now(UTC) - timedelta(minutes=9))
    code, told = here.status()
    assert (code, told["signed_in"]) == (1, False)
    assert told["why"] == "Run ast-dev login, or sign in here: astro-tui auth login"


def test_logout_removes_our_own_login_and_reports_the_rest(here: Here) -> None:
    file = here.cli_login("the-clis-private-token", datetime.now(UTC) + timedelta(minutes=9))
    raw, when = file.read_bytes(), file.stat().st_mtime_ns
    here.own.sign_in(login())
    done = here("logout")
    assert done.code == 0
    assert done.lines[0] == "Removed ~/.local/share/astro-tui/login-http-localhost-8080.json."
    assert done.lines[1].startswith("You are still signed in with the login of ast-dev (~/.ast-dev/credentials.json)")
    assert not here.own.exists
    assert (file.read_bytes(), file.stat().st_mtime_ns) == (raw, when)
    again = here("logout")
    assert again.code == 0
    assert "Nothing to remove" in again.out
    assert "still signed in with the login of ast-dev" in again.out


def test_logout_with_other_logins_that_are_usable_or_not(here: Here) -> None:
    here.cli_login("the-clis-private-token").chmod(0o666)
    here.own.sign_in(login())
    done = here("logout")
    assert "The CLI's login cannot be used." in done.out
    assert "chmod 600" in done.out
    done = here("logout", token="a-private-token-of-the-environment")
    assert "ASTRO_ACCESS_TOKEN is set and still used." in done.out
    assert "a-private-token-of-the-environment" not in done.out


def test_logout_that_the_keyring_refuses_is_an_error(here: Here, monkeypatch: pytest.MonkeyPatch) -> None:
    kept: dict[str, str] = {}

    def locked(_keyring: SystemKeyring, _service: str, _user: str) -> bool:
        raise KeyringError("The keyring is locked.")

    monkeypatch.setattr(SystemKeyring, "set", lambda _keyring, _service, user, secret: kept.update({user: secret}))
    monkeypatch.setattr(SystemKeyring, "get", lambda _keyring, _service, user: kept.get(user))
    monkeypatch.setattr(SystemKeyring, "delete", locked)
    here.own.sign_in(login())
    assert here.status()[0] == 0
    done = here("logout")
    assert done.code == 2
    assert "The tokens are still in the system's keyring" in done.out
    assert "The keyring is locked." in done.out
    assert "Removed ~/.local/share/astro-tui/" in done.out


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ((), "astro-tui auth login"),
        (("whoami",), "is not one of login, status, logout"),
        (("status", "--open"), "--open only works with astro-tui auth login"),
        (("logout", "--json"), "--json only works with astro-tui auth status"),
        (("login", "--nonsense"), "--nonsense"),
        (("login", "--server", "nowhere"), "not a valid address"),
        (("status", "--server", "http://remote.example"), "use https"),
    ],
)
def test_wrong_usage_is_one_line(here: Here, arguments: tuple[str, ...], words: str) -> None:
    done = here(*arguments)
    assert (done.code, done.out) == (2, "")
    assert done.err.count("\n") == 1
    assert words in done.err
