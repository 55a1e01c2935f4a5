"""Misspelled commands, and `help` and `version` without a terminal."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest
from support.in_shell import program
from support.terminal import environment

from astro_tui import __version__
from astro_tui.cli.main import COMMANDS
from astro_tui.state.account_cache import AccountCache, KnownAccount

SERVER = "https://astropods.com"
TERMINAL = "needs a terminal"


def said(folder: Path, *arguments: str, **extra: str) -> str:
    env = environment(str(folder), {"XDG_STATE_HOME": str(folder / "state"), "XDG_CONFIG_HOME": str(folder)} | extra)
    done = program(env, folder, *arguments)
    assert (done.returncode, done.stdout) == (2, "")
    assert len(done.stderr.splitlines()) == 1
    return done.stderr


def remember(folder: Path, *names: str, account: str = "") -> None:
    remembered = AccountCache(SERVER, folder / "state" / "astro-tui")
    remembered.learned([KnownAccount(name) for name in names], "u1", datetime(2026, 1, 1, tzinfo=UTC))
    remembered.account = account
    remembered.save()


@pytest.mark.parametrize(
    ("word", "command"),
    [("lst", "list"), ("lsit", "list"), ("Shwo", "show"), ("catalogue", "catalog"), ("hlep", "help")],
)
def test_a_misspelled_command_is_refused(word: str, command: str, tmp_path: Path) -> None:
    expected = (
        f'astro-tui: no command named "{word}". Did you mean "{command}"? '
        f"To open an account named {word}: astro-tui --account {word}\n"
    )
    assert said(tmp_path, word) == expected
    assert TERMINAL in said(tmp_path, "--account", word)


def test_with_arguments_of_the_command_as_well(tmp_path: Path) -> None:
    for more in (["--json"], ["acme"], ["--demo"]):
        assert 'Did you mean "list"?' in said(tmp_path, "lst", *more)


def test_names_with_spaces_are_quoted_and_options_are_not_names(tmp_path: Path) -> None:
    assert said(tmp_path, "li st").endswith("astro-tui --account 'li st'\n")
    assert said(tmp_path, "--list") == "astro-tui: unrecognized arguments: --list; see astro-tui --help\n"


def test_an_account_that_is_known_opens(tmp_path: Path) -> None:
    remember(tmp_path, "acme", "Lsit", account="shop")
    for name in ("lsit", "shop"):
        assert TERMINAL in said(tmp_path, name)
    assert 'Did you mean "list"?' in said(tmp_path, "lst")
    # Another server has other accounts.
    assert 'Did you mean "list"?' in said(tmp_path, "lsit", "--server", "https://other.example")
    assert TERMINAL in said(tmp_path, "lst", ASTRO_ACCOUNT="lst")
    (tmp_path / "astro-tui").mkdir()
    (tmp_path / "astro-tui" / "config.toml").write_text('account = "dif"\n')
    assert TERMINAL in said(tmp_path, "dif")


@pytest.mark.parametrize("target", ["acme", "lst/agent", "meridian-labs", "show-room", "x", "--ascii"])
def test_a_word_unlike_any_command_opens(target: str, tmp_path: Path) -> None:
    assert TERMINAL in said(tmp_path, target)


def test_help_and_version_need_no_terminal(tmp_path: Path) -> None:
    env = environment(str(tmp_path))
    done = program(env, tmp_path, "version")
    assert (done.returncode, done.stdout, done.stderr) == (0, f"astro-tui {__version__}\n", "")
    for arguments in (["help"], ["help", "--help"], ["help", "help"]):
        assert program(env, tmp_path, *arguments).stdout == program(env, tmp_path, "--help").stdout
    done = program(env, tmp_path, "help", "version")
    assert (done.returncode, done.stdout) == (0, f"astro-tui {__version__}\n")


@pytest.mark.parametrize("name", COMMANDS)
def test_help_of_a_command(name: str, tmp_path: Path) -> None:
    done = program(environment(str(tmp_path)), tmp_path, "help", name)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith(f"usage: astro-tui {name} ")


def test_help_of_an_unknown_command(tmp_path: Path) -> None:
    assert said(tmp_path, "help", "lst") == 'astro-tui: no command named "lst". Did you mean "list"?\n'
    assert said(tmp_path, "help", "\x1b[2J") == 'astro-tui: no command named "␛[2J"; see astro-tui --help\n'
    assert "astro-tui help [COMMAND]" in said(tmp_path, "help", "list", "show")
    assert "version takes no arguments" in said(tmp_path, "version", "x")


def test_an_account_called_help_is_still_reached(tmp_path: Path) -> None:
    assert TERMINAL in said(tmp_path, "--account", "help")
    assert "help is a command and must come first" in said(tmp_path, "--ascii", "help")
