"""Exit codes while the output is full or closed: an error is always 2."""

from __future__ import annotations

import errno
import shlex
import subprocess
from pathlib import Path

import pytest
from support.deadline import DEADLINE
from support.forked import PROGRAM, Forked
from support.in_shell import executed
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


CLOSED: dict[str, dict[int, str | None]] = {
    # As a shell writes it: what it does to the streams.
    "2>/dev/full": {2: "/dev/full"},
    ">/dev/full": {1: "/dev/full"},
    ">/dev/full 2>/dev/full": {1: "/dev/full", 2: "/dev/full"},
    "<&-": {0: None},
    ">&-": {1: None},
    "2>&-": {2: None},
    ">&- 2>&-": {1: None, 2: None},
    "<&- >&- 2>&-": {0: None, 1: None, 2: None},
}


@pytest.fixture(autouse=True)
def _documents(tmp_path: Path) -> None:
    (tmp_path / "a.json").write_text("[1]")
    (tmp_path / "b.json").write_text("[2]")


def run(line: str, streams: str, folder: Path) -> subprocess.CompletedProcess[str]:
    """Run a command of the program, which is forked, with some of its streams full or closed."""
    process = Forked([PROGRAM, *shlex.split(line)], environment(str(folder)), folder, instead=CLOSED[streams])
    out, err = process.communicate(timeout=DEADLINE)
    return subprocess.CompletedProcess(line, process.wait(), out, err)


def installed(line: str, folder: Path, unbuffered: str = "", before: str = "") -> subprocess.CompletedProcess[str]:
    """Run a command of the installed program in a shell."""
    env = environment(str(folder), {"PYTHONUNBUFFERED": unbuffered})
    return executed(["sh", "-c", f"{before}{PROGRAM} {line}"], env, folder)


@pytest.mark.parametrize("streams", ["2>/dev/full", "2>&-", ">&- 2>&-"])
def test_errors_exit_with_2_even_if_they_cannot_be_printed(streams: str, tmp_path: Path) -> None:
    codes = {line: run(line, streams, tmp_path).returncode for line in TROUBLE}
    assert codes == dict.fromkeys(TROUBLE, 2)


@pytest.mark.parametrize("streams", ["2>/dev/full", "2>&-"])
def test_the_code_is_the_same_without_standard_error(streams: str, tmp_path: Path) -> None:
    codes = {line: run(line, streams, tmp_path).returncode for line, _code in PRINTED}
    assert codes == dict(PRINTED)


def assert_not_printed(said: str) -> None:
    """Check that errors end with the one line for output that cannot be printed."""
    assert said.splitlines()[-1] in (
        "astro-tui: cannot print: No space left on device",
        "astro-tui: cannot print: the output is closed",
    )
    assert "Traceback" not in said


@pytest.mark.parametrize("streams", [">/dev/full", ">/dev/full 2>/dev/full", ">&-", "<&- >&- 2>&-"])
def test_output_that_cannot_be_printed_is_an_error(streams: str, tmp_path: Path) -> None:
    said = {line: run(line, streams, tmp_path) for line, _code in PRINTED}
    assert {line: done.returncode for line, done in said.items()} == dict.fromkeys(said, 2)
    if "2>" not in streams:
        for done in said.values():
            assert_not_printed(done.stderr)


def test_the_installed_program_with_unbuffered_output_that_cannot_be_printed(tmp_path: Path) -> None:
    for line in ("--help", "diff a.json b.json", "auth status"):
        done = installed(f"{line} >/dev/full", tmp_path, "1")
        assert done.returncode == 2
        assert_not_printed(done.stderr)
    for line in ("--nonsense", "view missing.json"):
        assert installed(f"{line} >/dev/full 2>/dev/full", tmp_path, "1").returncode == 2


@pytest.mark.parametrize(
    ("line", "lines"),
    [("--version >&-", 1), ("view a.json >&-", 1), ("view - <&-", 1), ("--version >&- 2>&-", 0), ("<&- >&- 2>&-", 0)],
)
def test_the_installed_program_with_closed_streams(line: str, lines: int, tmp_path: Path) -> None:
    done = installed(line, tmp_path)
    assert (done.returncode, done.stdout, len(done.stderr.splitlines())) == (2, "", lines)
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize(
    ("line", "streams"),
    [
        ("show --demo 'Claims Desk (EU)'", ">&-"),
        ("list --demo --quick", ">&-"),
        ("--demo", ">&-"),
        ("--demo", "<&-"),
        ("view -", "<&-"),
        ("diff - b.json", "<&-"),
        ("--demo", "<&- >&- 2>&-"),
    ],
)
def test_closed_standard_streams_are_trouble_and_no_crash(line: str, streams: str, tmp_path: Path) -> None:
    done = run(line, streams, tmp_path)
    assert (done.returncode, done.stdout) == (2, "")
    assert "Traceback" not in done.stderr
    assert len(done.stderr.splitlines()) == (0 if "2>&-" in streams else 1), done.stderr


@pytest.mark.nightly
@pytest.mark.parametrize(("line", "limit"), [("list --demo", 5), ("list --demo", 8), ("view a.json", 8)])
def test_too_few_file_descriptors_are_one_line(line: str, limit: int, tmp_path: Path) -> None:
    done = installed(line, tmp_path, before=f"ulimit -n {limit}; exec ")
    assert "Traceback" not in done.stderr
    # With 8, only the reason of one agent may be missing.
    assert len(done.stderr.splitlines()) <= 1
    assert done.stderr or done.returncode != 2
    if limit == 5:
        assert done.stderr == "astro-tui: too many open files; raise the limit: ulimit -n 256\n"


@pytest.mark.parametrize("cause", [None, OSError(errno.EMFILE, "Too many open files")])
def test_too_many_open_files_are_reported_even_inside_another_error(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], cause: OSError | None
) -> None:
    def fails(_arguments: object) -> int:
        if cause is not None:
            raise ConfigError("cannot read config.toml") from cause
        # A module is not found for lack of files.
        monkeypatch.setattr("resource.getrlimit", lambda _limit: (8, 8))
        raise ImportError("cannot import name 'x' from 'y'")

    monkeypatch.setattr("astro_tui.cli.commands.list.run", fails)
    assert _outcome(["list"]) == 2
    assert capsys.readouterr().err == "astro-tui: too many open files; raise the limit: ulimit -n 256\n"
