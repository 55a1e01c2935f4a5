"""Exit codes while the output is full or closed: an error is always 2."""

from __future__ import annotations

import errno
import subprocess
from pathlib import Path

import pytest
from support.in_shell import PROGRAM, executed
from support.terminal import environment

from astro_tui.cli.main import _outcome
from astro_tui.errors import ConfigError

TROUBLE = ("--nonsense", "", "list --nonsense", "view missing.json", "auth")
PRINTED = (
    ("--help", 0),
    ("--version", 0),
    ("view --help", 0),
    ("diff a.json b.json", 1),
    ("catalog --demo", 0),
    ("auth status", 1),
)


def run(line: str, folder: Path, unbuffered: str = "", before: str = "") -> subprocess.CompletedProcess[str]:
    (folder / "a.json").write_text("[1]")
    (folder / "b.json").write_text("[2]")
    env = environment(str(folder), {"PYTHONUNBUFFERED": unbuffered})
    return executed(["sh", "-c", f"{before}{PROGRAM} {line}"], env, folder)


@pytest.mark.parametrize(
    ("streams", "unbuffered"), [("2>/dev/full", ""), (">/dev/full 2>/dev/full", "1"), ("2>&-", ""), (">&- 2>&-", "")]
)
def test_errors_exit_with_2_even_if_they_cannot_be_printed(streams: str, unbuffered: str, tmp_path: Path) -> None:
    codes = {line: run(f"{line} {streams}", tmp_path, unbuffered).returncode for line in TROUBLE}
    assert codes == dict.fromkeys(TROUBLE, 2)


@pytest.mark.parametrize("streams", ["2>/dev/full", "2>&-"])
def test_the_code_is_the_same_without_standard_error(streams: str, tmp_path: Path) -> None:
    codes = {line: run(f"{line} {streams}", tmp_path).returncode for line, _code in PRINTED}
    assert codes == dict(PRINTED)


@pytest.mark.parametrize(
    ("streams", "unbuffered"),
    [(">/dev/full", ""), (">/dev/full", "1"), (">/dev/full 2>/dev/full", ""), (">&-", ""), ("<&- >&- 2>&-", "")],
)
def test_output_that_cannot_be_printed_is_an_error(streams: str, unbuffered: str, tmp_path: Path) -> None:
    said = {line: run(f"{line} {streams}", tmp_path, unbuffered) for line, _code in PRINTED}
    assert {line: done.returncode for line, done in said.items()} == dict.fromkeys(said, 2)
    if "2>" in streams:
        return
    for done in said.values():
        last = done.stderr.splitlines()[-1]
        assert last in (
            "astro-tui: cannot print: No space left on device",
            "astro-tui: cannot print: the output is closed",
        )
        assert "Traceback" not in done.stderr


@pytest.mark.parametrize(("line", "limit"), [("list --demo", 5), ("list --demo", 8), ("view a.json", 8)])
def test_too_few_file_descriptors_are_one_line(line: str, limit: int, tmp_path: Path) -> None:
    done = run(line, tmp_path, before=f"ulimit -n {limit}; exec ")
    assert "Traceback" not in done.stderr
    # With 8, only the reason of one agent may be missing.
    assert len(done.stderr.splitlines()) <= 1
    assert done.stderr or done.returncode != 2
    if limit == 5:
        assert done.stderr == "astro-tui: too many open files; raise the limit: ulimit -n 256\n"


def test_a_module_that_is_not_found_for_lack_of_files_is_no_bug(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def fails(_arguments: object) -> int:
        raise ImportError("cannot import name 'x' from 'y'")

    monkeypatch.setattr("astro_tui.cli.commands.list.run", fails)
    monkeypatch.setattr("resource.getrlimit", lambda _limit: (8, 8))
    assert _outcome(["list"]) == 2
    assert capsys.readouterr().err == "astro-tui: too many open files; raise the limit: ulimit -n 256\n"


def test_too_many_open_files_are_reported_even_inside_another_error(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def fails(_arguments: object) -> int:
        raise ConfigError("cannot read config.toml") from OSError(errno.EMFILE, "Too many open files")

    monkeypatch.setattr("astro_tui.cli.commands.list.run", fails)
    assert _outcome(["list"]) == 2
    assert capsys.readouterr().err == "astro-tui: too many open files; raise the limit: ulimit -n 256\n"
