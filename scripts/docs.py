"""Write the files that repeat facts from the code: three pages in docs/, and the tables of keys and completions.

The text depends only on the code: not on the machine, the terminal, the locale, or the version of Python.
"""

from __future__ import annotations

import argparse
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from completion_table import PATH as COMPLETION_TABLE
from completion_table import completion_table
from docs_keys import keys_page
from key_table import PATH as KEY_TABLE
from key_table import key_table

from astro_tui.cli.arguments import parser as app_parser
from astro_tui.cli.main import COMMANDS, command_named
from astro_tui.cli.setting_words import meanings
from astro_tui.state.settings import COLUMNS, ENVIRONMENT, FILE_KEYS, REFRESH_RANGE, THEMES, Settings

FOLDER = Path(__file__).resolve().parent.parent / "docs"
NOTE = "<!-- Written by scripts/docs.py. Change the code, then run: make docs -->\n"

# ---- commands

OWN_WORDS = {"help": "print this help", "version": "print the version"}
"""Option → its meaning, where argparse would use words of its own in the user's language."""

COMMANDS_INTRO = """\
# Commands

The same text as `astro-tui --help` and `astro-tui COMMAND --help`. Results go to standard output; everything about the
run goes to standard error. A wrong flag, address, or file prints one line there and exits with code 2.
"""


def commands_page() -> str:
    """Return docs/commands.md without the note about its origin."""
    app = app_parser()
    lines = [COMMANDS_INTRO, "## astro-tui", "", str(app.description), "", f"    {usage(app)}", ""]
    for heading, block in blocks(app):
        if heading == "targets":
            lines += [*code(block), ""]
    lines += options(app)
    for name in COMMANDS:
        known = command_named(name).parser()
        lines += [f"## astro-tui {name}", "", str(known.description), "", f"    {usage(known)}", ""]
        lines += [*options(known), *details(known)]
    return "\n".join(lines).rstrip() + "\n"


def usage(known: argparse.ArgumentParser) -> str:
    """Return the usage of a parser, independent of the terminal's width."""
    if known.usage:
        return known.usage
    arguments = [f"[{action.metavar}]" for action in actions(known) if not action.option_strings]
    return " ".join([known.prog, "[options]", *arguments])


def actions(known: argparse.ArgumentParser) -> list[argparse.Action]:
    """Return the arguments and options of a parser."""
    return known._actions  # noqa: SLF001  argparse has no public list


def options(known: argparse.ArgumentParser) -> list[str]:
    """Return a table of a parser's arguments and options."""
    rows = [row(name_of(action), words_of(action)) for action in actions(known)]
    return ["| Argument | Meaning |", "|---|---|", *rows, ""]


def row(*cells: str) -> str:
    """Return one row of a table."""
    return "|" + "|".join(f" {cell.replace('|', chr(92) + '|')} ".replace("  ", " ") for cell in cells) + "|"


def words_of(action: argparse.Action) -> str:
    """Return the meaning of one option."""
    return OWN_WORDS.get(action.dest) or (action.help or "") % vars(action)


def name_of(action: argparse.Action) -> str:
    """Return how to write one option or argument."""
    value = action.metavar or ("|".join(map(str, action.choices)) if action.choices else action.dest.upper())
    if not action.option_strings:
        return f"`{value}`"
    takes = "" if action.nargs == 0 else f" {value}"
    return ", ".join(f"`{option}{takes}`" for option in action.option_strings)


def blocks(known: argparse.ArgumentParser) -> Iterator[tuple[str, list[str]]]:
    """Yield the blocks of the text below the options: a heading (lower case, may be empty), and its lines."""
    for block in (known.epilog or "").strip().split("\n\n"):
        first, *rest = block.splitlines()
        if first.endswith(":") and rest:
            yield first.removesuffix(":").lower(), rest
        else:
            yield "", [first, *rest]


def details(known: argparse.ArgumentParser) -> Iterator[str]:
    """Yield the text below the options as Markdown: examples as code, everything else as paragraphs."""
    for heading, lines in blocks(known):
        if heading:
            yield from (f"{heading.capitalize()}:", "", *code(lines), "")
        else:
            yield from (re.sub(r"^[Ee]xit codes?:", "**Exit code:**", plain(line)) for line in lines)
            yield ""


def code(lines: list[str]) -> list[str]:
    """Return lines as a block of code."""
    return [f"    {line.strip()}" for line in lines]


def plain(line: str) -> str:
    """Return a line of text, escaped for Markdown."""
    return re.sub(r"([*_<>^~\[\]`\\])", r"\\\1", line)


# ---- settings

