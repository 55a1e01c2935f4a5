"""What ARCHITECTURE.md and CONTRIBUTING.md say about packages, modules, and names is true."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest

ROOT = next(folder for folder in Path(__file__).resolve().parents if (folder / "pyproject.toml").is_file())
PACKAGE = ROOT / "astro_tui"
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
PAGES = ["ARCHITECTURE.md", "CONTRIBUTING.md", "docs/recipes.md"]
ELSEWHERE = {"NO_COLOR", "NamedTuple", "Theme"}
"""Names that other projects define."""


def spans(page: str) -> list[str]:
    """Return what the page writes as code, on one line or over a line break."""
    text = (ROOT / page).read_text(encoding="utf-8")
    return [" ".join(span.split()) for span in re.findall(r"`([^`]+)`", text)]


def exists(path: str) -> bool:
    return (PACKAGE / path).exists() or (ROOT / path).exists()


@pytest.mark.parametrize("page", PAGES)
def test_every_path_exists(page: str) -> None:
    paths = [span for span in spans(page) if re.fullmatch(r"\.?[\w./-]+(?:/|\.(?:py|md|toml|yaml|txt))", span)]
    assert len(paths) > 5
    assert [path for path in paths if not exists(path)] == []


@pytest.mark.parametrize("page", PAGES)
def test_every_name_exists(page: str) -> None:
    source = "\n".join(
        path.read_text(encoding="utf-8") for path in (*PACKAGE.rglob("*.py"), *ROOT.glob("tests/**/*.py"))
    )
    names = {span.removesuffix("()") for span in spans(page) if re.fullmatch(r"_?[A-Za-z]\w*[A-Z_]\w*(?:\(\))?", span)}
    assert names
    for name in (name for name in names - ELSEWHERE if not exists(name)):
        assert re.search(rf"(?m)^\s*(?:class|def|async def) {name}\b|^{name}\b.*=|[\"']{name}[\"']", source), name


def test_the_packages_are_those_of_the_contract_in_its_order() -> None:
    text = (ROOT / "ARCHITECTURE.md").read_text(encoding="utf-8")
    rows = re.findall(r"(?m)^\| `(\w+)(?:/|\.py)` \|", text.split("\n## Packages\n")[1].split("\n## ")[0])
    contracts = PROJECT["tool"]["importlinter"]["contracts"]
    assert rows == next(contract["layers"] for contract in contracts if contract["type"] == "layers")


def test_the_packages_without_a_screen_library_are_those_of_the_contract() -> None:
    contracts = PROJECT["tool"]["importlinter"]["contracts"]
    layers = next(contract["layers"] for contract in contracts if contract["type"] == "layers")
    pure = next(contract for contract in contracts if "textual" in contract.get("forbidden_modules", ()))
    below_theme = {f"astro_tui.{name}" for name in layers[layers.index("theme") + 1 :]}
    assert set(pure["source_modules"]) == below_theme
