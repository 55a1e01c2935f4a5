"""What the README says of flags, variables, keys and pictures is so."""

from __future__ import annotations

import re
from importlib import import_module
from pathlib import Path

from textual.binding import Binding

from astro_tui.app.app import AstroApp
from astro_tui.cli.arguments import parser
from astro_tui.cli.main import COMMANDS
from astro_tui.screens.blueprint.screen import BlueprintScreen
from astro_tui.screens.catalog.screen import CatalogueScreen
from astro_tui.screens.deployment.history import HistoryScreen
from astro_tui.screens.deployment.screen import DetailScreen
from astro_tui.screens.diff.screen import DiffScreen
from astro_tui.screens.help import key_name
from astro_tui.screens.picker.screen import PickerScreen
from astro_tui.state.settings import _ENVIRONMENT, _FILE_KEYS, PRODUCTION, THEMES
from astro_tui.theme.look import Look
from astro_tui.widgets.diff.view import DiffView
from astro_tui.widgets.document.spec_side import SpecSide
from astro_tui.widgets.document.spec_tree import SpecTree
from astro_tui.widgets.lists.agent_table import AgentTable
from astro_tui.widgets.lists.catalog_table import CatalogueTable
from astro_tui.widgets.lists.history_table import HistoryTable

ROOT = Path(__file__).resolve().parent.parent
README = (ROOT / "README.md").read_text(encoding="utf-8")


def section(title: str) -> str:
    return README.split(f"\n## {title}\n", 1)[1].split("\n## ", 1)[0]


def first_column(text: str) -> set[str]:
    rows = [line.split("|")[1] for line in text.splitlines() if line.startswith("| `")]
    return {key for row in rows for key in re.findall(r"`([^`]+)`", row)}


def bound(*owners: type) -> set[str]:
    look = Look()
    names: set[str] = set()
    for owner in owners:
        for base in owner.__mro__:
            for binding in vars(base).get("BINDINGS", ()):
                keys = binding.key if isinstance(binding, Binding) else binding[0]
                names |= {key_name(key.strip(), look) for key in keys.split(",")}
    return names


def test_every_flag_variable_and_file_key_is_told() -> None:
    settings = section("Settings")
    flags = {option for action in parser()._actions for option in action.option_strings if option.startswith("--")}
    told = set(re.findall(r"(--[a-z-]+)", README))
    assert flags - {"--version"} <= told
    assert set(re.findall(r"`(--[a-z-]+)", settings)) <= flags
    assert set(_ENVIRONMENT) <= set(re.findall(r"`([A-Z_]+)`", settings))
    for key in _FILE_KEYS:
        assert f"| `{key}` |" in settings
    for theme in THEMES:
        assert f"`{theme}`" in settings
    assert PRODUCTION in settings


def test_every_key_told_is_bound() -> None:
    everywhere = bound(AstroApp)
    assert first_column(section("The picker")) <= bound(PickerScreen, AgentTable) | everywhere
    catalogue = bound(CatalogueScreen, BlueprintScreen, CatalogueTable)
    assert first_column(section("The catalogue")) - {"tag:NAME", "from:ACCOUNT"} <= catalogue | everywhere
    changes = bound(DetailScreen, DiffScreen, DiffView, HistoryScreen, HistoryTable)
    assert first_column(section("What changed")) <= changes | everywhere
    assert first_column(section("The deployment")) <= bound(DetailScreen, SpecSide, SpecTree) | everywhere


def test_every_command_told_exists() -> None:
    shell = section("From the shell")
    rows = [line.split("|")[1:-1] for line in shell.splitlines() if line.startswith("| `")]
    assert {row[0].split()[1] for row in rows} == set(COMMANDS)
    for command in re.findall(r"(?:`|\| |^    )astro-tui ([a-z][^`#|>\n]*)", shell, re.MULTILINE):
        name, *arguments = command.split()
        assert name in COMMANDS
        known = import_module(f"astro_tui.cli.commands.{name}").parser()
        options = {option for action in known._actions for option in action.option_strings}
        assert {argument for argument in arguments if argument.startswith("--")} <= options
    for option in re.findall(r"`(--[a-z]+)", shell):
        assert any(option in help_of(name) for name in COMMANDS)
    # The exit codes told are those of the commands' own help.
    for row in rows:
        codes = set(re.findall(r"\b[012]\b", row[2]))
        told = re.search("exit code: (.+)", help_of(row[0].split()[1]))
        assert told is None or not codes or codes == set(re.findall(r"\b[012]\b", told.group(1)))


def help_of(name: str) -> str:
    text: str = import_module(f"astro_tui.cli.commands.{name}").parser().format_help()
    return text


def test_pictures_commands_and_places_exist() -> None:
    for path in re.findall(r"\]\((docs/[^)]+)\)", README):
        assert (ROOT / path).is_file()
    targets = set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE))
    assert set(re.findall(r"(?:`|^    )make ([a-z]+)", README, re.MULTILINE)) <= targets
    for path in re.findall(r"\]\(((?:[A-Z]+|docs/[a-z]+)\.md)\)", section("How it is built")):
        assert (ROOT / path).exists(), path
