"""The history of a deployment as displayed: one row per revision, newest first (platform.md §8.7). Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from operator import attrgetter

from astro_tui.platform.models import ActiveDeployment, HistoryRow
from astro_tui.presentation.agent_list import Entry
from astro_tui.presentation.builds import BuildRow
from astro_tui.presentation.columns import Column, Fit, steps
from astro_tui.presentation.status import Severity, Status, status_labeled, status_of
from astro_tui.state.last_seen import Seen
from astro_tui.text.foreign import visible
from astro_tui.text.redaction import masked_line
from astro_tui.text.times import when, who

Key = tuple[str, str]
"""Identifies a row: deployment id and revision, or id and time on older servers."""

EARLIER = Status("EARLIER", "–", "-", Severity.MUTED)
"""A replaced revision: today's server reports `undeployed` for all of them, including failed ones."""

UNNUMBERED = "this platform does not number revisions"
OF_NEWEST = ("variables", "resources", "storage", "access")
"""What the regenerated spec of an earlier revision has from the newest one, whatever the revision had (§8.7)."""
_SHORT_SHA = 8


@dataclass(frozen=True, slots=True)
class RevisionRow:
    """One revision; every text is safe to draw. `number` is None on servers without numbers; then `name` is a time.

    `spec` contains the bytes that an older server sent with the row. On today's server it is empty and has to be
    loaded. `current` marks the revision that runs or is to run; `status` says whether it does. `user` is the ID of
    the user who deployed it, and `names` gets the names of users once they are read. A row with a `run` is a newer
    build, which is not deployed. `stored` says that the record has the spec of this revision: the current one,
    or after a rollback still the newest one, which the current one names in `rolled_back_from` (platform.md §9).
    """

    key: Key
    name: str
    status: Status
    current: bool
    build: str
    raw_build: str
    deployed: datetime | None
    deployed_raw: str
    number: int | None = None
    user: str = ""
    commit: str = ""
    message: str = ""
    origin: str = ""
    spec: bytes = b""
    names: Mapping[str, str] = field(default_factory=dict, compare=False, repr=False)
    run: BuildRow | None = None
    stored: bool = False
    rolled_back_from: str = ""

    @property
    def deployment_id(self) -> str:
        """The id of the revision's deployment."""
        return self.key[0]

    @property
    def who(self) -> str:
        """What the user is called, as far as that is known now, else the ID."""
        return who(self.user, self.names)

    @property
    def title(self) -> str:
        """The revision's name in a sentence: `rev 12`, else the time of its deploy, or `build 1fa07c3b`."""
        if self.run is not None:
            return f"build {self.name_of_build}"
        return f"rev {self.name}" if self.number is not None else self.name

    @property
    def name_of_build(self) -> str:
        """The build, or a dash for an unknown one."""
        return self.build or "–"

    @property
    def haystack(self) -> str:
        """What a filter searches, in lower case."""
        return f"{self.title} {self.status.label} {self.build} {self.who} {self.commit} {self.message}".lower()

    def about(self, now: datetime) -> list[str]:
        """Return the details of the revision, one text each: time, build, user, and origin."""
        if self.run is not None:
            return self.run.details(now)
        parts = [f"deployed {when(self.deployed, visible(self.deployed_raw, 40), now)}"]
        if self.build:
            parts.append(f"build {self.build}")
        if self.who:
            parts.append(f"by {self.who}")
        if self.origin:
            parts.append(self.origin)
        if self.status is EARLIER:
            parts.append("outcome no longer reported")
        return parts


COLUMNS: Sequence[Column[RevisionRow]] = (
    Column("rev", attrgetter("name"), lambda row: "name" if row.current else "", fit=Fit.RIGHT),
    # An unknown status word may be longer than all known ones.
    Column("state", attrgetter("status.label"), attrgetter("status.severity"), glyph=attrgetter("status"), most=16),
    Column("build", attrgetter("build")),
    Column("age", style="quiet", fit=Fit.RIGHT, at=attrgetter("deployed")),
    Column("by", attrgetter("who"), "quiet", optional=True),
    Column("commit", attrgetter("commit"), "quiet", optional=True, most=8),
    Column("message", attrgetter("message"), optional=True, rest=True),
)
"""The columns of a history, from left to right."""
LAYOUT = steps(
    "rev, state, age, build 8, message 16, by 8, commit, message 24, by 12, build, message 48, age whole, by, message"
)


