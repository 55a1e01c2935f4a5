"""The terminal driver: it puts the terminal back however the program ends, and tolerates any input."""

from __future__ import annotations

import os
import signal
import sys
import termios
import threading
import time
from codecs import getincrementaldecoder
from collections.abc import Callable, Iterator
from contextlib import suppress
from functools import partial
from types import FrameType
from typing import Any, NoReturn

from textual import constants
from textual.drivers import linux_driver
from textual.drivers.linux_driver import LinuxDriver
from textual.message import Message
from textual.messages import InBandWindowResize

from astro_tui.app.key_order import KeyOrder
from astro_tui.app.terminal_input import TerminalInput
from astro_tui.widgets.textual_compat import XTermParser

ENDING_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGQUIT)
"""What `kill`, `timeout` and a closed terminal send."""
PATIENCE = 0.5
"""Seconds that an orderly exit may take after a signal; a terminal that does not read would make it wait forever."""
CLOSING_PATIENCE = 5.0
"""Seconds that the widgets may take to close after the user quits; Textual would wait for each of them forever."""
RESPONSE_WAIT = 0.3
"""Seconds after the start until which the exit waits for the terminal to report its modes.

A report that arrives after the terminal was put back would appear at the prompt. Some terminals never report.
"""
DROP_FOR = 1.0
"""Seconds of silence after which what comes is no longer the rest of a response that was too long."""
_PAUSES = (0.001, 0.004, 0.016, 0.064, 0.25, 0.5)
"""Seconds after each try to write `_RESTORE`.

The writer locks the terminal until it runs again. That usually takes no time, but 0.13 s on a very busy machine.
"""
_RESTORE = b"".join(
    (
        *(b"\x1b[?%dl" % mode for mode in (2026, 2004, 2048, 1000, 1003, 1015, 1006, 1016, 1004)),
        b"\x1b[?7h",
        # The kitty keyboard mode belongs to the alternate screen, so it is reset first.
        b"\x1b[<u",
        b"\x1b[?1049l",
        b"\x1b[?25h",
    )
)
"""Undoes everything that Textual switches on, in a terminal that may have received any part of it."""


def _decoders(received: Callable[[str], None], encoding: str) -> Any:
    """Return a class of decoders that replace invalid bytes and raise EOFError at the end of the input.

    `received` learns of each text before Textual parses it.
    """

    class Decoder(getincrementaldecoder(encoding)):  # type: ignore[misc]
        def __init__(self) -> None:
            super().__init__("replace")

        def decode(self, data: bytes, final: bool = False) -> str:
            # Textual reads again at once: without this, a terminal that is gone would keep a core busy forever.
            if not data:
                raise EOFError
            text = str(super().decode(data, final))
            received(text)
            return text

    return Decoder


class FilteredParser(XTermParser):
    """Textual's parser, fed with whole sequences only, so it never waits in the middle of one."""

    def __init__(self, debug: bool = False) -> None:
        super().__init__(debug)
        self._input = TerminalInput()
        self._patient_until = 0.0

    def feed(self, data: str) -> Iterator[Message]:
        """Yield the events of what was read; an empty text is its end."""
        passed = self._input.feed(data) if data else ""
        patience = DROP_FOR if self._input.dropping else constants.ESCAPE_DELAY
        self._patient_until = time.monotonic() + patience
        if passed or not data:
            yield from super().feed(passed)

    def tick(self) -> Iterator[Message]:
        """Yield the escape key, or a key with alt, once it is clear that no sequence follows."""
        if self._input.waiting and time.monotonic() >= self._patient_until and (left := self._input.give_up()):
            yield from super().feed(left)
            self._timeout_time = 0.0
        yield from super().tick()


# The driver finds the parser by this name.
vars(linux_driver)["XTermParser"] = FilteredParser


