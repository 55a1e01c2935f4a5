"""The wheel: its contents, and that it works after installation."""

from __future__ import annotations

import subprocess
import sys
import zipfile
from pathlib import Path

import pytest
from support.terminal import Terminal, environment

pytestmark = pytest.mark.nightly

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a wheel built from this checkout, with the build backend that is here."""
    folder = tmp_path_factory.mktemp("wheel")
    command = [sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", str(folder), str(ROOT)]
    done = subprocess.run(command, check=False, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stdout + done.stderr
    [built] = folder.glob("*.whl")
    return built


@pytest.fixture(scope="module")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder with the package installed, and nothing of the checkout."""
    folder = tmp_path_factory.mktemp("installed")
    command = [sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", "--no-index", "--no-compile", "--target"]
    subprocess.run([*command, str(folder), str(wheel)], check=True, timeout=120)
    return folder


def test_it_carries_the_style_sheets_and_the_demo(wheel: Path) -> None:
    names = set(zipfile.ZipFile(wheel).namelist())
    styles = {f"astro_tui/styles/{path.name}" for path in (ROOT / "styles").glob("*.tcss")}
    assert styles
    assert {name for name in names if name.endswith(".tcss")} == styles
    package = {
        path.relative_to(ROOT).as_posix()
        for path in (ROOT / "astro_tui").rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }
    assert package <= names
    assert not [name for name in names if name.startswith(("tests", "benchmarks", "scripts"))]


def test_it_installs_the_man_page_and_the_completions(wheel: Path) -> None:
    share = ROOT / "packaging" / "share"
    files = {f"data/share/{path.relative_to(share).as_posix()}" for path in share.rglob("*") if path.is_file()}
    assert len(files) == 5
    assert {name.partition("/")[2] for name in zipfile.ZipFile(wheel).namelist() if ".data/" in name} == files


def test_it_declares_its_dependencies(wheel: Path) -> None:
    archive = zipfile.ZipFile(wheel)
    [metadata] = [archive.read(name).decode() for name in archive.namelist() if name.endswith("METADATA")]
    assert "Requires-Python: >=3.11" in metadata
    assert "Requires-Dist: textual<9,>=8.2.5" in metadata
    [scripts] = [archive.read(name).decode() for name in archive.namelist() if name.endswith("entry_points.txt")]
    assert "astro-tui = astro_tui.cli.main:main" in scripts


def test_it_starts_from_another_folder(installed: Path, tmp_path: Path) -> None:
    env = environment(str(tmp_path), {"PYTHONPATH": str(installed), "PYTHONSAFEPATH": "1"})
    check = "import astro_tui.theme.look as look; print(look.STYLES)"
    found = subprocess.run(
        [sys.executable, "-c", check], env=env, cwd=tmp_path, check=True, capture_output=True, text=True
    )
    assert found.stdout.strip() == str(installed / "astro_tui" / "styles")
    with Terminal([sys.executable, "-m", "astro_tui", "--demo"], env, cwd=str(tmp_path)) as terminal:
        terminal.until_text("FAILED")
        terminal.send("/claims eu\r")
        terminal.until_text("deployment/v1")
        terminal.send("\x1b")
        terminal.until_text("1 of 30 agents")
        terminal.send("q")
        assert terminal.wait()[0] == 0
