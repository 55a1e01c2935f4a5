"""Loads and compares two specs, of two revisions or of two agents, for worker threads of any screen."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from msgspec import Struct
from msgspec.structs import replace

from astro_tui.diagnosis import BlamedChange
from astro_tui.difference import ComparisonCanceledError, compare
from astro_tui.difference.layout import Options
from astro_tui.difference.rows import DiffRows
from astro_tui.document import Document, count_first_rows
from astro_tui.errors import FINAL_KINDS, DocumentError, ErrorKind, PlatformError, RefreshList
from astro_tui.platform.client import Call
from astro_tui.platform.models import ActiveDeployment
from astro_tui.presentation.agent_list import Entry, entries_of
from astro_tui.presentation.agent_list import find as find_agent
from astro_tui.presentation.record import DeploymentState
from astro_tui.presentation.revisions import (
    OF_TODAY,
    RevisionRow,
    before,
    current_of,
    row_of_record,
    row_of_seen,
)
from astro_tui.session.agent import Agent
from astro_tui.session.roster import NewestChange
from astro_tui.session.session import Session
from astro_tui.session.spec_store import RevisionSpec
from astro_tui.state.last_seen import Seen, without_secrets

Pair = tuple[RevisionRow, RevisionRow]
"""Two revisions: the old one and the new one."""


class Subject(Struct, frozen=True):
    """The deployment to compare. `record` is its active record, which contains the running spec."""

    account: str
    entry: Entry
    record: ActiveDeployment | None = None

    @property
    def name(self) -> str:
        """The blueprint's name, as used in requests."""
        return self.entry.deployment.name

    @property
    def deployment_id(self) -> str:
        """The deployment's id."""
        return self.entry.key

    def agent(self, session: Session) -> Agent:
        """Return the deployment, which reads what is asked about it."""
        return replace(session.agent(self.account, self.entry), record=self.record)


def subject_of(state: DeploymentState) -> Subject:
    """Return the deployment that is shown, with its record if it has one."""
    return Subject(state.account, state.entry, state.record)


class Newest(Struct, frozen=True):
    """The newest revision of a deployment with its spec."""

    row: RevisionRow
    spec: RevisionSpec


class Side(Struct, frozen=True):
    """One side of a comparison: a revision, or what the user saw at the last visit, with its `kept` spec."""

    subject: Subject
    row: RevisionRow
    kept: RevisionSpec | None = None


Sides = tuple[Side, Side]
"""The old side and the new side."""


Find = Callable[[Session, "Call"], "Sides | str"]
"""Returns the two sides to compare, or why there is nothing to compare with (worker thread)."""


def newest_change(subject: Subject) -> Find:
    """Return a function that finds the newest revision of a deployment and the one before it."""
    return lambda session, call: _change(history_of(session, subject, call), subject, None)


def change_to_show(subject: Subject) -> Find:
    """Return a function that finds the change that the diagnosis blames, else the newest one."""

    def find(session: Session, call: Call) -> Sides | str:
        diagnosis = session.facts.diagnosis(subject.deployment_id)
        blamed = diagnosis.change if diagnosis is not None else None
        return _change(history_of(session, subject, call), subject, blamed)

    return find


def _change(rows: Sequence[RevisionRow], subject: Subject, blamed: BlamedChange | None) -> Sides | str:
    pair = last_change(rows)
    if blamed is not None:
        named = {key: row for row in rows for key in (row.number, row.deployed_raw)}
        old, new = named.get(blamed.previous), named.get(blamed.revision)
        pair = (old, new) if blamed.previous and old is not None and new is not None else pair
    if pair is None:
        return f"{rows[0].title} is the only revision" if rows else "There are no revisions"
    return sides_of(subject, pair)