class PromptDriver(LinuxDriver):
    """Textual's driver, ended by signals and by a terminal that is gone.

    At the end it does not wait for the input thread, which may take two waits of 0.1 s to notice that it should end;
    the process ends before that.
    """

    leaving = False
    _active = False
    """Whether the program has set the modes of the terminal."""
    _stopping = False
    """Whether the program is stopped, or will be between two events."""
    _code = 0
    _queried_at = 0.0
    """When the modes of the terminal were requested, on the monotonic clock."""

    def start_application_mode(self) -> None:
        """Take over the terminal. The signal handlers that put it back are set before anything is changed."""
        signal.signal(signal.SIGALRM, self._abandon)
        for number in ENDING_SIGNALS:
            # A signal that was ignored when the program started stays ignored: nohup relies on it.
            if signal.getsignal(number) is not signal.SIG_IGN:
                signal.signal(number, self._end)
        self._active, self._stopping = True, False
        self._reported = threading.Event()
        super().start_application_mode()  # type: ignore[no-untyped-call]

    def stop_application_mode(self) -> None:
        """Put the terminal back."""
        self._active = False
        super().stop_application_mode()

    def _sigtstp_application(self, *_: object) -> None:
        """Give up the terminal and stop: in the event loop, between two events.

        This handler may have interrupted a write, which holds a lock that the restoring writes need.
        """
        if not (self._active and self._auto_restart):
            # Someone else has the terminal: a pager, or the shell before the start and after the end.
            os.kill(os.getpid(), signal.SIGSTOP)
        elif not self._stopping:
            self._stopping = True
            self._loop.call_soon_threadsafe(self._stop)

    def _stop(self) -> None:
        if self._active:
            super()._sigtstp_application()
        else:
            # The program has begun to end, and must not take the terminal again.
            self._stopping = False

    def _sigcont_application(self, *_: object) -> None:
        """Take over the terminal again; after `kill -STOP`, do it in the event loop, between two events.

        Note the time first: a timer that ran out while the program was stopped may be next in the event loop.
        """
        if isinstance(self._app, KeyOrder):
            self._app.presses.continued(time.monotonic())
        if self._active:
            self._loop.call_soon_threadsafe(self._take_back)
        elif self._stopping:
            super()._sigcont_application()

    def _take_back(self) -> None:
        """Set all modes again: the shell has set its own, although the program had not given up the terminal."""
        if self._active and self._auto_restart:
            self.suspend_application_mode()
            self._must_signal_resume = True
            self.resume_application_mode()

    def close(self) -> None:
        """Wait until everything is written; from then on a signal has nothing to put back."""
        super().close()
        signal.setitimer(signal.ITIMER_REAL, 0)
        for number in ENDING_SIGNALS:
            if signal.getsignal(number) is not signal.SIG_IGN:
                signal.signal(number, signal.SIG_DFL)

    def _query_in_band_window_resize(self) -> None:
        """Send the last of the queries to the terminal."""
        self._queried_at = time.monotonic()
        super()._query_in_band_window_resize()

    def disable_input(self) -> None:
        """Stop reading, once the terminal has reported its modes. Only a suspended program waits for the thread."""
        if not self.exit_event.is_set():
            self._reported.wait(max(0.0, self._queried_at + RESPONSE_WAIT - time.monotonic()))
        if not self.leaving:
            super().disable_input()
            return
        if not self.exit_event.is_set():
            self._disable_mouse_support()
            self.exit_event.set()
            self._code = self._code or self._app.return_code or 0
            self._limit(CLOSING_PATIENCE)

    def _disable_mouse_support(self) -> None:
        super()._disable_mouse_support()
        if self._mouse_pixels:
            # Textual leaves this one on.
            self.write("\x1b[?1016l")

    # ---- input

    def run_input_thread(self) -> None:
        """Read until the end of the program; the end of the input is a hang-up, whether a signal comes or not."""
        # Textual decodes strictly: one byte that is not UTF-8 would end the program. It finds the decoder by this name.
        vars(linux_driver)["getincrementaldecoder"] = partial(_decoders, self._received)
        try:
            super().run_input_thread()
        except (EOFError, OSError):
            self._end(signal.SIGHUP)

    def _received(self, text: str) -> None:
        """Note what may have been pasted, before its keys are handled."""
        if isinstance(self._app, KeyOrder):
            self._app.presses.received(text, time.monotonic())

    def process_message(self, message: Message) -> None:
        """Pass a message on. Modes are switched on in the event loop, where the exit switches them off."""
        if isinstance(message, InBandWindowResize):
            self._reported.set()
            self._loop.call_soon_threadsafe(self._switch_on, message)
        else:
            super().process_message(message)

    def _switch_on(self, message: InBandWindowResize) -> None:
        if self._active:
            super().process_message(message)

    # ---- the end

    def _end(self, number: int, _frame: FrameType | None = None) -> None:
        """End the program, with the exit code of a signal; safe in a signal handler and in any thread."""
        self._code = 128 + number
        self._limit(PATIENCE)
        # The event loop is closed: the program is already ending.
        with suppress(RuntimeError):
            self._loop.call_soon_threadsafe(self._leave)

    @staticmethod
    def _limit(seconds: float) -> None:
        """End the process after these seconds at the latest, unless the driver is closed before."""
        left = signal.getitimer(signal.ITIMER_REAL)[0]
        if not left or left > seconds:
            signal.setitimer(signal.ITIMER_REAL, seconds)

    def _leave(self) -> None:
        self.leaving = True
        self._app.exit(return_code=self._code)

    def _abandon(self, _number: int, _frame: FrameType | None) -> NoReturn:
        """End the process now: the event loop is stuck, most likely because the terminal does not read.

        What it has not read yet is dropped, so that it finds its modes restored once it reads again.
        """
        # From here on, SIGALRM only interrupts a write.
        signal.signal(signal.SIGALRM, lambda *_: None)
        # Otherwise, a program in the background would be stopped here.
        signal.signal(signal.SIGTTOU, signal.SIG_IGN)
        with suppress(OSError, termios.error):
            if self.attrs_before is not None:
                termios.tcsetattr(self.fileno, termios.TCSANOW, self.attrs_before)
            # Opened again: the shell shares the open file, and O_NONBLOCK would stay with it.
            terminal = os.open(os.ttyname(2), os.O_WRONLY | os.O_NOCTTY | os.O_NONBLOCK)
            if self._writer_thread is not None:
                # From now on, the thread writes the rest of its text to nowhere.
                os.dup2(os.open(os.devnull, os.O_WRONLY), self._writer_thread.fileno())
            for pause in _PAUSES:
                termios.tcflush(terminal, termios.TCOFLUSH)
                self._wake_writer()
                with suppress(BlockingIOError):
                    if os.write(terminal, _RESTORE) == len(_RESTORE):
                        break
                time.sleep(pause)
        os._exit(self._code)

    def _wake_writer(self) -> None:
        """End the write that blocks the writer thread: as long as it blocks, nothing else can be written."""
        writer = self._writer_thread
        if writer is not None and writer.is_alive():
            interrupt(writer)


def interrupt(thread: threading.Thread) -> None:
    """Interrupt the system call of a thread with SIGALRM; do nothing if the thread has ended."""
    with suppress(ProcessLookupError):
        if sys.platform == "linux" and thread.native_id is not None:
            # Delivered to the thread with this ID. pthread_kill crashes if the thread has ended in the meantime.
            os.kill(thread.native_id, signal.SIGALRM)
        elif thread.ident is not None:
            signal.pthread_kill(thread.ident, signal.SIGALRM)
