"""Misspelled commands, and `help` and `version` without a terminal."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest
from support.in_shell import Done
from support.terminal import DROPPED

from astro_tui import __version__
from astro_tui.cli.main import _outcome
from astro_tui.state.account_cache import AccountCache, KnownAccount

SERVER = "https://astropods.com"
TERMINAL = "needs a terminal"
Program = Callable[..., Done]
Said = Callable[..., str]


@pytest.fixture
def program(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Program:
    """Return a function that runs the program in this process, with an empty home directory and no terminal."""
    for name in DROPPED:
        monkeypatch.delenv(name, raising=False)
    for name, folder in (("HOME", tmp_path), ("XDG_STATE_HOME", tmp_path / "state"), ("XDG_CONFIG_HOME", tmp_path)):
        monkeypatch.setenv(name, str(folder))
    monkeypatch.chdir(tmp_path)

    def run(*arguments: str, **extra: str) -> Done:
        with monkeypatch.context() as patch:
            for name, value in extra.items():
                patch.setenv(name, value)
            code = _outcome(arguments)
        return Done(code, *capsys.readouterr())

    return run


@pytest.fixture
def said(program: Program) -> Said:
    """Return a function that runs the program and returns the one line with which it refuses."""

    def refused(*arguments: str, **extra: str) -> str:
        done = program(*arguments, **extra)
        assert (done.code, done.out) == (2, "")
        assert len(done.err.splitlines()) == 1
        return done.err

    return refused


def remember(folder: Path, *names: str, account: str = "") -> None:
    remembered = AccountCache(SERVER, folder / "state" / "astro-tui")
    remembered.learned([KnownAccount(name) for name in names], "u1", datetime(2026, 1, 1, tzinfo=UTC))
    remembered.account = account
    remembered.save()


@pytest.mark.parametrize(
    ("word", "command"),
    [("lst", "list"), ("lsit", "list"), ("Shwo", "show"), ("catalogue", "catalog"), ("hlep", "help")],
)
def test_a_misspelled_command_is_refused(word: str, command: str, said: Said) -> None:
    expected = (
        f'astro-tui: no command named "{word}". Did you mean "{command}"? '
        f"To open an account named {word}: astro-tui --account {word}\n"
    )
    assert said(word) == expected
    assert TERMINAL in said("--account", word)


def test_a_misspelled_command_with_arguments_is_refused(said: Said) -> None:
    for more in (["--json"], ["acme"], ["--demo"]):
        assert 'Did you mean "list"?' in said("lst", *more)


def test_several_words_are_accounts_and_options_are_not_names(said: Said) -> None:
    assert TERMINAL in said("li st")
    assert said("--list") == "astro-tui: no option named --list; see astro-tui --help\n"


def test_an_account_that_is_known_opens(said: Said, tmp_path: Path) -> None:
    remember(tmp_path, "acme", "Lsit", account="shop")
    for name in ("lsit", "shop"):
        assert TERMINAL in said(name)
    assert 'Did you mean "list"?' in said("lst")
    # Another server has other accounts.
    assert 'Did you mean "list"?' in said("lsit", "--server", "https://other.example")
    assert TERMINAL in said("lst", ASTRO_ACCOUNT="lst")
    (tmp_path / "astro-tui").mkdir()
    (tmp_path / "astro-tui" / "config.toml").write_text('account = "dif"\n')
    assert TERMINAL in said("dif")


@pytest.mark.parametrize("target", ["acme", "lst/agent", "meridian-labs", "show-room", "x", "--ascii"])
def test_a_word_unlike_any_command_opens(target: str, said: Said) -> None:
    assert TERMINAL in said(target)


def test_help_and_version_need_no_terminal(program: Program) -> None:
    assert program("version") == (0, f"astro-tui {__version__}\n", "")
    for arguments in (["help"], ["help", "--help"], ["help", "help"]):
        assert program(*arguments).out == program("--help").out
    assert program("help", "version")[:2] == (0, f"astro-tui {__version__}\n")


def test_help_of_an_unknown_command(said: Said) -> None:
    assert said("help", "lst") == 'astro-tui: no command named "lst". Did you mean "list"?\n'
    assert said("help", "\x1b[2J") == 'astro-tui: no command named "␛[2J"; see astro-tui --help\n'
    assert "astro-tui help [COMMAND]" in said("help", "list", "show")
    assert "version takes no arguments" in said("version", "x")


@pytest.mark.parametrize(
    "arguments",
    [
        ("rename", "KEY", "KEY"),
        ("rename", "KEY", "acme/desk", "KEY"),
        ("rename", "Desk", "KEY/desk"),
        ("rename", "Desk", "acme/KEY"),
        ("diff", "acme/desk", "KEY"),
        ("why", "acme/desk/KEY"),
    ],
)
def test_a_key_in_the_wrong_place_is_not_printed(program: Program, arguments: tuple[str, ...]) -> None:
    key = "sk-proj-Ab3dEf6hIj9kLmN0pQrS5tUv"
    server = ("--server", "http://127.0.0.1:9")
    done = program(*(argument.replace("KEY", key) for argument in arguments), *server, ASTRO_ACCESS_TOKEN="t-1")
    assert done.code != 0
    assert done.err
    assert key not in done.err + done.out
