"""Which module imports what: fast startup and the layers depend on it."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
import tomllib
from functools import cache
from pathlib import Path

import pytest
from support.deadline import DEADLINE

import astro_tui
from astro_tui.theme.look import STYLES

PACKAGE = Path(astro_tui.__file__).parent
MODULES = sorted(PACKAGE.rglob("*.py"))
ROOT = next(folder for folder in Path(__file__).resolve().parents if (folder / "pyproject.toml").is_file())
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
PURE = {
    module.removeprefix("astro_tui.")
    for contract in PROJECT["tool"]["importlinter"]["contracts"]
    if "textual" in contract.get("forbidden_modules", ())
    for module in contract["source_modules"]
}
"""The packages that must not import a screen library."""


@cache
def loaded_by(code: str) -> set[str]:
    """Return the top-level packages and the modules of astro_tui that a new process has loaded after `code`."""
    script = f"{code}\nimport sys; print('\\n'.join(sys.modules))"
    done = subprocess.run([sys.executable, "-c", script], check=False, capture_output=True, text=True, timeout=DEADLINE)
    assert done.returncode == 0, done.stderr
    names = set(done.stdout.split())
    return {name.split(".")[0] for name in names} | {name for name in names if name.startswith("astro_tui.")}


def test_pure_packages_load_no_screen_library() -> None:
    """One process loads all of them, and names the module that loaded a screen library."""
    paths = [path for path in MODULES if path.relative_to(PACKAGE).with_suffix("").parts[0] in PURE]
    names = [".".join(path.relative_to(PACKAGE.parent).with_suffix("").parts) for path in paths]
    assert {name.split(".")[1] for name in names} == PURE
    loaded_by(f"""
import importlib, sys
for name in {[name for name in names if not name.endswith("__main__")]}:
    importlib.import_module(name)
    assert not {{"textual", "rich"}} & set(sys.modules), name
""")


HEAVY = {"httpx", "pydantic", "yaml", "regex", "astro_tui.demo"}
MASKING = {"json", "astro_tui.text.redaction"}


@pytest.mark.parametrize(
    ("names", "left_out"),
    [
        (("screens.picker.screen", "session.startup_request"), HEAVY | MASKING),
        (("cli.commands.view", "screens.viewer"), HEAVY | {"astro_tui.difference"}),
    ],
    ids=["the list", "a file"],
)
def test_nothing_heavy_is_loaded_before_the_first_frame(names: tuple[str, ...], left_out: set[str]) -> None:
    app = ("cli.main", "app.launch", "app.app", "app.driver", "session.session")
    loaded = loaded_by("\n".join(f"import astro_tui.{name}" for name in (*app, *names)))
    assert "textual" in loaded
    assert not loaded & left_out


def test_nothing_heavy_runs_before_the_first_frame() -> None:
    """Not only imports count: the program sends its first request and reads its settings and memory, too."""
    loaded = loaded_by("""
import os, sys
import astro_tui.app.launch as launch
from astro_tui.state.settings import Settings
launch.run = lambda session: (print("\\n".join(sys.modules), flush=True), os._exit(0))
launch.start(Settings(server="http://127.0.0.1:9", token="token", account="acme"), print)
""")
    assert "astro_tui.session.session" in loaded
    assert not loaded & (HEAVY | MASKING)
    assert "astro_tui.platform.client.transport" not in loaded


def test_the_client_does_not_load_httpx_before_its_first_request() -> None:
    loaded = loaded_by("from astro_tui.platform.client import Platform; Platform('https://x.example', 'token')")
    assert not loaded & {"httpx", "pydantic", "astro_tui.platform.models"}


def test_the_demo_needs_neither_httpx_nor_pydantic() -> None:
    loaded = loaded_by("from astro_tui.demo import DemoServer; DemoServer().start()")
    assert not loaded & {"httpx", "pydantic", "astro_tui.platform.models", "astro_tui.platform.client"}


def imports(path: Path) -> set[str]:
    """Return the top-level packages that a module imports anywhere."""
    found: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name.split(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            found.add(node.module.split(".")[0])
    return found


ENTRIES = {
    *("cli/main", "app/app", "app/launch", "app/navigation", "session/session", "session/startup_request"),
    *("platform/client/decode", "platform/client/platform"),
    *("platform/client/transport", "platform/client/wire", "auth/lazy_tokens", "state/memory", "text/masked"),
    *("document/loading", "document/render"),  # YAML
    *("screens/base/page", "screens/picker/screen"),
    # A completion must take 60 ms at most, and the two commands open a screen only on a terminal.
    *("cli/completing", "cli/streams", "cli/commands/completion", "cli/commands/catalog", "cli/commands/view"),
    "state/agent_names",
}
"""The modules that import inside functions: each loads a whole area of the program when that is needed."""
OPTIONAL = {
    *("keyring", "curses", "fcntl", "msvcrt", "resource", "termios"),  # not on every system
    *("astro_tui.demo", "cryptography", "regex", "tomllib", "yaml"),  # not in every run
    "astro_tui.cli.mcp",  # needs an optional package
    "astro_tui.cli.serving",  # needs an optional package
}
"""What any module may import inside a function."""


def local_imports(path: Path) -> set[str]:
    """Return the modules that a module imports inside functions."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    functions = [node for node in ast.walk(tree) if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef))]
    nodes = [node for function in functions for node in ast.walk(function)]
    names = {alias.name for node in nodes if isinstance(node, ast.Import) for alias in node.names}
    return names | {node.module or "" for node in nodes if isinstance(node, ast.ImportFrom)}


