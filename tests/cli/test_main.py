"""The command line: one clear line and exit code 2 for invalid arguments, without drawing a screen."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from support.deadline import DEADLINE
from support.forked import PROGRAM, Forked
from support.in_shell import executed, program
from support.terminal import Terminal, environment

from astro_tui import __version__

TOKEN = "very-private-token-0123456789"


def run(home: Path, *arguments: str, **extra: str) -> subprocess.CompletedProcess[str]:
    return program(environment(str(home), extra), home, *arguments)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--no-such-flag"], "--no-such-flag"),
        (["--server", "nonsense"], "--server: not a valid address"),
        (["--server", "http://x.example"], "plain http"),
        (["--theme", "pink"], "--theme: unknown theme 'pink'"),
        (["--refresh", "soon"], "--refresh"),
        (["--refresh", "0"], "--refresh: must be between"),
        (["acme", "--account", "other"], "conflicting accounts"),
        (["acme", "other"], "other"),
        (["--demo"], "needs a terminal"),
        ([], "needs a terminal"),
    ],
)
def test_invalid_arguments_are_one_line_and_code_2(arguments: list[str], said: str, tmp_path: Path) -> None:
    done = run(tmp_path, *arguments)
    assert done.returncode == 2
    assert done.stdout == ""
    assert said in done.stderr
    assert len(done.stderr.strip().splitlines()) == 1
    assert "Traceback" not in done.stderr


def test_a_wrong_file(tmp_path: Path) -> None:
    file = tmp_path / ".config" / "astro-tui" / "config.toml"
    file.parent.mkdir(parents=True)
    file.write_text("color = 1")
    done = run(tmp_path, "--demo")
    assert (done.returncode, done.stdout) == (2, "")
    assert "unknown key 'color'" in done.stderr
    assert "config.toml" in done.stderr


def test_a_token_with_a_line_break_is_not_repeated(tmp_path: Path) -> None:
    done = run(tmp_path, ASTRO_ACCESS_TOKEN=f"{TOKEN}\n{TOKEN}")
    assert (done.returncode, done.stdout) == (2, "")
    assert TOKEN not in done.stderr


@pytest.mark.parametrize("arguments", [["--theme", "pink"], ["--server", "nonsense"], ["--oops"]])
def test_no_screen_flashes_before_the_message(arguments: list[str], tmp_path: Path) -> None:
    with Terminal([PROGRAM, *arguments], environment(str(tmp_path))) as terminal:
        assert terminal.wait()[0] == 2
    assert b"\x1b" not in terminal.raw
    assert b"astro-tui: " in terminal.raw


def test_version(tmp_path: Path) -> None:
    done = executed([PROGRAM, "--version"], environment(str(tmp_path)), tmp_path)
    assert (done.returncode, done.stdout, done.stderr) == (0, f"astro-tui {__version__}\n", "")


def test_as_a_module(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "astro_tui", "--version"],
        env=environment(str(tmp_path)),
        stdout=subprocess.PIPE,
        check=True,
    )
    assert done.stdout.decode() == f"astro-tui {__version__}\n"


@pytest.mark.parametrize("target", ["harborline", "harborline/tide-notes", "meridian-labs/claims-desk"])
def test_targets(target: str, tmp_path: Path) -> None:
    expected = {
        "harborline": ["3 agents", "Tide Notes"],
        "harborline/tide-notes": ["t1d-3n0-t3s", "deployment/v1"],
        "meridian-labs/claims-desk": ["2 agents are named claims-desk", "2 of 30 agents"],
    }[target]
    with Terminal([PROGRAM, "--demo", target], environment(str(tmp_path))) as terminal:
        terminal.until_text(*expected)
        terminal.send("\x03")
        assert terminal.wait()[0] == 0


def test_the_traceback_of_a_bug_in_a_command_has_no_token_and_no_escapes(tmp_path: Path) -> None:
    script = (
        "from astro_tui.cli import main as cli; from astro_tui.cli.commands import journal\n"
        f"def broken(arguments): raise RuntimeError('a bug with {TOKEN} and password=hunter2hunter2 \\x1b[2J')\n"
        "journal.run = broken\n"
        "cli.main(['journal'])"
    )
    env = environment(str(tmp_path), {"ASTRO_ACCESS_TOKEN": TOKEN})
    process = Forked(["-c"], env, tmp_path, code=script)
    _out, errors = process.communicate(timeout=DEADLINE)
    assert process.returncode == 2
    assert "RuntimeError: a bug with" in errors
    assert "in broken" in errors
    assert not [secret for secret in (TOKEN, "hunter2", "\x1b") if secret in errors]
