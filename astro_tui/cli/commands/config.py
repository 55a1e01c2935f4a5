"""Print, check, or edit the settings.

examples:
  astro-tui config                every setting, its value, and where it comes from
  astro-tui config --json | jq -r '.[] | select(.source != "default") | .name'
  astro-tui config check          check the file and the environment, one line per problem
  astro-tui config edit           open the file in $VISUAL or $EDITOR, then check it

Flags override the environment, which overrides the file, which overrides the defaults. The token is never printed.
If accounts are protected, config check also requests your accounts, and notes protected names that do not exist.
If there is no file, config edit creates one that only you can read, with every setting commented out.

exit code: 0 success, or valid; 1 problems (check, edit); 2 error.
To open an account named config: astro-tui --account config
"""

from __future__ import annotations

import json
import os
import shlex
import subprocess
from collections.abc import Iterator, Sequence
from contextlib import suppress
from pathlib import Path

from astro_tui.cli.connection import connected
from astro_tui.cli.output import Columns, Output, note
from astro_tui.cli.parsing import Parser, add_ascii
from astro_tui.cli.setting_words import about_protected, example_file
from astro_tui.diagnosis import user_tables
from astro_tui.errors import ConfigError, PlatformError
from astro_tui.session.fact_store import rows_path
from astro_tui.state.configuration import Gathered, gather
from astro_tui.state.files import home_short, write_new
from astro_tui.state.settings import Settings, remove_token, shown_value
from astro_tui.text.foreign import visible
from astro_tui.text.redaction import redact_text, without
from astro_tui.text.times import counted

VALID, PROBLEMS = 0, 1
_LONGEST = 200
_NOT_SETTINGS = ("agent", "address")
"""What to open, as named on the command line."""


def parser() -> Parser:
    """Return the parser of the command's arguments."""
    result = Parser("config", "[show|check|edit] [options]", __doc__)
    what = "show the settings (the default), check them, or edit the file"
    result.add_argument("what", nargs="?", choices=("show", "check", "edit"), default="show", help=what)
    result.flag("--json", help="print a JSON list of objects")
    add_ascii(result)
    return result


def run(arguments: Sequence[str]) -> int:
    """Run the command and return its exit code. Raises ConfigError."""
    reader = parser()
    options = vars(reader.parse_args(arguments))
    what, as_json = options.pop("what"), options.pop("json")
    if as_json and what != "show":
        reader.error(f"--json does not work with astro-tui config {what}")
    gathered = gather(options, os.environ)
    remove_token(os.environ)
    output = Output(ascii_alone=gathered.settings.ascii)
    if what == "edit":
        _edit(gathered.path)
        token = {"ASTRO_ACCESS_TOKEN": gathered.settings.token}
        gathered = gather(options, {**os.environ, **token}, gathered.path)
    if what != "show":
        return _check(gathered, output)
    for problem in _problems(gathered):
        note(problem, ascii_alone=output.ascii)
    if as_json:
        rows = ({"name": name, "value": value, "source": source} for name, value, source in _rows(gathered))
        output.json(json.dumps(list(rows), ensure_ascii=False, indent=1))
    else:
        output.lines(_table(gathered))
    return VALID


def _check(gathered: Gathered, output: Output) -> int:
    """Print each problem, or say that the configuration is fine."""
    problems = list(_problems(gathered))
    place = _safe(home_short(gathered.path), gathered)
    fine = f"{place} is valid." if gathered.path.exists() else f"No problems; {place} does not exist."
    output.lines(problems or [fine])
    if not problems and gathered.settings.protected and (protected := _about_protected(gathered.settings)):
        note(f"protected: {protected}", ascii_alone=output.ascii)
    return PROBLEMS if problems else VALID


def _about_protected(settings: Settings) -> str:
    """Return what is wrong with the protected names, as far as the platform says, or an empty string."""
    with connected(settings) as connection:
        if not connection.platform.signed_in:
            return ""
        try:
            accounts = connection.platform.me(call=connection.call()).accounts
        except PlatformError as error:
            return f"Not compared with your accounts: {error}"
    return about_protected(settings, [account.name for account in accounts])


def _problems(gathered: Gathered) -> Iterator[str]:
    rows = user_tables(rows_path())[1]
    return (_safe(message, gathered) for message in (*gathered.messages, *([rows] if rows else [])))


def _safe(text: str, gathered: Gathered) -> str:
    """Return a text as one line without secrets."""
    return visible(redact_text(without(text, [gathered.settings.token])), 2 * _LONGEST)


# ---- printing


def _table(gathered: Gathered) -> Iterator[str]:
    heads, rows = ("SETTING", "VALUE", "FROM"), list(_rows(gathered))
    columns = Columns(heads, rows)
    yield columns.line(heads)
    yield from map(columns.line, rows)
    there = "" if gathered.path.exists() else " (does not exist)"
    yield f"{counted(len(rows), 'setting')}; the file is {_safe(home_short(gathered.path), gathered)}{there}"


def _rows(gathered: Gathered) -> Iterator[tuple[str, str, str]]:
    """Yield the name, the value, and the source of each setting."""
    for name in Settings.__struct_fields__:
        if name not in _NOT_SETTINGS:
            source = gathered.sources.get(name)
            value = visible(_safe(shown_value(gathered.settings, name), gathered), _LONGEST)
            yield name, value, _safe(source.name, gathered) if source else "default"


# ---- editing


def _edit(path: Path) -> None:
    """Let the user edit the file, which is created if it does not exist. Raises ConfigError."""
    try:
        editor = shlex.split(os.environ.get("VISUAL", "").strip() or os.environ.get("EDITOR", "").strip())
    except ValueError:
        raise ConfigError("VISUAL or EDITOR is not a command: a quotation mark is missing") from None
    if not editor:
        raise ConfigError("no editor is set; for example: EDITOR=vi astro-tui config edit")
    _create(path)
    try:
        code = subprocess.call([*editor, str(path)])  # noqa: S603  the user's own editor
    except OSError as error:
        raise ConfigError(f"cannot start {visible(editor[0], 60)}: {error.strerror}") from None
    if code:
        raise ConfigError(f"{visible(editor[0], 60)} exited with code {code}")


def _create(path: Path) -> None:
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        with suppress(FileExistsError):
            write_new(path, example_file().encode())
    except OSError as error:
        raise ConfigError(f"cannot create {path}: {error.strerror}") from None
