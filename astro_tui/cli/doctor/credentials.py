"""The logins: which one is used and why, when it expires, and whether only the user can access its file."""

from __future__ import annotations

import os
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

from astro_tui.auth.chosen_login import LoginKind
from astro_tui.auth.cli_login import CliLogins
from astro_tui.auth.login import LoginProblem
from astro_tui.auth.own_login import OwnLogin
from astro_tui.auth.private_files import check_folder, check_private, shown
from astro_tui.cli.doctor.check import CheckGroup, CheckResult, Doing
from astro_tui.cli.login_places import LoginPlace, login_places, used_place
from astro_tui.errors import SIGN_IN_COMMAND, RunCommand
from astro_tui.runtime import system_clock
from astro_tui.state.files import mode_of
from astro_tui.state.settings import Settings

GROUP = CheckGroup("login")
_SHORT = timedelta(minutes=5)
_ROOM = 16 * 1024
"""Bytes that must be free: a new login is written next to the old one before it replaces it."""


def checks(settings: Settings, doing: Doing) -> Iterator[CheckResult]:
    """Check all places where a login can be stored, in order of precedence, and their files."""
    doing("reading the stored logins (the keyring may be waiting for its password)")
    own, cli = OwnLogin(settings.server), CliLogins(settings.server)
    now = system_clock()
    places = login_places(settings, now)
    used = used_place(places)
    if used is None:
        yield GROUP.problem("source", f"You are not signed in to {own.server}.", SIGN_IN_COMMAND)
    for place in places:
        if place is used:
            yield _used(place, cli.binary, now)
        elif place.problem:
            yield GROUP.note(place.kind.value, place.message, _repair(place, cli.binary))
        elif place.source is not None:
            yield GROUP.ok(place.kind.value, f"Not used: {place.message}")
    problems = {place.kind for place in places if place.problem}
    yield from _file(own.file, reported=LoginKind.OWN in problems)
    yield from _file(cli.file, reported=LoginKind.CLI in problems)
    obstacle = _obstacle(own.folder)
    if obstacle and settings.token:
        yield GROUP.note("store", obstacle, "Before you sign in, free some space there or make it writable.")
    elif obstacle:
        yield GROUP.problem("store", obstacle, "Free some space there or make it writable.")


def _used(place: LoginPlace, binary: str, now: datetime) -> CheckResult:
    name, source = place.kind.value, place.source
    if source is None:
        return GROUP.problem(name, place.message, _repair(place, binary))
    if not place.good or place.problem:
        do = _way_out(place.kind, binary)
        return GROUP.problem(name, place.message, do)
    message = f"Used: {place.message}"
    if place.kind is LoginKind.CLI and not source.renewable:
        return GROUP.note(name, message, f"For automatic renewal, install {binary} or run: {SIGN_IN_COMMAND}")
    if place.kind is LoginKind.ENVIRONMENT and source.expires is not None and source.expires - now < _SHORT:
        return GROUP.note(name, message, f"For automatic renewal, unset ASTRO_ACCESS_TOKEN and run: {SIGN_IN_COMMAND}")
    return GROUP.ok(name, message)


def _repair(place: LoginPlace, binary: str) -> str:
    """Return the command that makes a stored login usable, or replaces it."""
    return place.fix.command if isinstance(place.fix, RunCommand) else _way_out(place.kind, binary)


def _way_out(kind: LoginKind, binary: str) -> str:
    if kind is LoginKind.ENVIRONMENT:
        return f"Set ASTRO_ACCESS_TOKEN to a new token, or unset it and run: {SIGN_IN_COMMAND}"
    return f"{binary} login, or {SIGN_IN_COMMAND}" if kind is LoginKind.CLI else SIGN_IN_COMMAND


# ---- files


def _obstacle(folder: Path) -> str:
    """Return why no login could be stored in a folder, which need not exist yet, or an empty string."""
    near = next((each for each in (folder, *folder.parents) if each.exists()), folder)
    if not near.is_dir():
        return f"No login can be stored: {shown(near)} is not a folder."
    if not os.access(near, os.W_OK | os.X_OK):
        return f"No login can be stored or renewed: {shown(near)} is not writable."
    if os.name != "posix":
        return ""
    room = os.statvfs(near)
    if room.f_bavail * room.f_frsize < _ROOM or (room.f_files and not room.f_favail):
        return f"No login can be stored or renewed: the disk with {shown(near)} is full."
    return ""


def _file(file: Path, *, reported: bool) -> Iterator[CheckResult]:
    """Check who can access a login's file. `reported` means that reading the login found the same problem."""
    try:
        status = file.lstat()
        check_private(file, status)
    except LoginProblem as problem:
        if not reported:
            yield _problem("file", problem, f"ls -l {shown(file)}")
        return
    except OSError:
        return
    if os.name == "posix":
        yield GROUP.ok("file", f"Only you can access {shown(file)} (mode {mode_of(status)}).")
    try:
        check_folder(file.parent, file.parent.stat())
    except LoginProblem as problem:
        yield _problem("folder", problem, f"ls -ld {shown(file.parent)}")


def _problem(name: str, problem: LoginProblem, do: str) -> CheckResult:
    """Return a failed check; `do` shows what is wrong if the problem has no fix."""
    return GROUP.problem(name, str(problem), problem.fix.command if isinstance(problem.fix, RunCommand) else do)
