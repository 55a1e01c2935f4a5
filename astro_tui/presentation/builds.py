"""A blueprint's builds as displayed: their rows, and what is new in a log read again (platform.md §18). Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from operator import attrgetter
from typing import TYPE_CHECKING, Any

from astro_tui.presentation.columns import Column, Fit, steps
from astro_tui.presentation.status import Severity, Status, status_of
from astro_tui.text.redaction import masked_line
from astro_tui.text.times import age, joined, rfc3339, span, when

if TYPE_CHECKING:
    from astro_tui.platform.models import BuildRun, Scan

RUNNING = ("pending", "building")
"""The words of a build that is not over: every other word is final."""
NO_LOG = "The build was pushed from elsewhere, so the platform has no log of it."
_STATUSES = {
    "pending": Status("QUEUED", "○", "o", Severity.INFO, moving=True),
    "building": Status("BUILDING", "◐", "~", Severity.INFO, moving=True),
    "registered": Status("BUILT", "●", "*", Severity.OK),
    "failed": Status("FAILED", "✗", "x", Severity.ERROR),
    "cancelled": Status("CANCELED", "·", ".", Severity.MUTED),
    "skipped": Status("SKIPPED", "·", ".", Severity.MUTED),
}
_COUNTS = ("critical", "high", "medium", "low", "unknown")
_SCANS = {"": "not scanned", "skipped": "not scanned", "pending": "being scanned", "scanning": "being scanned"}
_HEADING = re.compile(r"=== (.+?) ===")


@dataclass(frozen=True, slots=True)
class BuildRow:
    """One build; every text is safe to draw. `build` is its ID as sent. `took` are seconds, None while it runs."""

    build: str
    name: str
    status: Status
    step: str = ""
    error: str = ""
    source: str = ""
    started: datetime | None = None
    took: float | None = None
    newest: bool = False
    commit: str = ""
    message: str = ""
    author: str = ""
    scan: str = ""

    @property
    def running(self) -> bool:
        """Whether it is not over."""
        return self.status.moving

    @property
    def deployable(self) -> bool:
        """Whether it succeeded."""
        return self.status.raw in ("", "registered") and self.status.severity is Severity.OK

    @property
    def failed(self) -> bool:
        """Whether it failed."""
        return self.status.raw == "failed"

    @property
    def has_log(self) -> bool:
        """Whether the platform has a log of it."""
        return self.source != "cli"

    @property
    def lasted(self) -> str:
        """How long it took."""
        return "" if self.took is None else span(self.took)

    def as_json(self) -> dict[str, Any]:
        """Return the build as a JSON object; secrets are masked."""
        values = {"build_id": self.name, "status": self.status.raw or self.status.label, "step": self.step}
        values |= {"error": self.error, "source": self.source, "commit": self.commit, "message": self.message}
        started = rfc3339(self.started, "seconds") if self.started is not None else None
        return {**values, "author": self.author, "started": started, "seconds": self.took, "newest": self.newest}

    def details(self, now: datetime) -> list[str]:
        """Return what is known about it, one text each."""
        began = f"started {when(self.started, '', now)}" if self.started is not None else ""
        took = f"took {self.lasted}" if self.lasted else ""
        step = f"{'failed at' if self.error else 'at'} {self.step}" if self.step else ""
        scan = f"scan: {self.scan}" if self.scan else ""
        by = f"by {self.author}" if self.author else ""
        return [part for part in (self.status.label.lower(), step, began, took, by, self.error, scan) if part]

    def newest_words(self, now: datetime) -> str:
        """Return what a list of agents says if it is the newest build."""
        if not self.failed:
            old = _past_age(self.started, now)
            return f"newer build {self.name}{old and f', {old} old'}"
        # Without a duration, the time of the end is not known.
        ended = self.started + timedelta(seconds=self.took) if self.started and self.took is not None else None
        ago = _past_age(ended, now)
        return f"newest build failed{self._at_step}{ago and f' {ago} ago'}"

    @property
    def advice(self) -> str:
        """What to do about it if it is the newest build and the agent has a problem."""
        if self.failed:
            return f"The newest build {self.name} failed{self._at_step}: the fix may be in it."
        return f"Deploy the newer build {self.name} if it has the fix."

    @property
    def _at_step(self) -> str:
        return self.step and f" at {self.step}"

    @property
    def about(self) -> str:
        """Its error, else its step while it runs, else the message of its commit."""
        return self.error or (self.step if self.running else "") or self.message


COLUMNS: Sequence[Column[BuildRow]] = (
    Column("build", attrgetter("name"), lambda row: "name" if row.newest else ""),
    Column("state", attrgetter("status.label"), attrgetter("status.severity"), glyph=attrgetter("status"), most=16),
    Column("age", style="quiet", fit=Fit.RIGHT, at=attrgetter("started")),
    Column("took", attrgetter("lasted"), "quiet", fit=Fit.RIGHT, optional=True),
    Column("commit", attrgetter("commit"), "quiet", optional=True, most=8),
    Column("by", attrgetter("author"), "quiet", optional=True),
    Column("about", attrgetter("about"), rest=True),
)
"""The columns of a list of builds, from left to right."""
LAYOUT = steps("build 8, state, age, about 16, took, commit, by 8, about 24, build, by 16, age whole, by, about")


def status_of_build(word: str) -> Status:
    """Return the state of a build; an unknown one is shown as received."""
    key = word.strip().lower()
    return _STATUSES[key]._replace(raw=key) if key in _STATUSES else status_of(word)


def row_of(run: BuildRun) -> BuildRow:
    """Return a build of either generation of routes as a row."""
    word, status = run.status.strip().lower(), status_of_build(run.status)
    began, ended = run.started_at.at, run.completed_at.at
    shown = word in RUNNING or word == "failed"
    return BuildRow(
        build=run.build_id,
        name=masked_line(run.build_id, 60) or "?",
        status=status,
        step=masked_line(run.step, 100) if shown else "",
        error=masked_line(run.error, 500),
        source=masked_line(run.source, 20).lower(),
        started=began,
        took=(ended - began).total_seconds() if began and ended and ended >= began else None,
        newest=run.is_latest,
        commit=masked_line(run.commit_sha, 60)[:8],
        message=masked_line(run.commit_message.strip().partition("\n")[0], 200),
        author=masked_line(run.author, 60),
        scan=words_of_scan(run.vulnerabilities),
    )


def _past_age(moment: datetime | None, now: datetime) -> str:
    """Return an age; empty if the time is not known, or in the future."""
    return age(moment, now) if moment is not None and moment <= now else ""


def newest_of(builds: Sequence[BuildRow], deployed: str, latest: str = "", left: str = "") -> BuildRow | None:
    """Return the newest build that failed or can be deployed, if it is newer than the one that is `deployed`.

    `latest` is known to be newer. `left` is the build that was rolled back: it and all before it are no news.
    """
    places = {build.build: place for place, build in reversed(list(enumerate(builds)))}
    ends = [places[build] for build in (deployed, left) if build in places]
    newer = builds[: min(ends, default=places.get(latest, -1) + 1)]
    return next((build for build in newer if build.failed or build.deployable), None)


def words_of_scan(scan: Scan | None) -> str:
    """Return what a scan found. No scan is not the same as nothing found."""
    word = scan.status.strip().lower() if scan is not None else ""
    if scan is None or word in _SCANS:
        return _SCANS.get(word, _SCANS[""])
    if word != "succeeded":
        return f"scan {masked_line(scan.status, 40)}"
    counts = [f"{number} {key}" for key in _COUNTS if (number := getattr(scan, key))]
    fixable = f" ({scan.fixable} fixable)" if scan.fixable else ""
    return f"{joined(counts)}{fixable}" if counts else "no vulnerabilities found"


@dataclass(slots=True)
class BuildLogText:
    """What is new in a log that comes as a whole each time. Only the last lines of each section come."""

    seen: dict[tuple[str, str], list[str]] = field(default_factory=dict)

    def added(self, component: str, text: str) -> Iterator[str]:
        """Yield the lines that were not there the last time, with headings; a gap is said."""
        for section, lines in _sections(text):
            key = (component, section)
            before = self.seen.get(key)
            self.seen[key] = lines
            if before is None and section:
                yield f"=== {section} ==="
            kept = _overlap(before or [], lines)
            if before and lines and not kept:
                yield "… (some lines are missing here)"
            yield from lines[kept:]


def _sections(text: str) -> Iterator[tuple[str, list[str]]]:
    name, lines = "", list[str]()
    for line in text.splitlines():
        heading = _HEADING.fullmatch(line.strip())
        if heading:
            if lines or name:
                yield name, lines
            name, lines = heading[1], []
        else:
            lines.append(line)
    if lines or name:
        yield name, lines


def _overlap(before: list[str], now: list[str]) -> int:
    """Return how many of the first lines were there before: the window of lines moves."""
    for dropped in range(len(before)):
        size = len(before) - dropped
        if size <= len(now) and before[dropped:] == now[:size]:
            return size
    return 0
