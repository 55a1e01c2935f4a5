"""The first request, sent while the screen library is still being imported."""

from __future__ import annotations

import os
import sys
import threading
from collections.abc import Callable
from contextlib import suppress
from time import monotonic
from typing import TYPE_CHECKING

from msgspec import Struct

from astro_tui.errors import PlatformError

if TYPE_CHECKING:
    from astro_tui.platform.client import Call, Platform, Response, SentRequest
    from astro_tui.presentation.agent_list import Entry

_POLL = 0.05
"""Seconds between two checks for a pause or a cancellation while waiting for the response."""
_LIKE_A_NAME = "an-agent/with-a-name-1"
"""Masked once so that the rules for names are loaded."""
READ_AT_ONCE = 100_000
"""The most bytes of a list that is read before the first frame."""


class StartupList(Struct, frozen=True):
    """The list of an account as read by the process that requested it."""

    account: str
    entries: list[Entry]
    unreadable: int


class StartupRequest:
    """The list of `account`, requested at startup and read when the screen is ready.

    Of several accounts, it is the list of the first one. Without an account, and for all accounts, it is the list of
    the login's default account, or `/me` if there is no default. `connect`
    returns the client.

    Where a fork is cheap and safe (Linux, before any thread exists), a child process sends the request and hands the
    response over through a pipe; elsewhere a thread does it. Without an early request, rows take 1.5 times as long.
    With a thread, the first frame comes 9–15% later: two threads that import at the same time share one interpreter
    lock, and importing the HTTP library takes as long as importing half of the screen library. The child also parses a
    short list. In the process that draws, reading it would take a tenth of the time to the first frame,
    because that loads what masks secrets. The child loads it while it waits for the response.
    """

    def __init__(self, connect: Callable[[], Platform], account: str = "") -> None:
        self.connect = connect
        self.account = account
        self._done = threading.Event()
        self._response: Response | None = None
        self._list: StartupList | None = None
        self._error: PlatformError | None = None
        self._endpoint = ""
        self._pause: tuple[str, float] | None = None
        """Why the client pauses before a retry, and until when on the monotonic clock, which all processes share."""
        self._observer: Callable[[SentRequest], None] | None = None
        self._sent: SentRequest | None = None

    def start(self) -> StartupRequest:
        """Send the request and return at once."""
        if sys.platform == "linux" and threading.active_count() == 1:
            child, reading = self._fork()
            threading.Thread(target=self._listen, args=(child, reading), name="startup-response", daemon=True).start()
        else:
            platform = self.connect()
            platform.prepare()
            threading.Thread(target=self._fetch, args=(platform,), name="startup-request", daemon=True).start()
        return self

    def _fetch(self, platform: Platform, waiting: Callable[[str, float], None] | None = None) -> None:
        try:
            self._send(platform, waiting)
        finally:
            # Also after a bug: without an outcome, the screen sends its own request.
            self._done.set()

    def _send(self, platform: Platform, waiting: Callable[[str, float], None] | None) -> None:
        from astro_tui.platform.client import Call
        from astro_tui.presentation.scope import scope_of

        call, scope = Call(waiting=waiting or self._pauses), scope_of(self.account)
        account = scope.accounts[0] if scope.accounts else platform.tokens.default_account(call)
        endpoint = platform.deployments_endpoint(account) if account else platform.me_endpoint()
        try:
            response = platform.fetch(endpoint, call=call)
            self._keep(endpoint, response, _read(platform, account, response) if account else None)
        except PlatformError as error:
            self._keep(endpoint, error)

    def _pauses(self, reason: str, seconds: float) -> None:
        self._pause = (reason, monotonic() + seconds)

    def _keep(self, endpoint: str, outcome: Response | PlatformError, read: StartupList | None = None) -> None:
        self._endpoint, self._list = endpoint, read
        if isinstance(outcome, PlatformError):
            self._error = outcome
        else:
            self._response = outcome

    # ---- the child process

    def _fork(self) -> tuple[int, int]:
        """Start the child; returns its process id and the pipe's end for reading."""
        reading, writing = os.pipe()
        child = os.fork()
        if child == 0:
            try:
                os.close(reading)
                self._run_child(writing)
            finally:
                os._exit(0)
        os.close(writing)
        return child, reading

    def _run_child(self, writing: int) -> None:
        """Fetch and write the outcome to the pipe (child process)."""
        import pickle

        threading.Thread(target=_end_with_reader, args=(writing,), daemon=True).start()
        with os.fdopen(writing, "wb") as pipe:

            def waiting(reason: str, seconds: float) -> None:
                pickle.dump((reason, monotonic() + seconds), pipe)
                pipe.flush()

            platform = self.connect()
            platform.prepare()
            threading.Thread(target=_import_reader, daemon=True).start()
            self._fetch(platform, waiting)
            pickle.dump((self._endpoint, self._error or self._response, self._list), pipe)

    def _listen(self, child: int, reading: int) -> None:
        """Read the child's outcome, and wait for the child's end."""
        try:
            self._receive(reading)
        finally:
            self._done.set()
            # The child takes milliseconds to exit; the rows need not wait for that.
            with suppress(OSError):
                os.waitpid(child, 0)

    def _receive(self, reading: int) -> None:
        """Read the child's outcome; if the child died, fetch in this process."""
        import pickle

        try:
            with os.fdopen(reading, "rb") as pipe:
                # Safe to unpickle: it comes from our own child through our own pipe.
                while isinstance((message := pickle.load(pipe))[1], float):  # noqa: S301  see above
                    self._pause = message
        except (OSError, EOFError, pickle.UnpicklingError):
            self._fetch(self.connect())
        else:
            self._note(*message[:2])
            self._keep(*message)

    # ---- the response

    def observe(self, observer: Callable[[SentRequest], None]) -> None:
        """Call `observer` with the request when it has ended, if another process sends it; see Platform.observe."""
        self._observer = observer
        self._report()

    def _note(self, endpoint: str, outcome: Response | PlatformError) -> None:
        from astro_tui.platform.client import SentRequest

        if isinstance(outcome, PlatformError):
            self._sent = SentRequest(outcome.request or endpoint, outcome.kind.value, 0.0)
        else:
            self._sent = SentRequest(outcome.request, "ok", outcome.took_seconds)
        self._report()

    def _report(self) -> None:
        sent, observer = self._sent, self._observer
        if sent is not None and observer is not None:
            self._sent = None
            observer(sent)

    @property
    def arrived(self) -> StartupList | None:
        """The list if it has arrived and was read; never waits, never raises."""
        return self._list if self._done.is_set() else None

    def wait(self, call: Call | None = None) -> bool:
        """Wait for the response; return False if `call`, which gets the client's pauses, was canceled."""
        passed_on = None
        while not self._done.wait(_POLL):
            if call is not None and call.canceled.is_set():
                return False
            pause = self._pause
            if call is not None and pause is not None and pause is not passed_on:
                passed_on = pause
                call.waiting(pause[0], max(0.0, pause[1] - monotonic()))
        return True

    def take(self, endpoint: str, call: Call | None = None) -> Response | None:
        """Wait for the response like `wait` and return it if it belongs to `endpoint`, else None.

        Raises the request's PlatformError.
        """
        if not self.wait(call) or endpoint != self._endpoint:
            return None
        if self._error is not None:
            raise self._error
        return self._response


def _read(platform: Platform, account: str, response: Response) -> StartupList | None:
    """Return the list in a response; None if it is long or cannot be read, because the screen then handles it."""
    from astro_tui.presentation.agent_list import entries_of

    if len(response.body) > READ_AT_ONCE:
        return None
    try:
        rows = platform.deployments(account, response=response)
    except PlatformError:
        return None
    return StartupList(account, entries_of(rows.rows), rows.odd)


def _import_reader() -> None:
    """Load what reads and masks a list while the response is on its way."""
    import astro_tui.platform.deployment_rows
    import astro_tui.presentation.agent_list  # noqa: F401  only loaded
    from astro_tui.text.redaction import redact_text

    redact_text(_LIKE_A_NAME)


def _end_with_reader(writing: int) -> None:
    """End this process when the reading end of its pipe is closed: the program has quit."""
    import select

    poll = select.poll()
    poll.register(writing, 0)
    poll.poll()
    os._exit(0)
