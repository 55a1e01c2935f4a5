"""The benchmarks and scripts can start: what they import exists."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = next(folder for folder in Path(__file__).resolve().parents if (folder / "pyproject.toml").is_file())
PATHS = sorted(
    path.relative_to(ROOT).as_posix() for name in ("benchmarks", "scripts") for path in ROOT.glob(f"{name}/*.py")
)


@pytest.mark.parametrize("path", PATHS)
def test_everything_it_imports_exists(path: str) -> None:
    code = "import runpy, sys; sys.path[0] = sys.argv[1].rpartition('/')[0]; runpy.run_path(sys.argv[1], run_name='it')"
    done = subprocess.run(
        [sys.executable, "-c", code, path], cwd=ROOT, capture_output=True, text=True, timeout=60, check=False
    )
    assert done.returncode == 0, done.stderr
