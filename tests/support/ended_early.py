"""Ends the program after each write of its start and prints, as a line of JSON each, how it left the terminal.

This runs in its own process, which imports the program once and forks it for every write.
"""

from __future__ import annotations

import itertools
import json
import os
import pty
import queue
import re
import select
import signal
import sys
import termios
import time
from collections.abc import Callable
from typing import Any

# The program imports these before its first frame. The children inherit them.
import textual.drivers._writer_thread as writing

import astro_tui.app.app
import astro_tui.cli.commands.view
import astro_tui.screens.viewer  # noqa: F401  only loaded
from astro_tui.app import driver
from astro_tui.cli import main as cli

DEADLINE = 20.0
DRAWN = "stands on the screen"
"""A value of the document. Once the program has written it, its start is over."""
SET = re.compile(rb"\x1b\[\?([\d;]+)([hl])")
QUERY = re.compile(rb"\x1b\[\?(2026|2048)\$p")
ESCAPE = re.compile(rb"\x1b(?:\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b]*\x07)")
USUAL = {7, 25}
"""Modes of a terminal at a prompt: lines wrap, and the cursor is visible."""
NEW = termios.tcgetattr(pty.openpty()[0])
"""Attributes of a new terminal."""


def modes_left(raw: bytes) -> list[int]:
    """Return the private modes that differ from those at a prompt; 0 means the kitty keyboard."""
    modes = set(USUAL)
    for numbers, state in SET.findall(raw):
        for number in map(int, numbers.split(b";")):
            (modes.add if state == b"h" else modes.discard)(number)
    keyboards = 0
    for found in re.findall(rb"\x1b\[([<>])\d*u", raw):
        keyboards = keyboards + 1 if found == b">" else max(0, keyboards - 1)
    return sorted(modes ^ USUAL) + [0] * keyboards


def start(path: str, prepare: Callable[[], None]) -> tuple[int, int]:
    """Start the program in a new terminal after `prepare`; return its process ID and the master."""
    child, master = pty.fork()
    if child == 0:
        try:
            prepare()
            cli.main(["view", path])
        finally:
            os._exit(99)
    return child, master


def signaled(number: int, when: Callable[[int, str], bool]) -> Callable[[], None]:
    """Return a function that makes the program signal itself once `when(writes, last text written)` is true."""

    def prepare() -> None:
        writes, sent = 0, False
        # On a busy machine the terminal's reports are late, and so is the end.
        driver.RESPONSE_WAIT = driver.PATIENCE = driver.CLOSING_PATIENCE = DEADLINE / 2

        def check(text: str) -> None:
            nonlocal sent
            if not sent and when(writes, text):
                sent = True
                os.kill(os.getpid(), number)

        def write(thread: writing.WriterThread, text: str) -> None:
            """Write at once, in the calling thread, so that the signal comes at the same moment in every run."""
            nonlocal writes
            check("")
            thread._file.write(text)
            thread._file.flush()
            writes += 1
            check(text)

        writing.WriterThread.write = write  # type: ignore[method-assign]

    return prepare


def stuck(number: int) -> Callable[[], None]:
    """Return a function that fills the terminal and makes the program signal itself before it waits for it."""

    class Short(queue.Queue[Any]):
        def put(self, item: object, block: bool = True, timeout: float | None = None) -> None:
            if self.full():
                os.kill(os.getpid(), number)
            super().put(item, block, timeout)

    def prepare() -> None:
        fill(os.ttyname(2))
        writing.MAX_QUEUED_WRITES = 4  # type: ignore[misc]
        writing.Queue = Short  # type: ignore[misc]

    return prepare


def fill(terminal: str) -> None:
    """Write to a terminal until it accepts no more output."""
    descriptor = os.open(terminal, os.O_WRONLY | os.O_NOCTTY | os.O_NONBLOCK)
    try:
        while True:
            os.write(descriptor, b"x" * 4096)
    except BlockingIOError:
        os.close(descriptor)


def rest(master: int, delay: float = 0.0) -> bytes:
    """Return all output of a program; respond to its mode queries after `delay` seconds."""
    raw = b""
    while select.select([master], [], [], DEADLINE)[0]:
        try:
            piece = os.read(master, 1 << 16)
        except OSError:
            return raw
        raw += piece
        time.sleep(delay)
        for mode in QUERY.findall(piece):
            os.write(master, b"\x1b[?%b;2$y" % mode)
    return raw


def outcome(child: int, master: int, *, reading: bool = True, delay: float = 0.0) -> tuple[bytes, dict[str, Any]]:
    """Wait for the program to end, `reading` meanwhile; return its output and how it left the terminal."""
    started = time.monotonic()
    raw = rest(master, delay) if reading else b""
    while not (ended := os.waitpid(child, os.WNOHANG))[0]:
        if time.monotonic() > started + DEADLINE:
            os.kill(child, signal.SIGKILL)
        time.sleep(0.002)
    restored = termios.tcgetattr(master) == NEW
    raw += rest(master)
    os.close(master)
    after = ESCAPE.sub(b"", raw.rpartition(b"\x1b[?1049l")[2]) if reading else b""
    return raw, {
        "code": os.waitstatus_to_exitcode(ended[1]),
        "modes": modes_left(raw),
        "termios": restored,
        "printed": after.decode(),
    }


def report(case: str, number: int, end: dict[str, Any]) -> None:
    """Print how a run ended by a signal; flush, so that no child inherits the line in its buffer."""
    end["code"] -= number
    sys.stdout.write(json.dumps({"case": f"{case}, {signal.Signals(number).name}", **end}) + "\n")
    sys.stdout.flush()


def main() -> None:
    path = sys.argv[1]
    numbers = itertools.cycle((signal.SIGTERM, signal.SIGHUP))
    count, drawn = 0, False
    while not drawn:
        number = next(numbers)
        prepare = signaled(number, lambda writes, text, count=count: writes == count or DRAWN in text)
        raw, end = outcome(*start(path, prepare))
        drawn = DRAWN.encode() in raw
        report(f"write {count}", number, end)
        count += 1
    # What the program switches on because the terminal says that it can.
    for sequence in ("?2048h", "?1016h", "?2026h", "?2026l"):
        number = next(numbers)
        prepare = signaled(number, lambda _writes, text, sequence=sequence: sequence in text)
        report(sequence, number, outcome(*start(path, prepare))[1])
    number = next(numbers)
    prepare = signaled(number, lambda writes, _text: writes == 0)
    report("slow terminal", number, outcome(*start(path, prepare), delay=0.1)[1])
    number = next(numbers)
    report("stuck", number, outcome(*start(path, stuck(number)), reading=False)[1])


if __name__ == "__main__":
    main()
