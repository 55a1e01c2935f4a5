"""`astro-tui doctor`: logins, their files, the keyring, and the terminal. It never prints a secret."""

from __future__ import annotations

import json
import os
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import TYPE_CHECKING

import pytest
from support.deadline import DEADLINE
from support.logins import MemoryKeyring, NoKeyring, login_of
from support.raw_server import RawServer, answer

from astro_tui.auth.own_login import OwnLogin
from astro_tui.auth.private_files import shown
from astro_tui.cli.doctor import credentials, keyring_check, terminal
from astro_tui.cli.doctor.check import CheckResult, CheckVerdict, Secrets, proxy_secrets
from astro_tui.demo import DemoServer
from astro_tui.demo.identity import DemoIdentity
from astro_tui.state.settings import Settings
from astro_tui.text.redaction import MASK

if TYPE_CHECKING:
    from support.consulting import Patient

pytest_plugins = ["support.consulting"]
pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="file modes of POSIX")
PRODUCTION = "https://astropods.com"


@pytest.fixture
def own(patient: Patient, platform: DemoServer, identity: DemoIdentity) -> OwnLogin:
    """A login of the patient's own, in a file."""
    patient.at(platform.url, ASTRO_IDENTITY_URL=identity.url)
    found = OwnLogin(platform.url, folder=patient.data)
    found.sign_in(login_of(identity))
    return found


def ignore(_doing: str) -> None:
    """Report no progress."""


# ---- logins


def test_an_own_login(patient: Patient, own: OwnLogin, identity: DemoIdentity) -> None:
    visit = patient()
    assert visit.code == 0
    told = visit.of("login", "own login")
    assert told.message.startswith("Used: sam@meridian.example, valid until ")
    assert "renewed automatically" in told.message
    assert own.file.name in told.message
    assert f"{own.file.name} (mode 0600)" in visit.of("login", "file").message
    assert visit.of("server", "login").verdict == "ok"
    assert [secret for secret in identity.issued if secret in visit.out] == []


def test_an_own_login_that_is_hidden_by_a_token(patient: Patient, own: OwnLogin, platform: DemoServer) -> None:
    patient.token = platform.token
    visit = patient()
    assert visit.code == 0
    assert visit.of("login", "environment").message.startswith("Used: ")
    assert visit.of("login", "own login").message.startswith("Not used: sam@meridian.example")


@pytest.mark.parametrize(
    ("mode", "words", "do"), [(0o644, "Others can access", "chmod 600 "), (0o600, "is damaged", "astro-tui auth login")]
)
def test_an_unusable_own_login(patient: Patient, own: OwnLogin, mode: int, words: str, do: str) -> None:
    text = own.file.read_text()
    own.file.write_text(text if mode == 0o644 else text[:40])
    own.file.chmod(mode)
    visit = patient()
    assert visit.code == 1
    told = visit.of("login")
    assert words in told.message
    assert told.do.startswith(do)
    assert (own.file.name in told.do) is (mode == 0o644)
    # The problem is reported once.
    assert (visit.problems, visit.of("server", "login").verdict) == (["login"], "note")
    # Nothing is ever changed.
    assert own.file.stat().st_mode & 0o777 == mode


def test_a_link_and_an_open_folder(patient: Patient, own: OwnLogin, platform: DemoServer) -> None:
    patient.data.chmod(0o777)
    visit = patient()
    assert (visit.code, visit.of("login").do) == (1, f"chmod 700 ~/{patient.data.relative_to(patient.home)}")
    patient.data.chmod(0o700)
    moved = own.file.rename(patient.home / "login-elsewhere.json")
    own.file.symlink_to(moved)
    visit = patient()
    assert visit.code == 1
    assert visit.problems == ["login"]
    assert "is a symbolic link" in visit.of("login").message
    patient.token = platform.token
    # With a token it does not count, and is worth a note.
    visit = patient()
    assert visit.of("login", "own login").verdict == "note"


@pytest.mark.parametrize(
    ("free", "writable", "words"),
    [(0, True, "the disk with ~/data/astro-tui is full"), (10**6, False, "~/data/astro-tui is not writable")],
)
def test_where_no_login_can_be_stored(patient: Patient, own: OwnLogin, free: int, writable: bool, words: str) -> None:
    patient.patch.setattr(os, "access", lambda *_: writable)
    patient.patch.setattr(
        os, "statvfs", lambda _path: SimpleNamespace(f_bavail=free, f_frsize=1, f_files=0, f_favail=0)
    )
    visit = patient()
    told = visit.of("login", "store")
    assert (visit.code, told.verdict, told.do) == (1, "problem", "Free some space there or make it writable.")
    assert words in told.message
    assert own.file.exists()
    assert shown(patient.home) == "~"