def rows_of(
    revisions: Sequence[HistoryRow], deployment_id: str, names: Mapping[str, str] = {}, *, namespace: str = ""
) -> list[RevisionRow]:
    """Return the rows of one deployment, newest first. `names` has the names of users, or gets them later.

    A history can mix the deployments of a blueprint: `deployment_id` and, if known, `namespace` select the rows.
    """
    mine = _rows_of_one(revisions, deployment_id, namespace)
    if mine and all(each.revision is not None for each in mine):
        mine.sort(key=lambda each: each.revision or 0, reverse=True)
    current = _places_of_current(mine)
    rows = [_row(each, deployment_id, names, current=place in current) for place, each in enumerate(mine)]
    if rows and 0 not in current and rows[0].number is not None:
        rows = [replace(row, rolled_back_from=rows[0].title) if row.current else row for row in rows]
        current = {0}
    return _with_unique_keys([replace(row, stored=place in current) for place, row in enumerate(rows)])


def _places_of_current(newest_first: Sequence[HistoryRow]) -> set[int]:
    """Return the place of the current revision, or of all that the server marks as current.

    Older servers mark none. Without numbers, they report the state of each row: the active one is current, not one
    that failed after it. Otherwise the newest one is current, as on today's server.
    """
    places = list(enumerate(newest_first))
    marked = {place for place, each in places if each.is_current}
    unnumbered = (place for place, each in places if each.revision is None and status_of(each.status).active)
    return marked or {next(unnumbered, 0)}


def _rows_of_one(revisions: Sequence[HistoryRow], deployment_id: str, namespace: str) -> list[HistoryRow]:
    """Return the rows that belong to a deployment.

    Today's server gives every row the id of its deployment. Older servers give every row an id of its own; most of
    them send no revision numbers (platform.md §15). Rows with other ids are used only if no row has ours, and
    nothing suggests that they belong to other deployments.
    """
    if all(each.revision is None for each in revisions):
        return list(revisions)
    mine = [each for each in revisions if each.id in (deployment_id, "")]
    if mine or not _may_be_of_one(revisions, namespace):
        return mine
    return list(revisions)


def _may_be_of_one(revisions: Sequence[HistoryRow], namespace: str) -> bool:
    """Return whether rows with other ids can belong to one deployment: all ids and numbers differ, in one namespace.

    A single row does not show that the server gives each row an id of its own.
    """
    namespaces = {each.namespace for each in revisions} | {namespace}
    count = len(revisions)
    return (
        count > 1
        and all(each.revision is not None for each in revisions)
        and len({each.revision for each in revisions}) == count
        and len({each.id for each in revisions}) == count
        and len(namespaces - {""}) <= 1
    )


def _with_unique_keys(rows: list[RevisionRow]) -> list[RevisionRow]:
    """Make the keys of the rows unique, whatever the server sends."""
    seen: dict[Key, int] = {}
    for place, row in enumerate(rows):
        seen[row.key] = number = seen.get(row.key, 0) + 1
        if number > 1:
            rows[place] = replace(row, key=(row.key[0], f"{row.key[1]} ({number})"))
    return rows


def _row(revision: HistoryRow, deployment_id: str, names: Mapping[str, str], *, current: bool) -> RevisionRow:
    # The spec of a numbered revision is requested and cached under the deployment's own id: under another id the
    # platform could return the spec of another deployment.
    identity = deployment_id if revision.revision is not None else revision.id or deployment_id
    number = int(revision.revision) if revision.revision is not None else None
    moment = revision.deployed_at
    name = str(number) if number is not None else (f"{moment.at:%m-%d %H:%M}" if moment.at else visible(moment.raw, 20))
    status = status_of(revision.status)
    if number is not None and not current and revision.status.strip().lower() == "undeployed":
        status = EARLIER
    commit = masked_line(revision.commit_sha)[:_SHORT_SHA]
    place = "@".join(part for part in (masked_line(revision.branch, 60), commit) if part)
    where = " ".join(
        part for part in (masked_line(revision.source, 20), masked_line(revision.repo_full_name, 100)) if part
    )
    return RevisionRow(
        key=(identity, revision.key[1]),
        name=name or "?",
        number=number,
        status=status,
        current=current,
        build=masked_line(revision.build_id, 100),
        raw_build=revision.build_id,
        user=masked_line(revision.deployed_by, 60),
        names=names,
        commit=commit,
        message=masked_line(revision.commit_message.strip().partition("\n")[0], 200),
        origin=" ".join(part for part in (where, place) if part),
        deployed=moment.at,
        deployed_raw=moment.raw,
        spec=revision.spec if revision.has_spec else b"",
    )


