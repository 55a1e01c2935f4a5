"""Requests the facts about one deployment, step by step, until its diagnosis is as good as it gets."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from functools import partial
from time import monotonic
from typing import Any, cast

from msgspec import Struct

from astro_tui.diagnosis import MISSING, Diagnosis, Fact, Facts, LogFact, LogRequest, RevisionKey, what_to_request
from astro_tui.document import Document
from astro_tui.errors import FINAL_KINDS, DocumentError, ErrorKind, PlatformError, canceled
from astro_tui.platform.client import Call, Platform
from astro_tui.platform.deployment_rows import Deployment
from astro_tui.platform.status_words import UNREADABLE
from astro_tui.presentation.presence import read_status, target_of
from astro_tui.presentation.revisions import rows_of, spec_seen
from astro_tui.session.fact_store import FactStore, begun, older_where_unread
from astro_tui.session.spec_store import SpecStore, revision_spec
from astro_tui.state.last_seen import Seen

PATIENCE = 8.0
"""Seconds to wait for the response of a source before the diagnosis goes on without it."""
_POLL = 0.05
_SILENT = "not requested: no response to the last requests"
_MOST_STEPS = 12
_LIVE = frozenset({"runtime", "events", "alerts", "logs"})
"""The sources of live data. Servers differ in which of them they have (platform.md §12)."""


class Investigator(Struct, frozen=True):
    """Reads what `diagnosis.what_to_request` names. All methods block: use them in worker threads and commands.

    `seen` returns what was stored about a deployment when it was last opened on this machine.
    """

    platform: Platform
    store: FactStore
    specs: SpecStore
    clock: Callable[[], datetime]
    seen: Callable[[str], Seen | None] = lambda _key: None

    def investigate(
        self,
        account: str,
        row: Deployment,
        call: Call,
        *,
        given: Mapping[str, Fact] = {},
    ) -> Diagnosis:
        """Return the diagnosis of a deployment, and keep its facts.

        `given` has responses that the caller has just received, such as `status`; they are not requested again. Raises
        PlatformError only if the call is canceled or the login has expired; any other error is a fact.
        """
        known = self.store.facts(account, row, self.clock())
        facts = begun(known, given)
        for _step in range(_MOST_STEPS):
            wanted = what_to_request(facts)
            if not wanted:
                break
            facts = self._read_sources(facts, wanted.sources, wanted.component, call)
            facts = self._read_logs(facts, wanted.logs, call)
            facts = self._read_specs(facts, wanted.specs, call)
        return self.store.keep(replace(older_where_unread(known, facts), now=self.clock()), known.now)

    def unfinished(self, account: str, row: Deployment) -> bool:
        """Whether further requests would say more about a deployment than what has been read."""
        return bool(what_to_request(self.store.facts(account, row, self.clock())))

    def read(self, name: str, account: str, row: Deployment, call: Call) -> Fact:
        """Request one source, such as `runtime`, and return its value or its error, without keeping it.

        Raises PlatformError like `investigate`.
        """
        facts = self.store.facts(account, row, self.clock())
        return self._together([_Read(name, partial(self._source, facts, name, "agent"))], call, always=True)[0]

    # ---- one step

    def _read_sources(self, facts: Facts, names: Sequence[str], component: str, call: Call) -> Facts:
        reads = [_Read(name, partial(self._source, facts, name, component)) for name in names]
        found: dict[str, Any] = dict(zip(names, self._together(reads, call), strict=True))
        return replace(facts, **found)

    def _read_logs(self, facts: Facts, wanted: Sequence[LogRequest], call: Call) -> Facts:
        reads = [_Read("logs", partial(self._log, facts.deployment_id, each)) for each in wanted]
        found = [
            LogFact(each.workload, each.container, lines, each.since, each.lines)
            for each, lines in zip(wanted, self._together(reads, call), strict=True)
        ]
        # A wider log contains the lines of a narrower one.
        wider = {(each.workload, each.container) for each in found if each.lines.value}
        kept = [each for each in facts.logs if (each.workload, each.container) not in wider]
        return replace(facts, logs=(*kept, *found))

    def _read_specs(self, facts: Facts, keys: Sequence[RevisionKey], call: Call) -> Facts:
        reads = [_Read("spec", partial(self._spec, facts, key)) for key in keys]
        return replace(facts, specs={**facts.specs, **dict(zip(keys, self._together(reads, call), strict=True))})

    # ---- one request

    def _together(self, reads: Sequence[_Read], call: Call, *, always: bool = False) -> list[Fact]:
        """Send each request in its own thread, and wait for its response at most `PATIENCE` seconds after it is sent.

        A source that does not respond must not delay the diagnosis: its request is canceled and becomes an error. A
        source that counts as silent is not even requested, unless `always` is set. Raises the first error that one
        of them raised, or one of kind CANCELED soon after `call` is canceled.
        """
        tries = [_Try(each, call, self, always=always) for each in reads]
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

    def _source(self, facts: Facts, name: str, component: str, call: Call) -> object:
        platform, key = self.platform, facts.deployment_id
        match name:
            case "status":
                body = read_status(platform, target_of(facts.account, _row(facts)), call)
                doubtful = body.get("value") == UNREADABLE
                return Fact(body, str(body.get("details")), since=self.clock()) if doubtful else body
            case "record":
                return platform.deployment_body(key, call=call)
            case "runtime":
                return platform.runtime(key, call=call)
            case "events":
                return platform.events(key, call=call)
            case "alerts":
                return platform.alerts(key, component, call=call)
            case "list":
                return platform.deployments(facts.account, call=call)
            case "history":
                return platform.history(facts.account, _row(facts).name, key, call=call)
            case _:
                raise ValueError(name)

    def _log(self, key: str, wanted: LogRequest, call: Call) -> object:
        return self.platform.logs(
            key, wanted.workload, container=wanted.container, since=wanted.since, lines=wanted.lines, call=call
        )

    def _spec(self, facts: Facts, key: RevisionKey, call: Call) -> Fact:
        row, history = _row(facts), facts.history.value
        revisions = rows_of(getattr(history, "rows", ()), row.id, namespace=row.namespace)
        revision = next((each for each in revisions if key in (each.number, each.deployed_raw)), None)
        if revision is None:
            raise PlatformError(ErrorKind.NOT_FOUND, f"The history has no revision {key}.", request="history")
        if not revision.current and (kept := spec_seen(self.seen(facts.deployment_id), revisions, revision)):
            return Fact(Document.parse(kept))
        spec = revision_spec(self.specs, self.platform, facts.account, row.name, revision, call=call)
        return Fact(spec.document, regenerated=spec.outdated)


def _row(facts: Facts) -> Deployment:
    return cast("Deployment", facts.row.value)


class _Read(Struct, frozen=True):
    """One request: the name of its source, and the function that sends it and returns a value."""

    source: str
    send: Callable[[Call], object]


class _Try:
    """One request in its own thread, with its own call, so that it can be abandoned without the others."""

    def __init__(self, read: _Read, call: Call, investigator: Investigator, *, always: bool) -> None:
        self.call = Call(waiting=call.waiting, background=call.background)
        self.done = threading.Event()
        self.sent: float | None = None
        self._read, self._always = read, always
        self._investigator = investigator
        self._fact = MISSING
        self._error: Exception | None = None
        self._given_up = ""
        threading.Thread(target=self._run, name="investigation", daemon=True).start()

    def _run(self) -> None:
        try:
            if self._refused():
                return
            with self._investigator.store.slots:
                if not self._refused():
                    self.sent = monotonic()
                    self._fact = self._result()
        except Exception as error:  # noqa: BLE001  it is raised in the thread that waits
            self._error = error
        finally:
            self.done.set()

    def _refused(self) -> bool:
        """Whether the source counts as silent. If so, the result becomes an error."""
        silent = not self._always and self._read.source in self._investigator.store.silent
        if silent:
            self._fact = self._failure(_SILENT)
        return silent

    def _result(self) -> Fact:
        try:
            value = self._read.send(self.call)
        except PlatformError as error:
            if error.kind in FINAL_KINDS:
                raise
            self._investigator.store.silent.responded(self._read.source)
            live = self._read.source in _LIVE
            missing = f"not offered by this server ({error.status})" if live and error.not_offered else ""
            failure = replace(self._failure(str(error)), refused=error.kind is ErrorKind.FORBIDDEN)
            return Fact(error=missing) if missing else failure
        except DocumentError as error:
            return self._failure(f"The spec cannot be read: {error}")
        self._investigator.store.silent.responded(self._read.source)
        at = self._investigator.clock()
        fact = value if isinstance(value, Fact) else Fact(value)
        return fact if fact.error else replace(fact, read_at=at)

    def _failure(self, error: str) -> Fact:
        return Fact(error=error, since=self._investigator.clock())

    def is_over(self, ends: float) -> bool:
        """Whether there is a result or the request is abandoned: after `PATIENCE` seconds, or unsent at `ends`."""
        if self.done.is_set() or self._given_up:
            return True
        now = monotonic()
        if self.sent is not None and now > self.sent + PATIENCE:
            self._given_up = f"no response within {PATIENCE:.0f} seconds"
            self._investigator.store.silent.timed_out(self._read.source)
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
