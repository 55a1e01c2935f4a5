"""What was read about each deployment, how it is read together, and which sources do not respond."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from datetime import datetime, timedelta
from functools import cached_property
from pathlib import Path
from time import monotonic
from typing import Any

from msgspec import Struct

from astro_tui.diagnosis import MISSING, Diagnosis, Fact, Facts, RevisionKey, Tables, diagnose, user_tables
from astro_tui.diagnosis.values import ON_DEMAND
from astro_tui.errors import FINAL_KINDS, DocumentError, ErrorKind, PlatformError, canceled
from astro_tui.platform.client import Call
from astro_tui.platform.deployment_rows import Deployment
from astro_tui.platform.models import StatusReport
from astro_tui.runtime import Clock
from astro_tui.session.account_store import AccountStore
from astro_tui.session.roster import AgentList
from astro_tui.state.settings import config_path

SEVERAL = 3
"""A source counts as silent after this many requests without a response."""
SEVERAL_OF_ANY = 6
"""All sources count as silent after this many requests in total without a response."""
BACK_OFF = 30.0
"""Seconds until a silent source is requested again."""
_ANY = ""


class SilentSources:
    """Counts unanswered requests by source and in total. A response resets both. Safe to use from many threads."""

    def __init__(self, clock: Callable[[], float] = monotonic) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._unanswered: Counter[str] = Counter()
        self._until: dict[str, float] = {}

    def __contains__(self, name: str) -> bool:
        with self._lock:
            return self._is_silent(name, SEVERAL) or self._is_silent(_ANY, SEVERAL_OF_ANY)

    def _is_silent(self, name: str, limit: int) -> bool:
        return self._unanswered[name] >= limit and self._clock() < self._until[name]

    def responded(self, name: str) -> None:
        """Note a response, whatever it said."""
        with self._lock:
            self._unanswered[name] = self._unanswered[_ANY] = 0

    def timed_out(self, name: str) -> None:
        """Note a request that was abandoned."""
        with self._lock:
            for each in (name, _ANY):
                self._unanswered[each] += 1
                self._until[each] = self._clock() + BACK_OFF


AT_ONCE = 6
"""The most requests for facts at a time. The list and the screen add at most two, which makes eight."""
IN_BACKGROUND = 4
"""The most of them that no user waits for, so that those of a list which hang do not hold up an agent on screen."""
EARLIER = timedelta(minutes=15)
"""The greatest age of the earlier observation that shows whether the number of restarts is rising."""
_SOURCES = ("status", "record", "runtime", "events", "alerts", "history")
_MOST_SPECS = 14
"""The most specs kept per deployment. A diagnosis requests fewer, so it never loses a spec it is based on."""
MOST_AGENTS = 320
"""The most deployments with facts. A list investigates fewer. Each takes up to half a megabyte, mostly logs."""


def rows_path() -> Path:
    """Return where the user's own rows of the diagnosis are."""
    return config_path().with_name("why.toml")


