"""Loads and compares two specs, of two revisions or of two agents, for worker threads of any screen."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from msgspec import Struct
from msgspec.structs import replace

from astro_tui.actions.deploy import plan_of
from astro_tui.actions.kinds import Action, ActionKind
from astro_tui.actions.target import read_state
from astro_tui.diagnosis import BlamedChange
from astro_tui.difference import ComparisonCanceledError, compare
from astro_tui.difference.layout import Options
from astro_tui.difference.rows import DiffRows
from astro_tui.document import Document, count_first_rows
from astro_tui.errors import FINAL_KINDS, DocumentError, ErrorKind, PlatformError, RefreshList
from astro_tui.platform.client import Call
from astro_tui.platform.models import ActiveDeployment
from astro_tui.presentation.agent_list import find as find_agent
from astro_tui.presentation.revisions import (
    OF_NEWEST,
    RevisionRow,
    before,
    current_of,
    row_of_record,
    row_of_seen,
)
from astro_tui.session.agent import Agent
from astro_tui.session.roster import NewestChange
from astro_tui.session.scope import read_entries
from astro_tui.session.session import Session
from astro_tui.session.spec_store import RevisionSpec
from astro_tui.state.last_seen import Seen, without_secrets

RevisionPair = tuple[RevisionRow, RevisionRow]
"""Two revisions: the old one and the new one."""


class Newest(Struct, frozen=True):
    """The newest revision of a deployment with its spec."""

    row: RevisionRow
    spec: RevisionSpec


class Side(Struct, frozen=True):
    """One side of a comparison: a revision, or what the user saw at the last visit, with its `kept` spec."""

    agent: Agent
    row: RevisionRow
    kept: RevisionSpec | None = None


Sides = tuple[Side, Side]
"""The old side and the new side."""


Find = Callable[["Call"], "Sides | str"]
"""Returns the two sides to compare, or why there is nothing to compare with (worker thread)."""


def newest_change(agent: Agent) -> Find:
    """Return a function that finds the newest revision of a deployment and the one before it."""
    return lambda call: _change(agent.history(call).rows, agent, None)


def change_to_show(agent: Agent) -> Find:
    """Return a function that finds the change that the diagnosis blames, else the newest one."""

    def find(call: Call) -> Sides | str:
        blamed = agent.diagnosis.change if agent.diagnosis is not None else None
        return _change(agent.history(call).rows, agent, blamed)

    return find


def _change(rows: Sequence[RevisionRow], agent: Agent, blamed: BlamedChange | None) -> Sides | str:
    pair = last_change(rows)
    if blamed is not None:
        named = {key: row for row in rows for key in (row.number, row.deployed_raw)}
        old, new = named.get(blamed.previous), named.get(blamed.revision)
        pair = (old, new) if blamed.previous and old is not None and new is not None else pair
    if pair is None:
        return f"{rows[0].title} is the only revision" if rows else "There are no revisions"
    return sides_of(agent, pair)


def between(session: Session, agent: Agent, old: str, new: str) -> Find:
    """Return a function that finds the sides that the address of a comparison names; see `Diff`."""
    if not (old or new):
        return change_to_show(agent)

    def find(call: Call) -> Sides | str:
        account, slash, name = old.partition("/")
        if slash and not new:
            other = _listed(session, account, name, call)
            return other if isinstance(other, str) else against_agent(agent, other)(call)
        rows = agent.history(call).rows
        if missing := next((side for side in (old, new) if side and revision_named(rows, side) is None), ""):
            return f"There is no revision {missing}{_range_of(rows)}"
        newer = revision_named(rows, new)
        older = revision_named(rows, old) if old else before(rows, newer) if newer is not None else None
        if older is None:
            return f"There is no revision before {new}"
        return Side(agent, older), deployed_of(agent, call) if newer is None else Side(agent, newer)

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


def _listed(session: Session, account: str, name: str, call: Call) -> Agent | str:
    """Return a deployment from the roster or its account's list, or why it is not found (worker thread)."""
    entry = session.roster.lookup(account, name)
    if entry is None:
        matches = find_agent(read_entries(session.platform, account, call), name)
        if len(matches) != 1:
            return f"{'Several agents match' if matches else 'No agent matches'} {account}/{name}"
        entry = matches[0]
    return session.agent(account, entry)


def against_agent(agent: Agent, other: Agent) -> Find:
    """Return a function that finds what another agent and this one have deployed."""
    return lambda call: (deployed_of(other, call), deployed_of(agent, call))


def against_last_visit(agent: Agent) -> Find:
    """Return a function that finds what the user last saw of a deployment, and what is deployed now."""

    def find(call: Call) -> Sides | str:
        seen = agent.agents.seen(agent.key)
        if seen is None or not seen.spec:
            return "There is no spec from an earlier visit"
        return since_seen(agent, seen, call)

    return find


