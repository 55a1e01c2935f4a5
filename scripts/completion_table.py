"""The text of astro_tui/cli/completions.txt: what can be completed, without importing any command's parser."""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from pathlib import Path
from textwrap import shorten

from astro_tui.cli.arguments import parser as app_parser
from astro_tui.cli.main import COMMANDS, command_named
from astro_tui.state.settings import THEMES

PATH = Path(__file__).resolve().parent.parent / "astro_tui" / "cli" / "completions.txt"


def completion_table() -> str:
    """Return the file."""
    lines = list(lines_of("-", app_parser()))
    for name in COMMANDS:
        known = command_named(name).parser()
        lines += [f"{name}  -  -  {words(known.description or '')}", *lines_of(name, known)]
    return "\n".join([*lines, ""])


def lines_of(command: str, known: argparse.ArgumentParser) -> Iterator[str]:
    """Yield a line for each argument and option of a parser."""
    for action in known._actions:  # noqa: SLF001  argparse has no public list
        choices = "|".join(THEMES if action.dest == "theme" else map(str, action.choices or ()))
        value = "-" if action.nargs == 0 else choices or str(action.metavar or action.dest.upper())
        meaning = (action.help or "") % vars(action)
        for option in action.option_strings or ["."]:
            yield f"{command}  {option}  {value.replace(' ', '_')}  {words(meaning)}"


def words(text: str) -> str:
    """Return a short form of a description."""
    return shorten(text, 60, placeholder="…")