@pytest.mark.parametrize(
    ("seconds", "verdict", "words"),
    [(-3600, "problem", "expired at "), (120, "note", "1m left"), (3600, "ok", "valid until")],
)
def test_a_token_and_its_end(  # noqa: PLR0917  one argument a column
    patient: Patient, platform: DemoServer, identity: DemoIdentity, seconds: float, verdict: str, words: str
) -> None:
    token = identity.authority.access_token(lifetime=seconds)
    visit = patient.at(platform.url, token, ASTRO_IDENTITY_URL=identity.url)()
    told = visit.of("login", "environment")
    assert (told.verdict, visit.code) == (verdict, 1 if seconds < 0 else 0)
    assert words in told.message
    assert "user_01EXAMPLE" in told.message
    assert ("ASTRO_ACCESS_TOKEN" in told.do) is (verdict != "ok")
    if seconds < 0:
        assert "does not accept the token" in visit.of("server", "login").message
    assert token not in visit.out


def test_a_malformed_token(patient: Patient, platform: DemoServer) -> None:
    visit = patient.at(platform.url, "two words-of-it")()
    assert visit.code == 2
    assert "contains invalid characters" in visit.of("config", "token").message
    assert "words-of-it" not in visit.out


@pytest.mark.parametrize("token", ["t", "1", "tru", "a" * 15])
def test_a_token_that_is_too_short(patient: Patient, platform: DemoServer, token: str) -> None:
    """Removing it from every response would destroy them."""
    visit = patient.at(platform.url, token)()
    assert visit.code == 2
    told = visit.of("config", "token")
    assert "is too short to be a token, which has 16 characters or more" in told.message
    assert "ASTRO_ACCESS_TOKEN" in told.do


# ---- the login of the CLI


def lay(home: Path, text: str, mode: int = 0o600) -> None:
    folder = home / ".ast"
    folder.mkdir(mode=0o700)
    (folder / "credentials.json").write_text(text)
    (folder / "credentials.json").chmod(mode)


def looked_at() -> list[CheckResult]:
    """Return what is reported about the logins for the one server that has a CLI, without contacting it."""
    return list(credentials.checks(Settings(server=PRODUCTION), ignore))


def profile(token: str, expires: datetime) -> str:
    stored = {"access_token": token, "expires_at": expires.isoformat(), "user": {"email": "sam@example.org"}}
    return json.dumps({"current_profile": "default", "profiles": {"default": stored}})


@pytest.mark.parametrize("installed", [True, False])
def test_the_login_of_the_cli(patient: Patient, installed: bool) -> None:
    program = patient.home / "bin" / "ast"
    program.parent.mkdir()
    program.write_text("#!/bin/sh\nexit 1\n")
    program.chmod(0o700 if installed else 0o600)
    patient.patch.setenv("PATH", str(program.parent))
    token = DemoIdentity().authority.access_token(lifetime=3600)
    lay(patient.home, profile(token, datetime.now(UTC) + timedelta(hours=1)))
    used, file = looked_at()
    assert (used.name, file.message) == ("CLI login", "Only you can access ~/.ast/credentials.json (mode 0600).")
    assert used.verdict is (CheckVerdict.OK if installed else CheckVerdict.NOTE)
    assert used.message.startswith("Used: sam@example.org, valid until")
    assert ("renewed by ast" if installed else "ast is not installed") in used.message
    assert used.do == ("" if installed else "For automatic renewal, install ast or run: astro-tui auth login")


@pytest.mark.parametrize(
    ("text", "mode", "message", "do"),
    [
        ('{"profiles": {', 0o600, "~/.ast/credentials.json is damaged", "ast login"),
        ("{}", 0o640, "Others can access ~/.ast/credentials.json (mode 0640)", "chmod 600 ~/.ast/credentials.json"),
        ("{}", 0o600, "You are not signed in to https://astropods.com", "astro-tui auth login"),
        ("", 0o600, "sam@example.org, expired at", "ast login, or astro-tui auth login"),
    ],
)
def test_an_unusable_login_of_the_cli(patient: Patient, text: str, mode: int, message: str, do: str) -> None:
    ended = profile(DemoIdentity().authority.access_token(lifetime=-60), datetime.now(UTC) - timedelta(minutes=1))
    lay(patient.home, text or ended, mode)
    first, *rest = looked_at()
    assert first.verdict is CheckVerdict.PROBLEM
    assert first.message.startswith(message)
    assert first.do == do
    # A problem with a file is reported once.
    assert [check for check in rest if check.verdict is not CheckVerdict.OK] == []


# ---- the keyring


def test_no_keyring() -> None:
    [check] = keyring_check.checks(ignore, NoKeyring())
    assert (check.verdict, check.message) == (
        CheckVerdict.OK,
        "No keyring. The login is stored in a file that only you can access.",
    )


def test_a_keyring_that_works() -> None:
    [check] = keyring_check.checks(ignore, MemoryKeyring())
    assert check.verdict is CheckVerdict.OK
    assert check.message.startswith("The test's keyring responded in ")


def test_a_keyring_that_waits_for_a_password(monkeypatch: pytest.MonkeyPatch) -> None:
    import threading

    import keyring

    gate = threading.Event()
    monkeypatch.setattr(keyring, "get_password", lambda *_named: gate.wait(DEADLINE))
    [check] = keyring_check.checks(ignore, keyring_check.SystemKeyring(0.05))
    gate.set()
    assert check.verdict is CheckVerdict.PROBLEM
    assert "did not respond within 0.05 s" in check.message
    assert "PYTHON_KEYRING_BACKEND=keyring.backends.fail.Keyring" in check.do


