"""Which module imports what: fast startup and the layers depend on it."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

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
    done = subprocess.run([sys.executable, "-c", script], check=False, capture_output=True, text=True, timeout=30)
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


FIRST_FRAME = "\n".join(
    f"import astro_tui.{name}"
    for name in ("cli.main", "app.launch", "app.app", "app.driver", "screens.picker.screen", "session.startup_request")
)
MOST_MODULES = 92
"""Own modules before the first frame. Each takes a fifth of a millisecond, so import what you can later instead."""


def test_nothing_heavy_is_loaded_before_the_first_frame() -> None:
    loaded = loaded_by(FIRST_FRAME)
    assert "textual" in loaded
    late = {
        *("clipboard", "demo", "difference", "document", "markdown", "platform.models", "text.redaction"),
        *("presentation.revisions", "screens.base.comparing", "screens.base.copy_actions", "session.spec_store"),
    }
    assert not loaded & {"httpx", "json", "pydantic", "yaml", *(f"astro_tui.{name}" for name in late)}
    assert len([name for name in loaded if name.startswith("astro_tui.")]) <= MOST_MODULES


def test_nothing_heavy_runs_before_the_first_frame() -> None:
    """Not only imports count: a valid address was once masked before it was used."""
    loaded = loaded_by("""
import sys
import astro_tui.app.launch as launch
from astro_tui.state.settings import Settings
launch.run = lambda session: 0
launch.start(Settings(server="http://127.0.0.1:9", token="token", account="acme"))
""")
    assert "asyncio" in loaded
    late = {"ssl", "hashlib", "httpx", "pydantic", "astro_tui.text.redaction", "astro_tui.platform.client.transport"}
    assert not loaded & late


def test_tls_works_although_the_event_loop_has_none() -> None:
    loaded_by("""
from astro_tui.runtime.left_out import import_asyncio_without_tls
import_asyncio_without_tls()
import asyncio.sslproto, sys
assert asyncio.sslproto.ssl is None
assert "ssl" not in sys.modules
from astro_tui.platform.client.wire import secure_context
assert secure_context().get_ca_certs() is not None
""")


def test_the_request_at_startup_loads_neither_typing_extensions_nor_anyio() -> None:
    loaded = loaded_by("""
from astro_tui.runtime.left_out import import_msgspec_alone
import_msgspec_alone()
from astro_tui.platform.client import Platform
from astro_tui.state.settings import Settings
Platform(Settings(server="https://x.example").server, "token").prepare()
import msgspec, sys
assert msgspec.json.decode(b'{"frozen": 1}', type=dict[str, int]) == {"frozen": 1}
import typing_extensions
del sys.modules["typing_extensions"]
""")
    assert {"httpx", "httpcore", "msgspec"} <= loaded
    assert not loaded & {"typing_extensions", "anyio"}


def test_textual_loads_no_command_palette() -> None:
    loaded_by(f"""
import sys
from astro_tui.runtime.left_out import leave_out_command_palette
leave_out_command_palette()
{FIRST_FRAME}
assert "textual.app" in sys.modules
palette = {{"textual.fuzzy", "textual.widgets._input", "textual.widgets._option_list"}}
assert not palette & set(sys.modules), palette & set(sys.modules)
""")


def test_no_dataclass_is_made_before_the_first_frame() -> None:
    """Making one takes ten times as long as making a struct: it compiles source text."""
    loaded = loaded_by(FIRST_FRAME)
    names = {path: ".".join(path.relative_to(PACKAGE.parent).with_suffix("").parts) for path in MODULES}
    users = [name for path, name in names.items() if name in loaded and "@dataclass" in path.read_text()]
    assert users == []


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


# ---- public API


PACKAGES = sorted(path.parent for path in MODULES if path.name == "__init__.py")


def package_of(folder: Path) -> str:
    """Return the dotted name of the package in a folder."""
    return ".".join(folder.relative_to(PACKAGE.parent).parts)


def offered_by(package: str) -> set[str]:
    """Return the names in the `__all__` of a package."""
    tree = ast.parse((PACKAGE.parent / package.replace(".", "/") / "__init__.py").read_text(encoding="utf-8"))
    lists = [node.value for node in tree.body if isinstance(node, ast.Assign) and isinstance(node.value, ast.List)]
    return {element.value for given in lists for element in given.elts if isinstance(element, ast.Constant)}


@pytest.mark.parametrize("folder", PACKAGES, ids=lambda folder: folder.relative_to(PACKAGE.parent).as_posix())
def test_every_package_describes_what_it_offers(folder: Path) -> None:
    tree = ast.parse((folder / "__init__.py").read_text(encoding="utf-8"))
    assert len((ast.get_docstring(tree) or "").split()) > 5
    names = {node.id for node in ast.walk(tree) if isinstance(node, ast.Name)}
    names |= {node.name for node in tree.body if isinstance(node, ast.FunctionDef)}
    names |= {
        alias.asname or alias.name
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom)
        for alias in node.names
    }
    modules = {path.stem for path in folder.iterdir() if path.suffix == ".py" or path.is_dir()}
    assert offered_by(package_of(folder)) - names - modules == set()


def imported_parts(path: Path) -> Iterator[list[str]]:
    """Yield the dotted names that a module imports from the program, split: packages, module, and what is in it."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith(PACKAGE.name):
            yield from ([*str(node.module).split("."), alias.name] for alias in node.names)


def test_other_packages_import_only_what_a_package_offers() -> None:
    offered = {package: offered_by(package) for package in map(package_of, PACKAGES)}
    inside = [
        f"{path.relative_to(PACKAGE)} imports {'.'.join(parts)}, which {package} does not offer"
        for path in MODULES
        for parts in imported_parts(path)
        for depth in range(1, len(parts))
        if (package := ".".join(parts[:depth])) in offered
        if not f"{package_of(path.parent)}.".startswith(f"{package}.")
        and not {parts[depth], parts[-1]} & offered[package]
    ]
    assert inside == []


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
