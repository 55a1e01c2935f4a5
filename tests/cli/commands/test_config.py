"""`astro-tui config`: every setting with its source, each problem in one line, and the file in an editor."""

from __future__ import annotations

import json
import os
import stat
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from support.in_shell import Done
from support.terminal import DROPPED

from astro_tui.cli.main import _outcome
from astro_tui.cli.setting_words import example_file
from astro_tui.demo import DemoServer, Fault
from astro_tui.state.settings import FILE_KEYS, Settings, load

TOKEN = "very-private-token-0123456789"
Program = Callable[..., Done]


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "astro-tui" / "config.toml"
    path.parent.mkdir()
    return path


@pytest.fixture
def program(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]) -> Program:
    """Return a function that runs `astro-tui config` in this process, with an empty home directory."""
    for name in (*DROPPED, "VISUAL", "EDITOR"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    monkeypatch.setenv("LC_ALL", "C.UTF-8")

    def run(*arguments: str, **extra: str) -> Done:
        with monkeypatch.context() as patch:
            for name, value in extra.items():
                patch.setenv(name, value)
            code = _outcome(["config", *arguments])
        return Done(code, *capfd.readouterr())

    return run


def editor(tmp_path: Path, code: str) -> str:
    """Return an editor with a space in its path, which runs `code` on the `file` it is given."""
    script = tmp_path / "my editor.py"
    script.write_text(f"import os, pathlib, sys\nfile = pathlib.Path(sys.argv[-1])\n{code}\n")
    return f"'{sys.executable}' '{script}' --wait"


def test_check_names_a_wrong_row_of_the_rows_for_why(program: Program, file: Path) -> None:
    rows = file.with_name("why.toml")
    rows.write_text('[[program]]\nwords = ["a b"]\nexample = "c"')
    done = program("check")
    assert done.code == 1
    assert "row 1 of [[program]] (a b)" in done.out
    rows.write_text('[[program]]\nwords = ["a b"]\nexample = "a b"')
    assert program("check").code == 0


# ---- show


def test_every_setting_has_a_value_and_a_source(program: Program, file: Path) -> None:
    file.write_text('account = "acme"\nprotected = ["a", "b"]\nrefresh = 5\n')
    done = program("--json", ASTRO_SERVER_URL="https://astro.example")
    told = {row["name"]: (row["value"], row["source"]) for row in json.loads(done.out)}
    assert (done.code, done.err) == (0, "")
    assert set(told) == set(Settings.__struct_fields__) - {"agent", "address"}
    assert told["server"] == ("https://astro.example", "ASTRO_SERVER_URL")
    assert told["account"] == ("acme", f"account in {file}")
    assert told["protected"] == ("a, b", f"protected in {file}")
    assert told["refresh"] == ("5", f"refresh in {file}")
    assert told["theme"] == ("dark", "default")
    assert told["token"] == ("not set", "default")
    assert program("--ascii").lines[-1].endswith("config.toml")


def test_the_token_is_never_printed(program: Program, file: Path) -> None:
    file.write_text(f'account = "{TOKEN}"\n"{TOKEN}" = 1\nserver = "https://user:{TOKEN}@astro.example"\n')
    for arguments in ((), ("--json",), ("check",)):
        done = program(*arguments, ASTRO_ACCESS_TOKEN=TOKEN)
        assert TOKEN not in done.out + done.err
        assert "ASTRO_ACCESS_TOKEN" in done.out or arguments == ("check",)
    # The check for leaks reads all files.
    file.unlink()


def test_problems_are_notes_of_the_list(program: Program, file: Path) -> None:
    file.write_text('theme = "ligt"\n')
    done = program()
    assert done.code == 0
    assert done.err.startswith("astro-tui: theme in ")
    assert done.lines[0].split() == ["SETTING", "VALUE", "FROM"]


# ---- check


def test_each_problem_is_one_line_with_the_nearest_name(program: Program, file: Path) -> None:
    file.write_text('thme = "dark"\ntheme = "ligt"\nrefresh = "often"\nqqqqqq = 1\n')
    done = program("check")
    assert (done.code, done.err) == (1, "")
    assert [line.replace(str(file), "FILE") for line in done.lines] == [
        "unknown key 'thme' in FILE; did you mean \"theme\"?",
        "refresh in FILE must be a number of seconds",
        f"unknown key 'qqqqqq' in FILE; known keys: {', '.join(FILE_KEYS)}",
        "theme in FILE: unknown theme 'ligt'; did you mean \"light\"?",
    ]


@pytest.mark.nightly
def test_protected_names_of_no_account_are_noted(program: Program, file: Path, demo: DemoServer) -> None:
    file.write_text('protected = ["Meridian-Labs ", "meridian labs"]\n')
    login = {"ASTRO_SERVER_URL": demo.url, "ASTRO_ACCESS_TOKEN": demo.token}
    done = program("check", **login)
    assert done.code == 0
    assert done.err == (
        'astro-tui: protected: This login has no account named "meridian labs", so that name protects nothing.\n'
    )
    demo.faults.set("/me", Fault.response(503))
    assert "protected: Not compared with your accounts: The platform is not available" in program("check", **login).err
    demo.faults.clear()
    file.write_text('protected = ["Meridian-Labs "]\n')
    done = program("check", **login)
    assert (done.code, done.err) == (0, "")


def test_what_is_valid(program: Program, file: Path) -> None:
    assert program("check") == Done(0, f"No problems; {file} does not exist.\n", "")
    file.write_text('theme = "light"\n')
    assert program("check") == Done(0, f"{file} is valid.\n", "")


# ---- edit


def test_the_file_is_created_for_its_owner_only(program: Program, file: Path, tmp_path: Path) -> None:
    file.parent.rmdir()
    done = program("edit", VISUAL=editor(tmp_path, "print(sys.argv[1], 'TOKEN', os.environ.get('ASTRO_ACCESS_TOKEN'))"))
    assert done.code == 0
    assert done.lines[-1] == f"{file} is valid."
    assert "--wait TOKEN None" in done.out
    assert file.read_text() == example_file()
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert stat.S_IMODE(file.parent.stat().st_mode) == 0o700


def test_the_example_sets_nothing_and_every_line_of_it_is_valid(file: Path) -> None:
    file.write_text(example_file())
    assert load({}, {"LANG": "C.UTF-8"}, file) == Settings()
    lines = [line[2:] for line in example_file().splitlines() if line.startswith("# ") and " = " in line]
    assert [line.split(" = ")[0] for line in lines] == [*list(FILE_KEYS)[:-3], '"picker.filter"', "command", "images"]
    assert "# [keys]" in example_file()
    assert "# [notify]" in example_file()
    assert "# [find]" in example_file()
    file.write_text("\n".join([*lines[:-3], "[keys]", lines[-3], "[notify]", lines[-2], "[find]", lines[-1]]))
    notify, find = {"command": ["notify-send", "astro-tui"]}, {"images": "--differs .agent.image"}
    assert load({}, {"LANG": "C.UTF-8"}, file) == Settings(keys={"picker.filter": "f"}, notify=notify, find=find)


def test_the_file_is_checked_afterwards(program: Program, file: Path, tmp_path: Path) -> None:
    file.write_text('theme = "light"\n')
    done = program("edit", EDITOR=editor(tmp_path, "file.write_text('them = 1')"), ASTRO_ACCESS_TOKEN="a b")
    assert done.code == 1
    assert [line.split(" ", 1)[0] for line in done.lines] == ["unknown", "ASTRO_ACCESS_TOKEN"]
    assert "ASTRO_ACCESS_TOKEN" not in os.environ


def test_an_editor_that_does_not_work(program: Program, tmp_path: Path) -> None:
    assert "EDITOR=vi" in program("edit").err
    assert "cannot start nowhere-at-all" in program("edit", EDITOR="nowhere-at-all").err
    assert "a quotation mark is missing" in program("edit", EDITOR="vi '").err
    assert "exited with code 3" in program("edit", EDITOR=editor(tmp_path, "sys.exit(3)")).err
    assert "'chek' is not one of show, check, edit. Did you mean \"check\"?" in program("chek").err
    assert program("show").out == program().out
