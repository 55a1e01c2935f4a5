"""The help of every command, without the screen library, and what a misspelled option may mean."""

from __future__ import annotations

import re
import subprocess
import sys

import pytest

from astro_tui.cli.arguments import parser as app_parser
from astro_tui.cli.main import COMMANDS, command_named
from astro_tui.cli.parsing import LineParser
from astro_tui.errors import ConfigError

HEAVY = {"textual", "rich", "httpx"}
HELPS = [["--help"], ["--version"], ["help"], ["version"], *([name, "--help"] for name in COMMANDS)]


def test_neither_help_nor_version_loads_the_screen_library() -> None:
    # One process: what any of them loads is found, and the command that loads it is the last one printed.
    code = (
        "import sys\n"
        "from astro_tui.cli.main import _outcome\n"
        f"for words in {HELPS!r}:\n"
        "    assert _outcome(words) == 0, words\n"
        f"    loaded = {HEAVY!r} & set(sys.modules)\n"
        "    assert not loaded, (words, loaded)\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stderr
    assert done.stdout.count("usage: astro-tui") >= len(HELPS) - 2


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_has_examples_that_it_understands(name: str) -> None:
    known = command_named(name).parser()
    assert "examples:\n" in known.epilog
    assert f"astro-tui {name}" in known.epilog.partition("examples:\n")[2]


def test_the_help_of_the_program_names_every_command() -> None:
    listed = re.findall(r"^  astro-tui ([a-z|]+)", app_parser().format_help(), re.MULTILINE)
    assert set(COMMANDS) - {"trace"} <= {name for names in listed for name in names.split("|")}


def refused(known: LineParser, *words: str) -> str:
    with pytest.raises(ConfigError) as error:
        known.parse_args(words)
    return str(error.value)


@pytest.mark.parametrize(
    ("command", "words", "meant"),
    [
        ("list", ["--jsno"], "--json"),
        ("list", ["--quik=1"], "--quick"),
        ("logs", ["a/b", "--folow"], "--follow"),
        ("auth", ["logn"], "login"),
        ("view", ["x", "--format", "yml"], "yaml"),
    ],
)
def test_what_a_misspelled_option_or_choice_may_mean(command: str, words: list[str], meant: str) -> None:
    known = command_named(command).parser()
    assert refused(known, *words).endswith(f'. Did you mean "{meant}"?')


@pytest.mark.parametrize(
    ("command", "words", "said"),
    [
        ("list", ["--jsno"], "no option named --jsno"),
        ("show", ["a", "b"], "too many arguments: b"),
        ("list", ["-o", "yml"], "--output: 'yml' is not one of table, wide, json, yaml, name"),
        ("list", ["--server"], "--server needs a value"),
        ("list", ["--refresh", "x"], "--refresh: not a number: 'x'"),
        ("config", ["chek"], "'chek' is not one of show, check, edit"),
    ],
)
def test_errors_are_in_plain_words(command: str, words: list[str], said: str) -> None:
    known = command_named(command).parser()
    assert refused(known, *words).startswith(said)
