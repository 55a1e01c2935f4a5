"""A program in a pseudo terminal, with its screen."""

from __future__ import annotations

import fcntl
import os
import pty
import select
import signal
import struct
import termios
import time
from collections.abc import Callable, Mapping, Sequence
from types import TracebackType
from typing import Self

import pyte

from support.deadline import DEADLINE
from support.forked import Child, can_be_forked
from support.leaks import watch

AT_ONCE = 8.0
"""Seconds in which a program ends at once on a busy machine; waiting for a request that hangs takes longer."""
LAST = 2.0
"""Seconds in which the system passes on what was written last. A process that lives on keeps the terminal open."""
DROPPED = (
    *("ASTRO_ACCESS_TOKEN", "ASTRO_SERVER_URL", "ASTRO_ACCOUNT", "NO_COLOR", "TEXTUAL_THEME", "COLUMNS", "LINES"),
    "PYTHONUNBUFFERED",
)


def environment(home: str, extra: Mapping[str, str] = {}) -> dict[str, str]:
    """Return the environment of a user at a terminal, with an empty home directory."""
    kept = {key: value for key, value in os.environ.items() if key not in DROPPED and not key.startswith("XDG_")}
    return kept | {"HOME": home, "TERM": "xterm-256color", "COLORTERM": "truecolor", "LANG": "C.UTF-8", **extra}


class Terminal:
    """Starts a command in a pseudo terminal; `raw` is everything it wrote.

    The program is forked, unless `new` is true or `prepare` has something to do in the child before it starts.
    """

    def __init__(
        self,
        command: Sequence[str],
        env: Mapping[str, str],
        width: int = 100,
        height: int = 30,
        cwd: str | None = None,
        *,
        new: bool = False,
        prepare: Callable[[], object] | None = None,
    ) -> None:
        self.raw = b""
        self.screen = pyte.Screen(width, height)
        self._stream = pyte.ByteStream(self.screen)
        self.status: int | None = None
        size = struct.pack("HHHH", height, width, 0, 0)
        self._child: Child | None = None
        if prepare is None and not new and can_be_forked(command, env):
            self.master, terminal = pty.openpty()
            fcntl.ioctl(self.master, termios.TIOCSWINSZ, size)
            self._child = Child(command, env, cwd, [terminal] * 3, terminal=True)
            self.pid = self._child.pid
            os.close(terminal)
            return
        self.pid, self.master = pty.fork()
        if self.pid == 0:
            try:
                if cwd:
                    os.chdir(cwd)
                if prepare:
                    prepare()
                os.execve(command[0], list(command), dict(env))
            finally:
                os._exit(127)
        fcntl.ioctl(self.master, termios.TIOCSWINSZ, size)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, _kind: type[BaseException] | None, _error: BaseException | None, _trace: TracebackType | None
    ) -> None:
        watch.look("what a terminal got", self.raw)
        self.hang_up()
        if self._ended():
            return
        if self._child:
            self._child.kill()
            self._child.wait()
        else:
            os.kill(self.pid, signal.SIGKILL)
            os.waitpid(self.pid, 0)

    @property
    def text(self) -> str:
        """The text on the screen."""
        # `display` fails while a wide character is half overwritten.
        buffer, columns = self.screen.buffer, range(self.screen.columns)
        rows = ("".join(buffer[row][column].data for column in columns) for row in range(self.screen.lines))
        return "\n".join(row.rstrip() for row in rows)

    def read(self, seconds: float = 0.02) -> bool:
        """Take what the program wrote; False at its end."""
        if self.master < 0 or not select.select([self.master], [], [], seconds)[0]:
            return self.master >= 0
        try:
            data = os.read(self.master, 1 << 16)
        except OSError:
            data = b""
        self.raw += data
        # The kitty and mode queries that pyte does not know would be drawn.
        self._stream.feed(data.replace(b"\x1b[>1u", b"").replace(b"\x1b[<u", b""))
        return bool(data)

    def until(self, condition: Callable[[], object], what: str = "") -> None:
        """Read until `condition` holds; fail with the screen's text when it never does."""
        end = time.monotonic() + DEADLINE
        while not condition():
            assert time.monotonic() < end, f"never came true: {what}\n{self.text}\n{self._stacks()}"
            if not self.read() and not condition():
                raise AssertionError(f"the program ended before: {what}\n{self.text}\n{self.raw[-2000:]!r}")

    def until_text(self, *texts: str) -> None:
        """Read until all `texts` are on the screen."""

        def shown() -> bool:
            drawn = self.text
            return all(text in drawn for text in texts)

        self.until(shown, f"on screen: {texts}")

    def _stacks(self) -> str:
        """Return what each thread of the program is doing, if it was forked."""
        if self._child is None or self._ended() or self.master < 0:
            return ""
        before, end = len(self.raw), time.monotonic() + LAST
        os.kill(self.pid, signal.SIGUSR1)
        while time.monotonic() < end and self.read():
            pass
        return self.raw[before:].decode(errors="replace")

    def send(self, keys: str) -> None:
        """Type."""
        os.write(self.master, keys.encode())

    def hang_up(self) -> None:
        """Close the terminal's window."""
        if self.master >= 0:
            os.close(self.master)
            self.master = -1

    def _ended(self) -> bool:
        if self._child:
            self._child.poll()
            self.status = self._child.status
        elif self.status is None:
            pid, status = os.waitpid(self.pid, os.WNOHANG)
            if pid:
                self.status = status
        return self.status is not None

    def wait(self, *, reading: bool = True) -> tuple[int, float]:
        """Wait for the end; return the exit code (negative: the signal) and the seconds it took.

        A terminal that is not `reading` holds up a program that writes to it.
        """
        started = time.monotonic()
        while not self._ended():
            assert time.monotonic() < started + DEADLINE, f"does not end\n{self.text}\n{self._stacks()}"
            if reading and self.master >= 0:
                self.read(0.005)
            else:
                time.sleep(0.005)
        took = time.monotonic() - started
        # Until the system says that no one writes anymore: it passes on what was written last a moment after the end.
        while reading and self.master >= 0 and self.read(LAST) and select.select([self.master], [], [], LAST)[0]:
            pass
        assert self.status is not None
        return os.waitstatus_to_exitcode(self.status), took
