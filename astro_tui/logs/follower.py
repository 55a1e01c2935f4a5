"""Follows the log of one workload: the last lines at once, then every line exactly once."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from random import uniform
from time import monotonic

from msgspec import DecodeError
from msgspec.json import decode

from astro_tui.errors import Do, ErrorFacts, ErrorKind, PlatformError
from astro_tui.logs.first_lines import REFUSED, FirstLines, ReadWindow
from astro_tui.logs.following import Delivery, FollowPhase, Sink
from astro_tui.logs.joining import SECOND, LogPage
from astro_tui.logs.line import LogLine, LogSource
from astro_tui.logs.pages import LOOKBACKS, LogHistory
from astro_tui.logs.recovery import INDEX_LAG, Recovery
from astro_tui.logs.sse import EventParser, ServerEvent, received
from astro_tui.platform.client import Call, Platform
from astro_tui.platform.client.address import log_stream, path_of
from astro_tui.text.foreign import bounded
from astro_tui.text.redaction import masked_line, without

_LONGEST_REQUESTED = 60.0
"""The longest pause that the platform can request."""
_NO_STREAM_PAUSE = 30.0
"""Seconds until a stream is requested again from a server without one."""
_TOKEN_PAUSE = 2.0
"""Seconds between two checks for a new token."""
_SMALL = 16_384
_BATCH_SECONDS, _LONGEST_BATCH = 0.02, 0.25
"""After a read of less than `_SMALL` bytes, the stream waits this long, so that several lines arrive together.

Each read wakes this thread and the screen, which costs much more than a line does. Several streams together wait as
often as one does, if that makes no line wait longer than `_LONGEST_BATCH`.
"""
_lock, _parsing = threading.Lock(), threading.Lock()
"""The second one lets only one stream at a time use the processor, so that the user's keys compete with one thread."""
_STEADY_SECONDS = 5.0
"""A connection that lasts this long does not count as a failure."""
_NO_STREAM = frozenset({404, 501, 503})


