"""The traces that were read in this run: a few of them, and of many more how many errors they have.

They contain what users wrote, so they are kept in memory only.
"""

from __future__ import annotations

import threading
from datetime import datetime

from msgspec import Struct

from astro_tui.platform.client import Call, Platform
from astro_tui.platform.models import TraceHead
from astro_tui.presentation.traces import message_of, span_name, started
from astro_tui.traces import Timeline, TraceTree, build, timeline_of

MOST_SPANS, MOST_COUNTS = 300_000, 5_000
"""The most observations, and the most numbers of errors, that are kept."""


class ReadTrace(Struct, frozen=True):
    """A trace with its tree and its times."""

    head: TraceHead
    tree: TraceTree
    timeline: Timeline

    @property
    def ended(self) -> bool:
        """Whether nothing in it is open, so that it does not change any more."""
        return bool(self.tree.spans) and not any(span.is_open for span in self.tree.spans)


class Failure(Struct, frozen=True):
    """The first error of a trace: the name of the span that failed, its message, and when it began."""

    trace_id: str
    name: str
    message: str
    at: datetime | None


class TraceStore:
    """Safe to use from many threads. Keys are the IDs of a deployment and of a trace."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._traces: dict[tuple[str, str], ReadTrace] = {}
        self._errors: dict[tuple[str, str], int] = {}
        self._failures: dict[str, Failure] = {}

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
        tree = build(observations)
        found = ReadTrace(head, tree, timeline_of(tree))
        self._keep(key, found)
        return found

    def _keep(self, key: tuple[str, str], found: ReadTrace) -> None:
        tree = found.tree
        errors, causes = tree.errors, tree.causes
        with self._lock:
            if found.ended:
                self._traces[key] = found
                self._errors[key] = len(errors)
                while (
                    len(self._traces) > 1 and sum(len(each.tree.spans) for each in self._traces.values()) > MOST_SPANS
                ):
                    del self._traces[next(iter(self._traces))]
                while len(self._errors) > MOST_COUNTS:
                    del self._errors[next(iter(self._errors))]
            if errors:
                span = min((tree.spans[at] for at in causes), key=lambda span: span.start)
                failure = Failure(key[1], span_name(span), message_of(span), started(span).at)
                newest = self._failures.get(key[0])
                if newest is None or (failure.at and newest.at and failure.at >= newest.at):
                    self._failures[key[0]] = failure