def against_build(session: Session, agent: Agent, build: RevisionRow) -> Find:
    """Return a function that finds what runs, and what a build would run, both as the platform would deploy them."""

    def find(call: Call) -> Sides | str:
        state = read_state(session.platform, agent.target, session.clock, call)
        action = Action(ActionKind.DEPLOY, build.raw_build)
        plan, verdict = plan_of(session.acting, agent.target, action, state, call)
        if plan is None or plan.compared is None or state.current is None:
            return verdict.reason.capitalize() or "The build cannot be compared"
        old, new = (RevisionSpec(Document.parse(spec), regenerated=False) for spec in plan.compared)
        return Side(agent, state.current, old), Side(agent, build, new)

    return find


def sides_of(agent: Agent, pair: RevisionPair) -> Sides:
    """Return two revisions of one deployment as the sides of a comparison."""
    return Side(agent, pair[0]), Side(agent, pair[1])


class Comparison(Struct, frozen=True):
    """The difference between two specs, ready to be drawn."""

    sides: Sides
    rows: DiffRows
    regenerated: tuple[str, ...]
    outdated: bool = False
    """Whether one of them was regenerated while another revision was current."""

    @property
    def pair(self) -> RevisionPair:
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
        if old.agent.key == new.agent.key:
            return f"{old.agent.entry.label}: {old.row.title}", new.row.title
        first, second = (f"{side.agent.account}/{side.agent.entry.label}: {side.row.title}" for side in self.sides)
        return first, second

    def caution(self, *, short: bool = False) -> str:
        """Warn that a regenerated spec differs from what ran (platform.md §8.7); empty if neither is regenerated."""
        if not self.regenerated:
            return ""
        which = "both" if len(self.regenerated) > 1 else self.regenerated[0]
        if self.outdated:
            if short:
                return f"in {which}, some values are from the newest"
            return f"{which} regenerated: {', '.join(OF_NEWEST)} are from the newest"
        return f"{which} regenerated by the server{'' if short else '; may differ slightly from what ran'}"


def last_change(rows: Sequence[RevisionRow]) -> RevisionPair | None:
    """Return the current revision and the one to compare it with; None if there is only one."""
    newest = current_of(rows)
    older = before(rows, newest) if newest is not None else None
    return (older, newest) if newest is not None and older is not None else None


def newest_of(agent: Agent, call: Call) -> Newest | None:
    """Return the current revision with its spec, ready to be drawn; None without revisions (worker thread)."""
    row = current_of(agent.history(call).rows)
    if row is None:
        return None
    spec = agent.spec(row, call)
    count_first_rows(spec.document)
    return Newest(row, spec)


def deployed_of(agent: Agent, call: Call) -> Side:
    """Return what an agent has deployed, else its newest revision (worker thread).

    Raises PlatformError, of kind NOT_FOUND if there is neither.
    """
    record = agent.record or _record_of(agent, call)
    agent = replace(agent, record=record)
    try:
        row = current_of(agent.history(call).rows)
    except PlatformError:
        if record is None:
            raise
        row = None
    if row is None and record is not None:
        row = row_of_record(record, agent.entry)
    if row is None:
        raise PlatformError(
            ErrorKind.NOT_FOUND,
            f"The platform has no spec for {agent.entry.label}.",
            request=f"history of {agent.row.name}",
            remedies=(RefreshList(),),
        )
    return Side(agent, row)


def since_seen(agent: Agent, seen: Seen, call: Call) -> Sides:
    """Return what the user last saw of a deployment, and what is deployed, without secrets (worker thread)."""
    new = deployed_of(agent, call)
    spec = new.agent.spec(new.row, call)
    try:
        old = Document.parse(seen.spec.encode())
    except DocumentError as error:
        raise PlatformError(
            ErrorKind.ODD_SHAPE, f"The spec from your last visit cannot be read: {error}", request=""
        ) from error
    kept = RevisionSpec(Document.parse(without_secrets(spec.document, seen.salt)), spec.regenerated)
    was = Side(new.agent, row_of_seen(seen, agent.key), RevisionSpec(old, seen.regenerated))
    return was, replace(new, kept=kept)


def _record_of(agent: Agent, call: Call) -> ActiveDeployment | None:
    """Return the active record if it belongs to this deployment: a blueprint has only one."""
    try:
        record = agent.active(call)
    except PlatformError as error:
        if error.kind in FINAL_KINDS or error.offline:
            raise
        return None
    return record if record is not None and record.id in (agent.key, "") and record.has_spec else None


def compared(sides: Sides, options: Options, width: int, call: Call) -> Comparison:
    """Return the difference between two specs, laid out for rows of `width` cells (worker thread)."""
    old, new = (side.kept or side.agent.spec(side.row, call) for side in sides)
    rows = difference_of(old.document, new.document, call.canceled.is_set, options, width)
    made = [side.row.title for side, spec in zip(sides, (old, new), strict=True) if spec.regenerated]
    return Comparison(sides, rows, tuple(made), old.outdated or new.outdated)


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
