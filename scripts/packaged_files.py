"""Write the files beside the program that a wheel installs: its man page and its completions."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator
from pathlib import Path

from astro_tui import __version__
from astro_tui.cli.arguments import parser as app_parser
from astro_tui.cli.commands.completion import SCRIPTS
from astro_tui.cli.main import COMMANDS, command_named
from docs import actions, blocks, name_of, usage, words_of

SHARE = Path(__file__).resolve().parent.parent / "packaging" / "share"
"""Installed below the prefix as `share`."""
COMPLETIONS = {
    "bash": "bash-completion/completions/astro-tui",
    "zsh": "zsh/site-functions/_astro-tui",
    "fish": "fish/vendor_completions.d/astro-tui.fish",
    "powershell": "astro-tui/astro-tui.ps1",
}
"""Shell → where it looks for completions. PowerShell has no such folder: docs/install.md says how to load the file."""


def man_page() -> str:
    """Return the man page, with the words of `--help`."""
    app = app_parser()
    lines = [
        f'.TH ASTRO-TUI 1 "" "astro-tui {__version__}" "User Commands"',
        ".SH NAME",
        "astro-tui \\- terminal dashboard for Astropods",
        ".SH SYNOPSIS",
        f".B {roff(usage(app))}",
        ".SH DESCRIPTION",
        roff(str(app.description)),
        *options(app),
        ".SH TARGETS",
        *(line for heading, block in blocks(app) if heading == "targets" for line in as_written(block)),
        ".SH COMMANDS",
    ]
    for name in COMMANDS:
        known = command_named(name).parser()
        lines += [f'.SS "astro-tui {name}"', roff(str(known.description)), ".PP", f".B {roff(usage(known))}"]
        lines += options(known)
        for heading, block in blocks(known):
            lines += [".PP", *([f".I {roff(heading.capitalize())}", ".br"] if heading else []), *as_written(block)]
    return "\n".join(lines) + "\n"


def options(known: argparse.ArgumentParser) -> Iterator[str]:
    """Yield the arguments and options of a parser."""
    for action in actions(known):
        yield from (".TP", f".B {roff(name_of(action).replace('`', ''))}", roff(words_of(action)))


def as_written(lines: list[str]) -> list[str]:
    """Return lines that keep their breaks."""
    return [".nf", *(roff(line.strip()) for line in lines), ".fi"]


def roff(text: str) -> str:
    """Return text as roff, which interprets a dot or an apostrophe at the start of a line."""
    escaped = text.replace("\\", "\\e").replace("-", "\\-")
    return f"\\&{escaped}" if escaped.startswith((".", "'")) else escaped


def packaged_files() -> dict[Path, str]:
    """Return the text of each file by its path."""
    files = {SHARE / path: SCRIPTS[shell].strip() + "\n" for shell, path in COMPLETIONS.items()}
    return {SHARE / "man" / "man1" / "astro-tui.1": man_page(), **files}


def main() -> None:
    """Write all files."""
    for path, text in packaged_files().items():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
        sys.stdout.write(f"{path.relative_to(SHARE.parent.parent)}\n")


if __name__ == "__main__":
    main()
