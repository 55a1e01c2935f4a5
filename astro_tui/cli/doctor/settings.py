"""The settings of a run: every problem, and where each value comes from."""

from __future__ import annotations

from collections.abc import Iterator

from astro_tui.cli.doctor.check import CheckGroup, CheckResult, Doing
from astro_tui.state import settings as config
from astro_tui.state.configuration import Gathered
from astro_tui.state.files import home_short, mode_of, others_can_write
from astro_tui.state.settings import Settings, SourceKind
from astro_tui.text.foreign import visible
from astro_tui.text.redaction import masked_line

GROUP = CheckGroup("config")
_HIDDEN = ("token", "client_id")
"""Settings whose value is secret, or means nothing to people."""
_LONGEST = 80


def checks(gathered: Gathered, _doing: Doing) -> Iterator[CheckResult]:
    """Check the file and the settings."""
    yield from _file(gathered)
    for key, problem in gathered.problems.items():
        yield GROUP.problem(masked_line(key, 20), f"{problem}.", _fix(gathered, key), fatal=True)
    yield GROUP.ok("settings", _summary(gathered))


def _file(gathered: Gathered) -> Iterator[CheckResult]:
    place = home_short(gathered.path)
    if gathered.unreadable:
        yield GROUP.problem("file", f"{gathered.unreadable}.", f"Correct {place} or move it elsewhere.", fatal=True)
        return
    try:
        status = gathered.path.stat()
    except OSError:
        yield GROUP.ok("file", f"{place} does not exist, which is fine.")
        return
    if others_can_write(status):
        message = f"Other users can edit {place} (mode {mode_of(status)}) and so redirect your login to another server."
        yield GROUP.problem("file", message, f"chmod go-w {place}")
    else:
        number = len(gathered.file)
        yield GROUP.ok("file", f"{place}, {number} {'setting' if number == 1 else 'settings'}.")


def _fix(gathered: Gathered, key: str) -> str:
    source = gathered.sources.get(key)
    # An invalid key in the file must be corrected even if another source overrides it.
    if source is not None and not (key in gathered.file and config.key_problem(key, gathered.file[key], gathered.path)):
        if source.kind is SourceKind.FLAG:
            return f"Give {source.name} another value."
        if source.kind is SourceKind.ENVIRONMENT:
            return f"Set {source.name} to another value, or unset it."
    return f"Correct {home_short(gathered.path)}."


def _summary(gathered: Gathered) -> str:
    """Return which settings are not defaults, and where each comes from."""
    changed = []
    for name in Settings.__struct_fields__:
        source = gathered.sources.get(name)
        if source is None or name in gathered.problems:
            continue
        place = "config.toml" if source.kind is SourceKind.FILE else source.name
        shown = visible(config.shown_value(gathered.settings, name), _LONGEST)
        changed.append(f"{name} ({place})" if name in _HIDDEN else f"{name} {shown} ({place})")
    if not changed and gathered.problems:
        return "All other settings are at their defaults."
    if not changed:
        return f"All settings are at their defaults; the server is {gathered.settings.server}."
    return f"{', '.join(changed)}; all other settings are at their defaults."