def row_of_record(record: ActiveDeployment, entry: Entry) -> RevisionRow:
    """Return the active record of a deployment as a row, for use if the history cannot be loaded."""
    deployed, build = record.deployed_at, record.build_id
    key = entry.key, f"active {deployed.raw} {build}"
    row = _named_row(key, "deployed", status_of(record.status), build, deployed=deployed.at, raw=deployed.raw)
    return replace(row, current=True, stored=True, spec=record.spec)


def row_of_seen(seen: Seen, key: str) -> RevisionRow:
    """Return what the user last saw of a deployment as a row of its history."""
    moment = seen.at.isoformat()
    return _named_row(
        (key, f"seen {moment}"), "seen", status_labeled(seen.status), seen.build, deployed=seen.at, raw=moment
    )


def _named_row(key: Key, name: str, status: Status, build: str, *, deployed: datetime | None, raw: str) -> RevisionRow:
    """Return a row that has a name instead of a number."""
    return RevisionRow(key, name, status, False, masked_line(build, 100), build, deployed, raw)


def newer_builds(builds: Sequence[BuildRow], rows: Sequence[RevisionRow]) -> list[BuildRow]:
    """Return the builds that are newer than the one that runs, newest first."""
    current = current_of(rows)
    running = next((place for place, build in enumerate(builds) if current and build.build == current.raw_build), None)
    if running is not None:
        return list(builds[:running])
    since = current.deployed if current is not None else None
    return [build for build in builds if since and build.started is not None and build.started > since]


def rows_with_builds(rows: Sequence[RevisionRow], builds: Sequence[BuildRow]) -> tuple[RevisionRow, ...]:
    """Return revisions with the newer builds above the one that runs; those of a rollback's later revisions stay."""
    at = next((place for place, row in enumerate(rows) if row.current), 0)
    key = rows[0].deployment_id if rows else ""
    return (*rows[:at], *(_row_of_build(build, key) for build in newer_builds(builds, rows)), *rows[at:])


def _row_of_build(run: BuildRow, deployment_id: str) -> RevisionRow:
    return RevisionRow(
        key=(deployment_id, f"build {run.build}"),
        name="new",
        status=run.status,
        current=False,
        build=run.name,
        raw_build=run.build,
        deployed=run.started,
        deployed_raw="",
        user=run.author,
        commit=run.commit,
        message=run.about,
        run=run,
    )


def current_of(rows: Sequence[RevisionRow]) -> RevisionRow | None:
    """Return the revision that `rows_of` marks as current; None if the history is empty."""
    return next((row for row in rows if row.current), None)


def before(rows: Sequence[RevisionRow], row: RevisionRow) -> RevisionRow | None:
    """Return the revision to compare `row` with: the last one before it that did not fail, else the one before it.

    Only older servers report which earlier revisions failed.
    """
    place = next((index for index, each in enumerate(rows) if each.key == row.key), len(rows))
    earlier = rows[place + 1 :]
    return next((each for each in earlier if each.status.severity is not Severity.ERROR), next(iter(earlier), None))


def spec_seen(seen: Seen | None, rows: Sequence[RevisionRow], row: RevisionRow) -> bytes:
    """Return the spec that was stored on this machine while a revision was current, without secrets; else nothing."""
    if seen is None or seen.build != row.raw_build or row.deployed is None:
        return b""
    later = [each.deployed for each in rows if each.deployed is not None and each.deployed > row.deployed]
    return seen.spec.encode() if row.deployed < seen.at < min(later, default=seen.at) else b""


def in_order(rows: Sequence[RevisionRow], one: RevisionRow, other: RevisionRow) -> tuple[RevisionRow, RevisionRow]:
    """Return two revisions, older first."""
    places = {row.key: index for index, row in enumerate(rows)}
    first, second = places.get(one.key, 0), places.get(other.key, 0)
    return (one, other) if first >= second else (other, one)


def pair_of(
    rows: Sequence[RevisionRow], marked: Sequence[RevisionRow], row: RevisionRow | None
) -> tuple[RevisionRow, RevisionRow] | None:
    """Return the two revisions to compare, older first: two marked ones, else `row` and the current one."""
    if len(marked) == 2:
        return in_order(rows, marked[0], marked[1])
    current = current_of(rows)
    if row is None or current is None:
        return None
    if row.key != current.key:
        return in_order(rows, row, current)
    older = before(rows, row)
    return (older, row) if older is not None else None
