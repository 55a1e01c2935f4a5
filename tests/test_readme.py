"""What the README says about flags, keys, commands, and pages is true, and what CONTRIBUTING says about CI."""

from __future__ import annotations

import json
import re
import sys
from pathlib import Path

import pytest

from astro_tui.cli.arguments import parser
from astro_tui.cli.main import COMMANDS, command_named
from astro_tui.demo import __main__ as demo
from astro_tui.demo.faults import NAMED
from astro_tui.demo.server import TOKEN
from astro_tui.platform import PRODUCTION
from astro_tui.state.settings import ENVIRONMENT, FILE_KEYS, THEMES
from astro_tui.theme.sizes import SMALLEST

ROOT = next(folder for folder in Path(__file__).resolve().parents if (folder / "pyproject.toml").is_file())
sys.path.append(str(ROOT / "scripts"))

import docs_keys  # noqa: E402  found on the path above


def page(name: str) -> str:
    return (ROOT / name).read_text(encoding="utf-8")


README = page("README.md")
SPANS = re.findall(r"`([^`\n]+)`", README)


def section(text: str, title: str, level: str = "##") -> str:
    return text.split(f"\n{level} {title}\n", 1)[1].split(f"\n{level} ", 1)[0]


def options_of(command: str) -> set[str]:
    known = command_named(command).parser()
    return {option for action in known._actions for option in action.option_strings}


def commands_in_readme() -> list[list[str]]:
    """Return the words of each command line of the README that begins with a command of astro-tui."""
    lines = re.findall(r"(?:`|^    |\| )astro-tui ([a-z][^`#|>\n]*)", README, re.MULTILINE)
    return [line.split() for line in lines]


# ---- settings


def test_every_flag_variable_file_key_and_theme_is_on_the_settings_page() -> None:
    settings = page("docs/settings.md")
    table = "\n".join(line for line in settings.splitlines() if line.startswith("|"))
    flags = {option for action in parser()._actions for option in action.option_strings if option.startswith("--")}
    # --all is a value of --account.
    assert flags - {"--help", "--version", "--all"} == set(re.findall(r"`(--[a-z-]+)", table))
    assert set(ENVIRONMENT) <= set(re.findall(r"`([A-Z_]+)`", settings))
    for key in FILE_KEYS:
        assert f"| `{key}` |" in settings
    for theme in THEMES:
        assert f"`{theme}`" in settings
    assert PRODUCTION in settings


def test_every_variable_and_flag_in_the_readme_exists() -> None:
    assert set(re.findall(r"ASTRO_[A-Z_]+", README)) <= set(ENVIRONMENT)
    for span in SPANS:
        if span.startswith("--"):
            flags = {option for action in parser()._actions for option in action.option_strings}
            assert span in flags or any(span in options_of(name) for name in COMMANDS), span


# ---- keys


def test_every_key_in_the_readme_is_bound() -> None:
    keys = set(re.findall(r"`(\S+)`", docs_keys.keys_page()))
    named = {span for span in SPANS if len(span) == 1 or span in ("enter", "esc", "space", "tab")}
    assert len(named) > 10
    assert named <= keys


# ---- commands


def test_every_command_has_a_section_and_its_exit_codes() -> None:
    commands = page("docs/commands.md")
    assert re.findall(r"(?m)^## astro-tui (\w+)$", commands) == list(COMMANDS)
    for name in COMMANDS:
        assert "**Exit code:**" in section(commands, f"astro-tui {name}")


def test_every_command_in_the_readme_exists() -> None:
    commands = commands_in_readme()
    assert len(commands) > 6
    for name, *arguments in commands:
        assert name in COMMANDS
        assert {argument for argument in arguments if argument.startswith("--")} <= options_of(name)


def test_the_demo_commands_in_the_readme_work() -> None:
    ((python, options),) = re.findall(r"(?m)^    (\S+) -m astro_tui\.demo ([^#\n]*)", README)
    assert python == ".venv/bin/python"
    assert "\nVENV ?= .venv\n" in page("Makefile")
    demo._parser().parse_args(options.split())
    assert f"ASTRO_ACCESS_TOKEN={TOKEN} " in README
    (body,) = re.findall(r"curl .*/demo/faults -d '(.+)'", README)
    assert json.loads(body)["fault"] in NAMED


# ---- places


@pytest.mark.parametrize("name", ["README.md", "CONTRIBUTING.md"])
def test_make_targets_exist(name: str) -> None:
    targets = set(re.findall(r"^([a-z]+):", page("Makefile"), re.MULTILINE))
    named = set(re.findall(r"(?:`|^    )make ([a-z]+)", page(name), re.MULTILINE))
    assert named
    assert named <= targets


PAGES = ["README", "ARCHITECTURE", "CONTRIBUTING", "SECURITY", "CHANGELOG", "docs/keys", "docs/platform"]


@pytest.mark.parametrize("name", [f"{name}.md" for name in PAGES])
def test_every_link_leads_somewhere(name: str) -> None:
    text = page(name)
    for link in re.findall(r"\]\(([^)\s]+)\)", text):
        if link.startswith("#"):
            headings = re.findall(r"(?m)^#+ (.+)$", text)
            assert link[1:] in {docs_keys.anchor(heading) for heading in headings}, link
        elif not link.startswith("https://"):
            assert ((ROOT / name).parent / link).is_file(), link


def test_every_page_of_the_docs_is_linked() -> None:
    pages = {f"docs/{path.name}" for path in (ROOT / "docs").glob("*.md")}
    assert pages <= set(re.findall(r"\]\(([^)\s]+)\)", README))


def test_the_smallest_terminal_is_that_of_the_screens() -> None:
    assert f"in any terminal of at least {SMALLEST[0]}x{SMALLEST[1]}." in README


def test_ci_runs_what_contributing_says() -> None:
    named = re.search(r"CI runs `\.ci/run`: `(make \w+)`, `(make \w+)`, and `(make \w+)`", page("CONTRIBUTING.md"))
    assert named
    assert re.findall(r'^step ".+" (make \w+)$', page(".ci/run"), re.MULTILINE) == list(named.groups())