def test_only_entry_modules_import_inside_functions() -> None:
    found = {path.relative_to(PACKAGE).with_suffix("").as_posix(): local_imports(path) for path in MODULES}
    lazy = {module: names for module, names in found.items() if names}
    assert lazy.keys() >= ENTRIES
    for module in lazy.keys() - ENTRIES:
        needless = {name for name in lazy[module] if not any(f"{name}.".startswith(f"{known}.") for known in OPTIONAL)}
        assert not needless, f"import at the top of {module}: {needless}"


@pytest.mark.parametrize(("library", "places"), [("httpx", ["platform/client/"]), ("pydantic", ["platform/models/"])])
def test_only_one_package_imports_the_library(library: str, places: list[str]) -> None:
    named = [path for path in MODULES if library in path.read_text(encoding="utf-8")]
    users = [path.relative_to(PACKAGE).as_posix() for path in named if library in imports(path)]
    assert users
    assert [user for user in users if not user.startswith(tuple(places))] == []
    if library == "httpx":
        assert len(users) == 1


def test_no_module_parses_markup() -> None:
    for path in MODULES:
        text = path.read_text(encoding="utf-8")
        assert "from_markup" not in text, path
        assert "markup=True" not in text, path


# ---- style sheets


@pytest.mark.parametrize("path", sorted(STYLES.glob("*.tcss")), ids=lambda path: path.name)
def test_style_sheets_use_only_colors_of_the_theme(path: Path) -> None:
    text = re.sub(r"/\*.*?\*/", "", path.read_text(encoding="utf-8"), flags=re.DOTALL)
    for name, value in re.findall(r"([a-z-]+)\s*:\s*([^;{}]+);", text):
        if "color" in name or name in ("background", "tint", "border", "outline"):
            assert value.startswith("$") or value.split()[0] in ("none", "transparent", "auto"), (name, value)
    assert not re.search(r"#[0-9a-fA-F]{3,8}\s*;|\brgba?\(|\bhsl", text)


def test_every_style_sheet_is_used() -> None:
    source = "\n".join(path.read_text(encoding="utf-8") for path in MODULES)
    assert [path.name for path in STYLES.glob("*.tcss") if f'"{path.stem}"' not in source] == []
    assert not list(PACKAGE.glob("**/*.tcss"))


# ---- the tests


def imported_modules(path: Path) -> set[str]:
    """Return the full names of the modules that a module may import."""
    found: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            found |= {node.module} | {f"{node.module}.{alias.name}" for alias in node.names}
    return found


def test_no_test_is_imported() -> None:
    """What tests share belongs in `tests/support`."""
    tests = Path(__file__).parent
    modules = {".".join(path.relative_to(tests).with_suffix("").parts): path for path in tests.rglob("*.py")}
    private = {name for name in modules if name.split(".")[-1].startswith("test_") or name == "conftest"}
    assert "screens.picker.test_picker" in private
    names = {name.split(".")[-1] for name in private}
    words = re.compile(r"\b(?:test_\w+|conftest)\b")
    users = [path for path in modules.values() if names & set(words.findall(path.read_text(encoding="utf-8")))]
    assert Path(__file__) in users
    assert {path: imported_modules(path) & private for path in users if imported_modules(path) & private} == {}
