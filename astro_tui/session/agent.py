"""A deployment, and everything that is read about it, for screens, commands, and MCP alike.

All that was read is kept by `Agents`, once per login: in bounded caches, with one budget of requests. An `Agent` is a
value that any thread may use. Each of its methods requests only what its result needs, and blocks.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial
from math import inf
from time import monotonic
from typing import Any, TypeVar

from msgspec import Struct
from msgspec.structs import replace as changed

from astro_tui.chat.words import command_to_ask
from astro_tui.diagnosis import (
    MISSING,
    Diagnosis,
    Fact,
    Facts,
    LogFact,
    LogRequest,
    RevisionKey,
    diagnose,
    what_to_request,
)
from astro_tui.diagnosis.observe import cluster_of
from astro_tui.diagnosis.values import ON_DEMAND, NextStep, Workload
from astro_tui.document import Document, masked
from astro_tui.errors import ErrorKind, PlatformError
from astro_tui.platform.client import Call, Platform
from astro_tui.platform.deployment_rows import Deployment
from astro_tui.platform.lenient import moment, text
from astro_tui.platform.models import ActiveDeployment, StatusReport
from astro_tui.platform.status_words import UNREADABLE
from astro_tui.presentation.agent_list import Entry, with_diagnosis, with_report
from astro_tui.presentation.builds import BuildRow, newest_of
from astro_tui.presentation.nodes import Nodes
from astro_tui.presentation.presence import Target, read_source, read_template, target_of
from astro_tui.presentation.record import has_no_record
from astro_tui.presentation.revisions import RevisionRow, current_of, rows_of, spec_seen
from astro_tui.presentation.timeline import Happening, timeline
from astro_tui.presentation.variables import of_agent, refs_of
from astro_tui.runtime import Clock, made_once, system_clock
from astro_tui.session.account_store import KEPT, inputs_of, people, read_account
from astro_tui.session.builds import Builds, BuildStore, read_all_builds, with_build
from astro_tui.session.fact_store import FactStore, Read, begun, older_where_unread, read_together
from astro_tui.session.spec_store import RevisionSpec, RunningSpec, SpecStore, SpecText, parsed, spec_text
from astro_tui.session.trace_store import TraceStore
from astro_tui.state.journal import HARMLESS, RENEWS, ActionStage, journal_of_user
from astro_tui.state.last_seen import Seen
from astro_tui.text.foreign import visible

T = TypeVar("T")
Together = Callable[[Sequence[Read]], list[Fact]]
"""Sends some requests at a time, and returns what they read."""
AT_ONCE = 8
"""Agents investigated at the same time; `FactStore.slot` bounds their requests."""
_MOST_STEPS = 12
_NOTHING = Document.parse(b"null")
_TICK = 0.1
LATELY = timedelta(hours=1)
OF_ACCOUNT = ("billing", "audit")
"""The sources that are about the account."""
OF_TIMELINE = ("events", "history", "runtime", "alerts", "audit")
"""The sources of what happened."""
OF_REPORT = (*OF_TIMELINE, "record")
"""The sources of a report."""


def ignored(_done: int, _total: int) -> None:
    """Report no progress."""


class Agents:
    """What was read about the deployments of one login. Safe to use from many threads.

    `seen` returns what was stored about a deployment when it was last opened on this machine, and `names` the names of
    users. `facts` has what was read to diagnose them.
    """

    def __init__(
        self,
        platform: Platform,
        clock: Clock = system_clock,
        facts: FactStore | None = None,
        *,
        seen: Callable[[str], Seen | None] = lambda _key: None,
        names: Callable[[Call], Mapping[str, str]] | None = None,
    ) -> None:
        self.platform, self.clock, self.seen = platform, clock, seen
        self.facts = facts if facts is not None else FactStore()
        self.specs, self.traces = SpecStore(), TraceStore(platform, clock)
        self.builds = BuildStore(clock)
        self.masking = threading.Lock()
        """The lock of the one thread that masks a whole spec."""
        self.asked: dict[str, str] = {}
        """The user's last question to each agent in this run, by its id. It is stored nowhere."""
        self.renewed: set[str] = set()
        """The agents whose pods were replaced from this machine lately."""
        self.shown: Callable[[str], str] | None = None
        """Masks a text of a spec further than on screen, so that a search sees only what is shown."""
        self.names = names or (lambda _call: platform.names)

    def of(self, account: str, entry: Entry, record: ActiveDeployment | None = None) -> Agent:
        """Return an agent of an account."""
        return Agent(self, account, entry, record)

    @made_once
    def rolled_back(self) -> frozenset[str]:
        """The deployments that earlier runs on this machine rolled back last."""
        return journal_of_user().rolled_back(self.platform.server)

    def account(self, account: str, source: str, call: Call, *, again: bool = False) -> Fact:
        """Return what is known about an account, with at most one request in ten minutes; `read_account` names sources.

        Raises PlatformError only if the call is canceled or the login has expired.
        """

        def send() -> object:
            return read_account(self.platform, account, source, self.clock(), call)

        return self.facts.accounts.read(account, source, send, self.clock, again=again)

    def looked_at(self, entries: Sequence[Entry]) -> set[str]:
        """Return the ids of the agents whose diagnosis is based on more than the row of the list."""
        return {entry.key for entry in entries if self.of(entry.account, entry).looked_at}

    def judge(self) -> Callable[[Entry], Entry]:
        """Return a function like `Agent.by_the_list` for long lists: agents whose rows say the same share a diagnosis.

        It names no agent, so the commands in its next steps do not either. An agent about which more is known gets its
        own.
        """
        at, diagnoses = self.clock(), dict[tuple[object, ...], Diagnosis]()

        def judged(entry: Entry) -> Entry:
            if self.facts.diagnosis(entry.key) is not None:
                return self.of(entry.account, entry).by_the_list().entry
            row = entry.deployment
            # Only how long a rollout takes depends on more than the status.
            created = row.created_at if entry.status.moving else ""
            said = (row.status, row.account_name, created)
            if said not in diagnoses:
                alike = Deployment(status=row.status, account_name=row.account_name, created_at=created)
                billing = self.facts.accounts.peek(entry.account, "billing")
                facts = Facts(at, account=entry.account, row=Fact(alike, read_at=at), billing=billing)
                diagnoses[said] = diagnose(facts, self.facts.tables)
            return with_diagnosis(entry, diagnoses[said])

        return judged

    def investigated(
        self,
        entries: Sequence[Entry],
        outer: Call,
        patience: float = inf,
        progress: Callable[[int, int], None] = ignored,
    ) -> Iterator[Agent]:
        """Yield agents with their report and diagnosis, in order, each as soon as those before it are known.

        `progress` receives the number done and the total, in the thread of the caller. After `patience` seconds, none
        are begun: the rest is judged by the list alone. Raises PlatformError if the login has expired.
        """
        until = monotonic() + patience

        def judged(agent: Agent, call: Call) -> Agent:
            if not agent.key or monotonic() > until:
                return agent.by_the_list()
            fresh = {"history": agent.read("history", call)} if agent.key in self.rolled_back else {}
            return agent.concluded(agent.investigate(call, fresh))

        yield from self.each(entries, judged, outer, progress)

    def each(
        self,
        entries: Sequence[Entry],
        work: Callable[[Agent, Call], T],
        outer: Call,
        progress: Callable[[int, int], None] = ignored,
    ) -> Iterator[T]:
        """Yield the result of `work` for each agent, in order, as soon as it is ready. Several run at a time."""
        pool, call = ThreadPoolExecutor(AT_ONCE), Call(background=outer.background)
        try:
            tries = [pool.submit(work, self.of(entry.account, entry), call) for entry in entries]
            with outer.stopped_by(call.abort):
                yield from _in_order(tries, progress)
        finally:
            # ctrl+c must not wait for responses.
            call.abort()
            pool.shutdown(wait=False, cancel_futures=True)


