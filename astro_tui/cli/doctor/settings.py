"""The settings of a run: every problem with its place, and where each that is no default comes from."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from astro_tui.cli.doctor.check import Check, Group
from astro_tui.cli.doctor.running import Doing
from astro_tui.errors import ConfigError
from astro_tui.state import settings as config
from astro_tui.state.files import home_short
from astro_tui.state.settings import Settings
from astro_tui.text.foreign import visible
from astro_tui.text.redaction import masked_line

GROUP = Group("config")
_OTHERS_WRITE = 0o022
_UNTOLD = ("token", "client_id")
"""Settings of which the value is nobody's business, or says nothing to people."""
_LONGEST = 80


@dataclass(frozen=True, slots=True)
class Gathered:
    """The settings of this run, good or not: `wrong` is what cannot work, `unreadable` why the file is of no use."""

    settings: Settings
    origin: Mapping[str, str]
    file: Mapping[str, object]
    path: Path
    wrong: Mapping[str, str]
    unreadable: str = ""


def gather(flags: Mapping[str, object], environment: Mapping[str, str], path: Path | None = None) -> Gathered:
    """Return the settings, whatever is wrong with them."""
    path = path or config.config_path()
    file: dict[str, object] = {}
    unreadable = ""
    try:
        file = config.read_table(path)
    except ConfigError as error:
        unreadable = str(error)
    wrong = {key: said for key, value in file.items() if (said := config.key_problem(key, value, path))}
    sound = {key: value for key, value in file.items() if key not in wrong}
    settings, origin = config.gathered(flags, environment, sound, path)
    wrong |= dict(config.problems(settings, origin))
    return Gathered(settings, origin, file, path, wrong, unreadable)


def checks(gathered: Gathered, _doing: Doing) -> Iterator[Check]:
    """Look at the file and at the settings."""
    yield from _file(gathered)
    for key, said in gathered.wrong.items():
        yield GROUP.problem(masked_line(key, 20), f"{said}.", _way_out(gathered, key), fatal=True)
    yield GROUP.ok("settings", _told(gathered))


def _file(gathered: Gathered) -> Iterator[Check]:
    place = home_short(gathered.path)
    if gathered.unreadable:
        yield GROUP.problem("file", f"{gathered.unreadable}.", f"Correct {place}, or move it away.", fatal=True)
        return
    try:
        found = gathered.path.stat()
    except OSError:
        yield GROUP.ok("file", f"There is no {place}; none is needed.")
        return
    if os.name == "posix" and found.st_mode & _OTHERS_WRITE:
        mode = f"{stat.S_IMODE(found.st_mode):04o}"
        said = f"Others can write to {place} (mode {mode}) and send your login elsewhere."
        yield GROUP.problem("file", said, f"chmod go-w {place}")
    else:
        number = len(gathered.file)
        yield GROUP.ok("file", f"{place}, {number} {'setting' if number == 1 else 'settings'}.")


def _way_out(gathered: Gathered, key: str) -> str:
    source = gathered.origin.get(key, "")
    if key in gathered.file and config.key_problem(key, gathered.file[key], gathered.path):
        # Even where another source gives its value, for the file is not read further.
        source = ""
    if source.startswith("--"):
        return f"Give {source} another value."
    if source and " in " not in source:
        return f"Set {source} to another value, or unset it."
    return f"Correct {home_short(gathered.path)}."


def _told(gathered: Gathered) -> str:
    """Say which settings are no defaults, and where each comes from."""
    told = []
    for name in Settings.__struct_fields__:
        source = gathered.origin.get(name)
        if source is None or name in gathered.wrong:
            continue
        place = "config.toml" if " in " in source else source
        value = getattr(gathered.settings, name)
        shown = (
            {True: "on", False: "off"}.get(value)
            if isinstance(value, bool)
            else visible(f"{value:g}" if isinstance(value, float) else str(value), _LONGEST)
        )
        told.append(f"{name} ({place})" if name in _UNTOLD else f"{name} {shown} ({place})")
    if not told and gathered.wrong:
        return "The rest are defaults."
    if not told:
        return f"All are the defaults: {gathered.settings.server}."
    return f"{', '.join(told)}; the rest are defaults."
