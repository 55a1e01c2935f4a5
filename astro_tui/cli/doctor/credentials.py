"""The logins: which one counts and why, until when it is good, and whether its file is the user's alone."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from astro_tui.auth.cli_login import CliLogins
from astro_tui.auth.login import LoginProblem
from astro_tui.auth.own_login import OwnLogin
from astro_tui.auth.private_files import check_private, shown
from astro_tui.auth.source import SourceKind
from astro_tui.cli.commands.auth_status import Place, places_of
from astro_tui.cli.doctor.check import Check, Group
from astro_tui.cli.doctor.running import Doing
from astro_tui.errors import RunCommand

if TYPE_CHECKING:
    from astro_tui.state.settings import Settings

GROUP = Group("login")
SIGN_IN = "astro-tui auth login"
_SHORT = timedelta(minutes=5)
_OTHERS_WRITE = 0o022
_ROOM = 16 * 1024
"""Bytes that must be free: a login is written beside the one that it replaces."""


def checks(settings: Settings, doing: Doing) -> Iterator[Check]:
    """Look at every place a login can come from, in the order in which they count, and at the files."""
    doing("reading the stored logins (the keyring may wait for its password)")
    own, cli = OwnLogin(settings.server), CliLogins(settings.server)
    now = datetime.now(UTC)
    places = places_of(settings, now)
    used = next((place for place in places if place.source or place.problem), None)
    if used is None:
        yield GROUP.problem("source", f"Nobody is signed in at {own.server}.", SIGN_IN)
    for place in places:
        if place is used:
            yield _used(place, cli.binary, now)
        elif place.problem:
            yield GROUP.note(place.kind.value, place.said, _mend(place, cli.binary))
        elif place.source is not None:
            yield GROUP.ok(place.kind.value, f"Not used: {place.said}")
    yield from _files((own.file, cli.file), places)
    hindrance = _no_room(own.folder)
    if hindrance and settings.token:
        yield GROUP.note("store", hindrance, "Make room there, or make it writable, before you sign in.")
    elif hindrance:
        yield GROUP.problem("store", hindrance, "Make room there, or make it writable.")


def _used(place: Place, binary: str, now: datetime) -> Check:
    name, source = place.kind.value, place.source
    if source is None:
        return GROUP.problem(name, place.said, _mend(place, binary))
    if not place.good or place.problem:
        do = _way_out(place.kind, binary)
        return GROUP.problem(name, place.said, do)
    said = f"Used: {place.said}"
    if place.kind is SourceKind.CLI and not source.renewable:
        return GROUP.note(name, said, f"For one that renews itself, install {binary}, or: {SIGN_IN}")
    if place.kind is SourceKind.ENVIRONMENT and source.expires is not None and source.expires - now < _SHORT:
        return GROUP.note(name, said, f"For one that renews itself, unset ASTRO_ACCESS_TOKEN: {SIGN_IN}")
    return GROUP.ok(name, said)


def _mend(place: Place, binary: str) -> str:
    """Return the command that makes a stored login usable, or replaces it."""
    return place.fix.command if isinstance(place.fix, RunCommand) else _way_out(place.kind, binary)


def _way_out(kind: SourceKind, binary: str) -> str:
    if kind is SourceKind.ENVIRONMENT:
        return f"Set ASTRO_ACCESS_TOKEN to a new one, or unset it: {SIGN_IN}"
    return f"{binary} login, or {SIGN_IN}" if kind is SourceKind.CLI else SIGN_IN


# ---- files


def _no_room(folder: Path) -> str:
    """Return why no login could be stored in a folder, or renewed; it need not be there yet, and nothing is tried."""
    near = next((each for each in (folder, *folder.parents) if each.exists()), folder)
    if not near.is_dir():
        return f"No login can be stored: {shown(near)} is no folder."
    if not os.access(near, os.W_OK | os.X_OK):
        return f"No login can be stored or renewed: {shown(near)} is not writable."
    if os.name != "posix":
        return ""
    room = os.statvfs(near)
    if room.f_bavail * room.f_frsize < _ROOM or (room.f_files and not room.f_favail):
        return f"No login can be stored or renewed: the disk of {shown(near)} is full."
    return ""


def _files(files: Sequence[Path], places: Sequence[Place]) -> Iterator[Check]:
    for file in files:
        try:
            found = file.lstat()
            check_private(file, found)
        except LoginProblem as problem:
            if not any(place.problem and shown(file) in place.said for place in places):
                do = problem.fix.command if isinstance(problem.fix, RunCommand) else f"ls -l {shown(file)}"
                yield GROUP.problem("file", str(problem), do)
            continue
        except OSError:
            continue
        if os.name == "posix":
            yield GROUP.ok("file", f"{shown(file)} is yours alone (mode {stat.S_IMODE(found.st_mode):04o}).")
        yield from _folder(file.parent)


def _folder(folder: Path) -> Iterator[Check]:
    """Find a folder in which others could put another file in the place of a login."""
    found = folder.stat()
    if os.name != "posix":
        return
    if found.st_uid != os.geteuid():
        yield GROUP.problem("folder", f"{shown(folder)} belongs to another user.", f"ls -ld {shown(folder)}")
    elif found.st_mode & _OTHERS_WRITE:
        mode = f"{stat.S_IMODE(found.st_mode):04o}"
        yield GROUP.problem(
            "folder", f"Others can write to {shown(folder)} (mode {mode}).", f"chmod 700 {shown(folder)}"
        )
