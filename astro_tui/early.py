"""The first request, on its way while the screen library still loads."""

from __future__ import annotations

import os
import sys
import threading
from dataclasses import dataclass, field

from astro_tui.client import Answer, Platform
from astro_tui.errors import PlatformError


@dataclass
class Early:
    """One request sent at start-up through the same client as all others, and only read when the screen is there.

    Two threads that import at a time wait for each other, and the HTTP library would cost the first paint a fifth of
    its time. So a child process fetches where a fork is cheap and safe (Linux, before there is any thread), and
    hands the answer back through a pipe; a thread does it elsewhere.
    """

    platform: Platform
    endpoint: str
    _done: threading.Event = field(default_factory=threading.Event)
    _answer: Answer | None = None
    _error: PlatformError | None = None

    def start(self) -> Early:
        """Send the request and return without its answer."""
        if sys.platform == "linux" and threading.active_count() == 1:
            child, reading = self._fork()
            threading.Thread(target=self._listen, args=(child, reading), name="early-answer", daemon=True).start()
        else:
            self.platform.prepare()
            threading.Thread(target=self._fetch, name="early-request", daemon=True).start()
        return self

    def _fetch(self) -> None:
        try:
            self._keep(self.platform.fetch(self.endpoint))
        except PlatformError as error:
            self._keep(error)

    def _keep(self, outcome: Answer | PlatformError) -> None:
        if isinstance(outcome, PlatformError):
            self._error = outcome
        else:
            self._answer = outcome
        self._done.set()

    # ---- the child process

    def _fork(self) -> tuple[int, int]:
        """Start the child; returns its process id and the end of the pipe at which its answer comes out."""
        reading, writing = os.pipe()
        child = os.fork()
        if child == 0:
            try:
                os.close(reading)
                self._tell(writing)
            finally:
                os._exit(0)
        os.close(writing)
        return child, reading

    def _tell(self, writing: int) -> None:
        """Fetch, and write what came (child process)."""
        import pickle

        threading.Thread(target=_end_with_reader, args=(writing,), daemon=True).start()
        self._fetch()
        with os.fdopen(writing, "wb") as pipe:
            pickle.dump(self._error or self._answer, pipe)

    def _listen(self, child: int, reading: int) -> None:
        """Wait for what the child tells; without a word from it, ask from here."""
        import pickle

        with os.fdopen(reading, "rb") as pipe:
            told = pipe.read()
        try:
            os.waitpid(child, 0)
            self._keep(pickle.loads(told))  # noqa: S301  from our own child, through a pipe of our own
        except (OSError, EOFError, pickle.UnpicklingError):
            self._fetch()

    # ---- the answer

    def arrived(self, endpoint: str) -> Answer | None:
        """Return the answer when it belongs to `endpoint` and is here already; never waits, never raises."""
        return self._answer if endpoint == self.endpoint and self._done.is_set() else None

    def take(self, endpoint: str) -> Answer | None:
        """Return the answer when it belongs to `endpoint`, waiting for it; None when another one was asked.

        Raises the PlatformError that the request ended with.
        """
        if endpoint != self.endpoint:
            return None
        self._done.wait()
        if self._error is not None:
            raise self._error
        return self._answer


def _end_with_reader(writing: int) -> None:
    """End this process as soon as nobody is left to read from it: the program was quit."""
    import select

    watch = select.poll()
    watch.register(writing, 0)
    watch.poll()
    os._exit(0)