class FactStore:
    """Facts and the newest diagnosis of the deployments read most recently. Safe to use from many threads.

    `listed` returns the list of an account, if it is kept; otherwise, a list was read just now. `failed` gets a
    sentence about each agent that could not be judged.
    """

    def __init__(
        self,
        listed: Callable[[str], AgentList | None] = lambda _account: None,
        failed: Callable[[str], None] = lambda _sentence: None,
    ) -> None:
        self._listed, self._failed = listed, failed
        self._lock = threading.Lock()
        self._known: dict[str, tuple[Facts, Diagnosis]] = {}
        """By deployment id; the one that was read longest ago comes first."""
        self._slots = threading.BoundedSemaphore(AT_ONCE)
        self._background_slots = threading.BoundedSemaphore(IN_BACKGROUND)
        self.accounts = AccountStore()
        """What was read about the accounts of these deployments."""
        self._silent: dict[str, SilentSources] = {}

    @contextmanager
    def slot(self, call: Call) -> Iterator[None]:
        """Take a slot for a request in flight, when one is free."""
        with ExitStack() as held:
            if call.background:
                held.enter_context(self._background_slots)
            held.enter_context(self._slots)
            yield

    def silent(self, key: str = "") -> SilentSources:
        """Return the sources that do not respond: of the deployment that somebody looks at, or else of all others."""
        with self._lock:
            return self._silent.setdefault(key, SilentSources())

    @cached_property
    def tables(self) -> Tables:
        """The tables of the diagnosis, with the user's own rows; for worker threads."""
        return user_tables(rows_path())[0]

    def facts(self, account: str, row: Deployment, now: datetime) -> Facts:
        """Return what is known about a deployment now, with `row` as its new row of the list."""
        old = self._of(row.id)
        facts = old[0] if old else Facts(now, deployment_id=row.id, account=row.account_name or account)
        return replace(facts, now=now, row=self._row(account, row, now), **self.accounts.of_agents(account))

    def _row(self, account: str, row: Deployment, now: datetime) -> Fact:
        listed = self._listed(account)
        if listed is None or listed.fetched is None:
            return Fact(row, read_at=now)
        return Fact(row, listed.error, listed.fetched, listed.failed)

    def diagnosis(self, key: str) -> Diagnosis | None:
        """Return the newest diagnosis of a deployment, if it is kept."""
        kept = self._of(key)
        return kept[1] if kept else None

    def report(self, key: str) -> StatusReport | None:
        """Return the newest `/status` of a deployment as a record; for worker threads, which may import the models."""
        kept = self._of(key)
        body = kept[0].status.value if kept else None
        if not isinstance(body, dict):
            return None
        return StatusReport.model_validate(body)

    def keep(self, facts: Facts, begun: datetime | None = None) -> Diagnosis:
        """Keep everything read about a deployment and return its diagnosis, which takes milliseconds.

        Reading them began at the time `begun`, by default just now. What another thread read later stays, and so does
        what it read meanwhile if these facts lack it.
        """
        begun = begun or facts.now
        facts = replace(facts, **self.accounts.of_agents(facts.account))
        while True:
            before = self._of(facts.deployment_id)
            facts = _later_of(before[0], facts, begun) if before else facts
            newest = sorted(facts.specs, key=_age, reverse=True)[:_MOST_SPECS]
            facts = replace(facts, specs={key: facts.specs[key] for key in newest})
            diagnosis = diagnose(facts, self.tables)
            with self._lock:
                if self._known.get(facts.deployment_id) is not before:
                    continue
                self._known.pop(facts.deployment_id, None)
                self._known[facts.deployment_id] = facts, diagnosis
                if len(self._known) > MOST_AGENTS:
                    oldest = next(iter(self._known))
                    del self._known[oldest]
                    self._silent.pop(oldest, None)
            if diagnosis.bug and not (before and before[1].bug == diagnosis.bug):
                self._failed(f"{diagnosis.account}/{diagnosis.name}: {diagnosis.sentence}")
            return diagnosis

    def _of(self, key: str) -> tuple[Facts, Diagnosis] | None:
        with self._lock:
            return self._known.get(key)

    def add(self, account: str, row: Deployment, now: datetime, **found: Fact) -> Diagnosis:
        """Keep single responses, such as `runtime`, and return the diagnosis; for worker threads."""
        facts = self.facts(account, row, now)
        newer: dict[str, Any] = {name: getattr(facts, name).followed_by(fact) for name, fact in found.items()}
        if "runtime" in found:
            newer["earlier_runtime"] = earlier_of(facts)
        return self.keep(replace(facts, **newer))


def _age(key: RevisionKey) -> tuple[int, str]:
    return (key, "") if isinstance(key, int) else (0, key)


def _later_of(old: Facts, new: Facts, begun: datetime) -> Facts:
    """Return the new facts, but keep each old value that was read later than the new one."""
    kept: dict[str, Any] = {}
    for name in ("row", *_SOURCES):
        # What was not requested is as old as the round of requests.
        before, now = getattr(old, name).read_at, getattr(new, name).read_at or begun
        if before is not None and before > now and not getattr(new, name).error:
            kept[name] = getattr(old, name)
    # Not each diagnosis reads them.
    kept |= {name: getattr(old, name) for name in ON_DEMAND if not getattr(new, name).requested}
    specs = {key: fact for key, fact in old.specs.items() if fact.known}
    return replace(new, **kept, specs={**specs, **new.specs})


def earlier_of(facts: Facts) -> Fact:
    """Return the observation of `/runtime` to compare the next one with: the oldest that is not too old."""
    for fact in (facts.earlier_runtime, facts.runtime):
        if fact.known and fact.read_at is not None and facts.now - fact.read_at <= EARLIER:
            return fact
    return facts.runtime


def begun(facts: Facts, read: Mapping[str, Fact]) -> Facts:
    """Return the facts that a new round of requests starts with: the row, and what was just `read`.

    Specs stay, because the spec of a revision never changes.
    """
    fresh: dict[str, Any] = {name: read.get(name, MISSING) for name in _SOURCES}
    specs = {key: fact for key, fact in facts.specs.items() if fact.known}
    fresh |= dict.fromkeys((*ON_DEMAND, "billing", "audit"), MISSING)
    return replace(facts, **fresh, logs=(), specs=specs, earlier_runtime=earlier_of(facts))


def older_where_unread(old: Facts, new: Facts) -> Facts:
    """Return the new facts, with the old value in place of each that could not be read, except lines of logs."""
    fresh: dict[str, Any] = {name: getattr(old, name).followed_by(getattr(new, name)) for name in _SOURCES}
    logs = {(log.workload, log.container): replace(log.lines, value=None) for log in old.logs}
    lines = [logs.get((log.workload, log.container), MISSING).followed_by(log.lines) for log in new.logs]
    specs = {key: old.specs.get(key, MISSING).followed_by(fact) for key, fact in new.specs.items()}
    kept = tuple(replace(log, lines=fact) for log, fact in zip(new.logs, lines, strict=True))
    for name in ON_DEMAND:
        before, now = getattr(old, name), getattr(new, name)
        fresh[name] = before.followed_by(now) if now.requested else before
    return replace(new, **fresh, logs=kept, specs=specs)


