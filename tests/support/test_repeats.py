"""A failed test is repeated only where that is allowed, and every repeat is named and counted."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from support.repeats import LIMIT, SECOND_TRY

ONCE = """
from pathlib import Path
import pytest

def fails_once(name):
    seen = Path(__file__).with_name(name)
    known = seen.exists()
    seen.touch()
    assert known, "{reason}"

@pytest.mark.parametrize("number", range({count}))
{mark}
def test_{name}(number):
    fails_once(f"seen-{name}-{{number}}")
"""
TIMED = "@pytest.mark.timed"


def run(folder: Path, text: str, *, ci: bool) -> str:
    """Run a file of tests with the plugin, and return what pytest prints."""
    (folder / "test_it.py").write_text(text, encoding="utf-8")
    (folder / "pytest.ini").write_text("[pytest]\nmarkers = timed\n", encoding="utf-8")
    environment = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[1]), SECOND_TRY: "1" if ci else ""}
    command = [sys.executable, "-m", "pytest", "-q", "-p", "support.repeats", "-p", "no:cacheprovider", "."]
    done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, timeout=60, check=False)
    return f"{done.stdout}exit {done.returncode}"


@pytest.mark.parametrize(
    ("name", "mark", "reason", "count", "ci", "summary"),
    [
        ("shown", "", "slow", 1, False, "passed 0, failed 1, repeated 0, skipped 0"),
        ("shown", "", "slow", 1, True, "passed 1, failed 0, repeated 1, skipped 0"),
        ("shown", TIMED, "slow", LIMIT, False, f"passed {LIMIT}, failed 0, repeated {LIMIT}, skipped 0"),
        ("shown", "", "a token got out: the screen", 1, True, "passed 0, failed 1, repeated 0, skipped 0"),
        ("arming", TIMED, "slow", 1, True, "passed 0, failed 1, repeated 0, skipped 0"),
        ("the_journal", "", "slow", 1, True, "passed 0, failed 1, repeated 0, skipped 0"),
    ],
)
def test_who_gets_a_second_try(
    tmp_path: Path, name: str, mark: str, reason: str, count: int, *, ci: bool, summary: str
) -> None:
    out = run(tmp_path, ONCE.format(name=name, mark=mark, reason=reason, count=count), ci=ci)
    assert summary in out
    repeated = "repeated 0" not in summary
    assert (f"repeated: test_it.py::test_{name}[0]: AssertionError: {reason}" in out) is repeated
    assert out.endswith("exit 0" if repeated else "exit 1")


def test_a_run_with_more_repeats_than_are_accidents_fails(tmp_path: Path) -> None:
    out = run(tmp_path, ONCE.format(name="shown", mark=TIMED, reason="slow", count=LIMIT + 1), ci=False)
    assert f"FAILED: {LIMIT + 1} tests were repeated, and at most {LIMIT} may be" in out
    assert out.endswith("exit 1")


def test_a_file_that_cannot_be_imported_is_reported(tmp_path: Path) -> None:
    out = run(tmp_path, "import nothing_of_this_name", ci=True)
    assert "No module named 'nothing_of_this_name'" in out
    assert "passed 0, failed 1, repeated 0, skipped 0" in out