def between(subject: Subject, old: str, new: str) -> Find:
    """Return a function that finds the sides that the address of a comparison names; see `Diff`."""
    if not (old or new):
        return change_to_show(subject)

    def find(session: Session, call: Call) -> Sides | str:
        account, slash, agent = old.partition("/")
        if slash and not new:
            other = _listed(session, account, agent, call)
            return other if isinstance(other, str) else against_agent(subject, other)(session, call)
        rows = history_of(session, subject, call)
        if missing := next((side for side in (old, new) if side and revision_named(rows, side) is None), ""):
            return f"There is no revision {missing}{_range_of(rows)}"
        newer = revision_named(rows, new)
        older = revision_named(rows, old) if old else before(rows, newer) if newer is not None else None
        if older is None:
            return f"There is no revision before {new}"
        return Side(subject, older), deployed_of(session, subject, call) if newer is None else Side(subject, newer)

    return find


def revision_named(rows: Sequence[RevisionRow], name: str) -> RevisionRow | None:
    """Return the revision with this number, or, on servers without numbers, of this time."""
    return next((row for row in rows if name and name in (str(row.number), row.deployed_raw)), None)


def name_of(row: RevisionRow) -> str:
    """Return the name of a revision in an address."""
    return str(row.number) if row.number is not None else row.deployed_raw


def _range_of(rows: Sequence[RevisionRow]) -> str:
    numbers = [row.number for row in rows if row.number is not None]
    return f" among revisions {min(numbers)} to {max(numbers)}" if numbers else ""


def _listed(session: Session, account: str, agent: str, call: Call) -> Subject | str:
    """Return a deployment from the roster or its account's list, or why it is not found (worker thread)."""
    entry = session.roster.lookup(account, agent)
    if entry is None:
        found = find_agent(entries_of(session.platform.deployments(account, call=call).rows), agent)
        if len(found) != 1:
            return f"{'Several agents match' if found else 'No agent matches'} {account}/{agent}"
        entry = found[0]
    return Subject(account, entry)


def against_agent(subject: Subject, other: Subject) -> Find:
    """Return a function that finds what another agent and this one have deployed."""

    def find(session: Session, call: Call) -> Sides:
        return deployed_of(session, other, call), deployed_of(session, subject, call)

    return find


def against_last_visit(subject: Subject) -> Find:
    """Return a function that finds what the user last saw of a deployment, and what is deployed now."""

    def find(session: Session, call: Call) -> Sides | str:
        seen = session.last_seen.before(subject.deployment_id)
        if seen is None or not seen.spec:
            return "There is no spec from an earlier visit"
        return since_seen(session, subject, seen, call)

    return find


def sides_of(subject: Subject, pair: Pair) -> Sides:
    """Return two revisions of one deployment as the sides of a comparison."""
    return Side(subject, pair[0]), Side(subject, pair[1])


class Comparison(Struct, frozen=True):
    """The difference between two specs, ready to be drawn."""

    sides: Sides
    rows: DiffRows
    regenerated: tuple[str, ...]
    outdated: bool = False
    """Whether one of them was regenerated while another revision was current."""

    @property
    def pair(self) -> Pair:
        """The two revisions."""
        return self.sides[0].row, self.sides[1].row

    @property
    def newest_change(self) -> NewestChange:
        """The difference as the newest change; the second side must be the newest revision."""
        return NewestChange(self.rows, self.sides[1].row.raw_build)

    @property
    def names(self) -> tuple[str, str]:
        """A name for each side in a sentence: agent and revision; if both have the same agent, it is named once."""
        old, new = self.sides
        if old.subject.deployment_id == new.subject.deployment_id:
            return f"{old.subject.entry.label}: {old.row.title}", new.row.title
        first, second = (f"{side.subject.account}/{side.subject.entry.label}: {side.row.title}" for side in self.sides)
        return first, second

    def caution(self, *, short: bool = False) -> str:
        """Warn that a regenerated spec differs from what ran (platform.md §8.7); empty if neither is regenerated."""
        if not self.regenerated:
            return ""
        which = "both" if len(self.regenerated) > 1 else self.regenerated[0]
        if self.outdated:
            if short:
                return f"in {which}, some values are today's"
            return f"{which} regenerated: {', '.join(OF_TODAY)} are today's"
        return f"{which} regenerated by the server{'' if short else '; may differ slightly from what ran'}"


def history_of(session: Session, subject: Subject, call: Call) -> list[RevisionRow]:
    """Return the deployment's revisions, newest first."""
    return subject.agent(session).history(call).rows


