"""A failed test is repeated only where that is allowed, alone at the end, and every repeat is named and counted."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from support.repeats import LIMIT, SECOND_TRY

ONCE = """
import os
from pathlib import Path
import pytest

def fails_once(when, number):
    if when == "{when}":
        seen = Path(__file__).with_name(f"seen-{{number}}")
        known = seen.read_text() if seen.exists() else ""
        seen.write_text(known + f"{{os.getpid()}} ")
        assert known, "{reason}"

@pytest.fixture
def around(number):
    fails_once("setup", number)
    yield
    fails_once("teardown", number)

@pytest.mark.parametrize("number", range({count}))
{mark}
def test_{name}(around, number):
    fails_once("call", number)
"""
TIMED = "@pytest.mark.timed"
XDIST, COVERAGE = ("-p", "xdist", "-n", "2"), ("-p", "pytest_cov", "--cov=test_it")


def failing(name: str = "shown", mark: str = "", reason: str = "slow", count: int = 1, when: str = "call") -> str:
    """Return a file of tests that fail the first time they run."""
    return ONCE.format(name=name, mark=mark, reason=reason, count=count, when=when)


def run(folder: Path, text: str, *options: str, ci: bool = True) -> str:
    """Run a file of tests with the plugin, and return what pytest prints."""
    (folder / "test_it.py").write_text(text, encoding="utf-8")
    (folder / "pytest.ini").write_text("[pytest]\nmarkers = timed\n", encoding="utf-8")
    (folder / "conftest.py").write_text('pytest_plugins = ["support.repeats"]', encoding="utf-8")
    environment = {
        **os.environ,
        "PYTHONPATH": str(Path(__file__).parents[1]),
        "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1",
        SECOND_TRY: "1" if ci else "",
    }
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", *options, "."]
    done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, timeout=60, check=False)
    return f"{done.stdout}exit {done.returncode}"


@pytest.mark.parametrize(
    ("text", "ci", "summary"),
    [
        (failing(), False, "passed 0, failed 1, repeated 0, skipped 0"),
        (failing(), True, "passed 1, failed 0, repeated 1, skipped 0"),
        (failing(when="setup"), True, "passed 1, failed 0, repeated 1, skipped 0"),
        (failing(when="teardown"), True, "passed 1, failed 0, repeated 1, skipped 0"),
        (failing(mark=TIMED, count=LIMIT), False, f"passed {LIMIT}, failed 0, repeated {LIMIT}, skipped 0"),
        (failing(mark=TIMED, count=LIMIT + 1), False, f"passed 0, failed {LIMIT + 1}, repeated 0, skipped 0"),
        (failing(reason="a token got out: the screen"), True, "passed 0, failed 1, repeated 0, skipped 0"),
        (failing("arming", TIMED), True, "passed 0, failed 1, repeated 0, skipped 0"),
        (failing("the_journal"), True, "passed 0, failed 1, repeated 0, skipped 0"),
    ],
)
def test_who_gets_a_second_try(tmp_path: Path, text: str, summary: str, *, ci: bool) -> None:
    out = run(tmp_path, text, ci=ci)
    assert summary in out
    repeated = "repeated 0" not in summary
    assert ("repeated: test_it.py::test_shown[0]: AssertionError: slow" in out) is repeated
    assert out.endswith("exit 0" if repeated else "exit 1")
    assert (f"not repeated: {LIMIT + 1} tests failed" in out) is (f"failed {LIMIT + 1}" in summary)


@pytest.mark.parametrize(
    "options",
    [
        XDIST + COVERAGE,
        *(pytest.param(each, marks=pytest.mark.nightly) for each in (XDIST, COVERAGE, (*XDIST[:3], "0"))),
    ],
    ids=" ".join,
)
def test_a_second_try_is_alone_in_a_new_process(tmp_path: Path, options: tuple[str, ...]) -> None:
    out = run(tmp_path, failing(count=2), *options)
    assert "passed 2, failed 0, repeated 2, skipped 0" in out
    assert out.endswith("exit 0")
    processes = [(tmp_path / f"seen-{number}").read_text().split() for number in range(2)]
    first, second = zip(*processes, strict=True)
    assert len({*second} - {*first}) == len(second)


def test_what_fails_again_has_failed(tmp_path: Path) -> None:
    out = run(tmp_path, "def test_shown():\n    assert 0, 'broken'")
    assert "passed 0, failed 1, repeated 1, skipped 0" in out
    assert out.endswith("exit 1")


@pytest.mark.parametrize("options", [(), XDIST], ids=" ".join)
def test_a_run_that_ended_early_does_not_pass(tmp_path: Path, options: tuple[str, ...]) -> None:
    out = run(tmp_path, failing(), "-x", *options)
    assert "passed 0, failed 1, repeated 0, skipped 0" in out
    assert not out.endswith("exit 0")


@pytest.mark.parametrize(
    ("options", "summary"),
    [
        ((), "passed 0, failed 1, repeated 0, skipped 0"),
        (("--continue-on-collection-errors",), "passed 1, failed 1, repeated 1, skipped 0"),
    ],
)
def test_a_file_that_cannot_be_imported_is_reported(tmp_path: Path, options: tuple[str, ...], summary: str) -> None:
    (tmp_path / "test_more.py").write_text("import nothing_of_this_name", encoding="utf-8")
    out = run(tmp_path, failing(), *options)
    assert "No module named 'nothing_of_this_name'" in out
    assert summary in out
    assert not out.endswith("exit 0")
