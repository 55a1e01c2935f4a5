"""The traces that were read in this run: a few of them, and of many more how many errors they have.

They contain what users wrote, so they are kept in memory only.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import TypeVar

from astro_tui.diagnosis import Diagnosis
from astro_tui.diagnosis.result import Evidence
from astro_tui.errors import ErrorKind, PlatformError
from astro_tui.platform.client import Call, Platform
from astro_tui.platform.models import TracePage, TraceRow
from astro_tui.platform.observations import TraceQuery
from astro_tui.presentation.timeline import Failure
from astro_tui.presentation.traces import MOST_READ, message_of, span_name, started
from astro_tui.traces import Trace

MOST_SPANS = 300_000
"""The most observations that are kept."""
MOST_BYTES = 16 << 20
"""The most bytes of input and output that are kept."""
SMALL = 10
"""Traces on a page after a larger one could not be loaded, because one trace can fail its whole page."""
V = TypeVar("V")


def failure_of(trace: Trace) -> Failure | None:
    """Return the first error of a trace."""
    span = min((trace.tree.spans[at] for at in trace.causes), key=lambda span: span.start, default=None)
    if span is None:
        return None
    return Failure(trace.head.trace_id, span_name(span), started(span).at, message_of(span))


def with_failure(diagnosis: Diagnosis, failure: Failure | None) -> Diagnosis:
    """Return a diagnosis with a failed trace as evidence. It changes no verdict: tracing lags, and may be sampled."""
    if failure is None:
        return diagnosis
    text = f"the trace {failure.id} failed in {failure.name}: {failure.message}"
    return replace(diagnosis, evidence=(*diagnosis.evidence, Evidence("traces", failure.at, text)))


def newest(platform: Platform, deployment_id: str, query: TraceQuery, most: int, call: Call) -> tuple[TracePage, int]:
    """Return the newest traces, and how many are left out because one of them cannot be decoded. Raises PlatformError.

    If they cannot be loaded at once, smaller pages are, but no third one after two that failed as well.
    """
    try:
        return platform.traces(deployment_id, query, limit=most, call=call), 0
    except PlatformError as error:
        if error.status != 502 or query.scans or most <= SMALL:
            raise
    rows: list[TraceRow] = []
    skipped = 0
    for offset in range(0, most, SMALL):
        try:
            page = platform.traces(deployment_id, query, limit=SMALL, offset=offset, call=call)
        except PlatformError as error:
            skipped += SMALL
            if error.status != 502 or skipped > offset > 0:
                raise
        else:
            rows += page.rows
            if len(page.rows) + page.odd < SMALL:
                break
    return TracePage(rows=tuple(rows[:most])), skipped


class TraceStore:
    """Safe to use from many threads. Keys are the IDs of a deployment and of a trace."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._traces: dict[tuple[str, str], Trace] = {}
        self._failures: dict[str, Failure] = {}
        self._members: dict[tuple[str, str], dict[str, bytes]] = {}
        self._counts: dict[str, dict[str, int | None]] = {}
        self._ended: set[tuple[str, str]] = set()

    def counts(self, deployment_id: str) -> Mapping[str, int | None]:
        """Return a view of the errors of the traces that were read, by ID; None if one cannot be read."""
        return self._counts.setdefault(deployment_id, {})

    def failure(self, deployment_id: str) -> Failure | None:
        """Return the newest failure among the traces of a deployment that were read. Sends no request."""
        return self._failures.get(deployment_id)

    def read(self, platform: Platform, deployment_id: str, trace_id: str, call: Call) -> Trace:
        """Return a trace; it is requested unless it was read after it had ended. Raises PlatformError."""
        key = (deployment_id, trace_id)
        with self._lock:
            known = self._traces.pop(key, None)
            if known is not None:
                self._traces[key] = known
        if known is not None:
            return known
        head, observations = platform.trace(deployment_id, trace_id, call=call)
        found = Trace.of(head, observations)
        self._keep(key, found)
        return found

    def count(self, platform: Platform, deployment_id: str, trace_id: str, call: Call) -> int | None:
        """Return the number of errors of a trace, which is read unless that is known. Raises PlatformError.

        None if it is gone or cannot be decoded: that says nothing about others.
        """
        if (deployment_id, trace_id) in self._ended:
            return self.counts(deployment_id)[trace_id]
        try:
            return self.read(platform, deployment_id, trace_id, call).tree.errors
        except PlatformError as error:
            if error.kind is not ErrorKind.NOT_FOUND and error.status != 502:
                raise
            self._counts.setdefault(deployment_id, {})[trace_id] = None
            return None

    def observation(self, platform: Platform, deployment_id: str, span_id: str, call: Call) -> dict[str, bytes]:
        """Return an observation with its input and output, as sent; one that has ended is requested once.

        Raises PlatformError.
        """
        key = (deployment_id, span_id)
        with self._lock:
            known = self._members.get(key)
        if known is not None:
            return known
        found = platform.observation(deployment_id, span_id, call=call)
        if found.get("end_time", b"null") not in (b"null", b'""'):
            with self._lock:
                self._members[key] = found
                _drop(self._members, MOST_BYTES, lambda members: sum(map(len, members.values())))
        return found

    def find(self, platform: Platform, deployment_id: str, call: Call) -> Failure | None:
        """Read the newest traces, one at a time, until one has an error. Raises PlatformError."""
        page, _skipped = newest(platform, deployment_id, TraceQuery(), MOST_READ, call)
        any(self.count(platform, deployment_id, row.trace_id, call) for row in page.rows)
        return self.failure(deployment_id)

    def _keep(self, key: tuple[str, str], found: Trace) -> None:
        spans = found.tree.spans
        with self._lock:
            self._counts.setdefault(key[0], {})[key[1]] = found.tree.errors
            # Only one that has ended does not change any more.
            if spans and not any(span.is_open for span in spans):
                self._ended.add(key)
                self._traces[key] = found
                _drop(self._traces, MOST_SPANS, lambda each: len(each.tree.spans))
            failure, newest = failure_of(found), self._failures.get(key[0])
            if failure and (newest is None or (failure.at and newest.at and failure.at >= newest.at)):
                self._failures[key[0]] = failure


def _drop(kept: dict[tuple[str, str], V], most: int, size: Callable[[V], int]) -> None:
    """Forget what was kept first, until the rest has at most some size."""
    while len(kept) > 1 and sum(map(size, kept.values())) > most:
        del kept[next(iter(kept))]
