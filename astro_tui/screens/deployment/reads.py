"""Reads one deployment: its record with the spec, its details, its state, and its diagnosis. Knows no widget."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from functools import partial
from time import monotonic
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from msgspec import Struct
from msgspec.structs import replace

from astro_tui.diagnosis import Diagnosis, Fact
from astro_tui.document import Document, count_first_rows, find
from astro_tui.document.known import FORMAT
from astro_tui.errors import DocumentError, PlatformError
from astro_tui.platform import rounds
from astro_tui.platform.deployment_rows import DeploymentList
from astro_tui.platform.models import DeploymentDetail, StatusReport
from astro_tui.presentation.agent_list import Entry, entries_of, tally
from astro_tui.presentation.record import DeploymentState, has_no_record
from astro_tui.presentation.revisions import current_of, rows_of
from astro_tui.screens.base.view import Topic, View
from astro_tui.session.agent import Agent
from astro_tui.session.comparison import Newest, newest_of
from astro_tui.text.times import counted
from astro_tui.theme.look import Look

if TYPE_CHECKING:
    from astro_tui.platform.client import Call
    from astro_tui.platform.models import ActiveDeployment
    from astro_tui.presentation.accounts import States

R = TypeVar("R")
LARGE = 1 << 20
"""The size, in bytes, from which a spec that cannot be parsed is dropped."""


class _Spec(Struct, frozen=True):
    """A record with its parsed spec; without a `document`, `problem` says why. `absent` is the request without one."""

    record: ActiveDeployment | None = None
    document: Document | None = None
    problem: DocumentError | None = None
    absent: str = ""


class _Read(Struct, Generic[R], frozen=True):
    """A response as a record for the screen, and as a fact for the diagnosis.

    If it failed, there is no record, but a diagnosis that says so.
    """

    record: R | None
    fact: Fact
    diagnosis: Diagnosis | None = None


class DeploymentReads:
    """What the deployment screen reads: the record with its spec, the details, the state, and the diagnosis.

    The spec is that of the active record. Without a record, with another deployment's, or after a rollback, the spec is
    that of this deployment's current revision.
    """

    def __init__(self, view: View, account: str, entry: Entry) -> None:
        self._view, self._session, self._account = view, view.session, account
        self.state = DeploymentState(entry, account=account)
        """Everything that is known."""
        self.record = Topic[_Spec](view, "record", self._take_record, every=self._every)
        self._given: dict[str, Fact] = {}
        self._read_at: dict[str, datetime | None] = {}
        self._said: dict[str, object] = {}
        self._investigate_after = 0.0
        self._with_list = False
        self._summary = ""
        self._rolled_back_from: str | None = None
        self._moved = False
        self._history: dict[str, Fact] = {}

    @property
    def agent(self) -> Agent:
        """The deployment, with its record if it has one."""
        return self._session.agent(self._account, self.state.entry, self.state.record)

    def begin(self, entry: Entry) -> None:
        """Start over with another deployment; only its list row is known."""
        for topic in ("newest", "history", "diagnosis", "list", "names"):
            self._view.forget(topic)
        self.record.forget()
        self.state = DeploymentState(entry, account=self._account)
        self._said, self._read_at, self._summary, self._rolled_back_from = {}, {}, "", None
        self._history = {}

    def want_list(self) -> None:
        """Request the list with the next load, too: the row may have changed."""
        self._with_list = True

    def load(self) -> None:
        """Request the record with its spec, the details, and the state; the history at first, and if it may change."""
        agent, shown, moving = self.agent, self.state.document, bool(self.state.status.moving)
        if self._with_list or moving != self._moved or self._rolled_back_from is None:
            self._moved = moving
            self._view.fetch("history", partial(agent.read, "history"), self._take_history, _ignore)
        if self._with_list:
            self._with_list, self._said = False, {}
            self._view.fetch("list", self._list, self._take_list, _ignore)
        self.record.load(lambda call: _record(agent, shown, call))
        self._given = dict(self._history)
        self._view.fetch("detail", self._detail, self._take_detail, _ignore)
        self._view.fetch("status", self._status, self._take_status, _ignore)
        self._session.platform.names.begin(self._account)

    def change(self, **fields: Any) -> None:
        """Change fields of the state, and let the screen show it, with its new title and age."""
        old, state = self.state, replace(self.state, **fields)
        if state.document is not old.document:
            self._summary = summary_of(state.document, self._session.look)
        self.state = replace(state, spec=spec_title(state, self._summary))
        diagnosis = state.entry.diagnosis
        judged = (diagnosis.as_of, diagnosis.oldest) if diagnosis is not None else ()
        times = (*self._read_at.values(), *judged)
        self.record.oldest = min((at for at in times if at is not None), default=None)
        self._view.changed()

    def _every(self) -> float:
        """Return the seconds between two loads: few during a rollout."""
        return self.record.while_moving(self.state.status.moving and self.state.status.label)

    def follow(self) -> None:
        """Say why the record was not read, show names of users that have arrived, and judge again with them."""
        if self.state.failure is not self.record.error:
            self.change(failure=self.record.error)
        names, agent = dict(self._session.names), self.agent
        if names == self.state.names:
            return
        self.change(names=names)
        if agent.diagnosis is not None:
            self._view.fetch("names", lambda _call: agent.add(), self.conclude, _ignore)

    # ---- the record

    def _take_record(self, spec: _Spec) -> None:
        record = spec.record
        if record is None:
            self._without_record(absent=spec.absent)
        elif record.id and record.id != self.state.entry.key:
            # The blueprint's newest active deployment is another one (platform.md §8.7): nothing of it is shown.
            self._without_record(foreign=record)
        elif self._rolled_back_from:
            self._without_record(spec.document, record=record, rolled_back_from=self._rolled_back_from)
        else:
            self._view.forget("newest")
            cleared = {"absent": "", "foreign": None, "newest": None, "regenerated": False, "rolled_back_from": ""}
            self.change(record=record, document=spec.document, problem=spec.problem, **cleared)

    def _without_record(self, old: Document | None = None, **known: Any) -> None:
        """Show that no record has the spec that runs, and request that of the current revision; until then, `old`."""
        document = self.state.document if self.state.newest is not None else old
        unknown = {"foreign": None, "absent": "", "record": None, "rolled_back_from": "", "problem": None}
        self.change(**{**unknown, "document": document, **known})
        agent = self.agent
        self._view.fetch("newest", lambda call: newest_of(agent, call), self._take_newest, _ignore)

    def _take_history(self, read: Fact) -> None:
        """Note whether the deployment was rolled back: then the record has a spec that does not run."""
        entry = self.state.entry
        rows = rows_of(getattr(read.value, "rows", ()), entry.key, namespace=entry.deployment.namespace)
        current, before = current_of(rows), self._rolled_back_from
        if current is not None:
            self._rolled_back_from = current.rolled_back_from
            if self._rolled_back_from != (before or "") and self.record.value is not None:
                self._take_record(self.record.value)
        if read.known:
            self._history = {"history": read}
            self._given |= self._history
        self._investigate()

    def _take_newest(self, newest: Newest | None) -> None:
        if newest is not None:
            spec = newest.spec
            self.change(document=spec.document, newest=newest.row, regenerated=spec.regenerated)

    # ---- the list

    def _list(self, call: Call) -> tuple[Fact, tuple[Entry, ...], States]:
        """Request the list, with what is known about its agents, and how many are in each state (worker thread)."""
        session = self._session
        read = self.agent.read("list", call)
        rows = read.value.rows if isinstance(read.value, DeploymentList) else []
        before = {entry.key: entry for entry in session.roster.entries.get(self._account, ())}
        entries = tuple(session.verdicts.known(entry) for entry in entries_of(rows, before))
        return read, entries, tuple(tally(entries))

    def _take_list(self, lists: tuple[Fact, tuple[Entry, ...], States]) -> None:
        (read, entries, states), roster, account = lists, self._session.roster, self._account
        if read.read_at is not None:
            roster.update(account, entries, states, read.read_at)
        else:
            roster.fail(account, read.error, self._session.clock())
        entry = next((each for each in entries if each.key == self.state.entry.key), None)
        if entry is not None:
            self.change(entry=entry)
        self._investigate()

    # ---- details and state

    def _detail(self, call: Call) -> _Read[DeploymentDetail]:
        read = self._read("record", DeploymentDetail.model_validate, call)
        self._session.know_user(call)
        return read

    def _take_detail(self, read: _Read[DeploymentDetail]) -> None:
        self._read_at["record"] = read.fact.read_at or self._read_at.get("record")
        self.change(detail=read.record or self.state.detail)
        self._give("record", read)

    def _status(self, call: Call) -> _Read[StatusReport]:
        return self._read("status", StatusReport.model_validate, call)

    def _take_status(self, read: _Read[StatusReport]) -> None:
        verdicts, entry, report = self._session.verdicts, self.state.entry, read.record
        entry = verdicts.keep(entry, report) if report is not None else verdicts.miss(entry)
        self._session.roster.learn(self._account, entry)
        self._read_at["status"] = read.fact.read_at or self._read_at.get("status")
        self.change(report=report or self.state.report, entry=entry)
        self._give("status", read)

    def _read(self, name: str, model: Callable[[object], R], call: Call) -> _Read[R]:
        """Read a source as patiently as the diagnosis does, so that both say the same about it (worker thread)."""
        agent = self.agent
        fact = agent.read(name, call)
        return _Read(model(fact.value), fact) if fact.known else _Read(None, fact, agent.add(**{name: fact}))

    # ---- the diagnosis

    def _give(self, name: str, read: _Read[R]) -> None:
        """Say what could not be read; investigate with what was read for the screen, once all of it is here."""
        self._given[name] = read.fact
        if read.diagnosis is not None:
            self.conclude(read.diagnosis)
        self._investigate()

    def observe(self, facts: Mapping[str, Fact]) -> None:
        """Investigate again with what a section read, such as the runtime, so that the lines above it agree."""
        self._given |= facts
        self._investigate()

    def _investigate(self) -> None:
        if not {"record", "status"} <= self._given.keys() or self._view.busy("list") or self._view.busy("history"):
            return
        facts, agent = dict(self._given), self.agent
        said = {name: fact.value or fact.error for name, fact in facts.items()}
        if said == self._said and monotonic() < self._investigate_after:
            # A rollout is read every three seconds; what explains it changes less often.
            return
        self._said, self._investigate_after = said, monotonic() + rounds.ROLLOUT_AGAIN
        self._view.fetch("diagnosis", lambda call: _diagnosis(agent, facts, call), self.conclude, _ignore)

    def acted(self) -> None:
        """An action on the deployment began or ended: show the deployment's state, and load what changed."""
        self.change(entry=self._session.verdicts.known(self.state.entry))
        self.want_list()
        self.record.outdated()

    def conclude(self, diagnosis: Diagnosis) -> None:
        """Show what is wrong with the deployment."""
        entry = self._session.verdicts.conclude(self.state.entry, diagnosis)
        self._session.roster.learn(self._account, entry)
        self.change(entry=entry)


