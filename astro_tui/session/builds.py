"""Reads a blueprint's builds from what the server has: a list of all, those of GitHub, or the published ones."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, NamedTuple

from astro_tui.errors import ErrorKind, PlatformError
from astro_tui.platform.client import Call, Platform
from astro_tui.presentation.builds import BuildLogText, BuildRow, row_of

if TYPE_CHECKING:
    from astro_tui.platform.models import Build, BuildLog

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
        return Builds(tuple(map(row_of, platform.builds(account, name, call=call))))
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
    known = {row.build for row in runs}
    rows = [*runs, *(row for row in published if row.build not in known)]
    rows.sort(key=lambda row: row.started.timestamp() if row.started is not None else 0, reverse=True)
    return Builds(tuple(rows), _GITHUB_ONLY)


def _published(build: Build) -> float:
    return build.published_at.at.timestamp() if build.published_at.at is not None else 0.0


def new_lines(log: BuildLog, seen: BuildLogText) -> Iterator[str]:
    """Yield what a build has written since its log was last read."""
    for part in log.components:
        yield from seen.added(part.name, part.logs)
    if not log.components and log.logs:
        yield from seen.added("", log.logs)
