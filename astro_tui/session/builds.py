"""Reads a blueprint's builds from what the server has: a list of all, those of GitHub, or the published ones."""

from __future__ import annotations

import shlex
import threading
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, NamedTuple

from astro_tui.diagnosis import Diagnosis
from astro_tui.diagnosis.values import NextStep
from astro_tui.errors import ErrorKind, PlatformError
from astro_tui.platform.client import Call, Platform
from astro_tui.platform.rounds import BUILDS_AGAIN
from astro_tui.presentation.builds import BuildLogText, BuildRow, row_of
from astro_tui.runtime import Clock
from astro_tui.text.redaction import masked_line

if TYPE_CHECKING:
    from astro_tui.platform.models import Build, BuildLog

KEPT = timedelta(seconds=BUILDS_AGAIN)
"""How long the list and the diagnosis use builds that were read, or that could not be."""
MOST = 500
"""The most blueprints whose builds are kept."""
_HIDDEN = (ErrorKind.NOT_FOUND, ErrorKind.FORBIDDEN)
_PUBLISHED_ONLY = "Only published builds: others are shown to those who may edit the blueprint."
_GITHUB_ONLY = "Only the ten newest builds from GitHub, and published ones."


class Builds(NamedTuple):
    """A blueprint's builds, newest first, and a note about those that are missing."""

    rows: tuple[BuildRow, ...]
    note: str = ""


def read_builds(platform: Platform, account: str, name: str, call: Call) -> Builds:
    """Return the builds of a blueprint. Raises PlatformError if none can be read."""
    try:
        return Builds(read_all_builds(platform, account, name, call))
    except PlatformError as error:
        if error.kind not in _HIDDEN:
            raise
    builds = sorted(platform.blueprint(account, name, call=call).builds, key=_published, reverse=True)
    published = [row_of(each.as_run(newest=each is builds[0])) for each in builds]
    try:
        github = platform.github(account, name, call=call)
    except PlatformError as error:
        if error.kind not in _HIDDEN:
            raise
        return Builds(tuple(published), _PUBLISHED_ONLY)
    runs = [row_of(each.model_copy(update={"source": each.source or "github"})) for each in github.builds]
    run_builds = {row.build for row in runs}
    rows = [*runs, *(row for row in published if row.build not in run_builds)]
    rows.sort(key=lambda row: row.started.timestamp() if row.started is not None else 0, reverse=True)
    return Builds(tuple(rows), _GITHUB_ONLY)


def read_all_builds(platform: Platform, account: str, name: str, call: Call) -> tuple[BuildRow, ...]:
    """Return all builds of a blueprint, which only those who may edit it can read. Raises PlatformError."""
    return tuple(map(row_of, platform.builds(account, name, call=call)))


class BuildStore:
    """Keeps the builds of blueprints that were read last. Safe to use from many threads."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._known: dict[tuple[str, str], tuple[datetime, Builds]] = {}

    def peek(self, blueprint: tuple[str, str]) -> Builds:
        """Return the builds that are known."""
        kept = self._known.get(blueprint)
        return kept[1] if kept is not None else Builds(())

    def fresh(self, blueprint: tuple[str, str]) -> bool:
        """Whether the builds were read lately, or could not be read."""
        kept = self._known.get(blueprint)
        return kept is not None and self._clock() - kept[0] < KEPT

    def keep(self, blueprint: tuple[str, str], builds: Builds) -> Builds:
        """Keep builds that were just read."""
        with self._lock:
            self._known.pop(blueprint, None)
            self._known[blueprint] = self._clock(), builds
            if len(self._known) > MOST:
                del self._known[next(iter(self._known))]
        return builds


def with_build(diagnosis: Diagnosis, build: BuildRow | None, blueprint: tuple[str, str]) -> Diagnosis:
    """Return a diagnosis with a next step about the newest build of the agent's blueprint."""
    if build is None:
        return diagnosis
    name = shlex.quote(build.name)
    if build.failed:
        log = f" --log {name}" if build.has_log else ""
        command, keys = f"astro-tui builds {_quoted(*blueprint)}{log}", "deployment.history"
    else:
        agent = _quoted(diagnosis.account, diagnosis.deployment_id or diagnosis.name)
        command, keys = f"astro-tui deploy {agent} --build {name}", "deployment.actions l"
    step = NextStep(build.advice, command, keys)
    return replace(diagnosis, next_steps=(*diagnosis.next_steps, step))


def _quoted(account: str, name: str) -> str:
    return shlex.quote(masked_line(f"{account}/{name}", 200))


def _published(build: Build) -> float:
    return build.published_at.at.timestamp() if build.published_at.at is not None else 0.0


def read_log(
    platform: Platform, blueprint: tuple[str, str], build: str, seen: BuildLogText, call: Call
) -> tuple[list[str], str]:
    """Return what a build has written since its log was last read, and its phase. Raises PlatformError."""
    log = platform.build_log(*blueprint, build, call=call)
    return [*_new_lines(log, seen)], log.phase.strip().lower()


def _new_lines(log: BuildLog, seen: BuildLogText) -> Iterator[str]:
    for part in log.components:
        yield from seen.added(part.name, part.logs)
    if not log.components and log.logs:
        yield from seen.added("", log.logs)