def _in_order(tries: Sequence[Future[T]], progress: Callable[[int, int], None]) -> Iterator[T]:
    pending = set(tries)
    place = 0
    while place < len(tries):
        progress(len(tries) - len(pending), len(tries))
        # Without a timeout, ctrl+c could have to wait for a response, too.
        _done, pending = wait(pending, _TICK, FIRST_COMPLETED)
        while place < len(tries) and tries[place].done():
            yield tries[place].result()
            place += 1


class WholeHistory(Struct, frozen=True):
    """The revisions of a deployment, newest first, and how many rows were `unreadable` or `older` and left out."""

    rows: list[RevisionRow]
    unreadable: int
    older: int


class Agent(Struct, frozen=True):
    """One deployment. `record` is its active record if the caller has it, which contains the running spec."""

    agents: Agents
    account: str
    entry: Entry
    record: ActiveDeployment | None = None

    @property
    def row(self) -> Deployment:
        """The row of the account's list."""
        return self.entry.deployment

    @property
    def key(self) -> str:
        """The deployment's id."""
        return self.entry.key

    @property
    def label(self) -> str:
        """Account and name, safe to print."""
        return f"{visible(self.account, 100)}/{self.entry.label}"

    @property
    def target(self) -> Target:
        """The deployment, as requests need it."""
        return target_of(self.account, self.row)

    # ---- what is known

    @property
    def facts(self) -> Facts:
        """Everything that was read about it, each value with its time or its error."""
        return self.agents.facts.facts(self.account, self.row, self.agents.clock())

    @property
    def diagnosis(self) -> Diagnosis | None:
        """The newest diagnosis, if it is kept."""
        return self.agents.facts.diagnosis(self.key)

    @property
    def report(self) -> StatusReport | None:
        """The newest `/status`; for worker threads, which may import the models."""
        return self.agents.facts.report(self.key)

    @property
    def looked_at(self) -> bool:
        """Whether its diagnosis is based on more than the row of the list."""
        if self.diagnosis is None:
            return False
        facts = self.facts
        return any(fact.known for fact in (facts.status, facts.record, facts.runtime, facts.events))

    @property
    def unfinished(self) -> bool:
        """Whether further requests would say more than what has been read."""
        return bool(what_to_request(self.facts, self.agents.facts.tables))

    def concluded(self, diagnosis: Diagnosis) -> Agent:
        """Return the agent with a diagnosis, and with the `/status` that was read for it."""
        report = self.report
        entry = with_report(self.entry, report) if report is not None else self.entry
        return changed(self, entry=with_diagnosis(entry, diagnosis))

    def by_the_list(self) -> Agent:
        """Return the agent with the diagnosis that its row allows, without a request."""
        return changed(self, entry=with_diagnosis(self.entry, diagnose(self.facts, self.agents.facts.tables)))

    def with_names(self) -> Agent:
        """Return the agent with a diagnosis that calls users by name, because it is about to be shown."""
        facts, names, said = self.facts, self.agents.platform.names, repr(self.entry.diagnosis)
        shown = [user for user in _users(facts) if user in said]
        names.read(self.account, shown)
        return self.concluded(self.agents.facts.keep(facts)) if names.keys() & shown else self

    # ---- sources

    def request(self, source: str, call: Call) -> Any:
        """Return what the platform says now; `read_source` names the sources. Raises PlatformError."""
        return read_source(self.agents.platform, self.target, source, call)

    def read(self, source: str, call: Call) -> Fact:
        """Return a source or its error, as patiently as the diagnosis does, without keeping it.

        Raises PlatformError only if the call is canceled or the login has expired.
        """
        return self._together([Read(source, partial(self._fact, source, "agent"))], call, always=True)[0]

    def fetch(self, source: str, call: Call) -> Diagnosis:
        """Request a source, keep it, and return the new diagnosis. Raises PlatformError."""
        return self.add(**{source: Fact(self.request(source, call), read_at=self.agents.clock())})

    def newer(self, old: Fact, source: str, call: Call) -> tuple[Fact, PlatformError | None]:
        """Return a source as it is now; if it cannot be read, its old value, and the error."""
        clock = self.agents.clock
        try:
            return Fact(self.request(source, call), read_at=clock()), None
        except PlatformError as error:
            if error.kind is ErrorKind.CANCELED:
                raise
            return old.followed_by(Fact(error=str(error), since=clock())), error.without_frames()

    def add(self, **facts: Fact) -> Diagnosis:
        """Keep what was read, and return the new diagnosis."""
        return self.agents.facts.add(self.account, self.row, self.agents.clock(), **facts)

    def _together(
        self, reads: Sequence[Read], call: Call, *, always: bool = False, closely: bool = False
    ) -> list[Fact]:
        looked_at = self.key if closely else ""
        return read_together(self.agents.facts, self.agents.clock, reads, call, always=always, looked_at=looked_at)

    def _fact(self, source: str, component: str, call: Call) -> object:
        if source in OF_ACCOUNT:
            fact = self.agents.account(self.account, source, call)
            self.agents.platform.names.read(self.account, people(fact, self.key) if source == "audit" else ())
            return fact
        if source in ON_DEMAND and (kept := self._kept(source)).requested:
            return kept
        if source == "variables":
            return self._variables(call)
        value = read_source(self.agents.platform, self.target, source, call, component)
        if source == "status" and value.get("value") == UNREADABLE:
            return Fact(value, str(value.get("details")), since=self.agents.clock())
        return value

    def _kept(self, source: str) -> Fact:
        """Return what was read some minutes ago, after the last deploy, or that it cannot be read at all."""
        fact: Fact = getattr(self.facts, source)
        read_at, deployed = fact.read_at, moment(self.row, "created_at")
        fresh = read_at is not None and self.agents.clock() - read_at < KEPT
        never = fact.refused or (fact.requested and read_at is None and fact.since is None)
        return fact if never or (fresh and not (deployed and read_at and deployed > read_at)) else MISSING

    def _variables(self, call: Call) -> Fact:
        """Read the variables that the deployment uses: its template, and what the account says about them."""
        now = self.agents.clock()
        inputs = inputs_of(read_template(self.agents.platform, self.target, 0, call))
        stored: Any = self.agents.account(self.account, "variables", call) if refs_of(inputs) else MISSING
        return Fact(of_agent(inputs, stored.value or ()), read_at=now)

    def read_variables(self, call: Call) -> Diagnosis:
        """Read the variables that the deployment uses, unless they are fresh, and return the diagnosis with them."""
        read = Read("variables", partial(self._fact, "variables", ""))
        return self.add(variables=self._together([read], call, always=True)[0])

    # ---- the diagnosis

    def judged(self, call: Call) -> Agent:
        """Return the agent with its report and diagnosis. `/status` is read first: the list may be seconds old.

        Raises PlatformError like `investigate`.
        """
        status = self.read("status", call)
        return self.concluded(self.investigate(call, {"status": status}, closely=True)).with_names()

    def explained(self, call: Call) -> Agent:
        """Return the agent like `judged`, with a next step about the newest build if it has a problem."""
        agent = self.judged(call)
        diagnosis = agent.entry.diagnosis
        return agent.concluded(agent.advised(diagnosis, call)) if diagnosis is not None else agent

    def investigate(self, call: Call, fresh: Mapping[str, Fact] = {}, *, closely: bool = False) -> Diagnosis:
        """Read what `what_to_request` names, keep it, and return the diagnosis.

        `closely` is for somebody who looks at this agent in particular. `fresh` has responses that the caller has just
        received, such as `status`; they are not requested again. Raises PlatformError only if the call is canceled or
        the login has expired; any other error is a fact.
        """
        before = self.facts
        facts = begun(before, fresh)
        for _step in range(_MOST_STEPS):
            wanted = what_to_request(facts, self.agents.facts.tables, closely=closely)
            if not wanted:
                break
            together = partial(self._together, call=call, closely=closely)
            facts = self._with_sources(facts, wanted.sources, wanted.component, together)
            facts = self._with_logs(facts, wanted.logs, together)
            facts = self._with_specs(facts, wanted.specs, together)
        newest = replace(older_where_unread(before, facts), now=self.agents.clock())
        return self.agents.facts.keep(newest, before.now)

    def _with_sources(self, facts: Facts, names: Sequence[str], component: str, together: Together) -> Facts:
        reads = [Read(name, partial(self._fact, name, component)) for name in names]
        read: dict[str, Any] = dict(zip(names, together(reads), strict=True))
        return replace(facts, **read)

    def _with_logs(self, facts: Facts, wanted: Sequence[LogRequest], together: Together) -> Facts:
        reads = [Read("logs", partial(self._log, each)) for each in wanted]
        read = [
            LogFact(each.workload, each.container, lines, each.since, each.lines)
            for each, lines in zip(wanted, together(reads), strict=True)
        ]
        # A wider log contains the lines of a narrower one.
        wider = {(each.workload, each.container) for each in read if each.lines.value}
        kept = [each for each in facts.logs if (each.workload, each.container) not in wider]
        return replace(facts, logs=(*kept, *read))

    def _with_specs(self, facts: Facts, keys: Sequence[RevisionKey], together: Together) -> Facts:
        rows = rows_of(getattr(facts.history.value, "rows", ()), self.key, namespace=self.row.namespace)
        reads = [Read("spec", partial(self._spec, rows, key)) for key in keys]
        return replace(facts, specs={**facts.specs, **dict(zip(keys, together(reads), strict=True))})

    def _log(self, wanted: LogRequest, call: Call) -> object:
        return self.agents.platform.logs(
            self.key, wanted.workload, container=wanted.container, since=wanted.since, lines=wanted.lines, call=call
        )

    def _spec(self, rows: Sequence[RevisionRow], key: RevisionKey, call: Call) -> Fact:
        row = next((each for each in rows if key in (each.number, each.deployed_raw)), None)
        if row is None:
            raise PlatformError(ErrorKind.NOT_FOUND, f"The history has no revision {key}.", request="history")
        if not row.current and (kept := spec_seen(self.agents.seen(self.key), rows, row)):
            return Fact(Document.parse(kept))
        spec = self.spec(row, call)
        return Fact(spec.document, regenerated=spec.outdated)

    # ---- revisions and specs

    def history(self, call: Call) -> WholeHistory:
        """Return the revisions, with the names of users that are known or become known. Raises PlatformError."""
        response = self.request("history", call)
        rows = rows_of(response.rows, self.key, self.agents.names(call), namespace=self.row.namespace)
        return WholeHistory(rows, unreadable=response.odd, older=response.older)

    def active(self, call: Call) -> ActiveDeployment | None:
        """Return the active record of the blueprint, which may be that of another deployment; None if there is none.

        Raises PlatformError.
        """
        try:
            record: ActiveDeployment = self.request("active", call)
        except PlatformError as error:
            if has_no_record(error):
                return None
            raise
        return record

    def spec(self, row: RevisionRow, call: Call) -> RevisionSpec:
        """Return the spec of a revision, which is requested at most once per login. Raises PlatformError."""

        def read() -> RevisionSpec:
            text = spec_text(self.agents.platform, self.target, row, self.record, call)
            document = parsed(text.raw, row.title, text.source)
            return RevisionSpec(document, text.regenerated, text.regenerated and not row.stored)

        return self.agents.specs.get(row.key, read, call)

    def running(self, call: Call, rolled_back: Collection[str] = ()) -> RunningSpec:
        """Return the spec that runs, masked. It is not requested again while the list says the same.

        After a rollback, the list says nothing of it, and the active record is that from before (platform.md §9): the
        history is read then, and for the deployments `rolled_back`. Raises PlatformError.
        """
        if not self.key:
            raise PlatformError(ErrorKind.ODD_SHAPE, f"{self.label} has no id.", request="deployments")
        row, key, store = self.row, (self.key, "running"), self.agents.specs
        listed = (row.created_at, row.updated_at, row.status)
        old = store.peek(key)
        old = old if isinstance(old, RunningSpec) else RunningSpec(_NOTHING, regenerated=False)
        same, back = old.listed == listed, old.rolled_back or self.key in rolled_back
        if same and not back:
            store.keep(key, old)
            return old
        current: RevisionRow | None = None
        newest = True
        if back or old.listed[:1] == listed[:1] or row.updated_at not in ("", row.created_at):
            current, newest = self._current(call)
        if same and current is not None and current.key == old.revision:
            return old
        record = self._sent(self.active, call) if newest else None
        if record is not None and record.id == self.key and record.has_spec:
            text = SpecText(record.spec, regenerated=False, source="the spec of the active record")
        else:
            if current is None:
                current, newest = self._current(call)
            text = self._sent(partial(spec_text, self.agents.platform, self.target, current, None), call)
        # Several threads that mask would leave no time to draw.
        with self.agents.masking:
            document = masked(parsed(text.raw, self.label, text.source), self.agents.shown)
        revision = current.key if current is not None else None
        spec = RunningSpec(document, text.regenerated, listed=listed, revision=revision, rolled_back=not newest)
        store.keep(key, spec)
        return spec

    def _current(self, call: Call) -> tuple[RevisionRow, bool]:
        """Return the revision that runs, and whether it is the newest. Raises PlatformError."""
        history = self._sent(partial(self.request, "history"), call)
        rows = rows_of(history.rows, self.key, namespace=self.row.namespace)
        current = current_of(rows)
        if current is None:
            raise PlatformError(ErrorKind.NOT_FOUND, f"{self.label} has no revisions.", request="history")
        return current, not current.rolled_back_from

    def _sent(self, send: Callable[[Call], T], call: Call) -> T:
        """Send a request when a slot is free."""
        with self.agents.facts.slot(call):
            return send(call)

    # ---- builds

    @property
    def blueprint(self) -> tuple[str, str]:
        """The account and the name of its blueprint, as far as they are known."""
        return text(self.facts.record.value, "source_account") or self.account, self.row.name

    @property
    def newest_build(self) -> BuildRow | None:
        """The newest build that failed or can be deployed, if it is known to be newer than the one that runs."""
        builds, row = self.agents.builds.peek(self.blueprint).rows, self.row
        return newest_of(builds, row.build_id, row.latest_build_id, self.entry.left)

    def words_about_builds(self, entry: Entry) -> str:
        """Return what a list says about the newest build, as far as it is known."""
        build = changed(self, entry=entry).newest_build
        return build.newest_words(self.agents.clock()) if build is not None else ""

    def read_builds(self, call: Call) -> None:
        """Read the builds with one request, unless they are fresh. Raises PlatformError like `investigate`."""
        store, blueprint, platform = self.agents.builds, self.blueprint, self.agents.platform
        if not store.fresh(blueprint):
            read = Read("builds", partial(read_all_builds, platform, *blueprint))
            rows: Any = self._together([read], call)[0]
            store.keep(blueprint, Builds(rows.value) if rows.known else store.peek(blueprint))

    def advised(self, diagnosis: Diagnosis, call: Call | None = None) -> Diagnosis:
        """Return the diagnosis of a problem with a step about the newest build. A `call` may request the builds.

        An agent without a problem whose pods were replaced lately should be asked whether it works.
        """
        if call is not None and self._renewed():
            self.agents.renewed.add(self.key)
        if diagnosis.fine and self.key in self.agents.renewed:
            return self._to_ask(diagnosis)
        if not diagnosis.failing or diagnosis.kind.row.blameless:
            return diagnosis
        if call is not None:
            self.read_builds(call)
        return with_build(diagnosis, self.newest_build, self.blueprint)

    # ---- chat

    def traces_of_chat(self, conversation_id: str, call: Call, since: datetime | None = None) -> tuple[str, ...]:
        """Return the IDs of a conversation's traces, newest first, as `TraceStore.of_conversation` does."""
        return self.agents.traces.of_conversation(self.key, conversation_id, call, since)

    def _renewed(self) -> bool:
        """Whether the pods were replaced from this machine lately, as the journal says."""
        since = self.agents.clock() - LATELY
        return any(
            each.action in RENEWS and each.state not in (*HARMLESS, ActionStage.FAILED) and each.at and each.at > since
            for each in journal_of_user().about(self.agents.platform.server, self.key)
        )

    def _to_ask(self, diagnosis: Diagnosis) -> Diagnosis:
        """Return the diagnosis with the step to ask the agent, if it has a chat."""
        if not self.entry.status.active or self.row.messaging_web_configured is False:
            return diagnosis
        name, question = f"{self.account}/{self.key}", self.agents.asked.get(self.key, "")
        text = "Ask it your last question again." if question else "Ask it something, to see that it works."
        step = NextStep(text, command_to_ask(name), "deployment.chat", command_to_ask(name, question))
        return replace(diagnosis, next_steps=(*diagnosis.next_steps, step))

    # ---- logs

    def workloads(self, call: Call, *, observed: bool = False) -> list[Workload]:
        """Return the workloads in the record; if `observed`, or if the record has none, also those in `/runtime`.

        Raises PlatformError.
        """
        self.fetch("record", call)
        if observed or not list(cluster_of(self.facts)):
            self.fetch("runtime", call)
        return list(cluster_of(self.facts))

    # ---- what happened

    def happened(self, call: Call, sources: Sequence[str] = OF_TIMELINE) -> tuple[Facts, list[Happening]]:
        """Return all facts, and what happened, newest first. Those `sources` are read that were not requested yet.

        Raises PlatformError like `investigate`.
        """
        facts = self.facts
        missing = [name for name in sources if not getattr(facts, name).requested]
        facts = self._with_sources(facts, missing, "agent", partial(self._together, call=call, always=True))
        self.agents.platform.names.read(self.account, _users(facts))
        return facts, [node for node in self.timeline(facts).tops if isinstance(node, Happening)]

    def timeline(self, facts: Facts, before: Nodes | None = None) -> Nodes:
        """Return what happened, newest first, as far as these facts say; what was added since `before` is marked."""
        actions = journal_of_user().about(self.agents.platform.server, self.key)
        failure = self.agents.traces.failure(self.key)
        traces = [failure] if failure is not None else []
        return timeline(facts, diagnosis=self.diagnosis, actions=actions, traces=traces, before=before)


def _users(facts: Facts) -> list[str]:
    """Return the IDs of the users in a history."""
    return [each.deployed_by for each in getattr(facts.history.value, "rows", ())]
