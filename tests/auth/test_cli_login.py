"""The CLI's login: read without changing it, reported if unusable, and renewed only by the CLI."""

from __future__ import annotations

import json
import os
import signal
import sys
import threading
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.deadline import DEADLINE
from support.logins import MemoryKeyring, tokens_at, until

from astro_tui.auth.chosen_login import LoginKind
from astro_tui.auth.cli_login import CliLogins, go_time
from astro_tui.auth.login import LoginProblem
from astro_tui.auth.own_login import OwnLogin
from astro_tui.auth.places import login_stored, own_file
from astro_tui.auth.tokens import StoredTokens
from astro_tui.demo.identity import DemoIdentity
from astro_tui.errors import RunCommand
from astro_tui.platform.client import Call
from astro_tui.presentation.remedies import in_shell

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="file modes and scripts of POSIX")
PRODUCTION, PREVIEW, LOCAL = "https://astropods.com", "https://astropod.ai", "http://localhost:8080"
GO_ZERO = "0001-01-01T00:00:00Z"


def jwt(seconds: float = 3600) -> str:
    """Return an access token that expires in this many seconds."""
    return DemoIdentity().authority.access_token(lifetime=seconds)


def stamp(seconds: float = 3600) -> str:
    """Return a moment as Go writes it."""
    return (datetime.now(UTC) + timedelta(seconds=seconds)).strftime("%Y-%m-%dT%H:%M:%S.123456789Z")