def last_change(rows: Sequence[RevisionRow]) -> Pair | None:
    """Return the current revision and the one to compare it with; None if there is only one."""
    newest = current_of(rows)
    older = before(rows, newest) if newest is not None else None
    return (older, newest) if newest is not None and older is not None else None


def spec_of(session: Session, subject: Subject, row: RevisionRow, call: Call) -> RevisionSpec:
    """Return the spec of a revision, which is requested only once per session."""
    return subject.agent(session).spec(row, call)


def newest_of(session: Session, subject: Subject, call: Call) -> Newest | None:
    """Return the current revision with its spec, ready to be drawn; None without revisions (worker thread)."""
    row = current_of(history_of(session, subject, call))
    if row is None:
        return None
    spec = spec_of(session, subject, row, call)
    count_first_rows(spec.document)
    return Newest(row, spec)


def deployed_of(session: Session, subject: Subject, call: Call) -> Side:
    """Return what an agent has deployed, else its newest revision (worker thread).

    Raises PlatformError, of kind NOT_FOUND if there is neither.
    """
    record = subject.record or _record_of(session, subject, call)
    subject = replace(subject, record=record)
    try:
        row = current_of(history_of(session, subject, call))
    except PlatformError:
        if record is None:
            raise
        row = None
    if row is None and record is not None:
        row = row_of_record(record, subject.entry)
    if row is None:
        raise PlatformError(
            ErrorKind.NOT_FOUND,
            f"The platform has no spec for {subject.entry.label}.",
            request=f"history of {subject.name}",
            remedies=(RefreshList(),),
        )
    return Side(subject, row)


def since_seen(session: Session, subject: Subject, seen: Seen, call: Call) -> Sides:
    """Return what the user last saw of a deployment, and what is deployed, without secrets (worker thread)."""
    new = deployed_of(session, subject, call)
    spec = spec_of(session, new.subject, new.row, call)
    try:
        old = Document.parse(seen.spec)
    except DocumentError as error:
        raise PlatformError(
            ErrorKind.ODD_SHAPE, f"The spec from your last visit cannot be read: {error}", request=""
        ) from error
    kept = RevisionSpec(Document.parse(without_secrets(spec.document, seen.salt)), spec.regenerated)
    was = Side(new.subject, row_of_seen(seen, subject.deployment_id), RevisionSpec(old, seen.regenerated))
    return was, replace(new, kept=kept)


def _record_of(session: Session, subject: Subject, call: Call) -> ActiveDeployment | None:
    """Return the active record if it belongs to this deployment: a blueprint has only one."""
    try:
        record = subject.agent(session).active(call)
    except PlatformError as error:
        if error.kind in FINAL_KINDS or error.offline:
            raise
        return None
    return record if record is not None and record.id in (subject.deployment_id, "") and record.has_spec else None


def compared(session: Session, sides: Sides, options: Options, width: int, call: Call) -> Comparison:
    """Return the difference between two specs, laid out for rows of `width` cells (worker thread)."""
    old, new = (_spec_of_side(session, side, call) for side in sides)
    rows = difference_of(old.document, new.document, call.canceled.is_set, options, width)
    made = [side.row.title for side, spec in zip(sides, (old, new), strict=True) if spec.regenerated]
    return Comparison(sides, rows, tuple(made), old.outdated or new.outdated)


def _spec_of_side(session: Session, side: Side, call: Call) -> RevisionSpec:
    if side.kept is not None:
        return side.kept
    return spec_of(session, side.subject, side.row, call)


def difference_of(
    old: Document, new: Document, canceled: Callable[[], bool], options: Options | None = None, width: int = 0
) -> DiffRows:
    """Return the difference between two documents, laid out if a width is given (worker thread).

    Raises PlatformError of kind CANCELED.
    """
    try:
        rows = DiffRows(compare(old, new, canceled), options)
        if width > 0:
            rows.lay_out(width, canceled)
        else:
            rows.get_ready()
    except ComparisonCanceledError as error:
        raise PlatformError(ErrorKind.CANCELED, str(error), request="") from error
    return rows