SETTINGS_INTRO = """\
# Settings

A flag overrides the environment, the environment overrides the configuration file, and the file overrides the default.
The file is `config.toml` in the `astro-tui` folder of your system's configuration directory: `astro-tui --help` prints
its path, `astro-tui config` prints where each value comes from, `astro-tui config check` checks the file, and
`astro-tui config edit` opens it in your editor.
"""

SETTINGS_END = """
`refresh` is a number from {low:g} to {high:g}. `ascii` is on if the locale has no Unicode. Without `account`, the
active account of the platform's CLI (`ast`) opens if its login is used, else your first one.

`theme` is one of {themes}; `terminal` uses your terminal's own
colors, and a terminal with 16 colors or fewer always starts with it. `:theme` in the program lists the themes and shows
each as you move to it: `enter` keeps it for the account on screen, also for later runs, and `esc` returns to the one
before. A kept theme overrides the file, `--theme` overrides both, and `--fresh` ignores kept themes.

`columns` is a list of some of {columns}, with `agent` among them.
`requests`, `tokens`, and `cost` are of the last 30 days, and are requested every ten minutes only if you choose one.
If there is not enough room, the last ones are left out.

`[notify]` has a `method`, or a `command` as a list, such as `command = ["notify-send", "astro-tui"]`. No shell runs the
command. It gets the change as JSON on standard input and in variables such as `ASTRO_TUI_EVENT_SENTENCE`, its output is
discarded, and it is ended after ten seconds. In tmux, `osc9` and `osc777` need `allow-passthrough all`.

`[find]` names searches, such as `images = "--differs .agent.image"`: `:find images` and `astro-tui find images` run it.

`keys` is a table of your own keys by the IDs in [keys.md](keys.md): a character (`f`, `/`), a named key (`enter`, `F5`,
`PgDn`), or one with `ctrl+`, `alt+`, or `shift+`. Separate several keys with spaces; the default keys of the action
then do nothing. A key that two actions of a screen would share is refused. The first key of a pair such as `za`, and
the letters of menus, cannot be changed.

The token has no flag, so that no list of processes shows it, and no key in the file. Set `NO_COLOR` to anything to turn
colors off.

```toml
# config.toml
server = "https://astropods.example"
account = "acme"
refresh = 30
theme = "light"
protected = ["acme-production"]
columns = ["status", "agent", "why", "age"]

[keys]
"picker.filter" = "f"
"deployment.back" = "backspace q"
```
"""


def settings_page() -> str:
    """Return docs/settings.md without the note about its origin."""
    found = actions(app_parser())
    flags = {action.dest: action for action in found if action.option_strings and hasattr(Settings(), action.dest)}
    variables = {key: name for name, key in ENVIRONMENT.items()}
    meaning_of = meanings()
    rows = []
    for key in dict.fromkeys([*FILE_KEYS, *variables, *flags]):
        flag = name_of(flags[key]) if key in flags else ""
        variable = variables.get(key, "")
        in_file = f"`{key}`" if key in FILE_KEYS else ""
        rows.append(row(flag, f"`{variable}`" if variable else "", in_file, default_of(key), meaning_of[key]))
    head = ["| Flag | Environment | File | Default | Meaning |", "|---|---|---|---|---|"]
    low, high = REFRESH_RANGE
    end = SETTINGS_END.format(
        low=low,
        high=high,
        columns=", ".join(f"`{name}`" for name in COLUMNS),
        themes=", ".join(f"`{name}`" for name in THEMES),
    )
    return "\n".join([SETTINGS_INTRO, *head, *rows, end])


def default_of(key: str) -> str:
    """Return the default of a setting in words."""
    value: Any = getattr(Settings(), key)
    if isinstance(value, dict):
        return ""
    if isinstance(value, bool):
        return "on" if value else "off"
    return f"`{value:g}`" if isinstance(value, float) else f"`{value}`" if value else ""


PAGES = {"keys.md": keys_page, "commands.md": commands_page, "settings.md": settings_page}
"""Name in docs/ → what returns its text."""


def pages() -> dict[str, str]:
    """Return the text of each page by its name in docs/."""
    return {name: NOTE + "\n" + text() for name, text in PAGES.items()}


def main() -> None:
    """Write all pages."""
    for name, text in pages().items():
        (FOLDER / name).write_text(text, encoding="utf-8")
        sys.stdout.write(f"docs/{name}\n")
    for path, text in ((KEY_TABLE, key_table()), (COMPLETION_TABLE, completion_table())):
        path.write_text(text, encoding="utf-8")
        sys.stdout.write(f"{path.relative_to(FOLDER.parent)}\n")


if __name__ == "__main__":
    main()
