"""The traces that were read in this run: a few of them, and of many more how many errors they have.

They contain what users wrote, so they are kept in memory only.
"""

from __future__ import annotations

import threading
from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime

from msgspec import Struct

from astro_tui.diagnosis import Diagnosis
from astro_tui.diagnosis.result import Evidence
from astro_tui.errors import ErrorKind, PlatformError
from astro_tui.platform.client import Call, Platform
from astro_tui.platform.models import TraceHead
from astro_tui.platform.observations import Observation, TraceQuery
from astro_tui.presentation.traces import MOST_READ, message_of, span_name, started
from astro_tui.traces import Loop, Timeline, TraceTree, build, repeated_calls, timeline_of

MOST_SPANS, MOST_COUNTS = 300_000, 5_000
"""The most observations, and the most numbers of errors, that are kept."""
MOST_BYTES = 16 << 20
"""The most bytes of input and output that are kept."""


class ReadTrace(Struct, frozen=True):
    """A trace with its tree and its times, and what takes long to find in a large one.

    `errors` counts the spans that report an error, and `causes` has the positions of those that did not just pass one
    on. `repeated` has the tools that were called several times. A trace that has `ended` does not change any more.
    """

    head: TraceHead
    tree: TraceTree
    timeline: Timeline
    errors: int
    causes: Sequence[int]
    repeated: Sequence[Loop]
    ended: bool


def read_trace(head: TraceHead, observations: Iterable[Observation]) -> ReadTrace:
    """Return a trace with everything that is found in it."""
    tree = build(observations)
    ended = bool(tree.spans) and not any(span.is_open for span in tree.spans)
    return ReadTrace(head, tree, timeline_of(tree), len(tree.errors), tree.causes, repeated_calls(tree), ended)


class Failure(Struct, frozen=True):
    """The first error of a trace: the name of the span that failed, its message, and when it began."""

    trace_id: str
    name: str
    message: str
    at: datetime | None


def with_failure(diagnosis: Diagnosis, failure: Failure | None) -> Diagnosis:
    """Return a diagnosis with a failed trace as evidence. It changes no verdict: tracing lags, and may be sampled."""
    if failure is None:
        return diagnosis
    text = f"the trace {failure.trace_id} failed in {failure.name}: {failure.message}"
    return replace(diagnosis, evidence=(*diagnosis.evidence, Evidence("traces", failure.at, text)))


def _size(members: dict[str, bytes]) -> int:
    return sum(map(len, members.values()))


class TraceStore:
    """Safe to use from many threads. Keys are the IDs of a deployment and of a trace."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._traces: dict[tuple[str, str], ReadTrace] = {}
        self._errors: dict[tuple[str, str], int] = {}
        self._failures: dict[str, Failure] = {}
        self._members: dict[tuple[str, str], dict[str, bytes]] = {}

    def errors(self, deployment_id: str, trace_id: str) -> int | None:
        """Return the number of errors of a trace; None if it was not read, or had not ended then."""
        return self._errors.get((deployment_id, trace_id))

    def failure(self, deployment_id: str) -> Failure | None:
        """Return the newest failure among the traces of a deployment that were read. Sends no request."""
        return self._failures.get(deployment_id)

    def read(self, platform: Platform, deployment_id: str, trace_id: str, call: Call) -> ReadTrace:
        """Return a trace; it is requested unless it was read after it had ended. Raises PlatformError."""
        key = (deployment_id, trace_id)
        with self._lock:
            known = self._traces.pop(key, None)
            if known is not None:
                self._traces[key] = known
        if known is not None:
            return known
        head, observations = platform.trace(deployment_id, trace_id, call=call)
        found = read_trace(head, observations)
        self._keep(key, found)
        return found

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
                while sum(map(_size, self._members.values())) > MOST_BYTES:
                    del self._members[next(iter(self._members))]
        return found

    def find(self, platform: Platform, deployment_id: str, call: Call) -> Failure | None:
        """Read the newest traces, one at a time, until one has an error. Raises PlatformError."""
        page = platform.traces(deployment_id, TraceQuery(), limit=MOST_READ, call=call)
        for row in page.rows:
            try:
                found = self.read(platform, deployment_id, row.trace_id, call)
            except PlatformError as error:
                # One trace that is gone or cannot be decoded says nothing about the others.
                if error.kind is not ErrorKind.NOT_FOUND and error.status != 502:
                    raise
                continue
            if found.errors:
                break
        return self.failure(deployment_id)

    def _keep(self, key: tuple[str, str], found: ReadTrace) -> None:
        with self._lock:
            if found.ended:
                self._traces[key] = found
                self._errors[key] = found.errors
                while (
                    len(self._traces) > 1 and sum(len(each.tree.spans) for each in self._traces.values()) > MOST_SPANS
                ):
                    del self._traces[next(iter(self._traces))]
                while len(self._errors) > MOST_COUNTS:
                    del self._errors[next(iter(self._errors))]
            if found.causes:
                span = min((found.tree.spans[at] for at in found.causes), key=lambda span: span.start)
                failure = Failure(key[1], span_name(span), message_of(span), started(span).at)
                newest = self._failures.get(key[0])
                if newest is None or (failure.at and newest.at and failure.at >= newest.at):
                    self._failures[key[0]] = failure
