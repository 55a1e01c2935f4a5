"""The traces that were read in this run: a few of them, and of many more how many errors they have.

They contain what users wrote, so they are kept in memory only.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import TypeVar

from astro_tui.diagnosis import Diagnosis
from astro_tui.diagnosis.values import Evidence
from astro_tui.errors import PlatformError
from astro_tui.platform.client import Call, Platform
from astro_tui.platform.models import TracePage, TraceRow
from astro_tui.platform.observations import Observation, TraceQuery, observations_of
from astro_tui.presentation.timeline import FailedRun
from astro_tui.presentation.traces import MOST_READ, UNREADABLE, Outcome, message_of, outcome_of, span_name, started
from astro_tui.runtime import Clock
from astro_tui.session.fact_store import MOST_AGENTS
from astro_tui.text.times import rfc3339
from astro_tui.traces import Trace

MOST_SPANS = 300_000
"""The most observations that are kept."""
MOST_BYTES = 16 << 20
"""The most bytes of input and output that are kept."""
SETTLED = timedelta(minutes=10)
"""How long ago the newest span of a trace must have ended: each one arrives when it ends, so none shows that it runs.

A trace without a root may miss other spans, too, so it is kept only for so long.
"""
_ALWAYS = datetime.max.replace(tzinfo=UTC)
MOST_OF_CHAT = 10
"""The most traces to read to find those of a conversation."""
SMALL = 10
"""Traces on a page after a larger one could not be loaded, because one trace can fail its whole page."""
V = TypeVar("V")


def failure_of(trace: Trace) -> FailedRun | None:
    """Return the first error of a trace."""
    span = min((trace.tree.spans[at] for at in trace.causes), key=lambda span: span.start, default=None)
    if span is None:
        return None
    return FailedRun(trace.head.trace_id, span_name(span), started(span).at, message_of(span))


def with_failure(diagnosis: Diagnosis, failure: FailedRun | None) -> Diagnosis:
    """Return a diagnosis with a failed trace as evidence. It changes no verdict: tracing lags, and may be sampled."""
    if failure is None:
        return diagnosis
    text = f"the trace {failure.id} failed in {failure.name}: {failure.message}"
    return replace(diagnosis, evidence=(*diagnosis.evidence, Evidence("traces", failure.at, text)))


@dataclass
class _KnownTrace:
    """The known traces of a deployment: errors by trace ID, until when they hold, and the newest trace.

    `sessions` has the conversations of the traces that were read.
    """

    outcomes: dict[str, Outcome] = field(default_factory=dict)
    settled: dict[str, datetime] = field(default_factory=dict)
    sessions: dict[str, str] = field(default_factory=dict)
    failure: FailedRun | None = None


class TraceStore:
    """Safe to use from many threads. Keys are the IDs of a deployment and of a trace."""

    def __init__(self, platform: Platform, clock: Clock) -> None:
        self._platform, self._clock = platform, clock
        self._lock = threading.RLock()
        self._traces: dict[tuple[str, str], Trace] = {}
        self._members: dict[tuple[str, str], dict[str, bytes]] = {}
        self._user = ""
        self._known: dict[str, _KnownTrace] = {}
        """By deployment id; the one that was asked about longest ago comes first."""

    def _of(self, deployment_id: str) -> _KnownTrace:
        with self._lock:
            kept = self._known.pop(deployment_id, None) or _KnownTrace()
            self._known[deployment_id] = kept
            if len(self._known) > MOST_AGENTS:
                del self._known[next(iter(self._known))]
            return kept

    def outcomes(self, deployment_id: str) -> Mapping[str, Outcome]:
        """Return a view of what is known about the errors of the traces that were read, by ID."""
        return self._of(deployment_id).outcomes

    def settled(self, deployment_id: str, trace_id: str) -> bool:
        """Whether a trace was read, and is not expected to change."""
        until = self._of(deployment_id).settled.get(trace_id)
        return until is not None and self._clock() < until

    def failure(self, deployment_id: str) -> FailedRun | None:
        """Return the newest failure among the traces of a deployment that were read. Sends no request."""
        return self._of(deployment_id).failure

    def page(self, deployment_id: str, query: TraceQuery, size: int, call: Call, *, begin: int = 0) -> TracePage:
        """Return one page of traces, newest first; `begin` is a multiple of its size. Raises PlatformError."""
        return self._platform.traces(deployment_id, query, limit=size, offset=begin, call=call)

    def newest(
        self, deployment_id: str, query: TraceQuery, most: int, call: Call, *, begin: int = 0
    ) -> tuple[TracePage, int]:
        """Return the newest traces, and how many are left out because one of them cannot be decoded.

        `begin` is how many newer ones to leave out, a multiple of `most`. If they cannot be loaded at once, smaller
        pages are, but no third one after two that failed as well. Raises PlatformError.
        """
        query = query.bounded(self._clock())
        try:
            return self.page(deployment_id, query, most, call, begin=begin), 0
        except PlatformError as error:
            if error.status != 502 or query.scans or most <= SMALL:
                raise
        rows: list[TraceRow] = []
        skipped = 0
        for offset in range(0, most, SMALL):
            try:
                page = self.page(deployment_id, query, SMALL, call, begin=begin + offset)
            except PlatformError as error:
                skipped += SMALL
                if error.status != 502 or skipped > offset > 0:
                    raise
            else:
                rows += page.rows
                if len(page.rows) + page.odd < SMALL:
                    break
        return TracePage(rows=tuple(rows[:most])), skipped

    def read(self, deployment_id: str, trace_id: str, call: Call) -> Trace:
        """Return a trace; it is requested unless it was read after it had ended. Raises PlatformError.

        A server that leaves out its root is asked for the root alone.
        """
        key = (deployment_id, trace_id)
        with self._lock:
            kept = self._traces.pop(key, None)
            if kept is not None and self.settled(*key):
                self._traces[key] = kept
                return kept
        head, observations = self._platform.trace(deployment_id, trace_id, call=call)
        trace = Trace.of(head, observations)
        rooted, root = trace.tree.rooted, self._root(deployment_id, trace, call)
        trace = trace if root is None else Trace.of(head, observations, root)
        self._keep(key, trace, rooted=rooted)
        return trace

    def _root(self, deployment_id: str, trace: Trace, call: Call) -> Observation | None:
        """Return the span around the first one of a trace without a root, or None. Raises PlatformError."""
        if trace.tree.rooted or not trace.tree.spans:
            return None
        root_id = trace.tree.spans[0].seen.parent_id
        try:
            members = self.observation(deployment_id, root_id, call)
        except PlatformError as error:
            if not error.of_one:
                raise
            return None
        fields = [
            b'"%b":%b' % (name.encode(), members[name]) for name in Observation.__struct_fields__ if name in members
        ]
        root = next(observations_of([b"{" + b",".join(fields) + b"}"]), None)
        return root if root is not None and root.id == root_id else None

    def outcome(self, deployment_id: str, trace_id: str, call: Call) -> Outcome:
        """Return whether a trace failed; it is read unless that is known. Raises PlatformError.

        A trace that is gone or cannot be decoded says nothing about others.
        """
        if not self.settled(deployment_id, trace_id):
            try:
                self.read(deployment_id, trace_id, call)
            except PlatformError as error:
                if not error.of_one:
                    raise
                self._of(deployment_id).outcomes[trace_id] = UNREADABLE
        return self._of(deployment_id).outcomes[trace_id]

    def observation(self, deployment_id: str, span_id: str, call: Call) -> dict[str, bytes]:
        """Return an observation with its input and output, as sent; one that has ended is requested once.

        Raises PlatformError.
        """
        key = (deployment_id, span_id)
        with self._lock:
            kept = self._members.get(key)
        if kept is not None:
            return kept
        observation = self._platform.observation(deployment_id, span_id, call=call)
        if observation.get("end_time", b"null") not in (b"null", b'""'):
            with self._lock:
                self._members[key] = observation
                _drop(self._members, MOST_BYTES, lambda members: sum(map(len, members.values())))
        return observation

    def of_conversation(
        self, deployment_id: str, conversation_id: str, call: Call, since: datetime | None = None
    ) -> tuple[str, ...]:
        """Return the IDs of the traces of one of the user's conversations, newest first; none until they arrive.

        The list does not say which those are, so the newest ten traces of the user are read, from the time of the
        question on if that is known. Raises PlatformError.
        """
        if not self._user:
            user = self._platform.me(call=call).user
            self._user = user.id if user is not None else ""
        query = TraceQuery(user=self._user or None, start=rfc3339(since) if since is not None else "")
        rows = self.page(deployment_id, query.bounded(self._clock()), MOST_OF_CHAT, call).rows
        return tuple(row.trace_id for row in rows if self._session(deployment_id, row, call) == conversation_id)

    def _session(self, deployment_id: str, row: TraceRow, call: Call) -> str:
        """Return the session of a trace, which never changes; empty if it has none, or cannot be decoded."""
        sessions = self._of(deployment_id).sessions
        if row.trace_id not in sessions:
            try:
                session_id = self.read(deployment_id, row.trace_id, call).head.session_id
            except PlatformError as error:
                if not error.of_one:
                    raise
                return ""
            if session_id:
                sessions[row.trace_id] = session_id
            return session_id
        return sessions[row.trace_id]

    def find(self, deployment_id: str, call: Call) -> FailedRun | None:
        """Read the newest traces, one at a time, until one has an error. Raises PlatformError."""
        page, _skipped = self.newest(deployment_id, TraceQuery(), MOST_READ, call)
        any(self.outcome(deployment_id, row.trace_id, call).errors for row in page.rows)
        return self.failure(deployment_id)

    def _keep(self, key: tuple[str, str], trace: Trace, *, rooted: bool) -> None:
        spans, now = trace.tree.spans, self._clock()
        old = now.timestamp() - max((span.end for span in spans), default=0) / 1e6 > SETTLED.total_seconds()
        with self._lock:
            kept = self._of(key[0])
            kept.outcomes[key[1]] = outcome_of(trace)
            kept.settled.pop(key[1], None)
            if spans and old and not any(span.is_open for span in spans):
                kept.settled[key[1]] = _ALWAYS if rooted else now + SETTLED
                self._traces[key] = trace
                _drop(self._traces, MOST_SPANS, lambda each: len(each.tree.spans))
            failure, newest = failure_of(trace), kept.failure
            if failure and (newest is None or (failure.at and newest.at and failure.at >= newest.at)):
                kept.failure = failure


def _drop(kept: dict[tuple[str, str], V], most: int, size: Callable[[V], int]) -> None:
    """Forget what was kept first, until the rest has at most some size."""
    while len(kept) > 1 and sum(map(size, kept.values())) > most:
        del kept[next(iter(kept))]
