"""A test that measures time gets another chance, and a new platform for it; in CI, every test does."""

from __future__ import annotations

import os
import subprocess
import sys
from itertools import count
from pathlib import Path

import pytest

from astro_tui.demo import DemoServer
from support.timed import SECOND_TRY

ATTEMPTS = count()
_TESTS = """
from pathlib import Path
SEEN = Path(__file__).with_name("seen")

def test_that_fails_once():
    seen = SEEN.exists()
    SEEN.touch()
    assert seen

def test_that_fails_always():
    assert False
"""


@pytest.mark.timed
def test_a_failed_test_is_repeated(demo: DemoServer) -> None:
    assert demo.requests == []
    demo.requests.append(("GET", "/"))
    assert next(ATTEMPTS) == 2


@pytest.mark.parametrize(("tries", "summary"), [("", "2 failed"), ("1", "1 failed, 1 passed")])
def test_in_ci_a_failed_test_gets_a_second_try_and_is_named(tmp_path: Path, tries: str, summary: str) -> None:
    (tmp_path / "test_it.py").write_text(_TESTS, encoding="utf-8")
    environment = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[1]), SECOND_TRY: tries}
    run = [sys.executable, "-m", "pytest", "-q", "-p", "support.timed", "-p", "no:cacheprovider"]
    run.append(".")
    done = subprocess.run(run, cwd=tmp_path, env=environment, capture_output=True, text=True, timeout=60, check=False)
    assert summary in done.stdout
    named = "passed only at the second try: test_it.py::test_that_fails_once"
    assert (named in done.stdout) is bool(tries)