def _ignore(_error: PlatformError) -> None:
    """The record's own request reports a lost connection."""


def _diagnosis(agent: Agent, facts: Mapping[str, Fact], call: Call) -> Diagnosis:
    """Investigate an agent, and read its builds if it has a problem (worker thread)."""
    diagnosis = agent.investigate(call, facts, closely=True)
    agent.advised(diagnosis, call)
    return diagnosis


def _record(agent: Agent, shown: Document | None, call: Call) -> _Spec:
    """Read the record of a blueprint, if it has one (worker thread)."""
    try:
        return parsed_record(agent.request("active", call), shown)
    except PlatformError as error:
        if has_no_record(error):
            return _Spec(absent=error.request)
        raise


def parsed_record(record: ActiveDeployment, shown: Document | None) -> _Spec:
    """Parse the spec; the result has the `shown` document if nothing changed (worker thread)."""
    large = len(record.spec) > LARGE
    try:
        document = Document.parse(record.spec)
    except DocumentError as error:
        # Nothing can be done with a spec that cannot be parsed, so a large one is not kept.
        return _Spec(record.model_copy(update={"spec": b""}) if large else record, None, error.without_frames())
    if shown is not None and shown.text == document.text:
        document = shown
    count_first_rows(document)
    # A large spec is kept once: its text parses to the same document as the bytes that were sent.
    return _Spec(record.model_copy(update={"spec": document.text}) if large else record, document)


def spec_title(state: DeploymentState, summary: str) -> str:
    """Return what the spec on screen is; `summary` describes the document. Empty while it is loading."""
    if state.newest is not None:
        regenerated = " regenerated" if state.regenerated else ""
        if state.foreign is not None:
            return f"{state.newest.title}{regenerated}"
        if state.rolled_back_from:
            return f"{state.newest.title}{regenerated}; rolled back from {state.rolled_back_from}"
        return f"{state.newest.title}{regenerated}; {'not active' if state.inactive else 'no active record'}"
    if state.foreign is not None:
        return "belongs to another deployment"
    if state.absent:
        return f"none: no active {'deployment' if state.inactive else 'record'}"
    if state.rolled_back_from:
        return f"{state.rolled_back_from}; does not run: rolled back"
    return summary


def summary_of(document: Document | None, look: Look) -> str:
    """Return the format of a document and its number of values: `deployment/v1 · 214 values`."""
    if document is None:
        return ""
    spec = find(document, ("spec",))
    line = document.line(spec) if spec is not None else None
    is_known = line is not None and document.text[line.value : line.stop] == f'"{FORMAT}"'.encode()
    return (f"{FORMAT} {look.glyphs.dot} " if is_known else "") + counted(document.node_count - 1, "value")