class Follower:
    """Follows the log of a source on its own threads until it is stopped. `streams` is how many are open.

    First it delivers the newest `tail` lines, or with `since_ns` the newest `tail` ones from then on. A `tail` of 0
    means all lines, and requires `since_ns`. If there are none in the last hour, it looks back up to a week. Without
    `live`, it ends after these lines, which are all before `until_ns`, if that is set.

    `now` returns the current time in Unix seconds. `lag` is the number of seconds until the history has every line.
    """

    streams = 0

    def __init__(
        self,
        platform: Platform,
        source: LogSource,
        sink: Sink,
        *,
        tail: int = 500,
        since_ns: int = 0,
        until_ns: int = 0,
        live: bool = True,
        now: Callable[[], float] = time.time,
        lag: float = INDEX_LAG,
    ) -> None:
        self._platform, self._source, self._live = platform, source, live
        self._delivery = Delivery(source, sink)
        self._history = LogHistory(platform, source)
        self._call = Call()
        span = ReadWindow(tail, since_ns, until_ns)
        first = FirstLines(self._history, self._delivery, self._call, span, live=live, now=now)
        self._recovery = Recovery(first, self._history, self._delivery, self._call, lag=lag)
        self._retry = threading.Event()
        self._parser = EventParser()
        self._ready = False
        self._brought = False
        self._said: PlatformError | None = None

    def start(self) -> None:
        """Start following. Returns at once."""
        threading.Thread(target=self._run, args=(self._recovery.run,), name="log-history", daemon=True).start()
        if self._live:
            threading.Thread(target=self._run, args=(self._follow,), name="log-stream", daemon=True).start()

    def turn(self) -> bool:
        """Read what is new, instead of `start`: for a thread that lets several followers take turns.

        Returns whether it needs another turn.
        """
        self._run(self._recovery.turn)
        return self._live and not self._delivery.stopped.is_set()

    def stop(self) -> None:
        """Stop, from any thread. Returns at once; the sink gets nothing after that."""
        self._delivery.stop()
        self._call.abort()
        self._retry.set()
        self._recovery.wake()

    def retry(self) -> None:
        """Retry now if the follower is waiting or was refused."""
        self._retry.set()
        self._recovery.wake()

    def older(self, before_ns: int, lines: int, *, call: Call | None = None) -> LogPage:
        """Return roughly the newest `lines` lines before a time; for a worker thread. Raises PlatformError.

        It looks back up to a week from that time. Request still earlier lines with the page's `begin_ns`.
        """
        edge = before_ns == self._recovery.first.edge_ns
        until = before_ns + 1 if edge else before_ns
        since = before_ns
        for seconds in LOOKBACKS:
            since = max(1, before_ns - seconds * SECOND)
            page = self._history.before(until, since, lines, call or Call())
            earlier = self._recovery.first.without_edge(page.lines, until) if edge else page.lines
            if earlier or page.more:
                return LogPage(earlier, page.begin_ns, more=True)
        return LogPage((), since)

    def admit(self, missing: Callable[[], list[LogLine]]) -> list[LogLine]:
        """Return the lines that `missing` returns. From now on, they are known, so they will not be delivered."""
        with self._delivery.lock:
            lines = missing()
            self._delivery.joiner.known(lines)
            return lines

    # ---- the threads

    def _run(self, work: Callable[[], None]) -> None:
        try:
            work()
        except Exception as error:  # noqa: BLE001  readers of this log must learn that nothing more will come
            self._end(self._bug(error))

    def _end(self, error: PlatformError | None = None) -> None:
        """Report the end of the log, and stop."""
        with self._delivery.lock:
            self._delivery.enter(FollowPhase.ENDED, error)
            self._delivery.stop()
        self.stop()

    def _bug(self, error: Exception) -> PlatformError:
        what = ": ".join(filter(None, (type(error).__name__, str(error))))
        said = masked_line(without(bounded(what, 2000), self._platform.hidden()), 300)
        return PlatformError(
            ErrorKind.ODD_SHAPE,
            f"Reading this log failed because of a bug: {said}.",
            request=self._source.request,
            remedies=(Do("report this astro-tui bug"),),
        )

    # ---- the stream

    def _follow(self) -> None:
        failures = 0
        while not self._delivery.stopped.is_set():
            if self._delivery.phase is not FollowPhase.POLLING:
                self._delivery.enter(FollowPhase.CONNECTING)
            self._retry.clear()
            begun = monotonic()
            error = self._stream()
            if self._delivery.stopped.is_set():
                return
            if error is not None and error.kind is ErrorKind.CANCELED:
                # The platform was closed.
                self._end()
                return
            self._call.background = True
            if self._ready and (self._brought or monotonic() - begun > _STEADY_SECONDS):
                failures = 0
            if error is not None and error.kind in REFUSED:
                self._wait_for_token(error)
                continue
            if error is not None and (error.status in _NO_STREAM or error.kind is ErrorKind.ODD_SHAPE):
                self._poll(error)
                continue
            self._recovery.stop_polling()
            failures += 1
            self._pause(error, failures)

    def _stream(self) -> PlatformError | None:
        """Follow one stream until it ends. Returns why, or None if the server ended it."""
        self._parser, self._ready, self._brought, self._said = EventParser(), False, False, None
        source = self._source
        with _lock:
            Follower.streams += 1
        try:
            self._platform.log_stream(
                source.deployment_id,
                source.workload,
                self._receive,
                container=source.container,
                pod=source.pod,
                call=self._call,
            )
        except PlatformError as error:
            return error.without_frames()
        finally:
            with _lock:
                Follower.streams -= 1
        return self._said

    def _receive(self, chunk: bytes) -> None:
        with _parsing:
            lines = self._take(chunk)
        if lines and len(chunk) < _SMALL:
            self._delivery.stopped.wait(min(_BATCH_SECONDS * Follower.streams, _LONGEST_BATCH))

    def _take(self, chunk: bytes) -> int:
        """Deliver the lines of a piece of the stream; returns how many it has."""
        lines, named = received(self._without_tokens(self._parser.feed(chunk)))
        if not self._ready and (lines or named):
            self._ready = True
            self._recovery.stop_polling()
            self._recovery.connected()
            self._delivery.enter(FollowPhase.LIVE)
        if lines:
            self._brought = True
            self._recovery.streamed(lines)
            self._delivery.streamed(lines)
        for event in named:
            if event.name == "error":
                self._said = self._error(event)
        return len(lines)

    def _without_tokens(self, events: list[ServerEvent]) -> list[ServerEvent]:
        """Remove tokens from the data. The history has none either, so lines are still the same on both sides."""
        whole = b"\n".join([event.data for event in events])
        if self._platform.without_tokens(whole) == whole:
            return events
        return [event._replace(data=self._platform.without_tokens(event.data)) for event in events]

    def _error(self, event: ServerEvent) -> PlatformError:
        try:
            value = decode(event.data)
        except (DecodeError, UnicodeDecodeError):
            value = None
        said = value.get("message") if isinstance(value, dict) else None
        text = masked_line(str(said), 300) if said else ""
        message = f"The platform ended the stream{f': {text}' if text else '.'}"
        facts = ErrorFacts(quotes_server=True)
        return PlatformError(ErrorKind.SERVER, message, request=self._request, server_said=text, facts=facts)

    @property
    def _request(self) -> str:
        return f"GET {path_of(log_stream(self._source.deployment_id, self._source.workload))}"

    # ---- between two streams

    def _pause(self, error: PlatformError | None, failures: int) -> None:
        """Wait for a random time, so that many clients do not reconnect at the same time."""
        seconds = uniform(0, self._delivery.pause(failures))  # noqa: S311  no secret depends on it
        if error is not None and error.retry_after:
            seconds = max(seconds, min(error.retry_after, _LONGEST_REQUESTED))
        self._delivery.enter(FollowPhase.WAITING, error, monotonic() + seconds)
        self._retry.wait(seconds)

    def _poll(self, error: PlatformError) -> None:
        """Poll the history instead, and request a stream again from time to time."""
        self._delivery.enter(FollowPhase.POLLING, error)
        self._recovery.start_polling()
        self._retry.wait(_NO_STREAM_PAUSE)

    def _wait_for_token(self, error: PlatformError) -> None:
        """Wait until there is a token other than the refused one."""
        self._recovery.stop_polling()
        self._delivery.enter(FollowPhase.REFUSED, error)
        refused = self._platform.tokens.current(self._call)
        while not self._retry.wait(_TOKEN_PAUSE):
            if self._platform.tokens.current(self._call) != refused:
                # Retry now what could not be read from the history.
                self._recovery.wake()
                return
