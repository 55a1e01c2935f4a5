"""Sends requests together, and goes on without a source that does not respond."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime
from time import monotonic

from msgspec import Struct

from astro_tui.diagnosis import MISSING, Fact
from astro_tui.errors import FINAL_KINDS, DocumentError, ErrorKind, PlatformError, canceled
from astro_tui.platform.client import Call
from astro_tui.session.fact_store import FactStore

PATIENCE = 8.0
"""Seconds to wait for the response of a source before the diagnosis goes on without it."""
_POLL = 0.05
_SILENT = "not requested: no response to the last requests"
_LIVE = frozenset({"runtime", "events", "alerts", "logs"})
"""The sources of live data. Servers differ in which of them they have (platform.md §12)."""


class Read(Struct, frozen=True):
    """One request: the name of its source, and the function that sends it and returns a value."""

    source: str
    send: Callable[[Call], object]


def read_together(
    store: FactStore, clock: Callable[[], datetime], reads: Sequence[Read], call: Call, *, always: bool = False
) -> list[Fact]:
    """Send each request in its own thread, and wait for its response at most `PATIENCE` seconds after it is sent.

    A source that does not respond must not delay the diagnosis: its request is canceled and becomes an error. A
    source that counts as silent is not even requested, unless `always` is set. Raises the first error that one
    of them raised, or one of kind CANCELED soon after `call` is canceled.
    """
    tries = [_Try(each, call, store, clock, always=always) for each in reads]
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
        self, read: Read, call: Call, store: FactStore, clock: Callable[[], datetime], *, always: bool
    ) -> None:
        self.call = Call(waiting=call.waiting, background=call.background)
        self.done = threading.Event()
        self.sent: float | None = None
        self._read, self._always = read, always
        self._store, self._clock = store, clock
        self._fact = MISSING
        self._error: Exception | None = None
        self._given_up = ""
        threading.Thread(target=self._run, name="investigation", daemon=True).start()

    def _run(self) -> None:
        try:
            if self._refused():
                return
            with self._store.slots:
                if not self._refused():
                    self.sent = monotonic()
                    self._fact = self._result()
        except Exception as error:  # noqa: BLE001  it is raised in the thread that waits
            self._error = error
        finally:
            self.done.set()

    def _refused(self) -> bool:
        """Whether the source counts as silent. If so, the result becomes an error."""
        silent = not self._always and self._read.source in self._store.silent
        if silent:
            self._fact = self._failure(_SILENT)
        return silent

    def _result(self) -> Fact:
        try:
            value = self._read.send(self.call)
        except PlatformError as error:
            if error.kind in FINAL_KINDS:
                raise
            self._store.silent.responded(self._read.source)
            live = self._read.source in _LIVE
            missing = f"not offered by this server ({error.status})" if live and error.not_offered else ""
            failure = replace(self._failure(str(error)), refused=error.kind is ErrorKind.FORBIDDEN)
            return Fact(error=missing) if missing else failure
        except DocumentError as error:
            return self._failure(f"The spec cannot be read: {error}")
        self._store.silent.responded(self._read.source)
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
            self._store.silent.timed_out(self._read.source)
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