PATIENCE = 8.0
"""Seconds to wait for the response of a source before the diagnosis goes on without it."""
_POLL = 0.05
_SILENT = "not requested: no response to the last requests"
_LIVE = frozenset({"runtime", "events", "alerts", "logs", "peers"})
"""The sources of live data. Servers differ in which of them they have (platform.md §12)."""


class Read(Struct, frozen=True):
    """One request: the name of its source, and the function that sends it and returns a value."""

    source: str
    send: Callable[[Call], object]


def read_together(
    store: FactStore,
    clock: Clock,
    reads: Sequence[Read],
    call: Call,
    *,
    always: bool = False,
    looked_at: str = "",
) -> list[Fact]:
    """Send each request in its own thread, and wait for its response at most `PATIENCE` seconds after it is sent.

    A source that does not respond must not delay the diagnosis: its request is canceled and becomes an error. A
    source that counts as silent is not even requested, unless `always` is set. For a deployment that somebody has
    `looked_at`, only its own requests count. Raises the first error that one of them raised, or one of kind CANCELED
    soon after `call` is canceled.
    """
    tries = [_Try(each, call, store, clock, always=always, looked_at=looked_at) for each in reads]
    # Requests that wait for others to end get a little more time.
    ends = monotonic() + 1.5 * PATIENCE
    waiting = list(tries)
    while waiting and not call.canceled.is_set():
        waiting[0].done.wait(_POLL)
        waiting = [each for each in waiting if not each.is_over(ends)]
    for each in tries:
        each.call.abort()
    if call.canceled.is_set():
        raise canceled()
    return [each.outcome() for each in tries]


class _Try:
    """One request in its own thread, with its own call, so that it can be abandoned without the others."""

    def __init__(
        self,
        read: Read,
        call: Call,
        store: FactStore,
        clock: Clock,
        *,
        always: bool,
        looked_at: str,
    ) -> None:
        self.call = Call(waiting=call.waiting, background=call.background)
        self.done = threading.Event()
        self.sent: float | None = None
        self._read, self._always = read, always
        self._store, self._clock, self._silent = store, clock, store.silent(looked_at)
        self._fact = MISSING
        self._error: Exception | None = None
        self._given_up = ""
        threading.Thread(target=self._run, name="investigation", daemon=True).start()

    def _run(self) -> None:
        try:
            if self._refused():
                return
            with self._store.slot(self.call):
                if not self._refused():
                    self.sent = monotonic()
                    self._fact = self._result()
        except Exception as error:  # noqa: BLE001  it is raised in the thread that waits
            self._error = error
        finally:
            self.done.set()

    def _refused(self) -> bool:
        """Whether the source counts as silent. If so, the result becomes an error."""
        silent = not self._always and self._read.source in self._silent
        if silent:
            self._fact = self._failure(_SILENT)
        return silent

    def _result(self) -> Fact:
        try:
            value = self._read.send(self.call)
        except PlatformError as error:
            if error.kind in FINAL_KINDS:
                raise
            self._silent.responded(self._read.source)
            live = self._read.source in _LIVE
            missing = f"not offered by this server ({error.status})" if live and error.not_offered else ""
            failure = replace(self._failure(str(error)), refused=error.kind is ErrorKind.FORBIDDEN)
            return Fact(error=missing) if missing else failure
        except DocumentError as error:
            return self._failure(f"The spec cannot be read: {error}")
        self._silent.responded(self._read.source)
        at = self._clock()
        fact = value if isinstance(value, Fact) else Fact(value)
        return fact if fact.error else replace(fact, read_at=at)

    def _failure(self, error: str) -> Fact:
        return Fact(error=error, since=self._clock())

    def is_over(self, ends: float) -> bool:
        """Whether there is a result or the request is abandoned: after `PATIENCE` seconds, or unsent at `ends`."""
        if self.done.is_set() or self._given_up:
            return True
        now = monotonic()
        if self.sent is not None and now > self.sent + PATIENCE:
            self._given_up = f"no response within {PATIENCE:.0f} seconds"
            self._silent.timed_out(self._read.source)
        elif self.sent is None and now > ends:
            self._given_up = "not requested: other requests got no response"
        if self._given_up:
            self.call.abort()
        return bool(self._given_up)

    def outcome(self) -> Fact:
        """Return the result. Raises what the request raised."""
        if self._given_up:
            return self._failure(self._given_up)
        if self._error is not None:
            raise self._error
        return self._fact
