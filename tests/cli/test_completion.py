"""Completion: what each place of the command line offers, in a real shell, quickly, and without the network."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import platformdirs
import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.deadline import DEADLINE
from support.in_shell import PROGRAM, Shell
from support.terminal import Terminal, environment

from astro_tui.cli.completing import FILES, CommandLine, _user_folder
from astro_tui.cli.main import COMMANDS
from astro_tui.demo import DemoServer
from astro_tui.platform.deployment_rows import read_tolerantly
from astro_tui.platform.servers import origin_of
from astro_tui.state.agent_names import _ORIGIN, account_names, agent_names
from astro_tui.state.listed_agents import MOST_AGENTS, keep_names

pytestmark = pytest.mark.usefixtures("folder")
SERVER = "https://astropods.com"
ROWS = [
    {"id": "q7k-0ab-x4d", "name": "claims-desk"},
    {"id": "q7k-0ab-x5d", "name": "claims-desk"},
    {"id": "abc-def-ghi", "name": "mail-triage"},
    {"id": "abc-def-gh2", "name": "\x1b[31mred"},
]
NAMES = ["abc-def-gh2", "mail-triage", "q7k-0ab-x4d", "q7k-0ab-x5d"]


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return the folder of the state, with conflicting accounts, one with agents."""
    for name in ("ASTRO_SERVER_URL", "ASTRO_ACCOUNT"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    state = tmp_path / "astro-tui"
    state.mkdir()
    value = {"server": SERVER, "account": "acme", "previous": "", "accounts": [{"name": "acme"}, {"name": "beta"}]}
    (state / "accounts-https_astropods.com.json").write_text(json.dumps(value))
    keep_names(SERVER, state, {"acme": read_tolerantly(ROWS).rows}, print)
    return state


def offered(*words: str) -> list[str]:
    return [word for word, _meaning in CommandLine(words).candidates()]


# ---- what is offered


def test_commands_options_and_values() -> None:
    assert set(COMMANDS) | {"help", "version", "acme/", "beta/"} == set(offered(""))
    assert offered("lo") == ["logs"]
    assert offered("list", "--j") == ["--json"]
    assert offered("--th") == ["--theme"]
    assert offered("--theme", "d") == ["dark"]
    assert offered("--theme", "dark", "li") == ["list"]
    assert offered("auth", "") == ["login", "status", "logout"]
    assert offered("help", "aut") == ["auth"]
    assert offered("completion", "") == ["bash", "zsh", "fish", "powershell"]
    assert offered("view", "a") == [FILES]
    assert offered("list", "--refresh", "") == []
    assert offered("list", "--refresh", "5", "") == ["acme", "beta"]
    assert offered("list", "-o", "w") == ["wide"]
    assert offered("zzz", "--json", "") == []


def test_an_equals_sign_as_zsh_and_bash_split_it() -> None:
    assert offered("--theme=da") == ["--theme=dark"]
    assert offered("--theme", "=", "da") == ["dark"]
    assert offered("--theme", "=") == ["dark", "light", "contrast", "terminal"]
    assert offered("list", "--account=b") == ["--account=beta"]


def test_accounts_and_agents(folder: Path) -> None:
    assert offered("why", "a") == ["acme/"]
    assert offered("list", "a") == ["acme"]
    assert offered("why", "acme/") == [f"acme/{name}" for name in NAMES]
    assert offered("acme/m") == ["acme/mail-triage"]
    assert offered("beta/") == []
    assert offered("why", "--account", "acme", "mail") == ["mail-triage"]
    assert offered("list", "--account", "") == ["acme", "beta"]
    assert agent_names(SERVER, folder) == {"acme": NAMES}


def test_each_server_has_its_own_names(folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    keep_names("https://astro.example", folder, {"other": read_tolerantly(ROWS[:1]).rows}, print)
    assert offered("why", "--server", "https://astro.example", "o") == ["other/"]
    (tmp_path / "astro-tui" / "config.toml").write_text('server = "https://astro.example/"\n')
    assert offered("why", "") == ["other/"]
    monkeypatch.setenv("ASTRO_SERVER_URL", SERVER)
    assert offered("why", "") == ["acme/", "beta/"]


@pytest.mark.parametrize("value", ["[" * 5000 + "]" * 5000, "9" * 5000], ids=["levels", "digits"])
def test_a_file_that_cannot_be_read_names_no_server(tmp_path: Path, value: str) -> None:
    (tmp_path / "astro-tui" / "config.toml").write_text(f"server = {value}\n")
    assert offered("list", "--j") == ["--json"]
    assert offered("why", "") == ["acme/", "beta/"]


@pytest.mark.parametrize("home", ["/home/ada", "/", "relative", "", None])
@pytest.mark.parametrize("chosen", ["/elsewhere", "/elsewhere/", "relative", "", None])
def test_the_folders_are_those_of_the_app(
    monkeypatch: pytest.MonkeyPatch, chosen: str | None, home: str | None
) -> None:
    for name, value in (("XDG_STATE_HOME", chosen), ("XDG_CONFIG_HOME", chosen), ("HOME", home)):
        monkeypatch.setenv(name, value or "")
        if value is None:
            monkeypatch.delenv(name)
    assert Path(_user_folder("XDG_STATE_HOME", ".local/state")) == platformdirs.user_state_path("astro-tui")
    assert Path(_user_folder("XDG_CONFIG_HOME", ".config")) == platformdirs.user_config_path("astro-tui")


@given(st.from_regex(_ORIGIN, fullmatch=True))
def test_every_address_the_pattern_accepts_is_an_origin(address: str) -> None:
    assert origin_of(address) == address


@given(st.lists(st.sampled_from(["", "-", "=", "--theme", "--account=", "list", "acme/", "--", "\ud800"]) | st.text()))
def test_any_words_offer_only_what_begins_like_the_last_one(words: list[str]) -> None:
    for word in offered(*words):
        last = words[-1] if words else ""
        assert word == FILES or last == "=" or word.startswith(last)


# ---- the names on disk


@pytest.mark.parametrize("damaged", [b"", b"{", b"[]", b'{"version": 1, "server": "https://astropods.com"}', b"\xff"])
def test_a_damaged_file_is_empty(damaged: bytes, folder: Path) -> None:
    (folder / "agents-https_astropods.com.json").write_bytes(damaged)
    (folder / "accounts-https_astropods.com.json").write_bytes(damaged)
    assert agent_names(SERVER, folder) == {}
    assert account_names(SERVER, folder) == []
    keep_names(SERVER, folder, {"acme": read_tolerantly(ROWS).rows}, print)
    assert account_names(SERVER, folder) == ["acme"]


def test_the_file_is_private_and_bounded(folder: Path) -> None:
    many = read_tolerantly([{"id": f"id-{number}", "name": f"agent-{number}"} for number in range(3000)]).rows
    keep_names(SERVER, folder, {"big": many, "Not a name": many}, print)
    assert {account: len(names) for account, names in agent_names(SERVER, folder).items()} == {
        "big": MOST_AGENTS,
        "acme": len(NAMES),
    }
    assert (folder / "agents-https_astropods.com.json").stat().st_mode & 0o777 == 0o600


def test_list_keeps_the_names(
    demo: DemoServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfdbinary: pytest.CaptureFixture[bytes]
) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    shell = Shell(demo, monkeypatch, capfdbinary, tmp_path)
    shell("list", "meridian-labs", "--quick")
    assert "mail-triage" in agent_names(demo.url, tmp_path / "astro-tui")["meridian-labs"]
    assert "meridian-labs/mail-triage" in offered("why", "meridian-labs/")


# ---- in a shell


def typed(shell: Sequence[str], script: str, folder: Path, keys: str, shown: str) -> str:
    """Return what is on screen once `shown` appeared after `keys` were typed in an interactive shell."""
    path = f"{Path(PROGRAM).parent}{os.pathsep}{os.environ['PATH']}"
    env = environment(str(folder.parent), {"XDG_STATE_HOME": str(folder.parent), "PATH": path, "PS1": "$ "})
    with Terminal(shell, env, cwd=str(folder.parent)) as terminal:
        terminal.send(f"{script}; clear; echo re''ady\r")
        terminal.until_text("ready")
        terminal.send(keys)
        terminal.until_text(shown)
        return terminal.text


BASH = shutil.which("bash") or ""


@pytest.mark.skipif(not BASH, reason="needs bash")
@pytest.mark.parametrize(
    ("keys", "shown"),
    [
        ("astro-tui compl\tba\t; echo done", "astro-tui completion bash ; echo done"),
        # No blank after an account.
        ("astro-tui why ac\tmail\t; echo done", "astro-tui why acme/mail-triage ; echo done"),
        ("astro-tui --theme=da\t; echo done", "astro-tui --theme=dark ; echo done"),
        ("astro-tui view my\t; echo done", "astro-tui view my\\ file.json ; echo done"),
    ],
)
def test_bash(folder: Path, keys: str, shown: str) -> None:
    (folder.parent / "my file.json").write_text("{}")
    script = 'eval "$(astro-tui completion bash)"'
    assert shown in typed([BASH, "--norc", "--noprofile", "-i"], script, folder, keys, shown)


@pytest.mark.skipif(not shutil.which("zsh"), reason="needs zsh")
def test_zsh(folder: Path) -> None:
    script = 'autoload -U compinit; compinit -u; eval "$(astro-tui completion zsh)"'
    shown = "astro-tui why acme/mail-triage"
    assert shown in typed([shutil.which("zsh") or "", "-f", "-i"], script, folder, "astro-tui why ac\tmail\t", shown)


@pytest.mark.skipif(not shutil.which("fish"), reason="needs fish")
def test_fish(folder: Path) -> None:
    shown = "astro-tui why acme/mail-triage"
    script = "astro-tui completion fish | source"
    assert shown in typed([shutil.which("fish") or "", "-i"], script, folder, "astro-tui why ac\tmail\t", shown)


# ---- time


def test_nothing_heavy_is_imported() -> None:
    code = (
        "import sys; from astro_tui.cli.completing import CommandLine; list(CommandLine(['why', 'acme/']).candidates())"
    )
    code += "; import astro_tui.cli.commands.completion, astro_tui.cli.main; print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True, timeout=DEADLINE)
    loaded = set(done.stdout.split())
    assert "astro_tui.state.agent_names" in loaded
    assert not loaded & {"textual", "rich", "httpx", "pydantic", "msgspec", "argparse", "socket", "ssl", "asyncio"}
    # Each of these takes longer than the rest.
    assert not loaded & {"pathlib", "platformdirs", "typing", "urllib.parse"}
