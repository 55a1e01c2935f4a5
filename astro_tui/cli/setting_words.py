"""What each setting means, in the words of the app's help, and an example of a configuration file."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator

from astro_tui.cli.arguments import parser
from astro_tui.state.settings import ENVIRONMENT, FILE_KEYS, Settings, account_key
from astro_tui.text.redaction import masked_line
from astro_tui.text.times import joined

_ONLY_IN_FILE = {
    "read_only": "nothing can be changed from this machine, not even with --write",
    "protected": "accounts where you type the agent's name to confirm each action",
    "columns": "columns of the agent list, in your order (default: as many as fit)",
    "notify": "how to tell you that an agent broke or recovered: off, bell, osc9, osc777, or a command of yours",
    "find": "searches with a name: astro-tui find images",
    "keys": "your own key bindings, by the IDs in docs/keys.md; separate several keys with spaces",
}
"""Key of a setting that has neither a flag nor a variable → its meaning."""
_EXAMPLES = {
    "keys": '"picker.filter" = "f"',
    "notify": 'command = ["notify-send", "astro-tui"]',
    "find": 'images = "--differs .agent.image"',
}
_HEAD = """\
# The settings of astro-tui. Remove the "# " before a setting to change it.
# Flags and environment variables override this file. To check it: astro-tui config check
"""


def meanings() -> dict[str, str]:
    """Return the meaning of each setting by its key."""
    reader = parser()
    described = {
        action.dest: (action.help or "") % vars(action)
        for action in reader._actions  # noqa: SLF001  argparse has no public list
        if action.dest in Settings.__struct_fields__
    }
    lines = (reader.epilog or "").partition("\nenvironment:\n")[2].partition("\n\n")[0].splitlines()
    variables = dict(line.split(maxsplit=1) for line in lines)
    by_variable = {key: variables[name] for name, key in ENVIRONMENT.items()}
    return by_variable | _ONLY_IN_FILE | described


def about_protected(settings: Settings, accounts: Iterable[str]) -> str:
    """Return a sentence about protected names that match none of the login's accounts, or an empty string."""
    wrong = [name for name in settings.protected if name not in set(map(account_key, accounts))]
    names = joined([f'"{masked_line(name, 60)}"' for name in wrong])
    return f"This login has no account named {names}, so that name protects nothing." if wrong else ""


def example_file() -> str:
    """Return a configuration file that sets nothing: every key with its meaning and its default, commented out."""
    return "\n".join([_HEAD, *_example_lines()])


def _example_lines() -> Iterator[str]:
    meaning_of, defaults = meanings(), Settings()
    for key in FILE_KEYS:
        value = getattr(defaults, key)
        if isinstance(value, dict):
            # A table comes last: what follows its name belongs to it.
            yield f"# {meaning_of[key]}\n# [{key}]\n# {_EXAMPLES[key]}\n"
            continue
        # JSON strings, booleans, and lists are also valid TOML.
        yield f"# {meaning_of[key]}\n# {key} = {f'{value:g}' if isinstance(value, float) else json.dumps(value)}\n"