class Home:
    """A user's home directory, with the files of the CLIs."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.keyring = MemoryKeyring()

    def cli(self, server: str = PRODUCTION) -> CliLogins:
        return CliLogins(server, home=self.path, folder=self.path / "data", keyring=self.keyring)

    def lay(self, binary: str = "ast", name: str = "default", **profile: Any) -> Path:
        whole = {"expires_at": stamp(), "user": {"id": "user_01", "email": "sam@example.org", "account_name": "sam"}}
        return self.write(binary, json.dumps({"current_profile": name, "profiles": {name: whole | profile}}, indent=2))

    def write(self, binary: str, text: str) -> Path:
        folder = self.path / f".{binary}"
        folder.mkdir(mode=0o700, exist_ok=True)
        file = folder / "credentials.json"
        file.write_text(text)
        file.chmod(0o600)
        return file

    def tokens(self, server: str = PRODUCTION) -> StoredTokens:
        own = OwnLogin(server, folder=self.path / "data", keyring=self.keyring)
        return tokens_at(own, cli=self.cli(server))


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Home:
    monkeypatch.setenv("PATH", f"{tmp_path / 'bin'}{os.pathsep}{os.environ['PATH']}")
    (tmp_path / "bin").mkdir()
    return Home(tmp_path)


# ---- reading


def test_a_login_in_the_file(home: Home) -> None:
    token = jwt()
    file = home.lay(access_token=token, refresh_token="their-private-token", current_account="acme")
    before = file.read_bytes(), file.stat().st_mtime_ns
    found = home.cli().read()
    assert found is not None
    assert (found.access_token, found.email, found.account) == (token, "sam@example.org", "acme")
    assert found.expires is not None
    assert token not in repr(found)
    assert not home.keyring.asked
    assert (file.read_bytes(), file.stat().st_mtime_ns) == before


@pytest.mark.parametrize(
    "text",
    [
        "{}",
        '{"current_profile": "other", "profiles": {"default": {}}}',
        '{"profiles": {"default": {"expires_at": null, "user": null, "access_token": null}}}',
        '{"profiles": null}',
        '{"profiles": {"default": []}, "current_profile": 5}',
    ],
)
def test_no_one_is_signed_in(home: Home, text: str) -> None:
    home.write("ast", text)
    assert home.cli().read() is None


def test_no_file_and_no_such_cli(home: Home) -> None:
    assert home.cli().read() is None
    elsewhere = home.cli("https://astro.example")
    assert (elsewhere.binary, elsewhere.signature, elsewhere.read()) == ("", None, None)
    assert "not installed" in elsewhere.refresh_by_cli("x", threading.Event())


def test_the_keyring_holds_the_token(home: Home) -> None:
    token = jwt(3600)
    home.lay(expires_at=stamp(3600))
    home.keyring.others["astro-cli", "default_access_token"] = token
    found = home.cli().read()
    assert found is not None
    assert found.access_token == token
    assert found.place == "the test's keyring, astro-cli"
    assert not home.keyring.items


def test_another_clis_token_in_the_shared_item_is_not_taken(home: Home) -> None:
    """Each CLI overwrites it, so only the expiry shows whose token it is (platform.md §2.7)."""
    home.lay("ast-preview", expires_at=stamp(900))
    home.lay("ast", expires_at=stamp(3600))
    shared = jwt(3600)
    home.keyring.others["astro-cli", "default_access_token"] = shared
    assert home.cli().read().access_token == shared  # type: ignore[union-attr]
    with pytest.raises(LoginProblem, match="belong to ast or ast-dev") as caught:
        home.cli(PREVIEW).read()
    assert caught.value.fix == RunCommand("ast-preview login")
    # A CLI's own item is trusted.
    own = jwt(60)
    home.keyring.others["astro-cli-ast-preview", "default_access_token"] = own
    assert home.cli(PREVIEW).read().access_token == own  # type: ignore[union-attr]


def test_gos_zero_time_is_no_time(home: Home) -> None:
    token = jwt(3600)
    home.lay(expires_at=GO_ZERO)
    home.keyring.others["astro-cli", "default_access_token"] = token
    # There is no other CLI whose token it could be.
    found = home.cli().read()
    assert found is not None
    assert found.expires is not None
    home.lay("ast-dev", expires_at=GO_ZERO)
    with pytest.raises(LoginProblem, match="ast-preview or ast-dev"):
        home.cli().read()
    home.lay(expires_at=GO_ZERO, access_token="no-jwt-at-all")
    assert home.cli().read().expires is None  # type: ignore[union-attr]


def test_a_failing_keyring_is_reported(home: Home) -> None:
    home.lay()
    home.keyring.broken = "The keyring is locked."
    with pytest.raises(LoginProblem, match=r"of ast cannot be read from the keyring\. The keyring is locked\."):
        home.cli().read()


def test_a_half_written_file_is_read_again(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    whole = home.lay(access_token=jwt()).read_text()
    home.write("ast", whole[:80])
    monkeypatch.setattr("astro_tui.auth.cli_login.time.sleep", lambda _seconds: home.write("ast", whole))
    assert home.cli().read() is not None


@pytest.mark.parametrize(
    "text",
    ["", "{", "[]", '"x"', "\x00\xff", "[" * 10_000, '{"profiles": {"a": '],
    ids=["empty", "brace", "list", "text", "binary", "deep", "half"],
)
def test_a_damaged_file_is_reported_and_kept(home: Home, text: str) -> None:
    file = home.write("ast", text)
    before = file.read_bytes()
    with pytest.raises(LoginProblem, match="is damaged") as caught:
        home.cli().read()
    assert caught.value.fix == RunCommand("ast login")
    assert file.read_bytes() == before


@pytest.mark.parametrize("lay", ["link", "folder", "fifo", "huge"])
def test_only_regular_files_are_read(home: Home, lay: str) -> None:
    file = home.lay(access_token=jwt())
    if lay == "huge":
        file.write_bytes(b" " * (2 << 20))
    else:
        # Among the files of the other CLI, where a login may be.
        real = home.path / ".ast-dev" / "credentials.json"
        real.parent.mkdir()
        file.rename(real)
        {"link": lambda: file.symlink_to(real), "folder": file.mkdir, "fifo": lambda: os.mkfifo(file, 0o600)}[lay]()
    with pytest.raises(LoginProblem, match=r"link|cannot be read|regular file|too large"):
        home.cli().read()


def test_a_token_that_would_break_the_header(home: Home) -> None:
    home.lay(access_token="a\r\nX: y")
    with pytest.raises(LoginProblem, match="is invalid"):
        home.cli().read()


@given(st.text() | st.none() | st.integers())
def test_any_time_is_read_or_unknown(value: object) -> None:
    found = go_time(value)
    assert found is None or found.tzinfo is not None


def test_times_as_go_writes_them() -> None:
    assert go_time("2026-11-25T04:26:28.123456789Z") == datetime(2026, 11, 25, 4, 26, 28, 123456, UTC)
    assert go_time("2026-11-25T04:26:28.5+02:00") == datetime(2026, 11, 25, 2, 26, 28, 500000, UTC)
    assert go_time("2026-11-25T04:26:28Z") == datetime(2026, 11, 25, 4, 26, 28, 0, UTC)
    assert go_time(GO_ZERO) is None


# ---- the tokens of a run


def test_the_clis_login_is_used_without_a_login_of_our_own(home: Home) -> None:
    token = jwt()
    assert home.tokens().current(Call()) is None
    home.lay(access_token=token)
    tokens = home.tokens()
    assert tokens.present
    assert tokens.current(Call()) == token
    source = tokens.describe()
    assert (source.kind, source.who, source.valid, source.renewable) == (LoginKind.CLI, "sam@example.org", True, False)

    assert not tokens.scopes
    assert tokens.scoped("org_01", Call()) is None


def test_a_401_reports_the_problem_of_the_clis_login(home: Home) -> None:
    home.write("ast", "{")
    tokens = home.tokens()
    assert tokens.current(Call()) is None
    assert "damaged" in tokens.signed_out(sent=False).message
    assert "damaged" in tokens.describe().why


def test_the_clis_login_does_not_replace_an_unusable_own_login(home: Home) -> None:
    """The CLI may be signed in as somebody else."""
    home.lay(access_token=jwt())
    tokens = home.tokens()
    file = own_file(PRODUCTION, home.path / "data")
    file.parent.mkdir(mode=0o700)
    file.write_text("{")
    file.chmod(0o600)
    assert tokens.current(Call()) is None
    assert tokens.describe().kind is LoginKind.OWN


def test_a_stat_decides_whether_to_start_with_the_picker(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(home.path))
    assert not login_stored(PRODUCTION)
    home.lay()
    assert login_stored(PRODUCTION)
    assert not login_stored(PREVIEW)
    # Damage is reported on the screen that needs the file.
    for text in ("", '{"profiles": {', "[]", "[" * 100_000):
        home.write("ast", text)
        assert login_stored(PRODUCTION), text[:20]
    # The file that the CLI leaves behind after signing out is not a login.
    for text in ("{}", '{"current_profile": "default", "profiles": {}}'):
        home.write("ast", text)
        assert not login_stored(PRODUCTION)
    file = home.write("ast", "")
    file.unlink()
    os.mkfifo(file)
    assert login_stored(PRODUCTION)


# ---- the CLI renews its login


def install(home: Home, script: str) -> Path:
    """Install a CLI that records its arguments and runs a script."""
    calls = home.path / "calls"
    program = home.path / "bin" / "ast"
    program.write_text(f'#!/bin/sh\necho "$$ $*" >> {calls}\nenv > {home.path}/environment\n{script}\n')
    program.chmod(0o700)
    calls.touch()
    return calls


def renewing(home: Home, token: str, command: str = "whoami") -> str:
    """Return a script that stores another token in place, as `ast whoami` does.

    Any other command only prints what is stored, as `ast account list` does (platform.md §15).
    """
    new = home.path / "new" / ".ast" / "credentials.json"
    file = home.lay(access_token=token)
    new.parent.mkdir(parents=True)
    new.write_text(file.read_text())
    file = f"{home.path}/.ast/credentials.json"
    return f'if [ "$*" = "{command}" ]; then cat {new} > {file}; else cat {file}; fi'


def commands(calls: Path) -> list[list[str]]:
    """Return the arguments of each call of the CLI."""
    return [line.split()[1:] for line in calls.read_text().splitlines()]


def test_an_expired_token_is_renewed_by_the_cli(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ASTRO_ACCESS_TOKEN", "from-the-environment")
    monkeypatch.setenv("ASTRO_NO_TELEMETRY", "1")
    monkeypatch.setenv("ASTRO_SERVER_URL", "http://localhost:8080")
    new, old = jwt(), jwt(-10)
    calls = install(home, renewing(home, new))
    home.lay(access_token=old, refresh_token="their-private-token", expires_at=stamp(-10))
    tokens = home.tokens()
    found: list[str | None] = []
    each = [threading.Thread(target=lambda: found.append(tokens.current(Call()))) for _ in range(8)]
    for thread in each:
        thread.start()
    for thread in each:
        thread.join()
    assert found == [new] * 8
    assert commands(calls) == [["whoami"]]
    environment = (home.path / "environment").read_text()
    assert "from-the-environment" not in environment
    assert {"ASTRO_NO_TELEMETRY=1", "ASTRO_SERVER_URL=http://localhost:8080"} <= set(environment.splitlines())


def test_account_list_is_run_when_whoami_left_the_login_old(home: Home) -> None:
    new, old = jwt(), jwt(-10)
    calls = install(home, renewing(home, new, "account list"))
    home.lay(access_token=old)
    assert home.tokens().current(Call()) == new
    assert commands(calls) == [["whoami"], ["account", "list"]]


def test_the_lock_is_held_between_the_two_commands(home: Home) -> None:
    """The lock is held until the second one ends: older CLIs would use one refresh token twice."""
    old = jwt(-10)
    home.lay(access_token=old)
    gate = home.path / "gate"
    os.mkfifo(gate)
    calls = install(home, f'[ "$1" = whoami ] || cat {gate}')
    waiting = threading.Thread(target=home.cli().refresh_by_cli, args=(old, threading.Event(), 30))
    waiting.start()
    until(lambda: ["account", "list"] in commands(calls), "not started")
    with pytest.raises(LoginProblem, match="is using the login"):
        home.cli().refresh_by_cli(old, threading.Event(), 0.1)
    gate.write_text("go")
    waiting.join(DEADLINE)
    assert commands(calls) == [["whoami"], ["account", "list"]]


def test_two_runs_start_the_cli_once(home: Home) -> None:
    """Older CLIs have no lock: two of them at once would use one refresh token twice."""
    new, old = jwt(), jwt(-10)
    calls = install(home, renewing(home, new))
    home.lay(access_token=old)
    runs = [home.tokens() for _ in range(4)]
    each = [threading.Thread(target=run.current, args=(Call(),)) for run in runs]
    for thread in each:
        thread.start()
    for thread in each:
        thread.join()
    assert [run.current(Call()) for run in runs] == [new] * 4
    assert len(calls.read_text().splitlines()) == 1


def test_a_401_lets_the_cli_renew(home: Home) -> None:
    new, old = jwt(), jwt(600)
    install(home, renewing(home, new))
    home.lay(access_token=old)
    tokens = home.tokens()
    assert tokens.current(Call()) == old
    assert tokens.renewed(old, Call()) == new


def test_a_cli_that_does_not_renew_is_started_once(home: Home) -> None:
    old = jwt(-10)
    calls = install(home, "exit 3")
    home.lay(access_token=old)
    tokens = home.tokens()
    assert tokens.current(Call()) == old
    assert tokens.current(Call()) == old
    assert tokens.renewed(old, Call()) is None
    assert commands(calls) == [["whoami"], ["account", "list"]]
    words = tokens.signed_out(sent=True)
    assert "exited with code 3" in words.message
    assert "ast login" in in_shell(words.remedies)
    assert "astro-tui auth login" in in_shell(words.remedies)


def test_a_cli_that_fails_is_tried_again_after_a_while(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    """A machine that was away from the network comes back: the login must not be lost for the rest of the day."""
    old, new = jwt(-10), jwt()
    calls = install(home, "exit 1")
    home.lay(access_token=old)
    tokens = home.tokens()
    for _ in range(3):
        assert tokens.current(Call()) == old
    assert commands(calls).count(["whoami"]) == 1
    monkeypatch.setattr("astro_tui.auth.tokens._BACK_OFF", 0.0)
    assert tokens.current(Call()) == old
    assert commands(calls).count(["whoami"]) == 2
    install(home, renewing(home, new))
    home.lay(access_token=old)
    assert tokens.current(Call()) == new


def test_background_requests_start_a_failing_cli_less_and_less_often(
    home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    now, started = 1000.0, 0
    monkeypatch.setattr("astro_tui.auth.tokens.time", SimpleNamespace(monotonic=lambda: now))

    def fails(*_given: object) -> str:
        nonlocal started
        started += 1
        return "It is away."

    home.lay(access_token=jwt(-10))
    tokens = home.tokens()
    monkeypatch.setattr(tokens.cli, "refresh_by_cli", fails)
    for _ in range(360):
        tokens.current(Call(background=True))
        now += 10
    assert 5 < started < 12
    tokens.current(Call())
    assert started < 13


@pytest.mark.parametrize("waits_for", ["turn", "cli"])
def test_a_login_stored_by_another_program_ends_the_wait(home: Home, waits_for: str) -> None:
    """A CLI that hangs, started by this program or another one, must not lock out a user who signed in meanwhile."""
    old, new = jwt(-10), jwt()
    home.lay(access_token=old)
    calls = install(home, "exec sleep 60")
    told: list[str] = []
    if waits_for == "turn":
        first = threading.Thread(target=home.cli().refresh_by_cli, args=(old, threading.Event(), 0.1))
        first.start()
        until(calls.read_text, "not started")
        first.join()
    tokens = home.tokens()
    waiting = threading.Thread(target=lambda: told.append(tokens.current(Call()) or ""))
    waiting.start()
    until(calls.read_text, "not started")
    home.lay(access_token=new)
    waiting.join(DEADLINE)
    assert told == [new]
    assert len(calls.read_text().splitlines()) == 1
    os.kill(int(calls.read_text().split()[0]), signal.SIGKILL)


def test_without_the_cli_its_login_just_expires(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(home.path / "bin"))
    old = jwt(-10)
    home.lay(access_token=old)
    tokens = home.tokens()
    assert tokens.current(Call()) == old
    assert "ast is not installed." in tokens.signed_out(sent=True).message


@pytest.mark.parametrize("end", ["time", "call"])
def test_a_cli_that_hangs_is_left_alone_and_not_started_twice(home: Home, end: str) -> None:
    """Killing it could lose its login, if it has just used up its refresh token."""
    old = jwt(-10)
    home.lay(access_token=old)
    calls = install(home, "exec sleep 60")
    canceled = threading.Event()

    def wait(seconds: float) -> str:
        return home.cli().refresh_by_cli(old, canceled, seconds)

    if end == "time":
        assert wait(0.5) == "ast took too long."
    else:
        waiting = threading.Thread(target=wait, args=(30,))
        waiting.start()
        until(calls.read_text, "not started")
        canceled.set()
        waiting.join(DEADLINE)
        assert not waiting.is_alive()
        canceled.clear()
    pid = int(calls.read_text().split()[0])
    os.kill(pid, 0)
    with pytest.raises(LoginProblem, match="is using the login"):
        wait(0.1)
    assert len(calls.read_text().splitlines()) == 1
    os.kill(pid, signal.SIGKILL)
    install(home, "exit 0")
    until(lambda: home.cli().refresh_by_cli(old, canceled, 5) == "", "still locked")
