"""Build the release twice, check it, and write it to dist/ with what describes it.

dist/ then has the wheel, the source distribution, a bill of materials (CycloneDX), the man page, the completions, and
checksums of all of them. Ends with an error, and leaves dist/ as it was, if a check fails.
"""

from __future__ import annotations

import hashlib
import os
import re
import shutil
import subprocess
import sys
import tempfile
import venv
import zipfile
from pathlib import Path

from packaged_files import SHARE

ROOT = Path(__file__).resolve().parent.parent
MAX_INSTALLED_MIB = 60
"""Maximum size of an installation with its dependencies, without pip."""


def run(*command: str | Path, cwd: Path = ROOT, allowed: int = 0) -> str:
    """Run a program and return what it prints. Ends with its output if its exit code is above `allowed`."""
    when = subprocess.run(["git", "log", "-1", "--format=%ct"], cwd=ROOT, check=True, capture_output=True, text=True)
    environment = {**os.environ, "SOURCE_DATE_EPOCH": when.stdout.strip()}
    done = subprocess.run([*map(str, command)], cwd=cwd, env=environment, check=False, capture_output=True, text=True)
    if not 0 <= done.returncode <= allowed:
        sys.exit(f"release: {' '.join(map(str, command))} failed:\n{done.stdout}{done.stderr}")
    return done.stdout


def python_in(folder: Path) -> Path:
    """Create an empty environment and return its Python."""
    venv.create(folder, with_pip=True, clear=True)
    return folder / "bin" / "python"


def built(tools: Path, folder: Path) -> list[Path]:
    """Build the wheel and the source distribution, and return their paths by name."""
    run(tools, "-m", "build", "--no-isolation", "--outdir", folder, ROOT)
    return sorted(folder.iterdir())


def check_same_bytes(first: list[Path], second: list[Path]) -> None:
    """End with an error if two builds differ."""
    for one, other in zip(first, second, strict=True):
        if one.name != other.name or one.read_bytes() != other.read_bytes():
            sys.exit(f"release: two builds of {one.name} differ")


def check_contents(wheel: Path) -> None:
    """End with an error if the wheel lacks a style sheet, or has what belongs to development."""
    names = zipfile.ZipFile(wheel).namelist()
    missing = {path.name for path in (ROOT / "styles").glob("*.tcss")} - {Path(name).name for name in names}
    wrong = [name for name in names if re.match(r"tests/|benchmarks/|scripts/", name) or "__pycache__" in name]
    if missing or wrong:
        sys.exit(f"release: the wheel lacks {sorted(missing)} and should not have {wrong}")


def check_installed(wheel: Path, folder: Path) -> Path:
    """Install the wheel into an empty environment, use it, and return the environment's Python.

    Ends with an error if the demo's list does not say why an agent is broken, or if the installation is too large.
    """
    python = python_in(folder)
    run(python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-compile", wheel)
    agents = run(folder / "bin" / "astro-tui", "list", "--demo", cwd=folder, allowed=1)
    if "FAILED" not in agents or "Ingestion rows failed since rev 3" not in agents:
        sys.exit(f"release: the installed program does not explain a broken agent:\n{agents}")
    files = [path for path in folder.rglob("*") if path.is_file() and not re.search(r"/pip(-[\d.]+)?[/.]", str(path))]
    size = sum(path.stat().st_size for path in files) / 1024**2
    if size > MAX_INSTALLED_MIB:
        sys.exit(f"release: installed with its dependencies, it takes {size:.0f} MiB (limit: {MAX_INSTALLED_MIB})")
    sys.stdout.write(f"installed with its dependencies: {size:.0f} MiB\n")
    return python


def main() -> None:
    """Build, check, and write the release."""
    with tempfile.TemporaryDirectory() as name:
        work = Path(name)
        tools = python_in(work / "tools")
        install = [tools, "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
        run(*install, "--no-deps", "--require-hashes", "-r", ROOT / "packaging" / "release.txt")
        files = built(tools, work / "first")
        check_same_bytes(files, built(tools, work / "second"))
        run(tools, "-m", "twine", "check", "--strict", *files)
        [wheel] = (path for path in files if path.suffix == ".whl")
        check_contents(wheel)
        python = check_installed(wheel, work / "installed")
        run(python, "-m", "pip", "uninstall", "--quiet", "--yes", "setuptools", "pip")
        materials = work / f"{wheel.name.removesuffix('.whl')}.cdx.json"
        describe = [
            tools,
            "-m",
            "cyclonedx_py",
            "environment",
            "--output-reproducible",
            "--pyproject",
            "pyproject.toml",
        ]
        run(*describe, "--output-file", materials, python)
        dist = ROOT / "dist"
        shutil.rmtree(dist, ignore_errors=True)
        dist.mkdir()
        for path in (*files, materials):
            shutil.copy(path, dist)
        shutil.copytree(SHARE, dist / "share")
    written = sorted(path for path in dist.rglob("*") if path.is_file())
    sums = [f"{hashlib.sha256(path.read_bytes()).hexdigest()}  {path.relative_to(dist)}\n" for path in written]
    (dist / "SHA256SUMS").write_text("".join(sums), encoding="utf-8")
    sys.stdout.writelines(sums)


if __name__ == "__main__":
    main()
