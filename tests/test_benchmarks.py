"""The benchmarks and scripts can start: what they import exists."""

from __future__ import annotations

from pathlib import Path

import pytest
from support.deadline import DEADLINE
from support.forked import Forked

ROOT = next(folder for folder in Path(__file__).resolve().parents if (folder / "pyproject.toml").is_file())
PATHS = sorted(
    path.relative_to(ROOT).as_posix() for name in ("benchmarks", "scripts") for path in ROOT.glob(f"{name}/*.py")
)


@pytest.mark.parametrize("path", PATHS)
def test_everything_it_imports_exists(path: str) -> None:
    code = """import runpy, sys
sys.path.insert(0, sys.argv[1].rpartition("/")[0])
runpy.run_path(sys.argv[1], run_name="it")"""
    process = Forked(["-c", path], folder=ROOT, code=code)
    _out, errors = process.communicate(timeout=DEADLINE)
    assert process.returncode == 0, errors