# ---- the terminal


def seen(size: tuple[int, int] | None, **changes: str) -> dict[str, CheckResult]:
    changed = {"TERM": "xterm-256color", "COLORTERM": "truecolor", "LANG": "C.UTF-8"} | changes
    environment = {name: value for name, value in changed.items() if value}
    here = os.terminal_size(size) if size else None
    return {check.name: check for check in terminal.checks(Settings(), environment, here, ignore)}


@pytest.mark.parametrize(
    ("size", "changes", "name", "verdict", "words"),
    [
        ((120, 40), {}, "size", "ok", "120x40."),
        ((60, 20), {}, "size", "ok", "small"),
        ((39, 40), {}, "size", "problem", "too small"),
        ((80, 9), {}, "size", "problem", "too small"),
        (None, {}, "size", "note", "Not a terminal"),
        ((80, 24), {"TERM": "dumb"}, "TERM", "problem", "no screen can be drawn"),
        ((80, 24), {"TERM": ""}, "TERM", "problem", "not set"),
        ((80, 24), {"TMUX": "x", "SSH_CONNECTION": "x"}, "TERM", "ok", "xterm-256color, in tmux over ssh"),
        ((80, 24), {"SSH_TTY": "x"}, "TERM", "ok", "xterm-256color, in ssh"),
        ((80, 24), {}, "colors", "ok", "16 million"),
        ((80, 24), {"COLORTERM": ""}, "colors", "ok", "256"),
        ((80, 24), {"COLORTERM": "", "TERM": "xterm"}, "colors", "note", "16, so the terminal theme is used."),
        ((80, 24), {"COLORTERM": "", "TERM": "dumb"}, "colors", "note", "None."),
        ((80, 24), {"NO_COLOR": "1"}, "colors", "ok", "NO_COLOR"),
        ((80, 24), {}, "letters", "ok", "Unicode."),
        ((80, 24), {"LC_ALL": "C"}, "letters", "note", "the locale (LC_ALL=C) is not UTF-8"),
        ((80, 24), {}, "clipboard", "ok", "OSC 52"),
        ((80, 24), {"SSH_TTY": "x", "TERM": "linux"}, "clipboard", "note", "saved to a file"),
    ],
)
def test_the_terminal(
    size: tuple[int, int] | None, changes: dict[str, str], name: str, verdict: str, words: str
) -> None:
    check = seen(size, **changes)[name]
    assert check.verdict.value == verdict
    assert words in check.message
    assert bool(check.do) is (verdict != "ok" and size is not None)


# ---- no secret


@pytest.mark.parametrize("arguments", [(), ("--json",), ("--ascii",)])
def test_no_secret_is_printed(patient: Patient, identity: DemoIdentity, arguments: tuple[str, ...]) -> None:
    access = identity.authority.access_token(lifetime=3600)
    planted = [
        "hunter2-of-the-proxy",
        "porter-of-the-proxy",
        "sk-planted0123456789abcdef",
        access,
        "ghp_0123456789abcdefABCD",
    ]

    def hostile(head: str) -> bytes:
        """Echo the request in every part of the response that is read."""
        sent = " ".join(head.split("\r\n"))
        told = {"status": f"{sent} {access}", "error": sent, "details": access, "accounts": [{"name": access}]}
        status = "200 OK" if "/health" in head else "400 Bad Request " + access
        return answer(json.dumps(told).encode(), status, f"Date: {access}", f"Server: {access}")

    patient.configured(f'account = "{planted[2]}"\ntheme = "{planted[4]}"\n"{access}" = 1\n')
    lay(patient.home, profile(access, datetime.now(UTC) + timedelta(hours=1)), 0o644)
    for kind in ("HTTPS_PROXY", "ALL_PROXY"):
        patient.patch.setenv(kind, "http://porter-of-the-proxy:hunter2-of-the-proxy@127.0.0.1:9")
    with RawServer(hostile) as server:
        patient.at(server.url, access, ASTRO_IDENTITY_URL="https://provider.invalid")
        code, out = patient.text(*arguments)
        assert any(access in head for head in server.heads)
    # A secret that was put there on purpose is not a leak.
    patient.config.unlink()
    assert code == 2
    assert [secret for secret in planted if secret in out or secret[:24] in out] == []
    assert MASK in out or ("--ascii" in arguments and "********" in out)
    assert "\x1b" not in out


def test_secrets_that_contain_each_other() -> None:
    secrets = Secrets(["open-sesame", "open-sesame-0123", "abc"])
    assert secrets.without("x open-sesame-0123 y open-sesame abc") == f"x {MASK} y {MASK} abc"
    assert "sesame" not in repr(secrets)


def test_secrets_of_proxies() -> None:
    assert proxy_secrets(["http://me:a%40b@x:1", "me2:pass-word@y", "http://plain.example:3128"]) == {
        *("me:a%40b", "me:a@b", "me", "a%40b", "a@b"),
        *("me2:pass-word", "me2", "pass-word"),
    }
